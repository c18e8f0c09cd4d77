// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/annotations.h"

#include <QUndoCommand>

#include <filesystem>
#include <map>

#include "core/store/query.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

using Ids = Annotations::Ids;

constexpr int kLockPatience = 1000;  // milliseconds that reading waits for another program's lock

/// What the evaluations said before a change, those that said the same together.
Result<std::vector<std::pair<Ids, AnnotationChange>>> readBefore(const std::string& database, const Ids& ids, const AnnotationChange& change) {
    AXP_TRY(const auto reader, ResultReader::open(database));
    AXP_TRY(const auto annotations, reader->annotations(ids));
    std::map<std::tuple<std::string, std::string, bool>, Ids> groups;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Annotation& before = annotations[i];
        groups[{change.note ? before.note : std::string(), change.tags ? before.tags : std::string(), change.hidden && before.hidden}].push_back(ids[i]);
    }
    std::vector<std::pair<Ids, AnnotationChange>> changes;
    for (auto& [before, group] : groups) {
        AnnotationChange back;
        if (change.note) back.note = std::get<0>(before);
        if (change.tags) back.tags = std::get<1>(before);
        if (change.hidden) back.hidden = std::get<2>(before);
        changes.emplace_back(std::move(group), std::move(back));
    }
    return changes;
}

}  // namespace

/// A change that is stored already when it comes onto the stack.
class Annotations::ChangeCommand : public QUndoCommand {
public:
    ChangeCommand(Annotations& owner, Changes before, Changes after, const QString& text)
        : QUndoCommand(text), m_owner(owner), m_before(std::move(before)), m_after(std::move(after)) {}
    void undo() override { m_owner.write(m_before); }
    void redo() override {
        if (std::exchange(m_stored, false)) return;
        m_owner.write(m_after);
    }

private:
    Annotations& m_owner;
    Changes m_before, m_after;
    bool m_stored = true;
};

Annotations::Annotations(Workspace& workspace) : QObject(&workspace), m_workspace(workspace) {
    connect(&workspace, &Workspace::opened, this, &Annotations::readHidden);
    connect(&workspace, &Workspace::readOnlyChanged, this, [this] {
        if (!m_workspace.readOnly()) readHidden();  // it may have been out of reach
    });
    connect(&workspace, &Workspace::closed, this, [this] {
        if (m_hidden.isEmpty()) return;
        m_hidden.clear();
        emit hiddenChanged();
    });
}

void Annotations::readHidden() {
    const auto found = std::make_shared<Ids>();
    m_workspace.jobs().read(
        tr("Read hidden evaluations"),
        [database = m_workspace.project().databasePath(), found](const JobContext&) -> Result<void> {
            std::error_code error;
            if (!std::filesystem::exists(database, error)) return {};
            AXP_TRY(const auto reader, ResultReader::open(database, kLockPatience));
            AXP_TRY(*found, reader->hiddenIds());
            return {};
        },
        [this, found, engine = m_workspace.engine()](const Result<void>& result) {
            if (engine != m_workspace.engine() || !result.ok() || found->empty()) return;
            m_hidden = QSet<std::int64_t>(found->begin(), found->end());
            emit hiddenChanged();
        });
}

void Annotations::change(const Ids& ids, const AnnotationChange& change, const QString& text) {
    if (ids.empty() || !m_workspace.isOpen() || m_workspace.refuseToStore(text)) return emit rejected();
    const auto before = std::make_shared<Changes>();
    const Changes after{{ids, change}};
    m_workspace.jobs().submit(
        text, {}, JobCenter::Lane::Background,
        [database = m_workspace.project().databasePath(), ids, change, before](const JobContext&) -> Result<void> {
            AXP_TRY(*before, readBefore(database, ids, change));
            return annotate(database, ids, change);
        },
        [this, before, after, text, engine = m_workspace.engine()](const Result<void>& result) {
            if (engine != m_workspace.engine()) return;
            if (result.ok()) {
                adopt(after);
                m_workspace.undoStack().push(new ChangeCommand(*this, std::move(*before), after, text));
                return;
            }
            if (result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
            emit rejected();
        });
}

void Annotations::write(const Changes& changes) {
    m_workspace.jobs().submit(
        tr("Save notes"), {}, JobCenter::Lane::Background,
        [database = m_workspace.project().databasePath(), changes](const JobContext&) -> Result<void> {
            for (const auto& [ids, change] : changes) AXP_CHECK(annotate(database, ids, change));
            return {};
        },
        [this, changes, engine = m_workspace.engine()](const Result<void>& result) {
            if (engine != m_workspace.engine()) return;
            if (result.ok()) return adopt(changes);
            if (result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
            emit rejected();
            readHidden();
        });
}

void Annotations::adopt(const Changes& changes) {
    const QSet<std::int64_t> before = m_hidden;
    for (const auto& [ids, change] : changes) {
        if (change.hidden)
            for (const std::int64_t id : ids) {
                if (*change.hidden) m_hidden.insert(id);
                else m_hidden.remove(id);
            }
        emit changed(ids, change);
    }
    if (m_hidden != before) emit hiddenChanged();
}

}  // namespace axp::ui
