// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/jobs/parameters.h"
#include "core/pareto/front.h"
#include "core/store/store.h"
#include "search/algorithm.h"
#include "search/problem.h"
#include "search/run_session.h"

namespace axp {

struct SearchRequest {
    std::string algorithm = "random";
    ParameterValues parameters;  ///< of the algorithm; missing ones take their defaults
    std::uint64_t seed = 0;
    std::int64_t budget = 0;     ///< evaluations, memo hits included, probes not; 0: none, then `seconds` is needed
    /// Time limit over all sittings; 0: none. With a budget too the run ends at whichever comes first. Where it ends depends on the
    /// machine, so that only the steps up to there are the same for the same seed.
    double seconds = 0;
    std::int64_t resume = 0;     ///< run to resume; the other fields must be those of its start (requestOfRun). 0: a new run
    StepObserver onStep;         ///< called after each step, from the thread that runs
};

struct SearchResult {
    std::int64_t run = 0;
    std::int64_t evaluations = 0;  ///< counted against the budget
    std::int64_t probes = 0;       ///< measured beforehand, not counted
    std::int64_t computed = 0;     ///< evaluations and probes computed in this sitting; the rest was known
    std::int64_t unique = 0;       ///< different configurations, without the probes
    double seconds = 0;            ///< of all sittings
    std::vector<Evaluation> front; ///< of everything measured, by ascending power; without power as an objective: the best one
    /// Of the front within hypervolumeReference(); NaN without power as an objective.
    double hypervolume = std::numeric_limits<double>::quiet_NaN();
};

/// The non-dominated ones by ascending power; of equal ones the first. Those without power are left out.
std::vector<Evaluation> frontOf(const std::vector<Evaluation>& evaluations);

/// What hypervolumes of a problem are measured against, whatever the algorithm: relative power 1, or that of the costliest uniform design
/// where it is more; accuracy `exactMetric` (the exact network's on the same slice) less hypervolumeMargin(). `metric` names what was
/// measured; of `problem` sites, candidates and relativePower are used.
ParetoReference hypervolumeReference(const SearchProblem& problem, double exactMetric, const std::string& metric);

/// Runs or resumes a search. Every evaluation is stored before it counts. Killed and resumed, also several times, it gives the result of an
/// uninterrupted run of the same seed. Use the store and the evaluator for nothing else meanwhile.
Result<SearchResult> runSearch(const SearchProblem& problem, const SearchRequest& request, Store& store, const JobContext& job);

/// The request that resumes a run.
Result<SearchRequest> requestOfRun(const RunInfo& run);

}  // namespace axp
