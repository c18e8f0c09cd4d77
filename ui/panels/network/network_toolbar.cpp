// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/network_toolbar.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

namespace axp::ui {

NetworkToolbar::NetworkToolbar(QWidget* parent)
    : QWidget(parent), m_row(new QHBoxLayout(this)), m_colour(new QComboBox), m_probe(new QComboBox), m_search(new QLineEdit), m_hits(new QLabel),
      m_collapse(new QAction(tr("Collapse blocks"), this)), m_fit(new QAction(tr("Fit"), this)),
      m_measure(new QAction(tr("&Measure sensitivity..."), this)) {
    auto* label = new QLabel(tr("&Colour by"));
    label->setBuddy(m_colour);
    m_colour->addItem(tr("ACU"), static_cast<int>(ColourBy::Acu));
    m_colour->addItem(tr("MACs"), static_cast<int>(ColourBy::Macs));
    m_colour->addItem(tr("Power share"), static_cast<int>(ColourBy::Share));
    m_colour->addItem(tr("Sensitivity"), static_cast<int>(ColourBy::Sensitivity));
    m_colour->setObjectName(QStringLiteral("networkColour"));
    m_colour->setAccessibleName(tr("Colour the nodes by"));
    m_collapse->setCheckable(true);
    m_collapse->setObjectName(QStringLiteral("collapseBlocks"));
    m_collapse->setShortcut(QKeySequence(tr("Ctrl+B")));
    m_collapse->setToolTip(tr("Show each block of the network as one box (Ctrl+B); double-click opens one"));
    m_fit->setObjectName(QStringLiteral("fitNetwork"));
    m_fit->setToolTip(tr("Show the whole network (F)"));
    m_probe->setObjectName(QStringLiteral("sensitivityAcu"));
    m_probe->setAccessibleName(tr("ACU to which the sensitivity is shown"));
    m_probe->setToolTip(tr("Sensitivity to this ACU, in the table and in the colours"));
    m_probe->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_probe->setMinimumContentsLength(9);
    m_probe->hide();
    m_measure->setObjectName(QStringLiteral("measureSensitivity"));
    m_measure->setShortcut(QKeySequence(tr("Ctrl+Shift+M")));
    m_measure->setToolTip(tr("Evaluate each multiplier at each site alone (Ctrl+Shift+M)"));
    m_search->setObjectName(QStringLiteral("networkSearch"));
    m_search->setAccessibleName(tr("Search the network"));
    m_search->setPlaceholderText(tr("Search (Ctrl+F)"));
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumWidth(80);
    m_search->setMaximumWidth(280);
    m_search->installEventFilter(this);
    m_hits->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("000 / 000")));
    m_hits->hide();

    m_row->setContentsMargins(6, 4, 6, 4);
    m_row->addWidget(label);
    m_row->addWidget(m_colour);
    for (QAction* action : {m_collapse, m_fit, m_measure}) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setAccessibleName(QString(action->text()).remove('&'));
        m_row->addWidget(button);
    }
    m_row->addWidget(m_probe);  // beside what it is about
    m_row->addStretch();
    m_row->addWidget(m_search, 1);
    m_row->addWidget(m_hits);

    connect(m_colour, &QComboBox::currentIndexChanged, this, &NetworkToolbar::colourByChanged);
    connect(m_probe, &QComboBox::textActivated, this, &NetworkToolbar::probeChosen);
    connect(m_collapse, &QAction::triggered, this, &NetworkToolbar::collapseToggled);
    connect(m_fit, &QAction::triggered, this, &NetworkToolbar::fitRequested);
    connect(m_search, &QLineEdit::textChanged, this, &NetworkToolbar::searchChanged);
}

ColourBy NetworkToolbar::colourBy() const { return static_cast<ColourBy>(m_colour->currentData().toInt()); }
QString NetworkToolbar::searched() const { return m_search->text().trimmed(); }
void NetworkToolbar::setBlocksCollapsed(bool collapsed) { m_collapse->setChecked(collapsed); }
void NetworkToolbar::setBlocksKnown(bool known) { m_collapse->setEnabled(known); }

void NetworkToolbar::addMenu(QMenu* menu) {
    auto* button = new QToolButton;
    button->setText(QString(menu->title()).remove('&'));
    button->setAccessibleName(button->text());
    button->setObjectName(menu->objectName() + QStringLiteral("Button"));
    button->setMenu(menu);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setAutoRaise(true);
    m_row->insertWidget(m_row->indexOf(m_search) - 1, button);  // before the stretch
}

void NetworkToolbar::setProbes(const QStringList& acus, const QString& shown) {
    QStringList now;
    for (int i = 0; i < m_probe->count(); ++i) now << m_probe->itemText(i);
    if (now != acus) {
        m_probe->clear();
        for (const QString& acu : acus) m_probe->addItem(acuIcon(acu), acu);
    }
    m_probe->setCurrentText(shown);
    m_probe->setVisible(!acus.isEmpty());
}

void NetworkToolbar::setHits(int current, int count) {
    m_hits->setVisible(!searched().isEmpty());
    m_hits->setText(searched().isEmpty() ? QString() : count == 0 ? tr("none") : QStringLiteral("%1 / %2").arg(current + 1).arg(count));
}

void NetworkToolbar::focusSearch() {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

bool NetworkToolbar::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_search || event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter: emit searchStep(key->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1); return true;
        case Qt::Key_Down: emit searchStep(1); return true;
        case Qt::Key_Up: emit searchStep(-1); return true;
        case Qt::Key_Escape:
            m_search->clear();
            emit searchLeft();
            return true;
        default: return QWidget::eventFilter(watched, event);
    }
}

}  // namespace axp::ui
