// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/node_item.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QStyleOptionGraphicsItem>

namespace axp::ui {
namespace {

constexpr double kRadius = 8, kHeadRadius = 4, kMarkWidth = 3;
constexpr double kTextFrom = 0.28, kHeadTextFrom = 0.5;  // zoom below which text is only a blur

QFont fontOf(int pixels, bool bold = false) {
    QFont font;
    font.setPixelSize(pixels);
    font.setBold(bold);
    return font;
}

void drawElided(QPainter& painter, const QRectF& area, const QString& text, Qt::Alignment alignment, Qt::TextElideMode mode = Qt::ElideMiddle) {
    const QFontMetricsF metrics(painter.font());
    const QString shown = metrics.horizontalAdvance(text) > area.width() ? metrics.elidedText(text, mode, area.width()) : text;
    painter.drawText(area, static_cast<int>(alignment | Qt::TextSingleLine), shown);
}

}  // namespace

NodeItem::NodeItem(const GraphBox& box, const GraphTheme& theme) : m_box(box), m_theme(theme), m_heads(static_cast<std::size_t>(box.heads.size())) {
    m_body.fill = theme.quietFill;
    setZValue(1);
}

void NodeItem::setBody(const Part& body) {
    if (body == m_body) return;
    m_body = body;
    update();
}

void NodeItem::setHead(int head, const Part& part) {
    Part& mine = m_heads[static_cast<std::size_t>(head)];
    if (part == mine) return;
    mine = part;
    update();
}

void NodeItem::setHit(bool hit) {
    if (hit == m_hit) return;
    m_hit = hit;
    setZValue(hit ? 2 : 1);
    update();
}

QRectF NodeItem::headRect(int head) const {
    const int count = static_cast<int>(m_heads.size());
    if (head < 0 || head >= count) return {};
    const int rows = (count + kHeadsInRow - 1) / kHeadsInRow, columns = (count + rows - 1) / rows;
    const QRectF all(rect().left() + kBoxPadding, rect().top() + kMacHeight, rect().width() - 2 * kBoxPadding, rows * kHeadHeight);
    const double width = all.width() / columns;
    return QRectF(all.left() + head % columns * width, all.top() + head / columns * kHeadHeight, width, kHeadHeight).adjusted(1.5, 1.5, -1.5, -1.5);
}

int NodeItem::headAt(const QPointF& position) const {
    for (int head = 0; head < static_cast<int>(m_heads.size()); ++head)
        if (headRect(head).contains(position)) return head;
    return -1;
}

QStringList NodeItem::sitesAt(const QPointF& position) const {
    const int head = headAt(position);
    return head >= 0 ? QStringList{m_box.heads[head]} : m_box.sites;
}

QRectF NodeItem::boundingRect() const {
    constexpr double margin = 2 * kMarkWidth + 2;
    return rect().adjusted(-margin, -margin, margin, margin);
}

void NodeItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    painter->setRenderHint(QPainter::Antialiasing);
    const double zoom = QStyleOptionGraphicsItem::levelOfDetailFromTransform(painter->worldTransform());  // without the pixel ratio
    const bool site = m_box.kind == GraphBox::Kind::Mac || m_box.kind == GraphBox::Kind::Block;
    if (site) paintSite(*painter, zoom);
    else paintQuiet(*painter, zoom >= 0.45);
    if (!m_hit) return;
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(m_theme.hit, kMarkWidth, Qt::DashLine));
    painter->drawRoundedRect(rect().adjusted(-5, -5, 5, 5), kRadius + 4, kRadius + 4);
}

void NodeItem::paintQuiet(QPainter& painter, bool details) const {
    const bool terminal = m_box.kind == GraphBox::Kind::Terminal;
    const double radius = terminal ? rect().height() / 2 : 5;
    painter.setPen(QPen(m_theme.border, 1));
    painter.setBrush(terminal ? m_theme.background : m_theme.quietFill);
    painter.drawRoundedRect(rect(), radius, radius);
    if (!details) return;
    painter.setPen(m_theme.quietText);
    painter.setFont(fontOf(11));
    const QString text = !terminal ? m_box.type : m_box.shape.isEmpty() ? m_box.title : m_box.title + QStringLiteral("  ") + m_box.shape;
    drawElided(painter, rect().adjusted(6, 0, -6, 0), text, Qt::AlignCenter);
}

void NodeItem::paintSite(QPainter& painter, double zoom) const {
    if (m_box.kind == GraphBox::Kind::Block) {  // a stack: more is inside
        painter.setPen(QPen(m_theme.border, 1));
        painter.setBrush(m_theme.quietFill);
        painter.drawRoundedRect(rect().translated(4, 4), kRadius, kRadius);
    }
    painter.setPen(QPen(blended(m_body.fill, m_theme.text, 0.35), 1));
    painter.setBrush(m_body.fill);
    painter.drawRoundedRect(rect(), kRadius, kRadius);
    if (zoom >= kTextFrom) {
        const QColor ink = readableOn(m_body.fill);
        const QRectF inner = rect().adjusted(kBoxPadding + 2, 6, -kBoxPadding - 2, 0);
        painter.setPen(ink);
        painter.setFont(fontOf(13, true));
        drawElided(painter, {inner.left(), inner.top(), inner.width(), 17}, m_box.title, Qt::AlignLeft | Qt::AlignVCenter);
        painter.setFont(fontOf(11));
        const QString details = m_box.shape.isEmpty() || m_box.kind == GraphBox::Kind::Block ? m_box.type : m_box.type + QStringLiteral("  ·  ") + m_box.shape;
        drawElided(painter, {inner.left(), inner.top() + 17, inner.width(), 15}, details, Qt::AlignLeft | Qt::AlignVCenter, Qt::ElideRight);
        drawElided(painter, {inner.left(), inner.top() + 32, inner.width(), 15}, m_body.acu, Qt::AlignLeft | Qt::AlignVCenter);
    }
    paintHeads(painter, zoom);
    paintMarks(painter, rect(), kRadius, m_body);
}

void NodeItem::paintHeads(QPainter& painter, double zoom) const {
    for (int head = 0; head < static_cast<int>(m_heads.size()); ++head) {
        const Part& part = m_heads[static_cast<std::size_t>(head)];
        const QRectF area = headRect(head);
        painter.setPen(QPen(readableOn(m_body.fill), 1));
        painter.setBrush(part.fill);
        painter.drawRoundedRect(area, kHeadRadius, kHeadRadius);
        if (zoom >= kHeadTextFrom) {
            painter.setPen(readableOn(part.fill));
            painter.setFont(fontOf(10));
            painter.drawText(area, Qt::AlignCenter, m_box.heads.at(head).section(QLatin1Char('/'), -1));
        }
        paintMarks(painter, area, kHeadRadius, part);
    }
}

void NodeItem::paintMarks(QPainter& painter, const QRectF& area, double radius, const Part& part) const {
    painter.setBrush(Qt::NoBrush);
    const double out = radius == kRadius ? 3 : 0.5;  // heads stand close together
    const QRectF around = area.adjusted(-out, -out, out, out);
    if (part.selected) {
        painter.setPen(QPen(m_theme.background, kMarkWidth + 2));
        painter.drawRoundedRect(around, radius + out, radius + out);
        painter.setPen(QPen(m_theme.selection, kMarkWidth));
        painter.drawRoundedRect(around, radius + out, radius + out);
    }
    if (part.drop == DropState::None) return;
    const QColor mark = part.drop == DropState::Target ? m_theme.target : part.drop == DropState::Legal ? m_theme.legal : m_theme.refused;
    if (part.drop == DropState::Target) painter.setBrush(QColor(mark.red(), mark.green(), mark.blue(), 90));
    painter.setPen(QPen(mark, part.drop == DropState::Refused ? 1.5 : kMarkWidth, part.drop == DropState::Refused ? Qt::DotLine : Qt::SolidLine));
    painter.drawRoundedRect(around, radius + out, radius + out);
}

}  // namespace axp::ui
