// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// Accuracy (or RMSE) against relative power of everything evaluated on a slice.
QWidget* makeFrontPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
