// SPDX-License-Identifier: GPL-3.0-or-later
// Every scene of the table can be shown, and every dialog among them is complete: title, names for all that takes the focus, a way out.
#include <QAccessible>
#include <QComboBox>
#include <QDialog>
#include <QHeaderView>
#include <QMessageBox>
#include <QScrollBar>
#include <QTabBar>
#include <QTextBrowser>

#include "tests/gui/window_bench.h"
#include "ui/bridge/search_center.h"
#include "ui/shell/photographer.h"

using namespace axp;
using namespace axp::ui;

class TestScenes : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    std::unique_ptr<test::Window> m_w;

    static QDialog* dialog() {
        for (QWidget* top : QApplication::topLevelWidgets())
            if (auto* shown = qobject_cast<QDialog*>(top); shown && shown->isVisible()) return shown;
        return nullptr;
    }
    static QStringList withoutName(const QDialog& shown) {
        QStringList faults;
        for (QWidget* widget : shown.findChildren<QWidget*>()) {
            const auto* area = qobject_cast<const QAbstractScrollArea*>(widget->parentWidget());
            const bool part = widget->objectName().startsWith("qt_") || qobject_cast<QHeaderView*>(widget) || qobject_cast<QScrollBar*>(widget) ||
                              qobject_cast<QTabBar*>(widget) || qobject_cast<QComboBox*>(widget->parentWidget()) || (area && area->viewport() == widget) ||
                              widget->focusProxy() || widget->window() != &shown;
            if (part || widget->focusPolicy() == Qt::NoFocus || !widget->isVisible()) continue;
            auto* face = QAccessible::queryAccessibleInterface(widget);
            if (!face || face->text(QAccessible::Name).isEmpty()) faults << QString("%1 '%2'").arg(widget->metaObject()->className(), widget->objectName());
        }
        return faults;
    }
    bool idle() const {
        return QTest::qWaitFor([this] { return m_w->workspace.jobs().active() == 0; }, 20'000);
    }

private slots:
    void initTestCase() {
        test::useTestSettings();
        const QString project = test::writeProject(m_folder.path());
        m_w = std::make_unique<test::Window>(test::storingOpener());
        QVERIFY(m_w->open(project));
        Workspace& workspace = m_w->workspace;
        for (const char* acu : {"mul8s_1L2H", "mul8s_1KV9"}) {
            workspace.setAssignment({{"head", acu}}, "test");
            workspace.evaluateCurrent(workspace.slice());
        }
        SearchSettings settings = defaultSearch(workspace.project());
        settings.budget = 20;
        settings.problem.slice.count = 16;
        QVERIFY(workspace.searches().start(settings));
        QVERIFY(idle());
        QVERIFY(workspace.evaluations().size() > 5);
    }
    void cleanupTestCase() { m_w.reset(); }

    void namesAreUnique() {
        QSet<QString> names;
        for (const Scene& scene : scenes()) {
            QVERIFY2(!names.contains(scene.name), scene.name);
            names << scene.name;
            QVERIFY(findScene(scene.name) == &scene);
        }
        QVERIFY(!findScene("none"));
    }

    void canBeShown_data() {
        QTest::addColumn<int>("unused");
        for (const Scene& scene : scenes()) QTest::newRow(scene.name) << 0;
    }
    void canBeShown() {
        const Scene& scene = *findScene(QTest::currentDataTag());
        Photographer photographer(m_w->window, m_w->workspace, {}, &scene, true);
        photographer.setPace(10, 4);
        QImage picture;
        QString failure;
        QStringList faults;
        QString title;
        connect(&photographer, &Photographer::failed, this, [&](const QString& message) { failure = message; });
        connect(&photographer, &Photographer::taken, this, [&](const QImage& taken) {
            picture = taken;
            QDialog* shown = dialog();
            if (scene.dialog != (shown != nullptr)) failure = scene.dialog ? "no dialog" : "a dialog";
            if (!shown) return;
            faults = withoutName(*shown);
            title = shown->windowTitle();
            QTest::keyClick(shown, Qt::Key_Escape);
            if (shown->isVisible()) failure = "Escape leaves it open";
        });
        const bool over = QTest::qWaitFor([&] { return !picture.isNull() || !failure.isEmpty(); }, 20'000);
        if (QDialog* left = dialog()) left->close();
        m_w->window.setConfirmClose(false);
        m_w->workspace.jobs().cancelAll();
        QVERIFY(idle());
        QVERIFY2(over && failure.isEmpty(), qPrintable(failure));
        QCOMPARE(picture.size(), m_w->window.size());
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) picture.save(pictures + "/scene-" + scene.name + ".png");
        QVERIFY2(!scene.dialog || !title.isEmpty(), "the dialog has no title");
        QVERIFY2(faults.isEmpty(), qPrintable("without a name: " + faults.join(", ")));
    }

    void saysWhatIsMissing() {
        const Scene missing{"missing", "network", "", true, false, {{"a thing", [](const Stage&) { return false; }, {}}}};
        Photographer photographer(m_w->window, m_w->workspace, {}, &missing, true);
        photographer.setPace(10, 2);
        QSignalSpy failed(&photographer, &Photographer::failed), taken(&photographer, &Photographer::taken);
        QVERIFY(failed.wait(5000));
        QVERIFY2(failed.first().first().toString().contains("a thing"), qPrintable(failed.first().first().toString()));
        QTest::qWait(60);
        QCOMPARE(taken.count(), 0);
    }

    void needsItsProject() {
        Photographer photographer(m_w->window, m_w->workspace, {}, findScene("network"), false);
        QSignalSpy failed(&photographer, &Photographer::failed);
        QVERIFY(failed.wait(5000));
    }
};

QTEST_MAIN(TestScenes)
#include "tst_scenes.moc"
