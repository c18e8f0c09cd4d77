// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/named_assignments.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUndoCommand>

#include "ui/bridge/workspace.h"

namespace axp::ui {

/// A change of some names, as they were and as they are.
class NamedAssignments::ChangeCommand : public QUndoCommand {
public:
    ChangeCommand(NamedAssignments& owner, Changes before, Changes after, const QString& text)
        : QUndoCommand(text), m_owner(owner), m_before(std::move(before)), m_after(std::move(after)) {}
    void undo() override { m_owner.apply(m_before); }
    void redo() override { m_owner.apply(m_after); }

private:
    NamedAssignments& m_owner;
    Changes m_before, m_after;
};

NamedAssignments::NamedAssignments(Workspace& workspace) : QObject(&workspace), m_workspace(workspace) {
    connect(&workspace, &Workspace::opened, this, [this] {
        m_engine = m_workspace.engine();
        m_writing = 0;
        adopt(m_workspace.project().assignments);
    });
    connect(&workspace, &Workspace::closed, this, [this] {
        m_engine.reset();
        adopt({});
    });
    connect(&workspace, &Workspace::assignmentChanged, this, &NamedAssignments::changed);
}

void NamedAssignments::adopt(const std::map<std::string, Assignment>& assignments) {
    m_all.clear();
    for (const auto& [name, assignment] : assignments) m_all[QString::fromStdString(name)] = assignment;
    emit changed();
}

QStringList NamedAssignments::names() const {
    QStringList names;
    for (const auto& [name, assignment] : m_all) names << name;
    names.sort(Qt::CaseInsensitive);
    return names;
}

QString NamedAssignments::current() const {
    if (!m_workspace.isOpen()) return {};
    const std::string text = assignmentText(m_workspace.assignment(), m_workspace.graph());
    for (const auto& [name, assignment] : m_all)
        if (assignmentText(assignment, m_workspace.graph()) == text) return name;
    return {};
}

QString NamedAssignments::refusal(const QString& name, const QString& renamed) const {
    if (name.trimmed().isEmpty()) return tr("The name is empty.");
    // On the command line a name stands where such texts may stand.
    if (name.trimmed() == QLatin1String("exact") || name.contains('=') || name.trimmed().startsWith('@'))
        return tr("\"exact\", and names with = or a leading @, mean something else on the command line.");
    if (name.size() > 100) return tr("The name is longer than 100 characters.");
    if (!renamed.isEmpty() && name.trimmed() != renamed && contains(name.trimmed())) return tr("There is an assignment named %1 already.").arg(name.trimmed());
    return {};
}

void NamedAssignments::open(const QString& name) {
    const auto found = m_all.find(name);
    if (found == m_all.end() || !m_workspace.isOpen()) return;
    // The file may have been edited, and a library may be gone.
    if (const auto perLeaf = resolveAssignment(found->second, m_workspace.graph(), m_workspace.library()); !perLeaf.ok()) {
        emit m_workspace.failed(tr("The assignment %1 cannot be opened: %2").arg(name, QString::fromStdString(perLeaf.error().text())));
        return;
    }
    // Without "all", which people write in files: "SITE=ACU" texts name every node.
    const auto expanded = parseAssignment(assignmentText(found->second, m_workspace.graph()), m_workspace.graph(), m_workspace.library());
    m_workspace.setAssignment(expanded.ok() ? *expanded : found->second, tr("Open assignment %1").arg(name));
}

void NamedAssignments::saveAs(const QString& name) {
    if (!m_workspace.isOpen() || !refusal(name).isEmpty()) return;
    push({{name.trimmed(), m_workspace.assignment()}}, tr("Save assignment %1").arg(name.trimmed()));
}

void NamedAssignments::rename(const QString& name, const QString& to) {
    const auto found = m_all.find(name);
    if (found == m_all.end() || to.trimmed() == name || !refusal(to, name).isEmpty()) return;
    push({{name, std::nullopt}, {to.trimmed(), found->second}}, tr("Rename assignment %1").arg(name));
}

void NamedAssignments::remove(const QString& name) {
    if (contains(name)) push({{name, std::nullopt}}, tr("Delete assignment %1").arg(name));
}

void NamedAssignments::push(const Changes& changes, const QString& text) {
    if (m_workspace.refuseToStore(text)) return;
    Changes before;
    for (const auto& [name, assignment] : changes) {
        const auto found = m_all.find(name);
        before[name] = found == m_all.end() ? std::nullopt : std::optional(found->second);
    }
    if (before != changes) m_workspace.undoStack().push(new ChangeCommand(*this, before, changes, text));
}

void NamedAssignments::apply(const Changes& changes) {
    if (!m_engine) return;
    for (const auto& [name, assignment] : changes) {
        if (assignment) m_all[name] = *assignment;
        else m_all.erase(name);
    }
    emit changed();
    ++m_writing;
    const auto written = std::make_shared<std::optional<Project>>();
    m_workspace.jobs().submit(
        tr("Save the project"), {}, JobCenter::Lane::Background,
        [engine = m_engine, changes, written](const JobContext&) -> Result<void> {
            AXP_TRY(*written, engine->changeProject([&](Project& project) {
                for (const auto& [name, assignment] : changes) {
                    if (assignment) project.assignments[name.toStdString()] = *assignment;
                    else project.assignments.erase(name.toStdString());
                }
            }));
            return {};
        },
        [this, engine = m_engine, written](const Result<void>& result) {
            if (engine != m_engine) return;
            --m_writing;
            if (*written) m_workspace.adoptAssignments((*written)->assignments);
            if (m_writing == 0) adopt(m_workspace.project().assignments);  // as in the file: also what another program wrote, or without what failed
            if (!result.ok() && result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
        });
}

void NamedAssignments::load(const QString& path) {
    if (!m_workspace.isOpen()) return;
    const auto read = std::make_shared<std::optional<Assignment>>();
    m_workspace.jobs().submit(
        tr("Load %1").arg(QFileInfo(path).fileName()), {}, JobCenter::Lane::Background,
        [engine = m_workspace.engine(), spec = '@' + path.toStdString(), read](const JobContext&) -> Result<void> {
            AXP_TRY(*read, parseAssignment(spec, engine->graph(), engine->library()));
            return {};
        },
        [this, engine = m_workspace.engine(), path, read](const Result<void>& result) {
            if (engine != m_workspace.engine()) return;
            if (result.ok()) m_workspace.setAssignment(**read, tr("Load assignment %1").arg(QFileInfo(path).fileName()));
            else if (result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
        });
}

QByteArray NamedAssignments::json() const {
    QJsonObject object;
    for (const auto& [site, acu] : m_workspace.assignment()) object[QString::fromStdString(site)] = QString::fromStdString(acu);
    return QJsonDocument(object).toJson();
}

}  // namespace axp::ui
