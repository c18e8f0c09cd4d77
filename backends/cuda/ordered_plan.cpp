// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/ordered_plan.h"

#include <algorithm>
#include <cstdlib>

#include "backends/cuda/plan.h"

namespace axp::cuda {

std::int64_t DeviceMultiplier::greatest() const {
    std::int64_t greatest = 0;
    for (const std::int32_t product : table.products) greatest = std::max(greatest, std::abs(std::int64_t{product}));
    if (!factors) return greatest;
    for (std::size_t t = 0; t < factors->left.size(); ++t) {
        std::int64_t left = 0, right = 0;
        for (const std::int32_t value : factors->left[t]) left = std::max(left, std::abs(std::int64_t{value}));
        for (const std::int32_t value : factors->right[t]) right = std::max(right, std::abs(std::int64_t{value}));
        greatest += left * right * std::abs(factors->scale);
    }
    return greatest;
}

ConvMap orderedMap(const ConvGeometry& g, std::int64_t batch, const std::array<std::int64_t, 3>& in) {
    ConvMap map = convMap(g, batch, in);
    if (!g.transposed) return map;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t size = (in[i] - 1) * g.stride[i] + g.dilation[i] * (g.kernel[i] - 1) + 1 - g.padBegin[i] - g.padEnd[i] + g.outputPadding[i];
        map.out[i] = static_cast<std::int32_t>(in[i] == 0 || size < 0 ? 0 : size);
    }
    return map;
}

std::vector<std::int16_t> packOrdered(const ConvGeometry& g, const std::int16_t* weights) {
    const std::int64_t taps = g.kernel[0] * g.kernel[1] * g.kernel[2], inputs = g.inChannels / g.groups, columns = g.outChannels / g.groups;
    std::vector<std::int16_t> packed(static_cast<std::size_t>(g.outChannels * inputs * taps));
    for (std::int64_t n = 0; n < g.outChannels; ++n)
        for (std::int64_t c = 0; c < inputs; ++c)
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                const std::int64_t line = g.transposed ? (n / columns * inputs + c) * columns + n % columns : n * inputs + c;
                packed[static_cast<std::size_t>((c * taps + tap) * g.outChannels + n)] = weights[line * taps + tap];
            }
    return packed;
}

SumRules sumRules(const DeviceMultiplier& m) {
    const bool takesTerms = m.affine && !m.accumulator.isExact();
    return {m.accumulator.bits, m.accumulator.approximateBits, m.accumulator.saturate, takesTerms, m.zeroA, m.zeroB};
}

OrderedParams orderedConv(const ConvMap& map, const ConvGeometry& g, bool padThroughMultiplier) {
    OrderedParams p;
    p.map = map;
    p.transposed = g.transposed;
    p.padThrough = padThroughMultiplier;
    p.slices = g.groups;
    p.columns = static_cast<std::int32_t>(g.outChannels / g.groups);
    p.inputs = static_cast<std::int32_t>(g.inChannels / g.groups);
    p.codesSlice = p.inputs;
    p.codesPitch = g.inChannels;
    p.weightSlice = p.columns;
    p.weightDepth = g.outChannels;
    p.weightColumn = 1;
    return p;
}

WideEpilogue wideEpilogue(const ConvGeometry& geometry) {
    WideEpilogue out;
    out.columnSlice = geometry.outChannels / geometry.groups;
    out.yStride = out.accStride = geometry.outChannels;
    return out;
}

CodesParams imageCodes(const ConvMap& map, const ConvGeometry& geometry, const Quantizer& quantizer) {
    CodesParams p;
    p.rowStride = p.columns = geometry.inChannels;
    p.rows = map.pixels();
    p.quantizer = quantizeParams(quantizer);
    return p;
}

OrderedParams orderedProduct(const BatchedProduct& product) {
    OrderedParams p;
    p.map = matrixMap(product.m);
    p.slices = product.batches;
    p.columns = static_cast<std::int32_t>(product.n);
    p.inputs = static_cast<std::int32_t>(product.k);
    p.codesSlice = product.m * product.k;
    p.codesPitch = product.k;
    p.weightSlice = product.k * product.n;
    p.weightDepth = product.n;
    p.weightColumn = 1;
    p.out.uniformScale = product.scale;
    p.out.y = product.y;
    p.out.yStride = product.yRow;
    p.out.acc = product.wideAcc;
    p.out.accStride = product.n;
    p.out.accSlice = product.m * product.n;
    return p;
}

CodesParams leftCodes(const BatchedProduct& product) {
    return {product.a, nullptr, product.aRow, product.aColumn, product.batches, product.m, product.k, quantizeParams(product.quantA), nullptr};
}

CodesParams rightCodes(const BatchedProduct& product) {
    return {product.b, nullptr, product.bRow, product.bColumn, product.batches, product.k, product.n, quantizeParams(product.quantB), nullptr};
}

bool addsInAnyOrder(const DeviceMultiplier& m) {
    const bool narrow = m.table.bitsA <= 8 && m.table.bitsB <= 8 && !m.table.products.empty();
    return narrow && (m.accumulator.isExact() || (!m.accumulator.isOrdered() && !m.affine));
}

std::int32_t wrapBits(const DeviceMultiplier& m) { return m.accumulator.bits < 32 ? m.accumulator.bits : 0; }

Result<void> checkMultiplier(const DeviceMultiplier& m) {
    const ProductTable& table = m.table;
    const std::string widths = std::to_string(table.bitsA) + " x " + std::to_string(table.bitsB);
    if (table.bitsA < 1 || table.bitsA > 16 || table.bitsB < 1 || table.bitsB > 16)
        return badInput("the CUDA kernels take operands of 1 to 16 bits, this multiplier has " + widths, {}, "Use --device cpu for it.");
    if (m.factors) return {};
    if (table.products.empty())
        return badInput("this multiplier of " + widths + " bits is given by a function only, with neither a table nor exact factors, which a GPU cannot run", {},
                        "Use --device cpu for it.");
    if (table.bitsA + table.bitsB > 24 || static_cast<std::int64_t>(table.products.size()) != table.rows() * table.columns())
        return badInput("the product table of " + widths + " bits has " + std::to_string(table.products.size()) + " entries", {}, "Import the multiplier again.");
    return {};
}

Result<void> checkWideDepth(const DeviceMultiplier& m, std::int64_t depth) {
    const std::int64_t greatest = m.greatest();
    if (depth >= 1 && (greatest == 0 || depth <= (std::int64_t{1} << 51) / greatest)) return {};
    return failure("sums of " + std::to_string(depth) + " products of this multiplier can exceed 2^51, or there is nothing to add", {},
                   "Use a multiplier with smaller products at this site.");
}

Result<void> checkGeometry(const ConvGeometry& g) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 24;
    const auto within = [](std::int64_t value, std::int64_t low) { return value >= low && value <= kLimit; };
    bool sane = within(g.groups, 1) && within(g.inChannels, 1) && within(g.outChannels, 1);
    for (std::size_t i = 0; i < 3; ++i)
        sane = sane && within(g.kernel[i], 1) && within(g.stride[i], 1) && within(g.dilation[i], 1) && within(g.padBegin[i], 0) &&
               within(g.padEnd[i], 0) && within(g.outputPadding[i], 0);
    if (!sane) return badInput("a convolution with sizes below 1, negative padding or sizes above 2^24 cannot be emulated");
    if (g.inChannels % g.groups != 0 || g.outChannels % g.groups != 0) return badInput("the channels are not a multiple of the groups");
    std::int64_t depth = g.inChannels / g.groups;
    for (const std::int64_t size : g.kernel) {
        depth *= size;
        if (depth > kLimit) return badInput("a sum of more than 2^24 products cannot be emulated");
    }
    return {};
}

std::vector<std::int32_t> joinedFactors(const std::vector<std::vector<std::int32_t>>& factors) {
    std::vector<std::int32_t> joined;
    for (const auto& factor : factors) joined.insert(joined.end(), factor.begin(), factor.end());
    return joined;
}

}  // namespace axp::cuda
