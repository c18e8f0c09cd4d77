// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QToolBar>

class QAction;
class QLabel;
class QToolButton;

namespace axp::ui {

/// A bar across the window that says something without stopping work: a bold sentence, the reason, one button, and a cross. Its text is
/// elided to the width; the whole of it is the tool tip and the accessible description.
class NoticeBar : public QToolBar {
    Q_OBJECT
public:
    /// `closable`: the cross is there; without it the owner hides the bar.
    NoticeBar(const QString& name, bool closable, QWidget* parent);
    /// An empty `action` means no button.
    void say(const QString& title, const QString& detail, const QString& action = {});
    QString title() const;
    QString detail() const { return m_detail; }
    QAction* action() const { return m_action; }

signals:
    void actionTriggered();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void elide();
    void tint();

    QLabel *m_sign, *m_title, *m_text;
    QAction* m_action;
    QToolButton* m_button;
    QString m_detail;
};

}  // namespace axp::ui
