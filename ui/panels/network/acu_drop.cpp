// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/acu_drop.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QMenu>
#include <QToolTip>
#include <QWidget>

#include <algorithm>

#include "ui/panels/network/view_graph.h"
#include "ui/panels/panel.h"

namespace axp::ui {

AcuDrop::AcuDrop(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {}

QStringList AcuDrop::namesIn(const QMimeData* data) {
    QStringList names;
    if (!data || !data->hasFormat(QLatin1String(kAcuMimeType))) return names;
    for (const QJsonValue& value : QJsonDocument::fromJson(data->data(QLatin1String(kAcuMimeType))).array())
        if (!value.toString().isEmpty()) names << value.toString();
    names.removeDuplicates();
    return names;
}

bool AcuDrop::enter(const QMimeData* data) {
    if (!m_workspace.isOpen()) return false;
    const QStringList names = namesIn(data);
    if (names.isEmpty()) return false;
    m_names = names;
    m_targets.clear();
    m_refusals.clear();
    emit changed();
    return true;
}

void AcuDrop::leave() {
    if (m_names.isEmpty()) return;
    m_names.clear();
    m_targets.clear();
    m_refusals.clear();
    QToolTip::hideText();
    emit message({});
    emit changed();
}

/// Empty when at least one of the dragged ACUs can stand there.
QString AcuDrop::refusalOf(const QString& site) const {
    const auto known = m_refusals.constFind(site);
    if (known != m_refusals.constEnd()) return *known;
    QString first;
    bool legal = false;
    for (const QString& name : m_names) {
        const QString why = m_workspace.refusal(site, name);
        legal = legal || why.isEmpty();
        if (first.isEmpty()) first = why;
    }
    return *m_refusals.insert(site, legal ? QString() : first);
}

/// Empty when at least one site takes a dragged ACU.
QString AcuDrop::refusalOfAll(const QStringList& sites) const {
    if (sites.isEmpty()) return tr("Nothing here can take an ACU: drop it on a MAC node, a head or a table row");
    for (const QString& site : sites)
        if (refusalOf(site).isEmpty()) return {};
    return refusalOf(sites.first());
}

DropState AcuDrop::stateOf(const QString& site) const {
    if (m_names.isEmpty()) return DropState::None;
    if (!refusalOf(site).isEmpty()) return DropState::Refused;
    return m_targets.contains(site) ? DropState::Target : DropState::Legal;
}

QStringList AcuDrop::targetsFor(const QStringList& sites) const {
    const QStringList& selected = m_workspace.selection().sites();
    const bool inSelection = !sites.isEmpty() && std::all_of(sites.begin(), sites.end(), [&](const QString& site) { return selected.contains(site); });
    return inSelection ? selected : sites;
}

bool AcuDrop::over(const QStringList& sites, QWidget* view, const QPoint& globalPosition) {
    if (m_names.isEmpty()) return false;
    const QStringList targets = targetsFor(sites);
    const QString refusal = refusalOfAll(targets);
    const bool moved = targets != m_targets;
    m_targets = targets;
    if (!refusal.isEmpty() && !sites.isEmpty()) QToolTip::showText(globalPosition, refusal, view);
    else QToolTip::hideText();
    if (!moved) return refusal.isEmpty();
    const QString what = m_names.size() == 1 ? m_names.first() : tr("one of %1 ACUs").arg(m_names.size());
    if (!refusal.isEmpty()) emit message(refusal);
    else if (targets.size() == 1) emit message(tr("Drop to put %1 at %2").arg(what, targets.first()));
    else emit message(tr("Drop to put %1 at %2").arg(what, sitesText(targets.size())));
    emit changed();
    return refusal.isEmpty();
}

bool AcuDrop::drop(const QMimeData* data, const QStringList& sites, QWidget* view, const QPoint& globalPosition) {
    const QStringList names = namesIn(data);
    const QStringList targets = targetsFor(sites);
    leave();
    if (names.isEmpty() || targets.isEmpty()) return false;
    if (names.size() == 1) return assign(targets, names.first()) > 0;
    auto* menu = new QMenu(view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("chooseAcu"));
    for (const QString& name : names)
        menu->addAction(name, this, [this, targets, name] { assign(targets, name); });
    menu->popup(globalPosition);  // returns at once: the drag must end first
    return true;
}

int AcuDrop::assign(const QStringList& sites, const QString& acu) {
    if (!m_workspace.isOpen() || sites.isEmpty()) return 0;
    QString firstRefusal;
    for (const QString& site : sites)
        if (firstRefusal.isEmpty()) firstRefusal = m_workspace.refusal(site, acu);
    const int taken = m_workspace.assign(sites, acu);
    const int refused = static_cast<int>(sites.size()) - taken;
    if (taken == 0) emit message(firstRefusal);
    else if (refused > 0) emit message(tr("%1 stands at %2 sites now; %3 left out: %4").arg(acu).arg(taken).arg(refused).arg(firstRefusal));
    else if (taken == 1) emit message(tr("%1 stands at %2 now").arg(acu, sites.first()));
    else emit message(tr("%1 stands at %2 now").arg(acu, sitesText(taken)));
    return taken;
}

}  // namespace axp::ui
