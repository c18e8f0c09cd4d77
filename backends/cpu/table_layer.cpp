// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/table_product.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 8, kLanes, kLaneSums, kRowSums, kSources, kBaseSums };

// Layers with at most so many output channels a group look up along the pixels.
constexpr std::int64_t kFewColumns = 64;
/// Sums of a base that are worked on together, where the pixels are independent.
constexpr std::int64_t kBaseBytes = 1 << 20;

/// Convolution by look-ups, for any table, with a base: by look-ups of errors that are added to the sums of the base. Output pixels are cut into blocks; for each the list of (weight row, table row) pairs
/// of every pixel is made, in which padding that does not pass the multiplier and table rows of zeros do not appear.
/// Layers of few output channels per group work the other way round: lanes are pixels, and the lists are those of the weights.
class TableLayer final : public CodeLayer {
public:
    /// `base` computes sums of the same geometry and weights; it may be null.
    TableLayer(KernelPtr acu, std::unique_ptr<MacLayer> base, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough)
        : m_acu(std::move(acu)), m_base(std::move(base)), m_geometry(geometry), m_padThrough(padThrough) {
        m_alongPixels = geometry.outChannels / geometry.groups <= kFewColumns && (padThrough || m_acu->kernelTable().zeroRow[0]);
        const std::int64_t taps = volume(geometry.kernel), inputs = geometry.inChannels / geometry.groups;
        const std::int64_t outputs = geometry.outChannels / geometry.groups, lanes = paddedLanes(outputs);
        if (!m_alongPixels) m_lanes = AlignedBytes(static_cast<std::size_t>(geometry.groups * geometry.depth() * lanes));
        for (std::int64_t n = 0; n < geometry.outChannels; ++n) {
            m_entryStart.push_back(static_cast<std::int64_t>(m_entries.size()));
            for (std::int64_t tap = 0; tap < taps; ++tap)
                for (std::int64_t c = 0; c < inputs; ++c) {
                    const std::int64_t k = tap * inputs + c;
                    const auto pattern = static_cast<unsigned char>(weights[(n * inputs + c) * taps + tap]);
                    if (!m_alongPixels)
                        m_lanes.data()[(n / outputs * geometry.depth() + k) * lanes + n % outputs] = pattern;
                    else if (!m_acu->transposedTable().zeroRow[pattern])
                        m_entries.push_back(static_cast<std::uint32_t>(k) << 8 | pattern);
                }
        }
        m_entryStart.push_back(static_cast<std::int64_t>(m_entries.size()));
    }

    bool wide() const override { return false; }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        if (isPointwise(m_geometry) && batch > 1)  // one long row of pixels fills the blocks better
            return run(x, 1, {1, 1, batch * volume(spatial)}, quantizer, scale, bias, y, acc, workspace);
        const std::int64_t step = kBaseBytes / (4 * m_geometry.outChannels) / kTableLanes * kTableLanes + kTableLanes;
        if (m_base && isPointwise(m_geometry) && volume(spatial) > step) {
            for (std::int64_t first = 0; first < volume(spatial); first += step) {
                const std::int64_t at = first * m_geometry.outChannels;
                run(x + first * m_geometry.inChannels, 1, {1, 1, std::min(step, volume(spatial) - first)}, quantizer, scale, bias, y ? y + at : nullptr,
                    acc.from(at), workspace);
            }
            return;
        }
        const Size3 out = m_geometry.outSize(spatial);
        const std::int64_t inputs = volume(spatial) * m_geometry.inChannels, outputs = volume(out) * m_geometry.outChannels;
        for (std::int64_t sample = 0; sample < batch && outputs > 0; ++sample) {
            auto* codes = static_cast<std::int8_t*>(workspace.get(kCodes, static_cast<std::size_t>(inputs + m_geometry.inChannels)));
            m_acu->kernels().quantize(x + sample * inputs, inputs, quantizer.scale, quantizer.lo, quantizer.hi, codes);
            std::int32_t* start = baseSums(outputs, workspace);
            if (start) base().run(x + sample * inputs, 1, spatial, quantizer, nullptr, nullptr, nullptr, {start, nullptr}, workspace);
            const TableOutput output{acc.from(sample * outputs).narrow, m_geometry.outChannels, y ? y + sample * outputs : nullptr, m_geometry.outChannels,
                                     scale, bias, start, m_geometry.outChannels};
            forwardImage(codes, spatial, out, output, workspace);
        }
    }

    void multiplyCodes(const void* source, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        const std::size_t inputs = static_cast<std::size_t>(rows * m_geometry.inChannels);
        auto* codes = static_cast<std::int8_t*>(workspace.get(kCodes, inputs + static_cast<std::size_t>(m_geometry.inChannels)));
        std::memcpy(codes, source, inputs);
        std::int32_t* start = baseSums(rows * m_geometry.outChannels, workspace);
        if (start) base().multiplyCodes(source, rows, {start, nullptr}, workspace);
        forwardImage(codes, {1, 1, rows}, {1, 1, rows}, {acc.narrow, m_geometry.outChannels, nullptr, 0, nullptr, nullptr, start, m_geometry.outChannels}, workspace);
    }

    void damage() override {
        if (m_alongPixels && !m_entries.empty()) m_entries[m_entries.size() / 2] ^= 1;
        if (!m_alongPixels) m_lanes.data()[0] ^= 1;
    }

private:
    const CodeLayer& base() const { return static_cast<const CodeLayer&>(*m_base); }
    std::int32_t* baseSums(std::int64_t count, Workspace& workspace) const {
        return m_base ? static_cast<std::int32_t*>(workspace.get(kBaseSums, static_cast<std::size_t>(count) * 4)) : nullptr;
    }

    // `codes` has room for one more pixel, which becomes the pixel of zeros that padding reads.
    void forwardImage(std::int8_t* codes, const Size3& in, const Size3& out, const TableOutput& output, Workspace& workspace) const {
        if (m_alongPixels) {
            std::memset(codes + volume(in) * m_geometry.inChannels, 0, static_cast<std::size_t>(m_geometry.inChannels));
            for (std::int64_t first = 0; first < volume(out); first += kTableLanes)
                forwardPixels(codes, in, first, std::min(kTableLanes, volume(out) - first), output, workspace);
            return;
        }
        const std::int64_t groupOutputs = m_geometry.outChannels / m_geometry.groups, lanes = paddedLanes(groupOutputs);
        const std::int64_t pixels = volume(out);
        for (std::int64_t first = 0; first < pixels; first += kTableBlockRows)
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                TableLists lists(workspace, m_geometry.depth());
                const std::int64_t end = std::min(first + kTableBlockRows, pixels);
                for (std::int64_t p = first; p < end; ++p) listPixel(codes, in, p, group, lists);
                TableOutput part = output;
                const std::int64_t offset = first * m_geometry.outChannels + group * groupOutputs;
                if (part.acc) part.acc += offset;
                if (part.start) part.start += offset;
                if (part.y) part.y += offset;
                if (part.scale) part.scale += group * groupOutputs;
                if (part.bias) part.bias += group * groupOutputs;
                tableProduct(*m_acu, lists, m_lanes.data() + group * m_geometry.depth() * lanes, lanes, groupOutputs, part, workspace);
            }
    }

    void listPixel(const std::int8_t* codes, const Size3& in, std::int64_t pixel, std::int64_t group, TableLists& lists) const {
        const std::int64_t inputs = m_geometry.inChannels / m_geometry.groups;
        const Taps taps(m_geometry, in);
        lists.beginRow();
        for (std::int64_t tap = 0; tap < volume(m_geometry.kernel); ++tap) {
            const std::int64_t source = taps.source(pixel, tap);
            if (source >= 0)
                lists.add(tap * inputs, codes + source * m_geometry.inChannels + group * inputs, inputs, m_acu->kernelTable().zeroRow.data());
            else if (m_padThrough)
                lists.addZeros(tap * inputs, inputs, m_acu->kernelTable().zeroRow[0]);
        }
        lists.endRow();
    }

    void forwardPixels(const std::int8_t* codes, const Size3& in, std::int64_t first, std::int64_t count,
                       const TableOutput& output, Workspace& workspace) const {
        const std::int64_t outputs = m_geometry.outChannels / m_geometry.groups, depth = m_geometry.depth();
        auto* lanes = static_cast<unsigned char*>(workspace.get(kLanes, static_cast<std::size_t>(depth * kTableLanes)));
        auto* sums = static_cast<std::int32_t*>(workspace.get(kLaneSums, static_cast<std::size_t>(outputs * kTableLanes) * 4));
        auto* row = static_cast<std::int32_t*>(workspace.get(kRowSums, static_cast<std::size_t>(outputs) * 4));
        const std::int64_t* sources = listSources(in, first, count, workspace);
        for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
            gatherPixels(codes, sources, count, group, lanes);
            for (std::int64_t n = 0; n < outputs; ++n) {
                const std::int64_t channel = group * outputs + n, start = m_entryStart[static_cast<std::size_t>(channel)];
                sumLanes(*m_acu, m_acu->transposedTable(), m_entries.data() + start, m_entryStart[static_cast<std::size_t>(channel) + 1] - start,
                         lanes, count, sums + n * kTableLanes);
            }
            for (std::int64_t p = 0; p < count; ++p) {
                for (std::int64_t n = 0; n < outputs; ++n) row[n] = sums[n * kTableLanes + p];
                const std::int64_t channel = group * outputs;
                if (output.start) addSums(output.start + (first + p) * output.startStride + channel, outputs, row);
                if (output.acc) std::memcpy(output.acc + (first + p) * output.accStride + channel, row, static_cast<std::size_t>(outputs) * 4);
                if (output.y)
                    m_acu->kernels().dequantize(row, outputs, output.scale + channel, output.bias ? output.bias + channel : nullptr,
                                                output.y + (first + p) * output.yStride + channel);
            }
        }
    }

    // Where every tap of a block of pixels reads, [tap][pixel], in codes; padding reads the pixel of zeros.
    const std::int64_t* listSources(const Size3& in, std::int64_t first, std::int64_t count, Workspace& workspace) const {
        const Size3& kernel = m_geometry.kernel;
        auto* sources = static_cast<std::int64_t*>(workspace.get(kSources, static_cast<std::size_t>(volume(kernel) * kTableLanes) * 8));
        std::int64_t* next = sources;
        const Taps taps(m_geometry, in);
        for (std::int64_t tap = 0; tap < volume(kernel); ++tap, next += kTableLanes)
            for (std::int64_t p = 0; p < count; ++p) {
                const std::int64_t source = taps.source(first + p, tap);
                next[p] = (source >= 0 ? source : volume(in)) * m_geometry.inChannels;
            }
        return sources;
    }

    // Lanes [tap][input channel][pixel] of a block of pixels.
    void gatherPixels(const std::int8_t* codes, const std::int64_t* sources, std::int64_t count, std::int64_t group, unsigned char* lanes) const {
        const std::int64_t inputs = m_geometry.inChannels / m_geometry.groups;
        for (std::int64_t tap = 0; tap < volume(m_geometry.kernel); ++tap, sources += kTableLanes)
            for (std::int64_t c = 0; c < inputs; ++c, lanes += kTableLanes) {
                const std::int8_t* channel = codes + group * inputs + c;
                for (std::int64_t p = 0; p < count; ++p) lanes[p] = static_cast<unsigned char>(channel[sources[p]]);
                std::memset(lanes + count, 0, static_cast<std::size_t>(kTableLanes - count));
            }
    }

    KernelPtr m_acu;
    std::unique_ptr<MacLayer> m_base;
    ConvGeometry m_geometry;
    bool m_padThrough;
    bool m_alongPixels = false;
    std::vector<std::uint32_t> m_entries;     ///< along pixels: tap << 8 | weight pattern of every output channel in turn
    std::vector<std::int64_t> m_entryStart;   ///< [outChannels + 1]
    AlignedBytes m_lanes;  ///< else: [group][tap][input channel][paddedLanes(outputs of a group)]
};

}  // namespace

LayerResult makeTableLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier) {
    std::unique_ptr<MacLayer> base;
    if (acu->base()) {
        AXP_TRY(base, makeFactorisedLayer(acu->base(), geometry, weights, padThroughMultiplier));
    }
    return LayerResult(std::make_unique<TableLayer>(std::move(acu), std::move(base), geometry, weights, padThroughMultiplier));
}

}  // namespace axp::cpu
