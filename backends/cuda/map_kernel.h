// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cmath>

#include "backends/cuda/arithmetic.h"

// Element by element over strided operands, which repeat where their stride is 0: what lies between the layers that multiply.
namespace axp::cuda {

constexpr int kMapThreads = 256;
constexpr int kMapDims = 6;

/// Copy to Clamp are exactly rounded, so device and CPU agree bit for bit; so are HardSwish and HardSigmoid, step by step as LibTorch does them.
/// The others call the platform's exp, tanh and erf, whose last bits differ between platforms.
enum class MapOp : std::int32_t {
    Copy,
    Add,
    Subtract,
    Multiply,
    Divide,
    Maximum,
    Minimum,
    Clamp,  ///< to a .. b
    LeakyRelu,  ///< a x below 0
    Negate,
    Sqrt,
    HardSwish,
    HardSigmoid,
    Sigmoid,
    Tanh,
    Silu,
    Gelu,
    GeluTanh,
    Erf,
    Exp,
    MultiplyAdd,  ///< x * in[1] + in[2], rounded twice: batch normalisation
    CheckFinite   ///< sets *flag when an element is infinite or not a number
};

struct MapParams {
    MapOp op = MapOp::Copy;
    std::int32_t dims = 0;
    std::int32_t size[kMapDims] = {};           ///< of the result, outermost first; the product below 2^31
    std::int64_t stride[3][kMapDims] = {};      ///< of the operands
    std::int64_t outStride[kMapDims] = {};
    FastDiv by[kMapDims];                       ///< set by prepare()
    const float* in[3] = {};                    ///< in[1] may be null: `a` takes its place
    float a = 0, b = 0;
    float* out = nullptr;
    std::int32_t* flag = nullptr;

    AXP_HD std::int64_t count() const {
        std::int64_t count = 1;
        for (int d = 0; d < dims; ++d) count *= size[d];
        return count;
    }
    /// Last of all, when there are elements.
    void prepare() {
        for (int d = 0; d < dims; ++d) by[d] = FastDiv::of(size[d]);
    }
};

AXP_HD float sigmoidOf(float x) { return divided(1.0f, added(1.0f, ::expf(-x))); }

AXP_HD float unaryOf(MapOp op, float x, float a, float b) {
    switch (op) {
        case MapOp::Clamp: return x < a ? a : x > b ? b : x;
        case MapOp::LeakyRelu: return x > 0.0f ? x : multiplied(x, a);
        case MapOp::Negate: return -x;
        case MapOp::Sqrt: return ::sqrtf(x);
        case MapOp::HardSwish: {
            const float moved = added(x, 3.0f), low = moved < 0.0f ? 0.0f : moved;
            return divided(multiplied(x, low > 6.0f ? 6.0f : low), 6.0f);
        }
        case MapOp::HardSigmoid: {
            const float moved = added(x, 3.0f), low = moved < 0.0f ? 0.0f : moved;
            return divided(low > 6.0f ? 6.0f : low, 6.0f);
        }
        case MapOp::Sigmoid: return sigmoidOf(x);
        case MapOp::Tanh: return ::tanhf(x);
        case MapOp::Silu: return divided(x, added(1.0f, ::expf(-x)));
        case MapOp::Gelu: return multiplied(multiplied(x, 0.5f), added(1.0f, ::erff(multiplied(x, 0.70710678118654752440f))));
        case MapOp::GeluTanh: {
            const float cube = multiplied(multiplied(x, x), x), inner = multiplied(0.79788456080286535588f, added(x, multiplied(0.044715f, cube)));
            return multiplied(multiplied(0.5f, x), added(1.0f, ::tanhf(inner)));
        }
        case MapOp::Erf: return ::erff(x);
        case MapOp::Exp: return ::expf(x);
        default: return x;
    }
}

AXP_HD float mapped(const MapParams& p, float x, float second, float third) {
    switch (p.op) {
        case MapOp::Add: return added(x, second);
        case MapOp::Subtract: return added(x, -second);
        case MapOp::Multiply: return multiplied(x, second);
        case MapOp::Divide: return divided(x, second);
        case MapOp::Maximum: return x < second ? second : x;
        case MapOp::Minimum: return x > second ? second : x;
        case MapOp::MultiplyAdd: return added(multiplied(x, second), third);
        default: return unaryOf(p.op, x, p.a, p.b);
    }
}

AXP_HD bool isFinite(float x) { return x - x == 0.0f; }

AXP_HD void mapElement(const MapParams& p, std::int32_t item) {
    std::int64_t at[3] = {0, 0, 0}, out = 0;
    for (int d = p.dims - 1; d >= 0; --d) {
        const std::int32_t rest = p.by[d].quotient(item), place = p.by[d].remainder(item, rest);
        for (int i = 0; i < 3; ++i) at[i] += place * p.stride[i][d];
        out += place * p.outStride[d];
        item = rest;
    }
    const float x = p.in[0][at[0]];
    if (p.op == MapOp::CheckFinite) {
        if (!isFinite(x)) *p.flag = 1;
        return;
    }
    p.out[out] = mapped(p, x, p.in[1] ? p.in[1][at[1]] : p.a, p.in[2] ? p.in[2][at[2]] : 0.0f);
}

template <class Block>
AXP_KERNEL_BODY void mapKernel(Block& block, const MapParams& p) {
    block.eachFree([&](int thread) {
        const std::int64_t total = p.count();
        for (std::int64_t i = block.index() * block.threads() + thread; i < total; i += block.count() * block.threads())
            mapElement(p, static_cast<std::int32_t>(i));
    });
}

}  // namespace axp::cuda
