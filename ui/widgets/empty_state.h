// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <QWidget>

namespace axp::ui {

/// What a pane shows as long as it has nothing: a sentence that says what fills it, and the button for it.
class EmptyState : public QWidget {
public:
    explicit EmptyState(QWidget* parent = nullptr) : QWidget(parent), m_title(new QLabel), m_text(new QLabel), m_buttons(new QVBoxLayout) {
        QFont large = font();
        large.setPointSizeF(large.pointSizeF() * 1.25);
        large.setBold(true);
        m_title->setFont(large);
        for (QLabel* label : {m_title, m_text}) {
            label->setAlignment(Qt::AlignCenter);
            label->setWordWrap(true);
        }
        m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(32, 24, 32, 24);
        layout->addStretch(2);
        layout->addWidget(m_title);
        layout->addWidget(m_text);
        layout->addSpacing(10);
        layout->addLayout(m_buttons);
        layout->addStretch(3);
    }

    void setTexts(const QString& title, const QString& text) {
        m_title->setText(title);
        m_text->setText(text);
        setAccessibleName(title);
        setAccessibleDescription(text);
    }
    QString title() const { return m_title->text(); }
    QString text() const { return m_text->text(); }
    QPushButton* addButton(const QString& text) {
        auto* button = new QPushButton(text);
        button->setAccessibleName(text);
        m_buttons->addWidget(button, 0, Qt::AlignHCenter);
        return button;
    }

private:
    QLabel *m_title, *m_text;
    QVBoxLayout* m_buttons;
};

}  // namespace axp::ui
