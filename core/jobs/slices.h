// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "core/jobs/context.h"

namespace axp {

/// Runs step(i) for every i below `count` on `threads` threads, this one included; indices are handed out in their order. Before every `slice` of
/// them comes a pause point, at which no thread works. Each thread gets a step of its own from `makeStep()`. A cancel, or a step that returns
/// false, ends it after the steps that are under way.
template <class MakeStep>
void runInSlices(std::size_t count, std::size_t slice, int threads, const JobContext& job, MakeStep makeStep) {
    std::atomic<bool> stopped = false;
    for (std::size_t first = 0; first < count && !stopped; first += slice) {
        job.pausePoint();
        const std::size_t end = std::min(count, first + slice);
        std::atomic<std::size_t> next = first;
        const auto work = [&] {
            auto step = makeStep();
            for (std::size_t at; !stopped && (at = next.fetch_add(1)) < end;)
                if (job.cancelled() || !step(at)) stopped = true;
        };
        std::vector<std::thread> others;
        for (int i = 1; i < threads; ++i) others.emplace_back(work);
        work();
        for (auto& thread : others) thread.join();
    }
}

}  // namespace axp
