// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/new_project_dialog.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMimeData>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

#include "core/base/hash.h"
#include "core/eval/metrics.h"
#include "core/model/importer.h"
#include "ui/bridge/workspace.h"
#include "ui/shell/data_fields.h"
#include "ui/widgets/icons.h"

namespace axp::ui {
namespace {

constexpr int kRestMilliseconds = 300;

/// Without a checker only the import can be tried: no shapes, no comparison with the data.
Result<ModelSummary> importOnly(const Project& draft, const JobContext& job) {
    AXP_TRY(const ImportedModel model, importModel(draft.resolvedModelPath()));
    if (job.cancelled()) return cancelled();
    ModelSummary summary;
    summary.format = model.format;
    summary.inputShape = model.inputShape;
    summary.operators = static_cast<std::int64_t>(model.graph.nodes.size());
    summary.parameters = model.graph.parameterCount();
    for (const auto& node : model.graph.nodes) summary.sites += node.isMac();
    return summary;
}

QString count(std::int64_t number) { return QLocale().toString(static_cast<qlonglong>(number)); }

QString rounded(std::int64_t number) {
    return number >= 1'000'000 ? NewProjectDialog::tr("%1 million").arg(QLocale().toString(static_cast<double>(number) / 1e6, 'f', 1)) : count(number);
}

QString summaryText(const ModelSummary& s) {
    QStringList lines;
    lines << NewProjectDialog::tr("%1, %2 operators, %3 parameters").arg(QString::fromStdString(s.format), count(s.operators), rounded(s.parameters));
    QString sites = s.sitesWithHeads > s.sites ? NewProjectDialog::tr("%1 sites for multipliers (%2 with heads apart)").arg(count(s.sites), count(s.sitesWithHeads))
                                               : NewProjectDialog::tr("%1 sites for multipliers").arg(count(s.sites));
    if (s.macs > 0) sites += NewProjectDialog::tr(", %1 multiply-accumulates a sample").arg(rounded(s.macs));
    lines << sites;
    if (!s.data.empty())
        lines << (s.classes > 0 ? NewProjectDialog::tr("Input %1 and output %2 fit %3 with %4 classes") : NewProjectDialog::tr("Input %1 and output %2 fit %3"))
                     .arg(QString::fromStdString(shapeText(s.inputShape)), QString::fromStdString(shapeText(s.outputShape)), QString::fromStdString(s.data));
    if (s.classes > 0 && !s.data.empty()) lines.back() = lines.back().arg(s.classes);
    for (const auto& line : s.preparation) lines << QString::fromStdString(line);
    if (s.leftOut > 0) lines << NewProjectDialog::tr("%n file(s) of the data cannot be read and are left out", nullptr, static_cast<int>(s.leftOut));
    if (!s.metric.empty()) lines << NewProjectDialog::tr("Evaluations measure: %1").arg(QString::fromStdString(metricTitle(s.metric)));
    return lines.join('\n');
}

/// One column for the labels of the fields, though the data have a form of their own.
void alignLabels(const QWidget* dialog) {
    QList<QLabel*> labels = dialog->findChildren<QLabel*>();
    labels.removeIf([](const QLabel* label) { return !label->buddy(); });
    int width = 0;
    for (const QLabel* label : labels) width = std::max(width, label->sizeHint().width());
    for (QLabel* label : labels) label->setMinimumWidth(width);
}

}  // namespace

NewProjectDialog::NewProjectDialog(Workspace& workspace, const QString& model, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_model(new QLineEdit(this)), m_data(new DataFields(workspace, this)), m_project(new QLineEdit(this)),
      m_state(new QLabel(this)), m_found(new QLabel(this)), m_progress(new QProgressBar(this)),
      m_cancelCheck(new QPushButton(tr("Stop"), this)), m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this)) {
    setWindowTitle(tr("New project"));
    setMinimumWidth(640);
    setAcceptDrops(true);
    m_model->setObjectName("newProjectModel");
    m_model->setPlaceholderText(tr("an ONNX or TorchScript file; it may be dropped here"));

    auto* form = new QFormLayout;
    form->addRow(tr("&Network"), fieldWithButton(m_model, tr("Network"), tr("Browse..."), &NewProjectDialog::chooseModel));
    form->addRow(m_data);
    form->addRow(tr("&Project file"), fieldWithButton(m_project, tr("Project file"), tr("Browse..."), &NewProjectDialog::chooseProject));
    alignLabels(this);

    m_state->setObjectName("state");
    m_state->setWordWrap(true);
    m_state->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_state->setAccessibleName(tr("Result of the check"));
    m_found->setObjectName("found");
    m_found->setAccessibleName(tr("What the network has"));
    m_progress->setRange(0, 0);
    m_progress->setTextVisible(false);
    m_progress->setMaximumHeight(8);
    m_progress->setAccessibleName(tr("Progress of the check"));
    m_cancelCheck->setObjectName("stop");
    m_cancelCheck->setAccessibleName(tr("Stop the check"));
    auto* running = new QHBoxLayout;
    running->addWidget(m_progress, 1);
    running->addWidget(m_cancelCheck);
    auto* note = new QLabel(tr("The built-in multipliers are there from the start; drop .npy tables or folders of them on the window for more."), this);
    note->setWordWrap(true);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Create"));
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addSpacing(6);
    layout->addWidget(m_state);
    layout->addLayout(running);
    layout->addWidget(m_found);
    layout->addWidget(note);
    layout->addStretch();
    layout->addWidget(m_buttons);

    m_delay.setSingleShot(true);
    m_delay.setInterval(kRestMilliseconds);
    connect(&m_delay, &QTimer::timeout, this, &NewProjectDialog::check);
    connect(m_model, &QLineEdit::textChanged, this, &NewProjectDialog::inputChanged);
    connect(m_data, &DataFields::changed, this, &NewProjectDialog::inputChanged);
    connect(m_project, &QLineEdit::textEdited, this, [this] { m_projectTyped = true; });
    connect(m_cancelCheck, &QPushButton::clicked, this, &NewProjectDialog::cancelCheck);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &NewProjectDialog::create);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_model->setText(model);
    inputChanged();
    if (!model.isEmpty()) check();
}

NewProjectDialog::~NewProjectDialog() {
    if (m_job) m_workspace.jobs().cancel(m_job);
}

QWidget* NewProjectDialog::fieldWithButton(QLineEdit* field, const QString& name, const QString& button, void (NewProjectDialog::*choose)()) {
    auto* row = new QWidget(this);
    auto* browse = new QPushButton(icon("open"), button, row);
    browse->setAccessibleName(tr("Browse for: %1").arg(name));
    browse->setAutoDefault(false);
    field->setAccessibleName(name);
    field->setAcceptDrops(false);  // else a file becomes a file:// text; the dialog takes it
    connect(browse, &QPushButton::clicked, this, choose);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(field);
    layout->addWidget(browse);
    row->setFocusProxy(field);
    return row;
}

void NewProjectDialog::chooseModel() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Network"), m_model->text(), tr("Networks (*.onnx *.pt *.pth *.ts)"));
    if (!path.isEmpty()) m_model->setText(path);
}

void NewProjectDialog::setData(const QString& path) { m_data->setPath(path); }

void NewProjectDialog::chooseProject() {
    QString path = QFileDialog::getSaveFileName(this, tr("Project file"), m_project->text(), tr("Axplorer projects (*.axp)"));
    if (path.isEmpty()) return;
    if (QFileInfo(path).suffix() != QLatin1String("axp")) path += QLatin1String(".axp");
    m_projectTyped = true;
    m_project->setText(path);
}

void NewProjectDialog::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void NewProjectDialog::dropEvent(QDropEvent* event) {
    for (const QUrl& url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (QStringList{"onnx", "pt", "pth", "ts"}.contains(QFileInfo(path).suffix().toLower())) m_model->setText(path);
        else setData(path);
    }
    event->acceptProposedAction();
}

void NewProjectDialog::inputChanged() {
    cancelCheck();
    const QFileInfo model(m_model->text());
    if (!m_model->text().isEmpty() && !m_projectTyped) m_project->setText(QDir(model.path()).filePath(model.completeBaseName() + ".axp"));
    m_found->clear();
    m_state->setText(m_model->text().isEmpty() ? tr("Choose a network. It is checked before anything is written.") : QString());
    if (!m_model->text().isEmpty()) m_delay.start();
}

Project NewProjectDialog::draft() const {
    Project project;
    const QString path = QFileInfo(m_project->text()).absoluteFilePath();
    const QDir folder(QFileInfo(path).path());
    project.path = path.toStdString();
    project.name = QFileInfo(path).completeBaseName().toStdString();
    project.modelPath = folder.relativeFilePath(QFileInfo(m_model->text()).absoluteFilePath()).toStdString();
    project.data = m_data->spec();
    if (!project.data.path.empty()) project.data.path = folder.relativeFilePath(QString::fromStdString(project.data.path)).toStdString();
    project.acus = {kExactAcu, "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"};
    return project;
}

void NewProjectDialog::cancelCheck() {
    m_delay.stop();
    ++m_request;
    if (const quint64 job = std::exchange(m_job, 0)) {
        m_workspace.jobs().cancel(job);
        m_state->setText(tr("The check was stopped. Change a field, or choose the network again, to check it."));
    }
    m_progress->hide();
    m_cancelCheck->hide();
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
}

void NewProjectDialog::check() {
    cancelCheck();
    const int request = m_request;
    m_state->setText(tr("Checking the network..."));
    m_progress->show();
    m_cancelCheck->show();
    struct Found {
        ModelSummary summary;
        std::string hash;
    };
    const auto found = std::make_shared<Found>();
    const ModelChecker checker = m_workspace.modelChecker() ? m_workspace.modelChecker() : ModelChecker(importOnly);
    m_job = m_workspace.jobs().submit(
        tr("Check %1").arg(QFileInfo(m_model->text()).fileName()),
        QStringLiteral("axplorer-cli inspect %1").arg(shellQuoted(QFileInfo(m_model->text()).absoluteFilePath())), JobCenter::Lane::Background,
        [checker, project = draft(), found](const JobContext& job) -> Result<void> {
            AXP_TRY(found->hash, sha256File(project.resolvedModelPath()));
            AXP_TRY(found->summary, checker(project, job));
            return {};
        },
        [self = QPointer<NewProjectDialog>(this), request, found](const Result<void>& result) {
            if (!self || request != self->m_request) return;
            self->m_job = 0;
            self->m_modelHash = QString::fromStdString(found->hash);
            self->showSummary(result, found->summary);
        });
}

void NewProjectDialog::showSummary(const Result<void>& result, const ModelSummary& summary) {
    m_progress->hide();
    m_cancelCheck->hide();
    m_state->setText(result.ok() ? tr("The network can be used.") : QString::fromStdString(result.error().text()));
    m_found->setText(result.ok() ? summaryText(summary) : QString());
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(result.ok());
}

void NewProjectDialog::create() {
    if (m_project->text().isEmpty()) return m_state->setText(tr("Name a project file."));
    Project project = draft();
    project.modelHash = m_modelHash.toStdString();
    const QString path = QString::fromStdString(project.path);
    if (QFileInfo(path).suffix() != QLatin1String("axp")) return m_state->setText(tr("The name of a project file ends in .axp."));
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
    m_state->setText(tr("Writing the project..."));
    const QString command = QStringLiteral("axplorer-cli project new --model %1 --out %2 --acus exact8s,mul8s_1KV9,mul8s_1L2H,mul8s_1L2L")
                                .arg(shellQuoted(QFileInfo(m_model->text()).absoluteFilePath()), shellQuoted(path)) + m_data->commandLine();
    m_workspace.jobs().submit(
        tr("Create %1").arg(QFileInfo(path).fileName()), command, JobCenter::Lane::Background,
        [project](const JobContext&) -> Result<void> {
            if (QFileInfo::exists(QString::fromStdString(project.path)))
                return badInput("the file exists already", project.path, "Choose another name, or open it.");
            return project.save();
        },
        [self = QPointer<NewProjectDialog>(this), path](const Result<void>& result) {
            if (!self) return;
            self->m_buttons->button(QDialogButtonBox::Ok)->setEnabled(true);
            if (!result.ok()) return self->m_state->setText(QString::fromStdString(result.error().text()));
            emit self->created(path);
            self->accept();
        });
}

}  // namespace axp::ui
