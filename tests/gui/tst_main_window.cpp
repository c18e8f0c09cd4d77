// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractButton>
#include <QComboBox>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QWidgetAction>
#include <QtTest>

#include <sqlite3.h>

#include "tests/gui/window_bench.h"
#include "tests/support/stopwatch.h"
#include "tests/support/watchdog.h"
#include "ui/panels/panel.h"
#include "ui/shell/notice_bar.h"
#include "ui/shell/project_steps.h"

using namespace axp;
using namespace axp::ui;
using test::Window;

namespace {

/// Another program that keeps the database for itself.
class Locker {
public:
    explicit Locker(const QString& path) { sqlite3_open(qPrintable(path), &m_handle); }
    ~Locker() { sqlite3_close(m_handle); }
    bool run(const char* sql) { return sqlite3_exec(m_handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

private:
    sqlite3* m_handle = nullptr;
};

}  // namespace

class TestMainWindow : public QObject {
    Q_OBJECT
private slots:
    void init() { test::useTestSettings(); }

    void startsWithoutAProject() {
        Window w;
        QVERIFY(!w.workspace.isOpen());
        for (auto* dock : w.window.findChildren<QDockWidget*>()) QVERIFY(!dock->isVisible());
        QCOMPARE(w.window.windowTitle(), QString("Axplorer"));
    }

    void everyPanelHasADockAndAnEntryInTheMenu() {
        Window w;
        QVERIFY(w.open());
        for (const auto& panel : panels()) {
            auto* dock = w.window.findChild<QDockWidget*>(QString("dock:") + panel.id);
            QVERIFY2(dock && dock->widget(), panel.id);
            auto* show = w.window.findChild<QAction*>(QString("show:") + panel.id);
            QVERIFY2(show, panel.id);
            dock->hide();
            show->trigger();
            QTRY_VERIFY2(dock->isVisible(), panel.id);
        }
    }

    /// Actions have texts; no key stands for two things where both are heard; tool bars show icons; what takes the focus has a name.
    void actionsAndNamesAreComplete() {
        Window w;
        QVERIFY(w.open());
        QStringList faults;
        QHash<QString, QString> global, inPanel;
        const auto note = [&faults](QHash<QString, QString>& keys, const QKeySequence& key, const QString& place, const QString& text) {
            const QString name = place + '|' + key.toString();
            if (keys.contains(name)) faults << QString("%1 stands for '%2' and '%3' in %4").arg(key.toString(), keys[name], text, place);
            keys[name] = text;
        };
        QSet<QAction*> ofPanels;
        for (const auto& panel : panels()) {
            QWidget* widget = w.window.findChild<QDockWidget*>(QString("dock:") + panel.id)->widget();
            for (QAction* action : widget->findChildren<QAction*>()) ofPanels << action;
            for (QAction* action : widget->actions()) {
                ofPanels << action;
                if (action->isSeparator()) continue;
                if (action->text().isEmpty()) faults << QString("an action of panel %1 has no text").arg(panel.id);
                for (const QKeySequence& key : action->shortcuts()) {
                    if (action->shortcutContext() == Qt::WindowShortcut) note(global, key, "the window", action->text());
                    else note(inPanel, key, panel.id, action->text());
                }
            }
        }
        for (QAction* action : w.window.findChildren<QAction*>()) {
            if (ofPanels.contains(action) || action->isSeparator()) continue;
            const auto places = action->associatedObjects();
            if (std::all_of(places.begin(), places.end(), [](const QObject* place) { return place->objectName().startsWith("qt_"); })) continue;  // shown nowhere, or Qt's own
            if (action->text().isEmpty() && !qobject_cast<QWidgetAction*>(action)) faults << QString("an action of %1 has no text").arg(action->parent()->metaObject()->className());
            for (const QKeySequence& key : action->shortcuts()) note(global, key, "the window", action->text());
        }
        for (auto key = inPanel.cbegin(); key != inPanel.cend(); ++key) {
            const QString sequence = key.key().section('|', 1);
            if (global.contains("the window|" + sequence)) faults << QString("%1 is '%2' in a panel and '%3' in the window").arg(sequence, key.value(), global["the window|" + sequence]);
        }
        for (const QToolBar* bar : w.window.findChildren<QToolBar*>()) {
            if (bar->objectName() != "toolbar:main") continue;
            for (const QAction* action : bar->actions())
                if (!action->isSeparator() && !qobject_cast<const QWidgetAction*>(action) && action->icon().isNull()) faults << action->text() + " has no icon in the tool bar";
        }
        QVERIFY2(faults.isEmpty(), qPrintable('\n' + faults.join('\n')));
        QStringList titles;
        for (const QAction* action : w.window.menuBar()->actions()) titles << action->text().remove('&');
        QCOMPARE(titles, (QStringList{"File", "Edit", "Model", "Library", "Quantize", "Search", "View", "Help"}));
    }

    void assignsUndoesAndEvaluates() {
        Window w(30);
        QVERIFY(w.open());
        QCOMPARE(w.workspace.acuAt("head"), QString("exact8s"));
        QCOMPARE(w.workspace.assign({"head", "block1_qk/h2", "relu"}, "mul8s_1L2H"), 2);  // relu is no site
        QCOMPARE(w.workspace.acuAt("head"), QString("mul8s_1L2H"));
        QCOMPARE(w.workspace.acuAt("block1_qk/h2"), QString("mul8s_1L2H"));
        QCOMPARE(w.workspace.acuAt("block1_qk/h1"), QString("exact8s"));
        QCOMPARE(w.workspace.acuAt("block1_qk"), QString("mixed"));
        const double power = w.workspace.relativePower().value();
        QVERIFY(power < 1 && power > 0.7);
        QSignalSpy added(&w.workspace, &Workspace::evaluationsAdded);
        QTest::keyClick(&w.window, Qt::Key_F5);
        QVERIFY(added.wait(10000));
        QCOMPARE(w.workspace.evaluations().size(), std::size_t(1));
        QCOMPARE(w.workspace.currentEvaluation()->powerRelative.value(), power);
        QVERIFY(w.workspace.calibrated());
        QVERIFY(w.workspace.project().ranges.count("head"));
        QTest::keyClick(&w.window, Qt::Key_Z, Qt::ControlModifier);  // one step for both sites
        QVERIFY(w.workspace.assignment().empty());
        QVERIFY(!w.workspace.currentEvaluation());
        w.workspace.undoStack().redo();
        QCOMPARE(w.workspace.assignment().size(), std::size_t(2));
        QVERIFY(w.workspace.currentEvaluation());
    }

    void aNodeReplacesItsHeads() {
        Window w;
        QVERIFY(w.open());
        w.workspace.assign({"block1_qk/h0", "block1_qk/h3"}, "mul8s_1L2L");
        w.workspace.assign({"block1_qk"}, "mul8s_1KV9");
        QCOMPARE(w.workspace.assignment(), (Assignment{{"block1_qk", "mul8s_1KV9"}}));
        w.workspace.assign({"block1_qk/h1"}, "exact8s");  // an exact head under another ACU must be kept
        QCOMPARE(w.workspace.acuAt("block1_qk/h1"), QString("exact8s"));
        QCOMPARE(w.workspace.acuAt("block1_qk/h0"), QString("mul8s_1KV9"));
        w.workspace.assign({"block1_qk"}, "exact8s");
        QVERIFY(w.workspace.assignment().empty());
    }

    void cancelsWithinATenthOfASecond() {
        Window w(20000);
        QVERIFY(w.open());
        w.workspace.evaluateCurrent(w.workspace.slice());
        const quint64 id = w.workspace.jobs().jobs().back().id;
        QTRY_COMPARE(w.workspace.jobs().job(id).state, JobState::Running);
        const test::Stopwatch stopwatch;
        w.workspace.jobs().cancel(id);
        AXP_VERIFY_CANCELLED_SOON(stopwatch, w.workspace.jobs().job(id).state == JobState::Cancelled);
        QVERIFY(w.workspace.evaluations().empty());
    }

    void theWindowAnswersWhileJobsRun() {
        Window w(40);
        QVERIFY(w.open());
        QTest::qWait(500);  // first layout and painting
        test::Watchdog watchdog;
        for (int i = 0; i < 12; ++i) {
            w.workspace.assign({"head"}, i % 2 ? "mul8s_1L2H" : "mul8s_1L2L");
            w.workspace.evaluateCurrent(w.workspace.slice());
            QTest::qWait(1);
        }
        QTRY_COMPARE_WITH_TIMEOUT(w.workspace.jobs().active(), 0, 20000);
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void aLockedDatabaseOpensReadOnly_data() {
        QTest::addColumn<QStringList>("statements");
        QTest::newRow("BEGIN EXCLUSIVE") << QStringList{"BEGIN EXCLUSIVE"};
        QTest::newRow("locking mode EXCLUSIVE")
            << QStringList{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "CREATE TABLE other(x)", "DROP TABLE other", "COMMIT"};
    }
    void aLockedDatabaseOpensReadOnly() {
        QFETCH(QStringList, statements);
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        {
            Window w(test::storingOpener());
            QVERIFY(w.open(project));
            w.workspace.evaluateCurrent(w.workspace.slice());
            QTRY_COMPARE(w.workspace.evaluations().size(), std::size_t(1));
            QVERIFY(!w.workspace.readOnly());
        }
        auto locker = std::make_unique<Locker>(folder.filePath("p.db"));
        for (const QString& statement : statements) QVERIFY2(locker->run(qPrintable(statement)), qPrintable(statement));

        Window w(test::storingOpener());
        auto* bar = w.window.findChild<NoticeBar*>("notice:read-only");
        QSignalSpy failed(&w.workspace, &Workspace::failed);
        QVERIFY(w.open(project));
        QVERIFY(w.workspace.readOnly());
        QTRY_VERIFY(bar->isVisible());
        QVERIFY2(bar->detail().contains("locked") && bar->detail().contains("p.db"), qPrintable(bar->detail()));
        QTRY_COMPARE_WITH_TIMEOUT(w.workspace.jobs().active(), 0, 15000);
        QCOMPARE(failed.size(), 0);  // the bar says it; no message on top
        w.window.grab().save(qEnvironmentVariable("AXP_PICTURES", folder.path()) + "/read-only.png");

        QAction* evaluate = nullptr;
        for (QAction* action : w.window.findChildren<QAction*>())
            if (action->shortcut() == QKeySequence(Qt::Key_F5)) evaluate = action;
        QVERIFY(evaluate && !evaluate->isEnabled());
        QVERIFY(evaluate->toolTip().contains("locked"));
        w.workspace.evaluateCurrent(w.workspace.slice());  // another way to it
        QCOMPARE(failed.size(), 1);
        QVERIFY(failed.first().first().toString().contains("read-only"));

        bar->action()->trigger();  // still locked
        QTRY_COMPARE_WITH_TIMEOUT(w.workspace.jobs().active(), 0, 15000);
        QVERIFY(bar->isVisible());
        locker.reset();
        bar->action()->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!w.workspace.readOnly(), 15000);
        QTRY_VERIFY(!bar->isVisible());
        QVERIFY(evaluate->isEnabled());
        QTRY_COMPARE(w.workspace.evaluations().size(), std::size_t(1));
        evaluate->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(w.workspace.jobs().active(), 0, 15000);
        QCOMPARE(failed.size(), 1);
    }

    void aDroppedAssignmentBecomesTheCurrentOne() {
        Window w;
        QVERIFY(w.open());
        QTemporaryDir folder;
        const QString path = folder.filePath("a.json");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"head\": \"mul8s_1KV9\"}");
        file.close();
        QVERIFY(test::dropFiles(w.window, {path}));
        QTRY_COMPARE(w.workspace.acuAt("head"), QString("mul8s_1KV9"));
        w.workspace.undoStack().undo();
        QVERIFY(w.workspace.assignment().empty());
    }

    void droppedMultipliersAreImported() {
        QTemporaryDir folder;
        Window w;
        QVERIFY(w.open(folder.filePath("fake.axp")));
        QVERIFY(QDir(folder.path()).mkpath("library/8x8"));
        const QString library = folder.filePath("library"), circuit = folder.filePath("library/8x8/mul8u_A.c");
        QFile file(circuit);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("int mul(int a, int b) { return a * b; }\n") > 0);
        file.close();
        QSignalSpy asked(&w.workspace, &Workspace::importRequested);
        QVERIFY(test::dropFiles(w.window, {library, circuit}));
        QTRY_COMPARE(asked.size(), 1);
        QCOMPARE(asked[0][0].toStringList(), (QStringList{library, circuit}));
        QTRY_COMPARE_WITH_TIMEOUT(w.workspace.jobs().active(), 0, 10000);
    }

    void droppedFiles_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("says");
        QTest::newRow("text") << "notes.txt" << QByteArray("hello") << "neither a project";
        QTest::newRow("empty project") << "p.axp" << QByteArray() << "0 bytes";
        QTest::newRow("empty network") << "n.onnx" << QByteArray() << "0 bytes";
        QTest::newRow("empty table") << "t.npy" << QByteArray() << "0 bytes";
        QTest::newRow("a picture named .axp") << "p.axp" << QByteArray("\x89PNG") << "not a project file";
        QTest::newRow("text named .npy") << "t.npy" << QByteArray("1 2 3") << "not a NumPy file";
        QTest::newRow("database") << "p.db" << QByteArray("SQLite format 3") << ".axp file beside it";
        QTest::newRow("PyTorch") << "net.pth" << QByteArray("\x80\x02}") << "torch.jit.save";
        QTest::newRow("table without a project") << "t.npy" << QByteArray("\x93NUMPY") << "Open a project first";
        QTest::newRow("assignment without a project") << "a.json" << QByteArray("{\"head\": \"mul8s_1KV9\"}") << "Open its project first";
        QTest::newRow("a list named .json") << "a.json" << QByteArray("[1, 2]") << "is no assignment";
        QTest::newRow("empty folder") << "folder/" << QByteArray() << "holds neither";
        QTest::newRow("circuit without a project") << "mul.c" << QByteArray("int mul(int a, int b) { return a * b; }") << "Open a project first";
        QTest::newRow("no such file") << "gone.npy" << QByteArray("-") << "no such file";
    }
    void droppedFiles() {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const QString path = folder.filePath(name);
        if (name.endsWith('/')) {
            QVERIFY(QDir().mkpath(path));
        } else if (content != "-") {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
        }
        Window w;
        QVERIFY(test::dropFiles(w.window, {path}));
        QTRY_VERIFY(w.window.findChild<QMessageBox*>("message"));
        auto* message = w.window.findChild<QMessageBox*>("message");
        QVERIFY2(message->text().contains(says), qPrintable(message->text()));
        QVERIFY(message->text().contains(QFileInfo(path.endsWith('/') ? path.chopped(1) : path).fileName()));
        QCOMPARE(message->text().count('\n'), 0);
        QVERIFY(!w.workspace.isOpen());
        message->close();
    }

    void manyFilesAtOnce() {
        QTemporaryDir folder;
        const QString first = test::writeProject(folder.path(), "first"), second = test::writeProject(folder.path(), "second");
        QFile text(folder.filePath("notes.txt"));
        QVERIFY(text.open(QIODevice::WriteOnly) && text.write("x") == 1);
        text.close();
        Window w;
        QVERIFY(test::dropFiles(w.window, {first, second, text.fileName(), folder.filePath("none")}));
        QTRY_VERIFY(w.workspace.isOpen());
        QCOMPARE(QString::fromStdString(w.workspace.project().path), first);
        auto* message = w.window.findChild<QMessageBox*>("message");
        QVERIFY(message);
        QCOMPARE(message->text().split("\n\n").size(), 3);
        QVERIFY(message->text().contains("first.axp comes first"));
        message->close();
    }

    void filesMayBeDroppedOnAnyWidget() {
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        Window w;
        QVERIFY(w.open());
        for (QWidget* widget : w.window.findChildren<QWidget*>()) {
            if (!widget->acceptDrops() || widget->window() != &w.window || !widget->isVisible()) continue;
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(project)});
            QDragEnterEvent enter(QPoint(1, 1), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(widget, &enter);
            QVERIFY2(enter.isAccepted(), widget->metaObject()->className());
        }
        auto* field = w.window.findChild<QLineEdit*>();  // would take a file as text
        QVERIFY(field);
        const QString before = field->text();
        QVERIFY(test::dropFiles(*field, {project}));
        QTRY_COMPARE(QString::fromStdString(w.workspace.isOpen() ? w.workspace.project().path : ""), project);
        QCOMPARE(field->text(), before);
    }

    void theChecklistFollowsTheProject() {
        Window w;
        auto* steps = w.window.findChild<ProjectSteps*>();
        QVERIFY(steps && !steps->done(ProjectSteps::Model));
        QVERIFY(w.open());
        QVERIFY(steps->done(ProjectSteps::Model) && steps->done(ProjectSteps::Library));
        QVERIFY(!steps->done(ProjectSteps::Calibrate) && !steps->done(ProjectSteps::Assign) && !steps->done(ProjectSteps::Search));
        const auto click = [steps](int step) { QTest::mouseClick(steps->findChild<QToolButton*>("step:" + QString::number(step)), Qt::LeftButton); };
        click(ProjectSteps::Calibrate);  // does it
        QTRY_VERIFY(steps->done(ProjectSteps::Calibrate));
        w.workspace.assign({"head"}, "mul8s_1L2H");
        QVERIFY(steps->done(ProjectSteps::Assign));
        w.workspace.undoStack().undo();
        QVERIFY(!steps->done(ProjectSteps::Assign));
        click(ProjectSteps::Library);
        QTRY_VERIFY(!w.window.findChild<QDockWidget*>("dock:library")->visibleRegion().isEmpty());
        click(ProjectSteps::Export);
        QTRY_VERIFY(!w.window.findChild<QDockWidget*>("dock:front")->visibleRegion().isEmpty());
        click(ProjectSteps::Assign);
        QTRY_VERIFY(!w.window.findChild<QDockWidget*>("dock:network")->visibleRegion().isEmpty());
        w.workspace.close();
        QVERIFY(!steps->done(ProjectSteps::Model));
    }

    void aChangedModelIsOfferedForAcceptance() {
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        const auto write = [&](const char* content) {
            QFile file(folder.filePath("fake.onnx"));
            return file.open(QIODevice::WriteOnly) && file.write(content) > 0;
        };
        QVERIFY(write("old"));
        QVERIFY(acceptModelChange(project.toStdString()).ok());  // records the first one
        Window w([](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
            if (modelChanged(path)) return badInput("the model changed since the project was saved", path);
            return std::unique_ptr<ProjectEngine>(std::make_unique<test::FakeEngine>(std::chrono::milliseconds(0), path));
        });
        QVERIFY(w.open(project));
        w.workspace.close();
        QVERIFY(write("new"));
        QSignalSpy failed(&w.workspace, &Workspace::failed);
        w.window.openProject(project);
        QTRY_VERIFY(w.window.findChild<QMessageBox*>("model-changed"));
        auto* box = w.window.findChild<QMessageBox*>("model-changed");
        QVERIFY(box->text().contains("the model changed"));
        QVERIFY(!w.workspace.isOpen());
        QTest::mouseClick(box->findChild<QAbstractButton*>("accept"), Qt::LeftButton);
        QTRY_VERIFY(w.workspace.isOpen());
        QCOMPARE(failed.size(), 0);
        QVERIFY(!modelChanged(project.toStdString()));
    }

    void switchesThemesAndKeepsRecentProjects() {
        Window w;
        QVERIFY(w.open());
        w.window.setTheme(Theme::Dark);
        QTRY_VERIFY(w.window.palette().color(QPalette::Window).lightness() < 80);
        w.window.setTheme(Theme::Light);
        QTRY_VERIFY(w.window.palette().color(QPalette::Window).lightness() > 200);
        QCOMPARE(QSettings().value("recent").toStringList(), QStringList{"/nonexistent/fake.axp"});
    }

    void aProjectThatCannotBeOpenedIsReported() {
        Workspace workspace([](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
            return badInput("the model vanished", path, "Put it back.");
        }, AXP_SOURCE_DIR "/resources");
        MainWindow window(workspace);
        window.setConfirmClose(false);
        QSignalSpy failed(&workspace, &Workspace::failed);
        window.openProject("/nonexistent/p.axp");
        QVERIFY(failed.wait(10000));
        QVERIFY(failed.first().first().toString().contains("the model vanished"));
        QVERIFY(!workspace.isOpen());
        QVERIFY(!workspace.opening());
    }

    void closingDuringWorkAsksCancelsAndKeeps() {
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        QElapsedTimer clock;
        {
            Window w(test::storingOpener(std::chrono::milliseconds(150)));
            w.window.setConfirmClose(true);
            QVERIFY(w.open(project));
            w.workspace.evaluateCurrent(w.workspace.slice());
            QTRY_COMPARE(w.workspace.evaluations().size(), std::size_t(1));
            for (const char* acu : {"mul8s_1L2H", "mul8s_1L2L", "mul8s_1KV9"})
                for (const char* site : {"head", "block1_qkv", "block1_qk", "block2_qk"}) {
                    w.workspace.assign({site}, acu);
                    w.workspace.evaluateCurrent(w.workspace.slice());
                }
            const auto answer = [&w](QMessageBox::StandardButton button) {
                QTimer::singleShot(50, &w.window, [&w, button] {
                    auto* box = w.window.findChild<QMessageBox*>("close-question");
                    if (box) QTest::mouseClick(box->button(button), Qt::LeftButton);
                });
            };
            answer(QMessageBox::Cancel);
            QVERIFY(!w.window.close());
            QVERIFY(w.window.isVisible());
            QVERIFY(w.workspace.jobs().active() > 0);  // nothing was cancelled
            answer(QMessageBox::Close);
            clock.start();
            QVERIFY(w.window.close());
        }
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
        Window again(test::storingOpener());
        QVERIFY(again.open(project));
        QTRY_VERIFY(again.workspace.evaluations().size() >= 1);  // what was stored before is there
        QVERIFY(again.workspace.evaluations().size() < 13);
    }

    void closingIdleDoesNotAsk() {
        Window w;
        w.window.setConfirmClose(true);
        QVERIFY(w.open());
        QTRY_COMPARE(w.workspace.jobs().active(), 0);
        QVERIFY(w.window.close());
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
