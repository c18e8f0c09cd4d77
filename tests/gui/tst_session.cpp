// SPDX-License-Identifier: GPL-3.0-or-later
// The window's state survives the end of the program, however it comes. Started with "child FOLDER PROJECT" this program is the window that
// the test kills.
#include <QAction>
#include <QDockWidget>
#include <QHeaderView>
#include <QProcess>
#include <QSplitter>
#include <QTableView>
#include <QTemporaryDir>
#include <QTextStream>

#include <csignal>
#include <cstdio>

#include "tests/gui/window_bench.h"
#include "ui/shell/notice_bar.h"

using namespace axp;
using namespace axp::ui;
using test::Window;

namespace {

SessionState readState(const QString& folder, int place = 0) {
    QFile file(QStringLiteral("%1/session-%2.json").arg(folder).arg(place));
    return file.open(QIODevice::ReadOnly) ? sessionFromJson(file.readAll()) : SessionState();
}

int runChild(const QString& folder, const QString& project) {
    Window w(60'000);
    w.window.keepSession(folder, project.isEmpty() || project == "-");
    if (project != "-" && !w.open(project)) return 3;
    w.workspace.assign({"head", "block1_qk/h2"}, "mul8s_1L2H");
    w.workspace.setSlice({"selection", 0, 512});
    w.window.showPanel("results");
    w.workspace.evaluateCurrent(w.workspace.slice());  // is under way when the end comes
    while (readState(folder).panel != "results" || readState(folder).assignment.size() != 2) QTest::qWait(20);
    std::puts("ready");
    std::fflush(stdout);
    QTest::qWait(60'000);
    return 0;
}

}  // namespace

class TestSession : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    QString sessions() const { return m_folder.filePath(QTest::currentTestFunction()); }

    /// Starts the child, waits until it has something to lose, and kills it.
    bool startAndKill(const QString& project) {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(), {"child", sessions(), project});
        if (!child.waitForStarted()) return false;
        while (child.waitForReadyRead(30'000))
            if (child.readAllStandardOutput().contains("ready")) {
                ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
                return child.waitForFinished() && child.exitStatus() == QProcess::CrashExit;
            }
        return false;
    }

private slots:
    void init() { test::useTestSettings(); }

    void aStateSurvivesTheFile() {
        SessionState state;
        state.project = "/tmp/Übung.axp";
        state.assignment = {{"a/h1", "mul8s_1L2H"}, {"b", "exact8s"}};
        state.slice = {"test", 5, 77};
        state.panel = "front";
        state.layout = QByteArray("\0\1\2\xff", 4);
        state.ended = false;
        state.restores = 1;
        const SessionState read = sessionFromJson(sessionToJson(state));
        QCOMPARE(read.project, state.project);
        QCOMPARE(read.assignment, state.assignment);
        QCOMPARE(read.slice.text(), state.slice.text());
        QCOMPARE(read.panel, state.panel);
        QCOMPARE(read.layout, state.layout);
        QCOMPARE(read.ended, false);
        QCOMPARE(read.restores, 1);
        for (const char* damaged : {"", "{", "[]", "{\"version\": 99, \"project\": \"x\"}", "\x00\x01"}) {
            const SessionState none = sessionFromJson(damaged);
            QVERIFY(none.project.isEmpty() && none.ended);
        }
        const SessionState odd = sessionFromJson("{\"version\":1,\"slice\":{\"split\":\"x\",\"count\":-4},\"assignment\":7}");
        QVERIFY(odd.slice.count > 0 && odd.assignment.empty());
    }

    void aKilledProgramGoesOnWhereItWas() {
        QVERIFY(startAndKill("/nonexistent/killed.axp"));
        const SessionState left = readState(sessions());
        QCOMPARE(left.project, QString("/nonexistent/killed.axp"));
        QVERIFY(!left.ended);

        Window w;
        w.window.keepSession(sessions(), true);
        QTRY_VERIFY(w.workspace.isOpen());
        QCOMPARE(QString::fromStdString(w.workspace.project().path), left.project);
        QCOMPARE(w.workspace.assignment(), (Assignment{{"head", "mul8s_1L2H"}, {"block1_qk/h2", "mul8s_1L2H"}}));
        QCOMPARE(w.workspace.slice().count, std::int64_t(512));
        QTRY_VERIFY(!w.window.findChild<QDockWidget*>("dock:results")->visibleRegion().isEmpty());
        auto* notice = w.window.findChild<NoticeBar*>("notice");
        QVERIFY(notice->isVisible());
        QVERIFY2(notice->title().contains("open again"), qPrintable(notice->title()));
        QTRY_COMPARE(readState(sessions()).restores, 0);  // it went well
        w.workspace.undoStack().undo();
        QVERIFY(w.workspace.assignment().empty());
    }

    void whatEndsTheProgramTwiceIsOffered() {
        QVERIFY(startAndKill("/nonexistent/killed.axp"));
        {
            SessionState state = readState(sessions());
            state.restores = 1;  // as left by a program that ended while it opened the project
            QFile file(sessions() + "/session-0.json");
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(sessionToJson(state));
        }
        Window w;
        w.window.keepSession(sessions(), true);
        QTest::qWait(150);
        QVERIFY(!w.workspace.isOpen());
        auto* notice = w.window.findChild<NoticeBar*>("notice");
        QVERIFY(notice->isVisible());
        notice->action()->trigger();
        QTRY_VERIFY(w.workspace.isOpen());
        QCOMPARE(w.workspace.assignment().size(), std::size_t(2));
    }

    void aClosedProgramStartsFresh() {
        {
            Window w;
            w.window.keepSession(sessions(), true);
            QVERIFY(w.open());
            w.workspace.assign({"head"}, "mul8s_1L2L");
            w.window.showPanel("front");
            QVERIFY(w.window.close());
        }
        QVERIFY(readState(sessions()).ended);
        Window w;
        w.window.keepSession(sessions(), true);
        QTest::qWait(100);
        QVERIFY(!w.workspace.isOpen());
        QVERIFY(w.open());  // and the project is as it was left
        QCOMPARE(w.workspace.acuAt("head"), QString("mul8s_1L2L"));
        QVERIFY(!w.window.findChild<NoticeBar*>("notice")->isVisible());
    }

    void splittersAndColumnsStayAsTheyWereLeft() {
        const auto splitter = [](Window& w) { return w.window.findChild<QDockWidget*>("dock:network")->findChild<QSplitter*>(); };
        const auto columns = [](Window& w) { return w.window.findChild<QDockWidget*>("dock:results")->findChild<QTableView*>()->horizontalHeader(); };
        QList<int> sizes;
        int original = 0;
        {
            Window w;
            QVERIFY(w.open());
            QTest::qWait(50);
            const int all = splitter(w)->sizes()[0] + splitter(w)->sizes()[1];
            splitter(w)->setSizes({all - 190, 190});
            sizes = splitter(w)->sizes();
            original = columns(w)->sectionSize(1);
            columns(w)->resizeSection(1, original + 37);
            columns(w)->moveSection(0, 2);
            QVERIFY(w.window.close());
        }
        Window w;
        QVERIFY(w.open());
        QTRY_VERIFY(std::abs(splitter(w)->sizes()[1] - sizes[1]) <= 2);
        QCOMPARE(columns(w)->sectionSize(1), original + 37);
        QCOMPARE(columns(w)->visualIndex(0), 2);
        for (QAction* action : w.window.findChildren<QAction*>())
            if (action->text().remove('&') == "Reset layout") action->trigger();
        QCOMPARE(columns(w)->sectionSize(1), original);
        QCOMPARE(columns(w)->visualIndex(0), 0);
        QTRY_VERIFY(std::abs(splitter(w)->sizes()[1] - sizes[1]) > 20);
    }

    void twoProgramsKeepApart() {
        Session first(sessions(), [] { return SessionState(); }), second(sessions(), [] { return SessionState(); });
        QVERIFY(!first.file().isEmpty() && !second.file().isEmpty());
        QVERIFY(first.file() != second.file());
        SessionState state;
        state.project = "/one.axp";
        first.writeNow(state);
        state.project = "/two.axp";
        second.writeNow(state);
        QCOMPARE(readState(sessions(), 0).project, QString("/one.axp"));
        QCOMPARE(readState(sessions(), 1).project, QString("/two.axp"));
    }

    void aFolderThatCannotBeMadeIsNoHindrance() {
        Window w;
        w.window.keepSession("/proc/none/sessions", true);
        QVERIFY(w.open());
        QVERIFY(w.window.close());
    }
};

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (argc == 4 && qstrcmp(argv[1], "child") == 0) {
        test::useTestSettings();
        return runChild(QString::fromLocal8Bit(argv[2]), QString::fromLocal8Bit(argv[3]));
    }
    TestSession test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_session.moc"
