// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include <memory>

#include "core/graph/diff.h"
#include "ui/bridge/workspace.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTreeWidget;

namespace axp::ui {

/// Two networks side by side, node by node. The files are read and compared in a job. Not modal; deletes itself.
class DiffDialog : public QDialog {
    Q_OBJECT
public:
    /// `first` and `second`: model files to begin with; may be empty.
    DiffDialog(Workspace& workspace, const QString& first, const QString& second, QWidget* parent);
    ~DiffDialog() override;

    void compare();
    /// The rows that are shown, with a header.
    QString csv() const;

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    struct Networks {
        Graph first, second;
        GraphDiff diff;
    };
    void buildForm();
    QLineEdit* fileField(const QString& name, const char* object, const QString& path);
    void browse(QLineEdit* field);
    void buildTable();
    void copy();
    void save();
    void check();
    void setRunning(bool running);
    void fill();
    QString summary() const;

    Workspace& m_workspace;
    QLineEdit *m_first = nullptr, *m_second = nullptr;
    QPushButton *m_compare, *m_stop;
    QProgressBar* m_progress;
    QCheckBox* m_differences;
    QLabel* m_summary;
    QTreeWidget* m_table;
    quint64 m_job = 0;
    std::shared_ptr<const Networks> m_networks;
};

/// Opens the dialog, with the open project's network as the first one.
void askForComparison(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
