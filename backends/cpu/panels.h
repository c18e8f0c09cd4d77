// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {

/// How the second operand of the expanded product lies in memory: column panels, one after the other (kernels.h, GemmPanel).
struct PanelLayout {
    std::int64_t segments = 0, segmentDwords = 0, columns = 0;
    std::int64_t panelColumns = 64;
    int elementBytes = 1;

    std::int64_t paddedColumns() const { return (columns + 15) / 16 * 16; }
    std::int64_t panelCount() const { return (columns + panelColumns - 1) / panelColumns; }
    std::int64_t bytes() const { return segments * segmentDwords * 4 * paddedColumns(); }
    std::int64_t panelOffset(std::int64_t panel) const { return segments * segmentDwords * 4 * panelColumns * panel; }
    /// Width of a panel in memory, a multiple of 16.
    std::int64_t panelWidth(std::int64_t panel) const {
        const std::int64_t rest = paddedColumns() - panel * panelColumns;
        return rest < panelColumns ? rest : panelColumns;
    }
    /// Byte offset of element `index` of a segment, for one column.
    std::int64_t elementOffset(std::int64_t column, std::int64_t segment, std::int64_t index) const {
        const std::int64_t panel = column / panelColumns, perDword = 4 / elementBytes;
        const std::int64_t dword = segment * segmentDwords + index / perDword;
        return panelOffset(panel) + (dword * panelWidth(panel) + column % panelColumns) * 4 + index % perDword * elementBytes;
    }
};

/// Where a product goes. Row r of acc starts accStride after row r - 1.
struct PanelOutput {
    Accumulators acc;
    std::int64_t accStride = 0;
    float* y = nullptr;
    std::int64_t yStride = 0;
    const float* scale = nullptr;
    const float* bias = nullptr;

    PanelOutput fromRow(std::int64_t row) const {
        PanelOutput part = *this;
        part.acc = acc.from(row * accStride);
        if (y) part.y += row * yStride;
        return part;
    }
    PanelOutput fromColumn(std::int64_t column) const {
        PanelOutput part = *this;
        part.acc = acc.from(column);
        if (y) part.y += column;
        if (scale) part.scale += column;
        if (bias) part.bias += column;
        return part;
    }
};

/// The left operand: row pointers into the expanded image, and the segments of every row.
struct PanelRows {
    const unsigned char* const* rows = nullptr;
    std::int64_t rowCount = 0;
    std::int64_t blockRows = 0;  ///< rows whose data fit the cache together; a multiple of the kernels' row tile helps
    const std::int64_t* segmentOffset = nullptr;
    const std::int32_t* segmentShift = nullptr;
    const std::int64_t* segmentBudget = nullptr;  ///< wide kernels only
};

/// All panels times all rows. `compensation` is for narrow kernels.
void multiplyPanels(const KernelImpl& acu, const PanelLayout& layout, const unsigned char* panels,
                    const std::int32_t* compensation, const PanelRows& rows, const PanelOutput& output);

/// Rows per block for a left operand of so many bytes a row.
std::int64_t cacheBlockRows(std::int64_t bytesPerRow);

}  // namespace axp::cpu
