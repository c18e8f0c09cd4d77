// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QModelIndexList>
#include <QString>

class QAbstractItemModel;

namespace axp::ui {

/// Rows of the table with a line of titles (with units), full precision, all columns; missing figures are empty. `separator` ',' quotes as RFC 4180
/// asks; with '\t' the text suits a spreadsheet's clipboard.
QString rowsText(const QAbstractItemModel& model, const QList<int>& rows, QChar separator);

}  // namespace axp::ui
