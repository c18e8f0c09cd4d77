// SPDX-License-Identifier: GPL-3.0-or-later
// Portable kernels: plain loops over 16-bit factors. Sums are formed in unsigned arithmetic, where wrapping is defined.
#include <cstring>

#include "backends/cpu/kernels.h"

namespace axp::cpu {
namespace {

constexpr int kColumns = 16;

void gemmRow(const GemmPanel& p, std::int64_t row) {
    std::uint32_t sum[kColumns] = {};
    const auto* weights = static_cast<const std::int16_t*>(p.panel);
    for (std::int64_t s = 0; s < p.segments; ++s) {
        if (p.segmentShift[s] != 0)
            for (auto& value : sum) value <<= p.segmentShift[s];
        const unsigned char* source = p.rows[row] + p.segmentOffset[s];
        for (std::int64_t d = 0; d < p.segmentDwords; ++d, source += 4, weights += 2 * kColumns) {
            std::int16_t pair[2];
            std::memcpy(pair, source, 4);
            for (int n = 0; n < kColumns; ++n)
                sum[n] += static_cast<std::uint32_t>(pair[0] * weights[2 * n]) +
                          static_cast<std::uint32_t>(pair[1] * weights[2 * n + 1]);
        }
    }
    for (std::int64_t n = 0; n < p.columns; ++n) {
        const auto acc = static_cast<std::int32_t>((sum[n] + static_cast<std::uint32_t>(p.compensation[n])) *
                                                   static_cast<std::uint32_t>(p.multiplier));
        if (p.acc) p.acc[row * p.accStride + n] = acc;
        if (!p.y) continue;
        const float scaled = static_cast<float>(acc) * p.scale[n];
        p.y[row * p.yStride + n] = p.bias ? scaled + p.bias[n] : scaled;
    }
}

void gemm(const GemmPanel& panel) {
    for (std::int64_t row = 0; row < panel.rowCount; ++row) gemmRow(panel, row);
}

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int8_t*>(target);
    const float low = static_cast<float>(lo), high = static_cast<float>(hi);
    // Adding and subtracting 1.5 * 2^23 rounds half to even for the small numbers that are left after clamping.
    const float magic = 12582912.0f;
    for (std::int64_t i = 0; i < n; ++i) {
        float quotient = x[i] / scale;
        const bool number = quotient == quotient;
        quotient = quotient < low ? low : quotient;
        quotient = quotient > high ? high : quotient;
        const float rounded = (quotient + magic) - magic;
        codes[i] = number ? static_cast<std::int8_t>(static_cast<std::int32_t>(rounded)) : std::int8_t{0};
    }
}

void expand(const void* source, std::int64_t n, const void* luts, std::int64_t, int terms, std::int64_t planeBytes, void* out) {
    const auto* codes = static_cast<const std::int8_t*>(source);
    for (int t = 0; t < terms; ++t) {
        const auto* lut = static_cast<const std::int16_t*>(luts) + 256 * t;
        auto* plane = static_cast<unsigned char*>(out) + t * planeBytes;
        for (std::int64_t i = 0; i < n; ++i) std::memcpy(plane + 2 * i, lut + static_cast<unsigned char>(codes[i]), 2);
    }
}

void quantizeExpand(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts, std::int64_t patterns,
                    int terms, std::int64_t planeBytes, void* out) {
    std::int8_t codes[256];
    for (std::int64_t i = 0; i < n; i += 256) {
        const std::int64_t count = n - i < 256 ? n - i : 256;
        quantize(x + i, count, scale, lo, hi, codes);
        expand(codes, count, luts, patterns, terms, planeBytes, static_cast<unsigned char*>(out) + 2 * i);
    }
}

void interleavedSum(const InterleavedSum& sum) {
    std::int32_t interleaved[257 * 8];
    for (std::int64_t k = 0; k < sum.count; ++k) {
        for (int i = 0; i < 8; ++i) {
            const std::int32_t* row = sum.table + 256 * sum.rows[8 * k + i];
            for (int column = 0; column < 256; ++column) interleaved[8 * column + i] = row[column];
            interleaved[2048 + i] = 0;
        }
        const std::uint16_t* lanes = sum.lanes + k * sum.laneStride;
        for (std::int64_t lane = 0; lane < sum.laneCount; ++lane)
            for (int i = 0; i < 8; ++i)
                sum.out[8 * lane + i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum.out[8 * lane + i]) +
                                                                  static_cast<std::uint32_t>(interleaved[lanes[lane] + i]));
    }
}

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    for (std::int64_t i = 0; i < n; ++i) {
        const float scaled = static_cast<float>(acc[i]) * scale[i];
        y[i] = bias ? scaled + bias[i] : scaled;
    }
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    const auto* source = static_cast<const unsigned char*>(src);
    auto* target = static_cast<unsigned char*>(out);
    for (std::int64_t i = 0; i < n; ++i)
        for (int j = 0; j < 2; ++j) {
            if (j < valid)
                std::memcpy(target + 4 * i + 2 * j, source + j * rowBytes + 2 * i, 2);
            else
                std::memset(target + 4 * i + 2 * j, 0, 2);
        }
}

}  // namespace

const KernelSet& scalarKernels() {
    static const KernelSet set{1, 2, kColumns, false, gemm, nullptr, quantize, expand, quantizeExpand, nullptr, interleavedSum, nullptr, nullptr, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
