// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLineEdit>
#include <QMimeData>
#include <QMouseEvent>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>

#include "core/acu/families.h"
#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/panels/library/acu_filter.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/error_histogram.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/family_dialog.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/filter_header.h"
#include "ui/panels/library/library_widget.h"
#include "ui/panels/library/power_scatter.h"
#include "ui/panels/library/provenance_view.h"
#include "ui/panels/panel.h"

using namespace axp;
using namespace axp::ui;

namespace {

/// The panel on an open fake project, with all figures computed.
struct Opened {
    Workspace workspace{test::fakeOpener(), {}};
    std::unique_ptr<LibraryWidget> panel = std::make_unique<LibraryWidget>(workspace);

    explicit Opened(bool waitForFigures = true, const QString& path = QStringLiteral("/nonexistent/fake.axp")) {
        panel->resize(340, 760);
        panel->show();
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open(path);
        if (!opened.wait(5000)) qFatal("the fake project did not open");
        if (waitForFigures && !QTest::qWaitFor([this] { return panel->model()->missing().empty(); }, 20000)) qFatal("no figures came");
    }
    QVariant value(const QString& acu, int column) const {
        const int row = panel->model()->rowOf(acu);
        return row < 0 ? QVariant() : panel->model()->index(row, column).data(AcuTableModel::ValueRole);
    }
    QStringList shownNames() const {
        QStringList names;
        const auto* model = panel->table()->model();
        for (int row = 0; row < model->rowCount(); ++row) names << model->index(row, 0).data(AcuTableModel::NameRole).toString();
        return names;
    }
    void select(const QStringList& names) {
        auto* table = panel->table();
        table->clearSelection();
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            const QModelIndex index = table->model()->index(row, 0);
            if (!names.contains(index.data(AcuTableModel::NameRole).toString())) continue;
            table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
            table->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
        }
        QTest::qWait(80);  // the panel gathers changes of the selection
    }
    void filter(int column, const QString& text) { panel->table()->filterHeader()->field(column)->setText(text); }
};

QStringList namesIn(const QMimeData& mime) {
    QStringList names;
    for (const auto& value : QJsonDocument::fromJson(mime.data(kAcuMimeType)).array()) names << value.toString();
    return names;
}

}  // namespace

class TestLibraryPanel : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_settings.isValid());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName("axplorer-test");
        QCoreApplication::setApplicationName("library-panel");
    }
    void init() { QSettings().clear(); }

    void numberFilters_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QList<double>>("taken");
        QTest::addColumn<QList<double>>("refused");
        using List = QList<double>;
        QTest::newRow("empty") << "" << List{-1, 0, 1e9} << List{};
        QTest::newRow("less") << "<5" << List{4.999, -3} << List{5, 6};
        QTest::newRow("less or equal") << " <= 5" << List{5} << List{5.001};
        QTest::newRow("more") << ">0.3" << List{0.31} << List{0.3};
        QTest::newRow("more or equal") << ">=0.3" << List{0.3} << List{0.29};
        QTest::newRow("range") << "1..4" << List{1, 2.5, 4} << List{0.99, 4.01};
        QTest::newRow("open range") << "2.." << List{2, 1e6} << List{1.9};
        QTest::newRow("negative range") << "-3..-1" << List{-2} << List{0, -4};
        QTest::newRow("integer") << "8" << List{8} << List{8.4, 7};
        QTest::newRow("digits") << "0.42" << List{0.4195, 0.42, 0.4249} << List{0.414, 0.426};
        QTest::newRow("equals") << "=0.42" << List{0.42} << List{0.4195};
    }
    void numberFilters() {
        QFETCH(QString, text);
        QFETCH(QList<double>, taken);
        QFETCH(QList<double>, refused);
        const auto filter = NumberFilter::parse(text);
        QVERIFY(filter.ok());
        for (const double value : taken) QVERIFY2(filter->accepts(value), qPrintable(QString::number(value)));
        for (const double value : refused) QVERIFY2(!filter->accepts(value), qPrintable(QString::number(value)));
    }

    void badNumberFiltersAreExplained() {
        for (const char* text : {"<", "abc", "<<5", "1..x", "..", "5..1", "0,3", "nan", "> ", "1...4"}) {
            const auto filter = NumberFilter::parse(text);
            QVERIFY2(!filter.ok(), text);
            const QString sentence = QString::fromStdString(filter.error().text());
            QVERIFY2(sentence.contains(">=0.3"), qPrintable(sentence));
        }
    }

    void figuresAreShort() {
        QCOMPARE(figureText(0), "0");
        QCOMPARE(figureText(0.425), "0.425");
        QCOMPARE(figureText(12.3456), "12.35");
        QCOMPARE(figureText(16384), "16384");
        QCOMPARE(figureText(191.75), "191.8");
        QCOMPARE(figureText(-63.4999), "-63.5");
    }

    void emptyWithoutAProject() {
        Workspace workspace{test::fakeOpener(), {}};
        LibraryWidget panel(workspace);
        panel.resize(340, 760);
        QCOMPARE(panel.model()->rowCount(), 0);
        QVERIFY(!panel.table()->isVisibleTo(&panel));
        panel.assignToSelection();
        QVERIFY(panel.newFromFamily() == nullptr);
        for (QAction* action : panel.actions())
            if (action->text().contains("Import") || action->text().contains("Family")) QVERIFY(!action->isEnabled());
    }

    void modelHoldsItsContract() {
        Workspace workspace{test::fakeOpener(), {}};
        AcuTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        AcuFilterModel proxy;
        QAbstractItemModelTester proxyTester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        proxy.setSourceModel(&model);
        model.setAcus(builtinAcus());
        model.setErrors(builtinAcus()[2], std::make_shared<const AcuErrors>(*computeErrors(*builtinAcus()[2], {}, {})));
        model.setFailed(builtinAcus()[1], "broken");
        proxy.sort(AcuTableModel::Mae, Qt::DescendingOrder);
        proxy.setFilter(AcuTableModel::Name, "mul8s");
        QCOMPARE(proxy.rowCount(), 4);
        QCOMPARE(proxy.index(0, 0).data().toString(), "mul8s_1KV9");  // the only one with figures stays first
        model.setMissing(AcuTableModel::Figures::Stopped);
        model.setAcus({builtinAcus()[2], builtinAcus()[0]});
        QVERIFY(model.errors(0) != nullptr);  // kept
        QVERIFY(model.errors(1) == nullptr);
    }

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

    void filtersAndSorting() {
        Opened opened;
        opened.filter(AcuTableModel::Name, "1l2");
        QCOMPARE(opened.shownNames(), (QStringList{"mul8s_1L2H", "mul8s_1L2L"}));
        opened.filter(AcuTableModel::Name, "");
        opened.filter(AcuTableModel::Power, "<0.41");
        QCOMPARE(opened.shownNames(), (QStringList{"mul8s_1L2H", "mul8s_1L2L"}));
        opened.filter(AcuTableModel::Power, "<0,4");
        QVERIFY2(opened.panel->message().contains("0,4"), qPrintable(opened.panel->message()));
        QCOMPARE(opened.shownNames().size(), 5);  // a bad filter filters nothing
        opened.filter(AcuTableModel::Power, "");
        QVERIFY(opened.panel->message().isEmpty());
        opened.filter(AcuTableModel::Name, "nothing has this name");
        QVERIFY(opened.panel->message().contains("None of the 5"));
        opened.panel->table()->filterHeader()->clearFields();
        opened.panel->table()->sortByColumn(AcuTableModel::Power, Qt::AscendingOrder);
        QCOMPARE(opened.shownNames().first(), "mul8s_1L2L");
        opened.panel->table()->sortByColumn(AcuTableModel::Mae, Qt::DescendingOrder);
        QCOMPARE(opened.shownNames().first(), "mul8s_1L2L");
    }

    void fieldsStandUnderTheirHeaders() {
        Opened opened;
        FilterHeader* header = opened.panel->table()->filterHeader();
        for (const int column : {int(AcuTableModel::Name), int(AcuTableModel::Power), int(AcuTableModel::Mae)}) {
            QVERIFY(header->field(column)->isVisibleTo(header));
            QCOMPARE(header->field(column)->x(), header->sectionViewportPosition(column));
            QCOMPARE(header->field(column)->width(), header->sectionSize(column));
        }
        header->resizeSection(AcuTableModel::Name, 90);
        QCOMPARE(header->field(AcuTableModel::Power)->x(), header->sectionViewportPosition(AcuTableModel::Power));
        QVERIFY(!header->field(AcuTableModel::Delay)->isVisibleTo(header));
        header->setSectionHidden(AcuTableModel::Delay, false);
        QTRY_VERIFY(header->field(AcuTableModel::Delay)->isVisibleTo(header));
    }

    void dragDataCarryNames() {
        Opened opened;
        opened.select({"mul8s_1L2H", "mul8s_1KV9"});
        const std::unique_ptr<QMimeData> mime(opened.panel->table()->model()->mimeData(opened.panel->table()->selectionModel()->selectedIndexes()));
        QCOMPARE(namesIn(*mime), (QStringList{"mul8s_1KV9", "mul8s_1L2H"}));
        QCOMPARE(mime->text(), "mul8s_1KV9\nmul8s_1L2H");
        const QPixmap pixmap = AcuTableView::dragPixmap({"mul8s_1KV9", "mul8s_1L2H"}, opened.panel.get());
        const QImage image = pixmap.toImage();
        bool coloured = false;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) coloured |= image.pixel(x, y) == Workspace::acuColour("mul8s_1L2H").rgb();
        QVERIFY(coloured);
        QVERIFY(opened.panel->table()->dragEnabled());
    }

    void assignsByKeyboard() {
        Opened opened;
        opened.select({"mul8s_1L2L"});
        QTest::keyClick(opened.panel->table(), Qt::Key_Return);
        QVERIFY2(opened.panel->message().contains("Select layers"), qPrintable(opened.panel->message()));
        QCOMPARE(opened.workspace.undoStack().count(), 0);
        opened.workspace.selection().setSites({"patch_embed", "block1_qk/h2"});
        QTest::keyClick(opened.panel->table(), Qt::Key_Return);
        QCOMPARE(opened.workspace.undoStack().count(), 1);
        QCOMPARE(opened.workspace.acuAt("patch_embed"), "mul8s_1L2L");
        QCOMPARE(opened.workspace.acuAt("block1_qk/h2"), "mul8s_1L2L");
        opened.workspace.undoStack().undo();
        QCOMPARE(opened.workspace.acuAt("patch_embed"), "exact8s");
        opened.workspace.selection().setSites({"patch_embed", "relu"});
        QTest::keyClick(opened.panel->table(), Qt::Key_Return);
        QVERIFY2(opened.panel->message().contains("relu"), qPrintable(opened.panel->message()));
        opened.select({"mul8s_1L2L", "mul8s_1L2H"});
        QTest::keyClick(opened.panel->table(), Qt::Key_Return);
        QVERIFY2(opened.panel->message().contains("one multiplier"), qPrintable(opened.panel->message()));
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

    void familyDialogShowsLiveFigures() {
        Opened opened;
        FamilyDialog* dialog = opened.panel->newFromFamily();
        QVERIFY(dialog);
        dialog->setFamily("trunc");
        dialog->setValue("a", 2);
        dialog->setValue("b", 2);
        QCOMPARE(dialog->acuName(), "trunc:bits=8:a=2:b=2");
        QTRY_VERIFY_WITH_TIMEOUT(dialog->figures().contains("rank 1"), 5000);
        QVERIFY2(dialog->figures().contains("0.2 mW"), qPrintable(dialog->figures()));
        dialog->setValue("a", 15);
        QVERIFY(!dialog->addButton()->isEnabled());
        QVERIFY2(dialog->problem().contains("nothing"), qPrintable(dialog->problem()));
        dialog->setFamily("perf");
        dialog->setValue("count", 2);
        dialog->addButton()->click();
        const QString name = "perf:bits=8:first=0:count=2";
        QCOMPARE(dialog->acuName(), name);
        QVERIFY(opened.panel->model()->rowOf(name) >= 0);
        QCOMPARE(opened.panel->table()->selectedNames(), QStringList{name});
        QTRY_VERIFY_WITH_TIMEOUT(opened.value(name, AcuTableModel::Wce).isValid(), 5000);
        QCOMPARE(opened.value(name, AcuTableModel::Wce).toDouble(), 3.0 * 128);
        opened.workspace.selection().setSites({"head"});
        opened.panel->assignToSelection();
        QCOMPARE(opened.workspace.acuAt("head"), name);
        // The same project, opened again, still has it; another one does not.
        Opened again;
        QVERIFY(again.panel->model()->rowOf(name) >= 0);
        Opened other(false, "/nonexistent/other.axp");
        QVERIFY(other.panel->model()->rowOf(name) < 0);
    }

    void cancelAndContinue() {
        Workspace workspace{test::fakeOpener(), {}};
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

    void panelGoesWhileItComputes() {
        Workspace workspace{test::fakeOpener(), {}};
        auto panel = std::make_unique<LibraryWidget>(workspace);
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open("/nonexistent/fake.axp");
        QVERIFY(opened.wait(5000));
        panel.reset();
        QTRY_COMPARE_WITH_TIMEOUT(workspace.jobs().active(), 0, 20000);
    }

    void libraryOfTablesIsImported() {
        const QString folder = QStringLiteral(AXP_SOURCE_DIR "/../shared/acu");
        if (!QFileInfo::exists(folder)) QSKIP("the folder of ground-truth tables is not here");
        Opened opened;
        test::Watchdog watchdog;
        QTest::qWait(10);
        opened.workspace.addLibrary(folder);
        QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->rowCount() > 60, 20000);
        QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->missing().empty(), 60000);
        // Published by EvoApproxLib: mul8u_JV3 has an MAE of 1.2 % of 2^16.
        const double mae = opened.value("mul8u_JV3@master", AcuTableModel::Mae).toDouble();
        QVERIFY2(mae > 100 && mae < 2000, qPrintable(QString::number(mae)));
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void takesPictures() {
        const QByteArray folder = qgetenv("AXP_SCREENSHOTS");
        if (folder.isEmpty()) QSKIP("AXP_SCREENSHOTS names no folder");
        const QString prefix = QString::fromLocal8Bit(folder) + "/library-";
        const QString tables = QStringLiteral(AXP_SOURCE_DIR "/../shared/acu");
        const QPalette light = qApp->palette();
        for (const bool dark : {false, true}) {
            QPalette palette = light;
            if (dark) {
                palette = QPalette(QColor(0x2b, 0x2f, 0x36), QColor(0x23, 0x26, 0x2c));
                palette.setColor(QPalette::Base, QColor(0x1b, 0x1e, 0x23));
                palette.setColor(QPalette::AlternateBase, QColor(0x20, 0x23, 0x29));
            }
            qApp->setPalette(palette);
            const QString theme = dark ? "-dark.png" : "-light.png";
            {
                Workspace workspace{test::fakeOpener(), {}};
                LibraryWidget empty(workspace);
                empty.resize(340, 700);
                empty.grab().save(prefix + "empty" + theme);
            }
            Opened opened;
            if (QFileInfo::exists(tables)) {
                opened.workspace.addLibrary(tables);
                QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->rowCount() > 60, 20000);
                QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->missing().empty(), 60000);
            }
            opened.select({"mul8s_1KV9"});
            QTest::qWait(500);
            QTest::keyClick(opened.panel->details()->map(), Qt::Key_Up);
            opened.panel->grab().save(prefix + "map" + theme);
            opened.panel->details()->tabs()->setCurrentIndex(DetailsView::HistogramTab);
            opened.filter(AcuTableModel::Power, "<0,4");
            QTest::qWait(100);
            opened.panel->grab().save(prefix + "histogram" + theme);
            opened.filter(AcuTableModel::Power, "<0.45");
            opened.panel->details()->tabs()->setCurrentIndex(DetailsView::AboutTab);
            opened.panel->resize(280, 760);
            QTest::qWait(100);
            opened.panel->grab().save(prefix + "about-280" + theme);
            opened.panel->resize(720, 900);
            for (int column = 0; column < AcuTableModel::ColumnCount; ++column) opened.panel->table()->horizontalHeader()->setSectionHidden(column, false);
            opened.select({"mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L", "exact8s"});
            QTest::qWait(200);
            opened.panel->grab().save(prefix + "scatter-wide" + theme);
            opened.filter(AcuTableModel::Power, "");
            opened.panel->details()->tabs()->setCurrentIndex(DetailsView::MapTab);
            opened.panel->resize(420, 800);
            for (const char* member : {"ssm:bits=8:bits-b=4:signed=0:m=4", "drum:bits=16:k=6"}) {
                opened.panel->addFamilyMember(member);
                QTRY_VERIFY_WITH_TIMEOUT(opened.panel->model()->missing().empty(), 60000);
                QTest::qWait(800);
                opened.panel->grab().save(prefix + QString::fromLatin1(member).section(':', 0, 0) + theme);
            }
            FamilyDialog* dialog = opened.panel->newFromFamily();
            dialog->setFamily("drum");
            QTest::qWait(500);
            dialog->grab().save(prefix + "family" + theme);
        }
        qApp->setPalette(light);
    }

private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(TestLibraryPanel)
#include "tst_library_panel.moc"
