// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include <optional>
#include <vector>

#include "ui/plots/plot_theme.h"

namespace axp::ui {

/// Rings around the selected designs, and the mark of the current assignment. On a buffered layer of its own, so that neither moves the
/// thousands of discs below.
class MarkItem : public QCPAbstractItem {
    Q_OBJECT
public:
    explicit MarkItem(QCustomPlot* plot);
    std::vector<QPointF> selected;   ///< axis coordinates
    std::optional<QPointF> current;
    PlotTheme theme;
    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;
};

/// The design under the pointer: a ring and a box with its name and figures.
class HoverItem : public QCPAbstractItem {
    Q_OBJECT
public:
    explicit HoverItem(QCustomPlot* plot);
    std::optional<QPointF> at;  ///< axis coordinates
    QString text;
    PlotTheme theme;
    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;
};

}  // namespace axp::ui
