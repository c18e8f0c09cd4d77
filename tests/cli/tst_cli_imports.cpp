// SPDX-License-Identifier: GPL-3.0-or-later
// acu import and acu audit, and what the other acu commands say of imported multipliers.
#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "tests/cli/cli_testing.h"
#include "tests/support/acu_fixtures.h"

using namespace axp::test;
using namespace axp::testing;

namespace {

const QString groundTruth = QStringLiteral(AXP_SOURCE_DIR "/../shared/acu");

/// The entry of a summary whose path ends with `file`.
QJsonObject entryOf(const Outcome& outcome, const QString& file) {
    for (const auto& entry : outcome.object()["entries"].toArray())
        if (entry.toObject()["path"].toString().endsWith(file)) return entry.toObject();
    return {};
}

QString codes(const Outcome& audit) {
    QStringList all;
    for (const auto& finding : audit.object()["findings"].toArray()) all << finding.toObject()["kind"].toString() + ":" + finding.toObject()["code"].toString();
    return all.join(' ');
}

}  // namespace

class TestCliImports : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    const axp::ProductTable m_signed = tableOf(8, 8, true, skewProduct);

    QString at(const QString& name) const { return m_folder->filePath(name); }
    QString written(const QString& name, const QByteArray& bytes) const {
        writeBytes(at(name), bytes);
        return at(name);
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    /// A folder with circuits, tables and a file that is cut off; then the same again.
    void importsAFolder() {
        QVERIFY(QDir().mkpath(at("in")));
        written("in/mul8u_T1.c", circuitC("mul8u_T1", 8, 2, "// MAE% = 0.0019 %\n// MAE = 1.2 \n// WCE = 5 \n// PDK45_PWR = 0.250 mW\n", true));
        written("in/mul8u_T2.c", circuitC("mul8u_T2", 8, 3, "// MAE% = 0.0019 %\n// MAE = 9.9 \n"));
        written("in/same.c", circuitC("same", 8, 2, {}));
        written("in/skew.csv", gridText(m_signed, ',', false));
        written("in/cut.csv", gridText(m_signed, ',', false).chopped(10));
        written("in/notes.md", "not a multiplier");
        const QStringList command{"acu", "import", at("in"), "--library", at("lib"), "--bits-a", "8", "--bits-b", "8", "--json"};
        const Outcome unsaid = run({"acu", "import", at("in"), "--library", at("other"), "--json"});
        EXPECT_CODE(unsaid, 0);
        QVERIFY(entryOf(unsaid, "same.c")["question"].toString() == "widths" || entryOf(unsaid, "same.c")["question"].toString() == "sign");
        const Outcome first = run(QStringList(command) << "--unsigned" << "--csv" << at("report.csv"));
        EXPECT_CODE(first, 0);
        EXPECT_SCHEMA("acu-import", first);
        const QJsonObject summary = first.object();
        QCOMPARE(entryOf(first, "mul8u_T1.c")["outcome"].toString(), "imported");
        QCOMPARE(entryOf(first, "same.c")["duplicate_of"].toString(), "mul8u_T1");
        QCOMPARE(entryOf(first, "cut.csv")["outcome"].toString(), "refused");
        QVERIFY(entryOf(first, "notes.md").isEmpty());
        QCOMPARE(summary["differences_unexplained"].toInt(), 2);  // both figures of mul8u_T2 are wrong
        QVERIFY(readAll(at("report.csv")).startsWith("outcome,name"));
        const Outcome second = run(QStringList(command) << "--unsigned");
        EXPECT_CODE(second, 0);
        QCOMPARE(second.object()["imported"].toInt() + second.object()["duplicates"].toInt(), 0);
        QCOMPARE(second.object()["acus_in_library"], summary["acus_in_library"]);

        const Outcome list = run({"acu", "list", "--library", at("lib"), "--json"});
        EXPECT_CODE(list, 0);
        EXPECT_SCHEMA("acu-list", list);
        const Outcome show = run({"acu", "show", "same", "--library", at("lib"), "--json"});
        EXPECT_CODE(show, 0);
        EXPECT_SCHEMA("acu-show", show);
        QCOMPARE(show.object()["name"].toString(), "mul8u_T1");
        QCOMPARE(show.object()["mae"].toDouble(), 1.25);
        QCOMPARE(show.object()["power_mw"].toDouble(), 0.25);
        const QJsonObject record = show.object()["record"].toObject();
        QCOMPARE(record["published"].toObject()["MAE%"].toString(), "0.0019");
        QVERIFY(record["differences"].toArray().isEmpty());
        QVERIFY(record["licence"].toString().contains("MIT"));
        const Outcome text = run({"acu", "show", "mul8u_T2", "--library", at("lib")});
        EXPECT_CODE(text, 0);
        QVERIFY2(text.out.contains("unexplained") && text.out.contains("Citation"), text.out);
    }

    /// A function that says nothing of itself: the error names the options, and with them every product is right.
    void importsAnyFunction() {
        const QString file = written("thing.c", "static int helper(int x) { return x & ~1; }\nint times(int x, int w) { int s = 0; for (int i = 0; i < 4; ++i) s += helper(x) * (w & (1 << i)); return s; }\n");
        const Outcome asked = run({"acu", "import", file, "--library", at("lib"), "--json"});
        EXPECT_CODE(asked, 2);
        QVERIFY2(asked.error()["remedy"].toString().contains("function"), asked.out);
        QVERIFY(!QFile::exists(at("lib")));
        const Outcome done = run({"acu", "import", file, "--library", at("lib"), "--function", "times", "--bits-a", "4", "--bits-b", "4", "--unsigned", "--name", "mine", "--json"});
        if (done.error()["what"].toString().contains("compiler")) QSKIP("no C compiler");
        EXPECT_CODE(done, 0);
        EXPECT_CODE(run({"acu", "table", "mine", "--library", at("lib"), "--out", at("t.npy")}), 0);
        const axp::ProductTable table = tableOf(4, 4, false, [](std::int64_t a, std::int64_t b) { return (a & ~1) * b; });
        const Outcome show = run({"acu", "show", "mine", "--library", at("lib"), "--json"});
        QCOMPARE(show.object()["sha256"].toString(), QString::fromStdString(axp::tableHash(table)));
    }

    void refusesWhatIsNothing_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("mentions");
        QTest::newRow("missing file") << QStringList{"acu", "import", "no-such.c", "--library", "lib"} << "no-such.c";
        QTest::newRow("no library") << QStringList{"acu", "import", "x.csv"} << "--library";
        QTest::newRow("unknown format") << QStringList{"acu", "import", "x.csv", "--library", "lib", "--format", "papyrus"} << "papyrus";
        QTest::newRow("both signs") << QStringList{"acu", "import", "x.csv", "--library", "lib", "--signed", "--unsigned"} << "--signed";
        QTest::newRow("order") << QStringList{"acu", "import", "x.csv", "--library", "lib", "--order", "random"} << "--order";
        QTest::newRow("width") << QStringList{"acu", "import", "x.csv", "--library", "lib", "--bits-a", "17"} << "--bits-a";
        QTest::newRow("folder without any") << QStringList{"acu", "import", "empty", "--library", "lib"} << "no multiplier";
        QTest::newRow("library is a file") << QStringList{"acu", "import", "x.csv", "--library", "x.csv"} << "x.csv";
        QTest::newRow("audit of nothing") << QStringList{"acu", "audit", "no-such.h"} << "no-such.h";
    }
    void refusesWhatIsNothing() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, mentions);
        written("x.csv", gridText(m_signed, ',', false));
        QVERIFY(QDir().mkpath(at("empty")));
        const Outcome outcome = run(QStringList(arguments) << "--json", m_folder->path());
        QVERIFY2(outcome.code == 2 || outcome.code == 1, outcome.err);
        const QString said = outcome.error()["where"].toString() + outcome.error()["what"].toString() + outcome.error()["remedy"].toString();
        QVERIFY2(said.contains(mentions), outcome.out);
        EXPECT_SCHEMA("error", outcome);
        QVERIFY(!QFile::exists(at("lib")));
    }

    /// The header that AdaPT and TransAxx ship for this circuit has these faults; the true products are built in.
    void auditFindsTheConverterFault() {
        axp::ProductTable table = tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return (a & ~1) * (b & ~1); });
        const axp::ProductTable truth = table;
        for (std::int64_t a = -128; a < 0; ++a)
            for (std::int64_t b = -128; b < 0; ++b) table.products[static_cast<std::size_t>((a & 255) * 256 + (b & 255))] = truth.at(-a, -b);
        const Outcome outcome = run({"acu", "audit", written("mul8s_1L2H.h", headerText(table)), "--json"});
        EXPECT_CODE(outcome, 0);
        EXPECT_SCHEMA("acu-audit", outcome);
        QVERIFY(outcome.object()["faulty"].toBool());
        QVERIFY2(codes(outcome).contains("fault:magnitude-converter"), qPrintable(codes(outcome)));
        const Outcome text = run({"acu", "audit", at("mul8s_1L2H.h")});
        EXPECT_CODE(text, 0);
        QVERIFY2(text.out.contains("fault: 12,414 of 65,536 products"), text.out);
        const Outcome right = run({"acu", "audit", written("mul8s_1L2H.h", headerText(truth)), "--json"});
        QVERIFY(!right.object()["faulty"].toBool());
        // Against a model that is named, with its operands exchanged.
        const Outcome transposed = run({"acu", "audit", written("t.h", headerText(effectiveTable(m_signed, axp::SignHandling::Direct, true))), "--reference",
                                        written("model.csv", gridText(m_signed, ',', false)), "--json"});
        QVERIFY2(codes(transposed).contains("fault:transposed"), qPrintable(codes(transposed)));
    }

    /// The ground truth as a folder of tables: every hash, and every published figure but those that are explained.
    void importsTheGroundTruth() {
        if (!QFile::exists(groundTruth + "/index.json")) QSKIP("the ground-truth tables (shared/acu beside the source tree) are missing");
        const Outcome outcome = run({"acu", "import", groundTruth, "--library", at("lib"), "--json"});
        EXPECT_CODE(outcome, 0);
        QCOMPARE(outcome.object()["refused"].toInt(), 0);
        QCOMPARE(outcome.object()["differences_unexplained"].toInt(), 0);
        QVERIFY(outcome.object()["figures_compared"].toInt() > 500);
        QSet<QString> hashes;
        for (const auto& entry : run({"acu", "list", "--library", at("lib"), "--json"}).json().array()) hashes << entry.toObject()["sha256"].toString();
        for (const auto& value : QJsonDocument::fromJson(readAll(groundTruth + "/index.json")).array()) QVERIFY(hashes.contains(value.toObject()["sha256"].toString()));
    }
};

QTEST_GUILESS_MAIN(TestCliImports)
#include "tst_cli_imports.moc"
