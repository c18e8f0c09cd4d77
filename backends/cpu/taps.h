// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>

#include "backends/cpu/mac.h"

namespace axp::cpu {

using Size3 = std::array<std::int64_t, 3>;
inline std::int64_t volume(const Size3& size) { return size[0] * size[1] * size[2]; }

/// Which input pixel a kernel tap of an output pixel reads, for convolutions and transposed ones.
class Taps {
public:
    Taps(const ConvGeometry& geometry, const Size3& in) : m_geometry(geometry), m_in(in), m_out(geometry.outSize(in)) {}
    const Size3& out() const { return m_out; }
    /// Index of the input pixel, or -1: padding of a convolution, no product at all of a transposed one.
    std::int64_t source(std::int64_t outPixel, std::int64_t tap) const;

private:
    const ConvGeometry& m_geometry;
    Size3 m_in, m_out;
};

}  // namespace axp::cpu
