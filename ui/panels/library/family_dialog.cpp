// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/family_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "core/acu/families.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/figure_queue.h"

namespace axp::ui {
namespace {

constexpr int kMaxTableBits = 24;  // beyond this there is no product table, hence no figures

QLabel* wrapped() {
    auto* label = new QLabel;
    label->setWordWrap(true);
    return label;
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
      m_fields(new QFormLayout) {
    setWindowTitle(tr("New multiplier from a family"));
    for (const Family& family : families()) m_family->addItem(QString::fromStdString(family.name));
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
    layout->addLayout(m_fields);
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
    for (std::size_t i = 0; i < m_values.size(); ++i)
        if (family().parameters[i].name == parameter.toStdString()) m_values[i]->setValue(value);
}

void FamilyDialog::rebuildFields() {
    while (m_fields->rowCount() > 0) m_fields->removeRow(0);
    m_values.clear();
    for (const FamilyParameter& parameter : family().parameters) {
        auto* value = new QSpinBox;
        value->setRange(static_cast<int>(parameter.min), static_cast<int>(parameter.max));
        value->setValue(static_cast<int>(parameter.defaultValue));
        value->setAccessibleName(QString::fromStdString(parameter.name));
        const QString range =
            tr("%1 (%2 to %3)").arg(QString::fromStdString(parameter.help)).arg(parameter.min).arg(parameter.max);
        value->setToolTip(range);
        value->setAccessibleDescription(range);
        auto* row = new QWidget;
        auto* rowLayout = new QHBoxLayout(row);
        rowLayout->setContentsMargins(0, 0, 0, 0);
        auto* help = wrapped();
        help->setText(range);
        rowLayout->addWidget(value);
        rowLayout->addWidget(help, 1);
        m_fields->addRow(QString::fromStdString(parameter.name), row);
        connect(value, &QSpinBox::valueChanged, this, &FamilyDialog::refresh);
        m_values.push_back(value);
    }
    m_help->setText(QString::fromStdString(family().help));
    refresh();
}

QString FamilyDialog::acuName() const {
    QString name = QString::fromStdString(family().name);
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const FamilyParameter& parameter = family().parameters[i];
        if (parameter.name == "signed" && m_values[i]->value() == parameter.defaultValue) continue;
        name += QStringLiteral(":%1=%2").arg(QString::fromStdString(parameter.name)).arg(m_values[i]->value());
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
    const bool tabulated = m_acu->bitsA() + m_acu->bitsB() <= kMaxTableBits;
    m_figures->setText(tabulated ? tr("Computing figures…")
                                 : tr("Error figures are computed up to %1 operand bits in all.").arg(kMaxTableBits));
    if (tabulated) m_wait.start();
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
    m_figures->setText(parts.join(QStringLiteral(" · ")));
}

void FamilyDialog::showFailure(const AcuPtr& acu, const QString& message) {
    if (acu == m_acu) m_figures->setText(message);
}

}  // namespace axp::ui
