// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>

#include <memory>
#include <string>

#include "search/run_trace.h"

namespace axp::ui {

/// The steps of a run as a table, in their order: the figures behind the plots.
class StepModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { kStep, kReward, kMean, kBest, kAccuracy, kPower, kRmse, kHypervolume, kDesign, kColumns };

    using QAbstractTableModel::QAbstractTableModel;
    /// Null shows nothing.
    void setTrace(std::shared_ptr<const RunTrace> trace);
    /// Takes over steps that have come since.
    void update();
    /// The design of a row; empty also for the exact one.
    Assignment assignment(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const RunTrace> m_trace;
    int m_rows = 0;
};

/// All steps with a header; one line a step. `separator` ',' or tab.
std::string stepTable(const RunTrace& trace, char separator);
/// The design of a step.
Assignment designOfStep(const RunTrace& trace, const TraceStep& step);

}  // namespace axp::ui
