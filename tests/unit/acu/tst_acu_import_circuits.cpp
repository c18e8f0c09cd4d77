// SPDX-License-Identifier: GPL-3.0-or-later
// Circuits: whole checkouts with branches, circuits too wide for a table, and C against Verilog.
#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "core/acu/import/import.h"
#include "core/acu/library.h"
#include "tests/support/acu_fixtures.h"

using namespace axp;
using namespace axp::test;

class TestAcuImportCircuits : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;

    QString at(const QString& name) const { return m_folder->filePath(name); }
    std::string written(const QString& name, const QByteArray& bytes) const {
        if (!QDir().mkpath(QFileInfo(at(name)).path())) qFatal("cannot make a folder");
        writeBytes(at(name), bytes);
        return at(name).toStdString();
    }
    std::string library() const { return at("lib").toStdString(); }
    AcuImportSummary import(const std::vector<QString>& paths, const AcuImportOptions& options = {}) const {
        std::vector<std::string> names;
        for (const auto& path : paths) names.push_back(at(path).toStdString());
        auto summary = importAcus(names, library(), options, {});
        if (!summary.ok()) qFatal("%s", summary.error().text().c_str());
        return std::move(summary).value();
    }
    AcuLibrary opened() const {
        AcuLibrary library;
        const auto count = library.load(this->library());
        if (!count.ok()) qFatal("%s", count.error().text().c_str());
        return library;
    }
    /// A circuit as a checkout shows it: once for every front, with a line of its own in each.
    void addCircuit(const QString& branch, const QByteArray& name, int broken, const QByteArray& figures = "// MAE = 1.2 \n") const {
        const QByteArray text = circuitC(name, 8, broken, figures);
        for (const QByteArray front : {"mae", "wce"}) {
            QByteArray own = text;
            own.replace("***/\n", "* This file contains a circuit from a sub-set of pareto optimal circuits with respect to the pwr and " + front + " parameters\n***/\n");
            written(branch + "/multiplers/8x8_unsigned/pareto_pwr_" + front + "/" + name + ".c", own);
        }
    }
    static QByteArray metaOf(const QByteArray& instances) { return "[{\"name\": \"mul\", \"datasets\": [{\"datasets\": [{\"instances\": [" + instances + "]}]}]}]"; }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    /// Every circuit once; meta.json adds figures, and what it lists and is not there is said.
    void importsACheckout() {
        addCircuit("evo", "mul8u_P", 2);
        written("evo/.git/HEAD", "ref: refs/heads/topic\n");
        written("evo/multiplers/8x8_unsigned/pareto_pwr_mae/mul8u_P.v", circuitVerilog("mul8u_P", 8, 2));
        written("evo/multiplers/8x8_unsigned/pareto_pwr_mae/mul8u_P_pdk45.v", "module mul8u_P(A, B, O); FAX1 x(.A(1)); endmodule\n");
        written("evo/adders/add8u_X.c", circuitC("add8u_X", 8, 2, {}));
        written("evo/meta.json", metaOf("{\"name\": \"mul8u_P\", \"params\": {\"pwr\": \"0.2\", \"mae%\": \"0.0019\"}}, {\"name\": \"mul8u_GONE\", \"params\": {}}, {\"name\": 7}"));
        for (const QString& path : {QString("evo"), QString("evo/multiplers/")}) {
            QDir(at("lib")).removeRecursively();
            const auto summary = import({path});
            QVERIFY2(summary.count(ImportOutcome::Imported) == 1 && summary.entries.size() == 2, summary.text().c_str());
            QVERIFY2(summary.text().find("mul8u_GONE is listed") != std::string::npos, summary.text().c_str());
            QVERIFY2(summary.text().find("branch topic, 1 circuits") != std::string::npos, summary.text().c_str());
            const AcuLibrary library = opened();
            const AcuPtr acu = *library.find("mul8u_P@topic");
            QCOMPARE(acu->name(), std::string("mul8u_P"));
            QCOMPARE(acu->record()->files.size(), std::size_t{2});
            QCOMPARE(acu->record()->collection, std::string("EvoApproxLib (topic)"));
            QCOMPARE(acu->record()->published.size(), std::size_t{3});
            QVERIFY(acu->record()->differences.empty());
        }
    }

    /// The same name for other products: both get the branch. The same products under two names: one ACU.
    void tellsBranchesApart() {
        addCircuit("master", "mul8u_S", 2, "// PDK45_PWR = 0.4 mW\n");
        addCircuit("v2022", "mul8u_S", 3, {});
        addCircuit("v2022", "mul8u_T", 2, "// PDK45_PWR = 0.5 mW\n");
        const auto summary = import({"master", "v2022"});
        QVERIFY2(summary.count(ImportOutcome::Imported) == 2 && summary.count(ImportOutcome::Duplicate) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        QVERIFY(!library.find("mul8u_S").ok());  // which one?
        QCOMPARE((*library.find("mul8u_S@master"))->product(3, 3), brokenProduct(3, 3, 8, 2));
        QCOMPARE((*library.find("mul8u_S@v2022"))->product(3, 3), brokenProduct(3, 3, 8, 3));
        const AcuPtr twin = *library.find("mul8u_T");
        QCOMPARE(twin->name(), std::string("mul8u_S@master"));
        QCOMPARE(*twin->figures().powerMw, 0.4);
        QCOMPARE(twin->record()->twins.size(), std::size_t{1});
        QCOMPARE(twin->record()->twins.front().name, std::string("mul8u_T@v2022"));
        QCOMPARE(*twin->record()->twins.front().figures.powerMw, 0.5);
        QCOMPARE(import({"master", "v2022"}).count(ImportOutcome::Unchanged), std::size_t{3});
    }

    /// One branch after the other: what has a name keeps it.
    void branchesOneAfterTheOther() {
        addCircuit("master", "mul8u_S", 2);
        addCircuit("v2022", "mul8u_S", 3);
        QCOMPARE(import({"master"}).entries.front().name, std::string("mul8u_S"));
        QCOMPARE(import({"v2022"}).entries.front().name, std::string("mul8u_S@v2022"));
        const AcuLibrary library = opened();
        QCOMPARE((*library.find("mul8u_S"))->product(3, 3), brokenProduct(3, 3, 8, 2));
        QCOMPARE(*library.find("mul8u_S"), *library.find("mul8u_S@master"));
    }

    /// A folder without the checkout's root: copies are still one circuit.
    void copiesOutsideOfACheckout() {
        addCircuit("evo", "mul8u_P", 2);
        const auto summary = import({"evo/multiplers/8x8_unsigned"});
        QCOMPARE(summary.entries.size(), std::size_t{1});
        QCOMPARE(opened().acus().back()->record()->files.size(), std::size_t{2});
    }

    void bindsOperandsByName() {
        written("mul4u_N.c", "#include <stdint.h>\nuint64_t mul4u_N(const uint64_t B,const uint64_t A)\n{\n  uint64_t O = 0;\n  O |= ((A >> 0)&1) << 0;\n  O |= ((B >> 3)&1) << 5;\n  return O;\n}\n");
        const auto summary = import({"mul4u_N.c"});
        QVERIFY2(summary.count(ImportOutcome::Imported) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        const AcuPtr acu = library.acus().back();
        QCOMPARE(acu->product(1, 0), std::int64_t{1});
        QCOMPARE(acu->product(0, 8), std::int64_t{32});
        QVERIFY(!acu->record()->notes.empty());
    }

    /// More than 24 operand bits: no table, sampled figures, the circuit itself in the library, and the same products when it is opened.
    void keepsWideCircuits() {
        written("mul13u_W.c", circuitC("mul13u_W", 13, 5, "// WCE = 1000000 \n// EP% = 93 %\n"));
        const auto summary = import({"mul13u_W.c"});
        QVERIFY2(summary.count(ImportOutcome::Imported) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        const AcuPtr acu = library.acus().back();
        QVERIFY(acu->record()->sampled);
        QVERIFY(acu->record()->metrics->commutative);
        const auto loaded = acu->load();
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        for (const auto& [a, b] : {std::pair{8191, 8191}, {31, 31}, {1234, 4321}, {0, 7}}) QCOMPARE(acu->product(a, b), brokenProduct(a, b, 13, 5));
        QVERIFY(!acu->table().ok());
        // The largest error of such an array is known: all partial products below column 5, sum of (k + 1) 2^k.
        QCOMPARE(acu->record()->metrics->wce, 129.0);
        QVERIFY(std::any_of(acu->record()->differences.begin(), acu->record()->differences.end(), [](const FigureDifference& d) { return d.key == "WCE" && d.explained(); }));
        QCOMPARE(import({"mul13u_W.c"}).count(ImportOutcome::Unchanged), std::size_t{1});
        QVERIFY(QFile::exists(at("lib/circuits/mul13u_W.c")));
    }

    /// All 2^26 products instead of a sample: the figures of such an array are known in closed form.
    void provesWideCircuits() {
        written("mul13u_W.c", circuitC("mul13u_W", 13, 5, "// WCE = 129 \n// MAE = 32.2 \n// EP% = 12 %\n"));
        import({"mul13u_W.c"});
        const auto proof = proveAcu(library(), "mul13u_W", 0, {});
        QVERIFY2(proof.ok(), proof.ok() ? "" : proof.error().text().c_str());
        QCOMPARE(proof->pairs, std::int64_t{1} << 26);
        QCOMPARE(proof->metrics.wce, 129.0);
        QCOMPARE(proof->metrics.mae, 32.25);
        QCOMPARE(proof->metrics.bias, -32.25);
        QVERIFY(proof->metrics.commutative);
        QVERIFY(proof->differences.size() == 1 && !proof->differences.front().explained());  // EP
        const AcuLibrary library = opened();
        const auto record = library.acus().back()->record();
        QVERIFY(!record->sampled);
        QCOMPARE(record->metrics->mae, 32.25);
        const auto again = proveAcu(this->library(), "mul13u_W", 0, {});
        QVERIFY(!again.ok() && again.error().text().find("already") != std::string::npos);
        QVERIFY(!proveAcu(this->library(), "other", 0, {}).ok());
        JobContext job;
        job.cancel.cancel();
        written("mul13u_V.c", circuitC("mul13u_V", 13, 6, {}));
        import({"mul13u_V.c"});
        const auto stopped = proveAcu(this->library(), "mul13u_V", 0, job);
        QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
        QVERIFY((*opened().find("mul13u_V"))->record()->sampled);
    }

    /// A wide C model that has to be compiled is kept as its Verilog, but only when that has the same products.
    void takesGatesFromVerilog() {
        written("mul13u_L.c", circuitLoop("mul13u_L", 13, 5));
        const auto alone = import({"mul13u_L.c"});
        QCOMPARE(alone.count(ImportOutcome::Refused), std::size_t{1});
        const QString problem = QString::fromStdString(alone.entries.front().problem.text());
        if (problem.contains("compiler")) QSKIP("no C compiler");
        QVERIFY2(problem.contains("Verilog"), qPrintable(problem));
        written("mul13u_L.v", circuitVerilog("mul13u_L", 13, 6));
        const auto other = import({"mul13u_L.c"});
        QCOMPARE(other.count(ImportOutcome::Refused), std::size_t{1});
        // What stands in the way, and that the two files are not the same circuit.
        const QString sentence = QString::fromStdString(other.entries.front().problem.text());
        for (const char* part : {"pointers are not straight-line C", "mul13u_L.c:4", "is another circuit", "sampled products, first at ", " in C, ", " in Verilog"})
            QVERIFY2(sentence.contains(part), qPrintable(sentence));
        written("mul13u_L.v", circuitVerilog("mul13u_L", 13, 5));
        const auto summary = import({"mul13u_L.c"});
        QVERIFY2(summary.count(ImportOutcome::Imported) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        const AcuPtr acu = library.acus().back();
        QCOMPARE(acu->record()->verilog, std::string("equal in all 16,777,216 sampled products"));
        QVERIFY(acu->load().ok());
        QCOMPARE(acu->product(31, 31), brokenProduct(31, 31, 13, 5));
        QVERIFY(QFile::exists(at("lib/circuits/mul13u_L.v")));
    }

    /// As in EvoApproxLib's 16-bit circuits of 8-bit ones: tables that the first call fills are gates. Nothing is compiled, and what the Verilog
    /// beside it computes does not matter, but is said.
    void readsTablesOfParts() {
        written("mul16u_K.c", circuitTables("mul16u_K"));
        written("mul16u_K.v", tablesVerilog("mul16u_K", false));
        written("mul16u_E.c", circuitTables("mul16u_E").replace("i * 256", "i * 0x100"));
        written("mul16u_E.v", tablesVerilog("mul16u_E", true));
        AcuImportOptions options;
        options.checkVerilog = true;
        const auto summary = import({"mul16u_K.c"}, options);
        QVERIFY2(summary.count(ImportOutcome::Imported) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        const AcuPtr acu = library.acus().back();
        const QString verdict = QString::fromStdString(acu->record()->verilog);
        QVERIFY2(verdict.contains("differs in") && verdict.contains("first at"), qPrintable(verdict));
        QVERIFY(QFile::exists(at("lib/circuits/mul16u_K.c")));
        QVERIFY(acu->load().ok());
        for (const auto& [a, b] : {std::pair{65535, 65535}, {255, 1}, {256, 1}, {4660, 22136}, {0, 9}}) QCOMPARE(acu->product(a, b), tablesProduct(a, b));
        const auto twin = import({"mul16u_E.c"}, options);
        QCOMPARE(twin.entries.front().duplicateOf, std::string("mul16u_K"));
        QVERIFY2(twin.text().find("refused") == std::string::npos || twin.count(ImportOutcome::Refused) == 0, twin.text().c_str());
        const auto& notes = twin.entries.front().notes;
        QVERIFY(std::any_of(notes.begin(), notes.end(), [](const std::string& note) { return note == "Verilog: equal in all 16,777,216 sampled products"; }));
    }

    /// As in EvoApproxLib's 16-bit circuits of 8-bit ones: the Verilog's A is the C model's B. The C model counts.
    void seesExchangedOperands() {
        written("mul13u_U.c", unevenLoop("mul13u_U"));
        written("mul13u_U.v", unevenVerilog("mul13u_U", true));
        const auto summary = import({"mul13u_U.c"});
        if (summary.count(ImportOutcome::Refused) > 0 && summary.text().find("compiler") != std::string::npos) QSKIP("no C compiler");
        QVERIFY2(summary.count(ImportOutcome::Imported) == 1, summary.text().c_str());
        const AcuLibrary library = opened();
        const AcuPtr acu = library.acus().back();
        QCOMPARE(acu->record()->verilog, std::string("equal in all 16,777,216 sampled products, with its operands exchanged"));
        const auto loaded = acu->load();
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        QCOMPARE(acu->product(7, 5), std::int64_t{30});
        QCOMPARE(acu->product(5, 7), std::int64_t{28});
        QVERIFY(!acu->record()->metrics->commutative);
    }

    void checksVerilogOnDemand() {
        for (const auto& [name, broken] : {std::pair{"mul8u_E", 2}, {"mul8u_D", 3}}) {
            written(QString(name) + ".c", circuitC(name, 8, 2, {}));
            written(QString(name) + ".v", circuitVerilog(name, 8, broken));
        }
        written("mul8u_X.c", circuitC("mul8u_X", 8, 4, {}));
        written("mul8u_X.v", "module mul8u_X(P, Q);\ninput P;\noutput Q;\nassign Q = P;\nendmodule\n");
        import({"mul8u_E.c", "mul8u_X.c"});
        QVERIFY(opened().acus().back()->record()->verilog.empty());
        AcuImportOptions options;
        options.checkVerilog = true;
        const auto summary = import({"mul8u_E.c", "mul8u_X.c", "mul8u_D.c"}, options);
        const auto notes = [&](std::size_t i) { return QString::fromStdString(summary.entries[i].notes.empty() ? std::string() : summary.entries[i].notes.back()); };
        QVERIFY2(notes(0).contains("equal in all 65,536 products"), qPrintable(notes(0)));
        QVERIFY2(notes(1).contains("not compared"), qPrintable(notes(1)));
        QVERIFY2(notes(2).contains("differs in") && notes(2).contains("in Verilog"), qPrintable(notes(2)));
        // The verdict is kept, though the multiplier was known already; that of another circuit with its products is not its own.
        QCOMPARE((*opened().find("mul8u_E"))->record()->verilog, std::string("equal in all 65,536 products"));
    }

    /// A library that somebody sends must not make this machine compile or run anything.
    void neverRunsALibrarysCode() {
        written("mul13u_W.c", circuitC("mul13u_W", 13, 5, {}));
        import({"mul13u_W.c"});
        writeBytes(at("lib/circuits/mul13u_W.c"), circuitLoop("mul13u_W", 13, 5));
        const AcuLibrary library = opened();
        const auto loaded = library.acus().back()->load();
        QVERIFY(!loaded.ok());
        writeBytes(at("lib/circuits/mul13u_W.c"), circuitC("mul13u_W", 13, 6, {}));
        QVERIFY(!library.acus().back()->load().ok());
        writeBytes(at("lib/circuits/mul13u_W.c"), circuitC("mul13u_W", 13, 5, {}));
        QVERIFY(library.acus().back()->load().ok());
    }
};

QTEST_GUILESS_MAIN(TestAcuImportCircuits)
#include "tst_acu_import_circuits.moc"
