// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/compiled.h"
#include "tests/unit/circuit/circuit_testing.h"

using namespace axp;
using namespace axp::testing;

/// Reading C sources, and tabulating them by gates and by the compiler.
class TestCircuitC : public QObject {
    Q_OBJECT

    static CircuitOptions said(int bitsA, int bitsB, bool isSigned) {
        CircuitOptions options;
        options.bitsA = bitsA;
        options.bitsB = bitsB;
        options.isSigned = isSigned;
        return options;
    }

private slots:
    void headersAreRead() {
        const auto circuit = source(arrayInC(4, 3, "uint64_t mul4x3u_T1(const uint64_t B,const uint64_t A)"), "x/mul4x3u_T1.c");
        QCOMPARE(circuit.bitsA, 4);
        QCOMPARE(circuit.bitsB, 3);
        QVERIFY(!circuit.isSigned);
        QVERIFY(circuit.swapped);
        QCOMPARE(circuit.published.maePercent->value, 0.081);
        QCOMPARE(circuit.published.mse->text, std::string("72829.102e2"));
        QCOMPARE(circuit.published.mse->value, 7282910.2);
        QCOMPARE(*circuit.published.hardware().powerMw, 0.410);
        QVERIFY(!circuit.published.mae);
        QCOMPARE(circuit.licence, std::string("This code is distributed under The MIT License."));
        QVERIFY(circuit.citation.find("nobody") != std::string::npos);
    }
    void operandsAreBoundByName() {
        // Not commutative: A counts double.
        const std::string body = "{ return (A << 1) + B; }";
        const auto straight = products(source("#include <stdint.h>\nuint16_t mul3u_N(uint8_t A, uint8_t B)" + body, "mul3u_N.c"));
        const auto swapped = products(source("#include <stdint.h>\nuint16_t mul3u_N(uint8_t B, uint8_t A)" + body, "mul3u_N.c"));
        QCOMPARE(straight.table->at(5, 1), 11);
        QVERIFY(*straight.table == *swapped.table);
        TabulateOptions compile;
        compile.compileAlways = true;
        QVERIFY(*products(source("#include <stdint.h>\nuint16_t mul3u_N(uint8_t B, uint8_t A)" + body, "mul3u_N.c"), compile).table == *straight.table);
    }
    void gatesAndCompilerAgree_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("bitsA");
        QTest::addColumn<int>("bitsB");
        QTest::addColumn<bool>("isSigned");
        QTest::addRow("array") << QString::fromStdString(arrayInC(5, 4, "uint64_t f(uint64_t A, uint64_t B)", 3)) << 5 << 4 << false;
        QTest::addRow("product") << "#include <stdint.h>\nint f(int a, int b) { return a * b; }" << 6 << 7 << true;
        QTest::addRow("pattern in a signed type") << "#include <stdint.h>\nint32_t f(int16_t a, int16_t b) { int32_t p = a * b; return p & 0xff; }" << 4 << 4 << true;
        QTest::addRow("pattern in an unsigned type") << "#include <stdint.h>\nuint16_t f(uint8_t a, uint8_t b) { return (uint16_t)((int8_t)a * (int8_t)b); }" << 8 << 8 << true;
        QTest::addRow("promotion") << "#include <stdint.h>\nuint32_t f(uint8_t a, uint8_t b) { uint8_t t = a + b; uint8_t n = ~a; return (t << 3) ^ n ^ (a > b ? a - b : b - a); }" << 8 << 6 << false;
        QTest::addRow("shifts") << "#include <stdint.h>\nint64_t f(int32_t a, int32_t b) { int8_t s = (int8_t)(a << 3); return ((int64_t)(s >> 2) * (b | 1)) - (a >> 31) + (b == a) - !b; }" << 5 << 5 << true;
        QTest::addRow("control") << "static int half(int x) { if (x & 1) return x >> 1; else x += 2; return x; }\n"
                                    "int f(int a, int b) { int r = 0; int bits[4]; for (int i = 0; i < 4; i++) bits[i] = (a >> i) & 1;\n"
                                    "for (int i = 0; i < 4; ++i) { if (bits[i]) r += b << i; } int k = 3; while (k > 0) { r ^= half(b) & k; k--; } return r; }" << 4 << 4 << false;
        QTest::addRow("shift by an operand") << "unsigned f(unsigned a, unsigned b) { return (a << (b & 7)) >> (a & 3); }" << 4 << 4 << false;
        QTest::addRow("numbers") << "unsigned long f(unsigned a, unsigned b) { return (a * 0x10UL + 010 + 0b11 + b % 7 * 0) & 4294967295; }" << 4 << 1 << false;
    }
    void gatesAndCompilerAgree() {
        if (compilerProgram().empty()) QSKIP("no C compiler");
        QFETCH(QString, text);
        QFETCH(int, bitsA);
        QFETCH(int, bitsB);
        QFETCH(bool, isSigned);
        CircuitOptions options = said(bitsA, bitsB, isSigned);
        options.function = "f";
        const auto circuit = source(text.toStdString(), "f.c", options);
        TabulateOptions compile;
        compile.compileAlways = true;
        const auto compiled = products(circuit, compile);
        QVERIFY(compiled.route == CircuitRoute::CompiledC);
        const auto read = products(circuit);
        if (QTest::currentDataTag() != QByteArray("numbers")) QVERIFY(read.route == CircuitRoute::GatesFromC);
        QVERIFY(*compiled.table == *read.table);
        QCOMPARE(compiled.table->isSigned, isSigned);
    }
    void helpersAndTablesAreCompiled() {
        if (compilerProgram().empty()) QSKIP("no C compiler");
        const auto circuit = source("#include <stdint.h>\n#include <stdlib.h>\nstatic uint16_t plain(int x, int y) { return x * y - (x == 3); }\n"
                                    "uint16_t mul4u_C(uint8_t a, uint8_t b) { static uint16_t *c = NULL; if (!c) { c = malloc(256 * sizeof *c);\n"
                                    "for (int i = 0; i < 256; i++) c[i] = plain(i / 16, i % 16); } return c[a * 16 + b]; }", "mul4u_C.c");
        QVERIFY(!circuitGates(circuit, {}).ok());
        const auto result = products(circuit);
        QVERIFY(result.route == CircuitRoute::CompiledC);
        QCOMPARE(result.table->at(3, 5), 14);
        QCOMPARE(result.table->at(15, 15), 225);
    }
    void manyComeOneByOneAndFailAlone() {
        if (compilerProgram().empty()) QSKIP("no C compiler");
        std::vector<CircuitSource> circuits;
        for (int i = 0; i < 6; ++i) {
            const std::string name = "mul4u_M" + std::to_string(i);
            const bool breaks = i == 2;
            circuits.push_back(source("#include <stdint.h>\n#include <stdlib.h>\nuint16_t " + name + "(uint8_t A, uint8_t B) { " + (breaks ? "exit(0);" : "") + " return A * B + " + std::to_string(i) + "; }", name + ".c"));
        }
        TabulateOptions options;
        options.checkedPairs = 256;
        std::map<std::size_t, int> seen;
        const auto ended = tabulateCircuits(circuits, options, {}, [&](std::size_t index, Result<CircuitProducts> result) {
            ++seen[index];
            QCOMPARE(result.ok(), index != 2);
            if (result) QCOMPARE(result->table->at(3, 4), 12 + static_cast<int>(index));
            else QVERIFY(says(result.error(), "before all products were there"));
        });
        QVERIFY(ended.ok());
        QCOMPARE(seen.size(), std::size_t{6});
        for (const auto& [index, times] : seen) QCOMPARE(times, 1);
    }
    void wideCircuitsAreSampled() {
        const auto circuit = source("#include <stdint.h>\nint32_t mul13s_W(int16_t A, int16_t B) { return (A >> 1 << 1) * B; }", "mul13s_W.c");
        const auto result = products(circuit);
        QVERIFY(!result.table);
        QCOMPARE(result.sampled.size(), static_cast<std::size_t>(kSampledPairs));
        for (std::int64_t i = 0; i < kSampledPairs; i += 99991) {
            const auto [a, b] = sampledPair(i, 13, 13);
            const std::int64_t x = operandValue(a, 13, true), y = operandValue(b, 13, true);
            QCOMPARE(result.sampled[static_cast<std::size_t>(i)], (x & ~1) * y);
        }
        const auto acu = acuFromCircuit(circuit, {});
        QVERIFY(acu.ok());
        QCOMPARE((*acu)->product(-4095, 4095), std::int64_t{-4096} * 4095);
        const std::vector<std::int32_t> a = {-4096, -4095, -1, 0, 1, 4095}, b = {4095, -4096, 17, -1, 1, 4095};
        std::vector<std::int64_t> out(a.size());
        (*acu)->block()(a, b, out);
        for (std::size_t i = 0; i < a.size(); ++i) QCOMPARE(out[i], (*acu)->product(a[i], b[i]));
        QVERIFY((*acu)->hash().ok());
        QCOMPARE(*(*acu)->hash(), *(*acuFromProducts(circuit, products(circuit)))->hash());
    }
    void thePairSequenceIsFixed() {
        // SplitMix64 from 0 begins with e220a8397b1dcdaf, 6e789e6aa1b965f4.
        QCOMPARE(sampledPair(0, 16, 16), std::pair(0xcdafu, 0xa839u));
        QCOMPARE(sampledPair(1, 12, 4), std::pair(0x5f4u, 0xau));
    }
    void badSourcesAreRefused_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("part");
        QTest::addRow("empty") << "" << "defines no function";
        QTest::addRow("other function") << "int g(int a, int b) { return a; } int h(int a, int b) { return a; }" << "it defines" ;
        QTest::addRow("one argument") << "short mul8s_B(short a) { return a; }" << "takes 1 arguments";
        QTest::addRow("no widths") << "long f(long a, long b) { return a * b; }" << "--bits-a";
        QTest::addRow("pointer") << "short mul8s_B(short *a, short b) { return b; }" << "not an integer";
        QTest::addRow("float") << "float mul8s_B(short a, short b) { return b; }" << "does not return an integer";
        QTest::addRow("no room") << "short mul8u_B(signed char a, signed char b) { return b; }" << "no room";
        QTest::addRow("one name") << "short mul8s_B(short a, short c) { return c; }" << "only one is named";
        QTest::addRow("comment") << "/* open" << "not closed";
        QTest::addRow("too wide") << "long mul20s_B(long a, long b) { return a * b; }" << "1 to 16";
        QTest::addRow("hidden") << "// x \\\nshort mul8s_B(short a, short b) { return 1; }" << "backslash";
    }
    void badSourcesAreRefused() {
        QFETCH(QString, text);
        QFETCH(QString, part);
        const auto circuit = circuitFromText(text.toStdString(), "mul_B.c");
        QVERIFY(!circuit.ok());
        QVERIFY(says(circuit.error(), part == "it defines" ? "defines g, h" : part.toStdString()));
    }
    void theReaderRefusesWhatCLeavesOpen_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("part");
        QTest::addRow("unset") << "int x; return x + a;" << "before it is set";
        QTest::addRow("half set") << "int x; if (a) x = 1; return x;" << "before it is set";
        QTest::addRow("no return") << "if (a) return 1;" << "without a return";
        QTest::addRow("shift") << "return a << 32;" << "goes beyond";
        QTest::addRow("operand shift") << "return b << a;" << "may go beyond";
        QTest::addRow("outside") << "int x[2]; x[2] = 1; return 0;" << "outside";
        QTest::addRow("loop") << "int i = 0; while (i < a) i++; return i;" << "depends on the operands";
        QTest::addRow("endless") << "int i = 1; while (i) i = 1; return i;" << "too many steps";
        QTest::addRow("division") << "return a / b;" << "division";
        QTest::addRow("pointer") << "int *p; return 0;" << "pointers";
        QTest::addRow("unknown call") << "return rand();" << "not defined";
        QTest::addRow("hidden condition") << "\n#if 0 // include <stdint.h>\nreturn 1;\n#endif // include <stdint.h>\nreturn 2;" << "preprocessor line";
        QTest::addRow("nested") << QString("return ").append(QString("(").repeated(5000)) << "too deeply";
    }
    void theReaderRefusesWhatCLeavesOpen() {
        QFETCH(QString, body);
        QFETCH(QString, part);
        CircuitOptions options = said(4, 4, true);
        options.function = "f";
        const auto circuit = circuitFromText("int f(int a, int b) {" + body.toStdString() + "}", "f.c", options);
        QVERIFY(circuit.ok());
        const auto gates = circuitGates(*circuit, {});
        QVERIFY(!gates.ok());
        QVERIFY(says(gates.error(), part.toStdString()));
    }
    void productsThatDoNotFitAreRefused() {
        CircuitOptions options = said(4, 4, true);
        const auto beyond = source("int f(int a, int b) { return 40000; }", "f.c", options);
        QVERIFY(says(tabulateCircuit(beyond, {}, {}).error(), "no signed product of 8 bits"));
        options.isSigned = false;
        const auto negative = source("int f(int a, int b) { return a - b; }", "f.c", options);
        QVERIFY(says(tabulateCircuit(negative, {}, {}).error(), "negative"));
    }
    void commentsOfDirectivesEndWhereTheyEnd() {
        const auto circuit = source("#include <stdint.h> /* a comment { of\n several lines */\n#include <stdlib.h> // /* no comment\nshort mul4s_D(short a, short b) { return a * b; }", "mul4s_D.c");
        QCOMPARE(products(circuit).table->at(15, 7), -7);
    }
    void rareNegativesCount() {
        // Patterns but for one pair, which no small sample need meet.
        CircuitOptions options = said(10, 10, true);
        const auto circuit = source("int f(int a, int b) { int p = (a * b) & 0xfffff; if (a == 333 && b == -77) return -5; return p; }", "f.c", options);
        const auto read = products(circuit);
        QVERIFY(read.route == CircuitRoute::GatesFromC);
        QCOMPARE(read.table->at(333, 1024 - 77), -5);
        QCOMPARE(read.table->at(1023, 1), 0xfffff);
    }
    void cancelStops() {
        JobContext job;
        job.cancel.cancel();
        const auto circuit = source(arrayInC(4, 4, "uint64_t mul4u_T(uint64_t A, uint64_t B)"), "mul4u_T.c");
        QVERIFY(tabulateCircuit(circuit, {}, job).error().kind == ErrorKind::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestCircuitC)
#include "tst_circuit_c.moc"
