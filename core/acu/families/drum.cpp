// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// DRUM (Hashemi et al., ICCAD 2015). With t the position of the leading one of x: x itself when t < k, else its bits t .. t-k+1, the lowest
/// of them set to one (which takes the bias of the cut away), followed by zeros. M(a, b) = f(a) f(b), computed exactly.
/// Two's complement: sign and size apart, as in the paper.
std::int64_t segment(std::int64_t x, int k) {
    if (x < (std::int64_t{1} << k)) return x;
    const int low = leadingOne(x) - k + 1;
    return (x >> low | 1) << low;
}

Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("drum", name, values));
    const int k = static_cast<int>(wanted.own[0]);
    AXP_CHECK(checkWithin(wanted, "k", k, 2, wanted.widest(), "is wider than the operands"));
    const auto cut = bySize([k](std::int64_t x) { return segment(x, k); });
    return separable(wanted, cut, cut, "DRUM multiplier of " + std::to_string(k) + "-bit segments" + (wanted.isSigned ? kBySize : ""));
}

}  // namespace

Definition drum() {
    return {{"drum", "DRUM: the k bits from the leading one of either operand, the lowest of them set to one, are multiplied exactly (Hashemi et al., ICCAD 2015)",
             withWidths({{"k", "bits that are multiplied; smaller operands are exact", 2, 16, 4}}), make},
            "S. Hashemi, R. I. Bahar, S. Reda: DRUM: A Dynamic Range Unbiased Multiplier for Approximate Applications. ICCAD 2015"};
}

}  // namespace axp::family
