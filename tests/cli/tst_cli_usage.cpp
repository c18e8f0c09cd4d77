// SPDX-License-Identifier: GPL-3.0-or-later
// Usage errors, exit codes, help, and what happens to standard output.
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <unistd.h>

#include "tests/cli/cli_testing.h"

using namespace axp::testing;

class TestCliUsage : public QObject {
    Q_OBJECT
private slots:
    void usageErrors_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("mentions");
        QTest::newRow("nothing") << QStringList{} << "subcommand";
        QTest::newRow("misspelt command") << QStringList{"evalute"} << "evaluate";
        QTest::newRow("misspelt command of a group") << QStringList{"acu", "lst"} << "list";
        QTest::newRow("group alone") << QStringList{"acu"} << "subcommand";
        QTest::newRow("unknown option") << QStringList{"acu", "list", "--frobnicate"} << "--frobnicate";
        QTest::newRow("missing argument") << QStringList{"evaluate"} << "PROJECT";
        QTest::newRow("missing --assign") << QStringList{"evaluate", "x.axp"} << "--assign";
        QTest::newRow("threads 0") << QStringList{"--threads", "0", "acu", "list"} << "--threads";
        QTest::newRow("threads text") << QStringList{"acu", "list", "--threads", "many"} << "--threads";
        QTest::newRow("negative seed") << QStringList{"acu", "list", "--seed", "-1"} << "--seed";
        QTest::newRow("seed too large") << QStringList{"acu", "list", "--seed", "99999999999999999999999"} << "--seed";
        QTest::newRow("cuda") << QStringList{"--device", "cuda", "acu", "list"} << "no CUDA backend";
        QTest::newRow("unknown device") << QStringList{"--device", "abacus", "acu", "list"} << "abacus";
        QTest::newRow("missing project") << QStringList{"evaluate", "no-such.axp", "--assign", "exact"} << "no-such.axp";
        QTest::newRow("missing model") << QStringList{"inspect", "no-such.onnx"} << "no-such.onnx";
        QTest::newRow("bad shape") << QStringList{"inspect", "no-such.onnx", "--input-shape", "1,-28"} << "no-such.onnx";
        QTest::newRow("unknown plot") << QStringList{"plot", "x.axp", "pie", "--out", "x.png"} << "pie";
        QTest::newRow("unknown ending") << QStringList{"plot", "x.axp", "pareto", "--out", "x.gif"} << ".gif";
        QTest::newRow("unknown sample") << QStringList{"train-sample", "fashion-cn"} << "fashion-cnn";
    }

    /// Code 2, a sentence on standard error, and with --json one document that says the same.
    void usageErrors() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, mentions);
        const QTemporaryDir folder;
        qputenv("AXP_CUDA_MODULE", "");  // as on a machine that was built without nvcc
        const Outcome outcome = run(QStringList(arguments) << "--json", folder.path());
        qunsetenv("AXP_CUDA_MODULE");
        EXPECT_CODE(outcome, 2);
        QVERIFY2(outcome.err.startsWith("error: ") && outcome.err.contains(mentions.toUtf8()), outcome.err);
        QCOMPARE(outcome.error()["kind"].toString(), "bad-input");
        const QString said = outcome.error()["where"].toString() + outcome.error()["what"].toString() + outcome.error()["remedy"].toString();
        QVERIFY2(said.contains(mentions), outcome.out);
        EXPECT_SCHEMA("error", outcome);
    }

    /// Without --json standard output stays empty.
    void usageErrorAsText() {
        const Outcome outcome = run({"evalute"});
        EXPECT_CODE(outcome, 2);
        QVERIFY(outcome.out.isEmpty());
        QVERIFY2(outcome.err.contains("evaluate"), outcome.err);
    }

    void help() {
        const Outcome plain = run({"--help"});
        EXPECT_CODE(plain, 0);
        for (const char* name : {"inspect", "acu", "calibrate", "evaluate", "sensitivity", "search", "runs", "pareto", "plot", "dump-vectors",
                                 "train-sample", "export-model", "bench", "project"})
            QVERIFY2(plain.out.contains(name), name);
        const Outcome json = run({"evaluate", "--help", "--json"});
        EXPECT_CODE(json, 0);
        QVERIFY(json.object()["help"].toString().contains("--assign"));
        EXPECT_SCHEMA("help", json);
    }

    void globalOptionsBeforeAndAfter() {
        const Outcome before = run({"--json", "--quiet", "acu", "show", "mul8s_1L2H"});
        const Outcome after = run({"acu", "show", "mul8s_1L2H", "--json", "--quiet"});
        EXPECT_CODE(before, 0);
        EXPECT_CODE(after, 0);
        QVERIFY(!before.out.isEmpty());
        QCOMPARE(before.out, after.out);
        QVERIFY(before.err.isEmpty());
    }

    void unwritableOutput_data() {
        QTest::addColumn<QString>("redirection");
        QTest::newRow("closed") << ">&-";
        QTest::newRow("full disk") << ">/dev/full";
        QTest::newRow("read-only descriptor") << "1</dev/null";
    }

    /// Losing the result must not look like success.
    void unwritableOutput() {
        QFETCH(QString, redirection);
        if (!QFile::exists("/dev/full")) QSKIP("this system has no /dev/full");
        QProcess shell;
        shell.start("/bin/sh", {"-c", "\"$0\" acu show mul8s_1L2H --json " + redirection, cliPath()});
        QVERIFY(shell.waitForFinished(30000));
        QCOMPARE(shell.exitCode(), 1);
        QVERIFY2(!shell.readAllStandardError().isEmpty(), "it should say why");
    }

    /// A reader that goes away (| head) ends the program with an error, not with a signal.
    void readerGoesAway() {
        int ends[2];
        QVERIFY(::pipe2(ends, O_CLOEXEC) == 0);
        QProcess process;
        ::close(ends[0]);
        const int writeEnd = ends[1];
        process.setChildProcessModifier([writeEnd] { ::dup2(writeEnd, STDOUT_FILENO); });
        process.start(cliPath(), {"acu", "list", "--json"});
        QVERIFY(process.waitForFinished(30000));
        ::close(writeEnd);
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
    }
};

QTEST_GUILESS_MAIN(TestCliUsage)
#include "tst_cli_usage.moc"
