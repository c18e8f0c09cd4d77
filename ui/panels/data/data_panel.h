// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// The samples as images, what the network says about them in FP32, quantized and under the current assignment, and where it errs.
QWidget* makeDataPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
