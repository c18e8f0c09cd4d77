// SPDX-License-Identifier: GPL-3.0-or-later
// The networks of `axplorer-cli bench networks` on one thread: FP32, a table loop with AVX2 gathers, and emulated here with some multipliers.
// Choose with --benchmark_filter=resnet50.
#include <benchmark/benchmark.h>

#include <optional>

#include "backends/emulator/network_bench.h"
#include "core/graph/passes.h"
#include "core/graph/shaped_networks.h"
#include "tests/unit/emulator/random_dataset.h"

using namespace axp;

namespace {

constexpr std::int64_t kSamples = 2;

/// A network with everything that running it needs; made when it is first asked for, and the last one only is kept.
struct Prepared {
    Graph graph;
    std::unique_ptr<Emulator> emulator;
};

Prepared* prepared(const ShapedNetwork& network) {
    static const AcuLibrary library;
    static std::string name;
    static std::optional<Prepared> made;
    if (made && name == network.name) return &*made;
    made.reset();
    auto graph = buildShapedNetwork(network.name);
    if (!graph.ok()) return nullptr;
    foldBatchNorm(*graph);
    fuseActivations(*graph);
    if (!inferShapes(*graph, network.sample).ok()) return nullptr;
    QuantSettings settings;
    settings.calibrationSamples = 2;
    EmulatorOptions options;
    options.threads = 1;
    options.reuseBytes = 0;
    auto emulator = Emulator::create(*graph, "benchmark", std::make_shared<test::RandomDataset>(network.sample, 2, 4), library, settings, {},
                                     SignHandling::SignMagnitude, 0.425, options);
    if (!emulator.ok() || !(*emulator)->calibrate({}).ok()) return nullptr;
    name = network.name;
    made.emplace(Prepared{std::move(*graph), std::move(*emulator)});
    return &*made;
}

void emulated(benchmark::State& state, const ShapedNetwork& network, const std::string& acu) {
    Prepared* made = prepared(network);
    if (!made) return state.SkipWithError("the network could not be set up");
    Assignment assignment;
    for (const auto& leaf : made->emulator->leaves()) assignment[leaf.id] = acu;
    for (auto _ : state) {
        const auto seconds = batchSeconds(*made->emulator, assignment, kSamples, 1, 1, {});
        if (!seconds.ok()) return state.SkipWithError(seconds.error().text().c_str());
        state.SetIterationTime(seconds->front());
    }
    state.counters["samples/s"] = benchmark::Counter(kSamples, benchmark::Counter::kIsIterationInvariantRate);
}

void gathered(benchmark::State& state, const ShapedNetwork& network) {
    Prepared* made = prepared(network);
    if (!made) return state.SkipWithError("the network could not be set up");
    for (auto _ : state) {
        const auto timing = benchBaselines(*made->emulator, "mul8s_1L2H", kSamples, 1, false, {});
        if (!timing.ok()) return state.SkipWithError(timing.error().text().c_str());
        state.SetIterationTime(timing->gatheredTable);
    }
    state.counters["samples/s"] = benchmark::Counter(kSamples, benchmark::Counter::kIsIterationInvariantRate);
}

void native(benchmark::State& state, const ShapedNetwork& network) {
    Prepared* made = prepared(network);
    if (!made) return state.SkipWithError("the network could not be set up");
    Shape shape = network.sample;
    shape.insert(shape.begin(), kSamples);
    const Tensor batch = Tensor::from(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 0.5F));
    for (auto _ : state)
        if (!runFloat(made->graph, batch).ok()) return state.SkipWithError("the network could not be run");
    state.counters["samples/s"] = benchmark::Counter(kSamples, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
    for (const ShapedNetwork& network : shapedNetworks()) {
        benchmark::RegisterBenchmark((network.name + "/fp32").c_str(), native, network)->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark((network.name + "/gathers").c_str(), gathered, network)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);
        for (const char* acu : {"exact8s", "mul8s_1L2H", "mul8s_1KV9", "exact:bits=12", "exact:bits=16"})
            benchmark::RegisterBenchmark((network.name + "/axplorer/" + acu).c_str(), emulated, network, acu)->Unit(benchmark::kMillisecond)->UseManualTime();
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
