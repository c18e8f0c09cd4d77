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
    Work work;
    Done done;
    bool ended = false;
    std::shared_ptr<std::atomic<bool>> posted = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<Job> job;
};

JobCenter::JobCenter(QObject* parent) : QObject(parent) {}

JobCenter::~JobCenter() {
    for (auto& entry : m_entries) entry->job->cancel();
    m_entries.clear();  // joins the threads
}

JobCenter::Entry* JobCenter::find(quint64 id) const {
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [id](const auto& entry) { return entry->id == id; });
    return found == m_entries.end() ? nullptr : found->get();
}

quint64 JobCenter::submit(const QString& title, const QString& command, Lane lane, Work work, Done done) {
    auto entry = std::make_unique<Entry>();
    entry->id = m_nextId++;
    entry->title = title;
    entry->command = command;
    entry->lane = lane;
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
    startNext(lane);
    return id;
}

void JobCenter::startNext(Lane lane) {
    if (m_paused) return;
    for (const auto& entry : m_entries) {
        if (entry->lane != lane || entry->ended) continue;
        if (entry->job->state() == JobState::Queued) entry->job->start();
        return;  // the first one that has not ended occupies the lane
    }
}

void JobCenter::onSnapshot(quint64 id) {
    Entry* entry = find(id);
    if (!entry || entry->ended) return;
    if (entry->job->snapshot().ended()) finish(*entry);
    emit changed(id);
}

void JobCenter::finish(Entry& entry) {
    entry.ended = true;
    const JobSnapshot snapshot = entry.job->snapshot();
    const Lane lane = entry.lane;
    if (entry.done) {
        // The callback may submit jobs, which moves entries: keep what is needed.
        const Done done = std::exchange(entry.done, {});
        if (snapshot.error) done(*snapshot.error);
        else if (snapshot.state == JobState::Cancelled) done(cancelled());
        else done({});
    }
    startNext(lane);
}

void JobCenter::cancel(quint64 id) {
    Entry* entry = find(id);
    if (!entry || entry->ended) return;
    const bool queued = entry->job->state() == JobState::Queued;
    entry->job->cancel();
    if (queued) {
        finish(*entry);
        emit changed(id);
    }
}

void JobCenter::cancelAll() {
    std::vector<quint64> ids;
    for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry) ids.push_back((*entry)->id);
    for (const quint64 id : ids) cancel(id);
}

quint64 JobCenter::retry(quint64 id) {
    const Entry* entry = find(id);
    if (!entry || !entry->ended) return 0;
    return submit(entry->title, entry->command, entry->lane, entry->work);
}

void JobCenter::setPaused(bool paused) {
    if (paused == m_paused) return;
    m_paused = paused;
    emit pausedChanged(paused);
    startNext(Lane::Engine);
    startNext(Lane::Background);
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

void JobCenter::clearEnded() {
    for (std::size_t i = m_entries.size(); i-- > 0;) {
        if (!m_entries[i]->ended) continue;
        const quint64 id = m_entries[i]->id;
        m_entries.erase(m_entries.begin() + static_cast<std::ptrdiff_t>(i));
        emit removed(id);
    }
}

QString durationText(double seconds) {
    if (!(seconds >= 0)) return {};
    if (seconds < 1) return QObject::tr("%1 ms").arg(std::lround(seconds * 1000));
    if (seconds < 60) return QObject::tr("%1 s").arg(seconds, 0, 'f', 1);
    if (seconds < 3600) return QObject::tr("%1 min %2 s").arg(static_cast<int>(seconds) / 60).arg(static_cast<int>(seconds) % 60);
    return QObject::tr("%1 h %2 min").arg(static_cast<int>(seconds) / 3600).arg(static_cast<int>(seconds) / 60 % 60);
}

}  // namespace axp::ui
