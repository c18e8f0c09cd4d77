// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/support.h"

#include "app/engine/resources.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "core/base/text.h"

extern char** environ;

namespace axp::cli {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Standard error with one line that is rewritten in place on a terminal. Log lines and progress share it, so that they never mix.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    StderrSink() : m_tty(::isatty(STDERR_FILENO) == 1) {}

    bool tty() const { return m_tty; }
    void progress(const std::string& line) {
        const std::lock_guard lock(mutex_);
        if (m_tty) {
            put("\r\x1b[2K" + line);
            m_open = true;
        } else {
            put(line + "\n");
        }
    }
    void endLine() {
        const std::lock_guard lock(mutex_);
        clear();
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        clear();
        std::string line = message.level >= spdlog::level::err ? "error: " : message.level == spdlog::level::warn ? "warning: " : "";
        line.append(message.payload.data(), message.payload.size());
        put(line + "\n");
    }
    void flush_() override {}

private:
    void clear() {
        if (m_open) put("\r\x1b[2K");
        m_open = false;
    }
    /// Losing a log line (closed or full standard error) must not end the work.
    static void put(const std::string& text) {
        if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
    }
    bool m_tty;
    bool m_open = false;
};

std::shared_ptr<StderrSink> stderrSink() {
    static const auto sink = std::make_shared<StderrSink>();
    return sink;
}

/// The token behind the signal handler. Never freed: a signal can arrive while the program ends.
CancelToken* g_cancel = nullptr;

extern "C" void onSignal(int) {
    if (g_cancel->cancelled()) ::_exit(130);
    g_cancel->cancel();
}

/// Throttled progress of one job.
class ProgressPrinter {
public:
    explicit ProgressPrinter(std::string title) : m_title(std::move(title)), m_start(Clock::now()) {
        m_last = m_start;
    }
    void operator()(const Progress& progress) {
        const std::lock_guard lock(m_mutex);
        const double pause = stderrSink()->tty() ? 0.1 : 5.0;
        if (secondsSince(m_last) < pause) return;
        m_last = Clock::now();
        stderrSink()->progress(line(progress));
    }

private:
    std::string line(const Progress& progress) const {
        std::string text = m_title;
        const double elapsed = secondsSince(m_start);
        if (progress.total > 0) {
            text += ": " + countText(progress.done) + "/" + countText(progress.total);
            double eta = progress.etaSeconds;
            if (eta < 0 && progress.done > 0)
                eta = elapsed / static_cast<double>(progress.done) * static_cast<double>(progress.total - progress.done);
            if (eta >= 0) text += ", " + durationText(eta) + " left";
        } else {
            text += ": " + durationText(elapsed);
        }
        if (!progress.message.empty()) text += ", " + shortened(progress.message, 60);
        return text;
    }

    std::string m_title;
    Clock::time_point m_start, m_last;
    std::mutex m_mutex;
};

}  // namespace

int Context::threadCount() const {
    return m_options.threads > 0 ? m_options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

JobContext Context::job(const std::string& title) const {
    JobContext job;
    job.cancel = m_cancel;
    if (!m_options.quiet) {
        auto printer = std::make_shared<ProgressPrinter>(title);
        job.onProgress = [printer](const Progress& progress) { (*printer)(progress); };
    }
    return job;
}

CancelToken installSignalHandlers() {
    g_cancel = new CancelToken;
    struct sigaction action {};
    action.sa_handler = onSignal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return *g_cancel;
}

void setUpLog(bool quiet) {
    auto logger = std::make_shared<spdlog::logger>("axplorer-cli", stderrSink());
    logger->set_level(quiet ? spdlog::level::warn : spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void endProgressLine() { stderrSink()->endLine(); }

std::string siblingProgram(const std::string& name) { return (programFolder() / name).string(); }

Result<int> runProgram(const std::string& path, const std::vector<std::string>& arguments, const CancelToken& cancel,
                       double timeoutSeconds) {
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    if (const int code = ::posix_spawn(&child, path.c_str(), nullptr, nullptr, argv.data(), environ); code != 0)
        return failure("cannot start it: " + std::string(std::strerror(code)), path);
    const auto start = Clock::now();
    for (;;) {
        int status = 0;
        const pid_t done = ::waitpid(child, &status, WNOHANG);
        if (done == child)
            return WIFEXITED(status) ? Result<int>(WEXITSTATUS(status))
                                     : failure("it was ended by signal " + std::to_string(WTERMSIG(status)), path);
        if (done < 0 && errno != EINTR) return failure("cannot wait for it: " + std::string(std::strerror(errno)), path);
        const bool late = secondsSince(start) > timeoutSeconds;
        if (cancel.cancelled() || late) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            if (cancel.cancelled()) return cancelled();
            return failure("it did not end within " + durationText(timeoutSeconds), path);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Result<std::vector<std::int64_t>> parseShape(const std::string& text) {
    std::vector<std::int64_t> shape;
    const char separator = text.find('x') != std::string::npos ? 'x' : ',';
    std::int64_t count = 1;
    for (const std::string& part : split(text, separator)) {
        char* end = nullptr;
        errno = 0;
        const long long size = std::strtoll(part.c_str(), &end, 10);
        if (part.empty() || *end != 0 || errno != 0 || size < 1 || size > (1 << 28) || count > (std::int64_t{1} << 28) / size)
            return badInput("'" + text + "' is not a shape", "--input-shape",
                            "Give the sizes of one sample without the batch dimension, for example 1,28,28.");
        count *= size;
        shape.push_back(size);
    }
    return shape;
}

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

Result<void> checkWritable(const std::string& path) {
    std::error_code error;
    const std::filesystem::path file(path);
    if (path.empty() || std::filesystem::is_directory(file, error))
        return badInput("this is a folder, not a file name", path, "Give the name of the file to write.");
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, error))
        return badInput("the folder does not exist", folder.string(), "Create it or choose another place.");
    if (::access(folder.c_str(), W_OK) != 0)
        return badInput("the folder cannot be written to: " + std::string(std::strerror(errno)), folder.string(),
                        "Choose another place.");
    return {};
}

}  // namespace axp::cli
