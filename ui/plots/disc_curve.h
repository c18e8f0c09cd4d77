// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

namespace axp {

/// A curve that stamps many discs from one small picture, ten times faster than a path each. Few discs, and those of an SVG
/// or PDF, are drawn as QCPCurve does.
class DiscCurve : public QCPCurve {
    Q_OBJECT
public:
    using QCPCurve::QCPCurve;

protected:
    void drawScatterPlot(QCPPainter* painter, const QVector<QPointF>& points, const QCPScatterStyle& style) const override;
};

}  // namespace axp
