// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// How often each pair of signed operand codes meets in the products of a site: counted over all products up to kCountedBits operand
/// bits, above that drawn at random from the products.
struct OperandPairs {
    static constexpr int kCountedBits = 16;                    ///< both operands together
    static constexpr std::size_t kDrawn = std::size_t{1} << 16;
    std::string site;
    std::int64_t macs = 0;       ///< of the site for one sample
    int bitsA = 8, bitsB = 8;    ///< of activation and weight (or second operand)
    std::vector<float> shares;   ///< counted: [2^bitsA * 2^bitsB], sum 1; row: activation code - lowestA(), column: second operand's code - lowestB()
    std::vector<std::pair<std::int16_t, std::int16_t>> drawn;  ///< drawn: kDrawn pairs, each product of the site as likely as any other

    bool counted() const { return drawn.empty(); }
    std::int64_t codesA() const { return std::int64_t{1} << bitsA; }
    std::int64_t codesB() const { return std::int64_t{1} << bitsB; }
    std::int64_t lowestA() const { return -codesA() / 2; }
    std::int64_t lowestB() const { return -codesB() / 2; }
    /// Counted pairs only.
    float at(std::int64_t a, std::int64_t b) const { return shares[static_cast<std::size_t>((a - lowestA()) * codesB() + (b - lowestB()))]; }
};

/// Counts the pairs of a matrix product exactly, or draws from them (always the same ones): the codes of column k of `qa` meet all those
/// of column k of `qb`, nothing else. `qa` int8 or int16 [batch, M, K], `qb` the same [batch or 1, N, K]; other types and shapes, empty
/// products, and codes that do not fit the bits are errors that name `site`.
Result<OperandPairs> countOperandPairs(const std::string& site, std::int64_t macs, int bitsA, int bitsB, const Tensor& qa, const Tensor& qb);

/// All sites together, each by its share of the MACs. Named `site`. An empty list, and pairs of different widths, are errors.
Result<OperandPairs> mergeOperandPairs(const std::string& site, const std::vector<OperandPairs>& pairs);

/// With the operands in each other's place.
OperandPairs swappedOperands(const OperandPairs& pairs);

}  // namespace axp
