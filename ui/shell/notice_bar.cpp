// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/notice_bar.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/widgets/icons.h"

namespace axp::ui {

NoticeBar::NoticeBar(const QString& name, bool closable, QWidget* parent)
    : QToolBar(name, parent), m_sign(new QLabel(this)), m_title(new QLabel(this)), m_text(new QLabel(this)) {
    setMovable(false);
    setAllowedAreas(Qt::TopToolBarArea);
    setContextMenuPolicy(Qt::PreventContextMenu);  // the window's list of bars would hide it for good
    toggleViewAction()->setVisible(false);
    setAutoFillBackground(true);
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->installEventFilter(this);
    m_action = new QAction(tr("Try again"), this);
    connect(m_action, &QAction::triggered, this, &NoticeBar::actionTriggered);
    auto* content = new QWidget(this);
    content->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_button = new QToolButton(content);
    m_button->setDefaultAction(m_action);
    m_button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    auto* cross = new QToolButton(content);
    cross->setAutoRaise(true);
    cross->setIcon(icon(QStringLiteral("close")));
    cross->setToolTip(tr("Close this notice"));
    cross->setAccessibleName(tr("Close this notice"));
    cross->setVisible(closable);
    connect(cross, &QToolButton::clicked, this, &QWidget::hide);
    auto* row = new QHBoxLayout(content);
    row->setContentsMargins(8, 3, 6, 3);
    row->setSpacing(8);
    row->addWidget(m_sign);
    row->addWidget(m_title);
    row->addWidget(m_text, 1);
    row->addWidget(m_button);
    row->addWidget(cross);
    addWidget(content);
    tint();
    hide();
}

QString NoticeBar::title() const { return m_title->text(); }

void NoticeBar::say(const QString& title, const QString& detail, const QString& action) {
    m_title->setText(title);
    m_detail = detail;
    m_text->setToolTip(detail);
    if (!action.isEmpty()) m_action->setText(action);
    m_button->setVisible(!action.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(detail);
    elide();
    show();
}

bool NoticeBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_text && event->type() == QEvent::Resize) elide();
    return QToolBar::eventFilter(watched, event);
}

void NoticeBar::changeEvent(QEvent* event) {
    QToolBar::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange) tint();
}

void NoticeBar::elide() {
    m_text->setText(m_text->fontMetrics().elidedText(m_detail, Qt::ElideMiddle, std::max(40, m_text->width() - 12)));
}

void NoticeBar::tint() {
    QPalette colours = parentWidget() ? parentWidget()->palette() : palette();
    const bool dark = colours.color(QPalette::Window).lightness() < 128;
    const QColor ground = dark ? QColor(0x4a, 0x3b, 0x18) : QColor(0xff, 0xf1, 0xcc);
    colours.setColor(QPalette::Window, ground);
    colours.setColor(QPalette::Button, dark ? ground.lighter(130) : ground.darker(106));
    setPalette(colours);
    m_sign->setPixmap(icon(QStringLiteral("warning")).pixmap(QSize(18, 18), devicePixelRatioF()));
}

}  // namespace axp::ui
