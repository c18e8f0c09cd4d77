// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "backends/cuda/cases.h"
#include "backends/cuda/ordered_plan.h"

namespace axp::cuda {
namespace {

ProductTable tableOf(int bitsA, int bitsB, std::int64_t (*product)(std::int64_t, std::int64_t)) {
    ProductTable table;
    table.bitsA = bitsA;
    table.bitsB = bitsB;
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b)
            table.products.push_back(static_cast<std::int32_t>(product(operandValue(a, bitsA, true), operandValue(b, bitsB, true))));
    return table;
}

/// 16x16 bits: a b - 2 (a & 3) b as exact factors.
DeviceMultiplier byFactors() {
    DeviceMultiplier m;
    m.table.bitsA = m.table.bitsB = 16;
    m.factors.emplace();
    m.factors->rank = 2;
    m.factors->scale = 2;
    for (const int kind : {0, 1}) {
        auto& left = m.factors->left.emplace_back();
        auto& right = m.factors->right.emplace_back();
        for (std::int64_t p = 0; p < 65536; ++p) {
            const auto value = static_cast<std::int32_t>(operandValue(p, 16, true));
            left.push_back(kind == 0 ? value : value & 3);
            right.push_back(kind == 0 ? value >> 1 : -value);
        }
    }
    return m;
}

DeviceMultiplier withAccumulator(DeviceMultiplier m, AccumulatorModel accumulator) {
    m.accumulator = accumulator;
    return m;
}

/// An unsigned multiplier with its zero-point terms inside: codes are operands less their zero points.
DeviceMultiplier affine(AccumulatorModel accumulator) {
    constexpr std::int64_t kZeroA = 37, kZeroB = 128;
    DeviceMultiplier m(tableOf(8, 8, [](std::int64_t a, std::int64_t b) {
        const std::int64_t qa = (a + kZeroA) & 255, qb = (b + kZeroB) & 255;
        return (qa * qb | 5) - kZeroB * qa - kZeroA * qb + kZeroA * kZeroB;
    }));
    m.affine = true;
    m.zeroA = kZeroA;
    m.zeroB = kZeroB;
    m.accumulator = accumulator;
    return m;
}

std::int64_t near(std::int64_t a, std::int64_t b) { return a * b - (a & 3) * (b & 1) + 2; }
std::int64_t huge(std::int64_t a, std::int64_t b) { return a * b * 100000 + b; }

}  // namespace

std::vector<NamedMultiplier> caseMultipliers() {
    return {{"10x12", tableOf(10, 12, near)},
            {"4x16", tableOf(4, 16, near)},
            {"16x16 by factors", byFactors()},
            {"sums of 64 bits", tableOf(8, 8, huge)},
            {"wrapping", withAccumulator(tableOf(8, 8, near), {13, false, 0})},
            {"wrapping, 64 bits", withAccumulator(tableOf(8, 8, huge), {40, false, 0})},
            {"wrapping, 12x12", withAccumulator(tableOf(12, 12, near), {20, false, 0})},
            {"saturating", withAccumulator(tableOf(8, 8, near), {14, true, 0})},
            {"lower-part OR", withAccumulator(tableOf(8, 8, near), {0, false, 4})},
            {"lower-part OR, saturating, by factors", withAccumulator(byFactors(), {34, true, 7})},
            {"zero points", affine({})},
            {"zero points, wrapping", affine({15, false, 0})},
            {"zero points, saturating", affine({17, true, 3})}};
}

ConvCase randomTransposed(Random& random) {
    ConvCase c;
    ConvGeometry& g = c.geometry;
    g.transposed = true;
    const std::int64_t dimensions = pick(random, 1, 3);
    g.groups = pick(random, 1, 3);
    g.inChannels = g.groups * pick(random, 1, 9);
    g.outChannels = g.groups * pick(random, 1, 7);
    for (std::int64_t i = 3 - dimensions; i < 3; ++i) {
        const auto d = static_cast<std::size_t>(i);
        g.kernel[d] = pick(random, 1, 3);
        g.stride[d] = pick(random, 1, 3);
        g.dilation[d] = pick(random, 1, 2);
        g.padBegin[d] = pick(random, 0, 1);
        g.padEnd[d] = pick(random, 0, 1);
        g.outputPadding[d] = pick(random, 0, g.stride[d] - 1);
        c.in[d] = pick(random, 2, dimensions == 3 ? 3 : 6);
    }
    c.batch = pick(random, 1, 2);
    return c;
}

ProductView hostProduct(const DeviceMultiplier& m, std::array<std::vector<std::int32_t>, 2>& factors) {
    ProductView product;
    product.bitsA = m.table.bitsA;
    product.bitsB = m.table.bitsB;
    product.table = m.table.products.empty() ? nullptr : m.table.products.data();
    if (!m.factors) return product;
    factors = {joinedFactors(m.factors->left), joinedFactors(m.factors->right)};
    product.left = factors[0].data();
    product.right = factors[1].data();
    product.terms = static_cast<std::int32_t>(m.factors->left.size());
    product.scale = m.factors->scale;
    return product;
}

OrderedData makeOrderedData(const DeviceMultiplier& m, const ConvCase& c, Random& random) {
    const ConvGeometry& g = c.geometry;
    const auto highA = static_cast<std::int32_t>(operandMax(m.table.bitsA, true));
    OrderedData data;
    data.quantizer = {0.02f, -highA, highA};
    if (m.affine) data.quantizer = {0.02f, static_cast<std::int32_t>(-m.zeroA), static_cast<std::int32_t>(operandMax(m.table.bitsA, false) - m.zeroA)};
    const ConvMap map = orderedMap(g, c.batch, c.in);
    for (std::int64_t i = 0; i < map.pixels() * g.inChannels; ++i) {
        const float code = static_cast<float>(pick(random, data.quantizer.lo - 3, data.quantizer.hi + 3));
        data.x.push_back(pick(random, 0, 60) == 0 ? std::numeric_limits<float>::infinity() : (code + (pick(random, 0, 3) == 0 ? 0.5f : 0.0f)) * 0.02f);
    }
    const std::int64_t depth = g.inChannels / g.groups * g.kernel[0] * g.kernel[1] * g.kernel[2];
    for (std::int64_t i = 0; i < g.outChannels * depth; ++i)
        data.weights.push_back(static_cast<std::int16_t>(pick(random, operandMin(m.table.bitsB, true), operandMax(m.table.bitsB, true))));
    for (std::int64_t i = 0; i < g.outChannels; ++i) {
        data.scale.push_back(static_cast<float>(pick(random, 1, 100000)) * 1.37e-5f);
        data.bias.push_back(static_cast<float>(pick(random, -100000, 100000)) * 1.37e-5f);
    }
    for (const float x : data.x) data.codes.push_back(static_cast<std::int16_t>(quantizeCode(x, {data.quantizer.scale, static_cast<float>(data.quantizer.lo), static_cast<float>(data.quantizer.hi)})));
    std::array<std::vector<std::int32_t>, 2> factors;
    const std::vector<std::int16_t> packed = packOrdered(g, data.weights.data());
    OrderedParams p = orderedConv(map, g, c.padThrough);
    p.product = hostProduct(m, factors);
    p.rules = sumRules(m);
    p.codes = data.codes.data();
    p.weights = packed.data();
    for (std::int32_t row = 0; row < map.rows(); ++row)
        for (std::int64_t n = 0; n < g.outChannels; ++n) {
            data.acc.push_back(orderedSum(p, n / p.columns, row, n % p.columns));
            const auto channel = static_cast<std::size_t>(n);
            data.y.push_back(static_cast<float>(data.acc.back()) * data.scale[channel] + data.bias[channel]);
        }
    return data;
}

}  // namespace axp::cuda
