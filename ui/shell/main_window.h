// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QMainWindow>

#include <map>

#include "core/project/engine.h"
#include "ui/bridge/workspace.h"
#include "ui/shell/project_steps.h"
#include "ui/shell/session.h"
#include "ui/shell/theme.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace axp::ui {

class NoticeBar;
class StartPage;
struct DropPlan;

/// The workbench window: docks made from the table of panels, menus, start page, status bar, notices. Closing during work asks, cancels
/// and keeps what is stored. Files may be dropped anywhere on it.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Workspace& workspace);
    ~MainWindow() override;

    void openProject(const QString& path);
    /// Brings a panel to the front.
    void showPanel(const QString& id);
    void setTheme(Theme theme);
    /// Answers the question of closeEvent without asking (tests).
    void setConfirmClose(bool confirm) { m_confirmClose = confirm; }
    /// From now on the window's state is kept in `folder` (see Session). When the program before this one ended without being closed,
    /// its project is opened as it was, unless `open` is false; when that ended the program too, it is offered instead.
    void keepSession(const QString& folder, bool open);

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    /// Takes files that are dropped on any widget of the window: text fields would show them as text.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    static constexpr int kLayoutVersion = 2;  ///< of saveState: changes with bars and docks that older layouts do not know

    void makeDocks();
    void makeNotices();
    void makeStatusBar();
    void followWorkspace();
    void defaultLayout();
    void showProject(bool open);
    void projectOpened();
    void chooseProject();
    void newProject(const QString& model = {}, const QString& data = {});
    void dropPaths(const QStringList& paths);
    void carryOut(const DropPlan& plan);
    void evaluate();
    /// Shows the search monitor and starts the search that needs no choices.
    void startSearch();
    void stepRequested(ProjectSteps::Step step);
    void refreshStatus();
    void refreshReadOnly();
    void refreshSamples();
    void showMessage(const QString& message);
    void offerModelChange(const QString& path, const QString& message);
    void remember(const QString& path);
    void forget(const QString& path);
    QStringList recent() const;

    // window_session.cpp
    QString frontPanel() const;
    SessionState sessionState() const;
    void touchSession();
    void resume(const SessionState& state);

    // window_menus.cpp
    void makeMenus();
    void makeToolBar();
    void makeFileMenu();
    void makeEditMenu();
    void makePanelMenus();
    void makeViewMenu();
    void makeHelpMenu();
    void addPanelActions(QMenu* menu, const QStringList& panelIds);
    QAction* makeAction(QMenu* menu, const QString& icon, const QString& text, const QKeySequence& key, std::function<void()> call, bool needsProject = false);
    void importLibrary(bool folder);
    void showShortcuts();
    void showAbout();

    Workspace& m_workspace;
    QStackedWidget* m_centre = nullptr;
    StartPage* m_start = nullptr;
    std::map<QString, QDockWidget*> m_docks;
    QComboBox* m_samples = nullptr;
    QLabel *m_model = nullptr, *m_figures = nullptr, *m_stored = nullptr;
    QToolButton* m_jobChip = nullptr;
    NoticeBar *m_readOnlyBar = nullptr, *m_notice = nullptr;
    QAction *m_open = nullptr, *m_undo = nullptr, *m_redo = nullptr, *m_evaluate = nullptr, *m_search = nullptr, *m_calibrate = nullptr;
    QList<QAction*> m_projectActions;  ///< enabled while a project is open
    QMenu* m_recentMenu = nullptr;
    QStringList m_pendingLibraries, m_pendingImports;  ///< dropped together with a project that is being opened
    std::unique_ptr<Session> m_session;
    SessionState m_resume;             ///< how the project of that path was left; applied once, when it is opened
    bool m_confirmClose = true;
};

/// Help page of the panel that has the focus, "index" when none has.
QString helpPageFor(const QWidget* focused);

}  // namespace axp::ui
