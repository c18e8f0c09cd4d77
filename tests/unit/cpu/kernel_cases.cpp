// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/cpu/kernel_cases.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "backends/reference/reference.h"
#include "core/acu/library.h"

namespace axp::cputest {

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

ProductTable tableOf(int bitsA, int bitsB, std::int32_t (*product)(std::int32_t, std::int32_t)) {
    ProductTable table;
    table.bitsA = bitsA;
    table.bitsB = bitsB;
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b)
            table.products.push_back(product(static_cast<std::int32_t>(operandValue(a, bitsA, true)),
                                             static_cast<std::int32_t>(operandValue(b, bitsB, true))));
    return table;
}

ProductTable randomTable(int bitsA, int bitsB, std::int32_t low, std::int32_t high, unsigned seed) {
    Random random(seed);
    ProductTable table;
    table.bitsA = bitsA;
    table.bitsB = bitsB;
    for (std::int64_t i = 0; i < table.rows() * table.columns(); ++i)
        table.products.push_back(static_cast<std::int32_t>(pick(random, low, high)));
    return table;
}

std::vector<NamedTable> madeTables() {
    std::vector<NamedTable> tables;
    tables.push_back({"exact", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; })});
    tables.push_back({"zero", tableOf(8, 8, [](std::int32_t, std::int32_t) { return 0; })});
    tables.push_back({"truncated", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return (a >> 1) * (b >> 3) * 16; })});
    tables.push_back({"affine", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return (a + 31) * (b - 7) + 64; })});
    tables.push_back({"rank3", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b + (a & 7) * (b ^ 5) * 3 - (a >> 4) * (b & 1) * 8; })});
    tables.push_back({"wide factors", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return (a * a * 2 - a) * (b * 3 + 1); })});
    tables.push_back({"wide products", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b * 300 + a * a; })});
    tables.push_back({"7x7", tableOf(7, 7, [](std::int32_t a, std::int32_t b) { return a * b - (a & b & 1); })});
    tables.push_back({"8x4", tableOf(8, 4, [](std::int32_t a, std::int32_t b) { return a * b + (a & 3); })});
    tables.push_back({"4x8", tableOf(4, 8, [](std::int32_t a, std::int32_t b) { return a * b + (b > 3 ? a : 0); })});
    tables.push_back({"2x3", tableOf(2, 3, [](std::int32_t a, std::int32_t b) { return a * b + 1; })});
    tables.push_back({"random byte", randomTable(8, 8, -100, 100, 1)});
    tables.push_back({"random int16", randomTable(8, 8, -32768, 32767, 2)});
    tables.push_back({"random 20 bits", randomTable(8, 8, -400000, 500000, 3)});
    tables.push_back({"random 26 bits", randomTable(8, 8, -20000000, 25000000, 4)});
    tables.push_back({"random 5x6", randomTable(5, 6, -900, 1000, 5)});
    return tables;
}

std::vector<NamedTable> circuitTables() {
    namespace fs = std::filesystem;
    std::vector<NamedTable> tables;
    const fs::path folder = fs::path(AXP_SOURCE_DIR) / ".." / "shared" / "acu";
    std::error_code ignored;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == ".npy") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        auto acu = loadNpyAcu(file.string());
        if (!acu.ok()) continue;
        auto table = (*acu)->table();
        if (!table.ok() || (*table)->bitsA > 8 || (*table)->bitsB > 8) continue;
        const auto handling = (*table)->isSigned ? SignHandling::Direct : SignHandling::SignMagnitude;
        tables.push_back({file.stem().string(), effectiveTable(**table, handling, false)});
        if (file.stem() == "mul8u_2HH@master") {
            tables.push_back({"mul8u_2HH direct", Multiplier(**table)});
        }
    }
    return tables;
}

namespace {

/// A table of rank 2 that is no circuit: factors that need all bits of both operands.
std::int64_t rankTwo(std::int64_t a, std::int64_t b) { return (a * 3 + 7) * (b - 5) + (a & 0x55) * (b ^ 0x2a); }

Multiplier familyOf(const std::string& name) {
    const AcuPtr acu = AcuLibrary().find(name).value();
    return effectiveMultiplier(*acu, {acu->isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude}).value();
}

}  // namespace

std::vector<NamedTable> wideMultipliers() {
    std::vector<NamedTable> all;
    for (const char* name : {"exact:bits=12", "exact:bits=16", "trunc:bits=16:a=2:b=3", "bam:bits=16:v=3", "bam:bits=12:v=2:signed=0", "perf:bits=14",
                             "exact:bits=16:signed=0", "trunc:bits=9:a=1:b=0"})
        all.push_back({name, familyOf(name)});
    all.push_back({"10x6 rank 2", tableOf(10, 6, [](std::int32_t a, std::int32_t b) { return static_cast<std::int32_t>(rankTwo(a, b)); })});
    all.push_back({"4x12", tableOf(4, 12, [](std::int32_t a, std::int32_t b) { return a * b - (a & 3) * (b & 15); })});
    all.push_back({"random 9x9", randomTable(9, 9, -200000, 210000, 11)});
    all.push_back({"random 3x11", randomTable(3, 11, -2000000000, 2000000000, 12)});
    all.push_back({"function 13x14", Multiplier(13, 14, [](std::int64_t a, std::int64_t b) { return (a | 5) * (b & ~7) + (a ^ b); })});
    return all;
}

ConvCase linearCase(std::int64_t m, std::int64_t k, std::int64_t n) {
    ConvCase c;
    c.geometry.inChannels = k;
    c.geometry.outChannels = n;
    c.in = {1, 1, m};
    return c;
}

ConvCase randomConv(Random& random) {
    ConvCase c;
    ConvGeometry& g = c.geometry;
    const std::int64_t dimensions = pick(random, 1, 3);
    g.groups = pick(random, 0, 2) == 0 ? pick(random, 2, 9) : 1;
    const bool depthwise = pick(random, 0, 3) == 0;
    g.inChannels = g.groups * (depthwise ? 1 : pick(random, 1, 7));
    g.outChannels = g.groups * (depthwise ? pick(random, 1, 2) : pick(random, 1, g.groups > 1 ? 9 : 70));
    for (std::int64_t i = 3 - dimensions; i < 3; ++i) {
        const auto d = static_cast<std::size_t>(i);
        g.kernel[d] = pick(random, 1, dimensions == 3 ? 3 : 5);
        g.stride[d] = pick(random, 1, 3);
        g.dilation[d] = pick(random, 1, 2);
        g.padBegin[d] = pick(random, 0, 2);
        g.padEnd[d] = pick(random, 0, 2);
        c.in[d] = pick(random, g.dilation[d] * (g.kernel[d] - 1) + 1, dimensions == 3 ? 6 : dimensions == 2 ? 9 : 20);
    }
    c.batch = pick(random, 1, 3);
    c.options.padThroughMultiplier = pick(random, 0, 1) == 1;
    g.transposed = pick(random, 0, 4) == 0;
    if (g.transposed)
        for (std::size_t d = 0; d < 3; ++d) {
            g.padBegin[d] = std::min(g.padBegin[d], g.dilation[d] * (g.kernel[d] - 1));
            g.padEnd[d] = std::min(g.padEnd[d], g.dilation[d] * (g.kernel[d] - 1));
            g.outputPadding[d] = c.in[d] > 1 ? pick(random, 0, g.stride[d] - 1) : 0;
        }
    return c;
}

std::string describe(const ConvCase& c) {
    const ConvGeometry& g = c.geometry;
    const auto list = [](const std::array<std::int64_t, 3>& v) {
        return std::to_string(v[0]) + "," + std::to_string(v[1]) + "," + std::to_string(v[2]);
    };
    return "batch " + std::to_string(c.batch) + " in " + list(c.in) + " channels " + std::to_string(g.inChannels) + "->" +
           std::to_string(g.outChannels) + " groups " + std::to_string(g.groups) + " kernel " + list(g.kernel) + " stride " +
           list(g.stride) + " dilation " + list(g.dilation) + " pad " + list(g.padBegin) + "/" + list(g.padEnd) +
           (c.options.padThroughMultiplier ? " padded through" : "") + (g.transposed ? " transposed " + list(g.outputPadding) : "");
}

namespace {

struct Operand {
    std::vector<std::int16_t> codes;
    std::vector<float> values;
};

// Codes over the whole width, a third of them zero as after a ReLU, some at the ends; values that are not exactly code * scale. Affine
// codes lie from -zero to 2^bits - 1 - zero.
Operand randomOperand(std::int64_t count, int bits, float scale, Random& random, std::int64_t zero = -1) {
    Operand operand;
    const std::int64_t low = zero >= 0 ? -zero : operandMin(bits, true), high = zero >= 0 ? operandMax(bits, false) - zero : operandMax(bits, true);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t kind = pick(random, 0, 11);
        const std::int64_t code = kind < 4 ? 0 : kind == 4 ? low : kind == 5 ? high : pick(random, low, high);
        operand.codes.push_back(static_cast<std::int16_t>(code));
        operand.values.push_back((static_cast<float>(code) + static_cast<float>(pick(random, -3, 3)) * 0.1f) * scale);
    }
    return operand;
}

Quantizer quantizerOf(int bits, float scale, const SumOptions& options, std::int64_t zero) {
    if (options.affine) return {scale, static_cast<std::int32_t>(-zero), static_cast<std::int32_t>(operandMax(bits, false) - zero)};
    return {scale, static_cast<std::int32_t>(operandMin(bits, true)), static_cast<std::int32_t>(operandMax(bits, true))};
}

std::vector<float> randomFloats(std::int64_t count, Random& random) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(pick(random, -100000, 100000)) * 1.37e-5f);
    return values;
}

std::string difference(const char* what, std::size_t index, double got, double wanted) {
    return std::string(what) + "[" + std::to_string(index) + "] is " + std::to_string(got) + " instead of " + std::to_string(wanted);
}

}  // namespace

std::string compareConv(const AcuKernelPtr& kernel, const ConvCase& c, Random& random, bool damaged) {
    const Multiplier& table = kernel->multiplier();
    const ConvGeometry& g = c.geometry;
    const SumOptions& o = c.options;
    const auto out = g.outSize(c.in);
    const std::int64_t count = c.batch * out[0] * out[1] * out[2] * g.outChannels;
    const Operand x = randomOperand(c.batch * c.in[0] * c.in[1] * c.in[2] * g.inChannels, table.bitsA(), 0.037f, random, o.affine ? o.zeroA : -1);
    const Operand w = randomOperand(g.outChannels * g.depth(), table.bitsB(), 1.0f, random, o.affine ? o.zeroB : -1);
    const ReferenceConv reference{c.batch, g.groups, g.inChannels, g.outChannels, c.in, g.kernel, g.stride, g.dilation, g.padBegin, g.padEnd,
                                  o.padThroughMultiplier, g.transposed, g.outputPadding, {o.accumulator, o.affine, o.zeroA, o.zeroB}};
    std::vector<std::int64_t> wanted(static_cast<std::size_t>(count));
    referenceConv(table, reference, x.codes.data(), w.codes.data(), wanted.data());

    auto layer = MacLayer::create(kernel, g, w.codes.data(), o);
    if (!layer.ok()) return layer.error().text();
    if (damaged) static_cast<cpu::CodeLayer&>(**layer).damage();
    const auto scale = randomFloats(g.outChannels, random), bias = randomFloats(g.outChannels, random);
    const bool withBias = pick(random, 0, 1) == 1, withAcc = pick(random, 0, 3) != 0;
    std::vector<std::int64_t> acc(wanted.size());
    std::vector<float> y(wanted.size()), only(wanted.size());
    Workspace workspace;
    const Quantizer quantizer = quantizerOf(table.bitsA(), 0.037f, o, o.zeroA);
    const float* biasData = withBias ? bias.data() : nullptr;
    (*layer)->forward(x.values.data(), c.batch, c.in, quantizer, scale.data(), biasData, withAcc ? nullptr : only.data(), acc.data(), workspace);
    (*layer)->forward(x.values.data(), c.batch, c.in, quantizer, scale.data(), biasData, y.data(), nullptr, workspace);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (acc[i] != wanted[i]) return difference("acc", i, static_cast<double>(acc[i]), static_cast<double>(wanted[i]));
        const std::size_t n = i % static_cast<std::size_t>(g.outChannels);
        const float scaled = static_cast<float>(wanted[i]) * scale[n];
        const float value = withBias ? scaled + bias[n] : scaled;
        if (std::memcmp(&value, &y[i], 4) != 0) return difference("y", i, y[i], value);
        if (!withAcc && std::memcmp(&value, &only[i], 4) != 0) return difference("y beside acc", i, only[i], value);
    }
    return {};
}

std::string compareMatMul(const AcuKernelPtr& kernel, std::int64_t m, std::int64_t k, std::int64_t n, Random& random, const SumOptions& o) {
    const Multiplier& table = kernel->multiplier();
    const auto placed = [&](std::int64_t rows, std::int64_t columns, MatrixView& view) {
        const std::int64_t gap = pick(random, 0, 5);
        switch (pick(random, 0, 2)) {
            case 0: view = {nullptr, columns + gap, 1}; break;
            case 1: view = {nullptr, 1, rows + gap}; break;
            default: view = {nullptr, columns * 2 + gap, 2};
        }
        return rows * view.rowStride + columns * view.columnStride;
    };
    MatrixView viewA, viewB;
    const Operand a = randomOperand(placed(m, k, viewA), table.bitsA(), 0.02f, random, o.affine ? o.zeroA : -1);
    const Operand b = randomOperand(placed(k, n, viewB), table.bitsB(), 0.5f, random, o.affine ? o.zeroB : -1);
    viewA.data = a.values.data();
    viewB.data = b.values.data();
    std::vector<std::int64_t> wanted(static_cast<std::size_t>(m * n));
    referenceMatMul(table, m, k, n, a.codes.data(), viewA.rowStride, viewA.columnStride, b.codes.data(), viewB.rowStride, viewB.columnStride, wanted.data(),
                    {o.accumulator, o.affine, o.zeroA, o.zeroB});
    const std::int64_t stride = n + pick(random, 0, 3);
    std::vector<std::int64_t> acc(wanted.size());
    std::vector<float> y(static_cast<std::size_t>(m * stride));
    const float scale = 0.013f;
    Workspace workspace;
    const bool withAcc = pick(random, 0, 1) == 1;
    const auto run = [&](float* yData, std::int64_t* accData) {
        matMul(*kernel, m, k, n, viewA, quantizerOf(table.bitsA(), 0.02f, o, o.zeroA), viewB, quantizerOf(table.bitsB(), 0.5f, o, o.zeroB), scale, yData,
               stride, accData, workspace, o);
    };
    if (!withAcc) run(nullptr, acc.data());
    run(y.data(), withAcc ? acc.data() : nullptr);
    for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            const auto at = static_cast<std::size_t>(i * n + j);
            if (acc[at] != wanted[at]) return difference("acc", at, static_cast<double>(acc[at]), static_cast<double>(wanted[at]));
            const float value = static_cast<float>(acc[at]) * scale;
            if (std::memcmp(&value, &y[static_cast<std::size_t>(i * stride + j)], 4) != 0)
                return difference("y", at, y[static_cast<std::size_t>(i * stride + j)], value);
        }
    return {};
}

}  // namespace axp::cputest
