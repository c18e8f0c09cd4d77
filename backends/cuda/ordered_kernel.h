// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/arithmetic.h"
#include "backends/cuda/conv_map.h"

// Products one by one in the order of the reference, in 64 bits: operands of up to 16 bits, transposed convolutions, sums beyond 31 bits,
// accumulators of limited width and with approximate adders. One thread an output.
namespace axp::cuda {

constexpr int kOrderedThreads = 256;

/// A product over signed codes: looked up, or made of exact factors where a table would be too large.
struct ProductView {
    const std::int32_t* table = nullptr;  ///< [2^bitsA][2^bitsB] by pattern; null: factors
    const std::int32_t* left = nullptr;   ///< [terms][2^bitsA]
    const std::int32_t* right = nullptr;  ///< [terms][2^bitsB]
    std::int32_t terms = 0, bitsA = 8, bitsB = 8;
    std::int64_t scale = 1;

    AXP_HD std::int64_t at(std::int32_t a, std::int32_t b) const {
        const std::int64_t row = a & ((1 << bitsA) - 1), column = b & ((1 << bitsB) - 1);
        if (table) return table[(row << bitsB) + column];
        std::int64_t sum = 0;
        for (std::int32_t t = 0; t < terms; ++t)
            sum += std::int64_t{left[(std::int64_t{t} << bitsA) + row]} * right[(std::int64_t{t} << bitsB) + column];
        return scale * sum;
    }
};

/// AccumulatorModel and the zero points of SumOptions for host and device: what they do is said there.
struct SumRules {
    std::int32_t bits = 0, approximateBits = 0;
    bool saturate = false;
    bool takesTerms = false;  ///< the register takes the ACU's own products; zero-point terms follow after it
    std::int64_t zeroA = 0, zeroB = 0;

    AXP_HD std::int64_t limited(std::int64_t value) const {
        if (bits == 0) return value;
        const std::int64_t half = std::int64_t{1} << (bits - 1);
        if (saturate) return value < -half ? -half : value > half - 1 ? half - 1 : value;
        return ((value + half) & (2 * half - 1)) - half;
    }
    AXP_HD std::int64_t add(std::int64_t sum, std::int64_t product) const {
        if (approximateBits == 0) return limited(sum + product);
        const std::int64_t mask = (std::int64_t{1} << approximateBits) - 1;
        const std::int64_t carry = ((sum & product) >> (approximateBits - 1)) & 1;
        const std::int64_t upper = (sum >> approximateBits) + (product >> approximateBits) + carry;
        return limited(upper * (mask + 1) + ((sum | product) & mask));
    }
    AXP_HD std::int64_t term(std::int32_t a, std::int32_t b, const ProductView& product) const {
        const std::int64_t qa = (a + zeroA) & ((1 << product.bitsA) - 1), qb = (b + zeroB) & ((1 << product.bitsB) - 1);
        return zeroA * zeroB - zeroB * qa - zeroA * qb;
    }
};

/// Where sums go: Epilogue (arithmetic.h) for 64 bits.
struct WideEpilogue {
    std::int64_t columnSlice = 0;
    const float* scale = nullptr;
    float uniformScale = 1;
    const float* bias = nullptr;
    float* y = nullptr;
    std::int64_t yStride = 0;
    const std::int64_t* yOffsets = nullptr;
    std::int64_t* acc = nullptr;
    std::int64_t accStride = 0, accSlice = 0;

    AXP_HD void store(std::int64_t slice, std::int64_t row, std::int64_t column, std::int64_t sum) const {
        const std::int64_t channel = slice * columnSlice + column;
        if (acc) acc[slice * accSlice + row * accStride + channel] = sum;
        if (!y) return;
        const float scaled = multiplied(static_cast<float>(sum), scale ? scale[channel] : uniformScale);
        y[(yOffsets ? yOffsets[slice] : 0) + row * yStride + channel] = bias ? added(scaled, bias[channel]) : scaled;
    }
};

struct OrderedParams {
    ProductView product;
    SumRules rules;
    ConvMap map;
    bool transposed = false, padThrough = true;
    const std::int16_t* codes = nullptr;
    std::int64_t codesSlice = 0, codesPitch = 0;  ///< as LookupOperands
    const std::int16_t* weights = nullptr;        ///< weight k of a column: [slice * weightSlice + k * weightDepth + column * weightColumn]
    std::int64_t weightSlice = 0, weightDepth = 1, weightColumn = 0;
    std::int64_t slices = 1;
    std::int32_t columns = 0, inputs = 0;  ///< of a slice; k = input * taps + tap
    WideEpilogue out;
};

/// The input coordinate under a tap: -1 outside the input, or where a transposed convolution has no pixel.
AXP_HD std::int32_t inputUnder(const OrderedParams& p, int dimension, std::int32_t out, std::int32_t tap) {
    const ConvMap& m = p.map;
    std::int32_t position = out * m.stride[dimension] + tap * m.dilation[dimension] - m.padBegin[dimension];
    if (p.transposed) {
        const std::int32_t offset = out + m.padBegin[dimension] - tap * m.dilation[dimension];
        if (offset < 0 || offset % m.stride[dimension] != 0) return -1;
        position = offset / m.stride[dimension];
    }
    return position >= 0 && position < m.in[dimension] ? position : -1;
}

/// Input pixel under a tap of output pixel (sample, z, y, x), or -1.
AXP_HD std::int32_t pixelUnder(const OrderedParams& p, const std::int32_t (&at)[4], std::int32_t tap) {
    const ConvMap& m = p.map;
    const std::int32_t line = tap / m.kernel[2];
    const std::int32_t z = inputUnder(p, 0, at[1], line / m.kernel[1]), y = inputUnder(p, 1, at[2], line % m.kernel[1]),
                       x = inputUnder(p, 2, at[3], tap % m.kernel[2]);
    return z < 0 || y < 0 || x < 0 ? -1 : ((at[0] * m.in[0] + z) * m.in[1] + y) * m.in[2] + x;
}

AXP_HD std::int64_t orderedSum(const OrderedParams& p, std::int64_t slice, std::int32_t row, std::int64_t column) {
    const std::int32_t line = row / p.map.out[2], plane = line / p.map.out[1];
    const std::int32_t at[4] = {plane / p.map.out[0], plane % p.map.out[0], line % p.map.out[1], row % p.map.out[2]};
    const std::int16_t* weight = p.weights + slice * p.weightSlice + column * p.weightColumn;
    std::int64_t sum = 0, terms = 0;
    for (std::int32_t input = 0; input < p.inputs; ++input)
        for (std::int32_t tap = 0; tap < p.map.taps(); ++tap, weight += p.weightDepth) {
            const std::int32_t pixel = pixelUnder(p, at, tap);
            if (pixel < 0 && (p.transposed || !p.padThrough)) continue;
            const std::int32_t a = pixel < 0 ? 0 : p.codes[slice * p.codesSlice + pixel * p.codesPitch + input], b = *weight;
            const std::int64_t term = p.rules.takesTerms ? p.rules.term(a, b, p.product) : 0;
            sum = p.rules.add(sum, p.product.at(a, b) - term);
            terms += term;
        }
    return sum + terms;
}

/// Neighbouring threads take neighbouring channels, whose weights lie side by side.
template <class Block>
AXP_KERNEL_BODY void orderedKernel(Block& block, const OrderedParams& p) {
    block.eachFree([&](int thread) {
        const std::int64_t channels = p.slices * p.columns, total = p.map.rows() * channels;
        for (std::int64_t i = block.index() * block.threads() + thread; i < total; i += block.count() * block.threads()) {
            const std::int64_t slice = i % channels / p.columns, column = i % channels % p.columns;
            const auto row = static_cast<std::int32_t>(i / channels);
            p.out.store(slice, row, column, orderedSum(p, slice, row, column));
        }
    });
}

/// Codes of strided matrices as 16-bit patterns, [slice][rows][columns].
struct CodesParams {
    const float* x = nullptr;
    const std::int64_t* offsets = nullptr;  ///< floats from x to each slice; null: one slice at x
    std::int64_t rowStride = 0, columnStride = 1;
    std::int64_t slices = 1, rows = 0, columns = 0;
    QuantizeParams quantizer;
    std::int16_t* codes = nullptr;

    AXP_HD std::int64_t count() const { return slices * rows * columns; }
};

template <class Block>
AXP_KERNEL_BODY void codesKernel(Block& block, const CodesParams& p) {
    block.eachFree([&](int thread) {
        for (std::int64_t i = block.index() * block.threads() + thread; i < p.count(); i += block.count() * block.threads()) {
            const std::int64_t line = i / p.columns, slice = line / p.rows;
            const float x = p.x[(p.offsets ? p.offsets[slice] : 0) + line % p.rows * p.rowStride + i % p.columns * p.columnStride];
            p.codes[i] = static_cast<std::int16_t>(quantizeCode(x, p.quantizer));
        }
    });
}

}  // namespace axp::cuda
