// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/search_series.h"

#include <QCoreApplication>

#include <cmath>

#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

QString translated(const char* text) { return QCoreApplication::translate("SearchSeries", text); }

template <class Value>
PlotSeries overSteps(const RunTrace& trace, const QString& name, const QColor& colour, Value value) {
    PlotSeries series;
    series.name = name;
    series.colour = colour;
    series.x.reserve(static_cast<qsizetype>(trace.steps.size()));
    series.y.reserve(static_cast<qsizetype>(trace.steps.size()));
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const double y = value(trace.steps[i]);
        if (std::isnan(y)) continue;
        series.x.push_back(static_cast<double>(i + 1));
        series.y.push_back(y);
    }
    return series;
}

}  // namespace

std::vector<PlotSeries> rewardSeries(const std::vector<DrawnRun>& runs, const PlotTheme& theme) {
    std::vector<PlotSeries> all;
    for (const DrawnRun& run : runs) {
        const bool first = &run == &runs.front();
        if (run.trace->scored != runs.front().trace->scored) continue;  // rewards and accuracies are no common measure
        if (first) {
            QColor faint = theme.design;
            faint.setAlphaF(0.55F);
            all.push_back(overSteps(*run.trace, run.trace->scored ? translated("Reward") : translated("Accuracy"), faint,
                                    [](const TraceStep& step) { return step.figure(); }));
            all.push_back(
                overSteps(*run.trace, translated("Best so far"), theme.reference, [](const TraceStep& step) { return step.best; }));
            all.back().style = PlotSeries::Style::Step;
            all.back().width = 1.5;
        }
        all.push_back(overSteps(*run.trace, first ? translated("Mean of 50") : run.name,
                                first && runs.size() == 1 ? theme.front : run.colour, [](const TraceStep& step) { return step.mean; }));
        all.back().width = 1.8;
        if (first && runs.size() > 1) all.back().name = translated("Mean of 50, %1").arg(run.name);
    }
    return all;
}

std::vector<PlotSeries> actionSeries(const RunTrace& trace) {
    std::vector<PlotSeries> all;
    for (std::size_t action = 0; action < trace.actions.size(); ++action) {
        const QString acu = QString::fromStdString(trace.candidates.front()[action]);
        PlotSeries series;
        series.name = acu;
        series.colour = Workspace::acuColour(acu);
        series.width = 1.6;
        for (std::size_t visit = 0; visit < trace.actions[action].size(); ++visit) {
            series.x.push_back(static_cast<double>(visit + 1));
            series.y.push_back(trace.actions[action][visit]);
        }
        all.push_back(std::move(series));
    }
    return all;
}

std::vector<PlotSeries> hypervolumeSeries(const std::vector<DrawnRun>& runs) {
    std::vector<PlotSeries> all;
    for (const DrawnRun& run : runs) {
        all.push_back(overSteps(*run.trace, run.name, run.colour, [](const TraceStep& step) { return step.hypervolume; }));
        all.back().style = PlotSeries::Style::Step;
        all.back().width = 1.8;
    }
    return all;
}

std::vector<PlotSeries> predictorSeries(const std::vector<DrawnRun>& runs) {
    std::vector<PlotSeries> all;
    for (const DrawnRun& run : runs) {
        PlotSeries series;
        series.name = run.name;
        series.colour = run.colour;
        series.colour.setAlphaF(0.6F);
        series.style = PlotSeries::Style::Dots;
        for (const TraceStep& step : run.trace->steps) {
            if (!step.fresh || !std::isfinite(step.rmse)) continue;
            series.x.push_back(step.rmse);
            series.y.push_back(step.metric);
        }
        all.push_back(std::move(series));
    }
    return all;
}

double predictorCorrelation(const RunTrace& trace) {
    std::vector<double> errors, accuracies;
    for (const TraceStep& step : trace.steps) {
        if (!step.fresh || !std::isfinite(step.rmse)) continue;
        errors.push_back(step.rmse);
        accuracies.push_back(step.metric);
    }
    return rankCorrelation(errors, accuracies);
}

}  // namespace axp::ui
