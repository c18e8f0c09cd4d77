// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/label_layer.h"

#include <algorithm>
#include <cmath>

namespace axp {
namespace {

constexpr double kMarkerRadius = 6, kStepRadius = 2, kDiscRadius = 3;
constexpr double kMarkerWeight = 2, kStepWeight = 2, kDiscWeight = 1;

QRectF around(const QPointF& a, const QPointF& b, double radius) {
    return QRectF(a, b).normalized().adjusted(-radius, -radius, radius, radius);
}

QPointF nearestOn(const QRectF& rect, const QPointF& point) {
    return {std::clamp(point.x(), rect.left(), rect.right()), std::clamp(point.y(), rect.top(), rect.bottom())};
}

/// From the rim of the marker at `from` towards `to`.
QLineF leaderLine(const QPointF& from, const QPointF& to) {
    const double length = std::hypot(to.x() - from.x(), to.y() - from.y());
    return {length > 0 ? from + (to - from) * (kMarkerRadius / length) : from, to};
}

}  // namespace

LabelLayer::LabelLayer(QCustomPlot* plot) : QCPAbstractItem(plot), m_x(plot->xAxis), m_y(plot->yAxis) {
    setSelectable(false);
    setAntialiased(true);
}

void LabelLayer::setObstacles(std::vector<QPointF> markers, std::vector<QPointF> steps, std::vector<QPointF> discs) {
    m_markers = std::move(markers);
    m_steps = std::move(steps);
    m_discs = std::move(discs);
}

QPointF LabelLayer::pixel(const QPointF& coordinates) const {
    return {m_x->coordToPixel(coordinates.x()), m_y->coordToPixel(coordinates.y())};
}

std::vector<LabelObstacle> LabelLayer::obstacles() const {
    std::vector<LabelObstacle> list;
    list.reserve(m_markers.size() + 2 * m_steps.size() + m_discs.size());
    for (const QPointF& point : m_markers)
        list.push_back({around(pixel(point), pixel(point), kMarkerRadius), kMarkerWeight});
    for (std::size_t i = 0; i < m_steps.size(); ++i) {
        const QPointF corner = pixel(m_steps[i]);
        const QPointF before = i > 0 ? pixel(m_steps[i - 1]) : corner;
        const QPointF turn(corner.x(), before.y());
        list.push_back({around(before, turn, kStepRadius), kStepWeight});
        list.push_back({around(turn, corner, kStepRadius), kStepWeight});
    }
    for (const QPointF& point : m_discs) list.push_back({around(pixel(point), pixel(point), kDiscRadius), kDiscWeight});
    return list;
}

void LabelLayer::draw(QCPPainter* painter) {
    if (m_labels.empty()) return;
    const QRectF area = m_x->axisRect()->rect();
    const QFontMetricsF metrics(m_font);
    std::vector<LabelRequest> requests;
    std::vector<QString> texts;
    for (const Label& label : m_labels) {
        const QPointF anchor = pixel(label.at);
        if (!area.contains(anchor)) continue;  // zoomed out of sight
        const QString text = metrics.elidedText(label.text, Qt::ElideRight, area.width() * 0.6);
        requests.push_back({anchor, QSizeF(metrics.horizontalAdvance(text) + 4, metrics.height())});
        texts.push_back(text);
    }

    const auto placements = placeLabels(requests, obstacles(), area.adjusted(3, 3, -3, -3));
    painter->setFont(m_font);
    for (std::size_t i = 0; i < placements.size(); ++i) {
        if (placements[i].rect.isNull()) continue;
        if (placements[i].leader) {
            painter->setPen(QPen(m_text, 0.7));
            painter->drawLine(leaderLine(requests[i].anchor, nearestOn(placements[i].rect, requests[i].anchor)));
        }
        painter->setPen(Qt::NoPen);
        painter->setBrush(m_halo);
        painter->drawRoundedRect(placements[i].rect, 2, 2);
        painter->setPen(m_text);
        painter->drawText(placements[i].rect, Qt::AlignCenter | Qt::TextSingleLine, texts[i]);
    }
}

}  // namespace axp
