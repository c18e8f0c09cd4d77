// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QStringList>
#include <QTableView>

#include <vector>

#include "core/eval/predictions.h"

namespace axp::ui {

class JobCenter;

/// Precision, recall and F1 of every class; missing where they are not defined.
class ClassModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Images, TakenFor, Precision, Recall, F1, ColumnCount };
    enum Roles { ValueRole = Qt::UserRole };  ///< unformatted, for sorting and files; invalid where not defined

    using QAbstractTableModel::QAbstractTableModel;
    void setFigures(std::vector<ClassFigures> figures, const QStringList& names);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QVariant value(int row, int column) const;

    std::vector<ClassFigures> m_figures;
    QStringList m_names;
};

/// The figures as a table that sorts by any column. Return or a double click on a class asks for its images.
class ClassTable : public QTableView {
    Q_OBJECT
public:
    explicit ClassTable(JobCenter& jobs, QWidget* parent = nullptr);

    void setFigures(std::vector<ClassFigures> figures, const QStringList& names) { m_model.setFigures(std::move(figures), names); }
    /// With a line of titles, in the order shown, fractions with full precision; ',' quotes as CSV asks for.
    QString text(QChar separator) const;

signals:
    void classPicked(int truth);

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void copy();

    JobCenter& m_jobs;
    ClassModel m_model;
    QSortFilterProxyModel m_sorted;
};

}  // namespace axp::ui
