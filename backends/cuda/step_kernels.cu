// SPDX-License-Identifier: GPL-3.0-or-later
// The entry points and launches of what lies between the layers that multiply.
#include <algorithm>

#include "backends/cuda/block.h"
#include "backends/cuda/step_launch.h"

namespace axp::cuda {
namespace {

extern __shared__ __align__(16) unsigned char g_stepShared[];

__global__ void __launch_bounds__(kMapThreads) mapEntry(const __grid_constant__ MapParams params) {
    DeviceBlock block(g_stepShared);
    mapKernel(block, params);
}
__global__ void __launch_bounds__(kPoolThreads) poolEntry(const __grid_constant__ PoolParams params) {
    DeviceBlock block(g_stepShared);
    poolKernel(block, params);
}
__global__ void __launch_bounds__(kRowThreads) rowEntry(const __grid_constant__ RowParams params) {
    DeviceBlock block(g_stepShared);
    rowKernel(block, params);
}

}  // namespace

cudaError_t launchStep(const DeviceStep& step, const LaunchLimits& limits, cudaStream_t stream) {
    const auto blocks = static_cast<unsigned>(stepBlocks(step, std::int64_t{limits.multiprocessors} * 16));
    if (blocks == 0) return cudaSuccess;
    if (const auto* map = std::get_if<MapParams>(&step)) {
        MapParams ready = *map;
        ready.prepare();
        mapEntry<<<blocks, kMapThreads, 0, stream>>>(ready);
    } else if (const auto* pool = std::get_if<PoolParams>(&step)) {
        poolEntry<<<blocks, kPoolThreads, 0, stream>>>(*pool);
    } else {
        rowEntry<<<blocks, kRowThreads, kRowSharedBytes, stream>>>(std::get<RowParams>(step));
    }
    return cudaGetLastError();
}

}  // namespace axp::cuda
