// SPDX-License-Identifier: GPL-3.0-or-later
// Reading tables, merging them into a library, and the comparison with published figures. Circuits are in tst_acu_import_circuits.
#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include "core/acu/import/compare.h"
#include "core/acu/import/text_tables.h"
#include "core/acu/import/import.h"
#include "core/acu/library.h"
#include "core/acu/library_json.h"
#include "tests/support/acu_fixtures.h"

using namespace axp;
using namespace axp::test;

class TestAcuImport : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    const ProductTable m_signed = tableOf(8, 8, true, skewProduct);
    const ProductTable m_unsigned = tableOf(8, 8, false, skewProduct);

    std::string file(const char* name, const QByteArray& bytes) {
        writeBytes(m_folder->filePath(name), bytes);
        return m_folder->filePath(name).toStdString();
    }
    std::string library() const { return m_folder->filePath("lib").toStdString(); }
    AcuImportSummary import(const std::vector<std::string>& paths, const AcuImportOptions& options = {}) {
        auto summary = importAcus(paths, library(), options, {});
        if (!summary.ok()) qFatal("%s", summary.error().text().c_str());
        return std::move(summary).value();
    }
    /// The table that an import of one file leaves, or why it was refused.
    Result<ProductTable> imported(const std::string& path, const AcuImportOptions& options = {}) {
        QDir(QString::fromStdString(library())).removeRecursively();
        const auto summary = import({path}, options);
        if (summary.count(ImportOutcome::Imported) != 1) return summary.entries.front().problem;
        AcuLibrary opened;
        AXP_CHECK(opened.load(library()));
        AXP_TRY(const auto table, opened.acus().back()->table());
        return *table;
    }
    QString refusal(const char* name, const QByteArray& bytes) {
        const auto table = imported(file(name, bytes));
        return table.ok() ? QString() : QString::fromStdString(table.error().text());
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void findsSignAndOrderFromTheProducts() {
        QVERIFY(*imported(file("a.csv", gridText(m_signed, ',', false))) == m_signed);
        QVERIFY(*imported(file("a.csv", gridText(m_signed, ',', true))) == m_signed);
        QVERIFY(*imported(file("a.csv", gridText(m_signed, ';', true))) == m_signed);
        QVERIFY(*imported(file("a.dat", gridText(m_unsigned, ' ', false))) == m_unsigned);
        const ProductTable small = tableOf(4, 4, true, skewProduct);
        QVERIFY(*imported(file("a.dat", gridText(small, '\t', true))) == small);
        const ProductTable wide = tableOf(8, 4, false, skewProduct);
        QVERIFY(*imported(file("a.csv", gridText(wide, ',', false))) == wide);
        QVERIFY(*imported(file("a.bin", rawBytes(m_signed))) == m_signed);
        QVERIFY(*imported(file("a.h", headerText(m_unsigned, "static const uint16_t"))) == m_unsigned);
        QVERIFY(*imported(file("a.h", headerText(m_signed, "const __device__ short"))) == m_signed);
        QVERIFY(*imported(file("a.h", headerText(m_unsigned, "unsigned short"))) == m_unsigned);
        QVERIFY(*imported(file("a.txt", tripleText(m_unsigned))) == m_unsigned);
    }

    /// Nothing is guessed: the error asks, and the option answers.
    void asksWhereContentIsAmbiguous() {
        const ProductTable zero = tableOf(8, 8, true, [](std::int64_t, std::int64_t) { return 0; });
        const std::string path = file("zero.csv", gridText(zero, ',', false));
        const auto summary = import({path});
        QCOMPARE(summary.count(ImportOutcome::Refused), std::size_t{1});
        QVERIFY(summary.entries.front().question == ImportQuestion::Sign);
        AcuImportOptions options;
        options.isSigned = true;
        QVERIFY(*imported(path, options) == zero);  // both orders are the same table
        // A multiplier so rough that the products cannot tell in which order they stand.
        const ProductTable rough = tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return a == 3 && b == 5 ? -1 : 0; });
        options.isSigned = true;
        const auto asked = imported(file("rough.csv", gridText(rough, ',', true)), options);
        QVERIFY(!asked.ok() && QString::fromStdString(asked.error().text()).contains("--order"));
        options.order = OperandOrder::Numeric;
        QVERIFY(*imported(file("rough.csv", gridText(rough, ',', true)), options) == rough);
    }

    /// A header of AdaPT's form whose content is not that.
    void refusesContentThatContradictsItsFormat() {
        ProductTable numeric = m_signed;
        for (std::int64_t a = 0; a < 256; ++a)
            for (std::int64_t b = 0; b < 256; ++b) numeric.products[static_cast<std::size_t>(a * 256 + b)] = m_signed.at(a - 128, b - 128);
        QVERIFY(refusal("a.h", headerText(numeric)).contains("--order"));
        ProductTable wrapped = m_unsigned;
        for (auto& product : wrapped.products) product = static_cast<std::int16_t>(product);
        QVERIFY(refusal("a.h", headerText(wrapped)).contains("--unsigned"));
        AcuImportOptions options;
        options.isSigned = false;
        QVERIFY(*imported(file("a.h", headerText(wrapped)), options) == m_unsigned);
        QVERIFY(refusal("a.h", headerText(m_unsigned)).contains("does not fit the type"));
        if (!saveNpyTable(numeric, m_folder->filePath("n.npy").toStdString()).ok()) QFAIL("cannot write");
        QVERIFY(!imported(m_folder->filePath("n.npy").toStdString()).ok());
    }

    void refusesHostileFiles_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const QByteArray grid = gridText(m_signed, ',', false), dat = gridText(m_signed, ' ', true);
        QTest::newRow("not a number") << "a.csv" << "nan," + grid.mid(2) << "'nan' is not an integer";
        QTest::newRow("fraction") << "a.csv" << "1.5," + grid.mid(2) << "'1.5' is not an integer";
        QTest::newRow("huge number") << "a.csv" << "99999999999999999999," + grid.mid(2) << "is not an integer";
        QTest::newRow("too large a product") << "a.csv" << "4000000000," + grid.mid(2) << "does not fit 32 bits";
        QTest::newRow("short row") << "a.dat" << dat.left(dat.lastIndexOf(' ')) << "line 256 has 255 numbers";
        QTest::newRow("rows missing") << "a.dat" << dat.left(dat.indexOf('\n', 2 * dat.size() / 3) + 1) << "rows of 256 numbers";
        QTest::newRow("65535 numbers") << "a.dat" << QByteArray("7\n").repeated(65535) << "no square table";
        QTest::newRow("raw, one byte less") << "a.bin" << rawBytes(m_signed).left(131071) << "format of the file is not known";
        QByteArray header = headerText(m_signed);
        QTest::newRow("header, value missing") << "a.h" << QByteArray(header).replace("{0, 0, ", "{0, ") << "255 values instead of 256";
        QTest::newRow("header, value too much") << "a.h" << QByteArray(header).replace("{0, 0, ", "{0, 0, 0, ") << "more than 256 values";
        QTest::newRow("header, hexadecimal") << "a.h" << QByteArray(header).replace("{0, 0, ", "{0, 0x10, ") << "is not an integer";
        QTest::newRow("header, other size") << "a.h" << QByteArray(header).replace("[256][256]", "[256][100]") << "256 rows and 100 columns";
        QTest::newRow("header, giant size") << "a.h" << QByteArray(header).replace("[256][256]", "[18446744073709551615][4]") << "rows and";
        const QByteArray triples = tripleText(m_signed);
        QTest::newRow("pair twice") << "a.txt" << QByteArray(triples).replace("\n0 1 ", "\n0 2 ") << "again";
        QTest::newRow("pair missing") << "a.txt" << triples.left(triples.lastIndexOf('\n', triples.size() - 2) + 1) << "65535 products";
        QTest::newRow("four numbers") << "a.txt" << QByteArray(triples).replace("\n0 1 ", "\n0 1 1 ") << "has 4 numbers";
        QTest::newRow("text") << "a.c" << QByteArray("This is (not) a {circuit}.") << "";
        QTest::newRow("empty") << "a.csv" << QByteArray() << "format of the file is not known";
    }
    void refusesHostileFiles() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        const QString text = refusal(name.toLatin1().constData(), bytes);
        QVERIFY2(!text.isEmpty() && !text.contains('\n') && text.size() < 600, qPrintable(text));
        QVERIFY2(text.contains(says) && text.contains(name), qPrintable(text));
    }

    /// Ten gigabytes (a hole on the disk) are refused before they are read.
    void refusesGiants() {
        const std::string path = file("giant.csv", "1,2,3,4\n5,6,7,8\n");
        std::filesystem::resize_file(path, std::uintmax_t{10} << 30);
        QElapsedTimer timer;
        timer.start();
        const auto table = imported(path);
        QVERIFY(!table.ok());
        QVERIFY2(timer.elapsed() < 1000, "took too long");
    }

    /// One refused file does not stop the rest, and a second import changes nothing.
    void goesOnAndIsIdempotent() {
        const std::string good = file("good.csv", gridText(m_signed, ',', false)), bad = file("bad.csv", "1,2\n3\n");
        const auto first = import({good, bad, m_folder->filePath("missing.npy").toStdString()});
        QCOMPARE(first.count(ImportOutcome::Imported), std::size_t{1});
        QCOMPARE(first.count(ImportOutcome::Refused), std::size_t{2});
        QVERIFY(first.text().find("2 refused") != std::string::npos);
        QVERIFY(first.csv().starts_with("outcome,"));
        QFile index(QString::fromStdString(library() + "/acu.json"));
        QVERIFY(index.open(QIODevice::ReadOnly));
        const QByteArray before = index.readAll();
        const auto second = import({good});
        QCOMPARE(second.count(ImportOutcome::Unchanged), std::size_t{1});
        index.seek(0);
        QCOMPARE(index.readAll(), before);
        QVERIFY(!QDir(QString::fromStdString(library() + "/.import")).exists());
    }

    void mergesEqualProducts() {
        const std::string one = file("one.csv", gridText(m_signed, ',', false)), two = file("two.dat", gridText(m_signed, ' ', true));
        const auto summary = import({one, two});
        QCOMPARE(summary.acusInLibrary, std::size_t{1});
        QCOMPARE(summary.count(ImportOutcome::Duplicate), std::size_t{1});
        QCOMPARE(summary.entries.back().duplicateOf, std::string("one"));
        AcuLibrary opened;
        QVERIFY(opened.load(library()).ok());
        QVERIFY(opened.find("two").ok());
        QCOMPARE((*opened.find("two"))->name(), std::string("one"));
        // The same numbers of another shape or sign are another multiplier: the hash alone does not tell.
        const ProductTable flat = tableOf(8, 4, false, [](std::int64_t, std::int64_t) { return 0; }), tall = tableOf(4, 8, false, [](std::int64_t, std::int64_t) { return 0; });
        AcuImportOptions options;
        options.isSigned = false;
        QCOMPARE(import({file("flat.csv", gridText(flat, ',', false)), file("tall.csv", gridText(tall, ',', false))}, options).count(ImportOutcome::Imported), std::size_t{2});
    }

    /// Other products under a known name get a name of their own; nothing that a project may refer to is renamed.
    void keepsNamesApart() {
        QVERIFY(QDir().mkpath(m_folder->filePath("x")) && QDir().mkpath(m_folder->filePath("y")));
        import({file("x/m.csv", gridText(m_signed, ',', false))});
        const auto summary = import({file("y/m.csv", gridText(m_unsigned, ',', false))});
        QCOMPARE(summary.count(ImportOutcome::Imported), std::size_t{1});
        const std::string name = summary.entries.front().name;
        QVERIFY2(name.starts_with("m@") && name.size() == 10, name.c_str());
        AcuLibrary opened;
        QVERIFY(opened.load(library()).ok());
        QVERIFY((*opened.find("m"))->isSigned());
        QVERIFY(!(*opened.find(name))->isSigned());
        // Built-in names keep their meaning as well.
        const auto builtin = import({file("mul8s_1L2H.csv", gridText(m_signed, ',', false)), file("exact8s.csv", gridText(tableOf(4, 4, true, skewProduct), ',', false))});
        QVERIFY(builtin.entries.back().name.starts_with("exact8s@"));
        QVERIFY(AcuLibrary().find("exact8s").ok());
        AcuLibrary again;
        QVERIFY(again.load(library()).ok());
    }

    /// The disk changed after the import: an error, no wrong products.
    void checksTablesWhenTheyAreRead() {
        import({file("m.csv", gridText(m_signed, ',', false))});
        ProductTable other = m_signed;
        other.products[77] += 1;
        QVERIFY(saveNpyTable(other, library() + "/tables/m.npy").ok());
        AcuLibrary opened;
        QVERIFY(opened.load(library()).ok());
        const AcuPtr acu = *opened.find("m");
        QVERIFY(!acu->table().ok());
        QVERIFY(!acu->load().ok());
        QCOMPARE(acu->product(3, 5), Acu::kNoProduct);
        QVERIFY(saveNpyTable(m_signed, library() + "/tables/m.npy").ok());
        QVERIFY(acu->table().ok());  // asked again
        QCOMPARE(acu->product(3, 5), skewProduct(3, 5));
    }

    void refusesHostileLibraries_data() {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::newRow("path out of the folder") << QByteArray("tables/m.npy") << QByteArray("../m.npy");
        QTest::newRow("absolute path") << QByteArray("tables/m.npy") << QByteArray("/etc/passwd");
        QTest::newRow("width") << QByteArray("\"bits_a\": 8") << QByteArray("\"bits_a\": 800");
        QTest::newRow("hash") << QByteArray("\"sha256\": \"") << QByteArray("\"sha256\": \"x");
        QTest::newRow("kind") << QByteArray("\"kind\": \"table\"") << QByteArray("\"kind\": \"shell\"");
        QTest::newRow("version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 2");
        QTest::newRow("name") << QByteArray("\"name\": \"m\"") << QByteArray("\"name\": \"m,n\"");
        QTest::newRow("not JSON") << QByteArray("\"acus\"") << QByteArray("\"acus");
    }
    void refusesHostileLibraries() {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        import({file("m.csv", gridText(m_signed, ',', false))});
        QFile index(QString::fromStdString(library() + "/acu.json"));
        QVERIFY(index.open(QIODevice::ReadOnly));
        QByteArray text = index.readAll();
        QVERIFY(text.contains(from));
        writeBytes(index.fileName(), text.replace(from, to));
        AcuLibrary opened;
        const auto count = opened.load(library());
        QVERIFY(!count.ok());
        QVERIFY2(QString::fromStdString(count.error().text()).contains("acu.json"), count.error().text().c_str());
    }

    /// Seven hundred multipliers open at once, because no table is read.
    void opensManyQuickly() {
        std::vector<LibraryEntry> entries;
        for (int i = 0; i < 700; ++i) {
            LibraryEntry entry;
            entry.name = "m" + std::to_string(i);
            entry.hash = std::string(64, 'a');
            entry.storage.file = "tables/" + entry.name + ".npy";
            entry.record.names = {entry.name};
            entry.record.citation = std::string(300, 'c');
            for (const char* key : {"MAE%", "MAE", "WCE%", "WCE", "WCRE%", "EP%", "MRE%", "MSE"}) entry.record.published.push_back(*printedFigure(key, "12.3"));
            entries.push_back(std::move(entry));
        }
        QVERIFY(QDir().mkpath(QString::fromStdString(library())));
        QVERIFY(writeLibraryFolder(library(), entries).ok());
        QElapsedTimer timer;
        timer.start();
        AcuLibrary opened;
        QCOMPARE(*opened.load(library()), 700);
        QVERIFY2(timer.elapsed() < 700, qPrintable(QString::number(timer.elapsed())));
    }

    /// A cancel takes effect within 100 ms and leaves nothing behind.
    void cancelsAndLeavesNothing() {
        std::vector<std::string> paths;
        for (int i = 0; i < 60; ++i) paths.push_back(file(QByteArray("m" + QByteArray::number(i) + ".csv").constData(), gridText(tableOf(8, 8, true, [i](std::int64_t a, std::int64_t b) { return a * b - (a & 3) * i; }), ',', false)));
        JobContext job;
        QElapsedTimer timer;
        std::thread canceller([&] {
            QTest::qSleep(150);
            timer.start();
            job.cancel.cancel();
        });
        const auto summary = importAcus(paths, library(), {}, job);
        const qint64 late = timer.isValid() ? timer.elapsed() : -1;
        canceller.join();
        QVERIFY2(!summary.ok() && summary.error().kind == ErrorKind::Cancelled, "the import was not interrupted");
        QVERIFY2(late < 100, qPrintable(QString::number(late)));
        QVERIFY(!QDir(QString::fromStdString(library())).exists());
    }

    void onlyOneImportAtATime() {
        import({file("m.csv", gridText(m_signed, ',', false))});
        const int lock = ::open(library().c_str(), O_RDONLY | O_DIRECTORY);
        QVERIFY(::flock(lock, LOCK_EX | LOCK_NB) == 0);
        const auto summary = importAcus({m_folder->filePath("m.csv").toStdString()}, library(), {}, {});
        ::close(lock);
        QVERIFY(!summary.ok() && QString::fromStdString(summary.error().text()).contains("another import"));
    }

    void readsPrintedNumbers() {
        QCOMPARE(printedFigure("MSE", "72829.102e2")->value, 7282910.2);
        QCOMPARE(printedFigure("MSE", "72829.102e2")->step, 0.1);
        QCOMPARE(printedFigure("MAE%", "0.0064")->step, 0.0001);
        QCOMPARE(printedFigure("MAE", "36")->step, 1.0);
        for (const char* text : {"", "nan", "inf", "0x10", "1e", "1e99999", "1.2.3", "12 ", "-", "e5", "1e999"}) QVERIFY2(!printedFigure("MAE", text), text);
    }

    /// The rules that explain differences, each on figures that are really published that way.
    void explainsDifferences_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("mae");
        QTest::addColumn<int>("bits");
        QTest::addColumn<QString>("rule");  // "-": equal, "": unexplained
        QTest::newRow("equal") << "MAE" << "33" << 33.28125 << 16 << "-";
        QTest::newRow("equal at the tie") << "MAE" << "4" << 4.5 << 16 << "-";
        QTest::newRow("one decimal first") << "MAE" << "36" << 36.53515625 << 16 << "one decimal";
        QTest::newRow("share of one decimal") << "MAE%" << "0.0018" << 1.25 << 16 << "one decimal";
        QTest::newRow("small share") << "MAE%" << "0.0000012" << 0.25 << 24 << "one decimal";
        QTest::newRow("cut off") << "MAE" << "30" << 30.9 << 16 << "cut off";
        QTest::newRow("rounded up") << "MAE" << "31" << 30.2 << 16 << "rounded up";
        QTest::newRow("wrong") << "MAE" << "30" << 31.2 << 16 << "";
        QTest::newRow("wrong, below") << "MAE" << "30" << 28.9 << 16 << "";
    }
    void explainsDifferences() {
        QFETCH(QString, key);
        QFETCH(QString, text);
        QFETCH(double, mae);
        QFETCH(int, bits);
        QFETCH(QString, rule);
        ErrorMetrics metrics;
        metrics.mae = mae;
        const auto differences = compareFigures({*printedFigure(key.toStdString(), text.toStdString())}, metrics, bits);
        QCOMPARE(differences.empty(), rule == "-");
        if (rule == "-") return;
        QCOMPARE(differences.front().explained(), !rule.isEmpty());
        QVERIFY2(QString::fromStdString(differences.front().rule).contains(rule), differences.front().rule.c_str());
    }

    void sampledFiguresHaveErrors() {
        ErrorMetrics metrics;
        metrics.mae = 100;
        metrics.wce = 500;
        const MetricErrors errors{1, 0, 0, 0};
        const auto rule = [&](const char* key, const char* text) {
            const auto found = compareFigures({*printedFigure(key, text)}, metrics, 32, &errors);
            return found.empty() ? std::string("equal") : found.front().rule;
        };
        QVERIFY(rule("MAE", "104").starts_with("sampled"));
        QCOMPARE(rule("MAE", "150"), std::string());
        QVERIFY(rule("WCE", "600").starts_with("sampled"));
        QCOMPARE(rule("WCE", "400"), std::string());  // a sample cannot exceed the largest
    }

    /// Sums against the metrics of the table, and a known worst relative error.
    void metricsOfSums() {
        ErrorSums sums;
        for (std::int64_t a = -128; a < 128; ++a)
            for (std::int64_t b = -128; b < 128; ++b) sums.add(a * b, skewProduct(a, b));
        const ErrorMetrics one = sums.metrics(), two = errorMetrics(m_signed);
        QCOMPARE(one.mae, two.mae);
        QCOMPARE(one.wcre, two.wcre);
        QVERIFY(std::abs(one.mre - two.mre) < 1e-12);
        QCOMPARE(two.wcre, 3.0);  // -1 x -1 gives 1 - 3
        QVERIFY(!two.commutative);
    }
};

QTEST_GUILESS_MAIN(TestAcuImport)
#include "tst_acu_import.moc"
