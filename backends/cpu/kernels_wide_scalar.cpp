// SPDX-License-Identifier: GPL-3.0-or-later
// Portable kernels for operands of up to 16 bits: plain loops with 64-bit sums.
#include <cstring>

#include "backends/cpu/kernels.h"

namespace axp::cpu {
namespace {

constexpr int kColumns = 16;

void wideGemm(const WidePanel& p) {
    for (std::int64_t row = 0; row < p.rowCount; ++row) {
        std::int64_t sum[kColumns] = {};
        const auto* weights = static_cast<const std::int16_t*>(p.panel);
        for (std::int64_t s = 0; s < p.segments; ++s) {
            const unsigned char* source = p.rows[row] + p.segmentOffset[s];
            const std::int64_t weight = std::int64_t{1} << p.segmentShift[s];
            for (std::int64_t d = 0; d < p.segmentDwords; ++d, source += 4, weights += 2 * kColumns) {
                std::int16_t pair[2];
                std::memcpy(pair, source, 4);
                for (int n = 0; n < kColumns; ++n)
                    sum[n] += (std::int64_t{pair[0]} * weights[2 * n] + std::int64_t{pair[1]} * weights[2 * n + 1]) * weight;
            }
        }
        for (std::int64_t n = 0; n < p.columns; ++n) {
            if (p.acc) p.acc[row * p.accStride + n] = sum[n];
            if (!p.y) continue;
            const float scaled = static_cast<float>(sum[n]) * p.scale[n];
            p.y[row * p.yStride + n] = p.bias ? scaled + p.bias[n] : scaled;
        }
    }
}

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int16_t*>(target);
    const float low = static_cast<float>(lo), high = static_cast<float>(hi);
    const float magic = 12582912.0f;  // see kernels_scalar.cpp
    for (std::int64_t i = 0; i < n; ++i) {
        float quotient = x[i] / scale;
        const bool number = quotient == quotient;
        quotient = quotient < low ? low : quotient;
        quotient = quotient > high ? high : quotient;
        const float rounded = (quotient + magic) - magic;
        codes[i] = number ? static_cast<std::int16_t>(static_cast<std::int32_t>(rounded)) : std::int16_t{0};
    }
}

void expand(const void* source, std::int64_t n, const void* luts, std::int64_t patterns, int terms, std::int64_t planeBytes, void* out) {
    const auto* codes = static_cast<const std::uint16_t*>(source);
    for (int t = 0; t < terms; ++t) {
        const auto* lut = static_cast<const std::int16_t*>(luts) + patterns * t;
        auto* plane = static_cast<unsigned char*>(out) + t * planeBytes;
        for (std::int64_t i = 0; i < n; ++i) std::memcpy(plane + 2 * i, lut + (codes[i] & (patterns - 1)), 2);
    }
}

void quantizeExpand(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts, std::int64_t patterns,
                    int terms, std::int64_t planeBytes, void* out) {
    std::int16_t codes[256];
    for (std::int64_t i = 0; i < n; i += 256) {
        const std::int64_t count = n - i < 256 ? n - i : 256;
        quantize(x + i, count, scale, lo, hi, codes);
        expand(codes, count, luts, patterns, terms, planeBytes, static_cast<unsigned char*>(out) + 2 * i);
    }
}

void gatherSum(const GatherSum& s) {
    for (std::int64_t e = 0; e < s.count; ++e) {
        const std::int32_t* row = s.table + static_cast<std::int64_t>(s.rows[e]) * s.columns;
        const std::uint16_t* lanes = s.lanes + static_cast<std::int64_t>(s.places[e]) * s.laneStride;
        for (std::int64_t i = 0; i < s.laneCount; ++i) s.out[i] += row[lanes[i]];
    }
}

#include "backends/cpu/step_lanes.inc"

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    scalarKernels().dequantize(acc, n, scale, bias, y);
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    scalarKernels().interleave(src, rowBytes, valid, n, out);
}

}  // namespace

const KernelSet& wideScalarKernels() {
    static const KernelSet set{2, 2, kColumns, false, nullptr, wideGemm, quantize, expand, quantizeExpand, nullptr, nullptr, gatherSum, stepSum, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
