// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/circuit/circuit.h"
#include "core/circuit/compiled.h"

/// Any bytes as a C file: refused with a sentence, or read into gates whose two ways of evaluation agree. Nothing is compiled or run.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    axp::CircuitOptions options;
    options.bitsA = options.bitsB = 4;
    options.isSigned = true;
    const auto circuit = axp::circuitFromText(std::string(reinterpret_cast<const char*>(data), size), "fuzz.c", options);
    if (!circuit) return 0;
    (void)axp::screenC(*circuit);
    const auto gates = axp::circuitGates(*circuit, {});
    if (!gates) return 0;
    std::int64_t row[16];
    gates->netlist->row(5, 0, row);
    for (unsigned b = 0; b < 16; ++b)
        if (row[b] != gates->netlist->product(5, b)) std::abort();
    return 0;
}
