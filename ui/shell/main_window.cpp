// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>

#include "ui/panels/panel.h"
#include "ui/shell/new_project_dialog.h"
#include "ui/shell/project_steps.h"
#include "ui/shell/start_page.h"

namespace axp::ui {
namespace {

constexpr int kLayoutVersion = 1;
constexpr int kMaxRecent = 8;

QString panelTitle(const PanelSpec& panel) { return QCoreApplication::translate("Panel", panel.title); }

}  // namespace

MainWindow::MainWindow(Workspace& workspace) : m_workspace(workspace) {
    setObjectName("MainWindow");
    setWindowTitle(tr("Axplorer"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    resize(1440, 900);
    m_start = new StartPage(workspace, this);
    m_centre = new QStackedWidget(this);
    m_centre->addWidget(m_start);
    setCentralWidget(m_centre);
    connect(m_start, &StartPage::openRequested, this, &MainWindow::openProject);
    connect(m_start, &StartPage::openDialogRequested, this, &MainWindow::chooseProject);
    connect(m_start, &StartPage::newRequested, this, [this] { newProject(); });

    makeDocks();
    makeMenus();
    makeToolBar();
    makeStatusBar();
    m_start->setRecent(recent());

    connect(&workspace, &Workspace::opened, this, [this] {
        remember(QString::fromStdString(m_workspace.project().path));
        showProject(true);
    });
    connect(&workspace, &Workspace::closed, this, [this] { showProject(false); });
    connect(&workspace, &Workspace::failed, this, &MainWindow::showMessage);
    for (const auto signal : {&Workspace::opened, &Workspace::closed, &Workspace::assignmentChanged, &Workspace::evaluationsReset,
                              &Workspace::sliceChanged})
        connect(&workspace, signal, this, &MainWindow::refreshStatus);
    connect(&workspace, &Workspace::evaluationsAdded, this, &MainWindow::refreshStatus);
    connect(&workspace.jobs(), &JobCenter::changed, this, &MainWindow::refreshStatus);
    connect(&workspace.jobs(), &JobCenter::added, this, &MainWindow::refreshStatus);
    showProject(false);

    const QSettings settings;
    restoreGeometry(settings.value("window/geometry").toByteArray());
}

void MainWindow::makeDocks() {
    for (const auto& panel : panels()) {
        auto* dock = new QDockWidget(panelTitle(panel), this);
        dock->setObjectName(QString("dock:") + panel.id);
        QWidget* content = panel.make(m_workspace, dock);
        content->setProperty("helpPage", QString(panel.help));
        dock->setWidget(content);
        m_docks[panel.id] = dock;
    }
    defaultLayout();
}

void MainWindow::defaultLayout() {
    // Split first, stack in tabs afterwards: a dock split off a tab group joins the group.
    const auto docksOf = [this](PanelArea area) {
        QList<QDockWidget*> docks;
        for (const auto& panel : panels())
            if (panel.area == area) docks << m_docks[panel.id];
        return docks;
    };
    const auto left = docksOf(PanelArea::Left), centre = docksOf(PanelArea::Centre), right = docksOf(PanelArea::Right),
               bottom = docksOf(PanelArea::Bottom);
    for (const auto& [id, dock] : m_docks) {
        dock->setFloating(false);
        removeDockWidget(dock);
    }
    addDockWidget(Qt::LeftDockWidgetArea, left.front());
    splitDockWidget(left.front(), centre.front(), Qt::Horizontal);
    splitDockWidget(centre.front(), right.front(), Qt::Horizontal);
    addDockWidget(Qt::BottomDockWidgetArea, bottom.front());
    for (const auto& group : {left, centre, right, bottom})
        for (int i = 1; i < group.size(); ++i) tabifyDockWidget(group[i - 1], group[i]);
    for (const auto& [id, dock] : m_docks) dock->setVisible(m_workspace.isOpen());
    centre.front()->raise();
    // Sizes hold only once the docks have been laid out; moving docks about may have stretched the window meanwhile.
    QTimer::singleShot(0, this, [this, left, centre, right, bottom, size = size()] {
        if (!isMaximized() && !isFullScreen()) resize(size);
        resizeDocks({left.front(), centre.front(), right.front()}, {340, width() - 640, 300}, Qt::Horizontal);
        resizeDocks({bottom.front()}, {150}, Qt::Vertical);
    });
}

void MainWindow::showProject(bool open) {
    // The start page is the central widget; with a project the docks fill the window.
    m_centre->setVisible(!open);
    if (!open)
        for (const auto& [id, dock] : m_docks) dock->hide();
    if (open) {
        const QSettings settings;
        if (!restoreState(settings.value("window/state").toByteArray(), kLayoutVersion)) defaultLayout();
        showPanel("network");
    } else {
        m_start->setRecent(recent());
    }
    m_evaluate->setEnabled(open);
    m_close->setEnabled(open);
    m_samples->setEnabled(open);
    setWindowTitle(open ? tr("%1 - Axplorer").arg(QString::fromStdString(m_workspace.project().name)) : tr("Axplorer"));
    refreshStatus();
}

void MainWindow::showPanel(const QString& id) {
    const auto found = m_docks.find(id);
    if (found == m_docks.end()) return;
    found->second->show();
    found->second->raise();
    found->second->widget()->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::makeMenus() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(tr("&New project..."), QKeySequence::New, this, [this] { newProject(); });
    file->addAction(tr("&Open..."), QKeySequence::Open, this, &MainWindow::chooseProject);
    m_recentMenu = file->addMenu(tr("Open &recent"));
    connect(m_recentMenu, &QMenu::aboutToShow, this, [this] {
        m_recentMenu->clear();
        for (const QString& path : recent()) m_recentMenu->addAction(path, this, [this, path] { openProject(path); });
        m_recentMenu->setToolTipsVisible(true);
    });
    m_close = file->addAction(tr("&Close project"), QKeySequence::Close, this, [this] {
        QSettings().setValue("window/state", saveState(kLayoutVersion));
        m_workspace.close();
    });
    file->addSeparator();
    file->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    QAction* undo = m_workspace.undoStack().createUndoAction(this, tr("&Undo"));
    undo->setShortcut(QKeySequence::Undo);
    QAction* redo = m_workspace.undoStack().createRedoAction(this, tr("&Redo"));
    redo->setShortcut(QKeySequence::Redo);
    edit->addActions({undo, redo});
    edit->addSeparator();
    edit->addAction(tr("Reset all sites to the &exact multiplier"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R), this, [this] {
        if (m_workspace.isOpen()) m_workspace.setAssignment({}, tr("Reset to exact"));
    });

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    m_evaluate = run->addAction(tr("&Evaluate assignment"), QKeySequence(Qt::Key_F5), this, &MainWindow::evaluate);
    run->addAction(tr("&Cancel all jobs"), QKeySequence(Qt::CTRL | Qt::Key_Period), this, [this] { m_workspace.jobs().cancelAll(); });

    QMenu* view = menuBar()->addMenu(tr("&View"));
    int number = 1;
    for (const auto& panel : panels()) {
        const QString id = panel.id;
        QAction* show = view->addAction(panelTitle(panel), this, [this, id] {
            if (m_workspace.isOpen()) showPanel(id);
        });
        if (number <= 9) show->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++)));
    }
    view->addSeparator();
    QMenu* theme = view->addMenu(tr("&Theme"));
    const std::pair<QString, Theme> themes[] = {{tr("&Light"), Theme::Light}, {tr("&Dark"), Theme::Dark}, {tr("&System"), Theme::System}};
    for (const auto& [name, value] : themes) theme->addAction(name, this, [this, value = value] { setTheme(value); });
    view->addAction(tr("Switch light/dark"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), this,
                    [this] { setTheme(storedTheme() == Theme::Dark ? Theme::Light : Theme::Dark); });
    view->addAction(tr("&Reset layout"), this, [this] {
        if (m_workspace.isOpen()) defaultLayout();
    });

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&Help on this panel"), QKeySequence::HelpContents, this, [this] {
        const QString page = helpPageFor(QApplication::focusWidget());
        if (!m_workspace.isOpen()) m_docks["help"]->show();
        showPanel("help");
        m_docks["help"]->widget()->setProperty("page", page);
    });
    help->addAction(tr("&About Axplorer"), this, [this] {
        auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Axplorer"),
                                    tr("<b>Axplorer %1</b><p>A workbench for approximate multipliers in deep networks.</p>"
                                       "<p>Free software under the GNU General Public License, version 3 or later.</p>")
                                        .arg(QApplication::applicationVersion()),
                                    QMessageBox::Close, this);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
}

void MainWindow::makeToolBar() {
    QToolBar* bar = addToolBar(tr("Main"));
    bar->setObjectName("toolbar:main");
    bar->setMovable(false);
    bar->addAction(tr("Open"), this, &MainWindow::chooseProject);
    bar->addSeparator();
    QAction* undo = m_workspace.undoStack().createUndoAction(bar, tr("Undo"));
    QAction* redo = m_workspace.undoStack().createRedoAction(bar, tr("Redo"));
    bar->addActions({undo, redo});
    bar->addSeparator();
    bar->addAction(m_evaluate);
    m_samples = new QComboBox(bar);
    m_samples->setAccessibleName(tr("Samples to evaluate on"));
    m_samples->setToolTip(tr("Samples of the selection split that evaluations use; the test split gives final figures only"));
    for (const int count : {128, 512, 2000, 4488}) m_samples->addItem(tr("%1 samples").arg(count), count);
    connect(m_samples, &QComboBox::currentIndexChanged, this,
            [this] { m_workspace.setSlice({"selection", 0, m_samples->currentData().toLongLong()}); });
    bar->addWidget(m_samples);
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    bar->addWidget(new ProjectSteps(m_workspace, bar));
}

void MainWindow::makeStatusBar() {
    m_model = new QLabel(this);
    m_model->setAccessibleName(tr("Model and device"));
    m_figures = new QLabel(this);
    m_figures->setAccessibleName(tr("Figures of the current assignment"));
    m_stored = new QLabel(this);
    m_stored->setAccessibleName(tr("Evaluations stored"));
    m_jobChip = new QToolButton(this);
    m_jobChip->setAutoRaise(true);
    m_jobChip->setAccessibleName(tr("Running job; opens the queue"));
    connect(m_jobChip, &QToolButton::clicked, this, [this] { showPanel("jobs"); });
    statusBar()->addWidget(m_model);
    statusBar()->addPermanentWidget(m_figures);
    statusBar()->addPermanentWidget(m_stored);
    statusBar()->addPermanentWidget(m_jobChip);
}

void MainWindow::refreshStatus() {
    const bool open = m_workspace.isOpen();
    m_model->setText(open ? tr("%1  |  %2  |  %3").arg(QString::fromStdString(m_workspace.graph().name.empty() ? m_workspace.project().name : m_workspace.graph().name),
                                                       m_workspace.modelFormat(), m_workspace.device())
                     : m_workspace.opening() ? tr("Opening...") : tr("No project"));
    QString figures;
    if (open) {
        const auto power = m_workspace.relativePower();
        figures = power ? tr("power %1 %").arg(*power * 100, 0, 'f', 2) : tr("power unknown: an ACU has no figure");
        const auto evaluation = m_workspace.currentEvaluation();
        figures += evaluation ? tr("   top-1 %1 %   RMSE %2 (%3 samples)").arg(evaluation->metric * 100, 0, 'f', 2).arg(evaluation->rmse, 0, 'f', 4).arg(evaluation->samples)
                              : tr("   not evaluated (F5)");
    }
    m_figures->setText(figures);
    m_stored->setText(open ? tr("%n evaluation(s)", nullptr, static_cast<int>(m_workspace.evaluations().size())) : QString());
    JobView running;
    int active = 0;
    for (const auto& job : m_workspace.jobs().jobs()) {
        active += job.state == JobState::Running || job.state == JobState::Queued;
        if (job.state == JobState::Running) running = job;
    }
    m_jobChip->setText(active == 0 ? tr("no jobs")
                       : running.fraction >= 0 ? tr("%1: %2 %").arg(running.title.left(30)).arg(static_cast<int>(running.fraction * 100))
                                               : tr("%n job(s)", nullptr, active));
}

void MainWindow::showMessage(const QString& message) {
    // Not modal: work goes on. The text stays readable until it is closed.
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Axplorer"), message, QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse);
    box->setObjectName("message");
    box->show();
    refreshStatus();
}

void MainWindow::evaluate() { m_workspace.evaluateCurrent(m_workspace.slice()); }

void MainWindow::openProject(const QString& path) { m_workspace.open(path); }

void MainWindow::chooseProject() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Open a project"), QSettings().value("window/folder").toString(),
                                                      tr("Axplorer projects (*.axp)"));
    if (path.isEmpty()) return;
    QSettings().setValue("window/folder", QFileInfo(path).path());
    openProject(path);
}

void MainWindow::newProject(const QString& model) {
    auto* dialog = new NewProjectDialog(m_workspace, model, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &NewProjectDialog::created, this, &MainWindow::openProject);
    dialog->open();
}

void MainWindow::setTheme(Theme theme) {
    storeTheme(theme);
    applyTheme(theme);
}

QStringList MainWindow::recent() const { return QSettings().value("recent").toStringList(); }

void MainWindow::remember(const QString& path) {
    QStringList paths = recent();
    paths.removeAll(path);
    paths.prepend(path);
    while (paths.size() > kMaxRecent) paths.removeLast();
    QSettings().setValue("recent", paths);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) paths << url.toLocalFile();
    event->acceptProposedAction();
    dropPaths(paths);
}

void MainWindow::dropPaths(const QStringList& paths) {
    for (const QString& path : paths) {
        const QFileInfo file(path);
        const QString ending = file.suffix().toLower();
        if (ending == "axp") openProject(path);
        else if (ending == "onnx" || ending == "pt" || ending == "pth" || ending == "ts") newProject(path);
        else if ((ending == "npy" || file.isDir()) && m_workspace.isOpen()) m_workspace.addLibrary(path);
        else if (ending == "npy" || file.isDir()) showMessage(tr("%1: multipliers are added to a project. Open a project first.").arg(path));
        else showMessage(tr("%1: this is neither a project (.axp), a network (.onnx, .pt) nor multiplier tables (.npy or a folder of them).").arg(path));
    }
}

void MainWindow::closeEvent(QCloseEvent* event) {
    const int active = m_workspace.jobs().active();
    if (active > 0 && m_confirmClose) {
        const auto answer = QMessageBox::question(this, tr("Close Axplorer?"),
                                                  tr("%n job(s) are not finished. They will be cancelled; everything evaluated so far is stored.", nullptr, active),
                                                  QMessageBox::Close | QMessageBox::Cancel, QMessageBox::Cancel);
        if (answer != QMessageBox::Close) return event->ignore();
    }
    QSettings settings;
    settings.setValue("window/geometry", saveGeometry());
    if (m_workspace.isOpen()) settings.setValue("window/state", saveState(kLayoutVersion));
    m_workspace.jobs().cancelAll();
    event->accept();
}

QString helpPageFor(const QWidget* focused) {
    for (const QWidget* widget = focused; widget; widget = widget->parentWidget())
        if (widget->property("helpPage").isValid()) return widget->property("helpPage").toString();
    return QStringLiteral("index");
}

}  // namespace axp::ui
