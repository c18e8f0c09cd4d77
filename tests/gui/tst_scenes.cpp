// SPDX-License-Identifier: GPL-3.0-or-later
// Every scene of the table can be shown. Every dialog among them is complete: title, names for all that takes the focus, a way out. Every table
// and picture of the window lets its data be copied and saved by the context menu.
#include <QAccessible>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDialog>
#include <QGraphicsView>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QScrollBar>
#include <QTabBar>
#include <QTextBrowser>
#include <QTimer>

#include "tests/gui/window_bench.h"
#include "tests/support/acu_fixtures.h"
#include "ui/bridge/network_opener.h"
#include "ui/bridge/search_center.h"
#include "ui/shell/notice_bar.h"
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
    /// The entries of the context menu that is open, those of its submenus too; closes it.
    static QStringList takeMenu() {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        if (!menu) return {};
        QStringList entries;
        QList<const QMenu*> left{menu};
        while (!left.isEmpty())
            for (const QAction* action : left.takeFirst()->actions()) {
                if (action->menu()) left << action->menu();
                entries << action->text().remove('&');
            }
        menu->close();
        return entries;
    }
    /// What the right mouse button offers in the middle of a widget.
    static QStringList menuOf(QWidget& widget) {
        QStringList entries;
        QTimer reader;  // some menus have an event loop of their own
        connect(&reader, &QTimer::timeout, &widget, [&entries] { entries += takeMenu(); });
        reader.start(0);
        const QPoint middle = widget.rect().center();
        QContextMenuEvent event(QContextMenuEvent::Mouse, middle, widget.mapToGlobal(middle));
        QApplication::sendEvent(&widget, &event);
        return entries + takeMenu();
    }
    /// Views of the window that show data: tables, trees, pictures.
    QWidgetList dataViews() const {
        QWidgetList views;
        for (QWidget* widget : m_w->window.findChildren<QWidget*>()) {
            bool shows = (qobject_cast<QAbstractItemView*>(widget) && !qobject_cast<QHeaderView*>(widget)) || qobject_cast<QGraphicsView*>(widget);
            for (const char* kind : {"QCustomPlot", "axp::ui::ConfusionView", "axp::ui::ImageDetails"})
                shows = shows || widget->inherits(kind);
            if (!shows || !widget->isVisible() || widget->visibleRegion().isEmpty() || widget->window() != &m_w->window) continue;
            auto* area = qobject_cast<QAbstractScrollArea*>(widget);
            views << (area ? area->viewport() : widget);
        }
        return views;
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
        QVERIFY(QDir(m_folder.path()).mkdir("downloads"));
        const auto product = [](std::int64_t a, std::int64_t b) { return a * (b & ~1); };
        test::writeBytes(m_folder.filePath("downloads/mul8s_low.h"), test::headerText(test::tableOf(8, 8, true, product)));
        test::writeBytes(m_folder.filePath("downloads/mul8u_T1.c"), test::circuitC("mul8u_T1", 8, 2, "// MAE% = 0.0019 %\n// MAE = 9.9 \n"));
        test::writeBytes(m_folder.filePath("other.onnx"), "another network");
        networkOpener() = [graph = workspace.graph()](const std::string&, const Shape&, const JobContext&) -> Result<Graph> { return graph; };
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
        QStringList faults, mute;
        QString title;
        connect(&photographer, &Photographer::failed, this, [&](const QString& message) { failure = message; });
        connect(&photographer, &Photographer::taken, this, [&](const QImage& taken) {
            picture = taken;
            QDialog* shown = dialog();
            if (scene.dialog != (shown != nullptr)) failure = scene.dialog ? "no dialog" : "a dialog";
            if (!shown) {
                for (QWidget* view : dataViews())
                    if (const QString menu = menuOf(*view).join('|'); !menu.contains("Copy") || !(menu.contains("Save") || menu.contains("Export")))
                        mute << QString("%1 in %2: '%3'").arg(view->metaObject()->className(), view->parentWidget()->metaObject()->className(), menu);
                return;
            }
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
        QVERIFY2(mute.isEmpty(), qPrintable("nothing to copy or save: " + mute.join(", ")));
    }

    /// A notice that comes before the window has its size is not cut short afterwards.
    void aNoticeIsReadInFull() {
        const QString detail = QString("A search that was under way goes on with Resume run (F8). ").repeated(6).trimmed();
        auto* bar = m_w->window.findChild<NoticeBar*>("notice");
        const auto whole = [bar, detail] {
            for (const QLabel* label : bar->findChildren<QLabel*>())
                if (label->text() == detail) return true;
            return false;
        };
        bar->say("The project is open again as it was.", detail);
        QTest::qWait(20);
        QVERIFY(!whole());
        const QSize size = m_w->window.size();
        m_w->window.resize(4000, size.height());
        QTRY_VERIFY(whole());
        m_w->window.resize(size);
        QTRY_VERIFY(!whole());
        bar->hide();
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
