// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/progress_meter.h"

#include <chrono>

namespace axp {

namespace {
constexpr double kReportSeconds = 0.1;
constexpr double kWindowSeconds = 20;
// Slow steps must not leave the window empty: so many samples stay however old they are.
constexpr std::size_t kKeptSamples = 8;

double steadySeconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace

ProgressMeter::ProgressMeter(const JobContext& job, std::int64_t total, Clock clock)
    : m_job(job), m_clock(clock ? std::move(clock) : Clock(steadySeconds)), m_total(total),
      m_totalWork(static_cast<double>(total)) {
    m_samples.push_back({m_clock(), 0});
}

void ProgressMeter::setWork(double totalWork) {
    std::lock_guard lock(m_mutex);
    m_totalWork = totalWork;
}

void ProgressMeter::add(std::int64_t steps, double work) {
    m_done += steps;
    m_work += work < 0 ? static_cast<double>(steps) : work;
}

void ProgressMeter::advance(std::int64_t steps, const std::string& message, double work) {
    std::lock_guard lock(m_mutex);
    const double now = m_clock();
    add(steps, work);
    m_message = message;
    // Thousands of quick steps a second need no sample each.
    if (m_samples.size() > 1 && now - m_samples[m_samples.size() - 2].time < kReportSeconds / 2)
        m_samples.back() = {now, m_work};
    else
        m_samples.push_back({now, m_work});
    while (m_samples.size() > kKeptSamples && now - m_samples.front().time > kWindowSeconds) m_samples.pop_front();
    const bool last = m_total > 0 && m_done >= m_total;
    if (m_lastReport < 0 || last || now - m_lastReport >= kReportSeconds) report(now);
}

void ProgressMeter::skip(std::int64_t steps, double work) {
    std::lock_guard lock(m_mutex);
    add(steps, work);
    m_samples.clear();
    m_samples.push_back({m_clock(), m_work});
}

void ProgressMeter::flush() {
    std::lock_guard lock(m_mutex);
    report(m_clock());
}

double ProgressMeter::eta(double now) const {
    if (m_total <= 0) return -1;
    if (m_done >= m_total) return 0;
    const double seconds = now - m_samples.front().time;
    const double work = m_work - m_samples.front().work;
    if (seconds <= 0 || work <= 0) return -1;
    const double left = m_totalWork - m_work;
    return left > 0 ? left * seconds / work : 0;
}

void ProgressMeter::report(double now) {
    m_lastReport = now;
    m_job.report({m_done, m_total, eta(now), m_message});
}

}  // namespace axp
