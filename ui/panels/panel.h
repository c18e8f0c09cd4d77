// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QIcon>
#include <QString>
#include <QWidget>

#include <vector>

#include "ui/bridge/workspace.h"

namespace axp::ui {

/// Where a panel opens; users rearrange the docks.
enum class PanelArea { Left, Centre, Right, Bottom };

/// A panel of the window: an extension point (one folder and one line in panels()). The widget
/// * shows the Workspace and follows its signals; it may be made before a project is open, and says then what will fill it;
/// * never computes, reads files or queries the database in the UI thread;
/// * has an accessible name, and accessible names on its parts;
/// * adds its own QActions (with shortcuts) to itself, so that they are in its context menu and in the menu View.
struct PanelSpec {
    const char* id;      ///< stable: the dock's object name and the layout file refer to it
    const char* title;   ///< translatable with context "Panel"
    const char* help;    ///< page in resources/help, without .md
    PanelArea area;
    QWidget* (*make)(Workspace& workspace, QWidget* parent);
};

/// All panels, in the order of their tabs and of Ctrl+1, Ctrl+2, ...
const std::vector<PanelSpec>& panels();

/// MIME type of dragged ACU names: a JSON array of strings in UTF-8; text/plain carries the same names, one a line.
inline constexpr const char* kAcuMimeType = "application/x-axplorer-acus";

}  // namespace axp::ui
