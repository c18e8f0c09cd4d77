// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/run_session.h"

#include <nlohmann/json.hpp>

namespace axp {

namespace {

constexpr double kSaveSeconds = 2;

double secondsSince(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string runText(std::int64_t run) { return "run " + std::to_string(run); }

Error changed(std::int64_t run, const std::string& what) {
    return badInput(runText(run) + " was started with " + what, "search", "Resume it as it was started, or start a new run.");
}

}  // namespace

RunSession::RunSession(const SearchProblem& problem, const Identity& identity, Store& store, const JobContext& job, StepObserver observer)
    : m_problem(problem), m_identity(identity), m_store(store), m_job(job), m_observer(std::move(observer)), m_meter(job, identity.budget),
      m_begin(std::chrono::steady_clock::now()), m_lastSaved(m_begin) {}

RunSession::~RunSession() {
    if (m_run > 0 && !m_ended) static_cast<void>(m_store.setRunState(m_run, "failed", seconds()));
}

Result<std::unique_ptr<RunSession>> RunSession::open(const SearchProblem& problem, const Identity& identity, std::int64_t resume, Store& store,
                                                     const JobContext& job, StepObserver observer) {
    AXP_TRY(const std::string fingerprint, problemFingerprint(problem));
    std::unique_ptr<RunSession> session(new RunSession(problem, identity, store, job, std::move(observer)));
    AXP_CHECK(resume == 0 ? session->begin(fingerprint) : session->takeOver(resume, fingerprint));
    session->m_evaluator.emplace(*problem.evaluator, store, identity.origin, session->m_run);
    return session;
}

Result<void> RunSession::begin(const std::string& fingerprint) {
    RunInfo info;
    info.algorithm = m_identity.algorithm;
    info.seed = m_identity.seed;
    info.budget = m_identity.budget;
    try {
        const nlohmann::json document = {
            {"format", 1}, {"origin", m_identity.origin}, {"fingerprint", fingerprint}, {"sites", m_problem.sites},
            {"candidates", m_problem.candidates}, {"slice_text", m_problem.evaluator->sliceText(m_problem.slice)},
            {"slice", {{"split", m_problem.slice.split}, {"offset", m_problem.slice.offset}, {"count", m_problem.slice.count}}},
            {"seconds", m_identity.seconds}, {"parameters", nlohmann::json::parse(m_identity.algorithmParameters)}};
        info.parameters = document.dump();
    } catch (const std::exception&) {
        return badInput("a name of a site or ACU is not valid UTF-8 text", "search", "Rename it.");
    }
    AXP_TRY(m_run, m_store.beginRun(info));
    return {};
}

Result<void> RunSession::takeOver(std::int64_t run, const std::string& fingerprint) {
    AXP_TRY(const RunInfo before, m_store.run(run));
    if (before.algorithm != m_identity.algorithm) return changed(run, "the algorithm " + before.algorithm);
    if (before.budget != m_identity.budget) return changed(run, "the budget " + std::to_string(before.budget));
    if (before.seed != m_identity.seed) return changed(run, "the seed " + std::to_string(before.seed));
    try {
        const auto document = nlohmann::json::parse(before.parameters);
        if (document.at("parameters") != nlohmann::json::parse(m_identity.algorithmParameters))
            return changed(run, "the algorithm's parameters " + document.at("parameters").dump());
        if (const double was = document.value("seconds", 0.0); was != m_identity.seconds)
            return changed(run, was > 0 ? "the time limit " + nlohmann::json(was).dump() + " s" : "no time limit");
        if (document.at("fingerprint") != fingerprint)
            return changed(run, "another model, quantization, data slice, set of sites or candidate ACUs");
    } catch (const std::exception&) {
        return failure("the parameters of " + runText(run) + " cannot be read", {}, "Start a new run.");
    }
    AXP_TRY(const RunInfo claimed, m_store.claimRun(run));
    m_run = run;
    m_earlierSeconds = claimed.seconds;
    AXP_TRY(m_recorded, m_store.steps(run));
    for (std::size_t i = 0; i < m_recorded.size(); ++i)
        if (m_recorded[i].index != static_cast<std::int64_t>(i))
            return failure("step " + std::to_string(i) + " of " + runText(run) + " is missing in the database", {}, "Start a new run.");
    return {};
}

double RunSession::seconds() const { return m_earlierSeconds + secondsSince(m_begin); }

Result<Evaluation> RunSession::evaluate(const Assignment& assignment, double work) { return step(assignment, {false, work}); }

// A probe is no part of the total that progress is measured by.
Result<Evaluation> RunSession::probe(const Assignment& assignment) { return step(assignment, {true, 0}); }

Result<Evaluation> RunSession::step(const Assignment& assignment, const Kind& kind) {
    // Time that the run was paused for counts neither for its limit nor for the estimate of what is left.
    if (const double held = m_job.pausePoint(); held > 0) {
        m_begin += std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(held));
        m_meter.skip(0, 0);
    }
    if (m_job.cancelled()) return cancelled();
    return replaying() ? replay(assignment, kind) : measure(assignment, kind);
}

Result<Evaluation> RunSession::replay(const Assignment& assignment, const Kind& kind) {
    Evaluation evaluation = m_recorded[m_done.size()].evaluation;
    AXP_TRY(const std::string hash, m_problem.evaluator->configurationHashOf(assignment));
    if (hash != evaluation.configHash)
        return failure("step " + std::to_string(steps()) + " of " + runText(m_run) + " asked for another configuration when it was first done", {},
                       "Start a new run; the algorithm or a power figure has changed since.");
    evaluation.cached = true;
    evaluation.assignment = assignment;
    // By today's figures, as for the steps that follow.
    if (m_problem.relativePower) evaluation.powerRelative = m_problem.relativePower(assignment);
    m_meter.skip(kind.probe ? 0 : 1, kind.work);
    count(evaluation, kind, valueOf(evaluation, kind), true);
    return evaluation;
}

Result<Evaluation> RunSession::measure(const Assignment& assignment, const Kind& kind) {
    AXP_TRY(Evaluation evaluation, m_evaluator->evaluate(assignment, m_problem.slice, m_job));
    if (m_problem.relativePower) evaluation.powerRelative = m_problem.relativePower(assignment);
    const double value = valueOf(evaluation, kind);
    AXP_CHECK(m_store.addStep(m_run, steps(), evaluation, value));
    if (secondsSince(m_lastSaved) > kSaveSeconds) {
        m_lastSaved = std::chrono::steady_clock::now();
        AXP_CHECK(m_store.setRunState(m_run, "running", seconds()));
    }
    m_computed += evaluation.cached ? 0 : 1;
    count(evaluation, kind, value, false);
    m_meter.advance(kind.probe ? 0 : 1, progressText(), kind.work);
    return evaluation;
}

double RunSession::valueOf(const Evaluation& evaluation, const Kind& kind) const {
    return m_value && !kind.probe ? m_value(evaluation) : std::numeric_limits<double>::quiet_NaN();
}

void RunSession::count(const Evaluation& evaluation, const Kind& kind, double value, bool replayed) {
    if (kind.probe) ++m_probes;
    else m_seen.insert(evaluation.configHash);
    m_done.push_back(evaluation);
    if (m_observer) m_observer({m_run, steps() - 1, evaluation, replayed, value, kind.probe});
}

std::string RunSession::progressText() const {
    std::string text = runText(m_run) + ": " + std::to_string(steps() - m_probes);
    if (m_identity.budget > 0) text += " of " + std::to_string(m_identity.budget);
    text += " evaluations";
    if (m_probes > 0) text += " after " + std::to_string(m_probes) + " probes";
    if (m_identity.seconds > 0) text += ", " + std::to_string(static_cast<std::int64_t>(seconds())) + " s of " +
                                        std::to_string(static_cast<std::int64_t>(m_identity.seconds)) + " s";
    return text;
}

Result<void> RunSession::finish(const Result<void>& outcome) {
    m_ended = true;
    const bool wasCancelled = !outcome.ok() && outcome.error().kind == ErrorKind::Cancelled;
    const auto recorded = m_store.setRunState(m_run, outcome.ok() ? "finished" : wasCancelled ? "cancelled" : "failed", seconds());
    if (wasCancelled)
        return Error{ErrorKind::Cancelled, "cancelled; " + progressText() + " are stored", {}, "Continue with --resume " + std::to_string(m_run)};
    if (!outcome.ok()) return outcome;
    return recorded;
}

}  // namespace axp
