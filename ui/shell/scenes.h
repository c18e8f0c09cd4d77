// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <functional>
#include <vector>

namespace axp::ui {

class MainWindow;
class Workspace;

/// What a scene is made on. Both outlive it.
struct Stage {
    MainWindow& window;
    Workspace& workspace;
};

/// One thing to do before a picture is taken. Steps run in the UI thread; what they start is waited for between them.
struct SceneStep {
    QString what;                            ///< for the message when it cannot be done
    std::function<bool(const Stage&)> run;   ///< false: what it needs is not there
    std::function<bool(const Stage&)> over;  ///< null: over as soon as no job is under way
};

/// Something that the window can show beyond a panel as it opens: a panel with something in it, or a dialog. An extension point: pictures
/// of the documentation and the test of all dialogs go over the table.
struct Scene {
    const char* name;   ///< on the command line
    const char* panel;  ///< brought to the front first; empty: as it is
    const char* help;
    bool project = true;  ///< needs an open project
    bool dialog = false;  ///< ends with a dialog over the window
    std::vector<SceneStep> steps;
};

/// All scenes, panels first.
const std::vector<Scene>& scenes();
/// Null when there is none of that name.
const Scene* findScene(const QString& name);

}  // namespace axp::ui
