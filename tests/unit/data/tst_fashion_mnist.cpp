// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <thread>

#include "core/base/files.h"
#include "core/data/dataset.h"
#include "core/data/image_split.h"

using namespace axp;
namespace fs = std::filesystem;

namespace {

const std::string resources = AXP_SOURCE_DIR "/resources";
const std::string package = "/usr/share/datasets/fashion-mnist";
const char* const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                             "t10k-labels-idx1-ubyte"};

void writeIdx(const std::string& path, std::vector<std::uint32_t> header, const std::vector<std::uint8_t>& data) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    for (const auto word : header)
        for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(word >> shift & 255));
    file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
}

/// A complete data set of other content: image i is filled with i % 251, and its label is i % 10.
void writeOwnData(const std::string& folder, std::uint32_t train, std::uint32_t test, std::uint32_t side = 28) {
    for (int part = 0; part < 2; ++part) {
        const std::uint32_t count = part == 0 ? train : test;
        std::vector<std::uint8_t> images, labels;
        for (std::uint32_t i = 0; i < count; ++i) {
            images.insert(images.end(), std::size_t{side} * side, static_cast<std::uint8_t>(i % 251));
            labels.push_back(static_cast<std::uint8_t>(i % 10));
        }
        writeIdx(folder + '/' + files[2 * part], {0x803, count, side, side}, images);
        writeIdx(folder + '/' + files[2 * part + 1], {0x801, count}, labels);
    }
}

std::shared_ptr<const DataSplit> splitOf(const Dataset& dataset, const std::string& name) {
    auto split = dataset.split(name);
    if (!split.ok()) qWarning("%s", split.error().text().c_str());
    return split.ok() ? split.value() : nullptr;
}

/// Samples as raw bytes, one string each.
std::vector<std::string> contents(const DataSplit& split, std::int64_t offset, std::int64_t count) {
    const auto batch = split.samples(offset, count);
    std::vector<std::string> result;
    if (!batch.ok()) return result;
    const std::size_t each = batch->byteSize() / static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        result.emplace_back(reinterpret_cast<const char*>(batch->data()) + i * each, each);
    return result;
}

}  // namespace

class TstFashionMnist : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_empty;

private slots:
    void init() { qunsetenv("AXP_DATA_DIR"); }
    void cleanup() { qunsetenv("AXP_DATA_DIR"); }

    void bundledSubset() {
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto opened = openDataset({}, resources);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().text().c_str());
        const Dataset& data = **opened;
        QCOMPARE(data.name(), std::string("fashion-mnist-subset"));
        QCOMPARE(data.classes(), 10);
        QCOMPARE(data.classNames().size(), std::size_t{10});
        QCOMPARE(data.classNames()[9], std::string("Ankle boot"));
        const auto test = splitOf(data, "test"), calibration = splitOf(data, "calibration"), selection = splitOf(data, "selection");
        QVERIFY(test && calibration && selection);
        QCOMPARE(test->size(), 2000);
        QCOMPARE(calibration->size(), 512);
        QCOMPARE(selection->size(), 512);
        QVERIFY(contents(*calibration, 0, 512) == contents(*selection, 0, 512));
        // The first labels of the published test set.
        QCOMPARE(test->labels(0, 10).value(), (std::vector<std::int32_t>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}));
        const auto train = data.split("train");
        QVERIFY(!train.ok());
        QVERIFY(train.error().text().find("Install the Debian package dataset-fashion-mnist") != std::string::npos);
        QVERIFY(data.split("tset").error().text().find("Did you mean test?") != std::string::npos);
        std::uintmax_t bytes = 0;
        for (const auto& entry : fs::directory_iterator(resources + "/data/fashion-mnist-subset")) bytes += entry.file_size();
        QVERIFY(bytes < 2'000'000);
    }

    void preprocessing() {
        const PixelNormalisation usual{0.2860F, 0.3530F};
        QCOMPARE(normalisePixel(0, usual), (0.0F - 0.2860F) / 0.3530F);
        // np.float32 arithmetic: (x / f4(255) - f4(0.286)) / f4(0.353) for 255 and 128
        QCOMPARE(normalisePixel(255, usual), 2.02266288F);
        QCOMPARE(normalisePixel(128, usual), 0.611787021F);
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto data = openDataset({}, resources);
        const auto test = splitOf(**data, "test");
        QVERIFY(test);
        QCOMPARE(test->sampleShape(), (Shape{1, 28, 28}));
        const auto batch = test->samples(3, 2);
        QVERIFY(batch.ok() && batch->dtype() == DType::F32);
        QCOMPARE(batch->shape(), (Shape{2, 1, 28, 28}));
        const auto bundled = readLabelledImages(resources + "/data/fashion-mnist-subset/t10k-images-idx3-ubyte.gz",
                                                resources + "/data/fashion-mnist-subset/t10k-labels-idx1-ubyte.gz", 10);
        QVERIFY(bundled.ok());
        const auto values = batch->as<float>();
        QCOMPARE(values.size(), std::size_t{2 * 784});
        for (std::size_t i = 0; i < values.size(); ++i)
            QCOMPARE(values[i], normalisePixel(bundled->images.values[3 * 784 + i], usual));
        const auto pictures = test->pictures(3, 2);
        QVERIFY(pictures.ok() && pictures->dtype() == DType::U8);
        QCOMPARE(pictures->shape(), (Shape{2, 1, 28, 28}));
        QVERIFY(std::memcmp(pictures->data(), bundled->images.values.data() + 3 * 784, 2 * 784) == 0);
    }

    void rangesOutsideTheSplit() {
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto data = openDataset({}, resources);
        const auto test = splitOf(**data, "test");
        QVERIFY(test);
        QVERIFY(test->samples(1999, 1).ok());
        QVERIFY(test->samples(2000, 0).ok());
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        const std::pair<std::int64_t, std::int64_t> wrong[] = {{2000, 1}, {0, 2001}, {-1, 1}, {0, -1}, {most, most}, {1, most}, {2001, 0}};
        for (const auto& [offset, count] : wrong) {
            QVERIFY(!test->samples(offset, count).ok());
            QVERIFY(!test->labels(offset, count).ok());
            QVERIFY(!test->pictures(offset, count).ok());
        }
        QVERIFY(test->samples(0, 2001).error().text().find("\"test\" of fashion-mnist-subset has 2000 samples") != std::string::npos);
    }

    void installedPackage() {
        if (!fs::exists(package)) QSKIP("the Debian package dataset-fashion-mnist is not installed");
        const auto opened = openDataset({}, resources);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().text().c_str());
        const Dataset& data = **opened;
        QCOMPARE(data.name(), std::string("fashion-mnist"));
        const std::map<std::string, std::int64_t> sizes{{"train", 55000}, {"calibration", 512}, {"selection", 4488}, {"test", 10000}};
        std::map<std::string, std::shared_ptr<const DataSplit>> splits;
        for (const auto& [name, size] : sizes) {
            splits[name] = splitOf(data, name);
            QVERIFY(splits[name]);
            QCOMPARE(splits[name]->size(), size);
        }
        // The splits are the published images in their order, cut at 55,000 and 55,512.
        const auto raw = readLabelledImages(package + "/train-images-idx3-ubyte.gz", package + "/train-labels-idx1-ubyte.gz", 10);
        QVERIFY(raw.ok());
        const auto isImage = [&](const DataSplit& split, std::int64_t at, std::size_t global) {
            const auto sample = split.samples(at, 1);
            const auto values = sample->as<float>();
            for (std::size_t i = 0; i < 784; ++i)
                if (values[i] != normalisePixel(raw->images.values[global * 784 + i], {0.2860F, 0.3530F})) return false;
            return split.labels(at, 1).value()[0] == raw->labels.values[global];
        };
        QVERIFY(isImage(*splits["train"], 0, 0));
        QVERIFY(isImage(*splits["train"], 54999, 54999));
        QVERIFY(isImage(*splits["calibration"], 0, 55000));
        QVERIFY(isImage(*splits["calibration"], 511, 55511));
        QVERIFY(isImage(*splits["selection"], 0, 55512));
        QVERIFY(isImage(*splits["selection"], 4487, 59999));
        // The bundled subset holds the same images.
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto subset = openDataset({}, resources);
        QVERIFY(subset.ok());
        for (const auto& [name, count] : std::map<std::string, std::int64_t>{{"test", 2000}, {"calibration", 512}}) {
            const auto small = splitOf(**subset, name);
            QVERIFY(small);
            QVERIFY(contents(*small, 0, count) == contents(*splits[name], 0, count));
            QCOMPARE(small->labels(0, count).value(), splits[name]->labels(0, count).value());
        }
        // The published pixels have this mean and deviation (rounded to four digits).
        double sum = 0, squares = 0;
        for (const auto pixel : raw->images.values) {
            sum += pixel / 255.0;
            squares += pixel / 255.0 * (pixel / 255.0);
        }
        const double mean = sum / double(raw->images.values.size());
        QVERIFY(std::abs(mean - 0.2860) < 6e-5);
        QVERIFY(std::abs(std::sqrt(squares / double(raw->images.values.size()) - mean * mean) - 0.3530) < 6e-5);
    }

    void ownData() {
        QTemporaryDir folder;
        const auto path = folder.path().toStdString();
        writeOwnData(path, 5010, 7);
        const auto opened = openDataset({"fashion-mnist", path}, resources);
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().text().c_str());
        const std::string name = (*opened)->name();
        QVERIFY2(name.starts_with("fashion-mnist-") && name.size() == 22 && name != "fashion-mnist-subset", name.c_str());
        const auto train = splitOf(**opened, "train"), calibration = splitOf(**opened, "calibration");
        const auto selection = splitOf(**opened, "selection"), test = splitOf(**opened, "test");
        QVERIFY(train && calibration && selection && test);
        QCOMPARE(train->size(), 10);
        QCOMPARE(calibration->size(), 512);
        QCOMPARE(selection->size(), 4488);
        QCOMPARE(test->size(), 7);
        // Image i is filled with i % 251: 10 and 522 come first in the other splits.
        QCOMPARE(calibration->samples(0, 1)->as<float>()[5], normalisePixel(10, {0.2860F, 0.3530F}));
        QCOMPARE(selection->samples(0, 1)->as<float>()[5], normalisePixel(522 % 251, {0.2860F, 0.3530F}));
        // The environment variable leads to the same data, other data to another name.
        qputenv("AXP_DATA_DIR", folder.path().toUtf8());
        QCOMPARE((*openDataset({}, resources))->name(), name);
        writeOwnData(path, 5010, 8);
        QVERIFY((*openDataset({}, resources))->name() != name);
    }

    void hostileFolders() {
        QTemporaryDir folder;
        const auto path = folder.path().toStdString();
        const auto message = [&] {
            const auto opened = openDataset({"fashion-mnist", path}, resources);
            return opened.ok() ? std::string("no error") : opened.error().text();
        };
        const auto says = [&](const char* part) {
            const auto text = message();
            if (text.find(part) == std::string::npos) qWarning("%s", text.c_str());
            return text.find(part) != std::string::npos;
        };
        QVERIFY(says("train-images-idx3-ubyte.gz is missing"));
        writeOwnData(path, 5010, 7);
        fs::remove(path + "/t10k-labels-idx1-ubyte");
        QVERIFY(says("t10k-labels-idx1-ubyte.gz is missing"));
        qputenv("AXP_DATA_DIR", folder.path().toUtf8());
        QVERIFY(!openDataset({}, resources).ok());  // half a data set is not silently replaced by the subset
        writeOwnData(path, 5010, 7, 32);
        QVERIFY(says("32 x 32 pixels"));
        writeOwnData(path, 5000, 7);
        QVERIFY(says("5000 training images"));
        writeOwnData(path, 5010, 7);
        writeIdx(path + "/t10k-labels-idx1-ubyte", {0x801, 6}, {0, 1, 2, 3, 4, 5});
        QVERIFY(says("7 images, but 6 labels"));
        writeIdx(path + "/t10k-labels-idx1-ubyte", {0x801, 7}, {0, 1, 2, 3, 4, 5, 10});
        QVERIFY(says("label 10 of sample 6 is out of range"));
        fs::remove(path + "/t10k-labels-idx1-ubyte");
        fs::create_directory(path + "/t10k-labels-idx1-ubyte");
        QVERIFY(says("not a regular file"));
        QVERIFY(!openDataset({"fashion-mnist", path + "/none"}, resources).ok());
        QVERIFY(openDataset({"fashion-mnits", ""}, resources).error().text().find("Did you mean fashion-mnist?") != std::string::npos);
        QVERIFY(!openDataset({"", ""}, resources).ok());
    }

    void damagedBundle() {
        QTemporaryDir folder;
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto path = folder.path().toStdString();
        QVERIFY(openDataset({}, path).error().text().find("Install the Debian package") != std::string::npos);
        fs::create_directories(path + "/data");
        fs::copy(resources + "/data/fashion-mnist-subset", path + "/data/fashion-mnist-subset");
        const std::string labels = path + "/data/fashion-mnist-subset/calibration-labels-idx1-ubyte";
        fs::remove(labels + ".gz");
        writeIdx(labels, {0x801, 512}, std::vector<std::uint8_t>(512, 3));
        const auto data = openDataset({}, path);
        QVERIFY(data.ok());
        QVERIFY((*data)->split("test").ok());
        QVERIFY((*data)->split("calibration").error().text().find("differs from the published") != std::string::npos);
        fs::remove(labels);
        QVERIFY((*data)->split("calibration").error().text().find("is missing") != std::string::npos);
    }

    void manyThreads() {
        qputenv("AXP_DATA_DIR", m_empty.path().toUtf8());
        const auto data = openDataset({}, resources);
        QVERIFY(data.ok());
        std::vector<std::thread> threads;
        std::atomic<int> right{0};
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                const auto split = (*data)->split(i % 2 ? "test" : "calibration");
                if (split.ok() && (*split)->samples(i, 100).ok()) ++right;
            });
        for (auto& thread : threads) thread.join();
        QCOMPARE(right.load(), 4);
    }

    void subsetIsReproducible() {
        if (!fs::exists(package)) QSKIP("the Debian package dataset-fashion-mnist is not installed");
        QTemporaryDir folder;
        QProcess script;
        script.start("python3", {AXP_SOURCE_DIR "/resources/data/make_subset.py", QString::fromStdString(package), folder.path()});
        if (!script.waitForStarted()) QSKIP("python3 is not installed");
        QVERIFY(script.waitForFinished(100'000) && script.exitCode() == 0);
        for (const auto& entry : fs::directory_iterator(folder.path().toStdString())) {
            const auto committed = resources + "/data/fashion-mnist-subset/" + entry.path().filename().string();
            QCOMPARE(readFile(entry.path().string()).value(), readFile(committed).value());
        }
    }
};

QTEST_GUILESS_MAIN(TstFashionMnist)
#include "tst_fashion_mnist.moc"
