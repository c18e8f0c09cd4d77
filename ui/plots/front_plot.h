// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include "ui/plots/figure_spec.h"
#include "ui/plots/plot_theme.h"

namespace axp {

class LabelLayer;

/// Accuracy against power: every design as a translucent disc, the front as a step line with markers, reference designs as labelled
/// diamonds. Between two front designs the line stays at the accuracy of the one with less power: what is reachable at that power.
/// Wheel zooms at the cursor, dragging pans, double-click fits. Follows the palette until a theme is set.
class FrontPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit FrontPlot(QWidget* parent = nullptr);

    void setFigure(FrontFigure figure);
    /// The same with the zoom kept, for live data.
    void updateFigure(FrontFigure figure);
    const FrontFigure& figure() const { return m_figure; }
    void setTheme(const PlotTheme& theme);
    const PlotTheme& theme() const { return m_theme; }
    /// What stands in the middle as long as there is no design.
    void setEmptyText(const QString& text) { m_emptyNote->setText(text); }
    /// Shows all designs with a margin.
    void fit();
    /// Chooses font sizes and the legend's layout for a drawing of this size (pixels). Resizing the widget does it too; a drawing
    /// that is exported from a hidden widget has to.
    void adaptTo(const QSize& size);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    /// Colours changed: for what a derived class draws.
    virtual void styleExtras() {}
    /// What a derived class draws and wants to have in the legend.
    virtual QList<QCPAbstractPlottable*> extrasInLegend() const { return {}; }

private:
    void buildLayout();
    void applyTheme();
    void showFigure();
    void layoutLegend(const QSize& size, const QFont& font);

    FrontFigure m_figure;
    PlotTheme m_theme;
    QList<QCPAbstractPlottable*> m_inLegend;
    bool m_followPalette = true;
    QCPTextElement* m_title;
    QCPCurve* m_designs;  // keeps the caller's row order, which a graph does not
    QCPGraph* m_front;
    QCPCurve* m_references;
    QCPItemText* m_emptyNote;
    LabelLayer* m_labels;
};

}  // namespace axp
