// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/front/overlay_items.h"

#include <algorithm>

namespace axp::ui {
namespace {

constexpr double kRing = 5.5, kCurrentArm = 10, kPadding = 7, kGap = 12;
constexpr double kBoxWidth = 380;

QPointF pixelOf(const QCustomPlot& plot, const QPointF& at) {
    return {plot.xAxis->coordToPixel(at.x()), plot.yAxis->coordToPixel(at.y())};
}

/// A box of this size beside `at`, moved so that it stays in sight.
QRectF boxBeside(const QPointF& at, const QSizeF& size, const QRectF& bounds) {
    const double x = at.x() + kGap + size.width() <= bounds.right() ? at.x() + kGap : at.x() - kGap - size.width();
    const double y = at.y() - kGap - size.height() >= bounds.top() ? at.y() - kGap - size.height() : at.y() + kGap;
    const double right = std::max(bounds.left(), bounds.right() - size.width()), bottom = std::max(bounds.top(), bounds.bottom() - size.height());
    return {QPointF(std::clamp(x, bounds.left(), right), std::clamp(y, bounds.top(), bottom)), size};
}

}  // namespace

MarkItem::MarkItem(QCustomPlot* plot) : QCPAbstractItem(plot) { setSelectable(false); }

void MarkItem::draw(QCPPainter* painter) {
    painter->setAntialiasing(true);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(theme.text, 1.4));
    for (const QPointF& design : selected) painter->drawEllipse(pixelOf(*mParentPlot, design), kRing, kRing);
    if (!current) return;
    const QPointF at = pixelOf(*mParentPlot, *current);
    // Twice, the first time wider in the colour of the background: legible over any number of discs.
    for (const QPen& pen : {QPen(theme.background, 4.5), QPen(theme.text, 1.8)}) {
        painter->setPen(pen);
        painter->drawEllipse(at, kRing + 2, kRing + 2);
        for (const QPointF& arm : {QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)})
            painter->drawLine(at + arm * (kRing + 2), at + arm * (kRing + 2 + kCurrentArm));
    }
}

HoverItem::HoverItem(QCustomPlot* plot) : QCPAbstractItem(plot) { setSelectable(false); }

void HoverItem::draw(QCPPainter* painter) {
    if (!at) return;
    const QPointF centre = pixelOf(*mParentPlot, *at);
    painter->setAntialiasing(true);
    painter->setPen(QPen(theme.background, 4));
    painter->setBrush(Qt::NoBrush);
    painter->drawEllipse(centre, kRing + 1, kRing + 1);
    painter->setPen(QPen(theme.front, 2));
    painter->drawEllipse(centre, kRing + 1, kRing + 1);

    painter->setFont(mParentPlot->xAxis->labelFont());
    const QRectF bounds = QRectF(mParentPlot->axisRect()->rect()).adjusted(2, 2, -2, -2);
    const int flags = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap;
    const double width = std::min(kBoxWidth, bounds.width() - 2 * kPadding);
    const QRectF needed = QFontMetricsF(painter->font()).boundingRect(QRectF(0, 0, width, 2000), flags, text);
    const QRectF box = boxBeside(centre, needed.size() + QSizeF(2 * kPadding, 2 * kPadding - 2), bounds);
    QColor fill = theme.background;
    fill.setAlpha(240);
    painter->setPen(QPen(theme.axis, 1));
    painter->setBrush(fill);
    painter->drawRoundedRect(box, 4, 4);
    painter->setPen(theme.text);
    painter->drawText(box.adjusted(kPadding, kPadding - 1, -kPadding + 2, 0), flags, text);
}

}  // namespace axp::ui
