// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <sys/stat.h>
#include <zlib.h>

#include "core/data/idx.h"

using namespace axp;

namespace {

std::string word(std::uint32_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 255);
    return text;
}

std::string idx(std::initializer_list<std::uint32_t> header, const std::string& data) {
    std::string text;
    for (const auto value : header) text += word(value);
    return text + data;
}

std::string gz(const std::string& content) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, content.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string counting(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

}  // namespace

class TstIdx : public QObject {
    Q_OBJECT
private:
    std::string put(const char* name, const std::string& content) const {
        const std::string path = (m_folder.path() + '/').toStdString() + name;
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path;
    }
    QTemporaryDir m_folder;

private slots:
    void readsPlainAndCompressed() {
        const std::string data = counting(5 * 3 * 4);
        const std::string file = idx({0x803, 5, 3, 4}, data);
        const std::string half = gz(file.substr(0, 20)) + gz(file.substr(20));  // gzip files may be concatenated
        for (const auto& content : {file, gz(file), half}) {
            const auto array = readIdx(put("a", content), 3);
            QVERIFY2(array.ok(), array.ok() ? "" : array.error().text().c_str());
            QCOMPARE(array->shape, (Shape{5, 3, 4}));
            QCOMPARE(std::string(array->values.begin(), array->values.end()), data);
        }
        QCOMPARE(readIdx(put("b", idx({0x801, 3}, "abc")), 1)->values, (std::vector<std::uint8_t>{'a', 'b', 'c'}));
        // printf '\0\0\x08\x01\0\0\0\x03abc' | sha256sum
        QCOMPARE(idxDigest({{3}, {'a', 'b', 'c'}}),
                 std::string("379a7afbfd9f0de0a36184463dd209c260f4582821ea2e5e4c40c7eb713dbda2"));
    }

    void hostile_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const std::string& content, const char* says) {
            QTest::newRow(name) << QByteArray(content.data(), qsizetype(content.size())) << QString(says);
        };
        const std::string good = idx({0x803, 10, 8, 8}, counting(640)), packed = gz(good);
        row("empty", "", "truncated: an IDX header takes 16 bytes");
        row("three bytes", std::string(3, '\0'), "truncated: an IDX header");
        row("half header", good.substr(0, 10), "truncated: an IDX header");
        row("header only", good.substr(0, 16), "the header announces 10 x 8 x 8 = 640 bytes");
        row("one byte short", good.substr(0, good.size() - 1), "truncated: the header announces 10 x 8 x 8 = 640 bytes, but the file holds 639");
        row("one byte more", good + "x", "more data than its header");
        row("more, compressed", gz(good + "x"), "more data than its header");
        row("labels for images", idx({0x801, 3}, "abc"), "has 1 dimension(s), expected 3 (images)");
        row("floats", idx({0xd03, 1, 1, 1}, "abcd"), "type 0x0000000d");
        row("foreign", "\x89PNG\r\n\x1a\n and so on and on", "begins with 0x89504e47 instead of 0x00000803");
        row("text", "hello, this is not data", "not an IDX file");
        row("no images", idx({0x803, 0, 28, 28}, ""), "empty array (dimension 0");
        row("no width", idx({0x803, 2, 28, 0}, ""), "empty array (dimension 2");
        row("4 billion cubed", idx({0x803, 0xffffffff, 0xffffffff, 0xffffffff}, "x"), "more than the limit");
        row("overflow to small", idx({0x803, 0x80000000, 0x80000000, 4}, "x"), "more than the limit");
        row("promises 1 GiB", idx({0x803, 1024, 1024, 1024}, "x"), "truncated");
        row("promises 1 GiB, compressed", gz(idx({0x803, 1024, 1024, 1024}, "x")), "truncated");
        row("gz cut", packed.substr(0, packed.size() / 2), "the gzip data break off");
        row("gz cut in the checksum", packed.substr(0, packed.size() - 3), "the gzip data break off");
        row("gz header only", packed.substr(0, 10), "break off");
        std::string wrong = packed;
        wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);
        row("gz wrong checksum", wrong, "damaged");
        wrong = packed;
        wrong[10] = static_cast<char>(0xff);  // block type 3 does not exist
        row("gz wrong block", wrong, "damaged");
        // 100 MiB of zeros in 100 KiB: the header tells how much is wanted, the rest is not unpacked.
        row("bomb", gz(idx({0x803, 1, 2, 2}, std::string(std::size_t{100} << 20, '\0'))), "more data than its header");
    }
    void hostile() {
        QFETCH(QByteArray, content);
        QFETCH(QString, says);
        const auto result = readIdx(put("hostile", content.toStdString()), 3);
        QVERIFY(!result.ok());
        QVERIFY(result.error().kind == ErrorKind::BadInput);
        const auto text = QString::fromStdString(result.error().text());
        QVERIFY2(text.contains(says), qPrintable(text));
        QVERIFY2(text.contains("hostile"), qPrintable(text));
    }

    void limit() {
        const auto path = put("limit", gz(idx({0x801, 1000}, std::string(1000, 'x'))));
        QVERIFY(readIdx(path, 1, 1000).ok());
        QVERIFY(!readIdx(path, 1, 999).ok());
    }

    void otherErrors() {
        QVERIFY(readIdx((m_folder.path() + "/none").toStdString(), 1).error().text().find("does not exist") != std::string::npos);
        QVERIFY(!readIdx(m_folder.path().toStdString(), 1).ok());
        const auto pipe = (m_folder.path() + "/pipe").toStdString();
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
        QVERIFY(!readIdx(pipe, 1).ok());
        QVERIFY(!readIdx(put("c", idx({0x801, 1}, "a")), 0).ok());
    }

    void pairs() {
        const auto images = put("images", gz(idx({0x803, 3, 2, 2}, counting(12))));
        const auto pair = readLabelledImages(images, put("labels", gz(idx({0x801, 3}, std::string("\x09\x00\x04", 3)))), 10);
        QVERIFY(pair.ok());
        QCOMPARE(pair->labels.values, (std::vector<std::uint8_t>{9, 0, 4}));
        const auto fewer = readLabelledImages(images, put("labels", idx({0x801, 2}, std::string("\x01\x02", 2))), 10);
        QVERIFY(!fewer.ok());
        QVERIFY(fewer.error().text().find("there are 3 images, but 2 labels") != std::string::npos);
        const auto range = readLabelledImages(images, put("labels", idx({0x801, 3}, std::string("\x01\x0a\x02", 3))), 10);
        QVERIFY(!range.ok());
        QVERIFY(range.error().text().find("label 10 of sample 1 is out of range, classes are 0 to 9") != std::string::npos);
        const auto exchanged = readLabelledImages(put("labels", idx({0x801, 2}, "ab")), images, 10);
        QVERIFY(exchanged.error().text().find("exchanged") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstIdx)
#include "tst_idx.moc"
