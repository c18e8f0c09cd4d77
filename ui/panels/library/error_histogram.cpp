// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/error_histogram.h"

#include <QMenu>
#include <QToolTip>

#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/plot_style.h"

namespace axp::ui {

ErrorHistogram::ErrorHistogram(JobCenter& jobs, QWidget* parent)
    : QCustomPlot(parent),
      m_jobs(jobs),
      m_title(new QCPTextElement(this)),
      m_bars(new QCPBars(xAxis, yAxis)) {
    plotLayout()->insertRow(0);
    plotLayout()->addElement(0, 0, m_title);
    m_title->setTextFlags(Qt::AlignCenter | Qt::TextWordWrap);
    yAxis->setLabel(tr("Share of pairs, %"));
    xAxis->setLabel(tr("Error"));
    yAxis->grid()->setVisible(true);
    xAxis->grid()->setVisible(false);
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    axisRect()->setRangeZoom(Qt::Horizontal);
    axisRect()->setRangeDrag(Qt::Horizontal);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Error histogram"));
    applyTheme();
    setMap(nullptr, nullptr);
}

void ErrorHistogram::setMap(const AcuPtr& acu, const ErrorMapPtr& map, const QString& note) {
    m_map = map;
    m_name = acu ? QString::fromStdString(acu->name()).replace(':', '_').replace('/', '_') : tr("multiplier");
    QVector<double> at, share;
    double width = 1;
    if (map) {
        for (const auto& bin : map->bins) {
            width = static_cast<double>(bin.last - bin.first + 1);
            at << static_cast<double>(bin.first) + (width - 1) / 2;
            share << 100.0 * static_cast<double>(bin.pairs) / static_cast<double>(map->pairs);
        }
        const double exact = 100.0 * static_cast<double>(map->exactPairs) / static_cast<double>(map->pairs);
        m_title->setText(map->sampled && map->limit == 0 ? tr("Sampled: none of %L1 pairs has an error").arg(map->pairs)
                         : map->limit == 0               ? tr("Exact: no pair of operands has an error")
                         : map->sampled ? tr("Sampled: %1 % of %L2 pairs are exact; the bars show the others").arg(figureText(exact)).arg(map->pairs)
                                        : tr("%1 % of pairs are exact; the bars show the others").arg(figureText(exact)));
    } else {
        m_title->setText(note);
    }
    m_bars->setWidth(width * 0.92);
    m_bars->setData(at, share, true);
    axisRect()->setVisible(map && map->limit > 0);
    xAxis->setVisible(axisRect()->visible());
    yAxis->setVisible(axisRect()->visible());
    setAccessibleDescription(m_title->text());
    fit();
}

void ErrorHistogram::fit() {
    m_bars->rescaleAxes();
    yAxis->setRange(0, yAxis->range().upper * 1.06);
    const QCPRange range = xAxis->range();
    xAxis->setRange(range.lower - m_bars->width() / 2 - range.size() * 0.02,
                    range.upper + m_bars->width() / 2 + range.size() * 0.02);
    replot(rpQueuedReplot);
}

void ErrorHistogram::applyTheme() {
    const PlotTheme theme = PlotTheme::of(palette());
    stylePlot(*this, theme);
    m_title->setTextColor(theme.text);
    m_title->setFont(font());
    m_bars->setPen(Qt::NoPen);
    m_bars->setBrush(theme.front);
    replot(rpQueuedReplot);
}

Drawing ErrorHistogram::drawing() {
    return drawingOf(*this, m_name + QStringLiteral("-histogram"));
}

void ErrorHistogram::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTheme();
}

void ErrorHistogram::mouseMoveEvent(QMouseEvent* event) {
    QCustomPlot::mouseMoveEvent(event);
    if (!m_map || event->buttons()) return;
    const double error = xAxis->pixelToCoord(event->pos().x());
    for (const auto& bin : m_map->bins) {
        if (error < static_cast<double>(bin.first) - 0.5 || error >= static_cast<double>(bin.last) + 0.5) continue;
        const QString range =
            bin.first == bin.last ? tr("error %1").arg(bin.first) : tr("errors %1 to %2").arg(bin.first).arg(bin.last);
        const QString share = figureText(100.0 * static_cast<double>(bin.pairs) / static_cast<double>(m_map->pairs));
        return QToolTip::showText(event->globalPosition().toPoint(),
                                  tr("%1: %n pair(s), %2 %", nullptr, static_cast<int>(bin.pairs)).arg(range, share),
                                  this);
    }
    QToolTip::hideText();
}

void ErrorHistogram::mouseDoubleClickEvent(QMouseEvent* event) {
    QCustomPlot::mouseDoubleClickEvent(event);
    fit();
}

void ErrorHistogram::contextMenuEvent(QContextMenuEvent* event) {
    if (!m_map) return;
    QMenu menu(this);
    addDrawingActions(&menu, this, m_jobs, drawing());
    menu.addAction(tr("Export bins as CSV..."), this, [this, map = m_map] {
        QByteArray text("first_error,last_error,pairs\n");
        for (const auto& bin : map->bins)
            text += QByteArray::number(qlonglong(bin.first)) + ',' + QByteArray::number(qlonglong(bin.last)) + ',' +
                    QByteArray::number(qlonglong(bin.pairs)) + '\n';
        saveText(this, m_jobs, m_name + QStringLiteral("-histogram.csv"), tr("Table (*.csv)"), text);
    });
    menu.addAction(tr("Show all"), this, &ErrorHistogram::fit);
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
