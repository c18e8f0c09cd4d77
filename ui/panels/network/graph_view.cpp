// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/graph_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QWheelEvent>

#include <cmath>

#include "ui/panels/network/graph_scene.h"
#include "ui/panels/network/legend.h"

namespace axp::ui {
namespace {
constexpr double kLeastZoom = 0.02, kMostZoom = 4, kReadable = 0.8, kMargin = 24;
constexpr int kEdge = 24;  // of the view, where dragging scrolls
}

GraphView::GraphView(GraphScene& scene, AcuDrop& drop, QWidget* parent)
    : QGraphicsView(parent), m_scene(scene), m_drop(drop), m_legend(new Legend(this)) {
    setScene(&scene);
    setObjectName(QStringLiteral("networkGraph"));
    setAccessibleName(tr("Network graph"));
    setAccessibleDescription(tr("The layer table below lists the same sites."));
    setRenderHint(QPainter::Antialiasing);
    setTransformationAnchor(QGraphicsView::NoAnchor);
    setResizeAnchor(QGraphicsView::NoAnchor);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);  // the note stays in its place while the drawing scrolls
    setAcceptDrops(true);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(false);
    setMinimumSize(160, 120);
}

QRectF GraphView::scrollableArea() const {
    // So that any part can be moved to any place of the view.
    const double span = std::max(width(), height()) / std::max(zoom(), kLeastZoom);
    return m_scene.bounds().adjusted(-span, -span, span, span);
}

void GraphView::fit() {
    const QRectF area = m_scene.bounds().adjusted(-kMargin, -kMargin, kMargin, kMargin);
    m_framing = Framing::All;
    if (m_scene.bounds().isEmpty()) return;
    const double factor = std::min(viewport()->width() / area.width(), viewport()->height() / area.height());
    setTransform(QTransform::fromScale(1, 1) * std::clamp(factor, kLeastZoom, 1.5));
    setSceneRect(scrollableArea());
    centerOn(area.center());
}

void GraphView::showStart() {
    fit();
    m_framing = Framing::Start;
    if (m_scene.bounds().isEmpty() || zoom() >= kReadable) return;
    setTransform(QTransform::fromScale(kReadable, kReadable));
    setSceneRect(scrollableArea());
    const QRectF area = m_scene.bounds();
    const auto nodes = m_scene.nodes();
    const double x = nodes.empty() ? area.center().x() : nodes.front()->pos().x();
    centerOn(x, area.top() + viewport()->height() / kReadable / 2 - kMargin);
}

void GraphView::reframe() {
    if (m_framing == Framing::All) fit();
    else if (m_framing == Framing::Start) showStart();
}

void GraphView::zoomBy(double factor, const QPoint& at) {
    m_framing = Framing::Free;
    const double wanted = std::clamp(zoom() * factor, kLeastZoom, kMostZoom);
    const QPointF before = mapToScene(at);
    setTransform(QTransform::fromScale(wanted, wanted));
    setSceneRect(scrollableArea());
    scrollBy(mapFromScene(before) - at);
}

void GraphView::scrollBy(const QPoint& step) {
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + step.x());
    verticalScrollBar()->setValue(verticalScrollBar()->value() + step.y());
}

void GraphView::centreOnBox(NodeItem* item) {
    m_framing = Framing::Free;
    if (zoom() < kReadable) setTransform(QTransform::fromScale(kReadable, kReadable));
    setSceneRect(scrollableArea());
    centerOn(item->pos());
}

void GraphView::setNote(const QString& text) {
    m_note = text;
    viewport()->update();
}

void GraphView::wheelEvent(QWheelEvent* event) {
    const double delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->pixelDelta().y();
    zoomBy(std::pow(1.0015, delta), event->position().toPoint());
    event->accept();
}

NodeItem* GraphView::boxAt(const QPoint& position) const { return m_scene.nodeAt(mapToScene(position)); }

QStringList GraphView::sitesAt(const QPoint& position) const {
    NodeItem* box = boxAt(position);
    return box ? box->sitesAt(box->mapFromScene(mapToScene(position))) : QStringList();
}

void GraphView::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::RightButton) {  // the context menu is about what is under the pointer
        const NodeItem* box = boxAt(event->pos());
        const int head = box ? box->headAt(box->mapFromScene(mapToScene(event->pos()))) : -1;
        if (box && !box->body().selected && (head < 0 || !box->head(head).selected)) emit picked(sitesAt(event->pos()), false);
        return;
    }
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
    m_down = true;
    m_panning = false;
    m_pressed = m_last = event->pos();
    m_selecting = event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier);
}

void GraphView::mouseMoveEvent(QMouseEvent* event) {
    if (!m_down) return QGraphicsView::mouseMoveEvent(event);
    const bool moved = (event->pos() - m_pressed).manhattanLength() >= QApplication::startDragDistance();
    if (m_selecting) {
        m_last = event->pos();
        viewport()->update();
        return;
    }
    if (!m_panning && moved) {
        m_panning = true;
        m_framing = Framing::Free;
        viewport()->setCursor(Qt::ClosedHandCursor);
    }
    if (!m_panning) return;
    scrollBy(m_last - event->pos());
    m_last = event->pos();
}

void GraphView::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_down) return;
    m_down = false;
    viewport()->unsetCursor();
    const bool area = m_selecting && (event->pos() - m_pressed).manhattanLength() >= QApplication::startDragDistance();
    const bool click = !m_panning && !area && event->button() == Qt::LeftButton;
    const bool toggle = event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier);
    if (area) selectArea(QRect(m_pressed, event->pos()).normalized());
    m_panning = m_selecting = false;
    viewport()->update();
    if (click) emit picked(sitesAt(event->pos()), toggle);
}

void GraphView::selectArea(const QRect& area) {
    const QRectF wanted = mapToScene(area).boundingRect();
    QStringList sites;
    for (const NodeItem* item : m_scene.nodes())
        if (wanted.contains(item->pos())) sites << item->box().sites;
    emit boxSelected(sites);
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event) {
    m_down = false;
    if (event->button() != Qt::LeftButton) return;
    NodeItem* box = boxAt(event->pos());
    if (!box) fit();
    else if (box->box().kind == GraphBox::Kind::Block) emit blockToggled(box->box().block);
    else if (box->box().kind == GraphBox::Kind::Mac) emit assignRequested();
}

void GraphView::keyPressEvent(QKeyEvent* event) {
    const QPoint middle = viewport()->rect().center();
    switch (event->key()) {
        case Qt::Key_F: fit(); return;
        case Qt::Key_Plus:
        case Qt::Key_Equal: zoomBy(1.25, middle); return;
        case Qt::Key_Minus: zoomBy(0.8, middle); return;
        case Qt::Key_Down:
        case Qt::Key_Right: emit moveRequested(1); return;
        case Qt::Key_Up:
        case Qt::Key_Left: emit moveRequested(-1); return;
        case Qt::Key_PageDown: m_framing = Framing::Free; scrollBy({0, viewport()->height() / 2}); return;
        case Qt::Key_PageUp: m_framing = Framing::Free; scrollBy({0, -viewport()->height() / 2}); return;
        case Qt::Key_Return:
        case Qt::Key_Enter: emit assignRequested(); return;
        case Qt::Key_Escape: emit picked({}, false); return;
        default: QGraphicsView::keyPressEvent(event);
    }
}

void GraphView::resizeEvent(QResizeEvent* event) {
    QGraphicsView::resizeEvent(event);
    placeOverlays();
    reframe();
}

void GraphView::placeOverlays() { m_legend->move(10, height() - m_legend->height() - 10); }

void GraphView::dragEnterEvent(QDragEnterEvent* event) {
    if (m_drop.enter(event->mimeData())) event->acceptProposedAction();
    else event->ignore();
}

void GraphView::dragMoveEvent(QDragMoveEvent* event) {
    const QPoint position = event->position().toPoint();
    const QRect inner = viewport()->rect().adjusted(kEdge, kEdge, -kEdge, -kEdge);
    if (!inner.contains(position)) {  // at the edge: move on to what is hidden
        m_framing = Framing::Free;
        scrollBy({position.x() < inner.left() ? -kEdge / 2 : position.x() > inner.right() ? kEdge / 2 : 0,
                  position.y() < inner.top() ? -kEdge / 2 : position.y() > inner.bottom() ? kEdge / 2 : 0});
    }
    if (m_drop.over(sitesAt(position), viewport(), viewport()->mapToGlobal(position))) event->acceptProposedAction();
    else event->ignore();
}

void GraphView::dragLeaveEvent(QDragLeaveEvent*) { m_drop.leave(); }

void GraphView::dropEvent(QDropEvent* event) {
    const QPoint position = event->position().toPoint();
    if (m_drop.drop(event->mimeData(), sitesAt(position), viewport(), viewport()->mapToGlobal(position))) event->acceptProposedAction();
    else event->ignore();
}

void GraphView::drawForeground(QPainter* painter, const QRectF&) {
    painter->save();
    painter->resetTransform();
    painter->setFont(font());
    if (m_selecting && m_down) {
        QColor tint = m_scene.theme().selection;
        painter->setPen(tint);
        tint.setAlpha(40);
        painter->setBrush(tint);
        painter->drawRect(QRect(m_pressed, m_last).normalized());
    }
    if (!m_note.isEmpty()) {
        painter->setPen(m_scene.theme().quietText);
        painter->drawText(viewport()->rect().adjusted(12, 10, -12, -10), Qt::AlignTop | Qt::AlignRight | Qt::TextWordWrap, m_note);
    }
    painter->restore();
}

}  // namespace axp::ui
