// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/base/result.h"
#include "ui/plots/figure_spec.h"

namespace axp {

/// Size in logical pixels (1/96 inch). `scale` multiplies the pixels of a PNG; SVG and PDF do not need it.
struct RenderOptions {
    int width = 1000;
    int height = 700;
    double scale = 2;
    bool dark = false;
};

/// The limits that renderFigure() accepts; a PNG has at most kMaxRenderPixels pixels.
inline constexpr int kMinRenderSide = 160, kMaxRenderSide = 8000;
inline constexpr double kMinRenderScale = 0.5, kMaxRenderScale = 8;
inline constexpr double kMaxRenderPixels = 100e6;

/// The file type by its extension (png, svg or pdf, any case) and the options: an error says what is accepted.
Result<void> checkRenderRequest(const std::string& path, const RenderOptions& options);

/// Draws a figure into a file; written atomically. Needs a QApplication (any platform, also offscreen) and its thread.
Result<void> renderFigure(const FigureSpec& spec, const std::string& path, const RenderOptions& options);

}  // namespace axp
