// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "core/data/dataset.h"

class QComboBox;
class QFormLayout;
class QLineEdit;
class QScrollArea;
class QToolButton;

namespace axp::ui {

class ParameterForm;
class Workspace;

/// Asks for the data of a project: the source, its files, what is measured, and, when opened, every option and every step of the
/// preprocessing. The fields show the source's own values; what is not changed is not written into the project.
class DataFields : public QWidget {
    Q_OBJECT
public:
    explicit DataFields(Workspace& workspace, QWidget* parent = nullptr);

    /// Fills in a file or folder; a job finds out which source it is.
    void setPath(const QString& path);
    /// As it stands in the fields; the path is absolute, or empty.
    DataSpec spec() const;
    /// The same for `axplorer-cli project new`, beginning with a space.
    QString commandLine() const;

signals:
    void changed();

private:
    QWidget* pathRow();
    QWidget* buildDetails();
    void chooseFolder();
    void chooseFile();
    /// The parameters of the chosen source.
    void showSource();

    Workspace& m_workspace;
    QComboBox *m_source, *m_metric;
    QLineEdit* m_path;
    QToolButton* m_more;
    QScrollArea* m_details = nullptr;
    ParameterForm *m_options, *m_preprocessing;
};

}  // namespace axp::ui
