// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "ui/panels/library/error_figures.h"

class QPushButton;
class QTextBrowser;

namespace axp::ui {

/// Where an ACU comes from, all its figures, and the hash that identifies it.
class ProvenanceView : public QWidget {
    Q_OBJECT
public:
    explicit ProvenanceView(QWidget* parent = nullptr);
    /// `errors` null: not computed yet. `acu` null: nothing selected.
    void setAcu(const AcuPtr& acu, const AcuErrorsPtr& errors);
    QString text() const;
    QPushButton* copyButton() const { return m_copy; }
    QPushButton* copyCitationButton() const { return m_copyCitation; }
    /// How to cite the multiplier; empty when nothing is known.
    static QString citationOf(const Acu& acu);

private:
    QTextBrowser* m_text;
    QPushButton *m_copy, *m_copyCitation;
    QString m_hash, m_citation;
};

}  // namespace axp::ui
