// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/circuit/circuit.h"

namespace axp {

/// One C circuit to be compiled and run.
struct CompiledRequest {
    const CircuitSource* circuit;
    std::int64_t pairs;    ///< how many products
    bool sampled;          ///< of sampledPair(0), sampledPair(1), ...; else of all pairs in the order of a table, 2^(bitsA + bitsB) of them
};

/// What the functions returned, as 64-bit numbers (the bits of unsigned 64-bit values). Compiles each with GCC (-O2 -fwrapv) and runs all of them in one
/// start of a runner, in the sandbox: each in a process of its own, which may do nothing but compute (a second seccomp filter ends it at
/// the first other system call) for at most `secondsEach` of computing time. Complete or an error: an early end, an endless loop, results that
/// change from call to call are errors of that circuit alone. The outer error: no compiler, no sandbox, cancelled.
Result<std::vector<Result<std::vector<std::int64_t>>>> runCompiled(const std::vector<CompiledRequest>& requests, const JobContext& job, int secondsEach = 120);

/// The compiler's path, or "".
std::string compilerProgram();
/// Refuses what has no place in a circuit by its line, before anything is compiled: headers that are not the standard library's, assembler.
Result<void> screenC(const CircuitSource& circuit);
/// The translation unit around a circuit, and the program that runs them.
std::string driverText(const CompiledRequest& request, const std::string& file);
std::string_view runnerText();

}  // namespace axp
