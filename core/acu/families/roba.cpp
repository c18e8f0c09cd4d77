// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// The power of two nearest to x: of two that are as near, the larger one, but 2 for 3 (as in the paper). 0 for 0. From 3 2^(n-2) on this
/// is 2^n, one bit more than the operand has.
std::int64_t rounded(std::int64_t x) {
    if (x == 0 || x == 3) return x == 3 ? 2 : 0;
    const std::int64_t below = std::int64_t{1} << leadingOne(x);
    return 2 * x >= 3 * below ? 2 * below : below;
}

/// RoBA (Zendegani et al., IEEE TVLSI 2017): M(a, b) = r(a) b + a r(b) - r(a) r(b), that is ab - (a - r(a)) (b - r(b)), with r(x) the nearest
/// power of two. Unsigned: U-RoBA. Two's complement: S-RoBA, signs taken apart and put back exactly. Nothing else is rounded.
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("roba", name, values));
    const auto nearest = bySize(rounded);
    return member(wanted,
                  [=](std::int64_t a, std::int64_t b) { return a * b - (a - nearest(a)) * (b - nearest(b)); },
                  {{nearest, [=](std::int64_t b) { return b - nearest(b); }}, {[](std::int64_t a) { return a; }, nearest}},
                  std::string("RoBA multiplier: operands rounded to powers of two") + (wanted.isSigned ? kBySize : ""));
}

}  // namespace

Definition roba() {
    return {{"roba", "RoBA: ab without the product of what rounding to the nearest power of two leaves of a and b (Zendegani et al., IEEE TVLSI 2017)",
             withWidths({}), make},
            "R. Zendegani, M. Kamal, M. Bahadori, A. Afzali-Kusha, M. Pedram: RoBA Multiplier: A Rounding-Based Approximate Multiplier for High-Speed yet "
            "Energy-Efficient Digital Signal Processing. IEEE Transactions on VLSI Systems 25(2), 2017"};
}

}  // namespace axp::family
