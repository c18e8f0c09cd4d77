// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are not what their names say: one clear sentence, no crash, nothing damaged.
#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

#include "tests/cli/cli_testing.h"

using namespace axp::testing;

class TestCliHostile : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        const QString problem = makeTinyProject(m_folder.path(), 1);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        EXPECT_CODE(run({"evaluate", m_folder.filePath("tiny.axp"), "--assign", "exact", "--samples", "16"}), 0);
    }

    void models_data() {
        QTest::addColumn<QByteArray>("content");
        const QByteArray model = readAll(m_folder.filePath("tiny.onnx"));
        QVERIFY(model.size() > 1000);
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("PNG") << QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06", 26) + QByteArray(200, 'x');
        QTest::newRow("text") << QByteArray("this is no model\n");
        QTest::newRow("zeros") << QByteArray(4096, '\0');
        QTest::newRow("half") << model.left(model.size() / 2);
        QTest::newRow("one byte less") << model.chopped(1);
        QTest::newRow("header only") << model.left(12);
        QTest::newRow("garbage behind") << model + QByteArray(64, '\xff');
    }

    void models() {
        QFETCH(QByteArray, content);
        const QString file = m_folder.filePath("bad.onnx");
        QVERIFY(writeFile(file, content));
        const Outcome outcome = run({"inspect", file, "--json"});
        EXPECT_CODE(outcome, 2);
        QVERIFY2((outcome.error()["where"].toString() + outcome.error()["what"].toString()).contains("bad.onnx"), outcome.out);
        EXPECT_SCHEMA("error", outcome);
    }

    /// Truncations and flipped bits here and there: an error or a model, never a crash or a hang.
    void damagedModels() {
        const QByteArray model = readAll(m_folder.filePath("tiny.onnx"));
        const QString file = m_folder.filePath("damaged.onnx");
        for (int i = 0; i < 10; ++i) {
            QByteArray damaged = model;
            const qsizetype place = (i * 79199) % model.size();
            if (i % 2) damaged.truncate(place);
            else damaged[place] = static_cast<char>(damaged[place] ^ (1 << (i % 8)));
            QVERIFY(writeFile(file, damaged));
            const Outcome outcome = run({"inspect", file, "--json"});
            QVERIFY2(outcome.code == 0 || outcome.code == 2 || outcome.code == 1, outcome.err);
        }
    }

    void projects_data() {
        QTest::addColumn<QByteArray>("content");
        const QByteArray project = readAll(m_folder.filePath("tiny.axp"));
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("binary") << QByteArray("\x00\x01\x02\xff\xfe{[\"", 8) + QByteArray(500, '\xee');
        QTest::newRow("half") << project.left(project.size() / 2);
        QTest::newRow("array") << QByteArray("[1, 2, 3]");
        QTest::newRow("empty object") << QByteArray("{}");
        QTest::newRow("wrong types") << QByteArray(project).replace("\"model\"", "\"model\": 17, \"was\"");
        QTest::newRow("deep nesting") << QByteArray(200000, '[');
        QTest::newRow("model elsewhere") << QByteArray(project).replace("tiny.onnx", "gone.onnx");
    }

    void projects() {
        QFETCH(QByteArray, content);
        const QString file = m_folder.filePath("bad.axp");
        QVERIFY(writeFile(file, content));
        const Outcome outcome = run({"evaluate", file, "--assign", "exact", "--json"});
        EXPECT_CODE(outcome, 2);
        QVERIFY(!outcome.error()["what"].toString().isEmpty());
        QCOMPARE(readAll(file), content);
        QVERIFY(!QFile::exists(m_folder.filePath("bad.db")));
    }

    void databases_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("text") << QByteArray("my thesis, chapter one\n").repeated(100);
        QTest::newRow("truncated") << readAll(m_folder.filePath("tiny.db")).left(1000);
        QTest::newRow("binary") << QByteArray(5000, '\xa5');
    }

    /// A file that is no database of ours is left as it is.
    void databases() {
        QFETCH(QByteArray, content);
        const QTemporaryDir folder;
        for (const char* name : {"tiny.onnx", "tiny.axp"}) QVERIFY(QFile::copy(m_folder.filePath(name), folder.filePath(name)));
        QVERIFY(writeFile(folder.filePath("tiny.db"), content));
        for (const QStringList& arguments :
             {QStringList{"evaluate", folder.filePath("tiny.axp"), "--assign", "exact", "--samples", "16", "--json"},
              QStringList{"runs", folder.filePath("tiny.axp"), "--json"}}) {
            const Outcome outcome = run(arguments);
            QVERIFY2(outcome.code == 1 || outcome.code == 2, outcome.out);
            QVERIFY2(outcome.error()["where"].toString().contains("tiny.db"), outcome.out);
            QVERIFY2(!outcome.error()["remedy"].toString().isEmpty(), outcome.out);
        }
        QCOMPARE(readAll(folder.filePath("tiny.db")), content);
        EXPECT_CODE(run({"evaluate", folder.filePath("tiny.axp"), "--assign", "exact", "--samples", "16", "--no-store"}), 0);
    }

    void tables_data() {
        QTest::addColumn<QByteArray>("content");
        QVERIFY(run({"acu", "table", "mul8s_1L2H", "--out", m_folder.filePath("good.npy")}).code == 0);
        const QByteArray table = readAll(m_folder.filePath("good.npy"));
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("1 2 3\n4 5 6\n");
        QTest::newRow("truncated") << table.chopped(1000);
        QTest::newRow("wrong shape") << QByteArray(table).replace("(256, 256)", "(255, 256)");
        QTest::newRow("floats") << QByteArray(table).replace("<i2", "<f2");
        QTest::newRow("huge") << QByteArray(table).replace("(256, 256)", "(99999999,99999999)");
    }

    void tables() {
        QFETCH(QByteArray, content);
        const QString file = m_folder.filePath("bad.npy");
        QVERIFY(writeFile(file, content));
        const Outcome outcome = run({"acu", "show", file, "--json"});
        EXPECT_CODE(outcome, 2);
        QVERIFY2((outcome.error()["where"].toString() + outcome.error()["what"].toString()).contains("bad.npy"), outcome.out);
    }

    /// A folder where a file should be, and the other way round.
    void folders() {
        const QString folder = m_folder.filePath("folder.axp");
        QVERIFY(QDir().mkpath(folder));
        for (const QStringList& arguments :
             {QStringList{"inspect", folder}, QStringList{"evaluate", folder, "--assign", "exact"}, QStringList{"acu", "show", m_folder.path()},
              QStringList{"acu", "table", "mul8s_1L2H", "--out", folder}, QStringList{"acu", "list", "--library", m_folder.filePath("nowhere")},
              QStringList{"inspect", "/dev/zero"},
              QStringList{"dump-vectors", m_folder.filePath("tiny.axp"), "--assign", "exact", "--site", "fc", "--out", m_folder.filePath("tiny.onnx")}}) {
            const Outcome outcome = run(QStringList(arguments) << "--json");
            QVERIFY2(outcome.code == 1 || outcome.code == 2, qPrintable(arguments.join(' ') + ": " + QString::number(outcome.code)));
            QVERIFY(!outcome.error()["what"].toString().isEmpty());
        }
    }

    void missingData() {
        const QTemporaryDir folder, empty;
        EXPECT_CODE(run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("p.axp"), "--data-path", empty.filePath("none")}), 2);
        QVERIFY(!QFile::exists(folder.filePath("p.axp")));
        const Outcome source = run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("p.axp"), "--data", "fashion-mist"});
        EXPECT_CODE(source, 2);
        QVERIFY(source.err.contains("fashion-mnist"));
    }

    /// On a disk that cannot be written evaluation works with --no-store; without it the error says so.
    void readOnlyFolder() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1), QString());
        const QFile::Permissions readable = QFile::ReadOwner | QFile::ExeOwner | QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther;
        QVERIFY(QFile::setPermissions(folder.path(), readable));
        const QStringList evaluate{"evaluate", folder.filePath("tiny.axp"), "--assign", "exact", "--samples", "16", "--json"};
        const Outcome refused = runUnprivileged(evaluate), direct = runUnprivileged(QStringList(evaluate) << "--no-store");
        QFile::setPermissions(folder.path(), readable | QFile::WriteOwner);
        if (refused.code == -2) QSKIP("cannot run without privileges here");
        QVERIFY2(refused.code == 1 || refused.code == 2, refused.out);
        QVERIFY2(refused.error()["remedy"].toString().contains("--no-store"), refused.out);
        EXPECT_CODE(direct, 0);
        QVERIFY(direct.err.contains("not kept"));
        QVERIFY(!QFile::exists(folder.filePath("tiny.db")));
    }

private:
    /// Permissions mean nothing to root, so that the child becomes somebody else. Code -2: that somebody cannot run the program.
    static Outcome runUnprivileged(const QStringList& arguments) {
        QProcess process;
        const bool root = ::geteuid() == 0;
        if (root)
            process.setChildProcessModifier([] {
                if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(126);
            });
        process.start(cliPath(), arguments);
        Outcome outcome;
        if (!process.waitForFinished(60000)) {
            outcome.code = process.error() == QProcess::FailedToStart ? -2 : -1;
            process.kill();
            process.waitForFinished(5000);
            return outcome;
        }
        outcome.code = process.exitCode() == 126 ? -2 : process.exitCode();
        outcome.out = process.readAllStandardOutput();
        outcome.err = process.readAllStandardError();
        return outcome;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestCliHostile)
#include "tst_cli_hostile.moc"
