// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/jobs/context.h"

namespace axp {

/// Limits of one program that runs in the sandbox, and of each process that it starts.
struct SandboxLimits {
    double wallSeconds = 60;
    int cpuSeconds = 60;
    std::size_t memoryBytes = std::size_t{1} << 30;  ///< address space
    std::size_t fileBytes = std::size_t{256} << 20;  ///< largest file that it may write
    std::size_t outputBytes = std::size_t{1} << 20;  ///< kept of each of stdout and stderr; what comes after is read and dropped
    int processes = 64;                              ///< of this user at once (without effect for root)
};

/// What keeps a program from the user's files.
enum class FileGuard {
    Landlock,    ///< rules of the kernel, 5.13 and later
    Bubblewrap,  ///< a file system of its own (package bubblewrap), where the system lets users make namespaces
    None         ///< nothing but the rights of the user
};
/// The first of these that works here; found out once.
FileGuard fileGuard();

struct SandboxCommand {
    std::vector<std::string> argv;  ///< argv[0] is the absolute path of a program; no shell is involved
    std::string folder;             ///< absolute; the working folder, the only place where it may write
    std::vector<int> descriptors;   ///< handed on to the program as they are; everything else is closed
    SandboxLimits limits;
    std::optional<FileGuard> guard = {};  ///< default: fileGuard()
};

struct SandboxOutcome {
    int exitCode = -1;  ///< valid when signal is 0
    int signal = 0;     ///< that ended it, or 0
    bool timedOut = false;
    double seconds = 0;
    std::string output, errors;  ///< stdout and stderr
    bool success() const { return signal == 0 && exitCode == 0 && !timedOut; }
    /// "took longer than 60 s", "ended with exit code 1", "needed more than ... of memory or crashed (signal 11)".
    std::string text() const;
};

/// Runs a program on untrusted input: own process group and session, empty environment (PATH, HOME and TMPDIR excepted, the latter two are
/// the folder), stdin empty, limits, no core dump, no capabilities, no new privileges, killed when this process dies. A seccomp filter admits
/// only the system calls of compilers and computations: no sockets, no signals to others, no mounts, no tracing. Files: it reads the
/// system's programs and libraries (/usr, /lib*) and writes its folder only, if there is a FileGuard. Errors: the program cannot be started, the sandbox cannot be set up, cancelled (the whole
/// group is dead within 100 ms). Thread-safe. Linux on x86-64 and ARM64.
Result<SandboxOutcome> runSandboxed(const SandboxCommand& command, const JobContext& job);

/// What guards a sandboxed program here, found out once: and by which FileGuard.
std::string sandboxText();

/// A folder of its own under the system's temporary folder, deleted with all its content at the end of its life.
class SandboxFolder {
public:
    static Result<SandboxFolder> make();
    SandboxFolder(SandboxFolder&& other) noexcept : m_path(std::move(other.m_path)) { other.m_path.clear(); }
    SandboxFolder& operator=(SandboxFolder&&) = delete;
    ~SandboxFolder();
    const std::string& path() const { return m_path; }
    std::string file(const std::string& name) const { return m_path + "/" + name; }
    /// Writes a file into the folder; `name` has no slash.
    Result<void> write(const std::string& name, std::string_view content) const;

private:
    explicit SandboxFolder(std::string path) : m_path(std::move(path)) {}
    std::string m_path;
};

}  // namespace axp
