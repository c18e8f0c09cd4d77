// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>

#include "core/acu/record.h"
#include "core/circuit/circuit.h"

namespace axp {

/// The Verilog file of a circuit whose C model is `circuit`: the same widths and sign, the module named like the file. `exchanged`: its
/// port B is operand A and the other way round, as in EvoApproxLib's 16-bit circuits that are put together from 8-bit ones.
Result<CircuitSource> verilogOf(const CircuitSource& circuit, const std::string& verilogPath, bool exchanged = false);

/// Compares a circuit's C model with its Verilog file: "equal in all 65,536 products", the same "with its operands exchanged", "differs in
/// 12 of 65,536 products, first at 3 x 5: 15 in C, 14 in Verilog", or "not compared: ..." when the Verilog cannot be read. An error only
/// for a cancel.
Result<std::string> verilogVerdict(const CircuitSource& circuit, const std::string& verilogPath, const JobContext& job);

/// The verdict for products that are equal.
std::string equalVerdict(std::int64_t pairs, bool exhaustive, bool exchanged = false);
/// Whether a verdict says that the products are those of exchanged operands.
bool saysExchanged(const std::string& verdict);

/// The text whose gates give `products`, so that nothing has to be compiled or run when it is opened again: the circuit itself when it
/// is gates, else its Verilog file when that has exactly these products, maybe with exchanged operands (`products` gets its gates then, and `record` says so). Nothing
/// when neither is possible; `record.verilog` says where the Verilog file differs, if there is a readable one. An error only for a cancel.
Result<std::optional<CircuitSource>> gateSource(const CircuitSource& circuit, const std::string& verilogPath, CircuitProducts& products,
                                                AcuRecord& record, const JobContext& job);

}  // namespace axp
