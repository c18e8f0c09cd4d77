// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include <qcustomplot.h>

#include "ui/plots/label_layout.h"

namespace axp {

/// Texts beside data points, laid out without overlaps anew at every repaint (zooming moves the markers, not the text size).
class LabelLayer : public QCPAbstractItem {
    Q_OBJECT
public:
    struct Label {
        QPointF at;  ///< axis coordinates
        QString text;
    };

    explicit LabelLayer(QCustomPlot* plot);

    void setLabels(std::vector<Label> labels) { m_labels = std::move(labels); }
    /// What labels keep clear of where they can, in axis coordinates: large markers, the corners of a step line (which stays at the
    /// height of its left corner), and many small discs.
    void setObstacles(std::vector<QPointF> markers, std::vector<QPointF> steps, std::vector<QPointF> discs);
    /// The axes of the coordinates, when they are not the plot's first ones.
    void setAxes(QCPAxis* x, QCPAxis* y) { m_x = x, m_y = y; }
    void setFont(const QFont& font) { m_font = font; }
    void setColors(const QColor& text, const QColor& halo) { m_text = text, m_halo = halo; }

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QPointF pixel(const QPointF& coordinates) const;
    std::vector<LabelObstacle> obstacles() const;

    std::vector<Label> m_labels;
    std::vector<QPointF> m_markers, m_steps, m_discs;
    QCPAxis *m_x, *m_y;
    QFont m_font;
    QColor m_text, m_halo;
};

}  // namespace axp
