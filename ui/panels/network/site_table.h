// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QSortFilterProxyModel>
#include <QTableView>

#include "ui/panels/network/site_model.h"

namespace axp::ui {

/// The layer table: sorts by any column (a third click on a header brings back the network's order); ACUs can be dropped on rows.
class SiteTable : public QTableView {
    Q_OBJECT
public:
    SiteTable(SiteModel& model, AcuDrop& drop, QWidget* parent = nullptr);

    /// In the order of the rows.
    QStringList selectedSites() const;
    /// All sites that are shown, in the order of the rows.
    QStringList visibleSites() const;
    /// Does not emit sitesSelected().
    void selectSites(const QStringList& sites);
    void scrollToSite(const QString& site);
    /// With a header line, as shown.
    QString csv() const;

signals:
    void sitesSelected(const QStringList& sites);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QStringList sitesAt(const QPoint& position) const;

    SiteModel& m_model;
    AcuDrop& m_drop;
    QSortFilterProxyModel m_sorted;
    bool m_echo = false;
};

}  // namespace axp::ui
