// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/new_project_dialog.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/base/hash.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {

NewProjectDialog::NewProjectDialog(Workspace& workspace, const QString& model, QWidget* parent) : QDialog(parent), m_workspace(workspace) {
    setWindowTitle(tr("New project"));
    setMinimumWidth(560);
    const auto row = [this](QLineEdit*& field, const QString& name, bool save) {
        field = new QLineEdit(this);
        field->setAccessibleName(name);
        auto* browse = new QPushButton(tr("Browse..."), this);
        browse->setAccessibleName(tr("Browse for: %1").arg(name));
        connect(browse, &QPushButton::clicked, this, [this, edit = field, save] { choose(edit, save); });
        auto* layout = new QHBoxLayout;
        layout->addWidget(field);
        layout->addWidget(browse);
        return layout;
    };
    auto* form = new QFormLayout;
    form->addRow(tr("Network (.onnx, .pt)"), row(m_model, tr("Network"), false));
    form->addRow(tr("Project file"), row(m_project, tr("Project file"), true));
    form->addRow(tr("Data"), new QLabel(tr("Fashion-MNIST (Debian package dataset-fashion-mnist, or the bundled subset)"), this));
    form->addRow(tr("Multipliers"), new QLabel(tr("the built-in ones; drop .npy tables or folders on the window for more"), this));
    m_message = new QLabel(this);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Create"));
    connect(m_buttons, &QDialogButtonBox::accepted, this, &NewProjectDialog::create);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_model, &QLineEdit::textChanged, this, &NewProjectDialog::suggestProject);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(m_message);
    layout->addWidget(m_buttons);
    m_model->setText(model);
}

void NewProjectDialog::choose(QLineEdit* field, bool save) {
    const QString path = save ? QFileDialog::getSaveFileName(this, tr("Project file"), field->text(), tr("Axplorer projects (*.axp)"))
                              : QFileDialog::getOpenFileName(this, tr("Network"), field->text(), tr("Networks (*.onnx *.pt *.pth *.ts)"));
    if (!path.isEmpty()) field->setText(path);
}

void NewProjectDialog::suggestProject() {
    const QFileInfo model(m_model->text());
    if (!m_model->text().isEmpty()) m_project->setText(QDir(model.path()).filePath(model.completeBaseName() + ".axp"));
}

void NewProjectDialog::create() {
    const QString model = QFileInfo(m_model->text()).absoluteFilePath(), path = QFileInfo(m_project->text()).absoluteFilePath();
    if (m_model->text().isEmpty() || m_project->text().isEmpty()) return m_message->setText(tr("Name a network and a project file."));
    m_buttons->setEnabled(false);
    m_message->setText(tr("Writing the project..."));
    m_workspace.jobs().submit(
        tr("Create %1").arg(QFileInfo(path).fileName()), QStringLiteral("axplorer-cli project new --model %1 --out %2").arg(shellQuoted(model), shellQuoted(path)),
        JobCenter::Lane::Background,
        [model, path](const JobContext&) -> Result<void> {
            if (QFileInfo::exists(path)) return badInput("the file exists already", path.toStdString(), "Choose another name, or open it.");
            Project project;
            project.path = path.toStdString();
            project.name = QFileInfo(path).completeBaseName().toStdString();
            project.modelPath = QDir(QFileInfo(path).path()).relativeFilePath(model).toStdString();
            AXP_TRY(project.modelHash, sha256File(model.toStdString()));
            project.acus = {kExactAcu, "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"};
            return project.save();
        },
        [self = QPointer<NewProjectDialog>(this), path](const Result<void>& result) {
            if (!self) return;
            self->m_buttons->setEnabled(true);
            if (!result.ok()) return self->m_message->setText(QString::fromStdString(result.error().text()));
            emit self->created(path);
            self->accept();
        });
}

}  // namespace axp::ui
