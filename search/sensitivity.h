// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "search/problem.h"
#include "search/run_session.h"

namespace axp {

/// What one ACU at one site alone does.
struct SensitivityRow {
    std::string site, acu;
    Evaluation evaluation;
    double metricDrop = 0;  ///< baseline's metric - this one's; negative when it got better
};

struct SensitivityResult {
    std::int64_t run = 0;
    std::int64_t evaluations = 0;  ///< baseline included
    std::int64_t computed = 0;     ///< of these in this sitting
    double seconds = 0;            ///< of all sittings
    Evaluation baseline;           ///< all sites exact
    std::vector<SensitivityRow> rows;  ///< in the order of the problem's sites, then of their candidates; the exact ACU is left out
};

/// Algorithm name of these runs in the store.
inline constexpr const char* kSensitivityAlgorithm = "sensitivity";

/// Evaluates the exact network and then every candidate at every site alone. Stored, resumable (`resume` 0: a new run) and cancellable as
/// a search is. ACUs without a power figure are welcome.
Result<SensitivityResult> runSensitivity(const SearchProblem& problem, Store& store, const JobContext& job, std::int64_t resume = 0,
                                         StepObserver onStep = {});

}  // namespace axp
