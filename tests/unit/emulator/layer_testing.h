// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstring>

#include "backends/emulator/emulator.h"
#include "tests/unit/emulator/emulator_testing.h"
#include "tests/unit/emulator/random_dataset.h"

/// Small networks of one layer and emulators for them.
namespace axp::test {

inline ValueRef constant(Graph& graph, const Shape& shape, std::uint64_t seed, float size = 0.3F) {
    return {graph.addConstant("w", Tensor::from(shape, randomValues(elementCount(shape), seed, size)), true)};
}

inline void inferOrDie(Graph& graph, const Shape& sample) {
    if (auto shapes = inferShapes(graph, sample); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
}

inline ValueId flat(Graph& graph, ValueId x) { return graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{x}, std::int64_t{1}, std::int64_t{-1}}); }

/// Everything that an emulator needs but the graph.
struct Bench {
    AcuLibrary library;
    Bench() {
        if (!library.add(randomAcu()).ok()) qFatal("library");
    }
    std::unique_ptr<Emulator> emulator(const Graph& graph, const Shape& sample, EmulatorOptions options = {}, Ranges ranges = {}) const {
        QuantSettings settings;
        settings.calibrationSamples = 24;
        auto data = std::make_shared<RandomDataset>(sample, 2, 300);
        auto made = must(Emulator::create(graph, graph.contentHash(), data, library, settings, ranges, SignHandling::SignMagnitude, 0.425, options));
        if (ranges.empty()) must(made->calibrate({}));
        return made;
    }
    std::int64_t wrong(const VectorDump& dump) const { return wrongAccumulators(dump, *must(library.find(dump.acu))); }
};

inline bool equal(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.byteSize() == b.byteSize() && std::memcmp(a.data(), b.data(), a.byteSize()) == 0;
}

inline const DataSlice kSlice{"selection", 0, 5};
/// Widths that differ, a table without structure, a rank that is not 1, a rectangular one.
inline const std::vector<std::string> kUnits{"random", "exact:bits=4", "mul8s_1KV9", "exact:bits=12", "exact8s", "mul8s_1L2H"};

}  // namespace axp::test
