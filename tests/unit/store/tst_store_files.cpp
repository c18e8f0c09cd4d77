// SPDX-License-Identifier: GPL-3.0-or-later
// Hostile, foreign, old, new, locked, full and read-only database files.
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "core/base/files.h"
#include "core/store/sqlite_store.h"
#include "tests/unit/store/store_samples.h"

using namespace axp;
using test::inChild;
using test::sampleEvaluation;

class TestStoreFiles : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string file(const char* name) const { return m_folder->filePath(name).toStdString(); }

    static std::string errorOf(const std::string& path, Store::Mode mode = Store::Mode::ReadWrite) {
        const auto store = Store::open(path, mode);
        return store.ok() ? "opened" : store.error().text();
    }
    static void makeStore(const std::string& path, int rows) {
        auto store = Store::open(path);
        QVERIFY2(store.ok(), store.ok() ? "" : store.error().text().c_str());
        for (int i = 0; i < rows; ++i) QVERIFY(store.value()->insert(sampleEvaluation(i)).ok());
    }
    static void sql(const std::string& path, const std::string& text) {
        sqlite3* handle = nullptr;
        QCOMPARE(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
        QCOMPARE(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(handle);
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void foreignFilesAreRefusedAndLeftAlone() {
        sql(file("other.sqlite"), "CREATE TABLE songs(title); INSERT INTO songs VALUES('x')");
        sql(file("marked.sqlite"), "PRAGMA application_id = 77; CREATE TABLE songs(title)");
        const std::vector<std::tuple<const char*, std::string, const char*>> rows = {
            {"a.png", std::string("\x89PNG\r\n\x1a\n", 8) + std::string(500, '\0'), "a PNG image"},
            {"a.txt", "SQLight is fun\n", "a text file"},
            {"b.txt", "S", "cut off"},
            {"c.bin", std::string(4096, '\0'), "unknown kind"},
            {"short.db", std::string("SQLite format 3\0", 16), "cut off"},
            {"garbage.db", std::string("SQLite format 3\0", 16) + std::string(5000, 'x'), "another program"}};
        for (const auto& [name, content, part] : rows) {
            std::ofstream(file(name), std::ios::binary) << content;
            for (const auto mode : {Store::Mode::ReadWrite, Store::Mode::ReadOnly}) {
                const std::string text = errorOf(file(name), mode);
                QVERIFY2(text.find(part) != std::string::npos && text.find(file(name)) != std::string::npos, text.c_str());
            }
            QCOMPARE(readFile(file(name)).value(), content);
        }
        for (const char* name : {"other.sqlite", "marked.sqlite"}) {
            const std::string before = readFile(file(name)).value(), text = errorOf(file(name));
            QVERIFY2(text.find("another program") != std::string::npos, text.c_str());
            QCOMPARE(readFile(file(name)).value(), before);
            QVERIFY(!std::filesystem::exists(file(name) + "-wal"));
        }
    }

    void placesThatAreNoFiles() {
        QVERIFY(errorOf(m_folder->path().toStdString()).find("a folder") != std::string::npos);
        QVERIFY(errorOf(file("missing/p.db")).find("no folder") != std::string::npos);
        QVERIFY(errorOf("").find("empty") != std::string::npos);
        QVERIFY(errorOf("/dev/null").find("not a regular file") != std::string::npos);
        QVERIFY(errorOf(file("none.db"), Store::Mode::ReadOnly).find("no database yet") != std::string::npos);
        QVERIFY(!std::filesystem::exists(file("none.db")));
        QCOMPARE(errorOf(file("odd ?%23#name.db")), std::string("opened"));
        QVERIFY(std::filesystem::exists(file("odd ?%23#name.db")));
        QVERIFY(errorOf(file("x") + std::string(5000, 'y')).find("cannot be opened") != std::string::npos);
    }

    void emptyFilesAreNewDatabases() {
        std::ofstream(file("empty.db")).close();
        makeStore(file("empty.db"), 1);
        sql(file("blank.db"), "PRAGMA journal_mode=WAL; CREATE TABLE t(x); DROP TABLE t");  // SQLite's, with nothing in it
        makeStore(file("blank.db"), 1);
    }

    void truncatedFilesAreDamaged() {
        makeStore(file("p.db"), 200);
        const std::string whole = readFile(file("p.db")).value();
        QVERIFY(whole.size() > 20000);
        for (const std::size_t size : {std::size_t{150}, std::size_t{4096}, whole.size() / 2, whole.size() - 4096, whole.size() - 1}) {
            std::ofstream(file("cut.db"), std::ios::binary) << whole.substr(0, size);
            const std::string text = errorOf(file("cut.db"));
            QVERIFY2(text.find("damaged or cut off") != std::string::npos, (std::to_string(size) + ": " + text).c_str());
            QCOMPARE(readFile(file("cut.db")).value(), whole.substr(0, size));
        }
    }

    void damageInTheMiddleIsAnError() {
        makeStore(file("p.db"), 200);
        std::string content = readFile(file("p.db")).value();
        for (std::size_t i = 4096; i < content.size(); ++i) content[i] = static_cast<char>(i * 31);
        std::ofstream(file("p.db"), std::ios::binary) << content;
        auto store = Store::open(file("p.db"));
        const auto found = store.ok() ? store.value()->evaluations({}) : Result<std::vector<Evaluation>>(store.error());
        QVERIFY(!found.ok());
        QVERIFY2(found.error().text().find("damaged") != std::string::npos, found.error().text().c_str());
    }

    void oldVersionsAreMigrated() {
        // A file as version 1 left it, made by hand; then a version that adds a column.
        const std::string path = file("v1.db");
        sql(path, std::string(sqlite::migrations()[0].sql) + "PRAGMA application_id = 1096306764; PRAGMA user_version = 1;"
            "INSERT INTO evaluations(config_hash, slice, metric, value, samples, assignment, seconds, backend, strategy, numerics, origin, created)"
            "VALUES('h', 's', 'top1', 0.5, 10, '{\"a\":\"b\"}', 1, 'cpu', 't', 'float', 'evaluate', 'now')");
        QCOMPARE(sqlite::kApplicationId, 1096306764);
        {
            auto store = Store::open(path);
            QVERIFY2(store.ok(), store.ok() ? "" : store.error().text().c_str());
            QCOMPARE(store.value()->find("h", "s", "top1").value()->assignment, (Assignment{{"a", "b"}}));
        }
        auto steps = sqlite::migrations();
        const int newer = sqlite::newestVersion() + 1;
        steps.push_back({newer, "ALTER TABLE evaluations ADD COLUMN tint TEXT NOT NULL DEFAULT 'none'"});
        {
            auto database = sqlite::Database::open(path, "file:" + path, false, 1000);
            QVERIFY(sqlite::migrate(database.value(), steps).ok());
            QVERIFY(sqlite::migrate(database.value(), steps).ok());
            QCOMPARE(database.value().number("PRAGMA user_version").value(), newer);
            QCOMPARE(database.value().number("SELECT count(*) FROM evaluations WHERE tint = 'none'").value(), 1);
        }
        // This program knows one version less.
        const std::string before = readFile(path).value();
        for (const auto mode : {Store::Mode::ReadWrite, Store::Mode::ReadOnly}) {
            const std::string text = errorOf(path, mode);
            const std::string wanted = "newer Axplorer (schema " + std::to_string(newer) + ", this one knows up to " + std::to_string(newer - 1) + ")";
            QVERIFY2(text.find(wanted) != std::string::npos, text.c_str());
        }
        QCOMPARE(readFile(path).value(), before);
    }

    void anOlderVersionThatCanOnlyBeReadIsRead() {
        const std::string path = file("v1.db");
        sql(path, std::string(sqlite::migrations()[0].sql) + "PRAGMA application_id = 1096306764; PRAGMA user_version = 1;"
            "INSERT INTO evaluations(config_hash, slice, metric, value, samples, assignment, seconds, backend, strategy, numerics, origin, created)"
            "VALUES('h', 's', 'top1', 0.5, 10, '{}', 1, 'cpu', 't', 'float', 'evaluate', 'now')");
        const auto store = Store::open(path, Store::Mode::ReadOnly);
        QVERIFY2(store.ok(), store.ok() ? "" : store.error().text().c_str());
        QCOMPARE(store.value()->evaluations({}).value().size(), 1u);
        QVERIFY(!store.value()->outcomes(1).value());
    }

    void aFailedMigrationChangesNothing() {
        const std::string path = file("p.db");
        makeStore(path, 1);
        auto steps = sqlite::migrations();
        steps.push_back({sqlite::newestVersion() + 1, "CREATE TABLE half(x); CREATE TABLE evaluations(y)"});
        auto database = sqlite::Database::open(path, "file:" + path, false, 1000);
        QVERIFY(!sqlite::migrate(database.value(), steps).ok());
        QCOMPARE(database.value().number("PRAGMA user_version").value(), sqlite::newestVersion());
        QCOMPARE(database.value().number("SELECT count(*) FROM sqlite_master WHERE name = 'half'").value(), 0);
    }

    void fullDiskKeepsWhatIsStored() {
        sqlite::OpenOptions options;
        options.maxPages = 30;
        auto store = std::move(sqlite::openStore(file("p.db"), Store::Mode::ReadWrite, options)).value();
        std::int64_t stored = 0;
        std::string text;
        for (int i = 0; i < 2000 && text.empty(); ++i) {
            const auto id = store->insert(sampleEvaluation(i));
            if (id.ok()) ++stored;
            else text = id.error().text();
        }
        QVERIFY2(text.find("disk is full") != std::string::npos, text.c_str());
        QVERIFY(stored > 10);
        QCOMPARE(store->countEvaluations().value(), stored);
        store.reset();
        auto again = std::move(Store::open(file("p.db"))).value();
        QCOMPARE(again->countEvaluations().value(), stored);
        QVERIFY(again->insert(sampleEvaluation(5000)).ok());
    }

    void lockedByAnotherProcess() {
        makeStore(file("p.db"), 1);
        const std::string path = file("p.db");
        // The child holds the lock until the parent closes its end of the second pipe.
        int locked[2], release[2];
        QVERIFY(::pipe(locked) == 0 && ::pipe(release) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(release[1]);
            sqlite3* other = nullptr;
            sqlite3_open(path.c_str(), &other);
            char word = sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK ? 'y' : 'n';
            const bool told = ::write(locked[1], &word, 1) == 1;
            ::_exit(told && ::read(release[0], &word, 1) == 0 ? 0 : 1);
        }
        char word = 0;
        QCOMPARE(::read(locked[0], &word, 1), 1);
        sqlite::OpenOptions options;
        options.busyMilliseconds = 100;
        std::string text = "nothing was refused";
        {
            const auto store = sqlite::openStore(path, Store::Mode::ReadWrite, options);
            if (!store.ok()) text = store.error().text();
            else if (const auto id = store.value()->insert(sampleEvaluation(2)); !id.ok()) text = id.error().text();
        }
        for (const int end : {locked[0], locked[1], release[0], release[1]}) ::close(end);
        int status = -1;
        ::waitpid(child, &status, 0);
        QCOMPARE(word, 'y');
        QCOMPARE(status, 0);
        QVERIFY2(text.find("another program keeps the database locked") != std::string::npos, text.c_str());
        QCOMPARE(errorOf(path), std::string("opened"));
    }

    void readOnlyPlacesOpenForReading() {
        const std::string path = file("p.db");
        makeStore(path, 3);
        const auto asAnybody = [&](const std::function<int()>& body) {
            return inChild([&] {
                // Root may write anywhere; the check needs somebody else.
                if (::geteuid() == 0 && ::seteuid(65534) != 0) return 99;
                return body();
            });
        };
        const auto check = [&] {
            auto refused = Store::open(path);
            if (refused.ok()) return 1;
            if (refused.error().text().find("only be read") == std::string::npos) return 2;
            auto store = Store::open(path, Store::Mode::ReadOnly);
            if (!store.ok()) return 3;
            if (store.value()->countEvaluations().value() != 3) return 4;
            const auto id = store.value()->insert(sampleEvaluation(9));
            return !id.ok() && id.error().text().find("only be read") != std::string::npos ? 0 : 5;
        };
        const std::string folder = m_folder->path().toStdString();
        ::chmod(path.c_str(), 0444);
        ::chmod(folder.c_str(), 0777);
        QCOMPARE(asAnybody(check), 0);
        ::chmod(folder.c_str(), 0555);
        QCOMPARE(asAnybody(check), 0);
        ::chmod(path.c_str(), 0666);
        QCOMPARE(asAnybody(check), 0);
        ::chmod(folder.c_str(), 0755);
        ::chmod(path.c_str(), 0644);
    }

    void readOnlyAfterAKill() {
        // The write-ahead log is still there and holds rows.
        const std::string path = file("p.db");
        QCOMPARE(inChild([&] {
            auto store = Store::open(path);
            for (int i = 0; i < 3; ++i) static_cast<void>(store.value()->insert(sampleEvaluation(i)));
            ::raise(SIGKILL);
            return 0;
        }), -SIGKILL);
        QVERIFY(std::filesystem::file_size(path + "-wal") > 0);
        auto store = Store::open(path, Store::Mode::ReadOnly);
        QCOMPARE(store.value()->countEvaluations().value(), 3);
    }
};

QTEST_GUILESS_MAIN(TestStoreFiles)
#include "tst_store_files.moc"
