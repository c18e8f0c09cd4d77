// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/search_feed.h"

#include <algorithm>
#include <iterator>

namespace axp::ui {
namespace {

/// Moves the first `count` elements out.
template <class T>
std::vector<T> takeFront(std::vector<T>& from, std::size_t count) {
    if (from.size() <= count) return std::exchange(from, {});
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
    from.erase(from.begin(), end);
    return taken;
}

}  // namespace

template <class Change>
void SearchFeed::change(const Change& make) {
    bool wake = false;
    {
        const std::lock_guard lock(m_mutex);
        make(m_batch);
        wake = !std::exchange(m_awake, true);
    }
    if (wake) m_wake();
}

SearchFeed::Batch SearchFeed::take(std::size_t limit, bool& more) {
    const std::lock_guard lock(m_mutex);
    Batch taken;
    taken.ranges = std::exchange(m_batch.ranges, std::nullopt);
    taken.begun = std::exchange(m_batch.begun, std::nullopt);
    taken.steps = takeFront(m_batch.steps, limit);
    taken.evaluations = takeFront(m_batch.evaluations, limit);
    more = !m_batch.empty();
    m_awake = more;
    return taken;
}

void SearchFeed::onStep(const SearchStep& step, TraceBuilder& builder, const SearchProblem& problem, Store& store) {
    std::optional<RunTrace> begun;
    if (!std::exchange(m_begun, true)) {
        begun.emplace();
        begun->info.id = step.run;
        if (auto info = store.run(step.run); info.ok()) begun->info = std::move(info).value();
        begun->sites = problem.sites;
        begun->candidates = problem.candidates;
        begun->slice = step.evaluation.slice;
    }
    TraceStep traced = builder.add(step.evaluation, step.value, step.probe, step.evaluation.run == step.run);
    // What was known before the search may be unknown to the window (another program found it), so all that was not taken over is sent.
    QString key;
    if (!step.replayed && (traced.fresh || step.probe))
        key = Workspace::designKey(step.evaluation.assignment, QString::fromStdString(step.evaluation.slice), m_engine->graph());
    change([&](Batch& batch) {
        if (begun) batch.begun = std::move(begun);
        batch.steps.push_back(std::move(traced));
        if (!key.isEmpty()) batch.evaluations.emplace_back(key, step.evaluation);
    });
}

Result<SearchResult> SearchFeed::run(const MakeProblem& makeProblem, const MakeRequest& makeRequest, const JobContext& job) {
    m_begun = false;
    if (!m_engine->calibrated()) {
        AXP_CHECK(m_engine->calibrate(job));
        change([this](Batch& batch) { batch.ranges = m_engine->project().ranges; });
    }
    AXP_TRY(Store* const store, m_engine->store());
    AXP_TRY(Evaluator* const evaluator, m_engine->evaluator());
    AXP_TRY(const SearchProblem problem, makeProblem(*m_engine, *evaluator, *store));
    AXP_CHECK(checkProblem(problem));
    AXP_TRY(SearchRequest request, makeRequest(*store));
    StoredEvaluator memo(*evaluator, *store, "search");
    AXP_TRY(const Evaluation exact, memo.evaluate({}, problem.slice, job));
    change([&](Batch& batch) {
        batch.evaluations.emplace_back(Workspace::designKey({}, QString::fromStdString(exact.slice), m_engine->graph()), exact);
    });
    TraceBuilder builder(problem.sites, problem.candidates, hypervolumeReference(problem, exact.metric, exact.metricName));
    request.onStep = [&](const SearchStep& step) { onStep(step, builder, problem, *store); };
    return runSearch(problem, request, *store, job);
}

}  // namespace axp::ui
