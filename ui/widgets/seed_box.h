// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractSpinBox>

#include <cstdint>

namespace axp::ui {

/// A spin box for whole numbers of 64 bits, such as seeds: those of Qt end at 2^31 - 1, or at 2^53 without a word.
class SeedBox : public QAbstractSpinBox {
    Q_OBJECT
public:
    explicit SeedBox(QWidget* parent = nullptr);

    std::uint64_t value() const { return m_value; }
    void setValue(std::uint64_t value);

    QValidator::State validate(QString& text, int& at) const override;
    void fixup(QString& text) const override;
    void stepBy(int steps) override;

signals:
    void valueChanged(quint64 value);

protected:
    StepEnabled stepEnabled() const override;

private:
    void take(const QString& text);

    std::uint64_t m_value = 0;
};

}  // namespace axp::ui
