// SPDX-License-Identifier: GPL-3.0-or-later
// How the search monitor is put together; what it does is in search_widget.cpp.
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QToolBar>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/panels/search/search_widget.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/view_text.h"

namespace axp::ui {
namespace {

void setUpTable(QTableView* table, const QString& name) {
    table->setAccessibleName(name);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setAlternatingRowColors(true);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 8);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

}  // namespace

QAction* SearchWidget::addPanelAction(const QString& text, const QString& iconName, const QString& help, const std::function<void()>& run) {
    auto* action = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
    action->setToolTip(help);
    action->setStatusTip(help);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

void SearchWidget::buildActions() {
    setContextMenuPolicy(Qt::ActionsContextMenu);
    m_start = addPanelAction(tr("Start search"), QStringLiteral("search"), tr("Monte Carlo tree search, 2,000 evaluations on 128 samples"),
                             [this] { startSearch(); });
    m_options = addPanelAction(tr("Options..."), QString(), tr("Choose algorithm, multipliers, sites, samples and limits"),
                               [this] { showOptions(); });
    m_options->setObjectName(QStringLiteral("searchOptions"));
    m_pause = addPanelAction(tr("Pause"), QStringLiteral("pause"), tr("Stands still after the evaluation it is at; nothing is lost"),
                             [this] { pauseOrResume(); });
    m_cancel = addPanelAction(tr("Cancel"), QStringLiteral("cancel"),
                              tr("Ends the search; what it measured is kept, and it can be resumed"), [this] {
                                  const quint64 job = m_center.jobOf(m_run) ? m_center.jobOf(m_run) : m_center.activeJob();
                                  if (job) m_workspace.jobs().cancel(job);
                              });
    m_resume = addPanelAction(tr("Resume run"), QStringLiteral("redo"),
                              tr("Goes on with the chosen run where it was cancelled or interrupted"), [this] { m_center.resume(m_run); });
    m_freeze =
        addPanelAction(tr("Freeze view"), QString(), tr("Stops the drawing, never the search; drawing catches up afterwards"), [] {});
    m_freeze->setCheckable(true);
    connect(m_freeze, &QAction::toggled, this, &SearchWidget::setFrozen);
    m_path =
        addPanelAction(tr("Show best path"), QString(), tr("Expands the tree along the most visited nodes"), [this] { expandBestPath(); });
    m_path->setObjectName(QStringLiteral("showBestPath"));
    m_open = addPanelAction(tr("Open step as assignment"), QString(), tr("Makes the design of the chosen step the current assignment"),
                            [this] { openStep(); });
    m_validateSelection = addPanelAction(tr("Validate front on all selection samples"), QString(),
                                         tr("Measures the designs of this run's front again, with less noise"),
                                         [this] { validate(QStringLiteral("selection")); });
    m_validateTest = addPanelAction(tr("Validate front on the test set"), QString(), tr("Final figures: samples that no search has seen"),
                                    [this] { validate(QStringLiteral("test")); });
    m_command = addPanelAction(
        tr("Copy as command"), QStringLiteral("command"),
        tr("The running search, or the one that Start search would start, as a command line"), [this] {
            const quint64 job = m_center.jobOf(m_run) ? m_center.jobOf(m_run) : m_center.activeJob();
            QApplication::clipboard()->setText(job ? m_workspace.jobs().job(job).command
                                                   : searchCommand(defaultSearch(m_workspace.project()), m_workspace.project()));
        });
    m_copy = addPanelAction(tr("Copy steps"), QString(), tr("All steps of the run as a table"), [this] { copySteps(); });
    m_save = addPanelAction(tr("Save steps as CSV..."), QString(), tr("All steps of the run as a file"), [this] { saveSteps(); });
    const std::pair<QAction*, QString> keys[] = {{m_options, tr("Shift+F6")}, {m_pause, tr("F7")}, {m_cancel, tr("Shift+F7")}, {m_resume, tr("F8")},
                                                 {m_freeze, tr("F9")}, {m_path, tr("Ctrl+Shift+B")}, {m_validateSelection, tr("Ctrl+Shift+V")},
                                                 {m_validateTest, tr("Ctrl+Alt+V")}, {m_command, tr("Ctrl+Shift+C")}, {m_save, tr("Ctrl+Shift+E")}};
    for (const auto& [action, key] : keys) {
        action->setShortcut(QKeySequence(key));
        action->setToolTip(QStringLiteral("%1 (%2)").arg(action->toolTip(), action->shortcut().toString(QKeySequence::NativeText)));
    }
}

void SearchWidget::addTextActions(QAbstractItemView* view, const QString& name, const std::function<QString(char)>& text) {
    auto* copy = new QAction(tr("Copy table"), view);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, [text] { QApplication::clipboard()->setText(text('\t')); });
    auto* save = new QAction(tr("Save table as CSV..."), view);
    connect(save, &QAction::triggered, this, [this, name, text] {
        saveText(this, m_workspace.jobs(), name + QStringLiteral(".csv"), tr("Table (*.csv)"), text(',').toUtf8());
    });
    view->addActions({copy, save});
}

QWidget* SearchWidget::buildContent() {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* bar = new QToolBar;
    bar->setAccessibleName(tr("Search actions"));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize(QSize(16, 16));
    bar->addActions({m_start, m_options});
    bar->addSeparator();
    bar->addActions({m_pause, m_cancel, m_resume});
    bar->addSeparator();
    bar->addActions({m_freeze, m_path});
    layout->addWidget(bar);
    m_counters = new QLabel;
    m_counters->setAccessibleName(tr("Figures of the search"));
    m_counters->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_counters->setWordWrap(true);
    m_counters->setContentsMargins(8, 2, 8, 4);
    m_counters->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_counters->setMinimumHeight(2 * fontMetrics().lineSpacing() + 6);  // a second line must not move the plots
    layout->addWidget(m_counters);
    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_tabs->setObjectName(QStringLiteral("searchTabs"));
    m_tabs->addTab(buildOverview(), tr("Overview"));
    m_tabs->addTab(buildTree(), tr("Tree"));
    m_predictor = new LinePlot(m_workspace.jobs(), tr("Predictor"), tr("RMSE of the logits"), tr("Accuracy"));
    m_predictor->setPercent(false, true);
    m_predictor->setEmptyText(tr("Every design of the run becomes a point: its RMSE, which searches go by, against its accuracy"));
    m_tabs->addTab(m_predictor, tr("Predictor"));
    m_tabs->addTab(buildSteps(), tr("Steps"));
    connect(m_tabs, &QTabWidget::currentChanged, this, &SearchWidget::draw);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(m_tabs);
    splitter->addWidget(buildRuns());
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 1);
    splitter->setCollapsible(0, false);
    splitter->setSizes({460, 130});
    layout->addWidget(splitter, 1);
    return content;
}

QWidget* SearchWidget::buildOverview() {
    JobCenter& jobs = m_workspace.jobs();
    m_rewards = new LinePlot(jobs, tr("Reward"), tr("Simulations"), tr("Reward"));
    m_rewards->setEmptyText(tr("The first evaluations appear here"));
    m_actionsPlot = new LinePlot(jobs, tr("Reward per action at the root"), tr("Visits"), tr("Mean reward"));
    m_actionsPlot->setEmptyText(tr("One line for each multiplier\nat the first site"));
    m_hypervolumes = new LinePlot(jobs, tr("Hypervolume of the front"), tr("Simulations"), tr("Hypervolume"));
    m_hypervolumes->setEmptyText(tr("Grows with the front"));
    auto* right = new QSplitter(Qt::Vertical);
    right->addWidget(m_actionsPlot);
    right->addWidget(m_hypervolumes);
    auto* both = new QSplitter(Qt::Horizontal);
    both->addWidget(m_rewards);
    both->addWidget(right);
    both->setStretchFactor(0, 3);
    both->setStretchFactor(1, 2);
    for (QSplitter* splitter : {right, both}) splitter->setChildrenCollapsible(false);
    return both;
}

QWidget* SearchWidget::buildTree() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    m_treeView = new QTreeView;
    m_treeView->setModel(&m_tree);
    m_treeView->setAccessibleName(tr("Search tree"));
    m_treeView->setUniformRowHeights(true);
    m_treeView->setAlternatingRowColors(true);
    m_treeView->header()->setStretchLastSection(false);
    m_treeView->header()->setSectionResizeMode(TreeModel::kAcu, QHeaderView::Stretch);
    m_treeView->header()->resizeSection(TreeModel::kSite, 180);
    m_treeView->header()->resizeSection(TreeModel::kVisits, 80);
    m_treeView->header()->resizeSection(TreeModel::kMean, 110);
    m_treeView->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_treeView->addAction(m_path);
    addTextActions(m_treeView, tr("tree"), [this](char separator) { return viewText(*m_treeView, separator); });
    // Expanding a node goes on along its most visited child, which is the first.
    connect(m_treeView, &QTreeView::expanded, this, [this](const QModelIndex& index) {
        if (m_tree.canFetchMore(index)) m_tree.fetchMore(index);
        const QModelIndex first = m_tree.index(0, 0, index);
        if (first.isValid() && m_tree.hasChildren(first)) m_treeView->expand(first);
    });
    layout->addWidget(m_treeView);
    return page;
}

QWidget* SearchWidget::buildSteps() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    m_stepsView = new QTableView;
    m_stepsView->setModel(&m_steps);
    setUpTable(m_stepsView, tr("Steps of the run"));
    m_stepsView->addActions({m_open, m_copy, m_save});
    connect(m_stepsView, &QTableView::doubleClicked, this, &SearchWidget::openStep);
    connect(m_stepsView->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &SearchWidget::updateActions);
    layout->addWidget(m_stepsView);
    return page;
}

QWidget* SearchWidget::buildRuns() {
    m_runsView = new QTableView;
    m_runsView->setModel(&m_runs);
    setUpTable(m_runsView, tr("Runs of the database"));
    m_runsView->setToolTip(tr("The chosen run is shown; ticked ones are drawn with it"));
    m_runsView->setColumnWidth(RunListModel::kRun, 80);
    m_runsView->setColumnWidth(RunListModel::kAlgorithm, 140);
    m_runsView->setMinimumHeight(fontMetrics().height() * 4);
    m_runsView->addActions({m_resume, m_validateSelection, m_validateTest, m_command, m_copy, m_save});
    addTextActions(m_runsView, tr("runs"), [this](char separator) { return viewText(*m_runsView, separator); });
    connect(m_runsView->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (const qint64 run = m_runs.runAt(index.row())) focusRun(run);
    });
    return m_runsView;
}

}  // namespace axp::ui
