// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QGraphicsItem>

#include <vector>

#include "ui/panels/network/acu_drop.h"
#include "ui/panels/network/graph_theme.h"
#include "ui/panels/network/view_graph.h"

namespace axp::ui {

/// A box of the network drawing, with its heads. Shows what it is told; knows nothing of the workspace.
class NodeItem : public QGraphicsItem {
public:
    /// `theme` outlives the item.
    NodeItem(const GraphBox& box, const GraphTheme& theme);

    enum { Type = UserType + 1 };
    int type() const override { return Type; }
    const GraphBox& box() const { return m_box; }

    struct Part {
        QColor fill;
        QString acu;
        bool selected = false;
        DropState drop = DropState::None;
        bool operator==(const Part&) const = default;
    };
    void setBody(const Part& body);
    void setHead(int head, const Part& part);
    const Part& body() const { return m_body; }
    const Part& head(int index) const { return m_heads[static_cast<std::size_t>(index)]; }
    /// A hit of the search.
    void setHit(bool hit);

    /// The head at a place in the item's coordinates, -1 for none.
    int headAt(const QPointF& position) const;
    QRectF headRect(int head) const;
    /// The sites that a click or a drop there means.
    QStringList sitesAt(const QPointF& position) const;

    QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    QRectF rect() const { return {-m_box.size.width() / 2, -m_box.size.height() / 2, m_box.size.width(), m_box.size.height()}; }
    void paintQuiet(QPainter& painter, bool details) const;
    void paintSite(QPainter& painter, double zoom) const;
    void paintHeads(QPainter& painter, double zoom) const;
    void paintMarks(QPainter& painter, const QRectF& area, double radius, const Part& part) const;

    GraphBox m_box;
    const GraphTheme& m_theme;
    Part m_body;
    std::vector<Part> m_heads;
    bool m_hit = false;
};

}  // namespace axp::ui
