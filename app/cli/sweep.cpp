// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sweep.h"

#include <CLI/CLI.hpp>

#include "search/project_problem.h"
#include "search/sensitivity.h"

namespace axp::cli {

void SweepOptions::add(CLI::App& app) {
    app.add_option("--acus", acus, "Candidate ACUs (default: the project's)")->delimiter(',')->type_name("A,B,...");
    app.add_option("--granularity", granularity, "Sites: node, head (attention heads apart) or group (channel groups too; default: the project's)")
        ->check(CLI::IsMember({"node", "head", "group"}))
        ->type_name("node|head|group");
    app.add_option("--sites", sites, "Sites to vary (default: all); a node stands for its heads, the others stay exact")
        ->delimiter(',')
        ->type_name("A,B,...");
    app.add_option("--resume", resume, "Go on with an interrupted run (see `runs`); everything else comes from its start")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
        ->type_name("RUN");
}

Result<SearchProblem> sweepProblem(Session& session, const SweepOptions& options, const SliceOptions& slice) {
    ProblemChoice choice{options.acus, options.granularity, options.sites, {}};
    AXP_TRY(const auto data, session.dataset());
    AXP_TRY(choice.slice, slice.resolve(*data));
    AXP_TRY(Emulator * emulator, session.emulator());
    return projectProblem(session.project(), session.graph(), session.library(), *emulator, choice);
}

Result<SearchProblem> resumedProblem(Session& session, const RunInfo& run) {
    AXP_TRY(Emulator * emulator, session.emulator());
    return problemOfRun(run, *emulator);
}

Result<RunInfo> runToResume(Session& session, std::int64_t run, bool sensitivity) {
    AXP_TRY(Store * store, session.store());
    AXP_TRY(RunInfo info, store->run(run));
    if ((info.algorithm == kSensitivityAlgorithm) == sensitivity) return info;
    return badInput("run " + std::to_string(run) + " is a run of " + info.algorithm, "--resume",
                    std::string("Use `") + (sensitivity ? "search" : "sensitivity") + " --resume " + std::to_string(run) + "`.");
}

}  // namespace axp::cli
