// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// M(a, b) = a (b without bits first .. first + count - 1). Two's complement: when the highest row goes, so does the sign of b.
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("perf", name, values));
    const std::int64_t rows = wanted.bitsB, first = wanted.own[0], count = wanted.own[1];
    AXP_CHECK(checkWithin(wanted, "first", first, 0, rows - 1, "leaves nothing of the multiplier"));
    AXP_CHECK(checkWithin(wanted, "count", count, 0, std::min(rows - 1, rows - first), "leaves nothing of the multiplier"));
    const std::int64_t mask = ~(((std::int64_t{1} << count) - 1) << first);
    return separable(wanted, [](std::int64_t a) { return a; },
                     [mask, bits = wanted.bitsB, isSigned = wanted.isSigned](std::int64_t b) { return operandValue(b & mask, bits, isSigned); },
                     "array multiplier without " + std::to_string(count) + " rows of partial products from row " + std::to_string(first));
}

}  // namespace

Definition perforation() {
    return {{"perf", "Perforated rows: successive rows of partial products (bits of B) are left out (Zervakis et al., IEEE TVLSI 2016)",
             withWidths({{"first", "first row that is left out", 0, 15, 0}, {"count", "how many rows are left out", 0, 15, 1}}), make},
            "G. Zervakis, K. Tsoumanis, S. Xydis, D. Soudris, K. Pekmestzi: Design-Efficient Approximate Multiplication Circuits Through Partial "
            "Product Perforation. IEEE Transactions on VLSI Systems 24(10), 2016"};
}

}  // namespace axp::family
