// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAction>
#include <QObject>
#include <QPointer>

#include <functional>

#include "ui/panels/network/acu_drop.h"

namespace axp::ui {

class AssignDialog;

/// What can be done with the selected sites by keyboard and menu. The actions belong to the widget `owner` and work while it or a part
/// of it has the focus.
class SiteActions : public QObject {
    Q_OBJECT
public:
    /// `order`: all sites in the order of the table, in which "down" is meant.
    SiteActions(Workspace& workspace, AcuDrop& drop, std::function<QStringList()> order, QWidget* owner);

    const QList<QAction*>& actions() const { return m_actions; }

public slots:
    void assign();
    void reset();
    void copy();
    void paste();
    void fillDown();
    void selectAll();

private:
    /// What stands at a site: one ACU, or one for each head.
    struct Standing {
        QStringList acus;
    };
    using Change = std::pair<QString, QString>;  ///< site, ACU

    void add(const QString& text, const QKeySequence& keys, const char* name, void (SiteActions::*slot)());
    void enable();
    QStringList selected() const;
    QStringList headsOf(const QString& site) const;
    Standing standingAt(const QString& site) const;
    std::vector<Change> changesFor(const QString& site, const Standing& standing) const;
    std::vector<Standing> clipboard() const;
    QStringList pasteTargets(qsizetype copied) const;
    /// One undo step; says what happened.
    void apply(const std::vector<Change>& changes, const QString& text);

    Workspace& m_workspace;
    AcuDrop& m_drop;
    std::function<QStringList()> m_order;
    QWidget* m_owner;
    QList<QAction*> m_actions;
    QPointer<AssignDialog> m_dialog;
};

}  // namespace axp::ui
