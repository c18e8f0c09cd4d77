// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/acu/library.h"
#include "core/base/result.h"
#include "core/graph/sites.h"

namespace axp {

/// Which ACU stands at which site, by names; sites that are missing are exact. Keys are site ids ("node", "node/h3", "node/g2"), or "all" (in
/// files that people write; parseAssignment() expands it). The most specific key wins.
using Assignment = std::map<std::string, std::string>;

/// The name of the ACU at unassigned sites.
inline constexpr const char* kExactAcu = "exact8s";

/// Parses `all=ACU`, `SITE=ACU,SITE=ACU,...` or `@file.json` (an object of site: ACU). "all" sets every node site. "exact" alone,
/// or an empty text, is the exact configuration. Unknown sites and ACUs are errors that name the nearest names.
Result<Assignment> parseAssignment(const std::string& spec, const Graph& graph, const AcuLibrary& library);

/// What parseAssignment() reads back to the same effect: "all=NAME" when uniform, else "site=ACU,..." in network order; exact sites are left out; "exact" when nothing is assigned.
std::string assignmentText(const Assignment& assignment, const Graph& graph);

/// One ACU per leaf site, in the order of enumerateSites(graph, Granularity::Group). Resolves the names.
Result<std::vector<AcuPtr>> resolveAssignment(const Assignment& assignment, const Graph& graph, const AcuLibrary& library);

/// Sum over all MACs of the power at that MAC, over all MACs times `referenceMw`; nothing when an ACU has no power figure.
std::optional<double> relativePower(const std::vector<AcuPtr>& perLeaf, const std::vector<Site>& leaves, double referenceMw);

}  // namespace axp
