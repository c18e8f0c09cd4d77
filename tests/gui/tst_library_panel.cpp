// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QFileInfo>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

#include "core/acu/families.h"
#include "tests/gui/library_bench.h"
#include "tests/support/watchdog.h"
#include "ui/panels/library/acu_filter.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/family_dialog.h"
#include "ui/panels/panel.h"

using namespace axp;
using namespace axp::ui;
using axp::ui::test::Opened;

namespace {

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
        Workspace workspace{axp::test::fakeOpener(), {}};
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
        Workspace workspace{axp::test::fakeOpener(), {}};
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

    void panelGoesWhileItComputes() {
        Workspace workspace{axp::test::fakeOpener(), {}};
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
        axp::test::Watchdog watchdog;
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
                Workspace workspace{axp::test::fakeOpener(), {}};
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
