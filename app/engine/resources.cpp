// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/resources.h"

#include <cstdlib>

namespace axp {

namespace fs = std::filesystem;

fs::path programFolder() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path(".") : program.parent_path();
}

std::string resourcesFolder() {
    if (const char* folder = std::getenv("AXP_RESOURCES"); folder && *folder) return folder;
    std::error_code error;
    const fs::path installed = programFolder() / ".." / "share" / "axplorer";
    if (fs::is_directory(installed, error)) return installed.lexically_normal().string();
    return AXP_RESOURCES_FALLBACK;
}

}  // namespace axp
