// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QStringList>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/jobs/job.h"

namespace axp::ui {

/// A job as the window shows it; a copy.
struct JobView {
    /// Asked: it goes on until its next pause point. Paused: by a person. Waiting: for the job that its lane works on meanwhile.
    enum class Hold { None, Asked, Paused, Waiting };
    quint64 id = 0;
    QString title;
    QString command;  ///< the same work on the command line ("Copy as command"); empty when there is none
    JobState state = JobState::Queued;
    Hold hold = Hold::None;
    bool pausable = false;   ///< queued, or running with pause points
    double fraction = -1;    ///< 0..1, negative when unknown
    double etaSeconds = -1;  ///< negative when unknown
    double seconds = 0;
    QString message;         ///< progress, or the error when it failed
};

/// The queue of long work. Lives in the UI thread, and all its functions are called there; the work runs in threads of its own. Jobs of
/// one lane run one after the other (the engine computes one thing at a time), lanes run side by side. A long job lets the short ones
/// of its lane pass: it stands still at its next pause point while they run, and so it does when a person pauses it; never do two jobs
/// of a lane work at the same time.
class JobCenter : public QObject {
    Q_OBJECT
public:
    enum class Lane { Engine, Background };
    /// Long: work with pause points (JobContext::pausePoint). Short: what a person waits for, and what a long job of the lane may be
    /// interrupted by between its steps. Normal: waits for everything before it.
    enum class Priority { Normal, Short, Long };
    using Work = std::function<Result<void>(const JobContext&)>;
    /// Runs in the UI thread when the job has ended; the Result is that of the work.
    using Done = std::function<void(const Result<void>&)>;

    explicit JobCenter(QObject* parent = nullptr);
    /// Cancels everything and waits.
    ~JobCenter() override;

    quint64 submit(const QString& title, const QString& command, Lane lane, Work work, Done done = {}, Priority priority = Priority::Normal);
    /// A reading for a view, in Lane::Background: listed while it works and when it failed, forgotten when it went well or was cancelled.
    quint64 read(const QString& title, Work work, Done done);
    /// A job that waits while another one works in its lane ends when that one has ended.
    void cancel(quint64 id);
    void cancelAll();
    /// Holds a queued job back, or asks a running one to stand still at its next pause point; others of the lane go first then.
    void pause(quint64 id);
    void resume(quint64 id);
    /// Submits an ended job's work again, with its callback; returns the new id, or 0 when it is not known or has not ended.
    quint64 retry(quint64 id);
    /// Holds queued jobs back (running ones go on until they end).
    void setPaused(bool paused);
    bool paused() const { return m_paused; }

    /// In the order of submission.
    std::vector<JobView> jobs() const;
    JobView job(quint64 id) const;
    QStringList log(quint64 id) const;
    /// Jobs that are queued or running.
    int active() const;
    /// Forgets ended jobs.
    void clearEnded();

signals:
    void added(quint64 id);
    /// State or progress changed; at most about 15 times a second for a job.
    void changed(quint64 id);
    void removed(quint64 id);
    void pausedChanged(bool paused);

private:
    struct Entry;
    void schedule(Lane lane);
    Entry* working(Lane lane) const;
    Entry* nextOf(Lane lane) const;
    void onSnapshot(quint64 id);
    void finish(Entry& entry);
    /// That its state has changed; forgets a reading that is over.
    void announce(quint64 id);
    void forget(quint64 id);
    Entry* find(quint64 id) const;

    std::vector<std::unique_ptr<Entry>> m_entries;
    quint64 m_nextId = 1;
    bool m_paused = false;
};

/// "running", "3 min left", "1.2 s"
QString durationText(double seconds);

}  // namespace axp::ui
