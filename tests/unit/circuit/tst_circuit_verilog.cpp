// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/yosys.h"
#include "tests/unit/circuit/circuit_testing.h"

using namespace axp;
using namespace axp::testing;

namespace {

/// 3x2 bits from half and full adders, the cells at the end of the file.
const char* const kCells = R"(
module mul3x2u_V ( A, B, O );
  input [2:0] A;
  input [1:0] B;
  output [4:0] O;
  wire p01, p11, p21, c0, c1, s1;
  assign O[0] = (A[0] & B[0]);
  PDKGENHAX1 U1 (.A((A[1] & B[0])), .B(p01), .YS(O[1]), .YC(c0));
  PDKGENFAX1 U2 (.A((A[2] & B[0])), .B(p11), .C(c0), .YS(O[2]), .YC(c1));
  PDKGENHAX1 U3 (.A(p21), .B(c1), .YS(O[3]), .YC(O[4]));
  and g1 (p01, A[0], B[1]), (p11, A[1], B[1]);
  assign p21 = A[2] & B[1];
endmodule
module PDKGENHAX1( input A, input B, output YS, output YC );
    assign YS = A ^ B;
    assign YC = A & B;
endmodule
module PDKGENFAX1( input A, input B, input C, output YS, output YC );
    assign YS = (A ^ B) ^ C;
    assign YC = (A & B) | (B & C) | (A & C);
endmodule
)";

std::string module(const std::string& body, const std::string& ports = "input [3:0] A, input [3:0] B, output [7:0] O") {
    return "module mul4u_V(" + ports + ");\n" + body + "\nendmodule\n";
}

}  // namespace

class TestCircuitVerilog : public QObject {
    Q_OBJECT
private slots:
    void modulesWithCellsAreRead() {
        const auto circuit = source(kCells, "mul3x2u_V.v");
        const auto result = products(circuit);
        QVERIFY(result.route == CircuitRoute::GatesFromVerilog);
        for (int a = 0; a < 8; ++a)
            for (int b = 0; b < 4; ++b) QCOMPARE(result.table->at(a, b), a * b);
        // The same from library cells.
        std::string mapped = kCells;
        mapped.resize(mapped.find("module PDKGENHAX1"));
        for (std::size_t at; (at = mapped.find("PDKGEN")) != std::string::npos;) mapped.erase(at, 6);
        QVERIFY(*products(source(mapped, "mul3x2u_V_pdk45.v")).table == *result.table);
    }
    void expressionsHaveVerilogsWidthsAndSigns_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<bool>("isSigned");
        const QString in = "input [3:0] A; input [3:0] B;";
        QTest::addRow("product") << "assign O = A * B;" << false;
        QTest::addRow("signed product") << "assign O = $signed(A) * $signed(B);" << true;
        QTest::addRow("mixed signs are unsigned") << "assign O = $signed(A) * B;" << false;
        QTest::addRow("carry kept by context") << "assign O = (A + B) >> 1;" << false;
        QTest::addRow("carry lost in braces") << "assign O = {A + B} >> 1;" << false;
        QTest::addRow("truncation") << "wire [3:0] t = A * B; assign O = {t[3:2], 2'b01, {2{t[1:0]}}};" << false;
        QTest::addRow("choice and comparison") << "assign O = A > B ? A - B : {B, ~A};" << false;
        QTest::addRow("reductions") << "assign O = {&A, |A, ^A, ~&B, ~|B, ~^B, !A, A && B};" << false;
        QTest::addRow("shifts") << "assign O = (A << B[1:0]) ^ ($signed({A, B}) >>> 2);" << false;
        QTest::addRow("arithmetic shift") << "wire signed [7:0] s = {A, B}; assign O = s >>> A[1:0];" << true;
        QTest::addRow("numbers") << "assign O = A * 4'hb + B * 2'd3 - 8'b0000_0101 + 'd7;" << false;
        QTest::addRow("parameters and order") << "assign O[7:4] = lower[W-1:0] ^ B; wire [W-1:0] lower; assign {lower[0], lower[3:1]} = A; assign O[3:0] = ~lower; parameter W = 2 * 2;" << false;
        QTest::addRow("rising range") << "wire [0:3] r; assign r = A; assign O = {r[0], r[1:3], B};" << false;
        QTest::addRow("gates") << "wire x, y; nand (x, A[0], A[1], B[0]); xnor g(y, x, B[3]); not (O[0], y); buf b1 (O[1], x); nor (O[2], x, y); or (O[3], A[3], x); xor (O[4], A[0], B[0], x); assign O[7:5] = 0;" << false;
        QTest::addRow("negative") << "assign O = -A + B;" << false;
        QTest::addRow("signed comparison") << "assign O = $signed(A) < $signed(B) ? 8'd1 : ($signed(A) <= 4'sd0);" << false;
    }
    /// The own reader against yosys, which shares nothing with it.
    void expressionsHaveVerilogsWidthsAndSigns() {
        QFETCH(QString, body);
        QFETCH(bool, isSigned);
        CircuitOptions options;
        options.isSigned = isSigned;
        const auto circuit = source(module(body.toStdString()), "mul4u_V.v", options);
        const auto own = circuitGates(circuit, {});
        if (!own) qFatal("%s", own.error().text().c_str());
        QVERIFY(own->route == CircuitRoute::GatesFromVerilog);
        if (yosysProgram().empty()) QSKIP("yosys is not installed");
        const auto theirs = readThroughYosys(circuit, {});
        if (!theirs) qFatal("%s", theirs.error().text().c_str());
        for (unsigned a = 0; a < 16; ++a)
            for (unsigned b = 0; b < 16; ++b) QCOMPARE(own->netlist->product(a, b), theirs->product(a, b));
    }
    void behaviourIsReadThroughYosys() {
        const std::string text = "module mul4u_V(input [3:0] A, input [3:0] B, output reg [7:0] O);\n always @* begin O = 0; if (B[0]) O = O + A; if (B[1]) O = O + (A << 1); end\nendmodule\n";
        const auto circuit = source(text, "mul4u_V.v");
        if (yosysProgram().empty()) {
            QVERIFY(says(circuitGates(circuit, {}).error(), "Install yosys"));
            QSKIP("yosys is not installed");
        }
        const auto result = products(circuit);
        QVERIFY(result.route == CircuitRoute::GatesFromYosys);
        QCOMPARE(result.table->at(13, 3), 39);
        QCOMPARE(result.table->at(13, 8), 0);
    }
    void stateIsRefused() {
        if (yosysProgram().empty()) QSKIP("yosys is not installed");
        const auto circuit = source("module mul4u_V(input [3:0] A, input [3:0] B, output reg [7:0] O);\n always @(posedge A[0]) O <= A * B;\nendmodule\n", "mul4u_V.v");
        QVERIFY(!circuitGates(circuit, {}).ok());
    }
    void userNamedPortsAreFound() {
        CircuitOptions options;
        options.portA = "multiplicand";
        options.portB = "factor";
        options.portO = "result";
        const auto circuit = source("module mul4x3u_P(input [2:0] Factor, input [3:0] Multiplicand, output [6:0] RESULT, output other);\n"
                                    "assign RESULT = Factor * Multiplicand; assign other = 0;\nendmodule\n", "mul4x3u_P.v", options);
        QCOMPARE(circuit.bitsA, 4);
        QCOMPARE(circuit.bitsB, 3);
        QCOMPARE(products(circuit).table->at(9, 5), 45);
    }
    void cAndVerilogAreCompared() {
        const auto c = source("#include <stdint.h>\nuint8_t mul3x2u_V(uint8_t A, uint8_t B) { return A * B; }", "mul3x2u_V.c");
        const auto same = compareCircuits(c, source(kCells, "mul3x2u_V.v"), {});
        QVERIFY(same.ok() && same->equal() && same->exhaustive);
        QCOMPARE(same->pairs, std::int64_t{32});
        std::string broken = kCells;
        broken.replace(broken.find("assign p21 = A[2] & B[1]"), 24, "assign p21 = A[2] | B[1]");
        const auto different = compareCircuits(c, source(broken, "mul3x2u_V.v"), {});
        QVERIFY(different.ok() && !different->equal());
        QVERIFY(different->first != different->second);
        QCOMPARE(different->first, different->a * different->b);
    }
    void badFilesAreRefused_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("part");
        QTest::addRow("no port B") << QString::fromStdString(module("assign O = A * C;", "input [3:0] A, input [3:0] C, output [7:0] O")) << "no input named B; it has A, C";
        QTest::addRow("two outputs") << QString::fromStdString(module("", "input [3:0] A, input [3:0] B, output X, output Y")) << "no output named O; it has X, Y";
        QTest::addRow("third input") << QString::fromStdString(module("", "input [3:0] A, input [3:0] B, input clk, output O")) << "third input";
        QTest::addRow("no module") << "// endmodule" << "no module";
        QTest::addRow("open") << "module mul4u_V(input A, input B, output O);" << "endmodule";
        QTest::addRow("other widths") << QString::fromStdString(module("assign O = A;", "input [2:0] A, input [3:0] B, output [7:0] O")) << "3 and 4 bits instead of 4 and 4";
        QTest::addRow("two tops") << "module x(input A); endmodule module y(input B); endmodule" << "used by no other module";
        QTest::addRow("wide") << "module mul17u_V(input [16:0] A, input [16:0] B, output [33:0] O); assign O = A * B; endmodule" << "1 to 16";
        QTest::addRow("huge range") << QString::fromStdString(module("wire [2147483647:0] x;")) << "too large";
    }
    void badFilesAreRefused() {
        QFETCH(QString, text);
        QFETCH(QString, part);
        auto circuit = circuitFromText(text.toStdString(), "mul4u_V.v");
        const Error error = circuit ? circuitGates(*circuit, {}).error() : circuit.error();
        QVERIFY(says(error, part.toStdString()));
    }
    void badStructureIsRefused_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("part");
        QTest::addRow("undriven") << "assign O[6:0] = A;" << "bit 7 of port O";
        QTest::addRow("undriven inside") << "wire x; assign O = {A, B[3:1], x};" << "nothing drives";
        QTest::addRow("loop") << "wire x, y; assign x = ~y; assign y = x & A[0]; assign O = y;" << "depends on itself";
        QTest::addRow("driven twice") << "assign O = A; assign O[1] = B[0];" << "driven twice";
        QTest::addRow("input driven") << "assign O = A; assign A = B;" << "driven twice";
        QTest::addRow("unknown cell") << "MAGIC u(.A(A), .Y(O));" << "MAGIC is not defined";
        QTest::addRow("port width") << "HAX1 u(.A(A), .B(B[0]), .YS(O[0]), .YC(O[1]));" << "connected to 4";
        QTest::addRow("no such port") << "HAX1 u(.A(A[0]), .Q(B[0]));" << "no port Q";
        QTest::addRow("subscript") << "assign O = A[4];" << "outside of its range";
        QTest::addRow("unknown bits") << "assign O = 8'bxxxx_0000;" << "cannot be read";
        QTest::addRow("parameter of few bits") << "parameter K = 4'd9; assign O = {A, K};" << "parameters of a type";
        QTest::addRow("parameter with a range") << "parameter [3:0] K = 9; assign O = {A, K};" << "parameters of a type";
        QTest::addRow("sum of few bits") << "wire [4'd15 + 4'd1:0] x; assign O = A;" << "not a constant";
        QTest::addRow("module twice") << "assign O = A; endmodule module mul4u_V(input [3:0] A, input [3:0] B, output [7:0] O); assign O = B;" << "defined twice";
        QTest::addRow("undeclared") << "assign O = nothing;" << "not declared";
        QTest::addRow("recursion") << "mul4u_V again(A, B, O);" << "too deeply";
        QTest::addRow("nesting") << QString("assign O = ").append(QString("(").repeated(5000)) << "too deeply";
        QTest::addRow("chain") << QString("assign O = A").append(QString("+A").repeated(5000)).append(";") << "too long";
    }
    /// The reason of the own reader, whatever yosys would make of it.
    void badStructureIsRefused() {
        QFETCH(QString, body);
        QFETCH(QString, part);
        const auto circuit = circuitFromText(module(body.toStdString()), "mul4u_V.v");
        if (!circuit) {
            QVERIFY(says(circuit.error(), part.toStdString()));
            return;
        }
        const auto gates = structuralGates(*circuit);
        QVERIFY(!gates.ok());
        QVERIFY(says(gates.error(), part.toStdString()));
    }
};

QTEST_GUILESS_MAIN(TestCircuitVerilog)
#include "tst_circuit_verilog.moc"
