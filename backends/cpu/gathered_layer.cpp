// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/ordered_sum.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 48, kRows, kPlaces, kSums };
/// Layers product by product, for what the fast layers cannot do: look-ups in tables above 8 bits, multipliers that are only a function,
/// and accumulators whose result depends on the order of the products. k counts (channel, kernel plane, row, column) in ascending
/// order. For every output pixel the products that exist are listed; then the columns are summed by the gather kernel, or in order
/// (ordered_sum.h).
class GatheredLayer final : public CodeLayer {
public:
    GatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options)
        : m_acu(std::move(acu)), m_kernels(kernelSet(m_acu->isa(), true)), m_geometry(geometry), m_options(options),
          m_inputs(geometry.inChannels / geometry.groups), m_outputs(geometry.outChannels / geometry.groups),
          m_stride((m_outputs + kStepLanes - 1) / kStepLanes * kStepLanes), m_ordered(*m_acu, options), m_maskA((std::int64_t{1} << m_acu->multiplier().bitsA()) - 1) {
        const Multiplier& multiplier = m_acu->multiplier();
        const bool stepwise = options.accumulator.isOrdered() || (options.affine && !options.accumulator.isExact());
        m_gathers = m_acu->strategy() == Strategy::Table && m_acu->wide() && !stepwise;
        m_budget = std::max<std::int64_t>(1, std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(1, multiplier.greatest()));
        pack(weights);
    }

    bool wide() const override { return true; }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        const std::int64_t inputs = volume(spatial) * m_geometry.inChannels, outputs = volume(m_geometry.outSize(spatial)) * m_geometry.outChannels;
        auto* codes = static_cast<std::int16_t*>(workspace.get(kCodes, static_cast<std::size_t>(inputs) * 2));
        for (std::int64_t sample = 0; sample < batch && outputs > 0; ++sample) {
            m_kernels.quantize(x + sample * inputs, inputs, quantizer.scale, quantizer.lo, quantizer.hi, codes);
            forwardImage(codes, spatial, scale, bias, y ? y + sample * outputs : nullptr, acc.from(sample * outputs).wide, workspace);
        }
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        forwardImage(static_cast<const std::int16_t*>(codes), {1, 1, rows}, nullptr, nullptr, nullptr, acc.wide, workspace);
    }

    void damage() override { m_lanes.data()[0] ^= 1; }

private:
    /// The products of one output pixel: patterns of the first operand and places in the weights, k ascending.
    struct List {
        std::uint32_t* rows;
        std::uint32_t* places;
        std::int64_t count = 0;
    };

    /// [group][k][column]: patterns of the weights.
    void pack(const std::int16_t* weights) {
        const std::int64_t taps = volume(m_geometry.kernel), maskB = (std::int64_t{1} << m_acu->multiplier().bitsB()) - 1;
        m_lanes = AlignedBytes(static_cast<std::size_t>(m_geometry.groups * m_geometry.depth() * m_stride) * 2);
        auto* lanes = reinterpret_cast<std::uint16_t*>(m_lanes.data());
        for (std::int64_t group = 0; group < m_geometry.groups; ++group)
            for (std::int64_t c = 0; c < m_inputs; ++c)
                for (std::int64_t n = 0; n < m_outputs; ++n)
                    for (std::int64_t tap = 0; tap < taps; ++tap) {
                        const std::int64_t line = m_geometry.transposed ? (group * m_inputs + c) * m_outputs + n : (group * m_outputs + n) * m_inputs + c;
                        lanes[((group * m_inputs + c) * taps + tap) * m_stride + n] = static_cast<std::uint16_t>(weights[line * taps + tap] & maskB);
                    }
    }

    void forwardImage(const std::int16_t* codes, const Size3& in, const float* scale, const float* bias, float* y, std::int64_t* acc, Workspace& workspace) const {
        const Taps taps(m_geometry, in);
        const auto depth = static_cast<std::size_t>(m_geometry.depth());
        List list{static_cast<std::uint32_t*>(workspace.get(kRows, depth * 4)), static_cast<std::uint32_t*>(workspace.get(kPlaces, depth * 4))};
        auto* sums = static_cast<std::int64_t*>(workspace.get(kSums, static_cast<std::size_t>(m_stride) * 8));
        for (std::int64_t pixel = 0; pixel < volume(taps.out()); ++pixel)
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                listPixel(codes, taps, pixel, group, list);
                sumColumns(list, group, sums, workspace);
                const std::int64_t column = group * m_outputs, at = pixel * m_geometry.outChannels + column;
                if (acc) std::copy_n(sums, m_outputs, acc + at);
                scaleSums(sums, m_outputs, scale + column, bias ? bias + column : nullptr, y ? y + at : nullptr);
            }
    }

    void listPixel(const std::int16_t* codes, const Taps& taps, std::int64_t pixel, std::int64_t group, List& list) const {
        const std::int64_t volumeOfTaps = volume(m_geometry.kernel);
        const bool pads = m_options.padThroughMultiplier && !m_geometry.transposed;
        list.count = 0;
        for (std::int64_t c = 0; c < m_inputs; ++c)
            for (std::int64_t tap = 0; tap < volumeOfTaps; ++tap) {
                const std::int64_t source = taps.source(pixel, tap);
                if (source < 0 && !pads) continue;
                const std::int64_t code = source < 0 ? 0 : codes[source * m_geometry.inChannels + group * m_inputs + c];
                list.rows[list.count] = static_cast<std::uint32_t>(code & m_maskA);
                list.places[list.count++] = static_cast<std::uint32_t>(c * volumeOfTaps + tap);
            }
    }

    void sumColumns(const List& list, std::int64_t group, std::int64_t* sums, Workspace& workspace) const {
        const auto* lanes = reinterpret_cast<const std::uint16_t*>(m_lanes.data()) + group * m_geometry.depth() * m_stride;
        if (!m_gathers) return m_ordered.sum({list.rows, list.places, list.count, lanes, m_stride, m_outputs}, sums, workspace);
        std::fill_n(sums, m_stride, 0);
        gatherColumns(m_kernels, m_acu->wideTable(), {list.rows, list.places, list.count, lanes, m_stride, m_outputs, nullptr, 0, m_budget, sums});
    }

    KernelPtr m_acu;
    const KernelSet& m_kernels;
    ConvGeometry m_geometry;
    SumOptions m_options;
    std::int64_t m_inputs, m_outputs, m_stride;
    OrderedSum m_ordered;
    std::int64_t m_maskA;
    bool m_gathers = false;
    std::int64_t m_budget = 1;
    AlignedBytes m_lanes;
};

}  // namespace

void gatherColumns(const KernelSet& kernels, const ProductTable& table, const GatherSum& all) {
    // Rows of the table that stay in the second-level cache while all columns look up in them.
    const std::int64_t rows = std::max<std::int64_t>(1, (256 << 10) / (4 * table.columns())), lanes = 64;
    GatherSum part = all;
    part.table = table.products.data();
    part.columns = table.columns();
    // Rows lie anywhere in a table larger than the caches: where the columns will touch most of a row, it is fetched as a stream before.
    const bool prefetches = all.laneCount >= table.columns() / 16 && table.rows() * table.columns() > std::int64_t{1} << 18;
    const auto prefetch = [&](std::int64_t start) {
        for (std::int64_t e = start; prefetches && e < std::min(start + rows, all.count); ++e) {
            const std::int32_t* row = table.products.data() + static_cast<std::int64_t>(all.rows[e]) * table.columns();
            for (std::int64_t column = 0; column < table.columns(); column += 16) __builtin_prefetch(row + column, 0, 2);
        }
    };
    for (std::int64_t start = 0; start < all.count; start += rows) {
        prefetch(start);
        for (std::int64_t first = 0; first < all.laneCount; first += lanes) {
            part.rows = all.rows + start;
            part.places = all.places + start;
            part.count = std::min(rows, all.count - start);
            part.lanes = all.lanes + first;
            part.laneCount = std::min(lanes, all.laneCount - first);
            part.out = all.out + first;
            kernels.gatherSum(part);
        }
    }
}

LayerResult makeGatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options) {
    return LayerResult(std::make_unique<GatheredLayer>(std::move(acu), geometry, weights, options));
}

}  // namespace axp::cpu
