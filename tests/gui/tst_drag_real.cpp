// SPDX-License-Identifier: GPL-3.0-or-later
// Drags with a real mouse on a real X server: xdotool presses, moves and releases (XTest), Qt runs its own drag and drop. Started by
// xvfb-run; on a platform without a mouse it is skipped.
#include <QDir>
#include <QDockWidget>
#include <QMenu>
#include <QProcess>
#include <QScreen>
#include <QTableView>
#include <QTimer>

#include "tests/gui/network_bench.h"
#include "tests/gui/window_bench.h"

using namespace axp;
using namespace axp::ui;

class TestDragReal : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<test::Window> m_w;
    GraphView* m_view = nullptr;
    GraphScene* m_scene = nullptr;
    SiteTable* m_sites = nullptr;
    QAbstractItemView* m_library = nullptr;

    QPoint sourceOf(const QString& acu) {
        const auto* model = m_library->model();
        for (int row = 0; row < model->rowCount(); ++row)
            for (int column = 0; column < model->columnCount(); ++column)
                if (model->index(row, column).data().toString() == acu) {
                    m_library->scrollTo(model->index(row, column), QAbstractItemView::PositionAtCenter);
                    return m_library->viewport()->mapToGlobal(m_library->visualRect(model->index(row, column)).center());
                }
        return {};
    }
    QPoint nodePoint(const QString& site) {
        NodeItem* item = m_scene->itemOf(site);
        m_view->centreOnBox(item);
        QTest::qWait(50);
        const int head = static_cast<int>(item->box().heads.indexOf(site));
        const QPointF place = head < 0 ? QPointF(0, -item->box().size.height() / 2 + 20) : item->headRect(head).center();
        return m_view->viewport()->mapToGlobal(m_view->mapFromScene(item->mapToScene(place)));
    }
    QPoint rowPoint(const QString& site) {
        m_sites->scrollToSite(site);
        QTest::qWait(50);
        for (int row = 0; row < m_sites->model()->rowCount(); ++row)
            if (m_sites->model()->index(row, 0).data(SiteModel::SiteIdRole) == site)
                return m_sites->viewport()->mapToGlobal(m_sites->visualRect(m_sites->model()->index(row, 1)).center());
        return {};
    }
    /// One xdotool carries the whole drag out: this thread is inside the drag's own event loop meanwhile.
    bool drag(const QPoint& from, const QPoint& to, const QString& picture = {}) {
        const auto at = [](const QPoint& p) { return QStringList{"mousemove", QString::number(p.x()), QString::number(p.y()), "sleep", "0.08"}; };
        QStringList moves = at(from) + QStringList{"mousedown", "1", "sleep", "0.08"};
        for (int step = 1; step <= 8; ++step) moves += at(from + (to - from) * step / 8);
        moves += at(to + QPoint(1, 1)) + QStringList{"sleep", "0.25", "mouseup", "1"};
        if (const QString folder = qEnvironmentVariable("AXP_PICTURES"); !picture.isEmpty() && !folder.isEmpty())
            QTimer::singleShot(1150, this, [folder, picture] { QGuiApplication::primaryScreen()->grabWindow().save(folder + '/' + picture + ".png"); });
        QProcess xdotool;
        QSignalSpy finished(&xdotool, &QProcess::finished);
        xdotool.start("xdotool", moves);
        if (!finished.wait(15'000) || xdotool.exitCode() != 0) return false;
        QTest::qWait(150);
        return true;
    }
    QString acuAt(const QString& site) const { return m_w->workspace.acuAt(site); }

private slots:
    void initTestCase() {
        if (QGuiApplication::platformName() != "xcb") QSKIP("needs an X server: xvfb-run -s '-screen 0 1600x1000x24' PROGRAM -platform xcb");
        test::useTestSettings();
        m_w = std::make_unique<test::Window>();
        m_w->window.setGeometry(0, 0, 1500, 940);
        QVERIFY(QTest::qWaitForWindowExposed(&m_w->window));
        QVERIFY(m_w->open());
        m_view = m_w->window.findChild<GraphView*>();
        m_sites = m_w->window.findChild<SiteTable*>();
        m_scene = qobject_cast<GraphScene*>(m_view->scene());
        QVERIFY(QTest::qWaitFor([this] { return !m_scene->nodes().empty() && !m_scene->building(); }, 8000));
        m_library = m_w->window.findChild<QDockWidget*>("dock:library")->findChild<QTableView*>();
        QVERIFY(m_library);
        QTest::qWait(600);
    }
    void init() {
        if (m_w) m_w->workspace.undoStack().clear(), m_w->workspace.setAssignment({}, "start"), m_w->workspace.undoStack().clear();
        if (m_w) m_w->workspace.selection().clear();
    }

    void ontoANode() {
        QVERIFY(drag(sourceOf("mul8s_1L2H"), nodePoint("head"), "drag-node"));
        QCOMPARE(acuAt("head"), QString("mul8s_1L2H"));
        QCOMPARE(m_w->workspace.assignment().size(), std::size_t(1));
        QCOMPARE(m_w->workspace.undoStack().count(), 1);
        m_w->workspace.undoStack().undo();
        QCOMPARE(acuAt("head"), QString("exact8s"));
    }
    void ontoATableRow() {
        QVERIFY(drag(sourceOf("mul8s_1L2L"), rowPoint("block1_proj"), "drag-row"));
        QCOMPARE(acuAt("block1_proj"), QString("mul8s_1L2L"));
        m_w->workspace.undoStack().undo();
        QVERIFY(m_w->workspace.assignment().empty());
    }
    void ontoASelection() {
        m_w->workspace.selection().setSites({"block1_qkv", "block2_qkv", "block2_proj"});
        QTest::qWait(50);
        QVERIFY(drag(sourceOf("mul8s_1KV9"), rowPoint("block2_qkv"), "drag-selection"));
        for (const char* site : {"block1_qkv", "block2_qkv", "block2_proj"}) QCOMPARE(acuAt(site), QString("mul8s_1KV9"));
        QCOMPARE(m_w->workspace.undoStack().count(), 1);  // one step
        m_w->workspace.undoStack().undo();
        QVERIFY(m_w->workspace.assignment().empty());
    }
    void ontoAHead() {
        QVERIFY(drag(sourceOf("mul8s_1L2H"), nodePoint("block1_qk/h2"), "drag-head"));
        QCOMPARE(acuAt("block1_qk/h2"), QString("mul8s_1L2H"));
        QCOMPARE(acuAt("block1_qk/h1"), QString("exact8s"));
    }
    void besideEverything() {
        QVERIFY(drag(sourceOf("mul8s_1L2H"), m_w->window.mapToGlobal(QPoint(m_w->window.width() / 2, 10))));  // the menu bar
        QVERIFY(m_w->workspace.assignment().empty());
    }
    void cleanupTestCase() { m_w.reset(); }
};

QTEST_MAIN(TestDragReal)
#include "tst_drag_real.moc"
