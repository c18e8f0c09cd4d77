// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "app/cli/session.h"
#include "search/problem.h"

namespace axp::cli {

/// Options that say what a sweep or search varies.
struct SweepOptions {
    std::vector<std::string> acus, sites;
    std::string granularity;
    std::int64_t resume = 0;
    void add(CLI::App& app);
};

/// The problem of a project: its sites at the granularity asked for, the candidates at each, the slice. `session` outlives it.
Result<SearchProblem> sweepProblem(Session& session, const SweepOptions& options, const SliceOptions& slice);
/// The problem that a stored run was started with.
Result<SearchProblem> resumedProblem(Session& session, const RunInfo& run);
/// The run to resume; another kind of run than `sensitivity` says is refused with the command that resumes it.
Result<RunInfo> runToResume(Session& session, std::int64_t run, bool sensitivity);

}  // namespace axp::cli
