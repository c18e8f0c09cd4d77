// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/reference/reference.h"

namespace axp::cuda {

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

namespace {

ProductTable tableOf(int bitsA, int bitsB, std::int32_t (*product)(std::int32_t, std::int32_t)) {
    ProductTable table;
    table.bitsA = bitsA;
    table.bitsB = bitsB;
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b)
            table.products.push_back(product(static_cast<std::int32_t>(operandValue(a, bitsA, true)), static_cast<std::int32_t>(operandValue(b, bitsB, true))));
    return table;
}

ProductTable randomTable(int bitsA, int bitsB, std::int64_t low, std::int64_t high, unsigned seed) {
    Random random(seed);
    ProductTable table;
    table.bitsA = bitsA;
    table.bitsB = bitsB;
    for (std::int64_t i = 0; i < table.rows() * table.columns(); ++i) table.products.push_back(static_cast<std::int32_t>(pick(random, low, high)));
    return table;
}

using I = std::int32_t;

}  // namespace

std::vector<NamedTable> caseTables() {
    return {{"exact", tableOf(8, 8, [](I a, I b) { return a * b; })},
            {"zero", tableOf(8, 8, [](I, I) { return 0; })},
            {"rank 1", tableOf(8, 8, [](I a, I b) { return (a >> 1) * (b >> 1) * 4; })},
            {"rank 2, M(0,0) = 64", tableOf(8, 8, [](I a, I b) { return (a + 31) * (b - 7) + 281; })},
            {"rank 3", tableOf(8, 8, [](I a, I b) { return a * b + (a & 7) * (b ^ 5) * 3 - (a >> 4) * (b & 1) * 8; })},
            {"rank 5", tableOf(8, 8, [](I a, I b) { return a * b - (a & 1) * (b & 15) - (a & 2) * (b & 7) - (a & 4) * (b & 3) - (a & 8) * (b & 1); })},
            {"unsigned factors", tableOf(8, 8, [](I a, I b) { return (a & 255) * (b & 127); })},
            {"wide factors", tableOf(8, 8, [](I a, I b) { return (a * a * 2 - a) * (b * 3 + 1); })},
            {"wide products", tableOf(8, 8, [](I a, I b) { return a * b * 300 + a * a; })},
            {"7x7", tableOf(7, 7, [](I a, I b) { return a * b - (a & b & 1); })},
            {"8x4", tableOf(8, 4, [](I a, I b) { return a * b + (a & 3); })},
            {"4x8", tableOf(4, 8, [](I a, I b) { return a * b + (b > 3 ? a : 0); })},
            {"2x3", tableOf(2, 3, [](I a, I b) { return a * b + 1; })},
            {"random int16", randomTable(8, 8, -32768, 32767, 2)},
            {"random above 0", randomTable(8, 8, 0, 60000, 3)},
            {"random 20 bits", randomTable(8, 8, -400000, 500000, 4)},
            {"random 5x6", randomTable(5, 6, -900, 1000, 5)}};
}

ConvCase linearCase(std::int64_t rows, std::int64_t depth, std::int64_t columns) {
    ConvCase c;
    c.geometry.inChannels = depth;
    c.geometry.outChannels = columns;
    c.in = {1, 1, rows};
    return c;
}

ConvCase randomConv(Random& random) {
    ConvCase c;
    ConvGeometry& g = c.geometry;
    const std::int64_t dimensions = pick(random, 1, 3);
    g.groups = pick(random, 0, 2) == 0 ? pick(random, 2, 5) : 1;
    const bool depthwise = pick(random, 0, 3) == 0;
    g.inChannels = g.groups * (depthwise ? 1 : pick(random, 1, 37));
    g.outChannels = g.groups * (depthwise ? pick(random, 1, 2) : pick(random, 1, g.groups > 1 ? 20 : 140));
    for (std::int64_t i = 3 - dimensions; i < 3; ++i) {
        const auto d = static_cast<std::size_t>(i);
        g.kernel[d] = pick(random, 1, dimensions == 3 ? 2 : 4);
        g.stride[d] = pick(random, 1, 3);
        g.dilation[d] = pick(random, 1, 2);
        g.padBegin[d] = pick(random, 0, 2);
        g.padEnd[d] = pick(random, 0, 2);
        c.in[d] = pick(random, g.dilation[d] * (g.kernel[d] - 1) + 1, dimensions == 3 ? 4 : dimensions == 2 ? 9 : 20);
    }
    c.batch = pick(random, 1, 3);
    c.padThrough = pick(random, 0, 1) == 1;
    return c;
}

namespace {

std::string text(const std::array<std::int64_t, 3>& v) { return std::to_string(v[0]) + "," + std::to_string(v[1]) + "," + std::to_string(v[2]); }

// Mostly ordinary numbers; some that quantizers get wrong.
float awkwardFloat(float scale, Random& random) {
    const float code = static_cast<float>(pick(random, -140, 140));
    switch (pick(random, 0, 40)) {
        case 0: return std::numeric_limits<float>::quiet_NaN();
        case 1: return std::numeric_limits<float>::infinity();
        case 2: return -std::numeric_limits<float>::infinity();
        case 3: return std::numeric_limits<float>::denorm_min() * code;
        case 4: return 3e38f;
        case 5:
        case 6: return (code + 0.5f) * scale;
        case 7: return std::nextafter((code + 0.5f) * scale, 0.0f);
        default: return pick(random, 0, 2) == 0 ? 0.0f : (code + static_cast<float>(pick(random, -4, 4)) * 0.1f) * scale;
    }
}

std::vector<float> awkwardFloats(std::int64_t count, float scale, Random& random) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(awkwardFloat(scale, random));
    return values;
}

std::vector<float> ordinaryFloats(std::int64_t count, Random& random) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(pick(random, -100000, 100000)) * 1.37e-5f);
    return values;
}

Quantizer quantizerOf(int bits, float scale) {
    return {scale, static_cast<std::int32_t>(operandMin(bits, true)), static_cast<std::int32_t>(operandMax(bits, true))};
}

std::vector<std::int8_t> quantized(const std::vector<float>& x, const Quantizer& q) {
    std::vector<std::int8_t> codes;
    for (const float value : x) codes.push_back(referenceQuantize(value, q.scale, q.lo, q.hi));
    return codes;
}

float scaled(std::int32_t acc, float scale) { return static_cast<float>(acc) * scale; }

}  // namespace

std::string describe(const ConvCase& c) {
    const ConvGeometry& g = c.geometry;
    return "batch " + std::to_string(c.batch) + " in " + text(c.in) + " channels " + std::to_string(g.inChannels) + "->" + std::to_string(g.outChannels) +
           " groups " + std::to_string(g.groups) + " kernel " + text(g.kernel) + " stride " + text(g.stride) + " dilation " + text(g.dilation) + " pad " +
           text(g.padBegin) + "/" + text(g.padEnd) + (c.padThrough ? " padded through" : "");
}

ConvData makeData(const ProductTable& table, const ConvCase& c, Random& random) {
    const ConvGeometry& g = c.geometry;
    ConvData data;
    data.quantizer = quantizerOf(table.bitsA, 0.037f);
    data.x = awkwardFloats(c.batch * c.in[0] * c.in[1] * c.in[2] * g.inChannels, data.quantizer.scale, random);
    data.codes = quantized(data.x, data.quantizer);
    const std::int64_t depth = g.inChannels / g.groups * g.kernel[0] * g.kernel[1] * g.kernel[2];
    for (std::int64_t i = 0; i < g.outChannels * depth; ++i)
        data.weights.push_back(static_cast<std::int8_t>(pick(random, operandMin(table.bitsB, true), operandMax(table.bitsB, true))));
    data.scale = ordinaryFloats(g.outChannels, random);
    data.bias = ordinaryFloats(g.outChannels, random);
    const ReferenceConv reference{c.batch, g.groups, g.inChannels, g.outChannels, c.in, g.kernel, g.stride, g.dilation, g.padBegin, g.padEnd, c.padThrough};
    const auto out = reference.outSize();
    std::vector<std::int64_t> sums(static_cast<std::size_t>(c.batch * out[0] * out[1] * out[2] * g.outChannels));
    referenceConv(table, reference, data.codes.data(), data.weights.data(), sums.data());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t n = i % static_cast<std::size_t>(g.outChannels);
        data.acc.push_back(static_cast<std::int32_t>(sums[i]));
        data.y.push_back(scaled(data.acc.back(), data.scale[n]) + data.bias[n]);
    }
    return data;
}

ProductCase randomProduct(Random& random, std::int64_t largest) {
    ProductCase c;
    c.batches = pick(random, 1, 4);
    c.m = pick(random, 1, largest);
    c.k = pick(random, 1, largest);
    c.n = pick(random, 1, largest);
    const auto place = [&](std::int64_t rows, std::int64_t columns, std::int64_t& row, std::int64_t& column) {
        const bool turned = pick(random, 0, 1) == 1;
        row = turned ? 1 : columns + pick(random, 0, 5);
        column = turned ? rows + pick(random, 0, 5) : 1;
        return rows * row + columns * column;
    };
    const std::int64_t a = place(c.m, c.k, c.aRow, c.aColumn), b = place(c.k, c.n, c.bRow, c.bColumn);
    c.yRow = c.n + pick(random, 0, 3);
    for (std::int64_t i = 0; i < c.batches; ++i) {
        c.aOffsets.push_back(pick(random, 0, 2) * a);
        c.bOffsets.push_back(pick(random, 0, 2) * b);
        c.yOffsets.push_back((c.batches - 1 - i) * (c.m * c.yRow + 3));
    }
    return c;
}

std::string describe(const ProductCase& c) {
    return std::to_string(c.batches) + " x [" + std::to_string(c.m) + ", " + std::to_string(c.k) + "] x [" + std::to_string(c.k) + ", " + std::to_string(c.n) +
           "] strides " + std::to_string(c.aRow) + "," + std::to_string(c.aColumn) + " " + std::to_string(c.bRow) + "," + std::to_string(c.bColumn);
}

ProductData makeData(const ProductTable& table, const ProductCase& c, Random& random) {
    ProductData data;
    data.quantA = quantizerOf(table.bitsA, 0.02f);
    data.quantB = quantizerOf(table.bitsB, 0.5f);
    data.scale = 0.013f;
    data.a = awkwardFloats(3 * (c.m * c.aRow + c.k * c.aColumn), data.quantA.scale, random);
    data.b = awkwardFloats(3 * (c.k * c.bRow + c.n * c.bColumn), data.quantB.scale, random);
    const auto codesA = quantized(data.a, data.quantA), codesB = quantized(data.b, data.quantB);
    data.y.assign(static_cast<std::size_t>(c.batches * (c.m * c.yRow + 3)), 0.0f);
    std::vector<std::int64_t> sums(static_cast<std::size_t>(c.m * c.n));
    for (std::int64_t i = 0; i < c.batches; ++i) {
        const auto at = static_cast<std::size_t>(i);
        referenceMatMul(table, c.m, c.k, c.n, codesA.data() + c.aOffsets[at], c.aRow, c.aColumn, codesB.data() + c.bOffsets[at], c.bRow, c.bColumn, sums.data());
        for (std::int64_t j = 0; j < c.m * c.n; ++j) {
            data.acc.push_back(static_cast<std::int32_t>(sums[static_cast<std::size_t>(j)]));
            data.y[static_cast<std::size_t>(c.yOffsets[at] + j / c.n * c.yRow + j % c.n)] = scaled(data.acc.back(), data.scale);
        }
    }
    return data;
}

bool depthFits(const ProductTable& table, std::int64_t depth) {
    std::int64_t greatest = 0;
    for (const std::int64_t product : table.products) greatest = std::max(greatest, product < 0 ? -product : product);
    return greatest * depth <= std::numeric_limits<std::int32_t>::max();
}

namespace {

template <class T>
std::string difference(const char* what, const std::vector<T>& got, const std::vector<T>& wanted) {
    if (got.size() != wanted.size()) return std::string(what) + " has " + std::to_string(got.size()) + " numbers instead of " + std::to_string(wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        if (std::memcmp(&got[i], &wanted[i], sizeof(T)) != 0)
            return std::string(what) + "[" + std::to_string(i) + "] is " + std::to_string(got[i]) + " instead of " + std::to_string(wanted[i]);
    return {};
}

}  // namespace

std::string firstDifference(const char* what, const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& wanted) { return difference(what, got, wanted); }
std::string firstDifference(const char* what, const std::vector<float>& got, const std::vector<float>& wanted) { return difference(what, got, wanted); }

}  // namespace axp::cuda
