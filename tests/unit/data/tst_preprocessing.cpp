// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>
#include <cstring>

#include "core/base/hash.h"
#include "core/data/preprocessing.h"

using namespace axp;

class TstPreprocessing : public QObject {
    Q_OBJECT
private:
    static Picture pattern(std::int64_t width, std::int64_t height) {
        Picture picture{height, width, 3, {}};
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x)
                for (std::int64_t c = 0; c < 3; ++c) picture.pixels.push_back(static_cast<std::uint8_t>(x * 37 + y * 11 + c * 91 + x * y));
        return picture;
    }
    static QString digest(const void* data, std::size_t bytes) {
        return QString::fromStdString(sha256Hex({static_cast<const char*>(data), bytes}).substr(0, 16));
    }
    static QString digest(const Picture& picture) { return digest(picture.pixels.data(), picture.pixels.size()); }
    static Result<Preprocessing> parsed(const std::map<std::string, std::string>& texts) {
        AXP_TRY(const auto values, parseParameters(preprocessingParameters({}), texts, "test"));
        return preprocessingFrom(values);
    }

private slots:
    /// Digests of what Pillow 9.4 gives for the same picture (Image.resize, Image.convert("L")).
    void resamplesAsPillowDoes_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("colour");
        QTest::addColumn<QString>("grey");
        const struct {
            int width, height;
            const char *filter, *colour, *grey;
        } rows[] = {
            {10, 7, "nearest", "0e84b49f506bd0c8", "bdfdffa17864a1eb"},   {10, 7, "bilinear", "b51bb313cbee6bf4", "50cac3e9689c2a68"},
            {10, 7, "bicubic", "fe38015f66620973", "fa830501e8b2a2b8"},   {40, 31, "nearest", "fb7ad735bb2ae8b1", "2f117c89622bd05a"},
            {40, 31, "bilinear", "3627c943b6409459", "aeb4482ea861c59b"}, {40, 31, "bicubic", "beed5ffd29708352", "1e321132e0ab8665"},
            {23, 9, "nearest", "c7a399e6f9884717", "a18e359b5061d727"},   {23, 9, "bilinear", "84b8aa6305b04fa1", "e8059d79dc5f583a"},
            {23, 9, "bicubic", "3742367ee4da1ece", "2abca6780b07b56a"},   {11, 17, "nearest", "da81a5dfd8054453", "2040d735c0ba9b21"},
            {11, 17, "bilinear", "76f727fc07cccce2", "d4099a85be8d7a23"}, {11, 17, "bicubic", "a168e74913b38c59", "2da0a74cb29fb367"},
            {1, 1, "nearest", "6dc5a612cfc3bc04", "7da59d0dfbe21f43"},    {1, 1, "bilinear", "9d8d84c6ade6cfbe", "76be8b528d0075f7"},
            {1, 1, "bicubic", "9d8d84c6ade6cfbe", "76be8b528d0075f7"},
        };
        for (const auto& row : rows)
            QTest::addRow("%s to %d x %d", row.filter, row.width, row.height) << row.width << row.height << QString(row.filter) << QString(row.colour) << QString(row.grey);
    }
    void resamplesAsPillowDoes() {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(QString, filter);
        QTEST(digest(resized(pattern(23, 17), width, height, filter.toStdString())), "colour");
        Preprocessing grey;
        grey.channels = "grey";
        const Picture l = prepared(pattern(23, 17), grey).value();
        QCOMPARE(digest(l), QString("88d6560149adabd8"));
        QTEST(digest(resized(l, width, height, filter.toStdString())), "grey");
    }

    /// Resize(24), CenterCrop(21), ToTensor, Normalize of torchvision 0.14, to the last bit.
    void preparesAsTorchvisionDoes() {
        Preprocessing p;
        p.resize = 24;
        p.crop = 21;
        p.mean = {0.485, 0.456, 0.406};
        p.deviation = {0.229, 0.224, 0.225};
        for (const auto& [width, expected] : {std::pair<int, const char*>{50, "45dc4fa90255a4e3"}, {33, "14f658aa1f8e8455"}}) {
            const Picture picture = prepared(pattern(width, 37), p).value();
            QCOMPARE(picture.width, 21);
            QCOMPARE(picture.height, 21);
            const PixelScaler scaler = PixelScaler::make(p, 3).value();
            std::vector<float> values(picture.pixels.size());
            scaler.scale(picture.pixels, 21, 21, values);
            QCOMPARE(digest(values.data(), values.size() * sizeof(float)), QString(expected));
        }
    }

    void layoutAndOrderOfChannels() {
        const std::vector<std::uint8_t> pixels{1, 2, 3, 4, 5, 6};  // two pixels, red green blue
        const auto values = [&](const char* channels, const char* layout) {
            Preprocessing p;
            p.divisor = 1;
            p.channels = channels;
            p.layout = layout;
            std::vector<float> made(6);
            PixelScaler::make(p, 3).value().scale(pixels, 1, 2, made);
            return made;
        };
        QCOMPARE(values("rgb", "nchw"), (std::vector<float>{1, 4, 2, 5, 3, 6}));
        QCOMPARE(values("bgr", "nchw"), (std::vector<float>{3, 6, 2, 5, 1, 4}));
        QCOMPARE(values("rgb", "nhwc"), (std::vector<float>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(values("bgr", "nhwc"), (std::vector<float>{3, 2, 1, 6, 5, 4}));
        QCOMPARE(PixelScaler::make({}, 3).value().sampleShape(4, 5), (Shape{3, 4, 5}));
    }

    void meansMustFitTheChannels() {
        Preprocessing p;
        p.mean = {0.1, 0.2};
        QVERIFY(!PixelScaler::make(p, 3).ok());
        QVERIFY(!PixelScaler::make(p, 1).ok());
        p.mean = {0.1, 0.2, 0.3};
        QVERIFY(PixelScaler::make(p, 3).ok());
        p.deviation = {0.5, 0.25, 2};
        const auto range = PixelScaler::make(p, 3).value().range();
        QCOMPARE(range.size(), std::size_t(3));
        const double expected[] = {2, 4, 0.5};
        for (std::size_t c = 0; c < 3; ++c) QVERIFY(std::abs(range[c] - expected[c]) < 1e-6);  // differences of binary32 numbers
    }

    void impossibleWishesAreRefused_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::newRow("division by zero") << "deviation" << "0";
        QTest::newRow("one of them") << "deviation" << "1, 1e-60, 1";
        QTest::newRow("no numbers") << "mean" << "a, b";
        QTest::newRow("empty part") << "mean" << "0.1,,0.2";
        QTest::newRow("infinite") << "mean" << "inf";
        QTest::newRow("negative size") << "resize" << "-1";
        QTest::newRow("huge size") << "crop" << "100000";
        QTest::newRow("unknown order") << "channels" << "cmyk";
        QTest::newRow("divisor") << "divisor" << "0";
    }
    void impossibleWishesAreRefused() {
        QFETCH(QString, name);
        QFETCH(QString, value);
        const auto p = parsed({{name.toStdString(), value.toStdString()}});
        QVERIFY(!p.ok());
        QVERIFY(!p.error().what.empty());
    }
    void aCropNeedsPixels() {
        QVERIFY(!parsed({{"resize", "20"}, {"crop", "21"}}).ok());
        Preprocessing p;
        p.crop = 40;
        const auto cut = prepared(pattern(50, 30), p);
        QVERIFY(!cut.ok());
        QVERIFY(QString::fromStdString(cut.error().what).contains("50 x 30"));
        p.crop = 0;
        p.resize = 16384;  // of a strip: millions of columns
        QVERIFY(!prepared(pattern(2000, 1), p).ok());
        p.resize = 512;  // rows first: a narrow tower would become wide before it becomes low
        p.resizeMode = "stretch";
        QVERIFY(!prepared(pattern(1, 300'000), p).ok());
        QVERIFY(prepared(pattern(1, 3000), p).ok());
    }
    void valuesGoThereAndBack() {
        Preprocessing p;
        p.resize = 256;
        p.mean = {0.485, 0.456, 0.406};
        const Preprocessing back = preprocessingFrom(valuesOf(p)).value();
        QCOMPARE(back.mean, p.mean);
        QCOMPARE(back.resize, p.resize);
        QCOMPARE(p.facts(true).size(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(TstPreprocessing)
#include "tst_preprocessing.moc"
