// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/table_kernel.h"

// One thread per output, products in ascending depth straight from the table in global memory: the reference on the device,
// and the way of layers with few columns per group (depthwise convolutions), where tiles of columns would be empty.
namespace axp::cuda {

constexpr int kDirectThreads = 256;

template <class Entry>
AXP_HD std::int32_t directSum(const LookupOperands& o, const TableView<Entry>& table, std::int64_t slice, std::int64_t row, std::int64_t column) {
    const ConvMap::Origin origin = o.map.origin(static_cast<std::int32_t>(row));
    const std::int8_t* weights = o.weights + slice * o.weightSlice + column * o.weightPitch;
    std::int32_t sum = 0;
    for (std::int32_t tap = 0, k = 0; tap < o.map.taps(); ++tap) {
        const std::int32_t pixel = o.map.pixel(origin, tap);
        const std::int8_t* codes = o.codes + slice * o.codesSlice + (pixel < 0 ? 0 : pixel) * o.codesPitch;
        for (std::int32_t input = 0; input < o.inputs; ++input, ++k) {
            const std::int32_t tableRow = pixel >= 0 ? table.patternA(codes[input]) : o.padThrough ? 0 : table.zeroRow();
            sum = wrapAdd(sum, wrapAdd(table.entries[table.rowOffset(tableRow) + table.columnOffset(weights[k])], table.bias));
        }
    }
    return sum;
}

/// Neighbouring threads take neighbouring channels, across slices: depthwise outputs are contiguous then.
template <class Entry, class Block>
AXP_KERNEL_BODY void directKernel(Block& block, const TableParams<Entry>& p) {
    const LookupOperands& o = p.operands;
    block.eachFree([&](int thread) {
        const std::int64_t total = o.map.rows() * o.slices * o.columns;  // below 2^31
        for (std::int64_t i = block.index() * block.threads() + thread; i < total; i += block.count() * block.threads()) {
            const std::int32_t row = o.byChannels.quotient(static_cast<std::int32_t>(i)),
                               channel = o.byChannels.remainder(static_cast<std::int32_t>(i), row);
            const std::int32_t slice = o.byColumns.quotient(channel), column = o.byColumns.remainder(channel, slice);
            p.epilogue.store(slice, row, column, directSum(o, p.table, slice, row, column));
        }
    });
}

}  // namespace axp::cuda
