// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/library_panel.h"

#include "ui/panels/library/library_widget.h"

namespace axp::ui {

QWidget* makeLibraryPanel(Workspace& workspace, QWidget* parent) { return new LibraryWidget(workspace, parent); }

}  // namespace axp::ui
