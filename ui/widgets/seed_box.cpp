// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/seed_box.h"

#include <QLineEdit>

#include <limits>

namespace axp::ui {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

}  // namespace

SeedBox::SeedBox(QWidget* parent) : QAbstractSpinBox(parent) {
    lineEdit()->setText(QStringLiteral("0"));
    connect(lineEdit(), &QLineEdit::textEdited, this, &SeedBox::take);
    connect(this, &QAbstractSpinBox::editingFinished, this, [this] { setValue(m_value); });
}

void SeedBox::setValue(std::uint64_t value) {
    lineEdit()->setText(QString::number(value));
    if (value == m_value) return;
    m_value = value;
    emit valueChanged(value);
}

void SeedBox::take(const QString& text) {
    bool good = false;
    const std::uint64_t value = text.toULongLong(&good);
    if (!good || value == m_value) return;
    m_value = value;
    emit valueChanged(value);
}

QValidator::State SeedBox::validate(QString& text, int&) const {
    if (text.isEmpty()) return QValidator::Intermediate;
    for (const QChar c : text)
        if (c < '0' || c > '9') return QValidator::Invalid;
    bool good = false;
    text.toULongLong(&good);
    return good ? QValidator::Acceptable : QValidator::Invalid;
}

void SeedBox::fixup(QString& text) const { text = QString::number(m_value); }

void SeedBox::stepBy(int steps) {
    const auto by = static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(steps)));
    if (steps < 0) setValue(m_value - std::min(m_value, by));
    else setValue(m_value + std::min(kMost - m_value, by));
    selectAll();
}

QAbstractSpinBox::StepEnabled SeedBox::stepEnabled() const {
    return (m_value > 0 ? StepDownEnabled : StepNone) | (m_value < kMost ? StepUpEnabled : StepNone);
}

}  // namespace axp::ui
