// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QMimeData>
#include <QObject>
#include <QPoint>
#include <QStringList>

#include "ui/bridge/workspace.h"

namespace axp::ui {

/// How a site shows itself while ACUs are dragged over the panel.
enum class DropState { None, Legal, Refused, Target };

/// ACUs dragged over sites: which sites take them, where the drop goes, and the assignment itself. One for graph and table together,
/// so that both light up. Views hand their drag events on with the sites under the pointer.
class AcuDrop : public QObject {
    Q_OBJECT
public:
    explicit AcuDrop(Workspace& workspace, QObject* parent = nullptr);

    /// The ACU names in a drag; empty when it carries none.
    static QStringList namesIn(const QMimeData* data);

    /// A drag has come in; false when it is none of ours.
    bool enter(const QMimeData* data);
    /// The pointer is over these sites (none: over nothing). True when a drop would assign; otherwise says why not.
    bool over(const QStringList& sites, QWidget* view, const QPoint& globalPosition);
    void leave();
    /// Assigns; with several ACUs a menu asks which. True when something was or may be assigned.
    bool drop(const QMimeData* data, const QStringList& sites, QWidget* view, const QPoint& globalPosition);

    bool active() const { return !m_names.isEmpty(); }
    DropState stateOf(const QString& site) const;
    /// What a drop on these sites changes: the whole selection when they are part of it.
    QStringList targetsFor(const QStringList& sites) const;

    /// Assigns and says in a sentence what happened; one undo step. Returns how many sites took it.
    int assign(const QStringList& sites, const QString& acu);

signals:
    void changed();
    /// For the status line.
    void message(const QString& text);

private:
    QString refusalOf(const QString& site) const;
    QString refusalOfAll(const QStringList& sites) const;

    Workspace& m_workspace;
    QStringList m_names;    ///< being dragged
    QStringList m_targets;  ///< under the pointer, or the selection
    mutable QHash<QString, QString> m_refusals;  ///< by site, for this drag
};

}  // namespace axp::ui
