// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/acu/acu.h"
#include "core/acu/npy_table.h"

namespace axp {

/// Whether a file is one half of a multiplier given by its exact factors ("NAME.left.npy", "NAME.right.npy").
bool isFactorFile(const std::string& path);

/// Reads a multiplier too wide for a table from its exact factors: M(a, b) = sum_r left[r][a] * right[r][b]. NAME.left.npy is an integer array
/// [R, 2^bitsA], NAME.right.npy beside it [R, 2^bitsB], both over bit patterns (two's-complement order when signed), 2 to 16 bits
/// and R from 1 to 32. Signed unless the name says otherwise ("mul16u_..."); `entry`, when given, comes first. The ACU is called NAME.
Result<AcuPtr> loadFactorAcu(const std::string& path, const AcuIndexEntry* entry = nullptr);

}  // namespace axp
