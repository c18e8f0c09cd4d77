// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/acu_filter.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include <cmath>
#include <optional>

#include "ui/panels/library/acu_table_model.h"

namespace axp::ui {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

QString tr(const char* text) { return QCoreApplication::translate("axp::ui::NumberFilter", text); }

std::optional<double> number(const QString& text) {
    bool ok = false;
    const double value = QLocale::c().toDouble(text.trimmed(), &ok);
    return ok && std::isfinite(value) && !text.contains(',') ? std::optional(value) : std::nullopt;
}

Error wrong(const QString& what) {
    return badInput(what.toStdString(), {}, tr("Write <5, >=0.3, 1..4 or a number").toStdString());
}

/// Half a unit of the last digit that was typed.
double tolerance(const QString& text) {
    if (text.contains('e', Qt::CaseInsensitive)) return 0;
    const auto point = text.indexOf('.');
    return point < 0 ? 0 : 0.5 * std::pow(10.0, -static_cast<double>(text.size() - point - 1)) * (1 + 1e-9);
}

}  // namespace

Result<NumberFilter> NumberFilter::parse(const QString& typed) {
    static const QRegularExpression form(QStringLiteral("^(<=|>=|<|>|=|≤|≥)?\\s*(.+)$"));
    const QString text = typed.trimmed();
    NumberFilter filter;
    if (text.isEmpty()) return filter;
    if (const auto dots = text.indexOf(QLatin1String("..")); dots >= 0) {
        const QString from = text.left(dots).trimmed(), to = text.mid(dots + 2).trimmed();
        if (from.isEmpty() && to.isEmpty()) return wrong(tr("“..” has no number on either side"));
        for (const QString& side : {from, to})
            if (!side.isEmpty() && !number(side)) return wrong(tr("“%1” is not a number").arg(side));
        filter.m_min = from.isEmpty() ? -kInfinity : *number(from);
        filter.m_max = to.isEmpty() ? kInfinity : *number(to);
        if (filter.m_min > filter.m_max) return wrong(tr("%1 is above %2").arg(from, to));
        return filter;
    }
    const auto match = form.match(text);
    const QString sign = match.captured(1), rest = match.captured(2);
    const auto value = number(rest);
    if (!value)
        return wrong(rest.isEmpty() ? tr("a number is missing after “%1”").arg(text)
                                    : tr("“%1” is not a number").arg(rest));
    if (sign.isEmpty() || sign == QLatin1String("=")) {
        const double slack = sign.isEmpty() ? tolerance(rest) : 0;
        filter.m_min = *value - slack;
        filter.m_max = *value + slack;
    } else if (sign.startsWith('<') || sign == QStringLiteral("≤")) {
        filter.m_max = *value;
        filter.m_maxOpen = sign == QLatin1String("<");
    } else {
        filter.m_min = *value;
        filter.m_minOpen = sign == QLatin1String(">");
    }
    return filter;
}

bool NumberFilter::accepts(double value) const {
    return (m_minOpen ? value > m_min : value >= m_min) && (m_maxOpen ? value < m_max : value <= m_max);
}

QString AcuFilterModel::setFilter(int column, const QString& typed) {
    const QString text = typed.trimmed();
    QString problem;
    m_texts.erase(column);
    m_numbers.erase(column);
    if (!text.isEmpty() && !AcuTableModel::isNumber(column)) {
        m_texts[column] = text;
    } else if (!text.isEmpty()) {
        const auto filter = NumberFilter::parse(text);
        if (filter.ok()) m_numbers.insert_or_assign(column, *filter);
        else problem = QString::fromStdString(filter.error().text());
    }
    invalidateFilter();
    return problem;
}

bool AcuFilterModel::filterAcceptsRow(int row, const QModelIndex& parent) const {
    for (const auto& [column, text] : m_texts)
        if (!sourceModel()
                 ->index(row, column, parent)
                 .data(AcuTableModel::ValueRole)
                 .toString()
                 .contains(text, Qt::CaseInsensitive))
            return false;
    for (const auto& [column, filter] : m_numbers) {
        const QVariant value = sourceModel()->index(row, column, parent).data(AcuTableModel::ValueRole);
        if (!value.isValid() || !filter.accepts(value.toDouble())) return false;
    }
    return true;
}

bool AcuFilterModel::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const QVariant a = left.data(AcuTableModel::ValueRole), b = right.data(AcuTableModel::ValueRole);
    // The view turns the order around for descending sorts; missing figures are to stay last.
    if (a.isValid() != b.isValid()) return (sortOrder() == Qt::AscendingOrder) == a.isValid();
    if (!a.isValid()) return false;
    if (AcuTableModel::isNumber(left.column())) return a.toDouble() < b.toDouble();
    return QString::compare(a.toString(), b.toString(), Qt::CaseInsensitive) < 0;
}

}  // namespace axp::ui
