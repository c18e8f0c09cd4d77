// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QDialog>
#include <QSortFilterProxyModel>

#include "ui/bridge/workspace.h"

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QTableView;

namespace axp::ui {

/// The ACUs that can stand at some sites, with what a choice depends on; those that no site takes are disabled and say why.
class AcuChoiceModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Power, Bits, Description, Columns };
    AcuChoiceModel(const Workspace& workspace, QStringList sites, QObject* parent = nullptr);
    /// Empty when at least one of the sites takes it.
    QString refusal(const QString& acu) const;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    const Workspace& m_workspace;
    QStringList m_sites;
    std::vector<AcuPtr> m_acus;
    mutable QHash<QString, QString> m_refusals;
};

/// Chooses an ACU for sites by keyboard: what a drop does. Not modal; deletes itself.
class AssignDialog : public QDialog {
    Q_OBJECT
public:
    AssignDialog(const Workspace& workspace, const QStringList& sites, QWidget* parent);

signals:
    void chosen(const QStringList& sites, const QString& acu);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QString choice() const;
    void check();
    void take();

    QStringList m_sites;
    AcuChoiceModel* m_acus;
    QSortFilterProxyModel* m_filtered;
    QLineEdit* m_filter;
    QTableView* m_list;
    QLabel* m_why;
    QDialogButtonBox* m_buttons;
};

}  // namespace axp::ui
