// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "core/store/process_id.h"
#include "core/store/sqlite_store.h"

namespace axp::sqlite {

namespace {

// A process of another container cannot be looked up; its runs show signs of life with every step. An evaluation takes longer rarely.
constexpr std::int64_t kSilentSeconds = 15 * 60;

std::string runText(std::int64_t run) { return "run " + std::to_string(run); }

struct Owner {
    ProcessId process;
    std::int64_t seen = 0;
};

bool isGone(const Owner& owner) {
    const Liveness alive = liveness(owner.process);
    if (alive == Liveness::Unknown) return std::time(nullptr) - owner.seen > kSilentSeconds;
    return alive == Liveness::Gone;
}

constexpr const char* kRunColumns =
    "r.id, r.algorithm, r.parameters, r.seed, r.state, r.budget, r.seconds, r.started, "
    "(SELECT CASE WHEN count(s.value) > 0 THEN count(s.value) ELSE count(*) END FROM run_steps s WHERE s.run = r.id), r.host, r.boot, r.pid_space, r.pid, r.pid_start, r.seen";

Owner readOwner(const Statement& row) {
    return {{row.text(9), row.text(10), row.text(11), row.integer(12), row.integer(13)}, row.integer(14)};
}

RunInfo readRun(const Statement& row) {
    RunInfo run;
    run.id = row.integer(0);
    run.algorithm = row.text(1);
    run.parameters = row.text(2);
    run.seed = static_cast<std::uint64_t>(row.integer(3));
    run.state = row.text(4);
    run.budget = row.integer(5);
    run.seconds = row.real(6);
    run.started = row.text(7);
    run.evaluations = row.integer(8);
    if (run.state == "running" && isGone(readOwner(row))) run.state = "interrupted";
    return run;
}

void bindOwner(Statement& statement) {
    const ProcessId self = thisProcess();
    statement.bind(static_cast<std::int64_t>(std::time(nullptr))).bind(self.host).bind(self.boot).bind(self.pidSpace).bind(self.pid).bind(self.start);
}

}  // namespace

Error SqliteStore::noSuchRun(std::int64_t run) const {
    return badInput("there is no " + runText(run) + " in the database", m_database.path(), "The runs are numbered from 1 in the order of their start.");
}

Result<std::int64_t> SqliteStore::beginRun(const RunInfo& run) {
    AXP_TRY(Statement insertion, m_database.prepare(
        "INSERT INTO runs(algorithm, parameters, seed, state, budget, seconds, started, seen, host, boot, pid_space, pid, pid_start) "
        "VALUES(?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"));
    insertion.bind(run.algorithm).bind(run.parameters).bind(static_cast<std::int64_t>(run.seed)).bind(run.budget).bind(run.seconds)
        .bind(run.started.empty() ? timestamp() : run.started);
    bindOwner(insertion);
    AXP_TRY(const bool row, insertion.step());
    if (!row) return failure("the run could not be recorded", m_database.path());
    const std::int64_t id = insertion.integer(0);
    // The statement commits when it has ended, and only then.
    AXP_TRY(const bool more, insertion.step());
    static_cast<void>(more);
    return id;
}

Result<RunInfo> SqliteStore::claimRun(std::int64_t id) {
    AXP_TRY(Transaction transaction, Transaction::begin(m_database));
    AXP_TRY(RunInfo info, run(id));
    if (info.state == "running") {
        AXP_TRY(Statement query, m_database.prepare("SELECT host, pid FROM runs WHERE id = ?"));
        query.bind(id);
        AXP_TRY(const bool row, query.step());
        const std::string owner = row ? "process " + std::to_string(query.integer(1)) + " on " + query.text(0) : "another process";
        return failure(runText(id) + " is being carried out by " + owner, m_database.path(), "Wait for it, or end that process first.");
    }
    AXP_TRY(Statement update, m_database.prepare("UPDATE runs SET state = 'running', seen = ?, host = ?, boot = ?, pid_space = ?, pid = ?, pid_start = ? WHERE id = ?"));
    bindOwner(update);
    update.bind(id);
    AXP_CHECK(update.run());
    AXP_CHECK(transaction.commit());
    return info;
}

Result<void> SqliteStore::addStep(std::int64_t run, std::int64_t index, const Evaluation& evaluation, double value) {
    AXP_TRY(Transaction transaction, Transaction::begin(m_database));
    AXP_TRY(const std::int64_t id, evaluationId(evaluation));
    if (id == 0) return failure("a step leads to an evaluation that is not stored", m_database.path());
    AXP_TRY(const std::string assignment, assignmentToJson(evaluation.assignment));
    AXP_TRY(Statement insertion, m_database.prepare(
        "INSERT INTO run_steps(run, step, evaluation, value, power_relative, assignment) "
        "SELECT r.id, ?, e.id, ?, ?, nullif(?, e.assignment) FROM runs r, evaluations e WHERE r.id = ? AND e.id = ? "
        "ON CONFLICT(run, step) DO NOTHING"));
    insertion.bind(index).bind(std::isnan(value) ? std::nullopt : std::optional<double>(value)).bind(evaluation.powerRelative)
        .bind(assignment).bind(run).bind(id);
    AXP_CHECK(insertion.run());
    if (m_database.changes() == 0) return compareStep(run, index, id);
    AXP_TRY(Statement sign, m_database.prepare("UPDATE runs SET seen = ? WHERE id = ?"));
    AXP_CHECK(sign.bind(static_cast<std::int64_t>(std::time(nullptr))).bind(run).run());
    return transaction.commit();
}

/// The step is there already, or the run is not.
Result<void> SqliteStore::compareStep(std::int64_t run, std::int64_t index, std::int64_t evaluation) {
    AXP_TRY(Statement query, m_database.prepare("SELECT evaluation FROM run_steps WHERE run = ? AND step = ?"));
    query.bind(run).bind(index);
    AXP_TRY(const bool row, query.step());
    if (!row) return noSuchRun(run);
    if (query.integer(0) == evaluation) return {};
    return failure("step " + std::to_string(index) + " of " + runText(run) + " led to another configuration when it was first done",
                   m_database.path(), "Start a new run; the algorithm or its inputs have changed.");
}

Result<std::vector<RunStep>> SqliteStore::steps(std::int64_t run) {
    AXP_TRY(Statement query, m_database.prepare(std::string("SELECT ") + kEvaluationColumns +
        ", s.step, s.value, s.power_relative, s.assignment FROM run_steps s JOIN evaluations e ON e.id = s.evaluation "
        "WHERE s.run = ? ORDER BY s.step"));
    query.bind(run);
    std::vector<RunStep> found;
    for (;;) {
        AXP_TRY(const bool row, query.step());
        if (!row) return found;
        RunStep step;
        AXP_TRY(step.evaluation, readEvaluation(query, m_database.path()));
        step.index = query.integer(15);
        step.value = query.isNull(16) ? std::numeric_limits<double>::quiet_NaN() : query.real(16);
        step.evaluation.powerRelative = query.isNull(17) ? std::nullopt : std::optional<double>(query.real(17));
        if (!query.isNull(18)) {
            AXP_TRY(step.evaluation.assignment, assignmentFromJson(query.text(18), m_database.path() + ", " + runText(run)));
        }
        found.push_back(std::move(step));
    }
}

Result<void> SqliteStore::setRunState(std::int64_t run, const std::string& state, double seconds) {
    const char* const known[] = {"running", "finished", "cancelled", "failed"};
    if (std::find(std::begin(known), std::end(known), state) == std::end(known))
        return failure("\"" + state + "\" is not a state of a run", m_database.path());
    AXP_TRY(Statement update, m_database.prepare("UPDATE runs SET state = ?, seconds = ?, seen = ? WHERE id = ?"));
    update.bind(state).bind(std::isfinite(seconds) ? seconds : 0.0).bind(static_cast<std::int64_t>(std::time(nullptr))).bind(run);
    // This commit syncs the log and with it everything committed before (see prepareForWriting).
    AXP_CHECK(m_database.execute("PRAGMA synchronous = FULL"));
    const auto updated = update.run();
    AXP_CHECK(m_database.execute("PRAGMA synchronous = NORMAL"));
    AXP_CHECK(updated);
    if (m_database.changes() == 0) return noSuchRun(run);
    return {};
}

Result<std::vector<RunInfo>> SqliteStore::readRuns(const std::string& condition, std::int64_t id) {
    AXP_TRY(Statement query, m_database.prepare(std::string("SELECT ") + kRunColumns + " FROM runs r " + condition + " ORDER BY r.id"));
    if (!condition.empty()) query.bind(id);
    std::vector<RunInfo> found;
    for (;;) {
        AXP_TRY(const bool row, query.step());
        if (!row) return found;
        found.push_back(readRun(query));
    }
}

Result<RunInfo> SqliteStore::run(std::int64_t id) {
    AXP_TRY(const std::vector<RunInfo> found, readRuns("WHERE r.id = ?", id));
    if (found.empty()) return noSuchRun(id);
    return found.front();
}

Result<std::vector<RunInfo>> SqliteStore::runs() { return readRuns({}, 0); }

}  // namespace axp::sqlite
