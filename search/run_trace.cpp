// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/run_trace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/eval/metrics.h"
#include "search/runner.h"

namespace axp {

TraceBuilder::TraceBuilder(const std::vector<std::string>& sites, std::vector<std::vector<std::string>> candidates,
                           std::optional<ParetoReference> reference)
    : m_sites(sites),
      m_candidates(std::move(candidates)),
      m_reference(reference) {}

Choice TraceBuilder::choiceOf(const Assignment& assignment) const {
    Choice choice(m_sites.size());
    for (std::size_t i = 0; i < m_sites.size(); ++i) {
        const auto found = assignment.find(m_sites[i]);
        const std::string acu = found == assignment.end() ? kExactAcu : found->second;
        const auto candidate = std::find(m_candidates[i].begin(), m_candidates[i].end(), acu);
        if (candidate == m_candidates[i].end()) return {};
        choice[i] = static_cast<int>(candidate - m_candidates[i].begin());
    }
    return choice;
}

TraceStep TraceBuilder::add(const Evaluation& evaluation, double value, bool probe, bool computed) {
    TraceStep step;
    step.index = m_steps++;
    step.value = value;
    step.metric = evaluation.metric;
    step.rmse = evaluation.rmse;
    step.fraction = metricIsFraction(evaluation.metricName);
    step.power = evaluation.powerRelative.value_or(TraceStep::kNone);
    step.probe = probe;
    step.computed = computed;
    if (evaluation.powerRelative && m_front.add({step.power, step.metric, static_cast<std::size_t>(step.index)}) && m_reference)
        m_hypervolume = m_front.hypervolume(*m_reference);
    step.hypervolume = m_hypervolume;
    step.front = static_cast<std::int64_t>(m_front.size());
    step.choice = choiceOf(evaluation.assignment);
    if (probe) return step;
    step.fresh = m_seen.insert(evaluation.configHash).second;
    m_window.push_back(step.figure());
    m_sum += step.figure();
    if (m_window.size() > kTraceWindow) {
        m_sum -= m_window.front();
        m_window.pop_front();
    }
    step.mean = m_sum / static_cast<double>(m_window.size());
    m_best = std::isnan(m_best) ? step.figure() : std::max(m_best, step.figure());
    step.best = m_best;
    return step;
}

void RunTrace::append(TraceStep step) {
    computed += step.computed ? 1 : 0;
    if (step.probe) {
        probes.push_back(std::move(step));
        return;
    }
    fresh += step.fresh ? 1 : 0;
    if (!std::isnan(step.value)) scored = true;
    if (!step.choice.empty()) {
        if (!std::isnan(step.value)) tree.insert(step.choice, step.value);
        const auto action = static_cast<std::size_t>(step.choice.front());
        if (actions.size() <= action) actions.resize(action + 1);
        auto& means = actions[action];
        const double visits = static_cast<double>(means.size());
        means.push_back(means.empty() ? step.figure() : (means.back() * visits + step.figure()) / (visits + 1));
    }
    steps.push_back(std::move(step));
}

Result<RunTrace> traceOfRun(const RunInfo& run, const std::vector<RunStep>& steps,
                            std::function<std::optional<double>(const Assignment&)> relativePower, std::optional<double> exactMetric) {
    AXP_TRY(StoredProblem stored, problemOfRun(run));
    RunTrace trace;
    trace.info = run;
    trace.sites = stored.sites;
    trace.candidates = stored.candidates;
    if (!steps.empty()) trace.slice = steps.front().evaluation.slice;
    // Without a figure anywhere the algorithm has none, and there are no probes to be told apart by its absence.
    const bool scored = std::any_of(steps.begin(), steps.end(), [](const RunStep& step) { return !std::isnan(step.value); });
    for (const RunStep& step : steps)
        if (step.evaluation.assignment.empty()) exactMetric = step.evaluation.metric;
    std::optional<ParetoReference> reference;
    if (exactMetric) {
        SearchProblem problem;
        problem.sites = stored.sites;
        problem.candidates = stored.candidates;
        problem.relativePower = std::move(relativePower);
        reference = hypervolumeReference(problem, *exactMetric, steps.empty() ? "top1" : steps.front().evaluation.metricName);
    }
    TraceBuilder builder(stored.sites, stored.candidates, reference);
    for (const RunStep& step : steps)
        trace.append(builder.add(step.evaluation, step.value, scored && std::isnan(step.value), step.evaluation.run == run.id));
    return trace;
}

namespace {

std::vector<double> ranksOf(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        const double shared = (static_cast<double>(begin) + static_cast<double>(end) - 1) / 2;
        for (; begin < end; ++begin) ranks[order[begin]] = shared;
    }
    return ranks;
}

}  // namespace

double rankCorrelation(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() != y.size() || x.size() < 3) return TraceStep::kNone;
    const std::vector<double> a = ranksOf(x), b = ranksOf(y);
    const double middle = (static_cast<double>(x.size()) - 1) / 2;
    double products = 0, squaresA = 0, squaresB = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        products += (a[i] - middle) * (b[i] - middle);
        squaresA += (a[i] - middle) * (a[i] - middle);
        squaresB += (b[i] - middle) * (b[i] - middle);
    }
    return squaresA > 0 && squaresB > 0 ? products / std::sqrt(squaresA * squaresB) : TraceStep::kNone;
}

}  // namespace axp
