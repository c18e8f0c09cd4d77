// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sqlite_store.h"

#include <chrono>
#include <cmath>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>
#include <unistd.h>

#include "core/store/recognise.h"

namespace axp {

Result<std::unique_ptr<Store>> Store::open(const std::string& path, Mode mode, int lockMilliseconds) {
    AXP_TRY(auto store, sqlite::openStore(path, mode, {lockMilliseconds, 0}));
    if (lockMilliseconds != kLockMilliseconds)
        static_cast<const sqlite::SqliteStore&>(*store).database().setBusyTimeout(kLockMilliseconds);
    return store;
}

namespace sqlite {

namespace {

/// "file:" URI of a path; '?', '#' and '%' have a meaning there.
std::string uriOf(const std::string& path, bool immutable) {
    std::error_code ignored;
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(path, ignored).string()) {
        if (c == '?') uri += "%3f";
        else if (c == '#') uri += "%23";
        else if (c == '%') uri += "%25";
        else uri += c;
    }
    return immutable ? uri + "?immutable=1" : uri;
}

std::string folderOf(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
}

bool folderIsWritable(const std::string& path) {
    return ::faccessat(AT_FDCWD, folderOf(path).c_str(), W_OK, AT_EACCESS) == 0;
}

/// A write-ahead log or a rollback journal with something in it.
bool hasLog(const std::string& path) {
    std::error_code noLog, noJournal;
    const auto log = std::filesystem::file_size(path + "-wal", noLog);
    const auto journal = std::filesystem::file_size(path + "-journal", noJournal);
    return (!noLog && log > 0) || (!noJournal && journal > 0);
}

/// SQLite cannot read a WAL database in a folder where it may not create its helper files, unless told that nobody writes; that is so
/// when there is no write-ahead log.
bool nobodyCanWrite(const std::string& path) { return !folderIsWritable(path) && !hasLog(path); }

/// SQLite takes a last page that is cut for one that ends in zeros. With a log at hand a page may be on its way.
Result<void> refuseCutPage(const std::string& head, const std::string& path) {
    const auto high = static_cast<unsigned char>(head[16]), low = static_cast<unsigned char>(head[17]);
    const std::uintmax_t page = high == 0 && low == 1 ? 65536 : high * 256u + low;
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    if (!code && page >= 512 && size % page != 0 && !hasLog(path)) return errorFor(SQLITE_CORRUPT, {}, path);
    return {};
}

/// Without our mark only a database without anything in it is taken; it is what a kill right at its creation leaves.
Result<void> refuseForeign(const Database& database, bool marked) {
    if (marked) return {};
    AXP_TRY(const std::int64_t objects, database.number("SELECT count(*) FROM sqlite_master"));
    if (objects > 0) return foreignFile(database.path(), "the database of another program");
    return {};
}

/// Switching needs a moment in which nobody else has the database open for the first time; SQLite does not wait for it by itself.
Result<void> switchToWal(const Database& database, int milliseconds) {
    for (int waited = 0;; waited += 20) {
        const auto switched = database.execute("PRAGMA journal_mode = WAL");
        if (switched.ok() || waited >= milliseconds) return switched;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

Result<void> prepareForWriting(const Database& database, const OpenOptions& options) {
    // Before the switch to WAL: so the mark stands in the file itself from the first commit on.
    AXP_CHECK(migrate(database));
    AXP_CHECK(switchToWal(database, options.busyMilliseconds));
    // NORMAL: what is committed outlives the process however it ends; only a power cut can take back the last commits, never in the
    // middle. FULL would sync at each of the two commits of an evaluation, which cost as much as a small evaluation (8 ms each were
    // estimated on a busy machine). setRunState(), which searches call every two seconds, syncs everything before it.
    AXP_CHECK(database.execute("PRAGMA synchronous = NORMAL"));
    AXP_CHECK(database.execute("PRAGMA foreign_keys = ON"));
    if (options.maxPages > 0) AXP_CHECK(database.execute("PRAGMA max_page_count = " + std::to_string(options.maxPages)));
    return {};
}

}  // namespace

Result<std::unique_ptr<Store>> openStore(const std::string& path, Store::Mode mode, const OpenOptions& options) {
    const bool readOnly = mode == Store::Mode::ReadOnly;
    AXP_TRY(const Place place, examinePlace(path));
    if (readOnly && place != Place::Occupied)
        return badInput("there is no database yet", path, "Evaluate something first; that creates it.");
    AXP_TRY(Database database, Database::open(path, uriOf(path, readOnly && nobodyCanWrite(path)), readOnly, options.busyMilliseconds));
    bool marked = false;
    if (place == Place::Occupied) {
        AXP_TRY(const std::string head, database.fileHeader(kHeaderBytes));
        AXP_TRY(marked, recognise(head, path));
        AXP_CHECK(refuseCutPage(head, path));
    }
    if (!readOnly && (database.isReadOnly() || !folderIsWritable(path)))
        return errorFor(SQLITE_READONLY, {}, path);
    AXP_CHECK(refuseForeign(database, marked || place != Place::Occupied));
    AXP_CHECK(readOnly ? checkVersion(database) : prepareForWriting(database, options));
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(database)));
}

Result<void> SqliteStore::checkWritable(int lockMilliseconds) {
    if (m_database.isReadOnly() || !folderIsWritable(m_database.path())) return errorFor(SQLITE_READONLY, {}, m_database.path());
    m_database.setBusyTimeout(lockMilliseconds);
    const auto transaction = Transaction::begin(m_database);  // takes the lock of a writer, and gives it back without a change
    m_database.setBusyTimeout(Store::kLockMilliseconds);
    return transaction.ok() ? Result<void>() : Result<void>(transaction.error());
}

const char* const kEvaluationColumns =
    "e.id, e.config_hash, e.slice, e.metric, e.value, e.samples, e.assignment, e.rmse, e.power_relative, e.seconds, e.backend, "
    "e.strategy, e.numerics, e.origin, e.run";

Result<Evaluation> readEvaluation(const Statement& row, const std::string& path) {
    Evaluation evaluation;
    evaluation.id = row.integer(0);
    evaluation.configHash = row.text(1);
    evaluation.slice = row.text(2);
    evaluation.metricName = row.text(3);
    evaluation.metric = row.real(4);
    evaluation.samples = row.integer(5);
    AXP_TRY(evaluation.assignment, assignmentFromJson(row.text(6), path + ", evaluation " + std::to_string(evaluation.id)));
    evaluation.rmse = row.isNull(7) ? std::numeric_limits<double>::quiet_NaN() : row.real(7);
    if (!row.isNull(8)) evaluation.powerRelative = row.real(8);
    evaluation.seconds = row.real(9);
    evaluation.backend = row.text(10);
    evaluation.strategy = row.text(11);
    evaluation.numerics = row.text(12);
    evaluation.origin = row.text(13);
    evaluation.run = row.integer(14);
    return evaluation;
}

Result<std::string> assignmentToJson(const Assignment& assignment) {
    try {
        return nlohmann::json(assignment).dump();
    } catch (const std::exception&) {
        return badInput("a name in the assignment is not valid UTF-8 text", {}, "Rename the site or the ACU.");
    }
}

Result<Assignment> assignmentFromJson(const std::string& text, const std::string& where) {
    try {
        return nlohmann::json::parse(text).get<Assignment>();
    } catch (const std::exception&) {
        return failure("the stored assignment is damaged", where, "Restore a copy of the database.");
    }
}

std::string timestamp() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

Result<std::optional<Evaluation>> SqliteStore::find(const std::string& configHash, const std::string& slice, const std::string& metric) {
    AXP_TRY(Statement query, m_database.prepare(std::string("SELECT ") + kEvaluationColumns +
                                                " FROM evaluations e WHERE e.config_hash = ? AND e.slice = ? AND e.metric = ?"));
    query.bind(configHash).bind(slice).bind(metric);
    AXP_TRY(const bool found, query.step());
    if (!found) return std::optional<Evaluation>();
    AXP_TRY(Evaluation evaluation, readEvaluation(query, m_database.path()));
    return std::optional<Evaluation>(std::move(evaluation));
}

Result<std::int64_t> SqliteStore::evaluationId(const Evaluation& evaluation) {
    AXP_TRY(Statement query, m_database.prepare("SELECT id FROM evaluations WHERE config_hash = ? AND slice = ? AND metric = ?"));
    query.bind(evaluation.configHash).bind(evaluation.slice).bind(evaluation.metricName);
    AXP_TRY(const bool found, query.step());
    return found ? query.integer(0) : 0;
}

Result<std::int64_t> SqliteStore::insert(const Evaluation& evaluation) {
    if (evaluation.configHash.empty() || evaluation.slice.empty() || evaluation.metricName.empty())
        return failure("an evaluation without configuration, slice or metric cannot be stored", m_database.path());
    if (!std::isfinite(evaluation.metric))
        return failure("the metric " + evaluation.metricName + " of a configuration is not a number and was not stored", m_database.path());
    AXP_TRY(const std::string assignment, assignmentToJson(evaluation.assignment));
    AXP_TRY(Transaction transaction, Transaction::begin(m_database));
    AXP_TRY(Statement insertion, m_database.prepare(
        "INSERT INTO evaluations(config_hash, slice, metric, value, samples, assignment, rmse, power_relative, seconds, backend, strategy, "
        "numerics, origin, run, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(config_hash, slice, metric) DO NOTHING"));
    insertion.bind(evaluation.configHash).bind(evaluation.slice).bind(evaluation.metricName).bind(evaluation.metric)
        .bind(evaluation.samples).bind(assignment)
        .bind(std::isnan(evaluation.rmse) ? std::nullopt : std::optional<double>(evaluation.rmse))
        .bind(evaluation.powerRelative).bind(evaluation.seconds).bind(evaluation.backend).bind(evaluation.strategy)
        .bind(evaluation.numerics).bind(evaluation.origin)
        .bind(evaluation.run > 0 ? std::optional<std::int64_t>(evaluation.run) : std::nullopt).bind(timestamp());
    AXP_CHECK(insertion.run());
    AXP_TRY(const std::int64_t id, evaluationId(evaluation));
    if (!evaluation.outcomes.empty()) {
        AXP_TRY(Statement addition, m_database.prepare("INSERT INTO outcomes(evaluation, right) VALUES(?, ?) ON CONFLICT(evaluation) DO NOTHING"));
        AXP_CHECK(addition.bind(id).bind(outcomesText(evaluation.outcomes)).run());
    }
    AXP_CHECK(transaction.commit());
    return id;
}

Result<std::optional<Outcomes>> SqliteStore::outcomes(std::int64_t evaluation) {
    // A database that can only be read may be of version 1, which has no such table.
    AXP_TRY(const std::int64_t version, m_database.number("PRAGMA user_version"));
    if (version < 2) return std::optional<Outcomes>();
    AXP_TRY(Statement query, m_database.prepare("SELECT right FROM outcomes WHERE evaluation = ?"));
    AXP_TRY(const bool found, query.bind(evaluation).step());
    return found ? outcomesFromText(query.text(0)) : std::optional<Outcomes>();
}

Result<std::vector<Evaluation>> SqliteStore::evaluations(const EvaluationFilter& filter) {
    std::string sql = std::string("SELECT ") + kEvaluationColumns + " FROM evaluations e WHERE 1";
    if (filter.slice) sql += " AND e.slice = ?";
    if (filter.origin) sql += " AND e.origin = ?";
    if (filter.run) sql += " AND (e.run = ? OR e.id IN (SELECT evaluation FROM run_steps WHERE run = ?))";
    if (filter.afterId) sql += " AND e.id > ?";
    sql += " ORDER BY e.id";
    if (filter.limit > 0) sql += " LIMIT ?";
    AXP_TRY(Statement query, m_database.prepare(sql));
    if (filter.slice) query.bind(*filter.slice);
    if (filter.origin) query.bind(*filter.origin);
    if (filter.run) query.bind(*filter.run).bind(*filter.run);
    if (filter.afterId) query.bind(*filter.afterId);
    if (filter.limit > 0) query.bind(filter.limit);
    std::vector<Evaluation> found;
    for (;;) {
        AXP_TRY(const bool row, query.step());
        if (!row) return found;
        AXP_TRY(Evaluation evaluation, readEvaluation(query, m_database.path()));
        found.push_back(std::move(evaluation));
    }
}

Result<std::int64_t> SqliteStore::countEvaluations() { return m_database.number("SELECT count(*) FROM evaluations"); }

}  // namespace sqlite
}  // namespace axp
