// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/quant/quant.h"
#include "core/store/store.h"
#include "search/run_trace.h"
#include "search/runner.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// Carries a search from the thread that runs it to the window: every step is counted and drawn up there, and collected here by the
/// window in batches. Thread-safe.
class SearchFeed {
public:
    /// What has come since the last take(), in order.
    struct Batch {
        std::optional<Ranges> ranges;   ///< found by calibrating first
        std::optional<RunTrace> begun;  ///< a run without steps, once it has a number
        std::vector<TraceStep> steps;
        /// New designs with their keys (Workspace::designKey).
        std::vector<std::pair<QString, Evaluation>> evaluations;
        bool empty() const { return !ranges && !begun && steps.empty() && evaluations.empty(); }
    };

    /// `wake` is called from the searching thread when something lies ready after a take(); it must return at once.
    SearchFeed(std::shared_ptr<ProjectEngine> engine, std::function<void()> wake) : m_engine(std::move(engine)), m_wake(std::move(wake)) {}

    /// Runs the search here and now: calibrates when that is necessary, and measures the exact design, against which fronts are measured.
    /// `problem` and `request` are made by the callbacks when the engine is ready.
    using MakeProblem = std::function<Result<SearchProblem>(ProjectEngine&, Evaluator&, Store&)>;
    using MakeRequest = std::function<Result<SearchRequest>(Store&)>;
    Result<SearchResult> run(const MakeProblem& makeProblem, const MakeRequest& makeRequest, const JobContext& job);

    /// At most `limit` steps and their designs; the rest stays, and `more` tells so.
    Batch take(std::size_t limit, bool& more);
    const std::shared_ptr<ProjectEngine>& engine() const { return m_engine; }

private:
    void onStep(const SearchStep& step, TraceBuilder& builder, const SearchProblem& problem, Store& store);
    template <class Change>
    void change(const Change& make);

    const std::shared_ptr<ProjectEngine> m_engine;
    const std::function<void()> m_wake;
    std::mutex m_mutex;
    Batch m_batch;
    bool m_awake = false;  ///< wake() was called and nothing taken since
    bool m_begun = false;  ///< used by the searching thread only
};

}  // namespace axp::ui
