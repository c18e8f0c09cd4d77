// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPainterPath>
#include <QRectF>
#include <QSet>
#include <QStringList>

#include <vector>

#include "core/graph/sites.h"

namespace axp::ui {

/// A box of the drawing: a node, a collapsed block, or an input or output of the network.
struct GraphBox {
    enum class Kind { Mac, Operator, Block, Terminal };
    Kind kind = Kind::Operator;
    QString title;      ///< name of the node or block
    QString type;       ///< "Conv", "relu", "5 nodes"
    QString shape;      ///< of the output
    QString block;      ///< the block that it is in or that it is
    QStringList sites;  ///< node sites inside; one for a MAC node
    QStringList heads;  ///< head sites of a MAC node
    QStringList names;  ///< of all nodes inside: what the search looks at
    QSizeF size;        ///< scene units: pixels at zoom 1
};

struct GraphEdge {
    int from = -1, to = -1;  ///< indices of boxes
    bool operator==(const GraphEdge&) const = default;
};

/// What is to be drawn; plain data, to be used in any thread.
struct ViewGraph {
    std::vector<GraphBox> boxes;
    std::vector<GraphEdge> edges;  ///< each pair once
};

/// Where it is drawn: one centre for each box, one path for each edge (in the direction of the data).
struct GraphLayout {
    std::vector<QPointF> centres;
    std::vector<QPainterPath> paths;
    QRectF bounds;
    QString note;  ///< for a person, when this is not Graphviz's layout: why
};

/// `blocks`: of blocksOf(); those in `collapsed` become one box each.
ViewGraph makeViewGraph(const Graph& graph, const std::vector<Site>& nodeSites, const std::vector<QString>& blocks,
                        const QSet<QString>& collapsed);

/// A layered layout without crossing minimisation beyond one pass: for when Graphviz cannot help.
GraphLayout rankLayout(const ViewGraph& graph);

/// Head cells in a MAC box: a row of at most this many.
inline constexpr int kHeadsInRow = 8;
inline constexpr double kHeadHeight = 22, kMacHeight = 58, kBoxPadding = 8;

/// "1 site", "4 sites"
QString sitesText(qsizetype count);
/// "aten::add.Tensor" -> "add"
QString shortOperator(const std::string& op);
/// "32 x 14 x 14": without the batch dimension.
QString shapeOfSample(const Shape& shape);

}  // namespace axp::ui
