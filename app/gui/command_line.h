// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/result.h"
#include "ui/plots/render.h"

namespace axp {

/// What the command line of `axplorer` asks for. Parsed before any Qt object exists: without a display there must be none.
struct GuiCommand {
    enum class Action { Window, Render, Screenshot, Help, Version };
    Action action = Action::Window;
    std::string project;  ///< for the window
    std::string panel;    ///< panel to bring to the front for a screenshot
    std::string show;     ///< name of a scene (ui/shell/scenes.h) for a screenshot
    int colours = 0;      ///< most colours of a screenshot; 0: all
    std::string assign;   ///< assignment to show in a screenshot
    std::string spec;     ///< figure specification to render
    std::string out;      ///< picture to write
    RenderOptions render;
};

/// `arguments` without the program name. Errors are bad input and say what is accepted.
Result<GuiCommand> parseGuiCommand(const std::vector<std::string>& arguments);

/// The text of --help.
std::string guiHelp();

}  // namespace axp
