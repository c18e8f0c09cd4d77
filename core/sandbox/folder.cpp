// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/base/files.h"
#include "core/sandbox/sandbox.h"

namespace axp {

Result<SandboxFolder> SandboxFolder::make() {
    std::error_code error;
    std::filesystem::path base = std::filesystem::temp_directory_path(error);
    if (error) base = "/tmp";
    std::string path = (base / "axplorer-XXXXXX").string();
    if (!mkdtemp(path.data())) return failure(std::string("no temporary folder could be made: ") + std::strerror(errno), base.string(), "Free some disk space, or set TMPDIR");
    return SandboxFolder(std::filesystem::weakly_canonical(path, error).string());
}

SandboxFolder::~SandboxFolder() {
    std::error_code ignored;
    if (!m_path.empty()) std::filesystem::remove_all(m_path, ignored);
}

Result<void> SandboxFolder::write(const std::string& name, std::string_view content) const { return writeFileAtomic(file(name), content); }

}  // namespace axp
