// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sweep.h"

#include <CLI/CLI.hpp>

#include "search/sensitivity.h"

namespace axp::cli {
namespace {

/// Evaluator and power of the session's emulator.
Result<SearchProblem> bindEmulator(Session& session, SearchProblem problem) {
    AXP_TRY(Emulator * emulator, session.emulator());
    problem.evaluator = emulator;
    problem.relativePower = [emulator](const Assignment& assignment) -> std::optional<double> {
        const auto power = emulator->relativePowerOf(assignment);
        return power.ok() ? *power : std::nullopt;
    };
    return problem;
}

}  // namespace

void SweepOptions::add(CLI::App& app) {
    app.add_option("--acus", acus, "Candidate ACUs (default: the project's)")->delimiter(',')->type_name("A,B,...");
    app.add_option("--granularity", granularity, "Sites: node, or head for attention products (default: the project's)")
        ->check(CLI::IsMember({"node", "head"}))
        ->type_name("node|head");
    app.add_option("--resume", resume, "Go on with an interrupted run (see `runs`); everything else comes from its start")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
        ->type_name("RUN");
}

Result<SearchProblem> sweepProblem(Session& session, const SweepOptions& options, const SliceOptions& slice) {
    const Project& project = session.project();
    const std::vector<std::string>& names = options.acus.empty() ? project.acus : options.acus;
    if (names.empty())
        return badInput("no candidate ACUs: the project names none", project.path, "Give some with --acus A,B,... (see `acu list`).");
    for (const auto& name : names) AXP_CHECK(session.library().find(name));
    SearchProblem problem;
    const std::string granularity = options.granularity.empty() ? project.granularity : options.granularity;
    for (const Site& site : enumerateSites(session.graph(), granularity == "node" ? Granularity::Node : Granularity::Head))
        problem.sites.push_back(site.id);
    problem.candidates = sameCandidates(problem.sites, names);
    AXP_TRY(const auto data, session.dataset());
    AXP_TRY(problem.slice, slice.resolve(*data));
    return bindEmulator(session, std::move(problem));
}

Result<SearchProblem> resumedProblem(Session& session, const RunInfo& run) {
    AXP_TRY(StoredProblem stored, problemOfRun(run));
    SearchProblem problem;
    problem.sites = std::move(stored.sites);
    problem.candidates = std::move(stored.candidates);
    problem.slice = stored.slice;
    return bindEmulator(session, std::move(problem));
}

Result<RunInfo> runToResume(Session& session, std::int64_t run, bool sensitivity) {
    AXP_TRY(Store * store, session.store());
    AXP_TRY(RunInfo info, store->run(run));
    if ((info.algorithm == kSensitivityAlgorithm) == sensitivity) return info;
    return badInput("run " + std::to_string(run) + " is a run of " + info.algorithm, "--resume",
                    std::string("Use `") + (sensitivity ? "search" : "sensitivity") + " --resume " + std::to_string(run) + "`.");
}

}  // namespace axp::cli
