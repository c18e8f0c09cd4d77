// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QMenu>

#include "ui/bridge/named_assignments.h"
#include "ui/bridge/workspace.h"

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace axp::ui {

/// The project's named assignments, to be opened, and what can be done with them; for a menu bar or a tool button. Follows the workspace.
class AssignmentMenu : public QMenu {
    Q_OBJECT
public:
    /// `shortcuts`: for the one menu of a window that gives its actions their keys.
    AssignmentMenu(Workspace& workspace, bool shortcuts, QWidget* parent = nullptr);

private:
    void refresh();
    void saveToFile();
    void loadFromFile();

    Workspace& m_workspace;
    QList<QAction*> m_names;
    QAction* m_firstFixed;  ///< names come before it
    QAction *m_save, *m_manage, *m_load, *m_export;
};

/// Asks for the name of the current assignment. Not modal; deletes itself.
class SaveAssignmentDialog : public QDialog {
    Q_OBJECT
public:
    SaveAssignmentDialog(Workspace& workspace, QWidget* parent);

private:
    void check();

    Workspace& m_workspace;
    QLineEdit* m_name;
    QLabel* m_note;
    QDialogButtonBox* m_buttons;
};

/// Opens, renames and deletes named assignments. Not modal; deletes itself.
class ManageAssignmentsDialog : public QDialog {
    Q_OBJECT
public:
    ManageAssignmentsDialog(Workspace& workspace, QWidget* parent);

private:
    void fill();
    QString chosen() const;

    Workspace& m_workspace;
    QListWidget* m_list;
    QLabel* m_note;
    QPushButton *m_open, *m_rename, *m_remove;
    bool m_filling = false;
};

}  // namespace axp::ui
