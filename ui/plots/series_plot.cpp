// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/series_plot.h"

#include <algorithm>

#include "ui/plots/axis_style.h"
#include "ui/plots/disc_curve.h"
#include "ui/plots/label_layer.h"

namespace axp {
namespace {

constexpr double kDotSize = 5, kMarkerSize = 8, kFrontSize = 6;
constexpr int kDenseLine = 60;  // points from which a line is drawn thin
constexpr double kBarsWidth = 0.8;

struct Span {
    double low = 1e300, high = -1e300;
    void add(double value) { low = std::min(low, value), high = std::max(high, value); }
    void add(const std::vector<double>& values) {
        for (const double value : values) add(value);
    }
};

QVector<double> vectorOf(const std::vector<double>& values) { return QVector<double>(values.begin(), values.end()); }

QVector<QCPErrorBarsData> errorsOf(const FigureSeries& series) {
    QVector<QCPErrorBarsData> errors;
    for (std::size_t i = 0; i < series.y.size(); ++i) errors.push_back({series.y[i] - series.low[i], series.high[i] - series.y[i]});
    return errors;
}

}  // namespace

QColor seriesColour(int index, const PlotTheme& theme) {
    static const QColor colours[kSeriesColours] = {"#0a66c2", "#c44a0a", "#148060", "#8a4fbf", "#a87800", "#6f7f91", "#bf3b7a", "#1d8fa8"};
    const QColor colour = colours[static_cast<std::size_t>(index % kSeriesColours)];
    return theme.background.lightness() < 128 ? colour.lighter(155) : colour;
}

SeriesPlot::SeriesPlot(QWidget* parent) : QCustomPlot(parent), m_theme(PlotTheme::light()) {
    QLocale numbers = QLocale::c();
    numbers.setNumberOptions(QLocale::DefaultNumberOptions);
    setLocale(numbers);
    plotLayout()->clear();
    m_title = new QCPTextElement(this);
    m_title->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine);
    m_title->setMargins(QMargins(8, 8, 8, 0));
    m_legend = new QCPLegend;
    m_grid = new QCPLayoutGrid;
    m_grid->setColumnSpacing(0);
    auto* strip = new QCPLayoutGrid;
    plotLayout()->addElement(0, 0, m_title);
    plotLayout()->addElement(1, 0, strip);
    plotLayout()->addElement(2, 0, m_grid);
    strip->addElement(0, 0, m_legend);
    strip->addElement(0, 1, new QCPLayoutElement(this));
    strip->setColumnStretchFactor(0, 0.001);
    strip->setMargins(QMargins(0, 0, 0, 0));
    setAutoAddPlottableToLegend(false);  // a name stands there once
    plotLayout()->setRowStretchFactor(1, 0.001);
    plotLayout()->setRowSpacing(0);
    m_legend->setLayer(QStringLiteral("legend"));
    m_legend->setFillOrder(QCPLegend::foColumnsFirst);
    m_legend->setBorderPen(Qt::NoPen);
    m_legend->setBrush(Qt::NoBrush);
    m_legend->setIconSize(26, 14);
    m_legend->setColumnSpacing(18);
    m_legend->setMargins(QMargins(8, 6, 8, 0));
}

void SeriesPlot::setFigure(const SeriesFigure& figure) {
    m_name = QString::fromStdString(figure.title);
    setBackground(QBrush(m_theme.background));
    m_title->setTextColor(m_theme.text);
    m_legend->setTextColor(m_theme.text);
    QStringList inLegend;
    for (const FigurePanel& data : figure.panels) {
        m_panels.push_back(addPanel(data));
        auto* group = new QCPBarsGroup(this);
        group->setSpacing(0);
        for (std::size_t i = 0; i < data.series.size(); ++i) {
            QCPAbstractPlottable* plottable = addSeries(m_panels.back(), data, i, group);
            if (plottable->name().isEmpty() || inLegend.contains(plottable->name())) continue;
            inLegend << plottable->name();
            plottable->addToLegend(m_legend);
        }
        addLabels(m_panels.back(), data);
    }
    m_legend->setVisible(!inLegend.isEmpty());
    shareAxes(figure);
}

SeriesPlot::Panel SeriesPlot::addPanel(const FigurePanel& data) {
    const int index = static_cast<int>(m_panels.size()), row = index / 3, column = index % 3;
    auto* rect = new QCPAxisRect(this);
    rect->setMinimumMargins(QMargins(8, 4, 18, 8));
    Panel panel{rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft), nullptr, nullptr};
    for (QCPAxis* axis : rect->axes()) {
        axis->setLayer(QStringLiteral("axes"));
        axis->grid()->setLayer(QStringLiteral("grid"));
        styleAxis(axis, m_theme);
        axis->setLabelPadding(6);
    }
    panel.x->setLabel(QString::fromStdString(data.xLabel));
    panel.y->setLabel(QString::fromStdString(data.yLabel));
    panel.y->setTicker(UnitTicker::make(data.percent));
    if (data.categories.empty()) {
        panel.x->setTicker(UnitTicker::make(false));
    } else {
        const QSharedPointer<QCPAxisTickerText> names(new QCPAxisTickerText);
        for (std::size_t i = 0; i < data.categories.size(); ++i) names->addTick(static_cast<double>(i), QString::fromStdString(data.categories[i]));
        panel.x->setTicker(names);
        if (data.categories.size() > 4) panel.x->setTickLabelRotation(-60);
        panel.x->grid()->setVisible(false);
    }
    panel.title = new QCPTextElement(this, QString::fromStdString(data.title));
    panel.title->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine);
    panel.title->setTextColor(m_theme.text);
    panel.title->setMargins(QMargins(12, 6, 8, 0));
    panel.title->setVisible(!data.title.empty());
    if (data.title.empty()) panel.title->setMaximumSize(QWIDGETSIZE_MAX, 0);
    m_grid->addElement(2 * row, column, panel.title);
    m_grid->addElement(2 * row + 1, column, rect);
    m_grid->setRowStretchFactor(2 * row, 0.001);
    panel.labels = new LabelLayer(this);
    panel.labels->setAxes(panel.x, panel.y);
    panel.labels->setClipAxisRect(rect);
    return panel;
}

QCPAbstractPlottable* SeriesPlot::addSeries(const Panel& panel, const FigurePanel& data, std::size_t index, QCPBarsGroup* group) {
    const FigureSeries& series = data.series[index];
    const QColor colour = seriesColour(series.colour >= 0 ? series.colour : static_cast<int>(index), m_theme);
    const auto marker = [&](double size) { return QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(m_theme.background, 1), QBrush(colour), size); };
    QCPAbstractPlottable* added = nullptr;
    switch (series.style) {
    case FigureSeries::Style::Bars: {
        auto* bars = new QCPBars(panel.x, panel.y);
        bars->setData(vectorOf(series.x), vectorOf(series.y));
        bars->setWidth(kBarsWidth / static_cast<double>(data.series.size()));
        bars->setBarsGroup(group);
        bars->setPen(Qt::NoPen);
        bars->setBrush(colour);
        added = bars;
        break;
    }
    case FigureSeries::Style::Dots: {
        auto* dots = new DiscCurve(panel.x, panel.y);
        QVector<QCPCurveData> points;
        for (std::size_t i = 0; i < series.x.size(); ++i) points.push_back({static_cast<double>(i), series.x[i], series.y[i]});
        dots->data()->set(points, true);
        dots->setLineStyle(QCPCurve::lsNone);
        dots->setPen(Qt::NoPen);
        QColor disc = colour;
        disc.setAlphaF(series.x.size() > 500 ? 0.3F : 0.6F);
        dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(disc), kDotSize));
        added = dots;
        break;
    }
    default: {
        auto* graph = new QCPGraph(panel.x, panel.y);
        graph->setData(vectorOf(series.x), vectorOf(series.y));
        const bool points = series.style == FigureSeries::Style::Points, step = series.style == FigureSeries::Style::Step;
        graph->setLineStyle(points ? QCPGraph::lsNone : step ? QCPGraph::lsStepLeft : QCPGraph::lsLine);
        graph->setPen(QPen(colour, series.width > 0 ? series.width : series.x.size() > kDenseLine ? 1.0 : 1.6));
        if (points || step) graph->setScatterStyle(marker(points ? kMarkerSize : kFrontSize));
        if (!series.low.empty()) {
            auto* errors = new QCPErrorBars(panel.x, panel.y);
            errors->setDataPlottable(graph);
            errors->setErrorType(QCPErrorBars::etValueError);
            errors->data()->append(errorsOf(series));
            errors->setPen(QPen(colour, 1));
            errors->setWhiskerWidth(6);
            errors->setSymbolGap(0);
        }
        added = graph;
    }
    }
    added->setName(QString::fromStdString(series.name));
    return added;
}

void SeriesPlot::addLabels(const Panel& panel, const FigurePanel& data) {
    std::vector<LabelLayer::Label> labels;
    std::vector<QPointF> markers, steps, discs;
    for (const FigureSeries& series : data.series) {
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            const QPointF at(series.x[i], series.y[i]);
            if (!series.labels.empty() && !series.labels[i].empty()) labels.push_back({at, QString::fromStdString(series.labels[i])});
            if (series.style == FigureSeries::Style::Points) markers.push_back(at);
            if (!series.low.empty())  // along the error bar
                for (int part = 0; part <= 8; ++part) discs.emplace_back(at.x(), series.low[i] + (series.high[i] - series.low[i]) * part / 8);
            if (series.style == FigureSeries::Style::Step) steps.push_back(at);
            if (series.style == FigureSeries::Style::Dots && i % (series.x.size() / 600 + 1) == 0) discs.push_back(at);
        }
    }
    panel.labels->setLabels(std::move(labels));
    panel.labels->setObstacles(std::move(markers), std::move(steps), std::move(discs));
    QColor halo = m_theme.background;
    halo.setAlphaF(0.75F);
    panel.labels->setColors(m_theme.text, halo);
}

void SeriesPlot::shareAxes(const SeriesFigure& figure) {
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        Span x, y;
        for (const FigurePanel& other : figure.panels) {
            const bool sameX = other.xLabel == figure.panels[i].xLabel && other.categories == figure.panels[i].categories;
            const bool sameY = other.yLabel == figure.panels[i].yLabel && other.percent == figure.panels[i].percent;
            for (const FigureSeries& series : other.series) {
                if (sameX) x.add(series.x);
                if (!sameY) continue;
                for (const auto* values : {&series.y, &series.low, &series.high}) y.add(*values);
                if (series.style == FigureSeries::Style::Bars) y.add(0);
            }
        }
        if (x.low > x.high) x = {0, 1};
        if (y.low > y.high) y = {0, 1};
        const auto categories = figure.panels[i].categories.size();
        m_panels[i].x->setRange(categories > 0 ? QCPRange(-0.6, static_cast<double>(categories) - 0.4) : paddedRange(x.low, x.high, 0));
        m_panels[i].y->setRange(paddedRange(y.low, y.high, y.low >= 0 ? 0 : -1e300));
    }
}

void SeriesPlot::adaptTo(const QSize& size) {
    QFont text = font();
    text.setPixelSize(13);
    text.setHintingPreference(QFont::PreferNoHinting);
    QFont bold = text, heading = text;
    bold.setBold(true);
    heading.setBold(true);
    heading.setPixelSize(16);
    const int columns = std::min<int>(static_cast<int>(m_panels.size()), 3);
    for (const Panel& panel : m_panels) {
        for (QCPAxis* axis : {panel.x, panel.y}) {
            axis->setLabelFont(text);
            axis->setTickLabelFont(text);
        }
        panel.title->setFont(bold);
        panel.title->setText(QFontMetrics(bold).elidedText(panel.title->text(), Qt::ElideRight, std::max(60, size.width() / columns - 30)));
        panel.labels->setFont(text);
    }
    m_title->setFont(heading);
    m_title->setText(QFontMetrics(heading).elidedText(m_name, Qt::ElideRight, std::max(40, size.width() - 20)));
    m_title->setVisible(!m_name.isEmpty());
    m_legend->setFont(text);
    double width = 24, widest = 1;
    for (int i = 0; i < m_legend->itemCount(); ++i) {
        auto* entry = qobject_cast<QCPPlottableLegendItem*>(m_legend->item(i));
        const double entryWidth = entry ? QFontMetricsF(text).horizontalAdvance(entry->plottable()->name()) + 26 + 7 + 18 : 0;
        width += entryWidth;
        widest = std::max(widest, entryWidth);
    }
    m_legend->setWrap(width <= size.width() ? 0 : std::max(1, static_cast<int>((size.width() - 24) / widest)));
}

}  // namespace axp
