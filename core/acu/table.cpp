// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/table.h"

#include <algorithm>

namespace axp {

std::int64_t operandMin(int bits, bool isSigned) { return isSigned ? -(std::int64_t{1} << (bits - 1)) : 0; }

std::int64_t operandMax(int bits, bool isSigned) {
    return isSigned ? (std::int64_t{1} << (bits - 1)) - 1 : (std::int64_t{1} << bits) - 1;
}

std::int64_t operandValue(std::int64_t pattern, int bits, bool isSigned) {
    const std::int64_t size = std::int64_t{1} << bits;
    pattern &= size - 1;
    return isSigned && pattern >= size / 2 ? pattern - size : pattern;
}

const char* signHandlingName(SignHandling handling) {
    switch (handling) {
        case SignHandling::Direct: return "direct";
        case SignHandling::SignMagnitude: return "sign-magnitude";
        case SignHandling::Affine: return "affine";
    }
    return "unknown";
}

Result<SignHandling> signHandlingFromName(const std::string& name) {
    for (const auto handling : {SignHandling::Direct, SignHandling::SignMagnitude, SignHandling::Affine})
        if (name == signHandlingName(handling)) return handling;
    return badInput("there is no handling of signs \"" + name + "\"", {}, "It can be \"direct\", \"sign-magnitude\" or \"affine\".");
}

namespace {

ProductTable transposed(const ProductTable& table) {
    ProductTable result{table.bitsB, table.bitsA, table.isSigned, {}};
    result.products.resize(table.products.size());
    const auto rows = static_cast<std::size_t>(table.rows()), columns = static_cast<std::size_t>(table.columns());
    for (std::size_t a = 0; a < rows; ++a)
        for (std::size_t b = 0; b < columns; ++b) result.products[b * rows + a] = table.products[a * columns + b];
    return result;
}

/// The code that stands for `pattern`; the most negative one, which no code uses, repeats its neighbour.
std::int64_t symmetricCode(std::int64_t pattern, int bits) {
    return std::max(operandValue(pattern, bits, true), -operandMax(bits, true));
}

ProductTable signMagnitude(const ProductTable& table) {
    ProductTable result{table.bitsA, table.bitsB, true, {}};
    result.products.reserve(table.products.size());
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int64_t codeA = symmetricCode(a, table.bitsA);
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            const std::int64_t codeB = symmetricCode(b, table.bitsB);
            const int sign = ((codeA > 0) - (codeA < 0)) * ((codeB > 0) - (codeB < 0));
            result.products.push_back(sign == 0 ? 0 : sign * table.at(std::abs(codeA), std::abs(codeB)));
        }
    }
    return result;
}

}  // namespace

ProductTable effectiveTable(const ProductTable& table, SignHandling handling, bool swapOperands) {
    const ProductTable direct = handling == SignHandling::SignMagnitude ? signMagnitude(table) : table;
    return swapOperands ? transposed(direct) : direct;
}

}  // namespace axp
