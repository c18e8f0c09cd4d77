// SPDX-License-Identifier: GPL-3.0-or-later
// The menus and the tool bar of the main window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QTextBrowser>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/panels/network/assignment_menu.h"
#include "ui/panels/panel.h"
#include "ui/shell/main_window.h"
#include "ui/shell/view_state.h"
#include "ui/widgets/icons.h"

namespace axp::ui {
namespace {

/// Menus that hold the actions of panels, in the order of the menu bar; a panel that no line names has its actions in View.
struct PanelMenu {
    const char* title;
    std::vector<const char*> panels;
};
const std::vector<PanelMenu>& panelMenus() {
    static const std::vector<PanelMenu> table{
        {QT_TRANSLATE_NOOP("MainWindow", "&Model"), {"network", "inspector", "data"}},
        {QT_TRANSLATE_NOOP("MainWindow", "&Library"), {"library"}},
        {QT_TRANSLATE_NOOP("MainWindow", "&Quantize"), {"quantization"}},
        {QT_TRANSLATE_NOOP("MainWindow", "&Search"), {"search", "front", "results", "jobs"}},
    };
    return table;
}

QString panelTitle(const char* id) {
    for (const auto& panel : panels())
        if (QLatin1String(panel.id) == QLatin1String(id)) return QCoreApplication::translate("Panel", panel.title);
    return {};
}

QString withoutMnemonic(QString text) { return text.remove('&').remove(QStringLiteral("...")); }

}  // namespace

QAction* MainWindow::makeAction(QMenu* menu, const QString& iconName, const QString& text, const QKeySequence& key, std::function<void()> call,
                                bool needsProject) {
    auto* action = new QAction(text, this);
    if (!iconName.isEmpty()) action->setIcon(icon(iconName));
    action->setShortcut(key);
    connect(action, &QAction::triggered, this, std::move(call));
    menu->addAction(action);
    if (needsProject) m_projectActions << action;
    return action;
}

void MainWindow::makeMenus() {
    makeFileMenu();
    makeEditMenu();
    makePanelMenus();
    makeViewMenu();
    makeHelpMenu();
}

void MainWindow::makeFileMenu() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    makeAction(file, "new", tr("&New project..."), QKeySequence::New, [this] { newProject(); })->setObjectName("newProject");
    m_open = makeAction(file, "open", tr("&Open..."), QKeySequence::Open, [this] { chooseProject(); });
    m_recentMenu = file->addMenu(icon("recent"), tr("Open &recent"));
    connect(m_recentMenu, &QMenu::aboutToShow, this, [this] {
        m_recentMenu->clear();
        const QStringList paths = recent();
        for (const QString& path : paths) m_recentMenu->addAction(path, this, [this, path] { openProject(path); });
        if (paths.isEmpty()) m_recentMenu->addAction(tr("No recent projects"))->setEnabled(false);
    });
    file->addSeparator();
    makeAction(file, "close", tr("&Close project"), QKeySequence::Close, [this] {
        QSettings().setValue("window/state", saveState(kLayoutVersion));
        m_workspace.close();
    }, true);
    makeAction(file, "quit", tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
}

void MainWindow::makeEditMenu() {
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    m_undo = m_workspace.undoStack().createUndoAction(this, tr("&Undo"));
    m_undo->setShortcut(QKeySequence::Undo);
    m_undo->setIcon(icon("undo"));
    m_redo = m_workspace.undoStack().createRedoAction(this, tr("&Redo"));
    m_redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    m_redo->setIcon(icon("redo"));
    edit->addActions({m_undo, m_redo});
    edit->addSeparator();
    makeAction(edit, "reset", tr("Reset all sites to the &exact multiplier"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R), [this] {
        if (m_workspace.isOpen()) m_workspace.setAssignment({}, tr("Reset to exact"));
    }, true);
    edit->addMenu(new AssignmentMenu(m_workspace, true, this));
}

void MainWindow::makePanelMenus() {
    for (const PanelMenu& entry : panelMenus()) {
        QMenu* menu = menuBar()->addMenu(QCoreApplication::translate("MainWindow", entry.title));
        QStringList ids;
        for (const char* id : entry.panels)
            if (m_docks.count(id)) ids << id;
        const QLatin1String title(entry.title);
        if (title == QLatin1String("&Library")) {
            makeAction(menu, "import", tr("&Import..."), {}, [this] { importLibrary(false); }, true);
            makeAction(menu, "open", tr("&Add library folder..."), {}, [this] { importLibrary(true); }, true);
        } else if (title == QLatin1String("&Quantize")) {
            m_calibrate = makeAction(menu, "calibrate", tr("&Calibrate"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K), [this] {
                m_workspace.calibrate();
            }, true);
        } else if (title == QLatin1String("&Search")) {
            m_evaluate = makeAction(menu, "evaluate", tr("&Evaluate assignment"), QKeySequence(Qt::Key_F5), [this] { evaluate(); }, true);
            m_evaluate->setObjectName("evaluate");
            m_search = makeAction(menu, "search", tr("&Start search"), QKeySequence(Qt::Key_F6), [this] { startSearch(); }, true);
            makeAction(menu, "cancel", tr("&Cancel all jobs"), QKeySequence(Qt::CTRL | Qt::Key_Period), [this] { m_workspace.jobs().cancelAll(); });
        }
        if (!menu->isEmpty() && !ids.isEmpty()) menu->addSeparator();
        addPanelActions(menu, ids);
    }
}

void MainWindow::addPanelActions(QMenu* menu, const QStringList& panelIds) {
    for (const QString& id : panelIds) {
        QMenu* part = panelIds.size() > 1 ? menu->addMenu(icon(id), panelTitle(qPrintable(id))) : menu;
        const auto fill = [this, menu, part, id] {
            for (QAction* action : m_docks.at(id)->widget()->actions())
                if (!part->actions().contains(action)) part->addAction(action);
            if (part != menu) part->menuAction()->setVisible(!part->isEmpty());
        };
        fill();
        connect(menu, &QMenu::aboutToShow, this, fill);  // panels may make actions later
        if (part != menu) m_projectActions << part->menuAction();
    }
}

void MainWindow::makeViewMenu() {
    QMenu* view = menuBar()->addMenu(tr("&View"));
    int number = 1;
    QStringList others;
    for (const auto& panel : panels()) {
        const QString id = panel.id;
        QKeySequence key;
        if (number <= 9) key = QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++));
        QAction* show = makeAction(view, hasIcon(id) ? id : QStringLiteral("layout"), panelTitle(panel.id), key, [this, id] { showPanel(id); }, true);
        show->setObjectName("show:" + id);
        bool named = id == QLatin1String("help");
        for (const PanelMenu& menu : panelMenus())
            for (const char* known : menu.panels) named = named || id == QLatin1String(known);
        if (!named) others << id;
    }
    view->addSeparator();
    addPanelActions(view, others);
    QMenu* theme = view->addMenu(icon("theme"), tr("&Theme"));
    auto* group = new QActionGroup(this);
    const std::pair<QString, Theme> themes[] = {{tr("&Light"), Theme::Light}, {tr("&Dark"), Theme::Dark}, {tr("&System"), Theme::System}};
    for (const auto& [name, value] : themes) {
        QAction* action = makeAction(theme, {}, name, {}, [this, value = value] { setTheme(value); });
        action->setCheckable(true);
        action->setChecked(storedTheme() == value);
        group->addAction(action);
        connect(theme, &QMenu::aboutToShow, action, [action, value = value] { action->setChecked(storedTheme() == value); });
    }
    makeAction(view, "theme", tr("Switch light/&dark"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T),
               [this] { setTheme(storedTheme() == Theme::Dark ? Theme::Light : Theme::Dark); });
    makeAction(view, "fit", tr("&Full screen"), QKeySequence(Qt::Key_F11), [this] { isFullScreen() ? showNormal() : showFullScreen(); });
    makeAction(view, "layout", tr("&Reset layout"), {}, [this] {
        defaultLayout();
        for (const auto& [id, dock] : m_docks) resetViewState(*dock->widget(), id);
    }, true);
}

void MainWindow::makeHelpMenu() {
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    const auto showPage = [this](const QString& page) {
        showPanel("help");
        m_docks["help"]->widget()->setProperty("page", page);
    };
    makeAction(help, "help", tr("&Help on this panel"), QKeySequence::HelpContents, [showPage] { showPage(helpPageFor(QApplication::focusWidget())); });
    makeAction(help, "help", tr("&Contents"), {}, [showPage] { showPage("index"); });
    makeAction(help, "command", tr("Keyboard &shortcuts"), QKeySequence(Qt::CTRL | Qt::Key_F1), [this] { showShortcuts(); })->setObjectName("showShortcuts");
    help->addSeparator();
    makeAction(help, "about", tr("&About Axplorer"), {}, [this] { showAbout(); })->setObjectName("showAbout");
    makeAction(help, "about", tr("About &Qt"), {}, [] { QApplication::aboutQt(); });
}

void MainWindow::importLibrary(bool folder) {
    if (!folder) {
        showPanel("library");
        return m_workspace.requestImport({});
    }
    const QString path = QFileDialog::getExistingDirectory(this, tr("Library folder, or folder of product tables"), QSettings().value("window/libraries").toString());
    if (path.isEmpty()) return;
    QSettings().setValue("window/libraries", QFileInfo(path).path());
    m_workspace.addLibrary(path);
}

void MainWindow::showShortcuts() {
    QString rows;
    const auto add = [&rows](const QString& place, const QList<QAction*>& actions) {
        QString part;
        for (const QAction* action : actions) {
            if (action->shortcut().isEmpty() || action->text().isEmpty()) continue;
            part += QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>")
                        .arg(action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(), withoutMnemonic(action->text()).toHtmlEscaped());
        }
        if (!part.isEmpty()) rows += QStringLiteral("<h3>%1</h3><table>%2</table>").arg(place, part);
    };
    add(tr("Everywhere"), findChildren<QAction*>(QString(), Qt::FindDirectChildrenOnly));
    for (const auto& panel : panels()) add(panelTitle(panel.id), m_docks[panel.id]->widget()->actions());
    auto* dialog = new QDialog(this);
    dialog->setWindowTitle(tr("Keyboard shortcuts"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    auto* text = new QTextBrowser(dialog);
    text->setAccessibleName(dialog->windowTitle());
    text->setHtml(rows);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(text);
    dialog->resize(460, 620);
    dialog->show();
}

void MainWindow::showAbout() {
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Axplorer"),
                                tr("<b>Axplorer %1</b><p>A workbench for approximate multipliers in deep networks.</p>"
                                   "<p>Free software under the GNU General Public License, version 3 or later.</p>")
                                    .arg(QApplication::applicationVersion()),
                                QMessageBox::Close, this);
    box->setIconPixmap(QApplication::windowIcon().pixmap(64));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::makeToolBar() {
    QToolBar* bar = addToolBar(tr("Main"));
    bar->setObjectName("toolbar:main");
    bar->setMovable(false);
    bar->setIconSize(QSize(20, 20));
    bar->addAction(m_open);
    bar->addSeparator();
    bar->addActions({m_undo, m_redo});
    bar->addSeparator();
    bar->addAction(m_evaluate);
    bar->addAction(m_search);
    for (QAction* action : {m_evaluate, m_search})
        if (auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(action))) button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_samples = new QComboBox(bar);
    m_samples->setAccessibleName(tr("Samples to evaluate on"));
    m_samples->setToolTip(tr("Samples of the selection split that evaluations use; the test split gives final figures only"));
    for (const int count : {128, 512, 2000, 4488}) m_samples->addItem(tr("%1 samples").arg(count), static_cast<qlonglong>(count));
    connect(m_samples, &QComboBox::currentIndexChanged, this, [this] {
        if (m_samples->currentData().isValid()) m_workspace.setSlice({"selection", 0, m_samples->currentData().toLongLong()});
    });
    bar->addWidget(m_samples);
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    auto* steps = new ProjectSteps(m_workspace, bar);
    connect(steps, &ProjectSteps::requested, this, &MainWindow::stepRequested);
    bar->addWidget(steps);
}

}  // namespace axp::ui
