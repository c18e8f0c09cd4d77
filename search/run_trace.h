// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/pareto/front.h"
#include "core/store/store.h"
#include "search/mcts/tree.h"
#include "search/problem.h"

namespace axp {

/// One step of a run with what plots draw of it.
struct TraceStep {
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    std::int64_t index = 0;  ///< in the run, probes counted
    double value = kNone;    ///< the algorithm's own figure, its reward; NaN for probes and for algorithms without one
    double metric = 0, rmse = 0;
    bool fraction = true;  ///< the metric lies in 0..1 and is shown in percent
    double power = kNone;  ///< relative; NaN when unknown
    // After this step, over the steps that are no probes; for runs without a figure of their own the metric stands for it.
    double mean = kNone;         ///< of the last kTraceWindow figures, fewer at the beginning
    double best = kNone;         ///< the largest figure
    double hypervolume = kNone;  ///< probes included; NaN as long as there is no reference
    std::int64_t front = 0;      ///< designs on the front, probes included
    bool probe = false;          ///< measured beforehand, not counted as an evaluation
    bool fresh = false;          ///< its configuration had not been met by this run
    bool computed = false;       ///< by this run, in whichever sitting; not remembered from before it
    Choice choice;               ///< per site; empty for designs that are not of the problem
    double figure() const { return value == value ? value : metric; }
};
/// Window of the rolling mean, as in the thesis.
inline constexpr std::size_t kTraceWindow = 50;

/// Turns the steps of a run, live or stored, into trace steps. Costs O(log n) a step, O(front) where the front changes. Not thread-safe.
class TraceBuilder {
public:
    /// `reference`: see hypervolumeReference(); nothing when it is not known.
    TraceBuilder(const std::vector<std::string>& sites, std::vector<std::vector<std::string>> candidates,
                 std::optional<ParetoReference> reference);
    TraceStep add(const Evaluation& evaluation, double value, bool probe, bool computed);

private:
    Choice choiceOf(const Assignment& assignment) const;

    std::vector<std::string> m_sites;
    std::vector<std::vector<std::string>> m_candidates;
    std::optional<ParetoReference> m_reference;
    std::int64_t m_steps = 0;
    std::deque<double> m_window;
    double m_sum = 0, m_best = TraceStep::kNone, m_hypervolume = TraceStep::kNone;
    std::set<std::string> m_seen;
    FrontTracker m_front;
};

/// What a monitor shows of a run; grows with it.
struct RunTrace {
    RunInfo info;
    std::vector<std::string> sites;
    std::vector<std::vector<std::string>> candidates;
    std::string slice;             ///< Evaluation::slice
    std::vector<TraceStep> steps;  ///< without the probes
    std::vector<TraceStep> probes;
    std::int64_t fresh = 0, computed = 0;
    bool scored = false;  ///< the algorithm has a figure of its own
    SearchTree tree;      ///< of the scored steps
    /// Mean figure of each candidate of the first site after each of its visits.
    std::vector<std::vector<double>> actions;

    void append(TraceStep step);
};

/// The trace of a stored run. `relativePower` is needed for the reference, `exactMetric` is used when no step tells it.
Result<RunTrace> traceOfRun(const RunInfo& run, const std::vector<RunStep>& steps,
                            std::function<std::optional<double>(const Assignment&)> relativePower, std::optional<double> exactMetric);

/// Spearman's rank correlation of pairs, -1..1; equal values share their mean rank. NaN for fewer than three pairs or when one side is
/// constant.
double rankCorrelation(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace axp
