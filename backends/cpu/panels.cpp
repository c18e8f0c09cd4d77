// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/panels.h"

#include <algorithm>

namespace axp::cpu {

void multiplyPanels(const KernelImpl& acu, const PanelLayout& layout, const unsigned char* panels,
                    const std::int32_t* compensation, const PanelRows& rows, const PanelOutput& output) {
    GemmPanel p{};
    p.segmentOffset = rows.segmentOffset;
    p.segmentShift = rows.segmentShift;
    p.segments = layout.segments;
    p.segmentDwords = layout.segmentDwords;
    p.multiplier = acu.terms().multiplier;
    p.accStride = output.accStride;
    p.yStride = output.yStride;
    for (std::int64_t row = 0; row < rows.rowCount; row += rows.blockRows) {
        p.rows = rows.rows + row;
        p.rowCount = std::min(rows.blockRows, rows.rowCount - row);
        for (std::int64_t i = 0; i < layout.panelCount(); ++i) {
            const std::int64_t column = i * layout.panelColumns;
            p.panel = panels + layout.panelOffset(i);
            p.compensation = compensation + column;
            p.columns = std::min(layout.panelColumns, layout.columns - column);
            p.acc = output.acc ? output.acc + row * output.accStride + column : nullptr;
            p.y = output.y ? output.y + row * output.yStride + column : nullptr;
            p.scale = output.scale ? output.scale + column : nullptr;
            p.bias = output.bias ? output.bias + column : nullptr;
            acu.kernels().gemm(p);
        }
    }
}

std::int64_t cacheBlockRows(std::int64_t bytesPerRow) {
    // A quarter of a 1 MiB second-level cache; the other part is for the panel. 48 is a multiple of the kernels' row tiles.
    constexpr std::int64_t kBytes = 256 * 1024, kRows = 48;
    return std::clamp<std::int64_t>(kBytes / std::max<std::int64_t>(bytesPerRow, 1) / kRows, 1, 64) * kRows;
}

}  // namespace axp::cpu
