// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QTimer>

#include <optional>

#include "core/project/engine.h"

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;

namespace axp::ui {

class DataFields;
class Workspace;

/// Asks for a network, its data and where the project goes. The network is looked at in a job before anything is written: imported, run
/// once, and held against the data; the project can be created when it passed. Files may be dropped on the fields. The project is written
/// in a job too.
class NewProjectDialog : public QDialog {
    Q_OBJECT
public:
    NewProjectDialog(Workspace& workspace, const QString& model, QWidget* parent = nullptr);
    ~NewProjectDialog() override;

    /// Fills in a file or folder of samples; what it is is found out in a job.
    void setData(const QString& path);

signals:
    void created(const QString& projectPath);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QWidget* fieldWithButton(QLineEdit* field, const QString& name, const QString& button, void (NewProjectDialog::*choose)());
    void chooseModel();
    void chooseProject();
    void inputChanged();
    void check();
    void cancelCheck();
    void showSummary(const Result<void>& result, const ModelSummary& summary);
    void create();
    Project draft() const;

    Workspace& m_workspace;
    QLineEdit* m_model;
    DataFields* m_data;
    QLineEdit* m_project;
    QLabel *m_state, *m_found;
    QProgressBar* m_progress;
    QPushButton* m_cancelCheck;
    QDialogButtonBox* m_buttons;
    QTimer m_delay;            ///< a check starts when typing rests
    quint64 m_job = 0;         ///< the check that runs; 0 for none
    int m_request = 0;         ///< results of older checks are dropped
    bool m_projectTyped = false;
    QString m_modelHash;       ///< of the file that was checked
};

}  // namespace axp::ui
