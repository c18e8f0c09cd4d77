// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels' entry points and launches. Their bodies are in the headers.
#include <algorithm>

#include "backends/cuda/block.h"
#include "backends/cuda/launch.h"

namespace axp::cuda {
namespace {

extern __shared__ __align__(16) unsigned char g_shared[];

__global__ void __launch_bounds__(kExpandThreads) expandEntry(const __grid_constant__ ExpandParams params) {
    DeviceBlock block(g_shared);
    expandKernel(block, params);
}
__global__ void __launch_bounds__(256) compensateEntry(const __grid_constant__ CompensateParams params) {
    DeviceBlock block(g_shared);
    compensateKernel(block, params);
}
__global__ void __launch_bounds__(256) addShiftedEntry(const __grid_constant__ AddShiftedParams params) {
    DeviceBlock block(g_shared);
    addShiftedKernel(block, params);
}
__global__ void __launch_bounds__(256) finishEntry(const __grid_constant__ FinishParams params) {
    DeviceBlock block(g_shared);
    finishKernel(block, params);
}
template <int TileColumns, int Chunk>
__global__ void __launch_bounds__(kImmaThreads) immaEntry(const __grid_constant__ ImmaParams params) {
    DeviceBlock block(g_shared);
    immaKernel<TileColumns, Chunk>(block, params);
}
template <class Entry, int ThreadColumns, bool InShared>
__global__ void __launch_bounds__(kTableThreads) tableEntry(const __grid_constant__ TableParams<Entry> params) {
    DeviceBlock block(g_shared);
    tableKernel<Entry, ThreadColumns, InShared>(block, params);
}
template <class Entry>
__global__ void __launch_bounds__(kDirectThreads) directEntry(const __grid_constant__ TableParams<Entry> params) {
    DeviceBlock block(g_shared);
    directKernel(block, params);
}
__global__ void __launch_bounds__(kOrderedThreads) codesEntry(const __grid_constant__ CodesParams params) {
    DeviceBlock block(g_shared);
    codesKernel(block, params);
}
__global__ void __launch_bounds__(kOrderedThreads) orderedEntry(const __grid_constant__ OrderedParams params) {
    DeviceBlock block(g_shared);
    orderedKernel(block, params);
}

// Kernels that stride over their work: enough blocks to fill the device, no more.
unsigned stridingBlocks(std::int64_t items, int threads, const LaunchLimits& limits) {
    return static_cast<unsigned>(std::clamp<std::int64_t>((items + threads - 1) / threads, 1, std::int64_t{limits.multiprocessors} * 16));
}

template <class Entry>
std::int64_t tableBytes(const TableView<Entry>& table, int threadColumns) {
    return tableTileBytes(threadColumns) + table.count() * static_cast<std::int64_t>(sizeof(Entry));
}

template <class Entry, int ThreadColumns>
cudaError_t launchTiles(const TableParams<Entry>& p, const LaunchLimits& limits, cudaStream_t stream) {
    const std::int64_t tiles = tileCount(p.operands.slices, p.operands.map.rows(), p.operands.columns, kTableTileRows, 32 * ThreadColumns);
    const std::int64_t bytes = tableBytes(p.table, ThreadColumns);
    const bool shared = bytes <= limits.sharedBytes;
    // Blocks stride over the tiles; as many as are resident together, so that each brings the table in once.
    const std::int64_t resident = shared ? std::max<std::int64_t>(1, std::min<std::int64_t>(4, limits.sharedBytes / bytes)) : 4;
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(tiles, limits.multiprocessors * resident));
    if (shared) tableEntry<Entry, ThreadColumns, true><<<blocks, kTableThreads, static_cast<std::size_t>(bytes), stream>>>(p);
    else tableEntry<Entry, ThreadColumns, false><<<blocks, kTableThreads, static_cast<std::size_t>(tableTileBytes(ThreadColumns)), stream>>>(p);
    return cudaGetLastError();
}

bool isEmpty(const LookupOperands& o) { return o.map.rows() <= 0 || o.columns <= 0 || o.slices <= 0; }

template <class Entry>
cudaError_t launchTableOf(const TableParams<Entry>& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (isEmpty(p.operands)) return cudaSuccess;
    switch (tableThreadColumns(p.operands.columns)) {
        case 4: return launchTiles<Entry, 4>(p, limits, stream);
        case 2: return launchTiles<Entry, 2>(p, limits, stream);
        default: return launchTiles<Entry, 1>(p, limits, stream);
    }
}

template <class Entry>
cudaError_t launchDirectOf(const TableParams<Entry>& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (isEmpty(p.operands)) return cudaSuccess;
    const std::int64_t items = p.operands.map.rows() * p.operands.slices * p.operands.columns;
    directEntry<Entry><<<stridingBlocks(items, kDirectThreads, limits), kDirectThreads, 0, stream>>>(p);
    return cudaGetLastError();
}

template <int TileColumns>
cudaError_t launchImmaTiles(const ImmaParams& p, bool wideChunks, cudaStream_t stream) {
    const auto tiles = static_cast<unsigned>(tileCount(p.slices, p.map.rows(), p.columns, kImmaTileRows, TileColumns));
    const auto bytes = static_cast<std::size_t>(immaSharedBytes(TileColumns));
    if (wideChunks) immaEntry<TileColumns, 16><<<tiles, kImmaThreads, bytes, stream>>>(p);
    else immaEntry<TileColumns, 4><<<tiles, kImmaThreads, bytes, stream>>>(p);
    return cudaGetLastError();
}

template <class Entry, int ThreadColumns>
cudaError_t allowShared(const LaunchLimits& limits) {
    return cudaFuncSetAttribute(tableEntry<Entry, ThreadColumns, true>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                static_cast<int>(limits.sharedBytes));
}

}  // namespace

cudaError_t prepareKernels(const LaunchLimits& limits) {
    for (const cudaError_t error : {allowShared<std::int16_t, 4>(limits), allowShared<std::int16_t, 2>(limits), allowShared<std::int16_t, 1>(limits),
                                    allowShared<std::int32_t, 4>(limits), allowShared<std::int32_t, 2>(limits), allowShared<std::int32_t, 1>(limits)})
        if (error != cudaSuccess) return error;
    return cudaSuccess;
}

cudaError_t launchExpand(const ExpandParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (p.items() <= 0) return cudaSuccess;
    ExpandParams ready = p;
    ready.prepare();
    expandEntry<<<stridingBlocks(p.items(), kExpandThreads, limits), kExpandThreads, expandSharedBytes(p.layout.terms), stream>>>(ready);
    return cudaGetLastError();
}

cudaError_t launchCompensate(const CompensateParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (p.slices * p.rows <= 0) return cudaSuccess;
    compensateEntry<<<stridingBlocks(p.slices * p.rows, 256, limits), 256, 0, stream>>>(p);
    return cudaGetLastError();
}

cudaError_t launchAddShifted(const AddShiftedParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (p.count <= 0) return cudaSuccess;
    addShiftedEntry<<<stridingBlocks(p.count, 256, limits), 256, 0, stream>>>(p);
    return cudaGetLastError();
}

cudaError_t launchFinish(const FinishParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (p.slices * p.rows * p.columns <= 0) return cudaSuccess;
    finishEntry<<<stridingBlocks(p.slices * p.rows * p.columns, 256, limits), 256, 0, stream>>>(p);
    return cudaGetLastError();
}

cudaError_t launchImma(const ImmaParams& p, bool wideChunks, cudaStream_t stream) {
    if (p.map.rows() <= 0 || p.columns <= 0 || p.slices <= 0) return cudaSuccess;
    return immaTileColumns(p.columns) == 128 ? launchImmaTiles<128>(p, wideChunks, stream) : launchImmaTiles<64>(p, wideChunks, stream);
}

cudaError_t launchTable(const TableParams<std::int16_t>& p, const LaunchLimits& limits, cudaStream_t stream) {
    return launchTableOf(p, limits, stream);
}
cudaError_t launchTable(const TableParams<std::int32_t>& p, const LaunchLimits& limits, cudaStream_t stream) {
    return launchTableOf(p, limits, stream);
}
cudaError_t launchDirect(const TableParams<std::int16_t>& p, const LaunchLimits& limits, cudaStream_t stream) {
    return launchDirectOf(p, limits, stream);
}
cudaError_t launchDirect(const TableParams<std::int32_t>& p, const LaunchLimits& limits, cudaStream_t stream) {
    return launchDirectOf(p, limits, stream);
}

cudaError_t launchCodes(const CodesParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    if (p.count() <= 0) return cudaSuccess;
    codesEntry<<<stridingBlocks(p.count(), kOrderedThreads, limits), kOrderedThreads, 0, stream>>>(p);
    return cudaGetLastError();
}

cudaError_t launchOrdered(const OrderedParams& p, const LaunchLimits& limits, cudaStream_t stream) {
    const std::int64_t count = p.map.rows() * p.slices * p.columns;
    if (count <= 0) return cudaSuccess;
    orderedEntry<<<stridingBlocks(count, kOrderedThreads, limits), kOrderedThreads, 0, stream>>>(p);
    return cudaGetLastError();
}

bool tableFitsShared(const TableView<std::int16_t>& table, const LaunchLimits& limits) { return tableBytes(table, 4) <= limits.sharedBytes; }

}  // namespace axp::cuda
