// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace axp {

/// A flag that any thread may raise and that long work polls. Copies share the flag. Thread-safe, async-signal-safe to raise.
class CancelToken {
public:
    CancelToken() : m_flag(std::make_shared<std::atomic<bool>>(false)) {}
    void cancel() const { m_flag->store(true, std::memory_order_relaxed); }
    bool cancelled() const { return m_flag->load(std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

/// How far a piece of work has come. `total` 0 means unknown; `etaSeconds` < 0 means unknown.
struct Progress {
    std::int64_t done = 0;
    std::int64_t total = 0;
    double etaSeconds = -1;
    std::string message;
};

/// What long work receives: where to report progress and when to stop. Work polls `cancel` often enough to stop within
/// 100 ms. The callback may be called from any thread, one call at a time.
struct JobContext {
    CancelToken cancel;
    std::function<void(const Progress&)> onProgress;
    std::function<double()> onPausePoint;  ///< see pausePoint()

    void report(const Progress& progress) const {
        if (onProgress) onProgress(progress);
    }
    bool cancelled() const { return cancel.cancelled(); }
    /// Work in steps calls this between them, where it holds no lock and nothing is half done: it stands still here while it is paused,
    /// and what it works with may be used by other jobs meanwhile. Returns the seconds that it stood still; a cancel ends the pause.
    double pausePoint() const { return onPausePoint ? onPausePoint() : 0; }
};

}  // namespace axp
