// SPDX-License-Identifier: GPL-3.0-or-later
// Projects on data of other kinds, and other metrics than top-1.
#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

#include "core/graph/graph.h"
#include "core/model/importer.h"
#include "tests/cli/cli_testing.h"
#include "tests/support/data_fixtures.h"

using namespace axp::testing;
using axp::test::idxBytes;
using axp::test::pattern;
using axp::test::writeBytes;

namespace {

// As much of the ONNX file format as a network on tokens needs (onnx.proto).
QByteArray varint(quint64 value) {
    QByteArray bytes;
    for (; value > 127; value >>= 7) bytes.append(static_cast<char>((value & 127) | 128));
    return bytes + static_cast<char>(value);
}
QByteArray number(int field, quint64 value) { return varint(static_cast<quint64>(field) << 3) + varint(value); }
QByteArray part(int field, const QByteArray& bytes) { return varint((static_cast<quint64>(field) << 3) | 2) + varint(static_cast<quint64>(bytes.size())) + bytes; }
QByteArray node(const char* kind, const char* name, const QList<QByteArray>& inputs, const char* output) {
    QByteArray bytes;
    for (const QByteArray& input : inputs) bytes += part(1, input);
    return part(1, bytes + part(2, output) + part(3, name) + part(4, kind));
}
QByteArray matrix(const char* name, int rows, int columns, const std::vector<float>& values) {
    const QByteArray raw(reinterpret_cast<const char*>(values.data()), static_cast<int>(values.size() * sizeof(float)));
    return part(5, number(1, static_cast<quint64>(rows)) + number(1, static_cast<quint64>(columns)) + number(2, 1) + part(8, name) + part(9, raw));
}
QByteArray value(int field, const char* name, int type, const QList<QByteArray>& dimensions) {
    QByteArray shape;
    for (const QByteArray& dimension : dimensions) shape += part(1, dimension);
    return part(field, part(1, name) + part(2, part(1, number(1, static_cast<quint64>(type)) + part(2, shape))));
}
/// Gives 8 to the word that follows in the fixture's sequences (five later of eleven) and 0 to the others: a table of words and a layer.
QByteArray tokenModel(int length) {
    std::vector<float> table(121), weights(121);
    for (std::size_t i = 0; i < 11; ++i) table[i * 11 + i] = 1, weights[i * 11 + (i + 5) % 11] = 8;
    const QByteArray batch = part(2, "batch"), places = number(1, static_cast<quint64>(length));
    const QByteArray graph = node("Gather", "words", {"table", "ids"}, "rows") + node("MatMul", "head", {"rows", "weights"}, "scores") + part(2, "tokens") +
                             matrix("table", 11, 11, table) + matrix("weights", 11, 11, weights) + value(11, "ids", 7, {batch, places}) +
                             value(12, "scores", 1, {batch, places, number(1, 11)});
    return number(1, 8) + part(7, graph) + part(8, number(2, 17));
}
/// A convolution of one weight, 1: gives its picture back.
QString writeEcho(const QString& path) {
    axp::Graph graph;
    graph.name = "echo";
    const auto x = graph.addValue("input");
    graph.inputs = {x};
    graph.values[static_cast<std::size_t>(x)].shape = {1, 1, 28, 28};
    axp::ConvAttributes attributes;
    attributes.stride = attributes.dilation = {1, 1};
    attributes.padBegin = attributes.padEnd = attributes.outputPadding = {0, 0};
    const auto weight = graph.addConstant("echo.weight", axp::Tensor::from({1, 1, 1, 1}, std::vector<float>{1}), true);
    graph.outputs = {graph.addMac("echo", axp::NodeKind::Conv, {axp::ValueRef{x}, axp::ValueRef{weight}, axp::Arg{}}, attributes)};
    const auto written = axp::exportOnnx(graph, path.toStdString());
    return written.ok() ? QString() : QString::fromStdString(written.error().text());
}

}  // namespace

class TestCliData : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    QString path(const char* name) const { return m_folder.filePath(name); }
    /// `project new` on the IDX files with these options more.
    Outcome make(const char* name, const QStringList& more) const {
        return run(QStringList{"project", "new", "--model", path("tiny.onnx"), "--out", path(name), "--acus", "exact8s,mul8s_1L2H", "--data-path", path("data"),
                               "--json"} + more);
    }
    static QJsonObject metricOf(const Outcome& outcome) { return outcome.object()["metric"].toObject(); }

private slots:
    void initTestCase() {
        const QString problem = writeTinyModel(path("tiny.onnx"), 2);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QByteArray labels;
        for (int i = 0; i < 60; ++i) labels.append(static_cast<char>(i % 10));
        writeBytes(path("data/images-idx3-ubyte"), idxBytes({60, 28, 28}, pattern(60, 784)));
        writeBytes(path("data/labels-idx1-ubyte"), idxBytes({60}, labels));
    }

    void sourceAndMetricAreKept() {
        const Outcome made = make("five.axp", {"--metric", "top5", "--preprocess", "mean=0.286", "--preprocess", "deviation=0.353"});
        EXPECT_CODE(made, 0);
        EXPECT_SCHEMA("project-new", made);
        QVERIFY(made.object()["data"].toString().startsWith("idx-"));
        const QJsonObject data = QJsonDocument::fromJson(readAll(path("five.axp"))).object()["data"].toObject();
        QCOMPARE(data["source"].toString(), "idx");
        QCOMPARE(data["path"].toString(), "data");
        QCOMPARE(data["metric"].toString(), "top5");
        QCOMPARE(data["preprocessing"].toObject(), (QJsonObject{{"mean", "0.286"}, {"deviation", "0.353"}}));
        QVERIFY(!data.contains("options"));
        const Outcome five = run({"evaluate", "--assign", "exact", path("five.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(five, 0);
        EXPECT_SCHEMA("evaluate", five);
        QCOMPARE(metricOf(five)["name"].toString(), "top5");
        QVERIFY(five.object()["slice"].toString().startsWith(made.object()["data"].toString() + ':'));
        const Outcome table = run({"evaluate", path("five.axp"), "--samples", "20", "--assign", "all=mul8s_1L2H"});
        EXPECT_CODE(table, 0);
        QVERIFY2(table.out.contains("top5") && table.out.contains(" %"), table.out);
        const Outcome front = run({"pareto", path("five.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(front, 0);
        EXPECT_SCHEMA("pareto", front);
        for (const auto& point : front.json().array()) QCOMPARE(point.toObject()["metric"].toObject()["name"].toString(), "top5");
    }

    /// Other preprocessing is other data, and another metric another result: nothing is taken from the database by mistake.
    void resultsDoNotMix() {
        EXPECT_CODE(make("one.axp", {}), 0);
        EXPECT_CODE(make("two.axp", {"--preprocess", "divisor=100"}), 0);
        const Outcome one = run({"evaluate", "--assign", "exact", path("one.axp"), "--samples", "20", "--json"});
        const Outcome two = run({"evaluate", "--assign", "exact", path("two.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(one, 0);
        EXPECT_CODE(two, 0);
        QVERIFY(one.object()["slice"] != two.object()["slice"]);
        QCOMPARE(metricOf(one)["name"].toString(), "top1");
        QByteArray project = readAll(path("one.axp"));
        project.replace("\"source\": \"idx\"", "\"metric\": \"mean-recall\", \"source\": \"idx\"");
        QVERIFY(writeFile(path("one.axp"), project));
        const Outcome other = run({"evaluate", "--assign", "exact", path("one.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(other, 0);
        QCOMPARE(metricOf(other)["name"].toString(), "mean-recall");
        QCOMPARE(other.object()["cached"].toBool(true), false);
        const Outcome front = run({"pareto", path("one.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(front, 0);
        QCOMPARE(front.json().array().size(), 1);
        QVERIFY2(front.err.contains("another metric"), front.err);
    }

    void withoutLabelsTheFloatNetworkIsTheReference() {
        EXPECT_CODE(make("none.axp", {"--data-option", "target=none"}), 0);
        const Outcome outcome = run({"evaluate", "--assign", "exact", path("none.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(outcome, 0);
        QCOMPARE(metricOf(outcome)["name"].toString(), "agreement");
        QVERIFY(metricOf(outcome)["value"].toDouble() > 0.5);
    }

    void picturesAreComparedWithTheOriginals() {
        const QString problem = writeEcho(path("echo.onnx"));
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        const QStringList rest{"--data-path", path("data"), "--data-option", "target=input", "--acus", "exact8s,mul8s_1L2L"};
        EXPECT_CODE(run(QStringList{"project", "new", "--model", path("echo.onnx"), "--out", path("echo.axp")} + rest), 0);
        const Outcome exact = run({"evaluate", "--assign", "exact", path("echo.axp"), "--samples", "20", "--json"});
        EXPECT_CODE(exact, 0);
        QCOMPARE(metricOf(exact)["name"].toString(), "psnr");
        const double decibels = metricOf(exact)["value"].toDouble();
        QVERIFY2(decibels > 35 && decibels < 80, exact.out);  // 8 bits: an error of about a 250th
        const Outcome rough = run({"evaluate", path("echo.axp"), "--samples", "20", "--assign", "all=mul8s_1L2L", "--json"});
        QVERIFY2(metricOf(rough)["value"].toDouble() < decibels - 3, rough.out);
        const Outcome text = run({"evaluate", "--assign", "exact", path("echo.axp"), "--samples", "20"});
        QVERIFY2(text.out.contains(" dB"), text.out);
        const Outcome front = run({"pareto", path("echo.axp"), "--samples", "20", "--all", "--json"});
        EXPECT_CODE(front, 0);
        EXPECT_SCHEMA("pareto", front);
        // A network that gives pictures has no classes to count.
        const QStringList labels{"--data-path", path("data")};
        EXPECT_CODE(run(QStringList{"project", "new", "--model", path("echo.onnx"), "--out", path("wrong.axp")} + labels), 0);
        const Outcome wrong = run({"evaluate", "--assign", "exact", path("wrong.axp"), "--samples", "20"});
        EXPECT_CODE(wrong, 2);
        QVERIFY2(wrong.err.contains("score for each of 10 classes"), wrong.err);
    }

    void sequencesAreJudgedByTheirNextWord() {
        const auto spec = axp::test::writeFixture("tokens", path("words"));
        QVERIFY(spec);
        QVERIFY(writeFile(path("words.onnx"), tokenModel(6)));
        const QStringList rest{"--data-path", path("words"), "--acus", "exact8s"};
        EXPECT_CODE(run(QStringList{"project", "new", "--model", path("words.onnx"), "--out", path("words.axp")} + rest), 0);
        const Outcome exact = run({"evaluate", "--assign", "exact", path("words.axp"), "--samples", "6", "--json"});
        EXPECT_CODE(exact, 0);
        QCOMPARE(metricOf(exact)["name"].toString(), "token-accuracy");
        QCOMPARE(metricOf(exact)["value"].toDouble(), 1.0);
        EXPECT_CODE(run(QStringList{"project", "new", "--model", path("words.onnx"), "--out", path("likely.axp"), "--metric", "log-likelihood"} + rest), 0);
        const Outcome likely = run({"evaluate", "--assign", "exact", path("likely.axp"), "--samples", "6"});
        EXPECT_CODE(likely, 0);
        QVERIFY2(likely.out.contains("perplexity"), likely.out);
        const Outcome again = run({"evaluate", "--assign", "exact", path("likely.axp"), "--samples", "6", "--json"});
        const double expected = 8 - std::log(std::exp(8.0) + 10), value = metricOf(again)["value"].toDouble();
        QVERIFY2(std::abs(value - expected) < 0.001, qPrintable(QString::number(value)));
        // A vocabulary that the network does not know.
        const Outcome wrong = run(QStringList{"project", "new", "--model", path("words.onnx"), "--out", path("more.axp"), "--data-option", "vocabulary=20"} + rest);
        EXPECT_CODE(wrong, 0);
        const Outcome refused = run({"evaluate", "--assign", "exact", path("more.axp"), "--samples", "6"});
        EXPECT_CODE(refused, 2);
        QVERIFY2(refused.err.contains("20 tokens"), refused.err);
    }

    void refusals_data() {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("said");
        QTest::newRow("metric") << QStringList{"--metric", "psnr"} << "allow top1, top5";
        QTest::newRow("unknown metric") << QStringList{"--metric", "top-1"} << "top1";
        QTest::newRow("option") << QStringList{"--data-option", "clases=10"} << "classes";
        QTest::newRow("form") << QStringList{"--preprocess", "mean"} << "NAME=VALUE";
        QTest::newRow("value") << QStringList{"--preprocess", "resize=large"} << "whole number";
        QTest::newRow("source") << QStringList{"--data", "cifar"} << "no CIFAR files";
        QTest::newRow("unknown source") << QStringList{"--data", "cifar10"} << "cifar";
        QTest::newRow("sizes") << QStringList{"--preprocess", "crop=20"} << "[1, 20, 20]";
    }
    void refusals() {
        QFETCH(QStringList, options);
        QFETCH(QString, said);
        const Outcome outcome = make("refused.axp", options);
        EXPECT_CODE(outcome, 2);
        const QString text = QString::fromUtf8(outcome.out + outcome.err);
        QVERIFY2(text.contains(said), qPrintable(text));
        QVERIFY(!QFile::exists(path("refused.axp")));
    }
    void unknownFilesAreRefused() {
        writeBytes(path("notes/readme.txt"), "no data");
        const Outcome outcome = run({"project", "new", "--model", path("tiny.onnx"), "--out", path("refused.axp"), "--data-path", path("notes")});
        EXPECT_CODE(outcome, 2);
        QVERIFY2(outcome.err.contains("not recognised") && outcome.err.contains("image-folder"), outcome.err);
    }
};

QTEST_GUILESS_MAIN(TestCliData)
#include "tst_cli_data.moc"
