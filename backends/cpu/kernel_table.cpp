// SPDX-License-Identifier: GPL-3.0-or-later
// Product tables in the layout of the look-up kernels.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {
namespace {

/// Products as unsigned numbers of few bits: (product - bias) >> shift.
struct Range {
    std::int32_t bias = 0;
    int shift = 0, planes = 1;
};

Range rangeOf(const ProductTable& table) {
    const auto [low, high] = std::minmax_element(table.products.begin(), table.products.end());
    Range range;
    range.bias = *low;
    std::uint32_t bits = 0;
    for (const std::int32_t product : table.products) bits |= static_cast<std::uint32_t>(product) - static_cast<std::uint32_t>(*low);
    range.shift = bits == 0 ? 0 : std::countr_zero(bits);
    const std::uint32_t most = (static_cast<std::uint32_t>(*high) - static_cast<std::uint32_t>(*low)) >> range.shift;
    range.planes = most < 256 ? 1 : most < 65536 ? 2 : most < (1u << 24) ? 3 : 4;
    return range;
}

}  // namespace

int planesOf(const ProductTable& table) { return rangeOf(table).planes; }

KernelTable KernelTable::make(const ProductTable& table, bool byteTables, bool transposed) {
    KernelTable result;
    const Range range = byteTables ? rangeOf(table) : Range{0, 0, 4};
    result.bias = range.bias;
    result.period = 1 << std::clamp(transposed ? table.bitsA : table.bitsB, 6, 8);
    const std::size_t rowBytes = 256 * static_cast<std::size_t>(range.planes);
    result.data = AlignedBytes((byteTables ? 256 : 257) * rowBytes);  // the last row of numbers stays zero
    if (byteTables) {
        for (int first = 0; first < range.planes; first += 2) {
            const int count = std::min(range.planes - first, 2);
            result.parts.push_back({256 * 256 * static_cast<std::size_t>(first), count, 8 * first, 256 * count});
        }
    } else {
        result.parts.push_back({0, 1, 0, 1024});
    }
    unsigned char* data = result.data.data();
    for (std::int64_t row = 0; row < 256; ++row) {
        bool zero = true;
        for (std::int64_t column = 0; column < 256; ++column) {
            const std::int32_t product = transposed ? table.at(column, row) : table.at(row, column);
            zero = zero && product == 0;
            if (!byteTables) {
                reinterpret_cast<std::int32_t*>(data)[row * 256 + column] = product;
                continue;
            }
            const std::uint32_t value = (static_cast<std::uint32_t>(product) - static_cast<std::uint32_t>(result.bias)) >> range.shift;
            for (const auto& part : result.parts)
                for (int plane = 0; plane < part.planes; ++plane)
                    data[part.offset + static_cast<std::size_t>(row * part.rowBytes + 256 * plane + column)] =
                        static_cast<unsigned char>(value >> (part.shift + 8 * plane));
        }
        result.zeroRow[static_cast<std::size_t>(row)] = zero;
    }
    for (auto& part : result.parts) part.shift += range.shift;
    return result;
}

Result<ErrorSplit> splitError(const ProductTable& table) {
    constexpr int kCuts = 4;  // low bits that the base may leave out of an operand, and one more
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
    const auto base = [&](std::int64_t a, std::int64_t b, int cutA, int cutB) {
        const std::int64_t codeA = operandValue(a, table.bitsA, true), codeB = operandValue(b, table.bitsB, true);
        return (codeA >> cutA << cutA) * (codeB >> cutB << cutB);
    };
    std::int64_t least = kNone;
    int bestA = 0, bestB = 0;
    for (int cutA = 0; cutA < kCuts; ++cutA)
        for (int cutB = 0; cutB < kCuts; ++cutB) {
            std::int64_t greatest = 0;
            for (std::int64_t a = 0; a < table.rows(); ++a)
                for (std::int64_t b = 0; b < table.columns(); ++b) greatest = std::max(greatest, std::abs(table.at(a, b) - base(a, b, cutA, cutB)));
            if (greatest >= least) continue;
            least = greatest;
            bestA = cutA;
            bestB = cutB;
        }
    if (least > std::numeric_limits<std::int32_t>::max())
        return failure("the errors of this multiplier do not fit 32 bits", {}, "Use the strategy auto.");
    ErrorSplit split{{table.bitsA, table.bitsB, true, {}}, {table.bitsA, table.bitsB, true, {}}, 0};
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            split.base.products.push_back(static_cast<std::int32_t>(base(a, b, bestA, bestB)));
            split.error.products.push_back(table.at(a, b) - split.base.products.back());
        }
    split.errorPlanes = planesOf(split.error);
    return split;
}

}  // namespace axp::cpu
