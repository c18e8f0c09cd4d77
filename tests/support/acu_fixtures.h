// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <QFile>
#include <QString>
#include <cstdint>
#include <functional>
#include <string>

#include "core/acu/table.h"

/// Multipliers and files of our own making, in the forms that other tools write.
namespace axp::test {

/// Not commutative, 0 x b is 0: a b less the low bits of a times the lowest bit of b.
inline std::int64_t skewProduct(std::int64_t a, std::int64_t b) { return a * b - (a & 3) * (b & 1); }

/// All products of `product` over numbers, by bit pattern.
inline ProductTable tableOf(int bitsA, int bitsB, bool isSigned, const std::function<std::int64_t(std::int64_t, std::int64_t)>& product) {
    ProductTable table{bitsA, bitsB, isSigned, {}};
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b)
            table.products.push_back(static_cast<std::int32_t>(product(operandValue(a, bitsA, isSigned), operandValue(b, bitsB, isSigned))));
    return table;
}

inline void writeBytes(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write %s", qPrintable(path));
}

/// Rows in a file's order; `numeric`: from the lowest number on.
inline QByteArray gridText(const ProductTable& table, char separator, bool numeric) {
    QByteArray text;
    for (std::int64_t i = 0; i < table.rows(); ++i) {
        for (std::int64_t j = 0; j < table.columns(); ++j) {
            const std::int64_t a = numeric ? i - table.rows() / 2 : i, b = numeric ? j - table.columns() / 2 : j;
            if (j > 0) text += separator;
            text += QByteArray::number(table.at(a, b));
        }
        text += '\n';
    }
    return text;
}

/// As AdaPT ("const int16_t") or TransAxx ("const __device__ short") ship them.
inline QByteArray headerText(const ProductTable& table, const QByteArray& type = "const int16_t") {
    QByteArray text = "#include <stdint.h>\n\n" + type + " lut [" + QByteArray::number(static_cast<qlonglong>(table.rows())) + "][" + QByteArray::number(static_cast<qlonglong>(table.columns())) + "] = {";
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        text += a > 0 ? ",\n{" : "{";
        for (std::int64_t b = 0; b < table.columns(); ++b) text += (b > 0 ? ", " : "") + QByteArray::number(table.at(a, b));
        text += "}";
    }
    return text + "};\n";
}

/// AppMult-Aware.
inline QByteArray tripleText(const ProductTable& table) {
    QByteArray text = "# made for a test\nLUT for approximate multiplier:\n";
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            const std::int64_t x = operandValue(a, table.bitsA, table.isSigned), y = operandValue(b, table.bitsB, table.isSigned);
            text += QByteArray::number(static_cast<qlonglong>(x)) + ' ' + QByteArray::number(static_cast<qlonglong>(y)) + ' ' + QByteArray::number(table.at(x, y)) + '\n';
        }
    return text;
}

/// tf-approximate.
inline QByteArray rawBytes(const ProductTable& table) {
    QByteArray bytes;
    for (const std::int32_t product : table.products) {
        bytes += static_cast<char>(product & 255);
        bytes += static_cast<char>(product >> 8 & 255);
    }
    return bytes;
}

/// An array multiplier of `bits` unsigned bits without the partial products i + j < `broken`, as straight-line C of single bits with
/// published figures above it. `swapped` declares (B, A).
inline QByteArray circuitC(const QByteArray& name, int bits, int broken, const QByteArray& figures, bool swapped = false) {
    QByteArray text = "/***\n* This circuit was made for a test and is distributed under The MIT License.\n* When used, please cite the following article(s): A. Nobody, \"On tests\"\n***/\n" + figures +
                      "#include <stdint.h>\n#include <stdlib.h>\n\nuint64_t " + name + (swapped ? "(const uint64_t B,const uint64_t A)\n{\n" : "(const uint64_t A,const uint64_t B)\n{\n");
    QByteArray body;
    int wires = 0;
    const auto wire = [&](const QByteArray& expression) {
        const QByteArray id = "n" + QByteArray::number(wires++);
        body += "  uint64_t " + id + " = " + expression + ";\n";
        return id;
    };
    QList<QByteArray> sum(2 * bits, QByteArray("0"));
    for (int i = 0; i < bits; ++i) {
        QByteArray carry = "0";
        for (int j = 0; j < bits; ++j) {
            const QByteArray partial = i + j < broken ? QByteArray("0") : wire("((A >> " + QByteArray::number(i) + ")&1)&((B >> " + QByteArray::number(j) + ")&1)");
            const QByteArray both = wire(partial + "^" + sum[i + j]);
            const QByteArray out = wire(both + "^" + carry);
            carry = wire("(" + partial + "&" + sum[i + j] + ")|(" + both + "&" + carry + ")");
            sum[i + j] = out;
        }
        sum[i + bits] = carry;
    }
    body += "  uint64_t O = 0;\n";
    for (int i = 0; i < 2 * bits; ++i) body += "  O |= (" + sum[i] + "&1) << " + QByteArray::number(i) + ";\n";
    return text + body + "  return O;\n}\n";
}

/// The same multiplier as structural Verilog.
inline QByteArray circuitVerilog(const QByteArray& name, int bits, int broken) {
    const QByteArray top = QByteArray::number(bits - 1);
    QByteArray body;
    int wires = 0;
    const auto wire = [&](const QByteArray& expression) {
        const QByteArray id = "n" + QByteArray::number(wires++);
        body += "wire " + id + ";\nassign " + id + " = " + expression + ";\n";
        return id;
    };
    QList<QByteArray> sum(2 * bits, QByteArray("1'b0"));
    for (int i = 0; i < bits; ++i) {
        QByteArray carry = "1'b0";
        for (int j = 0; j < bits; ++j) {
            const QByteArray partial = i + j < broken ? QByteArray("1'b0") : wire("A[" + QByteArray::number(i) + "] & B[" + QByteArray::number(j) + "]");
            const QByteArray both = wire(partial + " ^ " + sum[i + j]);
            const QByteArray out = wire(both + " ^ " + carry);
            carry = wire("(" + partial + " & " + sum[i + j] + ") | (" + both + " & " + carry + ")");
            sum[i + j] = out;
        }
        sum[i + bits] = carry;
    }
    for (int i = 0; i < 2 * bits; ++i) body += "assign O[" + QByteArray::number(i) + "] = " + sum[i] + ";\n";
    return "module " + name + "(A, B, O);\ninput [" + top + ":0] A;\ninput [" + top + ":0] B;\noutput [" + QByteArray::number(2 * bits - 1) + ":0] O;\n" + body + "endmodule\n";
}

/// The same multiplier as C with a pointer, which has to be compiled.
inline QByteArray circuitLoop(const QByteArray& name, int bits, int broken) {
    return "#include <stdint.h>\nuint64_t " + name + "(uint64_t A, uint64_t B)\n{\n  const uint64_t *first = &A;\n  uint64_t sum = 0;\n  for (int i = 0; i < " + QByteArray::number(bits) +
           "; ++i) {\n    int low = " + QByteArray::number(broken) + " > i ? " + QByteArray::number(broken) + " - i : 0;\n    if (*first >> i & 1) sum += (B >> low << low) << i;\n  }\n  return sum;\n}\n";
}

/// The products of circuitC(), circuitVerilog() and circuitLoop().
inline std::int64_t brokenProduct(std::int64_t a, std::int64_t b, int bits, int broken) {
    std::int64_t sum = 0;
    for (int i = 0; i < bits; ++i)
        for (int j = 0; j < bits; ++j)
            if (i + j >= broken) sum += (a >> i & 1) * (b >> j & 1) << (i + j);
    return sum;
}

/// A wide multiplier that is not commutative, 13 x 13 bits: A's lowest bit does not count. In C with a pointer, and as Verilog.
inline QByteArray unevenLoop(const QByteArray& name) {
    return "#include <stdint.h>\nuint64_t " + name + "(uint64_t A, uint64_t B)\n{\n  const uint64_t *first = &A;\n  return (*first & ~(uint64_t)1) * B;\n}\n";
}
inline QByteArray unevenVerilog(const QByteArray& name, bool exchanged) {
    return "module " + name + "(A, B, O);\ninput [12:0] A;\ninput [12:0] B;\noutput [25:0] O;\nassign O = " + (exchanged ? "A * {B[12:1], 1'b0}" : "{A[12:1], 1'b0} * B") + ";\nendmodule\n";
}

/// A 16 x 16 multiplier of four 8 x 8 ones, which are read from tables that the first call fills. The lowest bit of b does not count in the lowest part.
inline QByteArray circuitTables(const QByteArray& name) {
    QByteArray declared, tests, rooms, fills, reads;
    for (const QByteArray part : {"LL", "LH", "HL", "HH"}) {
        const QByteArray table = "cache" + part;
        const auto byte = [](const char* operand, bool high) { return QByteArray(high ? "((" : "(") + operand + (high ? " >> 8)" : "") + " & 0xFF)"; };
        declared += "  static uint16_t * " + table + " = NULL;\n";
        tests += (tests.isEmpty() ? "" : " || ") + table + " == NULL";
        rooms += "  if(!" + table + ") " + table + " = (uint16_t *)malloc(256 * 256 * sizeof(uint16_t));\n";
        fills += "        " + table + "[i * 256 + j] = " + (part == "LL" ? "uneven" : "plain") + "(i, j);\n";
        reads += "  sum += (uint32_t)" + table + "[" + byte("a", part[0] == 'H') + " * 256 + " + byte("b", part[1] == 'H') + "] << " + QByteArray::number(part.count('H') * 8) + ";\n";
    }
    return "#include <stdint.h>\n#include <stdlib.h>\nuint16_t plain(uint8_t a, uint8_t b)\n{\n  return a * b;\n}\nuint64_t uneven(const uint64_t B,const uint64_t A)\n{\n  return (A >> 1 << 1) * B;\n}\nuint32_t " +
           name + " (uint16_t a, uint16_t b) {\n" + declared + "  int fillData = " + tests + ";\n" + rooms + "  if(fillData) {\n    for(int i = 0; i < 256; i++) {\n      for(int j = 0; j < 256; j++) {\n" + fills +
           "      }\n    }\n  }\n  uint32_t sum = 0;\n" + reads + "  return sum;\n}\n";
}
inline std::int64_t tablesProduct(std::int64_t a, std::int64_t b) { return a * b - (a & 255) * (b & 1); }
/// The same, or with the part of `b` that should not count.
inline QByteArray tablesVerilog(const QByteArray& name, bool same) {
    return "module " + name + "(A, B, O);\ninput [15:0] A;\ninput [15:0] B;\noutput [31:0] O;\nassign O = " + (same ? "A * {B[15:1], 1'b0} + {A[15:8], 8'b0} * B[0]" : "A * B") + ";\nendmodule\n";
}

}  // namespace axp::test
