// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/label_layout.h"

#include <algorithm>
#include <array>
#include <limits>

namespace axp {
namespace {

constexpr double kMarkerGap = 8;  // from the centre of a marker to its text
constexpr double kRingStep = 9;   // pixels
constexpr int kRings = 9;
constexpr int kLeaderFromRing = 2;
constexpr double kRingCost = 14;  // one ring further out is worth as many covered pixels

// Where the label lies as seen from its marker; right and left first, because they read best.
constexpr std::array<std::array<double, 2>, 8> kDirections{
    {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {1, 1}, {-1, -1}, {-1, 1}}};

QRectF candidate(const LabelRequest& label, const std::array<double, 2>& direction, int ring) {
    const double gap = kMarkerGap + kRingStep * ring;
    const double x = label.anchor.x() + direction[0] * gap + (direction[0] - 1) / 2 * label.size.width();
    const double y = label.anchor.y() + direction[1] * gap + (direction[1] - 1) / 2 * label.size.height();
    return {QPointF(x, y), label.size};
}

double covered(const QRectF& rect, const std::vector<LabelObstacle>& obstacles) {
    double cost = 0;
    for (const LabelObstacle& obstacle : obstacles) {
        const double width =
            std::min(rect.right(), obstacle.rect.right()) - std::max(rect.left(), obstacle.rect.left());
        const double height =
            std::min(rect.bottom(), obstacle.rect.bottom()) - std::max(rect.top(), obstacle.rect.top());
        if (width > 0 && height > 0) cost += width * height * obstacle.weight;
    }
    return cost;
}

bool meetsAny(const QRectF& rect, const std::vector<QRectF>& others) {
    return std::any_of(others.begin(), others.end(), [&](const QRectF& other) { return other.intersects(rect); });
}

}  // namespace

std::vector<LabelPlacement> placeLabels(const std::vector<LabelRequest>& labels,
                                        const std::vector<LabelObstacle>& obstacles, const QRectF& bounds) {
    std::vector<LabelPlacement> placements(labels.size());
    std::vector<QRectF> taken;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double best = std::numeric_limits<double>::infinity();
        for (int ring = 0; ring < kRings && best > ring * ring * kRingCost; ++ring) {
            for (const auto& direction : kDirections) {
                const QRectF rect = candidate(labels[i], direction, ring);
                if (!bounds.contains(rect) || meetsAny(rect, taken)) continue;
                const double cost = covered(rect, obstacles) + ring * ring * kRingCost;
                if (cost >= best) continue;
                best = cost;
                placements[i] = {rect, ring >= kLeaderFromRing};
            }
        }
        if (!placements[i].rect.isNull()) taken.push_back(placements[i].rect.adjusted(-2, -1, 2, 1));
    }
    return placements;
}

}  // namespace axp
