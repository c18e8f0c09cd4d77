// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/figure_queue.h"

#include <QHash>
#include <QMetaObject>
#include <QPointer>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>

namespace axp::ui {
namespace {

enum class Kind { Errors, Map };
struct Task {
    AcuPtr acu;
    Kind kind = Kind::Errors;
};
constexpr int kKeptMaps = 64;

}  // namespace

/// What the UI thread and the worker share. The worker may outlive the queue, which takes `receiver` away when it goes.
struct FigureQueue::Shared {
    std::mutex mutex;
    FigureQueue* receiver = nullptr;
    std::deque<Task> tasks, stopped;
    bool working = false;
    int done = 0, total = 0;
    QHash<QString, AcuErrorsPtr> errors;
    QHash<QString, ErrorMapPtr> maps;
    StrategyOf strategyOf;

    template <class Call>
    void post(Call call) {
        std::lock_guard lock(mutex);
        if (receiver)
            QMetaObject::invokeMethod(
                receiver, [queue = receiver, call] { call(queue); }, Qt::QueuedConnection);
    }
    void stop() {
        {
            std::lock_guard lock(mutex);
            working = false;
            for (auto& task : tasks) stopped.push_back(std::move(task));
            tasks.clear();
        }
        post([](FigureQueue* queue) { emit queue->statusChanged(); });
    }
    /// Nothing left: false, and the next request starts another job.
    bool take(Task& task) {
        std::lock_guard lock(mutex);
        if (tasks.empty()) {
            working = false;
            return false;
        }
        task = std::move(tasks.front());
        tasks.pop_front();
        return true;
    }
    void putBack(Task task) {
        std::lock_guard lock(mutex);
        tasks.push_front(std::move(task));
    }
    Progress step(const std::string& name, double seconds) {
        std::lock_guard lock(mutex);
        return {done, total, done > 0 ? seconds / done * (total - done) : -1, name};
    }
    Result<void> computeTask(const Task& task, const JobContext& job) {
        AXP_TRY(const QString key, tableKey(*task.acu));
        return task.kind == Kind::Errors ? errorsOf(task, key, job) : mapOf(task, key, job);
    }
    Result<void> errorsOf(const Task& task, const QString& key, const JobContext& job) {
        AcuErrorsPtr known;
        StrategyOf strategy;
        {
            // What a library says is read each time: its figures may have been proved meanwhile.
            std::lock_guard lock(mutex);
            if (!task.acu->record()) known = errors.value(key);
            strategy = strategyOf;
        }
        if (!known) {
            AXP_TRY(AcuErrors computed, computeErrors(*task.acu, strategy, job));
            known = std::make_shared<const AcuErrors>(std::move(computed));
            std::lock_guard lock(mutex);
            if (!task.acu->record()) errors.insert(key, known);
        }
        post([acu = task.acu, known](FigureQueue* queue) { emit queue->errorsReady(acu, known); });
        return {};
    }
    Result<void> mapOf(const Task& task, const QString& key, const JobContext& job) {
        ErrorMapPtr known;
        {
            std::lock_guard lock(mutex);
            known = maps.value(key);
        }
        if (!known) {
            AXP_TRY(ErrorMap computed, computeErrorMap(*task.acu, job));
            known = std::make_shared<const ErrorMap>(std::move(computed));
            std::lock_guard lock(mutex);
            if (maps.size() >= kKeptMaps) maps.clear();
            maps.insert(key, known);
        }
        post([acu = task.acu, known](FigureQueue* queue) { emit queue->mapReady(acu, known); });
        return {};
    }
    Result<void> run(const JobContext& job) {
        const auto begin = std::chrono::steady_clock::now();
        {
            std::lock_guard lock(mutex);
            working = true;
            if (tasks.empty()) tasks.swap(stopped);  // "Retry" in the list of jobs
            total = static_cast<int>(tasks.size());
            done = 0;
        }
        for (Task task; take(task);) {
            if (!job.cancelled()) {
                const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
                job.report(step(task.acu->name(), seconds));
                const Result<void> result = computeTask(task, job);
                if (!result.ok() && result.error().kind != ErrorKind::Cancelled)
                    post([acu = task.acu, text = QString::fromStdString(result.error().text())](FigureQueue* queue) {
                        emit queue->failed(acu, text);
                    });
            }
            if (job.cancelled()) {
                putBack(std::move(task));
                stop();
                return cancelled();
            }
            {
                std::lock_guard lock(mutex);
                ++done;
            }
            post([](FigureQueue* queue) { emit queue->statusChanged(); });
        }
        job.report(step({}, 0));
        post([](FigureQueue* queue) { emit queue->statusChanged(); });
        return {};
    }
};

FigureQueue::FigureQueue(JobCenter& jobs, QObject* parent)
    : QObject(parent),
      m_jobs(jobs),
      m_shared(std::make_shared<Shared>()) {
    m_shared->receiver = this;
}

FigureQueue::~FigureQueue() {
    std::lock_guard lock(m_shared->mutex);
    m_shared->receiver = nullptr;
    m_shared->tasks.clear();
    m_shared->stopped.clear();
}

void FigureQueue::setStrategyOf(StrategyOf strategyOf) {
    std::lock_guard lock(m_shared->mutex);
    m_shared->strategyOf = std::move(strategyOf);
}

void FigureQueue::requestErrors(const std::vector<AcuPtr>& acus) {
    {
        std::lock_guard lock(m_shared->mutex);
        for (const auto& acu : acus) m_shared->tasks.push_back({acu, Kind::Errors});
        m_shared->total += static_cast<int>(acus.size());
    }
    start();
}

void FigureQueue::requestErrorsFirst(const AcuPtr& acu) {
    {
        std::lock_guard lock(m_shared->mutex);
        m_shared->tasks.push_front({acu, Kind::Errors});
        ++m_shared->total;
    }
    start();
}

void FigureQueue::requestMap(const AcuPtr& acu) {
    {
        std::lock_guard lock(m_shared->mutex);
        const auto outdated = std::erase_if(m_shared->tasks, [](const Task& task) { return task.kind == Kind::Map; });
        m_shared->tasks.push_front({acu, Kind::Map});
        m_shared->total += 1 - static_cast<int>(outdated);
    }
    start();
}

void FigureQueue::start() {
    {
        std::lock_guard lock(m_shared->mutex);
        if (m_shared->working || m_shared->tasks.empty()) return;
        m_shared->working = true;
    }
    const auto begun = std::make_shared<std::atomic<bool>>(false);
    m_job = m_jobs.submit(
        tr("Error figures of multipliers"), QStringLiteral("axplorer-cli acu list"), JobCenter::Lane::Background,
        [shared = m_shared, begun](const JobContext& job) {
            *begun = true;
            return shared->run(job);
        },
        [shared = m_shared, begun](const Result<void>& result) {
            // Cancelled while it was queued, or broken off, for lack of memory perhaps.
            if (!*begun || (!result.ok() && result.error().kind != ErrorKind::Cancelled)) shared->stop();
        },
        JobCenter::Priority::Short);  // an import goes on afterwards
    emit statusChanged();
}

void FigureQueue::cancel() { m_jobs.cancel(m_job); }

void FigureQueue::resume() {
    {
        std::lock_guard lock(m_shared->mutex);
        for (auto& task : m_shared->stopped) m_shared->tasks.push_back(std::move(task));
        m_shared->stopped.clear();
    }
    start();
}

void FigureQueue::clear() {
    {
        std::lock_guard lock(m_shared->mutex);
        m_shared->tasks.clear();
        m_shared->stopped.clear();
    }
    emit statusChanged();
}

FigureQueue::Status FigureQueue::status() const {
    std::lock_guard lock(m_shared->mutex);
    return {m_shared->working, m_shared->done, m_shared->total, static_cast<int>(m_shared->stopped.size())};
}

}  // namespace axp::ui
