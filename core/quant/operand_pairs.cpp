// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/operand_pairs.h"

#include <array>

namespace axp {
namespace {

constexpr std::size_t kCodes = OperandPairs::kCodes;
using Counts = std::array<std::int64_t, kCodes>;

std::size_t indexOf(std::int8_t code) { return static_cast<std::size_t>(code - OperandPairs::kLowest); }

/// Column k of matrix `batch` of [batch, rows, depth].
Counts countColumn(std::span<const std::int8_t> codes, std::int64_t batch, std::int64_t rows, std::int64_t depth, std::int64_t k) {
    Counts counts{};
    for (std::int64_t row = 0; row < rows; ++row) ++counts[indexOf(codes[static_cast<std::size_t>((batch * rows + row) * depth + k)])];
    return counts;
}

}  // namespace

Result<OperandPairs> countOperandPairs(const std::string& site, std::int64_t macs, const Tensor& qa, const Tensor& qb) {
    const Shape &a = qa.shape(), &b = qb.shape();
    const bool fits = qa.dtype() == DType::I8 && qb.dtype() == DType::I8 && a.size() == 3 && b.size() == 3 && a[2] == b[2] &&
                      (b[0] == 1 || b[0] == a[0]) && qa.count() > 0 && qb.count() > 0;
    if (!fits) return failure("operands of shape " + shapeText(a) + " and " + shapeText(b) + " make no product of 8-bit codes", "site " + site);
    std::vector<double> counts(kCodes * kCodes);
    for (std::int64_t batch = 0; batch < a[0]; ++batch)
        for (std::int64_t k = 0; k < a[2]; ++k) {
            const Counts left = countColumn(qa.as<std::int8_t>(), batch, a[1], a[2], k);
            const Counts right = countColumn(qb.as<std::int8_t>(), b[0] == 1 ? 0 : batch, b[1], b[2], k);
            for (std::size_t i = 0; i < kCodes; ++i) {
                if (left[i] == 0) continue;
                double* row = counts.data() + i * kCodes;
                for (std::size_t j = 0; j < kCodes; ++j) row[j] += static_cast<double>(left[i] * right[j]);
            }
        }
    const double total = static_cast<double>(a[0]) * static_cast<double>(a[2]) * static_cast<double>(a[1]) * static_cast<double>(b[1]);
    OperandPairs pairs{site, macs, std::vector<float>(counts.size())};
    for (std::size_t i = 0; i < counts.size(); ++i) pairs.shares[i] = static_cast<float>(counts[i] / total);
    return pairs;
}

Result<OperandPairs> mergeOperandPairs(const std::string& site, const std::vector<OperandPairs>& pairs) {
    OperandPairs merged{site, 0, std::vector<float>(kCodes * kCodes)};
    for (const OperandPairs& part : pairs) merged.macs += part.macs;
    if (merged.macs <= 0) return failure("there are no operands to weight with", site);
    std::vector<double> sum(merged.shares.size());
    for (const OperandPairs& part : pairs)
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(part.shares[i]) * static_cast<double>(part.macs);
    for (std::size_t i = 0; i < sum.size(); ++i) merged.shares[i] = static_cast<float>(sum[i] / static_cast<double>(merged.macs));
    return merged;
}

}  // namespace axp
