// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/interleaved.h"
#include "backends/cpu/table_product.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kCodes = 72, kOperands, kSums, kRow, kSources, kBaseSums };

constexpr std::int64_t kPixelBlock = 512;  // lanes, when lanes are pixels
constexpr std::int64_t kChunk = 128;       // depth of the operands made ready together

/// Convolution by look-ups for kernel sets without byte tables. Eight operands of one kind are looked up together along many of the other:
/// eight output channels along a block of pixels, or eight pixels along the channels, whichever gives the longer lanes. k counts
/// (tap, channel). With a base the look-ups are of errors that are added to its sums.
class InterleavedLayer final : public CodeLayer {
public:
    InterleavedLayer(KernelPtr acu, std::unique_ptr<MacLayer> base, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough)
        : m_acu(std::move(acu)), m_base(std::move(base)), m_geometry(geometry), m_inputs(geometry.inChannels / geometry.groups), m_outputs(geometry.outChannels / geometry.groups),
          m_units((m_outputs + 7) / 8), m_padding(padThrough ? 0 : 256) {
        const std::int64_t taps = volume(geometry.kernel), depth = geometry.depth();
        m_lanes.assign(static_cast<std::size_t>(geometry.groups * depth * m_outputs), 0);
        m_rows.assign(static_cast<std::size_t>(geometry.groups * m_units * depth * 8), 256);
        for (std::int64_t n = 0; n < geometry.outChannels; ++n)
            for (std::int64_t c = 0; c < m_inputs; ++c)
                for (std::int64_t tap = 0; tap < taps; ++tap) {
                    const auto pattern = static_cast<std::uint16_t>(weights[(n * m_inputs + c) * taps + tap] & 255);
                    const std::int64_t group = n / m_outputs, column = n % m_outputs, k = tap * m_inputs + c;
                    m_lanes[static_cast<std::size_t>((group * depth + k) * m_outputs + column)] = static_cast<std::uint16_t>(8 * pattern);
                    m_rows[static_cast<std::size_t>(((group * m_units + column / 8) * depth + k) * 8 + column % 8)] = pattern;
                }
    }

    bool wide() const override { return false; }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        const std::int64_t inputs = volume(spatial) * m_geometry.inChannels;
        auto* codes = static_cast<unsigned char*>(workspace.get(kCodes, static_cast<std::size_t>(batch * inputs) + 1));
        m_acu->kernels().quantize(x, batch * inputs, quantizer.scale, quantizer.lo, quantizer.hi, codes);
        std::int32_t* start = baseSums(batch * volume(m_geometry.outSize(spatial)) * m_geometry.outChannels, workspace);
        if (start) base().run(x, batch, spatial, quantizer, nullptr, nullptr, nullptr, {start, nullptr}, workspace);
        forwardCodes({codes, spatial, batch}, {acc.narrow, y, scale, bias, start}, workspace);
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        std::int32_t* start = baseSums(rows * m_geometry.outChannels, workspace);
        if (start) base().multiplyCodes(codes, rows, {start, nullptr}, workspace);
        forwardCodes({static_cast<const unsigned char*>(codes), {1, 1, rows}, 1}, {acc.narrow, nullptr, nullptr, nullptr, start}, workspace);
    }

    void damage() override {
        m_lanes[0] ^= 8;
        m_rows[0] ^= 1;
    }

private:
    struct Input {
        const unsigned char* codes;
        Size3 in;
        std::int64_t batch;
    };
    struct Output {
        std::int32_t* acc;
        float* y;
        const float* scale;
        const float* bias;
        const std::int32_t* start;  ///< sums of the base, in the layout of acc; may be null
    };

    const CodeLayer& base() const { return static_cast<const CodeLayer&>(*m_base); }
    std::int32_t* baseSums(std::int64_t count, Workspace& workspace) const {
        return m_base ? static_cast<std::int32_t*>(workspace.get(kBaseSums, static_cast<std::size_t>(count) * 4)) : nullptr;
    }

    void forwardCodes(const Input& input, const Output& output, Workspace& workspace) const {
        const Taps taps(m_geometry, input.in);
        const std::int64_t pixels = input.batch * volume(taps.out());
        const bool alongPixels = std::min(pixels, kPixelBlock) >= m_outputs;
        const std::int64_t step = alongPixels ? kPixelBlock : 8;
        for (std::int64_t first = 0; first < pixels; first += step) {
            const std::int64_t count = std::min(step, pixels - first);
            const std::int64_t* sources = listSources(input, taps, first, count, workspace);
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                if (alongPixels)
                    multiplyPixels(input.codes, sources, first, count, group, output, workspace);
                else
                    multiplyChannels(input.codes, sources, first, count, group, output, workspace);
            }
        }
    }

    /// Where every tap of a block of output pixels reads, [tap][pixel], in codes; -1 in the padding.
    const std::int64_t* listSources(const Input& input, const Taps& taps, std::int64_t first, std::int64_t count, Workspace& workspace) const {
        const std::int64_t perSample = volume(taps.out()), tapCount = volume(m_geometry.kernel);
        auto* sources = static_cast<std::int64_t*>(workspace.get(kSources, static_cast<std::size_t>(tapCount * count) * 8));
        for (std::int64_t tap = 0; tap < tapCount; ++tap)
            for (std::int64_t p = 0; p < count; ++p) {
                const std::int64_t sample = (first + p) / perSample, source = taps.source((first + p) % perSample, tap);
                sources[tap * count + p] = source < 0 ? -1 : (sample * volume(input.in) + source) * m_geometry.inChannels;
            }
        return sources;
    }

    /// The pattern that output pixel p reads at depth k.
    std::uint16_t patternAt(const unsigned char* codes, const std::int64_t* sources, std::int64_t count, std::int64_t group, std::int64_t k, std::int64_t p) const {
        const std::int64_t source = sources[k / m_inputs * count + p];
        return source < 0 ? m_padding : codes[source + group * m_inputs + k % m_inputs];
    }

    /// Lanes are pixels, and the rows come from the transposed table.
    void multiplyPixels(const unsigned char* codes, const std::int64_t* sources, std::int64_t first, std::int64_t count, std::int64_t group,
                        const Output& output, Workspace& workspace) const {
        const std::int64_t depth = m_geometry.depth();
        auto* lanes = static_cast<std::uint16_t*>(workspace.get(kOperands, static_cast<std::size_t>(kChunk * count) * 2));
        auto* sums = static_cast<std::int32_t*>(workspace.get(kSums, static_cast<std::size_t>(m_units * count * 8) * 4));
        std::fill_n(sums, m_units * count * 8, 0);
        for (std::int64_t start = 0; start < depth; start += kChunk) {
            const std::int64_t chunk = std::min(kChunk, depth - start);
            for (std::int64_t k = 0; k < chunk; ++k)
                for (std::int64_t p = 0; p < count; ++p)
                    lanes[k * count + p] = static_cast<std::uint16_t>(8 * patternAt(codes, sources, count, group, start + k, p));
            for (std::int64_t unit = 0; unit < m_units; ++unit)
                m_acu->kernels().interleavedSum({m_rows.data() + ((group * m_units + unit) * depth + start) * 8, lanes, chunk, count, count,
                                                 numbersOf(m_acu->transposedTable()), sums + unit * count * 8});
        }
        auto* row = static_cast<std::int32_t*>(workspace.get(kRow, static_cast<std::size_t>(m_units * 8) * 4));
        for (std::int64_t p = 0; p < count; ++p) {
            for (std::int64_t unit = 0; unit < m_units; ++unit) std::memcpy(row + unit * 8, sums + (unit * count + p) * 8, 32);
            store(row, first + p, group, output);
        }
    }

    /// Lanes are output channels; the eight rows belong to eight pixels.
    void multiplyChannels(const unsigned char* codes, const std::int64_t* sources, std::int64_t first, std::int64_t count, std::int64_t group,
                          const Output& output, Workspace& workspace) const {
        const std::int64_t depth = m_geometry.depth();
        auto* rows = static_cast<std::uint16_t*>(workspace.get(kOperands, static_cast<std::size_t>(depth * 8) * 2));
        auto* sums = static_cast<std::int32_t*>(workspace.get(kSums, static_cast<std::size_t>(m_outputs * 8) * 4));
        for (std::int64_t k = 0; k < depth; ++k)
            for (std::int64_t p = 0; p < 8; ++p) rows[8 * k + p] = p < count ? patternAt(codes, sources, count, group, k, p) : std::uint16_t{256};
        std::fill_n(sums, m_outputs * 8, 0);
        m_acu->kernels().interleavedSum({rows, m_lanes.data() + group * depth * m_outputs, depth, m_outputs, m_outputs, numbersOf(m_acu->kernelTable()), sums});
        auto* row = static_cast<std::int32_t*>(workspace.get(kRow, static_cast<std::size_t>(m_outputs) * 4));
        for (std::int64_t p = 0; p < count; ++p) {
            for (std::int64_t n = 0; n < m_outputs; ++n) row[n] = sums[8 * n + p];
            store(row, first + p, group, output);
        }
    }

    void store(std::int32_t* row, std::int64_t pixel, std::int64_t group, const Output& output) const {
        const std::int64_t column = group * m_outputs, at = pixel * m_geometry.outChannels + column;
        if (output.start) addSums(output.start + at, m_outputs, row);
        if (output.acc) std::memcpy(output.acc + at, row, static_cast<std::size_t>(m_outputs) * 4);
        if (output.y) m_acu->kernels().dequantize(row, m_outputs, output.scale + column, output.bias ? output.bias + column : nullptr, output.y + at);
    }

    KernelPtr m_acu;
    std::unique_ptr<MacLayer> m_base;
    ConvGeometry m_geometry;
    std::int64_t m_inputs, m_outputs, m_units;
    std::uint16_t m_padding;             ///< pattern of padding: 0, or 256 for no product
    std::vector<std::uint16_t> m_lanes;  ///< [group][k][output channel]
    std::vector<std::uint16_t> m_rows;   ///< [group][eight output channels][k][8]
};

}  // namespace

const std::int32_t* numbersOf(const KernelTable& table) { return reinterpret_cast<const std::int32_t*>(table.data.data()); }

LayerResult makeInterleavedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier) {
    std::unique_ptr<MacLayer> base;
    if (acu->base()) {
        AXP_TRY(base, makeFactorisedLayer(acu->base(), geometry, weights, padThroughMultiplier));
    }
    return LayerResult(std::make_unique<InterleavedLayer>(std::move(acu), std::move(base), geometry, weights, padThroughMultiplier));
}

}  // namespace axp::cpu
