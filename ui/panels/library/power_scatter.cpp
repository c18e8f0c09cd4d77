// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/power_scatter.h"

#include <QMenu>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "ui/bridge/workspace.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/plot_style.h"
#include "ui/plots/label_layer.h"

namespace axp::ui {
namespace {

constexpr int kMostColours = 100;  // selected ones with colour and name of their own
constexpr double kReach = 12;      // pixels from a point that still count as pointing at it

}  // namespace

PowerScatter::PowerScatter(JobCenter& jobs, QWidget* parent)
    : QCustomPlot(parent),
      m_jobs(jobs),
      m_title(new QCPTextElement(this)) {
    plotLayout()->insertRow(0);
    plotLayout()->addElement(0, 0, m_title);
    m_title->setTextFlags(Qt::AlignCenter | Qt::TextWordWrap);
    setAutoAddPlottableToLegend(false);
    xAxis->setLabel(tr("Power, mW"));
    m_labels = new LabelLayer(this);
    m_labels->setLayer(QStringLiteral("overlay"));  // above the graphs, which are made anew
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Error against power"));
    rebuild();
}

void PowerScatter::setPoints(std::vector<Point> points, const QString& errorName, int leftOut) {
    const bool sameData =
        m_errorName == errorName && m_points.size() == points.size() &&
        std::equal(points.begin(), points.end(), m_points.begin(), [](const Point& a, const Point& b) {
            return a.name == b.name && a.power == b.power && a.error == b.error;
        });
    m_points = std::move(points);
    m_errorName = errorName;
    m_title->setText(m_points.empty()
                         ? tr("Nothing to show: no multiplier here has a power figure and computed errors yet")
                     : leftOut > 0 ? tr("%n selected without a power figure or errors", nullptr, leftOut)
                                   : QString());
    m_title->setVisible(!m_title->text().isEmpty());
    m_title->setMaximumSize(QWIDGETSIZE_MAX, m_title->visible() ? QWIDGETSIZE_MAX : 0);
    rebuild();
    if (!sameData) fit();  // a changed selection keeps the zoom
}

void PowerScatter::setLogarithmic(bool on) {
    if (on == m_logarithmic) return;
    m_logarithmic = on;
    rebuild();
    fit();
}

double PowerScatter::shownError(const Point& point) const {
    return m_logarithmic ? std::max(point.error, m_floor) : point.error;
}

void PowerScatter::rebuild() {
    const PlotTheme theme = PlotTheme::of(palette());
    stylePlot(*this, theme);
    m_title->setTextColor(theme.text);
    m_title->setFont(font());
    yAxis->setLabel(m_errorName);
    double least = 1e300;
    for (const Point& point : m_points)
        if (point.error > 0) least = std::min(least, point.error);
    m_floor = least < 1e300 ? least / 3 : 0.1;
    yAxis->setScaleType(m_logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(QSharedPointer<QCPAxisTicker>(m_logarithmic ? new QCPAxisTickerLog : new QCPAxisTicker));
    yAxis->setNumberFormat(m_logarithmic ? "gb" : "g");
    yAxis->setNumberPrecision(m_logarithmic ? 0 : 6);

    clearGraphs();
    QColor faint = theme.design;
    faint.setAlphaF(0.5f);
    QCPGraph* others = addGraph();
    others->setLineStyle(QCPGraph::lsNone);
    others->setPen(Qt::NoPen);
    others->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(faint), 6));
    const auto selected =
        std::count_if(m_points.begin(), m_points.end(), [](const Point& point) { return point.selected; });
    QCPGraph* together = selected > kMostColours ? addGraph() : nullptr;
    if (together) {
        together->setLineStyle(QCPGraph::lsNone);
        together->setPen(Qt::NoPen);
        together->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(theme.front), 7));
    }
    std::vector<LabelLayer::Label> labels;
    std::vector<QPointF> markers, discs;
    for (const Point& point : m_points) {
        const QPointF at(point.power, shownError(point));
        if (!point.selected) {
            others->addData(at.x(), at.y());
            discs.push_back(at);
            continue;
        }
        if (together) {
            together->addData(at.x(), at.y());
            continue;
        }
        QCPGraph* graph = addGraph();
        graph->setLineStyle(QCPGraph::lsNone);
        graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.text, 1.2),
                                               QBrush(Workspace::acuColour(point.name)), 10));
        graph->addData(at.x(), at.y());
        labels.push_back({at, point.name});
        markers.push_back(at);
    }
    m_labels->setLabels(labels.size() > 24 ? std::vector<LabelLayer::Label>() : std::move(labels));
    m_labels->setObstacles(std::move(markers), {}, std::move(discs));
    m_labels->setFont(font());
    QColor halo = theme.background;
    halo.setAlphaF(0.75f);
    m_labels->setColors(theme.text, halo);
    replot(rpQueuedReplot);
}

void PowerScatter::fit() {
    double left = 1e300, right = -1e300, bottom = 1e300, top = -1e300;
    for (const Point& point : m_points) {
        left = std::min(left, point.power), right = std::max(right, point.power);
        bottom = std::min(bottom, shownError(point)), top = std::max(top, shownError(point));
    }
    if (left > right) left = 0, right = 1, bottom = m_logarithmic ? 0.1 : 0, top = 1;
    const double padX = std::max(0.02, (right - left) * 0.1), padY = std::max(0.5, (top - bottom) * 0.1);
    xAxis->setRange(std::max(-0.03 * right, left - padX), right + padX);
    if (m_logarithmic) yAxis->setRange(bottom / 1.6, top * 1.8);
    else yAxis->setRange(bottom - padY / 2, top + padY);
    replot(rpQueuedReplot);
}

QPointF PowerScatter::positionOf(int point) const {
    const Point& wanted = m_points[static_cast<std::size_t>(point)];
    return {xAxis->coordToPixel(wanted.power), yAxis->coordToPixel(shownError(wanted))};
}

int PowerScatter::pointNear(const QPointF& position) const {
    int nearest = -1;
    double best = kReach;
    for (int i = 0; i < static_cast<int>(m_points.size()); ++i) {
        const QPointF away = positionOf(i) - position;
        // Selected ones lie on top.
        const double distance =
            std::hypot(away.x(), away.y()) - (m_points[static_cast<std::size_t>(i)].selected ? 0.5 : 0);
        if (distance < best) best = distance, nearest = i;
    }
    return nearest;
}

void PowerScatter::mouseMoveEvent(QMouseEvent* event) {
    QCustomPlot::mouseMoveEvent(event);
    if (event->buttons()) return;
    const int index = pointNear(event->position());
    setCursor(index >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (index < 0) return QToolTip::hideText();
    const Point& point = m_points[static_cast<std::size_t>(index)];
    QToolTip::showText(
        event->globalPosition().toPoint(),
        tr("%1: %2 mW, %3 %4").arg(point.name, figureText(point.power), m_errorName, figureText(point.error)), this);
}

void PowerScatter::mousePressEvent(QMouseEvent* event) {
    m_pressed = event->pos();
    QCustomPlot::mousePressEvent(event);
}

void PowerScatter::mouseReleaseEvent(QMouseEvent* event) {
    QCustomPlot::mouseReleaseEvent(event);
    if (event->button() != Qt::LeftButton || (event->pos() - m_pressed).manhattanLength() > 4) return;
    if (const int index = pointNear(event->position()); index >= 0)
        emit picked(m_points[static_cast<std::size_t>(index)].name, event->modifiers() & Qt::ControlModifier);
}

void PowerScatter::mouseDoubleClickEvent(QMouseEvent* event) {
    QCustomPlot::mouseDoubleClickEvent(event);
    fit();
}

void PowerScatter::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) rebuild();
}

Drawing PowerScatter::drawing() {
    return drawingOf(*this, tr("error-against-power"));
}

void PowerScatter::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    addDrawingActions(&menu, this, m_jobs, drawing());
    menu.addAction(tr("Show all"), this, &PowerScatter::fit);
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
