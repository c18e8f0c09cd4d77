// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/annotations.h"

#include "core/store/sqlite_store.h"

namespace axp {

Result<void> annotate(const std::string& databasePath, const std::vector<std::int64_t>& evaluations, const AnnotationChange& change) {
    for (const auto* text : {&change.note, &change.tags})
        if (*text && (*text)->size() > kMaxNoteBytes)
            return badInput("the text is longer than " + std::to_string(kMaxNoteBytes) + " bytes", databasePath, "Shorten it.");
    AXP_TRY(const auto store, Store::open(databasePath));
    const sqlite::Database& database = static_cast<sqlite::SqliteStore&>(*store).database();
    AXP_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(database));
    // NULL leaves a field as it is.
    AXP_TRY(sqlite::Statement statement, database.prepare(
        "INSERT INTO annotations(evaluation, note, tags, hidden) SELECT id, coalesce(?1, ''), coalesce(?2, ''), coalesce(?3, 0) "
        "FROM evaluations WHERE id = ?4 "
        "ON CONFLICT(evaluation) DO UPDATE SET note = coalesce(?1, note), tags = coalesce(?2, tags), hidden = coalesce(?3, hidden)"));
    for (const std::int64_t id : evaluations) {
        statement.rewind();
        const auto hidden = change.hidden ? std::optional<std::int64_t>(*change.hidden ? 1 : 0) : std::nullopt;
        AXP_CHECK(statement.bind(change.note).bind(change.tags).bind(hidden).bind(id).run());
    }
    return transaction.commit();
}

}  // namespace axp
