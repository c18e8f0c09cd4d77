// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/acu_table_view.h"

#include <QDrag>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>

#include <algorithm>

#include "ui/bridge/workspace.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/filter_header.h"

namespace axp::ui {

AcuTableView::AcuTableView(QWidget* parent) : QTableView(parent), m_header(new FilterHeader(this)) {
    setHorizontalHeader(m_header);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setSortingEnabled(true);
    setShowGrid(false);
    setAlternatingRowColors(true);
    setWordWrap(false);
    setTextElideMode(Qt::ElideRight);
    setHorizontalScrollMode(ScrollPerPixel);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setTabKeyNavigation(false);
    setIconSize(QSize(12, 12));
    setAccessibleName(tr("Multipliers"));
    connect(m_header, &FilterHeader::left, this, [this] { setFocus(); });
}

QStringList AcuTableView::selectedNames() const {
    if (!selectionModel()) return {};
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    QStringList names;
    for (const QModelIndex& row : rows) names << row.data(AcuTableModel::NameRole).toString();
    return names;
}

QPixmap AcuTableView::dragPixmap(const QStringList& names, const QWidget* widget) {
    const QFontMetrics metrics(widget->font());
    const int shown = std::min(4, static_cast<int>(names.size())), line = metrics.height() + 6;
    QStringList lines = names.mid(0, shown);
    if (names.size() > shown) lines << tr("and %n more", nullptr, static_cast<int>(names.size()) - shown);
    int width = 0;
    for (const QString& text : lines) width = std::max(width, metrics.horizontalAdvance(text));
    const QSize size(width + 34, line * static_cast<int>(lines.size()) + 6);
    QPixmap pixmap(size * widget->devicePixelRatioF());
    pixmap.setDevicePixelRatio(widget->devicePixelRatioF());
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(widget->font());
    painter.setPen(widget->palette().color(QPalette::Mid));
    painter.setBrush(widget->palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(QPointF(0.5, 0.5), QSizeF(size) - QSizeF(1, 1)), 6, 6);
    for (int i = 0; i < static_cast<int>(lines.size()); ++i) {
        const int top = 3 + i * line;
        if (i < shown) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(Workspace::acuColour(lines[i]));
            painter.drawRoundedRect(QRectF(8, top + (line - 12) / 2.0, 12, 12), 3, 3);
        }
        painter.setPen(widget->palette().color(QPalette::Text));
        painter.drawText(QRect(26, top, width + 4, line), Qt::AlignVCenter | Qt::AlignLeft, lines[i]);
    }
    return pixmap;
}

void AcuTableView::fitNameColumn() {
    if (m_header->count() == 0) return;
    const int others = m_header->length() - m_header->sectionSize(AcuTableModel::Name);
    const bool narrow = viewport()->width() < 60 * fontMetrics().averageCharWidth();
    const int least = fontMetrics().horizontalAdvance(narrow ? QStringLiteral("mul8s_1KV6MMM")
                                                             : QStringLiteral("mul8s_1KV6@v2022MMM"));
    m_header->resizeSection(AcuTableModel::Name, std::max(least, viewport()->width() - others));
}

void AcuTableView::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitNameColumn();
}

void AcuTableView::startDrag(Qt::DropActions) {
    const QStringList names = selectedNames();
    if (names.isEmpty()) return;
    auto* drag = new QDrag(this);
    drag->setMimeData(acuMimeData(names));
    drag->setPixmap(dragPixmap(names, this));
    drag->setHotSpot(QPoint(-10, -6));
    drag->exec(Qt::CopyAction);
}

void AcuTableView::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        event->accept();
        emit assignRequested();
        return;
    }
    QTableView::keyPressEvent(event);
}

void AcuTableView::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) {
    QTableView::selectionChanged(selected, deselected);
    emit selectedRowsChanged();
}

}  // namespace axp::ui
