// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QMetaObject>
#include <QObject>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace axp::test {

/// Measures how long the event loop of the thread that makes it leaves an event unanswered. A thread of its own posts an event, waits for
/// the answer, and posts the next one two milliseconds later.
///
/// A busy machine stops whole programs for longer than any limit worth testing. gap() therefore leaves out the time in which the watched
/// thread was ready to run and got no processor (run delay in /proc/self/task/TID/schedstat, and time that a hypervisor took away): what
/// stays is time in which it computed or waited for a lock, a file or another thread. Where the kernel has no such figures gap() is the
/// processor time of the thread, so waiting goes unseen there. An event that is still unanswered counts too.
///
/// Made and destroyed in the watched thread; the figures may be read in any thread.
class Watchdog {
public:
    /// What a person does not notice yet: the limit of all tests.
    static constexpr double kLimit = 50;

    Watchdog() : m_thread(::gettid()) {
        ::pthread_getcpuclockid(::pthread_self(), &m_clock);
        m_poster = std::thread([this] { run(); });
    }
    ~Watchdog() {
        {
            const std::lock_guard lock(m_mutex);
            m_stop = true;
        }
        m_changed.notify_all();
        m_poster.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Longest times in milliseconds: without the waiting for a processor, by the wall clock, and processor time alone.
    double gap() const { return figures().gap; }
    double longest() const { return figures().wall; }
    double busiest() const { return figures().processor; }
    /// Events answered so far; a test that saw few of them proves little.
    int answers() const { return m_answers; }
    /// Forgets what was measured, the event that is under way included.
    void reset() {
        const std::lock_guard lock(m_mutex);
        m_worst = {};
        ++m_epoch;
    }
    std::string report() const {
        const Figures f = figures();
        char text[160];
        std::snprintf(text, sizeof text, "longest gap %.1f ms (%.1f ms by the clock, %.1f ms of processor time), %d events", f.gap, f.wall,
                      f.processor, answers());
        return text;
    }

private:
    struct Figures {
        double gap = 0, wall = 0, processor = 0;
    };
    /// Milliseconds; -1 where the system does not tell.
    struct Moment {
        double wall = 0, processor = 0, delayed = -1, stolen = 0;
    };

    static double wallNow() {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }
    Moment now() const {
        Moment moment;
        moment.wall = wallNow();
        timespec time{};
        if (::clock_gettime(m_clock, &time) == 0)
            moment.processor = static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
        const std::string path = "/proc/self/task/" + std::to_string(m_thread) + "/schedstat";
        if (std::FILE* file = std::fopen(path.c_str(), "r")) {
            unsigned long long run = 0, delay = 0;
            if (std::fscanf(file, "%llu %llu", &run, &delay) == 2 && run > 0) moment.delayed = static_cast<double>(delay) / 1e6;
            std::fclose(file);
        }
        if (std::FILE* file = std::fopen("/proc/stat", "r")) {
            unsigned long long steal = 0;
            if (std::fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) == 1)
                moment.stolen = static_cast<double>(steal) * 1e3 / static_cast<double>(::sysconf(_SC_CLK_TCK));
            std::fclose(file);
        }
        return moment;
    }
    /// `wall`: when the answer came; the other figures of `end` may be a little later, which makes the gap smaller, never larger.
    static Figures between(const Moment& begin, const Moment& end, double wall) {
        Figures f;
        f.wall = std::max(0.0, wall - begin.wall);
        f.processor = std::clamp(end.processor - begin.processor, 0.0, f.wall);
        f.gap = begin.delayed < 0 || end.delayed < 0 ? f.processor
                                                     : std::max(0.0, f.wall - (end.delayed - begin.delayed) - (end.stolen - begin.stolen));
        return f;
    }
    void take(const Figures& f) {
        m_worst.gap = std::max(m_worst.gap, f.gap);
        m_worst.wall = std::max(m_worst.wall, f.wall);
        m_worst.processor = std::max(m_worst.processor, f.processor);
    }
    Figures figures() const {
        const std::lock_guard lock(m_mutex);
        Figures worst = m_worst;
        if (m_asked && m_askedEpoch == m_epoch) {
            const Moment moment = now();
            const Figures f = between(m_begin, moment, moment.wall);
            worst = {std::max(worst.gap, f.gap), std::max(worst.wall, f.wall), std::max(worst.processor, f.processor)};
        }
        return worst;
    }

    void run() {
        std::unique_lock lock(m_mutex);
        while (!m_stop) {
            m_askedEpoch = m_epoch;
            lock.unlock();
            QMetaObject::invokeMethod(&m_receiver, [this] { answer(); }, Qt::QueuedConnection);
            const Moment begin = now();  // after posting: this thread may be stopped before it, and that is nobody's gap
            lock.lock();
            m_begin = begin;
            m_asked = true;
            m_changed.wait(lock, [this] { return m_stop || m_answered; });
            m_asked = false;
            if (m_stop) return;
            const double wall = m_answeredAt;
            lock.unlock();
            const Moment end = now();
            lock.lock();
            m_answered = false;
            ++m_answers;
            if (m_askedEpoch == m_epoch) take(between(begin, end, wall));
            m_changed.wait_for(lock, std::chrono::milliseconds(2), [this] { return m_stop; });
        }
    }
    void answer() {
        const double wall = wallNow();
        const std::lock_guard lock(m_mutex);
        m_answered = true;
        m_answeredAt = wall;
        m_changed.notify_all();
    }

    const pid_t m_thread;
    clockid_t m_clock = CLOCK_THREAD_CPUTIME_ID;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    Figures m_worst;
    Moment m_begin;
    double m_answeredAt = 0;
    int m_epoch = 0, m_askedEpoch = 0;
    std::atomic<int> m_answers{0};
    bool m_stop = false, m_asked = false, m_answered = false;
    QObject m_receiver;  ///< in the watched thread; destroyed after the poster has ended
    std::thread m_poster;
};

}  // namespace axp::test

/// Fails the test when the event loop was held up for 50 ms or more; prints the figures.
#define AXP_VERIFY_RESPONSIVE(watchdog)                                                           \
    do {                                                                                          \
        qInfo("%s", (watchdog).report().c_str());                                                 \
        QVERIFY2((watchdog).gap() < axp::test::Watchdog::kLimit, (watchdog).report().c_str());    \
    } while (false)
