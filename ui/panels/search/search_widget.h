// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <deque>
#include <functional>

#include "ui/bridge/search_center.h"
#include "ui/bridge/workspace.h"
#include "ui/panels/search/run_list_model.h"
#include "ui/panels/search/search_series.h"
#include "ui/panels/search/step_model.h"
#include "ui/panels/search/tree_model.h"

class QAbstractItemView;
class QAction;
class QLabel;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTableView;
class QTabWidget;
class QTreeView;

namespace axp::ui {

class EmptyState;
class LinePlot;
class SearchDialog;

/// The search monitor: actions and counters above, plots, tree and steps in tabs, the runs of the database below. One run is in focus (the
/// chosen row); ticked runs are drawn with it. Draws at most 15 times a second, and not at all while hidden or frozen; the data come in
/// anyway.
class SearchWidget : public QWidget {
    Q_OBJECT
public:
    explicit SearchWidget(Workspace& workspace, QWidget* parent = nullptr);

    /// Starts a search with what defaultSearch() says.
    void startSearch();
    SearchDialog* showOptions();
    void setFrozen(bool frozen);
    bool frozen() const { return m_frozen; }
    /// The run in focus; 0 for none.
    qint64 run() const { return m_run; }
    void focusRun(qint64 run);

    LinePlot* rewards() const { return m_rewards; }
    LinePlot* actionsPlot() const { return m_actionsPlot; }
    LinePlot* hypervolumes() const { return m_hypervolumes; }
    LinePlot* predictor() const { return m_predictor; }
    TreeModel& tree() { return m_tree; }
    QTreeView* treeView() const { return m_treeView; }
    StepModel& steps() { return m_steps; }
    RunListModel& runs() { return m_runs; }
    QTabWidget* tabs() const { return m_tabs; }
    EmptyState* emptyState() const { return m_empty; }
    QString countersText() const;

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void buildActions();
    /// Copying and saving of what a table or tree shows, in its context menu.
    void addTextActions(QAbstractItemView* view, const QString& name, const std::function<QString(char)>& text);
    QWidget* buildContent();
    QWidget* buildOverview();
    QWidget* buildTree();
    QWidget* buildSteps();
    QWidget* buildRuns();
    QAction* addPanelAction(const QString& text, const QString& icon, const QString& help, const std::function<void()>& run);
    void onRunsChanged();
    void schedule();
    void draw();
    void drawPlots();
    void drawCounters();
    void updateActions();
    void showEmptyState();
    std::vector<DrawnRun> drawnRuns() const;
    double ratePerSecond(const RunTrace& trace, bool working);
    void pauseOrResume();
    void openStep();
    void expandBestPath();
    void validate(const QString& split);
    void copySteps();
    void saveSteps();

    Workspace& m_workspace;
    SearchCenter& m_center;
    RunListModel m_runs;
    TreeModel m_tree;
    StepModel m_steps;
    qint64 m_run = 0;
    bool m_frozen = false;
    bool m_firstList = true;                  ///< of the open project
    std::shared_ptr<const RunTrace> m_drawn;  ///< what tree and steps show
    std::size_t m_drawnSteps = 0;
    QTimer m_timer;
    QElapsedTimer m_clock;
    struct Sample {
        qint64 milliseconds = 0;
        std::size_t steps = 0;
    };
    std::deque<Sample> m_samples;
    const RunTrace* m_sampled = nullptr;  ///< whose samples these are; never followed
    QStackedWidget* m_stack = nullptr;
    EmptyState* m_empty;
    QPushButton *m_emptyStart, *m_emptyOptions;
    QLabel* m_counters;
    QTabWidget* m_tabs;
    LinePlot *m_rewards, *m_actionsPlot, *m_hypervolumes, *m_predictor;
    QTreeView* m_treeView;
    QTableView *m_stepsView, *m_runsView;
    QAction *m_start, *m_options, *m_pause, *m_cancel, *m_resume, *m_freeze, *m_command, *m_validateSelection, *m_validateTest, *m_open,
        *m_copy, *m_save, *m_path;
};

}  // namespace axp::ui
