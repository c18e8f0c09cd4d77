// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// What a person says of an evaluation. It belongs to the row, not to the configuration.
struct Annotation {
    std::string note;     ///< free text
    std::string tags;     ///< words, separated by spaces
    bool hidden = false;  ///< left out of tables until hidden rows are asked for
    bool operator==(const Annotation&) const = default;
};

/// Fields that are set are written, the others stay.
struct AnnotationChange {
    std::optional<std::string> note, tags;
    std::optional<bool> hidden;
};

/// The longest note, in bytes.
inline constexpr std::size_t kMaxNoteBytes = 20'000;

/// Writes the same change to all these evaluations of a project database, or to none. Brings an older database up to date. Ids that do not
/// exist are left out. Errors as of Store::open(), and for texts that are too long.
Result<void> annotate(const std::string& databasePath, const std::vector<std::int64_t>& evaluations, const AnnotationChange& change);

}  // namespace axp
