// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QStringList>

#include <memory>
#include <vector>

#include "core/project/engine.h"
#include "core/store/query.h"

namespace axp::ui {

/// Designs side by side: a column a design; first their figures, then the ACU at each site. A node whose heads agree in every design has one
/// row, otherwise its heads have one each.
class CompareModel : public QAbstractTableModel {
    Q_OBJECT
public:
    /// Rows before the sites.
    enum Figure { Metric, Power, Rmse, Slice, Note, FigureCount };

    CompareModel(std::shared_ptr<ProjectEngine> engine, std::vector<ResultRow> designs, QObject* parent = nullptr);

    /// Leaves out the sites at which all designs have the same ACU.
    void setOnlyDifferences(bool only);
    bool onlyDifferences() const { return m_onlyDifferences; }
    int sites() const { return static_cast<int>(m_all.size()); }
    int differences() const;
    const std::vector<ResultRow>& designs() const { return m_designs; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_designs.size()); }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// What is shown, with headers; separated by tabs for pasting, or as CSV.
    QString text(char separator) const;

private:
    struct Row {
        QString site;
        QStringList acus;  ///< one a design
        bool differs = false;
    };
    /// `leaf` stands for the row.
    void addRow(const std::string& leaf, const QString& site);
    QString figure(const ResultRow& design, int row) const;

    std::shared_ptr<ProjectEngine> m_engine;
    std::vector<ResultRow> m_designs;
    std::vector<Row> m_all;
    std::vector<std::size_t> m_shown;  ///< indices in m_all
    bool m_onlyDifferences = false;
};

}  // namespace axp::ui
