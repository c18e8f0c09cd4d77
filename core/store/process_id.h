// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>

namespace axp {

/// A process as another process can recognise it later, although process numbers are used again.
struct ProcessId {
    std::string host;        ///< for messages only: names change while a machine runs
    std::string boot;        ///< identifies one start of the machine
    std::string pidSpace;    ///< a container counts its processes on its own
    std::int64_t pid = 0;
    std::int64_t start = 0;  ///< in clock ticks since boot
};

ProcessId thisProcess();

enum class Liveness { Alive, Gone, Unknown };
/// Unknown: a process of another container of this machine. A database in WAL mode works on one machine only, so another start of the
/// machine, or another machine, means Gone.
Liveness liveness(const ProcessId& process);

}  // namespace axp
