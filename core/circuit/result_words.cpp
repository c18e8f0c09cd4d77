// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/result_words.h"

#include <algorithm>

#include "core/acu/table.h"

namespace axp {

Result<ProductForm> productForm(const std::vector<std::int64_t>& returned, const CircuitSource& circuit) {
    const int width = circuit.bitsA + circuit.bitsB;
    const auto [least, greatest] = std::minmax_element(returned.begin(), returned.end());
    if (returned.empty() || *least < 0 || *greatest < std::int64_t{1} << (width - 1)) return ProductForm::Numbers;
    if (*greatest < std::int64_t{1} << width) return ProductForm::Patterns;
    return badInput("function " + circuit.name + " returns " + std::to_string(*greatest) + ", which is no signed product of " + std::to_string(width) + " bits", circuit.path,
                    "Say the widths of the operands and whether they are signed");
}

Result<void> makeProducts(std::vector<std::int64_t>& returned, const CircuitSource& circuit, bool returnsSigned) {
    if (!circuit.isSigned) {
        const auto negative = std::find_if(returned.begin(), returned.end(), [](std::int64_t product) { return product < 0; });
        if (negative == returned.end()) return {};
        return badInput("function " + circuit.name + " gives " + (returnsSigned ? "the negative product " + std::to_string(*negative) : "a product beyond 63 bits") +
                            " though its operands are unsigned", circuit.path, "Say whether the operands are signed");
    }
    const int width = circuit.bitsA + circuit.bitsB;
    if (returnsSigned) {
        AXP_TRY(const auto form, productForm(returned, circuit));
        if (form == ProductForm::Numbers) return {};
    }
    for (auto& product : returned) product = operandValue(product, width, true);
    return {};
}

}  // namespace axp
