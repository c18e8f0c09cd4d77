// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/scenes.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QTabWidget>
#include <QTableView>
#include <QTextBrowser>
#include <QTimer>

#include <algorithm>

#include "core/acu/record.h"
#include "ui/bridge/named_assignments.h"
#include "ui/bridge/search_center.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/import_dialog.h"
#include "ui/panels/library/library_widget.h"
#include "ui/shell/main_window.h"
#include "ui/shell/new_project_dialog.h"

namespace axp::ui {
namespace {

QString latin(const char* text) { return QString::fromLatin1(text); }

template <class Object>
Object* found(const Stage& stage, const char* name) {
    return stage.window.findChild<Object*>(latin(name));
}

QWidget* panelOf(const Stage& stage, const char* id) {
    const auto* dock = stage.window.findChild<QDockWidget*>(latin("dock:") + id);
    return dock ? dock->widget() : nullptr;
}

SceneStep act(const char* name) {
    return {latin(name), [name](const Stage& stage) {
                auto* action = found<QAction>(stage, name);
                if (!action || !action->isEnabled()) return false;
                action->trigger();
                return true;
            }, {}};
}

SceneStep press(const char* name) {
    return {latin(name), [name](const Stage& stage) {
                auto* button = found<QAbstractButton>(stage, name);
                if (!button || !button->isEnabled()) return false;
                button->click();
                return true;
            }, {}};
}

SceneStep choose(const char* box, int index) {
    return {latin(box), [box, index](const Stage& stage) {
                auto* combo = found<QComboBox>(stage, box);
                if (!combo || index >= combo->count()) return false;
                combo->setCurrentIndex(index);
                return true;
            }, {}};
}

SceneStep tab(const char* tabs, int index) {
    return {latin(tabs), [tabs, index](const Stage& stage) {
                auto* widget = found<QTabWidget>(stage, tabs);
                if (!widget || index >= widget->count()) return false;
                widget->setCurrentIndex(index);
                return true;
            }, {}};
}

/// Rows of the first table in a panel.
SceneStep rows(const char* panel, int first, int count) {
    return {latin(panel) + latin(" rows"), [panel, first, count](const Stage& stage) {
                QWidget* widget = panelOf(stage, panel);
                auto* view = widget ? widget->findChild<QTableView*>() : nullptr;
                if (!view || view->model()->rowCount() <= first) return false;
                const int last = std::min(first + count, view->model()->rowCount()) - 1;
                const QItemSelection selection(view->model()->index(first, 0), view->model()->index(last, view->model()->columnCount() - 1));
                view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
                view->selectionModel()->setCurrentIndex(view->model()->index(first, 0), QItemSelectionModel::NoUpdate);
                view->scrollTo(view->model()->index(first, 0));
                return true;
            }, {}};
}

/// What the networks say about the samples, where it is not there yet.
SceneStep predictions() {
    return {latin("computePredictions"), [](const Stage& stage) {
                auto* button = found<QAbstractButton>(stage, "computePredictions");
                if (button) button->click();  // does nothing when there is nothing to compute
                return button != nullptr;
            }, {}};
}

/// An image or another sample of the data panel.
SceneStep sample(int row) {
    return {latin("a sample"), [row](const Stage& stage) {
                QWidget* panel = panelOf(stage, "data");
                auto* view = panel ? panel->findChild<QListView*>() : nullptr;
                if (!view || view->model()->rowCount() <= row) return false;
                view->setCurrentIndex(view->model()->index(row, 0));
                return true;
            }, {}};
}

/// Multiplier files as they were downloaded: what is in the folder "downloads" beside the project.
QStringList downloads(const Stage& stage, const QStringList& names) {
    const QDir folder(QFileInfo(QString::fromStdString(stage.workspace.project().path)).dir().filePath(latin("downloads")));
    QStringList paths;
    for (const QString& name : folder.entryList(names, QDir::AllEntries | QDir::NoDotAndDotDot, QDir::DirsFirst | QDir::Name)) paths << folder.filePath(name);
    return paths;
}

/// The import dialog with the downloads; `start`: they are imported.
SceneStep importing(bool start) {
    return {latin("a folder downloads beside the project"), [start](const Stage& stage) {
                auto* library = stage.window.findChild<LibraryWidget*>();
                const QStringList paths = downloads(stage, {latin("*")});
                if (!library || paths.isEmpty()) return false;
                ImportDialog* dialog = library->openImport({});
                dialog->addPaths(paths);
                if (start) dialog->start();
                return true;
            }, {}};
}

/// A multiplier with published figures, one of them in doubt where there is such a one.
SceneStep published() {
    return {latin("a multiplier with published figures"), [](const Stage& stage) {
                auto* library = stage.window.findChild<LibraryWidget*>();
                library->importDialog()->close();
                QAbstractItemModel* rows = library->table()->model();
                int chosen = -1;
                for (int row = 0; row < rows->rowCount(); ++row) {
                    const auto& acu = library->model()->acu(library->model()->rowOf(rows->index(row, AcuTableModel::Name).data().toString()));
                    if (!acu->record() || acu->record()->published.empty()) continue;
                    if (chosen < 0 || !acu->record()->differences.empty()) chosen = row;
                }
                if (chosen >= 0) library->table()->selectRow(chosen);
                return chosen >= 0;
            }, {}};
}

/// The part of a text that begins with `words` at the top.
SceneStep read(const char* words) {
    return {latin(words), [words](const Stage& stage) {
                for (auto* text : stage.window.findChildren<QTextBrowser*>()) {
                    if (!text->isVisible() || !text->find(latin(words))) continue;
                    QTextCursor cursor = text->textCursor();
                    cursor.clearSelection();
                    text->setTextCursor(cursor);
                    text->verticalScrollBar()->setValue(text->verticalScrollBar()->value() + text->cursorRect().top() - 4);
                    return true;
                }
                return false;
            }, {}};
}

SceneStep audit() {
    return {latin("a table in downloads/*.h"), [](const Stage& stage) {
                const QStringList headers = downloads(stage, {latin("*.h")});
                if (!headers.isEmpty()) stage.window.findChild<LibraryWidget*>()->audit(headers.first());
                return !headers.isEmpty();
            }, {}};
}

/// The network of the project and another one beside it.
SceneStep otherNetwork() {
    return {latin("another network beside that of the project"), [](const Stage& stage) {
                auto *first = found<QLineEdit>(stage, "compareFirst"), *second = found<QLineEdit>(stage, "compareSecond");
                if (!first || !second) return false;
                const QFileInfo own(first->text());
                for (const QFileInfo& other : own.dir().entryInfoList({latin("*.onnx")}, QDir::Files))
                    if (other != own) second->setText(other.filePath());
                return !second->text().isEmpty();
            }, {}};
}

/// The fields of a new project, filled in with the network and the data of the open one.
SceneStep newProject() {
    return {latin("the fields of a new project"), [](const Stage& stage) {
                auto *dialog = stage.window.findChild<NewProjectDialog*>();
                auto* model = found<QLineEdit>(stage, "newProjectModel");
                if (!dialog || !model) return false;
                const Project& project = stage.workspace.project();
                model->setText(QString::fromStdString(project.resolvedModelPath()));
                const QDir folder = QFileInfo(QString::fromStdString(project.path)).dir();
                if (!project.data.path.empty()) dialog->setData(QDir::cleanPath(folder.filePath(QString::fromStdString(project.data.path))));
                return true;
            }, {}};
}

/// What is done while a search goes on does not wait for its end.
SceneStep atOnce(SceneStep step) {
    step.over = [](const Stage&) { return true; };
    return step;
}

/// A layer with weights in the middle of the network, or one head of an attention product where there are any.
SceneStep site(bool head) {
    return {latin("a site"), [head](const Stage& stage) {
                const auto& nodes = stage.workspace.nodeSites();
                if (nodes.empty()) return false;
                const auto fits = [head](const Site& node) { return head == (node.heads > 1); };
                const auto from = head ? nodes.begin() : nodes.begin() + static_cast<long>(nodes.size() / 4);
                const auto found = std::find_if(from, nodes.end(), fits);
                const std::string chosen = found == nodes.end() ? nodes.front().id : head ? found->id + "/h1" : found->id;
                stage.workspace.selection().setSites({QString::fromStdString(chosen)});
                return true;
            }, {}};
}

/// A search with that many simulations behind it, or one that is over. Another seed than that of a run before looks for designs of its own.
SceneStep search(std::size_t steps, std::uint64_t seed = 1) {
    return {latin("a search"), [seed](const Stage& stage) {
                SearchSettings settings = defaultSearch(stage.workspace.project());
                settings.seed = seed;
                return stage.workspace.searches().start(settings) != 0;
            },
            [steps](const Stage& stage) {
                const auto trace = stage.workspace.searches().trace(stage.workspace.searches().latestRun());
                return (trace && trace->steps.size() >= steps) || !stage.workspace.searches().activeJob();
            }};
}

/// Gives a panel at the edge the room to be seen.
SceneStep enlarge(const char* panel, int size, Qt::Orientation orientation) {
    return {latin("dock:") + panel, [panel, size, orientation](const Stage& stage) {
                auto* dock = found<QDockWidget>(stage, (std::string("dock:") + panel).c_str());
                if (dock) stage.window.resizeDocks({dock}, {size}, orientation);
                return dock != nullptr;
            }, {}};
}

/// Asks to close the window; the question is a loop of its own.
SceneStep closing() {
    return {latin("closing"), [](const Stage& stage) {
                stage.window.setConfirmClose(true);
                QTimer::singleShot(0, &stage.window, &QWidget::close);
                return true;
            }, [](const Stage&) { return QApplication::activeModalWidget() != nullptr; }};
}

SceneStep help(const char* page) {
    return {latin("help"), [page](const Stage& stage) {
                QWidget* panel = panelOf(stage, "help");
                if (panel) panel->setProperty("page", latin(page));
                return panel != nullptr;
            }, {}};
}

SceneStep named(const char* name) {
    return {latin("a named assignment"), [name](const Stage& stage) {
                stage.workspace.namedAssignments().saveAs(latin(name));
                return true;
            }, {}};
}

/// A sentence as bad input gives it.
SceneStep refuse() {
    return {latin("a message"), [](const Stage& stage) {
                emit stage.workspace.failed(QApplication::translate("MainWindow", "%1: %2.").arg(latin("notes.txt"),
                    QApplication::translate("DropPlan", "it is neither a project (.axp), a network (.onnx, .pt), a multiplier table (.npy) nor an assignment (.json)")));
                return true;
            }, {}};
}

const auto kSide = Qt::Horizontal, kLow = Qt::Vertical;

std::vector<Scene> makePanels() {
    return {
        {"network", "network", "the network, an attention head selected", true, false, {site(true)}},
        {"network-blocks", "network", "the network, blocks collapsed", true, false, {act("collapseBlocks"), act("fitNetwork")}},
        {"network-sensitivity", "network", "the network, coloured by sensitivity", true, false, {choose("networkColour", 3), site(false)}},
        {"front", "front", "the front, its designs selected", true, false, {act("selectFront")}},
        {"search", "search", "the newest run of the database", true, false, {tab("searchTabs", 0)}},
        {"search-running", "search", "a search under way", true, false, {search(150, 2)}},
        {"search-tree", "search", "the best path of the tree", true, false, {act("showBestPath")}},
        {"search-predictor", "search", "RMSE against accuracy", true, false, {tab("searchTabs", 2)}},
        {"search-steps", "search", "the steps of a run", true, false, {tab("searchTabs", 3)}},
        {"results", "results", "designs, some of them selected", true, false, {rows("results", 0, 3)}},
        {"data", "data", "predictions of the current assignment", true, false, {press("computePredictions")}},
        {"data-sample", "data", "a sample and what the networks make of it", true, false, {predictions(), sample(2)}},
        {"library", "library", "a multiplier with its error map", true, false, {enlarge("library", 560, kSide), rows("library", 3, 1)}},
        {"library-histogram", "library", "a multiplier with the histogram of its errors", true, false,
         {enlarge("library", 560, kSide), rows("library", 3, 1), tab("libraryDetails", 1)}},
        {"library-power", "library", "error against power of several multipliers", true, false,
         {enlarge("library", 560, kSide), rows("library", 0, 5), tab("libraryDetails", 2)}},
        {"library-about", "library", "where a multiplier comes from", true, false,
         {enlarge("library", 560, kSide), rows("library", 3, 1), tab("libraryDetails", 3)}},
        {"library-published", "library", "published figures beside recomputed ones", true, false,
         {enlarge("library", 560, kSide), importing(true), published(), tab("libraryDetails", 3), read("Published")}},
        {"inspector", "inspector", "a layer with its figures and weights", true, false, {enlarge("inspector", 460, kSide), site(false)}},
        {"jobs", "jobs", "the queue with a search under way", true, false, {enlarge("jobs", 420, kLow), act("evaluate"), search(100), atOnce(rows("jobs", 0, 1))}},
        {"jobs-empty", "jobs", "the queue with nothing in it", true, false, {enlarge("jobs", 420, kLow), act("clearEnded")}},
        {"help", "help", "the first page of the help", true, false, {help("index")}},
    };
}

std::vector<Scene> makeDialogs() {
    return {
        {"new-project", "", "a new project", false, true, {act("newProject")}},
        {"new-project-data", "", "a new project with the data of this one", true, true, {act("newProject"), newProject(), press("dataDetails")}},
        {"search-options", "search", "the options of a search", true, true, {act("searchOptions")}},
        {"assign", "network", "multipliers for a site", true, true, {site(true), act("assignSites")}},
        {"measure-sensitivity", "network", "what to measure the sensitivity of", true, true, {act("measureSensitivity")}},
        {"save-assignment", "network", "a name for the assignment", true, true, {act("saveAssignment")}},
        {"manage-assignments", "network", "the named assignments", true, true,
         {named("mixed heads"), named("low power"), act("manageAssignments")}},
        {"save-picture", "front", "size and colours of a picture of the front", true, true, {act("saveFront")}},
        {"compare-designs", "results", "designs layer by layer", true, true, {rows("results", 0, 3), act("compareDesigns")}},
        {"edit-note", "results", "a note in the table of results", true, false, {rows("results", 1, 1), act("editNote")}},
        {"family", "library", "a multiplier of a parametric family", true, true, {act("newFamilyMember")}},
        {"import", "library", "multiplier files to import", true, true, {importing(false)}},
        {"import-summary", "library", "what came of an import", true, true, {importing(true)}},
        {"audit", "library", "the audit of a multiplier file", true, true, {audit()}},
        {"compare-networks", "network", "two networks node by node", true, true, {act("compareNetworks"), otherNetwork(), press("compareStart")}},
        {"shortcuts", "", "all keys", true, true, {act("showShortcuts")}},
        {"about", "", "about Axplorer", false, true, {act("showAbout")}},
        {"message", "", "why a file was refused", false, true, {refuse()}},
        {"close-question", "search", "closing during work", true, true, {search(20), closing()}},
    };
}

}  // namespace

const std::vector<Scene>& scenes() {
    static const std::vector<Scene> table = [] {
        std::vector<Scene> all = makePanels();
        for (Scene& dialog : makeDialogs()) all.push_back(std::move(dialog));
        return all;
    }();
    return table;
}

const Scene* findScene(const QString& name) {
    for (const Scene& scene : scenes())
        if (name == QLatin1String(scene.name)) return &scene;
    return nullptr;
}

}  // namespace axp::ui
