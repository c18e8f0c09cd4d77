// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 48, kRows, kPlaces, kSums };
/// Layers product by product, for what the fast layers cannot do: look-ups in tables above 8 bits, multipliers that are only a function,
/// and accumulators whose result depends on the order of the products. k counts (channel, kernel plane, row, column) in ascending
/// order. For every output pixel the products that exist are listed; then the columns are summed by the gather kernel, or
/// one step of the accumulator at a time.
class GatheredLayer final : public CodeLayer {
public:
    GatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options)
        : m_acu(std::move(acu)), m_kernels(kernelSet(m_acu->isa(), true)), m_geometry(geometry), m_options(options),
          m_inputs(geometry.inChannels / geometry.groups), m_outputs(geometry.outChannels / geometry.groups),
          m_stride((m_outputs + 15) / 16 * 16), m_maskA((std::int64_t{1} << m_acu->multiplier().bitsA()) - 1) {
        const Multiplier& multiplier = m_acu->multiplier();
        m_gathers = m_acu->strategy() == Strategy::Table && m_acu->wide() && !stepwise();
        m_table = m_acu->strategy() == Strategy::Table && m_acu->wide() ? &m_acu->wideTable() : multiplier.table().get();
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

    bool stepwise() const { return m_options.accumulator.isOrdered() || (m_options.affine && !m_options.accumulator.isExact()); }

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
                sumColumns(list, group, sums);
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

    void sumColumns(const List& list, std::int64_t group, std::int64_t* sums) const {
        const auto* lanes = reinterpret_cast<const std::uint16_t*>(m_lanes.data()) + group * m_geometry.depth() * m_stride;
        std::fill_n(sums, m_stride, 0);
        if (!m_gathers) {
            for (std::int64_t n = 0; n < m_outputs; ++n) sums[n] = stepwise() ? sumStepwise(list, lanes + n) : sumPlain(list, lanes + n);
            return;
        }
        gatherColumns(m_kernels, *m_table, {list.rows, list.places, list.count, lanes, m_stride, m_outputs, nullptr, 0, m_budget, sums});
    }

    std::int64_t product(std::int64_t a, std::int64_t b) const {
        return m_table ? std::int64_t{m_table->products[static_cast<std::size_t>(a * m_table->columns() + b)]} : m_acu->multiplier().at(a, b);
    }
    std::int64_t sumPlain(const List& list, const std::uint16_t* column) const {
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < list.count; ++i) sum += product(list.rows[i], column[list.places[i] * m_stride]);
        return sum;
    }
    /// The register takes the products of the ACU itself; the zero-point terms that the multiplier has inside are added after it.
    std::int64_t sumStepwise(const List& list, const std::uint16_t* column) const {
        const std::int64_t maskB = (std::int64_t{1} << m_acu->multiplier().bitsB()) - 1;
        std::int64_t sum = 0, terms = 0;
        for (std::int64_t i = 0; i < list.count; ++i) {
            const std::int64_t a = list.rows[i], b = column[list.places[i] * m_stride];
            std::int64_t term = 0;
            if (m_options.affine) {
                const std::int64_t qa = (a + m_options.zeroA) & m_maskA, qb = (b + m_options.zeroB) & maskB;
                term = m_options.zeroA * m_options.zeroB - m_options.zeroB * qa - m_options.zeroA * qb;
            }
            sum = m_options.accumulator.add(sum, product(a, b) - term);
            terms += term;
        }
        return sum + terms;
    }

    KernelPtr m_acu;
    const KernelSet& m_kernels;
    ConvGeometry m_geometry;
    SumOptions m_options;
    std::int64_t m_inputs, m_outputs, m_stride, m_maskA;
    bool m_gathers = false;
    const ProductTable* m_table = nullptr;  ///< null: the multiplier is a function
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
    for (std::int64_t start = 0; start < all.count; start += rows)
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

LayerResult makeGatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options) {
    return LayerResult(std::make_unique<GatheredLayer>(std::move(acu), geometry, weights, options));
}

}  // namespace axp::cpu
