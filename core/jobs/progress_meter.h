// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "core/jobs/context.h"

namespace axp {

/// Turns steps of work into Progress reports: estimates the remaining time from the rate of the last seconds and reports at most
/// ten times a second (the first and the last step always). Thread-safe; reports come one at a time.
class ProgressMeter {
public:
    /// Seconds on any monotonic clock; tests pass their own.
    using Clock = std::function<double()>;

    /// `total` steps, 0 when unknown. `job` must outlive the meter.
    ProgressMeter(const JobContext& job, std::int64_t total, Clock clock = {});

    /// Steps may cost differently: `totalWork` in any unit; advance() then says how much work a step was. The remaining time is
    /// estimated from work instead of steps.
    void setWork(double totalWork);
    /// `steps` more are done. They count as `work` (default: one per step).
    void advance(std::int64_t steps = 1, const std::string& message = {}, double work = -1);
    /// Steps that cost no time (taken over from an earlier run): they count as done but not for the rate.
    void skip(std::int64_t steps, double work = -1);
    /// Reports what has been done so far, whatever the time since the last report.
    void flush();

private:
    struct Sample {
        double time, work;
    };
    void add(std::int64_t steps, double work);
    double eta(double now) const;
    void report(double now);

    const JobContext& m_job;
    Clock m_clock;
    std::mutex m_mutex;
    std::deque<Sample> m_samples;  ///< oldest first; the last few seconds
    std::int64_t m_done = 0, m_total = 0;
    double m_work = 0, m_totalWork = 0;
    double m_lastReport = -1;
    std::string m_message;
};

}  // namespace axp
