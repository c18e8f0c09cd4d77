// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/family_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/acu/families.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/widgets/parameter_form.h"

namespace axp::ui {
namespace {

QLabel* wrapped() {
    auto* label = new QLabel;
    label->setWordWrap(true);
    return label;
}

/// What the form asks for: a parameter that is 0 or 1 is a check box.
std::vector<ParameterSpec> specsOf(const Family& family) {
    std::vector<ParameterSpec> specs;
    for (const FamilyParameter& parameter : family.parameters) {
        const bool isSwitch = parameter.min == 0 && parameter.max == 1;
        const ParameterValue value = isSwitch ? ParameterValue(parameter.defaultValue != 0) : ParameterValue(parameter.defaultValue);
        specs.push_back({parameter.name, parameter.help, value, static_cast<double>(parameter.min), static_cast<double>(parameter.max), {}});
    }
    return specs;
}

std::int64_t numberOf(const ParameterValue& value) {
    const auto* yes = std::get_if<bool>(&value);
    return yes ? *yes : std::get<std::int64_t>(value);
}

}  // namespace

FamilyDialog::FamilyDialog(FigureQueue& queue, QWidget* parent)
    : QDialog(parent),
      m_queue(queue),
      m_family(new QComboBox),
      m_help(wrapped()),
      m_name(new QLabel),
      m_figures(wrapped()),
      m_problem(wrapped()),
      m_form(new ParameterForm) {
    setWindowTitle(tr("New multiplier from a family"));
    for (const Family& family : families()) m_family->addItem(QString::fromStdString(family.name));
    for (int i = 0; i < m_family->count(); ++i)
        m_family->setItemData(i, QString::fromStdString(families()[static_cast<std::size_t>(i)].help), Qt::ToolTipRole);
    m_family->setAccessibleName(tr("Family"));
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_name->setAccessibleName(tr("Name of the new multiplier"));
    m_figures->setAccessibleName(tr("Figures of the new multiplier"));
    m_problem->setAccessibleName(tr("Problem"));
    QFont bold = font();
    bold.setBold(true);
    m_name->setFont(bold);

    auto* choice = new QFormLayout;
    choice->addRow(tr("&Family"), m_family);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_add = buttons->addButton(tr("&Add to library"), QDialogButtonBox::ActionRole);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(choice);
    layout->addWidget(m_help);
    layout->addWidget(m_form);
    layout->addSpacing(6);
    layout->addWidget(m_name);
    layout->addWidget(m_figures);
    layout->addWidget(m_problem);
    layout->addStretch(1);
    layout->addWidget(buttons);
    m_add->setDefault(true);  // after the layout: only then does the dialog learn of it
    setMinimumWidth(470);

    m_wait.setSingleShot(true);
    m_wait.setInterval(150);
    connect(&m_wait, &QTimer::timeout, this, [this] {
        if (m_acu) m_queue.requestErrorsFirst(m_acu);
    });
    connect(m_family, &QComboBox::currentIndexChanged, this, &FamilyDialog::rebuildFields);
    connect(m_form, &ParameterForm::changed, this, &FamilyDialog::refresh);
    connect(&m_queue, &FigureQueue::errorsReady, this, &FamilyDialog::showErrors);
    connect(&m_queue, &FigureQueue::failed, this, &FamilyDialog::showFailure);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_add, &QPushButton::clicked, this, [this] { emit acuChosen(acuName()); });
    setFamily(QStringLiteral("trunc"));
    rebuildFields();
}

const Family& FamilyDialog::family() const { return families()[static_cast<std::size_t>(m_family->currentIndex())]; }

void FamilyDialog::setFamily(const QString& name) { m_family->setCurrentText(name); }

void FamilyDialog::setValue(const QString& parameter, int value) {
    QWidget* editor = m_form->editor(parameter.toStdString());
    if (auto* box = qobject_cast<QCheckBox*>(editor)) box->setChecked(value != 0);
    else if (auto* number = qobject_cast<QDoubleSpinBox*>(editor)) number->setValue(value);
}

void FamilyDialog::rebuildFields() {
    m_help->setText(QString::fromStdString(family().help));
    // Widths and sign stay when another family is looked at.
    ParameterValues kept;
    for (const auto& [name, value] : m_form->values())
        if (name == "bits" || name == "bits-b" || name == "signed") kept[name] = value;
    m_form->setSpecs(specsOf(family()), kept);
}

QString FamilyDialog::acuName() const {
    QString name = QString::fromStdString(family().name);
    const ParameterValues values = m_form->values();
    for (const FamilyParameter& parameter : family().parameters) {
        const auto found = values.find(parameter.name);
        if (found == values.end()) continue;
        const std::int64_t value = numberOf(found->second);
        if ((parameter.name == "signed" || parameter.name == "bits-b") && value == parameter.defaultValue) continue;
        name += QStringLiteral(":%1=%2").arg(QString::fromStdString(parameter.name)).arg(value);
    }
    return name;
}

QString FamilyDialog::figures() const { return m_figures->text(); }
QString FamilyDialog::problem() const { return m_problem->text(); }

void FamilyDialog::refresh() {
    const QString name = acuName();
    m_name->setText(name);
    const auto made = makeFamilyMember(name.toStdString());
    m_acu = made.ok() ? *made : nullptr;
    m_wait.stop();
    m_problem->setText(made.ok() ? QString() : QString::fromStdString(made.error().what + ". " + made.error().remedy + "."));
    m_add->setEnabled(made.ok());
    if (!m_acu) return m_figures->setText(QString());
    m_figures->setText(tr("Computing figures..."));
    m_wait.start();
}

void FamilyDialog::showErrors(const AcuPtr& acu, const AcuErrorsPtr& errors) {
    if (acu != m_acu) return;
    const auto power = acu->figures().powerMw;
    QStringList parts{tr("MAE %1").arg(figureText(errors->metrics.mae)),
                      tr("WCE %1").arg(figureText(errors->metrics.wce)),
                      tr("MRE %1 %").arg(figureText(errors->metrics.mre * 100)),
                      tr("EP %1 %").arg(figureText(errors->metrics.ep * 100)),
                      errors->rank ? tr("rank %1").arg(*errors->rank) : tr("rank not computed"),
                      power ? tr("%1 mW").arg(figureText(*power)) : tr("no published power figure")};
    if (errors->sampled) parts << tr("errors sampled");
    m_figures->setText(parts.join(QStringLiteral(" · ")));
}

void FamilyDialog::showFailure(const AcuPtr& acu, const QString& message) {
    if (acu == m_acu) m_figures->setText(message);
}

}  // namespace axp::ui
