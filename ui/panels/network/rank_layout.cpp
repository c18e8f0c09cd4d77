// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "ui/panels/network/view_graph.h"

namespace axp::ui {
namespace {

constexpr double kGapX = 24, kGapY = 28;

struct Rank {
    std::vector<int> boxes;
    double height = 0, left = 0, right = 0;
};

/// Longest path from the inputs. Boxes come in an order in which they can run, except that a collapsed block may also be fed by a
/// later box: such edges run upwards and do not count.
std::vector<int> ranksOf(const ViewGraph& graph) {
    std::vector<int> ranks(graph.boxes.size(), 0);
    std::vector<GraphEdge> edges = graph.edges;
    std::ranges::sort(edges, {}, &GraphEdge::from);
    for (const GraphEdge& edge : edges) {
        if (edge.from >= edge.to) continue;
        int& rank = ranks[static_cast<std::size_t>(edge.to)];
        rank = std::max(rank, ranks[static_cast<std::size_t>(edge.from)] + 1);
    }
    return ranks;
}

/// Places a rank under its predecessors: in the order of their mean place, side by side, centred at 0.
void placeRank(const ViewGraph& graph, Rank& rank, const std::vector<std::vector<int>>& sources, double y, GraphLayout& layout) {
    const auto wish = [&](int box) {
        const auto& from = sources[static_cast<std::size_t>(box)];
        double sum = 0;
        for (const int source : from) sum += layout.centres[static_cast<std::size_t>(source)].x();
        return from.empty() ? 0.0 : sum / static_cast<double>(from.size());
    };
    std::ranges::stable_sort(rank.boxes, {}, wish);
    double width = -kGapX;
    for (const int box : rank.boxes) width += graph.boxes[static_cast<std::size_t>(box)].size.width() + kGapX;
    double x = -width / 2;
    rank.left = x;
    rank.right = -x;
    for (const int box : rank.boxes) {
        const double own = graph.boxes[static_cast<std::size_t>(box)].size.width();
        layout.centres[static_cast<std::size_t>(box)] = {x + own / 2, y + rank.height / 2};
        x += own + kGapX;
    }
}

/// From the lower edge of one box to the upper edge of the other; around what lies between when the edge skips ranks.
QPainterPath route(const QRectF& from, const QRectF& to, double aside) {
    const QPointF start(from.center().x(), from.bottom()), end(to.center().x(), to.top());
    QPainterPath path(start);
    if (aside <= 0) {
        const double bend = std::max(12.0, (end.y() - start.y()) / 2);
        path.cubicTo(start + QPointF(0, bend), end - QPointF(0, bend), end);
        return path;
    }
    const QPointF high(aside, start.y() + kGapY), low(aside, end.y() - kGapY);
    path.cubicTo(start + QPointF(0, kGapY), high - QPointF(0, kGapY), high);
    path.lineTo(low);
    path.cubicTo(low + QPointF(0, kGapY), end - QPointF(0, kGapY), end);
    return path;
}

}  // namespace

GraphLayout rankLayout(const ViewGraph& graph) {
    GraphLayout layout;
    layout.centres.resize(graph.boxes.size());
    const std::vector<int> ranks = ranksOf(graph);
    std::vector<Rank> rows(ranks.empty() ? 0 : static_cast<std::size_t>(*std::ranges::max_element(ranks)) + 1);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        Rank& row = rows[static_cast<std::size_t>(ranks[i])];
        row.boxes.push_back(static_cast<int>(i));
        row.height = std::max(row.height, graph.boxes[i].size.height());
    }
    std::vector<std::vector<int>> sources(graph.boxes.size());
    for (const GraphEdge& edge : graph.edges)
        if (edge.from < edge.to) sources[static_cast<std::size_t>(edge.to)].push_back(edge.from);
    double y = 0;
    for (Rank& row : rows) {
        placeRank(graph, row, sources, y, layout);
        y += row.height + kGapY;
    }

    const auto rect = [&](int box) {
        QRectF area(QPointF(), graph.boxes[static_cast<std::size_t>(box)].size);
        area.moveCenter(layout.centres[static_cast<std::size_t>(box)]);
        return area;
    };
    for (const GraphEdge& edge : graph.edges) {
        const int first = ranks[static_cast<std::size_t>(edge.from)], last = ranks[static_cast<std::size_t>(edge.to)];
        double aside = 0;
        for (int between = first + 1; between < last; ++between)
            aside = std::max(aside, rows[static_cast<std::size_t>(between)].right + kGapX);
        layout.paths.push_back(route(rect(edge.from), rect(edge.to), aside));
        layout.bounds |= layout.paths.back().boundingRect();
    }
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) layout.bounds |= rect(static_cast<int>(i));
    return layout;
}

}  // namespace axp::ui
