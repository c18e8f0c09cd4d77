// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/jobs/jobs_model.h"

#include <QColor>

#include <algorithm>

namespace axp::ui {
namespace {

QString stateText(const JobView& job) {
    switch (job.hold) {
        case JobView::Hold::None: break;
        case JobView::Hold::Asked: return JobsModel::tr("pausing");
        case JobView::Hold::Paused: return JobsModel::tr("paused");
        case JobView::Hold::Waiting: return JobsModel::tr("waiting");
    }
    switch (job.state) {
        case JobState::Queued: return JobsModel::tr("queued");
        case JobState::Running: return JobsModel::tr("running");
        case JobState::Finished: return JobsModel::tr("done");
        case JobState::Failed: return JobsModel::tr("failed");
        case JobState::Cancelled: return JobsModel::tr("cancelled");
    }
    return {};
}

}  // namespace

JobsModel::JobsModel(JobCenter& center, QObject* parent) : QAbstractTableModel(parent), m_center(center) {
    for (const auto& view : center.jobs()) m_rows.insert(m_rows.begin(), view);
    connect(&center, &JobCenter::added, this, [this](quint64 id) {
        beginInsertRows({}, 0, 0);
        m_rows.insert(m_rows.begin(), m_center.job(id));
        endInsertRows();
    });
    connect(&center, &JobCenter::changed, this, [this](quint64 id) {
        const int row = rowOf(id);
        if (row < 0) return;
        m_rows[static_cast<std::size_t>(row)] = m_center.job(id);
        emit dataChanged(index(row, 0), index(row, kColumns - 1));
    });
    connect(&center, &JobCenter::removed, this, [this](quint64 id) {
        const int row = rowOf(id);
        if (row < 0) return;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        endRemoveRows();
    });
}

int JobsModel::rowOf(quint64 id) const {
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [id](const JobView& view) { return view.id == id; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int JobsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int JobsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const JobView& job = at(index.row());
    if (role == kIdRole) return job.id;
    const double fraction = job.state == JobState::Finished ? 1.0 : job.fraction;
    if (role == kFractionRole) return fraction;
    if (role == Qt::ForegroundRole && index.column() == kState && job.state == JobState::Failed) return QColor(0xd1, 0x43, 0x43);
    if (role == Qt::ToolTipRole && index.column() == kState && job.hold == JobView::Hold::Waiting)
        return tr("Stands still while a shorter job is done, then goes on by itself");
    if (role == Qt::ToolTipRole) return index.column() == kMessage ? job.message : job.title;
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case kTitle: return job.title;
        case kState: return stateText(job);
        case kProgress: return fraction < 0 ? QString() : tr("%1 %").arg(static_cast<int>(fraction * 100));
        case kTime: return job.state == JobState::Queued ? QString() : durationText(job.seconds);
        case kLeft: return job.state == JobState::Running && job.hold == JobView::Hold::None ? durationText(job.etaSeconds) : QString();
        case kMessage: return job.message;
        default: return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= kColumns) return {};
    const QString titles[] = {tr("Job"), tr("State"), tr("Progress"), tr("Time"), tr("Left"), tr("Message")};
    return titles[section];
}

}  // namespace axp::ui
