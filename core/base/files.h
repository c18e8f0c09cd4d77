// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace axp {

/// The whole file as bytes; missing, unreadable, not a regular file, or larger than `maxBytes`: an error that says which.
Result<std::string> readFile(const std::string& path, std::size_t maxBytes = std::size_t{1} << 30);
/// Writes a temporary file beside `path`, syncs and renames it over, so that a reader sees the old or the new content. A full or
/// read-only disk is an error, and the old file stays.
Result<void> writeFileAtomic(const std::string& path, std::string_view content);
/// Creates the folder and its parents when missing.
Result<void> makeFolder(const std::string& path);

}  // namespace axp
