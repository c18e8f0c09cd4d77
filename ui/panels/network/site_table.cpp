// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/site_table.h"

#include <QDragEnterEvent>
#include <QHeaderView>

#include <algorithm>

namespace axp::ui {

SiteTable::SiteTable(SiteModel& model, AcuDrop& drop, QWidget* parent) : QTableView(parent), m_model(model), m_drop(drop) {
    m_sorted.setSourceModel(&model);
    m_sorted.setSortRole(SiteModel::SortRole);
    m_sorted.setSortLocaleAware(true);
    setModel(&m_sorted);
    setObjectName(QStringLiteral("siteTable"));
    setAccessibleName(tr("Layer table"));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSortingEnabled(true);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle);  // the end of a name tells heads and groups apart
    setAcceptDrops(true);
    setDropIndicatorShown(false);
    setVerticalScrollMode(ScrollPerPixel);  // a drag that passes the upper edge must not move the rows from under its target
    setTabKeyNavigation(false);
    setFrameShape(QFrame::NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    horizontalHeader()->setSortIndicatorClearable(true);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setTextElideMode(Qt::ElideRight);
    horizontalHeader()->setStretchLastSection(true);
    sortByColumn(-1, Qt::AscendingOrder);
    const int character = fontMetrics().averageCharWidth();
    const int widths[] = {21, 14, 14, 9, 13, 18, 14, 18};
    for (int column = 0; column < SiteModel::Columns; ++column) setColumnWidth(column, widths[column] * character);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (!m_echo) emit sitesSelected(selectedSites());
    });
}

QStringList SiteTable::selectedSites() const {
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
    QStringList sites;
    for (const QModelIndex& row : rows) sites << row.data(SiteModel::SiteIdRole).toString();
    return sites;
}

QStringList SiteTable::visibleSites() const {
    QStringList sites;
    for (int row = 0; row < m_sorted.rowCount(); ++row) sites << m_sorted.index(row, 0).data(SiteModel::SiteIdRole).toString();
    return sites;
}

void SiteTable::selectSites(const QStringList& sites) {
    QItemSelection selection;
    QModelIndex first;
    for (const QString& site : sites) {
        const int row = m_model.rowOf(site);
        if (row < 0) continue;
        const QModelIndex at = m_sorted.mapFromSource(m_model.index(row, 0));
        selection.select(at, at);
        if (!first.isValid()) first = at;
    }
    m_echo = true;
    selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (first.isValid()) selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
    m_echo = false;
    if (first.isValid()) scrollTo(first);
}

void SiteTable::scrollToSite(const QString& site) {
    const int row = m_model.rowOf(site);
    if (row >= 0) scrollTo(m_sorted.mapFromSource(m_model.index(row, 0)), QAbstractItemView::PositionAtCenter);
}

QString SiteTable::csv() const {
    QStringList lines;
    for (int row = -1; row < m_sorted.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < m_sorted.columnCount(); ++column) {
            const QModelIndex at = m_sorted.index(row, column);
            const bool number = column == SiteModel::Macs || column == SiteModel::Share || column == SiteModel::Sensitive;
            QString cell = row < 0 ? m_sorted.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()
                           : number ? at.data(SiteModel::SortRole).toString()  // plain numbers, whatever the locale
                                    : at.data().toString().trimmed();
            if (number && cell == QLatin1String("-1")) cell.clear();
            if (cell.contains(',') || cell.contains('"')) cell = '"' + cell.replace('"', QLatin1String("\"\"")) + '"';
            cells << cell;
        }
        lines << cells.join(',');
    }
    return lines.join('\n') + '\n';
}

QStringList SiteTable::sitesAt(const QPoint& position) const {
    const QModelIndex index = indexAt(position);
    return index.isValid() ? QStringList{index.data(SiteModel::SiteIdRole).toString()} : QStringList();
}

void SiteTable::dragEnterEvent(QDragEnterEvent* event) {
    if (m_drop.enter(event->mimeData())) event->acceptProposedAction();
    else event->ignore();
}

void SiteTable::dragMoveEvent(QDragMoveEvent* event) {
    const QPoint position = event->position().toPoint();
    const int margin = autoScrollMargin();
    if (!viewport()->rect().adjusted(0, margin, 0, -margin).contains(position)) startAutoScroll();
    else stopAutoScroll();
    if (m_drop.over(sitesAt(position), viewport(), viewport()->mapToGlobal(position))) event->acceptProposedAction();
    else event->ignore();
}

void SiteTable::dragLeaveEvent(QDragLeaveEvent*) {
    stopAutoScroll();
    m_drop.leave();
}

void SiteTable::dropEvent(QDropEvent* event) {
    stopAutoScroll();
    const QPoint position = event->position().toPoint();
    if (m_drop.drop(event->mimeData(), sitesAt(position), viewport(), viewport()->mapToGlobal(position))) event->acceptProposedAction();
    else event->ignore();
}

}  // namespace axp::ui
