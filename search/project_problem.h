// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/acu/library.h"
#include "core/graph/graph.h"
#include "core/project/project.h"
#include "core/store/store.h"
#include "search/problem.h"

namespace axp {

/// What of a project a search or sweep varies, and what it is measured on.
struct ProblemChoice {
    std::vector<std::string> acus;   ///< candidates besides the exact one; empty: the project's
    std::string granularity;         ///< "node", "head" (attention heads apart) or "group" (channel groups too); empty: the project's
    std::vector<std::string> sites;  ///< ids; a node stands for its heads and channel groups; empty: all
    DataSlice slice;
};

/// The problem of a project. Unknown ACUs and sites are errors. `evaluator` must outlive the problem.
Result<SearchProblem> projectProblem(const Project& project, const Graph& graph, const AcuLibrary& library, Evaluator& evaluator,
                                     const ProblemChoice& choice);
/// The problem that a stored run was started with.
Result<SearchProblem> problemOfRun(const RunInfo& run, Evaluator& evaluator);

}  // namespace axp
