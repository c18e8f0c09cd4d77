// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of the library panel: computed, shown as maps, histograms and scatter plots, and told where they come from.
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QMouseEvent>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QTemporaryDir>

#include <algorithm>

#include "core/acu/families.h"
#include "tests/gui/library_bench.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/error_histogram.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/power_scatter.h"
#include "ui/panels/library/provenance_view.h"

using namespace axp;
using namespace axp::ui;
using axp::ui::test::Opened;

class TestLibraryFigures : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_settings.isValid());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName("axplorer-test");
        QCoreApplication::setApplicationName("library-figures");
    }
    void init() { QSettings().clear(); }

    void figuresComeIn() {
        Opened opened;
        // The thesis's circuits: exact, bam v=3, trunc 1/1, trunc 2/2.
        QCOMPARE(opened.value("exact8s", AcuTableModel::Mae).toDouble(), 0.0);
        QCOMPARE(opened.value("exact8s", AcuTableModel::Rank).toDouble(), 1.0);
        QCOMPARE(opened.value("mul8s_1L2H", AcuTableModel::Rank).toDouble(), 1.0);
        QCOMPARE(opened.value("mul8s_1KV9", AcuTableModel::Power).toDouble(), 0.410);
        QCOMPARE(opened.value("mul8s_1L2L", AcuTableModel::Power).toDouble(), 0.200);
        // Without the low partial products i+j < 3 at most 1 + 2*2 + 3*4 is missing; each is set in a quarter of the pairs.
        QCOMPARE(opened.value("mul8s_1KV9", AcuTableModel::Wce).toDouble(), 17.0);
        QCOMPARE(opened.value("mul8s_1KV9", AcuTableModel::Mae).toDouble(), 17.0 / 4);
        QVERIFY(opened.value("mul8s_1KV9", AcuTableModel::Rank).toDouble() > 1);
        const double ep = opened.value("mul8s_1L2H", AcuTableModel::Ep).toDouble();
        QVERIFY2(ep > 50 && ep < 100, qPrintable(QString::number(ep)));  // percent
    }

    void errorMapShowsPairs() {
        Opened opened;
        opened.select({"mul8s_1L2H"});
        ErrorMapView* map = opened.panel->details()->map();
        QTRY_VERIFY_WITH_TIMEOUT(map->readout().contains("Point"), 5000);
        opened.panel->details()->tabs()->setCurrentIndex(DetailsView::MapTab);
        QTest::qWait(20);
        const QRectF rect = map->mapRect();
        QCOMPARE(*map->operandsAt(rect.bottomLeft() + QPointF(0.01, -0.01)), (std::pair<std::int64_t, std::int64_t>(-128, -128)));
        QCOMPARE(*map->operandsAt(rect.topRight() + QPointF(-0.01, 0.01)), (std::pair<std::int64_t, std::int64_t>(127, 127)));
        QVERIFY(!map->operandsAt(rect.topLeft() - QPointF(3, 0)));
        QTest::keyClick(map, Qt::Key_Up);    // 1, 0
        QTest::keyClick(map, Qt::Key_Right);  // 1, 1: truncated to 0
        QCOMPARE(map->readout(), "a 1, b 1: product 0, exact 1, error −1");
        // Sent by hand: QTest::mouseMove() moves nothing on the offscreen platform at scale 2.
        const QPointF corner = rect.topRight() + QPointF(-1, 1);
        QMouseEvent move(QEvent::MouseMove, corner, map->mapToGlobal(corner), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(map, &move);
        QVERIFY2(map->readout().startsWith("a 12"), qPrintable(map->readout()));
    }

    void mapAndBinsHaveTheRightNumbers() {
        const auto acu = *makeFamilyMember("trunc:bits=8:a=1:b=1");
        const auto map = *computeErrorMap(*acu, {});
        QCOMPARE(map.levels.size(), QSize(256, 256));
        QCOMPARE(map.pairs, 65536);
        std::int64_t inBins = map.exactPairs, exact = 0, worst = 0;
        for (const auto& bin : map.bins) inBins += bin.pairs;
        for (int a = -128; a < 128; ++a)
            for (int b = -128; b < 128; ++b) {
                const std::int64_t error = (a & ~1) * (b & ~1) - a * b;
                exact += error == 0;
                worst = std::max(worst, std::abs(error));
                const int level = map.levels.pixelIndex(b + 128, 127 - a) - ErrorMap::kZeroLevel;
                QVERIFY((level > 0) == (error > 0) && (level < 0) == (error < 0));
            }
        QCOMPARE(inBins, map.pairs);
        QCOMPARE(map.exactPairs, exact);
        QCOMPARE(map.limit, worst);
        const auto none = *computeErrorMap(*builtinAcus()[0], {});
        QCOMPARE(none.limit, 0);
        QCOMPARE(none.exactPairs, 65536);
        QVERIFY(none.bins.empty());
        const auto wide = *computeErrorMap(**makeFamilyMember("trunc:bits=10:a=2:b=0"), {});
        QCOMPARE(wide.levels.size(), QSize(512, 512));
        QCOMPARE(wide.stepA, 2);
        JobContext stopped;
        stopped.cancel.cancel();
        QVERIFY(!computeErrorMap(*acu, stopped).ok());
    }

    void rectangularAndWideMaps() {
        const auto narrow = *computeErrorMap(**makeFamilyMember("ssm:bits=8:bits-b=4:signed=0:m=4"), {});
        QCOMPARE(narrow.levels.size(), QSize(16, 256));
        QCOMPARE(narrow.pairs, 4096);
        QVERIFY(!narrow.sampled && narrow.limit > 0);
        const auto acu = *makeFamilyMember("drum:bits=16:k=6");
        const auto wide = *computeErrorMap(*acu, {});
        QVERIFY(wide.sampled);
        QCOMPARE(wide.levels.size(), QSize(512, 512));
        QCOMPARE(wide.pairs, 512 * 512 * kPairsPerPixel);
        std::int64_t inBins = wide.exactPairs;
        for (const auto& bin : wide.bins) inBins += bin.pairs;
        QCOMPARE(inBins, wide.pairs);
        QVERIFY((*computeErrorMap(**makeFamilyMember("exact:bits=16"), {})).limit == 0);

        // The figures of all pairs are those of the table, and those of a sample are near what was published for DRUM(6).
        const AcuPtr eight = *makeFamilyMember("ssm:bits=6:bits-b=5:m=3");
        const ErrorMetrics all = errorMetrics(**eight->table()), streamed = computeErrors(*eight, {}, {})->metrics;
        QCOMPARE(streamed.mae, all.mae);
        QCOMPARE(streamed.wce, all.wce);
        QCOMPARE(streamed.ep, all.ep);
        QCOMPARE(streamed.mse, all.mse);
        QCOMPARE(streamed.bias, all.bias);
        QVERIFY(std::abs(streamed.mre - all.mre) < 1e-12);
        QCOMPARE(streamed.commutative, all.commutative);
        const auto sampled = *computeErrors(*acu, [](const Acu&) { return std::string("factorised"); }, {});
        QVERIFY(sampled.sampled && sampled.metrics.commutative && !sampled.rank);
        QVERIFY2(std::abs(sampled.metrics.mre - 0.0147) < 0.0002, qPrintable(QString::number(sampled.metrics.mre)));
        QCOMPARE(sampled.strategy, "factorised");
        JobContext stopped;
        stopped.cancel.cancel();
        QCOMPARE(computeErrors(*acu, {}, stopped).error().kind, ErrorKind::Cancelled);
    }

    void wideMemberIsLabelled() {
        Opened opened;
        opened.panel->addFamilyMember("drum:bits=16:k=6");
        QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->missing().empty(), 10000);
        const auto cell = [&](int column) { return opened.panel->model()->index(opened.panel->model()->rowOf("drum:bits=16:k=6"), column); };
        QVERIFY(cell(AcuTableModel::Mae).data().toString().startsWith(QString::fromUtf8("≈ ")));
        QVERIFY(cell(AcuTableModel::Wce).data().toString().startsWith(QString::fromUtf8("≥ ")));
        QVERIFY(cell(AcuTableModel::Mae).data(Qt::ToolTipRole).toString().contains("Sampled"));
        QCOMPARE(cell(AcuTableModel::Source).data().toString(), "family");
        QCOMPARE(opened.panel->model()->index(0, AcuTableModel::Source).data().toString(), "built-in");
        opened.select({"drum:bits=16:k=6"});
        QTRY_VERIFY_WITH_TIMEOUT(opened.panel->details()->map()->readout().contains("Sampled"), 10000);
        QVERIFY(opened.panel->details()->histogram()->caption().contains("Sampled"));
        QVERIFY(opened.panel->details()->provenance()->text().contains("2^24 fixed operand pairs"));
        opened.panel->details()->provenance()->copyCitationButton()->click();
        QVERIFY(QGuiApplication::clipboard()->text().contains("Hashemi"));
        opened.filter(AcuTableModel::Source, "family");
        QCOMPARE(opened.shownNames(), QStringList{"drum:bits=16:k=6"});
    }

    void severalSelectedShowTheScatter() {
        Opened opened;
        DetailsView* details = opened.panel->details();
        opened.select({"mul8s_1L2H", "mul8s_1L2L"});
        QTRY_COMPARE(details->tabs()->currentIndex(), int(DetailsView::ScatterTab));
        const auto& points = details->scatter()->points();
        QCOMPARE(points.size(), std::size_t(5));
        QCOMPARE(std::count_if(points.begin(), points.end(), [](const auto& point) { return point.selected; }), 2);
        details->metric()->setCurrentIndex(1);
        const auto found = std::find_if(points.begin(), points.end(), [](const auto& point) { return point.name == "mul8s_1KV9"; });
        QVERIFY(found != points.end());
        QCOMPARE(found->error, 17.0);
        QTest::qWait(50);
        const QPoint at = details->scatter()->positionOf(static_cast<int>(found - points.begin())).toPoint();
        QTest::mouseClick(details->scatter(), Qt::LeftButton, {}, at);
        QCOMPARE(opened.panel->table()->selectedNames(), QStringList{"mul8s_1KV9"});
    }

    void provenanceHasTheHash() {
        Opened opened;
        opened.select({"mul8s_1L2H"});
        ProvenanceView* about = opened.panel->details()->provenance();
        QTRY_VERIFY(about->copyButton()->isEnabled());
        about->copyButton()->click();
        QCOMPARE(QGuiApplication::clipboard()->text().toStdString(), *builtinAcus()[3]->hash());
        QVERIFY(about->text().contains("Mrazek"));
        QVERIFY(about->text().contains("0.301 mW"));
    }

    void cancelAndContinue() {
        Workspace workspace{axp::test::fakeOpener(), {}};
        FigureQueue queue(workspace.jobs());
        workspace.jobs().setPaused(true);
        QSignalSpy ready(&queue, &FigureQueue::errorsReady);
        queue.requestErrors(builtinAcus());
        QCOMPARE(queue.status().working, true);
        queue.cancel();
        QCOMPARE(queue.status().working, false);
        QCOMPARE(queue.status().stopped, 5);
        workspace.jobs().setPaused(false);
        QTest::qWait(50);
        QCOMPARE(ready.size(), 0);
        queue.resume();
        QTRY_COMPARE_WITH_TIMEOUT(ready.size(), 5, 10000);
        QTRY_VERIFY(!queue.status().working);
        QCOMPARE(queue.status().stopped, 0);
        queue.requestErrors({builtinAcus()[0]});  // from the cache
        QTRY_COMPARE(ready.size(), 6);
    }

private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(TestLibraryFigures)
#include "tst_library_figures.moc"
