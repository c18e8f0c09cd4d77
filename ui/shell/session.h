// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLockFile>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <memory>

#include "core/eval/assignment.h"
#include "core/eval/evaluation.h"

namespace axp::ui {

/// Where a window stands: what is needed to go on there.
struct SessionState {
    QString project;        ///< absolute path; empty when none is open
    Assignment assignment;  ///< also what was never evaluated or saved
    DataSlice slice;
    QString panel;          ///< id of the panel in front
    QByteArray layout;      ///< QMainWindow::saveState
    bool ended = true;      ///< the window was closed by its user
    int restores = 0;       ///< restores since the last time that one went well; more than one means that restoring ends the program
};

QByteArray sessionToJson(const SessionState& state);
/// A document that is not one, or of another version: an empty state.
SessionState sessionFromJson(const QByteArray& json);

/// Keeps the state of a window in a file, so that it survives the program however it ends. Several programs may run: each takes the first
/// free place in the folder, and starts with what the last owner of that place left. Lives in the UI thread; writes in a thread of its own,
/// atomically, at most half a second after a change.
class Session : public QObject {
    Q_OBJECT
public:
    using Collect = std::function<SessionState()>;
    /// `folder` is made when it is missing. `collect` gives the state to keep and is called in the UI thread.
    Session(const QString& folder, Collect collect, QObject* parent = nullptr);
    /// Writes what is due and waits for it.
    ~Session() override;

    /// What the last owner of the place left; empty when there was none.
    const SessionState& previous() const { return m_previous; }
    /// The file of this place; empty when none could be taken (then nothing is kept).
    const QString& file() const { return m_file; }
    /// To be called after every change.
    void touch();
    /// Writes now, and waits for it: before what may end the program, and at its end.
    void writeNow(const SessionState& state);

private:
    void write(const SessionState& state);

    Collect m_collect;
    SessionState m_previous;
    QString m_file;
    std::unique_ptr<QLockFile> m_lock;
    QTimer m_timer;
    QThreadPool m_writer;  ///< one thread: writes stay in order
};

}  // namespace axp::ui
