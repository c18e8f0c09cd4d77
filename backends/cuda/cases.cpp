// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

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
            table.products.push_back(
                product(static_cast<std::int32_t>(operandValue(a, bitsA, true)), static_cast<std::int32_t>(operandValue(b, bitsB, true))));
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
    return {
        {"exact", tableOf(8, 8, [](I a, I b) { return a * b; })},
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

// std::nearbyint rounds half to even in the mode that programs start with.
std::vector<std::int8_t> quantized(const std::vector<float>& x, const Quantizer& q) {
    std::vector<std::int8_t> codes;
    for (const float value : x) {
        const float quotient = value / q.scale;
        const double clamped = std::clamp<double>(quotient, q.lo, q.hi);
        codes.push_back(std::isnan(quotient) ? std::int8_t{0} : static_cast<std::int8_t>(std::nearbyint(clamped)));
    }
    return codes;
}

/// The sum of one output, products in ascending depth.
std::int32_t convSum(const ProductTable& table, const ConvCase& c, const ConvData& data, std::int64_t sample, const std::array<std::int64_t, 3>& at,
                     std::int64_t n) {
    const ConvGeometry& g = c.geometry;
    const std::int64_t inputs = g.inChannels / g.groups, group = n / (g.outChannels / g.groups);
    std::int64_t sum = 0;
    for (std::int64_t channel = 0; channel < inputs; ++channel)
        for (std::int64_t tap = 0; tap < g.kernel[0] * g.kernel[1] * g.kernel[2]; ++tap) {
            const std::array<std::int64_t, 3> offset{tap / g.kernel[2] / g.kernel[1], tap / g.kernel[2] % g.kernel[1], tap % g.kernel[2]};
            std::int64_t pixel = sample;
            bool inside = true;
            for (std::size_t i = 0; i < 3; ++i) {
                const std::int64_t position = at[i] * g.stride[i] + offset[i] * g.dilation[i] - g.padBegin[i];
                inside = inside && position >= 0 && position < c.in[i];
                pixel = pixel * c.in[i] + position;
            }
            if (!inside && !c.padThrough) continue;
            const std::int64_t a = inside ? data.codes[static_cast<std::size_t>(pixel * g.inChannels + group * inputs + channel)] : 0;
            sum += table.at(a, data.weights[static_cast<std::size_t>((n * inputs + channel) * (g.kernel[0] * g.kernel[1] * g.kernel[2]) + tap)]);
        }
    return static_cast<std::int32_t>(sum);
}

std::array<std::int64_t, 3> outSize(const ConvCase& c) {
    std::array<std::int64_t, 3> out{};
    for (std::size_t i = 0; i < 3; ++i)
        out[i] = (c.in[i] + c.geometry.padBegin[i] + c.geometry.padEnd[i] - c.geometry.dilation[i] * (c.geometry.kernel[i] - 1) - 1) /
                     c.geometry.stride[i] +
                 1;
    return out;
}

float scaled(std::int32_t acc, float scale) { return static_cast<float>(acc) * scale; }

}  // namespace

std::string describe(const ConvCase& c) {
    const ConvGeometry& g = c.geometry;
    return "batch " + std::to_string(c.batch) + " in " + text(c.in) + " channels " + std::to_string(g.inChannels) + "->" +
           std::to_string(g.outChannels) + " groups " + std::to_string(g.groups) + " kernel " + text(g.kernel) + " stride " + text(g.stride) +
           " dilation " + text(g.dilation) + " pad " + text(g.padBegin) + "/" + text(g.padEnd) + (c.padThrough ? " padded through" : "");
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
    const auto out = outSize(c);
    for (std::int64_t i = 0; i < c.batch * out[0] * out[1] * out[2]; ++i)
        for (std::int64_t n = 0; n < g.outChannels; ++n) {
            const std::array<std::int64_t, 3> at{i / out[2] / out[1] % out[0], i / out[2] % out[1], i % out[2]};
            data.acc.push_back(convSum(table, c, data, i / out[2] / out[1] / out[0], at, n));
            data.y.push_back(scaled(data.acc.back(), data.scale[static_cast<std::size_t>(n)]) + data.bias[static_cast<std::size_t>(n)]);
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
    return std::to_string(c.batches) + " x [" + std::to_string(c.m) + ", " + std::to_string(c.k) + "] x [" + std::to_string(c.k) + ", " +
           std::to_string(c.n) + "] strides " + std::to_string(c.aRow) + "," + std::to_string(c.aColumn) + " " + std::to_string(c.bRow) + "," +
           std::to_string(c.bColumn);
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
    for (std::int64_t i = 0; i < c.batches; ++i)
        for (std::int64_t j = 0; j < c.m * c.n; ++j) {
            const auto at = static_cast<std::size_t>(i);
            const std::int64_t row = j / c.n, column = j % c.n;
            std::int64_t sum = 0;
            for (std::int64_t k = 0; k < c.k; ++k)
                sum += table.at(codesA[static_cast<std::size_t>(c.aOffsets[at] + row * c.aRow + k * c.aColumn)],
                                codesB[static_cast<std::size_t>(c.bOffsets[at] + k * c.bRow + column * c.bColumn)]);
            data.acc.push_back(static_cast<std::int32_t>(sum));
            data.y[static_cast<std::size_t>(c.yOffsets[at] + row * c.yRow + column)] = scaled(data.acc.back(), data.scale);
        }
    return data;
}

namespace {

template <class T>
std::string difference(const char* what, const std::vector<T>& got, const std::vector<T>& wanted) {
    if (got.size() != wanted.size())
        return std::string(what) + " has " + std::to_string(got.size()) + " numbers instead of " + std::to_string(wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        if (std::memcmp(&got[i], &wanted[i], sizeof(T)) != 0)
            return std::string(what) + "[" + std::to_string(i) + "] is " + std::to_string(got[i]) + " instead of " + std::to_string(wanted[i]);
    return {};
}

}  // namespace

std::string firstDifference(const char* what, const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& wanted) {
    return difference(what, got, wanted);
}
std::string firstDifference(const char* what, const std::vector<std::int64_t>& got, const std::vector<std::int64_t>& wanted) {
    return difference(what, got, wanted);
}
std::string firstDifference(const char* what, const std::vector<float>& got, const std::vector<float>& wanted) {
    return difference(what, got, wanted);
}

}  // namespace axp::cuda
