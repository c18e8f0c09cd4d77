// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>

#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "ui/panels/front/front_data.h"

class QCustomPlot;
class QWidget;

namespace axp::ui {

/// The plot as it is shown, drawn at its device's resolution.
QImage imageOf(QCustomPlot& plot);

/// A design as it is written out; a copy, because writing is done in a job.
struct FrontRow {
    Evaluation evaluation;
    bool onFront = false;
};
std::vector<FrontRow> frontRows(const FrontData& data, const std::vector<Evaluation>& evaluations, FrontAxis axis);
/// A header and one line a row: power, metric, rmse, samples, slice, on_front, assignment, config_hash. With ',' as separator fields are
/// quoted as CSV asks for; '\t' is for pasting.
std::string frontTable(const std::vector<FrontRow>& rows, const Graph& graph, char separator);

/// Asks for size and file, then draws the figure into a PNG, SVG or PDF file. Does not block the window.
void savePicture(const FrontFigure& figure, QWidget* parent);

}  // namespace axp::ui
