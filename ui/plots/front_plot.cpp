// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/front_plot.h"

#include <algorithm>
#include <cstdint>

#include "ui/plots/axis_style.h"
#include "ui/plots/disc_curve.h"
#include "ui/plots/label_layer.h"

namespace axp {
namespace {

constexpr int kCompactBelowWidth = 520;  // smaller fonts below this
constexpr int kLegendFromHeight = 240;   // a lower drawing has no room for a legend
constexpr std::size_t kDiscObstacles = 600;  // labels keep clear of a sample of the discs: each costs time at every repaint
constexpr double kDesignSize = 6, kFrontSize = 7, kReferenceSize = 10;

void setCurveData(QCPCurve* curve, const std::vector<FigurePoint>& points) {
    QVector<QCPCurveData> data;
    data.reserve(int(points.size()));
    for (const FigurePoint& point : points) data.push_back({double(data.size()), point.power, point.metric});
    curve->data()->set(data, true);
}

std::vector<QPointF> coordinates(const std::vector<FigurePoint>& points, std::size_t atMost = SIZE_MAX) {
    const std::size_t stride = points.size() / atMost + 1;
    std::vector<QPointF> list;
    list.reserve(points.size() / stride + 1);
    for (std::size_t i = 0; i < points.size(); i += stride) list.emplace_back(points[i].power, points[i].metric);
    return list;
}

QString counted(const QString& name, std::size_t count, const QLocale& locale) {
    return name + QStringLiteral(" (") + locale.toString(qulonglong(count)) + QStringLiteral(")");
}

}  // namespace

FrontPlot::FrontPlot(QWidget* parent) : QCustomPlot(parent), m_theme(PlotTheme::of(palette())) {
    buildLayout();
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Accuracy against power"));
    showFigure();
    applyTheme();
    fit();
}

void FrontPlot::buildLayout() {
    QLocale numbers = QLocale::c();
    numbers.setNumberOptions(QLocale::DefaultNumberOptions);  // with group separators
    setLocale(numbers);
    plotLayout()->insertRow(0);
    plotLayout()->insertRow(0);
    m_title = new QCPTextElement(this);
    m_title->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine);
    m_title->setMargins(QMargins(8, 8, 8, 0));
    plotLayout()->addElement(0, 0, m_title);

    // The legend stands above the axes: inside it would cover designs sooner or later.
    axisRect()->insetLayout()->take(legend);
    auto* strip = new QCPLayoutGrid;
    strip->addElement(0, 0, legend);
    strip->addElement(0, 1, new QCPLayoutElement(this));
    strip->setColumnStretchFactor(0, 0.001);
    strip->setMargins(QMargins(0, 0, 0, 0));
    plotLayout()->addElement(1, 0, strip);
    plotLayout()->setRowStretchFactor(1, 0.001);
    plotLayout()->setRowSpacing(0);
    legend->setFillOrder(QCPLegend::foColumnsFirst);
    legend->setBorderPen(Qt::NoPen);
    legend->setBrush(Qt::NoBrush);
    legend->setIconSize(26, 14);
    legend->setColumnSpacing(18);
    legend->setMargins(QMargins(8, 6, 8, 0));
    legend->setVisible(true);
    axisRect()->setMinimumMargins(QMargins(8, 8, 18, 8));

    xAxis->setTicker(UnitTicker::make(false));

    m_designs = new DiscCurve(xAxis, yAxis);
    m_designs->setLineStyle(QCPCurve::lsNone);
    m_front = addGraph();
    m_front->setLineStyle(QCPGraph::lsStepLeft);
    m_references = new QCPCurve(xAxis, yAxis);
    m_references->setLineStyle(QCPCurve::lsNone);
    m_references->setName(tr("Reference designs"));
    m_labels = new LabelLayer(this);
    m_emptyNote = new QCPItemText(this);
    m_emptyNote->setText(tr("No designs evaluated yet"));
    m_emptyNote->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_emptyNote->position->setCoords(0.5, 0.5);
}

void FrontPlot::setFigure(FrontFigure figure) {
    m_figure = std::move(figure);
    showFigure();
    applyTheme();
    fit();
}

void FrontPlot::updateFigure(FrontFigure figure) {
    m_figure = std::move(figure);
    showFigure();
    applyTheme();
}

void FrontPlot::showFigure() {
    xAxis->setLabel(QString::fromStdString(m_figure.xLabel));
    yAxis->setLabel(QString::fromStdString(m_figure.yLabel));
    yAxis->setTicker(UnitTicker::make(m_figure.percent));

    setCurveData(m_designs, m_figure.points);
    setCurveData(m_references, m_figure.references);
    QVector<double> x, y;
    for (const FigurePoint& point : m_figure.front) {
        x.push_back(point.power);
        y.push_back(point.metric);
    }
    m_front->setData(x, y, true);
    m_designs->setName(counted(tr("Designs"), m_figure.points.size(), locale()));
    m_front->setName(counted(tr("Front"), m_figure.front.size(), locale()));

    std::vector<LabelLayer::Label> labels;
    for (const FigurePoint& point : m_figure.references) {
        if (!point.label.empty())
            labels.push_back({QPointF(point.power, point.metric), QString::fromStdString(point.label)});
    }
    m_labels->setLabels(std::move(labels));
    m_labels->setObstacles(coordinates(m_figure.references), coordinates(m_figure.front),
                           coordinates(m_figure.points, kDiscObstacles));

    m_emptyNote->setVisible(m_figure.points.empty() && m_figure.front.empty() && m_figure.references.empty());
    adaptTo(size());
}

void FrontPlot::setTheme(const PlotTheme& theme) {
    m_followPalette = false;
    m_theme = theme;
    applyTheme();
}

void FrontPlot::applyTheme() {
    setBackground(QBrush(m_theme.background));
    styleAxis(xAxis, m_theme);
    styleAxis(yAxis, m_theme);
    m_title->setTextColor(m_theme.text);
    legend->setTextColor(m_theme.text);

    // Thousands of discs would merge into a blot: the more there are, the more each lets through.
    QColor disc = m_theme.design;
    disc.setAlphaF(m_figure.points.size() > 500 ? 0.28f : 0.6f);
    m_designs->setPen(Qt::NoPen);
    m_designs->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(disc), kDesignSize));
    m_front->setPen(QPen(m_theme.front, 1.6));
    m_front->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(m_theme.background, 1), QBrush(m_theme.front), kFrontSize));
    m_references->setPen(Qt::NoPen);
    m_references->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(m_theme.reference, 1.8),
                                                  QBrush(m_theme.background), kReferenceSize));

    QColor halo = m_theme.background;
    halo.setAlphaF(0.75f);
    m_labels->setColors(m_theme.reference, halo);
    m_emptyNote->setColor(m_theme.axis);
    styleExtras();
    replot(QCustomPlot::rpQueuedReplot);
}

void FrontPlot::fit() {
    double left = 1e300, right = -1e300, bottom = 1e300, top = -1e300;
    for (const auto* points : {&m_figure.points, &m_figure.front, &m_figure.references}) {
        for (const FigurePoint& point : *points) {
            left = std::min(left, point.power);
            right = std::max(right, point.power);
            bottom = std::min(bottom, point.metric);
            top = std::max(top, point.metric);
        }
    }
    if (left > right) left = bottom = 0, right = top = 1;
    xAxis->setRange(paddedRange(left, right, 0));
    yAxis->setRange(paddedRange(bottom, top, 0));
    replot(QCustomPlot::rpQueuedReplot);
}

void FrontPlot::adaptTo(const QSize& size) {
    const int smaller = size.width() < kCompactBelowWidth ? 2 : 0;
    QFont text = font();
    text.setPixelSize(13 - smaller);
    text.setHintingPreference(QFont::PreferNoHinting);  // glyph widths then scale with the drawing
    QFont heading = text;
    heading.setPixelSize(16 - smaller);
    heading.setBold(true);

    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setLabelFont(text);
        axis->setTickLabelFont(text);
        axis->setLabelPadding(6);
    }
    m_title->setFont(heading);
    const QString title = QString::fromStdString(m_figure.title);
    m_title->setText(QFontMetrics(heading).elidedText(title, Qt::ElideRight, std::max(40, size.width() - 20)));
    m_title->setVisible(!title.isEmpty());
    m_title->setMaximumSize(QWIDGETSIZE_MAX, title.isEmpty() ? 0 : QWIDGETSIZE_MAX);
    m_labels->setFont(text);
    m_emptyNote->setFont(text);
    layoutLegend(size, text);
}

void FrontPlot::layoutLegend(const QSize& size, const QFont& font) {
    legend->setFont(font);
    double width = 24;
    for (int i = 0; i < plottableCount(); ++i) {
        width += QFontMetricsF(font).horizontalAdvance(plottable(i)->name()) + 26 + 7 + 18;
    }
    const bool shown = size.height() >= kLegendFromHeight && !m_emptyNote->visible();
    legend->setVisible(shown);
    legend->setWrap(width <= size.width() ? 0 : 1);
    QList<QCPAbstractPlottable*> entries;
    if (shown && !m_figure.points.empty()) entries << m_designs;
    if (shown && !m_figure.front.empty()) entries << m_front;
    if (shown && !m_figure.references.empty()) entries << m_references;
    if (shown) entries << extrasInLegend();
    // Only when it changes: a new item makes the plot draw every layer again, also those that are painted by themselves.
    if (entries == m_inLegend) return;
    legend->clearItems();
    for (QCPAbstractPlottable* entry : entries) entry->addToLegend();
    m_inLegend = entries;
}

void FrontPlot::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_followPalette) {
        m_theme = PlotTheme::of(palette());
        applyTheme();
    }
}

void FrontPlot::resizeEvent(QResizeEvent* event) {
    adaptTo(event->size());
    QCustomPlot::resizeEvent(event);
}

void FrontPlot::mouseDoubleClickEvent(QMouseEvent* event) {
    QCustomPlot::mouseDoubleClickEvent(event);
    fit();
}

}  // namespace axp
