// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include <vector>

#include "ui/plots/figure_spec.h"
#include "ui/plots/plot_theme.h"

namespace axp {

class LabelLayer;

/// Colour 0 .. kSeriesColours - 1 of a theme, told apart under the common colour-vision deficiencies; others wrap around.
QColor seriesColour(int index, const PlotTheme& theme);

/// Draws a SeriesFigure: title, one legend for all panels, panels side by side (at most three in a row). For drawings; it does not follow
/// the mouse.
class SeriesPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit SeriesPlot(QWidget* parent = nullptr);

    void setTheme(const PlotTheme& theme) { m_theme = theme; }
    /// With the theme as it is now. To be called once.
    void setFigure(const SeriesFigure& figure);
    /// Chooses font sizes for a drawing of this size (pixels) and breaks the legend's lines.
    void adaptTo(const QSize& size);

private:
    struct Panel {
        QCPAxis *x, *y;
        LabelLayer* labels;
        QCPTextElement* title;
    };
    Panel addPanel(const FigurePanel& panel);
    QCPAbstractPlottable* addSeries(const Panel& panel, const FigurePanel& data, std::size_t index, QCPBarsGroup* group);
    void addLabels(const Panel& panel, const FigurePanel& data);
    void shareAxes(const SeriesFigure& figure);

    PlotTheme m_theme;
    QString m_name;
    QCPTextElement* m_title;
    QCPLegend* m_legend;
    QCPLayoutGrid* m_grid;
    std::vector<Panel> m_panels;
};

}  // namespace axp
