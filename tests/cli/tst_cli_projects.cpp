// SPDX-License-Identifier: GPL-3.0-or-later
// The commands on a small real project: from the model to the front.
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

#include "core/base/npy.h"
#include "tests/cli/cli_testing.h"

using namespace axp::testing;

class TestCliProjects : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        const QString problem = makeTinyProject(m_folder.path());
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        m_project = m_folder.filePath("tiny.axp");
    }

    void inspect() {
        const Outcome outcome = run({"inspect", m_folder.filePath("tiny.onnx"), "--json"});
        EXPECT_CODE(outcome, 0);
        const QJsonObject document = outcome.object();
        const QJsonArray sites = document["sites"].toArray();
        QCOMPARE(sites.size(), 8);
        QCOMPARE(sites[0].toObject()["id"].toString(), "conv0");
        QCOMPARE(sites[0].toObject()["macs"].toInt(), 7 * 7 * 4 * 16);
        QCOMPARE(sites[0].toObject()["shape"].toArray(), (QJsonArray{1, 4, 7, 7}));
        QCOMPARE(sites[0].toObject()["heads"].toInt(-1), 0);
        QCOMPARE(sites[7].toObject()["macs"].toInt(), 10 * 4 * 49);
        QCOMPARE(document["macs_total"].toInt(), 7 * 7 * 4 * 16 + 6 * 49 * 16 + 1960);
        QCOMPARE(document["parameters"].toInt(), 64 + 6 * 16 + 1960 + 10);
        QCOMPARE(document["input_shape"].toArray(), (QJsonArray{1, 28, 28}));
        EXPECT_SCHEMA("inspect", outcome);
        QCOMPARE(run({"inspect", m_project, "--json"}).object()["sites"], document["sites"]);
    }

    void diff() {
        const QString model = m_folder.filePath("tiny.onnx");
        const Outcome same = run({"diff", model, model, "--json"});
        EXPECT_CODE(same, 0);
        QVERIFY(same.object()["equal"].toBool());
        QCOMPARE(same.object()["sites"].toArray(), (QJsonArray{8, 8}));
        QVERIFY(same.object()["nodes"].toArray().isEmpty());
        EXPECT_SCHEMA("diff", same);
        const Outcome all = run({"diff", model, model, "--all", "--json"});
        EXPECT_SCHEMA("diff", all);
        QCOMPARE(all.object()["nodes"].toArray().size(), all.object()["same"].toInt());
        // Through the exporter and back: the same network with other names of values.
        const QString copy = m_folder.filePath("copy.onnx");
        EXPECT_CODE(run({"export-model", m_project, "--out", copy}), 0);
        const Outcome exported = run({"diff", model, copy, "--json"});
        EXPECT_CODE(exported, 0);
        QVERIFY2(exported.object()["equal"].toBool(), exported.out);
        EXPECT_CODE(run({"diff", model, m_folder.filePath("nothing.onnx")}), 2);
    }

    void projectNew() {
        const QTemporaryDir folder;
        const Outcome made = run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("p.axp"), "--acus",
                                  "mul8s_1L2H", "--json"});
        EXPECT_CODE(made, 0);
        QVERIFY(!made.object()["model"].toString().startsWith('/'));
        EXPECT_CODE(run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("p.axp")}), 2);
        EXPECT_CODE(run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("p.onnx")}), 2);
        EXPECT_CODE(run({"project", "new", "--model", m_folder.filePath("tiny.onnx"), "--out", folder.filePath("q.axp"), "--acus", "mul8s_1L2X"}), 2);
        QVERIFY(!QFile::exists(folder.filePath("q.axp")));
        EXPECT_SCHEMA("project-new", made);
    }

    /// The first evaluation calibrates and says so; the second comes from the database; computing again gives the same.
    void evaluate() {
        const QStringList arguments{"evaluate", m_project, "--assign", "all=mul8s_1L2H", "--samples", "96", "--json"};
        const Outcome first = run(arguments);
        EXPECT_CODE(first, 0);
        QVERIFY2(first.err.contains("calibrating"), first.err);
        QVERIFY(readAll(m_project).contains("conv0"));
        const QJsonObject document = first.object();
        QCOMPARE(document["cached"].toBool(true), false);
        QCOMPARE(document["metric"].toObject()["samples"].toInt(), 96);
        QCOMPARE(document["power_relative"].toDouble(), 0.301 / 0.425);
        QVERIFY(document["rmse"].toDouble() > 0);
        EXPECT_SCHEMA("evaluate", first);

        const Outcome second = run(arguments);
        QVERIFY(!second.err.contains("calibrating"));
        QCOMPARE(second.object()["cached"].toBool(), true);
        for (const char* key : {"config", "metric", "rmse", "slice", "assignment"}) QCOMPARE(second.object()[key], document[key]);
        EXPECT_SCHEMA("evaluate", second);
        for (const char* strategy : {"factorised", "table", "reference"}) {
            const Outcome again = run(QStringList(arguments) << "--no-cache" << "--strategy" << strategy << "--threads" << "1");
            EXPECT_CODE(again, 0);
            QCOMPARE(again.object()["cached"].toBool(true), false);
            QVERIFY2(again.object()["strategy"].toString().contains(strategy), again.out);
            for (const char* key : {"config", "metric", "rmse"}) QCOMPARE(again.object()[key], document[key]);
        }
    }

    void assignments() {
        const auto evaluate = [&](const QString& spec) {
            return run({"evaluate", m_project, "--assign", spec, "--samples", "32", "--json"});
        };
        const Outcome exact = evaluate("exact");
        EXPECT_CODE(exact, 0);
        QCOMPARE(exact.object()["power_relative"].toDouble(), 1.0);
        QCOMPARE(exact.object()["assignment"].toString(), "exact");
        QCOMPARE(evaluate("all=exact8s").object()["config"], exact.object()["config"]);
        const Outcome two = evaluate("fc=mul8s_1L2L,conv3=mul8s_1KV9");
        EXPECT_CODE(two, 0);
        QCOMPARE(two.object()["assignment"].toString(), "conv3=mul8s_1KV9,fc=mul8s_1L2L");
        const double total = 3136 + 6 * 784 + 1960;
        QVERIFY(std::abs(two.object()["power_relative"].toDouble() - (total * 0.425 - 1960 * 0.225 - 784 * 0.015) / (total * 0.425)) < 1e-12);
        QVERIFY(writeFile(m_folder.filePath("a.json"), R"({"fc": "mul8s_1L2L", "conv3": "mul8s_1KV9"})"));
        const Outcome file = evaluate("@" + m_folder.filePath("a.json"));
        EXPECT_CODE(file, 0);
        QCOMPARE(file.object()["config"], two.object()["config"]);
        QCOMPARE(file.object()["cached"].toBool(), true);
    }

    /// A table from a file: the same products are the same configuration, whatever the name; no power figure gives null.
    void tableFile() {
        const QString table = m_folder.filePath("copy.npy");
        EXPECT_CODE(run({"acu", "table", "mul8s_1L2H", "--out", table}), 0);
        const Outcome byFile = run({"evaluate", m_project, "--assign", "all=" + table, "--samples", "96", "--json"});
        EXPECT_CODE(byFile, 0);
        QVERIFY(byFile.object()["power_relative"].isNull());
        QCOMPARE(byFile.object()["cached"].toBool(), true);
        EXPECT_SCHEMA("evaluate", byFile);
    }

    void unknownNames() {
        const auto message = [&](const QStringList& arguments) {
            const Outcome outcome = run(QStringList{"evaluate", m_project, "--json", "--samples", "8"} + arguments);
            return outcome.code == 2 ? outcome.error()["what"].toString() + " " + outcome.error()["remedy"].toString()
                                     : QString("exit code %1").arg(outcome.code);
        };
        const QString site = message({"--assign", "conv33=mul8s_1L2H"}), acu = message({"--assign", "all=mul8s_1L2X"});
        QVERIFY2(site.contains("conv33") && site.contains("conv3"), qPrintable(site));
        QVERIFY2(acu.contains("mul8s_1L2X") && acu.contains("mul8s_1L2"), qPrintable(acu));
        for (const char* spec : {"all=", "=mul8s_1L2H", "conv0", "conv0=mul8s_1L2H,,", "@no-such.json", "conv0/h1=mul8s_1L2H"})
            QVERIFY2(!message({"--assign", spec}).startsWith("exit code"), spec);
        QVERIFY(message({"--assign", "exact", "--split", "tset"}).contains("test"));
        QVERIFY(message({"--assign", "exact", "--samples", "0"}).contains("samples"));
        QVERIFY(message({"--assign", "exact", "--samples", "99999999"}).contains("samples"));
        QVERIFY(message({"--assign", "exact", "--strategy", "magic"}).contains("magic"));
    }

    void calibrate() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1), QString());
        const Outcome percentile = run({"calibrate", folder.filePath("tiny.axp"), "--samples", "64", "--json"});
        EXPECT_CODE(percentile, 0);
        QCOMPARE(percentile.object()["ranges"].toArray().size(), 3);
        const Outcome maximum = run({"calibrate", folder.filePath("tiny.axp"), "--samples", "64", "--calibrator", "max", "--json"});
        EXPECT_CODE(maximum, 0);
        for (int i = 0; i < 3; ++i) {
            const double low = percentile.object()["ranges"].toArray()[i].toObject()["amax_a"].toDouble();
            const double high = maximum.object()["ranges"].toArray()[i].toObject()["amax_a"].toDouble();
            QVERIFY(low > 0 && low <= high);
        }
        EXPECT_CODE(run({"calibrate", folder.filePath("tiny.axp"), "--calibrator", "guess"}), 2);
        EXPECT_CODE(run({"calibrate", folder.filePath("tiny.axp"), "--samples", "9999999"}), 2);
        EXPECT_SCHEMA("calibrate", maximum);
    }

    void sensitivity() {
        const Outcome outcome = run({"sensitivity", m_project, "--samples", "32", "--acus", "mul8s_1L2H,mul8s_1L2L", "--json"});
        EXPECT_CODE(outcome, 0);
        QCOMPARE(outcome.object()["results"].toArray().size(), 8 * 2);
        const QJsonObject row = outcome.object()["results"].toArray()[3].toObject();
        const Outcome alone = run({"evaluate", m_project, "--samples", "32", "--assign", row["site"].toString() + "=" + row["acu"].toString(), "--json"});
        QCOMPARE(alone.object()["config"], row["config"]);
        QCOMPARE(alone.object()["rmse"], row["rmse"]);
        QCOMPARE(alone.object()["cached"].toBool(), true);
        EXPECT_SCHEMA("sensitivity", outcome);
    }

    void searchParetoPlot() {
        const Outcome uniform = run({"search", m_project, "--algorithm", "uniform", "--budget", "10", "--samples", "48", "--json"});
        EXPECT_CODE(uniform, 0);
        const Outcome search = run({"search", m_project, "--algorithm", "random", "--budget", "40", "--samples", "48", "--seed", "5", "--json"});
        EXPECT_CODE(search, 0);
        QCOMPARE(search.object()["evaluations"].toInt(), 40);
        QCOMPARE(search.object()["seed"].toInt(), 5);
        checkFront(search.object()["front"].toArray());
        const Outcome pareto = run({"pareto", m_project, "--samples", "48", "--csv", m_folder.filePath("front.csv"), "--json"});
        EXPECT_CODE(pareto, 0);
        const QJsonArray front = pareto.json().array();
        checkFront(front);
        QCOMPARE(readAll(m_folder.filePath("front.csv")).count('\n'), front.size() + 1);
        const Outcome all = run({"pareto", m_project, "--samples", "48", "--all", "--json"});
        checkNobodyDominates(front, all.json().array());
        const Outcome plot = run({"plot", m_project, "pareto", "--out", m_folder.filePath("all.csv"), "--samples", "48", "--json"});
        EXPECT_CODE(plot, 0);
        QCOMPARE(plot.object()["points"].toInt(), all.json().array().size());
        const Outcome runs = run({"runs", m_project, "--json"});
        EXPECT_CODE(runs, 0);
        QCOMPARE(runs.json().array().last().toObject()["state"].toString(), "finished");
        EXPECT_SCHEMA("search", search);
        EXPECT_SCHEMA("pareto", pareto);
        EXPECT_SCHEMA("pareto", all);
        EXPECT_SCHEMA("plot", plot);
        EXPECT_SCHEMA("runs", runs);
    }

    /// Without the drawing program there is a sentence about it; with it there is a picture.
    void plotPicture() {
        EXPECT_CODE(run({"evaluate", m_project, "--assign", "all=mul8s_1L2L", "--samples", "48"}), 0);
        const QString file = m_folder.filePath("front.png");
        const Outcome outcome = run({"plot", m_project, "pareto", "--out", file, "--json"});
        if (!QFile::exists(QStringLiteral(AXP_BIN_DIR "/axplorer"))) {
            EXPECT_CODE(outcome, 1);
            QVERIFY(outcome.error()["what"].toString().contains("axplorer"));
            return;
        }
        EXPECT_CODE(outcome, 0);
        QVERIFY(readAll(file).startsWith("\x89PNG"));
    }

    /// acc is the sum of products of qa and qw.
    void dumpVectors() {
        const QString folder = m_folder.filePath("vectors");
        const Outcome outcome = run({"dump-vectors", m_project, "--assign", "all=mul8s_1L2L", "--site", "conv0", "--samples", "3", "--out", folder, "--json"});
        EXPECT_CODE(outcome, 0);
        const auto load = [&](const char* name) { return axp::readNpy((folder + "/" + name + ".npy").toStdString()); };
        const auto qa = load("qa"), qw = load("qw"), acc = load("acc");
        QVERIFY(qa.ok() && qw.ok() && acc.ok());
        QCOMPARE(qa->shape(), (axp::Shape{1, 3 * 49, 16}));
        QCOMPARE(qw->shape(), (axp::Shape{1, 4, 16}));
        QCOMPARE(acc->shape(), (axp::Shape{1, 3 * 49, 4}));
        const auto a = qa->as<std::int8_t>(), w = qw->as<std::int8_t>();
        const auto sums = acc->as<std::int32_t>();
        for (std::size_t m = 0; m < 147; ++m)
            for (std::size_t n = 0; n < 4; ++n) {
                std::int32_t sum = 0;
                for (std::size_t k = 0; k < 16; ++k) sum += (a[m * 16 + k] & ~3) * (w[n * 16 + k] & ~3);
                QCOMPARE(sums[m * 4 + n], sum);
            }
        const QJsonObject meta = QJsonDocument::fromJson(readAll(folder + "/meta.json")).object();
        QCOMPARE(meta["semantics"].toString(), "direct");
        QCOMPARE(meta["acu_sha256"], run({"acu", "show", "mul8s_1L2L", "--json"}).object()["sha256"]);
        EXPECT_CODE(run({"dump-vectors", m_project, "--assign", "exact", "--site", "conv99", "--out", folder}), 2);
        EXPECT_SCHEMA("dump-vectors", outcome);
    }

    void exportModel() {
        const QString file = m_folder.filePath("back.onnx");
        const Outcome outcome = run({"export-model", m_project, "--out", file, "--json"});
        EXPECT_CODE(outcome, 0);
        QCOMPARE(run({"inspect", file, "--json"}).object()["sites"], run({"inspect", m_project, "--json"}).object()["sites"]);
        EXPECT_CODE(run({"export-model", m_project, "--out", m_folder.filePath("tiny.onnx")}), 2);
        EXPECT_SCHEMA("export-model", outcome);
    }

    void benchmarks() {
        const Outcome gemm = run({"bench", "gemm", "--m", "33", "--k", "70", "--n", "17", "--acu", "mul8s_1L2H,mul8s_1KV9", "--threads", "1", "--json"});
        EXPECT_CODE(gemm, 0);
        QCOMPARE(gemm.object()["results"].toArray().size(), 2);
        QVERIFY(gemm.object()["results"].toArray()[0].toObject()["gmacs"].toDouble() > 0);
        const Outcome model = run({"bench", "model", m_folder.filePath("tiny.onnx"), "--assign", "all=mul8s_1L2H", "--batch", "8", "--repetitions", "3", "--json"});
        EXPECT_CODE(model, 0);
        const QJsonObject timing = model.object();
        QVERIFY(timing["emulated_seconds"].toDouble() > 0);
        QVERIFY(std::abs(timing["ratio"].toDouble() * timing["fp32_seconds"].toDouble() - timing["emulated_seconds"].toDouble()) < 1e-9);
        EXPECT_SCHEMA("bench-gemm", gemm);
        EXPECT_SCHEMA("bench-model", model);
    }

    /// The comparison with other tools' loops, the widths, and what fusing does.
    void networkBenchmarks() {
        const Outcome networks =
            run({"bench", "networks", "--networks", "fashion-gan,vae-mnist", "--batch", "2", "--repetitions", "1", "--threads", "1", "--json"});
        EXPECT_CODE(networks, 0);
        EXPECT_SCHEMA("bench-networks", networks);
        for (const auto& row : networks.object()["networks"].toArray()) {
            QVERIFY(row.toObject()["equal"].toBool());  // all loops give the same bits
            for (const char* key : {"fp32_seconds", "functional_seconds", "table_seconds", "gather_seconds", "axplorer_seconds"})
                QVERIFY2(row.toObject()[key].toDouble() > 0, key);
        }
        EXPECT_CODE(run({"bench", "networks", "--networks", "alexnet"}), 2);
        EXPECT_CODE(run({"bench", "networks", "--networks", "vit-s", "--table", "4-3"}), 2);
        EXPECT_CODE(run({"bench", "networks", "--networks", "fashion-gan", "--acu", "exact:bits=12"}), 2);
        const Outcome widths = run({"bench", "widths", "--network", "fashion-gan", "--batches", "2", "--threads", "1", "--json"});
        EXPECT_CODE(widths, 0);
        EXPECT_SCHEMA("bench-widths", widths);
        QCOMPARE(widths.object()["widths"].toArray().size(), 9);
        const Outcome fusion = run({"bench", "fusion", m_folder.filePath("tiny.axp"), "--samples", "64", "--repetitions", "1", "--json"});
        EXPECT_CODE(fusion, 0);
        EXPECT_SCHEMA("bench-fusion", fusion);
        const QJsonArray rows = fusion.object()["results"].toArray();
        QCOMPARE(rows[0].toObject()["rmse"].toDouble(), rows[1].toObject()["rmse"].toDouble());
    }

    /// Channel groups from the project's setting to evaluation, vectors and sweeps.
    void channelGroups() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1, {"--channel-groups", "2", "--granularity", "group", "--fuse"}), QString());
        const QString project = folder.filePath("tiny.axp");
        const Outcome inspected = run({"inspect", project, "--json"});
        EXPECT_CODE(inspected, 0);
        EXPECT_SCHEMA("inspect", inspected);
        const QJsonObject site = inspected.object()["sites"].toArray()[0].toObject();
        QCOMPARE(site["groups"].toInt(), 2);
        const QString id = site["id"].toString();
        const auto evaluated = [&](const QString& spec) {
            return run({"evaluate", project, "--assign", spec, "--samples", "32", "--no-store", "--json"}).object();
        };
        const QJsonObject whole = evaluated(id + "=mul8s_1L2L"), one = evaluated(id + "/g1=mul8s_1L2L");
        const QJsonObject both = evaluated(id + "/g0=mul8s_1L2L," + id + "/g1=mul8s_1L2L");
        QCOMPARE(both["config"].toString(), whole["config"].toString());
        QCOMPARE(both["rmse"].toDouble(), whole["rmse"].toDouble());
        QVERIFY(one["rmse"].toDouble() < whole["rmse"].toDouble());
        QCOMPARE(one["assignment"].toString(), id + "/g1=mul8s_1L2L");
        const QString group = id + "/g1", spec = group + "=mul8s_1L2L";
        const Outcome vectors = run({"dump-vectors", project, "--assign", spec, "--site", group, "--samples", "2", "--out", folder.filePath("v"), "--json"});
        EXPECT_CODE(vectors, 0);
        EXPECT_SCHEMA("dump-vectors", vectors);
        const Outcome swept = run({"sensitivity", project, "--acus", "mul8s_1L2L", "--sites", id, "--samples", "32", "--json"});
        EXPECT_CODE(swept, 0);
        QCOMPARE(swept.object()["results"].toArray().size(), 2);
        QCOMPARE(swept.object()["results"].toArray()[1].toObject()["site"].toString(), id + "/g1");
        EXPECT_CODE(run({"evaluate", project, "--assign", id + "/g2=mul8s_1L2L", "--samples", "32"}), 2);
        EXPECT_CODE(run({"project", "new", "--model", folder.filePath("tiny.onnx"), "--out", folder.filePath("b.axp"), "--channel-groups", "-1"}), 2);
    }

    /// A changed model stops everything until it is accepted; old results do not stand beside new ones.
    void modelChanged() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path(), 1), QString());
        const QString project = folder.filePath("tiny.axp");
        const QStringList evaluate{"evaluate", project, "--assign", "all=mul8s_1L2L", "--samples", "32", "--json"};
        const Outcome before = run(evaluate);
        EXPECT_CODE(before, 0);
        QCOMPARE(writeTinyModel(folder.filePath("tiny.onnx"), 1, 99), QString());
        for (const QStringList& arguments : {evaluate, QStringList{"pareto", project, "--json"}, QStringList{"calibrate", project, "--json"}}) {
            const Outcome refused = run(arguments);
            EXPECT_CODE(refused, 2);
            QVERIFY2(refused.error()["what"].toString().contains("changed"), refused.out);
            QVERIFY(refused.error()["remedy"].toString().contains("--accept-model-change"));
        }
        EXPECT_CODE(run({"inspect", project}), 0);
        const Outcome accepted = run(QStringList(evaluate) << "--accept-model-change");
        EXPECT_CODE(accepted, 0);
        QCOMPARE(accepted.object()["cached"].toBool(true), false);
        QVERIFY(accepted.object()["config"] != before.object()["config"]);
        const Outcome pareto = run({"pareto", project, "--json"});
        EXPECT_CODE(pareto, 0);
        QCOMPARE(pareto.json().array().size(), 1);
        QCOMPARE(pareto.json().array()[0].toObject()["config"], accepted.object()["config"]);
        QVERIFY2(pareto.err.contains("left out 1"), pareto.err);
    }

    /// Two processes search one project at once; nothing is lost and nothing stored twice.
    void twoProcesses() {
        const QTemporaryDir folder;
        QCOMPARE(makeTinyProject(folder.path()), QString());
        const QString project = folder.filePath("tiny.axp");
        QProcess first, second;
        start(first, {"search", project, "--budget", "120", "--samples", "32", "--seed", "1", "--json"});
        start(second, {"search", project, "--budget", "120", "--samples", "32", "--seed", "2", "--json"});
        for (QProcess* process : {&first, &second}) {
            QVERIFY(process->waitForFinished(120000));
            QVERIFY2(process->exitCode() == 0, process->readAllStandardError());
        }
        const QJsonArray all = run({"pareto", project, "--all", "--json"}).json().array();
        QSet<QString> configs;
        for (const auto& point : all) configs.insert(point.toObject()["config"].toString());
        QCOMPARE(configs.size(), all.size());
        const QJsonObject one = QJsonDocument::fromJson(first.readAllStandardOutput()).object();
        QCOMPARE(one["evaluations"].toInt(), 120);
        QVERIFY(all.size() >= one["unique"].toInt());
        QCOMPARE(run({"runs", project, "--json"}).json().array().size(), 2);
    }

private:
    /// By ascending power, accuracy rises.
    static void checkFront(const QJsonArray& front) {
        QVERIFY(!front.isEmpty());
        for (qsizetype i = 1; i < front.size(); ++i) {
            QVERIFY(front[i].toObject()["power_relative"].toDouble() > front[i - 1].toObject()["power_relative"].toDouble());
            QVERIFY(metric(front[i]) > metric(front[i - 1]));
        }
    }
    static void checkNobodyDominates(const QJsonArray& front, const QJsonArray& all) {
        QVERIFY(all.size() >= front.size());
        for (const auto& point : all)
            for (const auto& best : front) {
                const double power = point.toObject()["power_relative"].toDouble(), frontPower = best.toObject()["power_relative"].toDouble();
                QVERIFY(!(power <= frontPower && metric(point) > metric(best)) && !(power < frontPower && metric(point) >= metric(best)));
            }
    }
    static double metric(const QJsonValue& point) { return point.toObject()["metric"].toObject()["value"].toDouble(); }

    QTemporaryDir m_folder;
    QString m_project;
};

QTEST_GUILESS_MAIN(TestCliProjects)
#include "tst_cli_projects.moc"
