// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/dot_layout.h"

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace axp::ui {
namespace {

constexpr double kPointsPerInch = 72;

std::optional<QPointF> pointFrom(QStringView text) {
    const qsizetype comma = text.indexOf(',');
    bool okX = false, okY = false;
    const double x = text.left(comma).toDouble(&okX), y = text.mid(comma + 1).toDouble(&okY);
    if (comma < 0 || !okX || !okY) return std::nullopt;
    return QPointF(x, -y);  // Graphviz counts upwards
}

/// "e,12,30 10,90 10,70 11,50 12,40": an arrow end, then a start and triples of control points.
QPainterPath pathFrom(const QString& text) {
    std::optional<QPointF> tip;
    std::vector<QPointF> points;
    for (const QStringView part : QStringView(text).split(' ', Qt::SkipEmptyParts)) {
        const bool end = part.startsWith(QLatin1String("e,"));
        const auto point = pointFrom(end || part.startsWith(QLatin1String("s,")) ? part.mid(2) : part);
        if (!point) return {};
        if (end) tip = point;
        else points.push_back(*point);
    }
    if (points.empty()) return {};
    QPainterPath path(points.front());
    for (std::size_t i = 1; i + 2 < points.size(); i += 3) path.cubicTo(points[i], points[i + 1], points[i + 2]);
    if (tip) path.lineTo(*tip);
    return path;
}

}  // namespace

QByteArray dotText(const ViewGraph& graph) {
    QByteArray text = "digraph G {\nrankdir=TB; nodesep=0.25; ranksep=0.32; node [shape=box, fixedsize=true, label=\"\"]; edge [arrowsize=0.6];\n";
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) {
        const QSizeF size = graph.boxes[i].size / kPointsPerInch;
        text += 'n' + QByteArray::number(qulonglong(i)) + " [width=" + QByteArray::number(size.width(), 'f', 3) +
                ", height=" + QByteArray::number(size.height(), 'f', 3) + "];\n";
    }
    for (const GraphEdge& edge : graph.edges)
        text += 'n' + QByteArray::number(edge.from) + " -> n" + QByteArray::number(edge.to) + ";\n";
    return text + "}\n";
}

std::optional<GraphLayout> parseDotJson(const QByteArray& json, const ViewGraph& graph) {
    const QJsonObject document = QJsonDocument::fromJson(json).object();
    GraphLayout layout;
    layout.centres.resize(graph.boxes.size());
    layout.paths.resize(graph.edges.size());
    QHash<int, int> boxOfId;
    for (const QJsonValue& value : document["objects"].toArray()) {
        const QJsonObject object = value.toObject();
        const QString name = object["name"].toString();
        bool isNumber = false;
        const int box = name.startsWith('n') ? name.mid(1).toInt(&isNumber) : -1;
        const auto centre = pointFrom(object["pos"].toString());
        if (!isNumber || box < 0 || box >= static_cast<int>(graph.boxes.size()) || !centre) return std::nullopt;
        layout.centres[static_cast<std::size_t>(box)] = *centre;
        boxOfId.insert(object["_gvid"].toInt(-1), box);
        QRectF area(QPointF(), graph.boxes[static_cast<std::size_t>(box)].size);
        area.moveCenter(*centre);
        layout.bounds |= area;
    }
    if (boxOfId.size() != static_cast<qsizetype>(graph.boxes.size())) return std::nullopt;

    QHash<std::pair<int, int>, std::size_t> edgeAt;
    for (std::size_t i = 0; i < graph.edges.size(); ++i) edgeAt.insert({graph.edges[i].from, graph.edges[i].to}, i);
    for (const QJsonValue& value : document["edges"].toArray()) {
        const QJsonObject object = value.toObject();
        const auto found = edgeAt.constFind({boxOfId.value(object["tail"].toInt(-1), -1), boxOfId.value(object["head"].toInt(-1), -1)});
        if (found == edgeAt.constEnd()) return std::nullopt;
        layout.paths[*found] = pathFrom(object["pos"].toString());
        layout.bounds |= layout.paths[*found].boundingRect();
    }
    return layout;
}

}  // namespace axp::ui
