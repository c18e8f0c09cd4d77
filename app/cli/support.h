// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/output.h"
#include "core/base/result.h"
#include "core/jobs/context.h"

namespace CLI {
class App;
}

namespace axp::cli {

/// Options that every command understands, before or after its name.
struct GlobalOptions {
    bool json = false;
    bool quiet = false;
    std::optional<std::uint64_t> seed;
    int threads = 0;  ///< 0: all cores
    std::string device = "cpu";
};

/// What a running command works with.
class Context {
public:
    Context(GlobalOptions options, CancelToken cancel) : m_options(std::move(options)), m_cancel(std::move(cancel)) {}

    const GlobalOptions& options() const { return m_options; }
    std::uint64_t seed() const { return m_options.seed.value_or(1); }
    /// Threads as the emulator counts them: 0 for all cores.
    int threads() const { return m_options.threads; }
    /// The number itself, for reports.
    int threadCount() const;
    bool cancelled() const { return m_cancel.cancelled(); }
    /// A job whose progress appears on standard error as "title: done/total, ETA".
    JobContext job(const std::string& title) const;

private:
    GlobalOptions m_options;
    CancelToken m_cancel;
};

/// A subcommand: one file with a class and a make function, and one line in the table of main.cpp.
class Command {
public:
    virtual ~Command() = default;
    /// Declares arguments and options, bound to members.
    virtual void addOptions(CLI::App& app) = 0;
    virtual Result<Output> run(Context& context) = 0;
};

struct CommandEntry {
    const char* name;  ///< "inspect", or "acu list" for a command of a group
    const char* help;
    std::unique_ptr<Command> (*make)();
};

/// Raised by SIGINT and SIGTERM; the second signal ends the process at once with code 130. Also ignores SIGPIPE.
CancelToken installSignalHandlers();

/// Sends the log to standard error ("warning: ..."); quiet keeps warnings and errors only.
void setUpLog(bool quiet);
/// Ends a progress line that is still open.
void endProgressLine();

/// Full path of a program in this program's folder.
std::string siblingProgram(const std::string& name);

/// Starts a program without a shell, waits, and kills it when the token is raised or `timeoutSeconds` have passed.
/// Its standard output and error go to standard error. Returns its exit code.
Result<int> runProgram(const std::string& path, const std::vector<std::string>& arguments, const CancelToken& cancel,
                       double timeoutSeconds);

/// "1,28,28" or "1x28x28".
Result<std::vector<std::int64_t>> parseShape(const std::string& text);

/// CSV field, quoted when it must be (RFC 4180).
std::string csvField(const std::string& text);

/// Makes sure, before minutes of work, that a file can be written at `path`: its folder exists and is writable and `path` is no folder.
Result<void> checkWritable(const std::string& path);

}  // namespace axp::cli
