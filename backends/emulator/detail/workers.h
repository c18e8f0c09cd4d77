// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <functional>

#include "core/base/result.h"

namespace axp::detail {

/// Number of threads for a request (0: all cores).
int resolveThreads(int requested);
/// Runs task(index, thread) for index 0..count-1 on `threads` threads; every thread works with LibTorch and BLAS limited to one
/// thread, so results do not depend on the number of threads. Returns the Error of the lowest failing index.
Result<void> parallelFor(std::size_t count, int threads, const std::function<Result<void>(std::size_t index, int thread)>& task);
/// Threads that LibTorch and BLAS use for operators called from the current thread.
void setTorchThreads(int threads);

}  // namespace axp::detail
