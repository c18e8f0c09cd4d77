// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/arithmetic.h"
#include "backends/cuda/conv_map.h"
#include "backends/cuda/hd.h"

// Any table, by look-ups. A warp lies along the columns, so that its 32 look-ups fall into one row of the table; a thread makes 8
// rows by up to 4 columns. Blocks stay (one per multiprocessor, or a few) and bring the table into shared memory once.
namespace axp::cuda {

constexpr int kTableThreads = 512;
constexpr int kTableTileRows = 128, kTableTileDepth = 32, kTableThreadRows = 8;
/// 16-bit words from column to column of operand B in shared memory: 18 banks, so that the lanes' 8-byte reads do not collide.
constexpr int kTablePitchB = 36;

/// A product table ready for look-ups: entry(a, b) = product - bias, and one more row, 2^bitsA, whose entries stand for 0: what
/// padding that does not pass the multiplier and the end of the depth read. Small tables are repeated `1 << copyBits` times,
/// interleaved, so that neighbouring lanes read different banks.
template <class Entry>
struct TableView {
    const Entry* entries = nullptr;
    std::int32_t bitsA = 8, bitsB = 8, copyBits = 0;
    std::int32_t bias = 0;

    AXP_HD std::int32_t zeroRow() const { return 1 << bitsA; }
    AXP_HD std::int32_t patternA(std::int32_t code) const { return code & ((1 << bitsA) - 1); }
    AXP_HD std::uint32_t rowOffset(std::int32_t row) const { return static_cast<std::uint32_t>(row) << (bitsB + copyBits); }
    AXP_HD std::uint32_t columnOffset(std::int32_t code) const { return static_cast<std::uint32_t>(code & ((1 << bitsB) - 1)) << copyBits; }
    AXP_HD std::int64_t count() const { return (std::int64_t{1} << (bitsA + bitsB + copyBits)) + (std::int64_t{1} << (bitsB + copyBits)); }
};

AXP_HD constexpr std::int64_t tableTileBytes(int threadColumns) {
    return std::int64_t{kTableTileRows} * kTableTileDepth * 4 + std::int64_t{32} * threadColumns * kTablePitchB * 2;
}

/// Operands of the look-up kernels: codes, and weights packed [slice][column][tap][input].
struct LookupOperands {
    ConvMap map;
    const std::int8_t* codes = nullptr;
    std::int64_t codesSlice = 0;    ///< codes from slice to slice: a group's inputs, or a matrix
    std::int64_t codesPitch = 0;    ///< codes of a pixel, all groups
    const std::int8_t* weights = nullptr;
    std::int64_t weightSlice = 0, weightPitch = 0;
    std::int64_t slices = 1;
    std::int32_t columns = 0, inputs = 0;  ///< of a slice
    FastDiv byInputs, byColumns, byChannels;
    bool padThrough = true;

    void prepare() {
        byInputs = FastDiv::of(inputs);
        byColumns = FastDiv::of(columns);
        byChannels = FastDiv::of(slices * columns);
    }

    AXP_HD std::int32_t depth() const { return map.taps() * inputs; }
    /// Table row of depth position k: the pattern of the code there, or 0 or the zero row in the padding.
    template <class View>
    AXP_HD std::int32_t tableRow(const View& table, std::int64_t slice, const ConvMap::Origin& origin, std::int32_t k) const {
        const std::int32_t tap = byInputs.quotient(k), pixel = map.pixel(origin, tap);
        if (pixel < 0) return padThrough ? 0 : table.zeroRow();
        return table.patternA(codes[slice * codesSlice + pixel * codesPitch + byInputs.remainder(k, tap)]);
    }
    AXP_HD std::int8_t weight(std::int64_t slice, std::int64_t column, std::int32_t k) const {
        return weights[slice * weightSlice + column * weightPitch + k];
    }
};

template <class Entry>
struct TableParams {
    LookupOperands operands;
    TableView<Entry> table;  ///< in global memory
    Epilogue epilogue;
};

template <int ThreadColumns>
struct TableSums {
    std::int32_t sum[kTableThreadRows][ThreadColumns];
};

/// Fills the tiles of operands: offsets of table rows [row][k] and of columns [column][k].
template <int ThreadColumns, class Entry>
AXP_HD void loadTableTiles(const LookupOperands& o, const TableView<Entry>& table, const TilePlace& place, std::int32_t first, int thread,
                           std::uint32_t* rows, std::uint16_t* columns) {
    constexpr int kPerThread = kTableTileRows * kTableTileDepth / kTableThreads, kParts = kTableTileDepth / kPerThread;
    const int row = thread / kParts, begin = thread % kParts * kPerThread;
    const std::int64_t last = o.map.rows() - 1, at = place.row + row;
    const ConvMap::Origin origin = o.map.origin(static_cast<std::int32_t>(at < last ? at : last));
    for (int i = begin; i < begin + kPerThread; ++i)
        rows[row * kTableTileDepth + i] =
            table.rowOffset(first + i < o.depth() ? o.tableRow(table, place.slice, origin, first + i) : table.zeroRow());
    for (int i = thread; i < 32 * ThreadColumns * kTableTileDepth; i += kTableThreads) {
        const int column = i / kTableTileDepth, k = i % kTableTileDepth;
        const bool inside = place.column + column < o.columns && first + k < o.depth();
        const std::uint32_t offset = inside ? table.columnOffset(o.weight(place.slice, place.column + column, first + k)) : 0;
        columns[column * kTablePitchB + k] = static_cast<std::uint16_t>(offset);
    }
}

/// The look-ups of one tile of depth.
template <int ThreadColumns, class Entry>
AXP_HD void sumTableTile(const Entry* entries, const std::uint32_t* rows, const std::uint16_t* columns, int thread, TableSums<ThreadColumns>& sums) {
    const int lane = thread % 32, firstRow = thread / 32 * kTableThreadRows;
    for (int k = 0; k < kTableTileDepth; k += 4) {
        std::uint32_t b[ThreadColumns][4];
        AXP_UNROLL
        for (int j = 0; j < ThreadColumns; ++j) {
            const auto* pairs = reinterpret_cast<const std::uint32_t*>(columns + (lane + 32 * j) * kTablePitchB + k);
            AXP_UNROLL
            for (int i = 0; i < 4; ++i) b[j][i] = pairs[i / 2] >> (i % 2 * 16) & 0xffff;
        }
        AXP_UNROLL
        for (int r = 0; r < kTableThreadRows; ++r) {
            const Quad row = loadQuad(rows + (firstRow + r) * kTableTileDepth + k);
            AXP_UNROLL
            for (int i = 0; i < 4; ++i)
                AXP_UNROLL
                for (int j = 0; j < ThreadColumns; ++j) sums.sum[r][j] = wrapAdd(sums.sum[r][j], entries[row.word[i] + b[j][i]]);
        }
    }
}

/// A thread's part of the copy; both ends lie at multiples of 16.
template <class Entry>
AXP_HD void copyTable(const TableView<Entry>& table, int thread, Entry* copy) {
    constexpr std::int64_t kPerQuad = 16 / sizeof(Entry);
    const std::int64_t quads = table.count() / kPerQuad;
    for (std::int64_t i = thread; i < quads; i += kTableThreads) storeQuad(copy + i * kPerQuad, loadQuad(table.entries + i * kPerQuad));
    for (std::int64_t i = quads * kPerQuad + thread; i < table.count(); i += kTableThreads) copy[i] = table.entries[i];
}

/// `InShared`: the table is copied to shared memory behind the tiles.
template <class Entry, int ThreadColumns, bool InShared, class Block>
AXP_KERNEL_BODY void tableKernel(Block& block, const TableParams<Entry>& p) {
    const LookupOperands& o = p.operands;
    auto* rows = reinterpret_cast<std::uint32_t*>(block.shared());
    auto* columns = reinterpret_cast<std::uint16_t*>(rows + kTableTileRows * kTableTileDepth);
    auto* copy = reinterpret_cast<Entry*>(block.shared() + tableTileBytes(ThreadColumns));
    const Entry* entries = InShared ? copy : p.table.entries;
    if constexpr (InShared)
        block.each([&](int thread) { copyTable(p.table, thread, copy); });
    // Every look-up left the bias out, those of the zero row behind the depth too.
    const auto lookUps = static_cast<std::uint32_t>(roundUp(o.depth(), kTableTileDepth));
    const auto bias = static_cast<std::int32_t>(lookUps * static_cast<std::uint32_t>(p.table.bias));
    auto sums = block.template registers<TableSums<ThreadColumns>>();
    constexpr int kTileColumns = 32 * ThreadColumns;
    const std::int64_t tiles = tileCount(o.slices, o.map.rows(), o.columns, kTableTileRows, kTileColumns);
    for (std::int64_t tile = block.index(); tile < tiles; tile += block.count()) {
        const TilePlace place = tilePlace(tile, o.map.rows(), o.columns, kTableTileRows, kTileColumns);
        block.eachFree([&](int thread) { sums[thread] = {}; });
        for (std::int32_t first = 0; first < o.depth(); first += kTableTileDepth) {
            block.each([&](int thread) { loadTableTiles<ThreadColumns>(o, p.table, place, first, thread, rows, columns); });
            block.each([&](int thread) {
                const Entry* own = entries + (thread & ((1 << p.table.copyBits) - 1));
                sumTableTile<ThreadColumns>(own, rows, columns, thread, sums[thread]);
            });
        }
        block.eachFree([&](int thread) {
            AXP_UNROLL
            for (int r = 0; r < kTableThreadRows; ++r)
                AXP_UNROLL
                for (int j = 0; j < ThreadColumns; ++j) {
                    const std::int64_t row = place.row + thread / 32 * kTableThreadRows + r, column = place.column + thread % 32 + 32 * j;
                    if (row < o.map.rows() && column < o.columns) p.epilogue.store(place.slice, row, column, wrapAdd(sums[thread].sum[r][j], bias));
                }
        });
    }
}

}  // namespace axp::cuda
