// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QtTest>
#include <string>

#include "core/circuit/circuit.h"

namespace axp::testing {

inline std::string bit(const std::string& name, int i) { return "((" + name + " >> " + std::to_string(i) + ")&1)"; }

/// An array multiplier in the form that circuit libraries print: bits and full adders, one statement each. `dropped` partial products of lowest
/// weight are left out.
inline std::string arrayInC(int bitsA, int bitsB, const std::string& signature, int dropped = 0) {
    std::string text = "/***\n* This code is distributed under The MIT License.\n* When used, please cite: nobody, \"Nothing\".\n***/\n// MAE% = 0.081 %\n// MSE = 72829.102e2 \n"
                       "// PDK45_PWR = 0.410 mW\n#include <stdint.h>\n#include <stdlib.h>\n\n" + signature + "\n{\n  uint64_t O = 0, s, c;\n";
    // Column by column with carries held in numbers of one bit.
    for (int row = 0; row < bitsB; ++row) text += "  uint64_t r" + std::to_string(row) + " = 0;\n";
    for (int row = 0; row < bitsB; ++row)
        for (int column = 0; column < bitsA; ++column)
            if (row + column >= dropped)
                text += "  r" + std::to_string(row) + " |= (" + bit("A", column) + " & " + bit("B", row) + ") << " + std::to_string(row + column) + ";\n";
    for (int row = 0; row < bitsB; ++row) {
        text += "  c = 0;\n  s = 0;\n";
        for (int i = 0; i < bitsA + bitsB; ++i) {
            const std::string r = bit("r" + std::to_string(row), i), o = bit("O", i), at = std::to_string(i);
            text += "  s |= ((" + r + "^" + o + "^(c&1))&1) << " + at + ";\n  c = (" + r + "&" + o + ")|((" + r + "^" + o + ")&(c&1));\n";
        }
        text += "  O = s;\n";
    }
    return text + "  return O;\n}\n";
}

inline CircuitSource source(const std::string& text, const std::string& path, const CircuitOptions& options = {}) {
    auto circuit = circuitFromText(text, path, options);
    if (!circuit) qFatal("%s", circuit.error().text().c_str());
    return std::move(*circuit);
}
inline CircuitProducts products(const CircuitSource& circuit, const TabulateOptions& options = {}) {
    auto result = tabulateCircuit(circuit, options, {});
    if (!result) qFatal("%s", result.error().text().c_str());
    return std::move(*result);
}
/// Whether the error mentions `part`; shows it when not.
inline bool says(const Error& error, const std::string& part) {
    if (error.text().find(part) != std::string::npos) return true;
    qWarning("%s", error.text().c_str());
    return false;
}

}  // namespace axp::testing
