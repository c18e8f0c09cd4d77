// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cstring>
#include <opencv2/imgcodecs.hpp>

#include "core/data/image_file.h"

using namespace axp;

class TstImageFile : public QObject {
    Q_OBJECT
private:
    static std::string encoded(const char* ending, const cv::Mat& image) {
        std::vector<unsigned char> bytes;
        if (!cv::imencode(ending, image, bytes)) qFatal("%s", ending);
        return {bytes.begin(), bytes.end()};
    }
    static cv::Mat colours() {
        cv::Mat image(5, 7, CV_8UC3);
        for (int i = 0; i < 35; ++i) image.at<cv::Vec3b>(i / 7, i % 7) = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(100 + i), static_cast<std::uint8_t>(200 + i)};
        return image;
    }
    static std::string big32(std::uint32_t value) {
        std::string text;
        for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 255);
        return text;
    }

private slots:
    void losslessFormatsGiveThePixels_data() {
        QTest::addColumn<QString>("ending");
        for (const char* ending : {".png", ".bmp", ".ppm"}) QTest::newRow(ending) << QString(ending);
    }
    void losslessFormatsGiveThePixels() {
        QFETCH(QString, ending);
        const std::string bytes = encoded(qPrintable(ending), colours());
        const Picture picture = decodeImage(bytes, false, "p").value();
        QCOMPARE(picture.width, 7);
        QCOMPARE(picture.height, 5);
        QCOMPARE(picture.channels, 3);
        QCOMPARE(int(picture.pixels[0]), 200);  // red first
        QCOMPARE(int(picture.pixels[2]), 0);
        QCOMPARE(int(picture.pixels[3 * 34 + 1]), 134);
    }
    void greyStaysGrey() {
        cv::Mat grey(3, 4, CV_8U);
        for (int i = 0; i < 12; ++i) grey.at<std::uint8_t>(i / 4, i % 4) = static_cast<std::uint8_t>(i * 20);
        for (const char* ending : {".png", ".pgm"}) {
            const Picture picture = decodeImage(encoded(ending, grey), false, "p").value();
            QCOMPARE(picture.channels, 1);
            QCOMPARE(int(picture.pixels[11]), 220);
        }
    }
    void sixteenBitsAreRounded() {
        cv::Mat wide(1, 4, CV_16U);
        const int values[] = {0, 128, 129, 65535}, expected[] = {0, 0, 1, 255};  // v * 255 / 65535: 0.498 and 0.502 lie beside the half
        for (int i = 0; i < 4; ++i) wide.at<std::uint16_t>(0, i) = static_cast<std::uint16_t>(values[i]);
        const Picture picture = decodeImage(encoded(".png", wide), false, "p").value();
        for (int i = 0; i < 4; ++i) QCOMPARE(int(picture.pixels[static_cast<std::size_t>(i)]), expected[i]);
    }
    void transparencyIsDropped() {
        cv::Mat image(2, 2, CV_8UC4, cv::Scalar(10, 20, 30, 0));
        const Picture picture = decodeImage(encoded(".png", image), false, "p").value();
        QCOMPARE(picture.channels, 3);
        QCOMPARE(int(picture.pixels[0]), 30);
    }
    void cmykBecomesRedGreenBlue() {
        const QByteArray bytes = QByteArray::fromBase64("/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAgJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCqYeB4qm//2Q==");
        const Picture picture = decodeImage({bytes.data(), static_cast<std::size_t>(bytes.size())}, false, "p").value();
        QCOMPARE(picture.channels, 3);
        QVERIFY2(picture.pixels[0] > 240 && picture.pixels[1] < 70 && picture.pixels[2] < 70, "cyan 0, magenta and yellow 200 of 255: red");
    }
    void theCameraTurnsOnlyWhenAsked() {
        std::string bytes = encoded(".jpg", colours());
        // An EXIF block with orientation 6: to be turned by a right angle.
        std::string exif = std::string("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 32);
        bytes.insert(2, std::string("\xff\xe1") + static_cast<char>(0) + static_cast<char>(exif.size() + 2) + exif);
        QCOMPARE(decodeImage(bytes, false, "p").value().width, 7);
        QCOMPARE(decodeImage(bytes, true, "p").value().width, 5);
    }
    void cutOffAndForeignFilesAreRefused() {
        for (const char* ending : {".png", ".jpg", ".bmp", ".ppm", ".webp"}) {
            const std::string bytes = encoded(ending, colours());
            QVERIFY2(decodeImage(bytes, false, "p").ok(), ending);
            for (const std::size_t length : {bytes.size() - 3, bytes.size() / 2, std::size_t{20}, std::size_t{3}, std::size_t{0}}) {
                const auto cut = decodeImage(std::string_view(bytes).substr(0, length), false, "folder/p");
                QVERIFY2(!cut.ok(), qPrintable(QString("%1 of %2 bytes of %3").arg(length).arg(bytes.size()).arg(ending)));
                QCOMPARE(cut.error().where, std::string("folder/p"));
            }
        }
        for (const char* text : {"GIF89a..............", "not a picture at all", "<svg xmlns=''/>", "P6 x", "P9\n1 1\n255\n"}) QVERIFY2(!decodeImage(text, false, "p").ok(), text);
    }
    /// A file of some bytes that promises gigabytes.
    void bombsAreRefusedBeforeTheyUnpack() {
        std::string png = encoded(".png", colours());
        png.replace(16, 8, big32(60000) + big32(60000));
        const auto bomb = decodeImage(png, false, "p");
        QVERIFY(!bomb.ok());
        QVERIFY(QString::fromStdString(bomb.error().what).contains("60000 x 60000"));
        std::string jpeg = encoded(".jpg", colours());
        const auto frame = jpeg.find("\xff\xc0");
        QVERIFY(frame != std::string::npos);
        jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");
        QVERIFY(!decodeImage(jpeg, false, "p").ok());
        QVERIFY(!decodeImage("P6 99999999999999999999 1 255\n...", false, "p").ok());
        // Width, height and bits whose product passes 63 bits.
        std::string bmp = encoded(".bmp", colours());
        bmp.replace(18, 8, std::string("\x80\x4a\x5d\x05\xc2\x38\x04\x05", 8));
        bmp.replace(28, 2, "\xff\xff");
        const auto wide = decodeImage(bmp, false, "p");
        QVERIFY(!wide.ok());
        QVERIFY(QString::fromStdString(wide.error().what).contains("90000000 x 84162754"));
        std::string none = encoded(".png", colours());
        none.replace(16, 8, big32(0) + big32(5));
        QVERIFY(!decodeImage(none, false, "p").ok());
    }
};

QTEST_GUILESS_MAIN(TstImageFile)
#include "tst_image_file.moc"
