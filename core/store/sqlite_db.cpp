// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sqlite_db.h"

#include <algorithm>

namespace axp::sqlite {

Error errorFor(int code, const std::string& detail, const std::string& path) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return failure("another program keeps the database locked", path, "Wait until it has finished, or end it, and try again.");
    case SQLITE_FULL:
        return failure("the disk is full; the last result could not be stored, everything before it is kept", path,
                       "Free some space and start the same command again.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return failure("the database can only be read, not written", path,
                       "Make the file and its folder writable, or copy them to a place that is.");
    case SQLITE_CORRUPT:
        return failure("the database is damaged or cut off", path,
                       "Restore a copy of it, or move it away: a new one is made and results are computed again.");
    case SQLITE_NOTADB:
        return badInput("this is not an Axplorer database", path, "Choose another name, or move the file away.");
    case SQLITE_CANTOPEN:
        return failure("the database cannot be opened", path, "Check that the folder exists and that you may read and write there.");
    case SQLITE_IOERR:
        return failure("reading or writing the database failed (" + detail + ')', path, "Check the disk and its free space.");
    case SQLITE_NOMEM: return failure("not enough memory for the database", path, "Close other programs.");
    default: return failure("the database reports: " + detail, path);
    }
}

Statement& Statement::bind(std::int64_t value) {
    check(sqlite3_bind_int64(m_handle.get(), m_next++, value));
    return *this;
}

Statement& Statement::bind(double value) {
    check(sqlite3_bind_double(m_handle.get(), m_next++, value));
    return *this;
}

Statement& Statement::bind(const std::string& value) {
    check(sqlite3_bind_text64(m_handle.get(), m_next++, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bindNull() {
    check(sqlite3_bind_null(m_handle.get(), m_next++));
    return *this;
}

Result<bool> Statement::step() {
    if (m_code != SQLITE_OK) return errorFor(m_code, sqlite3_errstr(m_code), m_database->path());
    const int code = sqlite3_step(m_handle.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    Error error = m_database->lastError();
    // A statement left in the middle would keep its lock.
    sqlite3_reset(m_handle.get());
    return error;
}

void Statement::rewind() {
    sqlite3_reset(m_handle.get());
    m_next = 1;
    m_code = SQLITE_OK;
}

Result<void> Statement::run() {
    AXP_TRY(const bool row, step());
    static_cast<void>(row);
    sqlite3_reset(m_handle.get());
    return {};
}

std::string Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(m_handle.get(), column));
    return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(m_handle.get(), column))) : std::string();
}

Result<Database> Database::open(const std::string& path, const std::string& uri, bool readOnly, int busyMilliseconds) {
    const int access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(uri.c_str(), &handle, access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database;
    database.m_handle.reset(handle);
    database.m_path = path;
    if (code != SQLITE_OK) return errorFor(code, sqlite3_errstr(code), path);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busyMilliseconds);
    return database;
}

Error Database::lastError() const {
    return errorFor(sqlite3_extended_errcode(m_handle.get()), sqlite3_errmsg(m_handle.get()), m_path);
}

Result<Statement> Database::prepare(const std::string& sql) const {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v2(m_handle.get(), sql.c_str(), static_cast<int>(sql.size()), &handle, nullptr);
    if (code != SQLITE_OK) return lastError();
    return Statement(handle, *this);
}

Result<void> Database::execute(const std::string& sql) const {
    if (sqlite3_exec(m_handle.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return lastError();
    return {};
}

Result<std::string> Database::fileHeader(std::size_t bytes) const {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(m_handle.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
        return failure("the database cannot be read", m_path, "Check who may read it.");
    sqlite3_int64 size = 0;
    int code = file->pMethods->xFileSize(file, &size);
    if (code != SQLITE_OK) return errorFor(code, sqlite3_errstr(code), m_path);
    std::string head(std::min<std::size_t>(bytes, static_cast<std::size_t>(size)), '\0');
    code = head.empty() ? SQLITE_OK : file->pMethods->xRead(file, head.data(), static_cast<int>(head.size()), 0);
    if (code != SQLITE_OK) return errorFor(code, sqlite3_errstr(code), m_path);
    return head;
}

Result<std::int64_t> Database::number(const std::string& sql) const {
    AXP_TRY(Statement statement, prepare(sql));
    AXP_TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

Result<Transaction> Transaction::begin(const Database& database) {
    if (database.inTransaction()) return Transaction(nullptr);
    AXP_CHECK(database.execute("BEGIN IMMEDIATE"));
    return Transaction(&database);
}

Transaction::~Transaction() {
    if (m_database) static_cast<void>(m_database->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
    if (!m_database) return {};
    AXP_CHECK(m_database->execute("COMMIT"));
    m_database = nullptr;
    return {};
}

}  // namespace axp::sqlite
