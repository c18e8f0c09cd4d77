// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/jobs/progress_meter.h"
#include "core/store/store.h"
#include "search/problem.h"

namespace axp {

/// A step as it happens, for live plots.
struct SearchStep {
    std::int64_t run = 0;
    std::int64_t index = 0;
    Evaluation evaluation;
    bool replayed = false;  ///< taken over from before a resume
    /// The algorithm's own figure, its reward; NaN for probes and for algorithms without one.
    double value = std::numeric_limits<double>::quiet_NaN();
    bool probe = false;     ///< measured beforehand, not counted against the budget
};
using StepObserver = std::function<void(const SearchStep&)>;

/// One run in the store, new or resumed; what searches and sweeps share. Steps are asked for in order from 0. Recorded steps are taken over
/// after checking that the same configuration is asked for; the others are evaluated through the store's memo and recorded before they
/// count. Uses the store and the evaluator from one thread.
class RunSession {
public:
    /// Everything that identifies a run; equal in a resume.
    struct Identity {
        std::string algorithm;
        std::string algorithmParameters = "{}";  ///< JSON
        std::uint64_t seed = 0;
        std::int64_t budget = 0;
        double seconds = 0;                      ///< time limit over all sittings; 0: none
        std::string origin;                      ///< Evaluation::origin
    };

    /// `resume` 0 starts a run. The references must outlive the session.
    static Result<std::unique_ptr<RunSession>> open(const SearchProblem& problem, const Identity& identity, std::int64_t resume, Store& store,
                                                    const JobContext& job, StepObserver observer = {});
    /// A session that was not ended (an error in the algorithm) leaves a failed run.
    ~RunSession();
    RunSession(const RunSession&) = delete;
    RunSession& operator=(const RunSession&) = delete;

    std::int64_t run() const { return m_run; }
    /// `work`: what the step costs in the unit of setWork().
    Result<Evaluation> evaluate(const Assignment& assignment, double work = -1);
    /// A step that does not count as an evaluation (SearchHost::probe).
    Result<Evaluation> probe(const Assignment& assignment);
    /// RunStep::value of the following evaluations (SearchHost::setValue).
    void setValue(std::function<double(const Evaluation&)> value) { m_value = std::move(value); }
    void setWork(double total) { m_meter.setWork(total); }
    /// What a configuration measures, by the memo or computed; no step of the run.
    Result<Evaluation> known(const Assignment& assignment) { return m_evaluator->evaluate(assignment, m_problem.slice, m_job); }
    /// Of all steps, probes included.
    const std::vector<Evaluation>& evaluations() const { return m_done; }
    std::int64_t steps() const { return static_cast<std::int64_t>(m_done.size()); }
    std::int64_t probes() const { return m_probes; }
    /// Steps computed in this sitting, probes included; the others were known.
    std::int64_t computed() const { return m_computed; }
    /// Different configurations, without the probes.
    std::int64_t unique() const { return static_cast<std::int64_t>(m_seen.size()); }
    /// Recorded steps of earlier sittings are still being taken over.
    bool replaying() const { return m_done.size() < m_recorded.size(); }
    /// The time limit has passed (all sittings together).
    bool timeIsOver() const { return m_identity.seconds > 0 && seconds() >= m_identity.seconds; }
    /// Of all sittings of the run.
    double seconds() const;
    const JobContext& job() const { return m_job; }

    /// Records how the run ended and passes the outcome on; a cancelled one says how to resume.
    Result<void> finish(const Result<void>& outcome);

private:
    RunSession(const SearchProblem& problem, const Identity& identity, Store& store, const JobContext& job, StepObserver observer);
    Result<void> begin(const std::string& fingerprint);
    Result<void> takeOver(std::int64_t run, const std::string& fingerprint);
    /// What a step is besides its assignment.
    struct Kind {
        bool probe = false;
        double work = -1;
    };
    Result<Evaluation> step(const Assignment& assignment, const Kind& kind);
    Result<Evaluation> replay(const Assignment& assignment, const Kind& kind);
    Result<Evaluation> measure(const Assignment& assignment, const Kind& kind);
    double valueOf(const Evaluation& evaluation, const Kind& kind) const;
    void count(const Evaluation& evaluation, const Kind& kind, double value, bool replayed);
    std::string progressText() const;

    const SearchProblem& m_problem;
    const Identity m_identity;
    Store& m_store;
    const JobContext& m_job;
    StepObserver m_observer;
    ProgressMeter m_meter;
    std::optional<StoredEvaluator> m_evaluator;
    std::int64_t m_run = 0;
    bool m_ended = false;
    std::vector<RunStep> m_recorded;  ///< of earlier sittings
    std::vector<Evaluation> m_done;
    std::set<std::string> m_seen;     ///< configuration hashes
    std::function<double(const Evaluation&)> m_value;
    std::int64_t m_computed = 0, m_probes = 0;
    double m_earlierSeconds = 0;
    std::chrono::steady_clock::time_point m_begin, m_lastSaved;
};

}  // namespace axp
