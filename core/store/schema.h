// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/store/sqlite_db.h"

namespace axp::sqlite {

/// "AXPL" in the file's header (PRAGMA application_id): tells our databases from others.
inline constexpr std::int64_t kApplicationId = 0x4158504c;

/// One step from schema version - 1 to version.
struct Migration {
    int version;
    const char* sql;
};
/// All of them, in order from 1. A new schema is one more entry; entries that were released never change.
const std::vector<Migration>& migrations();
int newestVersion();

/// Brings a recognised or new database up to `steps.back()`; each step is one transaction, so that a kill leaves a valid version.
/// A database of a newer version is refused.
Result<void> migrate(const Database& database, const std::vector<Migration>& steps = migrations());
/// For databases that cannot be written: refuses newer versions. Older ones stay as they are: who reads what a later version added
/// copes with its absence.
Result<void> checkVersion(const Database& database);

}  // namespace axp::sqlite
