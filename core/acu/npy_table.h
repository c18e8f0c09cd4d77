// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <optional>
#include <string>

#include "core/acu/acu.h"

namespace axp {

/// What an index.json says about one table beside it.
struct AcuIndexEntry {
    std::optional<int> bitsA, bitsB;
    std::optional<bool> isSigned;
    std::string sha256;
    std::string origin;  ///< name and branch, for the description
    AcuFigures figures;
    std::map<std::string, std::string> published;  ///< every published number, "MAE%" -> "0.081"
};

/// Entries by file name. Empty when the folder has no index.json.
using AcuIndex = std::map<std::string, AcuIndexEntry>;

/// Reads `folder`/index.json: a list of objects with "file" and optionally "bits_a", "bits_b", "signed", "sha256", "name",
/// "branch" and "published" {"PDK45_PWR", "PDK45_AREA", "PDK45_DELAY"}.
Result<AcuIndex> readAcuIndex(const std::string& folder);

/// What a name like "mul8s_1KV8" or "mul8x4u_x" says about the sign, if anything.
std::optional<bool> signFromName(const std::string& stem);

/// loadNpyAcu() with the index already at hand.
Result<AcuPtr> loadNpyAcu(const std::string& path, const AcuIndex& index);

}  // namespace axp
