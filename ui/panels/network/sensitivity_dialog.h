// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "ui/bridge/sensitivity.h"
#include "ui/bridge/workspace.h"

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QListWidget;

namespace axp::ui {

/// Chooses what a measurement of sensitivities covers. Not modal; deletes itself.
class SensitivityDialog : public QDialog {
    Q_OBJECT
public:
    SensitivityDialog(Workspace& workspace, QWidget* parent);
    SensitivityRequest request() const;

private:
    void fillAcus();
    void buildForm();
    void filter(const QString& text);
    void check();
    void start();

    Workspace& m_workspace;
    QLineEdit* m_filter;
    QListWidget* m_acus;
    QComboBox *m_sites, *m_granularity, *m_samples;
    QLabel* m_count;
    QDialogButtonBox* m_buttons;
};

/// Opens the dialog for the open project; without a project nothing happens.
void askForSensitivity(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
