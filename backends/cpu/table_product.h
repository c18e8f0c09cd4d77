// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {

constexpr std::int64_t kTableBlockRows = 32;   ///< rows whose lists are worked on together
constexpr std::int64_t kTableChunk = 256;      ///< depth of a list chunk, whose weights stay in the cache
constexpr std::int64_t kTableLanes = 256;      ///< columns worked on together

/// Columns as the look-up kernels want them: a multiple of 64.
inline std::int64_t paddedLanes(std::int64_t columns) { return (columns + 63) / 64 * 64; }

/// Lists of (k, table row) of up to kTableBlockRows rows, cut into chunks of kTableChunk of depth. Entries come with ascending k.
class TableLists {
public:
    TableLists(Workspace& workspace, std::int64_t depth);
    void beginRow();
    /// Operand codes of k, k + 1, ...; rows of the table that are zero are left out.
    void add(std::int64_t k, const std::int8_t* codes, std::int64_t count, const bool* zeroRow);
    /// The same for `count` codes 0.
    void addZeros(std::int64_t k, std::int64_t count, bool rowIsZero);
    void endRow();

    std::int64_t rows() const { return m_rows; }
    std::int64_t chunks() const { return m_chunks; }
    const std::uint32_t* chunk(std::int64_t row, std::int64_t chunk) const { return m_entries + row * m_depth + m_starts[row * (m_chunks + 1) + chunk]; }
    std::int64_t chunkSize(std::int64_t row, std::int64_t chunk) const {
        return m_starts[row * (m_chunks + 1) + chunk + 1] - m_starts[row * (m_chunks + 1) + chunk];
    }
    std::int64_t size(std::int64_t row) const { return m_starts[row * (m_chunks + 1) + m_chunks]; }

private:
    std::int64_t m_depth, m_chunks, m_rows = 0, m_count = 0, m_chunk = 0;
    std::uint32_t* m_entries;
    std::int64_t* m_starts;
};

struct TableOutput {
    std::int32_t* acc = nullptr;
    std::int64_t accStride = 0;
    float* y = nullptr;
    std::int64_t yStride = 0;
    const float* scale = nullptr;
    const float* bias = nullptr;
    const std::int32_t* start = nullptr;  ///< sums that these are added to, rows startStride apart; may be null
    std::int64_t startStride = 0;
};

/// One list over one block of lanes (`lanes` rows are kTableLanes apart): sums[0 .. count) from zero, with the table's bias.
void sumLanes(const KernelImpl& acu, const KernelTable& table, const std::uint32_t* entries, std::int64_t entryCount,
              const unsigned char* lanes, std::int64_t count, std::int32_t* sums);

/// sums[i] += start[i], modulo 2^32.
void addSums(const std::int32_t* start, std::int64_t count, std::int32_t* sums);

/// Sums all lists over `columns` lanes; lanes: [k][laneStride] patterns of the second operand, laneStride a multiple of 64.
void tableProduct(const KernelImpl& acu, const TableLists& lists, const unsigned char* lanes, std::int64_t laneStride,
                  std::int64_t columns, const TableOutput& output, Workspace& workspace);

}  // namespace axp::cpu
