// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/circuit/circuit.h"

namespace axp {

/// A Verilog circuit by the own structural reader alone.
Result<Netlist> structuralGates(const CircuitSource& circuit);
/// Path of the yosys program, "" when it is not installed.
std::string yosysProgram();
/// Reads a Verilog circuit through yosys, which runs in the sandbox, into gates. For what the own structural reader refuses.
Result<Netlist> readThroughYosys(const CircuitSource& circuit, const JobContext& job);
/// The JSON that yosys writes (write_json after synthesis to $_AND_ and its like) as gates.
Result<Netlist> netlistFromYosysJson(const std::string& json, const CircuitSource& circuit);

}  // namespace axp
