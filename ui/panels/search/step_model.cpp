// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/step_model.h"

#include <QLocale>

#include <charconv>
#include <cmath>

namespace axp::ui {
namespace {

std::string plain(double value) {
    if (std::isnan(value)) return {};
    char buffer[32];
    const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return code == std::errc{} ? std::string(buffer, end) : std::string();
}

QString shown(double value, int decimals, double factor = 1) {
    return std::isnan(value) ? QString() : QString::number(value * factor, 'f', decimals);
}

/// "site=acu site=acu", "exact"; without commas, so that it is one field of a CSV file.
std::string designText(const Assignment& assignment) {
    std::string text;
    for (const auto& [site, acu] : assignment) text += (text.empty() ? "" : " ") + site + '=' + acu;
    return text.empty() ? "exact" : text;
}

}  // namespace

Assignment designOfStep(const RunTrace& trace, const TraceStep& step) {
    Assignment assignment;
    for (std::size_t i = 0; i < step.choice.size(); ++i) {
        const std::string& acu = trace.candidates[i][static_cast<std::size_t>(step.choice[i])];
        if (acu != kExactAcu) assignment[trace.sites[i]] = acu;
    }
    return assignment;
}

std::string stepTable(const RunTrace& trace, char separator) {
    std::string text;
    const auto line = [&](const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i) text += (i ? std::string(1, separator) : std::string()) + fields[i];
        text += '\n';
    };
    line({"step", "reward", "mean_of_50", "best", "top1", "power_relative", "rmse", "hypervolume", "new", "design"});
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const TraceStep& step = trace.steps[i];
        line({std::to_string(i + 1), plain(step.value), plain(step.mean), plain(step.best), plain(step.metric), plain(step.power),
              plain(step.rmse), plain(step.hypervolume), step.fresh ? "1" : "0", designText(designOfStep(trace, step))});
    }
    return text;
}

void StepModel::setTrace(std::shared_ptr<const RunTrace> trace) {
    beginResetModel();
    m_trace = std::move(trace);
    m_rows = m_trace ? static_cast<int>(m_trace->steps.size()) : 0;
    endResetModel();
}

void StepModel::update() {
    const int now = m_trace ? static_cast<int>(m_trace->steps.size()) : 0;
    if (now <= m_rows) return;
    beginInsertRows({}, m_rows, now - 1);
    m_rows = now;
    endInsertRows();
}

Assignment StepModel::assignment(int row) const {
    return m_trace && row >= 0 && row < m_rows ? designOfStep(*m_trace, m_trace->steps[static_cast<std::size_t>(row)]) : Assignment();
}

int StepModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_rows; }
int StepModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

QVariant StepModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || !m_trace || index.row() >= m_rows) return {};
    if (role == Qt::TextAlignmentRole && index.column() != kDesign) return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    const TraceStep& step = m_trace->steps[static_cast<std::size_t>(index.row())];
    if (role == Qt::ToolTipRole && index.column() == kDesign)
        return QString::fromStdString(designText(designOfStep(*m_trace, step))).replace(' ', '\n');
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case kStep: return QLocale().toString(index.row() + 1);
        case kReward: return shown(step.value, 4);
        case kMean: return shown(step.mean, 4);
        case kBest: return shown(step.best, 4);
        case kAccuracy: return step.fraction ? tr("%1 %").arg(shown(step.metric, 2, 100)) : shown(step.metric, 4);
        case kPower: return shown(step.power, 4);
        case kRmse: return shown(step.rmse, 4);
        case kHypervolume: return shown(step.hypervolume, 5);
        case kDesign: return QString::fromStdString(designText(designOfStep(*m_trace, step)));
        default: return {};
    }
}

QVariant StepModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= kColumns) return {};
    const QString titles[] = {tr("Step"),  tr("Reward"), tr("Mean of 50"),  tr("Best"),  tr("Accuracy"),
                              tr("Power"), tr("RMSE"),   tr("Hypervolume"), tr("Design")};
    return titles[section];
}

}  // namespace axp::ui
