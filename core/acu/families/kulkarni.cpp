// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// A one in every digit to base four that is 3: sum of [x_i = 3] 4^i.
std::int64_t threes(std::int64_t x) { return x & (x >> 1) & 0x5555'5555; }

/// Kulkarni's underdesigned multiplier (VLSI Design 2011): built from blocks of 2x2 bits that give 7 for 3 x 3 and are exact otherwise; their
/// results are added exactly. The recursion of the paper (halves of halves) comes to the sum over all pairs of digits to base four,
/// M(a, b) = ab - 2 t(a) t(b) with t as above. An odd width has a highest digit of one bit. Two's complement: sign and size apart (the
/// paper is about unsigned operands).
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("kulkarni", name, values));
    const auto t = bySize(threes);
    return member(wanted, [=](std::int64_t a, std::int64_t b) { return a * b - 2 * t(a) * t(b); },
                  {{[](std::int64_t a) { return a; }, [](std::int64_t b) { return b; }}, {[=](std::int64_t a) { return -2 * t(a); }, t}},
                  std::string("multiplier of Kulkarni's 2x2 blocks with 3 x 3 = 7") + (wanted.isSigned ? kBySize : ""));
}

}  // namespace

Definition kulkarni() {
    return {{"kulkarni", "Underdesigned: made of 2x2-bit blocks that are exact but for 3 x 3 = 7 (Kulkarni, Gupta and Ercegovac, VLSI Design 2011)",
             withWidths({}), make},
            "P. Kulkarni, P. Gupta, M. Ercegovac: Trading Accuracy for Power with an Underdesigned Multiplier Architecture. 24th International Conference on "
            "VLSI Design, 2011"};
}

}  // namespace axp::family
