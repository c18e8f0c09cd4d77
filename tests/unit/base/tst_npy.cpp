// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <sys/stat.h>

#include "core/base/files.h"
#include "core/base/npy.h"

using namespace axp;

namespace {

/// A .npy file by hand: version, header text (padded only when asked), data.
std::string npy(int major, std::string header, const std::string& data, bool pad = true) {
    const std::size_t preamble = major == 1 ? 10 : 12;
    if (pad) {
        while ((preamble + header.size() + 1) % 64 != 0) header += ' ';
        header += '\n';
    }
    std::string file = "\x93NUMPY";
    file += static_cast<char>(major);
    file += '\0';
    for (std::size_t i = 0; i < (major == 1 ? 2U : 4U); ++i) file += static_cast<char>(header.size() >> (8 * i) & 255);
    return file + header + data;
}

std::string dictionary(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text += static_cast<char>(value);
    return text;
}

}  // namespace

class TstNpy : public QObject {
    Q_OBJECT
private:
    std::string path() const { return (m_folder.path() + "/a.npy").toStdString(); }
    Result<Tensor> readBytes(const std::string& content, std::size_t maxBytes = std::size_t{1} << 31) {
        std::remove(path().c_str());  // rewriting a file in place waits for the disk on some file systems
        std::ofstream(path(), std::ios::binary) << content;
        return readNpy(path(), maxBytes);
    }
    template <class T>
    void roundTrip(const Shape& shape, const std::vector<T>& values) {
        QVERIFY(writeNpy(path(), Tensor::from(shape, values)).ok());
        const auto read = readNpy(path());
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        QVERIFY(read->dtype() == dtypeOf<T>());
        QCOMPARE(read->shape(), shape);
        QCOMPARE(read->byteSize(), values.size() * sizeof(T));
        QVERIFY(values.empty() || std::memcmp(read->data(), values.data(), read->byteSize()) == 0);
    }
    template <class T>
    void limitsRoundTrip() {
        using Limits = std::numeric_limits<T>;
        roundTrip<T>({2, 3}, {Limits::lowest(), Limits::max(), T(0), T(1), Limits::min(), T(42)});
    }
    QTemporaryDir m_folder;

private slots:
    void everyDtype() {
        limitsRoundTrip<float>();
        limitsRoundTrip<double>();
        limitsRoundTrip<std::int8_t>();
        limitsRoundTrip<std::uint8_t>();
        limitsRoundTrip<std::int16_t>();
        limitsRoundTrip<std::uint16_t>();
        limitsRoundTrip<std::int32_t>();
        limitsRoundTrip<std::uint32_t>();
        limitsRoundTrip<std::int64_t>();
        limitsRoundTrip<std::uint64_t>();
        QVERIFY(writeNpy(path(), Tensor(DType::Bool, {3}, {std::byte{1}, std::byte{0}, std::byte{1}})).ok());
        const auto read = readNpy(path());
        QVERIFY(read.ok() && read->dtype() == DType::Bool && read->as<bool>()[0] && !read->as<bool>()[1]);
    }

    void shapes() {
        roundTrip<float>({}, {1.5F});
        roundTrip<float>({1}, {-0.0F});
        roundTrip<float>({0}, {});
        roundTrip<float>({3, 0, 2}, {});
        roundTrip<std::int16_t>({1, 2, 1, 3}, {1, 2, 3, 4, 5, 6});
    }

    // The very bytes that numpy.save writes for np.arange(3, dtype='<i2').
    void goldenBytes() {
        QVERIFY(writeNpy(path(), Tensor::from<std::int16_t>({3}, {0, 1, 2})).ok());
        const std::string expected = npy(1, dictionary("<i2", "(3,)"), bytes({0, 0, 1, 0, 2, 0}));
        QCOMPARE(expected.size(), std::size_t{128 + 6});
        QCOMPARE(readFile(path()).value(), expected);
    }

    void versionsAndSpellings() {
        const std::string data = bytes({1, 0, 254, 255});
        const auto good = [&](const std::string& content, const Shape& shape = {2}) {
            const auto read = readBytes(content);
            if (!read.ok()) qWarning("%s", read.error().text().c_str());
            return read.ok() && read->shape() == shape && read->as<std::int16_t>()[0] == 1 && read->as<std::int16_t>()[1] == -2;
        };
        for (const int version : {1, 2, 3}) QVERIFY(good(npy(version, dictionary("<i2", "(2,)"), data)));
        QVERIFY(good(npy(1, dictionary("<i2", "(2L,)"), data)));                                   // Python 2
        QVERIFY(good(npy(1, dictionary("<i2", "(1, 2)"), data), {1, 2}));
        QVERIFY(good(npy(1, "{'shape':(2,),'fortran_order':True,\"descr\":\"<i2\"}", data, false)));  // other order, no blanks
    }

    void fortranOrder() {
        // [[1, 2, 3], [4, 5, 6]] by columns.
        auto read = readBytes(npy(1, dictionary("|u1", "(2, 3)", "True"), bytes({1, 4, 2, 5, 3, 6})));
        QVERIFY(read.ok());
        for (int i = 0; i < 6; ++i) QCOMPARE(int(read->as<std::uint8_t>()[std::size_t(i)]), i + 1);
        // Element (i, j, k) of shape (2, 3, 4) is at i + 2 j + 6 k; its value is 100 i + 10 j + k, two bytes wide.
        std::string data;
        for (int k = 0; k < 4; ++k)
            for (int j = 0; j < 3; ++j)
                for (int i = 0; i < 2; ++i) data += bytes({100 * i + 10 * j + k, 0});
        read = readBytes(npy(1, dictionary("<u2", "(2, 3, 4)", "True"), data));
        QVERIFY(read.ok());
        const auto values = read->as<std::uint16_t>();
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t j = 0; j < 3; ++j)
                for (std::size_t k = 0; k < 4; ++k) QCOMPARE(values[(i * 3 + j) * 4 + k], std::uint16_t(100 * i + 10 * j + k));
        QVERIFY(readBytes(npy(1, dictionary("<u2", "(0, 3)", "True"), "")).ok());
        QVERIFY(readBytes(npy(1, dictionary("|u1", "()", "True"), "x")).ok());
    }

    void hostile_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const std::string& content, const char* says) {
            QTest::newRow(name) << QByteArray(content.data(), qsizetype(content.size())) << QString(says);
        };
        const std::string good = npy(1, dictionary("<f4", "(2,)"), std::string(8, '\0'));
        row("empty", "", "not a NumPy");
        row("short magic", "\x93NUM", "not a NumPy");
        row("foreign", "PK\x03\x04 this is a zip archive", "not a NumPy");
        row("magic only", good.substr(0, 8), "truncated");
        row("half length", good.substr(0, 9), "truncated");
        row("half header", good.substr(0, 40), "truncated");
        row("no data", good.substr(0, good.size() - 8), "truncated");
        row("one byte short", good.substr(0, good.size() - 1), "truncated");
        row("one byte more", good + "x", "foreign bytes");
        std::string version = good;
        version[6] = 4;
        row("version 4", version, "format 4.0");
        version[6] = 0;
        row("version 0", version, "format 0.0");
        row("header of 4 GiB", std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12) + "{}", "header claims 4294967295");
        row("header beyond the end", std::string("\x93NUMPY\x01\x00\xff\xff", 10) + "{}", "header claims 65535");
        row("big-endian", npy(1, dictionary(">f4", "(2,)"), std::string(8, '\0')), "big-endian");
        row("half precision", npy(1, dictionary("<f2", "(4,)"), std::string(8, '\0')), "'<f2'");
        row("complex", npy(1, dictionary("<c8", "(1,)"), std::string(8, '\0')), "'<c8'");
        row("text", npy(1, dictionary("<U2", "(1,)"), std::string(8, '\0')), "'<U2'");
        row("objects", npy(1, dictionary("|O", "(1,)"), std::string(8, '\0')), "pickled");
        row("no type", npy(1, dictionary("", "(1,)"), std::string(8, '\0')), "type ''");
        row("records", npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", std::string(8, '\0')), "structured");
        row("huge", npy(1, dictionary("<f4", "(1000000000000,)"), ""), "too large");
        row("overflow", npy(1, dictionary("|u1", "(4294967296, 4294967296)"), ""), "too large");
        row("overflow to 0", npy(1, dictionary("<f4", "(4611686018427387904,)"), ""), "too large");
        row("overflow hidden by 0", npy(1, dictionary("|u1", "(4294967296, 4294967296, 0)"), ""), "too large");
        row("20 digits", npy(1, dictionary("|u1", "(99999999999999999999,)"), ""), "64 bits");
        row("negative", npy(1, dictionary("<f4", "(-2,)"), std::string(8, '\0')), "negative");
        row("two negatives", npy(1, dictionary("<f4", "(-1, -2)"), std::string(8, '\0')), "negative");
        row("shape number", npy(1, dictionary("<f4", "2"), std::string(8, '\0')), "tuple");
        row("shape in brackets", npy(1, dictionary("<f4", "(2)"), std::string(8, '\0')), "tuple");
        row("shape list", npy(1, dictionary("<f4", "[2]"), std::string(8, '\0')), "tuple");
        row("fractional", npy(1, dictionary("<f4", "(2.0,)"), std::string(8, '\0')), "malformed");
        row("shape open", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,", std::string(8, '\0')), "malformed");
        std::string deep = "(";
        for (int i = 0; i < 100; ++i) deep += "1, ";
        row("100 dimensions", npy(1, dictionary("|u1", deep + ")"), "x"), "64 dimensions");
        row("order 1", npy(1, dictionary("<f4", "(2,)", "1"), std::string(8, '\0')), "fortran_order");
        row("no shape", npy(1, "{'descr': '<f4', 'fortran_order': False, }", ""), "lacks the key 'shape'");
        row("no descr", npy(1, "{'shape': (0,), 'fortran_order': False, }", ""), "lacks the key 'descr'");
        row("no order", npy(1, "{'descr': '<f4', 'shape': (0,), }", ""), "lacks the key 'fortran_order'");
        row("twice", npy(1, "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", ""), "repeated key 'descr'");
        row("other key", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), 'evil': 1}", ""), "'evil'");
        row("no dictionary", npy(1, "import os", ""), "dictionary");
        row("empty header", npy(1, "", "", false), "dictionary");
        row("not closed", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,)", ""), "malformed");
        row("text after", npy(1, dictionary("<f4", "(0,)") + "+1", ""), "after its dictionary");
        row("NUL in header", npy(1, dictionary("<f4", "(0,)") + std::string(1, '\0'), ""), "after its dictionary");
        row("bool 2", npy(1, dictionary("|b1", "(3,)"), bytes({1, 2, 0})), "element 1");
    }
    void hostile() {
        QFETCH(QByteArray, content);
        QFETCH(QString, says);
        const auto result = readBytes(content.toStdString());
        QVERIFY(!result.ok());
        QVERIFY(result.error().kind == ErrorKind::BadInput);
        const auto text = QString::fromStdString(result.error().text());
        QVERIFY2(text.contains(says), qPrintable(text));
        QVERIFY2(text.contains("a.npy"), qPrintable(text));
    }

    void limit() {
        const std::string content = npy(1, dictionary("<f4", "(4,)"), std::string(16, '\0'));
        QVERIFY(readBytes(content, 16).ok());
        QVERIFY(!readBytes(content, 15).ok());
    }

    void otherErrors() {
        QVERIFY(readNpy(path() + ".none").error().text().find("does not exist") != std::string::npos);
        QVERIFY(!readNpy(m_folder.path().toStdString()).ok());
        const std::string pipe = path() + ".pipe";
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
        QVERIFY(!readNpy(pipe).ok());
        // A tensor whose bytes do not match its shape is not written.
        QVERIFY(!writeNpy(path() + ".bad", Tensor(DType::F32, {3}, std::vector<std::byte>(8))).ok());
        QVERIFY(!readFile(path() + ".bad").ok());
    }

    // Every single-byte change and every cut of a small file either fails with an error or gives a consistent tensor.
    void mutations() {
        const std::string good = npy(1, dictionary("<i2", "(2, 3)", "True"), bytes({1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}));
        const std::string file = good;
        int read = 0;
        for (std::size_t at = 0; at < 80; ++at)
            for (const int value : {0, 1, int('9'), 39, int('('), int(')'), int(','), int('-'), int('>'), 255}) {
                std::string changed = file;
                changed[at] = static_cast<char>(value);
                const auto result = readBytes(changed);
                if (!result.ok()) continue;
                ++read;
                QCOMPARE(result->byteSize(), std::size_t(result->count()) * dtypeSize(result->dtype()));
            }
        QVERIFY(read > 0);
        for (std::size_t size = 0; size < good.size(); ++size) QVERIFY(!readBytes(good.substr(0, size)).ok());
    }
};

QTEST_GUILESS_MAIN(TstNpy)
#include "tst_npy.moc"
