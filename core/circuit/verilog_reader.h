// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/circuit/netlist.h"

namespace axp {

/// Two-operand circuit as a module declares it.
struct VerilogPorts {
    std::string module;
    std::string a, b, o;     ///< ports as they are written
    int bitsA = 0, bitsB = 0, bitsO = 0;
    bool isSigned = false;   ///< a port is declared "signed"
};

/// What is asked for: a module ("" : the only one that no other uses) and the names of its ports, compared without regard to case. A module with
/// a single output need not have it under that name.
struct VerilogWish {
    std::string module, a, b, o;
};

/// Finds the module and its ports. The error says which port is missing and which are there.
Result<VerilogPorts> verilogPorts(const std::string& text, const std::string& path, const VerilogWish& wish);

/// Translates structural Verilog into gates: wires, assigns with all operators but division, gate primitives, instances of modules in the file and
/// of the usual standard cells (cellLibrary()), whose definitions in the file come first. The order of the file does not count. Refused
/// with the line: state, loops, nets that nothing or more than one thing drives, ports of the wrong width, everything behavioural.
Result<Netlist> readStructuralVerilog(const std::string& text, const std::string& path, const VerilogPorts& ports, bool isSigned);

/// Standard cells of 45 nm libraries by their usual names (HAX1, FAX1, AND2X1, ...; also with the prefix PDKGEN), as Verilog.
std::string_view cellLibrary();

}  // namespace axp
