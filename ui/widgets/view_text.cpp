// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/view_text.h"

#include <QHeaderView>
#include <QTableView>
#include <QTreeView>

namespace axp::ui {
namespace {

QString field(QString text, char separator) {
    if (separator != ',') return text.replace('\t', ' ').replace('\n', ' ');
    if (!text.contains(',') && !text.contains('"') && !text.contains('\n')) return text;
    return '"' + text.replace('"', QLatin1String("\"\"")) + '"';
}

/// Columns from left to right as they stand.
QList<int> columnsOf(const QHeaderView& header) {
    QList<int> columns;
    for (int place = 0; place < header.count(); ++place)
        if (const int column = header.logicalIndex(place); !header.isSectionHidden(column)) columns << column;
    return columns;
}

QString titles(const QAbstractItemModel& model, const QList<int>& columns, char separator) {
    QStringList fields;
    for (const int column : columns) fields << field(model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), separator);
    return fields.join(QLatin1Char(separator)) + '\n';
}

}  // namespace

QString viewText(const QTableView& table, char separator, bool onlySelected) {
    const QAbstractItemModel& model = *table.model();
    const QList<int> columns = columnsOf(*table.horizontalHeader());
    QString text = titles(model, columns, separator);
    const bool some = onlySelected && table.selectionModel()->hasSelection();
    for (int row = 0; row < model.rowCount(); ++row) {
        if (table.isRowHidden(row) || (some && !table.selectionModel()->rowIntersectsSelection(row, {}))) continue;
        QStringList fields;
        for (const int column : columns) fields << field(model.index(row, column).data().toString(), separator);
        text += fields.join(QLatin1Char(separator)) + '\n';
    }
    return text;
}

QString viewText(const QTreeView& tree, char separator) {
    const QAbstractItemModel& model = *tree.model();
    const QList<int> columns = columnsOf(*tree.header());
    QString text = titles(model, columns, separator);
    for (QModelIndex row = model.index(0, 0); row.isValid(); row = tree.indexBelow(row)) {
        int level = 0;
        for (QModelIndex above = row.parent(); above.isValid(); above = above.parent()) ++level;
        QStringList fields;
        for (const int column : columns) fields << field(row.siblingAtColumn(column).data().toString(), separator);
        text += QString(2 * level, ' ') + fields.join(QLatin1Char(separator)) + '\n';
    }
    return text;
}

}  // namespace axp::ui
