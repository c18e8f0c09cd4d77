// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/run_list_model.h"

#include <QDateTime>
#include <QLocale>
#include <QPixmap>

#include <algorithm>
#include <cmath>

namespace axp::ui {
namespace {

QString stateText(const std::string& state) {
    if (state == "running") return RunListModel::tr("running");
    if (state == "finished") return RunListModel::tr("finished");
    if (state == "cancelled") return RunListModel::tr("cancelled");
    if (state == "failed") return RunListModel::tr("failed");
    if (state == "interrupted") return RunListModel::tr("interrupted");
    return QString::fromStdString(state);
}

QPixmap swatch(const QColor& colour) {
    QPixmap pixmap(12, 12);
    pixmap.fill(colour);
    return pixmap;
}

}  // namespace

RunListModel::RunListModel(SearchCenter& center, QObject* parent) : QAbstractTableModel(parent), m_center(center) {
    connect(&center, &SearchCenter::runsChanged, this, &RunListModel::takeOver);
    connect(&center, &SearchCenter::traceChanged, this, &RunListModel::refreshRow);
    takeOver();
}

void RunListModel::takeOver() {
    const auto sameRuns = [](const std::vector<RunInfo>& a, const std::vector<RunInfo>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const RunInfo& x, const RunInfo& y) { return x.id == y.id; });
    };
    if (sameRuns(m_runs, m_center.runs())) {  // keeps selection and scrolling
        m_runs = m_center.runs();
        if (!m_runs.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
        return;
    }
    beginResetModel();
    m_runs = m_center.runs();
    std::erase_if(m_shown, [this](qint64 run) { return rowOf(run) < 0 && !m_center.trace(run); });
    endResetModel();
}

void RunListModel::refreshRow(qint64 run) {
    const int row = rowOf(run);
    if (row >= 0) emit dataChanged(index(row, 0), index(row, kColumns - 1));
}

int RunListModel::rowOf(qint64 run) const {
    const auto found = std::find_if(m_runs.begin(), m_runs.end(), [run](const RunInfo& info) { return info.id == run; });
    return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

qint64 RunListModel::runAt(int row) const { return row >= 0 && row < rowCount() ? m_runs[static_cast<std::size_t>(row)].id : 0; }

const RunInfo* RunListModel::info(qint64 run) const {
    const int row = rowOf(run);
    return row < 0 ? nullptr : &m_runs[static_cast<std::size_t>(row)];
}

void RunListModel::setShown(qint64 run, bool shown) {
    if (shown ? !m_shown.insert(run).second : m_shown.erase(run) == 0) return;
    refreshRow(run);
    emit shownChanged();
}

int RunListModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }
int RunListModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

Qt::ItemFlags RunListModel::flags(const QModelIndex& index) const {
    return QAbstractTableModel::flags(index) | (index.column() == kRun ? Qt::ItemIsUserCheckable : Qt::NoItemFlags);
}

QVariant RunListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const RunInfo& run = m_runs[static_cast<std::size_t>(index.row())];
    const auto trace = m_center.trace(run.id);
    if (role == Qt::CheckStateRole && index.column() == kRun) return m_shown.count(run.id) ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::DecorationRole && index.column() == kRun) return swatch(SearchCenter::runColour(run.id));
    if (role == Qt::TextAlignmentRole && (index.column() == kEvaluations || index.column() == kHypervolume))
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return tr("Run %1: %2, seed %3, budget %L4").arg(run.id).arg(QString::fromStdString(run.algorithm)).arg(run.seed).arg(run.budget);
    if (role != Qt::DisplayRole) return {};
    const bool here = m_center.jobOf(run.id) != 0;
    switch (index.column()) {
        case kRun: return QString::number(run.id);
        case kAlgorithm: return QString::fromStdString(run.algorithm);
        case kState: return stateText(here ? "running" : trace && trace->info.state != "running" ? trace->info.state : run.state);
        case kEvaluations: return QLocale().toString(static_cast<qlonglong>(trace ? trace->info.evaluations : run.evaluations));
        case kHypervolume: {
            const double area = trace && !trace->steps.empty() ? trace->steps.back().hypervolume : std::nan("");
            return std::isnan(area) ? QString() : QString::number(area, 'f', 4);
        }
        case kStarted:
            return QLocale().toString(QDateTime::fromString(QString::fromStdString(run.started), Qt::ISODate).toLocalTime(),
                                      QLocale::ShortFormat);
        default: return {};
    }
}

bool RunListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid() || role != Qt::CheckStateRole || index.column() != kRun) return false;
    setShown(runAt(index.row()), value.toInt() == Qt::Checked);
    return true;
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) return {};
    if (role == Qt::ToolTipRole && section == kHypervolume)
        return tr("Area between the front, the reference power and 10 points below the exact network's accuracy; larger is better");
    if (role != Qt::DisplayRole) return {};
    const QString titles[] = {tr("Run"), tr("Algorithm"), tr("State"), tr("Evaluations"), tr("Hypervolume"), tr("Started")};
    return titles[section];
}

}  // namespace axp::ui
