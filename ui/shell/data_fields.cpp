// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/data_fields.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/data/data_source.h"
#include "core/eval/metrics.h"
#include "ui/bridge/workspace.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/parameter_form.h"

namespace axp::ui {
namespace {

constexpr int kDetailsHeight = 240;

QGroupBox* group(const QString& title, QWidget* content) {
    auto* box = new QGroupBox(title);
    (new QVBoxLayout(box))->addWidget(content);
    return box;
}

}  // namespace

DataFields::DataFields(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_source(new QComboBox), m_metric(new QComboBox), m_path(new QLineEdit), m_more(new QToolButton),
      m_options(new ParameterForm), m_preprocessing(new ParameterForm) {
    for (const auto& source : dataSourceTable()) {
        m_source->addItem(QString::fromUtf8(source.title), QString::fromUtf8(source.name));
        m_source->setItemData(m_source->count() - 1, QString::fromUtf8(source.help), Qt::ToolTipRole);
    }
    m_source->setAccessibleName(tr("Data set"));
    m_metric->addItem(tr("What suits the data"), QString());
    for (const auto& metric : metrics()) {
        m_metric->addItem(QString::fromUtf8(metric.title), QString::fromUtf8(metric.name));
        m_metric->setItemData(m_metric->count() - 1, QString::fromUtf8(metric.help), Qt::ToolTipRole);
    }
    m_metric->setAccessibleName(tr("Metric"));
    m_more->setObjectName(QStringLiteral("dataDetails"));
    m_more->setCheckable(true);
    m_more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_more->setArrowType(Qt::RightArrow);
    m_more->setAutoRaise(true);
    m_more->setText(tr("&Options and preprocessing"));
    m_more->setAccessibleName(tr("Options and preprocessing"));
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->addRow(tr("&Data set"), m_source);
    form->addRow(tr("Data &files"), pathRow());
    form->addRow(tr("&Measured"), m_metric);
    form->addRow(m_more);
    form->addRow(buildDetails());
    connect(m_source, &QComboBox::currentIndexChanged, this, &DataFields::showSource);
    connect(m_metric, &QComboBox::currentIndexChanged, this, &DataFields::changed);
    connect(m_path, &QLineEdit::textChanged, this, &DataFields::changed);
    connect(m_options, &ParameterForm::changed, this, &DataFields::changed);
    connect(m_preprocessing, &ParameterForm::changed, this, &DataFields::changed);
    connect(m_more, &QToolButton::toggled, this, [this](bool open) {
        m_more->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_details->setVisible(open);
    });
    showSource();
}

QWidget* DataFields::pathRow() {
    auto* row = new QWidget;
    auto* folder = new QPushButton(icon("open"), tr("Folder..."));
    auto* file = new QPushButton(tr("File..."));
    folder->setAccessibleName(tr("Browse for: Data folder"));
    file->setAccessibleName(tr("Browse for: Data file"));
    folder->setAutoDefault(false);
    file->setAutoDefault(false);
    m_path->setAccessibleName(tr("Data folder"));
    m_path->setAcceptDrops(false);  // else a file becomes a file:// text; the dialog takes it
    connect(folder, &QPushButton::clicked, this, &DataFields::chooseFolder);
    connect(file, &QPushButton::clicked, this, &DataFields::chooseFile);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_path);
    layout->addWidget(folder);
    layout->addWidget(file);
    row->setFocusProxy(m_path);
    return row;
}

QWidget* DataFields::buildDetails() {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(group(tr("Options of the data set"), m_options));
    layout->addWidget(group(tr("Preprocessing"), m_preprocessing));
    m_details = new QScrollArea;
    m_details->setAccessibleName(tr("Options and preprocessing of the data"));
    m_details->setWidgetResizable(true);
    m_details->setFrameShape(QFrame::NoFrame);
    m_details->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_details->setMinimumHeight(kDetailsHeight);
    m_details->setWidget(content);
    m_details->hide();
    return m_details;
}

void DataFields::chooseFolder() {
    if (const QString path = QFileDialog::getExistingDirectory(this, tr("Folder of the data set"), m_path->text()); !path.isEmpty()) setPath(path);
}

void DataFields::chooseFile() {
    if (const QString path = QFileDialog::getOpenFileName(this, tr("File of the data set"), m_path->text()); !path.isEmpty()) setPath(path);
}

void DataFields::setPath(const QString& path) {
    m_path->setText(path);
    const auto found = std::make_shared<QString>();
    m_workspace.jobs().read(
        tr("Look at %1").arg(QFileInfo(path).fileName()),
        [path, found](const JobContext&) -> Result<void> {
            if (const DataSource* source = recognisedSource(path.toStdString())) *found = QString::fromUtf8(source->name);
            return {};
        },
        [self = QPointer<DataFields>(this), path, found](const Result<void>&) {
            if (self && self->m_path->text() == path && !found->isEmpty()) self->m_source->setCurrentIndex(self->m_source->findData(*found));
        });
}

void DataFields::showSource() {
    const DataSource* source = findDataSource(m_source->currentData().toString().toStdString());
    if (!source) return;
    const auto options = source->parameters();
    m_options->setSpecs(options);
    m_options->parentWidget()->setVisible(!options.empty());
    m_preprocessing->setSpecs(preprocessingParameters(source->preprocessing));
    m_path->setPlaceholderText(QString::fromUtf8(source->pathHelp));
    m_path->setToolTip(QString::fromUtf8(source->pathHelp));
    emit changed();
}

DataSpec DataFields::spec() const {
    DataSpec spec;
    spec.source = m_source->currentData().toString().toStdString();
    if (!m_path->text().isEmpty()) spec.path = QFileInfo(m_path->text()).absoluteFilePath().toStdString();
    spec.options = m_options->changedValues();
    spec.preprocessing = m_preprocessing->changedValues();
    spec.metric = m_metric->currentData().toString().toStdString();
    return spec;
}

QString DataFields::commandLine() const {
    const DataSpec data = spec();
    QString command = QStringLiteral(" --data %1").arg(QString::fromStdString(data.source));
    if (!data.path.empty()) command += " --data-path " + shellQuoted(QString::fromStdString(data.path));
    const auto add = [&command](const char* option, const ParameterValues& values) {
        for (const auto& [name, value] : values)
            command += QStringLiteral(" %1 %2").arg(QLatin1String(option), shellQuoted(QString::fromStdString(name + '=' + parameterText(value))));
    };
    add("--data-option", data.options);
    add("--preprocess", data.preprocessing);
    if (!data.metric.empty()) command += " --metric " + QString::fromStdString(data.metric);
    return command;
}

}  // namespace axp::ui
