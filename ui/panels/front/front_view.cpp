// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/front/front_view.h"

#include <algorithm>
#include <cmath>

#include "ui/panels/front/overlay_items.h"

namespace axp::ui {
namespace {

constexpr double kReach = 10;      // pixels from a design to the pointer that means it
constexpr int kClickTolerance = 4; // a press that moved further was a drag
constexpr double kZoomStep = 0.8;

QCPLayer* bufferedLayer(QCustomPlot* plot, const QString& name, const QString& above) {
    plot->addLayer(name, plot->layer(above));
    plot->layer(name)->setMode(QCPLayer::lmBuffered);
    return plot->layer(name);
}

}  // namespace

FrontView::FrontView(QWidget* parent) : FrontPlot(parent) {
    setMouseTracking(true);
    setAttribute(Qt::WA_NoMousePropagation, false);  // QCustomPlot sets it; the context menu is the panel's
    QCPLayer* marks = bufferedLayer(this, QStringLiteral("marks"), QStringLiteral("overlay"));
    QCPLayer* hover = bufferedLayer(this, QStringLiteral("hover"), QStringLiteral("marks"));
    m_triangles = addGraph();
    m_triangles->setLineStyle(QCPGraph::lsNone);
    m_bars = new QCPErrorBars(xAxis, yAxis);
    m_bars->setDataPlottable(m_triangles);
    m_bars->setName({});
    for (QCPAbstractPlottable* extra : {static_cast<QCPAbstractPlottable*>(m_triangles), static_cast<QCPAbstractPlottable*>(m_bars)})
        extra->removeFromLegend();
    m_marks = new MarkItem(this);
    m_marks->setLayer(marks);
    m_hover = new HoverItem(this);
    m_hover->setLayer(hover);
    connect(selectionRect(), &QCPSelectionRect::accepted, this, [this](const QRect& rectangle, QMouseEvent* event) {
        emit picked(within(rectangle), event->modifiers().testFlag(Qt::ControlModifier));
    });
    connect(this, &QCustomPlot::afterReplot, this, [this] { ++m_redraws; });
    setAccessibleDescription(tr("Left and right walk along the front, Space selects, Return opens the design, plus and minus zoom, Escape clears."));
    styleExtras();
}

void FrontView::styleExtras() {
    m_marks->theme = m_hover->theme = theme();
    QColor fill = theme().front;
    fill.setAlpha(40);
    selectionRect()->setPen(QPen(theme().front, 1, Qt::DashLine));
    selectionRect()->setBrush(fill);
    const bool dark = theme().background.lightness() < 128;
    const QColor validated = dark ? QColor(0x54, 0xd1, 0x8c) : QColor(0x15, 0x80, 0x46);
    m_triangles->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssTriangle, QPen(validated, 1.4), QBrush(theme().background), 9));
    m_bars->setPen(QPen(validated, 1.2));
}

QList<QCPAbstractPlottable*> FrontView::extrasInLegend() const {
    return m_validated.empty() ? QList<QCPAbstractPlottable*>() : QList<QCPAbstractPlottable*>{m_triangles};
}

void FrontView::setValidated(std::vector<Validated> points, const QString& name) {
    if (points == m_validated) return;
    m_validated = std::move(points);
    QVector<double> x, y, below, above;
    for (const Validated& point : m_validated) {
        x << point.x;
        y << point.y;
        below << point.y - point.low;
        above << point.high - point.y;
    }
    m_triangles->setData(x, y, true);
    m_bars->setData(below, above);
    m_triangles->setName(QStringLiteral("%1 (%2)").arg(name).arg(m_validated.size()));
    adaptTo(size());
    if (!m_zoomed && !everythingShown()) fitAll();
    else replot(rpQueuedReplot);
}

void FrontView::setDesigns(FrontFigure figure, std::vector<Point> points, std::function<QString(int)> describe) {
    const bool first = m_points.empty();
    m_points = std::move(points);
    m_describe = std::move(describe);
    std::erase_if(m_marked, [this](int design) { return design >= int(m_points.size()); });
    if (m_current && *m_current >= int(m_points.size())) m_current.reset();
    updateFigure(std::move(figure));
    if (!m_zoomed && (first || !everythingShown())) fitAll();
    placeMarks();
    if (m_hovered >= int(m_points.size())) hover(-1);
}

void FrontView::setMarked(const std::vector<int>& designs) {
    m_marked = designs;
    placeMarks();
    layer(QStringLiteral("marks"))->replot();
}

void FrontView::setCurrent(std::optional<int> design) {
    m_current = design;
    placeMarks();
    layer(QStringLiteral("marks"))->replot();
}

void FrontView::placeMarks() {
    m_marks->selected.clear();
    for (const int design : m_marked) m_marks->selected.emplace_back(m_points[std::size_t(design)].x, m_points[std::size_t(design)].y);
    m_marks->current.reset();
    if (m_current) m_marks->current = QPointF(m_points[std::size_t(*m_current)].x, m_points[std::size_t(*m_current)].y);
}

bool FrontView::everythingShown() const {
    const QCPRange x = xAxis->range(), y = yAxis->range();
    return std::all_of(m_points.begin(), m_points.end(),
                       [&](const Point& point) { return !std::isfinite(point.y) || (x.contains(point.x) && y.contains(point.y)); }) &&
           std::all_of(m_validated.begin(), m_validated.end(),
                       [&](const Validated& point) { return y.contains(point.low) && y.contains(point.high); });
}

void FrontView::fitAll() {
    m_zoomed = false;
    fit();
    if (m_validated.empty()) return;
    QCPRange range = yAxis->range();
    const double margin = range.size() * 0.02;
    for (const Validated& point : m_validated) range.expand(QCPRange(point.low - margin, point.high + margin));
    yAxis->setRange(range);
    replot(rpQueuedReplot);
}

void FrontView::zoomBy(double factor) {
    m_zoomed = true;
    xAxis->scaleRange(factor);
    yAxis->scaleRange(factor);
    replot(rpQueuedReplot);
}

QPointF FrontView::pixelOf(int design) const {
    const Point& point = m_points[std::size_t(design)];
    return {xAxis->coordToPixel(point.x), yAxis->coordToPixel(point.y)};
}

int FrontView::nearest(const QPointF& position) const {
    if (!axisRect()->rect().contains(position.toPoint())) return -1;
    int best = -1;
    double distance = kReach * kReach;
    for (int i = 0; i < int(m_points.size()); ++i) {
        const QPointF offset = pixelOf(i) - position;
        // Of designs on the same spot the one of the front is meant.
        const double squared = QPointF::dotProduct(offset, offset) - (m_points[std::size_t(i)].onFront ? 4 : 0);
        if (squared < distance) best = i, distance = squared;
    }
    return best;
}

std::vector<int> FrontView::within(const QRect& rectangle) const {
    const QRectF area = QRectF(rectangle.normalized());
    std::vector<int> found;
    for (int i = 0; i < int(m_points.size()); ++i)
        if (area.contains(pixelOf(i))) found.push_back(i);
    return found;
}

QString FrontView::hoverText() const { return m_hovered >= 0 ? m_hover->text : QString(); }

void FrontView::clearHover() { hover(-1); }

void FrontView::hover(int design) {
    if (design == m_hovered) return;
    m_hovered = design;
    m_hover->at.reset();
    if (design >= 0) {
        m_hover->at = QPointF(m_points[std::size_t(design)].x, m_points[std::size_t(design)].y);
        m_hover->text = m_describe ? m_describe(design) : QString();
    }
    layer(QStringLiteral("hover"))->replot();
    emit hoveredChanged(design);
}

void FrontView::mousePressEvent(QMouseEvent* event) {
    m_pressed = event->pos();
    if (event->button() == Qt::RightButton) {
        // The menu is about the design under the pointer, unless it belongs to what is selected.
        const int design = nearest(event->position());
        if (design >= 0 && std::find(m_marked.begin(), m_marked.end(), design) == m_marked.end()) emit picked({design}, false);
    }
    const bool rectangle = event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier);
    setSelectionRectMode(rectangle ? QCP::srmCustom : QCP::srmNone);
    FrontPlot::mousePressEvent(event);
}

void FrontView::mouseMoveEvent(QMouseEvent* event) {
    FrontPlot::mouseMoveEvent(event);
    if (event->buttons() == Qt::NoButton) return hover(nearest(event->position()));
    hover(-1);
    if (selectionRectMode() == QCP::srmNone && event->buttons().testFlag(Qt::LeftButton)
        && (event->pos() - m_pressed).manhattanLength() > kClickTolerance)
        m_zoomed = true;
}

void FrontView::mouseReleaseEvent(QMouseEvent* event) {
    const bool click = event->button() == Qt::LeftButton && (event->pos() - m_pressed).manhattanLength() <= kClickTolerance;
    if (click) selectionRect()->cancel();  // Shift and click is a click
    FrontPlot::mouseReleaseEvent(event);
    setSelectionRectMode(QCP::srmNone);
    if (!click) return;
    const int design = nearest(event->position());
    if (design < 0) return;
    emit picked({design}, bool(event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier)));
}

void FrontView::mouseDoubleClickEvent(QMouseEvent* event) {
    FrontPlot::mouseDoubleClickEvent(event);
    m_zoomed = false;
}

void FrontView::wheelEvent(QWheelEvent* event) {
    m_zoomed = true;
    FrontPlot::wheelEvent(event);
}

void FrontView::leaveEvent(QEvent* event) {
    hover(-1);
    FrontPlot::leaveEvent(event);
}

void FrontView::walk(int step, bool frontOnly) {
    std::vector<int> order;
    for (int i = 0; i < int(m_points.size()); ++i)
        if (std::isfinite(m_points[std::size_t(i)].y) && (!frontOnly || m_points[std::size_t(i)].onFront)) order.push_back(i);
    if (order.empty()) return;
    std::stable_sort(order.begin(), order.end(), [this](int a, int b) { return m_points[std::size_t(a)].x < m_points[std::size_t(b)].x; });
    const auto at = std::find(order.begin(), order.end(), m_hovered);
    const int last = int(order.size()) - 1;
    const int from = at != order.end() ? int(at - order.begin()) : step > 0 ? -1 : last + 1;
    hover(order[std::size_t(std::clamp(from + step, 0, last))]);
}

void FrontView::keyPressEvent(QKeyEvent* event) {
    const bool all = event->modifiers().testFlag(Qt::ControlModifier);
    switch (event->key()) {
    case Qt::Key_Right: return walk(1, !all);
    case Qt::Key_Left: return walk(-1, !all);
    case Qt::Key_Home: return walk(-int(m_points.size()), !all);
    case Qt::Key_End: return walk(int(m_points.size()), !all);
    case Qt::Key_Plus:
    case Qt::Key_Equal: return zoomBy(kZoomStep);
    case Qt::Key_Minus: return zoomBy(1 / kZoomStep);
    case Qt::Key_0: return fitAll();
    case Qt::Key_Space:
        if (m_hovered >= 0) emit picked({m_hovered}, all);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        emit opened(m_hovered);
        return;
    case Qt::Key_Escape:
        hover(-1);
        emit cleared();
        return;
    default: FrontPlot::keyPressEvent(event);
    }
}

}  // namespace axp::ui
