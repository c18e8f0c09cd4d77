// SPDX-License-Identifier: GPL-3.0-or-later
// Importing multipliers in the library panel, and a library of 700.
#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "core/acu/library.h"
#include "core/acu/record.h"
#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/audit_dialog.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/filter_header.h"
#include "ui/panels/library/import_dialog.h"
#include "ui/panels/library/import_summary_view.h"
#include "ui/panels/library/library_widget.h"
#include "ui/panels/library/power_scatter.h"
#include "ui/panels/library/provenance_view.h"

using namespace axp;
using namespace axp::ui;

namespace {

bool openProject(Workspace& workspace, const QString& path) {
    QSignalSpy opened(&workspace, &Workspace::opened);
    workspace.open(path);
    return opened.wait(5000);
}

/// An import that gives what it is told, and remembers how it was called.
struct FakeImport {
    struct Call {
        std::vector<std::string> paths;
        std::string library;
        AcuImportOptions options;
    };
    std::mutex mutex;
    std::vector<Call> calls;
    Result<AcuImportSummary> result = AcuImportSummary{};
    std::atomic<bool> endless = false;

    std::size_t called() {
        const std::lock_guard lock(mutex);
        return calls.size();
    }
    ImportDialog::Importer importer() {
        return [this](const std::vector<std::string>& paths, const std::string& library, const AcuImportOptions& options,
                      const JobContext& job) -> Result<AcuImportSummary> {
            {
                const std::lock_guard lock(mutex);
                calls.push_back({paths, library, options});
            }
            job.report({1, 4, 30, "mul8u_XYZ.c"});
            while (endless) {
                if (job.cancelled()) return cancelled();
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            const std::lock_guard lock(mutex);
            return result;
        };
    }
};

ImportEntry entry(ImportOutcome outcome, const std::string& path, const std::string& name) {
    ImportEntry made;
    made.outcome = outcome;
    made.path = path;
    made.name = name;
    made.format = outcome == ImportOutcome::Refused ? "" : "evoapprox";
    return made;
}

AcuImportSummary someSummary() {
    AcuImportSummary summary;
    summary.library = "/nonexistent/multipliers";
    summary.entries = {entry(ImportOutcome::Imported, "/lib/mul8u_A.c", "mul8u_A"), entry(ImportOutcome::Imported, "/lib/mul8u_B.c", "mul8u_B"),
                       entry(ImportOutcome::Duplicate, "/lib/mul8u_C.c", "mul8u_C"), entry(ImportOutcome::Refused, "/lib/odd.c", ""),
                       entry(ImportOutcome::Refused, "/lib/broken.npy", "")};
    summary.entries[1].differences = {{"MRE%", "1.23", 1.24, ""}, {"MAE%", "0.5", 0.51, "the file rounds down"}};
    summary.entries[2].duplicateOf = "mul8u_A";
    summary.entries[3].problem = badInput("it has two functions", "/lib/odd.c", "Say which one multiplies (--function NAME)");
    summary.entries[3].question = ImportQuestion::Function;
    summary.entries[4].problem = badInput("the file ends early", "/lib/broken.npy", "Save it again");
    summary.notes = {"/lib is EvoApproxLib (master), 5 circuits"};
    summary.figuresCompared = 24;
    summary.seconds = 1.5;
    return summary;
}

}  // namespace

class TestLibraryImport : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        QCoreApplication::setOrganizationName("axplorer-test");
        QCoreApplication::setApplicationName("library-import");
    }
    void init() { QSettings().clear(); }

    void summaryIsShown() {
        Workspace workspace{test::fakeOpener(), {}};
        QVERIFY(openProject(workspace, "/nonexistent/fake.axp"));
        FakeImport fake;
        fake.result = someSummary();
        ImportDialog dialog(workspace, fake.importer());
        dialog.show();
        QCOMPARE(dialog.library(), "/nonexistent/multipliers");
        QVERIFY(!dialog.importButton()->isEnabled());  // nothing to import yet
        dialog.addPaths({"/lib", "/lib", "/other"});
        QCOMPARE(dialog.paths(), (QStringList{"/lib", "/other"}));
        dialog.setLibrary({});
        QVERIFY(!dialog.importButton()->isEnabled());
        dialog.setLibrary("/nonexistent/multipliers");
        QTest::mouseClick(dialog.importButton(), Qt::LeftButton);
        QTRY_COMPARE(dialog.page(), ImportDialog::SummaryPage);
        QCOMPARE(fake.calls.size(), std::size_t{1});
        QCOMPARE(fake.calls[0].paths, (std::vector<std::string>{"/lib", "/other"}));
        QCOMPARE(fake.calls[0].library, std::string("/nonexistent/multipliers"));
        QVERIFY(fake.calls[0].options.strategy);

        ImportSummaryView* summary = dialog.summary();
        const QString headline = summary->headline();
        for (const char* part : {"2 imported", "1 with the products of another", "2 refused", "EvoApproxLib (master)", "24 published figures", "1 differ for no known reason", "1 for known ones"})
            QVERIFY2(headline.contains(part), qPrintable(headline));
        QAbstractItemModel* rows = summary->table()->model();
        QAbstractItemModelTester tester(rows, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(rows->rowCount(), 5);
        QVERIFY(rows->index(2, ImportEntriesModel::Text).data().toString().contains("mul8u_A"));
        summary->kind()->setCurrentIndex(summary->kind()->findData(ImportEntriesFilter::Refused));
        QCOMPARE(rows->rowCount(), 2);
        QVERIFY(rows->index(0, ImportEntriesModel::Text).data().toString().contains("two functions"));
        QVERIFY(summary->rowsText().contains("/lib/broken.npy"));
        QVERIFY(!summary->rowsText().contains("mul8u_A"));
        summary->kind()->setCurrentIndex(summary->kind()->findData(ImportEntriesFilter::Unexplained));
        QCOMPARE(rows->rowCount(), 1);
        summary->kind()->setCurrentIndex(0);
        summary->table()->selectRow(1);
        for (auto* button : summary->findChildren<QPushButton*>())
            if (button->text() == "&Copy") QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY2(QGuiApplication::clipboard()->text().contains("mul8u_B"), qPrintable(QGuiApplication::clipboard()->text()));
        QVERIFY(ImportEntriesModel::details(someSummary().entries[1]).contains("no rule explains"));
        QVERIFY(ImportEntriesModel::details(someSummary().entries[1]).contains("the file rounds down"));
        takePicture(dialog, "import-summary");
    }

    // Only what the files leave open is asked for, and only these files are imported again.
    void questionsAreAsked() {
        Workspace workspace{test::fakeOpener(), {}};
        QVERIFY(openProject(workspace, "/nonexistent/fake.axp"));
        FakeImport fake;
        fake.result = someSummary();
        ImportDialog dialog(workspace, fake.importer());
        dialog.show();
        dialog.addPaths({"/lib"});
        dialog.start();
        QTRY_COMPARE(dialog.page(), ImportDialog::SummaryPage);
        QVERIFY(dialog.functionField()->isVisible());
        QVERIFY(!dialog.signField()->isVisible());
        QTest::keyClicks(dialog.functionField(), "mul");
        QTest::mouseClick(dialog.againButton(), Qt::LeftButton);
        QTRY_COMPARE(fake.called(), std::size_t{2});
        QCOMPARE(fake.calls[1].paths, std::vector<std::string>{"/lib/odd.c"});
        QCOMPARE(fake.calls[1].options.function, std::string("mul"));
        QVERIFY(!fake.calls[1].options.isSigned && !fake.calls[1].options.bitsA && !fake.calls[1].options.order);
        QTRY_COMPARE(dialog.page(), ImportDialog::SummaryPage);
        QTRY_COMPARE(workspace.jobs().active(), 0);
    }

    void importIsCancelled() {
        Workspace workspace{test::fakeOpener(), {}};
        QVERIFY(openProject(workspace, "/nonexistent/fake.axp"));
        FakeImport fake;
        fake.endless = true;
        ImportDialog dialog(workspace, fake.importer());
        QSignalSpy imported(&dialog, &ImportDialog::imported);
        dialog.show();
        dialog.addPaths({"/lib"});
        dialog.start();
        QTRY_VERIFY(fake.called() > 0);
        QCOMPARE(dialog.page(), ImportDialog::ProgressPage);
        takePicture(dialog, "import-progress");
        dialog.addPaths({"/later"});  // waits for the next import
        QElapsedTimer clock;
        clock.start();
        QTest::mouseClick(dialog.cancelButton(), Qt::LeftButton);
        QTRY_COMPARE(dialog.page(), ImportDialog::ChoicePage);
        QVERIFY2(clock.elapsed() < 300, qPrintable(QString::number(clock.elapsed())));
        QVERIFY2(dialog.message().contains("cancelled"), qPrintable(dialog.message()));
        QCOMPARE(dialog.paths(), (QStringList{"/lib", "/later"}));
        QVERIFY(dialog.importButton()->isEnabled());
        QCOMPARE(imported.size(), 0);
        takePicture(dialog, "import-choice");
    }

    void failureIsSaid() {
        Workspace workspace{test::fakeOpener(), {}};
        QVERIFY(openProject(workspace, "/nonexistent/fake.axp"));
        FakeImport fake;
        fake.result = failure("the library cannot be written", "/nonexistent", "Choose another folder");
        ImportDialog dialog(workspace, fake.importer());
        dialog.addPaths({"/lib"});
        dialog.start();
        QTRY_VERIFY(dialog.message().contains("cannot be written"));
        QCOMPARE(dialog.page(), ImportDialog::ChoicePage);
    }

    // A closed window does not end the import, and a window that goes does not crash it.
    void closingLeavesTheImportAlone() {
        Workspace workspace{test::fakeOpener(), {}};
        QVERIFY(openProject(workspace, "/nonexistent/fake.axp"));
        FakeImport fake;
        fake.endless = true;
        auto dialog = std::make_unique<ImportDialog>(workspace, fake.importer());
        dialog->show();
        dialog->addPaths({"/lib"});
        dialog->start();
        QTRY_VERIFY(fake.called() > 0);
        dialog->close();
        QVERIFY(workspace.jobs().active() > 0);
        dialog.reset();
        fake.endless = false;
        QTRY_COMPARE(workspace.jobs().active(), 0);
    }

    void auditIsShown() {
        Workspace workspace{test::fakeOpener(), {}};
        AuditDialog dialog(workspace, "/lib/mul8s_1L2H.h", [](const std::string& path, const JobContext&) -> Result<AcuAudit> {
            AcuAudit audit;
            audit.path = path;
            audit.format = "adapt";
            audit.findings = {{FindingKind::Fault, "magnitude-converter", "12,414 entries are those of |a|*|b|."}, {FindingKind::Note, "rank", "The rank is 1."}};
            return audit;
        });
        dialog.show();
        QTRY_VERIFY2(dialog.text().contains("Fault: 12,414 entries"), qPrintable(dialog.text()));
        QVERIFY(dialog.text().contains("Note: The rank is 1."));
        takePicture(dialog, "audit");
        AuditDialog refused(workspace, "/x", [](const std::string&, const JobContext&) -> Result<AcuAudit> { return badInput("it is empty", "/x", "Choose another file"); });
        QTRY_VERIFY(refused.text().contains("it is empty"));
    }

    // What was published stands beside what was recomputed, and a difference is explained or said to be open.
    void publishedStandsBesideRecomputed() {
        auto record = std::make_shared<AcuRecord>();
        record->names = {"mul4u_X", "mul4u_X@old"};
        record->twins = {{"mul4u_Y", "mul4u_Y.c", {0.25, {}, {}}}};
        record->format = "evoapprox";
        record->collection = "A library";
        record->licence = "MIT";
        record->citation = "A. Author: A paper. 2020";
        record->metrics = ErrorMetrics{};
        record->metrics->mae = 1.28;
        record->metrics->ep = 0.5;
        record->metrics->zeroProduct = 3;
        record->published = {{"MAE", "1.28", 1.28, 0.01}, {"MAE%", "0.51", 0.51, 0.01}, {"EP%", "49", 49, 1}, {"PDK45_PWR", "0.3", 0.3, 0.1}};
        record->differences = {{"MAE%", "0.51", 0.5, "published rounded up"}, {"EP%", "49", 50, ""}};
        record->verilog = "equal in all 256 products";
        record->rankText = "3";
        int read = 0;
        const auto acu = std::make_shared<const Acu>("mul4u_X", StoredAcu{4, 4, false, "abc", [&read]() -> Result<AcuPtr> {
                                                         ++read;
                                                         return failure("gone");
                                                     }}, AcuFigures{0.3, {}, {}}, "From a library", record);
        const auto errors = computeErrors(*acu, {}, {});
        QVERIFY(errors.ok());
        QCOMPARE(read, 0);  // its products are not needed for that
        QCOMPARE(errors->metrics.mae, 1.28);
        QCOMPARE(sourceText(*acu), "A library");
        ProvenanceView view;
        view.resize(420, 620);
        view.setAcu(acu, std::make_shared<const AcuErrors>(*errors));
        const QString text = view.text();
        for (const char* part : {"Recomputed", "published rounded up", "no rule explains the difference", "mul4u_X@old", "mul4u_Y (0.25 mW)", "MIT", "equal in all 256 products",
                                 "M(0, 0) is 3", "Cite: A. Author", "0.51\n0.5\n", "49\n50\n", "PDK45_PWR\n0.3\n\u2013"})
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(QString("%1 in %2").arg(part, text)));
        view.copyCitationButton()->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), "A. Author: A paper. 2020");
        view.show();
        takePicture(view, "published");
    }

    // The real import, through the panel: a folder of tables becomes a library that the project shows.
    void folderIsImported() {
        QTemporaryDir folder;
        QVERIFY(folder.isValid() && QDir(folder.path()).mkpath("from"));
        const AcuLibrary known;
        for (const char* member : {"trunc:bits=4:a=1:b=0", "drum:bits=4:k=3", "mitchell:bits=4"}) {
            const QString name = QString::fromLatin1(member).section(':', 0, 0);
            QVERIFY(saveNpyTable(**known.find(member).value()->table(), (folder.path() + "/from/mul4s_" + name + ".npy").toStdString()).ok());
        }
        QFile broken(folder.path() + "/from/broken.npy");
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("\x93NUMPY") == 6);
        broken.close();
        Workspace workspace{test::fakeOpener(), {}};
        LibraryWidget panel(workspace);
        panel.resize(900, 700);
        panel.show();
        QVERIFY(panel.openImport({folder.path()}) == nullptr);  // no project
        QVERIFY(openProject(workspace, folder.path() + "/fake.axp"));
        test::Watchdog watchdog;
        workspace.requestImport({folder.path() + "/from"});
        QVERIFY(panel.importDialog());
        QTRY_COMPARE_WITH_TIMEOUT(panel.importDialog()->page(), ImportDialog::SummaryPage, 10000);
        QVERIFY2(panel.importDialog()->summary()->headline().contains("3 imported"), qPrintable(panel.importDialog()->summary()->headline()));
        QCOMPARE(panel.importDialog()->summary()->summary().count(ImportOutcome::Refused), std::size_t{1});
        QTRY_VERIFY(panel.model()->rowOf("mul4s_drum") >= 0);
        QTRY_VERIFY_WITH_TIMEOUT(panel.model()->missing().empty(), 10000);
        const int row = panel.model()->rowOf("mul4s_trunc");
        QVERIFY(row >= 0);
        QVERIFY(panel.model()->index(row, AcuTableModel::Mae).data(AcuTableModel::ValueRole).toDouble() > 0);
        // Once more: nothing new.
        workspace.requestImport({folder.path() + "/from"});
        QTRY_COMPARE_WITH_TIMEOUT(panel.importDialog()->page(), ImportDialog::SummaryPage, 10000);
        QCOMPARE(panel.importDialog()->summary()->summary().count(ImportOutcome::Unchanged), std::size_t{3});
        QTRY_COMPARE(workspace.jobs().active(), 0);
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void sevenHundredMultipliersDoNotStall() {
        QTemporaryDir folder;
        std::mt19937 random(5);
        for (int i = 0; i < 700; ++i) {
            ProductTable table{4, 4, true, {}};
            for (std::int64_t p = 0; p < 256; ++p)
                table.products.push_back(static_cast<std::int32_t>(operandValue(p / 16, 4, true) * operandValue(p % 16, 4, true) + static_cast<int>(random() % 5) - 2));
            const QString name = QString("mul4s_%1").arg(i, 3, 10, QChar('0'));
            QVERIFY(saveNpyTable(table, (folder.path() + '/' + name + ".npy").toStdString()).ok());
        }
        Workspace workspace{test::fakeOpener(), {}};
        LibraryWidget panel(workspace);
        panel.resize(1000, 800);
        panel.show();
        QVERIFY(openProject(workspace, folder.path() + "/fake.axp"));
        for (int column = 0; column < AcuTableModel::ColumnCount; ++column) panel.table()->horizontalHeader()->setSectionHidden(column, false);
        QTRY_VERIFY(panel.model()->missing().empty());
        QTest::qWait(50);
        test::Watchdog watchdog;
        workspace.addLibrary(folder.path());
        QTRY_COMPARE_WITH_TIMEOUT(panel.model()->rowCount(), 705, 10000);
        QTRY_VERIFY_WITH_TIMEOUT(panel.model()->missing().empty(), 20000);
        panel.details()->tabs()->setCurrentIndex(DetailsView::ScatterTab);
        QLineEdit* field = panel.table()->filterHeader()->field(AcuTableModel::Name);
        QTest::keyClicks(field, "mul4s_12");
        QTRY_COMPARE(panel.table()->model()->rowCount(), 10);
        QTest::keyClick(field, Qt::Key_Escape);
        QLineEdit* mae = panel.table()->filterHeader()->field(AcuTableModel::Mae);
        QTest::keyClicks(mae, ">1.2");
        const int some = panel.table()->model()->rowCount();
        QVERIFY(some > 0 && some < 705);
        mae->clear();
        panel.table()->sortByColumn(AcuTableModel::Mre, Qt::DescendingOrder);
        panel.table()->selectAll();
        QTest::qWait(200);
        QVERIFY(panel.details()->scatter()->points().size() >= 5);  // those with a power figure
        AXP_VERIFY_RESPONSIVE(watchdog);
        takePicture(panel, "library-700");
    }

    // For looking at: AXP_LIBRARY names a checkout or a folder of files.
    void aRealLibraryIsImported() {
        const QString from = qEnvironmentVariable("AXP_LIBRARY");
        if (from.isEmpty()) QSKIP("AXP_LIBRARY names no folder");
        QTemporaryDir folder;
        Workspace workspace{test::fakeOpener(), {}};
        LibraryWidget panel(workspace);
        panel.resize(1000, 900);
        panel.show();
        QVERIFY(openProject(workspace, folder.path() + "/fake.axp"));
        test::Watchdog watchdog;
        workspace.requestImport({from});
        QTRY_VERIFY_WITH_TIMEOUT(panel.importDialog()->page() != ImportDialog::ProgressPage, 600'000);
        QVERIFY2(panel.importDialog()->page() == ImportDialog::SummaryPage, qPrintable(panel.importDialog()->message()));
        qInfo("%s", qPrintable(panel.importDialog()->summary()->headline()));
        QTRY_VERIFY(panel.model()->rowCount() > 5);
        QTRY_VERIFY_WITH_TIMEOUT(panel.model()->missing().empty(), 60000);
        AXP_VERIFY_RESPONSIVE(watchdog);
        panel.importDialog()->summary()->table()->selectRow(0);
        takePicture(*panel.importDialog(), "real-summary");
        panel.table()->selectRow(7);
        panel.details()->tabs()->setCurrentIndex(DetailsView::AboutTab);
        QTest::qWait(1000);
        takePicture(panel, "real-about");
        panel.table()->selectAll();
        panel.details()->tabs()->setCurrentIndex(DetailsView::ScatterTab);
        QTest::qWait(500);
        takePicture(panel, "real-scatter");
    }

private:
    /// For looking at: set AXP_SCREENSHOTS to a folder.
    void takePicture(QWidget& widget, const QString& name) {
        const QString folder = qEnvironmentVariable("AXP_SCREENSHOTS");
        if (folder.isEmpty()) return;
        for (const bool dark : {false, true}) {
            QPalette colours(dark ? QColor(0x2b, 0x2b, 0x2b) : QColor(0xef, 0xef, 0xef));
            if (dark) colours.setColor(QPalette::Base, QColor(0x1e, 0x1e, 0x1e));
            qApp->setPalette(colours);
            QTest::qWait(100);
            widget.grab().save(folder + '/' + name + (dark ? "-dark.png" : ".png"));
        }
        qApp->setPalette(QPalette(QColor(0xef, 0xef, 0xef)));
    }
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestLibraryImport)
#include "tst_library_import.moc"
