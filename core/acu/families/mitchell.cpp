// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// Mitchell's logarithmic multiplier (IRE Trans. EC 1962). With a = 2^ka (1 + xa) and b = 2^kb (1 + xb): 2^(ka+kb) (1 + xa + xb) when
/// xa + xb < 1, else 2^(ka+kb+1) (xa + xb). The fractions have all their bits, so that both forms are integers and nothing is rounded;
/// M(0, b) = M(a, 0) = 0. Always at most the exact product, by at most a ninth of it.
std::int64_t product(std::int64_t a, std::int64_t b) {
    if (a == 0 || b == 0) return 0;
    const int ka = leadingOne(a), kb = leadingOne(b);
    const std::int64_t one = std::int64_t{1} << (ka + kb);
    const std::int64_t fractions = ((a << kb) - one) + ((b << ka) - one);  // (xa + xb) 2^(ka+kb)
    return fractions < one ? one + fractions : 2 * fractions;
}

Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("mitchell", name, values));
    // Whether the fractions carry depends on both operands: there are no terms that make up the product.
    return member(wanted,
                  [](std::int64_t a, std::int64_t b) {
                      const std::int64_t size = product(a < 0 ? -a : a, b < 0 ? -b : b);
                      return (a < 0) != (b < 0) ? -size : size;
                  },
                  {}, std::string("logarithmic multiplier of Mitchell") + (wanted.isSigned ? kBySize : ""));
}

}  // namespace

Definition mitchell() {
    return {{"mitchell", "Logarithmic: logarithms by straight lines between powers of two are added (Mitchell, IRE Transactions on Electronic Computers 1962)",
             withWidths({}), make},
            "J. N. Mitchell: Computer Multiplication and Division Using Binary Logarithms. IRE Transactions on Electronic Computers EC-11(4), 1962"};
}

}  // namespace axp::family
