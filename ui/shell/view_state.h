// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

class QWidget;

namespace axp::ui {

/// Splitters and table columns of a panel as their user left them, in the settings under the panel's id. A splitter or table is known by its object
/// name, else by its place among those of the panel; where the number of its parts has changed it keeps the sizes that it has.
void saveViewState(QWidget& panel, const QString& id);
/// Once, for a panel that was just made.
void restoreViewState(QWidget& panel, const QString& id);
/// Back to the sizes before restoreViewState.
void resetViewState(QWidget& panel, const QString& id);

}  // namespace axp::ui
