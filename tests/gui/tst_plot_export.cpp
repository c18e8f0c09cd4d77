// SPDX-License-Identifier: GPL-3.0-or-later
#include <qcustomplot.h>
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QFileDialog>
#include <QMenu>
#include <QMessageBox>
#include <QTemporaryDir>
#include <QTest>

#include "ui/bridge/job_center.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/plot_export.h"

using namespace axp;
using namespace axp::ui;

namespace {

std::unique_ptr<QCustomPlot> makePlot() {
    auto plot = std::make_unique<QCustomPlot>();
    plot->resize(320, 200);
    plot->addGraph()->setData({0, 1, 2}, {0, 1, 4});
    plot->xAxis->setLabel(QStringLiteral("simulations"));
    plot->rescaleAxes();
    return plot;
}

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Answers the file dialog of `owner` with a path.
bool choose(QWidget& owner, const QString& path) {
    auto* dialog = owner.findChild<QFileDialog*>();
    if (!dialog) return false;
    emit dialog->fileSelected(path);
    dialog->close();
    return true;
}

}  // namespace

class TestPlotExport : public QObject {
    Q_OBJECT
private slots:
    void encodesEveryType() {
        const auto plot = makePlot();
        const Drawing drawing = drawingOf(*plot, "reward", {640, 420});
        QCOMPARE(QImage::fromData(encodeDrawing(drawing, "png"), "PNG").size(), QSize(1280, 840));
        const QByteArray svg = encodeDrawing(drawing, "svg");
        QVERIFY(svg.contains("viewBox=\"0 0 640 420\""));
        QVERIFY(svg.contains("simulations"));  // text stays text
        QVERIFY(encodeDrawing(drawing, "pdf").startsWith("%PDF"));
        QVERIFY(encodeDrawing(drawing, "gif").isEmpty());
        if (const QString folder = qEnvironmentVariable("AXP_PICTURES"); !folder.isEmpty())
            for (const char* type : {"png", "svg", "pdf"}) {
                QFile file(folder + "/plot_export." + type);
                QVERIFY(file.open(QIODevice::WriteOnly));
                file.write(encodeDrawing(drawing, type));
            }
    }

    void hugePicturesAreBounded() {
        const Drawing drawing{"wide", {30000, 10}, [](QCPPainter*, const QSize&) {}};
        QCOMPARE(imageOf(drawing).width(), 12000);
    }

    void aPlotThatIsGoneDrawsNothing() {
        auto plot = makePlot();
        const Drawing drawing = drawingOf(*plot, "reward");
        plot.reset();
        QCOMPARE(imageOf(drawing).pixelColor(20, 20), QColor(Qt::white));
    }

    void menuCopiesAndSaves() {
        JobCenter jobs;
        QWidget owner;
        const auto plot = makePlot();
        QMenu menu;
        addDrawingActions(&menu, &owner, jobs, drawingOf(*plot, "mul8s:a/b"));
        QCOMPARE(menu.actions().size(), 2);
        QGuiApplication::clipboard()->clear();
        menu.actions()[0]->trigger();
        QCOMPARE(QGuiApplication::clipboard()->image().size(), QSize(640, 400));
        QTemporaryDir folder;
        for (const char* type : {"png", "svg", "pdf"}) {
            const QString path = folder.filePath(QStringLiteral("x.") + type);
            menu.actions()[1]->trigger();
            QVERIFY(choose(owner, path));
            QTRY_VERIFY(!contentOf(path).isEmpty());
            QTRY_VERIFY(owner.findChildren<QFileDialog*>().isEmpty());
        }
        menu.actions()[1]->trigger();
        QVERIFY(choose(owner, folder.filePath("x.gif")));
        auto* box = owner.findChild<QMessageBox*>();
        QVERIFY(box && box->text().contains("png, svg or pdf"));
    }

    void aFileThatCannotBeWrittenIsReported() {
        JobCenter jobs;
        QWidget owner;
        saveText(&owner, jobs, "rows.csv", "Table (*.csv)", "a,b\n");
        QVERIFY(choose(owner, "/nowhere/at/all/rows.csv"));
        QTRY_VERIFY(owner.findChild<QMessageBox*>() != nullptr);
        QVERIFY(owner.findChild<QMessageBox*>()->text().contains("/nowhere/at/all"));
        QTemporaryDir folder;
        QTRY_VERIFY(owner.findChildren<QFileDialog*>().isEmpty());
        saveText(&owner, jobs, "rows.csv", "Table (*.csv)", "a,b\n");
        QVERIFY(choose(owner, folder.filePath("rows.csv")));
        QTRY_COMPARE(contentOf(folder.filePath("rows.csv")), QByteArray("a,b\n"));
    }

    /// A legend that was laid out on a wide plot moves when the plot becomes narrow: no name is cut off.
    void theLegendFollowsTheWidth() {
        JobCenter jobs;
        LinePlot plot(jobs, "Reward", "Visits", "Mean");
        std::vector<PlotSeries> series;
        for (const char* name : {"exact8s", "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"}) {
            PlotSeries one;
            one.name = name;
            one.x = {0, 1, 2};
            one.y = {0, 1, 4};
            series.push_back(one);
        }
        plot.resize(900, 420);
        plot.show();
        plot.setSeries(series);
        QTest::qWait(30);
        for (const int width : {250, 900, 330}) {
            plot.resize(width, 420);
            QTest::qWait(30);
            plot.replot();
            QVERIFY(plot.legend->visible());
            const QFontMetricsF metrics(plot.legend->font());
            for (int i = 0; i < plot.legend->itemCount(); ++i) {
                const QRect item = plot.legend->item(i)->outerRect();
                QVERIFY2(item.right() <= plot.width(), qPrintable(QString("%1 at width %2").arg(item.right()).arg(width)));
                QVERIFY2(item.width() >= metrics.horizontalAdvance(series[std::size_t(i)].name), qPrintable(QString("item %1 at width %2").arg(i).arg(width)));
            }
        }
    }
};

QTEST_MAIN(TestPlotExport)
#include "tst_plot_export.moc"
