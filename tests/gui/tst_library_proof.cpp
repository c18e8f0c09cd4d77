// SPDX-License-Identifier: GPL-3.0-or-later
// What the library panel checks in the background: C against Verilog, and sampled figures over all pairs of operands.
#include <QDir>
#include <QElapsedTimer>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QToolButton>
#include <QMenu>

#include "tests/gui/library_bench.h"
#include "tests/support/acu_fixtures.h"
#include "tests/support/watchdog.h"
#include "ui/panels/library/import_dialog.h"
#include "ui/panels/library/import_summary_view.h"

using namespace axp;
using namespace axp::ui;
using axp::ui::test::Opened;

class TestLibraryProof : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_settings;
    std::unique_ptr<QTemporaryDir> m_folder;

    QString at(const QString& name) const { return m_folder->filePath(name); }
    /// The project in the folder, and `files` imported into its library.
    std::unique_ptr<Opened> imported(const QStringList& files) const {
        auto opened = std::make_unique<Opened>(true, at("fake.axp"));
        QStringList paths;
        for (const QString& file : files) paths << at(file);
        opened->workspace.requestImport(paths);
        const ImportDialog* dialog = opened->panel->importDialog();
        if (!dialog || !QTest::qWaitFor([&] { return dialog->page() == ImportDialog::SummaryPage; }, 20000)) qFatal("the import did not end");
        if (!QTest::qWaitFor([&] { return opened->workspace.jobs().active() == 0 && opened->panel->model()->rowCount() > 5; }, 20000)) qFatal("the library was not added");
        return opened;
    }
    std::shared_ptr<const AcuRecord> record(const Opened& opened, const QString& name) const {
        const int row = opened.panel->model()->rowOf(name);
        return row < 0 ? nullptr : opened.panel->model()->acu(row)->record();
    }
    /// Through the menu of the button, as a person does.
    static void clickInMenu(LibraryWidget& panel, const QString& text) {
        for (auto* button : panel.findChildren<QToolButton*>()) {
            if (!button->menu()) continue;
            for (QAction* action : button->menu()->actions()) {
                if (action->text() != text) continue;
                QVERIFY(action->isEnabled());
                button->menu()->popup(button->mapToGlobal(QPoint(0, button->height())));
                QTest::mouseClick(button->menu(), Qt::LeftButton, {}, button->menu()->actionGeometry(action).center());
                return;
            }
        }
        QFAIL("there is no such entry");
    }
    static quint64 runningJob(Opened& opened) {
        for (const JobView& job : opened.workspace.jobs().jobs())
            if (job.state == JobState::Running) return job.id;
        return 0;
    }

private slots:
    void initTestCase() {
        QVERIFY(m_settings.isValid());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName("axplorer-test");
        QCoreApplication::setApplicationName("library-proof");
    }
    void init() {
        QSettings().clear();
        m_folder = std::make_unique<QTemporaryDir>();
    }

    void checksAgainstVerilog() {
        for (const auto& [name, broken] : {std::pair{"mul6u_E", 2}, {"mul6u_D", 3}}) {
            axp::test::writeBytes(at(QString(name) + ".c"), axp::test::circuitC(name, 6, broken, {}));
            axp::test::writeBytes(at(QString(name) + ".v"), axp::test::circuitVerilog(name, 6, 2));
        }
        const auto opened = imported({"mul6u_E.c", "mul6u_D.c"});
        axp::test::Watchdog watchdog;
        ImportDialog* dialog = opened->panel->importDialog();
        QPushButton* check = nullptr;
        for (auto* button : dialog->findChildren<QPushButton*>())
            if (button->text().contains("Verilog")) check = button;
        QVERIFY(check && check->isVisible());
        QVERIFY(record(*opened, "mul6u_E")->verilog.empty());
        QTest::mouseClick(check, Qt::LeftButton);
        QCOMPARE(dialog->page(), ImportDialog::ProgressPage);
        QTRY_COMPARE_WITH_TIMEOUT(dialog->page(), ImportDialog::SummaryPage, 10000);
        const QString equal = ImportEntriesModel::details(dialog->summary()->summary().entries[0]), different = ImportEntriesModel::details(dialog->summary()->summary().entries[1]);
        QVERIFY2(equal.contains("equal in all 4,096 products"), qPrintable(equal));
        QVERIFY2(different.contains("differs in") && different.contains("in Verilog"), qPrintable(different));
        QTRY_VERIFY(record(*opened, "mul6u_E")->verilog.starts_with("equal"));
        QVERIFY(record(*opened, "mul6u_D")->verilog.starts_with("differs"));
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void figuresOverAllPairs() {
        axp::test::writeBytes(at("mul13u_W.c"), axp::test::circuitC("mul13u_W", 13, 5, {}));
        const auto opened = imported({"mul13u_W.c"});
        opened->panel->importDialog()->hide();
        QVERIFY(record(*opened, "mul13u_W")->sampled);
        opened->select({"mul13u_W"});
        axp::test::Watchdog watchdog;
        clickInMenu(*opened->panel, "Figures over all pairs");
        QVERIFY2(opened->panel->message().contains("list of jobs"), qPrintable(opened->panel->message()));
        QTRY_VERIFY_WITH_TIMEOUT(!record(*opened, "mul13u_W")->sampled, 60000);
        QTRY_COMPARE(opened->value("mul13u_W", AcuTableModel::Mae).toDouble(), 32.25);
        const QModelIndex mae = opened->panel->model()->index(opened->panel->model()->rowOf("mul13u_W"), AcuTableModel::Mae);
        QVERIFY2(!mae.data().toString().startsWith(QString::fromUtf8("\u2248")), qPrintable(mae.data().toString()));
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    // 2^32 pairs take minutes. A short job of the lane does not wait for them, and a cancel leaves the library as it was.
    void othersAreServedAndACancelIsQuick() {
        axp::test::writeBytes(at("mul16u_K.c"), axp::test::circuitTables("mul16u_K"));
        const auto opened = imported({"mul16u_K.c"});
        opened->panel->importDialog()->hide();
        opened->select({"mul16u_K"});
        clickInMenu(*opened->panel, "Figures over all pairs");
        JobCenter& jobs = opened->workspace.jobs();
        QTRY_VERIFY(runningJob(*opened) != 0);
        const quint64 proof = runningJob(*opened);
        QTRY_VERIFY_WITH_TIMEOUT(jobs.job(proof).fraction > 0, 60000);
        bool served = false;
        jobs.submit("short", {}, JobCenter::Lane::Background, [&served](const JobContext&) -> Result<void> {
            served = true;
            return {};
        }, {}, JobCenter::Priority::Short);
        QTRY_VERIFY_WITH_TIMEOUT(served, 20000);
        QCOMPARE(jobs.job(proof).state, JobState::Running);
        const double before = jobs.job(proof).fraction;
        QTRY_VERIFY_WITH_TIMEOUT(jobs.job(proof).fraction > before, 60000);
        QElapsedTimer clock;
        clock.start();
        jobs.cancel(proof);
        QTRY_COMPARE(jobs.active(), 0);
        QVERIFY2(clock.elapsed() < 400, qPrintable(QString::number(clock.elapsed())));  // 100 ms, and what the machine does besides
        QVERIFY(record(*opened, "mul16u_K")->sampled);
        QVERIFY(!QDir(at("multipliers/.import")).exists());
    }
};

QTEST_MAIN(TestLibraryProof)
#include "tst_library_proof.moc"
