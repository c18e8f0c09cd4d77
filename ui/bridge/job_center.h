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
    quint64 id = 0;
    QString title;
    QString command;  ///< the same work on the command line ("Copy as command"); empty when there is none
    JobState state = JobState::Queued;
    double fraction = -1;    ///< 0..1, negative when unknown
    double etaSeconds = -1;  ///< negative when unknown
    double seconds = 0;
    QString message;         ///< progress, or the error when it failed
};

/// The queue of long work. Lives in the UI thread, and all its functions are called there; the work runs in threads of its own. Jobs of
/// one lane run one after the other (the engine computes one thing at a time), lanes run side by side.
class JobCenter : public QObject {
    Q_OBJECT
public:
    enum class Lane { Engine, Background };
    using Work = std::function<Result<void>(const JobContext&)>;
    /// Runs in the UI thread when the job has ended; the Result is that of the work.
    using Done = std::function<void(const Result<void>&)>;

    explicit JobCenter(QObject* parent = nullptr);
    /// Cancels everything and waits.
    ~JobCenter() override;

    quint64 submit(const QString& title, const QString& command, Lane lane, Work work, Done done = {});
    void cancel(quint64 id);
    void cancelAll();
    /// Submits an ended job's work again; returns the new id, or 0 when it is not known or has not ended.
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
    void startNext(Lane lane);
    void onSnapshot(quint64 id);
    void finish(Entry& entry);
    Entry* find(quint64 id) const;

    std::vector<std::unique_ptr<Entry>> m_entries;
    quint64 m_nextId = 1;
    bool m_paused = false;
};

/// "running", "3 min left", "1.2 s"
QString durationText(double seconds);

}  // namespace axp::ui
