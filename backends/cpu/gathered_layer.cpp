// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/ordered_sum.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 48, kRows, kPlaces, kSums, kLanes, kSources };

constexpr std::int64_t kPixelLanes = 8192;  // when lanes are pixels
constexpr std::int64_t kDepthChunk = 32;    // depth of the operands made ready together
constexpr std::int64_t kOutputBlock = 64;   // channels whose sums are held together

/// Layers product by product, for what the fast layers cannot do: look-ups in tables above 8 bits, multipliers that are only a function,
/// and accumulators whose result depends on the order of the products. k counts (channel, kernel plane, row, column) in ascending
/// order. Along the channels, for every output pixel the products that exist are listed; then the columns are summed by the gather
/// kernel, or in order (ordered_sum.h). Plain look-ups go along a block of pixels of some samples instead, in the transposed table, where
/// there are more of those: the more lanes a row of the table serves, the less often it comes from memory.
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
        const std::int64_t inputs = volume(spatial) * m_geometry.inChannels, pixels = volume(m_geometry.outSize(spatial));
        const std::int64_t outputs = pixels * m_geometry.outChannels;
        if (outputs == 0) return;
        const std::int64_t together = m_transposed ? std::max<std::int64_t>(1, kPixelLanes / pixels) : 1;
        for (std::int64_t sample = 0; sample < batch; sample += together) {
            const std::int64_t samples = std::min(together, batch - sample);
            auto* codes = static_cast<std::int16_t*>(workspace.get(kCodes, static_cast<std::size_t>(samples * inputs) * 2));
            m_kernels.quantize(x + sample * inputs, samples * inputs, quantizer.scale, quantizer.lo, quantizer.hi, codes);
            forwardImages({codes, spatial, samples}, {scale, bias, y ? y + sample * outputs : nullptr, acc.from(sample * outputs).wide}, workspace);
        }
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        forwardImages({static_cast<const std::int16_t*>(codes), {1, 1, rows}, 1}, {nullptr, nullptr, nullptr, acc.wide}, workspace);
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

    struct Images {
        const std::int16_t* codes;
        Size3 size;
        std::int64_t count;
    };

    struct Output {
        const float* scale;
        const float* bias;
        float* y;
        std::int64_t* acc;

        Output from(std::int64_t offset) const { return {scale, bias, y ? y + offset : nullptr, acc ? acc + offset : nullptr}; }
    };

    /// Sums of one pixel's channels column .. column + count.
    void store(const std::int64_t* sums, std::int64_t pixel, std::int64_t column, std::int64_t count, const Output& output) const {
        const std::int64_t at = pixel * m_geometry.outChannels + column;
        if (output.acc) std::copy_n(sums, count, output.acc + at);
        scaleSums(sums, count, output.scale ? output.scale + column : nullptr, output.bias ? output.bias + column : nullptr, output.y ? output.y + at : nullptr);
    }

    /// A block of pixels of all samples, as lanes. For every tap the pixel under it, or -1.
    struct PixelBlock {
        const std::int16_t* codes;
        std::int64_t first, count, stride;  ///< stride: whole vectors, and no power of two
        const std::int32_t* sources;        ///< [tap][stride]
    };

    /// Patterns of k = start .. start + count of one group, [k - start][stride], zeros behind the last pixel.
    void fillLanes(const PixelBlock& block, std::int64_t group, std::int64_t start, std::int64_t count, std::uint16_t* lanes) const {
        const std::int64_t taps = volume(m_geometry.kernel);
        for (std::int64_t k = start; k < start + count; ++k, lanes += block.stride) {
            const std::int16_t* codes = block.codes + group * m_inputs + k / taps;
            const std::int32_t* source = block.sources + k % taps * block.stride;
            for (std::int64_t p = 0; p < block.count; ++p)
                lanes[p] = source[p] < 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(codes[source[p] * m_geometry.inChannels] & m_maskA);
            std::fill_n(lanes + block.count, block.stride - block.count, std::uint16_t{0});
        }
    }

    /// Channels column .. column + outputs, all of one group.
    void sumPixels(const PixelBlock& block, std::int64_t column, std::int64_t outputs, const Output& output, Workspace& workspace) const {
        const std::int64_t depth = m_geometry.depth(), stride = block.stride;
        auto* lanes = static_cast<std::uint16_t*>(workspace.get(kLanes, static_cast<std::size_t>(kDepthChunk * stride) * 2));
        auto* sums = static_cast<std::int64_t*>(workspace.get(kSums, static_cast<std::size_t>((stride + 1) * outputs) * 8));
        std::fill_n(sums, stride * outputs, 0);
        for (std::int64_t start = 0; start < depth; start += kDepthChunk) {
            const std::int64_t chunk = std::min(kDepthChunk, depth - start);
            fillLanes(block, column / m_outputs, start, chunk, lanes);
            for (std::int64_t n = 0; n < outputs; ++n) {
                const std::uint32_t* rows = m_weightRows.data() + (column + n) * depth + start;
                gatherColumns(m_kernels, *m_transposed,
                              {rows, m_chunkPlaces.data(), chunk, lanes, stride, block.count, nullptr, 0, m_budget, sums + n * stride});
            }
        }
        std::int64_t* pixel = sums + stride * outputs;
        for (std::int64_t p = 0; p < block.count; ++p) {
            for (std::int64_t n = 0; n < outputs; ++n) pixel[n] = sums[n * stride + p];
            store(pixel, block.first + p, column, outputs, output);
        }
    }

    void forwardPixels(const Images& images, const Taps& taps, std::int64_t first, std::int64_t count, const Output& output, Workspace& workspace) const {
        const std::int64_t tapCount = volume(m_geometry.kernel), pixels = volume(taps.out()), stride = (count + 63) / 64 * 64 + 64;
        auto* sources = static_cast<std::int32_t*>(workspace.get(kSources, static_cast<std::size_t>(tapCount * stride) * 4));
        for (std::int64_t tap = 0; tap < tapCount; ++tap)
            for (std::int64_t p = 0; p < count; ++p) {
                const std::int64_t source = taps.source((first + p) % pixels, tap), image = (first + p) / pixels;
                sources[tap * stride + p] = source < 0 ? -1 : static_cast<std::int32_t>(source + image * volume(images.size));
            }
        for (std::int64_t group = 0; group < m_geometry.groups; ++group)
            for (std::int64_t n = 0; n < m_outputs; n += kOutputBlock)
                sumPixels({images.codes, first, count, stride, sources}, group * m_outputs + n, std::min(kOutputBlock, m_outputs - n), output, workspace);
    }

    void forwardImages(const Images& images, const Output& output, Workspace& workspace) const {
        const Taps taps(m_geometry, images.size);
        const std::int64_t pixels = volume(taps.out()), all = images.count * pixels, size = volume(images.size);
        if (m_transposed && std::min(all, kPixelLanes) > m_outputs && images.count * size <= std::numeric_limits<std::int32_t>::max()) {
            for (std::int64_t first = 0; first < all; first += kPixelLanes)
                forwardPixels(images, taps, first, std::min(kPixelLanes, all - first), output, workspace);
            return;
        }
        for (std::int64_t i = 0; i < images.count; ++i)
            forwardImage(images.codes + i * size * m_geometry.inChannels, taps, output.from(i * pixels * m_geometry.outChannels), workspace);
    }

    void forwardImage(const std::int16_t* codes, const Taps& taps, const Output& output, Workspace& workspace) const {
        const auto depth = static_cast<std::size_t>(m_geometry.depth());
        List list{static_cast<std::uint32_t*>(workspace.get(kRows, depth * 4)), static_cast<std::uint32_t*>(workspace.get(kPlaces, depth * 4))};
        auto* sums = static_cast<std::int64_t*>(workspace.get(kSums, static_cast<std::size_t>(m_stride) * 8));
        for (std::int64_t pixel = 0; pixel < volume(taps.out()); ++pixel)
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                listPixel(codes, taps, pixel, group, list);
                sumColumns(list, group, sums, workspace);
                store(sums, pixel, group * m_outputs, m_outputs, output);
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
