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

/// What a search is started with, and what becomes of its front.
class TestSearchStart : public test::SearchBench {
    Q_OBJECT
private slots:
    void theDialogMakesSettingsAndTheirCommand() {
        show();
        open();
        m_workspace->selection().setSites({"head", "block1_qk"});
        SearchDialog* dialog = m_panel->showOptions();
        QVERIFY(dialog && dialog->isVisible() && !dialog->isModal());
        QCOMPARE(dialog->problem(), QString());
        SearchSettings got = dialog->settings();
        const QString base = "axplorer-cli search " + shellQuoted(project());
        QCOMPARE(searchCommand(got, m_workspace->project()), base + " --algorithm mcts-thesis --budget 2000 --seed 1 --samples 128");
        const auto child = [&](const QString& name) {
            for (auto* widget : dialog->findChildren<QWidget*>())
                if (widget->accessibleName() == name) return widget;
            return static_cast<QWidget*>(nullptr);
        };
        qobject_cast<QSpinBox*>(child("Evaluations"))->setValue(300);
        qobject_cast<QSpinBox*>(child("Samples"))->setValue(64);
        qobject_cast<QComboBox*>(child("Which sites"))->setCurrentIndex(1);
        auto* form = dialog->findChild<ParameterForm*>();
        auto* lambda = qobject_cast<QDoubleSpinBox*>(form->editor("lambda"));
        QCOMPARE(lambda->minimum(), 0.0);
        QCOMPARE(lambda->maximum(), 10.0);
        lambda->setValue(0.5);
        got = dialog->settings();
        QCOMPARE(got.problem.sites.size(), std::size_t(2));
        QCOMPARE(std::get<double>(got.parameters.at("lambda")), 0.5);
        QCOMPARE(got.parameters.size(), std::size_t(1));  // the others stand at their defaults
        QCOMPARE(searchCommand(got, m_workspace->project()),
                 base + " --algorithm mcts-thesis --budget 300 --seed 1 --samples 64 --sites head,block1_qk --param lambda=0.5");
        picture(*dialog, "search-dialog");
        // What cannot be searched is said, and not started.
        auto* acus = qobject_cast<QListWidget*>(child("Candidate multipliers"));
        for (int row = 0; row < acus->count(); ++row)
            if (acus->item(row)->flags() & Qt::ItemIsUserCheckable) acus->item(row)->setCheckState(Qt::Unchecked);
        QVERIFY2(dialog->problem().contains("at least one multiplier"), qPrintable(dialog->problem()));
        QVERIFY(!dialog->startButton()->isEnabled());
        for (int row = 0; row < acus->count(); ++row)
            if (acus->item(row)->data(Qt::UserRole).toString() == "mul8s_1L2H") acus->item(row)->setCheckState(Qt::Checked);
        QCOMPARE(dialog->problem(), QString());
        // Another algorithm brings other parameters.
        qobject_cast<QComboBox*>(child("Algorithm"))->setCurrentText("random");
        QVERIFY(form->values().empty());
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
        finish();
        const auto trace = center().trace(m_panel->run());
        QVERIFY(trace && !trace->scored);
        QCOMPARE(trace->sites.size(), std::size_t(5));  // the head and four heads of the product
        QCOMPARE(trace->info.budget, 300);
        QCOMPARE(QString::fromStdString(trace->slice), QString("fake:selection[0:64]"));
        QCOMPARE(m_workspace->slice().count, 64);
    }

    void badSearchesEndWithASentence() {
        open();
        QSignalSpy failed(m_workspace.get(), &Workspace::failed);
        SearchSettings bad = settings(10);
        bad.problem.acus = {kExactAcu};
        center().start(bad);
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY2(failed[0][0].toString().contains("single ACU"), qPrintable(failed[0][0].toString()));
        bad = settings(0);
        center().start(bad);
        QTRY_COMPARE(failed.size(), 2);
        bad = settings(10);
        bad.problem.sites = {"no_such_site"};
        center().start(bad);
        QTRY_COMPARE(failed.size(), 3);
        QVERIFY2(failed[2][0].toString().contains("no_such_site"), qPrintable(failed[2][0].toString()));
        bad = settings(10);
        bad.problem.acus = {kExactAcu, "mul8s_typo"};
        center().start(bad);
        QTRY_COMPARE(failed.size(), 4);
        QTRY_COMPARE(jobs().active(), 0);
        QVERIFY(center().activeJob() == 0);
    }

    void copiesTheRunningSearchAsCommand() {
        show();
        open(5);
        center().start(settings(77));
        action("Copy as command")->trigger();
        QCOMPARE(QApplication::clipboard()->text(),
                 "axplorer-cli search " + shellQuoted(project()) + " --algorithm mcts-thesis --budget 77 --seed 1 --samples 128");
        QTRY_VERIFY(m_panel->run() != 0);
        jobs().cancelAll();
        finish();
        const qint64 run = m_panel->run();
        const quint64 resumed = center().resume(run);
        QCOMPARE(jobs().job(resumed).command, QString("axplorer-cli search %1 --resume %2").arg(shellQuoted(project())).arg(run));
        jobs().cancelAll();
        finish();
    }

    void validatedDesignsStandBesideTheFront() {
        FrontWidget front(*m_workspace);
        front.resize(800, 560);
        front.show();
        show();
        open();
        center().start(settings(200));
        finish();
        QVERIFY(front.data().validated().empty());
        action("Validate front on the test set")->trigger();
        finish();
        const auto& validated = front.data().validated();
        QVERIFY(validated.size() >= 2);
        for (const auto& point : validated) {
            const Evaluation& evaluation = m_workspace->evaluations()[static_cast<std::size_t>(point.row)];
            QCOMPARE(evaluation.slice, std::string("fake:test[0:2000]"));
            QCOMPARE(evaluation.samples, 2000);
            QCOMPARE(evaluation.origin, std::string("validation"));
            QVERIFY(point.interval.low < evaluation.metric && evaluation.metric < point.interval.high);
            QVERIFY(point.interval.high - point.interval.low < 0.05);
        }
        QTRY_COMPARE(front.view()->validated().size(), validated.size());
        picture(front, "front-validated");
        // Everything was stored: again it costs nothing.
        const std::size_t before = m_workspace->evaluations().size();
        action("Validate front on the test set")->trigger();
        finish();
        QCOMPARE(m_workspace->evaluations().size(), before);
    }

    void aRunThatALivingProcessCarriesOutIsRefused() {
        open(1);
        center().start(settings(3000));
        QTRY_VERIFY(steps(center().latestRun()) > 3);
        const qint64 run = center().latestRun();
        QSignalSpy failed(m_workspace.get(), &Workspace::failed);
        // By another window: a second workspace on the same project.
        Workspace other(test::searchedOpener(m_milliseconds), QString());
        QSignalSpy refused(&other, &Workspace::failed);
        other.open(project());
        QTRY_VERIFY(other.isOpen());
        other.searches().resume(run);
        QTRY_COMPARE_WITH_TIMEOUT(refused.size(), 1, 20000);
        QVERIFY2(refused.first().first().toString().contains(QString::number(run)), qPrintable(refused.first().first().toString()));
        QCOMPARE(failed.size(), 0);
        jobs().cancelAll();
        QTRY_COMPARE(jobs().active(), 0);
    }
};

QTEST_MAIN(TestSearchStart)
#include "tst_search_start.moc"
