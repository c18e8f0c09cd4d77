// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/inspector/histogram_plot.h"

#include "ui/plots/plot_export.h"
#include "ui/plots/plot_theme.h"

namespace axp::ui {

HistogramPlot::HistogramPlot(QWidget* parent) : QCustomPlot(parent), m_bars(new QCPBars(xAxis, yAxis)) {
    setObjectName(QStringLiteral("weightHistogram"));
    setAccessibleName(tr("Histogram of the weights"));
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_NoMousePropagation, false);  // QCustomPlot sets it; the context menu is the panel's
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    axisRect()->setRangeZoom(Qt::Horizontal);
    axisRect()->setRangeDrag(Qt::Horizontal);
    xAxis->setLabel(tr("weight"));
    yAxis->setLabel(tr("count"));
    xAxis->ticker()->setTickCount(4);
    yAxis->ticker()->setTickCount(3);
    m_bars->setWidthType(QCPBars::wtPlotCoords);
    applyTheme();
}

void HistogramPlot::setHistogram(const WeightHistogram& histogram) {
    m_histogram = histogram;
    QVector<double> x, y;
    for (std::size_t i = 0; i < histogram.bins.size(); ++i) {
        x << histogram.low + (static_cast<double>(i) + 0.5) * histogram.width();
        y << static_cast<double>(histogram.bins[i]);
    }
    m_bars->setWidth(histogram.width());
    m_bars->setData(x, y, true);
    fit();
}

void HistogramPlot::fit() {
    double most = 1;
    for (const std::int64_t count : m_histogram.bins) most = std::max(most, static_cast<double>(count));
    const double margin = (m_histogram.high - m_histogram.low) * 0.03;
    xAxis->setRange(m_histogram.low - margin, m_histogram.high + margin);
    yAxis->setRange(m_logarithmic ? 0.7 : 0, m_logarithmic ? most * 1.5 : most * 1.06);
    replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setLogarithmic(bool logarithmic) {
    m_logarithmic = logarithmic;
    yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog) : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    m_bars->setBaseValue(logarithmic ? 0.7 : 0);
    fit();
}

void HistogramPlot::applyTheme() {
    const PlotTheme theme = PlotTheme::of(palette());
    setBackground(theme.background);
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setBasePen(QPen(theme.axis, 1));
        axis->setTickPen(QPen(theme.axis, 1));
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(theme.text);
        axis->setLabelColor(theme.text);
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        axis->grid()->setPen(QPen(theme.grid, 1));
        axis->grid()->setZeroLinePen(axis == xAxis ? QPen(theme.axis, 1) : QPen(Qt::NoPen));
    }
    m_bars->setPen(Qt::NoPen);
    m_bars->setBrush(theme.front);
    m_bars->setAntialiased(false);
    replot(QCustomPlot::rpQueuedReplot);
}

Drawing HistogramPlot::picture(const QString& name) { return drawingOf(*this, name, {640, 420}); }

QString HistogramPlot::csv() const {
    QString text = QStringLiteral("from,to,count\n");
    for (std::size_t i = 0; i < m_histogram.bins.size(); ++i) {
        const double from = m_histogram.low + static_cast<double>(i) * m_histogram.width();
        text += QStringLiteral("%1,%2,%3\n").arg(from, 0, 'g', 9).arg(from + m_histogram.width(), 0, 'g', 9).arg(m_histogram.bins[i]);
    }
    return text;
}

void HistogramPlot::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyTheme();
}

void HistogramPlot::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void HistogramPlot::keyPressEvent(QKeyEvent* event) {
    const double factor = event->key() == Qt::Key_Plus ? 0.8 : event->key() == Qt::Key_Minus ? 1.25 : 0;
    const double shift = event->key() == Qt::Key_Left ? -0.1 : event->key() == Qt::Key_Right ? 0.1 : 0;
    if (event->key() == Qt::Key_F) return fit();
    if (factor == 0 && shift == 0) return QCustomPlot::keyPressEvent(event);
    if (factor != 0) xAxis->scaleRange(factor);
    if (shift != 0) xAxis->moveRange(shift * xAxis->range().size());
    replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace axp::ui
