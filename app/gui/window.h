// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/gui/command_line.h"

namespace axp {

/// Shows the workbench, with a project when the command names one, until it is closed. Returns the exit code.
int runWindow(const GuiCommand& command, int argc, char** argv);

}  // namespace axp
