// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QSortFilterProxyModel>

#include <limits>
#include <map>

#include "core/base/result.h"

namespace axp::ui {

/// A condition on a number, as typed into a filter field: "<5", "<=5", ">0.3", ">=0.3", "=8", "8", "1..4", "2..", "..9". Without a sign
/// the figure has to agree in the digits that are typed ("0.42" takes 0.4195).
class NumberFilter {
public:
    /// The error names what is wrong and how to write it. An empty text lets everything through.
    static Result<NumberFilter> parse(const QString& text);
    bool accepts(double value) const;

private:
    double m_min = -std::numeric_limits<double>::infinity(), m_max = std::numeric_limits<double>::infinity();
    bool m_minOpen = false, m_maxOpen = false;
};

/// Filters and sorts the table of ACUs. Figures that are missing stay at the end in either direction and pass no filter.
class AcuFilterModel : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    /// The error of a text that is no filter; the column is then not filtered.
    QString setFilter(int column, const QString& text);
    bool hasFilters() const { return !m_texts.empty() || !m_numbers.empty(); }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    std::map<int, QString> m_texts;
    std::map<int, NumberFilter> m_numbers;
};

}  // namespace axp::ui
