// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCoreApplication>
#include <QEventLoop>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <unistd.h>

namespace axp::test {

/// Measures how long this program takes for something that several of its threads do one after the other. A busy machine stops programs for
/// longer than any limit worth testing, so the time in which threads of this program were ready to run and got no processor (run delay in
/// /proc/self/task/TID/schedstat, and time that a hypervisor took away) is left out. Where the kernel has no such figures, it is the time by
/// the clock. Threads that end meanwhile do not count, which makes the figure larger, never smaller.
class Stopwatch {
public:
    /// How soon a job has to end that was cancelled, in milliseconds: the limit of all tests.
    static constexpr double kCancelLimit = 100;

    Stopwatch() { restart(); }
    void restart() {
        m_delays = delays();
        m_stolen = stolen();
        m_begin = std::chrono::steady_clock::now();
    }
    double wall() const { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - m_begin).count(); }
    /// In milliseconds.
    double elapsed() const {
        const double wall = this->wall();
        double waited = stolen() - m_stolen;
        for (const auto& [thread, delay] : delays())
            if (const auto before = m_delays.find(thread); before != m_delays.end()) waited += delay - before->second;
        return std::max(0.0, wall - waited);
    }
    std::string report() const {
        char text[96];
        std::snprintf(text, sizeof text, "%.1f ms (%.1f ms by the clock)", elapsed(), wall());
        return text;
    }

private:
    /// By thread, in milliseconds.
    static std::map<std::string, double> delays() {
        std::map<std::string, double> all;
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", error)) {
            std::FILE* file = std::fopen((entry.path() / "schedstat").c_str(), "r");
            if (!file) continue;
            unsigned long long run = 0, delay = 0;
            if (std::fscanf(file, "%llu %llu", &run, &delay) == 2) all[entry.path().filename()] = static_cast<double>(delay) / 1e6;
            std::fclose(file);
        }
        return all;
    }
    static double stolen() {
        unsigned long long ticks = 0;
        if (std::FILE* file = std::fopen("/proc/stat", "r")) {
            if (std::fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1) ticks = 0;
            std::fclose(file);
        }
        return static_cast<double>(ticks) * 1e3 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }

    std::map<std::string, double> m_delays;
    double m_stolen = 0;
    std::chrono::steady_clock::time_point m_begin;
};

}  // namespace axp::test

/// Works off events until `ended` holds. Fails the test when that took 100 ms or more; prints the figure.
#define AXP_VERIFY_CANCELLED_SOON(stopwatch, ended)                                                         \
    do {                                                                                                    \
        while (!(ended) && (stopwatch).wall() < 10'000) {                                                   \
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);                                      \
            if (!(ended)) ::usleep(500);                                                                    \
        }                                                                                                   \
        qInfo("cancelled after %s", (stopwatch).report().c_str());                                          \
        QVERIFY2((stopwatch).elapsed() < axp::test::Stopwatch::kCancelLimit, (stopwatch).report().c_str()); \
    } while (false)
