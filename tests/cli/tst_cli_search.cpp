// SPDX-License-Identifier: GPL-3.0-or-later
// The tree search, validation and the figures, from the command line.
#include <QFile>
#include <QJsonArray>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include "tests/cli/cli_testing.h"

using namespace axp::testing;

class TestCliSearch : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        const QString problem = makeTinyProject(m_folder.path(), 3);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        m_project = m_folder.filePath("tiny.axp");
        for (const QString& policy : {QString("hardware-driven"), QString("uniform")}) {
            const Outcome search = run(QStringList{"search", m_project, "--algorithm", "mcts-thesis", "--budget", "60", "--samples", "32", "--param",
                                                   "rollout=" + policy, "--seed", "3", "--json"});
            EXPECT_CODE(search, 0);
            EXPECT_SCHEMA("search", search);
            QCOMPARE(search.object()["evaluations"].toInt(), 60);
            QVERIFY(search.object()["probes"].toInt() > 0);
            QVERIFY(search.object()["hypervolume"].toDouble() > 0);
            QVERIFY(search.object()["time_limit"].isNull());
        }
        const QJsonArray runs = run({"runs", m_project, "--json"}).json().array();
        QCOMPARE(runs.size(), 2);
        QCOMPARE(runs[0].toObject()["evaluations"].toInt(), 60);  // without the probes
    }

    void timeLimit() {
        const Outcome limited = run({"search", m_project, "--algorithm", "mcts-thesis", "--time-limit", "1.5", "--samples", "32", "--seed", "9", "--json"});
        EXPECT_CODE(limited, 0);
        EXPECT_SCHEMA("search", limited);
        QCOMPARE(limited.object()["budget"].toInt(), 0);
        QCOMPARE(limited.object()["time_limit"].toDouble(), 1.5);
        const QString id = QString::number(limited.object()["run"].toInt());
        EXPECT_CODE(run({"search", m_project, "--resume", id, "--time-limit", "9"}), 2);
        const Outcome again = run({"search", m_project, "--resume", id, "--json"});
        EXPECT_CODE(again, 0);
        QCOMPARE(again.object()["front"], limited.object()["front"]);
    }

    void limitsThatExcludeEverything() {
        const Outcome outcome = run({"search", m_project, "--algorithm", "mcts-thesis", "--param", "max-power=0.1", "--samples", "32", "--json"});
        EXPECT_CODE(outcome, 2);
        QVERIFY(outcome.error()["what"].toString().contains("no design has a relative power of 0.1 or less"));
        const Outcome limited = run({"search", m_project, "--algorithm", "mcts-thesis", "--param", "max-power=0.6", "--budget", "20", "--samples", "32", "--json"});
        EXPECT_CODE(limited, 0);
        EXPECT_CODE(run({"search", m_project, "--algorithm", "mcts-thesis", "--param", "lambda=11"}), 2);
    }

    void validation() {
        const QStringList command{"pareto", m_project, "--samples", "32", "--run", "1", "--validate", "selection", "--csv", m_folder.filePath("front.csv"), "--json"};
        const Outcome first = run(command);
        EXPECT_CODE(first, 0);
        EXPECT_SCHEMA("pareto", first);
        QSet<QString> uniform;
        int onFront = 0;
        for (const auto& entry : first.json().array()) {
            const QJsonObject point = entry.toObject();
            QVERIFY(point["validated"].toBool());
            const QJsonObject validation = point["validation"].toObject(), difference = validation["difference"].toObject();
            QCOMPARE(validation["samples"].toInt(), 4488);
            QVERIFY(validation["slice"].toString().contains("selection[0:4488]"));
            QVERIFY(validation["low"].toDouble() < validation["value"].toDouble() && validation["value"].toDouble() < validation["high"].toDouble());
            QVERIFY(difference["low"].toDouble() <= difference["value"].toDouble() && difference["value"].toDouble() <= difference["high"].toDouble());
            onFront += point["front"].toBool();
            if (!point["front"].toBool() || point["assignment"].toString().startsWith("all=")) uniform.insert(point["assignment"].toString());
        }
        QVERIFY(onFront > 0);
        QVERIFY(uniform.contains("all=mul8s_1L2L"));
        QCOMPARE(readAll(m_folder.filePath("front.csv")).count('\n'), first.json().array().size() + 1);
        const Outcome again = run(command);
        QCOMPARE(again.json(), first.json());
        QVERIFY2(again.err.contains("0 measured now"), again.err);
        const Outcome listed = run({"pareto", m_project, "--samples", "32", "--run", "1", "--json"});
        QCOMPARE(listed.json().array().size(), onFront);
        QVERIFY(listed.json().array()[0].toObject()["validated"].toBool());
    }

    void figures_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("header");
        const QByteArray series = "panel,series,x,y,low,high,label\n";
        QTest::newRow("actions of the newest run") << QStringList{"mcts-actions"} << series;
        QTest::newRow("actions of two policies") << QStringList{"mcts-actions", "--run", "2,1"} << series;
        QTest::newRow("rewards") << QStringList{"mcts-rewards", "--run", "1"} << series;
        QTest::newRow("front of a run") << QStringList{"pareto", "--run", "1"} << QByteArray("config,assignment,");
        QTest::newRow("fronts of two runs") << QStringList{"pareto", "--run", "1,2"} << series;
        QTest::newRow("validated") << QStringList{"front-validated", "--samples", "32"} << series;
        QTest::newRow("predictor") << QStringList{"predictor", "--samples", "32", "--acus", "mul8s_1L2H"} << series;
    }

    void figures() {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, header);
        if (arguments[0] == "predictor")
            for (const char* samples : {"32", "400"})
                EXPECT_CODE(run({"sensitivity", m_project, "--granularity", "node", "--acus", "mul8s_1L2H", "--samples", samples}), 0);
        const QString csv = m_folder.filePath("figure.csv"), svg = m_folder.filePath("figure.svg");
        const bool draws = QFile::exists(QFileInfo(cliPath()).path() + "/axplorer");
        const Outcome outcome = run(QStringList{"plot", m_project} + arguments + QStringList{"--out", draws ? svg : csv, "--csv", csv, "--size", "900x500", "--json"});
        EXPECT_CODE(outcome, 0);
        EXPECT_SCHEMA("plot", outcome);
        QVERIFY(outcome.object()["points"].toInt() > 0);
        const QByteArray data = readAll(csv);
        QVERIFY2(data.startsWith(header), data.left(200));
        if (header.startsWith("panel")) QVERIFY(data.count('\n') > outcome.object()["points"].toInt());
        if (draws) QVERIFY(readAll(svg).contains("</svg>"));
    }

    void figuresWithoutData() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1), QString());
        const QString project = folder.filePath("tiny.axp"), out = folder.filePath("f.csv");
        for (const char* kind : {"mcts-actions", "mcts-rewards", "pareto", "front-validated", "predictor"}) {
            const Outcome outcome = run({"plot", project, kind, "--out", out, "--json"});
            EXPECT_CODE(outcome, 1);
            QVERIFY2(outcome.error()["what"].toString().contains("nothing to draw"), outcome.out);
            QVERIFY(!outcome.error()["remedy"].toString().isEmpty());
            QVERIFY(!QFile::exists(out));
        }
        EXPECT_CODE(run({"plot", project, "predictor", "--run", "1", "--out", out}), 2);
        EXPECT_CODE(run({"plot", project, "pareto", "--acus", "a", "--out", out}), 2);
        EXPECT_CODE(run({"plot", project, "pareto", "--size", "wide", "--out", out}), 2);
        EXPECT_CODE(run({"search", project, "--algorithm", "uniform", "--samples", "16"}), 0);
        const Outcome unscored = run({"plot", project, "mcts-rewards", "--run", "1", "--out", out, "--json"});
        EXPECT_CODE(unscored, 2);
        QVERIFY(unscored.error()["what"].toString().contains("has no rewards"));
        EXPECT_CODE(run({"plot", project, "mcts-rewards", "--run", "77", "--out", out}), 2);
    }

private:
    QTemporaryDir m_folder;
    QString m_project;
};

QTEST_GUILESS_MAIN(TestCliSearch)
#include "tst_cli_search.moc"
