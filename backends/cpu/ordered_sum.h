// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {

/// Products of one row of A with columns of B, in the order in which the accumulator takes them.
struct OrderedEntries {
    const std::uint32_t* rows;    ///< [count] patterns of A
    const std::uint32_t* places;  ///< [count] rows of `lanes`
    std::int64_t count;
    const std::uint16_t* lanes;   ///< [..][laneStride] patterns of B
    std::int64_t laneStride;      ///< a multiple of 64: whole blocks of lanes are read
    std::int64_t columns;
};

/// Sums that are formed product by product, entries ascending, many columns at a time: for accumulators whose result depends on the order,
/// and for multipliers that are only a function. Products come from the multiplier's table or its block function. Zero-point terms inside the
/// multiplier are taken off every product and added after the accumulator (SumOptions). Immutable, thread-safe; refers to the kernel.
class OrderedSum {
public:
    OrderedSum(const KernelImpl& acu, const SumOptions& options);
    /// sums[0 .. columns). Uses scratch memory of `workspace`.
    void sum(const OrderedEntries& entries, std::int64_t* sums, Workspace& workspace) const;

private:
    template <class T>
    void sumBlock(const OrderedEntries& entries, std::int64_t first, std::int64_t* sums, Workspace& workspace) const;
    template <class T>
    void multiply(std::uint32_t row, const std::uint16_t* lanes, T* products, std::int64_t* terms, Workspace& workspace) const;

    const Multiplier& m_multiplier;
    const KernelSet& m_kernels;
    SumOptions m_options;
    const ProductTable* m_table;  ///< null: products are computed
    bool m_takesTerms;            ///< the register takes the products of the ACU itself
    bool m_narrow;                ///< every register content and product fits 32 bits
};

}  // namespace axp::cpu
