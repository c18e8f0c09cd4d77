// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// Every evaluation in the project's database, sorted and filtered there.
QWidget* makeResultsPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
