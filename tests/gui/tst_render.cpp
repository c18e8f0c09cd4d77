// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include "ui/plots/front_plot.h"
#include "ui/plots/render.h"

using namespace axp;

namespace {

FrontFigure sampleFigure() {
    FrontFigure figure;
    figure.title = "sample <&> figure";
    figure.points = {{0.9, 0.85, ""}, {0.7, 0.70, ""}, {0.8, 0.60, ""}, {0.6, 0.40, ""}};
    figure.front = {{0.6, 0.40, ""}, {0.7, 0.70, ""}, {0.9, 0.85, ""}};
    figure.references = {{1.0, 0.90, "exact"}, {0.5, 0.30, "mul8s_1L2L"}};
    return figure;
}

FrontFigure largeFigure(int count) {
    FrontFigure figure;
    for (int i = 0; i < count; ++i)
        figure.points.push_back({0.5 + 0.5 * i / count, 0.5 + 0.4 * ((i * 7919) % 997) / 997.0, ""});
    figure.front = {{0.5, 0.91, ""}};
    figure.references = {{0.75, 0.7, "in the middle"}};
    return figure;
}

int pixelsLike(const QImage& image, const QColor& color, const QRect& within) {
    int count = 0;
    for (int y = within.top(); y <= within.bottom(); ++y) {
        for (int x = within.left(); x <= within.right(); ++x) {
            const QRgb pixel = image.pixel(x, y);
            count += std::abs(qRed(pixel) - color.red()) + std::abs(qGreen(pixel) - color.green()) +
                         std::abs(qBlue(pixel) - color.blue()) <
                     24;
        }
    }
    return count;
}

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestRender : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    QImage draw(const FrontFigure& figure, const RenderOptions& options, const char* name = "f.png") const {
        const auto done = renderFigure(figure, path(name), options);
        if (!done.ok()) qWarning("%s", done.error().text().c_str());
        return QImage(m_folder.filePath(name));
    }

private slots:
    void markersStandWhereTheDesignsAre_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<double>("scale");
        QTest::newRow("light") << false << 1.0;
        QTest::newRow("light, scale 2") << false << 2.0;
        QTest::newRow("dark, scale 1.5") << true << 1.5;
    }
    void markersStandWhereTheDesignsAre() {
        QFETCH(bool, dark);
        QFETCH(double, scale);
        const RenderOptions options{800, 600, scale, dark};
        const FrontFigure figure = sampleFigure();
        const QImage image = draw(figure, options);
        QCOMPARE(image.size(), QSize(qRound(800 * scale), qRound(600 * scale)));
        const PlotTheme theme = dark ? PlotTheme::dark() : PlotTheme::light();
        QCOMPARE(image.pixelColor(1, 1), theme.background);

        // The same plot laid out at the same size says where the pixels of a coordinate are.
        FrontPlot plot;
        QFont font = plot.font();
        font.setFamily("sans-serif");
        plot.setFont(font);
        plot.setFigure(figure);
        plot.adaptTo(QSize(800, 600));
        plot.toPixmap(800, 600);  // lays out; restores the widget's own size afterwards
        plot.setViewport(QRect(0, 0, 800, 600));
        plot.plotLayout()->update(QCPLayoutElement::upPreparation);
        plot.plotLayout()->update(QCPLayoutElement::upMargins);
        plot.plotLayout()->update(QCPLayoutElement::upLayout);
        const auto around = [&](const FigurePoint& point, double radius) {
            const double x = plot.xAxis->coordToPixel(point.power) * scale,
                         y = plot.yAxis->coordToPixel(point.metric) * scale;
            return QRectF(x - radius * scale, y - radius * scale, 2 * radius * scale, 2 * radius * scale).toRect();
        };
        for (const FigurePoint& point : figure.front) QVERIFY(pixelsLike(image, theme.front, around(point, 3)) > 10);
        for (const FigurePoint& point : figure.references)
            QVERIFY(pixelsLike(image, theme.reference, around(point, 6)) > 10);
        // The step between two front designs runs at the height of the left one.
        QVERIFY(pixelsLike(image, theme.front, around({0.8, 0.70, ""}, 2)) > 2);
        QCOMPARE(pixelsLike(image, theme.front, around({0.8, 0.85, ""}, 2)), 0);
        // A dominated design is a disc of its own colour over the background.
        const QRect disc = around({0.8, 0.60, ""}, 1);
        QVERIFY(pixelsLike(image, theme.background, disc) == 0 && pixelsLike(image, theme.front, disc) == 0);
    }

    void drawsAnyAmountOfData_data() {
        QTest::addColumn<int>("count");
        QTest::newRow("none") << 0;
        QTest::newRow("one") << 1;
        QTest::newRow("5,000") << 5000;
    }
    void drawsAnyAmountOfData() {
        QFETCH(int, count);
        FrontFigure figure = count ? largeFigure(count) : FrontFigure();
        if (count == 1) figure.front = figure.points, figure.references.clear();
        QElapsedTimer timer;
        timer.start();
        for (const QSize& size : {QSize(160, 160), QSize(1000, 700), QSize(2000, 1400)}) {
            const QImage image = draw(figure, {size.width(), size.height(), 1, false});
            QCOMPARE(image.size(), size);
            const int background = pixelsLike(image, Qt::white, image.rect());
            QVERIFY(background < size.width() * size.height());       // not blank
            QVERIFY(background > size.width() * size.height() / 10);  // not smeared over
        }
        QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
    }

    void equalInputGivesEqualPictures() {
        QVERIFY(draw(sampleFigure(), {}, "a.png") == draw(sampleFigure(), {}, "b.png"));
        QVERIFY(draw(sampleFigure(), {}, "a.png") != draw(largeFigure(10), {}, "c.png"));
    }

    void svgIsWellFormedAndHasText() {
        QVERIFY(renderFigure(sampleFigure(), path("f.svg"), {}).ok());
        const QByteArray bytes = contentOf(m_folder.filePath("f.svg"));
        QVERIFY(bytes.startsWith("<?xml"));
        QXmlStreamReader xml(bytes);
        QString text;
        while (!xml.atEnd()) {
            if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QLatin1String("svg")) {
                QCOMPARE(xml.attributes().value("viewBox").toString(), QString("0 0 1000 700"));
            }
            if (xml.isCharacters()) text += xml.text();
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        for (const char* expected :
             {"sample <&> figure", "exact", "mul8s_1L2L", "Relative power", "80 %", "Front (3)"}) {
            QVERIFY2(text.contains(expected), expected);
        }
        QVERIFY(!bytes.contains("<image"));  // vectors only
    }

    void pdfIsOnePage() {
        QVERIFY(renderFigure(sampleFigure(), path("f.PDF"), {}).ok());
        const QByteArray bytes = contentOf(m_folder.filePath("f.PDF"));
        QVERIFY(bytes.startsWith("%PDF-1."));
        QVERIFY(bytes.trimmed().endsWith("%%EOF"));
        QVERIFY(bytes.contains("/Count 1"));
        QVERIFY(bytes.contains("/MediaBox [0 0 750"));
    }

    void refusesWhatItCannotWrite_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("width");
        QTest::addColumn<double>("scale");
        QTest::addColumn<QString>("says");
        QTest::addColumn<bool>("badInput");
        QTest::newRow("unknown extension") << "f.jpg" << 1000 << 2.0 << ".png, .svg or .pdf" << true;
        QTest::newRow("no extension") << "f" << 1000 << 2.0 << "no extension" << true;
        QTest::newRow("missing folder") << "missing/f.png" << 1000 << 2.0 << "missing" << false;
        QTest::newRow("too small") << "f.png" << 10 << 2.0 << "10x700" << true;
        QTest::newRow("too large") << "f.png" << 100000 << 2.0 << "out of range" << true;
        QTest::newRow("negative scale") << "f.png" << 1000 << -1.0 << "scale" << true;
        QTest::newRow("no number") << "f.png" << 1000 << std::nan("") << "scale" << true;
        QTest::newRow("too many pixels") << "f.png" << 8000 << 8.0 << "100 million" << true;
    }
    void refusesWhatItCannotWrite() {
        QFETCH(QString, name);
        QFETCH(int, width);
        QFETCH(double, scale);
        QFETCH(QString, says);
        QFETCH(bool, badInput);
        const QString target = m_folder.filePath("refused/" + name);
        QDir(m_folder.path()).mkdir("refused");
        const auto done = renderFigure(sampleFigure(), target.toStdString(), {width, 700, scale, false});
        QVERIFY(!done.ok());
        QVERIFY2(QString::fromStdString(done.error().text()).contains(says), done.error().text().c_str());
        if (badInput) QCOMPARE(done.error().kind, ErrorKind::BadInput);
        QVERIFY(QDir(m_folder.filePath("refused")).isEmpty());
    }

    void theWidgetFollowsThePaletteUntilAThemeIsSet() {
        FrontPlot plot;
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        plot.setPalette(dark);
        QCOMPARE(plot.xAxis->labelColor(), PlotTheme::dark().text);
        plot.setTheme(PlotTheme::light());
        QCOMPARE(plot.xAxis->labelColor(), PlotTheme::light().text);
        dark.setColor(QPalette::Window, Qt::darkGray);
        plot.setPalette(dark);
        QCOMPARE(plot.xAxis->labelColor(), PlotTheme::light().text);
    }

    void fitShowsEveryDesign() {
        FrontPlot plot;
        plot.setFigure(sampleFigure());
        for (const auto& point : sampleFigure().references) {
            QVERIFY(plot.xAxis->range().contains(point.power));
            QVERIFY(plot.yAxis->range().contains(point.metric));
        }
        plot.xAxis->setRange(2, 3);
        plot.fit();
        QVERIFY(plot.xAxis->range().contains(0.5) && plot.xAxis->range().contains(1.0));
    }
};

QTEST_MAIN(TestRender)
#include "tst_render.moc"
