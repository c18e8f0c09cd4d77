// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <variant>

#include "backends/cuda/map_kernel.h"
#include "backends/cuda/pool_kernel.h"
#include "backends/cuda/row_kernel.h"

namespace axp::cuda {

/// A computation between the layers that multiply; pointers on the device. Parameters are checked by checkStep().
using DeviceStep = std::variant<MapParams, PoolParams, RowParams>;

/// Blocks of a step on a device that keeps `resident` blocks busy, at least 1; 0: there is nothing to compute.
inline std::int64_t stepBlocks(const DeviceStep& step, std::int64_t resident) {
    const auto striding = [&](std::int64_t items, std::int64_t perBlock) { return std::min((items + perBlock - 1) / perBlock, resident); };
    if (const auto* map = std::get_if<MapParams>(&step)) return striding(map->count(), kMapThreads);
    if (const auto* pool = std::get_if<PoolParams>(&step)) return striding(pool->count(), kPoolThreads);
    return striding(std::get<RowParams>(step).rows, 1);
}

/// Whether the kernels can index the step: at most 2^31 - 1 elements of a map, no empty rows or windows of no size.
inline bool checkStep(const DeviceStep& step) {
    if (const auto* map = std::get_if<MapParams>(&step)) return map->dims >= 0 && map->dims <= kMapDims && map->count() < std::int64_t{1} << 31;
    if (const auto* pool = std::get_if<PoolParams>(&step)) {
        bool sane = true;
        for (int d = 0; d < 2; ++d) sane = sane && pool->kernel[d] > 0 && pool->stride[d] > 0 && pool->dilation[d] > 0 && pool->pad[d] >= 0 && pool->in[d] > 0;
        return sane && (pool->kind == PoolKind::Max || (pool->dilation[0] == 1 && pool->dilation[1] == 1));
    }
    return std::get<RowParams>(step).length > 0;
}

}  // namespace axp::cuda
