// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QSet>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/project/engine.h"
#include "core/store/annotations.h"

namespace axp::ui {

class Workspace;

/// What people say of the evaluations of the open project: notes, tags, and which are hidden. Lives in the UI thread; reading and writing
/// the database is done in jobs. Every change is one undo step, which is there once the change is stored; one that cannot be stored is
/// reported by Workspace::failed().
class Annotations : public QObject {
    Q_OBJECT
public:
    using Ids = std::vector<std::int64_t>;
    explicit Annotations(Workspace& workspace);

    /// Evaluations that are hidden, by id.
    const QSet<std::int64_t>& hidden() const { return m_hidden; }
    /// Makes the same change to all of them; `text` as in "Undo text".
    void change(const Ids& ids, const AnnotationChange& change, const QString& text);

signals:
    void changed(const std::vector<std::int64_t>& ids, const axp::AnnotationChange& change);
    void hiddenChanged();
    /// A change could not be stored: views read what is.
    void rejected();

private:
    class ChangeCommand;
    using Changes = std::vector<std::pair<Ids, AnnotationChange>>;
    void readHidden();
    void write(const Changes& changes);
    void adopt(const Changes& changes);

    Workspace& m_workspace;
    QSet<std::int64_t> m_hidden;
};

}  // namespace axp::ui
