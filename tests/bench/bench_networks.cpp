// SPDX-License-Identifier: GPL-3.0-or-later
// Whole networks with one multiplier at every site, one thread: seconds a sample. FP32 figures beside them come from `bench model`.
#include <benchmark/benchmark.h>

#include <map>

#include "backends/emulator/emulator.h"
#include "core/graph/passes.h"
#include "core/graph/shaped_networks.h"
#include "tests/unit/emulator/random_dataset.h"

using namespace axp;

namespace {

const char* kAcus[] = {"exact8s", "mul8s_1L2H", "mul8s_1KV9", "exact:bits=12", "exact:bits=16"};

std::unique_ptr<Emulator> emulatorOf(const std::string& network, const AcuLibrary& library) {
    auto graph = buildShapedNetwork(network);
    if (!graph.ok()) return nullptr;
    foldBatchNorm(*graph);
    if (!inferShapes(*graph, {3, 224, 224}).ok()) return nullptr;
    QuantSettings settings;
    settings.calibrationSamples = 2;
    EmulatorOptions options;
    options.threads = 1;
    options.reuseBytes = 0;
    auto emulator = Emulator::create(*graph, "benchmark", std::make_shared<test::RandomDataset>(Shape{3, 224, 224}, 1000, 4), library, settings, {},
                                     SignHandling::SignMagnitude, 0.425, options);
    if (!emulator.ok() || !(*emulator)->calibrate({}).ok()) return nullptr;
    return std::move(*emulator);
}

void network(benchmark::State& state) {
    static const AcuLibrary library;
    static std::map<std::string, std::unique_ptr<Emulator>> emulators;
    const std::string name = shapedNetworkNames()[static_cast<std::size_t>(state.range(0))], acu = kAcus[state.range(1)];
    auto& emulator = emulators[name];
    if (!emulator) emulator = emulatorOf(name, library);
    if (!emulator) return state.SkipWithError("the network could not be set up");
    Assignment assignment;
    for (const auto& leaf : emulator->leaves()) assignment[leaf.id] = acu;
    const DataSlice slice{"selection", 0, 2};
    for (auto _ : state) {
        const auto logits = emulator->logits(assignment, slice, {});
        if (!logits.ok()) return state.SkipWithError(logits.error().text().c_str());
    }
    state.SetLabel(name + ", " + acu);
    state.counters["samples/s"] = benchmark::Counter(2, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(network)->ArgsProduct({{0, 1}, {0, 1, 2, 3, 4}})->Unit(benchmark::kMillisecond)->MinTime(1.0);

}  // namespace

BENCHMARK_MAIN();
