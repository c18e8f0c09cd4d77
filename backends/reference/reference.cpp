// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/reference/reference.h"

#include <cmath>

namespace axp {

std::array<std::int64_t, 3> ReferenceConv::outSize() const {
    std::array<std::int64_t, 3> out{};
    for (std::size_t i = 0; i < 3; ++i) {
        if (transposed) {
            const std::int64_t size = (in[i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 - padBegin[i] - padEnd[i] + outputPadding[i];
            out[i] = in[i] == 0 || size < 0 ? 0 : size;
            continue;
        }
        const std::int64_t free = in[i] + padBegin[i] + padEnd[i] - dilation[i] * (kernel[i] - 1) - 1;
        out[i] = free < 0 ? 0 : free / stride[i] + 1;
    }
    return out;
}

namespace {

/// One sum, product by product.
class Sum {
public:
    Sum(const Multiplier& multiplier, const ReferenceSum& options)
        : m_multiplier(multiplier), m_options(options), m_maskA((std::int64_t{1} << multiplier.bitsA()) - 1),
          m_maskB((std::int64_t{1} << multiplier.bitsB()) - 1) {}

    void add(std::int64_t a, std::int64_t b) {
        const ReferenceSum& o = m_options;
        const std::int64_t qa = (a + o.zeroA) & m_maskA, qb = (b + o.zeroB) & m_maskB;
        const std::int64_t term = o.affine ? o.zeroA * o.zeroB - o.zeroB * qa - o.zeroA * qb : 0;
        m_sum = o.accumulator.add(m_sum, m_multiplier.at(a, b) - term);
        m_terms += term;
    }
    std::int64_t value() const { return m_sum + m_terms; }

private:
    const Multiplier& m_multiplier;
    const ReferenceSum& m_options;
    std::int64_t m_maskA, m_maskB, m_sum = 0, m_terms = 0;
};

struct Position {
    std::int64_t sample, z, y, x, channel;
};

/// The input coordinate under a tap: -1 outside the input, or where a transposed convolution has no pixel.
std::int64_t inputOf(const ReferenceConv& c, std::size_t dimension, std::int64_t out, std::int64_t tap) {
    std::int64_t position = 0;
    if (c.transposed) {
        const std::int64_t offset = out + c.padBegin[dimension] - tap * c.dilation[dimension];
        if (offset < 0 || offset % c.stride[dimension] != 0) return -1;
        position = offset / c.stride[dimension];
    } else {
        position = out * c.stride[dimension] + tap * c.dilation[dimension] - c.padBegin[dimension];
    }
    return position >= 0 && position < c.in[dimension] ? position : -1;
}

std::int64_t convAt(const Multiplier& multiplier, const ReferenceConv& c, const std::int16_t* x, const std::int16_t* w, const Position& p) {
    const std::int64_t cg = c.inChannels / c.groups, og = c.outChannels / c.groups, group = p.channel / og;
    const std::int64_t volume = c.kernel[0] * c.kernel[1] * c.kernel[2];
    Sum sum(multiplier, c.sum);
    for (std::int64_t ic = 0; ic < cg; ++ic)
        for (std::int64_t kz = 0; kz < c.kernel[0]; ++kz)
            for (std::int64_t ky = 0; ky < c.kernel[1]; ++ky)
                for (std::int64_t kx = 0; kx < c.kernel[2]; ++kx) {
                    const std::int64_t iz = inputOf(c, 0, p.z, kz), iy = inputOf(c, 1, p.y, ky), ix = inputOf(c, 2, p.x, kx);
                    const bool inside = iz >= 0 && iy >= 0 && ix >= 0;
                    if (!inside && (c.transposed || !c.padThroughMultiplier)) continue;
                    const std::int64_t pixel = ((p.sample * c.in[0] + iz) * c.in[1] + iy) * c.in[2] + ix;
                    const std::int64_t a = inside ? x[pixel * c.inChannels + group * cg + ic] : 0;
                    const std::int64_t line = c.transposed ? (group * cg + ic) * og + p.channel % og : p.channel * cg + ic;
                    sum.add(a, w[line * volume + (kz * c.kernel[1] + ky) * c.kernel[2] + kx]);
                }
    return sum.value();
}

}  // namespace

void referenceConv(const Multiplier& multiplier, const ReferenceConv& conv, const std::int16_t* x, const std::int16_t* w, std::int64_t* acc) {
    const auto out = conv.outSize();
    for (std::int64_t b = 0; b < conv.batch; ++b)
        for (std::int64_t z = 0; z < out[0]; ++z)
            for (std::int64_t y = 0; y < out[1]; ++y)
                for (std::int64_t ox = 0; ox < out[2]; ++ox)
                    for (std::int64_t n = 0; n < conv.outChannels; ++n) *acc++ = convAt(multiplier, conv, x, w, {b, z, y, ox, n});
}

void referenceMatMul(const Multiplier& multiplier, std::int64_t m, std::int64_t k, std::int64_t n, const std::int16_t* a,
                     std::int64_t aRow, std::int64_t aColumn, const std::int16_t* b, std::int64_t bRow,
                     std::int64_t bColumn, std::int64_t* acc, const ReferenceSum& options) {
    for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            Sum sum(multiplier, options);
            for (std::int64_t d = 0; d < k; ++d) sum.add(a[i * aRow + d * aColumn], b[d * bRow + j * bColumn]);
            acc[i * n + j] = sum.value();
        }
}

std::int16_t referenceQuantize(float x, float scale, std::int32_t lo, std::int32_t hi) {
    const float quotient = x / scale;
    if (std::isnan(quotient)) return 0;
    if (quotient <= static_cast<float>(lo)) return static_cast<std::int16_t>(lo);
    if (quotient >= static_cast<float>(hi)) return static_cast<std::int16_t>(hi);
    const double below = std::floor(static_cast<double>(quotient));
    const double fraction = static_cast<double>(quotient) - below;
    const auto floorCode = static_cast<std::int64_t>(below);
    const bool up = fraction > 0.5 || (fraction == 0.5 && (floorCode & 1) != 0);
    return static_cast<std::int16_t>(floorCode + (up ? 1 : 0));
}

}  // namespace axp
