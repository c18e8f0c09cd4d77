// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/circuit/c_functions.h"
#include "core/circuit/netlist.h"

namespace axp {

/// What the own reader made of a C function.
struct CGates {
    Netlist netlist;     ///< without outputs yet
    std::vector<Netlist::Node> result;  ///< all bits of the return type
    CType type;          ///< of the result
};

/// Translates a function of straight-line C into gates: integers of 8 to 64 bits, local variables and arrays with constant subscripts, all
/// operators but assignments inside expressions, `if`, loops whose conditions are constants, calls of functions of the same file, static tables that the first
/// call fills (core/circuit/c_tables.h).
/// Signed overflow wraps, as the sandboxed compiler is told to do as well. `first` and `second` are the operands as words of the parameters' widths,
/// made by `operands` in the netlist. Anything else (other pointers, globals, casts to floating point, tables of numbers) is refused with its line; so are
/// variables that are read before they are set.
struct COperands {
    int bitsA, bitsB;
    bool isSigned;
    bool swapped;  ///< the first parameter is operand B
};
Result<CGates> readStraightLineC(const std::string& text, const std::string& path, const std::string& function, const COperands& operands);

}  // namespace axp
