// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

#include "core/store/query.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace axp::ui {

/// The fields above the table. Typing is answered when it pauses.
class ResultsFilter : public QWidget {
    Q_OBJECT
public:
    explicit ResultsFilter(QWidget* parent = nullptr);

    /// Takes the filter's part of a query over.
    void applyTo(ResultQuery& query) const;
    bool isEmpty() const;
    void clear();
    void focusText();
    void setSlices(const QStringList& slices);
    /// Empty: all.
    QString slice() const;
    void setSlice(const QString& slice);
    /// What the metric's field is about: in per cent where that is how it is shown.
    void setMetric(const std::string& name);

    QCheckBox* hiddenBox() const { return m_hidden; }
    QLineEdit* textField() const { return m_text; }
    QLineEdit* metricField() const { return m_metric; }
    QLineEdit* powerField() const { return m_power; }
    QLineEdit* rmseField() const { return m_rmse; }

signals:
    void changed();

private:
    QLineEdit* rangeField(const QString& name, const QString& example);
    void validate();

    QLineEdit *m_text, *m_metric, *m_power, *m_rmse;
    QComboBox* m_slice;
    QCheckBox* m_hidden;
    QLabel* m_metricLabel;
    double m_metricScale = 100;  ///< of what is typed
    QTimer m_pause;
};

}  // namespace axp::ui
