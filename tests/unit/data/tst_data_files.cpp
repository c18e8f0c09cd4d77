// SPDX-License-Identifier: GPL-3.0-or-later
// What single sources make of files that people have: values, layouts, bad input.
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <filesystem>

#include "core/data/sample_store.h"
#include "tests/support/data_fixtures.h"

using namespace axp;
using namespace axp::test;

class TstDataFiles : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString path(const char* name) const { return m_folder->filePath(name); }
    Result<std::shared_ptr<const Dataset>> open(const std::string& source, const QString& path, ParameterValues options = {}, ParameterValues preprocessing = {}) const {
        return openDataset({source, path.toStdString(), std::move(options), std::move(preprocessing)}, AXP_SOURCE_DIR "/resources");
    }
    QString errorOf(const std::string& source, const QString& path, ParameterValues options = {}) const {
        const auto data = open(source, path, std::move(options));
        return data.ok() ? QString() : QString::fromStdString(data.error().text());
    }
    template <class T>
    void npy(const char* name, Shape shape, const std::vector<T>& values) const {
        if (!writeNpy(path(name).toStdString(), Tensor::from(std::move(shape), values)).ok()) qFatal("%s", name);
    }
    /// Every sample of a split with its number in the file, as the names say it ("x.npy #12").
    static std::map<int, std::vector<float>> byNumber(const Dataset& data, const char* split) {
        std::map<int, std::vector<float>> found;
        const auto part = data.split(split).value();
        for (std::int64_t i = 0; i < part->size(); ++i) {
            const Tensor sample = part->samples(i, 1).value();
            found[QString::fromStdString(part->sampleName(i)).section('#', 1).toInt()] = {sample.as<float>().begin(), sample.as<float>().end()};
        }
        return found;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void splitsFollowTheRule() {
        // With a test part; without; with a share for training.
        const auto two = planSplits(60000, 10000, 0, "x").value();
        QCOMPARE(two.at("train").samples.size(), std::size_t(55000));
        QCOMPARE(two.at("calibration").samples.size(), std::size_t(512));
        QCOMPARE(two.at("selection").samples.size(), std::size_t(4488));
        QCOMPARE(two.at("test").samples.size(), std::size_t(10000));
        QCOMPARE(two.at("test").part, 1);
        const auto one = planSplits(50000, {}, 0, "x").value();
        QVERIFY(!one.count("train"));
        QCOMPARE(one.at("calibration").samples.size(), std::size_t(512));
        QCOMPARE(one.at("selection").samples.size(), std::size_t(4488));
        QCOMPARE(one.at("test").samples.size(), std::size_t(45000));
        const auto shared = planSplits(1000, {}, 60, "x").value();
        QCOMPARE(shared.at("train").samples.size(), std::size_t(600));
        QCOMPARE(shared.at("calibration").samples.size(), std::size_t(80));
        QCOMPARE(shared.at("selection").samples.size(), std::size_t(160));
        QCOMPARE(shared.at("test").samples.size(), std::size_t(160));
        const auto least = planSplits(5, {}, 0, "x").value();
        for (const auto& [name, plan] : least) QVERIFY(!plan.samples.empty());
        QVERIFY(!planSplits(4, {}, 0, "x").ok());
        QVERIFY(!planSplits(19, 10, 0, "x").ok());
        QVERIFY(planSplits(20, 10, 0, "x").ok());
        // Every sample once, in an order that never changes (these numbers are part of stored results).
        std::vector<std::uint32_t> all;
        const auto ten = planSplits(10, {}, 0, "x").value();
        for (const auto& [name, plan] : ten) all.insert(all.end(), plan.samples.begin(), plan.samples.end());
        QCOMPARE(all.size(), std::size_t(10));
        const std::vector<std::uint32_t> now = all;
        std::sort(all.begin(), all.end());
        for (std::uint32_t i = 0; i < 10; ++i) QCOMPARE(all[i], i);
        QCOMPARE(now, (std::vector<std::uint32_t>{7, 3, 9, 1, 2, 8, 6, 4, 0, 5}));
    }

    void numpyPicturesOfBothLayoutsAreTheSame() {
        std::vector<std::uint8_t> first(20 * 3 * 4 * 5), last(first.size());
        for (int n = 0; n < 20; ++n)
            for (int c = 0; c < 3; ++c)
                for (int p = 0; p < 20; ++p) first[static_cast<std::size_t>((n * 3 + c) * 20 + p)] = last[static_cast<std::size_t>((n * 20 + p) * 3 + c)] = static_cast<std::uint8_t>(byteAt(n, c * 20 + p));
        npy("x.npy", {20, 3, 4, 5}, first);
        const auto a = open("numpy", m_folder->path(), {{"target", std::string("none")}}).value();
        npy("x.npy", {20, 4, 5, 3}, last);
        const auto b = open("numpy", m_folder->path(), {{"target", std::string("none")}}).value();
        QCOMPARE(a->split("test").value()->sampleShape(), (Shape{3, 4, 5}));
        QCOMPARE(byNumber(*a, "test"), byNumber(*b, "test"));
        QVERIFY(a->name() != b->name());
        // Floats the same way, also into channels last.
        std::vector<float> values(last.begin(), last.end());
        npy("x.npy", {20, 4, 5, 3}, values);
        const auto c = open("numpy", m_folder->path(), {{"target", std::string("none")}}).value();
        QCOMPARE(byNumber(*c, "test"), byNumber(*a, "test"));
        const auto d = open("numpy", m_folder->path(), {{"target", std::string("none")}}, {{"layout", std::string("nhwc")}}).value();
        QCOMPARE(d->split("test").value()->sampleShape(), (Shape{4, 5, 3}));
        for (const auto& [number, sample] : byNumber(*d, "test"))
            for (int i = 0; i < 60; ++i) QCOMPARE(sample[static_cast<std::size_t>(i)], values[static_cast<std::size_t>(number * 60 + i)]);
    }
    void ambiguousLayoutsAreAsked() {
        npy("x.npy", {20, 3, 5, 3}, std::vector<std::uint8_t>(20 * 45));
        const ParameterValues none{{"target", std::string("none")}};
        QVERIFY(errorOf("numpy", m_folder->path(), none).contains("array-layout"));
        QVERIFY(open("numpy", m_folder->path(), {{"target", std::string("none")}, {"array-layout", std::string("nhwc")}}).ok());
        npy("x.npy", {20, 8, 5, 6}, std::vector<float>(20 * 240));
        QVERIFY(errorOf("numpy", m_folder->path(), none).contains("array-layout"));
    }
    void numpyLabelsAndTargets() {
        npy("x.npy", {10, 4}, std::vector<float>(40, 0.5F));
        npy("y.npy", {10}, std::vector<double>{0, 1, 2, 0, 1, 2, 0, 1, 2, 4});
        const auto data = open("numpy", path("x.npy")).value();
        QCOMPARE(data->classes(), 5);
        QCOMPARE(data->targets(), TargetKind::Labels);
        QVERIFY(errorOf("numpy", m_folder->path(), {{"classes", std::int64_t{4}}}).contains("label 4 of sample 9"));
        npy("y.npy", {9}, std::vector<std::int64_t>(9));
        QVERIFY(errorOf("numpy", m_folder->path()).contains("9 targets for 10 samples"));
        npy("y.npy", {10}, std::vector<float>(10, 0.5F));
        QVERIFY(errorOf("numpy", m_folder->path()).contains("label number 0"));
        npy("y.npy", {10, 4}, std::vector<float>(40, 0.25F));
        const auto values = open("numpy", m_folder->path()).value();
        QCOMPARE(values->targets(), TargetKind::Values);
        QCOMPARE(values->split("test").value()->targets(0, 1).value().as<float>()[3], 0.25F);
        std::vector<float> broken(40, 1);
        broken[17] = std::nanf("");
        npy("x.npy", {10, 4}, broken);
        QVERIFY(errorOf("numpy", m_folder->path()).contains("sample 4"));
        npy("x.npy", {40}, broken);
        QVERIFY(errorOf("numpy", m_folder->path()).contains("[40]"));
    }
    /// What is done to the samples is not done to target values: their range is that of the file.
    void targetValuesHaveTheRangeOfTheFile() {
        npy("x.npy", {10, 4}, std::vector<float>(40, 0.5F));
        npy("y.npy", {10, 4}, std::vector<float>(40, 0.25F));
        const ParameterValues scaled{{"deviation", std::string("0.5")}};
        QCOMPARE(open("numpy", m_folder->path(), {{"range", 2.0}}, scaled).value()->targetRange(), std::vector<double>{2});
        QCOMPARE(open("numpy", m_folder->path(), {{"range", 2.0}, {"target", std::string("input")}}, scaled).value()->targetRange(), std::vector<double>{4});
    }
    void numbersBeyondFloatsAreRefused() {
        npy("x.npy", {10, 1}, std::vector<std::int64_t>(10, (std::int64_t{1} << 53) + 1));
        QVERIFY(errorOf("numpy", m_folder->path()).contains("too large"));
        npy("x.npy", {10, 1}, std::vector<std::int64_t>(10, std::int64_t{1} << 53));
        QVERIFY(open("numpy", m_folder->path()).ok());
    }
    void preprocessingOfValues() {
        npy("x.npy", {10, 2}, std::vector<float>{0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17, 8, 18, 9, 19});
        const auto data = open("numpy", m_folder->path(), {}, {{"mean", std::string("1, 11")}, {"deviation", std::string("2")}, {"divisor", std::int64_t{1}}}).value();
        for (const auto& [number, sample] : byNumber(*data, "test")) QCOMPARE(sample, (std::vector<float>((std::size_t(2)), (static_cast<float>(number) - 1) / 2)));
        QVERIFY(!open("numpy", m_folder->path(), {}, {{"mean", std::string("1, 2, 3")}}).ok());
        QVERIFY(!open("numpy", m_folder->path(), {}, {{"resize", std::int64_t{8}}}).ok());
    }

    void tokensAndTheirTargets() {
        std::vector<std::int32_t> tokens;
        for (int i = 0; i < 12 * 5; ++i) tokens.push_back(i % 10);
        npy("x.npy", {12, 5}, tokens);
        const auto next = open("tokens", m_folder->path()).value();
        QCOMPARE(next->targets(), TargetKind::Tokens);
        QCOMPARE(next->classes(), 10);
        const auto split = next->split("test").value();
        QCOMPARE(split->sampleShape(), (Shape{4}));
        QCOMPARE(split->sampleType(), DType::I64);
        const Tensor sample = split->samples(0, 1).value(), target = split->targets(0, 1).value();
        for (std::size_t i = 0; i < 3; ++i) QCOMPARE(target.as<std::int64_t>()[i], sample.as<std::int64_t>()[i + 1]);
        QCOMPARE(target.as<std::int64_t>()[3], (sample.as<std::int64_t>()[3] + 1) % 10);
        const auto padded = open("tokens", m_folder->path(), {{"padding", std::int64_t{3}}}).value()->split("test").value()->targets(0, 1).value();
        for (const auto value : padded.as<std::int64_t>()) QVERIFY(value != 3);
        npy("y.npy", {12}, std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
        const auto classes = open("tokens", m_folder->path()).value();
        QCOMPARE(classes->targets(), TargetKind::Labels);
        QCOMPARE(classes->split("test").value()->sampleShape(), (Shape{5}));
        npy("y.npy", {12, 5}, tokens);
        QCOMPARE(open("tokens", m_folder->path()).value()->targets(), TargetKind::Tokens);
        npy("y.npy", {12, 4}, std::vector<std::int32_t>(48));
        QVERIFY(errorOf("tokens", m_folder->path()).contains("[12, 4]"));
        QVERIFY(errorOf("tokens", m_folder->path(), {{"vocabulary", std::int64_t{9}}, {"target", std::string("next")}}).contains("token 9"));
    }
    void oneLongSequenceIsCut() {
        std::vector<std::int64_t> tokens;
        for (int i = 0; i < 101; ++i) tokens.push_back(i);
        npy("tokens.npy", {101}, tokens);
        QVERIFY(errorOf("tokens", m_folder->path()).contains("length"));
        const auto data = open("tokens", path("tokens.npy"), {{"length", std::int64_t{10}}}).value();
        std::int64_t samples = 0;
        for (const char* name : {"calibration", "selection", "test"}) samples += data->split(name).value()->size();
        QCOMPARE(samples, 10);
        QCOMPARE(data->classes(), 101);
        npy("tokens.npy", {4}, std::vector<float>(4));
        QVERIFY(errorOf("tokens", path("tokens.npy"), {{"length", std::int64_t{1}}}).contains("float32"));
        npy("tokens.npy", {4}, std::vector<std::int64_t>{1, -1, 0, 0});
        QVERIFY(errorOf("tokens", path("tokens.npy"), {{"length", std::int64_t{1}}}).contains("token -1 at place 1"));
    }

    void tablesAreRead() {
        writeBytes(path("a.csv"), "\xef\xbb\xbf\"a\";b;class\n1;2;red\n\"3\";-4e1;blue\n5;6;red\n7;8;red\n9;10;\"gr\"\"ey\"\n");
        const auto data = open("csv", path("a.csv")).value();
        QCOMPARE(data->classNames(), (std::vector<std::string>{"blue", "gr\"ey", "red"}));
        QCOMPARE(data->split("test").value()->sampleShape(), (Shape{2}));
        const auto byName = open("csv", path("a.csv"), {{"label", std::string("a")}, {"target", std::string("labels")}});
        QVERIFY(!byName.ok());  // column "class" is no number
        QVERIFY(QString::fromStdString(byName.error().text()).contains("line 2"));
        writeBytes(path("b.csv"), "3,1,2,3,4\n0,5,6,7,8\n1,1,1,1,1\n2,2,2,2,2\n3,3,3,3,3\n");
        const auto first = open("csv", path("b.csv"), {{"label", std::string("first")}, {"shape", std::string("1x2x2")}}).value();
        QCOMPARE(first->classes(), 4);
        QCOMPARE(first->split("test").value()->sampleShape(), (Shape{1, 2, 2}));
        QCOMPARE(byNumber(*open("csv", path("b.csv"), {{"label", std::string("1")}}).value(), "test").begin()->second.size(), std::size_t(4));
    }
    void badTablesNameTheLine_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("expected");
        QTest::newRow("columns") << QByteArray("1,2,0\n1,2\n") << "line 2";
        QTest::newRow("number") << QByteArray("1,2,0\n1,x,0\n") << "column 2 is \"x\"";
        QTest::newRow("infinite") << QByteArray("1,2,0\n1,inf,0\n") << "inf";
        QTest::newRow("overflow") << QByteArray("1,2,0\n1,1e99,0\n") << "1e99";
        QTest::newRow("quote") << QByteArray("1,2,0\n1,\"2,0\n1,2,0\n") << "not closed";
        QTest::newRow("after quote") << QByteArray("1,2,0\n1,\"2\"3,0\n") << "closing quote";
        QTest::newRow("no label") << QByteArray("1,2,0\n1,2,\n") << "label is missing";
        QTest::newRow("empty") << QByteArray() << "no lines";
        QTest::newRow("header only") << QByteArray("a,b,c\n") << "no lines";
        QTest::newRow("negative label") << QByteArray("1,2,0\n1,2,-1\n1,2,3\n1,2,3\n1,2,3\n") << "";
    }
    void badTablesNameTheLine() {
        QFETCH(QByteArray, text);
        QFETCH(QString, expected);
        writeBytes(path("t.csv"), text);
        const QString error = errorOf("csv", path("t.csv"));
        if (expected.isEmpty()) return;  // words: a class of its own
        QVERIFY2(error.contains(expected), qPrintable(error));
    }

    void cifarRecordsAreChecked() {
        const QString folder = path("c");
        QVERIFY(writeFixture("cifar", folder));
        const auto data = open("cifar", folder).value();
        QCOMPARE(data->classes(), 10);
        QVERIFY(data->name().starts_with("cifar-10-"));
        const auto test = data->split("test").value();
        for (std::int64_t i = 0; i < test->size(); ++i) {
            const int number = QString::fromStdString(test->sampleName(i)).section('#', 1).toInt();
            const Tensor pictures = test->pictures(i, 1).value();
            QCOMPARE(int(pictures.as<std::uint8_t>()[0]), int(static_cast<std::uint8_t>(byteAt(200 + number, 0))));
            QCOMPARE(int(pictures.as<std::uint8_t>()[2 * 1024 + 5]), int(static_cast<std::uint8_t>(byteAt(200 + number, 2 * 1024 + 5))));
            QCOMPARE(test->labels(i, 1).value()[0], number % 3);
        }
        QByteArray damaged = bytesOf(folder + "/test_batch.bin");
        damaged[3073] = 11;
        writeBytes(folder + "/test_batch.bin", damaged);
        QVERIFY(errorOf("cifar", folder).contains("label 11 of record 1"));
        writeBytes(folder + "/test_batch.bin", damaged.left(5000));
        QVERIFY(errorOf("cifar", folder).contains("3073"));
        // CIFAR-100: coarse and fine labels.
        QByteArray hundred;
        for (int i = 0; i < 20; ++i) hundred += QByteArray(1, static_cast<char>(i)) + QByteArray(1, static_cast<char>(i * 5)) + pattern(1, 3072, i);
        writeBytes(path("h/test.bin"), hundred);
        QCOMPARE(open("cifar", path("h")).value()->classes(), 100);
        const auto coarse = open("cifar", path("h"), {{"labels", std::string("coarse")}}).value();
        QCOMPARE(coarse->classes(), 20);
        QVERIFY(coarse->name() != open("cifar", path("h")).value()->name());
    }

    void idxOfAnyKind() {
        writeBytes(path("images-idx4-ubyte"), idxBytes({20, 4, 5, 3}, pattern(20, 60)));
        writeBytes(path("labels-idx1-ubyte.gz"), gzipped(idxBytes({20}, QByteArray(20, 2))));
        writeBytes(path("classes.txt"), "red\ngreen\r\nblue\n");
        const auto data = open("idx", m_folder->path()).value();
        QCOMPARE(data->split("test").value()->sampleShape(), (Shape{3, 4, 5}));
        QCOMPARE(data->classNames(), (std::vector<std::string>{"red", "green", "blue"}));
        writeBytes(path("labels-idx1-ubyte.gz"), gzipped(idxBytes({19}, QByteArray(19, 2))));
        QVERIFY(errorOf("idx", m_folder->path()).contains("19 labels"));
        QVERIFY(open("idx", m_folder->path(), {{"target", std::string("input")}}).ok());
        // A small file that unpacks to more than it may.
        writeBytes(path("images-idx4-ubyte"), gzipped(idxBytes({2000, 1000, 1000, 1}, QByteArray(1 << 20, 0))));
        QVERIFY(errorOf("idx", m_folder->path()).contains("limit"));
    }

    void imagesThatCannotBeReadAreListed() {
        const QString folder = path("images");
        const auto spec = writeFixture("image-folder", folder).value();
        writeBytes(folder + "/train/cat/broken.png", bytesOf(folder + "/train/cat/1.png").left(200));
        writeBytes(folder + "/train/dog/text.jpg", "no picture");
        writeBytes(folder + "/train/dog/notes.txt", "left alone");
        const auto data = openDataset(spec, {}).value();
        QCOMPARE(data->problems().size(), std::size_t(2));
        QVERIFY(QString::fromStdString(data->problems()[0]).contains("train/cat/broken.png"));
        QVERIFY(QString::fromStdString(data->problems()[1]).contains("train/dog/text.jpg"));
        QCOMPARE(data->classNames(), (std::vector<std::string>{"cat", "dog", "emu"}));
        std::int64_t samples = 0;
        for (const char* name : {"train", "calibration", "selection"}) {
            const auto split = data->split(name).value();
            samples += split->size();
            for (std::int64_t i = 0; i < split->size(); ++i) {
                const QString file = QString::fromStdString(split->sampleName(i));
                QCOMPARE(file.section('/', 1, 1), QString::fromStdString(data->classNames()[static_cast<std::size_t>(split->labels(i, 1).value()[0])]));
            }
        }
        QCOMPARE(samples, 24);
        QCOMPARE(data->split("test").value()->pictures(0, 2).value().shape(), (Shape{2, 3, 20, 20}));
        writeBytes(folder + "/val/yak/1.png", bytesOf(folder + "/train/cat/1.png"));
        QVERIFY(QString::fromStdString(openDataset(spec, {}).error().text()).contains("yak"));
    }
    /// Results are kept by the name: one pixel in the middle of a large file makes other data.
    void everyPixelIsPartOfTheName() {
        const QString folder = path("images");
        DataSpec spec = writeFixture("image-folder", folder).value();
        QByteArray picture("P5\n400 400\n255\n");
        const auto at = picture.size();
        picture += QByteArray(400 * 400, 7);
        writeBytes(folder + "/train/cat/large.pgm", picture);
        const std::string first = openDataset(spec, {}).value()->name();
        QThread::msleep(20);  // the time of the file is how the program sees the change
        picture[at + 90000] = 8;
        writeBytes(folder + "/train/cat/large.pgm", picture);
        QVERIFY(openDataset(spec, {}).value()->name() != first);
    }
    /// A folder about something else that has some pictures too is no data set.
    void picturesAmongOtherFilesAreNoDataSet() {
        const QString folder = path("library");
        QVERIFY(writeFixture("image-folder", path("images")));
        for (int i = 0; i < 5; ++i) writeBytes(folder + QString("/mul8/circuit%1.c").arg(i), "int a;\n");
        writeBytes(folder + "/mul8/plot.png", bytesOf(path("images") + "/train/cat/1.png"));
        QVERIFY(!recognisedSource(folder.toStdString()));
        QVERIFY(recognisedSource(path("images").toStdString()));
    }
    void linksThatLeadBackEnd() {
        const QString folder = path("images");
        const auto spec = writeFixture("image-folder", folder).value();
        std::filesystem::create_directory_symlink(folder.toStdString() + "/train", folder.toStdString() + "/train/cat/loop");
        std::filesystem::create_directory_symlink("nowhere", folder.toStdString() + "/train/cat/dangling");
        const auto data = openDataset(spec, {});
        QVERIFY(data.ok());
        QVERIFY(!data.value()->problems().empty());
    }
    void sizesThatDifferAreExplained() {
        DataSpec spec = writeFixture("image-folder", path("images")).value();
        spec.preprocessing = {{"resize", std::int64_t{0}}, {"crop", std::int64_t{0}}};
        const auto data = openDataset(spec, {});
        QVERIFY(data.ok());
        bool refused = false;
        for (const char* name : {"train", "calibration", "selection", "test"}) {
            const auto split = data.value()->split(name).value();
            const auto samples = split->samples(0, split->size());
            refused = refused || (!samples.ok() && samples.error().remedy.find("resize") != std::string::npos);
        }
        QVERIFY(refused);
    }
};

QTEST_GUILESS_MAIN(TstDataFiles)
#include "tst_data_files.moc"
