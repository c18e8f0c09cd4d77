// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include "ui/panels/inspector/weight_histogram.h"

namespace axp::ui {

struct Drawing;

/// Bars of a weight histogram. Wheel zooms, dragging pans, double-click fits; follows the palette.
class HistogramPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    void setHistogram(const WeightHistogram& histogram);
    const WeightHistogram& histogram() const { return m_histogram; }
    void fit();
    void setLogarithmic(bool logarithmic);
    bool logarithmic() const { return m_logarithmic; }
    Drawing picture(const QString& name);
    /// "from,to,count" lines.
    QString csv() const;
    QSize sizeHint() const override { return {320, 220}; }

protected:
    void changeEvent(QEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void applyTheme();

    WeightHistogram m_histogram;
    QCPBars* m_bars;
    bool m_logarithmic = false;
};

}  // namespace axp::ui
