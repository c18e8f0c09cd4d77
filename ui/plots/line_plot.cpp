// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/line_plot.h"

#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QToolTip>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ui/plots/plot_export.h"

namespace axp::ui {
namespace {

constexpr double kReach = 14;     // pixels between pointer and point
constexpr double kMargin = 0.05;  // of the data's span, on each side
constexpr int kDense = 1000;      // points from which a line is drawn without antialiasing
constexpr int kLegendFromHeight = 150;
constexpr double kDotSize = 4;

/// Fractions as percent; as many decimals as the tick step needs.
class Ticker : public QCPAxisTicker {
public:
    explicit Ticker(bool percent) : m_percent(percent) {}

protected:
    QVector<double> createTickVector(double step, const QCPRange& range) override {
        m_decimals = 0;
        for (double scaled = m_percent ? step * 100 : step; m_decimals < 8; ++m_decimals, scaled *= 10)
            if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled) break;
        return QCPAxisTicker::createTickVector(step, range);
    }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override {
        const double value = std::abs(tick) < 1e-12 ? 0 : m_percent ? tick * 100 : tick;
        return locale.toString(value, 'f', m_decimals) + (m_percent ? QStringLiteral(" %") : QString());
    }

private:
    bool m_percent;
    int m_decimals = 0;
};

std::string numberText(double value) {
    char buffer[32];
    const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return code == std::errc{} ? std::string(buffer, end) : std::string();
}

std::string field(const std::string& text, char separator) {
    if (text.find_first_of(std::string{separator, '"', '\n'}) == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

/// Only where the line changes, and its end: segments are drawn one by one, and joints show.
void setSteps(QCPGraph& graph, const PlotSeries& series) {
    QVector<double> x, y;
    for (qsizetype i = 0; i < series.x.size(); ++i) {
        if (i > 0 && i + 1 < series.x.size() && series.y[i] == series.y[i - 1]) continue;
        x.push_back(series.x[i]);
        y.push_back(series.y[i]);
    }
    graph.setData(x, y, true);
}

}  // namespace

LinePlot::LinePlot(JobCenter& jobs, const QString& name, const QString& xLabel, const QString& yLabel, QWidget* parent)
    : QCustomPlot(parent),
      m_jobs(jobs),
      m_name(name) {
    QLocale numbers = QLocale::c();
    numbers.setNumberOptions(QLocale::DefaultNumberOptions);  // with group separators
    setLocale(numbers);
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setPlottingHint(QCP::phFastPolylines, true);  // a wide line over thousands of points takes seconds otherwise
    setMouseTracking(true);
    plotLayout()->insertRow(0);
    plotLayout()->insertRow(0);
    m_title = new QCPTextElement(this, name);
    m_title->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine);
    m_title->setMargins(QMargins(8, 6, 8, 0));
    plotLayout()->addElement(0, 0, m_title);
    axisRect()->insetLayout()->take(legend);
    auto* strip = new QCPLayoutGrid;
    strip->addElement(0, 0, legend);
    strip->addElement(0, 1, new QCPLayoutElement(this));
    strip->setColumnStretchFactor(0, 0.001);
    plotLayout()->addElement(1, 0, strip);
    plotLayout()->setRowStretchFactor(1, 0.001);
    plotLayout()->setRowSpacing(0);
    legend->setFillOrder(QCPLegend::foColumnsFirst);
    legend->setBorderPen(Qt::NoPen);
    legend->setBrush(Qt::NoBrush);
    legend->setIconSize(18, 12);
    legend->setColumnSpacing(12);
    legend->setRowSpacing(0);
    legend->setMargins(QMargins(8, 2, 8, 0));
    axisRect()->setMinimumMargins(QMargins(6, 6, 14, 6));
    m_note = new QCPItemText(this);
    m_note->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_note->position->setCoords(0.5, 0.5);
    setPercent(false, false);
    setLabels(xLabel, yLabel);
    applyTheme();
    fit();
}

void LinePlot::setLabels(const QString& xLabel, const QString& yLabel) {
    xAxis->setLabel(xLabel);
    yAxis->setLabel(yLabel);
}

void LinePlot::setPercent(bool x, bool y) {
    m_percentX = x;
    m_percentY = y;
    xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new Ticker(x)));
    yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new Ticker(y)));
}

void LinePlot::setEmptyText(const QString& text) {
    m_note->setText(text);
    replot(rpQueuedReplot);
}

void LinePlot::setSeries(std::vector<PlotSeries> series) {
    m_series = std::move(series);
    drawSeries();
    if (m_zoomed) replot(rpQueuedReplot);
    else fit();
}

void LinePlot::drawSeries() {
    while (m_graphs.size() > m_series.size()) {
        removeGraph(m_graphs.back());
        m_graphs.pop_back();
    }
    while (m_graphs.size() < m_series.size()) m_graphs.push_back(addGraph());
    bool any = false;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const PlotSeries& one = m_series[i];
        QCPGraph& graph = *m_graphs[i];
        const bool dots = one.style == PlotSeries::Style::Dots;
        graph.setName(one.name);
        graph.setLineStyle(dots ? QCPGraph::lsNone : one.style == PlotSeries::Style::Step ? QCPGraph::lsStepLeft : QCPGraph::lsLine);
        graph.setPen(dots ? QPen(Qt::NoPen) : QPen(one.colour, one.width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        graph.setScatterStyle(dots ? QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(one.colour), kDotSize)
                                   : QCPScatterStyle());
        graph.setAntialiased(one.x.size() < kDense || one.width > 1);
        graph.setAntialiasedScatters(one.x.size() < kDense);
        if (one.style == PlotSeries::Style::Step) setSteps(graph, one);
        else graph.setData(one.x, one.y, !dots);
        any = any || !one.x.isEmpty();
    }
    m_note->setVisible(!any);
    layoutLegend();
}

void LinePlot::layoutLegend() {
    legend->clearItems();
    double widest = 1;
    int entries = 0;
    const QFontMetricsF metrics(legend->font());
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        if (!m_series[i].inLegend || m_series[i].x.isEmpty()) continue;
        m_graphs[i]->addToLegend();
        if (auto* entry = legend->itemWithPlottable(m_graphs[i])) entry->setMargins(QMargins(0, 1, 4, 3));  // else descenders are cut off
        widest = std::max(widest, metrics.horizontalAdvance(m_series[i].name) + 18 + 7 + 4 + 12 + 6);
        ++entries;
    }
    const int columns = std::max(1, static_cast<int>((width() - 24) / widest));
    const int rows = (entries + columns - 1) / columns;
    legend->setWrap(columns);
    legend->setFillOrder(legend->fillOrder(), true);  // what stands there already moves only then
    // The lines matter more than their names, which hovering tells too.
    legend->setVisible(entries > 0 && height() >= kLegendFromHeight && rows * metrics.height() < height() / 4.0);
}

void LinePlot::fit() {
    m_zoomed = false;
    double left = 1e300, right = -1e300, bottom = 1e300, top = -1e300;
    for (const PlotSeries& one : m_series) {
        for (qsizetype i = 0; i < one.x.size(); ++i) {
            if (!std::isfinite(one.x[i]) || !std::isfinite(one.y[i])) continue;
            left = std::min(left, one.x[i]), right = std::max(right, one.x[i]);
            bottom = std::min(bottom, one.y[i]), top = std::max(top, one.y[i]);
        }
    }
    if (left > right) left = bottom = 0, right = top = 1;
    const double padX = right > left ? (right - left) * 0.02 : std::max(1e-3, std::abs(left) * 0.1);
    const double padY = top > bottom ? (top - bottom) * kMargin : std::max(1e-3, std::abs(top) * 0.1);
    xAxis->setRange(left - padX, right + padX);
    yAxis->setRange(bottom - padY, top + padY);
    replot(rpQueuedReplot);
}

void LinePlot::zoomBy(double factor) {
    m_zoomed = true;
    for (QCPAxis* axis : {xAxis, yAxis}) axis->scaleRange(factor, axis->range().center());
    replot(rpQueuedReplot);
}

void LinePlot::applyTheme() {
    const PlotTheme theme = PlotTheme::of(palette());
    QFont text = font();
    text.setPixelSize(12);
    QFont heading = text;
    heading.setPixelSize(13);
    heading.setBold(true);
    setBackground(QBrush(theme.background));
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setBasePen(QPen(theme.axis, 1));
        axis->setTickPen(QPen(theme.axis, 1));
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(theme.text);
        axis->setLabelColor(theme.text);
        axis->setTickLabelFont(text);
        axis->setLabelFont(text);
        axis->grid()->setPen(QPen(theme.grid, 1));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    m_title->setFont(heading);
    m_title->setTextColor(theme.text);
    legend->setFont(text);
    legend->setTextColor(theme.text);
    m_note->setFont(text);
    m_note->setColor(theme.axis);
    replot(rpQueuedReplot);
}

QString LinePlot::valueText(QCPAxis* axis, double value) const {
    const bool percent = axis == xAxis ? m_percentX : m_percentY;
    return percent ? tr("%1 %").arg(locale().toString(value * 100, 'f', 2)) : locale().toString(value, 'g', 6);
}

QString LinePlot::textAt(const QPointF& position) const {
    double best = kReach;
    QString text;
    for (std::size_t i = 0; i < m_graphs.size(); ++i) {
        const auto data = m_graphs[i]->data();
        const double from = xAxis->pixelToCoord(position.x() - kReach), to = xAxis->pixelToCoord(position.x() + kReach);
        for (auto point = data->findBegin(from); point != data->findEnd(to); ++point) {
            if (std::isnan(point->value)) continue;
            const double distance =
                std::hypot(xAxis->coordToPixel(point->key) - position.x(), yAxis->coordToPixel(point->value) - position.y());
            if (distance >= best) continue;
            best = distance;
            text = tr("%1\n%2: %3\n%4: %5")
                       .arg(m_series[i].name, xAxis->label(), valueText(xAxis, point->key), yAxis->label(), valueText(yAxis, point->value));
        }
    }
    return text;
}

std::string LinePlot::table(char separator) const {
    std::string text = std::string("series") + separator + field(xAxis->label().toStdString(), separator) + separator +
                       field(yAxis->label().toStdString(), separator) + '\n';
    for (const PlotSeries& one : m_series)
        for (qsizetype i = 0; i < one.x.size(); ++i)
            text += field(one.name.toStdString(), separator) + separator + numberText(one.x[i]) + separator + numberText(one.y[i]) + '\n';
    return text;
}

void LinePlot::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    addDrawingActions(menu, this, m_jobs, drawingOf(*this, m_name));
    menu->addSeparator();
    QAction* copy =
        menu->addAction(tr("Copy data"), this, [this] { QApplication::clipboard()->setText(QString::fromStdString(table('\t'))); });
    QAction* save = menu->addAction(tr("Save data as CSV..."), this, [this] {
        saveText(this, m_jobs, m_name + QStringLiteral(".csv"), tr("Table (*.csv)"), QByteArray::fromStdString(table(',')));
    });
    for (QAction* action : {copy, save}) action->setEnabled(!m_note->visible());
    menu->addSeparator();
    menu->addAction(tr("Show everything"), this, &LinePlot::fit);
    menu->popup(event->globalPos());
}

void LinePlot::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTheme();
}

void LinePlot::resizeEvent(QResizeEvent* event) {
    layoutLegend();  // first: what follows draws
    QCustomPlot::resizeEvent(event);
}

void LinePlot::mousePressEvent(QMouseEvent* event) {
    m_pressed = event->pos();
    QCustomPlot::mousePressEvent(event);
}

void LinePlot::mouseMoveEvent(QMouseEvent* event) {
    QCustomPlot::mouseMoveEvent(event);
    if (event->buttons() & Qt::LeftButton) {
        m_zoomed = m_zoomed || (event->pos() - m_pressed).manhattanLength() > 4;
        return;
    }
    const QString text = textAt(event->position());
    if (text.isEmpty()) QToolTip::hideText();
    else QToolTip::showText(event->globalPosition().toPoint(), text, this);
}

void LinePlot::mouseDoubleClickEvent(QMouseEvent* event) {
    QCustomPlot::mouseDoubleClickEvent(event);
    fit();
}

void LinePlot::wheelEvent(QWheelEvent* event) {
    m_zoomed = true;
    QCustomPlot::wheelEvent(event);
}

void LinePlot::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Plus) zoomBy(0.8);
    else if (event->key() == Qt::Key_Minus) zoomBy(1.25);
    else if (event->key() == Qt::Key_0) fit();
    else QCustomPlot::keyPressEvent(event);
}

}  // namespace axp::ui
