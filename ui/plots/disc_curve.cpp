// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/disc_curve.h"

#include <cmath>

namespace axp {
namespace {

constexpr int kStampFrom = 400;  // fewer discs are drawn exactly where they are, not on whole pixels

}  // namespace

void DiscCurve::drawScatterPlot(QCPPainter* painter, const QVector<QPointF>& points, const QCPScatterStyle& style) const {
    if (points.size() < kStampFrom || painter->modes().testFlag(QCPPainter::pmVectorized))
        return QCPCurve::drawScatterPlot(painter, points, style);
    const double ratio = painter->device()->devicePixelRatioF();
    const int side = int(std::ceil((style.size() + 2) * ratio));
    QImage stamp(side, side, QImage::Format_ARGB32_Premultiplied);
    stamp.fill(Qt::transparent);
    {
        QCPPainter drawing(&stamp);
        drawing.setAntialiasing(true);
        drawing.scale(ratio, ratio);
        style.applyTo(&drawing, pen());
        style.drawShape(&drawing, QPointF(side / ratio / 2, side / ratio / 2));
    }
    stamp.setDevicePixelRatio(ratio);
    const double half = side / ratio / 2;
    const QRectF clip = painter->clipRegion().isEmpty() ? QRectF() : QRectF(painter->clipBoundingRect());
    for (const QPointF& point : points) {
        if (std::isnan(point.x()) || std::isnan(point.y()) || (!clip.isNull() && !clip.adjusted(-side, -side, side, side).contains(point)))
            continue;
        painter->drawImage(QPointF(std::round((point.x() - half) * ratio) / ratio, std::round((point.y() - half) * ratio) / ratio), stamp);
    }
}

}  // namespace axp
