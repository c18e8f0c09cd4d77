// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "ui/bridge/workspace.h"
#include "ui/panels/results/compare_model.h"

class QCheckBox;
class QTableView;

namespace axp::ui {

/// Two or more designs layer by layer. Not modal; deletes itself.
class CompareDialog : public QDialog {
    Q_OBJECT
public:
    CompareDialog(Workspace& workspace, std::vector<ResultRow> designs, QWidget* parent);
    CompareModel* model() const { return m_model; }
    QCheckBox* onlyDifferences() const { return m_only; }

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void openColumn(int column);
    void copy();
    void save();

    Workspace& m_workspace;
    CompareModel* m_model;
    QTableView* m_table;
    QCheckBox* m_only;
};

}  // namespace axp::ui
