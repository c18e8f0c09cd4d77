// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/schema.h"

namespace axp::sqlite {

namespace {

// assignment: JSON object of site: ACU. rmse is NULL when it is not a number (SQLite has no NaN).
// run_steps.assignment is NULL when it is that of the evaluation: names differ only when another ACU has the same table.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE runs(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    algorithm TEXT NOT NULL,
    parameters TEXT NOT NULL,
    seed INTEGER NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('running', 'finished', 'cancelled', 'failed')),
    budget INTEGER NOT NULL,
    seconds REAL NOT NULL,
    started TEXT NOT NULL,
    seen INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    pid_space TEXT NOT NULL,
    pid INTEGER NOT NULL,
    pid_start INTEGER NOT NULL
) STRICT;
CREATE TABLE evaluations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    config_hash TEXT NOT NULL,
    slice TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL NOT NULL,
    samples INTEGER NOT NULL,
    assignment TEXT NOT NULL,
    rmse REAL,
    power_relative REAL,
    seconds REAL NOT NULL,
    backend TEXT NOT NULL,
    strategy TEXT NOT NULL,
    numerics TEXT NOT NULL,
    origin TEXT NOT NULL,
    run INTEGER REFERENCES runs(id),
    created TEXT NOT NULL,
    UNIQUE(config_hash, slice, metric)
) STRICT;
CREATE INDEX evaluations_run ON evaluations(run);
CREATE TABLE run_steps(
    run INTEGER NOT NULL REFERENCES runs(id),
    step INTEGER NOT NULL,
    evaluation INTEGER NOT NULL REFERENCES evaluations(id),
    value REAL,
    power_relative REAL,
    assignment TEXT,
    PRIMARY KEY(run, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_steps_evaluation ON run_steps(evaluation);
)sql";

// right: outcomesText(). A table of its own, because it is long for large slices and rarely read.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE outcomes(
    evaluation INTEGER PRIMARY KEY REFERENCES evaluations(id),
    right TEXT NOT NULL
) STRICT;
)sql";

// What people write about evaluations (annotations.h).
constexpr const char* kVersion3 = R"sql(
CREATE TABLE annotations(
    evaluation INTEGER PRIMARY KEY REFERENCES evaluations(id),
    note TEXT NOT NULL,
    tags TEXT NOT NULL,
    hidden INTEGER NOT NULL CHECK(hidden IN (0, 1))
) STRICT;
)sql";

Result<std::int64_t> version(const Database& database) { return database.number("PRAGMA user_version"); }

Error tooNew(const Database& database, std::int64_t found, std::int64_t known) {
    return badInput("the database was written by a newer Axplorer (schema " + std::to_string(found) + ", this one knows up to " +
                    std::to_string(known) + ')', database.path(), "Update Axplorer, or use another project folder.");
}

}  // namespace

const std::vector<Migration>& migrations() {
    static const std::vector<Migration> all = {
        {1, kVersion1},
        {2, kVersion2},
        {3, kVersion3},
    };
    return all;
}

int newestVersion() { return migrations().back().version; }

Result<void> migrate(const Database& database, const std::vector<Migration>& steps) {
    AXP_TRY(const std::int64_t first, version(database));
    if (first > steps.back().version) return tooNew(database, first, steps.back().version);
    if (first == steps.back().version) return {};
    for (const Migration& step : steps) {
        // Another process may be doing the same; the lock of the transaction decides who does it.
        AXP_TRY(Transaction transaction, Transaction::begin(database));
        AXP_TRY(const std::int64_t now, version(database));
        if (now > steps.back().version) return tooNew(database, now, steps.back().version);
        if (now >= step.version) continue;
        AXP_CHECK(database.execute(step.sql));
        AXP_CHECK(database.execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
        AXP_CHECK(database.execute("PRAGMA user_version = " + std::to_string(step.version)));
        AXP_CHECK(transaction.commit());
    }
    return {};
}

Result<void> checkVersion(const Database& database) {
    AXP_TRY(const std::int64_t found, version(database));
    if (found > newestVersion()) return tooNew(database, found, newestVersion());
    return {};
}

}  // namespace axp::sqlite
