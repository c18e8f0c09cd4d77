// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/cuda/emulated_grid.h"

#include <cstring>

#include "tests/unit/cuda/fiber_block.h"

namespace axp::cuda {
namespace {

Threads g_threads = Threads::InPhases;

template <class Body>
void onGrid(std::int64_t blocks, int threads, std::size_t sharedBytes, unsigned seed, const Body& body) {
    if (g_threads == Threads::InPhases) return runGrid(blocks, threads, sharedBytes, seed, body);
    for (std::int64_t index = 0; index < blocks; ++index)
        FiberBlock(index, blocks, threads, sharedBytes, seed + static_cast<unsigned>(index)).run([&](FiberBlock& block) { body(block); });
}

/// Bytes at an address of a multiple of 16, as the device's allocator gives them; filled with noise.
template <class T>
class Memory {
public:
    explicit Memory(std::int64_t count, unsigned char fill = 0xA5) : m_bytes(static_cast<std::size_t>(count) * sizeof(T) + 32, fill) {}
    Memory(const std::vector<T>& values) : Memory(static_cast<std::int64_t>(values.size())) {
        if (!values.empty()) std::memcpy(data(), values.data(), values.size() * sizeof(T));
    }
    T* data() { return reinterpret_cast<T*>(m_bytes.data() + (16 - reinterpret_cast<std::uintptr_t>(m_bytes.data()) % 16) % 16); }

private:
    std::vector<unsigned char> m_bytes;
};

void expand(ExpandParams p, unsigned seed) {
    p.prepare();
    onGrid(3, kExpandThreads, expandSharedBytes(p.layout.terms), seed, [&](auto& block) { expandKernel(block, p); });
}

template <int Columns>
void multiplyTiles(const ImmaParams& p, bool wideChunks, unsigned seed) {
    const std::int64_t tiles = tileCount(p.slices, p.map.rows(), p.columns, kImmaTileRows, Columns);
    onGrid(tiles, kImmaThreads, static_cast<std::size_t>(immaSharedBytes(Columns)), seed,
            [&](auto& block) { wideChunks ? immaKernel<Columns, 16>(block, p) : immaKernel<Columns, 4>(block, p); });
}

void multiply(const ImmaParams& p, bool wideChunks, unsigned seed) {
    immaTileColumns(p.columns) == 128 ? multiplyTiles<128>(p, wideChunks, seed) : multiplyTiles<64>(p, wideChunks, seed);
}

// What the library computes.
void multiplyPlainly(const IntegerProduct& p) {
    for (std::int64_t batch = 0; batch < p.batches; ++batch)
        for (std::int64_t i = 0; i < p.rows; ++i)
            for (std::int64_t j = 0; j < p.columns; ++j) {
                std::int32_t sum = 0;
                for (std::int64_t k = 0; k < p.depth; ++k)
                    sum = wrapAdd(sum, p.a[batch * p.aBatch + i * p.aPitch + k] * p.b[batch * p.bBatch + j * p.bPitch + k]);
                p.sums[batch * p.batch + i * p.pitch + j] = sum;
            }
}

void multiplyByLibrary(const ImmaParams& p, unsigned seed) {
    const std::int64_t paddedColumns = roundUp(p.columns, 16), count = p.slices * p.map.rows() * paddedColumns;
    Memory<std::int32_t> sums(count), part(count);
    for (std::int32_t s = 0; s < p.segments; ++s) {
        multiplyPlainly(libraryPart(p, s, paddedColumns, (s == 0 ? sums : part).data()));
        if (s > 0)
            onGrid(2, 256, 0, seed, [&](auto& block) {
                addShiftedKernel(block, AddShiftedParams{sums.data(), part.data(), count, p.segment[s].shift});
            });
    }
    onGrid(2, 256, 0, seed, [&](auto& block) { finishKernel(block, libraryFinish(p, paddedColumns, sums.data())); });
}

template <class Entry, int ThreadColumns>
void lookUpTiles(const TableParams<Entry>& p, bool shared, unsigned seed) {
    const std::size_t bytes = static_cast<std::size_t>(tableTileBytes(ThreadColumns)) + static_cast<std::size_t>(p.table.count()) * sizeof(Entry);
    onGrid(2, kTableThreads, bytes, seed, [&](auto& block) {
        shared ? tableKernel<Entry, ThreadColumns, true>(block, p) : tableKernel<Entry, ThreadColumns, false>(block, p);
    });
}

template <class Entry>
void lookUp(const LookupOperands& operands, TableView<Entry> table, const std::vector<Entry>& entries, const Epilogue& epilogue, Way way,
            unsigned seed) {
    table.entries = entries.data();
    const TableParams<Entry> p{operands, table, epilogue};
    if (way == Way::Direct) return onGrid(2, kDirectThreads, 0, seed, [&](auto& block) { directKernel(block, p); });
    switch (tableThreadColumns(operands.columns)) {
        case 4: return lookUpTiles<Entry, 4>(p, way == Way::Tiles, seed);
        case 2: return lookUpTiles<Entry, 2>(p, way == Way::Tiles, seed);
        default: return lookUpTiles<Entry, 1>(p, way == Way::Tiles, seed);
    }
}

void lookUp(const LookupOperands& operands, const ProductTable& table, const Epilogue& epilogue, Way way, unsigned seed) {
    const TableImage image = makeTableImage(table);
    image.isSmall() ? lookUp(operands, image.small, image.smallEntries, epilogue, way, seed)
                    : lookUp(operands, image.wide, image.wideEntries, epilogue, way, seed);
}

void setOutputs(Epilogue& epilogue, const ConvData& data, Outcome& outcome) {
    epilogue.scale = data.scale.data();
    epilogue.bias = data.bias.data();
    epilogue.y = outcome.y.data();
    epilogue.acc = outcome.acc.data();
}

void setOutputs(Epilogue& epilogue, const ProductCase& c, const ProductData& data, Outcome& outcome) {
    epilogue.uniformScale = data.scale;
    epilogue.y = outcome.y.data();
    epilogue.yStride = c.yRow;
    epilogue.yOffsets = c.yOffsets.data();
    epilogue.acc = outcome.acc.data();
    epilogue.accStride = c.n;
    epilogue.accSlice = c.m * c.n;
}

void multiplyExpanded(const ImmaParams& p, const ExpandedLayout& layout, Way way, unsigned seed) {
    if (way == Way::Library && !suitsLibrary(p, layout)) return multiply(p, layout.paddedInputs % 16 == 0, seed);
    way == Way::Library ? multiplyByLibrary(p, seed) : multiply(p, layout.paddedInputs % 16 == 0, seed);
}

}  // namespace

void emulate(Threads threads) { g_threads = threads; }

Outcome runConv(const ProductTable& table, const TermOperands* terms, Way way, const ConvCase& c, const ConvData& data, unsigned seed) {
    const ConvGeometry& g = c.geometry;
    Outcome outcome{std::vector<std::int32_t>(data.acc.size(), -1), std::vector<float>(data.y.size(), -1.0f)};
    const ConvMap map = convMap(g, c.batch, c.in);
    if (way == Way::Tensor || way == Way::Library) {
        const PackedFactors packed = packFactors(*terms, g, data.weights.data());
        const std::vector<std::int8_t> padding = terms->padding(c.padThrough);
        Memory<std::int8_t> expanded((map.pixels() + 1) * packed.layout.rowBytes()), weights(packed.weights);
        ExpandParams e = imageExpansion(map, packed.layout, data.quantizer);
        e.x = data.x.data();
        e.lut = terms->left.data();
        e.padding = padding.data();
        e.expanded = expanded.data();
        expand(e, seed);
        ImmaParams p = convTiles(map, g, *terms, packed.layout, packed.pitch);
        p.image = expanded.data();
        p.weights = weights.data();
        p.epilogue.compensation = packed.compensation.data();
        setOutputs(p.epilogue, data, outcome);
        multiplyExpanded(p, packed.layout, way, seed);
        return outcome;
    }
    Memory<std::int8_t> codes(map.pixels() * g.inChannels);
    ExpandParams e = imageExpansion(map, codesLayout(g.groups, g.inChannels / g.groups), data.quantizer);
    e.x = data.x.data();
    e.codes = codes.data();
    expand(e, seed);
    const PackedCodes packed = packCodes(g, data.weights.data());
    LookupOperands operands = convLookup(map, g, c.padThrough);
    operands.codes = codes.data();
    operands.weights = packed.weights.data();
    Epilogue epilogue = convEpilogue(g);
    setOutputs(epilogue, data, outcome);
    lookUp(operands, table, epilogue, way, seed);
    return outcome;
}

Outcome runProduct(const ProductTable& table, const TermOperands* terms, Way way, const ProductCase& c, const ProductData& data, unsigned seed) {
    Outcome outcome{std::vector<std::int32_t>(data.acc.size(), -1), std::vector<float>(data.y.size(), 0.0f)};
    const bool tensor = way == Way::Tensor || way == Way::Library;
    const int termCount = tensor ? terms->terms : 0;
    const MatrixSide a{c.batches, c.m, c.k, c.aRow, c.aColumn}, b{c.batches, c.n, c.k, c.bColumn, c.bRow};
    Memory<std::int8_t> codesA(a.codeBytes()), codesB(b.codeBytes()), expandedA(a.expandedBytes(termCount)), expandedB(b.expandedBytes(termCount));
    ExpandParams ea = matrixExpansion(a, termCount, data.quantA), eb = matrixExpansion(b, termCount, data.quantB);
    ea.x = data.a.data();
    ea.offsets = c.aOffsets.data();
    ea.lut = tensor ? terms->left.data() : nullptr;
    ea.expanded = expandedA.data();
    ea.codes = tensor ? nullptr : codesA.data();
    eb.x = data.b.data();
    eb.offsets = c.bOffsets.data();
    eb.lut = tensor ? terms->right.data() : nullptr;
    eb.expanded = expandedB.data();
    eb.codes = codesB.data();
    expand(ea, seed);
    expand(eb, seed);
    if (tensor) {
        Memory<std::int32_t> compensation(c.batches * c.n);
        CompensateParams compensate = productCompensation(b);
        compensate.codes = codesB.data();
        compensate.correction = terms->correction.data();
        compensate.compensation = compensation.data();
        onGrid(2, 256, 0, seed, [&](auto& block) { compensateKernel(block, compensate); });
        ImmaParams p = productTiles(a, b, *terms);
        p.image = expandedA.data();
        p.weights = expandedB.data();
        p.epilogue.compensation = compensation.data();
        setOutputs(p.epilogue, c, data, outcome);
        multiplyExpanded(p, a.layout(termCount), way, seed);
        return outcome;
    }
    LookupOperands operands = productLookup(a, b);
    operands.codes = codesA.data();
    operands.weights = codesB.data();
    Epilogue epilogue;
    setOutputs(epilogue, c, data, outcome);
    lookUp(operands, table, epilogue, way, seed);
    return outcome;
}

}  // namespace axp::cuda
