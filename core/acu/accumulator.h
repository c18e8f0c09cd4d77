// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <cstdint>

namespace axp {

/// The accumulator of a MAC unit. By default it is wide enough for every sum and exact.
struct AccumulatorModel {
    int bits = 0;             ///< width of the two's-complement register, 4 to 48; 0: no limit
    bool saturate = false;    ///< at the limits: stay there; else wrap around
    int approximateBits = 0;  ///< low bits of the lower-part OR adder (Mahdiani et al., IEEE TCAS-I 2010); 0: exact adder

    bool isExact() const { return bits == 0 && approximateBits == 0; }
    /// Whether a sum depends on the order of its terms (wrapping alone does not).
    bool isOrdered() const { return approximateBits > 0 || (bits > 0 && saturate); }
    bool operator==(const AccumulatorModel&) const = default;

    /// A number as the register holds it.
    std::int64_t limited(std::int64_t value) const {
        if (bits == 0) return value;
        const std::int64_t half = std::int64_t{1} << (bits - 1);
        if (saturate) return std::clamp(value, -half, half - 1);
        return ((value + half) & (2 * half - 1)) - half;
    }
    /// sum + product through the adder. The lower-part OR adder joins the low bits by OR, without a carry between them, and gives the
    /// upper part the AND of the two highest low bits as carry.
    std::int64_t add(std::int64_t sum, std::int64_t product) const {
        if (approximateBits == 0) return limited(sum + product);
        const std::int64_t mask = (std::int64_t{1} << approximateBits) - 1;
        const std::int64_t carry = ((sum & product) >> (approximateBits - 1)) & 1;
        const std::int64_t upper = (sum >> approximateBits) + (product >> approximateBits) + carry;
        return limited(upper * (mask + 1) + ((sum | product) & mask));
    }
};

}  // namespace axp
