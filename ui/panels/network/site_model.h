// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>

#include "ui/panels/network/acu_drop.h"
#include "ui/panels/network/network_figures.h"

namespace axp::ui {

/// The sites of the open network, one a row in network order: MAC nodes, each followed by its heads.
class SiteModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { SiteId, Type, OutputShape, Macs, Share, AcuName, Bits, Sensitive, Columns };
    enum Role { SortRole = Qt::UserRole, SiteIdRole };

    explicit SiteModel(QObject* parent = nullptr);

    /// Takes over the sites of the open project, or none.
    void reload(const Workspace& workspace);
    void setHeadsShown(bool shown);
    bool headsShown() const { return m_headsShown; }
    void setFigures(const NetworkFigures& figures);
    void setDrop(const AcuDrop& drop);

    QString siteAt(int row) const { return m_rows[static_cast<std::size_t>(row)].id; }
    int rowOf(const QString& site) const { return m_rowOf.value(site, -1); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Row {
        QString id, type, shape;
        bool head = false;
        std::int64_t elements = 0;
    };
    void rebuild();
    QString text(const Row& row, const SiteFigures& figures, int column) const;
    QVariant sortKey(const Row& row, const SiteFigures& figures, int column, int index) const;
    QVariant background(const Row& row) const;
    QVariant toolTip(const Row& row, const SiteFigures& figures, int column) const;

    std::vector<Row> m_all, m_rows;
    QHash<QString, int> m_rowOf;
    NetworkFigures m_figures;
    const Workspace* m_workspace = nullptr;
    const AcuDrop* m_drop = nullptr;
    bool m_headsShown = true;
};

}  // namespace axp::ui
