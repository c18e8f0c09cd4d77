// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/workers.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backends/emulator/detail/executor.h"

namespace axp::detail {

int resolveThreads(int requested) {
    if (requested > 0) return requested;
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void setTorchThreads(int threads) {
    at::set_num_threads(threads);
    // Debian's OpenBLAS has threads of its own, which LibTorch does not know about.
    using Setter = void (*)(int);
    static const auto setBlas = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (setBlas) setBlas(threads);
}

Result<void> parallelFor(std::size_t count, int threads, const std::function<Result<void>(std::size_t, int)>& task) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::optional<std::pair<std::size_t, Error>> first;
    const auto fail = [&](std::size_t index, Error error) {
        const std::lock_guard lock(mutex);
        if (!first || index < first->first) first = {index, std::move(error)};
        failed = true;
    };
    const auto work = [&](int thread) {
        at::set_num_threads(1);
        const c10::InferenceMode guard;
        for (std::size_t index = next++; index < count && !failed; index = next++) {
            try {
                if (auto result = task(index, thread); !result.ok()) fail(index, std::move(result).error());
            } catch (const std::exception& error) {
                fail(index, failure("the emulator failed: " + firstLine(error)));
            }
        }
    };
    setTorchThreads(1);
    std::vector<std::thread> workers;
    const int extra = static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(threads))) - 1;
    for (int thread = 1; thread <= extra; ++thread) workers.emplace_back(work, thread);
    work(0);
    for (auto& worker : workers) worker.join();
    if (first) return std::move(first->second);
    return {};
}

}  // namespace axp::detail
