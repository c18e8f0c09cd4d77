// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/reference/reference.h"

#include <cmath>

namespace axp {

std::array<std::int64_t, 3> ReferenceConv::outSize() const {
    std::array<std::int64_t, 3> out{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t free = in[i] + padBegin[i] + padEnd[i] - dilation[i] * (kernel[i] - 1) - 1;
        out[i] = free < 0 ? 0 : free / stride[i] + 1;
    }
    return out;
}

namespace {

struct Position {
    std::int64_t sample, z, y, x, channel;
};

std::int64_t convAt(const ProductTable& table, const ReferenceConv& c, const std::int8_t* x, const std::int8_t* w,
                    const Position& p) {
    const std::int64_t cg = c.inChannels / c.groups;
    const std::int64_t firstChannel = p.channel / (c.outChannels / c.groups) * cg;
    std::int64_t sum = 0;
    for (std::int64_t ic = 0; ic < cg; ++ic)
        for (std::int64_t kz = 0; kz < c.kernel[0]; ++kz)
            for (std::int64_t ky = 0; ky < c.kernel[1]; ++ky)
                for (std::int64_t kx = 0; kx < c.kernel[2]; ++kx) {
                    const std::int64_t iz = p.z * c.stride[0] + kz * c.dilation[0] - c.padBegin[0];
                    const std::int64_t iy = p.y * c.stride[1] + ky * c.dilation[1] - c.padBegin[1];
                    const std::int64_t ix = p.x * c.stride[2] + kx * c.dilation[2] - c.padBegin[2];
                    const bool inside = iz >= 0 && iz < c.in[0] && iy >= 0 && iy < c.in[1] && ix >= 0 && ix < c.in[2];
                    if (!inside && !c.padThroughMultiplier) continue;
                    const std::int64_t pixel = ((p.sample * c.in[0] + iz) * c.in[1] + iy) * c.in[2] + ix;
                    const std::int64_t a = inside ? x[pixel * c.inChannels + firstChannel + ic] : 0;
                    const std::int64_t tap = (kz * c.kernel[1] + ky) * c.kernel[2] + kx;
                    const std::int64_t volume = c.kernel[0] * c.kernel[1] * c.kernel[2];
                    sum += table.at(a, w[(p.channel * cg + ic) * volume + tap]);
                }
    return sum;
}

}  // namespace

void referenceConv(const ProductTable& table, const ReferenceConv& conv, const std::int8_t* x, const std::int8_t* w,
                   std::int64_t* acc) {
    const auto out = conv.outSize();
    for (std::int64_t b = 0; b < conv.batch; ++b)
        for (std::int64_t z = 0; z < out[0]; ++z)
            for (std::int64_t y = 0; y < out[1]; ++y)
                for (std::int64_t ox = 0; ox < out[2]; ++ox)
                    for (std::int64_t n = 0; n < conv.outChannels; ++n)
                        *acc++ = convAt(table, conv, x, w, {b, z, y, ox, n});
}

void referenceMatMul(const ProductTable& table, std::int64_t m, std::int64_t k, std::int64_t n, const std::int8_t* a,
                     std::int64_t aRow, std::int64_t aColumn, const std::int8_t* b, std::int64_t bRow,
                     std::int64_t bColumn, std::int64_t* acc) {
    for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            std::int64_t sum = 0;
            for (std::int64_t d = 0; d < k; ++d) sum += table.at(a[i * aRow + d * aColumn], b[d * bRow + j * bColumn]);
            acc[i * n + j] = sum;
        }
}

std::int8_t referenceQuantize(float x, float scale, std::int32_t lo, std::int32_t hi) {
    const float quotient = x / scale;
    if (std::isnan(quotient)) return 0;
    if (quotient <= static_cast<float>(lo)) return static_cast<std::int8_t>(lo);
    if (quotient >= static_cast<float>(hi)) return static_cast<std::int8_t>(hi);
    const double below = std::floor(static_cast<double>(quotient));
    const double fraction = static_cast<double>(quotient) - below;
    const auto floorCode = static_cast<std::int64_t>(below);
    const bool up = fraction > 0.5 || (fraction == 0.5 && (floorCode & 1) != 0);
    return static_cast<std::int8_t>(floorCode + (up ? 1 : 0));
}

}  // namespace axp
