// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include <QPointF>
#include <QRectF>
#include <QSizeF>

namespace axp {

/// A text that wants to stand near a marker; pixels.
struct LabelRequest {
    QPointF anchor;
    QSizeF size;
};

/// Something that a label had better not cover; `weight` is the cost per covered pixel.
struct LabelObstacle {
    QRectF rect;
    double weight = 1;
};

struct LabelPlacement {
    QRectF rect;          ///< where the text goes; null when there was no room
    bool leader = false;  ///< far enough from its marker to need a line to it
};

/// Places each label inside `bounds`, never over another label, and over obstacles and far from its marker only as much as needed.
/// Candidates lie on growing rings around the marker; the same input gives the same result. A label for which only places on top
/// of another label remain is dropped.
std::vector<LabelPlacement> placeLabels(const std::vector<LabelRequest>& labels,
                                        const std::vector<LabelObstacle>& obstacles, const QRectF& bounds);

}  // namespace axp
