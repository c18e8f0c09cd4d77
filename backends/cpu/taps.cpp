// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/taps.h"

namespace axp::cpu {

std::int64_t Taps::source(std::int64_t outPixel, std::int64_t tap) const {
    const ConvGeometry& g = m_geometry;
    const Size3 at{outPixel / (m_out[1] * m_out[2]), outPixel / m_out[2] % m_out[1], outPixel % m_out[2]};
    const Size3 kernel{tap / (g.kernel[1] * g.kernel[2]), tap / g.kernel[2] % g.kernel[1], tap % g.kernel[2]};
    std::int64_t pixel = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        std::int64_t position = g.transposed ? at[i] + g.padBegin[i] - kernel[i] * g.dilation[i]
                                             : at[i] * g.stride[i] + kernel[i] * g.dilation[i] - g.padBegin[i];
        if (g.transposed) {
            if (position < 0 || position % g.stride[i] != 0) return -1;
            position /= g.stride[i];
        }
        if (position < 0 || position >= m_in[i]) return -1;
        pixel = pixel * m_in[i] + position;
    }
    return pixel;
}

}  // namespace axp::cpu
