// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

class QDialogButtonBox;
class QLabel;
class QLineEdit;

namespace axp::ui {

class Workspace;

/// Asks for a network and where the project goes, and writes the project in a job. Whether the network can be imported shows when the
/// project is opened, which follows at once.
class NewProjectDialog : public QDialog {
    Q_OBJECT
public:
    NewProjectDialog(Workspace& workspace, const QString& model, QWidget* parent = nullptr);

signals:
    void created(const QString& projectPath);

private:
    void choose(QLineEdit* field, bool save);
    void suggestProject();
    void create();

    Workspace& m_workspace;
    QLineEdit *m_model = nullptr, *m_project = nullptr;
    QLabel* m_message = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
};

}  // namespace axp::ui
