// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace axp::ui {
namespace {

constexpr int kDecimals = 6;
constexpr int kEditorWidth = 150;

/// Shows a number without the zeros that a fixed number of decimals would add.
class NumberBox : public QDoubleSpinBox {
public:
    QString textFromValue(double value) const override {
        QString text = QDoubleSpinBox::textFromValue(value);
        const QString point = locale().decimalPoint();
        if (!text.contains(point)) return text;
        while (text.endsWith(locale().zeroDigit())) text.chop(1);
        if (text.endsWith(point)) text.chop(point.size());
        return text;
    }
};

QString rangeText(const ParameterSpec& spec) {
    const QString help = QString::fromStdString(spec.help);
    if (std::holds_alternative<bool>(spec.defaultValue) || std::holds_alternative<std::string>(spec.defaultValue)) return help;
    return ParameterForm::tr("%1 (%L2 to %L3)").arg(help).arg(spec.min, 0, 'g', 12).arg(spec.max, 0, 'g', 12);
}

NumberBox* numberBox(const ParameterSpec& spec, int decimals, double value) {
    auto* box = new NumberBox;
    box->setDecimals(decimals);
    box->setRange(spec.min, spec.max);
    box->setValue(value);
    if (decimals > 0) box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    return box;
}

}  // namespace

ParameterForm::ParameterForm(QWidget* parent) : QWidget(parent), m_layout(new QFormLayout(this)) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setVerticalSpacing(8);
    m_layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
}

ParameterForm::Field ParameterForm::makeField(const ParameterSpec& spec, const ParameterValue& value) {
    if (const auto* yes = std::get_if<bool>(&value)) {
        auto* box = new QCheckBox;
        box->setChecked(*yes);
        connect(box, &QCheckBox::toggled, this, &ParameterForm::changed);
        return {spec, box, [box] { return ParameterValue(box->isChecked()); }};
    }
    if (const auto* text = std::get_if<std::string>(&value); text && spec.choices.empty()) {
        auto* line = new QLineEdit(QString::fromStdString(*text));
        connect(line, &QLineEdit::textChanged, this, &ParameterForm::changed);
        return {spec, line, [line] { return ParameterValue(line->text().toStdString()); }};
    }
    if (const auto* word = std::get_if<std::string>(&value)) {
        auto* box = new QComboBox;
        for (const auto& choice : spec.choices) box->addItem(QString::fromStdString(choice));
        box->setCurrentText(QString::fromStdString(*word));
        connect(box, &QComboBox::currentIndexChanged, this, &ParameterForm::changed);
        return {spec, box, [box] { return ParameterValue(box->currentText().toStdString()); }};
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        NumberBox* box = numberBox(spec, 0, static_cast<double>(*whole));
        connect(box, &QDoubleSpinBox::valueChanged, this, &ParameterForm::changed);
        return {spec, box, [box] { return ParameterValue(static_cast<std::int64_t>(std::llround(box->value()))); }};
    }
    // A default with more decimals than the box shows must come back as it was unless somebody changes it.
    const double given = std::get<double>(value);
    NumberBox* box = numberBox(spec, kDecimals, given);
    const double shown = box->value();
    connect(box, &QDoubleSpinBox::valueChanged, this, &ParameterForm::changed);
    return {spec, box, [box, given, shown] { return ParameterValue(box->value() == shown ? given : box->value()); }};
}

void ParameterForm::setSpecs(std::vector<ParameterSpec> specs, const ParameterValues& values) {
    while (m_layout->rowCount() > 0) m_layout->removeRow(0);
    m_fields.clear();
    for (ParameterSpec& spec : specs) {
        ParameterValue value = spec.defaultValue;
        if (const auto given = values.find(spec.name); given != values.end())
            if (completeParameters({spec}, {*given}, {}).ok()) value = given->second;
        Field field = makeField(spec, value);
        const QString name = QString::fromStdString(spec.name), tip = rangeText(spec);
        field.editor->setAccessibleName(name);
        field.editor->setAccessibleDescription(tip);
        field.editor->setToolTip(tip);
        const bool freeText = std::holds_alternative<std::string>(spec.defaultValue) && spec.choices.empty();
        field.editor->setFixedWidth(freeText ? 2 * kEditorWidth : kEditorWidth);
        auto* label = new QLabel(QString::fromStdString(spec.help));
        label->setWordWrap(true);
        QFont small = label->font();
        small.setPointSizeF(small.pointSizeF() * 0.9);
        label->setFont(small);
        auto* row = new QVBoxLayout;
        row->setSpacing(2);
        row->addWidget(field.editor);
        row->addWidget(label);
        m_layout->addRow(name, row);
        m_fields.push_back(std::move(field));
    }
    setVisible(!m_fields.empty());
    emit changed();
}

ParameterValues ParameterForm::values() const {
    ParameterValues values;
    for (const Field& field : m_fields) values[field.spec.name] = field.value();
    return values;
}

ParameterValues ParameterForm::changedValues() const {
    ParameterValues values;
    for (const Field& field : m_fields)
        if (const ParameterValue value = field.value(); value != field.spec.defaultValue) values[field.spec.name] = value;
    return values;
}

QWidget* ParameterForm::editor(const std::string& name) const {
    const auto found = std::find_if(m_fields.begin(), m_fields.end(), [&](const Field& field) { return field.spec.name == name; });
    return found == m_fields.end() ? nullptr : found->editor;
}

}  // namespace axp::ui
