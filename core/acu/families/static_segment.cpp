// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

/// An operand of n bits seen through a segment of m bits at one of two or three fixed places: the highest one that is needed to see
/// the leading one. What lies below the segment is cut off, not rounded.
struct Segments {
    int bits, segment, places;

    std::int64_t of(std::int64_t x) const {
        if (segment >= bits || x < (std::int64_t{1} << segment)) return x;  // the low segment sees all of it
        int low = bits - segment;
        if (places == 3 && x < (std::int64_t{1} << (bits + segment) / 2)) low /= 2;
        return x >> low << low;
    }
};

Result<void> checkOperand(const Request& wanted, int bits, int segment, int places) {
    if (segment >= bits) return {};
    const int least = (bits + places - 1) / places;  // less would leave gaps between the places
    AXP_CHECK(checkWithin(wanted, "m", segment, least, wanted.widest(), "leaves bits that no segment sees"));
    if (places == 3 && (bits - segment) % 2 != 0)
        return badInput("m=" + std::to_string(segment) + " has no middle place in " + std::to_string(bits) + " bits", "ACU " + wanted.name,
                        "Choose an m that differs from the width by an even number, or places=2");
    return {};
}

/// Static segment multiplier (Narayanamoorthy et al., IEEE TVLSI 2015): M(a, b) = f(a) f(b), computed exactly, with f the segment above. Two
/// places (SSM): bits n-1 .. n-m and m-1 .. 0. Three places (ESSM): bits (n+m)/2-1 .. (n-m)/2 as well. The paper is about unsigned
/// operands of one width with m >= n/2; here every operand has the segments of its own width, three places allow m >= n/3, and two's
/// complement goes by sign and size, the size as a number of n bits.
Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("ssm", name, values));
    const int segment = static_cast<int>(wanted.own[0]), places = static_cast<int>(wanted.own[1]);
    AXP_CHECK(checkWithin(wanted, "m", segment, 1, wanted.widest(), "is wider than the operands"));
    AXP_CHECK(checkOperand(wanted, wanted.bitsA, segment, places));
    AXP_CHECK(checkOperand(wanted, wanted.bitsB, segment, places));
    const auto through = [&](int bits) { return bySize([s = Segments{bits, segment, places}](std::int64_t x) { return s.of(x); }); };
    return separable(wanted, through(wanted.bitsA), through(wanted.bitsB),
                     "static segment multiplier: " + std::to_string(segment) + " bits at one of " + std::to_string(places) + " places" +
                         (wanted.isSigned ? kBySize : ""));
}

}  // namespace

Definition staticSegment() {
    return {{"ssm", "Static segments: m bits at the highest of two or three fixed places that shows the leading one are multiplied exactly "
                    "(Narayanamoorthy et al., IEEE TVLSI 2015)",
             withWidths({{"m", "bits of a segment", 1, 16, 5}, {"places", "places at which a segment can lie", 2, 3, 2}}), make},
            "S. Narayanamoorthy, H. A. Moghaddam, Z. Liu, T. Park, N. S. Kim: Energy-Efficient Approximate Multiplication for Digital Signal Processing and "
            "Classification Applications. IEEE Transactions on VLSI Systems 23(6), 2015"};
}

}  // namespace axp::family
