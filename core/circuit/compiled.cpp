// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/compiled.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "core/base/files.h"
#include "core/circuit/tokens.h"
#include "core/sandbox/sandbox.h"

namespace axp {

namespace {

constexpr std::size_t kMessageBytes = 4096;
constexpr int kComplete = 42, kCalled = 43, kNotLoaded = 46, kUnstable = 47;  ///< exit codes of the runner's children

struct Message {
    std::int64_t stage, call;
    char text[200];
};

/// Memory that the child of one circuit fills and this process reads when the child has ended; its size cannot be changed by either.
class SharedMemory {
public:
    explicit SharedMemory(std::size_t products) : m_bytes(kMessageBytes + products * 8) {
        m_descriptor = static_cast<int>(syscall(SYS_memfd_create, "axplorer-products", 1u | 2u));  // close on exec, sealable
        if (m_descriptor < 0 || ftruncate(m_descriptor, static_cast<off_t>(m_bytes)) != 0) return;
        constexpr int kSeals = 1 | 2 | 4;  // no more seals, no shrinking, no growing
        if (fcntl(m_descriptor, 1033 /* F_ADD_SEALS */, kSeals) != 0) return;
        void* memory = mmap(nullptr, m_bytes, PROT_READ, MAP_SHARED, m_descriptor, 0);
        if (memory != MAP_FAILED) m_memory = static_cast<const char*>(memory);
    }
    ~SharedMemory() {
        if (m_memory) munmap(const_cast<char*>(m_memory), m_bytes);
        if (m_descriptor >= 0) close(m_descriptor);
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    bool ok() const { return m_memory != nullptr; }
    int descriptor() const { return m_descriptor; }
    Message message() const {
        Message message;
        std::memcpy(&message, m_memory, sizeof message);
        message.text[sizeof message.text - 1] = '\0';
        return message;
    }
    std::vector<std::int64_t> products() const {
        std::vector<std::int64_t> result((m_bytes - kMessageBytes) / 8);
        std::memcpy(result.data(), m_memory + kMessageBytes, result.size() * 8);
        return result;
    }

private:
    std::size_t m_bytes;
    int m_descriptor = -1;
    const char* m_memory = nullptr;
};

std::string firstError(const std::string& messages, const std::string& path) {
    std::istringstream lines(messages);
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find("error: ");
        if (at == std::string::npos) continue;
        // "circuit0.c:12:3: error: ..." is said of the user's file.
        const auto first = line.find(':');
        const std::string number = first == std::string::npos ? "" : line.substr(first + 1, line.find(':', first + 1) - first - 1);
        const bool isNumber = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos && line.compare(0, 7, "circuit") == 0;
        return (isNumber ? path + ":" + number : path) + ": the compiler says: " + line.substr(at + 7, 200);
    }
    return {};
}

/// Compiles one file in `folder`. The Result's error is the circuit's; Cancelled is everybody's.
Result<void> compile(const SandboxFolder& folder, const std::string& file, const std::string& to, bool isLibrary, const std::string& path, const JobContext& job) {
    SandboxCommand command;
    command.argv = {compilerProgram(), "-O2", "-fwrapv", "-fno-strict-aliasing", "-Wuninitialized", "-Werror=uninitialized", "-Werror=return-type",
                    "-Werror=implicit-function-declaration"};
    if (isLibrary) command.argv.insert(command.argv.end(), {"-shared", "-fPIC"});
    command.argv.insert(command.argv.end(), {"-o", to, file, "-lm", "-ldl"});
    command.folder = folder.path();
    command.limits.memoryBytes = std::size_t{2} << 30;
    AXP_TRY(const auto outcome, runSandboxed(command, job));
    if (outcome.success()) return {};
    const std::string error = firstError(outcome.errors, path);
    if (!error.empty()) return badInput(error);
    return badInput("the compiler " + outcome.text(), path);
}

/// The runner's program, compiled once.
Result<std::string> runnerProgram(const JobContext& job) {
    static std::mutex mutex;
    static std::string program;
    const std::lock_guard lock(mutex);
    if (!program.empty()) return program;
    AXP_TRY(const auto folder, SandboxFolder::make());
    AXP_CHECK(folder.write("runner.c", runnerText()));
    AXP_CHECK(compile(folder, "runner.c", "runner", false, "the circuits' runner", job));
    AXP_TRY(program, readFile(folder.file("runner")));
    return program;
}

std::string nameOfCall(std::int64_t number) {
    static const std::map<long, const char*> names = {
        {SYS_write, "writes output"}, {SYS_openat, "opens a file"}, {SYS_socket, "opens a network connection"}, {SYS_execve, "starts a program"},
        {SYS_clone, "starts a process"}, {SYS_kill, "sends a signal"}, {SYS_tgkill, "aborts"}, {SYS_ioctl, "asks for a terminal"}, {SYS_unlinkat, "deletes a file"},
        {SYS_nanosleep, "waits"}, {SYS_clock_nanosleep, "waits"}, {SYS_ptrace, "traces a process"}, {SYS_read, "reads input"}, {SYS_rt_sigaction, "catches signals or starts a program"},
        {SYS_prctl, "changes its process"}, {SYS_newfstatat, "looks at a file"}, {SYS_fstat, "looks at a file"}, {SYS_getpid, "asks for its process"},
#if defined(__x86_64__)
        {SYS_open, "opens a file"}, {SYS_fork, "starts a process"}, {SYS_vfork, "starts a process"}, {SYS_unlink, "deletes a file"}, {SYS_pause, "waits"},
#endif
        {SYS_clone3, "starts a process"}};
    const auto at = names.find(static_cast<long>(number));
    return (at == names.end() ? std::string("calls the operating system") : at->second) + " (system call " + std::to_string(number) + ")";
}

Result<std::vector<std::int64_t>> outcomeOf(const CircuitSource& circuit, const SharedMemory& memory, int status, int seconds) {
    const Message message = memory.message();
    const std::string function = "function " + circuit.name + " ";
    const std::string remedy = "A circuit computes its product from its operands and does nothing else";
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        if (number == SIGXCPU || number == SIGKILL) return badInput(function + "did not end within " + std::to_string(seconds) + " s of computing time", circuit.path, remedy);
        if (number == SIGSYS) return badInput(function + "calls the operating system", circuit.path, remedy);
        if (number == SIGFPE) return badInput(function + "divides by zero", circuit.path);
        return badInput(function + "crashed (signal " + std::to_string(number) + ")", circuit.path, "It may need too much memory, or read what is not its own");
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == kCalled) return badInput(function + nameOfCall(message.call), circuit.path, remedy);
    if (code == kNotLoaded) return badInput(function + "could not be loaded: " + message.text, circuit.path);
    if (code == kUnstable) return badInput(function + "does not give the same product twice", circuit.path, remedy);
    if (code != kComplete || message.stage != 2) return badInput(function + "ended the program before all products were there", circuit.path, remedy);
    return memory.products();
}

}  // namespace

std::string compilerProgram() {
    for (const char* path : {"/usr/bin/gcc", "/usr/bin/cc", "/usr/local/bin/gcc", "/usr/bin/clang"})
        if (access(path, X_OK) == 0) return path;
    return {};
}

Result<void> screenC(const CircuitSource& circuit) {
    static const std::set<std::string_view> headers = {"stdint.h", "stdlib.h", "stdbool.h", "stddef.h", "inttypes.h", "stdio.h", "string.h", "math.h", "limits.h", "assert.h", "float.h"};
    static const std::set<std::string_view> directives = {"include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "error", "pragma", "line"};
    AXP_TRY(const auto tokens, tokenise(circuit.text, circuit.path, TokenStyle::C));
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& token = tokens[i];
        const auto refuse = [&](const std::string& what) { return badInput(what, placeOf(circuit.path, token.line), "A circuit needs arithmetic and the standard headers only"); };
        if (token.is("asm") || token.is("__asm__") || token.is("__asm")) return refuse("assembler is not allowed");
        if (token.is("%") && i + 1 < tokens.size() && tokens[i + 1].is(":")) return refuse("\"%:\" is not allowed");
        if (token.kind != Token::Kind::Directive) continue;
        if (token.text.find("asm") != std::string_view::npos) return refuse("assembler is not allowed");
        const std::string line(token.text.substr(0, std::min<std::size_t>(token.text.find_first_of("\r\n"), 80)));
        if (directiveWord(token) == "include" ? headers.count(includedHeader(token)) == 0 : token.text.find("include") != std::string_view::npos)
            return refuse("the line " + line + " includes something else than a standard header");
        if (directives.count(directiveWord(token)) == 0) return refuse("the preprocessor line " + line + " is not allowed");
    }
    return {};
}

Result<std::vector<Result<std::vector<std::int64_t>>>> runCompiled(const std::vector<CompiledRequest>& requests, const JobContext& job, int secondsEach) {
    using Products = Result<std::vector<std::int64_t>>;
    if (compilerProgram().empty()) return failure("there is no C compiler", {}, "Install the package gcc; C files that are not straight-line code have to be compiled");
    AXP_TRY(const auto runner, runnerProgram(job));
    AXP_TRY(const auto folder, SandboxFolder::make());
    AXP_CHECK(folder.write("runner", runner));
    chmod(folder.file("runner").c_str(), 0700);
    std::vector<Products> results;
    std::vector<std::unique_ptr<SharedMemory>> memories;
    std::vector<std::size_t> started;
    SandboxCommand command{{folder.file("runner")}, folder.path(), {}, {}};
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const CircuitSource& circuit = *requests[i].circuit;
        results.emplace_back(badInput("function " + circuit.name + " was not run", circuit.path));
        const std::string number = std::to_string(i), source = "circuit" + number + ".c", driver = "driver" + number + ".c", library = folder.file("circuit" + number + ".so");
        Result<void> ready = screenC(circuit);
        if (ready) ready = folder.write(source, circuit.text + "\n");
        if (ready) ready = folder.write(driver, driverText(requests[i], source));
        if (ready) ready = compile(folder, driver, library, true, circuit.path, job);
        if (job.cancelled()) return cancelled();
        auto memory = std::make_unique<SharedMemory>(static_cast<std::size_t>(requests[i].pairs));
        if (ready && !memory->ok()) ready = failure("there is not enough memory for the products", circuit.path);
        if (!ready) {
            results.back() = ready.error();
            continue;
        }
        started.push_back(i);
        command.argv.insert(command.argv.end(), {library, std::to_string(memory->descriptor()), std::to_string(requests[i].pairs)});
        command.descriptors.push_back(memory->descriptor());
        memories.push_back(std::move(memory));
    }
    if (started.empty()) return results;
    command.limits.cpuSeconds = secondsEach;
    command.limits.wallSeconds = 1.5 * secondsEach * static_cast<double>(started.size()) + 10;
    AXP_TRY(const auto outcome, runSandboxed(command, job));
    std::istringstream lines(outcome.output);
    std::size_t index = 0;
    for (int status = 0; lines >> index >> status;)
        if (index < started.size()) results[started[index]] = outcomeOf(*requests[started[index]].circuit, *memories[index], status, secondsEach);
    return results;
}

}  // namespace axp
