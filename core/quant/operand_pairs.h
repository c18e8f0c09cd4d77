// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// How often each pair of 8-bit operand codes meets in the products of a site.
struct OperandPairs {
    static constexpr std::int64_t kCodes = 256, kLowest = -128;
    std::string site;
    std::int64_t macs = 0;       ///< of the site for one sample
    std::vector<float> shares;   ///< [kCodes * kCodes], sum 1; row: activation code - kLowest, column: weight (or second operand's) code

    float at(std::int64_t a, std::int64_t b) const { return shares[static_cast<std::size_t>((a - kLowest) * kCodes + (b - kLowest))]; }
};

/// Counts the pairs of a matrix product exactly: the codes of column k of `qa` meet all those of column k of `qb`, nothing else.
/// `qa` int8 [batch, M, K], `qb` int8 [batch or 1, N, K]; other types and shapes, and empty products, are errors that name `site`.
Result<OperandPairs> countOperandPairs(const std::string& site, std::int64_t macs, const Tensor& qa, const Tensor& qb);

/// All sites together, each by its share of the MACs. Named `site`. An empty list is an error.
Result<OperandPairs> mergeOperandPairs(const std::string& site, const std::vector<OperandPairs>& pairs);

}  // namespace axp
