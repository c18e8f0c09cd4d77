// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include "ui/plots/plot_theme.h"

namespace axp {

/// Ticks with as many decimals as the tick step needs, scaled and with a unit; none beyond `last` (there is no 102 % accuracy).
class UnitTicker : public QCPAxisTicker {
public:
    UnitTicker(double factor, QString unit, double last) : m_factor(factor), m_unit(std::move(unit)), m_last(last) {}
    /// Fractions as they are, or in percent up to 100.
    static QSharedPointer<QCPAxisTicker> make(bool percent);

protected:
    QVector<double> createTickVector(double step, const QCPRange& range) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override;

private:
    double m_factor;
    QString m_unit;
    double m_last;
    int m_decimals = 0;
};

/// The data's range with a margin; the lower margin does not pass `floor` by much.
QCPRange paddedRange(double lower, double upper, double floor);
/// Pens and colours of an axis and its grid.
void styleAxis(QCPAxis* axis, const PlotTheme& theme);

}  // namespace axp
