// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>

#include <vector>

#include "ui/bridge/job_center.h"

namespace axp::ui {

/// The jobs of a JobCenter as a table, newest first. Column kProgress holds a fraction in kFractionRole (negative: unknown).
class JobsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { kTitle, kState, kProgress, kTime, kLeft, kMessage, kColumns };
    static constexpr int kFractionRole = Qt::UserRole + 1;
    static constexpr int kIdRole = Qt::UserRole + 2;

    explicit JobsModel(JobCenter& center, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    const JobView& at(int row) const { return m_rows[static_cast<std::size_t>(row)]; }

private:
    int rowOf(quint64 id) const;

    JobCenter& m_center;
    std::vector<JobView> m_rows;
};

}  // namespace axp::ui
