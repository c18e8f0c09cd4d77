// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/ordered_sum.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 48, kRows, kPlaces, kSums, kLanes, kSources };

constexpr std::int64_t kPixelLanes = 1024;  // when lanes are pixels
constexpr std::int64_t kDepthChunk = 64;    // depth of the operands made ready together

/// Layers product by product, for what the fast layers cannot do: look-ups in tables above 8 bits, multipliers that are only a function,
/// and accumulators whose result depends on the order of the products. k counts (channel, kernel plane, row, column) in ascending
/// order. Along the channels, for every output pixel the products that exist are listed; then the columns are summed by the gather
/// kernel, or in order (ordered_sum.h). Plain look-ups go along a block of pixels instead, in the transposed table, where there are more
/// of those: the more lanes a row of the table serves, the less often it comes from memory.
class GatheredLayer final : public CodeLayer {
public:
    GatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options)
        : m_acu(std::move(acu)), m_kernels(kernelSet(m_acu->isa(), true)), m_geometry(geometry), m_options(options),
          m_inputs(geometry.inChannels / geometry.groups), m_outputs(geometry.outChannels / geometry.groups),
          m_stride((m_outputs + kStepLanes - 1) / kStepLanes * kStepLanes), m_ordered(*m_acu, options),
          m_maskA((std::int64_t{1} << m_acu->multiplier().bitsA()) - 1) {
        const Multiplier& multiplier = m_acu->multiplier();
        const bool stepwise = options.accumulator.isOrdered() || (options.affine && !options.accumulator.isExact());
        m_gathers = m_acu->strategy() == Strategy::Table && m_acu->wide() && !stepwise;
        m_budget = std::max<std::int64_t>(1, std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(1, multiplier.greatest()));
        pack(weights);
        const std::array<std::int64_t, 3> none{0, 0, 0};
        // A look-up that padding leaves out has no lane.
        if (m_gathers && !geometry.transposed && (options.padThroughMultiplier || (geometry.padBegin == none && geometry.padEnd == none))) packRows();
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

    void damage() override {
        m_lanes.data()[0] ^= 1;
        if (!m_weightRows.empty()) m_weightRows[0] ^= 1;
    }

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

    /// The weights again as rows of the transposed table, [output channel][k].
    void packRows() {
        m_transposed = m_acu->transposedWide();
        const std::int64_t depth = m_geometry.depth();
        const auto* lanes = reinterpret_cast<const std::uint16_t*>(m_lanes.data());
        m_weightRows.resize(static_cast<std::size_t>(m_geometry.outChannels * depth));
        for (std::int64_t n = 0; n < m_geometry.outChannels; ++n)
            for (std::int64_t k = 0; k < depth; ++k)
                m_weightRows[static_cast<std::size_t>(n * depth + k)] = lanes[(n / m_outputs * depth + k) * m_stride + n % m_outputs];
        for (std::int64_t k = 0; k < kDepthChunk; ++k) m_chunkPlaces.push_back(static_cast<std::uint32_t>(k));
    }

    struct Output {
        const float* scale;
        const float* bias;
        float* y;
        std::int64_t* acc;
    };

    void store(const std::int64_t* sums, std::int64_t pixel, std::int64_t group, const Output& output) const {
        const std::int64_t column = group * m_outputs, at = pixel * m_geometry.outChannels + column;
        if (output.acc) std::copy_n(sums, m_outputs, output.acc + at);
        scaleSums(sums, m_outputs, output.scale ? output.scale + column : nullptr, output.bias ? output.bias + column : nullptr, output.y ? output.y + at : nullptr);
    }

    /// Pixels first .. first + count as lanes.
    void forwardPixels(const std::int16_t* codes, const Taps& taps, std::int64_t first, std::int64_t count, const Output& output, Workspace& workspace) const {
        const std::int64_t tapCount = volume(m_geometry.kernel), depth = m_geometry.depth();
        auto* sources = static_cast<std::int64_t*>(workspace.get(kSources, static_cast<std::size_t>(tapCount * kPixelLanes) * 8));
        for (std::int64_t tap = 0; tap < tapCount; ++tap)
            for (std::int64_t p = 0; p < count; ++p) sources[tap * kPixelLanes + p] = taps.source(first + p, tap);
        auto* lanes = static_cast<std::uint16_t*>(workspace.get(kLanes, static_cast<std::size_t>(kDepthChunk * kPixelLanes) * 2));
        auto* sums = static_cast<std::int64_t*>(workspace.get(kSums, static_cast<std::size_t>((kPixelLanes + 1) * m_outputs) * 8));
        std::int64_t* pixel = sums + kPixelLanes * m_outputs;
        for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
            std::fill_n(sums, kPixelLanes * m_outputs, 0);
            for (std::int64_t start = 0; start < depth; start += kDepthChunk) {
                const std::int64_t chunk = std::min(kDepthChunk, depth - start);
                for (std::int64_t k = 0; k < chunk; ++k) {
                    const std::int64_t channel = group * m_inputs + (start + k) / tapCount;
                    const std::int64_t* source = sources + (start + k) % tapCount * kPixelLanes;
                    std::uint16_t* lane = lanes + k * kPixelLanes;
                    for (std::int64_t p = 0; p < count; ++p)
                        lane[p] = source[p] < 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(codes[source[p] * m_geometry.inChannels + channel] & m_maskA);
                    std::fill_n(lane + count, kPixelLanes - count, std::uint16_t{0});
                }
                for (std::int64_t n = 0; n < m_outputs; ++n) {
                    const std::uint32_t* rows = m_weightRows.data() + (group * m_outputs + n) * depth + start;
                    gatherColumns(m_kernels, *m_transposed, {rows, m_chunkPlaces.data(), chunk, lanes, kPixelLanes, count, nullptr, 0, m_budget, sums + n * kPixelLanes});
                }
            }
            for (std::int64_t p = 0; p < count; ++p) {
                for (std::int64_t n = 0; n < m_outputs; ++n) pixel[n] = sums[n * kPixelLanes + p];
                store(pixel, first + p, group, output);
            }
        }
    }

    void forwardImage(const std::int16_t* codes, const Size3& in, const float* scale, const float* bias, float* y, std::int64_t* acc, Workspace& workspace) const {
        const Taps taps(m_geometry, in);
        const Output output{scale, bias, y, acc};
        const std::int64_t pixels = volume(taps.out());
        if (m_transposed && std::min(pixels, kPixelLanes) > m_outputs) {
            for (std::int64_t first = 0; first < pixels; first += kPixelLanes)
                forwardPixels(codes, taps, first, std::min(kPixelLanes, pixels - first), output, workspace);
            return;
        }
        const auto depth = static_cast<std::size_t>(m_geometry.depth());
        List list{static_cast<std::uint32_t*>(workspace.get(kRows, depth * 4)), static_cast<std::uint32_t*>(workspace.get(kPlaces, depth * 4))};
        auto* sums = static_cast<std::int64_t*>(workspace.get(kSums, static_cast<std::size_t>(m_stride) * 8));
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                listPixel(codes, taps, pixel, group, list);
                sumColumns(list, group, sums, workspace);
                store(sums, pixel, group, output);
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
    std::shared_ptr<const ProductTable> m_transposed;  ///< null: lanes are always columns
    std::vector<std::uint32_t> m_weightRows;
    std::vector<std::uint32_t> m_chunkPlaces;  ///< 0 .. kDepthChunk - 1
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
