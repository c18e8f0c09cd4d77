// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/arithmetic.h"

namespace axp::cuda {

constexpr int kPoolThreads = 256;

enum class PoolKind : std::int32_t { Max, Average, Adaptive };

/// Pooling over two dimensions of [n, c, h, w] with strides in element counts. Windows are walked row by row, as LibTorch's CPU loops do it.
struct PoolParams {
    PoolKind kind = PoolKind::Max;
    std::int32_t samples = 0, channels = 0;
    std::int32_t in[2] = {}, out[2] = {};  ///< h, w
    std::int32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, pad[2] = {}, dilation[2] = {1, 1};
    bool countPadding = true;    ///< Average: the padding counts as zeros
    std::int32_t divisor = 0;    ///< Average: in place of the count, when above 0
    const float* x = nullptr;
    float* y = nullptr;
    std::int64_t xStride[4] = {}, yStride[4] = {};  ///< n, c, h, w

    AXP_HD std::int64_t count() const { return std::int64_t{samples} * channels * out[0] * out[1]; }
};

/// The stretch of one dimension that an output reads: first .. end of the input, and the length with padding.
struct PoolStretch {
    std::int32_t first, end, whole;
};

AXP_HD PoolStretch poolStretch(const PoolParams& p, int d, std::int32_t place) {
    if (p.kind == PoolKind::Adaptive) {
        const std::int64_t first = std::int64_t{place} * p.in[d] / p.out[d], end = ((std::int64_t{place} + 1) * p.in[d] + p.out[d] - 1) / p.out[d];
        return {static_cast<std::int32_t>(first), static_cast<std::int32_t>(end), static_cast<std::int32_t>(end - first)};
    }
    std::int32_t first = place * p.stride[d] - p.pad[d];
    std::int32_t end = first + (p.kernel[d] - 1) * p.dilation[d] + 1;
    const std::int32_t limit = p.in[d] + p.pad[d], whole = (end < limit ? end : limit) - first;
    while (first < 0) first += p.dilation[d];
    return {first, end < p.in[d] ? end : p.in[d], whole};
}

AXP_HD float pooled(const PoolParams& p, const float* x, const PoolStretch& h, const PoolStretch& w) {
    const std::int32_t stepH = p.kind == PoolKind::Max ? p.dilation[0] : 1, stepW = p.kind == PoolKind::Max ? p.dilation[1] : 1;
    float best = -INFINITY, sum = 0;
    for (std::int32_t i = h.first; i < h.end; i += stepH)
        for (std::int32_t j = w.first; j < w.end; j += stepW) {
            const float value = x[i * p.xStride[2] + j * p.xStride[3]];
            if (value > best || value != value) best = value;
            sum = added(sum, value);
        }
    if (p.kind == PoolKind::Max) return best;
    if (p.kind == PoolKind::Adaptive) return divided(divided(sum, static_cast<float>(h.whole)), static_cast<float>(w.whole));
    if (h.first >= h.end || w.first >= w.end) return 0;
    const std::int32_t inside = (h.end - h.first) * (w.end - w.first), whole = h.whole * w.whole;
    return divided(sum, static_cast<float>(p.divisor > 0 ? p.divisor : p.countPadding ? whole : inside));
}

template <class Block>
AXP_KERNEL_BODY void poolKernel(Block& block, const PoolParams& p) {
    block.eachFree([&](int thread) {
        for (std::int64_t i = block.index() * block.threads() + thread; i < p.count(); i += block.count() * block.threads()) {
            const std::int64_t channel = i % p.channels, place = i / p.channels;
            const std::int64_t column = place % p.out[1], line = place / p.out[1] % p.out[0], sample = place / p.out[1] / p.out[0];
            const float* x = p.x + sample * p.xStride[0] + channel * p.xStride[1];
            p.y[sample * p.yStride[0] + channel * p.yStride[1] + line * p.yStride[2] + column * p.yStride[3]] =
                pooled(p, x, poolStretch(p, 0, static_cast<std::int32_t>(line)), poolStretch(p, 1, static_cast<std::int32_t>(column)));
        }
    });
}

}  // namespace axp::cuda
