// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/project/storable.h"

using namespace axp;

namespace {

/// Another program with the database open.
class Other {
public:
    explicit Other(const std::string& path) { sqlite3_open(path.c_str(), &m_handle); }
    ~Other() { sqlite3_close(m_handle); }
    bool run(const char* sql) { return sqlite3_exec(m_handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

private:
    sqlite3* m_handle = nullptr;
};

/// Root may write everywhere: as somebody else for a while.
class WithoutPrivileges {
public:
    WithoutPrivileges() { m_root = ::geteuid() == 0 && ::seteuid(65534) == 0; }
    ~WithoutPrivileges() {
        if (m_root && ::seteuid(0) != 0) std::abort();
    }

private:
    bool m_root = false;
};

}  // namespace

class TestStorable : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    Project m_project;

    std::string path(const char* name) { return m_folder->filePath(name).toStdString(); }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_project = {};
        m_project.path = path("p.axp");
        m_project.name = "p";
        m_project.modelPath = "net.onnx";
        QVERIFY(writeFileAtomic(path("net.onnx"), "first").ok());
        m_project.modelHash = sha256File(path("net.onnx")).value();
        m_project.ranges["head"] = {1.0F, std::nullopt};
        QVERIFY(m_project.save().ok());
    }

    void opensAndCreates() {
        std::unique_ptr<Store> store;
        QVERIFY(makeStorable(m_project, store).ok());
        QVERIFY(store);
        QVERIFY(makeStorable(m_project, store).ok());
        QVERIFY(QFile::exists(m_folder->filePath("p.db")));
    }

    void locked_data() {
        QTest::addColumn<QStringList>("statements");
        QTest::addColumn<bool>("openBefore");
        const QStringList exclusive{"BEGIN EXCLUSIVE"};
        const QStringList mode{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "CREATE TABLE other(x)", "COMMIT"};
        QTest::newRow("BEGIN EXCLUSIVE") << exclusive << false;
        QTest::newRow("BEGIN EXCLUSIVE, while we have it open") << exclusive << true;
        QTest::newRow("locking_mode EXCLUSIVE") << mode << false;
    }
    void locked() {
        QFETCH(QStringList, statements);
        QFETCH(bool, openBefore);
        std::unique_ptr<Store> store;
        QVERIFY(makeStorable(m_project, store).ok());
        if (!openBefore) store.reset();
        {
            Other other(path("p.db"));
            for (const QString& statement : statements) QVERIFY2(other.run(qPrintable(statement)), qPrintable(statement));
            const auto begin = std::chrono::steady_clock::now();
            const auto refused = makeStorable(m_project, store);
            QVERIFY(!refused.ok());
            const QString text = QString::fromStdString(refused.error().text());
            QVERIFY2(text.contains("locked") && text.contains("p.db") && text.contains("try again"), qPrintable(text));
            QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
            if (statements == QStringList{"BEGIN EXCLUSIVE"}) QVERIFY(other.run("ROLLBACK"));
        }
        const auto again = makeStorable(m_project, store);
        QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
    }

    void notWritable_data() {
        QTest::addColumn<bool>("folder");
        QTest::newRow("folder") << true;
        QTest::newRow("project file") << false;
    }
    void notWritable() {
        QFETCH(bool, folder);
        QVERIFY(::chmod(m_folder->path().toLocal8Bit().constData(), folder ? 0555 : 0777) == 0);
        QVERIFY(::chmod(m_project.path.c_str(), folder ? 0666 : 0444) == 0);
        {
            const WithoutPrivileges user;
            std::unique_ptr<Store> store;
            const auto refused = makeStorable(m_project, store);
            QVERIFY(!refused.ok());
            const QString text = QString::fromStdString(refused.error().text());
            QVERIFY2(text.contains("can only be read") && text.contains("p.axp"), qPrintable(text));
            QVERIFY(!QFile::exists(m_folder->filePath("p.db")));
        }
        QVERIFY(::chmod(m_folder->path().toLocal8Bit().constData(), 0777) == 0);
        QVERIFY(::chmod(m_project.path.c_str(), 0666) == 0);
        std::unique_ptr<Store> store;
        QVERIFY(makeStorable(m_project, store).ok());
    }

    void noticesAndAcceptsAnotherModel() {
        QVERIFY(!modelChanged(m_project.path));
        QVERIFY(writeFileAtomic(path("net.onnx"), "second").ok());
        QVERIFY(modelChanged(m_project.path));
        QVERIFY(acceptModelChange(m_project.path).ok());
        QVERIFY(!modelChanged(m_project.path));
        const auto loaded = Project::load(m_project.path);
        QVERIFY(loaded.ok());
        QVERIFY((*loaded).ranges.empty());  // they belonged to the other network
        QFile::remove(m_folder->filePath("net.onnx"));
        QVERIFY(!modelChanged(m_project.path));  // a model that is gone is another matter
        QVERIFY(!acceptModelChange(m_project.path).ok());
        QVERIFY(!modelChanged(path("none.axp")));
    }
};

QTEST_GUILESS_MAIN(TestStorable)
#include "tst_storable.moc"
