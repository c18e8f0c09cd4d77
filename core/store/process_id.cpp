// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/process_id.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace axp {

namespace {

std::string firstLine(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Field 22 of /proc/PID/stat; 0 when the process is gone, is a zombie, or there is no /proc.
std::int64_t startTime(std::int64_t pid) {
    const std::string line = firstLine("/proc/" + std::to_string(pid) + "/stat");
    // The second field is the program's name in parentheses and may hold anything.
    const auto name = line.rfind(')');
    if (name == std::string::npos) return 0;
    std::istringstream rest(line.substr(name + 1));
    std::string state, field;
    rest >> state;
    if (state == "Z" || state == "X") return 0;
    for (int i = 4; i <= 22; ++i) rest >> field;
    return std::strtoll(field.c_str(), nullptr, 10);
}

std::string linkTarget(const char* path) {
    std::array<char, 128> buffer{};
    const auto length = ::readlink(path, buffer.data(), buffer.size() - 1);
    return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

ProcessId thisProcess() {
    ProcessId id;
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) id.host = host.data();
    id.boot = firstLine("/proc/sys/kernel/random/boot_id");
    id.pidSpace = linkTarget("/proc/self/ns/pid");
    id.pid = ::getpid();
    id.start = startTime(id.pid);
    return id;
}

Liveness liveness(const ProcessId& process) {
    const ProcessId self = thisProcess();
    if (process.boot != self.boot) return Liveness::Gone;
    if (process.pidSpace != self.pidSpace) return Liveness::Unknown;
    if (process.pid <= 0) return Liveness::Gone;
    // A system without /proc: only whether the number is in use.
    if (self.start == 0) return ::kill(static_cast<pid_t>(process.pid), 0) == 0 || errno == EPERM ? Liveness::Alive : Liveness::Gone;
    const std::int64_t start = startTime(process.pid);
    return start != 0 && start == process.start ? Liveness::Alive : Liveness::Gone;
}

}  // namespace axp
