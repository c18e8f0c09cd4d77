// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include <vector>

#include "ui/plots/plot_export.h"

namespace axp {
class LabelLayer;
}

namespace axp::ui {

/// Error against power: the selected multipliers in their colours with names, the others in the background. A click picks one.
class PowerScatter : public QCustomPlot {
    Q_OBJECT
public:
    struct Point {
        QString name;
        double power = 0, error = 0;
        bool selected = false;
    };

    explicit PowerScatter(JobCenter& jobs, QWidget* parent = nullptr);
    /// `left out`: how many of the selected have no power or error figure yet.
    void setPoints(std::vector<Point> points, const QString& errorName, int leftOut);
    /// Errors of zero stand on the lower edge then.
    void setLogarithmic(bool on);
    /// -1: none near.
    int pointNear(const QPointF& position) const;
    const std::vector<Point>& points() const { return m_points; }
    QPointF positionOf(int point) const;
    QString caption() const { return m_title->text(); }
    Drawing drawing();
    QSize minimumSizeHint() const override { return {160, 150}; }

signals:
    /// `toggle`: Ctrl was held.
    void picked(const QString& name, bool toggle);

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    void rebuild();
    void fit();
    double shownError(const Point& point) const;

    JobCenter& m_jobs;
    std::vector<Point> m_points;
    QString m_errorName;
    bool m_logarithmic = false;
    double m_floor = 1;  ///< where an error of zero is drawn on a logarithmic axis
    QPoint m_pressed;
    QCPTextElement* m_title;
    LabelLayer* m_labels;
};

}  // namespace axp::ui
