// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
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
    /// Evaluations allowed; 0 when only the time is limited.
    virtual std::int64_t budget() const = 0;
    /// Evaluations left; 0 also when the time is over, the largest number when only the time is limited. evaluate() beyond the budget is
    /// an error, one that was begun in time is not.
    virtual std::int64_t remaining() const = 0;
    /// Evaluates a choice, or returns what is known of it; both count against the budget. The result is stored when this returns. An
    /// error (cancelled among others) must be returned to the caller at once.
    virtual Result<Evaluation> evaluate(const Choice& choice) = 0;
    /// The same for what an algorithm wants to know beforehand, such as what an ACU does at one site alone: recorded, stored and replayed
    /// like evaluate(), but not counted against the budget. kExactChoice is allowed at every site.
    virtual Result<Evaluation> probe(const Choice& choice) = 0;
    /// The algorithm's own figure of an evaluation (its reward): computed once for every following evaluate(), stored as RunStep::value and
    /// reported as SearchStep::value. It must depend on its argument and on earlier results only. Without it the figure is NaN.
    virtual void setValue(std::function<double(const Evaluation&)> value) = 0;
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
