// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>

#include <set>
#include <vector>

#include "ui/bridge/search_center.h"

namespace axp::ui {

/// The searches of the database, newest first; the ticked ones are drawn.
class RunListModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { kRun, kAlgorithm, kState, kEvaluations, kHypervolume, kStarted, kColumns };

    explicit RunListModel(SearchCenter& center, QObject* parent = nullptr);
    const std::set<qint64>& shown() const { return m_shown; }
    void setShown(qint64 run, bool shown);
    /// 0 when there is no such row.
    qint64 runAt(int row) const;
    int rowOf(qint64 run) const;
    const RunInfo* info(qint64 run) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    void shownChanged();

private:
    void takeOver();
    void refreshRow(qint64 run);

    SearchCenter& m_center;
    std::vector<RunInfo> m_runs;
    std::set<qint64> m_shown;
};

}  // namespace axp::ui
