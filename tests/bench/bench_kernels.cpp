// SPDX-License-Identifier: GPL-3.0-or-later
// Layers as networks have them, per multiplier, strategy and instruction set. Counter "MAC/s" is the figure to read.
#include <benchmark/benchmark.h>

#include <map>
#include <random>

#include "backends/cpu/acu_kernel.h"
#include "core/acu/library.h"

using namespace axp;

namespace {

/// The wide ones: 12 bits of rank 1, 16 bits of rank 2, 12 bits of full rank (64 MiB of products).
enum TableKind { kRank1, kRank3, kRandom, kWide12, kWide16, kWideRandom };

ProductTable tableOf(int kind) {
    ProductTable table;
    std::mt19937 random(1);
    for (std::int64_t a = 0; a < 256; ++a)
        for (std::int64_t b = 0; b < 256; ++b) {
            const auto x = static_cast<std::int32_t>(operandValue(a, 8, true)), y = static_cast<std::int32_t>(operandValue(b, 8, true));
            switch (kind) {
                case kRank1: table.products.push_back((x >> 1) * (y >> 1) * 4); break;
                case kRank3: table.products.push_back(x * y - (x & 1) * (y & 3) - (x & 2) * (y & 1)); break;
                default: table.products.push_back(static_cast<std::int32_t>(random() % 65536) - 32768);
            }
        }
    return table;
}

Multiplier wideMultiplier(int kind) {
    if (kind != kWideRandom) return effectiveMultiplier(**AcuLibrary().find(kind == kWide12 ? "exact:bits=12" : "bam:bits=16:v=1"), {}).value();
    ProductTable table{12, 12, true, std::vector<std::int32_t>(std::size_t{1} << 24)};
    std::mt19937 random(1);
    for (auto& product : table.products) product = static_cast<std::int32_t>(random() >> 8) - (1 << 23);
    return Multiplier(std::move(table));
}

AcuKernelPtr kernelOf(int kind, Strategy strategy, Isa isa) {
    static std::map<std::tuple<int, Strategy, Isa>, AcuKernelPtr> kernels;
    auto& kernel = kernels[{kind, strategy, isa}];
    if (!kernel && kind >= kWide12) {
        if (auto made = cpu::KernelImpl::create(wideMultiplier(kind), {strategy, isa}); made.ok()) kernel = *made;
    } else if (!kernel) {
        cpu::KernelOptions options;
        options.strategy = strategy;
        options.isa = isa;
        auto made = cpu::KernelImpl::create(tableOf(kind), options);
        if (made.ok()) kernel = *made;
    }
    return kernel;
}

struct Layer {
    std::int64_t inChannels, outChannels, size, kernel, groups;
};
// ResNet-like, 1x1, few columns, depthwise, and a linear layer written as 1x1.
constexpr Layer kLayers[] = {{64, 64, 56, 3, 1}, {256, 256, 14, 3, 1}, {512, 512, 7, 3, 1}, {256, 64, 56, 1, 1}, {16, 16, 32, 3, 1}, {3, 64, 112, 7, 1}, {128, 128, 28, 3, 128}, {1152, 1024, 16, 1, 1}};

void layer(benchmark::State& state) {
    const Layer& l = kLayers[state.range(0)];
    const AcuKernelPtr acu = kernelOf(static_cast<int>(state.range(1)), static_cast<Strategy>(state.range(2)), static_cast<Isa>(state.range(3)));
    if (!acu) return state.SkipWithError("not available here");
    ConvGeometry g;
    g.inChannels = l.inChannels;
    g.outChannels = l.outChannels;
    g.groups = l.groups;
    g.kernel = {1, l.kernel, l.kernel};
    g.padBegin = g.padEnd = {0, l.kernel / 2, l.kernel / 2};
    std::mt19937 random(2);
    std::vector<std::int16_t> weights(static_cast<std::size_t>(l.outChannels * g.depth()));
    const int bitsA = acu->multiplier().bitsA(), bitsB = acu->multiplier().bitsB();
    for (auto& w : weights) w = static_cast<std::int16_t>(operandValue(random(), bitsB, true));
    std::vector<float> x(static_cast<std::size_t>(l.inChannels * l.size * l.size)), y(static_cast<std::size_t>(l.outChannels * l.size * l.size));
    for (auto& value : x) value = static_cast<float>(operandValue(random(), bitsA, true));
    const Quantizer quantizer{1.0f, static_cast<std::int32_t>(operandMin(bitsA, true)), static_cast<std::int32_t>(operandMax(bitsA, true))};
    const std::vector<float> scale(static_cast<std::size_t>(l.outChannels), 0.01f);
    const auto made = MacLayer::create(acu, g, weights.data());
    if (!made.ok()) return state.SkipWithError(made.error().text().c_str());
    Workspace workspace;
    for (auto _ : state) {
        (*made)->forward(x.data(), 1, {1, l.size, l.size}, quantizer, scale.data(), nullptr, y.data(), nullptr, workspace);
        benchmark::DoNotOptimize(y.data());
    }
    const double macs = static_cast<double>(l.size * l.size * l.outChannels * g.depth());
    state.counters["MAC/s"] = benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
    state.SetLabel(std::to_string(l.inChannels) + "->" + std::to_string(l.outChannels) + " " + std::to_string(l.kernel) + "x" + std::to_string(l.kernel) +
                   " at " + std::to_string(l.size) + (l.groups > 1 ? " depthwise" : "") + ", " + strategyName(acu->strategy()) + ", " +
                   isaName(static_cast<Isa>(state.range(3))));
}

/// Attention of a small vision transformer: 197 tokens, 64 numbers a head. 0: Q K^T, 1: A V.
void attention(benchmark::State& state) {
    const AcuKernelPtr acu = kernelOf(static_cast<int>(state.range(1)), static_cast<Strategy>(state.range(2)), activeIsa());
    if (!acu) return state.SkipWithError("not available here");
    const bool scores = state.range(0) == 0;
    const std::int64_t tokens = 197, width = 64, k = scores ? width : tokens, n = scores ? tokens : width;
    const std::vector<float> a(static_cast<std::size_t>(tokens * k), 3.0f), b(static_cast<std::size_t>(k * n), -5.0f);
    std::vector<float> y(static_cast<std::size_t>(tokens * n));
    const MatrixView right = scores ? MatrixView{b.data(), 1, k} : MatrixView{b.data(), n, 1};
    Workspace workspace;
    for (auto _ : state) {
        matMul(*acu, tokens, k, n, {a.data(), k, 1}, {1.0f, -127, 127}, right, {1.0f, -127, 127}, 0.1f, y.data(), n, nullptr, workspace);
        benchmark::DoNotOptimize(y.data());
    }
    state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(tokens * k * n), benchmark::Counter::kIsIterationInvariantRate);
}

/// A linear layer of 32 x 256 x 256 with sums that are formed step by step. 0: 8 bits, saturating at 20; 1: 8 bits, lower-part OR adder
/// of 6 bits; 2: a function of 16 bits.
void steps(benchmark::State& state) {
    const auto isa = static_cast<Isa>(state.range(1));
    const bool function = state.range(0) == 2;
    const Multiplier multiplier = function ? Multiplier(16, 16, [](std::int64_t a, std::int64_t b) { return a * (b & ~3); }, {},
                                                        [](std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::span<std::int64_t> out) {
                                                            for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::int64_t{a[i]} * (b[i] & ~3);
                                                        })
                                           : Multiplier(tableOf(kRandom));
    const auto kernel = cpu::KernelImpl::create(multiplier, {Strategy::Auto, isa});
    if (!kernel.ok()) return state.SkipWithError(kernel.error().text().c_str());
    constexpr std::int64_t kRows = 32, kSize = 256;
    ConvGeometry g;
    g.inChannels = g.outChannels = kSize;
    std::mt19937 random(2);
    std::vector<std::int16_t> weights(kSize * kSize);
    for (auto& weight : weights) weight = static_cast<std::int16_t>(static_cast<std::int8_t>(random()));
    std::vector<float> x(kRows * kSize);
    for (auto& value : x) value = static_cast<float>(static_cast<int>(random() % 255) - 127);
    SumOptions options;
    if (state.range(0) == 0) options.accumulator = {20, true, 0};
    if (state.range(0) == 1) options.accumulator = {0, false, 6};
    const auto layer = MacLayer::create(*kernel, g, weights.data(), options);
    if (!layer.ok()) return state.SkipWithError(layer.error().text().c_str());
    std::vector<std::int64_t> acc(kRows * kSize);
    Workspace workspace;
    for (auto _ : state) {
        (*layer)->forward(x.data(), 1, {1, 1, kRows}, {1.0f, -127, 127}, nullptr, nullptr, nullptr, acc.data(), workspace);
        benchmark::DoNotOptimize(acc.data());
    }
    state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(kRows * kSize * kSize), benchmark::Counter::kIsIterationInvariantRate);
    constexpr const char* kNames[] = {"saturating, 20 bits", "lower-part OR adder, 6 bits", "function of 16 bits"};
    state.SetLabel(std::string(kNames[state.range(0)]) + ", " + isaName(isa));
}

void stepArguments(benchmark::internal::Benchmark* benchmark) {
    for (const Isa isa : cpu::availableIsas())
        for (const std::int64_t kind : {0, 1, 2}) benchmark->Args({kind, static_cast<std::int64_t>(isa)});
}

void arguments(benchmark::internal::Benchmark* benchmark) {
    for (const Isa isa : cpu::availableIsas())
        for (std::int64_t l = 0; l < static_cast<std::int64_t>(std::size(kLayers)); ++l)
            for (const auto& [kind, strategy] : {std::pair{kRank1, Strategy::Factorised}, {kRank3, Strategy::Factorised}, {kRandom, Strategy::Table}, {kRank3, Strategy::ErrorTable},
                                                 {kWide12, Strategy::Auto}, {kWide16, Strategy::Auto}, {kWideRandom, Strategy::Table}})
                benchmark->Args({l, kind, static_cast<std::int64_t>(strategy), static_cast<std::int64_t>(isa)});
}

void attentionArguments(benchmark::internal::Benchmark* benchmark) {
    for (const std::int64_t product : {0, 1})
        for (const auto& [kind, strategy] : {std::pair{kRank1, Strategy::Factorised}, {kRank3, Strategy::Factorised}, {kRandom, Strategy::Table}})
            benchmark->Args({product, kind, static_cast<std::int64_t>(strategy)});
}

BENCHMARK(layer)->Apply(arguments);
BENCHMARK(attention)->Apply(attentionArguments);
BENCHMARK(steps)->Apply(stepArguments);

}  // namespace

BENCHMARK_MAIN();
