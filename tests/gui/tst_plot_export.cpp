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
};

QTEST_MAIN(TestPlotExport)
#include "tst_plot_export.moc"
