// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl+C, kill -9 and going on afterwards.
#include <QElapsedTimer>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include <signal.h>

#include "tests/cli/cli_testing.h"

using namespace axp::testing;

namespace {
constexpr int budget = 1500;
}

class TestCliInterruption : public QObject {
    Q_OBJECT
private slots:
    /// The front of a run that nobody disturbed.
    void initTestCase() {
        const QTemporaryDir folder;
        const QString problem = makeTinyProject(folder.path());
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QElapsedTimer timer;
        timer.start();
        EXPECT_CODE(run({"--version"}), 0);
        // Starting the program takes half a second of computing: where it takes longer, the machine is busy with other work.
        m_secondMs = std::max<qint64>(m_secondMs, 2 * timer.elapsed());
        timer.restart();
        const Outcome outcome = run(searchArguments(folder.filePath("tiny.axp")), {}, {}, 150000);
        m_undisturbedMs = static_cast<int>(timer.elapsed());
        EXPECT_CODE(outcome, 0);
        QCOMPARE(outcome.object()["evaluations"].toInt(), budget);
        m_front = outcome.object()["front"].toArray();
        QVERIFY(m_front.size() > 1);
    }

    void interrupted_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGINT") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
    }

    /// Code 130 within a second, everything stored, and a resumed run ends with the same front.
    void interrupted() {
        QFETCH(int, signal);
        const QTemporaryDir folder;
        QProcess process;
        QVERIFY(beginSearch(process, folder.path()));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(::kill(static_cast<pid_t>(process.processId()), signal) == 0);
        QVERIFY(process.waitForFinished(10000));
        const qint64 elapsed = timer.elapsed();
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 130);
        QVERIFY2(elapsed < m_secondMs, qPrintable(QString("took %1 ms, allowed are %2").arg(elapsed).arg(m_secondMs)));
        const QByteArray out = process.readAllStandardOutput();
        const QJsonObject error = QJsonDocument::fromJson(out).object()["error"].toObject();
        QCOMPARE(error["kind"].toString(), "cancelled");
        QVERIFY2(error["remedy"].toString().contains("--resume 1"), out);
        checkResumes(folder.filePath("tiny.axp"), "cancelled");
        QString skip;
        const QString problem = schemaProblem("error", out, &skip);
        if (!skip.isEmpty()) QSKIP(qPrintable(skip));
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void killed() {
        const QTemporaryDir folder;
        QProcess process;
        QVERIFY(beginSearch(process, folder.path()));
        process.kill();
        QVERIFY(process.waitForFinished(10000));
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
        checkResumes(folder.filePath("tiny.axp"), "interrupted");
    }

    /// A benchmark that would take minutes ends too.
    void benchmark() {
        QProcess process;
        start(process, {"bench", "gemm", "--m", "4096", "--k", "4096", "--n", "4096", "--acu", "mul8s_1L2H", "--repetitions", "200", "--json"});
        QVERIFY(process.waitForStarted());
        // It says nothing while it measures; the handlers are there long before this has passed.
        QTest::qWait(static_cast<int>(m_secondMs) + 1000);
        QCOMPARE(process.state(), QProcess::Running);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(::kill(static_cast<pid_t>(process.processId()), SIGINT) == 0);
        QVERIFY(process.waitForFinished(20000));
        QVERIFY2(timer.elapsed() < m_secondMs, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(process.exitCode(), 130);
    }

    /// What a resumed run cannot change is refused.
    void resumeWithOtherOptions() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1), QString());
        const QString project = folder.filePath("tiny.axp");
        EXPECT_CODE(run({"search", project, "--budget", "5", "--samples", "16"}), 0);
        EXPECT_CODE(run({"search", project, "--resume", "1", "--budget", "6"}), 2);
        EXPECT_CODE(run({"search", project, "--resume", "1", "--algorithm", "uniform"}), 2);
        EXPECT_CODE(run({"search", project, "--resume", "1", "--seed", "77"}), 2);
        EXPECT_CODE(run({"search", project, "--resume", "44"}), 2);
        EXPECT_CODE(run({"sensitivity", project, "--resume", "1"}), 2);
    }

private:
    static QStringList searchArguments(const QString& project) {
        return {"search", project, "--algorithm", "random", "--budget", QString::number(budget), "--samples", "256", "--seed", "11", "--json"};
    }

    /// Starts the search in a new project and returns when some of it is done.
    bool beginSearch(QProcess& process, const QString& folder) const {
        if (!makeTinyProject(folder).isEmpty()) return false;
        start(process, searchArguments(folder + "/tiny.axp"));
        QByteArray said;
        QElapsedTimer timer;
        timer.start();
        while (!said.contains("run 1") && timer.elapsed() < 60000) {
            process.waitForReadyRead(100);
            said += process.readAllStandardError();
        }
        QTest::qWait(std::min(500, m_undisturbedMs / 8));
        return said.contains("run 1") && process.state() == QProcess::Running;
    }

    void checkResumes(const QString& project, const QString& state) const {
        const QJsonObject before = run({"runs", project, "--json"}).json().array()[0].toObject();
        QCOMPARE(before["state"].toString(), state);
        const int done = before["evaluations"].toInt();
        QVERIFY2(done > 0 && done < budget, qPrintable(QString::number(done)));
        const Outcome resumed = run({"search", project, "--resume", "1", "--json"}, {}, {}, 150000);
        EXPECT_CODE(resumed, 0);
        QCOMPARE(resumed.object()["evaluations"].toInt(), budget);
        QVERIFY(resumed.object()["computed"].toInt() <= budget - done);
        QCOMPARE(resumed.object()["run"].toInt(), 1);
        QCOMPARE(resumed.object()["front"].toArray(), m_front);
        QCOMPARE(run({"runs", project, "--json"}).json().array()[0].toObject()["state"].toString(), "finished");
    }

    QJsonArray m_front;
    int m_undisturbedMs = 0;
    qint64 m_secondMs = 1000;
};

QTEST_GUILESS_MAIN(TestCliInterruption)
#include "tst_cli_interruption.moc"
