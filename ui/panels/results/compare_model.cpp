// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/compare_model.h"

#include <QColor>
#include <QFont>
#include <QLocale>

#include <algorithm>
#include <cmath>

#include "core/eval/metrics.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

/// Name in effect at a leaf.
QString acuAt(const Assignment& assignment, const std::string& leaf) {
    for (const std::string& key : {leaf, leaf.substr(0, leaf.find('/')), std::string("all")})
        if (const auto found = assignment.find(key); found != assignment.end()) return QString::fromStdString(found->second);
    return QString::fromLatin1(kExactAcu);
}

QString field(QString text, char separator) {
    if (separator != ',') return text.replace('\t', ' ').replace('\n', ' ');
    if (!text.contains(',') && !text.contains('"') && !text.contains('\n')) return text;
    return '"' + text.replace('"', QLatin1String("\"\"")) + '"';
}

}  // namespace

CompareModel::CompareModel(std::shared_ptr<ProjectEngine> engine, std::vector<ResultRow> designs, QObject* parent)
    : QAbstractTableModel(parent), m_engine(std::move(engine)), m_designs(std::move(designs)) {
    for (const Site& node : enumerateSites(m_engine->graph(), Granularity::Node)) {
        std::vector<std::string> heads;
        for (int part = 0; part < node.parts(); ++part) heads.push_back(node.partId(part));
        const bool whole = heads.empty() || std::all_of(m_designs.begin(), m_designs.end(), [&](const ResultRow& design) {
            return std::all_of(heads.begin(), heads.end(), [&](const std::string& head) {
                return acuAt(design.evaluation.assignment, head) == acuAt(design.evaluation.assignment, heads.front());
            });
        });
        if (whole) addRow(heads.empty() ? node.id : heads.front(), QString::fromStdString(node.id));
        else
            for (const std::string& head : heads) addRow(head, QString::fromStdString(head));
    }
    setOnlyDifferences(false);
}

void CompareModel::addRow(const std::string& leaf, const QString& site) {
    Row row{site, {}, false};
    for (const ResultRow& design : m_designs) row.acus << acuAt(design.evaluation.assignment, leaf);
    row.differs = std::any_of(row.acus.begin(), row.acus.end(), [&](const QString& acu) { return acu != row.acus.first(); });
    m_all.push_back(std::move(row));
}

void CompareModel::setOnlyDifferences(bool only) {
    beginResetModel();
    m_onlyDifferences = only;
    m_shown.clear();
    for (std::size_t i = 0; i < m_all.size(); ++i)
        if (!only || m_all[i].differs) m_shown.push_back(i);
    endResetModel();
}

int CompareModel::differences() const {
    return static_cast<int>(std::count_if(m_all.begin(), m_all.end(), [](const Row& row) { return row.differs; }));
}

int CompareModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : FigureCount + static_cast<int>(m_shown.size()); }

QString CompareModel::figure(const ResultRow& design, int row) const {
    const QLocale locale;
    const Evaluation& evaluation = design.evaluation;
    switch (row) {
        case Metric: return metricIsFraction(evaluation.metricName) ? locale.toString(evaluation.metric * 100, 'f', 2) + QStringLiteral(" %")
                                                               : QString::fromStdString(metricText(evaluation.metricName, evaluation.metric));
        case Power: return evaluation.powerRelative ? locale.toString(*evaluation.powerRelative, 'f', 4) : QStringLiteral("–");
        case Rmse: return std::isnan(evaluation.rmse) ? QStringLiteral("–") : locale.toString(evaluation.rmse, 'g', 4);
        case Slice: return QString::fromStdString(evaluation.slice);
        case Note: return QString::fromStdString(design.annotation.note);
        default: return {};
    }
}

QVariant CompareModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const auto design = static_cast<std::size_t>(index.column());
    if (index.row() < FigureCount) {
        if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return figure(m_designs[design], index.row());
        return {};
    }
    const Row& row = m_all[m_shown[static_cast<std::size_t>(index.row() - FigureCount)]];
    switch (role) {
        case Qt::DisplayRole: return row.acus[index.column()];
        case Qt::DecorationRole: return Workspace::acuColour(row.acus[index.column()]);
        case Qt::FontRole: {
            QFont font;
            font.setBold(row.differs);
            return font;
        }
        default: return {};
    }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole) return {};
    if (orientation == Qt::Horizontal) return tr("Evaluation %1").arg(m_designs[static_cast<std::size_t>(section)].evaluation.id);
    switch (section) {
        case Metric: return m_designs.empty() ? tr("Metric") : QString::fromStdString(metricShortTitle(m_designs.front().evaluation.metricName));
        case Power: return tr("Relative power");
        case Rmse: return tr("RMSE");
        case Slice: return tr("Slice");
        case Note: return tr("Notes");
        default: return m_all[m_shown[static_cast<std::size_t>(section - FigureCount)]].site;
    }
}

QString CompareModel::text(char separator) const {
    QString text;
    for (int row = -1; row < rowCount(); ++row) {
        QStringList cells{row < 0 ? tr("Site") : field(headerData(row, Qt::Vertical, Qt::DisplayRole).toString(), separator)};
        for (int column = 0; column < columnCount(); ++column)
            cells << field(row < 0 ? headerData(column, Qt::Horizontal, Qt::DisplayRole).toString() : index(row, column).data().toString(), separator);
        text += cells.join(QLatin1Char(separator)) + '\n';
    }
    return text;
}

}  // namespace axp::ui
