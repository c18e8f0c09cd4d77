// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// The queue: state, progress, ETA, log; pause, cancel, retry, copy as command.
QWidget* makeJobsPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
