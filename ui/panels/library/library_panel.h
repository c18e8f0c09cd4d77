// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

class QWidget;

namespace axp::ui {

/// The multipliers of the project: figures, filters, error pictures, import and families; where assignments are dragged from.
QWidget* makeLibraryPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
