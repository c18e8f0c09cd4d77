// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/axis_style.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace axp {
namespace {

constexpr double kMargin = 0.07;  // of the data's span, on each side

}  // namespace

QSharedPointer<QCPAxisTicker> UnitTicker::make(bool percent) {
    return QSharedPointer<QCPAxisTicker>(percent ? new UnitTicker(100, QStringLiteral(" %"), 1 + 1e-9)
                                                 : new UnitTicker(1, QString(), std::numeric_limits<double>::infinity()));
}

QVector<double> UnitTicker::createTickVector(double step, const QCPRange& range) {
    m_decimals = 0;
    for (double scaled = step * m_factor; m_decimals < 8; ++m_decimals, scaled *= 10) {
        if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled) break;
    }
    QVector<double> ticks = QCPAxisTicker::createTickVector(step, range);
    ticks.removeIf([this](double tick) { return tick > m_last; });
    return ticks;
}

QString UnitTicker::getTickLabel(double tick, const QLocale& locale, QChar, int) {
    const double value = tick * m_factor;
    const double shown = std::abs(value) < 1e-9 ? 0.0 : value;  // no "-0"
    return locale.toString(shown, 'f', m_decimals) + m_unit;
}

QCPRange paddedRange(double lower, double upper, double floor) {
    const double span = upper - lower;
    const double pad = span > 1e-9 ? span * kMargin : 0.02;
    return {std::max(lower - pad, std::min(floor, lower) - pad / 2), upper + pad};
}

void styleAxis(QCPAxis* axis, const PlotTheme& theme) {
    axis->setBasePen(QPen(theme.axis, 1));
    axis->setTickPen(QPen(theme.axis, 1));
    axis->setSubTickPen(Qt::NoPen);
    axis->setTickLabelColor(theme.text);
    axis->setLabelColor(theme.text);
    axis->grid()->setPen(QPen(theme.grid, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
}

}  // namespace axp
