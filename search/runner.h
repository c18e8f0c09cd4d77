// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/jobs/parameters.h"
#include "core/store/store.h"
#include "search/algorithm.h"
#include "search/problem.h"
#include "search/run_session.h"

namespace axp {

struct SearchRequest {
    std::string algorithm = "random";
    ParameterValues parameters;  ///< of the algorithm; missing ones take their defaults
    std::uint64_t seed = 0;
    std::int64_t budget = 0;     ///< evaluations, memo hits included
    std::int64_t resume = 0;     ///< run to resume; the other fields must be those of its start (requestOfRun). 0: a new run
    StepObserver onStep;         ///< called after each step, from the thread that runs
};

struct SearchResult {
    std::int64_t run = 0;
    std::int64_t evaluations = 0;  ///< steps of the run
    std::int64_t computed = 0;     ///< of these computed in this sitting; the rest was known
    std::int64_t unique = 0;       ///< different configurations
    double seconds = 0;            ///< of all sittings
    std::vector<Evaluation> front; ///< by ascending power; without power as an objective: the best one
};

/// The non-dominated ones by ascending power; of equal ones the first. Those without power are left out.
std::vector<Evaluation> frontOf(const std::vector<Evaluation>& evaluations);

/// Runs or resumes a search. Every evaluation is stored before it counts. Killed and resumed, also several times, it gives the result of an
/// uninterrupted run of the same seed. Use the store and the evaluator for nothing else meanwhile.
Result<SearchResult> runSearch(const SearchProblem& problem, const SearchRequest& request, Store& store, const JobContext& job);

/// The request that resumes a run.
Result<SearchRequest> requestOfRun(const RunInfo& run);

}  // namespace axp
