// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/graph_scene.h"

#include <QElapsedTimer>
#include <QGraphicsPathItem>
#include <QGraphicsSceneHelpEvent>
#include <QPen>
#include <QToolTip>

#include <cmath>

namespace axp::ui {
namespace {

constexpr qint64 kPortionMs = 12;  // of one turn of the event loop
constexpr double kArrow = 6;

/// Edge with a small arrow head at its end.
QPainterPath withArrow(QPainterPath path) {
    if (path.isEmpty()) return path;
    const QPointF tip = path.currentPosition();
    const double angle = path.angleAtPercent(1) * M_PI / 180;
    const QPointF back(-std::cos(angle) * kArrow, std::sin(angle) * kArrow), side(back.y() * 0.45, -back.x() * 0.45);
    path.moveTo(tip + back + side);
    path.lineTo(tip);
    path.lineTo(tip + back - side);
    return path;
}

}  // namespace

GraphScene::GraphScene(QObject* parent) : QGraphicsScene(parent) {
    setItemIndexMethod(QGraphicsScene::BspTreeIndex);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &GraphScene::buildPortion);
}

void GraphScene::empty() {
    m_timer.stop();
    m_nodes.clear();
    m_edges.clear();
    m_itemOfSite.clear();
    m_graph.reset();
    m_layout.reset();
    clear();
}

void GraphScene::show(std::shared_ptr<const ViewGraph> graph, std::shared_ptr<const GraphLayout> layout) {
    empty();
    m_graph = std::move(graph);
    m_layout = std::move(layout);
    setSceneRect(m_layout->bounds);
    m_next = 0;
    m_timer.start();
    buildPortion();
}

void GraphScene::buildPortion() {
    QElapsedTimer clock;
    clock.start();
    const QSet<QString> selected(m_selected.begin(), m_selected.end());
    const std::size_t boxes = m_graph->boxes.size(), all = boxes + m_graph->edges.size();
    for (; m_next < all && clock.elapsed() < kPortionMs; ++m_next) {
        if (m_next >= boxes) addEdge(m_next - boxes);
        else addBox(m_next), refresh(*m_nodes.back(), selected);
    }
    if (m_next < all) return;
    m_timer.stop();
    emit built();
}

void GraphScene::addBox(std::size_t index) {
    const GraphBox& box = m_graph->boxes[index];
    auto* item = new NodeItem(box, m_theme);
    item->setPos(m_layout->centres[index]);
    addItem(item);
    m_nodes.push_back(item);
    for (const QString& site : box.sites) m_itemOfSite.insert(site, item);
    for (const QString& head : box.heads) m_itemOfSite.insert(head, item);
}

void GraphScene::addEdge(std::size_t index) {
    QPen pen(m_theme.edge, 1);
    pen.setCosmetic(false);
    m_edges.push_back(addPath(withArrow(m_layout->paths[index]), pen));
    m_edges.back()->setAcceptedMouseButtons(Qt::NoButton);
}

void GraphScene::setTheme(const GraphTheme& theme) {
    m_theme = theme;
    setBackgroundBrush(theme.background);
    for (QGraphicsPathItem* edge : m_edges) edge->setPen(QPen(theme.edge, 1));
    refresh();
    update();
}

void GraphScene::setFigures(const NetworkFigures& figures, ColourBy by) {
    m_figures = figures;
    m_by = by;
    refresh();
}

void GraphScene::setSelectedSites(const QStringList& sites) {
    m_selected = sites;
    refresh();
}

void GraphScene::setDrop(const AcuDrop& drop) {
    m_drop = &drop;
    refresh();
}

void GraphScene::refresh() {
    const QSet<QString> selected(m_selected.begin(), m_selected.end());
    for (NodeItem* item : m_nodes) refresh(*item, selected);
}

void GraphScene::refresh(NodeItem& item, const QSet<QString>& selected) {
    const GraphBox& box = item.box();
    if (box.sites.isEmpty()) return;
    const auto partOf = [&](const QString& site) {
        const SiteFigures figures = m_figures.sites.value(site);
        return NodeItem::Part{siteColour(figures, m_figures, m_by), figures.acu, selected.contains(site),
                              m_drop ? m_drop->stateOf(site) : DropState::None};
    };
    NodeItem::Part body = partOf(box.sites.first());
    if (box.kind == GraphBox::Kind::Block) {
        SiteFigures sum = m_figures.sites.value(box.sites.first());
        for (qsizetype i = 1; i < box.sites.size(); ++i) {
            const SiteFigures figures = m_figures.sites.value(box.sites[i]);
            const NodeItem::Part other = partOf(box.sites[i]);
            if (figures.acu != sum.acu) sum.acu = Workspace::tr("mixed");
            sum.macs += figures.macs;
            if (sum.share && figures.share) *sum.share += *figures.share;
            if (figures.sensitivity && (!sum.sensitivity || figures.sensitivity->rmse > sum.sensitivity->rmse)) sum.sensitivity = figures.sensitivity;
            body.selected = body.selected && other.selected;
            body.drop = std::max(body.drop == DropState::Refused ? DropState::None : body.drop,
                                 other.drop == DropState::Refused ? DropState::None : other.drop);
        }
        body.fill = siteColour(sum, m_figures, m_by);
        body.acu = sum.acu;
    }
    item.setBody(body);
    for (int head = 0; head < static_cast<int>(box.heads.size()); ++head) {
        NodeItem::Part part = partOf(box.heads[head]);
        if (m_by == ColourBy::Macs) part.fill = body.fill;  // heads of a product have equal work
        item.setHead(head, part);
    }
}

QString GraphScene::toolTipOf(const NodeItem& item) const {
    const GraphBox& box = item.box();
    QStringList lines{box.title};
    if (!box.type.isEmpty()) lines << (box.shape.isEmpty() ? box.type : tr("%1, output %2").arg(box.type, box.shape));
    std::int64_t macs = 0;
    std::optional<double> share = 0.0;
    std::optional<SiteSensitivity> worst;
    for (const QString& site : box.sites) {
        const SiteFigures figures = m_figures.sites.value(site);
        macs += figures.macs;
        share = share && figures.share ? std::optional(*share + *figures.share) : std::nullopt;
        if (figures.sensitivity && (!worst || figures.sensitivity->rmse > worst->rmse)) worst = figures.sensitivity;
    }
    if (!box.sites.isEmpty()) {
        lines << tr("%1 MACs, %2 of the power").arg(macsText(macs), shareText(share));
        lines << tr("ACU: %1").arg(item.body().acu);
        if (worst)
            lines << (box.sites.size() == 1 ? tr("With %1 here alone: %2") : tr("With %1 at its most sensitive site alone: %2"))
                         .arg(m_figures.probe, sensitivityText(*worst));
    }
    if (box.kind == GraphBox::Kind::Block) lines << tr("Double-click opens the block");
    return lines.join('\n');
}

void GraphScene::helpEvent(QGraphicsSceneHelpEvent* event) {
    const NodeItem* item = nodeAt(event->scenePos());
    if (item) QToolTip::showText(event->screenPos(), toolTipOf(*item), event->widget());
    else QToolTip::hideText();
}

NodeItem* GraphScene::nodeAt(const QPointF& position) const {
    for (QGraphicsItem* item : items(position, Qt::IntersectsItemBoundingRect, Qt::DescendingOrder, {}))
        if (auto* node = qgraphicsitem_cast<NodeItem*>(item))
            if (QRectF({-node->box().size.width() / 2, -node->box().size.height() / 2}, node->box().size).contains(node->mapFromScene(position))) return node;
    return nullptr;
}

}  // namespace axp::ui
