// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QGraphicsView>

#include "ui/panels/network/acu_drop.h"

namespace axp::ui {

class GraphScene;
class Legend;
class NodeItem;

/// The network drawing. The wheel zooms at the pointer, dragging pans, Shift and dragging selects an area, a double click on empty
/// space or F fits; ACUs can be dropped on boxes and heads. Keys: + and - zoom, Up and Down go from site to site, Return assigns.
class GraphView : public QGraphicsView {
    Q_OBJECT
public:
    GraphView(GraphScene& scene, AcuDrop& drop, QWidget* parent = nullptr);

    Legend& legend() { return *m_legend; }
    /// Shows everything.
    void fit();
    /// Shows everything when that is readable, else the beginning at a readable size.
    void showStart();
    void centreOnBox(NodeItem* item);
    void zoomBy(double factor, const QPoint& at);
    double zoom() const { return transform().m11(); }
    void setNote(const QString& text);
    /// After the legend has changed its size.
    void placeOverlays();

signals:
    /// A click: `toggle` with Ctrl. No sites: empty space or an operator.
    void picked(const QStringList& sites, bool toggle);
    void boxSelected(const QStringList& sites);
    /// Double click on a MAC box, Return.
    void assignRequested();
    void blockToggled(const QString& block);
    void moveRequested(int step);

protected:
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;

private:
    QStringList sitesAt(const QPoint& position) const;
    NodeItem* boxAt(const QPoint& position) const;
    void selectArea(const QRect& area);
    void scrollBy(const QPoint& step);
    void reframe();
    QRectF scrollableArea() const;

    GraphScene& m_scene;
    AcuDrop& m_drop;
    Legend* m_legend;
    QString m_note;
    QPoint m_pressed, m_last;
    enum class Framing { Free, All, Start } m_framing = Framing::All;  ///< kept when the view is resized, until the user moves it
    bool m_panning = false, m_selecting = false, m_down = false;
};

}  // namespace axp::ui
