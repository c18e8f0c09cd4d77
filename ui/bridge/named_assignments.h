// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QString>
#include <QStringList>

#include <map>
#include <memory>
#include <optional>

#include "core/eval/assignment.h"
#include "core/project/engine.h"

namespace axp::ui {

class Workspace;

/// The assignments that a project keeps by name, and assignments in files of their own. Lives in the UI thread. Every change is one undo
/// step and goes to the project file in a job; a change that cannot be written is taken back and Workspace::failed() says why.
class NamedAssignments : public QObject {
    Q_OBJECT
public:
    explicit NamedAssignments(Workspace& workspace);

    /// In alphabetical order.
    QStringList names() const;
    bool contains(const QString& name) const { return m_all.contains(name); }
    /// The name of the current assignment; empty when it has none.
    QString current() const;

    /// Makes a named assignment the current one. Unknown sites and ACUs in it are refused by Workspace::failed().
    void open(const QString& name);
    /// Keeps the current assignment by a name; what had the name is replaced.
    void saveAs(const QString& name);
    void rename(const QString& name, const QString& to);
    void remove(const QString& name);
    /// Why this cannot be a name; empty when it can. `renamed`: the assignment that is to have it, when there is one already.
    QString refusal(const QString& name, const QString& renamed = {}) const;

    /// Reads an assignment from a JSON file ({"SITE": "ACU", ...}, or "all"), in a job, and makes it the current one.
    void load(const QString& path);
    /// The current assignment as such a file.
    QByteArray json() const;

signals:
    void changed();

private:
    class ChangeCommand;
    /// By name; nothing: no such assignment.
    using Changes = std::map<QString, std::optional<Assignment>>;
    void push(const Changes& changes, const QString& text);
    void apply(const Changes& changes);
    void adopt(const std::map<std::string, Assignment>& assignments);

    Workspace& m_workspace;
    std::map<QString, Assignment> m_all;
    std::shared_ptr<ProjectEngine> m_engine;  ///< whose assignments these are
    int m_writing = 0;                        ///< jobs under way
};

}  // namespace axp::ui
