// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QGraphicsScene>
#include <QHash>
#include <QTimer>

#include <memory>

#include "ui/panels/network/network_figures.h"
#include "ui/panels/network/node_item.h"

namespace axp::ui {

/// The network drawing: boxes and edges of a layout, coloured and marked after figures, selection and drag.
class GraphScene : public QGraphicsScene {
    Q_OBJECT
public:
    explicit GraphScene(QObject* parent = nullptr);

    /// Replaces what is shown. Large graphs are built in portions over several turns of the event loop; built() ends it.
    void show(std::shared_ptr<const ViewGraph> graph, std::shared_ptr<const GraphLayout> layout);
    void empty();
    bool building() const { return m_timer.isActive(); }

    void setTheme(const GraphTheme& theme);
    const GraphTheme& theme() const { return m_theme; }
    void setFigures(const NetworkFigures& figures, ColourBy by);
    void setSelectedSites(const QStringList& sites);
    void setDrop(const AcuDrop& drop);

    QRectF bounds() const { return m_layout ? m_layout->bounds : QRectF(); }
    NodeItem* itemOf(const QString& site) const { return m_itemOfSite.value(site, nullptr); }
    NodeItem* nodeAt(const QPointF& position) const;
    const std::vector<NodeItem*>& nodes() const { return m_nodes; }

signals:
    void built();

protected:
    void helpEvent(QGraphicsSceneHelpEvent* event) override;

private:
    void buildPortion();
    void addBox(std::size_t index);
    void addEdge(std::size_t index);
    void refresh();
    void refresh(NodeItem& item, const QSet<QString>& selected);
    QString toolTipOf(const NodeItem& item) const;

    std::shared_ptr<const ViewGraph> m_graph;
    std::shared_ptr<const GraphLayout> m_layout;
    GraphTheme m_theme;
    NetworkFigures m_figures;
    ColourBy m_by = ColourBy::Acu;
    QStringList m_selected;
    const AcuDrop* m_drop = nullptr;
    std::vector<NodeItem*> m_nodes;
    std::vector<QGraphicsPathItem*> m_edges;
    QHash<QString, NodeItem*> m_itemOfSite;  ///< of node sites and heads
    std::size_t m_next = 0;                  ///< box or edge to be built next
    QTimer m_timer;
};

}  // namespace axp::ui
