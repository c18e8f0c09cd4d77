// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// One design in a figure. `power` is relative power (1 = everything exact), `metric` a fraction in 0..1 (drawn in percent), or any number
/// of a figure that is not in percent.
struct FigurePoint {
    double power = 0;
    double metric = 0;
    std::string label;  ///< may be empty
};

/// Accuracy against power: all designs, the front among them, and reference designs (exact, uniform) with their names.
struct FrontFigure {
    std::string title;
    std::string xLabel = "Relative power";
    std::string yLabel = "Top-1 accuracy";
    bool percent = true;  ///< false: the metric is drawn as it is and may be any number; of an error the front descends (not in files)
    std::vector<FigurePoint> points;
    std::vector<FigurePoint> front;  ///< by ascending power; the metric ascends too (checked)
    std::vector<FigurePoint> references;
};

/// One set of points of a panel. `x` and `y` have the same length.
struct FigureSeries {
    enum class Style {
        Line,
        Step,    ///< a front: stays at the left point's height; with markers
        Dots,    ///< many small translucent discs
        Points,  ///< few markers, with error bars when `low` and `high` are there
        Bars     ///< beside those of the panel's other series; x counts the panel's categories from 0
    };
    std::string name;  ///< in the legend; the same name in several panels stands there once. Empty: not in the legend
    Style style = Style::Line;
    int colour = -1;   ///< 0 .. 7 in seriesColour(); -1: the place in the panel
    double width = 0;  ///< of a line in pixels, up to 8; 0: by the number of points
    std::vector<double> x, y;
    std::vector<double> low, high;    ///< ends of the error bars; empty or as long as y
    std::vector<std::string> labels;  ///< beside points; empty or as long as y
};

struct FigurePanel {
    std::string title, xLabel, yLabel;
    bool percent = false;                 ///< y is a fraction, shown in percent
    std::vector<std::string> categories;  ///< names along the x axis for bars
    std::vector<FigureSeries> series;
};

/// Panels of lines and points, side by side; panels with the same labels have the same axes.
struct SeriesFigure {
    std::string title;
    std::vector<FigurePanel> panels;  ///< 1 to kMaxFigurePanels
};
inline constexpr std::size_t kMaxFigurePanels = 6;
inline constexpr int kSeriesColours = 8;

/// What a figure specification can describe; one alternative per `kind`: "pareto", "series".
using FigureSpec = std::variant<FrontFigure, SeriesFigure>;

/// Reads a specification (JSON). `where` names it in errors. Refused: unknown kinds and fields, missing or non-finite numbers,
/// negative power, a metric outside 0..1, a front that contains a dominated design (it would draw a wrong line), lists that do not fit
/// together.
Result<FigureSpec> parseFigureSpec(const std::string& json, const std::string& where);

}  // namespace axp
