// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include <string>
#include <vector>

#include "ui/plots/plot_theme.h"

namespace axp::ui {

class JobCenter;

/// One line or cloud of a LinePlot. Lines need ascending x.
struct PlotSeries {
    enum class Style { Line, Step, Dots };
    QString name;
    QColor colour;
    Style style = Style::Line;
    double width = 1;  ///< of lines; dense noisy ones are slow above 1
    bool inLegend = true;
    QVector<double> x, y;  ///< points whose y is NaN are left out
};

/// Lines over a common axis, for data that grow: a new set of series keeps the zoom, and without one the axes follow the data. Wheel zooms
/// at the cursor, drag pans, double-click fits, hover tells the value; with the keyboard + and - zoom and 0 fits. The context menu copies
/// and saves picture and data. Follows the palette.
class LinePlot : public QCustomPlot {
    Q_OBJECT
public:
    /// `name` is the title, the accessible name and the proposed file name.
    LinePlot(JobCenter& jobs, const QString& name, const QString& xLabel, const QString& yLabel, QWidget* parent = nullptr);

    void setSeries(std::vector<PlotSeries> series);
    const std::vector<PlotSeries>& series() const { return m_series; }
    /// What stands in the middle as long as nothing is drawn.
    void setEmptyText(const QString& text);
    void setLabels(const QString& xLabel, const QString& yLabel);
    /// Values are fractions and shown in percent.
    void setPercent(bool x, bool y);
    void fit();
    bool zoomed() const { return m_zoomed; }
    void zoomBy(double factor);
    /// "series<separator>x<separator>y" with a header; fields with the separator are quoted.
    std::string table(char separator) const;
    /// Text of the point next to a position (pixels), or empty.
    QString textAt(const QPointF& position) const;
    const QString& name() const { return m_name; }
    QSize minimumSizeHint() const override { return {180, 130}; }
    QSize sizeHint() const override { return {360, 240}; }

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void applyTheme();
    void drawSeries();
    void layoutLegend();
    QString valueText(QCPAxis* axis, double value) const;

    JobCenter& m_jobs;
    QString m_name;
    std::vector<PlotSeries> m_series;
    std::vector<QCPGraph*> m_graphs;
    bool m_percentX = false, m_percentY = false;
    bool m_zoomed = false;
    QPoint m_pressed;
    QCPTextElement* m_title;
    QCPItemText* m_note;
};

}  // namespace axp::ui
