// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/job_center.h"

#include <QMetaObject>
#include <QPointer>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

namespace axp::ui {

struct JobCenter::Entry {
    quint64 id = 0;
    QString title, command;
    Lane lane = Lane::Engine;
    Priority priority = Priority::Normal;
    Work work;
    Done done;
    bool started = false, ended = false;
    bool isRead = false;        ///< see read()
    bool paused = false;        ///< by a person
    bool cancelWanted = false;  ///< as soon as the lane is free
    std::shared_ptr<std::atomic<bool>> posted = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<Job> job;

    bool held() const { return started && !ended && job->snapshot().held; }
};

JobCenter::JobCenter(QObject* parent) : QObject(parent) {}

JobCenter::~JobCenter() {
    // Those that stand still come last: they must not wake up beside one that still works.
    std::vector<Entry*> still;
    for (auto& entry : m_entries) {
        if (entry->held()) still.push_back(entry.get());
        else entry->job->cancel();
    }
    for (auto& entry : m_entries)
        if (entry->started && !entry->held()) entry->job->wait();
    for (Entry* entry : still) {
        entry->job->cancel();
        entry->job->wait();
    }
}

JobCenter::Entry* JobCenter::find(quint64 id) const {
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [id](const auto& entry) { return entry->id == id; });
    return found == m_entries.end() ? nullptr : found->get();
}

quint64 JobCenter::submit(const QString& title, const QString& command, Lane lane, Work work, Done done, Priority priority) {
    auto entry = std::make_unique<Entry>();
    entry->id = m_nextId++;
    entry->title = title;
    entry->command = command;
    entry->lane = lane;
    entry->priority = priority;
    entry->work = work;
    entry->done = std::move(done);
    // The observer runs in the worker: it posts one message at a time to the UI thread, which reads the newest state itself.
    const auto observer = [center = QPointer<JobCenter>(this), id = entry->id, posted = entry->posted](const JobSnapshot&) {
        if (posted->exchange(true) || !center) return;
        QMetaObject::invokeMethod(center, [center, id, posted] {
            posted->store(false);
            if (center) center->onSnapshot(id);
        }, Qt::QueuedConnection);
    };
    entry->job = std::make_unique<Job>(title.toStdString(), std::move(work), observer);
    const quint64 id = entry->id;
    m_entries.push_back(std::move(entry));
    emit added(id);
    schedule(lane);
    return id;
}

quint64 JobCenter::read(const QString& title, Work work, Done done) {
    const quint64 id = submit(title, {}, Lane::Background, std::move(work), std::move(done), Priority::Short);
    if (Entry* entry = find(id)) entry->isRead = true;
    return id;
}

JobCenter::Entry* JobCenter::working(Lane lane) const {
    for (const auto& entry : m_entries)
        if (entry->lane == lane && entry->started && !entry->ended && !entry->held()) return entry.get();
    return nullptr;
}

JobCenter::Entry* JobCenter::nextOf(Lane lane) const {
    Entry* first = nullptr;
    for (const auto& entry : m_entries) {
        if (entry->lane != lane || entry->ended || entry->paused || (m_paused && !entry->started)) continue;
        if (!first) first = entry.get();
        if (first->priority != Priority::Long) return first;
        if (entry->priority == Priority::Short) return entry.get();
    }
    return first;
}

void JobCenter::schedule(Lane lane) {
    Entry* const now = working(lane);
    Entry* const next = nextOf(lane);
    if (now) {
        const bool yields = now->paused || (now->priority == Priority::Long && next && next->priority == Priority::Short);
        if (yields) now->job->hold();
        else now->job->resume();  // what it was asked to make room for is gone
        return;
    }
    for (const auto& entry : m_entries) {
        if (entry->lane != lane || entry->ended || !entry->cancelWanted) continue;
        entry->job->cancel();  // works again, for as long as it takes to end
        return;
    }
    if (!next) return;
    if (next->started) next->job->resume();
    else {
        next->started = true;
        next->job->start();
    }
}

void JobCenter::onSnapshot(quint64 id) {
    Entry* entry = find(id);
    if (!entry || entry->ended) return;
    if (entry->job->snapshot().ended()) finish(*entry);
    else schedule(entry->lane);
    announce(id);
}

void JobCenter::announce(quint64 id) {
    emit changed(id);
    const Entry* entry = find(id);
    if (entry && entry->isRead && entry->ended && entry->job->snapshot().state != JobState::Failed) forget(id);
}

void JobCenter::finish(Entry& entry) {
    entry.ended = true;
    const JobSnapshot snapshot = entry.job->snapshot();
    const Lane lane = entry.lane;
    if (const Done done = entry.done) {  // a copy: the callback may forget ended jobs
        if (snapshot.error) done(*snapshot.error);
        else if (snapshot.state == JobState::Cancelled) done(cancelled());
        else done({});
    }
    schedule(lane);
}

void JobCenter::cancel(quint64 id) {
    Entry* entry = find(id);
    if (!entry || entry->ended) return;
    if (!entry->started) {
        entry->job->cancel();
        finish(*entry);
    } else if (entry->held()) {
        entry->cancelWanted = true;
        schedule(entry->lane);
    } else {
        entry->job->cancel();
    }
    announce(id);
}

void JobCenter::cancelAll() {
    std::vector<quint64> ids;
    for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry) ids.push_back((*entry)->id);
    for (const quint64 id : ids) cancel(id);
}

void JobCenter::pause(quint64 id) {
    Entry* entry = find(id);
    if (!entry || entry->ended || entry->paused) return;
    entry->paused = true;
    schedule(entry->lane);
    emit changed(id);
}

void JobCenter::resume(quint64 id) {
    Entry* entry = find(id);
    if (!entry || !entry->paused) return;
    entry->paused = false;
    schedule(entry->lane);
    emit changed(id);
}

quint64 JobCenter::retry(quint64 id) {
    const Entry* entry = find(id);
    if (!entry || !entry->ended) return 0;
    return submit(entry->title, entry->command, entry->lane, entry->work, entry->done, entry->priority);
}

void JobCenter::setPaused(bool paused) {
    if (paused == m_paused) return;
    m_paused = paused;
    emit pausedChanged(paused);
    schedule(Lane::Engine);
    schedule(Lane::Background);
}

JobView JobCenter::job(quint64 id) const {
    JobView view;
    const Entry* entry = find(id);
    if (!entry) return view;
    const JobSnapshot snapshot = entry->job->snapshot();
    view.id = id;
    view.title = entry->title;
    view.command = entry->command;
    view.state = entry->ended && snapshot.state == JobState::Queued ? JobState::Cancelled : snapshot.state;
    view.pausable = !entry->ended && (!entry->started || entry->priority == Priority::Long);
    if (!entry->ended) {
        const bool stands = !entry->started || snapshot.held;
        if (entry->paused) view.hold = stands ? JobView::Hold::Paused : JobView::Hold::Asked;
        else if (snapshot.held) view.hold = JobView::Hold::Waiting;
    }
    if (snapshot.progress.total > 0)
        view.fraction = static_cast<double>(snapshot.progress.done) / static_cast<double>(snapshot.progress.total);
    view.etaSeconds = snapshot.progress.etaSeconds;
    view.seconds = snapshot.seconds;
    view.message = QString::fromStdString(snapshot.error ? snapshot.error->text() : snapshot.progress.message);
    return view;
}

std::vector<JobView> JobCenter::jobs() const {
    std::vector<JobView> views;
    for (const auto& entry : m_entries) views.push_back(job(entry->id));
    return views;
}

QStringList JobCenter::log(quint64 id) const {
    QStringList lines;
    if (const Entry* entry = find(id))
        for (const auto& line : entry->job->logTail()) lines << QString::fromStdString(line);
    return lines;
}

int JobCenter::active() const {
    return static_cast<int>(std::count_if(m_entries.begin(), m_entries.end(), [](const auto& entry) { return !entry->ended; }));
}

void JobCenter::forget(quint64 id) {
    if (std::erase_if(m_entries, [id](const auto& entry) { return entry->id == id; }) > 0) emit removed(id);
}

void JobCenter::clearEnded() {
    std::vector<quint64> ended;
    for (const auto& entry : m_entries)
        if (entry->ended) ended.push_back(entry->id);
    for (const quint64 id : ended) forget(id);
}

QString durationText(double seconds) {
    if (!(seconds >= 0)) return {};
    if (seconds < 1) return QObject::tr("%1 ms").arg(std::lround(seconds * 1000));
    if (seconds < 60) return QObject::tr("%1 s").arg(seconds, 0, 'f', 1);
    if (seconds < 3600) return QObject::tr("%1 min %2 s").arg(static_cast<int>(seconds) / 60).arg(static_cast<int>(seconds) % 60);
    return QObject::tr("%1 h %2 min").arg(static_cast<int>(seconds) / 3600).arg(static_cast<int>(seconds) / 60 % 60);
}

}  // namespace axp::ui
