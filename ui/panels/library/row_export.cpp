// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/row_export.h"

#include <QAbstractItemModel>
#include <QLocale>

#include "ui/panels/library/acu_table_model.h"

namespace axp::ui {
namespace {

const char* const kTitles[AcuTableModel::ColumnCount] = {
    "name", "bits", "signed", "power_mw", "mae", "wce", "mre_percent", "ep_percent", "rank", "strategy", "area_um2", "delay_ns", "weighted_mae", "source"};

QString cell(const QModelIndex& index, QChar separator) {
    QString text;
    if (index.column() == AcuTableModel::Bits) text = index.data().toString();
    else if (AcuTableModel::isNumber(index.column())) {
        const QVariant value = index.data(AcuTableModel::ValueRole);
        if (value.isValid()) text = QLocale::c().toString(value.toDouble(), 'g', QLocale::FloatingPointShortest);
    } else text = index.data(AcuTableModel::ValueRole).toString();
    if (separator == ',' && (text.contains(',') || text.contains('"') || text.contains('\n')))
        text = '"' + text.replace('"', QLatin1String("\"\"")) + '"';
    return text;
}

}  // namespace

QString rowsText(const QAbstractItemModel& model, const QList<int>& rows, QChar separator) {
    QStringList titles;
    for (const char* title : kTitles) titles << QString::fromLatin1(title);
    QString text = titles.join(separator) + '\n';
    for (const int row : rows) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column) cells << cell(model.index(row, column), separator);
        text += cells.join(separator) + '\n';
    }
    return text;
}

}  // namespace axp::ui
