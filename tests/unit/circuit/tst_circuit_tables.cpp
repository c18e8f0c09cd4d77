// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/compiled.h"
#include "tests/unit/circuit/circuit_testing.h"

using namespace axp;
using namespace axp::testing;

namespace {

/// Of a b with the lowest bit of the second operand ignored; the parameters are not in their order.
const char* const kParts = "#include <stdint.h>\n#include <stdlib.h>\n#include <stdbool.h>\n"
                           "static uint16_t plain(uint8_t a, uint8_t b) { uint16_t c = 0; c = a * b; return c; }\n"
                           "static uint64_t uneven(const uint64_t B, const uint64_t A) { return (A >> 1 << 1) * B; }\n";

/// A multiplier that is put together from four smaller ones of `half` bits, as circuit libraries do it: with tables that the first call fills.
std::string composed(const std::string& name, int half) {
    const std::string side = std::to_string(1 << half), mask = std::to_string((1 << half) - 1), bits = std::to_string(half);
    const auto part = [&](const std::string& x, const std::string& high) { return high.empty() ? "(" + x + " & " + mask + " )" : "((" + x + " >> " + bits + ") & " + mask + ")"; };
    std::string text = kParts, tables, rooms, fills, reads;
    text += "uint32_t " + name + " (uint16_t a, uint16_t b) {\n";
    for (const std::string table : {"LL", "LH", "HL", "HH"}) {
        text += "    static uint16_t * cache" + table + " = NULL;\n";
        tables += (tables.empty() ? "" : " || ") + ("cache" + table) + " == NULL";
        rooms += "    if(!cache" + table + ") cache" + table + " = (uint16_t *)malloc(" + side + " * " + side + " * sizeof(uint16_t));\n";
        fills += "                cache" + table + "[i * " + side + " + j] = " + (table == "LL" ? "uneven" : "plain") + "(i, j);\n";
        const int shift = half * ((table[0] == 'H') + (table[1] == 'H'));
        reads += "    opt += (uint32_t)cache" + table + "[" + part("a", table[0] == 'H' ? "high" : "") + " * " + side + " + " + part("b", table[1] == 'H' ? "high" : "") + "] << " + std::to_string(shift) + ";\n";
    }
    return text + "    int fillData = " + tables + ";\n" + rooms + "    if(fillData) {\n        for(int i = 0; i < " + side + "; i++) {\n            for(int j = 0; j < " + side + "; j++) {\n" + fills +
           "            }\n        }\n    }\n    uint32_t opt = 0;\n" + reads + "    return opt;\n}\n";
}

std::int64_t composedProduct(std::int64_t a, std::int64_t b, int half) { return a * b - (a & ((1 << half) - 1)) * (b & 1); }

}  // namespace

/// Static tables that the first call of a C function fills, read as gates.
class TestCircuitTables : public QObject {
    Q_OBJECT
private slots:
    void gatesAndCompilerAgree_data() {
        QTest::addColumn<QString>("body");
        QTest::newRow("pointer, one guard") << "static uint16_t *c = NULL; if (!c) { c = malloc(256 * sizeof *c); for (int i = 0; i < 16; i++) for (int j = 0; j < 16; j++) c[i * 16 + j] = uneven(i, j); } return c[a * 16 + b];";
        QTest::newRow("array and mark") << "static uint16_t c[256]; static bool ready = false; if (!ready) { for (int i = 0; i < 16; ++i) { for (unsigned j = 0; j < 16; ++j) { c[i * 16 + j] = uneven(i, j) ^ 5; } } ready = true; } return c[a * 16 + b];";
        QTest::newRow("calloc, bytes, no initial value") << "static uint8_t *c; if (c == 0) c = (uint8_t *)calloc(0x100, sizeof(uint8_t)); static int ready; if (ready == 0) { ready = 1; for (int x = 0; x < 16; x++) for (int y = 0; y < 16; y++) c[x * 16 + y] = plain(x, y) + 200; } int r = c[16 * a + b]; if (a > 3) r += c[a]; return r;";
        QTest::newRow("signed elements, other places") << "static int8_t *t = NULL; int empty = !t; if (empty) t = malloc(8 * 32); if (empty) { for (int i = 0; i < 8; i++) for (int j = 0; j < 32; j++) t[i * 32 + j] = i - j; } return t[((a ^ b) & 7) * 32 + (a + b)] & 0x1fff;";
        QTest::newRow("one row") << "static uint16_t t[16]; static int ready = 0; if (!ready) { for (int i = 0; i < 1; i++) for (int j = 0; j < 16; j++) t[i * 16 + j] = j * j; ready = 1; } return t[a] + t[b];";
    }
    void gatesAndCompilerAgree() {
        if (compilerProgram().empty()) QSKIP("no C compiler");
        QFETCH(QString, body);
        const auto circuit = source(kParts + ("uint16_t mul4u_T(uint8_t a, uint8_t b) {" + body.toStdString() + "}"), "mul4u_T.c");
        const auto gates = circuitGates(circuit, {});
        QVERIFY2(gates.ok(), gates.ok() ? "" : gates.error().text().c_str());
        TabulateOptions compile;
        compile.compileAlways = true;
        const auto compiled = products(circuit, compile), read = products(circuit);
        QVERIFY(compiled.route == CircuitRoute::CompiledC && read.route == CircuitRoute::GatesFromC);
        QVERIFY(*compiled.table == *read.table);
    }

    void composedMultipliers() {
        const auto circuit = source(composed("mul8u_K", 4), "mul8u_K.c");
        const auto small = products(circuit);
        QVERIFY(small.route == CircuitRoute::GatesFromC);
        for (int a = 0; a < 256; ++a)
            for (int b = 0; b < 256; ++b) QCOMPARE(static_cast<std::int64_t>(small.table->at(a, b)), composedProduct(a, b, 4));
        const auto wide = source(composed("mul16u_K", 8), "mul16u_K.c");
        TabulateOptions options;
        options.checkedPairs = 65536;  // against the compiler
        const auto sampled = products(wide, options);
        QVERIFY(sampled.route == CircuitRoute::GatesFromC);
        for (std::int64_t i = 0; i < kSampledPairs; i += 997) {
            const auto [a, b] = sampledPair(i, 16, 16);
            QCOMPARE(sampled.sampled[static_cast<std::size_t>(i)], composedProduct(a, b, 8));
        }
    }

    void othersAreRefused_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("part");
        const QString room = "static int *t = NULL; if (!t) t = malloc(256 * sizeof(int));", declared = "static int *t = NULL; int e = !t; if (!t) t = malloc(256 * sizeof(int)); if (e) { ";
        const QString loops = "for (int i = 0; i < 16; i++) for (int j = 0; j < 16; j++) ", fill = loops + "t[i * 16 + j] = i * j; }", result = " return t[a * 16 + b];";
        QTest::newRow("not filled") << room + result << "not filled";
        QTest::newRow("filled too late") << room + "if (!t) { " + fill + result << "has its room already";
        QTest::newRow("filled in every call") << room + loops + "t[i * 16 + j] = i * j;" + result << "not filled";
        QTest::newRow("filled twice") << declared + loops + "t[i * 16 + j] = i; " + fill + result << "filled twice";
        QTest::newRow("element of the operands") << declared + loops + "t[i * 16 + j] = i * a; }" + result << "no variable";
        QTest::newRow("element of another element") << declared + loops + "t[i * 16 + j] = t[0] + i; }" + result << "no variable";
        QTest::newRow("element of a function that keeps something") << declared + loops + "t[i * 16 + j] = counted(i); }" + result << "not filled";
        QTest::newRow("too little room") << "static int *t = NULL; if (!t) { t = malloc(256); " + fill + result << "do not fit";
        QTest::newRow("no room") << "static int *t = NULL; if (!t) { " + fill + result << "do not fit";
        QTest::newRow("other order") << declared + loops + "t[j * 16 + i] = i; }" + result << "is missing";
        QTest::newRow("other columns") << declared + loops + "t[i * 8 + j] = i; }" + result << "do not fit";
        QTest::newRow("rounds") << declared + "for (int i = 0; i < 15; i++) for (int j = 0; j < 16; j++) t[i * 16 + j] = i; }" + result << "power of two";
        QTest::newRow("narrow variable") << declared + "for (uint8_t i = 0; i < 16; i++) for (int j = 0; j < 16; j++) t[i * 16 + j] = i; }" + result << "32 or 64 bits";
        QTest::newRow("one variable") << declared + "for (int i = 0; i < 16; i++) for (int i = 0; i < 16; i++) t[i * 16 + i] = i; }" + result << "both loops";
        QTest::newRow("read outside") << declared + fill + " return t[a * 32 + b];" << "lie outside";
        QTest::newRow("written later") << declared + fill + " t[0] = 7;" + result << "no variable";
        QTest::newRow("marked by something else") << "static int t[256]; static int n = 0; if (!n) { " + fill + " n++;" + result << "no mark";
        QTest::newRow("count of calls") << "static int n = 0; n++; return a * b + n;" << "no mark";
        QTest::newRow("first value") << "static int n = 3; return a * n;" << "begins with another value";
        QTest::newRow("numbers") << "static const int t[4] = {1, 2, 3, 4}; return t[a & 3];" << "is missing";
        QTest::newRow("under a condition") << "if (a > 3) { " + declared + fill + " }" + "return 0;" << "unconditional";
        QTest::newRow("after a return") << "if (a > 3) return 1; " + declared + fill + result << "unconditional";
        QTest::newRow("another name twice") << declared + fill + " int t = 3;" + result << "declared twice";
        QTest::newRow("calls itself") << declared + loops + "t[i * 16 + j] = f(i, j); }" + result << "too deeply";
        QTest::newRow("end") << "static int *t = NULL; if (!t) { t = malloc(" << "is no length";
        QTest::newRow("huge") << "static int t[4294967296 * 4294967296]; return 0;" << "not possible";
        QTest::newRow("sizeof") << "static int *t = malloc(sizeof(double)); return 0;" << "another value than NULL";
    }
    void othersAreRefused() {
        QFETCH(QString, body);
        QFETCH(QString, part);
        CircuitOptions options;
        options.bitsA = options.bitsB = 4;
        options.isSigned = false;
        options.function = "f";
        const std::string text = "#include <stdint.h>\n#include <stdlib.h>\nint counted(int i) { static int n = 0; if (!n) n = 1; static int *t = NULL; return i + n; }\nint f(int a, int b) {\n" +
                                 body.toStdString() + "\n" + std::string(static_cast<std::size_t>(body.count('{') - body.count('}')) + 1, '}') + "\n";
        const auto circuit = circuitFromText(text, "f.c", options);
        QVERIFY2(circuit.ok(), circuit.ok() ? "" : circuit.error().text().c_str());
        const auto gates = circuitGates(*circuit, {});
        QVERIFY(!gates.ok());
        QVERIFY(says(gates.error(), part.toStdString()));
    }
};

QTEST_GUILESS_MAIN(TestCircuitTables)
#include "tst_circuit_tables.moc"
