// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <vector>

#include "search/run_trace.h"
#include "ui/plots/line_plot.h"

namespace axp::ui {

// What the plots of the search monitor draw of runs. A run without a reward of its own is drawn by its accuracy.

/// A run and the name that it goes by.
struct DrawnRun {
    std::shared_ptr<const RunTrace> trace;
    QString name;
    QColor colour;
};

/// The figure of every step, its rolling mean and the best so far of the first run; of the others the rolling
/// mean, as far as they are measured alike: rewards or accuracies.
std::vector<PlotSeries> rewardSeries(const std::vector<DrawnRun>& runs, const PlotTheme& theme);
/// Mean figure of each multiplier at the first site against its visits.
std::vector<PlotSeries> actionSeries(const RunTrace& trace);
std::vector<PlotSeries> hypervolumeSeries(const std::vector<DrawnRun>& runs);
/// RMSE against accuracy of the different designs, one cloud a run.
std::vector<PlotSeries> predictorSeries(const std::vector<DrawnRun>& runs);
/// Rank correlation between RMSE and accuracy over the different designs; NaN when there is none.
double predictorCorrelation(const RunTrace& trace);

}  // namespace axp::ui
