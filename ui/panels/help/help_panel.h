// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// The pages of resources/help. Setting the dynamic property "page" (without .md) shows a page.
QWidget* makeHelpPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
