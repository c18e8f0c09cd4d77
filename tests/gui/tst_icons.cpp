// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QImage>
#include <QPalette>
#include <QRegularExpression>
#include <QTest>

#include "ui/widgets/icons.h"

using namespace axp::ui;

namespace {

/// Ink of an icon, and its mean colour.
std::pair<int, QColor> inkOf(const QString& name, QIcon::Mode mode = QIcon::Normal) {
    const QImage image = icon(name).pixmap(QSize(24, 24), 2, mode).toImage();
    int count = 0, red = 0, green = 0, blue = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QColor c = image.pixelColor(x, y);
            if (c.alpha() < 250) continue;
            ++count, red += c.red(), green += c.green(), blue += c.blue();
        }
    return {count, count ? QColor(red / count, green / count, blue / count) : QColor()};
}

}  // namespace

class TestIcons : public QObject {
    Q_OBJECT
private slots:
    void oneStyle() {
        for (const QString& file : QDir(AXP_SOURCE_DIR "/resources/icons").entryList({"*.svg"})) {
            const QString name = QFileInfo(file).completeBaseName();
            if (name == "axplorer") continue;  // the program's own, in colours
            QVERIFY2(hasIcon(name), qPrintable(name + " is not in icons.qrc"));
            QFile svg(AXP_SOURCE_DIR "/resources/icons/" + file);
            QVERIFY(svg.open(QIODevice::ReadOnly));
            const QByteArray text = svg.readAll();
            for (const char* part : {"viewBox=\"0 0 24 24\"", "stroke=\"currentColor\"", "stroke-width=\"1.75\"", "fill=\"none\"", "SPDX"})
                QVERIFY2(text.contains(part), qPrintable(name + ": " + part));
            QVERIFY2(inkOf(name).first > 60, qPrintable(name));
        }
    }

    void followThePalette() {
        for (const QColor& colour : {QColor(10, 20, 30), QColor(240, 230, 220)}) {
            QPalette palette;
            palette.setColor(QPalette::ButtonText, colour);
            palette.setColor(QPalette::Disabled, QPalette::ButtonText, QColor(120, 0, 0));
            QApplication::setPalette(palette);
            QCOMPARE(inkOf("close").second, colour);
            QCOMPARE(inkOf("close", QIcon::Disabled).second, QColor(120, 0, 0));
        }
    }

    void everyNameInTheSourcesIsKnown() {
        static const QRegularExpression use("\\bicon\\((?:QStringLiteral\\()?\"([^\"]+)\"");
        int uses = 0;
        QDirIterator files(AXP_SOURCE_DIR "/ui", {"*.cpp"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            auto found = use.globalMatch(QString::fromUtf8(file.readAll()));
            for (; found.hasNext(); ++uses) {
                const QString name = found.next().captured(1);
                QVERIFY2(hasIcon(name), qPrintable(files.fileName() + ": " + name));
            }
        }
        QVERIFY(uses > 5);
        QVERIFY(!hasIcon("no-such-icon"));
        QCOMPARE(inkOf("no-such-icon").first, 0);
    }
};

QTEST_MAIN(TestIcons)
#include "tst_icons.moc"
