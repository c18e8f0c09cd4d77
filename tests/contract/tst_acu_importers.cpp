// SPDX-License-Identifier: GPL-3.0-or-later
// What every member of the table of ACU importers must keep to.
#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "core/acu/import/found.h"
#include "core/acu/import/import.h"
#include "core/acu/library.h"
#include "tests/support/acu_fixtures.h"

using namespace axp;
using namespace axp::test;

class TestAcuImporters : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    const ProductTable m_signed = tableOf(8, 8, true, skewProduct);
    const ProductTable m_unsigned = tableOf(8, 8, false, skewProduct);

    /// A file of the format, and the table in it.
    struct Sample {
        QString path;
        ProductTable table;
    };
    Sample sample(const QString& format) {
        const auto at = [&](const char* name) { return m_folder->filePath(name); };
        const auto written = [&](const char* name, const QByteArray& bytes, const ProductTable& table) {
            writeBytes(at(name), bytes);
            return Sample{at(name), table};
        };
        const auto circuit = [](int broken) { return tableOf(8, 8, false, [=](std::int64_t a, std::int64_t b) { return brokenProduct(a, b, 8, broken); }); };
        if (format == "library") {
            writeBytes(at("t.csv"), gridText(m_signed, ',', false));
            const auto summary = importAcus({at("t.csv").toStdString()}, at("lib").toStdString(), {}, {});
            if (!summary.ok()) qFatal("%s", summary.error().text().c_str());
            return {at("lib/acu.json"), m_signed};
        }
        if (format == "npy") {
            if (!saveNpyTable(m_signed, at("t.npy").toStdString()).ok()) qFatal("cannot write");
            return {at("t.npy"), m_signed};
        }
        if (format == "lut-header") return written("t.h", headerText(m_signed), m_signed);
        if (format == "appmult") return written("t.txt", tripleText(m_signed), m_signed);
        if (format == "verilog")
            return written("mul4u_T.v", "module mul4u_T(A, B, O);\ninput [3:0] A;\ninput [3:0] B;\noutput [7:0] O;\nwire p;\nassign p = A[1] & B[1];\n"
                           "assign O[0] = 1'b0;\nassign O[1] = 1'b0;\nassign O[2] = p;\nassign O[3] = 1'b0;\nassign O[4] = 1'b0;\nassign O[5] = 1'b0;\n"
                           "assign O[6] = A[3] & B[3];\nassign O[7] = 1'b0;\nendmodule\n",
                           tableOf(4, 4, false, [](std::int64_t a, std::int64_t b) { return ((a >> 1 & b >> 1 & 1) << 2) + ((a >> 3 & b >> 3 & 1) << 6); }));
        if (format == "evoapprox") return written("mul8u_T1.c", circuitC("mul8u_T1", 8, 2, "// MAE% = 0.0019 %\n// MAE = 1.2 \n"), circuit(2));
        if (format == "c") return written("mul8u_T2.c", circuitC("mul8u_T2", 8, 3, {}), circuit(3));
        if (format == "csv") return written("t.csv", gridText(m_signed, ',', false), m_signed);
        if (format == "approxtorch") return written("t.dat", gridText(m_signed, ' ', true), m_signed);
        if (format == "tf-approximate") return written("t.bin", rawBytes(m_unsigned), m_unsigned);
        qFatal("the new format %s needs a sample here", qPrintable(format));
        return {};
    }
    static const AcuImporter& importer() {
        QFETCH_GLOBAL(QString, format);
        const auto& all = acuImporters();
        return *std::find_if(all.begin(), all.end(), [&](const AcuImporter& one) { return format == one.name; });
    }

private slots:
    void initTestCase_data() {
        QTest::addColumn<QString>("format");
        for (const auto& importer : acuImporters()) QTest::newRow(importer.name) << QString(importer.name);
    }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void describesItself() {
        QFETCH_GLOBAL(QString, format);
        QVERIFY(QString(importer().help).size() > 10);
        for (const QChar c : format) QVERIFY(c.isLower() || c.isDigit() || c == '-');
        QCOMPARE(std::count_if(acuImporters().begin(), acuImporters().end(), [&](const AcuImporter& other) { return format == other.name; }), 1);
    }

    /// By content: the file is known, and by no other importer before.
    void recognisesItsFile() {
        QFETCH_GLOBAL(QString, format);
        const Sample file = sample(format);
        const AcuImporter* found = acuImporterFor(file.path.toStdString());
        QVERIFY(found);
        QCOMPARE(QString(found->name), format);
    }

    /// Operand order, signs and every product.
    void importsExactly() {
        QFETCH_GLOBAL(QString, format);
        const Sample file = sample(format);
        const std::string library = m_folder->filePath("out").toStdString();
        const auto summary = importAcus({file.path.toStdString()}, library, {}, {});
        QVERIFY2(summary.ok(), summary.ok() ? "" : summary.error().text().c_str());
        QVERIFY2(summary->count(ImportOutcome::Imported) == 1, summary->text().c_str());
        AcuLibrary opened;
        const auto count = opened.load(library);
        QVERIFY2(count.ok(), count.ok() ? "" : count.error().text().c_str());
        const auto table = opened.acus().back()->table();
        QVERIFY2(table.ok(), table.ok() ? "" : table.error().text().c_str());
        QCOMPARE((*table)->isSigned, file.table.isSigned);
        QVERIFY(**table == file.table);
        QVERIFY(opened.acus().back()->record()->metrics.has_value());
    }

    /// With the operands exchanged on request.
    void exchangesOperands() {
        QFETCH_GLOBAL(QString, format);
        if (format == "library") QSKIP("a library knows its operands");
        const Sample file = sample(format);
        AcuImportOptions options;
        options.swapped = true;
        const std::string library = m_folder->filePath("out").toStdString();
        const auto summary = importAcus({file.path.toStdString()}, library, options, {});
        QVERIFY2(summary.ok() && summary->count(ImportOutcome::Imported) == 1, summary.ok() ? summary->text().c_str() : summary.error().text().c_str());
        AcuLibrary opened;
        QVERIFY(opened.load(library).ok());
        const auto table = opened.acus().back()->table();
        QVERIFY(table.ok());
        QVERIFY(**table == effectiveTable(file.table, SignHandling::Direct, true));
    }

    /// Cut off anywhere it is refused with one sentence that names the file, or read as something that is complete.
    void refusesWhatIsCutOff() {
        QFETCH_GLOBAL(QString, format);
        const Sample file = sample(format);
        QFile whole(file.path);
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray bytes = whole.readAll();
        for (const double share : {0.0, 0.01, 0.5, 0.999}) {
            const QString cut = QFileInfo(file.path).dir().filePath("cut." + QFileInfo(file.path).suffix());
            const qsizetype most = bytes.size() - 12;  // small files: more than the last line's end
            writeBytes(cut, bytes.left(std::min(most, static_cast<qsizetype>(share * static_cast<double>(bytes.size())))));
            const auto found = importer().read(cut.toStdString(), {}, {});
            if (format == "library") continue;  // reads the whole file beside
            QVERIFY2(!found.ok(), qPrintable(QString::number(share)));
            const QString text = QString::fromStdString(found.error().text());
            QVERIFY2(!text.contains('\n') && text.size() > 20 && text.size() < 600, qPrintable(text));
            QVERIFY2(text.contains("cut."), qPrintable(text));
        }
    }

    void refusesForeignBytes() {
        QByteArray noise(100000, '\0');
        quint32 state = 1;
        for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
        QString path = m_folder->filePath("noise.dat");
        writeBytes(path, noise);
        QVERIFY(!importer().recognises(path.toStdString(), std::string(noise.constData(), 65536)));
        const auto found = importer().read(path.toStdString(), {}, {});
        QVERIFY(!found.ok());
        QVERIFY(!importer().read(m_folder->filePath("missing.x").toStdString(), {}, {}).ok());
        QVERIFY(!importer().read(m_folder->path().toStdString(), {}, {}).ok());
    }
};

QTEST_GUILESS_MAIN(TestAcuImporters)
#include "tst_acu_importers.moc"
