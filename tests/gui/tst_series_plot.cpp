// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of lines and points: the specification and the drawing.
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include "ui/plots/render.h"
#include "ui/plots/series_plot.h"

using namespace axp;

namespace {

const char* const kSpec = R"({"kind":"series","title":"T","panels":[
  {"title":"left","xLabel":"Simulation","yLabel":"Reward","series":[
    {"name":"raw","style":"line","colour":5,"x":[1,2,3],"y":[0.1,0.4,0.2]},
    {"name":"mean","width":2.5,"x":[1,2,3],"y":[0.1,0.25,0.23]}]},
  {"title":"right","xLabel":"Relative power","yLabel":"Top-1","percent":true,"series":[
    {"name":"front","style":"step","x":[0.5,0.8],"y":[0.7,0.9]},
    {"name":"uniform","style":"points","x":[0.6],"y":[0.6],"low":[0.55],"high":[0.66],"labels":["mul8s_1L2L"]},
    {"name":"designs","style":"dots","x":[0.7,0.9],"y":[0.5,0.6]}]},
  {"yLabel":"Normalised","categories":["conv1","conv2"],"series":[
    {"name":"true","style":"bars","x":[0,1],"y":[1,0.2]},{"name":"predicted","style":"bars","x":[0,1],"y":[0.9,0.4]}]}]})";

int pixelsLike(const QImage& image, const QColor& color) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QRgb pixel = image.pixel(x, y);
            count += std::abs(qRed(pixel) - color.red()) + std::abs(qGreen(pixel) - color.green()) + std::abs(qBlue(pixel) - color.blue()) < 20;
        }
    return count;
}

}  // namespace

class TestSeriesPlot : public QObject {
    Q_OBJECT
private slots:
    void specificationComesIn() {
        const auto spec = parseFigureSpec(kSpec, "f.json");
        QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().text().c_str());
        const auto& figure = std::get<SeriesFigure>(spec.value());
        QCOMPARE(figure.panels.size(), 3u);
        QCOMPARE(figure.panels[0].series[0].colour, 5);
        QCOMPARE(figure.panels[0].series[1].colour, -1);
        QCOMPARE(figure.panels[0].series[1].width, 2.5);
        QVERIFY(figure.panels[1].percent);
        QCOMPARE(figure.panels[1].series[1].high, (std::vector<double>{0.66}));
        QCOMPARE(figure.panels[1].series[1].labels, (std::vector<std::string>{"mul8s_1L2L"}));
        QVERIFY(figure.panels[2].series[0].style == FigureSeries::Style::Bars);
    }

    void badSpecifications_data() {
        QTest::addColumn<QString>("panel");
        QTest::addColumn<QString>("part");
        QTest::newRow("no series") << R"({"title":"x"})" << "'series' is missing";
        QTest::newRow("unknown field") << R"({"series":[],"colour":1})" << "unknown field 'colour'";
        QTest::newRow("lengths") << R"({"series":[{"x":[1,2],"y":[1]}]})" << "'y' has 1 entries for 2 points";
        QTest::newRow("one bound") << R"({"series":[{"x":[1],"y":[1],"low":[0]}]})" << "'low' and 'high' belong together";
        QTest::newRow("labels") << R"({"series":[{"x":[1],"y":[1],"labels":[]},{"x":[1],"y":[1],"labels":["a","b"]}]})" << "'labels' has 2";
        QTest::newRow("style") << R"({"series":[{"style":"pie","x":[],"y":[]}]})" << "unknown style 'pie'";
        QTest::newRow("colour") << R"({"series":[{"colour":8,"x":[],"y":[]}]})" << "'colour' is outside";
        QTest::newRow("width") << R"({"series":[{"width":9,"x":[],"y":[]}]})" << "'width' is outside";
        QTest::newRow("text for number") << R"({"series":[{"x":["a"],"y":[1]}]})" << "not a finite number";
        QTest::newRow("null") << R"({"series":[{"x":[1],"y":[null]}]})" << "not a finite number";
        QTest::newRow("bar nowhere") << R"({"categories":["a"],"series":[{"style":"bars","x":[1],"y":[1]}]})" << "no category";
    }
    void badSpecifications() {
        QFETCH(QString, panel);
        QFETCH(QString, part);
        const auto spec = parseFigureSpec(R"({"kind":"series","panels":[)" + panel.toStdString() + "]}", "f.json");
        QVERIFY(!spec.ok());
        QVERIFY2(QString::fromStdString(spec.error().text()).contains(part), spec.error().text().c_str());
        QVERIFY(spec.error().text().find("f.json, panels[0]") != std::string::npos);
    }

    void panelsAreCounted() {
        QVERIFY(!parseFigureSpec(R"({"kind":"series","panels":[]})", "f").ok());
        QString many;
        for (int i = 0; i < 7; ++i) many += QString(i ? "," : "") + R"({"series":[]})";
        QVERIFY(!parseFigureSpec(R"({"kind":"series","panels":[)" + many.toStdString() + "]}", "f").ok());
        QVERIFY(parseFigureSpec(R"({"kind":"series","panels":[{"series":[]}]})", "f").ok());
    }

    void drawsEverySeries_data() {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void drawsEverySeries() {
        QFETCH(bool, dark);
        RenderOptions options;
        options.width = 1200;
        options.height = 420;
        options.scale = 1;
        options.dark = dark;
        const auto spec = parseFigureSpec(kSpec, "f.json");
        const QString name = m_folder.filePath(dark ? "dark.png" : "light.png");
        QVERIFY(renderFigure(spec.value(), name.toStdString(), options).ok());
        const QImage image(name);
        QCOMPARE(image.size(), QSize(1200, 420));
        const PlotTheme theme = dark ? PlotTheme::dark() : PlotTheme::light();
        QVERIFY(pixelsLike(image, theme.background) > image.width() * image.height() / 2);
        for (const int colour : {0, 1, 5}) QVERIFY2(pixelsLike(image, seriesColour(colour, theme)) > 30, std::to_string(colour).c_str());
        for (const char* kind : {"f.svg", "f.pdf"}) QVERIFY(renderFigure(spec.value(), m_folder.filePath(kind).toStdString(), options).ok());
        if (const QString folder = qEnvironmentVariable("AXP_PICTURES"); !folder.isEmpty()) QFile::copy(name, folder + (dark ? "/series-dark.png" : "/series.png"));
    }

    void emptyPanelsAreDrawn() {
        const auto spec = parseFigureSpec(R"({"kind":"series","panels":[{"series":[]},{"series":[{"x":[],"y":[]}]}]})", "f.json");
        QVERIFY(renderFigure(spec.value(), m_folder.filePath("empty.png").toStdString(), {}).ok());
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestSeriesPlot)
#include "tst_series_plot.moc"
