// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "core/jobs/context.h"

namespace axp {

enum class JobState { Queued, Running, Finished, Failed, Cancelled };
/// "queued", "running", ...
const char* jobStateName(JobState state);

/// What an observer sees of a job; a consistent copy.
struct JobSnapshot {
    std::uint64_t id = 0;  ///< unique in the process, so that late messages of an old job can be told apart
    std::string title;
    JobState state = JobState::Queued;
    Progress progress;
    double seconds = 0;    ///< of work since start(): neither what came after the end nor what it was held for
    bool held = false;     ///< stands still at a pause point, and will until resume() or cancel()
    std::optional<Error> error;
    bool ended() const { return state != JobState::Queued && state != JobState::Running; }
};

/// Long work in a thread of its own. All functions may be called from any thread; the destructor cancels and waits.
/// An exception that leaves the work becomes an Error. Work that ends with ErrorKind::Cancelled is Cancelled, not Failed.
class Job {
public:
    using Work = std::function<Result<void>(const JobContext&)>;
    /// Called from the worker thread after every change (state, progress, log), one call at a time; it must return soon and must
    /// not destroy or wait for the job.
    using Observer = std::function<void(const JobSnapshot&)>;

    Job(std::string title, Work work, Observer observer = {});
    ~Job();
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// Starts the thread; a second call does nothing. A job that was cancelled before does not run.
    void start();
    /// Asks the work to stop and returns at once.
    void cancel();
    /// Asks the work to stand still at its next pause point (JobContext::pausePoint) until resume(). Work without any goes on.
    void hold();
    void resume();
    /// Waits until the job has ended; start() must have been called.
    void wait();
    /// False when it has not ended within `limit`.
    bool waitFor(std::chrono::milliseconds limit);

    std::uint64_t id() const { return m_id; }
    JobState state() const { return snapshot().state; }
    JobSnapshot snapshot() const;
    CancelToken cancelToken() const { return m_cancel; }
    /// Appends a line to the log; a progress message that differs from the one before does so by itself.
    void log(const std::string& line);
    /// The last 200 lines.
    std::vector<std::string> logTail() const;

private:
    void execute();
    void onProgress(const Progress& progress);
    double pausePoint();
    void appendLine(const std::string& line);
    void notify();
    bool endedLocked() const;

    const std::uint64_t m_id;
    const std::string m_title;
    Work m_work;
    const Observer m_observer;
    const CancelToken m_cancel;

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    JobState m_state = JobState::Queued;
    Progress m_progress;
    std::optional<Error> m_error;
    std::deque<std::string> m_log;
    std::chrono::steady_clock::time_point m_begin, m_end, m_heldSince;
    bool m_holdAsked = false, m_held = false;
    double m_heldSeconds = 0;  ///< of pauses that are over
    std::mutex m_observerMutex;
    std::thread m_thread;
};

/// A job with a result.
template <class T>
class JobOf {
public:
    using Work = std::function<Result<T>(const JobContext&)>;

    JobOf(std::string title, Work work, Job::Observer observer = {})
        : m_job(std::move(title), [result = m_result, work = std::move(work)](const JobContext& context) -> Result<void> {
              AXP_TRY(*result, work(context));
              return {};
          }, std::move(observer)) {}

    Job& job() { return m_job; }
    /// The result once the job has ended; waits for it. May be taken once.
    Result<T> take() {
        m_job.wait();
        if (auto error = m_job.snapshot().error) return *error;
        if (!*m_result) return failure("the result of this job was taken already");
        T value = std::move(**m_result);
        m_result->reset();
        return value;
    }

private:
    // Declared first: the job's thread writes it until the job is destroyed.
    std::shared_ptr<std::optional<T>> m_result = std::make_shared<std::optional<T>>();
    Job m_job;
};

}  // namespace axp
