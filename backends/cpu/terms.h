// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "core/acu/factor.h"

namespace axp::cpu {

/// A factorisation in the number format of a kernel set:
///   T[a][b] = multiplier * sum_t 2^shift[t] * (left_t[a] - offset[t]) * right_t[b]   (mod 2^32), shifts descending to 0.
/// Factors too wide for the format are cut into limbs, which makes more terms than the rank. elementBytes 1: left is unsigned
/// 8-bit (hence the offset), right signed 8-bit; elementBytes 2: both signed 16-bit, left above -32768 so that the sum of two
/// products fits 32 bits, and all offsets are 0.
/// Wide terms (operands above 8 bits) are a sum over 64-bit numbers instead: T[a][b] = sum_t 2^shift[t] * left_t[a] * right_t[b], in
/// any order, where the products of budget[t] dwords (two products each) add up to less than 2^31.
struct TermSet {
    int elementBytes = 1;
    int terms = 0;
    std::vector<std::int32_t> shift;
    std::vector<std::int32_t> offset;
    std::int64_t leftPatterns = 256, rightPatterns = 256;
    std::vector<std::int64_t> budget;  ///< wide terms only
    std::vector<unsigned char> left;   ///< [terms][leftPatterns] elements, for the kernels' expand
    std::vector<std::int16_t> right;   ///< [terms][rightPatterns]
    std::vector<unsigned char> rightBytes;  ///< [terms][rightPatterns] elements, the same for expand
    std::int32_t multiplier = 1;

    bool wide() const { return !budget.empty(); }
    const unsigned char* leftLut(int term) const { return left.data() + static_cast<std::int64_t>(term) * leftPatterns * elementBytes; }
    const unsigned char* rightElements(int term) const { return rightBytes.data() + static_cast<std::int64_t>(term) * rightPatterns * elementBytes; }
    const std::int16_t* rightLut(int term) const { return right.data() + static_cast<std::int64_t>(term) * rightPatterns; }
    /// Shift to apply before term t is accumulated.
    std::int32_t stepShift(int term) const { return term == 0 ? 0 : shift[static_cast<std::size_t>(term) - 1] - shift[static_cast<std::size_t>(term)]; }
};

/// Converts; every 8-bit pattern has an entry (patterns of narrower operands repeat).
TermSet makeTerms(const Factorisation& factors, int bitsA, int bitsB, int elementBytes);

/// Wide terms, each side cut into the limbs that cost least: a limb more doubles the work of a term, a small budget makes the kernels empty
/// their sums often. Factors must be below 2^31.
TermSet makeWideTerms(const Factorisation& factors);

}  // namespace axp::cpu
