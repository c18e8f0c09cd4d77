// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QTimer>

#include <vector>

#include "core/acu/library.h"
#include "ui/panels/library/error_figures.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QPushButton;
class QSpinBox;

namespace axp::ui {

class FigureQueue;

/// Makes a member of a parametric multiplier family; fields and help come from families(), figures are computed while one chooses.
class FamilyDialog : public QDialog {
    Q_OBJECT
public:
    explicit FamilyDialog(FigureQueue& queue, QWidget* parent = nullptr);

    void setFamily(const QString& name);
    void setValue(const QString& parameter, int value);
    /// "trunc:bits=8:a=2:b=2"; signedness is left out when it is the default.
    QString acuName() const;
    QString figures() const;
    QString problem() const;
    QPushButton* addButton() const { return m_add; }

signals:
    void acuChosen(const QString& name);

private:
    const Family& family() const;
    void rebuildFields();
    void refresh();
    void showErrors(const AcuPtr& acu, const AcuErrorsPtr& errors);
    void showFailure(const AcuPtr& acu, const QString& message);

    FigureQueue& m_queue;
    QComboBox* m_family;
    QLabel *m_help, *m_name, *m_figures, *m_problem;
    QFormLayout* m_fields;
    QPushButton* m_add;
    std::vector<QSpinBox*> m_values;
    QTimer m_wait;
    AcuPtr m_acu;
};

}  // namespace axp::ui
