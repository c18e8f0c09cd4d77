// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/panels.h"

#include <algorithm>

namespace axp::cpu {

namespace {

GemmPanel narrowPanel(const KernelImpl& acu, const PanelLayout& layout, const PanelRows& rows) {
    GemmPanel p{};
    p.segmentOffset = rows.segmentOffset;
    p.segmentShift = rows.segmentShift;
    p.segments = layout.segments;
    p.segmentDwords = layout.segmentDwords;
    p.multiplier = acu.terms().multiplier;
    return p;
}

WidePanel widePanel(const PanelLayout& layout, const PanelRows& rows) {
    WidePanel p{};
    p.segmentOffset = rows.segmentOffset;
    p.segmentShift = rows.segmentShift;
    p.segmentBudget = rows.segmentBudget;
    p.segments = layout.segments;
    p.segmentDwords = layout.segmentDwords;
    return p;
}

/// What both kinds of panel have in common.
template <class Panel, class Sum>
void place(Panel& p, const PanelLayout& layout, std::int64_t panel, const unsigned char* panels, const PanelOutput& output, Sum* acc) {
    p.panel = panels + layout.panelOffset(panel);
    p.columns = std::min(layout.panelColumns, layout.columns - panel * layout.panelColumns);
    p.acc = acc;
    p.accStride = output.accStride;
    p.y = output.y;
    p.yStride = output.yStride;
    p.scale = output.scale;
    p.bias = output.bias;
}

}  // namespace

void multiplyPanels(const KernelImpl& acu, const PanelLayout& layout, const unsigned char* panels,
                    const std::int32_t* compensation, const PanelRows& rows, const PanelOutput& output) {
    GemmPanel narrow = narrowPanel(acu, layout, rows);
    WidePanel wide = widePanel(layout, rows);
    for (std::int64_t row = 0; row < rows.rowCount; row += rows.blockRows) {
        narrow.rows = wide.rows = rows.rows + row;
        narrow.rowCount = wide.rowCount = std::min(rows.blockRows, rows.rowCount - row);
        for (std::int64_t i = 0; i < layout.panelCount(); ++i) {
            const PanelOutput part = output.fromRow(row).fromColumn(i * layout.panelColumns);
            if (acu.wide()) {
                place(wide, layout, i, panels, part, part.acc.wide);
                acu.kernels().wideGemm(wide);
            } else {
                place(narrow, layout, i, panels, part, part.acc.narrow);
                narrow.compensation = compensation + i * layout.panelColumns;
                acu.kernels().gemm(narrow);
            }
        }
    }
}

std::int64_t cacheBlockRows(std::int64_t bytesPerRow) {
    // A quarter of a 1 MiB second-level cache; the other part is for the panel. 48 is a multiple of the kernels' row tiles.
    constexpr std::int64_t kBytes = 256 * 1024, kRows = 48;
    return std::clamp<std::int64_t>(kBytes / std::max<std::int64_t>(bytesPerRow, 1) / kRows, 1, 64) * kRows;
}

}  // namespace axp::cpu
