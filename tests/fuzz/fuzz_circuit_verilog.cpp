// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/circuit/circuit.h"
#include "core/circuit/yosys.h"

/// Any bytes as a Verilog file, for the own structural reader; the first byte chooses yosys's netlist instead.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (size > 0 && text[0] == '{') {
        axp::CircuitSource circuit;
        circuit.language = axp::CircuitLanguage::Verilog;
        circuit.name = "m";
        circuit.bitsA = circuit.bitsB = 2;
        circuit.portA = "A";
        circuit.portB = "B";
        circuit.portO = "O";
        (void)axp::netlistFromYosysJson(text, circuit);
        return 0;
    }
    axp::CircuitOptions options;
    options.isSigned = false;
    const auto circuit = axp::circuitFromText(text, "fuzz.v", options);
    if (!circuit) return 0;
    const auto netlist = axp::structuralGates(*circuit);
    if (!netlist) return 0;
    const std::uint32_t a = 1, b = 1;
    std::int64_t product = 0;
    netlist->products({&a, 1}, {&b, 1}, {&product, 1});
    if (product != netlist->product(a, b)) std::abort();
    return 0;
}
