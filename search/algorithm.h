// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/jobs/parameters.h"
#include "search/problem.h"

namespace axp {

/// What an algorithm works with while it runs.
class SearchHost {
public:
    virtual ~SearchHost() = default;
    virtual const SearchProblem& problem() const = 0;
    virtual std::uint64_t seed() const = 0;
    virtual std::int64_t budget() const = 0;
    /// Evaluations left. evaluate() with none left is an error.
    virtual std::int64_t remaining() const = 0;
    /// Evaluates a choice, or returns what is known of it; both count against the budget. The result is stored when this returns. An
    /// error (cancelled among others) must be returned to the caller at once.
    virtual Result<Evaluation> evaluate(const Choice& choice) = 0;
    /// To be polled by algorithms that compute long between evaluations.
    virtual bool cancelled() const = 0;
};

/// A search algorithm. Stateless: everything of a run lives in run(), which depends on seed, budget, parameters, problem and the
/// evaluations alone. That is what makes a run repeatable and lets it resume by being replayed over its recorded steps.
class SearchAlgorithm {
public:
    virtual ~SearchAlgorithm() = default;
    virtual const char* name() const = 0;
    virtual const char* help() const = 0;  ///< one line
    virtual std::vector<ParameterSpec> parameters() const { return {}; }
    /// Ends when the budget is used up or nothing is left to try.
    virtual Result<void> run(SearchHost& host, const ParameterValues& parameters) const = 0;
};

/// All algorithms, in the order in which they are offered.
const std::vector<const SearchAlgorithm*>& searchAlgorithms();
/// The error names the nearest names.
Result<const SearchAlgorithm*> findSearchAlgorithm(const std::string& name);

}  // namespace axp
