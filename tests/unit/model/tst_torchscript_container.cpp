// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <random>
#include <sstream>

#include "core/base/files.h"
#include "core/model/torchscript/container.h"

using namespace axp;

namespace {

void put(std::string& bytes, std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
}

/// An archive as zip tools write it, with what a hostile one may change.
struct Entry {
    std::string name, content;
    std::uint32_t size = 0xfffffffe;  ///< 0xfffffffe: that of the content
    int method = 0, flags = 0;
};
std::string archive(const std::vector<Entry>& entries) {
    std::string bytes, directory;
    for (const Entry& e : entries) {
        const auto size = e.size == 0xfffffffe ? static_cast<std::uint32_t>(e.content.size()) : e.size;
        const std::size_t offset = bytes.size();
        const auto common = [&](std::string& out) {
            put(out, static_cast<std::uint64_t>(e.flags), 2);
            put(out, static_cast<std::uint64_t>(e.method), 2);
            put(out, 0, 8);
            put(out, e.content.size(), 4);
            put(out, size, 4);
            put(out, e.name.size(), 2);
            put(out, 0, 2);
        };
        bytes += "PK\x03\x04";
        put(bytes, 20, 2);
        common(bytes);
        bytes += e.name + e.content;
        directory += "PK\x01\x02";
        put(directory, 20, 2);
        put(directory, 20, 2);
        common(directory);
        put(directory, 0, 8);  // comment length, disk, attributes
        put(directory, 0, 2);
        put(directory, offset, 4);
        directory += e.name;
    }
    const std::size_t at = bytes.size();
    bytes += directory + "PK\x05\x06";
    put(bytes, 0, 4);
    put(bytes, entries.size(), 2);
    put(bytes, entries.size(), 2);
    put(bytes, directory.size(), 4);
    put(bytes, at, 4);
    put(bytes, 0, 2);
    return bytes;
}

const std::string kPickle = std::string("\x80\x02)", 3) + ".";

std::vector<Entry> sound() {
    return {{"m/data.pkl", kPickle}, {"m/code/__torch__.py", "class M:\n"}, {"m/constants.pkl", kPickle}};
}

std::string problem(const std::string& bytes) {
    std::istringstream stream(bytes);
    const auto result = torchscript::check(stream, bytes.size(), "model.pt");
    return result.ok() ? std::string() : result.error().text();
}

}  // namespace

/// What is refused before LibTorch reads a file, and with which sentence.
class TestTorchscriptContainer : public QObject {
    Q_OBJECT

    static void refused(const std::string& bytes, const char* words) {
        const std::string text = problem(bytes);
        QVERIFY2(text.find(words) != std::string::npos, text.empty() ? "accepted" : text.c_str());
        QVERIFY2(text.find("model.pt") != std::string::npos, text.c_str());
    }

private slots:
    void soundArchives() {
        QCOMPARE(problem(archive(sound())), std::string());
        const auto bytes = readFile(AXP_SOURCE_DIR "/tests/unit/model/fixtures/residual/scripted.pt");
        QVERIFY(bytes.ok());
        QCOMPARE(problem(*bytes), std::string());
    }

    void foreignFiles() {
        const std::string weights = std::string("\x80\x02", 2) + "ccollections\nOrderedDict\nq\x01)Rq\x02.";
        refused(archive({{"m/data.pkl", weights}, {"m/version", "3"}}), "state_dict");
        const std::string module = std::string("\x80\x02", 2) + "c__main__\nMyNet\nq\x01)R.";
        refused(archive({{"m/data.pkl", module}}), "__main__.MyNet");
        refused(weights, "state_dict");
        refused(archive({{"m/serialized_exported_program.json", "{}"}}), "torch.export");
        refused(archive({{"word/document.xml", "<xml/>"}}), "no network");
        refused("not a model at all", "not a zip archive");
    }

    void damagedArchives() {
        const std::string whole = archive(sound());
        for (std::size_t length = 1; length < whole.size(); ++length) QVERIFY2(!problem(whole.substr(0, length)).empty(), qPrintable(QString::number(length)));
        std::string bytes = whole;
        // The second directory entry points at the first entry.
        const auto second = bytes.find("PK\x01\x02", bytes.find("PK\x01\x02") + 4);
        bytes.replace(second + 42, 4, std::string(4, '\0'));
        refused(bytes, "overlap");
    }

    void hostileEntries() {
        auto entries = sound();
        entries.push_back({"m/../../etc/passwd", "x"});
        refused(archive(entries), "leaves it");
        entries.back() = {"/etc/passwd", "x"};
        refused(archive(entries), "leaves it");
        entries.back() = {"m/data/0", "x", 0xfffffffe, 0, 1};
        refused(archive(entries), "encrypted");
        entries.back() = {"m/data/0", "x", 0xfffffffe, 12};
        refused(archive(entries), "packed");
        entries.back() = {"m/data/0", "xxxx", 0xfffffff0, 8};
        refused(archive(entries), "unpack to more than");
        entries.back() = {"m/data/0", "xxxx", 5};
        refused(archive(entries), "damaged");
    }

    void hostilePickles_data() {
        QTest::addColumn<QByteArray>("pickle");
        QTest::newRow("runs empty") << QByteArray("\x80\x02R.", 4);
        QTest::newRow("unset memo") << QByteArray("\x80\x02h\x05.", 5);
        QTest::newRow("cut off") << QByteArray("\x80\x02X\xff\xff\xff\x7f", 7);
        QTest::newRow("two values") << QByteArray("\x80\x02)).", 5);
        QTest::newRow("mark left") << QByteArray("\x80\x02)(.", 5);
        QTest::newRow("other instruction") << QByteArray("\x80\x02" "i.", 4);
        QTest::newRow("newer protocol") << QByteArray("\x80\x04).", 4);
        QTest::newRow("pops below mark") << QByteArray("\x80\x02)(R.", 5);
        QTest::newRow("odd items") << QByteArray("\x80\x02}(Nu.", 6);
        QTest::newRow("no end") << QByteArray("\x80\x02)", 3);
        QTest::newRow("nothing") << QByteArray();
    }
    void hostilePickles() {
        QFETCH(QByteArray, pickle);
        const std::string bytes = pickle.toStdString();
        QVERIFY(!torchscript::pickleFault(bytes).empty());
        auto entries = sound();
        entries[0].content = bytes;
        refused(archive(entries), "data.pkl");
    }

    void randomDamageNeverCrashes() {
        const auto bytes = readFile(AXP_SOURCE_DIR "/tests/unit/model/fixtures/lstm/traced.pt");
        QVERIFY(bytes.ok());
        std::mt19937 random(5);
        int refusals = 0;
        for (int i = 0; i < 400; ++i) {
            std::string damaged = *bytes;
            for (int k = 0; k < 1 + i % 8; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
            if (i % 4 == 0) damaged.resize(random() % damaged.size());
            refusals += !problem(damaged).empty();
        }
        QVERIFY(refusals > 100);  // the rest hit weights, where any bytes are numbers
    }

    void recognition() {
        QVERIFY(torchscript::looksLike("m.pt", ""));
        QVERIFY(torchscript::looksLike("M.PTH", ""));
        QVERIFY(torchscript::looksLike("m.bin", "PK\x03\x04..."));
        QVERIFY(torchscript::looksLike("m.bin", std::string("\x80\x02")));
        QVERIFY(!torchscript::looksLike("m.onnx", "\x08\x07"));
    }
};

QTEST_GUILESS_MAIN(TestTorchscriptContainer)
#include "tst_torchscript_container.moc"
