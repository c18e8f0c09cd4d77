// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/network_panel.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QPointer>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <qcustomplot.h>

#include "ui/panels/network/assignment_menu.h"
#include "ui/panels/network/blocks.h"
#include "ui/panels/network/diff_dialog.h"
#include "ui/panels/network/graph_scene.h"
#include "ui/panels/network/graph_view.h"
#include "ui/panels/network/layout_runner.h"
#include "ui/panels/network/legend.h"
#include "ui/panels/network/network_toolbar.h"
#include "ui/panels/network/sensitivity_dialog.h"
#include "ui/panels/network/site_actions.h"
#include "ui/panels/network/site_table.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {
namespace {
constexpr int kCollapseFrom = 250;  // nodes from which a network opens with its blocks collapsed
}

NetworkPanel::NetworkPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {
    setObjectName(QStringLiteral("network"));
    setAccessibleName(tr("Network"));
    buildWidgets();
    connectWorkspace();
    connectGraph();
    connectTools();
    applyPalette();
    if (workspace.isOpen()) onOpened();
    else onClosed();
}

NetworkPanel::~NetworkPanel() { m_runner->cancel(); }

void NetworkPanel::buildWidgets() {
    m_drop = new AcuDrop(m_workspace, this);
    m_scene = new GraphScene(this);
    m_model = new SiteModel(this);
    m_runner = new LayoutRunner(this);
    m_tools = new NetworkToolbar;
    m_view = new GraphView(*m_scene, *m_drop);
    m_table = new SiteTable(*m_model, *m_drop);
    m_actions = new SiteActions(m_workspace, *m_drop, [this] { return m_table->visibleSites(); }, this);
    m_status = new QLabel;
    m_status->setObjectName(QStringLiteral("networkStatus"));
    m_status->setAccessibleName(tr("What the network panel says"));
    m_status->setContentsMargins(8, 2, 8, 2);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);

    auto* upper = new QWidget;
    auto* upperLayout = new QVBoxLayout(upper);
    upperLayout->setContentsMargins(0, 0, 0, 0);
    upperLayout->setSpacing(0);
    upperLayout->addWidget(m_tools);
    upperLayout->addWidget(m_view, 1);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(QStringLiteral("networkSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(upper);
    splitter->addWidget(m_table);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 3);
    splitter->setSizes({500, 300});
    auto* page = new QWidget;
    auto* pageLayout = new QVBoxLayout(page);
    pageLayout->setContentsMargins(0, 0, 0, 0);
    pageLayout->setSpacing(0);
    pageLayout->addWidget(splitter, 1);
    pageLayout->addWidget(m_status);

    m_empty = new QLabel;
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(24);
    m_empty->setAccessibleName(tr("Empty network panel"));
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_empty);
    m_pages->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_pages);
    setFocusProxy(m_view);
}

void NetworkPanel::connectWorkspace() {
    connect(&m_workspace, &Workspace::opened, this, &NetworkPanel::onOpened);
    connect(&m_workspace, &Workspace::closed, this, &NetworkPanel::onClosed);
    connect(&m_workspace, &Workspace::openingStarted, this, [this](const QString& path) {
        if (!m_workspace.isOpen()) m_empty->setText(tr("Opening %1 ...").arg(path));
    });
    connect(&m_workspace, &Workspace::failed, this, [this] {
        if (!m_workspace.isOpen()) onClosed();
    });
    connect(&m_workspace, &Workspace::assignmentChanged, this, &NetworkPanel::refreshFigures);
    connect(&m_workspace, &Workspace::libraryChanged, this, &NetworkPanel::refreshFigures);
    connect(&m_workspace.sensitivity(), &Sensitivity::changed, this, &NetworkPanel::refreshFigures);
    connect(m_tools, &NetworkToolbar::probeChosen, &m_workspace.sensitivity(), &Sensitivity::setAcu);
    connect(&m_workspace.selection(), &Selection::sitesChanged, this, &NetworkPanel::showSelection);
    connect(m_drop, &AcuDrop::changed, this, [this] {
        m_scene->setDrop(*m_drop);
        m_model->setDrop(*m_drop);
    });
    connect(m_drop, &AcuDrop::message, this, [this](const QString& text) {
        m_status->setText(text);
        m_status->setToolTip(text);
    });
}

void NetworkPanel::connectGraph() {
    connect(m_runner, &LayoutRunner::finished, this, &NetworkPanel::onLayout);
    connect(m_scene, &GraphScene::built, this, [this] {
        m_view->setNote(m_layoutNote);
        search(0);
    });
    connect(m_view, &GraphView::picked, this, [this](const QStringList& sites, bool toggle) { pick(sites, toggle, m_view); });
    connect(m_view, &GraphView::boxSelected, this, [this](const QStringList& sites) { pick(sites, false, m_view); });
    connect(m_view, &GraphView::assignRequested, m_actions, &SiteActions::assign);
    connect(m_view, &GraphView::blockToggled, this, &NetworkPanel::toggleBlock);
    connect(m_view, &GraphView::moveRequested, this, &NetworkPanel::step);
    connect(m_table, &SiteTable::sitesSelected, this, [this](const QStringList& sites) { pick(sites, false, m_table); });
    connect(m_table, &QAbstractItemView::activated, m_actions, &SiteActions::assign);
}

void NetworkPanel::connectTools() {
    connect(m_tools, &NetworkToolbar::colourByChanged, this, &NetworkPanel::refreshFigures);
    connect(m_tools, &NetworkToolbar::fitRequested, m_view, &GraphView::fit);
    connect(m_tools, &NetworkToolbar::collapseToggled, this, &NetworkPanel::collapseAll);
    connect(m_tools, &NetworkToolbar::searchChanged, this, [this] { search(0); });
    connect(m_tools, &NetworkToolbar::searchStep, this, &NetworkPanel::search);
    connect(m_tools, &NetworkToolbar::searchLeft, m_view, [this] { m_view->setFocus(); });
    const auto add = [this](QAction* action) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
    };
    auto* find = new QAction(tr("&Find a node"), this);
    find->setObjectName(QStringLiteral("findNode"));
    find->setShortcut(QKeySequence::Find);
    connect(find, &QAction::triggered, m_tools, &NetworkToolbar::focusSearch);
    auto* block = new QAction(tr("Collapse or &open this block"), this);
    block->setObjectName(QStringLiteral("toggleBlock"));
    block->setShortcut(QKeySequence(tr("Ctrl+Shift+B")));
    connect(block, &QAction::triggered, this, &NetworkPanel::toggleSelectedBlock);
    auto* heads = new QAction(tr("Heads as table rows"), this);
    heads->setObjectName(QStringLiteral("showHeads"));
    heads->setCheckable(true);
    heads->setChecked(true);
    connect(heads, &QAction::toggled, this, [this](bool shown) {
        m_model->setHeadsShown(shown);
        m_table->selectSites(m_workspace.selection().sites());
    });
    auto* compare = new QAction(tr("&Compare networks..."), this);
    compare->setObjectName(QStringLiteral("compareNetworks"));
    compare->setShortcut(QKeySequence(tr("Ctrl+Shift+D")));
    connect(compare, &QAction::triggered, this, [this] { askForComparison(m_workspace, this); });
    auto* assignments = new AssignmentMenu(m_workspace, false, this);
    m_tools->addMenu(assignments);
    addAction(assignments->menuAction());
    connect(m_tools->sensitivityAction(), &QAction::triggered, this, [this] { askForSensitivity(m_workspace, this); });
    for (QAction* action : {find, m_tools->fitAction(), m_tools->collapseAction(), block, heads, m_tools->sensitivityAction(), compare}) add(action);
}

void NetworkPanel::onOpened() {
    m_collapsed.clear();
    m_blocks = blocksOf(m_workspace.graph());
    QSet<QString> known(m_blocks.begin(), m_blocks.end());
    known.remove(QString());
    m_tools->setBlocksKnown(!known.isEmpty());
    if (m_blocks.size() >= kCollapseFrom) m_collapsed = known;
    m_tools->setBlocksCollapsed(!m_collapsed.isEmpty());
    m_model->reload(m_workspace);
    m_fresh = true;
    m_pages->setCurrentIndex(1);
    m_status->setText(tr("Drag an ACU from the library onto a node, a head or a table row, or select sites and press Return."));
    refreshFigures();
    showGraph();
}

void NetworkPanel::onClosed() {
    m_runner->cancel();
    m_hits.clear();
    m_scene->empty();
    m_model->reload(m_workspace);
    m_empty->setText(tr("<p><b>No network yet.</b></p><p>Open a project or an example, or drop a project or model file on the window: "
                        "its layers appear here, and multipliers can be dragged onto them.</p>"));
    m_pages->setCurrentIndex(0);
}

void NetworkPanel::showGraph() {
    const auto graph = std::make_shared<const ViewGraph>(
        makeViewGraph(m_workspace.graph(), m_workspace.nodeSites(), m_blocks, m_collapsed));
    m_view->setNote(tr("Laying out %1 boxes ...").arg(graph->boxes.size()));
    m_runner->start(graph);
}

void NetworkPanel::onLayout(std::shared_ptr<const ViewGraph> graph, std::shared_ptr<const GraphLayout> layout) {
    m_layoutNote = layout->note;
    m_hits.clear();
    m_hit = -1;
    m_scene->show(std::move(graph), std::move(layout));
    if (m_fresh) m_view->showStart();
    else m_view->fit();
    m_fresh = false;
}

void NetworkPanel::refreshFigures() {
    if (!m_workspace.isOpen()) return;
    const NetworkFigures figures = NetworkFigures::of(m_workspace);
    const ColourBy by = m_tools->colourBy();
    m_tools->setProbes(m_workspace.sensitivity().table().acus, m_workspace.sensitivity().acu());
    m_model->setFigures(figures);
    m_scene->setFigures(figures, by);
    m_view->legend().setContent(figures, by, m_workspace.nodeSites());
    m_view->placeOverlays();
}

void NetworkPanel::showSelection(const QObject* origin) {
    const QStringList& sites = m_workspace.selection().sites();
    m_scene->setSelectedSites(sites);
    if (origin != m_table) m_table->selectSites(sites);
    if (origin == m_view || sites.size() != 1) return;
    // One site chosen elsewhere: bring it into view.
    NodeItem* item = m_scene->itemOf(sites.first());
    if (item && !m_view->viewport()->rect().contains(m_view->mapFromScene(item->pos()))) m_view->centreOnBox(item);
}

void NetworkPanel::pick(const QStringList& sites, bool toggle, const QObject* origin) {
    QStringList wanted = sites;
    if (toggle) {
        wanted = m_workspace.selection().sites();
        for (const QString& site : sites)
            if (!wanted.removeOne(site)) wanted << site;
    }
    m_workspace.selection().setSites(wanted, origin);
}

void NetworkPanel::step(int by) {
    const auto& sites = m_workspace.nodeSites();
    if (sites.empty()) return;
    const QStringList& now = m_workspace.selection().sites();
    int at = by > 0 ? -1 : static_cast<int>(sites.size());
    for (std::size_t i = 0; i < sites.size(); ++i)
        if (!now.isEmpty() && QString::fromStdString(sites[i].id) == now.first().section('/', 0, 0)) at = static_cast<int>(i);
    at = std::clamp(at + by, 0, static_cast<int>(sites.size()) - 1);
    m_workspace.selection().setSites({QString::fromStdString(sites[static_cast<std::size_t>(at)].id)}, this);
}

void NetworkPanel::collapseAll(bool collapsed) {
    m_collapsed.clear();
    if (collapsed) m_collapsed = QSet<QString>(m_blocks.begin(), m_blocks.end());
    m_collapsed.remove(QString());
    showGraph();
}

void NetworkPanel::toggleBlock(const QString& block) {
    if (block.isEmpty()) return;
    if (!m_collapsed.remove(block)) m_collapsed.insert(block);
    m_tools->setBlocksCollapsed(!m_collapsed.isEmpty());
    showGraph();
}

void NetworkPanel::toggleSelectedBlock() {
    const QStringList& sites = m_workspace.selection().sites();
    NodeItem* item = sites.isEmpty() ? nullptr : m_scene->itemOf(sites.first());
    if (item && !item->box().block.isEmpty()) toggleBlock(item->box().block);
    else emit m_drop->message(tr("Select a site inside a block first"));
}

void NetworkPanel::search(int step) {
    if (step != 0 && !m_hits.empty()) {
        const int count = static_cast<int>(m_hits.size());
        m_hits[static_cast<std::size_t>(m_hit)]->setHit(false);
        m_hit = (m_hit + step + count) % count;
    } else {
        for (NodeItem* item : m_hits) item->setHit(false);
        m_hits.clear();
        const QString text = m_tools->searched();
        for (NodeItem* item : m_scene->nodes()) {
            const GraphBox& box = item->box();
            const bool hit = !text.isEmpty() && (box.title.contains(text, Qt::CaseInsensitive) || box.type.contains(text, Qt::CaseInsensitive) ||
                                                 box.names.filter(text, Qt::CaseInsensitive).size() > 0);
            if (hit) m_hits.push_back(item);
        }
        m_hit = m_hits.empty() ? -1 : 0;
    }
    showHit();
}

void NetworkPanel::showHit() {
    m_tools->setHits(m_hit, static_cast<int>(m_hits.size()));
    if (m_hit < 0) return;
    NodeItem* item = m_hits[static_cast<std::size_t>(m_hit)];
    item->setHit(true);
    m_view->centreOnBox(item);
    if (!item->box().sites.isEmpty()) m_table->scrollToSite(item->box().sites.first());
}

void NetworkPanel::applyPalette() { m_scene->setTheme(GraphTheme::of(palette())); }

void NetworkPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) applyPalette();
}

Drawing NetworkPanel::picture() const {
    const QRectF area = m_scene->bounds().adjusted(-16, -16, 16, 16);
    return {QString::fromStdString(m_workspace.project().name), area.size().toSize(), [scene = QPointer(m_scene), area](QCPPainter* painter, const QSize&) {
                if (!scene) return;
                painter->setRenderHint(QPainter::Antialiasing);
                scene->render(painter, QRectF(QPointF(), area.size()), area);
            }};
}

void NetworkPanel::contextMenuEvent(QContextMenuEvent* event) {
    if (!m_workspace.isOpen()) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(m_actions->actions());
    menu->addSeparator();
    for (const char* name : {"findNode", "fitNetwork", "collapseBlocks", "toggleBlock", "showHeads", "measureSensitivity"}) {
        for (QAction* action : actions())
            if (action->objectName() == QLatin1String(name)) menu->addAction(action);
    }
    menu->addSeparator();
    menu->addAction(tr("Copy picture of the network"), this, [this] { copyDrawing(picture()); });
    menu->addAction(tr("Save picture of the network..."), this, [this] { saveDrawing(this, m_workspace.jobs(), picture()); });
    menu->addAction(tr("Copy table"), this, [this] { QGuiApplication::clipboard()->setText(m_table->csv()); });
    menu->addAction(tr("Save table as CSV..."), this, [this] {
        saveText(this, m_workspace.jobs(), QString::fromStdString(m_workspace.project().name) + QStringLiteral("-sites.csv"), tr("Table (*.csv)"),
                 m_table->csv().toUtf8());
    });
    menu->popup(event->globalPos());
}

QWidget* makeNetworkPanel(Workspace& workspace, QWidget* parent) { return new NetworkPanel(workspace, parent); }

}  // namespace axp::ui
