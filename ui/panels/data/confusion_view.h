// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <QWidget>

#include <optional>

#include "core/eval/predictions.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {

/// A confusion matrix as a heat map with numbers: rows are true classes, columns predicted ones; blue is right, vermilion is wrong, darker
/// is a larger share of the row. Mouse, or arrow keys and Space, pick a cell, a row (its name) or a column.
class ConfusionView : public QWidget {
    Q_OBJECT
public:
    /// What is picked; both: a cell, one: a row or column, none: nothing.
    struct Place {
        std::optional<int> truth, predicted;
        bool operator==(const Place&) const = default;
        bool empty() const { return !truth && !predicted; }
    };

    explicit ConfusionView(JobCenter& jobs, QWidget* parent = nullptr);

    /// `names` of the classes; `title` says whose matrix it is (in exports).
    void setMatrix(const ConfusionMatrix& matrix, const QStringList& names, const QString& title);
    const ConfusionMatrix& matrix() const { return m_matrix; }
    /// Outlines what filters the images.
    void setMarked(const Place& place);
    const Place& marked() const { return m_marked; }
    /// The line below the matrix: what is under the pointer or cursor.
    QString readout() const;
    std::optional<Place> placeAt(const QPointF& position) const;
    /// Of a cell, a row's name or a column's name.
    QRectF rectOf(const Place& place) const { return rectOf(place, size()); }
    Drawing drawing() const;
    /// With names of rows and columns; ',' quotes as CSV asks for.
    QString text(QChar separator) const;

    QSize sizeHint() const override { return {380, 360}; }
    QSize minimumSizeHint() const override { return {180, 160}; }

signals:
    /// A click, Space or Return on a place; Place() when what was marked is picked again or Esc is pressed.
    void picked(const axp::ui::ConfusionView::Place& place);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    QRectF gridRect(const QSize& size) const;
    QSizeF cellSize(const QSize& size) const;
    QRectF rectOf(const Place& place, const QSize& size) const;
    QString nameOf(int column) const;
    QColor cellColour(int truth, int predicted) const;
    void draw(QPainter& painter, const QSize& size) const;
    void drawCells(QPainter& painter, const QSize& size) const;
    void drawNames(QPainter& painter, const QSize& size) const;
    void pick(const Place& place);
    void setCursorPlace(const Place& place);

    JobCenter& m_jobs;
    ConfusionMatrix m_matrix;
    QStringList m_names;
    QString m_title;
    double m_largestError = 0;  ///< share of a row
    Place m_marked, m_cursor;
};

}  // namespace axp::ui
