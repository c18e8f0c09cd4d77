// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// The search monitor: starts, pauses and resumes searches, and shows them while they run and afterwards.
QWidget* makeSearchPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
