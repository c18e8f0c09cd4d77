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
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTimer>
#include <QToolButton>

#include "core/eval/metrics.h"
#include "ui/bridge/search_center.h"
#include "ui/bridge/named_assignments.h"
#include "ui/panels/panel.h"
#include "ui/shell/dropped_files.h"
#include "ui/shell/new_project_dialog.h"
#include "ui/shell/notice_bar.h"
#include "ui/shell/start_page.h"
#include "ui/shell/view_state.h"

namespace axp::ui {
namespace {

constexpr int kMaxRecent = 8;

QStringList localFiles(const QMimeData* data) {
    QStringList paths;
    if (!data || data->hasFormat(QLatin1String(kAcuMimeType))) return paths;
    for (const QUrl& url : data->urls())
        if (url.isLocalFile()) paths << url.toLocalFile();
    return paths;
}

}  // namespace

MainWindow::MainWindow(Workspace& workspace) : m_workspace(workspace) {
    setObjectName("MainWindow");
    setWindowTitle(tr("Axplorer"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    resize(1440, 900);
    m_start = new StartPage(workspace, QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + "/fronts", this);
    m_centre = new QStackedWidget(this);
    m_centre->addWidget(m_start);
    setCentralWidget(m_centre);
    connect(m_start, &StartPage::openRequested, this, &MainWindow::openProject);
    connect(m_start, &StartPage::openDialogRequested, this, &MainWindow::chooseProject);
    connect(m_start, &StartPage::newRequested, this, [this] { newProject(); });
    connect(m_start, &StartPage::removeRequested, this, &MainWindow::forget);

    makeDocks();
    makeMenus();
    makeToolBar();
    makeNotices();
    makeStatusBar();
    followWorkspace();
    showProject(false);
    qApp->installEventFilter(this);
    restoreGeometry(QSettings().value("window/geometry").toByteArray());
}

MainWindow::~MainWindow() {
    qApp->removeEventFilter(this);
    // The panels go after this object's own members, and hiding them, or a job that they cancel, must not call back.
    for (const auto& [id, dock] : m_docks) dock->disconnect(this);
    m_workspace.disconnect(this);
    m_workspace.jobs().disconnect(this);
}

void MainWindow::followWorkspace() {
    connect(&m_workspace, &Workspace::opened, this, &MainWindow::projectOpened);
    connect(&m_workspace, &Workspace::closed, this, [this] { showProject(false); });
    connect(&m_workspace, &Workspace::failed, this, [this](const QString& message) {
        if (!m_workspace.isOpen() && !m_workspace.opening()) m_resume = {};  // it cannot be opened any more
        m_pendingLibraries.clear();
        showMessage(message);
    });
    connect(&m_workspace, &Workspace::modelChanged, this, &MainWindow::offerModelChange);
    connect(&m_workspace, &Workspace::readOnlyChanged, this, &MainWindow::refreshReadOnly);
    connect(&m_workspace, &Workspace::sliceChanged, this, &MainWindow::refreshSamples);
    for (const auto signal : {&Workspace::opened, &Workspace::closed, &Workspace::assignmentChanged, &Workspace::sliceChanged}) {
        connect(&m_workspace, signal, this, &MainWindow::refreshStatus);
        connect(&m_workspace, signal, this, &MainWindow::touchSession);
    }
    connect(&m_workspace, &Workspace::evaluationsReset, this, &MainWindow::refreshStatus);
    connect(&m_workspace, &Workspace::evaluationsAdded, this, &MainWindow::refreshStatus);
    connect(&m_workspace.jobs(), &JobCenter::changed, this, &MainWindow::refreshStatus);
    connect(&m_workspace.jobs(), &JobCenter::added, this, &MainWindow::refreshStatus);
}

void MainWindow::makeDocks() {
    for (const auto& panel : panels()) {
        auto* dock = new QDockWidget(QCoreApplication::translate("Panel", panel.title), this);
        dock->setObjectName(QString("dock:") + panel.id);
        QWidget* content = panel.make(m_workspace, dock);
        content->setProperty("helpPage", QString(panel.help));
        dock->setWidget(content);
        restoreViewState(*content, panel.id);
        m_docks[panel.id] = dock;
        connect(dock, &QDockWidget::visibilityChanged, this, &MainWindow::touchSession);
        connect(dock, &QDockWidget::topLevelChanged, this, &MainWindow::touchSession);
        connect(dock, &QDockWidget::dockLocationChanged, this, &MainWindow::touchSession);
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
        if (!restoreState(QSettings().value("window/state").toByteArray(), kLayoutVersion)) defaultLayout();
        showPanel("network");
    } else {
        m_start->setRecent(recent());
    }
    for (QAction* action : m_projectActions) action->setEnabled(open);
    m_samples->setEnabled(open);
    m_notice->hide();
    refreshReadOnly();
    setWindowTitle(open ? tr("%1 - Axplorer").arg(QString::fromStdString(m_workspace.project().name)) : tr("Axplorer"));
    refreshStatus();
}

void MainWindow::projectOpened() {
    const QString path = QString::fromStdString(m_workspace.project().path);
    remember(path);
    showProject(true);
    if (!m_resume.project.isEmpty() && QFileInfo(m_resume.project) == QFileInfo(path)) resume(m_resume);
    m_resume = {};
    for (const QString& library : std::exchange(m_pendingLibraries, {})) m_workspace.addLibrary(library);
    if (const QStringList imports = std::exchange(m_pendingImports, {}); !imports.isEmpty()) m_workspace.requestImport(imports);
}

void MainWindow::showPanel(const QString& id) {
    const auto found = m_docks.find(id);
    if (found == m_docks.end()) return;
    found->second->show();
    found->second->raise();
    found->second->widget()->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::makeNotices() {
    const auto make = [this](const QString& name, const char* id, bool closable) {
        auto* bar = new NoticeBar(name, closable, this);
        bar->setObjectName(id);
        addToolBarBreak();
        addToolBar(bar);
        return bar;
    };
    m_readOnlyBar = make(tr("Read-only"), "notice:read-only", false);
    m_notice = make(tr("Notice"), "notice", true);
    connect(m_readOnlyBar, &NoticeBar::actionTriggered, &m_workspace, &Workspace::tryWriting);
}

void MainWindow::refreshReadOnly() {
    const bool readOnly = m_workspace.isOpen() && m_workspace.readOnly();
    m_readOnlyBar->setVisible(readOnly);
    if (readOnly) m_readOnlyBar->say(tr("Read-only: nothing can be stored."), m_workspace.readOnlyReason(), tr("Try again"));
    const QString why = tr("The project is open read-only: %1").arg(m_workspace.readOnlyReason());
    for (QAction* action : {m_evaluate, m_search, m_calibrate}) {
        action->setEnabled(m_workspace.isOpen() && !readOnly);
        const QString key = action->shortcut().toString(QKeySequence::NativeText), name = action->text().remove('&');
        action->setToolTip(readOnly ? why : key.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, key));
    }
    if (QAction* action = m_readOnlyBar->action()) action->setEnabled(readOnly);
}

void MainWindow::makeStatusBar() {
    m_model = new QLabel(this);
    m_model->setContentsMargins(6, 0, 0, 0);
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
    const QString name = !open ? QString() : QString::fromStdString(m_workspace.graph().name.empty() ? m_workspace.project().name : m_workspace.graph().name);
    m_model->setText(open ? QStringList{name, m_workspace.modelFormat(), m_workspace.device()}.join("  |  ")
                     : m_workspace.opening() ? tr("Opening...") : tr("No project"));
    QString figures;
    if (open) {
        const auto power = m_workspace.relativePower();
        figures = power ? tr("power %1 %").arg(*power * 100, 0, 'f', 2) : tr("power unknown: an ACU has no figure");
        const auto evaluation = m_workspace.currentEvaluation();
        const auto text = [](const std::string& plain) { return QString::fromStdString(plain); };
        figures += "   " + (evaluation ? tr("%1 %2   RMSE %3 (%4 samples)")
                                             .arg(text(metricShortTitle(evaluation->metricName)), text(metricText(evaluation->metricName, evaluation->metric)))
                                             .arg(evaluation->rmse, 0, 'f', 4)
                                             .arg(evaluation->samples)
                            : m_workspace.readOnly() ? tr("not evaluated (read-only)") : tr("not evaluated (F5)"));
    }
    m_figures->setText(figures);
    const auto stored = static_cast<int>(m_workspace.evaluations().size());
    m_stored->setText(!open ? QString() : stored == 1 ? tr("1 evaluation") : tr("%L1 evaluations").arg(stored));
    JobView running;
    int active = 0;
    for (const auto& job : m_workspace.jobs().jobs()) {
        active += job.state == JobState::Running || job.state == JobState::Queued;
        if (job.state == JobState::Running) running = job;
    }
    const QString title = running.title.size() > 40 ? running.title.left(39) + QChar(0x2026) : running.title;
    m_jobChip->setText(active == 0 ? tr("no jobs")
                       : running.fraction >= 0 ? tr("%1: %2 %").arg(title).arg(static_cast<int>(running.fraction * 100))
                       : active == 1 ? tr("1 job") : tr("%1 jobs").arg(active));
}

void MainWindow::refreshSamples() {
    const DataSlice& slice = m_workspace.slice();
    const QSignalBlocker quiet(m_samples);  // choosing sets the slice
    int index = slice.split == "selection" && slice.offset == 0 ? m_samples->findData(static_cast<qlonglong>(slice.count)) : -1;
    if (index < 0) index = m_samples->findText(QString::fromStdString(slice.text()));
    if (index < 0) {
        index = m_samples->count();
        m_samples->addItem(QString::fromStdString(slice.text()));
    }
    m_samples->setCurrentIndex(index);
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

void MainWindow::offerModelChange(const QString& path, const QString& message) {
    auto* box = new QMessageBox(QMessageBox::Question, tr("The network changed"), message, QMessageBox::NoButton, this);
    box->setInformativeText(tr("Accepting records the new file. The ranges are then found anew by the next evaluation; earlier results stay in the "
                               "database and belong to the old network."));
    QPushButton* accept = box->addButton(tr("Accept the new network"), QMessageBox::AcceptRole);
    box->addButton(QMessageBox::Cancel);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse);
    box->setObjectName("model-changed");
    accept->setObjectName("accept");
    connect(box, &QMessageBox::buttonClicked, this, [this, box, accept, path](QAbstractButton* button) {
        if (button == static_cast<QAbstractButton*>(accept)) m_workspace.open(path, true);
        box->close();
    });
    box->open();
    refreshStatus();
}

void MainWindow::startSearch() {
    if (!m_workspace.isOpen()) return;
    showPanel("search");
    m_workspace.searches().start(defaultSearch(m_workspace.project()));
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

void MainWindow::newProject(const QString& model, const QString& data) {
    auto* dialog = new NewProjectDialog(m_workspace, model, this);
    if (!data.isEmpty()) dialog->setData(data);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &NewProjectDialog::created, this, &MainWindow::openProject);
    dialog->open();
}

void MainWindow::stepRequested(ProjectSteps::Step step) {
    switch (step) {
    case ProjectSteps::Model:
    case ProjectSteps::Assign: return showPanel("network");
    case ProjectSteps::Library: return showPanel("library");
    case ProjectSteps::Calibrate:
        if (m_workspace.calibrated()) return showPanel(m_docks.count("quantization") ? "quantization" : "inspector");
        showPanel("jobs");
        m_workspace.calibrate();
        return;
    case ProjectSteps::Search: return showPanel(m_docks.count("search") ? "search" : "results");
    case ProjectSteps::Export: return showPanel("front");
    }
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

void MainWindow::forget(const QString& path) {
    QStringList paths = recent();
    paths.removeAll(path);
    QSettings().setValue("recent", paths);
    m_start->setRecent(paths);
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    const auto type = event->type();
    if (type != QEvent::DragEnter && type != QEvent::DragMove && type != QEvent::Drop) return QMainWindow::eventFilter(watched, event);
    const auto* widget = qobject_cast<QWidget*>(watched);
    if (!widget || widget->window() != this) return false;  // dialogs look after themselves
    auto* drop = static_cast<QDropEvent*>(event);
    const QStringList paths = localFiles(drop->mimeData());
    if (paths.isEmpty()) return false;
    drop->setDropAction(Qt::CopyAction);
    drop->accept();
    if (type == QEvent::Drop) dropPaths(paths);
    return true;
}

void MainWindow::dropPaths(const QStringList& paths) {
    const auto plan = std::make_shared<DropPlan>();
    const QString title = paths.size() == 1 ? tr("Look at %1").arg(QFileInfo(paths.first()).fileName()) : tr("Look at %1 files").arg(paths.size());
    m_workspace.jobs().submit(title, {}, JobCenter::Lane::Background,
                              [paths, plan](const JobContext&) -> Result<void> {
                                  *plan = planDrop(paths);
                                  return {};
                              },
                              [this, plan](const Result<void>& result) {
                                  if (result.ok()) carryOut(*plan);
                              });
}

void MainWindow::carryOut(const DropPlan& plan) {
    QStringList problems = plan.problems;
    if (!plan.project.isEmpty()) {
        m_pendingLibraries = plan.libraries;
        m_pendingImports = plan.imports;
        openProject(plan.project);
    } else if (m_workspace.isOpen()) {
        for (const QString& path : plan.libraries) m_workspace.addLibrary(path);
        if (!plan.imports.isEmpty()) showPanel("library");
        if (!plan.imports.isEmpty()) m_workspace.requestImport(plan.imports);
    } else {
        for (const QString& path : plan.libraries + plan.imports) problems << tr("%1: multipliers are added to a project. Open a project first.").arg(path);
    }
    if (!plan.assignment.isEmpty() && m_workspace.isOpen() && plan.project.isEmpty()) m_workspace.namedAssignments().load(plan.assignment);
    else if (!plan.assignment.isEmpty()) problems << tr("%1: an assignment belongs to a network. Open its project first, then drop it.").arg(plan.assignment);
    if (!plan.model.isEmpty() || !plan.data.isEmpty()) newProject(plan.model, plan.data);
    if (!problems.isEmpty()) showMessage(problems.join("\n\n"));
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    touchSession();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    const int active = m_workspace.jobs().active();
    if (active > 0 && m_confirmClose) {
        const QString jobs = active == 1 ? tr("One job is not finished. Closing cancels it; everything evaluated so far is stored.")
                                         : tr("%1 jobs are not finished. Closing cancels them; everything evaluated so far is stored.").arg(active);
        QMessageBox question(QMessageBox::Question, tr("Close Axplorer?"), jobs, QMessageBox::Close | QMessageBox::Cancel, this);
        question.button(QMessageBox::Close)->setText(tr("&Close"));
        question.button(QMessageBox::Cancel)->setText(tr("&Keep working"));
        question.setDefaultButton(QMessageBox::Cancel);
        question.setObjectName("close-question");
        if (question.exec() != QMessageBox::Close) return event->ignore();
    }
    QSettings settings;
    settings.setValue("window/geometry", saveGeometry());
    if (m_workspace.isOpen()) settings.setValue("window/state", saveState(kLayoutVersion));
    for (const auto& [id, dock] : m_docks) saveViewState(*dock->widget(), id);
    if (m_session) {
        SessionState state = m_resume.project.isEmpty() ? sessionState() : m_resume;
        state.ended = true;
        state.restores = 0;
        m_session->writeNow(state);
        m_session.reset();  // hiding the docks is no change of the user's
    }
    m_workspace.jobs().cancelAll();
    event->accept();
}

QString helpPageFor(const QWidget* focused) {
    for (const QWidget* widget = focused; widget; widget = widget->parentWidget())
        if (widget->property("helpPage").isValid()) return widget->property("helpPage").toString();
    return QStringLiteral("index");
}

}  // namespace axp::ui
