// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/hd.h"

namespace axp::cuda {

/// Where the rows of a convolution's matrix product read: row = ((sample * od + z) * oh + y) * ow + x. Matrix products are
/// convolutions of single taps over a line of pixels. All counts below 2^31.
struct ConvMap {
    std::int32_t samples = 1;
    std::int32_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1},
                 padBegin[3] = {0, 0, 0};
    FastDiv byOutX, byOutY, byOutZ, byKernelX, byKernelY;

    void prepare() {
        byOutX = FastDiv::of(out[2]);
        byOutY = FastDiv::of(out[1]);
        byOutZ = FastDiv::of(out[0]);
        byKernelX = FastDiv::of(kernel[2]);
        byKernelY = FastDiv::of(kernel[1]);
    }

    AXP_HD std::int32_t rows() const { return samples * out[0] * out[1] * out[2]; }
    AXP_HD std::int32_t pixels() const { return samples * in[0] * in[1] * in[2]; }
    AXP_HD std::int32_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }

    /// Input position under tap 0 of a row; may lie in the padding.
    struct Origin {
        std::int32_t sample, z, y, x;
    };
    AXP_HD Origin origin(std::int32_t row) const {
        const std::int32_t line = byOutX.quotient(row), plane = byOutY.quotient(line), sample = byOutZ.quotient(plane);
        return {sample, byOutZ.remainder(plane, sample) * stride[0] - padBegin[0], byOutY.remainder(line, plane) * stride[1] - padBegin[1],
                byOutX.remainder(row, line) * stride[2] - padBegin[2]};
    }

    /// Input pixel under a tap, or -1 in the padding.
    AXP_HD std::int32_t pixel(const Origin& origin, std::int32_t tap) const {
        const std::int32_t line = byKernelX.quotient(tap), plane = byKernelY.quotient(line);
        const std::int32_t z = origin.z + plane * dilation[0], y = origin.y + byKernelY.remainder(line, plane) * dilation[1],
                           x = origin.x + byKernelX.remainder(tap, line) * dilation[2];
        // As unsigned numbers, negative positions are large too.
        if (static_cast<std::uint32_t>(z) >= static_cast<std::uint32_t>(in[0]) ||
            static_cast<std::uint32_t>(y) >= static_cast<std::uint32_t>(in[1]) || static_cast<std::uint32_t>(x) >= static_cast<std::uint32_t>(in[2]))
            return -1;
        return ((origin.sample * in[0] + z) * in[1] + y) * in[2] + x;
    }
};

/// Which part of the result a block works on: tiles are counted column tile first, then row tile, then slice.
struct TilePlace {
    std::int64_t slice, row, column;
};
AXP_HD std::int64_t tileCount(std::int64_t slices, std::int64_t rows, std::int64_t columns, int tileRows, int tileColumns) {
    return slices * ((rows + tileRows - 1) / tileRows) * ((columns + tileColumns - 1) / tileColumns);
}
AXP_HD TilePlace tilePlace(std::int64_t tile, std::int64_t rows, std::int64_t columns, int tileRows, int tileColumns) {
    const std::int64_t across = (columns + tileColumns - 1) / tileColumns, down = (rows + tileRows - 1) / tileRows;
    return {tile / across / down, tile / across % down * tileRows, tile % across * tileColumns};
}

}  // namespace axp::cuda
