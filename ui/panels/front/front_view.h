// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>

#include <functional>
#include <optional>
#include <vector>

#include "ui/plots/front_plot.h"

namespace axp::ui {

class HoverItem;
class MarkItem;

/// A front that is worked with: names the design under the pointer, selects with a click or a rectangle (Shift and drag), keeps its zoom
/// when data come in. With the keyboard: left and right walk along the front (with Ctrl over all designs), Space selects, Return opens,
/// + and - zoom, Esc clears. Designs are named by their position in the list given to setDesigns().
class FrontView : public FrontPlot {
    Q_OBJECT
public:
    explicit FrontView(QWidget* parent = nullptr);

    struct Point {
        double x = 0, y = 0;
        bool onFront = false;
    };
    /// `describe` gives the text for a design; called only for the one under the pointer.
    void setDesigns(FrontFigure figure, std::vector<Point> points, std::function<QString(int)> describe);
    /// An accuracy measured on many samples, with its 95 % interval.
    struct Validated {
        double x = 0, y = 0, low = 0, high = 0;
        bool operator==(const Validated&) const = default;
    };
    /// Drawn as triangles with error bars, `name` in the legend.
    void setValidated(std::vector<Validated> points, const QString& name);
    const std::vector<Validated>& validated() const { return m_validated; }
    /// Rings around these designs.
    void setMarked(const std::vector<int>& designs);
    void setCurrent(std::optional<int> design);
    /// Shows everything, and again when designs come in outside of what is shown, until the user zooms.
    void fitAll();
    bool zoomed() const { return m_zoomed; }
    void zoomBy(double factor);
    void clearHover();

    int hovered() const { return m_hovered; }
    QString hoverText() const;
    QPointF pixelOf(int design) const;
    /// Full redraws so far, for tests.
    int redraws() const { return m_redraws; }

signals:
    void hoveredChanged(int design);
    /// `toggle`: add to or take from what is selected.
    void picked(const std::vector<int>& designs, bool toggle);
    void opened(int design);
    void cleared();

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void styleExtras() override;
    QList<QCPAbstractPlottable*> extrasInLegend() const override;

private:
    int nearest(const QPointF& position) const;
    std::vector<int> within(const QRect& rectangle) const;
    void hover(int design);
    void walk(int step, bool frontOnly);
    bool everythingShown() const;
    void placeMarks();

    std::vector<Point> m_points;
    std::vector<Validated> m_validated;
    QCPGraph* m_triangles = nullptr;
    QCPErrorBars* m_bars = nullptr;
    std::function<QString(int)> m_describe;
    std::vector<int> m_marked;
    std::optional<int> m_current;
    MarkItem* m_marks;
    HoverItem* m_hover;
    QPoint m_pressed;
    int m_hovered = -1;
    bool m_zoomed = false;
    int m_redraws = 0;
};

}  // namespace axp::ui
