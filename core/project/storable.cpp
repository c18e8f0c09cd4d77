// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/project/storable.h"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "core/base/hash.h"

namespace axp {
namespace {

constexpr int kPatienceMilliseconds = 1000;  // other programs write in short transactions; who holds the lock longer keeps it

bool writable(const std::string& path) { return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0; }

}  // namespace

Result<void> makeStorable(const Project& project, std::unique_ptr<Store>& store) {
    const std::string folder = std::filesystem::path(project.path).parent_path().string();
    if (!writable(project.path) || !writable(folder.empty() ? "." : folder))
        return failure("the project file can only be read, not written", project.path,
                       "Make the file and its folder writable, or copy the project to a place that is.");
    if (!store) {
        AXP_TRY(store, Store::open(project.databasePath(), Store::Mode::ReadWrite, kPatienceMilliseconds));
    }
    return store->checkWritable(kPatienceMilliseconds);
}

bool modelChanged(const std::string& projectPath) {
    const auto project = Project::load(projectPath);
    if (!project.ok() || (*project).modelHash.empty()) return false;
    const auto hash = sha256File((*project).resolvedModelPath());
    return hash.ok() && *hash != (*project).modelHash;
}

Result<void> acceptModelChange(const std::string& projectPath) {
    AXP_TRY(Project project, Project::load(projectPath));
    AXP_TRY(project.modelHash, sha256File(project.resolvedModelPath()));
    project.ranges.clear();
    return project.save();
}

}  // namespace axp
