// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cuda_runtime_api.h>

#include "backends/cuda/ordered_kernel.h"
#include "backends/cuda/plan.h"

// Kernel launches. All are asynchronous in `stream` and return the launch's error; empty work launches nothing.
namespace axp::cuda {

/// What launches need to know about a device.
struct LaunchLimits {
    int multiprocessors = 1;
    std::int64_t sharedBytes = 48 * 1024;  ///< of one block, opted in
};

/// Once per device, with it current: allows the kernels their shared memory.
cudaError_t prepareKernels(const LaunchLimits& limits);

cudaError_t launchExpand(const ExpandParams& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchCompensate(const CompensateParams& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchAddShifted(const AddShiftedParams& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchFinish(const FinishParams& params, const LaunchLimits& limits, cudaStream_t stream);
/// The expanded layout's rows are multiples of 16 bytes when `wideChunks`.
cudaError_t launchImma(const ImmaParams& params, bool wideChunks, cudaStream_t stream);
/// In tiles; the table in shared memory where it fits, else read through the L1 cache.
cudaError_t launchTable(const TableParams<std::int16_t>& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchTable(const TableParams<std::int32_t>& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchDirect(const TableParams<std::int16_t>& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchDirect(const TableParams<std::int32_t>& params, const LaunchLimits& limits, cudaStream_t stream);

cudaError_t launchCodes(const CodesParams& params, const LaunchLimits& limits, cudaStream_t stream);
cudaError_t launchOrdered(const OrderedParams& params, const LaunchLimits& limits, cudaStream_t stream);

/// Whether launchTable() finds room in shared memory.
bool tableFitsShared(const TableView<std::int16_t>& table, const LaunchLimits& limits);

}  // namespace axp::cuda
