// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/project/engine.h"

namespace axp {

/// An EngineOpener's result on the emulator: imports the model (which must be the one that the project knows), loads libraries and
/// data, opens the database. `resources` is the folder resources/ of the installation.
Result<std::unique_ptr<ProjectEngine>> openEmulatedProject(const std::string& projectPath, const std::string& resources, const JobContext& job);

}  // namespace axp
