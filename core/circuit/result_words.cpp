// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/result_words.h"

#include <algorithm>

#include "core/acu/table.h"

namespace axp {

void ReturnedRange::add(const std::vector<std::int64_t>& returned) {
    for (const std::int64_t value : returned) {
        least = std::min(least, value);
        greatest = std::max(greatest, value);
    }
}

Result<ProductForm> productForm(const ReturnedRange& returned, const CircuitSource& circuit) {
    const int width = circuit.bitsA + circuit.bitsB;
    if (returned.least < 0 || returned.greatest < std::int64_t{1} << (width - 1)) return ProductForm::Numbers;
    if (returned.greatest < std::int64_t{1} << width) return ProductForm::Patterns;
    return badInput("function " + circuit.name + " returns " + std::to_string(returned.greatest) + ", which is no signed product of " + std::to_string(width) + " bits", circuit.path,
                    "Say the widths of the operands and whether they are signed (--bits-a N --bits-b N, --signed or --unsigned)");
}

Result<void> makeProducts(std::vector<std::int64_t>& returned, const CircuitSource& circuit, bool returnsSigned) {
    if (!circuit.isSigned) {
        const auto negative = std::find_if(returned.begin(), returned.end(), [](std::int64_t product) { return product < 0; });
        if (negative == returned.end()) return {};
        return badInput("function " + circuit.name + " gives " + (returnsSigned ? "the negative product " + std::to_string(*negative) : "a product beyond 63 bits") +
                            " though its operands are unsigned", circuit.path, "Say whether the operands are signed (--signed or --unsigned)");
    }
    const int width = circuit.bitsA + circuit.bitsB;
    if (returnsSigned) {
        ReturnedRange range;
        range.add(returned);
        AXP_TRY(const auto form, productForm(range, circuit));
        if (form == ProductForm::Numbers) return {};
    }
    for (auto& product : returned) product = operandValue(product, width, true);
    return {};
}

}  // namespace axp
