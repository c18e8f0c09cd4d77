// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/project_problem.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/graph/sites.h"

namespace axp {
namespace {

SearchProblem bound(SearchProblem problem, Evaluator& evaluator) {
    problem.evaluator = &evaluator;
    problem.relativePower = [&evaluator](const Assignment& assignment) -> std::optional<double> {
        const auto power = evaluator.relativePowerOf(assignment);
        return power.ok() ? *power : std::nullopt;
    };
    return problem;
}

/// The chosen ones of `all`, in network order.
Result<std::vector<std::string>> chosenSites(const std::vector<std::string>& all, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return all;
    const auto covers = [](const std::string& chosen, const std::string& site) { return site == chosen || site.starts_with(chosen + '/'); };
    for (const auto& chosen : wanted)
        if (std::none_of(all.begin(), all.end(), [&](const auto& site) { return covers(chosen, site); }))
            return badInput("there is no site \"" + chosen + '"', "search", didYouMean(chosen, all));
    std::vector<std::string> sites;
    for (const auto& site : all)
        if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& chosen) { return covers(chosen, site); })) sites.push_back(site);
    return sites;
}

}  // namespace

Result<SearchProblem> projectProblem(const Project& project, const Graph& graph, const AcuLibrary& library, Evaluator& evaluator,
                                     const ProblemChoice& choice) {
    const std::vector<std::string>& names = choice.acus.empty() ? project.acus : choice.acus;
    if (names.empty())
        return badInput("no candidate ACUs: the project names none", project.path, "Name some: --acus A,B,... (see `acu list`).");
    for (const auto& name : names) AXP_CHECK(library.find(name));
    const std::string& granularity = choice.granularity.empty() ? project.granularity : choice.granularity;
    std::vector<std::string> all;
    AXP_TRY(const Granularity finest, granularityFromName(granularity));
    for (const Site& site : enumerateSites(graph, finest)) all.push_back(site.id);
    SearchProblem problem;
    AXP_TRY(problem.sites, chosenSites(all, choice.sites));
    problem.candidates = sameCandidates(problem.sites, names);
    problem.slice = choice.slice;
    return bound(std::move(problem), evaluator);
}

Result<SearchProblem> problemOfRun(const RunInfo& run, Evaluator& evaluator) {
    AXP_TRY(StoredProblem stored, problemOfRun(run));
    SearchProblem problem;
    problem.sites = std::move(stored.sites);
    problem.candidates = std::move(stored.candidates);
    problem.slice = stored.slice;
    return bound(std::move(problem), evaluator);
}

}  // namespace axp
