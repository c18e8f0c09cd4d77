// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>

namespace axp {

/// Folder of the running program.
std::filesystem::path programFolder();
/// The folder resources/: $AXP_RESOURCES, else ../share/axplorer beside an installed program, else the source tree's.
std::string resourcesFolder();

}  // namespace axp
