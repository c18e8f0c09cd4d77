// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "core/sandbox/bubblewrap.h"
#include "core/sandbox/file_rules.h"
#include "core/sandbox/filter.h"

namespace axp {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kSetupFailed = 126;
constexpr int kLastCapability = 63;
constexpr int kFirstFree = 3;

/// A descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : m_fd(fd) {}
    Descriptor(Descriptor&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor() { close(); }
    int get() const { return m_fd; }
    void close() {
        if (m_fd >= 0) ::close(m_fd);
        m_fd = -1;
    }

private:
    int m_fd;
};

struct Pipe {
    Descriptor read, write;
};

Result<Pipe> makePipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return failure(std::string("no pipe could be made: ") + std::strerror(errno));
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// All that the child needs, made before it exists: it shares this process's memory and must not allocate.
struct Launch {
    std::vector<char*> argv, environment;
    const char* folder;
    int in, out, err;
    const int* kept;        ///< sorted
    std::size_t keptCount;
    int rules;              ///< Landlock's, or -1
    bool byBubblewrap;      ///< which needs namespaces and mounts; it drops the capabilities and applies the filter itself
    sock_fprog filter;
    std::array<std::pair<int, rlimit>, 6> limits;
};

bool dropCapabilities() {
    for (int capability = 0; capability <= kLastCapability; ++capability) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {};
    return syscall(SYS_capset, &header, none) == 0;
}

/// Everything but 0, 1, 2 and the kept ones.
bool closeOthers(const Launch& launch) {
    unsigned first = kFirstFree;
    for (std::size_t i = 0; i < launch.keptCount; ++i) {
        const auto keep = static_cast<unsigned>(launch.kept[i]);
        if (keep > first && syscall(SYS_close_range, first, keep - 1, 0) != 0) return false;
        if (fcntl(launch.kept[i], F_SETFD, 0) != 0) return false;
        first = keep + 1;
    }
    return syscall(SYS_close_range, first, ~0u, 0) == 0;
}

bool setUp(const Launch& launch) {
    // A handler that is inherited as "ignore" would outlive the exec.
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGQUIT}) signal(number, SIG_DFL);
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return false;
    if (chdir(launch.folder) != 0) return false;
    if (dup2(launch.in, 0) < 0 || dup2(launch.out, 1) < 0 || dup2(launch.err, 2) < 0) return false;
    for (const auto& [kind, limit] : launch.limits)
        if (setrlimit(static_cast<__rlimit_resource>(kind), &limit) != 0) return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (launch.byBubblewrap) return closeOthers(launch);
    if (!dropCapabilities()) return false;
    if (launch.rules >= 0 && !restrictToFileRules(launch.rules)) return false;
    if (!closeOthers(launch)) return false;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &launch.filter, 0, 0) == 0;
}

/// vfork() instead of fork(): this process may be large, and its libraries' handlers of fork() (OpenBLAS ends its threads there) must not run.
[[gnu::noinline]] pid_t start(const Launch& launch) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t child = vfork();
    if (child == 0) {
        if (setUp(launch)) {
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            execve(launch.argv[0], launch.argv.data(), launch.environment.data());
        }
        _exit(kSetupFailed);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return child;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

rlimit limited(std::size_t value) { return {static_cast<rlim_t>(value), static_cast<rlim_t>(value)}; }

/// Takes what is there; false at the end.
bool drain(Descriptor& from, std::string& to, std::size_t most) {
    std::array<char, 65536> buffer;
    const ssize_t count = read(from.get(), buffer.data(), buffer.size());
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    to.append(buffer.data(), std::min(static_cast<std::size_t>(count), most - std::min(most, to.size())));
    return count > 0;
}

/// A started program; the destructor ends its whole group.
class Process {
public:
    Process(pid_t id, Pipe out, Pipe err, const SandboxLimits& limits, bool byBubblewrap)
        : m_id(id), m_out(std::move(out.read)), m_err(std::move(err.read)), m_limits(limits), m_byBubblewrap(byBubblewrap) {}
    ~Process() {
        if (m_running) kill();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    Result<SandboxOutcome> wait(const JobContext& job) {
        const auto begin = Clock::now();
        const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
        SandboxOutcome outcome;
        while (true) {
            if (job.cancelled()) return cancelled();
            if (seconds() > m_limits.wallSeconds) {
                outcome.timedOut = true;
                break;
            }
            readFor(20, outcome);
            if (ended()) break;
        }
        // Grandchildren may still run and hold the pipes; what they would write after the end is not waited for.
        kill();
        while (readFor(0, outcome)) {}
        outcome.seconds = seconds();
        outcome.signal = WIFSIGNALED(m_status) ? WTERMSIG(m_status) : 0;
        outcome.exitCode = WIFEXITED(m_status) ? WEXITSTATUS(m_status) : -1;
        // As shells do, bubblewrap ends with 128 + the signal that ended its program.
        if (m_byBubblewrap && outcome.exitCode > 128 && outcome.exitCode <= 128 + SIGSYS) outcome.signal = std::exchange(outcome.exitCode, -1) - 128;
        return outcome;
    }

private:
    bool readFor(int milliseconds, SandboxOutcome& outcome) {
        std::array<pollfd, 2> files{{{m_out.get(), POLLIN, 0}, {m_err.get(), POLLIN, 0}}};
        if (m_out.get() < 0 && m_err.get() < 0) {
            poll(nullptr, 0, std::min(milliseconds, 1));
            return false;
        }
        if (poll(files.data(), files.size(), milliseconds) <= 0) return false;
        bool some = false;
        for (const bool isOut : {true, false}) {
            Descriptor& from = isOut ? m_out : m_err;
            if (from.get() < 0 || files[isOut ? 0 : 1].revents == 0) continue;
            if (drain(from, isOut ? outcome.output : outcome.errors, m_limits.outputBytes)) some = true;
            else from.close();
        }
        return some;
    }
    /// The ended program keeps its number until kill() collects it, so that the group cannot be another one by then.
    bool ended() const {
        siginfo_t info{};
        return waitid(P_PID, static_cast<id_t>(m_id), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == m_id;
    }
    void kill() {
        ::kill(-m_id, SIGKILL);
        ::kill(m_id, SIGKILL);
        while (waitpid(m_id, &m_status, 0) < 0 && errno == EINTR) {}
        m_running = false;
    }

    pid_t m_id;
    Descriptor m_out, m_err;
    SandboxLimits m_limits;
    bool m_byBubblewrap;
    int m_status = 0;
    bool m_running = true;
};

/// The filter as a file, from its beginning.
Result<Descriptor> filterFile(const std::vector<sock_filter>& filter) {
    Descriptor file(memfd_create("axplorer-filter", MFD_CLOEXEC));
    const std::size_t bytes = filter.size() * sizeof(sock_filter);
    if (file.get() < 0 || write(file.get(), filter.data(), bytes) != static_cast<ssize_t>(bytes) || lseek(file.get(), 0, SEEK_SET) != 0)
        return failure(std::string("the filter of the sandbox could not be written: ") + std::strerror(errno));
    return file;
}

std::array<std::pair<int, rlimit>, 6> resourceLimits(const SandboxLimits& limits) {
    const auto cpu = static_cast<std::size_t>(std::max(1, limits.cpuSeconds));
    return {{{RLIMIT_CORE, limited(0)}, {RLIMIT_CPU, {cpu, cpu + 1}}, {RLIMIT_AS, limited(limits.memoryBytes)}, {RLIMIT_FSIZE, limited(limits.fileBytes)},
             {RLIMIT_NPROC, limited(static_cast<std::size_t>(limits.processes))}, {RLIMIT_NOFILE, limited(256)}}};
}

}  // namespace

std::string SandboxOutcome::text() const {
    const auto rounded = [&] { return std::to_string(std::lround(seconds * 10) / 10); };
    if (timedOut) return "did not end within " + rounded() + " s";
    if (signal == SIGXCPU || (signal == SIGKILL && seconds > 1)) return "used up its computing time after " + rounded() + " s";
    if (signal == SIGXFSZ) return "wrote too large a file";
    if (signal == SIGSYS) return "called the operating system in a way that is not allowed";
    if (signal != 0) return "crashed (signal " + std::to_string(signal) + ")";
    return "ended with exit code " + std::to_string(exitCode);
}

Result<SandboxOutcome> runSandboxed(const SandboxCommand& command, const JobContext& job) {
    if (job.cancelled()) return cancelled();
    if (command.argv.empty() || command.argv[0].empty() || command.argv[0][0] != '/') return failure("the program to run has no absolute path");
    AXP_TRY(auto out, makePipe());
    AXP_TRY(auto err, makePipe());
    const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const FileGuard guard = command.guard ? *command.guard : fileGuard();
    const Descriptor rules(guard == FileGuard::Landlock ? makeFileRules(command.folder) : -1);
    if (null.get() < 0) return failure("/dev/null cannot be opened");
    if (guard == FileGuard::Landlock && rules.get() < 0) return failure("the file rules of the sandbox could not be made");
    std::vector<std::string> argv = command.argv;
    std::vector<std::string> environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "HOME=" + command.folder, "TMPDIR=" + command.folder};
    std::vector<int> kept = command.descriptors;
    auto filter = sandboxFilter();
    const bool byBubblewrap = guard == FileGuard::Bubblewrap;
    Descriptor file;
    if (byBubblewrap) {
        AXP_TRY(file, filterFile(filter));
        kept.push_back(file.get());
        const auto words = bubblewrapWords(command.folder, file.get());
        argv.insert(argv.begin(), words.begin(), words.end());
    }
    std::sort(kept.begin(), kept.end());
    Launch launch{pointers(argv), pointers(environment), command.folder.c_str(), null.get(), out.write.get(), err.write.get(), kept.data(), kept.size(), rules.get(), byBubblewrap,
                  {static_cast<unsigned short>(filter.size()), filter.data()}, resourceLimits(command.limits)};
    const pid_t id = start(launch);
    if (id < 0) return failure(std::string("no process could be started: ") + std::strerror(errno));
    out.write.close();
    err.write.close();
    Process process(id, std::move(out), std::move(err), command.limits, byBubblewrap);
    AXP_TRY(auto outcome, process.wait(job));
    if (outcome.signal == 0 && outcome.exitCode == kSetupFailed && outcome.errors.empty())
        return failure(command.argv[0] + " could not be started in the sandbox");
    return outcome;
}

FileGuard fileGuard() {
    static const FileGuard guard = [] {
        if (fileRulesWork()) return FileGuard::Landlock;
        const auto folder = SandboxFolder::make();
        if (bubblewrapProgram().empty() || !folder) return FileGuard::None;
        const auto outcome = runSandboxed({{"/bin/true"}, folder->path(), {}, {}, FileGuard::Bubblewrap}, {});
        return outcome.ok() && outcome->success() ? FileGuard::Bubblewrap : FileGuard::None;
    }();
    return guard;
}

std::string sandboxText() {
    switch (fileGuard()) {
        case FileGuard::Landlock: return "seccomp filter, limits, Landlock file rules";
        case FileGuard::Bubblewrap: return "seccomp filter, limits, bubblewrap";
        case FileGuard::None: break;
    }
    return "seccomp filter and limits; neither Landlock nor bubblewrap works here, so that the compiler may read the user's files";
}

}  // namespace axp
