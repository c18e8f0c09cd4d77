// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include <cmath>

#include "search/algorithm.h"
#include "tests/gui/search_bench.h"
#include "tests/support/stopwatch.h"
#include "tests/support/watchdog.h"
#include "ui/panels/front/front_view.h"
#include "ui/panels/front/front_widget.h"
#include "ui/panels/search/search_dialog.h"
#include "ui/panels/search/search_widget.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/parameter_form.h"

using namespace axp;
using namespace axp::ui;

class TestSearchPanel : public test::SearchBench {
    Q_OBJECT
private slots:

    void saysWhatFillsIt() {
        show();
        QVERIFY(m_panel->emptyState()->isVisible());
        QCOMPARE(m_panel->emptyState()->title(), QString("No project is open"));
        open();
        QCOMPARE(m_panel->emptyState()->title(), QString("No search yet"));
        picture(*m_panel, "search-empty");
        for (auto* button : m_panel->emptyState()->findChildren<QPushButton*>()) QVERIFY(button->isVisible() && button->isEnabled());
    }

    void oneClickStartsADrawnSearch() {
        show();
        open(1);
        auto* start = m_panel->emptyState()->findChildren<QPushButton*>().front();
        QCOMPARE(start->text(), QString("Start search"));
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_panel->run() != 0 && points(*m_panel->rewards()) > 20, 20000);
        QVERIFY(!m_panel->emptyState()->isVisible());
        QVERIFY(m_workspace->calibrated());  // the search did that first
        // What is drawn, counted and kept is what the search did so far.
        QVERIFY2(m_panel->countersText().contains("of 2,000 evaluations"), qPrintable(m_panel->countersText()));
        QVERIFY(m_workspace->evaluations().size() > 20);
        QVERIFY(points(*m_panel->hypervolumes()) > 0);
        QVERIFY(m_panel->actionsPlot()->series().size() >= 3);
        picture(*m_panel, "search-running");
        QTest::mouseClick(m_panel.get(), Qt::LeftButton);
        action("Cancel")->trigger();
        QTRY_COMPARE(jobs().active(), 0);
    }

    void theMonitorShowsTheFiguresOfTheRun() {
        show();
        open();
        center().start(settings(600));
        finish();
        const qint64 run = m_panel->run();
        const auto trace = center().trace(run);
        QVERIFY(trace && trace->steps.size() == 600);
        QVERIFY(trace->scored && trace->probes.size() > 10);
        // The same as the database tells afterwards.
        auto store = Store::open(m_workspace->project().databasePath(), Store::Mode::ReadOnly);
        QVERIFY(store.ok());
        const auto stored = (*store)->steps(run);
        QVERIFY(stored.ok());
        QCOMPARE(stored->size(), trace->steps.size() + trace->probes.size());
        QCOMPARE(stored->back().value, trace->steps.back().value);
        const auto power = [&](const Assignment& assignment) -> std::optional<double> {
            const auto perLeaf = resolveAssignment(assignment, m_workspace->graph(), m_workspace->library());
            return perLeaf.ok() ? relativePower(*perLeaf, m_workspace->leaves(), m_workspace->project().referencePowerMw) : std::nullopt;
        };
        const auto again = traceOfRun(trace->info, *stored, power, std::nullopt);
        QVERIFY(again.ok());
        QCOMPARE(again->steps.back().hypervolume, trace->steps.back().hypervolume);
        QCOMPARE(again->steps.back().front, trace->steps.back().front);
        QCOMPARE(again->fresh, trace->fresh);
        QCOMPARE(again->computed, trace->computed);
        QCOMPARE(again->tree.size(), trace->tree.size());
        // Plots: all steps, areas that only grow, actions whose visits add up.
        const auto& rewards = m_panel->rewards()->series();
        QCOMPARE(rewards.size(), std::size_t(3));
        for (const PlotSeries& series : rewards) QCOMPARE(series.x.size(), 600);
        QCOMPARE(rewards[0].y[599], trace->steps[599].value);
        QCOMPARE(rewards[1].y[599], trace->steps[599].best);
        QCOMPARE(rewards[2].y[599], trace->steps[599].mean);
        const auto& areas = m_panel->hypervolumes()->series().front().y;
        QVERIFY(std::is_sorted(areas.begin(), areas.end()) && areas.back() > 0);
        qsizetype visits = 0;
        for (const PlotSeries& series : m_panel->actionsPlot()->series()) {
            visits += series.x.size();
            QCOMPARE(series.colour, Workspace::acuColour(series.name));
        }
        QCOMPARE(visits, 600);
        // Every design of the run is in the workspace: the different ones, the probes and the exact one.
        QCOMPARE(m_workspace->evaluations().size(), static_cast<std::size_t>((*store)->countEvaluations().value()));
        // The table and the other tabs.
        m_panel->tabs()->setCurrentIndex(3);
        QCOMPARE(m_panel->steps().rowCount(), 600);
        const std::string table = stepTable(*trace, ',');
        QCOMPARE(std::count(table.begin(), table.end(), '\n'), 601);
        m_panel->tabs()->setCurrentIndex(2);
        QCOMPARE(points(*m_panel->predictor()), static_cast<qsizetype>(trace->fresh));
        QVERIFY(m_panel->predictor()->xAxis->label().contains("rank correlation"));
        picture(*m_panel, "search-predictor");
        m_panel->tabs()->setCurrentIndex(0);
        picture(*m_panel, "search-finished");
    }

    void theWindowAnswersWhileASearchFloodsIt() {
        show();
        FrontWidget front(*m_workspace);
        front.resize(700, 500);
        front.show();
        open();
        QTest::qWait(300);  // first layout and painting
        test::Watchdog watchdog;
        center().start(settings(5000));
        for (int tab = 0; m_panel->run() == 0 || center().jobOf(m_panel->run()); ++tab) {
            QTest::qWait(150);
            m_panel->tabs()->setCurrentIndex(tab % m_panel->tabs()->count());
            QVERIFY(tab < 400);
        }
        finish();
        QCOMPARE(steps(m_panel->run()), std::size_t(5000));
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void pausesContinuesAndLetsAnEvaluationPass() {
        show();
        open(2);
        const quint64 job = center().start(settings(5000));
        QTRY_VERIFY(steps(m_panel->run()) > 5);
        // An evaluation of the current assignment does not wait for the search to end.
        m_workspace->assign({"head"}, "mul8s_1L2L");
        m_workspace->assign({"block1_qkv"}, "mul8s_1KV9");
        m_workspace->evaluateCurrent(m_workspace->slice());
        QTRY_VERIFY(m_workspace->currentEvaluation().has_value());
        QCOMPARE(jobs().job(job).state, JobState::Running);
        QTRY_VERIFY(action("Pause")->isEnabled());
        action("Pause")->trigger();
        QTRY_COMPARE(jobs().job(job).hold, JobView::Hold::Paused);
        QTest::qWait(150);
        const std::size_t before = steps(m_panel->run());
        QTest::qWait(150);
        QCOMPARE(steps(m_panel->run()), before);
        QTRY_VERIFY2(m_panel->countersText().contains("paused"), qPrintable(m_panel->countersText()));
        QVERIFY(action("Continue"));
        action("Continue")->trigger();
        QTRY_VERIFY(steps(m_panel->run()) > before + 5);
        jobs().cancel(job);
        QTRY_COMPARE(jobs().active(), 0);
    }

    void cancelsAtOnceAndResumesToTheSameEnd() {
        show();
        open(1);
        const quint64 job = center().start(settings(250));
        QTRY_VERIFY(steps(m_panel->run()) > 20);
        const test::Stopwatch stopwatch;
        action("Cancel")->trigger();
        AXP_VERIFY_CANCELLED_SOON(stopwatch, jobs().job(job).state == JobState::Cancelled);
        finish();
        const qint64 run = m_panel->run();
        const std::size_t kept = steps(run);
        QVERIFY(kept > 20 && kept < 250);
        QTRY_VERIFY(action("Resume run")->isEnabled());
        action("Resume run")->trigger();
        finish();
        QCOMPARE(m_panel->run(), run);
        QCOMPARE(steps(run), std::size_t(250));
        QVERIFY(!action("Resume run")->isEnabled());  // it is finished
        const auto resumed = center().trace(run);
        center().start(settings(250));  // the same seed without a break
        finish();
        QVERIFY(m_panel->run() != run);
        const auto whole = center().trace(m_panel->run());
        QCOMPARE(whole->steps.size(), resumed->steps.size());
        for (std::size_t i = 0; i < whole->steps.size(); ++i) {
            QCOMPARE(whole->steps[i].choice, resumed->steps[i].choice);
            QCOMPARE(whole->steps[i].value, resumed->steps[i].value);
            QCOMPARE(whole->steps[i].hypervolume, resumed->steps[i].hypervolume);
        }
    }

    void frozenItGathersAndCatchesUp() {
        show();
        open(1);
        center().start(settings(400));
        QTRY_VERIFY(points(*m_panel->rewards()) > 5);
        action("Freeze view")->trigger();
        QVERIFY(m_panel->frozen());
        const qsizetype drawn = points(*m_panel->rewards());
        const auto had = steps(m_panel->run());
        QTRY_VERIFY(steps(m_panel->run()) > had + 30);
        QCOMPARE(points(*m_panel->rewards()), drawn);
        QTRY_VERIFY2(m_panel->countersText().contains("view frozen"), qPrintable(m_panel->countersText()));
        finish();
        QCOMPARE(points(*m_panel->rewards()), drawn);
        action("Freeze view")->trigger();
        QCOMPARE(points(*m_panel->rewards()), 400);
    }

    void runsAreOverlaidInTheirColours() {
        show();
        open();
        center().start(settings(100));
        finish();
        const qint64 first = m_panel->run();
        center().start(settings(100, "random"));
        finish();
        const qint64 second = m_panel->run();
        QVERIFY(first != second && SearchCenter::runColour(first) != SearchCenter::runColour(second));
        QCOMPARE(m_panel->runs().rowCount(), 2);
        QCOMPARE(m_panel->hypervolumes()->series().size(), std::size_t(2));
        QCOMPARE(m_panel->hypervolumes()->series()[1].colour, SearchCenter::runColour(first));
        QCOMPARE(m_panel->rewards()->series().size(), std::size_t(3));  // rewards are not drawn over accuracies
        // The second has no rewards of its own: accuracy stands in.
        QCOMPARE(m_panel->rewards()->yAxis->label(), QString("Accuracy"));
        // Not drawn any more once its tick is gone; the list is the one of the database.
        const int row = m_panel->runs().rowOf(first);
        QVERIFY(m_panel->runs().setData(m_panel->runs().index(row, 0), Qt::Unchecked, Qt::CheckStateRole));
        QTRY_COMPARE(m_panel->hypervolumes()->series().size(), std::size_t(1));
        m_panel->focusRun(first);
        QTRY_COMPARE(m_panel->rewards()->yAxis->label(), QString("Reward"));
        picture(*m_panel, "search-overlay");
        // Opened again, everything comes from the database.
        const double area = center().trace(first)->steps.back().hypervolume;
        m_workspace->close();
        QVERIFY(!center().trace(first));
        m_workspace->open(project());
        QTRY_COMPARE(m_panel->runs().rowCount(), 2);
        QTRY_COMPARE(m_panel->run(), second);
        m_panel->focusRun(first);
        QTRY_COMPARE(steps(first), std::size_t(100));
        QCOMPARE(center().trace(first)->steps.back().hypervolume, area);
    }

    void theTreeIsSortedAndGrows() {
        QAbstractItemModelTester tester(&m_panel->tree(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester runsTester(&m_panel->runs(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester stepsTester(&m_panel->steps(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        show();
        m_panel->tabs()->setCurrentIndex(1);
        open();
        center().start(settings(500));
        QTreeView& view = *m_panel->treeView();
        TreeModel& tree = m_panel->tree();
        while (m_panel->run() == 0 || center().jobOf(m_panel->run())) {  // grows under expanded rows
            QTest::qWait(40);
            view.expandToDepth(1);
        }
        finish();
        const auto check = [&](const QModelIndex& parent, const auto& self) -> qint64 {
            qint64 sum = 0, before = std::numeric_limits<qint64>::max();
            for (int row = 0; row < tree.rowCount(parent); ++row) {
                const qint64 visits = QLocale().toLongLong(tree.index(row, TreeModel::kVisits, parent).data().toString());
                if (visits > before) QTest::qFail("not sorted by visits", __FILE__, __LINE__);
                before = visits;
                sum += visits;
                const QModelIndex child = tree.index(row, 0, parent);
                if (tree.rowCount(child) > 0 && self(child, self) > visits)
                    QTest::qFail("children have more visits than their parent", __FILE__, __LINE__);
            }
            return sum;
        };
        QCOMPARE(check({}, check), 500);
        // "Show best path" expands along the most visited nodes, as deep as the tree's principal path.
        action("Show best path")->trigger();
        const auto principal = center().trace(m_panel->run())->tree.principalPath();
        QVERIFY(principal.size() >= 2);
        QCOMPARE(tree.bestPath().size(), principal.size());
        for (QModelIndex at = view.currentIndex().parent(); at.isValid(); at = at.parent()) QVERIFY(view.isExpanded(at));
        // Expanding a row goes on along its first child.
        view.collapseAll();
        const QModelIndex second = tree.index(1, 0);
        if (tree.hasChildren(second)) {
            view.expand(second);
            QVERIFY(tree.rowCount(second) > 0);
            if (tree.hasChildren(tree.index(0, 0, second))) QVERIFY(view.isExpanded(tree.index(0, 0, second)));
        }
        picture(*m_panel, "search-tree");
    }

    void aStepIsOpenedAsAssignment() {
        show();
        open();
        center().start(settings(50));
        finish();
        m_panel->tabs()->setCurrentIndex(3);
        auto* table = m_panel->findChild<QTableView*>();
        for (auto* view : m_panel->findChildren<QTableView*>())
            if (view->model() == &m_panel->steps()) table = view;
        table->setCurrentIndex(m_panel->steps().index(20, 0));
        QVERIFY(action("Open step as assignment")->isEnabled());
        action("Open step as assignment")->trigger();
        QCOMPARE(m_workspace->assignment(), m_panel->steps().assignment(20));
        QVERIFY(m_workspace->currentEvaluation().has_value());
        QCOMPARE(m_workspace->currentEvaluation()->metric, center().trace(m_panel->run())->steps[20].metric);
        m_workspace->undoStack().undo();
        QVERIFY(m_workspace->assignment().empty());
    }

};

QTEST_MAIN(TestSearchPanel)
#include "tst_search_panel.moc"
