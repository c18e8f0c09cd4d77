// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/job.h"

#include <atomic>
#include <exception>

namespace axp {

namespace {
constexpr std::size_t kLogLines = 200;
// A cancel token may be raised by someone who knows nothing of the pause.
constexpr std::chrono::milliseconds kCancelPoll{25};

double secondsBetween(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

std::uint64_t nextId() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

Result<void> runGuarded(const Job::Work& work, const JobContext& context) {
    try {
        return work(context);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory", {}, "Close other programs, or use fewer samples or threads.");
    } catch (const std::exception& exception) {
        return failure(std::string("unexpected fault: ") + exception.what(), {}, "Please report this.");
    } catch (...) {
        return failure("unexpected fault", {}, "Please report this.");
    }
}
}  // namespace

const char* jobStateName(JobState state) {
    switch (state) {
    case JobState::Queued: return "queued";
    case JobState::Running: return "running";
    case JobState::Finished: return "finished";
    case JobState::Failed: return "failed";
    case JobState::Cancelled: return "cancelled";
    }
    return "";
}

Job::Job(std::string title, Work work, Observer observer)
    : m_id(nextId()), m_title(std::move(title)), m_work(std::move(work)), m_observer(std::move(observer)) {}

Job::~Job() {
    cancel();
    if (m_thread.joinable()) m_thread.join();
}

void Job::start() {
    std::lock_guard lock(m_mutex);
    if (m_thread.joinable() || endedLocked()) return;
    m_begin = m_end = std::chrono::steady_clock::now();
    try {
        m_thread = std::thread([this] { execute(); });
    } catch (const std::exception&) {
        m_state = JobState::Failed;
        m_error = failure("no thread could be started for \"" + m_title + '"', {}, "Close other programs and try again.");
        m_changed.notify_all();
    }
}

void Job::cancel() {
    m_cancel.cancel();
    std::lock_guard lock(m_mutex);
    if (m_state == JobState::Queued && !m_thread.joinable()) {
        m_state = JobState::Cancelled;
        m_error = cancelled();
        m_changed.notify_all();
    }
}

void Job::execute() {
    {
        std::lock_guard lock(m_mutex);
        m_state = JobState::Running;
    }
    notify();
    JobContext context;
    context.cancel = m_cancel;
    context.onProgress = [this](const Progress& progress) { onProgress(progress); };
    context.onPausePoint = [this] { return pausePoint(); };
    const Result<void> result = m_cancel.cancelled() ? Result<void>(cancelled()) : runGuarded(m_work, context);
    {
        std::lock_guard lock(m_mutex);
        m_end = std::chrono::steady_clock::now();
        if (!result.ok()) m_error = result.error();
        if (result.ok()) m_state = JobState::Finished;
        else m_state = result.error().kind == ErrorKind::Cancelled ? JobState::Cancelled : JobState::Failed;
    }
    m_changed.notify_all();
    notify();
}

void Job::hold() {
    std::lock_guard lock(m_mutex);
    m_holdAsked = true;
}

void Job::resume() {
    {
        std::lock_guard lock(m_mutex);
        m_holdAsked = false;
    }
    m_changed.notify_all();
}

double Job::pausePoint() {
    {
        std::lock_guard lock(m_mutex);
        if (!m_holdAsked || m_cancel.cancelled()) return 0;
        m_held = true;
        m_heldSince = std::chrono::steady_clock::now();
    }
    notify();
    double seconds = 0;
    {
        std::unique_lock lock(m_mutex);
        while (m_holdAsked && !m_cancel.cancelled()) m_changed.wait_for(lock, kCancelPoll);
        seconds = secondsBetween(m_heldSince, std::chrono::steady_clock::now());
        m_held = false;
        m_heldSeconds += seconds;
    }
    notify();
    return seconds;
}

void Job::onProgress(const Progress& progress) {
    {
        std::lock_guard lock(m_mutex);
        const bool news = !progress.message.empty() && progress.message != m_progress.message;
        m_progress = progress;
        if (news) appendLine(progress.message);
    }
    notify();
}

void Job::log(const std::string& line) {
    std::lock_guard lock(m_mutex);
    appendLine(line);
}

void Job::appendLine(const std::string& line) {
    m_log.push_back(line);
    if (m_log.size() > kLogLines) m_log.pop_front();
}

void Job::notify() {
    if (!m_observer) return;
    std::lock_guard lock(m_observerMutex);
    m_observer(snapshot());
}

void Job::wait() {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return endedLocked(); });
}

bool Job::waitFor(std::chrono::milliseconds limit) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, limit, [this] { return endedLocked(); });
}

bool Job::endedLocked() const { return m_state != JobState::Queued && m_state != JobState::Running; }

JobSnapshot Job::snapshot() const {
    std::lock_guard lock(m_mutex);
    JobSnapshot copy;
    copy.id = m_id;
    copy.title = m_title;
    copy.state = m_state;
    copy.progress = m_progress;
    copy.error = m_error;
    copy.held = m_held && m_holdAsked && !m_cancel.cancelled();
    const auto until = m_held ? m_heldSince : m_state == JobState::Running ? std::chrono::steady_clock::now() : m_end;
    copy.seconds = secondsBetween(m_begin, until) - m_heldSeconds;
    return copy;
}

std::vector<std::string> Job::logTail() const {
    std::lock_guard lock(m_mutex);
    return {m_log.begin(), m_log.end()};
}

}  // namespace axp
