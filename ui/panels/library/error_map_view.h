// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include <optional>

#include "ui/panels/library/error_figures.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {

/// The error of every operand pair as colours, with a legend. Mouse or arrow keys choose a pair, whose products are shown below.
class ErrorMapView : public QWidget {
    Q_OBJECT
public:
    explicit ErrorMapView(JobCenter& jobs, QWidget* parent = nullptr);

    /// Both null: nothing to show, `note` says why.
    void setMap(const AcuPtr& acu, const ErrorMapPtr& map, const QString& note = {});
    /// Those of the map that is shown; null when it is not weighted or there is none.
    OperandPairsPtr weights() const { return m_map ? m_map->weights : nullptr; }
    /// The line below the map: the pair under the cursor, or what to do.
    QString readout() const;
    /// The operands at a position, if the map is there.
    std::optional<std::pair<std::int64_t, std::int64_t>> operandsAt(const QPointF& position) const;
    QRectF mapRect() const { return mapRect(size()); }
    Drawing drawing() const;

    QSize sizeHint() const override { return {300, 240}; }
    QSize minimumSizeHint() const override { return {160, 150}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QRectF mapRect(const QSize& size) const;
    void draw(QPainter& painter, const QSize& size) const;
    void drawAxes(QPainter& painter, const QRectF& rect) const;
    void drawLegend(QPainter& painter, const QRectF& rect) const;
    QString weightedReadout(std::int64_t a, std::int64_t b, bool brief) const;
    void setCursorPair(std::optional<std::pair<std::int64_t, std::int64_t>> pair);
    void colourise();
    QColor levelColour(double level) const;  ///< -1 .. 1

    JobCenter& m_jobs;
    AcuPtr m_acu;
    ErrorMapPtr m_map;
    QImage m_image;
    QString m_note;
    std::optional<std::pair<std::int64_t, std::int64_t>> m_pair;
};

}  // namespace axp::ui
