// SPDX-License-Identifier: GPL-3.0-or-later
// Tables, metrics and multiplier families.
#include <QTest>
#include <random>

#include "core/acu/library.h"
#include "core/acu/metrics.h"
#include "core/base/hash.h"

using namespace axp;

namespace {

ProductTable tableOf(const std::string& name) { return **AcuLibrary().find(name).value()->table(); }

std::string errorOf(const std::string& name) {
    const auto found = AcuLibrary().find(name);
    return found ? std::string() : found.error().text();
}

/// Sum of the kept partial products a_i b_j 2^(i+j), top bits negative when signed: the definition, without short cuts.
template <class Keep>
std::int64_t partialProducts(std::int64_t a, std::int64_t b, int bits, bool isSigned, Keep keep) {
    std::int64_t sum = 0;
    for (int i = 0; i < bits; ++i)
        for (int j = 0; j < bits; ++j) {
            const bool negative = isSigned && ((i == bits - 1) != (j == bits - 1));
            const std::int64_t term = ((a >> i) & 1) * ((b >> j) & 1) * (std::int64_t{1} << (i + j));
            if (keep(i, j)) sum += negative ? -term : term;
        }
    return sum;
}

}  // namespace

class TstAcu : public QObject {
    Q_OBJECT
private slots:
    void operands() {
        QCOMPARE(operandMin(8, true), -128);
        QCOMPARE(operandMax(8, true), 127);
        QCOMPARE(operandMin(4, false), 0);
        QCOMPARE(operandMax(4, false), 15);
        QCOMPARE(operandValue(0xff, 8, true), -1);
        QCOMPARE(operandValue(0x80, 8, true), -128);
        QCOMPARE(operandValue(0xff, 8, false), 255);
    }

    void hashOfBytes() {
        // 2x2 bits unsigned, products 0..15: the SHA-256 of their 16-bit, and past 65535 of their 32-bit little-endian bytes.
        ProductTable table{2, 2, false, {}};
        std::string narrow, wide;
        for (int i = 0; i < 16; ++i) {
            table.products.push_back(i * 4000);
            narrow += {static_cast<char>(i * 4000 & 0xff), static_cast<char>(i * 4000 >> 8)};
        }
        QCOMPARE(tableHash(table), sha256Hex(narrow));
        table.products[15] = 0x10203;
        for (const int x : table.products) wide += {char(x & 0xff), char(x >> 8 & 0xff), char(x >> 16 & 0xff), char(x >> 24)};
        QCOMPARE(tableHash(table), sha256Hex(wide));
        table.products[15] = 40000;
        table.isSigned = true;  // 40000 fits uint16 but not int16
        wide.replace(60, 4, std::string("\x40\x9c\0\0", 4));
        QCOMPARE(tableHash(table), sha256Hex(wide));
    }

    void metricsOfSmallTable() {
        // 2x2 bits signed, exact but for M(1,1) = 3 (error 2) and M(-2,-2) = 0 (error -4).
        ProductTable table = tableOf("exact:bits=2");
        table.products[1 * 4 + 1] = 3;
        table.products[2 * 4 + 2] = 0;
        const ErrorMetrics m = errorMetrics(table);
        QCOMPARE(m.mae, 6.0 / 16);
        QCOMPARE(m.wce, 4.0);
        QCOMPARE(m.ep, 2.0 / 16);
        QCOMPARE(m.mse, 20.0 / 16);
        QCOMPARE(m.bias, -2.0 / 16);
        QCOMPARE(m.mre, (2.0 / 1 + 4.0 / 4) / 9);  // nine pairs have a product other than zero
        QVERIFY(m.commutative);
        QCOMPARE(m.zeroProduct, 0);
        table.products[0] = 7;
        table.products[1 * 4 + 0] = 1;
        QVERIFY(!errorMetrics(table).commutative);
        QCOMPARE(errorMetrics(table).zeroProduct, 7);
    }

    void commutativeNeedsEqualWidths() {
        ProductTable table{3, 2, false, std::vector<std::int32_t>(32, 0)};
        QVERIFY(!errorMetrics(table).commutative);
    }

    void effectiveTables() {
        std::mt19937 random(1);
        ProductTable table{4, 3, false, {}};
        for (int i = 0; i < 128; ++i) table.products.push_back(static_cast<std::int32_t>(random() % 1000));
        QCOMPARE(effectiveTable(table, SignHandling::Direct, false), table);

        const ProductTable swapped = effectiveTable(table, SignHandling::Direct, true);
        QCOMPARE(swapped.bitsA, 3);
        QCOMPARE(swapped.bitsB, 4);
        for (int a = 0; a < 16; ++a)
            for (int b = 0; b < 8; ++b) QCOMPARE(swapped.at(b, a), table.at(a, b));

        const ProductTable magnitude = effectiveTable(table, SignHandling::SignMagnitude, false);
        QVERIFY(magnitude.isSigned);
        for (int a = -8; a < 8; ++a)
            for (int b = -4; b < 4; ++b) {
                const int x = std::max(a, -7), y = std::max(b, -3);
                const int sign = (x == 0 || y == 0) ? 0 : ((x < 0) == (y < 0) ? 1 : -1);
                QCOMPARE(magnitude.at(a, b), sign * table.at(std::abs(x), std::abs(y)));
            }
        QCOMPARE(effectiveTable(table, SignHandling::SignMagnitude, true), effectiveTable(magnitude, SignHandling::Direct, true));
        QCOMPARE(std::string(signHandlingName(SignHandling::Direct)), "direct");
        QCOMPARE(std::string(signHandlingName(SignHandling::SignMagnitude)), "sign-magnitude");
    }

    void familiesByDefinition() {
        for (const int bits : {2, 3, 5, 8})
            for (const bool isSigned : {false, true}) {
                const std::string head = ":bits=" + std::to_string(bits) + ":signed=" + std::to_string(isSigned);
                const ProductTable exact = tableOf("exact" + head), trunc = tableOf("trunc" + head + ":a=1:b=0"),
                                   bam = tableOf("bam" + head + ":v=2:h=1"),
                                   deep = tableOf("bam" + head + ":v=" + std::to_string(2 * bits - 2)),
                                   perf = tableOf("perf" + head + ":first=" + std::to_string(bits - 1) + ":count=1");
                for (std::int64_t p = 0; p < exact.rows(); ++p)
                    for (std::int64_t q = 0; q < exact.columns(); ++q) {
                        const std::int64_t a = operandValue(p, bits, isSigned), b = operandValue(q, bits, isSigned);
                        const auto sum = [&](auto keep) { return partialProducts(p, q, bits, isSigned, keep); };
                        QCOMPARE(exact.at(a, b), a * b);
                        QCOMPARE(sum([](int, int) { return true; }), a * b);
                        QCOMPARE(trunc.at(a, b), (a >> 1 << 1) * b);
                        QCOMPARE(bam.at(a, b), sum([](int i, int j) { return i + j >= 2 && j >= 1; }));
                        QCOMPARE(deep.at(a, b), sum([&](int i, int j) { return i + j >= 2 * bits - 2; }));
                        QCOMPARE(perf.at(a, b), sum([&](int, int j) { return j != bits - 1; }));
                    }
            }
    }

    void familyMembers() {
        const AcuLibrary library;
        const AcuPtr acu = library.find("trunc:bits=12:a=2:signed=0:b=0").value();
        QCOMPARE(acu->name(), std::string("trunc:bits=12:a=2:signed=0:b=0"));
        QCOMPARE(acu->bitsA(), 12);
        QVERIFY(!acu->isSigned());
        QCOMPARE(acu->product(4095, 4095), std::int64_t{4092} * 4095);
        QCOMPARE(acu->table().value()->products.size(), std::size_t{1} << 24);
        QVERIFY(!acu->figures().powerMw);
        // Only low bits of operands count, as in a table.
        QCOMPARE(library.find("exact").value()->product(255, 3), -3);
        QCOMPARE(library.find("exact8s").value()->product(-1, 300), -44);
        for (const auto& family : families()) {
            std::vector<std::int64_t> defaults;
            for (const auto& parameter : family.parameters) {
                QVERIFY(parameter.min <= parameter.defaultValue && parameter.defaultValue <= parameter.max);
                defaults.push_back(parameter.defaultValue);
            }
            QCOMPARE(family.make(family.name, defaults).value()->hash().value(), library.find(family.name).value()->hash().value());
            defaults.pop_back();
            QVERIFY(!family.make(family.name, defaults).ok());
        }
        // The function of a published circuit brings its power.
        QCOMPARE(library.find("bam:v=4").value()->figures().powerMw.value(), 0.391);
        QCOMPARE(library.find("exact").value()->figures().powerMw.value(), 0.425);
        QVERIFY(!library.find("bam:v=4:signed=0").value()->figures().powerMw);
    }

    void wideFamilies() {
        const AcuPtr wide = AcuLibrary().find("bam:bits=16:v=4").value();
        QCOMPARE(wide->product(-32768, -32768), std::int64_t{1} << 30);
        QCOMPARE(wide->product(3, 3), 0);  // bits 0 and 1 of both: all in the omitted corner
        const auto table = wide->table();
        QVERIFY(!table.ok());
        QVERIFY(table.error().text().find("16x16 bits is too large") != std::string::npos);
        QVERIFY(wide->hash().ok());  // of the canonical name, where there is no table
    }

    void functionalProductBeyond32Bits() {
        const Acu acu("huge", 4, 4, false, [](std::int64_t, std::int64_t) { return std::int64_t{1} << 31; });
        QVERIFY(!acu.table().ok());
        QVERIFY(acu.table().error().text().find("does not fit 32 bits") != std::string::npos);
    }

    void familyErrors_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("expected");
        QTest::newRow("unknown parameter") << "trunc:bit=8" << "no parameter 'bit'. Its parameters are bits, bits-b, signed, a, b";
        QTest::newRow("bits too large") << "exact:bits=17" << "bits=17 is out of range. Choose bits from 2 to 16";
        QTest::newRow("bits too small") << "exact:bits=1" << "from 2 to 16";
        QTest::newRow("not a number") << "trunc:a=x" << "'x' is not a number";
        QTest::newRow("number and more") << "trunc:a=1x" << "'1x' is not a number";
        QTest::newRow("overflow") << "trunc:a=99999999999999999999" << "is not a number";
        QTest::newRow("negative") << "trunc:a=-1" << "a=-1 is out of range";
        QTest::newRow("no value") << "trunc:a" << "'a' is not of the form key=value";
        QTest::newRow("empty part") << "trunc:" << "'' is not of the form key=value";
        QTest::newRow("empty value") << "trunc:a=" << "'' is not a number";
        QTest::newRow("twice") << "trunc:a=1:a=2" << "given twice";
        QTest::newRow("cut too deep") << "trunc:bits=4:a=4" << "leaves nothing of the multiplier";
        QTest::newRow("bam too deep") << "bam:bits=4:v=7" << "Choose v up to 6";
        QTest::newRow("rows beyond the array") << "perf:bits=4:first=3:count=2" << "Choose count up to 1";
        QTest::newRow("unknown family") << "trunk:a=1" << "no multiplier family 'trunk'. Did you mean trunc?";
    }
    void familyErrors() {
        QFETCH(QString, name);
        QFETCH(QString, expected);
        const std::string text = errorOf(name.toStdString());
        QVERIFY2(QString::fromStdString(text).contains(expected), text.c_str());
        QVERIFY(text.find("ACU ") != std::string::npos);
        QVERIFY(AcuLibrary().find(name.toStdString()).error().kind == ErrorKind::BadInput);
    }
};

QTEST_GUILESS_MAIN(TstAcu)
#include "tst_acu.moc"
