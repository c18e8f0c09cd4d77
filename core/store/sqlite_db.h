// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Inside core/store only: a thin layer over sqlite3 that turns every failure into an Error.
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"

namespace axp::sqlite {

/// The sentence for a result code of SQLite, with the remedy.
Error errorFor(int code, const std::string& detail, const std::string& path);

class Database;

/// A prepared statement. Parameters are bound in order; columns are read by position.
class Statement {
public:
    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind(const std::string& value);
    Statement& bindNull();
    template <class T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bindNull();
    }

    /// True: a row is there; false: the end.
    Result<bool> step();
    /// Back to the start, for new parameters. Lets go of the lock, too.
    void rewind();
    /// Runs a statement that gives no rows.
    Result<void> run();

    std::int64_t integer(int column) const { return sqlite3_column_int64(m_handle.get(), column); }
    double real(int column) const { return sqlite3_column_double(m_handle.get(), column); }
    bool isNull(int column) const { return sqlite3_column_type(m_handle.get(), column) == SQLITE_NULL; }
    std::string text(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    Statement(sqlite3_stmt* handle, const Database& database) : m_handle(handle), m_database(&database) {}
    void check(int code) {
        if (m_code == SQLITE_OK) m_code = code;
    }

    std::unique_ptr<sqlite3_stmt, Finalize> m_handle;
    const Database* m_database;
    int m_next = 1;
    int m_code = SQLITE_OK;  ///< first failure of a bind
};

class Database {
public:
    static Result<Database> open(const std::string& path, const std::string& uri, bool readOnly, int busyMilliseconds);
    Result<Statement> prepare(const std::string& sql) const;
    Result<void> execute(const std::string& sql) const;
    /// Up to `bytes` first bytes of the file as they stand on the disk, through SQLite's own file handle, without a lock.
    Result<std::string> fileHeader(std::size_t bytes) const;
    /// Opened for reading only, also when SQLite fell back to that because writing is not allowed.
    bool isReadOnly() const { return sqlite3_db_readonly(m_handle.get(), "main") == 1; }
    /// The first column of the first row of a query, as a number; 0 without a row.
    Result<std::int64_t> number(const std::string& sql) const;
    /// How long a statement waits for another connection's lock.
    void setBusyTimeout(int milliseconds) const { sqlite3_busy_timeout(m_handle.get(), milliseconds); }
    Error lastError() const;
    std::int64_t changes() const { return sqlite3_changes(m_handle.get()); }
    const std::string& path() const { return m_path; }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    std::unique_ptr<sqlite3, Close> m_handle;
    std::string m_path;
};

/// BEGIN IMMEDIATE now, ROLLBACK when destroyed without commit().
class Transaction {
public:
    static Result<Transaction> begin(const Database& database);
    Transaction(Transaction&& other) noexcept : m_database(other.m_database) { other.m_database = nullptr; }
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

private:
    explicit Transaction(const Database& database) : m_database(&database) {}
    const Database* m_database;
};

}  // namespace axp::sqlite
