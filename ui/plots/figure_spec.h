// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// One design in a figure. `power` is relative power (1 = everything exact), `metric` a fraction in 0..1 (drawn in percent).
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
    bool percent = true;  ///< false: the metric is drawn as it is and may exceed 1, and the front descends (an error; not in files)
    std::vector<FigurePoint> points;
    std::vector<FigurePoint> front;  ///< by ascending power; the metric ascends too (checked)
    std::vector<FigurePoint> references;
};

/// What a figure specification can describe; one alternative per `kind`.
using FigureSpec = std::variant<FrontFigure>;

/// Reads a specification (JSON). `where` names it in errors. Refused: unknown kinds and fields, missing or non-finite numbers,
/// negative power, a metric outside 0..1, and a front that contains a dominated design (it would draw a wrong line).
Result<FigureSpec> parseFigureSpec(const std::string& json, const std::string& where);

}  // namespace axp
