// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/table_product.h"

#include <algorithm>
#include <cstring>

namespace axp::cpu {

namespace {
enum Slot { kEntries = 16, kStarts, kSums };
}

TableLists::TableLists(Workspace& workspace, std::int64_t depth)
    : m_depth(depth), m_chunks((depth + kTableChunk - 1) / kTableChunk),
      m_entries(static_cast<std::uint32_t*>(workspace.get(kEntries, static_cast<std::size_t>(kTableBlockRows * (depth + 1)) * 4))),
      m_starts(static_cast<std::int64_t*>(workspace.get(kStarts, static_cast<std::size_t>(kTableBlockRows * (m_chunks + 1)) * 8))) {}

void TableLists::beginRow() {
    m_count = 0;
    m_chunk = 0;
    m_starts[m_rows * (m_chunks + 1)] = 0;
}

void TableLists::add(std::int64_t k, const std::int8_t* codes, std::int64_t count, const bool* zeroRow) {
    std::uint32_t* entries = m_entries + m_rows * m_depth;
    while (count > 0) {
        for (; m_chunk < k / kTableChunk; ++m_chunk) m_starts[m_rows * (m_chunks + 1) + m_chunk + 1] = m_count;
        const std::int64_t run = std::min(count, kTableChunk - k % kTableChunk);
        std::int64_t end = m_count;
        for (std::int64_t i = 0; i < run; ++i) {
            const auto pattern = static_cast<unsigned char>(codes[i]);
            entries[end] = static_cast<std::uint32_t>(k + i) << 8 | pattern;
            end += zeroRow[pattern] ? 0 : 1;
        }
        m_count = end;
        codes += run;
        k += run;
        count -= run;
    }
}

void TableLists::addZeros(std::int64_t k, std::int64_t count, bool rowIsZero) {
    static const std::int8_t zeros[64] = {};
    static const bool never[256] = {};
    for (; count > 0 && !rowIsZero; k += 64, count -= 64) add(k, zeros, std::min<std::int64_t>(count, 64), never);
}

void TableLists::endRow() {
    for (; m_chunk < m_chunks; ++m_chunk) m_starts[m_rows * (m_chunks + 1) + m_chunk + 1] = m_count;
    ++m_rows;
}

namespace {

void addBias(const KernelTable& table, std::int64_t entries, std::int32_t* sums, std::int64_t count) {
    const auto bias = static_cast<std::uint32_t>(table.bias) * static_cast<std::uint32_t>(entries);
    if (bias == 0) return;
    for (std::int64_t n = 0; n < count; ++n) sums[n] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[n]) + bias);
}

void addParts(const KernelImpl& acu, const KernelTable& table, TableSum sum) {
    for (const auto& part : table.parts) {
        sum.table = table.data.data() + part.offset;
        sum.planes = part.planes;
        sum.rowBytes = part.rowBytes;
        sum.shift = part.shift;
        sum.period = table.period;
        acu.kernels().tableSum(sum);
    }
}

}  // namespace

void addSums(const std::int32_t* start, std::int64_t count, std::int32_t* sums) {
    for (std::int64_t n = 0; n < count; ++n) sums[n] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[n]) + static_cast<std::uint32_t>(start[n]));
}

void sumLanes(const KernelImpl& acu, const KernelTable& table, const std::uint32_t* entries, std::int64_t entryCount,
              const unsigned char* lanes, std::int64_t count, std::int32_t* sums) {
    TableSum sum{};
    sum.entries = entries;
    sum.count = entryCount;
    sum.lanes = lanes;
    sum.laneStride = kTableLanes;
    sum.laneCount = count;
    sum.out = sums;
    std::memset(sums, 0, static_cast<std::size_t>(kTableLanes) * 4);
    addParts(acu, table, sum);
    addBias(table, entryCount, sums, count);
}

void tableProduct(const KernelImpl& acu, const TableLists& lists, const unsigned char* lanes, std::int64_t laneStride,
                  std::int64_t columns, const TableOutput& output, Workspace& workspace) {
    const KernelTable& table = acu.kernelTable();
    auto* sums = static_cast<std::int32_t*>(workspace.get(kSums, static_cast<std::size_t>(kTableBlockRows * kTableLanes) * 4));
    for (std::int64_t first = 0; first < columns; first += kTableLanes) {
        const std::int64_t count = std::min(kTableLanes, columns - first);
        TableSum sum{};
        sum.lanes = lanes + first;
        sum.laneStride = laneStride;
        sum.laneCount = count;
        std::memset(sums, 0, static_cast<std::size_t>(lists.rows() * kTableLanes) * 4);
        for (std::int64_t chunk = 0; chunk < lists.chunks(); ++chunk)
            for (std::int64_t row = 0; row < lists.rows(); ++row) {
                sum.entries = lists.chunk(row, chunk);
                sum.count = lists.chunkSize(row, chunk);
                sum.out = sums + row * kTableLanes;
                addParts(acu, table, sum);
            }
        for (std::int64_t row = 0; row < lists.rows(); ++row) {
            std::int32_t* rowSums = sums + row * kTableLanes;
            addBias(table, lists.size(row), rowSums, count);
            if (output.start) addSums(output.start + row * output.startStride + first, count, rowSums);
            if (output.acc) std::memcpy(output.acc + row * output.accStride + first, rowSums, static_cast<std::size_t>(count) * 4);
            if (output.y)
                acu.kernels().dequantize(rowSums, count, output.scale + first, output.bias ? output.bias + first : nullptr,
                                         output.y + row * output.yStride + first);
        }
    }
}

}  // namespace axp::cpu
