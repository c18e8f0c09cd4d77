// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include <functional>
#include <vector>

#include "core/jobs/parameters.h"

class QFormLayout;

namespace axp::ui {

/// Editors for typed parameters, made from their specifications: a number box with the range, a check box, a list of words or a line of text, each with
/// its help text below it.
class ParameterForm : public QWidget {
    Q_OBJECT
public:
    explicit ParameterForm(QWidget* parent = nullptr);

    /// Replaces all editors. `values` overrides defaults; what does not fit a specification is left out.
    void setSpecs(std::vector<ParameterSpec> specs, const ParameterValues& values = {});
    /// What stands in the editors; always within the ranges.
    ParameterValues values() const;
    /// The same without those that stand at their defaults.
    ParameterValues changedValues() const;
    /// The editor of a parameter, or null.
    QWidget* editor(const std::string& name) const;

signals:
    void changed();

private:
    struct Field {
        ParameterSpec spec;
        QWidget* editor;
        std::function<ParameterValue()> value;
    };
    Field makeField(const ParameterSpec& spec, const ParameterValue& value);

    QFormLayout* m_layout;
    std::vector<Field> m_fields;
};

}  // namespace axp::ui
