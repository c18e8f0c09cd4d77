// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/query.h"

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "core/store/sqlite_store.h"

namespace axp {

namespace {

using sqlite::Database;
using sqlite::Statement;

/// Expression of a column. Numbers that may be missing sort last; see orderOf().
const char* expressionOf(ResultColumn column) {
    switch (column) {
    case ResultColumn::Id: return "e.id";
    case ResultColumn::Metric: return "e.value";
    case ResultColumn::Power: return "e.power_relative";
    case ResultColumn::Rmse: return "e.rmse";
    case ResultColumn::Samples: return "e.samples";
    case ResultColumn::Slice: return "e.slice";
    case ResultColumn::Assignment: return "e.assignment";
    case ResultColumn::Strategy: return "e.strategy";
    case ResultColumn::Seconds: return "e.seconds";
    case ResultColumn::Origin: return "e.origin";
    case ResultColumn::Run: return "e.run";
    case ResultColumn::Created: return "e.created";
    // Rows without the text come last, as those without a figure do.
    case ResultColumn::Tags: return "(SELECT nullif(tags, '') FROM annotations WHERE evaluation = e.id)";
    case ResultColumn::Note: return "(SELECT nullif(note, '') FROM annotations WHERE evaluation = e.id)";
    }
    return "e.id";
}

bool isAnnotation(ResultColumn column) { return column == ResultColumn::Tags || column == ResultColumn::Note; }

std::string orderOf(const ResultQuery& query, bool annotated) {
    if (query.sort == ResultColumn::Id || (isAnnotation(query.sort) && !annotated)) return query.descending ? " ORDER BY e.id DESC" : " ORDER BY e.id";
    return std::string(" ORDER BY ") + expressionOf(query.sort) + (query.descending ? " DESC" : "") + " NULLS LAST, e.id";
}

/// A pattern for LIKE with ESCAPE '\' that finds `text` anywhere.
std::string containing(const std::string& text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

/// How a word of the filter occurs in the stored assignment, {"SITE":"ACU",...}: SITE=ACU is written SITE":"ACU there.
std::string asStored(std::string word) {
    const auto equals = word.find('=');
    // An ACU name may have '=' too ("trunc:bits=8"), a site has none; the first one is then inside the name, after a colon.
    if (equals == std::string::npos || word.find(':') < equals) return word;
    return word.replace(equals, 1, "\":\"");
}

std::vector<std::string> wordsOf(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

/// The WHERE clause of a query, and its parameters in the same order.
class Condition {
public:
    /// `annotated`: the database has the table of annotations.
    Condition(const ResultQuery& query, bool annotated) {
        for (const std::string& word : wordsOf(query.text)) {
            m_sql += " AND (e.assignment LIKE ? ESCAPE '\\' OR e.slice LIKE ? ESCAPE '\\' OR e.strategy LIKE ? ESCAPE '\\'"
                     " OR e.origin LIKE ? ESCAPE '\\'";
            m_texts.push_back(containing(asStored(word)));
            m_texts.insert(m_texts.end(), 3, containing(word));
            if (annotated) {
                m_sql += " OR e.id IN (SELECT evaluation FROM annotations WHERE note LIKE ? ESCAPE '\\' OR tags LIKE ? ESCAPE '\\')";
                m_texts.insert(m_texts.end(), 2, containing(word));
            }
            m_sql += ')';
        }
        if (annotated && !query.withHidden) m_sql += " AND e.id NOT IN (SELECT evaluation FROM annotations WHERE hidden)";
        for (const auto& [column, value] : {std::pair("slice", query.slice), std::pair("origin", query.origin)}) {
            if (!value) continue;
            m_sql += std::string(" AND e.") + column + " = ?";
            m_texts.push_back(*value);
        }
        if (query.run) {
            m_sql += " AND (e.run = ? OR e.id IN (SELECT evaluation FROM run_steps WHERE run = ?))";
            m_run = query.run;
        }
        restrict("e.value", query.metric);
        restrict("e.power_relative", query.power);
        restrict("e.rmse", query.rmse);
    }

    Result<Statement> prepare(const Database& database, const std::string& selected, const std::string& rest) const {
        AXP_TRY(Statement statement, database.prepare("SELECT " + selected + " FROM evaluations e WHERE 1" + m_sql + rest));
        for (const std::string& text : m_texts) statement.bind(text);
        if (m_run) statement.bind(*m_run).bind(*m_run);
        for (const double number : m_numbers) statement.bind(number);
        return statement;
    }

private:
    void restrict(const std::string& column, const ResultRange& range) {
        for (const auto& [comparison, limit] : {std::pair(" >= ?", range.min), std::pair(" <= ?", range.max)}) {
            if (!limit) continue;
            m_sql += " AND " + column + comparison;
            m_numbers.push_back(*limit);
        }
    }

    std::string m_sql;
    std::vector<std::string> m_texts;
    std::optional<std::int64_t> m_run;
    std::vector<double> m_numbers;
};

constexpr std::size_t kParameters = 500;  // bound at a time; SQLite's own limit is 32,766

/// "(?, ?, ?)"
std::string placeholders(std::size_t count) {
    std::string text = "(";
    for (std::size_t i = 0; i < count; ++i) text += i ? ", ?" : "?";
    return text + ')';
}

/// Runs `sql` + "(?, ...)" for all keys in portions and hands each row to `take`.
template <class Key, class Take>
Result<void> inPortions(const Database& database, const std::string& sql, const std::vector<Key>& keys, const Take& take) {
    for (std::size_t first = 0; first < keys.size(); first += kParameters) {
        const std::size_t count = std::min(kParameters, keys.size() - first);
        AXP_TRY(Statement statement, database.prepare(sql + placeholders(count)));
        for (std::size_t i = 0; i < count; ++i) statement.bind(keys[first + i]);
        for (;;) {
            AXP_TRY(const bool row, statement.step());
            if (!row) break;
            AXP_CHECK(take(statement));
        }
    }
    return {};
}

class SqliteReader : public ResultReader {
public:
    explicit SqliteReader(std::unique_ptr<Store> store)
        : m_store(std::move(store)), m_database(static_cast<sqlite::SqliteStore&>(*m_store).database()) {}

    Result<std::int64_t> count(const ResultQuery& query) override {
        AXP_TRY(const bool with, annotated());
        AXP_TRY(Statement statement, Condition(query, with).prepare(m_database, "count(*)", {}));
        AXP_CHECK(statement.step());
        return statement.integer(0);
    }

    Result<std::vector<std::int64_t>> ids(const ResultQuery& query, std::int64_t offset, std::int64_t limit) override {
        AXP_TRY(const bool with, annotated());
        std::string rest = orderOf(query, with);
        if (limit > 0 || offset > 0)
            rest += " LIMIT " + std::to_string(limit > 0 ? limit : -1) + " OFFSET " + std::to_string(std::max<std::int64_t>(0, offset));
        AXP_TRY(Statement statement, Condition(query, with).prepare(m_database, "e.id", rest));
        std::vector<std::int64_t> found;
        for (;;) {
            AXP_TRY(const bool row, statement.step());
            if (!row) return found;
            found.push_back(statement.integer(0));
        }
    }

    Result<std::vector<ResultRow>> rows(const std::vector<std::int64_t>& ids) override {
        AXP_TRY(const bool with, annotated());
        AXP_TRY(Statement statement, m_database.prepare(std::string("SELECT ") + sqlite::kEvaluationColumns + ", e.created" +
                                                        (with ? ", a.note, a.tags, a.hidden FROM evaluations e LEFT JOIN annotations a ON a.evaluation = e.id"
                                                              : " FROM evaluations e") + " WHERE e.id = ?"));
        std::vector<ResultRow> found;
        found.reserve(ids.size());
        for (const std::int64_t id : ids) {
            statement.rewind();
            statement.bind(id);
            AXP_TRY(const bool row, statement.step());
            if (!row) continue;
            AXP_TRY(Evaluation evaluation, sqlite::readEvaluation(statement, m_database.path()));
            Annotation annotation;
            if (with && !statement.isNull(16)) annotation = {statement.text(16), statement.text(17), statement.integer(18) != 0};
            found.push_back({std::move(evaluation), statement.text(15), std::move(annotation)});
        }
        return found;
    }

    Result<std::vector<std::int64_t>> idsOf(const std::vector<std::string>& configHashes) override {
        std::vector<std::int64_t> found;
        AXP_CHECK(inPortions(m_database, "SELECT id FROM evaluations WHERE config_hash IN ", configHashes,
                             [&](const Statement& row) -> Result<void> {
                                 found.push_back(row.integer(0));
                                 return {};
                             }));
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

    Result<std::vector<std::string>> hashesOf(const std::vector<std::int64_t>& ids) override {
        AXP_TRY(Statement statement, m_database.prepare("SELECT config_hash FROM evaluations WHERE id = ?"));
        std::vector<std::string> found;
        std::unordered_set<std::string> seen;
        for (const std::int64_t id : ids) {
            statement.rewind();
            statement.bind(id);
            AXP_TRY(const bool row, statement.step());
            if (row && seen.insert(statement.text(0)).second) found.push_back(statement.text(0));
        }
        return found;
    }

    Result<std::vector<Evaluation>> probes() override {
        // {} or {"SITE":"ACU"}: neither has a comma between two pairs. Names may hold commas, never quotes around them.
        AXP_TRY(Statement statement, m_database.prepare(std::string("SELECT ") + sqlite::kEvaluationColumns +
                                                        " FROM evaluations e WHERE e.assignment NOT LIKE '%\",\"%' ORDER BY e.id"));
        std::vector<Evaluation> found;
        for (;;) {
            AXP_TRY(const bool row, statement.step());
            if (!row) return found;
            AXP_TRY(Evaluation evaluation, sqlite::readEvaluation(statement, m_database.path()));
            if (evaluation.assignment.size() <= 1) found.push_back(std::move(evaluation));
        }
    }

    Result<std::vector<Annotation>> annotations(const std::vector<std::int64_t>& ids) override {
        std::vector<Annotation> found(ids.size());
        AXP_TRY(const bool with, annotated());
        if (!with) return found;
        AXP_TRY(Statement statement, m_database.prepare("SELECT note, tags, hidden FROM annotations WHERE evaluation = ?"));
        for (std::size_t i = 0; i < ids.size(); ++i) {
            statement.rewind();
            statement.bind(ids[i]);
            AXP_TRY(const bool row, statement.step());
            if (row) found[i] = {statement.text(0), statement.text(1), statement.integer(2) != 0};
        }
        return found;
    }

    Result<std::vector<std::int64_t>> hiddenIds() override {
        std::vector<std::int64_t> found;
        AXP_TRY(const bool with, annotated());
        if (!with) return found;
        AXP_TRY(Statement statement, m_database.prepare("SELECT evaluation FROM annotations WHERE hidden <> 0 ORDER BY evaluation"));
        for (;;) {
            AXP_TRY(const bool row, statement.step());
            if (!row) return found;
            found.push_back(statement.integer(0));
        }
    }

    Result<std::vector<std::string>> slices() override {
        AXP_TRY(Statement statement, m_database.prepare("SELECT DISTINCT slice FROM evaluations ORDER BY slice"));
        std::vector<std::string> found;
        for (;;) {
            AXP_TRY(const bool row, statement.step());
            if (!row) return found;
            found.push_back(statement.text(0));
        }
    }

    Result<std::int64_t> newestId() override { return m_database.number("SELECT max(id) FROM evaluations"); }

private:
    /// A database of an older version that can only be read has no annotations; another connection may bring it up to date meanwhile.
    Result<bool> annotated() {
        AXP_TRY(const std::int64_t version, m_database.number("PRAGMA user_version"));
        return version >= 3;
    }

    std::unique_ptr<Store> m_store;
    const Database& m_database;
};

}  // namespace

Result<std::unique_ptr<ResultReader>> ResultReader::open(const std::string& path, int lockMilliseconds) {
    AXP_TRY(std::unique_ptr<Store> store, sqlite::openStore(path, Store::Mode::ReadOnly, {lockMilliseconds, 0}));
    return std::unique_ptr<ResultReader>(std::make_unique<SqliteReader>(std::move(store)));
}

}  // namespace axp
