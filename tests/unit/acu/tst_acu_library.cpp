// SPDX-License-Identifier: GPL-3.0-or-later
// Built-in ACUs, look-up, .npy tables (good and hostile), index.json.
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <random>

#include "core/acu/library.h"
#include "core/base/npy.h"

using namespace axp;

namespace {

ProductTable randomTable(int bitsA, int bitsB, bool isSigned, int low, int high) {
    std::mt19937 random(static_cast<unsigned>(bitsA * 100 + bitsB));
    std::uniform_int_distribution<int> value(low, high);
    ProductTable table{bitsA, bitsB, isSigned, {}};
    for (std::int64_t i = 0; i < table.rows() * table.columns(); ++i) table.products.push_back(value(random));
    return table;
}

}  // namespace

class TstAcuLibrary : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string folder() const { return m_folder->path().toStdString(); }
    std::string file(const std::string& name) const { return folder() + "/" + name; }
    void put(const std::string& name, const std::string& content) const { std::ofstream(file(name), std::ios::binary) << content; }
    std::string loadError(const std::string& name) const {
        const auto acu = loadNpyAcu(file(name));
        return acu ? std::string("loaded") : acu.error().text();
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void builtins() {
        // SHA-256 of the EvoApproxLib tables: 1KV6, 1KV9 and 1L2L of v2022, 1L2H of master.
        const std::map<std::string, std::tuple<std::string, double, double, double>> expected{
            {"exact8s",
             {"5cecff7e22049d0083ad9ee36dcf0695222c61621bacfd5a401c7b133abe892d", 0.425, 729.8, 1.48}},
            {"mul8s_1KV6",
             {"5cecff7e22049d0083ad9ee36dcf0695222c61621bacfd5a401c7b133abe892d", 0.425, 729.8, 1.48}},
            {"mul8s_1KV9",
             {"8110624a2ae9062fd15efa13bd6b15766fda95211c9bb81677e53273e4be347a", 0.410, 685.2, 1.47}},
            {"mul8s_1L2H",
             {"99c9a3a62a4b9624dce39e42c17f3d37e6e42050b416d9ae8673028108df5a20", 0.301, 558.9, 1.36}},
            {"mul8s_1L2L",
             {"01885eb6088b2bdf59047e49ea44109f0d90139e6e0e37891eab21119a55669c", 0.200, 411.6, 1.14}}};
        QCOMPARE(builtinAcus().size(), expected.size());
        QCOMPARE(builtinAcus().front()->name(), std::string("exact8s"));
        for (const auto& acu : builtinAcus()) {
            const auto& [hash, power, area, delay] = expected.at(acu->name());
            QCOMPARE(acu->hash().value(), hash);
            QCOMPARE(acu->figures().powerMw.value(), power);
            QCOMPARE(acu->figures().areaUm2.value(), area);
            QCOMPARE(acu->figures().delayNs.value(), delay);
            QVERIFY(acu->isSigned());
            QVERIFY(acu->description().find("EvoApproxLib") != std::string::npos);
            QVERIFY(acu->description().find("Mrazek et al., DATE 2017") != std::string::npos);
            QCOMPARE(AcuLibrary().find(acu->name()).value(), acu);
        }
    }

    void builtinsEqualLibraryFiles() {
        const std::string tables = AXP_SOURCE_DIR "/../shared/acu/";
        if (!std::filesystem::exists(tables)) QSKIP("the EvoApproxLib tables are not beside the source tree");
        for (const char* name : {"mul8s_1KV6@v2022", "mul8s_1KV9@v2022", "mul8s_1L2H@master", "mul8s_1L2L@v2022"}) {
            const AcuPtr fromFile = loadNpyAcu(tables + name + ".npy").value();
            const AcuPtr builtin = AcuLibrary().find(std::string(name, 10)).value();
            QCOMPARE(*fromFile->table().value(), *builtin->table().value());
            QCOMPARE(fromFile->figures().powerMw, builtin->figures().powerMw);
            QCOMPARE(fromFile->figures().areaUm2, builtin->figures().areaUm2);
            QCOMPARE(fromFile->figures().delayNs, builtin->figures().delayNs);
        }
    }

    void nameSuggestions() {
        AcuLibrary library;
        const auto typo = library.find("mul8s_1L2X");
        QVERIFY(!typo.ok());
        QVERIFY2(typo.error().text().find("mul8s_1L2H") != std::string::npos, typo.error().text().c_str());
        QVERIFY(typo.error().kind == ErrorKind::BadInput);
        QVERIFY(library.find("trunk").error().text().find("trunc") != std::string::npos);
        QVERIFY(library.find("zzzzzzzzzzzzzzzz").error().text().find(".npy file") != std::string::npos);
        QVERIFY(!library.find("").ok());
        QVERIFY(library.find("none.npy").error().text().find("none.npy") != std::string::npos);
    }

    void adding() {
        AcuLibrary library;
        const ProductTable table = randomTable(3, 3, true, -30, 30);
        QVERIFY(library.add(std::make_shared<const Acu>("mine", table)).ok());
        QCOMPARE(library.acus().back()->name(), std::string("mine"));
        QVERIFY(library.add(std::make_shared<const Acu>("mine", table)).ok());
        QCOMPARE(library.acus().size(), builtinAcus().size() + 1);
        ProductTable other = table;
        other.products[5] += 1;
        const auto clash = library.add(std::make_shared<const Acu>("mine", other));
        QVERIFY(!clash.ok());
        QVERIFY(clash.error().text().find("another ACU named mine") != std::string::npos);
        QVERIFY(!library.add(std::make_shared<const Acu>("a,b", table)).ok());
        QVERIFY(!library.add(std::make_shared<const Acu>("", table)).ok());
        QVERIFY(!library.add(std::make_shared<const Acu>("trunc", table)).ok());
    }

    void saveAndLoad() {
        const struct { const char* name; ProductTable table; DType dtype; } cases[] = {
            {"i16", randomTable(8, 8, true, -32768, 32767), DType::I16}, {"u16", randomTable(8, 4, false, 0, 65535), DType::U16},
            {"i32", randomTable(3, 7, true, -40000, 40000), DType::I32}, {"u32", randomTable(2, 2, false, 70000, 90000), DType::U32}};
        for (const auto& [name, table, dtype] : cases) {
            const std::string path = file(std::string(name) + ".npy");
            QVERIFY(saveNpyTable(table, path).ok());
            QVERIFY(readNpy(path).value().dtype() == dtype);
            const AcuPtr acu = loadNpyAcu(path).value();
            QCOMPARE(*acu->table().value(), table);
            QCOMPARE(acu->name(), std::string(name));
            QVERIFY(!acu->figures().powerMw);
            QCOMPARE(AcuLibrary().find(path).value()->hash().value(), tableHash(table));
        }
        QVERIFY(!saveNpyTable(cases[0].table, folder() + "/missing/x.npy").ok());
        QVERIFY(!saveNpyTable(randomTable(2, 2, false, -9, -1), file("neg.npy")).ok());
    }

    void signFromFileName() {
        const auto positive = Tensor::from<std::int32_t>({4, 4}, std::vector<std::int32_t>(16, 70000));
        for (const auto& [name, isSigned] : {std::pair<const char*, bool>{"mul2u_X.npy", false}, {"mul2s_X.npy", true},
                                             {"mul2x2u_X.npy", false}, {"mulu_X.npy", true}, {"other.npy", true}}) {
            QVERIFY(writeNpy(file(name), positive).ok());
            QCOMPARE(loadNpyAcu(file(name)).value()->isSigned(), isSigned);
        }
        QVERIFY(writeNpy(file("mul2u_N.npy"), Tensor::from<std::int16_t>({4, 4}, std::vector<std::int16_t>(16, -1))).ok());
        QVERIFY(loadError("mul2u_N.npy").find("negative products") != std::string::npos);
        QVERIFY(writeNpy(file("mul2s_U.npy"), Tensor::from<std::uint16_t>({4, 4}, std::vector<std::uint16_t>(16, 1))).ok());
        QVERIFY(loadError("mul2s_U.npy").find("the elements are uint16") != std::string::npos);
    }

    void indexBesideTheFile() {
        ProductTable table = randomTable(4, 4, false, 0, 200);
        QVERIFY(writeNpy(file("t.npy"), Tensor::from<std::int16_t>({16, 16}, std::vector<std::int16_t>(table.products.begin(),
                                                                                                      table.products.end()))).ok());
        put("index.json", R"([{"file": "t.npy", "signed": false, "bits_a": 4, "name": "T", "branch": "b", "sha256": ")" +
                              tableHash(table) + R"(", "published": {"PDK45_PWR": 0.25, "PDK45_AREA": 3, "PDK45_DELAY": "x"}}])");
        const AcuPtr acu = loadNpyAcu(file("t.npy")).value();
        QVERIFY(!acu->isSigned());
        QCOMPARE(acu->name(), std::string("t"));
        QCOMPARE(acu->figures().powerMw.value(), 0.25);
        QCOMPARE(acu->figures().areaUm2.value(), 3.0);
        QVERIFY(!acu->figures().delayNs);
        QVERIFY(acu->description().find("T (b)") != std::string::npos);

        put("index.json", R"([{"file": "t.npy", "signed": false, "sha256": "00"}])");
        QVERIFY(loadError("t.npy").find("do not have the SHA-256") != std::string::npos);
        put("index.json", R"([{"file": "t.npy", "bits_b": 5}])");
        QVERIFY(loadError("t.npy").find("4x4 bits") != std::string::npos);
        for (const char* bad : {"", "[{", "{}", "[1]", "[{\"name\": \"x\"}]", "[{\"file\": 3}]", "\xff\xfe"}) {
            put("index.json", bad);
            QVERIFY2(loadError("t.npy").find("index.json") != std::string::npos, bad);
        }
        put("index.json", R"([{"file": "t.npy", "signed": 1, "bits_a": 1e300, "published": [], "sha256": null}])");
        QCOMPARE(loadError("t.npy"), std::string("loaded"));
    }

    void folders() {
        AcuLibrary library;
        QVERIFY(library.load(folder()).error().text().find("no .npy tables") != std::string::npos);
        QVERIFY(library.load(file("nowhere")).error().text().find("no such file or folder") != std::string::npos);
        for (const char* name : {"b", "a", "c"})
            QVERIFY(saveNpyTable(randomTable(4, 3, true, -50, 50), file(std::string(name) + ".npy")).ok());
        put("readme.txt", "not a table");
        QCOMPARE(library.load(folder()).value(), 3);
        std::vector<std::string> names;
        for (std::size_t i = builtinAcus().size(); i < library.acus().size(); ++i) names.push_back(library.acus()[i]->name());
        QCOMPARE(names, (std::vector<std::string>{"a", "b", "c"}));
        QCOMPARE(library.load(folder()).value(), 3);  // the same tables again
        QCOMPARE(library.acus().size(), builtinAcus().size() + 3);
        QVERIFY(library.find("b").ok());

        // One bad table: an error that names it, and nothing is added.
        put("d.npy", "garbage");
        QVERIFY(saveNpyTable(randomTable(4, 4, true, -50, 50), file("aa.npy")).ok());
        const auto failed = library.load(folder());
        QVERIFY(!failed.ok());
        QVERIFY(failed.error().text().find("d.npy") != std::string::npos);
        QCOMPARE(library.acus().size(), builtinAcus().size() + 3);
        QVERIFY(!library.find("aa").ok());
        // A file that would take the name of another ACU.
        QVERIFY(saveNpyTable(randomTable(8, 8, true, -50, 50), file("mul8s_1L2H.npy")).ok());
        const auto clash = library.load(file("mul8s_1L2H.npy"));
        QVERIFY(!clash.ok());
        QVERIFY(clash.error().text().find("mul8s_1L2H.npy: another ACU") != std::string::npos);
    }

    void hostileTables() {
        const auto write = [&](const char* name, Shape shape, auto value) {
            using T = decltype(value);
            const std::vector<T> values(static_cast<std::size_t>(elementCount(shape)), value);
            QVERIFY(writeNpy(file(name), Tensor::from<T>(shape, values)).ok());
            const std::string text = loadError(name);
            QVERIFY2(text.find(name) != std::string::npos && text != "loaded", text.c_str());
        };
        write("oneD.npy", {256}, std::int16_t{});
        write("threeD.npy", {4, 4, 4}, std::int16_t{});
        write("odd.npy", {255, 256}, std::int16_t{});
        write("narrow.npy", {2, 256}, std::int16_t{});
        write("wide.npy", {4, 8192}, std::int16_t{});
        write("empty.npy", {0, 256}, std::int16_t{});
        write("float.npy", {16, 16}, 1.0f);
        write("double.npy", {16, 16}, 1.0);
        write("big.npy", {4, 4}, std::int64_t{1} << 31);
        write("small.npy", {4, 4}, std::int64_t{std::numeric_limits<std::int32_t>::min()});
        write("u64.npy", {4, 4}, ~std::uint64_t{0});
        put("nothing.npy", "");
        put("text.npy", "this is not a NumPy file at all, but some text");
        for (const char* name : {"nothing.npy", "text.npy", "missing.npy"})
            QVERIFY2(loadError(name).find(name) != std::string::npos, name);
        QVERIFY(saveNpyTable(randomTable(8, 8, true, -50, 50), file("cut.npy")).ok());
        std::filesystem::resize_file(file("cut.npy"), 5000);
        QVERIFY(loadError("cut.npy").find("cut.npy") != std::string::npos);
        std::filesystem::create_directory(file("dir.npy"));
        QVERIFY(loadError("dir.npy").find("dir.npy") != std::string::npos);
    }

    void smallDtypes() {
        QVERIFY(writeNpy(file("i8.npy"), Tensor::from<std::int8_t>({4, 8}, std::vector<std::int8_t>(32, -7))).ok());
        QVERIFY(loadNpyAcu(file("i8.npy")).value()->isSigned());
        QCOMPARE(loadNpyAcu(file("i8.npy")).value()->product(1, 3), -7);
        QVERIFY(writeNpy(file("u8.npy"), Tensor::from<std::uint8_t>({4, 8}, std::vector<std::uint8_t>(32, 200))).ok());
        QVERIFY(!loadNpyAcu(file("u8.npy")).value()->isSigned());
        QCOMPARE(loadNpyAcu(file("u8.npy")).value()->bitsB(), 3);
    }
};

QTEST_GUILESS_MAIN(TstAcuLibrary)
#include "tst_acu_library.moc"
