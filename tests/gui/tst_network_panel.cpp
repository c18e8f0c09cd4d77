// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>

#include "tests/gui/network_bench.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

class TestNetworkPanel : public QObject {
    Q_OBJECT
private slots:
    void emptyPanelsSayWhatFillsThem() {
        Bench bench;
        QVERIFY(bench.network->findChild<QLabel*>()->text().contains("Open a project"));
        QVERIFY(!bench.view->isVisible());
        bench.network->grab();
        QVERIFY(bench.open());
        QVERIFY(bench.view->isVisible());
        bench.workspace.close();
        QVERIFY(!bench.view->isVisible());
        QCOMPARE(bench.table->model()->rowCount(), 0);
    }

    void tableShowsSites() {
        Bench bench;
        QAbstractItemModelTester source(bench.network->findChild<SiteModel*>(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester sorted(bench.table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(bench.open());
        QCOMPARE(bench.table->model()->rowCount(), 10 + 4 * 4);
        QCOMPARE(bench.cell("patch_embed", SiteModel::Type), QString("Conv"));
        QCOMPARE(bench.cell("patch_embed", SiteModel::Macs), QLocale().toString(2304));  // 16 x 4 x 4 outputs, 9 products each
        QCOMPARE(bench.cell("patch_embed", SiteModel::OutputShape), QString("16 × 4 × 4"));
        QCOMPARE(bench.cell("block1_qk/h2", SiteModel::Macs), QLocale().toString(1024));
        QCOMPARE(bench.cell("patch_embed", SiteModel::AcuName), QString("exact8s"));
        QCOMPARE(bench.cell("patch_embed", SiteModel::Bits), QString("8 × 8 signed"));
        // All exact: the shares are those of the MACs, 54,016 in all.
        QCOMPARE(bench.cell("patch_embed", SiteModel::Share), QLocale().toString(100 * 2304 / 54016.0, 'f', 1) + " %");
        QAction* heads = bench.action("showHeads");
        heads->trigger();
        QCOMPARE(bench.table->model()->rowCount(), 10);
        bench.table->sortByColumn(SiteModel::Macs, Qt::DescendingOrder);
        QCOMPARE(bench.table->visibleSites().first(), QString("block1_qkv"));
        QCOMPARE(bench.table->visibleSites().last(), QString("patch_embed"));
        bench.table->sortByColumn(-1, Qt::AscendingOrder);
        QCOMPARE(bench.table->visibleSites().first(), QString("patch_embed"));
        QVERIFY(bench.table->csv().startsWith("Site,Type,Output,MACs,Power share,ACU,Bits,Sensitivity\npatch_embed,Conv,16 × 4 × 4,2304,0.0426"));
    }

    void dropOnNodeHeadAndRow() {
        Bench bench;
        QVERIFY(bench.open());
        const auto data = drag({"mul8s_1L2H"});
        QVERIFY(dragTo(bench.view, bench.pointOf("patch_embed"), data.get()).dropped);
        QCOMPARE(bench.workspace.acuAt("patch_embed"), QString("mul8s_1L2H"));
        QVERIFY(dragTo(bench.view, bench.pointOf("block1_qk/h2"), data.get()).dropped);
        QCOMPARE(bench.workspace.acuAt("block1_qk/h2"), QString("mul8s_1L2H"));
        QCOMPARE(bench.workspace.acuAt("block1_qk/h1"), QString("exact8s"));
        QCOMPARE(bench.cell("block1_qk", SiteModel::AcuName), QString("mixed"));
        QVERIFY(dragTo(bench.table, bench.rowOf("head"), data.get()).dropped);
        QCOMPARE(bench.workspace.acuAt("head"), QString("mul8s_1L2H"));
        QCOMPARE(bench.scene->itemOf("head")->body().acu, QString("mul8s_1L2H"));
        QCOMPARE(bench.scene->itemOf("head")->body().fill, Workspace::acuColour("mul8s_1L2H"));
        QCOMPARE(bench.workspace.undoStack().count(), 3);
        bench.workspace.undoStack().undo();
        QCOMPARE(bench.workspace.acuAt("head"), QString("exact8s"));
        QCOMPARE(bench.scene->itemOf("head")->body().acu, QString("exact8s"));
    }

    void dropOnSelectionIsOneStep() {
        Bench bench;
        QVERIFY(bench.open());
        const QStringList three{"block1_qkv", "block2_qkv", "block2_av/h0"};
        bench.select(three);
        QVERIFY(dragTo(bench.view, bench.pointOf("block2_qkv"), drag({"mul8s_1KV9"}).get()).dropped);
        for (const QString& site : three) QCOMPARE(bench.workspace.acuAt(site), QString("mul8s_1KV9"));
        QCOMPARE(bench.workspace.undoStack().count(), 1);
        // A row outside the selection: that row alone.
        QVERIFY(dragTo(bench.table, bench.rowOf("head"), drag({"mul8s_1L2L"}).get()).dropped);
        QCOMPARE(bench.workspace.acuAt("head"), QString("mul8s_1L2L"));
        QCOMPARE(bench.workspace.acuAt("block1_qkv"), QString("mul8s_1KV9"));
        bench.workspace.undoStack().undo();
        bench.workspace.undoStack().undo();
        QVERIFY(bench.workspace.assignment().empty());
    }

    void legalTargetsLightUpAndRefusalsExplain() {
        Bench bench;
        QVERIFY(bench.open());
        const auto legal = drag({"mul8s_1KV9"});
        DragResult result = dragTo(bench.view, bench.pointOf("head"), legal.get(), false);
        QVERIFY(result.entered && result.moved);
        QCOMPARE(bench.scene->itemOf("head")->body().drop, DropState::Target);
        QCOMPARE(bench.scene->itemOf("patch_embed")->body().drop, DropState::Legal);
        QVERIFY(bench.table->model()->index(0, 0).data(Qt::BackgroundRole).isValid());
        QDragLeaveEvent leave;
        QCoreApplication::sendEvent(bench.view->viewport(), &leave);
        QCOMPARE(bench.scene->itemOf("patch_embed")->body().drop, DropState::None);
        QVERIFY(!bench.table->model()->index(0, 0).data(Qt::BackgroundRole).isValid());

        const auto wide = drag({"exact:bits=24"});  // families end at 16 bits
        result = dragTo(bench.table, bench.rowOf("head"), wide.get());
        QVERIFY(result.entered && !result.moved && !result.dropped);
        QVERIFY2(bench.status().contains("24"), qPrintable(bench.status()));
        QVERIFY(bench.workspace.assignment().empty());
        bench.view->fit();
        QVERIFY(!dragTo(bench.view, bench.view->mapFromScene(bench.scene->nodes().front()->pos()), legal.get()).dropped);  // the input

        QMimeData text;
        text.setText("mul8s_1KV9");
        QVERIFY(!dragTo(bench.view, QPoint(5, 5), &text).entered);
        QMimeData broken;
        broken.setData(QLatin1String(kAcuMimeType), "{[");
        QVERIFY(!dragTo(bench.view, QPoint(5, 5), &broken).entered);
    }

    void severalAcusAsk() {
        Bench bench;
        QVERIFY(bench.open());
        QVERIFY(dragTo(bench.view, bench.pointOf("head"), drag({"mul8s_1KV9", "mul8s_1L2L"}).get()).dropped);
        auto* menu = bench.view->viewport()->findChild<QMenu*>("chooseAcu");
        QVERIFY(menu);
        QVERIFY(bench.workspace.assignment().empty());
        menu->actions().at(1)->trigger();
        QCOMPARE(bench.workspace.acuAt("head"), QString("mul8s_1L2L"));
        menu->close();
    }

    void selectionIsLinkedBothWays() {
        Bench bench;
        QVERIFY(bench.open());
        QTest::mouseClick(bench.view->viewport(), Qt::LeftButton, Qt::NoModifier, bench.pointOf("block1_qk/h3"));
        QCOMPARE(bench.workspace.selection().sites(), QStringList{"block1_qk/h3"});
        QCOMPARE(bench.table->selectedSites(), QStringList{"block1_qk/h3"});
        QTest::mouseClick(bench.view->viewport(), Qt::LeftButton, Qt::ControlModifier, bench.pointOf("head"));
        QCOMPARE(bench.workspace.selection().sites(), QStringList({"block1_qk/h3", "head"}));
        QVERIFY(bench.scene->itemOf("head")->body().selected);
        QVERIFY(bench.scene->itemOf("block1_qk")->head(3).selected && !bench.scene->itemOf("block1_qk")->body().selected);
        QTest::mouseClick(bench.table->viewport(), Qt::LeftButton, Qt::NoModifier, bench.rowOf("block2_proj"));
        QCOMPARE(bench.workspace.selection().sites(), QStringList{"block2_proj"});
        QVERIFY(bench.scene->itemOf("block2_proj")->body().selected);
        bench.select({"block1_proj", "patch_embed"});
        QCOMPARE(bench.table->selectedSites(), QStringList({"patch_embed", "block1_proj"}));
        bench.view->setFocus();
        QTest::keyClick(bench.view, Qt::Key_Escape);
        QVERIFY(bench.workspace.selection().sites().isEmpty());
        QTest::keyClick(bench.view, Qt::Key_Down);
        QTest::keyClick(bench.view, Qt::Key_Down);
        QCOMPARE(bench.workspace.selection().sites(), QStringList{"block1_qkv"});
    }

    void assignResetFillCopyPaste() {
        Bench bench;
        QVERIFY(bench.open());
        bench.select({"block1_qkv"});
        bench.table->setFocus();
        bench.action("assignSites")->trigger();
        auto* dialog = bench.network->findChild<QDialog*>("assignDialog");
        QVERIFY(dialog && !dialog->isModal());
        QPointer<QDialog> alive(dialog);
        auto* assign = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        auto* filter = dialog->findChild<QLineEdit*>();
        filter->setText("exact:bits=24");
        QVERIFY(!assign->isEnabled());
        filter->setText("exact:bits=12");
        QVERIFY(assign->isEnabled());
        filter->setText("1L2L");
        QVERIFY(assign->isEnabled());
        QTest::keyClick(filter, Qt::Key_Return);
        QCOMPARE(bench.workspace.acuAt("block1_qkv"), QString("mul8s_1L2L"));
        QTRY_VERIFY(!alive);

        bench.select({"block1_qkv", "block2_qkv", "head"});
        bench.action("fillDown")->trigger();
        QCOMPARE(bench.workspace.acuAt("head"), QString("mul8s_1L2L"));
        QCOMPARE(bench.workspace.undoStack().count(), 2);
        bench.select({"head"});
        bench.action("resetSites")->trigger();
        QCOMPARE(bench.workspace.acuAt("head"), QString("exact8s"));

        // A node whose heads differ is copied head by head.
        bench.workspace.assign({"block1_qk/h1"}, "mul8s_1KV9");
        bench.select({"block1_qk"});
        bench.action("copyAssignment")->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString("block1_qk\texact8s mul8s_1KV9 exact8s exact8s"));
        bench.select({"block2_av"});
        const int steps = bench.workspace.undoStack().count();
        bench.action("pasteAssignment")->trigger();
        QCOMPARE(bench.workspace.acuAt("block2_av/h1"), QString("mul8s_1KV9"));
        QCOMPARE(bench.workspace.acuAt("block2_av/h0"), QString("exact8s"));
        QCOMPARE(bench.workspace.undoStack().count(), steps + 1);
        bench.select({"head"});
        bench.action("pasteAssignment")->trigger();  // has no heads
        QCOMPARE(bench.workspace.undoStack().count(), steps + 1);
        QVERIFY(bench.status().contains("do not fit"));

        bench.action("selectAllSites")->trigger();
        QCOMPARE(bench.workspace.selection().sites().size(), 10);
        bench.action("resetSites")->trigger();
        QVERIFY(bench.workspace.assignment().empty());
    }

    /// Channel groups take ACUs of their own, as heads do.
    void channelGroupsTakeAcus() {
        Graph graph = longGraph(2);
        defineParts(graph, {4, false});
        Bench bench(openerOf(graph));
        QVERIFY(bench.open());
        QCOMPARE(bench.workspace.leaves().size(), std::size_t{16});
        QVERIFY(dragTo(bench.view, bench.pointOf("stage0_fc2/g1"), drag({"mul8s_1L2L"}).get()).dropped);
        QVERIFY(dragTo(bench.table, bench.rowOf("stage0_fc2/g3"), drag({"mul8s_1KV9"}).get()).dropped);
        QCOMPARE(bench.workspace.assignment(), (Assignment{{"stage0_fc2/g1", "mul8s_1L2L"}, {"stage0_fc2/g3", "mul8s_1KV9"}}));
        QCOMPARE(bench.workspace.acuAt("stage0_fc2"), QString("mixed"));
        QCOMPARE(bench.cell("stage0_fc2", SiteModel::AcuName), QString("mixed"));
        QCOMPARE(bench.scene->itemOf("stage0_fc2")->head(1).acu, QString("mul8s_1L2L"));
        bench.select({"stage0_fc2"});
        bench.action("copyAssignment")->trigger();
        bench.select({"stage1_fc1"});
        bench.action("pasteAssignment")->trigger();
        QCOMPARE(bench.workspace.acuAt("stage1_fc1/g3"), QString("mul8s_1KV9"));
        // An ACU at the layer replaces those of its groups; exact at one group stands beside it.
        bench.workspace.assign({"stage0_fc2"}, "mul8s_1L2H");
        QCOMPARE(bench.workspace.acuAt("stage0_fc2/g1"), QString("mul8s_1L2H"));
        bench.workspace.assign({"stage0_fc2/g0"}, "exact8s");
        QCOMPARE(bench.workspace.acuAt("stage0_fc2/g0"), QString("exact8s"));
        QCOMPARE(bench.workspace.acuAt("stage0_fc2"), QString("mixed"));
    }

    void shortcutsWork() {
        Bench bench;
        QVERIFY(bench.open());
        bench.network->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(bench.network.get()));
        bench.table->setFocus();
        QTest::keyClick(bench.table, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(bench.workspace.selection().sites().size(), 10);
        bench.workspace.assign({"head"}, "mul8s_1KV9");
        QTest::keyClick(bench.table, Qt::Key_Delete);
        QCOMPARE(bench.workspace.acuAt("head"), QString("exact8s"));
        QTest::keyClick(bench.table, Qt::Key_F, Qt::ControlModifier);
        auto* search = bench.network->findChild<QLineEdit*>("networkSearch");
        QVERIFY(search->hasFocus());
        QTest::keyClicks(search, "block2_proj");
        const QPoint hit = bench.view->mapFromScene(bench.scene->itemOf("block2_proj")->pos());
        QVERIFY((hit - bench.view->viewport()->rect().center()).manhattanLength() <= 4);
        QTest::keyClick(search, Qt::Key_A, Qt::ControlModifier);  // of the text, not of the sites
        QCOMPARE(search->selectedText(), QString("block2_proj"));
        QTest::keyClick(search, Qt::Key_Escape);
        QVERIFY(bench.view->hasFocus());
    }

    void wheelZoomsAtThePointer() {
        Bench bench;
        QVERIFY(bench.open());
        bench.view->fit();
        const QPoint at(200, 150);
        const QPointF before = bench.view->mapToScene(at);
        const double zoom = bench.view->zoom();
        QWheelEvent wheel(at, bench.view->viewport()->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(bench.view->viewport(), &wheel);
        QVERIFY(bench.view->zoom() > zoom * 1.3);
        const QPointF off = bench.view->mapToScene(at) - before;
        QVERIFY2(off.manhattanLength() * bench.view->zoom() < 3, qPrintable(QString("%1 %2").arg(off.x()).arg(off.y())));
        // Dragging pans and does not select.
        const QPointF held = bench.view->mapToScene(QPoint(300, 200));
        QTest::mousePress(bench.view->viewport(), Qt::LeftButton, Qt::NoModifier, QPoint(300, 200));
        for (const QPoint& place : {QPoint(320, 210), QPoint(360, 240)}) {
            QMouseEvent move(QEvent::MouseMove, place, bench.view->viewport()->mapToGlobal(place), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(bench.view->viewport(), &move);
        }
        QTest::mouseRelease(bench.view->viewport(), Qt::LeftButton, Qt::NoModifier, QPoint(360, 240));
        QVERIFY((bench.view->mapFromScene(held) - QPoint(360, 240)).manhattanLength() <= 2);
        QVERIFY(bench.workspace.selection().sites().isEmpty());
    }

    void blocksCollapseAndTakeDrops() {
        Bench bench;
        QVERIFY(bench.open());
        const std::size_t all = bench.scene->nodes().size();
        bench.action("collapseBlocks")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(bench.scene->nodes().size() < all && !bench.scene->building(), 8000);
        NodeItem* block = bench.scene->itemOf("block1_qkv");
        QCOMPARE(block->box().title, QString("block1"));
        QVERIFY(dragTo(bench.view, bench.pointOf("block1_qkv"), drag({"mul8s_1KV9"}).get()).dropped);
        for (const char* site : {"block1_qkv", "block1_qk", "block1_av", "block1_proj"}) QCOMPARE(bench.workspace.acuAt(site), QString("mul8s_1KV9"));
        QCOMPARE(bench.workspace.undoStack().count(), 1);
        QCOMPARE(block->body().acu, QString("mul8s_1KV9"));
        QTest::mouseDClick(bench.view->viewport(), Qt::LeftButton, Qt::NoModifier, bench.pointOf("block1_qkv"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.scene->building() && bench.scene->itemOf("block1_qkv") && bench.scene->itemOf("block1_qkv")->box().title == "block1_qkv", 8000);
    }

    void coloursFollowTheChoice() {
        Bench bench;
        QVERIFY(bench.open());
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        auto* combo = bench.network->findChild<QComboBox*>("networkColour");
        combo->setCurrentIndex(1);
        QCOMPARE(bench.scene->itemOf("block1_qkv")->body().fill, scaleColour(1));  // most MACs
        QVERIFY(bench.scene->itemOf("head")->body().fill != scaleColour(1));
        combo->setCurrentIndex(2);
        QCOMPARE(bench.scene->itemOf("block1_qkv")->body().fill, scaleColour(1));
        const auto figures = NetworkFigures::of(bench.workspace);
        double sum = 0;
        for (const Site& leaf : bench.workspace.leaves()) sum += *figures.sites.value(QString::fromStdString(leaf.id)).share;
        QVERIFY(std::abs(sum - 1) < 1e-12);
        // An ACU without a power figure makes all shares unknown rather than wrong.
        bench.workspace.assign({"head"}, "trunc:bits=8:a=2:b=1");
        QVERIFY(!NetworkFigures::of(bench.workspace).sites.value("patch_embed").share);
        QCOMPARE(bench.cell("patch_embed", SiteModel::Share), QString("–"));
    }

    void figuresAgreeWithTheWorkspace() {
        Bench bench;
        QVERIFY(bench.open());
        bench.workspace.assign({"block1_qk"}, "mul8s_1KV9");
        bench.workspace.assign({"block1_qk/h1", "block2_av/h0", "block2_av/h1", "block2_av/h2", "block2_av/h3"}, "mul8s_1L2L");
        const auto figures = NetworkFigures::of(bench.workspace);
        for (const auto* list : {&bench.workspace.nodeSites(), &bench.workspace.leaves()})
            for (const Site& site : *list) {
                const QString id = QString::fromStdString(site.id);
                QCOMPARE(figures.sites.value(id).acu, bench.workspace.acuAt(id));
                QCOMPARE(figures.sites.value(id).macs, site.macs);
            }
        QVERIFY(figures.sites.value("block1_qk").mixed && !figures.sites.value("block2_av").mixed);
    }

    void largeNetworkDoesNotStall() {
        Bench bench(openerOf(longGraph(300)));  // 1,202 boxes when open
        test::Watchdog watchdog;
        QVERIFY(bench.open());
        QCOMPARE(bench.scene->nodes().size(), std::size_t(302));  // opens collapsed
        bench.action("collapseBlocks")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(bench.scene->nodes().size() == 1202 && !bench.scene->building(), 15000);
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void pictures() {
        const QString folder = qEnvironmentVariable("AXP_PICTURES");
        if (folder.isEmpty()) QSKIP("AXP_PICTURES names no folder for pictures");
        const QPalette light = QApplication::palette();
        QPalette dark(QColor(0x2b, 0x2f, 0x36), QColor(0x23, 0x27, 0x2d));
        dark.setColor(QPalette::Base, QColor(0x1b, 0x1e, 0x23));
        dark.setColor(QPalette::AlternateBase, QColor(0x21, 0x25, 0x2b));
        for (const bool isDark : {false, true}) {
            QApplication::setPalette(isDark ? dark : light);
            const QString name = folder + (isDark ? "/dark-" : "/light-");
            Bench bench;
            QTest::qWait(50);
            bench.network->grab().save(name + "empty.png");
            QVERIFY(bench.open());
            bench.workspace.assign({"patch_embed", "block1_qkv"}, "mul8s_1KV9");
            bench.workspace.assign({"block1_qk/h1", "block2_qk/h3", "block2_proj"}, "mul8s_1L2L");
            bench.workspace.assign({"head", "block2_av"}, "mul8s_1L2H");
            bench.select({"block1_qkv", "block1_qk/h2"});
            QTest::qWait(200);
            bench.network->grab().save(name + "network.png");
            bench.select({"patch_embed"});
            QTest::qWait(300);
            bench.inspector->grab().save(name + "inspector.png");
            dragTo(bench.view, bench.pointOf("block1_qk/h2"), drag({"mul8s_1KV6"}).get(), false);
            QTest::qWait(50);
            bench.network->grab().save(name + "drag.png");
            QDragLeaveEvent leave;
            QCoreApplication::sendEvent(bench.view->viewport(), &leave);
            bench.network->findChild<QComboBox*>("networkColour")->setCurrentIndex(1);
            bench.view->fit();
            bench.network->grab().save(name + "fit.png");
            bench.action("collapseBlocks")->trigger();
            QTRY_VERIFY_WITH_TIMEOUT(bench.scene->nodes().size() < 12 && !bench.scene->building(), 8000);
            bench.network->grab().save(name + "collapsed.png");
            bench.action("assignSites")->trigger();
            QTest::qWait(50);
            bench.network->findChild<QDialog*>("assignDialog")->grab().save(name + "assign.png");
        }
        QApplication::setPalette(light);
    }
};

QTEST_MAIN(TestNetworkPanel)
#include "tst_network_panel.moc"
