// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// Row `row` of the array as a number: bit `row` of b with its weight, which is negative for the sign bit.
std::int64_t rowOf(std::int64_t b, std::int64_t row, const Request& wanted) {
    const std::int64_t weight = ((b >> row) & 1) << row;
    return wanted.isSigned && row == wanted.bitsB - 1 ? -weight : weight;
}

/// What a row keeps of A: its bits from `cut` on. Past the last bit nothing is left, not even the sign.
std::int64_t kept(std::int64_t a, std::int64_t cut, int bitsA) { return cut >= bitsA ? 0 : a & ~((std::int64_t{1} << cut) - 1); }

/// M(a, b) = sum of the partial products a_i b_j 2^(i+j) with i+j >= v and j >= h. Two's complement: those with exactly one sign bit count
/// negative, which is what the bits stand for.
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("bam", name, values));
    const std::int64_t vertical = wanted.own[0], horizontal = wanted.own[1], rows = wanted.bitsB;
    AXP_CHECK(checkWithin(wanted, "v", vertical, 0, wanted.bitsA + wanted.bitsB - 2, "leaves nothing of the multiplier"));
    AXP_CHECK(checkWithin(wanted, "h", horizontal, 0, rows - 1, "leaves nothing of the multiplier"));
    const auto product = [=](std::int64_t a, std::int64_t b) {
        std::int64_t sum = 0;
        for (std::int64_t row = horizontal; row < rows; ++row)
            if ((b >> row) & 1) sum += rowOf(b, row, wanted) * kept(a, std::max<std::int64_t>(0, vertical - row), wanted.bitsA);
        return sum;
    };
    // The rows above the break are one exact product; every broken row is a term of its own.
    std::vector<Term> terms;
    for (std::int64_t row = horizontal; row < std::min(vertical, rows); ++row)
        terms.push_back({[=](std::int64_t a) { return kept(a, vertical - row, wanted.bitsA); }, [=](std::int64_t b) { return rowOf(b, row, wanted); }});
    terms.push_back({[](std::int64_t a) { return a; }, [=](std::int64_t b) {
                         std::int64_t sum = 0;
                         for (std::int64_t row = std::max(vertical, horizontal); row < rows; ++row) sum += rowOf(b, row, wanted);
                         return sum;
                     }});
    return member(wanted, product, std::move(terms),
                  "array multiplier without the partial products i+j < " + std::to_string(vertical) +
                      (horizontal ? " and without rows j < " + std::to_string(horizontal) : ""));
}

}  // namespace

Definition brokenArray() {
    return {{"bam", "Broken array: partial products a_i b_j with i+j < v and rows j < h are left out (Mahdiani et al., IEEE TCAS-I 2010)",
             withWidths({{"v", "vertical break: partial products with i+j < v are left out", 0, 30, 3},
                         {"h", "horizontal break: rows j < h (bits of B) are left out", 0, 15, 0}}),
             make},
            "H. R. Mahdiani, A. Ahmadi, S. M. Fakhraie, C. Lucas: Bio-Inspired Imprecise Computational Blocks for Efficient VLSI Implementation of "
            "Soft-Computing Applications. IEEE Transactions on Circuits and Systems I 57(4), 2010"};
}

}  // namespace axp::family
