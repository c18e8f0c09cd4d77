// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/site_actions.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMimeData>
#include <QWidget>

#include <algorithm>

#include "ui/panels/network/assign_dialog.h"
#include "ui/panels/network/view_graph.h"

namespace axp::ui {
namespace {
const QString kCopiedMimeType = QStringLiteral("application/x-axplorer-assignment");
const QString kExact = QString::fromLatin1(kExactAcu);
}  // namespace

SiteActions::SiteActions(Workspace& workspace, AcuDrop& drop, std::function<QStringList()> order, QWidget* owner)
    : QObject(owner), m_workspace(workspace), m_drop(drop), m_order(std::move(order)), m_owner(owner) {
    add(tr("&Assign..."), QKeySequence(tr("Ctrl+Shift+A")), "assignSites", &SiteActions::assign);
    add(tr("&Reset to exact"), QKeySequence::Delete, "resetSites", &SiteActions::reset);
    add(tr("&Copy assignment"), QKeySequence::Copy, "copyAssignment", &SiteActions::copy);
    add(tr("&Paste assignment"), QKeySequence::Paste, "pasteAssignment", &SiteActions::paste);
    add(tr("Fill &down"), QKeySequence(tr("Ctrl+D")), "fillDown", &SiteActions::fillDown);
    add(tr("&Select all MAC sites"), QKeySequence::SelectAll, "selectAllSites", &SiteActions::selectAll);
    connect(&workspace.selection(), &Selection::sitesChanged, this, &SiteActions::enable);
    connect(&workspace, &Workspace::opened, this, &SiteActions::enable);
    connect(&workspace, &Workspace::closed, this, &SiteActions::enable);
    enable();
}

void SiteActions::add(const QString& text, const QKeySequence& keys, const char* name, void (SiteActions::*slot)()) {
    auto* action = new QAction(text, m_owner);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    action->setObjectName(QString::fromLatin1(name));
    connect(action, &QAction::triggered, this, slot);
    m_owner->addAction(action);
    m_actions << action;
}

void SiteActions::enable() {
    const bool some = m_workspace.isOpen() && !selected().isEmpty();
    for (QAction* action : m_actions)
        action->setEnabled(action->objectName() == QLatin1String("selectAllSites") ? m_workspace.isOpen() : some);
}

QStringList SiteActions::selected() const {
    const QStringList& sites = m_workspace.selection().sites();
    if (sites.size() < 2) return sites;
    QStringList sorted;  // in the order of the table
    const QSet<QString> wanted(sites.begin(), sites.end());
    for (const QString& site : m_order())
        if (wanted.contains(site)) sorted << site;
    for (const QString& site : sites)
        if (sorted.size() < sites.size() && !sorted.contains(site)) sorted << site;
    return sorted;
}

void SiteActions::assign() {
    const QStringList sites = selected();
    if (!m_workspace.isOpen() || sites.isEmpty()) {
        emit m_drop.message(tr("Select the sites first"));
        return;
    }
    if (m_dialog) m_dialog->close();
    m_dialog = new AssignDialog(m_workspace, sites, m_owner);
    connect(&m_workspace, &Workspace::closed, m_dialog, &QDialog::close);
    connect(m_dialog, &AssignDialog::chosen, this, [this](const QStringList& at, const QString& acu) { m_drop.assign(at, acu); });
    m_dialog->show();
}

void SiteActions::reset() {
    const QStringList sites = selected();
    if (sites.isEmpty()) return;
    m_workspace.assign(sites, kExact, sites.size() == 1 ? tr("Reset %1").arg(sites.first())
                                                        : tr("Reset %1").arg(sitesText(sites.size())));
    emit m_drop.message(tr("Exact now: %1").arg(sitesText(sites.size())));
}

QStringList SiteActions::headsOf(const QString& site) const {
    QStringList heads;
    for (const Site& node : m_workspace.nodeSites())
        if (site == QString::fromStdString(node.id))
            for (int part = 0; part < node.parts(); ++part) heads << QString::fromStdString(node.partId(part));
    return heads;
}

SiteActions::Standing SiteActions::standingAt(const QString& site) const {
    QStringList acus;
    for (const QString& head : headsOf(site)) acus << m_workspace.acuAt(head);
    const bool differ = std::any_of(acus.begin(), acus.end(), [&](const QString& acu) { return acu != acus.first(); });
    return {differ ? acus : QStringList{m_workspace.acuAt(site)}};
}

std::vector<SiteActions::Change> SiteActions::changesFor(const QString& site, const Standing& standing) const {
    if (standing.acus.size() == 1) return {{site, standing.acus.first()}};
    const QStringList heads = headsOf(site);
    std::vector<Change> changes;
    if (heads.size() != standing.acus.size()) return changes;
    for (qsizetype i = 0; i < heads.size(); ++i) changes.emplace_back(heads[i], standing.acus[i]);
    return changes;
}

void SiteActions::copy() {
    const QStringList sites = selected();
    if (sites.isEmpty()) return;
    QJsonArray entries;
    QStringList lines;
    for (const QString& site : sites) {
        const Standing standing = standingAt(site);
        entries << QJsonObject{{"site", site}, {"acus", QJsonArray::fromStringList(standing.acus)}};
        lines << site + '\t' + standing.acus.join(' ');
    }
    auto* data = new QMimeData;
    data->setData(kCopiedMimeType, QJsonDocument(entries).toJson(QJsonDocument::Compact));
    data->setText(lines.join('\n'));
    QGuiApplication::clipboard()->setMimeData(data);
    emit m_drop.message(tr("Copied what stands at %1").arg(sitesText(sites.size())));
}

std::vector<SiteActions::Standing> SiteActions::clipboard() const {
    std::vector<Standing> copied;
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    if (!data || !data->hasFormat(kCopiedMimeType)) return copied;
    for (const QJsonValue& entry : QJsonDocument::fromJson(data->data(kCopiedMimeType)).array()) {
        Standing standing;
        for (const QJsonValue& acu : entry.toObject()["acus"].toArray()) standing.acus << acu.toString();
        if (!standing.acus.isEmpty() && !standing.acus.contains(QString())) copied.push_back(standing);
    }
    return copied;
}

/// Several copied sites onto one selected site: from there downwards, as in a spreadsheet.
QStringList SiteActions::pasteTargets(qsizetype copied) const {
    const QStringList sites = selected();
    if (sites.size() != 1 || copied < 2) return sites;
    const bool heads = sites.first().contains('/');
    QStringList below;
    bool from = false;
    for (const QString& site : m_order()) {
        from = from || site == sites.first();
        if (from && site.contains('/') == heads && below.size() < copied) below << site;
    }
    return below;
}

void SiteActions::paste() {
    const std::vector<Standing> copied = clipboard();
    if (copied.empty()) {
        emit m_drop.message(tr("Nothing to paste: copy the assignment of a site first"));
        return;
    }
    const QStringList targets = pasteTargets(static_cast<qsizetype>(copied.size()));
    std::vector<Change> changes;
    for (qsizetype i = 0; i < targets.size(); ++i) {
        const auto own = changesFor(targets[i], copied[static_cast<std::size_t>(i) % copied.size()]);
        if (own.empty()) {
            emit m_drop.message(tr("The copied heads do not fit %1: it has another number of them").arg(targets[i]));
            return;
        }
        changes.insert(changes.end(), own.begin(), own.end());
    }
    apply(changes, tr("Paste to %1").arg(sitesText(targets.size())));
}

void SiteActions::fillDown() {
    QStringList sites = selected();
    const QStringList order = m_order();
    if (sites.size() == 1 && order.indexOf(sites.first()) > 0) sites.prepend(order[order.indexOf(sites.first()) - 1]);  // from the row above
    if (sites.size() < 2) return;
    const Standing first = standingAt(sites.takeFirst());
    std::vector<Change> changes;
    for (const QString& site : sites)
        for (const Change& change : changesFor(site, first)) changes.push_back(change);
    if (changes.empty()) emit m_drop.message(tr("The heads of the first site differ and fit none of the others"));
    else apply(changes, tr("Fill %1").arg(sitesText(sites.size())));
}

void SiteActions::apply(const std::vector<Change>& changes, const QString& text) {
    std::vector<Change> real;
    QString refusal;
    for (const Change& change : changes) {
        const QString why = m_workspace.refusal(change.first, change.second);
        if (refusal.isEmpty()) refusal = why;
        if (why.isEmpty() && m_workspace.acuAt(change.first) != change.second) real.push_back(change);
    }
    if (!real.empty()) {
        m_workspace.undoStack().beginMacro(text);
        for (std::size_t i = 0; i < real.size();) {
            const QString acu = real[i].second;
            QStringList sites;
            for (; i < real.size() && real[i].second == acu; ++i) sites << real[i].first;
            m_workspace.assign(sites, acu, text);
        }
        m_workspace.undoStack().endMacro();
    }
    emit m_drop.message(refusal.isEmpty() ? text : refusal);
}

void SiteActions::selectAll() {
    QStringList sites;
    for (const Site& site : m_workspace.nodeSites()) sites << QString::fromStdString(site.id);
    m_workspace.selection().setSites(sites, this);
}

}  // namespace axp::ui
