// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QMainWindow>

#include <map>

#include "core/project/engine.h"
#include "ui/bridge/workspace.h"
#include "ui/shell/theme.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace axp::ui {

class StartPage;

/// The workbench window: docks made from the table of panels, menus, start page, status bar. Closing during work asks, cancels and keeps
/// what is stored.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Workspace& workspace);

    void openProject(const QString& path);
    /// Brings a panel to the front.
    void showPanel(const QString& id);
    void setTheme(Theme theme);
    /// Answers the question of closeEvent without asking (tests).
    void setConfirmClose(bool confirm) { m_confirmClose = confirm; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeDocks();
    void makeMenus();
    void makeToolBar();
    void makeStatusBar();
    void defaultLayout();
    void showProject(bool open);
    void chooseProject();
    void newProject(const QString& model = {});
    void dropPaths(const QStringList& paths);
    void evaluate();
    void refreshStatus();
    void showMessage(const QString& message);
    void remember(const QString& path);
    QStringList recent() const;

    Workspace& m_workspace;
    QStackedWidget* m_centre = nullptr;
    StartPage* m_start = nullptr;
    std::map<QString, QDockWidget*> m_docks;
    QComboBox* m_samples = nullptr;
    QLabel *m_model = nullptr, *m_figures = nullptr, *m_stored = nullptr;
    QToolButton* m_jobChip = nullptr;
    QAction *m_evaluate = nullptr, *m_close = nullptr;
    QMenu* m_recentMenu = nullptr;
    bool m_confirmClose = true;
};

/// Help page of the panel that has the focus, "index" when none has.
QString helpPageFor(const QWidget* focused);

}  // namespace axp::ui
