// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// M(a, b) = (a without its low bits) (b without its low bits). Two's complement: clearing low bits rounds towards minus infinity, as
/// a >> n << n does.
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("trunc", name, values));
    const std::int64_t cutA = wanted.own[0], cutB = wanted.own[1];
    AXP_CHECK(checkWithin(wanted, "a", cutA, 0, wanted.bitsA - 1, "leaves nothing of the multiplier"));
    AXP_CHECK(checkWithin(wanted, "b", cutB, 0, wanted.bitsB - 1, "leaves nothing of the multiplier"));
    const std::int64_t maskA = ~((std::int64_t{1} << cutA) - 1), maskB = ~((std::int64_t{1} << cutB) - 1);
    return separable(wanted, [maskA](std::int64_t a) { return a & maskA; }, [maskB](std::int64_t b) { return b & maskB; },
                     "multiplier without the low " + std::to_string(cutA) + " bits of A and " + std::to_string(cutB) + " of B");
}

}  // namespace

Definition truncation() {
    return {{"trunc", "Operand truncation: low bits of A and B are cleared (survey: Jiang et al., Proceedings of the IEEE 2020)",
             withWidths({{"a", "low bits of A that are cleared", 0, 15, 1}, {"b", "low bits of B that are cleared", 0, 15, 1}}), make},
            "H. Jiang, F. J. H. Santiago, H. Mo, L. Liu, J. Han: Approximate Arithmetic Circuits: A Survey, Characterization, and Recent "
            "Applications. Proceedings of the IEEE 108(12), 2020"};
}

}  // namespace axp::family
