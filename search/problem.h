// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/eval/evaluation.h"
#include "core/store/store.h"

namespace axp {

/// What is searched: an ACU for each site, out of the site's candidates.
struct SearchProblem {
    std::vector<std::string> sites;                    ///< ids, in network order
    std::vector<std::vector<std::string>> candidates;  ///< ACU names per site
    DataSlice slice;
    Evaluator* evaluator = nullptr;                    ///< outlives the problem; without a memo of its own
    /// Relative power of an assignment: a sum over the sites. Nothing when an ACU has no figure. Empty: power is not an objective.
    std::function<std::optional<double>(const Assignment&)> relativePower;

    bool powerIsObjective() const { return static_cast<bool>(relativePower); }
    /// All ACU names that are a candidate anywhere, in the order of their first occurrence.
    std::vector<std::string> acus() const;
};

/// The same candidates at every site: the exact ACU first, then `acus` without repetitions.
std::vector<std::vector<std::string>> sameCandidates(const std::vector<std::string>& sites, const std::vector<std::string>& acus);

/// A choice: the index of a candidate for each site.
using Choice = std::vector<int>;
/// Stands for the exact ACU in probes, where it need not be a candidate.
inline constexpr int kExactChoice = -1;
/// Exact sites are left out. The choice must be of the problem.
Assignment assignmentOf(const SearchProblem& problem, const Choice& choice);

/// Sites, candidates and slice make sense; with power as an objective every candidate has a power figure.
Result<void> checkProblem(const SearchProblem& problem);

/// Changes when a resumed run would not continue the same search: sites, candidates, slice, metric, model, quantization, or the table
/// behind a candidate's name.
Result<std::string> problemFingerprint(const SearchProblem& problem);

/// The part of a problem that a run keeps (RunInfo::parameters); evaluator and power come from the caller.
struct StoredProblem {
    std::vector<std::string> sites;
    std::vector<std::vector<std::string>> candidates;
    DataSlice slice;
};
/// What `--resume RUN` needs to build the problem again.
Result<StoredProblem> problemOfRun(const RunInfo& run);

}  // namespace axp
