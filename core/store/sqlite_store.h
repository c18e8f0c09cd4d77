// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Inside core/store and its tests only.
#include <memory>
#include <string>
#include <vector>

#include "core/store/schema.h"
#include "core/store/sqlite_db.h"
#include "core/store/store.h"

namespace axp::sqlite {

/// Settings that only tests change.
struct OpenOptions {
    int busyMilliseconds = Store::kLockMilliseconds;  ///< how long another program may keep the lock
    std::int64_t maxPages = 0;      ///< stands in for a full disk (PRAGMA max_page_count); 0: no limit
};

Result<std::unique_ptr<Store>> openStore(const std::string& path, Store::Mode mode, const OpenOptions& options);

class SqliteStore : public Store {
public:
    explicit SqliteStore(Database database) : m_database(std::move(database)) {}

    Result<void> checkWritable(int lockMilliseconds) override;
    Result<std::optional<Evaluation>> find(const std::string& configHash, const std::string& slice, const std::string& metric) override;
    Result<std::int64_t> insert(const Evaluation& evaluation) override;
    Result<std::optional<Outcomes>> outcomes(std::int64_t evaluation) override;
    Result<std::vector<Evaluation>> evaluations(const EvaluationFilter& filter) override;
    Result<std::int64_t> countEvaluations() override;
    Result<std::int64_t> beginRun(const RunInfo& run) override;
    Result<RunInfo> claimRun(std::int64_t run) override;
    Result<void> addStep(std::int64_t run, std::int64_t index, const Evaluation& evaluation, double value) override;
    Result<std::vector<RunStep>> steps(std::int64_t run) override;
    Result<void> setRunState(std::int64_t run, const std::string& state, double seconds) override;
    Result<RunInfo> run(std::int64_t id) override;
    Result<std::vector<RunInfo>> runs() override;
    /// For further readers in this folder (query.cpp).
    const Database& database() const { return m_database; }

private:
    Result<std::vector<RunInfo>> readRuns(const std::string& condition, std::int64_t id);
    Result<std::int64_t> evaluationId(const Evaluation& evaluation);
    Result<void> compareStep(std::int64_t run, std::int64_t index, std::int64_t evaluation);
    Error noSuchRun(std::int64_t run) const;

    Database m_database;
};

/// Columns of `evaluations` in the order that readEvaluation() expects, with the table's alias e.
extern const char* const kEvaluationColumns;
Result<Evaluation> readEvaluation(const Statement& row, const std::string& path);
/// {"site":"acu"} and back.
Result<std::string> assignmentToJson(const Assignment& assignment);
Result<Assignment> assignmentFromJson(const std::string& text, const std::string& where);
/// Now, ISO 8601, UTC, to the second.
std::string timestamp();

}  // namespace axp::sqlite
