// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QTimer>

#include "core/acu/library.h"
#include "ui/panels/library/error_figures.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace axp::ui {

class FigureQueue;
class ParameterForm;

/// Makes a member of a parametric multiplier family; fields and help come from families(), figures are computed while one chooses.
class FamilyDialog : public QDialog {
    Q_OBJECT
public:
    explicit FamilyDialog(FigureQueue& queue, QWidget* parent = nullptr);

    void setFamily(const QString& name);
    void setValue(const QString& parameter, int value);
    /// "trunc:bits=8:a=2:b=2"; what is left out has its default: signed, B as wide as A.
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
    ParameterForm* m_form;
    QPushButton* m_add;
    QTimer m_wait;
    AcuPtr m_acu;
};

}  // namespace axp::ui
