// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace axp {

/// Up to `most` names nearest to `wanted` by edit distance (Damerau-Levenshtein, case-insensitive), best first; only plausible ones.
std::vector<std::string> nearestNames(const std::string& wanted, const std::vector<std::string>& names, std::size_t most = 3);
/// "Did you mean a, b or c?", or "" when nothing is near.
std::string didYouMean(const std::string& wanted, const std::vector<std::string>& names);
std::vector<std::string> split(const std::string& text, char separator);

}  // namespace axp
