// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/ordered_sum.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace axp::cpu {
namespace {

enum Slot { kProducts = 64, kOperands };
constexpr std::int64_t kEntries = 32;  // whose products are made together; they stay in the first-level cache

}  // namespace

OrderedSum::OrderedSum(const KernelImpl& acu, const SumOptions& options)
    : m_multiplier(acu.multiplier()), m_kernels(kernelSet(acu.isa(), true)), m_options(options),
      m_table(acu.strategy() == Strategy::Table && acu.wide() ? &acu.wideTable() : m_multiplier.table().get()),
      m_takesTerms(options.affine && !options.accumulator.isExact()) {
    // |a term| is at most 3 * 2^(bitsA + bitsB). With both below 2^29 no sum of a register of 29 bits and a product passes 31.
    const int bits = m_options.accumulator.bits;
    const std::int64_t most = m_multiplier.greatest() + (m_takesTerms ? std::int64_t{3} << (m_multiplier.bitsA() + m_multiplier.bitsB()) : 0);
    m_narrow = bits > 0 && bits <= 30 && most < std::int64_t{1} << 29;
}

template <class T>
void OrderedSum::multiply(std::uint32_t row, const std::uint16_t* lanes, T* products, std::int64_t* terms, Workspace& workspace) const {
    const std::int64_t maskA = (std::int64_t{1} << m_multiplier.bitsA()) - 1, maskB = (std::int64_t{1} << m_multiplier.bitsB()) - 1;
    if (m_table) {
        const std::int32_t* line = m_table->products.data() + static_cast<std::int64_t>(row) * m_table->columns();
        for (int n = 0; n < kStepLanes; ++n) products[n] = line[lanes[n]];
    } else {
        auto* a = static_cast<std::int32_t*>(workspace.get(kOperands, 16 * kStepLanes));
        std::int32_t* b = a + kStepLanes;
        auto* out = reinterpret_cast<std::int64_t*>(b + kStepLanes);
        std::fill_n(a, kStepLanes, static_cast<std::int32_t>(operandValue(row, m_multiplier.bitsA(), true)));
        const int unused = 32 - m_multiplier.bitsB();
        for (int n = 0; n < kStepLanes; ++n) b[n] = static_cast<std::int32_t>(static_cast<std::uint32_t>(lanes[n]) << unused) >> unused;
        m_multiplier.products({a, kStepLanes}, {b, kStepLanes}, {out, kStepLanes});
        for (int n = 0; n < kStepLanes; ++n) products[n] = static_cast<T>(out[n]);
    }
    if (!m_takesTerms) return;
    const std::int64_t qa = (static_cast<std::int64_t>(row) + m_options.zeroA) & maskA, ofRow = m_options.zeroA * m_options.zeroB - m_options.zeroB * qa;
    for (int n = 0; n < kStepLanes; ++n) {
        const std::int64_t term = ofRow - m_options.zeroA * ((lanes[n] + m_options.zeroB) & maskB);
        products[n] = static_cast<T>(products[n] - term);
        terms[n] += term;
    }
}

template <class T>
void OrderedSum::sumBlock(const OrderedEntries& entries, std::int64_t first, std::int64_t* sums, Workspace& workspace) const {
    auto* products = static_cast<T*>(workspace.get(kProducts, kEntries * kStepLanes * sizeof(T)));
    alignas(64) T held[kStepLanes] = {};
    std::int64_t terms[kStepLanes] = {};
    const AccumulatorModel& model = m_options.accumulator;
    for (std::int64_t start = 0; start < entries.count; start += kEntries) {
        const std::int64_t count = std::min(kEntries, entries.count - start);
        for (std::int64_t e = 0; e < count; ++e) {
            const std::int64_t place = entries.places[start + e];
            multiply(entries.rows[start + e], entries.lanes + place * entries.laneStride + first, products + e * kStepLanes, terms, workspace);
        }
        m_kernels.stepSum({products, count, model.bits, model.approximateBits, model.saturate, sizeof(T) == 4, held});
    }
    for (std::int64_t n = 0; n < std::min<std::int64_t>(kStepLanes, entries.columns - first); ++n) sums[first + n] = std::int64_t{held[n]} + terms[n];
}

void OrderedSum::sum(const OrderedEntries& entries, std::int64_t* sums, Workspace& workspace) const {
    for (std::int64_t first = 0; first < entries.columns; first += kStepLanes)
        m_narrow ? sumBlock<std::int32_t>(entries, first, sums, workspace) : sumBlock<std::int64_t>(entries, first, sums, workspace);
}

}  // namespace axp::cpu
