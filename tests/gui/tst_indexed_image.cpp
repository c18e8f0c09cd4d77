// SPDX-License-Identifier: GPL-3.0-or-later
#include <QBuffer>
#include <QPainter>
#include <QTest>

#include <cmath>

#include "ui/plots/indexed_image.h"

using namespace axp::ui;

class TestIndexedImage : public QObject {
    Q_OBJECT
private:
    /// Like a window: large plain areas, soft edges of text, some small colourful pieces.
    static QImage window() {
        QImage image(400, 300, QImage::Format_RGB32);
        image.fill(QColor(0xf4, 0xf5, 0xf7));
        QPainter painter(&image);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(20, 20, 360, 200, Qt::white);
        for (int i = 0; i < 40; ++i) {
            painter.setPen(QPen(QColor::fromHsv(i * 9, 200, 180), 1.5));
            painter.drawLine(QPointF(25, 30 + i * 4.3), QPointF(370, 200 - i * 3.7));
        }
        painter.fillRect(6, 280, 8, 8, QColor(0xd8, 0x2b, 0x52));
        return image;
    }
    static int distance(QRgb a, QRgb b) {
        return std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)), std::abs(qBlue(a) - qBlue(b))});
    }

private slots:
    void fewColoursStayExact() {
        QImage image(64, 64, QImage::Format_RGB32);
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x) image.setPixel(x, y, qRgb(x / 4 * 16, y / 4 * 16, 77));
        const QImage indexed = indexedImage(image);
        QCOMPARE(indexed.format(), QImage::Format_Indexed8);
        QCOMPARE(indexed.colorCount(), 256);
        QCOMPARE(indexed.convertToFormat(QImage::Format_RGB32), image);
    }

    void aWindowStaysWhatItIs() {
        const QImage image = window(), indexed = indexedImage(image), back = indexed.convertToFormat(QImage::Format_RGB32);
        QVERIFY(indexed.colorCount() <= 256);
        QCOMPARE(back.pixel(2, 2), image.pixel(2, 2));      // plain areas keep their colour
        QCOMPARE(back.pixel(375, 215), image.pixel(375, 215));
        QVERIFY(distance(back.pixel(10, 284), image.pixel(10, 284)) <= 12);  // the small piece is seen
        double squares = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) squares += std::pow(distance(back.pixel(x, y), image.pixel(x, y)), 2);
        QVERIFY2(std::sqrt(squares / (400 * 300)) < 4, qPrintable(QString::number(std::sqrt(squares / (400 * 300)))));
        const auto bytes = [](const QImage& picture) {
            QBuffer buffer;
            buffer.open(QIODevice::WriteOnly);
            picture.save(&buffer, "png");
            return buffer.size();
        };
        QVERIFY(bytes(indexed) < 0.7 * bytes(image));
        QCOMPARE(indexedImage(image), indexed);  // nothing random
    }

    void asManyColoursAsAsked() {
        for (const int colours : {2, 16, 100}) QVERIFY(indexedImage(window(), colours).colorCount() <= colours);
    }

    void emptyAndScaled() {
        QVERIFY(indexedImage(QImage()).isNull());
        QImage image(10, 10, QImage::Format_RGB32);
        image.fill(Qt::red);
        image.setDevicePixelRatio(2);
        QCOMPARE(indexedImage(image).devicePixelRatio(), 2.0);
    }
};

QTEST_MAIN(TestIndexedImage)
#include "tst_indexed_image.moc"
