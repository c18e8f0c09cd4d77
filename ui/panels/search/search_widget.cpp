// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/search_widget.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QTreeView>

#include <cmath>

#include "core/eval/metrics.h"
#include "ui/panels/search/search_dialog.h"
#include "ui/panels/search/search_panel.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/empty_state.h"

namespace axp::ui {
namespace {

constexpr int kDrawMilliseconds = 67;       // 15 times a second
constexpr qint64 kRateMilliseconds = 8000;  // the rate is that of so long

bool isPaused(const JobView& job) { return job.hold == JobView::Hold::Asked || job.hold == JobView::Hold::Paused; }

QString runName(const RunTrace& trace) { return SearchWidget::tr("run %1").arg(trace.info.id); }

}  // namespace

SearchWidget::SearchWidget(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_center(workspace.searches()),
      m_runs(workspace.searches()) {
    setObjectName(QStringLiteral("searchPanel"));
    setAccessibleName(tr("Search"));
    buildActions();
    m_empty = new EmptyState;
    m_emptyStart = m_empty->addButton(tr("Start search"));
    m_emptyOptions = m_empty->addButton(tr("Options..."));
    m_stack = new QStackedWidget;
    m_stack->addWidget(m_empty);
    m_stack->addWidget(buildContent());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);

    m_timer.setSingleShot(true);
    m_timer.setInterval(kDrawMilliseconds);
    m_clock.start();
    connect(&m_timer, &QTimer::timeout, this, &SearchWidget::draw);
    connect(m_emptyStart, &QPushButton::clicked, this, &SearchWidget::startSearch);
    connect(m_emptyOptions, &QPushButton::clicked, this, &SearchWidget::showOptions);
    connect(&m_center, &SearchCenter::runsChanged, this, &SearchWidget::onRunsChanged);
    connect(&m_center, &SearchCenter::traceChanged, this, &SearchWidget::schedule);
    connect(&m_center, &SearchCenter::activeChanged, this, [this] {
        showEmptyState();
        updateActions();
        schedule();
    });
    connect(&m_center, &SearchCenter::runBegan, this, [this](qint64 run) {
        m_runs.setShown(run, true);
        focusRun(run);
    });
    connect(&m_runs, &RunListModel::shownChanged, this, [this] {
        for (const qint64 run : m_runs.shown()) m_center.load(run);
        schedule();
    });
    connect(&m_workspace.jobs(), &JobCenter::changed, this, [this](quint64 job) {
        if (job == m_center.jobOf(m_run) || job == m_center.activeJob()) schedule();
    });
    for (const auto signal : {&Workspace::opened, &Workspace::closed}) {
        connect(&m_workspace, signal, this, [this] {
            m_firstList = true;
            setFrozen(false);
            focusRun(0);
            showEmptyState();
        });
    }
    connect(&m_workspace, &Workspace::openingStarted, this, &SearchWidget::showEmptyState);
    connect(&m_workspace, &Workspace::failed, this, &SearchWidget::showEmptyState);
    showEmptyState();
    draw();
}

void SearchWidget::startSearch() {
    if (m_workspace.isOpen()) m_center.start(defaultSearch(m_workspace.project()));
}

SearchDialog* SearchWidget::showOptions() {
    if (!m_workspace.isOpen()) return nullptr;
    auto* dialog = new SearchDialog(m_workspace, defaultSearch(m_workspace.project()), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SearchDialog::startRequested, this, [this](const SearchSettings& settings) { m_center.start(settings); });
    dialog->show();  // not modal: one may look at the network meanwhile
    return dialog;
}

void SearchWidget::onRunsChanged() {
    if (m_workspace.isOpen() && m_firstList && !m_center.runs().empty()) {
        m_firstList = false;
        const qint64 newest = m_center.runs().front().id;
        m_runs.setShown(newest, true);
        focusRun(newest);
    }
    // The list may have been made anew: keep the row of the run in focus.
    if (const int row = m_runs.rowOf(m_run); row >= 0 && m_runsView->currentIndex().row() != row) m_runsView->selectRow(row);
    showEmptyState();
    schedule();
}

void SearchWidget::focusRun(qint64 run) {
    if (run == m_run) return schedule();
    m_run = run;
    m_samples.clear();
    if (run) m_center.load(run);
    if (const int row = m_runs.rowOf(run); row >= 0) m_runsView->selectRow(row);
    schedule();
}

void SearchWidget::setFrozen(bool frozen) {
    if (frozen == m_frozen) return;
    m_frozen = frozen;
    m_freeze->setChecked(frozen);
    draw();
}

void SearchWidget::schedule() {
    if (isVisible() && !m_timer.isActive()) m_timer.start();
}

void SearchWidget::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    draw();
}

void SearchWidget::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_stack) draw();  // some colours of lines follow the theme
}

std::vector<DrawnRun> SearchWidget::drawnRuns() const {
    std::vector<DrawnRun> drawn;
    const auto add = [&](qint64 run) {
        if (const auto trace = m_center.trace(run)) drawn.push_back({trace, runName(*trace), SearchCenter::runColour(run)});
    };
    if (m_run) add(m_run);
    for (const qint64 run : m_runs.shown())
        if (run != m_run) add(run);
    return drawn;
}

void SearchWidget::draw() {
    drawCounters();
    updateActions();
    if (m_frozen) return;
    const auto trace = m_center.trace(m_run);
    if (trace != m_drawn) {
        m_drawn = trace;
        m_tree.setTrace(trace);
        m_steps.setTrace(trace);
    }
    m_drawnSteps = trace ? trace->steps.size() : 0;
    drawPlots();
    if (m_tabs->currentWidget()->isAncestorOf(m_treeView)) m_tree.update();
    if (m_tabs->currentWidget()->isAncestorOf(m_stepsView)) m_steps.update();
}

void SearchWidget::drawPlots() {
    const std::vector<DrawnRun> runs = drawnRuns();
    const bool hasFocus = !runs.empty() && runs.front().trace == m_drawn && m_drawn;
    const std::string measured = m_workspace.isOpen() ? m_workspace.engine()->metricName() : "top1";
    const bool fraction = metricIsFraction(measured);
    const QString metric = measured == "top1" ? tr("Accuracy") : QString::fromStdString(metricTitle(measured));
    m_predictor->setPercent(false, fraction);
    if (m_rewards->isVisible()) {
        const bool scored = runs.empty() || runs.front().trace->steps.empty() || runs.front().trace->scored;
        m_rewards->setLabels(tr("Simulations"), scored ? tr("Reward") : metric);
        m_rewards->setPercent(false, !scored && fraction);
        m_rewards->setSeries(rewardSeries(runs, PlotTheme::of(palette())));
        m_actionsPlot->setSeries(hasFocus ? actionSeries(*m_drawn) : std::vector<PlotSeries>());
        m_hypervolumes->setSeries(hypervolumeSeries(runs));
    }
    if (m_predictor->isVisible()) {
        m_predictor->setSeries(predictorSeries(runs));
        const double correlation = hasFocus ? predictorCorrelation(*m_drawn) : std::nan("");
        m_predictor->setLabels(std::isnan(correlation)
                                   ? tr("RMSE of the logits")
                                   : tr("RMSE of the logits (rank correlation with accuracy %1)").arg(correlation, 0, 'f', 2),
                               metric);
    }
}

double SearchWidget::ratePerSecond(const RunTrace& trace, bool working) {
    const std::size_t steps = trace.steps.size();
    if (!working || m_sampled != &trace || (!m_samples.empty() && m_samples.back().steps > steps)) m_samples.clear();
    m_sampled = &trace;
    if (!working) return std::nan("");
    const qint64 now = m_clock.elapsed();
    m_samples.push_back({now, steps});
    while (m_samples.size() > 2 && now - m_samples.front().milliseconds > kRateMilliseconds) m_samples.pop_front();
    const double seconds = static_cast<double>(now - m_samples.front().milliseconds) / 1000;
    return seconds < 0.5 ? std::nan("") : static_cast<double>(steps - m_samples.front().steps) / seconds;
}

void SearchWidget::drawCounters() {
    const auto trace = m_center.trace(m_run);
    const quint64 job = m_center.jobOf(m_run) ? m_center.jobOf(m_run) : m_center.activeJob();
    const JobView view = job ? m_workspace.jobs().job(job) : JobView();
    const QLocale numbers;
    QStringList parts;
    if (trace && !trace->steps.empty()) {
        const bool mine = m_center.jobOf(m_run) != 0;
        const bool working = mine && view.state == JobState::Running && view.hold == JobView::Hold::None;
        const auto steps = static_cast<qlonglong>(trace->steps.size());
        parts << (trace->info.budget > 0 ? tr("%L1 of %L2 evaluations").arg(steps).arg(trace->info.budget)
                                         : tr("%L1 evaluations").arg(steps));
        parts << tr("%L1 different").arg(trace->fresh) << tr("%L1 computed").arg(trace->computed);
        if (const double rate = ratePerSecond(*trace, working); !std::isnan(rate))
            parts << tr("%L1 per second").arg(rate, 0, 'f', rate < 10 ? 2 : 1);
        if (working && view.etaSeconds >= 0) parts << tr("%1 left").arg(durationText(view.etaSeconds));
        parts << tr("best %1").arg(trace->steps.back().best, 0, 'f', 4) << tr("front %L1").arg(trace->steps.back().front);
        if (!std::isnan(trace->steps.back().hypervolume)) parts << tr("hypervolume %1").arg(trace->steps.back().hypervolume, 0, 'f', 4);
    } else if (trace && !trace->probes.empty()) {
        parts << tr("measuring each multiplier at each site first: %L1 probes").arg(trace->probes.size());
    }
    if (view.id && view.hold == JobView::Hold::Asked) parts.prepend(tr("pausing"));
    if (view.id && view.hold == JobView::Hold::Paused) parts.prepend(tr("paused"));
    if (view.id && view.hold == JobView::Hold::Waiting) parts.prepend(tr("waiting for another job"));
    if (view.id && view.state == JobState::Queued && view.hold == JobView::Hold::None) parts.prepend(tr("queued"));
    if (m_frozen && trace)
        parts.prepend(tr("view frozen, %L1 steps behind").arg(trace->steps.size() - std::min(m_drawnSteps, trace->steps.size())));
    m_counters->setText((m_run ? tr("<b>Run %1</b>  ").arg(m_run) : QString()) + parts.join(QStringLiteral("  ·  ")));
}

QString SearchWidget::countersText() const { return m_counters->text(); }

void SearchWidget::showEmptyState() {
    const bool open = m_workspace.isOpen();
    const bool anything = open && (!m_center.runs().empty() || m_center.activeJob() || m_run);
    m_stack->setCurrentIndex(anything ? 1 : 0);
    m_emptyStart->setVisible(open);
    m_emptyOptions->setVisible(open);
    if (m_workspace.opening()) m_empty->setTexts(tr("Opening..."), tr("The searches of this project appear here."));
    else if (!open)
        m_empty->setTexts(
            tr("No project is open"),
            tr("Open or make a project. A search looks for the best multiplier for each site, and everything that it measures is kept."));
    else
        m_empty->setTexts(
            tr("No search yet"),
            tr("A search tries multipliers at the sites of the network and looks for designs that cost less power at the same accuracy. "
               "Rewards, front and tree are drawn while it runs.\n\nStart search: Monte Carlo tree search, 2,000 evaluations on 128 "
               "samples. "
               "It can be paused, cancelled and resumed; nothing is lost."));
}

void SearchWidget::updateActions() {
    const bool open = m_workspace.isOpen();
    const quint64 job = m_center.jobOf(m_run) ? m_center.jobOf(m_run) : m_center.activeJob();
    const JobView view = job ? m_workspace.jobs().job(job) : JobView();
    const auto trace = m_center.trace(m_run);
    const RunInfo* info = m_runs.info(m_run);
    const std::string state = trace ? trace->info.state : info ? info->state : std::string();
    m_start->setEnabled(open);
    m_options->setEnabled(open);
    m_pause->setEnabled(job && view.pausable);
    m_pause->setText(job && isPaused(view) ? tr("Continue") : tr("Pause"));
    m_cancel->setEnabled(job != 0);
    m_resume->setEnabled(open && m_run && !m_center.jobOf(m_run) && info && state != "finished");
    m_freeze->setEnabled(open);
    m_command->setEnabled(open);
    const bool steps = trace && !trace->steps.empty();
    for (QAction* action : {m_copy, m_save}) action->setEnabled(steps);
    m_path->setEnabled(trace && trace->scored);
    m_open->setEnabled(m_stepsView->currentIndex().isValid());
    for (QAction* action : {m_validateSelection, m_validateTest}) action->setEnabled(steps);
}

void SearchWidget::pauseOrResume() {
    const quint64 job = m_center.jobOf(m_run) ? m_center.jobOf(m_run) : m_center.activeJob();
    if (!job) return;
    if (isPaused(m_workspace.jobs().job(job))) m_workspace.jobs().resume(job);
    else m_workspace.jobs().pause(job);
    updateActions();
}

void SearchWidget::openStep() {
    const QModelIndex index = m_stepsView->currentIndex();
    if (!index.isValid() || !m_drawn) return;
    m_workspace.setAssignment(m_steps.assignment(index.row()), tr("Open design"));
    if (const Evaluation* evaluation = m_workspace.find(m_steps.assignment(index.row()), QString::fromStdString(m_drawn->slice)))
        m_workspace.selection().setDesigns({QString::fromStdString(evaluation->configHash)}, this);
}

void SearchWidget::expandBestPath() {
    m_tabs->setCurrentWidget(m_treeView->parentWidget());
    m_tree.update();
    const auto path = m_tree.bestPath();
    for (const QModelIndex& index : path) m_treeView->expand(index);
    if (path.empty()) return;
    m_treeView->setCurrentIndex(path.back());
    m_treeView->scrollTo(path.back());
}

void SearchWidget::validate(const QString& split) {
    const auto trace = m_center.trace(m_run);
    if (!trace) return;
    std::vector<const TraceStep*> measured;  // what was probed can be on the front too
    for (const auto* list : {&trace->probes, &trace->steps})
        for (const TraceStep& step : *list)
            if (std::isfinite(step.power) && !step.choice.empty()) measured.push_back(&step);
    std::vector<FrontPoint> points;
    for (std::size_t i = 0; i < measured.size(); ++i) points.push_back({measured[i]->power, measured[i]->metric, i});
    std::vector<Assignment> designs;
    for (const FrontPoint& point : paretoFront(std::move(points)))
        if (Assignment design = designOfStep(*trace, *measured[point.index]); !design.empty()) designs.push_back(std::move(design));
    m_center.validate(designs, split, QStringLiteral("--run %1").arg(m_run));
}

void SearchWidget::copySteps() {
    if (const auto trace = m_center.trace(m_run)) QApplication::clipboard()->setText(QString::fromStdString(stepTable(*trace, '\t')));
}

void SearchWidget::saveSteps() {
    if (const auto trace = m_center.trace(m_run))
        saveText(this, m_workspace.jobs(), tr("run-%1.csv").arg(m_run), tr("Table (*.csv)"),
                 QByteArray::fromStdString(stepTable(*trace, ',')));
}

QWidget* makeSearchPanel(Workspace& workspace, QWidget* parent) { return new SearchWidget(workspace, parent); }

}  // namespace axp::ui
