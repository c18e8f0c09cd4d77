// SPDX-License-Identifier: GPL-3.0-or-later
// The audit on files with the faults that it is there for.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "core/acu/import/audit.h"
#include "core/acu/library.h"
#include "tests/support/acu_fixtures.h"

using namespace axp;
using namespace axp::test;

class TestAcuAudit : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    const ProductTable m_signed = tableOf(8, 8, true, skewProduct);

    std::string file(const char* name, const QByteArray& bytes) {
        writeBytes(m_folder->filePath(name), bytes);
        return m_folder->filePath(name).toStdString();
    }
    std::string npy(const char* name, const ProductTable& table) {
        const std::string path = m_folder->filePath(name).toStdString();
        if (!saveNpyTable(table, path).ok()) qFatal("cannot write");
        return path;
    }
    AcuAudit audit(const std::string& path, const std::string& reference = {}) {
        auto result = auditAcu(path, {}, {}, reference);
        if (!result.ok()) qFatal("%s", result.error().text().c_str());
        return std::move(result).value();
    }
    static QString textOf(const AcuAudit& audit, const char* code) {
        const auto found = std::find_if(audit.findings.begin(), audit.findings.end(), [&](const Finding& finding) { return finding.code == code; });
        return found == audit.findings.end() ? QString() : QString::fromStdString(found->text);
    }
    /// What the converter of AdaPT and TransAxx makes of a circuit.
    static ProductTable converted(const ProductTable& table) {
        ProductTable result = table;
        for (std::int64_t a = -128; a < 0; ++a)
            for (std::int64_t b = -128; b < 0; ++b) result.products[static_cast<std::size_t>((a & 255) * 256 + (b & 255))] = table.at(-a, -b);
        return result;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    /// The header that AdaPT and TransAxx ship for mul8s_1L2H has 12,414 wrong products; the circuit is built in, so that its name suffices.
    void findsTheMagnitudeConverter() {
        const auto truth = (*AcuLibrary().find("mul8s_1L2H"))->table();
        const std::string path = file("mul8s_1L2H.h", headerText(converted(**truth)));
        const AcuAudit found = audit(path);
        QVERIFY(found.faulty());
        QVERIFY2(textOf(found, "magnitude-converter").startsWith("12,414 of 65,536 products"), qPrintable(textOf(found, "magnitude-converter")));
        QVERIFY(textOf(found, "magnitude-mark").isEmpty());
        // The same file under another name: only the mark is left.
        const AcuAudit blind = audit(file("other.h", headerText(converted(**truth))));
        QVERIFY(!blind.faulty());
        QVERIFY(!textOf(blind, "magnitude-mark").isEmpty());
        // And with the model named.
        QVERIFY(!textOf(audit(file("other.h", headerText(converted(m_signed))), npy("model.npy", m_signed)), "magnitude-converter").isEmpty());
        const AcuAudit right = audit(file("mul8s_1L2H.h", headerText(**truth)));
        QVERIFY(!right.faulty());
        QVERIFY(!textOf(right, "equals-model").isEmpty());
    }

    /// Neither the exact multiplier nor one that handles signs by magnitude has the mark.
    void hasNoFalseAlarm() {
        for (const auto& table : {tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return a * b; }),
                                  tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return (a * b < 0 ? -1 : 1) * ((std::abs(a) & ~1) * (std::abs(b) & ~1)); }), m_signed}) {
            const AcuAudit found = audit(npy("t.npy", table));
            QVERIFY(!found.faulty());
            QVERIFY(textOf(found, "magnitude-mark").isEmpty());
        }
    }

    void findsTransposedOperands() {
        const std::string model = npy("model.npy", m_signed);
        const AcuAudit found = audit(npy("t.npy", effectiveTable(m_signed, SignHandling::Direct, true)), model);
        QVERIFY(found.faulty());
        QVERIFY(textOf(found, "transposed").contains("--swapped"));
    }

    void findsTheWrongIndexOrder() {
        ProductTable numeric = m_signed;
        for (std::int64_t a = 0; a < 256; ++a)
            for (std::int64_t b = 0; b < 256; ++b) numeric.products[static_cast<std::size_t>(a * 256 + b)] = m_signed.at(a - 128, b - 128);
        QVERIFY(compareWithModel(numeric, m_signed, "model").code == "index-order");
        const AcuAudit found = audit(file("t.h", headerText(numeric)));
        QVERIFY(found.faulty());
        QVERIFY(textOf(found, "index-order").contains("--order"));
        QVERIFY(*(*found.acu->table()) == m_signed);
    }

    void findsUnsignedValuesInASignedType() {
        const ProductTable truth = tableOf(8, 8, false, skewProduct);
        ProductTable wrapped = truth;
        for (auto& product : wrapped.products) product = static_cast<std::int16_t>(product);
        const AcuAudit found = audit(file("t.h", headerText(wrapped)));
        QVERIFY(found.faulty());
        QVERIFY(textOf(found, "sign").contains("--unsigned"));
        QVERIFY(*(*found.acu->table()) == truth);
        QVERIFY(compareWithModel(wrapped, truth, "model").code == "wrapped");
    }

    void cautions() {
        const AcuAudit found = audit(npy("t.npy", tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return skewProduct(a, b) + 64; })));
        QVERIFY(!found.faulty());
        QVERIFY(textOf(found, "zero-product").startsWith("0 x 0 gives 64"));
        QVERIFY(textOf(found, "not-commutative").contains("of 32,640 pairs"));
        const AcuAudit wide = audit(npy("w.npy", tableOf(8, 8, true, [](std::int64_t a, std::int64_t b) { return 3 * a * b; })));
        QVERIFY(!textOf(wide, "too-wide").isEmpty());
    }

    void tellsOtherDifferences() {
        ProductTable broken = m_signed;
        broken.products[1234] += 5;
        const Finding found = compareWithModel(broken, m_signed, "model");
        QVERIFY(found.code == "differs" && found.kind == FindingKind::Fault);
        QVERIFY(QString::fromStdString(found.text).startsWith("1 of 65,536 products"));
        QVERIFY(compareWithModel(m_signed, tableOf(4, 4, true, skewProduct), "model").code == "other-operands");
    }

    void refusesWhatItCannotRead() {
        QVERIFY(!auditAcu(m_folder->filePath("missing.h").toStdString(), {}, {}).ok());
        QVERIFY(!auditAcu(file("t.xyz", "hello"), {}, {}).ok());
        QVERIFY(!auditAcu(npy("t.npy", m_signed), {}, {}, m_folder->filePath("missing.c").toStdString()).ok());
    }
};

QTEST_GUILESS_MAIN(TestAcuAudit)
#include "tst_acu_audit.moc"
