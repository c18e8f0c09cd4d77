// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace axp::sqlite {

enum class Place { Missing, Empty, Occupied };

/// What stands at a path, by stat() alone: opening the file here and closing it again would drop the locks that other connections of
/// this process hold on it (https://www.sqlite.org/howtocorrupt.html, section 2.2). Folders and devices are errors.
Result<Place> examinePlace(const std::string& path);

inline constexpr std::size_t kHeaderBytes = 100;

/// Judges the first bytes of a file. True: ours; false: an SQLite database without a mark (it may be an empty one). Other files are errors.
Result<bool> recognise(std::string_view head, const std::string& path);

/// The error for everything that is not ours; `what`: "a PNG image".
Error foreignFile(const std::string& path, const std::string& what);

}  // namespace axp::sqlite
