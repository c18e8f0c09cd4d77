// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

class QTableView;
class QTreeView;

namespace axp::ui {

/// What a table shows, column titles first: fields between `separator` (tab for the clipboard, comma for CSV, quoted where necessary), rows in
/// the order of the view, columns that are hidden left out. `onlySelected`: the selected rows, all when none is.
QString viewText(const QTableView& table, char separator, bool onlySelected = false);
/// What a tree shows: the rows that are open, the first column indented by two spaces for each level.
QString viewText(const QTreeView& tree, char separator);

}  // namespace axp::ui
