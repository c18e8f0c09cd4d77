// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/hd.h"

// Binary32 arithmetic as the CPU kernels do it, bit for bit. The device functions __f*_rn are rounded to nearest, keep
// subnormal numbers, and are never contracted into a fused multiply-add; the build passes --fmad=false, --prec-div=true and
// --ftz=false besides, for the rest of the code.
namespace axp::cuda {

AXP_HD float divided(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fdiv_rn(a, b);
#else
    return a / b;
#endif
}

AXP_HD float multiplied(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fmul_rn(a, b);
#else
    return a * b;
#endif
}

AXP_HD float added(float a, float b) {
#if defined(__CUDA_ARCH__)
    return __fadd_rn(a, b);
#else
    return a + b;
#endif
}

/// What Quantizer of the CPU kernels says: clamp(roundHalfEven(x / scale), lo, hi), NaN gives 0. Clamping comes first: what is
/// left is below 2^22, where adding and subtracting 1.5 * 2^23 rounds half to even.
struct QuantizeParams {
    float scale = 1, lo = -127, hi = 127;
};

AXP_HD std::int32_t quantizeCode(float x, const QuantizeParams& q) {
    constexpr float kMagic = 12582912.0f;
    float quotient = divided(x, q.scale);
    if (!(quotient == quotient)) return 0;
    quotient = quotient < q.lo ? q.lo : quotient;
    quotient = quotient > q.hi ? q.hi : quotient;
    return static_cast<std::int32_t>(added(added(quotient, kMagic), -kMagic));
}

/// y = float(acc) * scale (+ bias), each step rounded once.
AXP_HD float dequantize(std::int32_t acc, float scale, const float* bias) {
    const float scaled = multiplied(static_cast<float>(acc), scale);
    return bias ? added(scaled, *bias) : scaled;
}

/// The last step of every kernel: raw sums to accumulators and outputs. `slice` is the group of a convolution or the batch of a
/// matrix product; `column` counts within it.
struct Epilogue {
    const std::int32_t* compensation = nullptr;  ///< per column of a slice, added to the sum; may be null
    std::int64_t compensationSlice = 0;          ///< entries from slice to slice
    std::int32_t multiplier = 1;                 ///< acc = multiplier * (sum + compensation), modulo 2^32
    std::int32_t wrapBits = 0;                   ///< then modulo 2^wrapBits as a signed number, when above 0
    std::int64_t columnSlice = 0;                ///< columns from slice to slice (groups), 0 for matrix products
    const float* scale = nullptr;                ///< per channel; null: `uniformScale` for all
    float uniformScale = 1;
    const float* bias = nullptr;
    float* y = nullptr;
    std::int64_t yStride = 0;                ///< floats from row to row
    const std::int64_t* yOffsets = nullptr;  ///< floats from y to each slice; may be null
    std::int32_t* acc = nullptr;
    std::int64_t accStride = 0, accSlice = 0;

    AXP_HD void store(std::int64_t slice, std::int64_t row, std::int64_t column, std::int32_t sum) const {
        if (compensation) sum = wrapAdd(sum, compensation[slice * compensationSlice + column]);
        auto result = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) * static_cast<std::uint32_t>(multiplier));
        if (wrapBits > 0) result = wrapShift(result, 32 - wrapBits) >> (32 - wrapBits);
        const std::int64_t channel = slice * columnSlice + column;
        if (acc) acc[slice * accSlice + row * accStride + channel] = result;
        if (!y) return;
        y[(yOffsets ? yOffsets[slice] : 0) + row * yStride + channel] =
            dequantize(result, scale ? scale[channel] : uniformScale, bias ? bias + channel : nullptr);
    }
};

}  // namespace axp::cuda
