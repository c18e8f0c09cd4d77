// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/cuda/emulated_grid.h"

#include <cstring>

namespace axp::cuda {
namespace {

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

void expand(const ExpandParams& p, unsigned seed) {
    runGrid(3, kExpandThreads, expandSharedBytes(p.layout.terms), seed, [&](HostBlock& block) { expandKernel(block, p); });
}

template <int Columns>
void multiplyTiles(const ImmaParams& p, bool wideChunks, unsigned seed) {
    const std::int64_t tiles = tileCount(p.slices, p.map.rows(), p.columns, kImmaTileRows, Columns);
    runGrid(tiles, kImmaThreads, static_cast<std::size_t>(immaSharedBytes(Columns)), seed, [&](HostBlock& block) {
        wideChunks ? immaKernel<Columns, 16>(block, p) : immaKernel<Columns, 4>(block, p);
    });
}

void multiply(const ImmaParams& p, bool wideChunks, unsigned seed) {
    immaTileColumns(p.columns) == 128 ? multiplyTiles<128>(p, wideChunks, seed) : multiplyTiles<64>(p, wideChunks, seed);
}

// What the library computes: row-major A [rows][pitchA] times row-major B [columns][pitchB], both with contiguous depth.
void multiplyPlainly(const std::int8_t* a, std::int64_t pitchA, const std::int8_t* b, std::int64_t pitchB, std::int64_t rows, std::int64_t columns,
                     std::int64_t depth, std::int32_t* sums) {
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; ++j) {
            std::int32_t sum = 0;
            for (std::int64_t k = 0; k < depth; ++k) sum = wrapAdd(sum, a[i * pitchA + k] * b[j * pitchB + k]);
            sums[i * columns + j] = sum;
        }
}

void multiplyByLibrary(const ImmaParams& p, std::int64_t paddedColumns, unsigned seed) {
    const std::int64_t rows = p.map.rows(), count = p.slices * rows * paddedColumns;
    Memory<std::int32_t> sums(count), part(count);
    for (std::int32_t s = 0; s < p.segments; ++s) {
        const ImmaSegment& segment = p.segment[s];
        for (std::int64_t slice = 0; slice < p.slices; ++slice)
            multiplyPlainly(p.image + slice * p.imageSlice + segment.termOffset, p.rowBytes, p.weights + slice * p.weightSlice + segment.weightOffset,
                            p.weightPitch, rows, paddedColumns, segment.width, (s == 0 ? sums : part).data() + slice * rows * paddedColumns);
        if (s > 0)
            runGrid(2, 256, 0, seed, [&](HostBlock& block) { addShiftedKernel(block, AddShiftedParams{sums.data(), part.data(), count, segment.shift}); });
    }
    runGrid(2, 256, 0, seed, [&](HostBlock& block) {
        finishKernel(block, FinishParams{sums.data(), p.slices, rows, p.columns, paddedColumns, p.epilogue});
    });
}

template <class Entry, int ThreadColumns>
void lookUpTiles(const TableParams<Entry>& p, bool shared, unsigned seed) {
    const std::size_t bytes = static_cast<std::size_t>(tableTileBytes(ThreadColumns)) + static_cast<std::size_t>(p.table.count()) * sizeof(Entry);
    runGrid(2, kTableThreads, bytes, seed, [&](HostBlock& block) {
        shared ? tableKernel<Entry, ThreadColumns, true>(block, p) : tableKernel<Entry, ThreadColumns, false>(block, p);
    });
}

template <class Entry>
void lookUp(const LookupOperands& operands, TableView<Entry> table, const std::vector<Entry>& entries, const Epilogue& epilogue, Way way, unsigned seed) {
    table.entries = entries.data();
    const TableParams<Entry> p{operands, table, epilogue};
    if (way == Way::Direct) return runGrid(2, kDirectThreads, 0, seed, [&](HostBlock& block) { directKernel(block, p); });
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

void expandConv(const TermOperands* terms, const ConvCase& c, const ConvData& data, const ExpandedLayout& layout, std::int8_t* expanded,
                std::int8_t* codes, unsigned seed) {
    ExpandParams p;
    p.x = data.x.data();
    p.rowStride = c.geometry.inChannels;
    p.rows = p.paddedRows = c.batch * c.in[0] * c.in[1] * c.in[2];
    p.quantizer = quantizeParams(data.quantizer);
    p.layout = layout;
    const std::vector<std::int8_t> padding = terms ? terms->padding(c.padThrough) : std::vector<std::int8_t>{};
    p.lut = terms ? terms->left.data() : nullptr;
    p.padding = terms ? padding.data() : nullptr;
    p.expanded = expanded;
    p.codes = codes;
    expand(p, seed);
}

}  // namespace

Outcome runConv(const ProductTable& table, const TermOperands* terms, Way way, const ConvCase& c, const ConvData& data, unsigned seed) {
    const ConvGeometry& g = c.geometry;
    Outcome outcome{std::vector<std::int32_t>(data.acc.size(), -1), std::vector<float>(data.y.size(), -1.0f)};
    const std::int32_t columns = static_cast<std::int32_t>(g.outChannels / g.groups), inputs = static_cast<std::int32_t>(g.inChannels / g.groups);
    Epilogue epilogue;
    epilogue.columnSlice = columns;
    epilogue.scale = data.scale.data();
    epilogue.bias = data.bias.data();
    epilogue.y = outcome.y.data();
    epilogue.acc = outcome.acc.data();
    epilogue.yStride = epilogue.accStride = g.outChannels;
    const ConvMap map = convMap(g, c.batch, c.in);
    if (way == Way::Tensor || way == Way::Library) {
        const PackedFactors packed = packFactors(*terms, g, data.weights.data());
        Memory<std::int8_t> expanded((map.pixels() + 1) * packed.layout.rowBytes()), weights(packed.weights);
        expandConv(terms, c, data, packed.layout, expanded.data(), nullptr, seed);
        ImmaParams p;
        p.map = map;
        p.image = expanded.data();
        p.imageSlice = packed.layout.groupBytes();
        p.rowBytes = packed.layout.rowBytes();
        p.paddingPixel = map.pixels();
        p.weights = weights.data();
        p.weightSlice = columns * packed.pitch;
        p.weightPitch = packed.pitch;
        p.slices = g.groups;
        p.columns = columns;
        setSegments(p, *terms, packed.layout);
        p.epilogue = epilogue;
        p.epilogue.multiplier = terms->multiplier;
        p.epilogue.compensation = packed.compensation.data();
        p.epilogue.compensationSlice = columns;
        way == Way::Library ? multiplyByLibrary(p, roundUp(columns, 16), seed) : multiply(p, packed.layout.paddedInputs % 16 == 0, seed);
        return outcome;
    }
    Memory<std::int8_t> codes(map.pixels() * g.inChannels);
    ExpandedLayout layout{static_cast<std::int32_t>(g.groups), inputs, ExpandedLayout::padded(inputs), 0};
    expandConv(nullptr, c, data, layout, nullptr, codes.data(), seed);
    const PackedCodes packed = packCodes(g, data.weights.data());
    LookupOperands operands;
    operands.map = map;
    operands.codes = codes.data();
    operands.codesSlice = inputs;
    operands.codesPitch = g.inChannels;
    operands.weights = packed.weights.data();
    operands.weightSlice = columns * packed.pitch;
    operands.weightPitch = packed.pitch;
    operands.slices = g.groups;
    operands.columns = columns;
    operands.inputs = inputs;
    operands.byInputs = FastDiv::of(inputs);
    operands.padThrough = c.padThrough;
    lookUp(operands, table, epilogue, way, seed);
    return outcome;
}

namespace {

/// One side of a batch of products, expanded or as codes.
struct Side {
    Memory<std::int8_t> expanded, codes;
    std::int64_t paddedRows;
    ExpandedLayout layout;

    Side(const float* x, const std::vector<std::int64_t>& offsets, std::int64_t rows, std::int64_t depth, std::int64_t rowStride, std::int64_t columnStride,
         const Quantizer& quantizer, const TermOperands* terms, const std::vector<std::int8_t>* lut, bool codesToo, unsigned seed)
        : expanded(0), codes(0), paddedRows(roundUp(rows, 16)) {
        const auto inputs = static_cast<std::int32_t>(depth);
        layout = {1, inputs, ExpandedLayout::padded(inputs), terms ? terms->terms : 0};
        const auto slices = static_cast<std::int64_t>(offsets.size());
        expanded = Memory<std::int8_t>(slices * paddedRows * layout.rowBytes());
        codes = Memory<std::int8_t>(slices * paddedRows * depth);
        ExpandParams p;
        p.x = x;
        p.offsets = offsets.data();
        p.rowStride = rowStride;
        p.columnStride = columnStride;
        p.slices = slices;
        p.rows = rows;
        p.paddedRows = paddedRows;
        p.quantizer = quantizeParams(quantizer);
        p.layout = layout;
        p.lut = terms ? lut->data() : nullptr;
        p.expanded = expanded.data();
        p.codes = codesToo ? codes.data() : nullptr;
        p.rowsFirst = rowStride == 1;
        expand(p, seed);
    }
};

}  // namespace

Outcome runProduct(const ProductTable& table, const TermOperands* terms, Way way, const ProductCase& c, const ProductData& data, unsigned seed) {
    Outcome outcome{std::vector<std::int32_t>(data.acc.size(), -1), std::vector<float>(data.y.size(), 0.0f)};
    const bool tensor = way == Way::Tensor || way == Way::Library;
    Epilogue epilogue;
    epilogue.uniformScale = data.scale;
    epilogue.y = outcome.y.data();
    epilogue.yStride = c.yRow;
    epilogue.yOffsets = c.yOffsets.data();
    epilogue.acc = outcome.acc.data();
    epilogue.accStride = c.n;
    epilogue.accSlice = c.m * c.n;
    const TermOperands* factors = tensor ? terms : nullptr;
    Side a(data.a.data(), c.aOffsets, c.m, c.k, c.aRow, c.aColumn, data.quantA, factors, factors ? &terms->left : nullptr, !tensor, seed);
    Side b(data.b.data(), c.bOffsets, c.n, c.k, c.bColumn, c.bRow, data.quantB, factors, factors ? &terms->right : nullptr, true, seed);
    if (tensor) {
        Memory<std::int32_t> compensation(c.batches * c.n);
        const CompensateParams compensate{b.codes.data(), terms->correction.data(), c.batches, c.n, b.paddedRows, c.k, compensation.data()};
        runGrid(2, 256, 0, seed, [&](HostBlock& block) { compensateKernel(block, compensate); });
        ImmaParams p;
        p.map = matrixMap(c.m);
        p.image = a.expanded.data();
        p.imageSlice = a.paddedRows * a.layout.rowBytes();
        p.rowBytes = a.layout.rowBytes();
        p.weights = b.expanded.data();
        p.weightSlice = b.paddedRows * b.layout.rowBytes();
        p.weightPitch = b.layout.rowBytes();
        p.slices = c.batches;
        p.columns = static_cast<std::int32_t>(c.n);
        setSegments(p, *terms, a.layout);
        p.epilogue = epilogue;
        p.epilogue.multiplier = terms->multiplier;
        p.epilogue.compensation = compensation.data();
        p.epilogue.compensationSlice = c.n;
        way == Way::Library ? multiplyByLibrary(p, b.paddedRows, seed) : multiply(p, a.layout.paddedInputs % 16 == 0, seed);
        return outcome;
    }
    LookupOperands operands;
    operands.map = matrixMap(c.m);
    operands.codes = a.codes.data();
    operands.codesSlice = a.paddedRows * c.k;
    operands.codesPitch = c.k;
    operands.weights = b.codes.data();
    operands.weightSlice = b.paddedRows * c.k;
    operands.weightPitch = c.k;
    operands.slices = c.batches;
    operands.columns = static_cast<std::int32_t>(c.n);
    operands.inputs = static_cast<std::int32_t>(c.k);
    operands.byInputs = FastDiv::of(c.k);
    lookUp(operands, table, epilogue, way, seed);
    return outcome;
}

}  // namespace axp::cuda
