// SPDX-License-Identifier: GPL-3.0-or-later
// What a new user does first, with a real mouse and keyboard on a real X server (xdotool, XTest): an example by its card, a search by F6,
// paused, continued, cancelled and resumed; closing while it works, kill -9 and a second start; files from another program, dropped.
// Started by xvfb-run; on a platform without a mouse it is skipped.
#include <QDir>
#include <QDrag>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageBox>
#include <QMouseEvent>
#include <QProcess>
#include <QToolButton>

#include "core/store/query.h"
#include "tests/gui/window_bench.h"
#include "ui/bridge/search_center.h"
#include "ui/shell/start_page.h"

using namespace axp;
using namespace axp::ui;

namespace {

/// Another program's window from which a file is dragged: this program started again with --drag X Y FILE.
class Desk : public QWidget {
public:
    Desk(const QPoint& at, const QString& file) : m_file(file) {
        setWindowTitle("desk");
        setGeometry(QRect(at, QSize(80, 80)));
    }

protected:
    void mousePressEvent(QMouseEvent*) override {
        auto* drag = new QDrag(this);
        auto* data = new QMimeData;
        data->setUrls({QUrl::fromLocalFile(m_file)});
        drag->setMimeData(data);
        drag->exec(Qt::CopyAction);
    }

private:
    QString m_file;
};

/// The program in a folder of its own, started with the settings of a new user.
class Program {
public:
    explicit Program(const QString& folder) : m_folder(folder) {
        QDir().mkpath(path("resources"));
        QDir().mkpath(path("projects/fashion-vit"));
        const QDir source(AXP_SOURCE_DIR "/resources");
        for (const QString& name : source.entryList(QDir::AllEntries | QDir::NoDotAndDotDot)) QFile::link(source.filePath(name), path("resources/" + name));
        QFile::copy(AXP_SOURCE_DIR "/projects/fashion-vit/fashion-vit.axp", path("projects/fashion-vit/fashion-vit.axp"));
    }
    ~Program() {
        m_process.kill();
        m_process.waitForFinished();
    }
    /// Starts it and waits for its window.
    bool start() {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
            QDir().mkpath(path(name));
            QFile::setPermissions(path(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
            variables.insert(name, path(name));
        }
        variables.insert("AXP_RESOURCES", path("resources"));
        m_process.setProcessEnvironment(variables);
        m_process.start(AXP_BIN_DIR "/axplorer", QStringList());
        if (!m_process.waitForStarted()) return false;
        m_window = find("xplorer$");
        return !m_window.isEmpty();
    }
    /// A visible window of the program by its title, waited for.
    QString find(const QString& title) {
        return ask({"search", "--sync", "--onlyvisible", "--all", "--pid", QString::number(m_process.processId()), "--name", title}).section('\n', -1);
    }
    /// The answer of xdotool; nothing when it failed.
    static QString ask(const QStringList& commands) {
        QProcess process;
        process.start("xdotool", commands);
        if (!process.waitForFinished(20'000) || process.exitCode() != 0) return {};
        return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
    }
    void key(const QString& name) { keyIn(m_window, name); }
    static void keyIn(const QString& window, const QString& name) { ask({"windowfocus", "--sync", window, "sleep", "0.05", "key", name}); }
    /// What it keeps for the case that it is killed.
    QJsonObject session() const {
        QFile file(path("XDG_CONFIG_HOME/Axplorer/sessions/session-0.json"));
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
    }
    bool showsTheExample() const {
        const QJsonObject kept = session();
        return kept["project"].toString().endsWith("fashion-vit.axp") && kept["restores"].toInt() == 0 && !kept["ended"].toBool(true);
    }
    /// Evaluations in its database.
    qint64 stored() const {
        const auto reader = ResultReader::open(path("projects/fashion-vit/fashion-vit.db").toStdString());
        if (!reader.ok()) return 0;
        const auto count = (*reader)->count({});
        return count.ok() ? *count : 0;
    }
    QProcess& process() { return m_process; }
    const QString& window() const { return m_window; }

private:
    QString path(const QString& name) const { return m_folder + '/' + name; }

    QString m_folder, m_window;
    QProcess m_process;
};

}  // namespace

class TestWalkReal : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;

    /// The event loop of this thread goes on meanwhile.
    static bool xdotool(const QStringList& commands) {
        QProcess process;
        QSignalSpy finished(&process, &QProcess::finished);
        process.start("xdotool", commands);
        return (finished.wait(10'000) || process.state() == QProcess::NotRunning) && process.exitCode() == 0;
    }
    /// Another program's file, dragged onto a window with the mouse.
    static bool dragFile(const QString& file, const QWidget& onto) {
        const QPoint from(1480, 420), to = onto.mapToGlobal(QPoint(600, 500));
        QProcess desk;
        desk.start(QCoreApplication::applicationFilePath(), {"--drag", QString::number(from.x() - 40), QString::number(from.y() - 40), file});
        if (!desk.waitForStarted() || !xdotool({"search", "--sync", "--onlyvisible", "--name", "^desk$"})) return false;
        const auto at = [](const QPoint& p) { return QStringList{"mousemove", QString::number(p.x()), QString::number(p.y()), "sleep", "0.06"}; };
        QStringList moves = at(from) + QStringList{"mousedown", "1", "sleep", "0.1"};
        for (int step = 1; step <= 6; ++step) moves += at(from + (to - from) * step / 6);
        const bool moved = xdotool(moves + QStringList{"sleep", "0.25", "mouseup", "1", "sleep", "0.1"});
        desk.terminate();
        QSignalSpy ended(&desk, &QProcess::finished);
        return (desk.state() == QProcess::NotRunning || ended.wait(5000)) && moved;
    }
    static bool click(QWidget* widget) {
        const QPoint at = widget->mapToGlobal(widget->rect().center());
        return xdotool({"mousemove", QString::number(at.x()), QString::number(at.y()), "sleep", "0.05", "click", "1"});
    }
    static bool key(const QWidget& window, const QString& name) {
        return xdotool({"windowfocus", "--sync", QString::number(window.winId()), "key", name});
    }
    static QToolButton* button(const QWidget& window, const QString& text) {
        for (auto* one : window.findChildren<QToolButton*>())
            if (one->text() == text && one->isVisible() && one->isEnabled()) return one;  // the jobs have one, too
        return nullptr;
    }

private slots:
    void initTestCase() {
        if (QGuiApplication::platformName() != "xcb") QSKIP("needs an X server: xvfb-run -s '-screen 0 1600x1000x24' PROGRAM -platform xcb");
        test::useTestSettings();
    }

    void aCardOpensItsExample() {
        test::Window w;
        QVERIFY(QTest::qWaitForWindowExposed(&w.window));
        QTest::qWait(100);
        auto* card = w.window.findChild<QToolButton*>("example:fashion-cnn");
        QVERIFY(card && click(card));
        QTRY_VERIFY_WITH_TIMEOUT(w.workspace.isOpen(), 10'000);
        QVERIFY(QString::fromStdString(w.workspace.project().path).endsWith("fashion-cnn.axp"));
    }

    void aSearchByKeysAndMouse() {
        test::Window w(test::storingOpener(std::chrono::milliseconds(5)));
        QVERIFY(w.open(test::writeProject(m_folder.path())));
        QVERIFY(QTest::qWaitForWindowExposed(&w.window));
        SearchCenter& searches = w.workspace.searches();
        QVERIFY(key(w.window, "F6"));
        QTRY_VERIFY(searches.activeJob() != 0);
        const auto steps = [&] { return searches.trace(searches.latestRun()) ? searches.trace(searches.latestRun())->steps.size() : 0; };
        QTRY_VERIFY_WITH_TIMEOUT(steps() > 3, 10'000);
        QVERIFY(w.window.findChild<QWidget*>("searchPanel")->isVisible());
        const auto hold = [&] { return w.workspace.jobs().job(searches.activeJob()).hold; };
        QVERIFY(key(w.window, "F7"));
        QTRY_COMPARE(hold(), JobView::Hold::Paused);
        QTest::qWait(300);  // steps come in batches
        const std::size_t before = steps();
        QTest::qWait(300);
        QCOMPARE(steps(), before);
        QVERIFY(key(w.window, "F7"));
        QTRY_COMPARE(hold(), JobView::Hold::None);
        QTRY_VERIFY(steps() > before);
        const quint64 job = searches.activeJob();
        auto* cancel = button(w.window, "Cancel");
        QVERIFY(cancel && click(cancel));
        QTRY_COMPARE(w.workspace.jobs().job(job).state, JobState::Cancelled);
        QTRY_VERIFY(searches.activeJob() == 0);
        QVERIFY(key(w.window, "F8"));
        QTRY_VERIFY(searches.activeJob() != 0);
        w.workspace.jobs().cancelAll();
        QTRY_COMPARE(w.workspace.jobs().active(), 0);
    }

    void aFileOfAnotherProgram_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("says");
        QTest::newRow("text") << "notes.txt" << QByteArray("hello") << "neither a project";
        QTest::newRow("folder") << "folder/" << QByteArray() << "holds neither";
        QTest::newRow("table without a project") << "t.npy" << QByteArray("\x93NUMPY") << "Open a project first";
        QTest::newRow("project") << "p.axp" << QByteArray("project") << "";
    }
    void aFileOfAnotherProgram() {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(QString, says);
        QTemporaryDir folder;
        const QString path = folder.filePath(name);
        if (name.endsWith('/')) {
            QVERIFY(QDir().mkpath(path));
        } else if (says.isEmpty()) {
            QCOMPARE(test::writeProject(folder.path()), path);
        } else {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
        }
        test::Window w(test::storingOpener());
        w.window.setGeometry(0, 0, 1400, 900);
        QVERIFY(QTest::qWaitForWindowExposed(&w.window));
        QVERIFY(dragFile(path, w.window));
        if (says.isEmpty()) {
            QTRY_VERIFY_WITH_TIMEOUT(w.workspace.isOpen(), 10'000);
            QCOMPARE(QString::fromStdString(w.workspace.project().path), path);
            return;
        }
        QTRY_VERIFY(w.window.findChild<QMessageBox*>("message"));
        const QString text = w.window.findChild<QMessageBox*>("message")->text();
        QVERIFY2(text.contains(says), qPrintable(text));
        QVERIFY(!w.workspace.isOpen());
    }

    /// The program itself, as it is started the first time.
    void theProgramFromStartToEnd() {
        Program program(m_folder.filePath("new user"));
        QVERIFY(program.start());
        QPoint card;
        {
            // Where things are in the program's window is known from the same window in this process.
            test::Window same;
            const QStringList geometry = Program::ask({"getwindowgeometry", "--shell", program.window()}).split('\n');
            const auto value = [&geometry](const QString& name) { return geometry.filter(name + '=').value(0).section('=', 1).toInt(); };
            same.window.resize(value("WIDTH"), value("HEIGHT"));
            QVERIFY(QTest::qWaitForWindowExposed(&same.window));
            QTest::qWait(50);
            const auto* button = same.window.findChild<QToolButton*>("example:fashion-vit");
            QVERIFY(button);
            card = QPoint(value("X"), value("Y")) + button->mapTo(&same.window, button->rect().center());
        }
        QVERIFY(xdotool({"windowraise", program.window(), "mousemove", QString::number(card.x()), QString::number(card.y()), "sleep", "0.05", "click", "1"}));
        QTRY_VERIFY_WITH_TIMEOUT(program.showsTheExample(), 30'000);

        program.key("F6");
        QTRY_VERIFY_WITH_TIMEOUT(program.stored() > 90, 60'000);
        program.key("F7");
        const auto pauses = [&program] {
            const qint64 before = program.stored();
            QTest::qWait(700);
            return program.stored() == before;
        };
        QVERIFY(QTest::qWaitFor(pauses, 10'000));
        QVERIFY(pauses());
        qint64 before = program.stored();
        program.key("F7");
        QTRY_VERIFY_WITH_TIMEOUT(program.stored() > before, 20'000);

        program.process().kill();
        QVERIFY(program.process().waitForFinished());
        before = program.stored();
        QVERIFY(program.start());
        QTRY_VERIFY_WITH_TIMEOUT(program.showsTheExample(), 30'000);
        QCOMPARE(program.stored(), before);
        program.key("F8");
        QTRY_VERIFY_WITH_TIMEOUT(program.stored() > before, 30'000);

        program.key("ctrl+q");
        QString question = program.find("^Close Axplorer");
        QVERIFY(!question.isEmpty());
        Program::keyIn(question, "Return");  // the default: nothing is lost
        before = program.stored();
        QTRY_VERIFY_WITH_TIMEOUT(program.stored() > before, 20'000);
        program.key("ctrl+q");
        question = program.find("^Close Axplorer");
        Program::keyIn(question, "alt+c");
        QVERIFY(program.process().waitForFinished(10'000));
        QCOMPARE(program.process().exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.process().exitCode(), 0);
        QVERIFY(program.session()["ended"].toBool());
        QCOMPARE(QString::fromUtf8(program.process().readAllStandardError()), QString());
    }
};

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 5 && arguments[1] == "--drag") {
        Desk desk(QPoint(arguments[2].toInt(), arguments[3].toInt()), arguments[4]);
        desk.show();
        return QApplication::exec();
    }
    TestWalkReal test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_walk_real.moc"
