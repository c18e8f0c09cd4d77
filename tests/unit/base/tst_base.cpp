// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/text.h"

using namespace axp;

class TstBase : public QObject {
    Q_OBJECT
private:
    std::string file(const char* name) const { return (m_folder.path() + '/').toStdString() + name; }
    void put(const std::string& path, const std::string& content) const { std::ofstream(path, std::ios::binary) << content; }
    static std::size_t entries(const std::string& folder) {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
        return count;
    }
    QTemporaryDir m_folder;

private slots:
    // FIPS 180-4 examples (NIST) and the million-'a' vector.
    void sha256Vectors() {
        QCOMPARE(sha256Hex(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(sha256Hex("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                 std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
        Sha256 hash;
        const std::string piece(777, 'a');
        std::size_t left = 1'000'000;
        for (; left >= piece.size(); left -= piece.size()) hash.update(piece);
        hash.update(std::string(left, 'a'));
        const std::string expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        QCOMPARE(hash.hex(), expected);
        QCOMPARE(hash.hex(), expected);
        put(file("a"), std::string(1'000'000, 'a'));
        QCOMPARE(sha256File(file("a")).value(), expected);
    }

    void sha256FileErrors() {
        QVERIFY(!sha256File(file("none")).ok());
        QVERIFY(!sha256File(m_folder.path().toStdString()).ok());
        QCOMPARE(::mkfifo(file("pipe").c_str(), 0600), 0);
        QVERIFY(!sha256File(file("pipe")).ok());  // must not wait for a writer
    }

    void reading() {
        const std::string content("line\n\0more", 10);
        put(file("r"), content);
        QCOMPARE(readFile(file("r")).value(), content);
        QCOMPARE(readFile(file("r"), 10).value(), content);
        const auto large = readFile(file("r"), 9);
        QVERIFY(!large.ok());
        QVERIFY(large.error().kind == ErrorKind::BadInput);
        QVERIFY(large.error().text().find("too large") != std::string::npos);
        QVERIFY(readFile(file("missing")).error().text().find("does not exist") != std::string::npos);
        QVERIFY(readFile(m_folder.path().toStdString()).error().text().find("folder") != std::string::npos);
        QCOMPARE(::mkfifo(file("pipe2").c_str(), 0600), 0);
        QVERIFY(readFile(file("pipe2")).error().text().find("not a regular file") != std::string::npos);
        QVERIFY(!readFile("/dev/zero").ok());
        // Files of /proc say that they have 0 bytes.
        QVERIFY(!readFile("/proc/self/status").value().empty());
        QVERIFY(!readFile("/proc/self/status", 16).ok());
    }

    void writing() {
        const std::string folder = file("w");
        QVERIFY(makeFolder(folder).ok());
        const std::string path = folder + "/f";
        QVERIFY(writeFileAtomic(path, "one").ok());
        QCOMPARE(readFile(path).value(), std::string("one"));
        QCOMPARE(::chmod(path.c_str(), 0640), 0);
        QVERIFY(writeFileAtomic(path, std::string("two\0", 4)).ok());
        QCOMPARE(readFile(path).value(), std::string("two\0", 4));
        struct stat info {};
        ::stat(path.c_str(), &info);
        QCOMPARE(info.st_mode & 0777, mode_t{0640});
        QCOMPARE(entries(folder), std::size_t{1});  // no temporary file is left
        QVERIFY(!writeFileAtomic(folder, "x").ok());
        QVERIFY(!writeFileAtomic(folder + "/no/f", "x").ok());
        QVERIFY(!writeFileAtomic("/proc/axplorer-cannot-write-here", "x").ok());
        QVERIFY(!writeFileAtomic("/dev/null", "x").ok());
    }

    void writingThroughLink() {
        const std::string target = file("target"), link = file("link");
        put(target, "old");
        std::filesystem::create_symlink(target, link);
        QVERIFY(writeFileAtomic(link, "new").ok());
        QVERIFY(std::filesystem::is_symlink(link));
        QCOMPARE(readFile(target).value(), std::string("new"));
    }

    void fullDiskKeepsOldFile() {
        const std::string folder = file("full");
        QVERIFY(makeFolder(folder).ok());
        QVERIFY(writeFileAtomic(folder + "/f", "old").ok());
        // A limit on file size makes write() fail in the middle like a full disk.
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        rlimit tight = before;
        tight.rlim_cur = 1000;
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tight), 0);
        const auto result = writeFileAtomic(folder + "/f", std::string(5000, 'x'));
        ::setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(!result.ok());
        QVERIFY(result.error().kind == ErrorKind::Failed);
        QCOMPARE(readFile(folder + "/f").value(), std::string("old"));
        QCOMPARE(entries(folder), std::size_t{1});
    }

    void folders() {
        QVERIFY(makeFolder(file("x/y/z")).ok());
        QVERIFY(makeFolder(file("x/y/z")).ok());
        put(file("x/f"), "");
        QVERIFY(!makeFolder(file("x/f")).ok());
        QVERIFY(!makeFolder(file("x/f/g")).ok());
        QVERIFY(!makeFolder("").ok());
    }

    void splitting() {
        QCOMPARE(split("a,b,,c", ','), (std::vector<std::string>{"a", "b", "", "c"}));
        QCOMPARE(split("", ','), std::vector<std::string>{""});
        QCOMPARE(split(",", ','), (std::vector<std::string>{"", ""}));
    }

    void suggestions() {
        const std::vector<std::string> names{"mul8s_1KV6", "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L", "exact"};
        QCOMPARE(nearestNames("mul8s_1kv6", names)[0], std::string("mul8s_1KV6"));
        QCOMPARE(nearestNames("mul8s_1LH2", names, 1), std::vector<std::string>{"mul8s_1L2H"});  // swapped neighbours: 1 edit
        QCOMPARE(nearestNames("exat", names), std::vector<std::string>{"exact"});
        QCOMPARE(nearestNames("1KV9", names), std::vector<std::string>{"mul8s_1KV9"});
        QVERIFY(nearestNames("zzzzzz", names).empty());
        QVERIFY(nearestNames("", names).empty());
        QVERIFY(nearestNames("q", {"a", "b"}).empty());
        QVERIFY(nearestNames(std::string(1'000'000, 'm'), names).empty());
        QCOMPARE(nearestNames("mul8s_1KV8", names, 2).size(), std::size_t{2});
        QCOMPARE(didYouMean("exat", names), std::string("Did you mean exact?"));
        QCOMPARE(didYouMean("conv9", {"conv1", "conv2", "conv3"}), std::string("Did you mean conv1, conv2 or conv3?"));
        QCOMPARE(didYouMean("nothing", {"abc"}), std::string());
        QCOMPARE(nearestNames("conv9", {"conv1", "conv1"}), std::vector<std::string>{"conv1"});
    }
};

QTEST_GUILESS_MAIN(TstBase)
#include "tst_base.moc"
