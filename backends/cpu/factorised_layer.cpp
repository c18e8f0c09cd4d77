// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/panels.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kImage, kRows, kSegments };

/// Activations: floats to quantize, or codes.
struct Input {
    const float* values = nullptr;
    const unsigned char* codes = nullptr;
    int codeBytes = 1;
    Quantizer quantizer;

    Input from(std::int64_t offset) const {
        return {values ? values + offset : nullptr, codes ? codes + offset * codeBytes : nullptr, codeBytes, quantizer};
    }
};

/// Convolution as one integer product of depth rank * K, without im2col: the image is quantized and expanded into one padded plane
/// per term, and the rows of the product are pointers into it. One segment is a kernel row where the pixels of a kernel row
/// are neighbours in memory (no dilation, no groups), else a single tap.
class FactorisedLayer final : public CodeLayer {
public:
    FactorisedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough)
        : m_acu(std::move(acu)), m_geometry(geometry) {
        const TermSet& terms = m_acu->terms();
        const std::int64_t merge = mergedGroups();
        m_groups = geometry.groups / merge;
        m_groupInputs = geometry.inChannels / m_groups;
        m_groupOutputs = geometry.outChannels / m_groups;
        m_rowSegments = m_groups == 1 && (geometry.dilation[2] == 1 || geometry.kernel[2] == 1);
        const std::int64_t taps = volume(geometry.kernel);
        m_termSegments = m_rowSegments ? taps / geometry.kernel[2] : taps;
        m_segmentElements = m_groupInputs * (m_rowSegments ? geometry.kernel[2] : 1);
        m_layout.segments = m_termSegments * terms.terms;
        m_layout.elementBytes = terms.elementBytes;
        m_layout.segmentDwords = (m_segmentElements * terms.elementBytes + 3) / 4;
        m_layout.columns = m_groupOutputs;
        m_layout.panelColumns = m_acu->kernels().panelColumns;
        for (std::int64_t s = 0; s < m_layout.segments; ++s) {
            const auto term = static_cast<std::size_t>(s / m_termSegments);
            if (terms.wide()) m_segmentBudget.push_back(terms.budget[term]);
            const bool first = s % m_termSegments == 0;
            m_segmentShift.push_back(terms.wide() ? terms.shift[term] : first ? terms.stepShift(static_cast<int>(term)) : 0);
        }
        choosePadding(padThrough);
        pack(weights, merge);
    }

    bool wide() const override { return m_acu->wide(); }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        const PanelOutput output{acc, m_geometry.outChannels, y, m_geometry.outChannels, scale, bias};
        const Input input{x, nullptr, 1, quantizer};
        const std::int64_t pixels = volume(spatial), inputs = m_geometry.inChannels;
        if (isPointwise(m_geometry)) return forwardPixels(input, batch * pixels, output, workspace);
        const std::int64_t outPixels = volume(m_geometry.outSize(spatial));
        const std::int64_t step = std::max<std::int64_t>(1, kImageBytes / std::max<std::int64_t>(1, volume(padded(spatial)) * bytesPerPixel()));
        for (std::int64_t sample = 0; sample < batch && outPixels > 0; sample += step)
            forwardImages(input.from(sample * pixels * inputs), std::min(step, batch - sample), spatial,
                          output.fromRow(sample * outPixels), workspace);
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        const Input input{nullptr, static_cast<const unsigned char*>(codes), m_acu->kernels().codeBytes, {}};
        forwardPixels(input, rows, {acc, m_geometry.outChannels, nullptr, 0, nullptr, nullptr}, workspace);
    }

    // In the last term, whose factors are the fullest.
    void damage() override { m_panels.data()[m_layout.elementOffset(0, m_layout.segments - 1, 0)] ^= 1; }

private:
    static constexpr std::int64_t kImageBytes = 1 << 20;  // expanded images worked on together

    // Narrow groups waste most of a vector of columns. Several of them are made one dense group with zero weights between
    // them while they fit into 16 columns, which costs nothing and shortens the loop over groups.
    std::int64_t mergedGroups() const {
        const std::int64_t columns = m_geometry.outChannels / m_geometry.groups;
        std::int64_t merge = 1;
        for (std::int64_t f = 2; f <= m_geometry.groups && f * columns <= 16; ++f)
            if (m_geometry.groups % f == 0) merge = f;
        return merge;
    }

    // Padding is code 0, or the number that stands for a factor of zero.
    void choosePadding(bool padThrough) {
        const TermSet& terms = m_acu->terms();
        for (int t = 0; t < terms.terms; ++t) {
            std::uint16_t element = static_cast<std::uint16_t>(terms.offset[static_cast<std::size_t>(t)]);
            if (padThrough) {
                element = terms.leftLut(t)[0];
                if (terms.elementBytes == 2) std::memcpy(&element, terms.leftLut(t), 2);
            }
            m_padding.push_back(element);
        }
    }

    void pack(const std::int16_t* weights, std::int64_t merge) {
        const std::int64_t panelBytes = m_layout.bytes();
        m_panels = AlignedBytes(static_cast<std::size_t>(m_groups * panelBytes));
        m_compensation.assign(static_cast<std::size_t>(m_groups * m_layout.paddedColumns()), 0);
        const std::int64_t inputs = m_groupInputs / merge, outputs = m_groupOutputs / merge, taps = volume(m_geometry.kernel);
        for (std::int64_t channel = 0; channel < m_geometry.outChannels; ++channel) {
            const std::int64_t group = channel / m_groupOutputs, column = channel % m_groupOutputs;
            const std::int64_t firstInput = column / outputs * inputs;
            for (std::int64_t input = 0; input < inputs; ++input)
                for (std::int64_t tap = 0; tap < taps; ++tap)
                    packWeight(m_panels.data() + group * panelBytes, column, firstInput + input, tap,
                               weights[(channel * inputs + input) * taps + tap],
                               m_compensation[static_cast<std::size_t>(group * m_layout.paddedColumns() + column)]);
        }
    }

    void packWeight(unsigned char* panels, std::int64_t column, std::int64_t input, std::int64_t tap, std::int16_t code,
                    std::int32_t& compensation) const {
        const TermSet& terms = m_acu->terms();
        const std::int64_t kw = m_geometry.kernel[2];
        const std::int64_t segment = m_rowSegments ? tap / kw : tap;
        const std::int64_t index = m_rowSegments ? tap % kw * m_groupInputs + input : input;
        for (int t = 0; t < terms.terms; ++t) {
            const std::int16_t value = terms.rightLut(t)[code & (terms.rightPatterns - 1)];
            std::memcpy(panels + m_layout.elementOffset(column, t * m_termSegments + segment, index), &value,
                        static_cast<std::size_t>(terms.elementBytes));  // little-endian
            if (terms.offset[static_cast<std::size_t>(t)] == 0) continue;
            const auto correction = static_cast<std::uint32_t>(terms.offset[static_cast<std::size_t>(t)] * value)
                                    << terms.shift[static_cast<std::size_t>(t)];
            compensation = static_cast<std::int32_t>(static_cast<std::uint32_t>(compensation) - correction);
        }
    }

    std::int64_t bytesPerPixel() const { return m_geometry.inChannels * m_acu->terms().terms * m_acu->terms().elementBytes; }
    Size3 padded(const Size3& in) const {
        Size3 size{};
        for (std::size_t i = 0; i < 3; ++i) size[i] = in[i] + m_geometry.padBegin[i] + m_geometry.padEnd[i];
        return size;
    }

    void forwardPixels(const Input& x, std::int64_t pixels, const PanelOutput& output, Workspace& workspace) const {
        const std::int64_t step = cacheBlockRows(bytesPerPixel());
        for (std::int64_t row = 0; row < pixels; row += step)
            forwardImages(x.from(row * m_geometry.inChannels), 1, {1, 1, std::min(step, pixels - row)}, output.fromRow(row), workspace);
    }

    void forwardImages(const Input& x, std::int64_t samples, const Size3& in, const PanelOutput& output, Workspace& workspace) const {
        const Size3 size = padded(in);
        const std::int64_t pixelBytes = m_geometry.inChannels * m_acu->terms().elementBytes;
        const std::int64_t planeBytes = (samples * volume(size) * pixelBytes + 63) / 64 * 64;
        // The last dword of a segment may reach over the end of the image; its weights there are zero.
        auto* image = static_cast<unsigned char*>(workspace.get(kImage, static_cast<std::size_t>(planeBytes * m_acu->terms().terms + 64)));
        expandImages(x, samples, in, planeBytes, image);
        const std::int64_t rowCount = samples * volume(m_geometry.outSize(in));
        auto** rows = static_cast<const unsigned char**>(workspace.get(kRows, static_cast<std::size_t>(rowCount) * sizeof(void*)));
        placeRows(samples, in, pixelBytes, image, rows);
        auto* offsets = static_cast<std::int64_t*>(workspace.get(kSegments, static_cast<std::size_t>(m_layout.segments) * 8));
        const std::int64_t strides = m_geometry.stride[0] * m_geometry.stride[1] * m_geometry.stride[2];
        const std::int64_t block = cacheBlockRows(bytesPerPixel() * std::min<std::int64_t>(strides, 4));
        for (std::int64_t group = 0; group < m_groups; ++group) {
            placeSegments(size, pixelBytes, planeBytes, group, offsets);
            multiplyPanels(*m_acu, m_layout, m_panels.data() + group * m_layout.bytes(),
                           m_compensation.data() + group * m_layout.paddedColumns(),
                           {rows, rowCount, block, offsets, m_segmentShift.data(), m_segmentBudget.data()}, output.fromColumn(group * m_groupOutputs));
        }
    }

    void expandImages(Input x, std::int64_t samples, const Size3& in, std::int64_t planeBytes, unsigned char* image) const {
        const TermSet& terms = m_acu->terms();
        const Size3 size = padded(in);
        const std::int64_t inputs = m_geometry.inChannels, bytes = terms.elementBytes;
        const auto expandRun = [&](const Input& from, std::int64_t count, unsigned char* to) {
            const Quantizer& q = from.quantizer;
            const KernelSet& kernels = m_acu->kernels();
            if (from.codes) return kernels.expand(from.codes, count, terms.left.data(), terms.leftPatterns, terms.terms, planeBytes, to);
            kernels.quantizeExpand(from.values, count, q.scale, q.lo, q.hi, terms.left.data(), terms.leftPatterns, terms.terms, planeBytes, to);
        };
        if (size == in) return expandRun(x, samples * volume(in) * inputs, image);
        for (int t = 0; t < terms.terms; ++t)
            fill(image + t * planeBytes, samples * volume(size) * inputs, m_padding[static_cast<std::size_t>(t)]);
        for (std::int64_t s = 0; s < samples; ++s)
            for (std::int64_t z = 0; z < in[0]; ++z)
                for (std::int64_t row = 0; row < in[1]; ++row) {
                    const std::int64_t line = (s * size[0] + z + m_geometry.padBegin[0]) * size[1] + row + m_geometry.padBegin[1];
                    expandRun(x, in[2] * inputs, image + (line * size[2] + m_geometry.padBegin[2]) * inputs * bytes);
                    x = x.from(in[2] * inputs);
                }
    }

    void fill(unsigned char* plane, std::int64_t elements, std::uint16_t value) const {
        if (m_acu->terms().elementBytes == 1)
            std::memset(plane, value, static_cast<std::size_t>(elements));
        else
            std::fill_n(reinterpret_cast<std::uint16_t*>(plane), elements, value);
    }

    void placeRows(std::int64_t samples, const Size3& in, std::int64_t pixelBytes, const unsigned char* image,
                   const unsigned char** rows) const {
        const Size3 size = padded(in), out = m_geometry.outSize(in);
        for (std::int64_t s = 0; s < samples; ++s)
            for (std::int64_t z = 0; z < out[0]; ++z)
                for (std::int64_t line = 0; line < out[1]; ++line) {
                    const std::int64_t pixel = ((s * size[0] + z * m_geometry.stride[0]) * size[1] + line * m_geometry.stride[1]) * size[2];
                    for (std::int64_t i = 0; i < out[2]; ++i) *rows++ = image + (pixel + i * m_geometry.stride[2]) * pixelBytes;
                }
    }

    void placeSegments(const Size3& size, std::int64_t pixelBytes, std::int64_t planeBytes, std::int64_t group, std::int64_t* offsets) const {
        const std::int64_t groupOffset = group * m_groupInputs * m_acu->terms().elementBytes;
        const std::int64_t taps = m_rowSegments ? 1 : m_geometry.kernel[2];
        for (int t = 0; t < m_acu->terms().terms; ++t)
            for (std::int64_t kz = 0; kz < m_geometry.kernel[0]; ++kz)
                for (std::int64_t ky = 0; ky < m_geometry.kernel[1]; ++ky)
                    for (std::int64_t kx = 0; kx < taps; ++kx) {
                        const std::int64_t line = kz * m_geometry.dilation[0] * size[1] + ky * m_geometry.dilation[1];
                        *offsets++ = t * planeBytes + groupOffset + (line * size[2] + kx * m_geometry.dilation[2]) * pixelBytes;
                    }
    }

    KernelPtr m_acu;
    ConvGeometry m_geometry;
    std::int64_t m_groups = 1, m_groupInputs = 1, m_groupOutputs = 1;
    bool m_rowSegments = true;
    std::int64_t m_termSegments = 1, m_segmentElements = 1;
    PanelLayout m_layout;
    std::vector<std::int32_t> m_segmentShift;
    std::vector<std::int64_t> m_segmentBudget;  ///< wide only
    std::vector<std::uint16_t> m_padding;  ///< per term
    AlignedBytes m_panels;
    std::vector<std::int32_t> m_compensation;  ///< [group][paddedColumns]
};

}  // namespace

LayerResult makeFactorisedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier) {
    return LayerResult(std::make_unique<FactorisedLayer>(std::move(acu), geometry, weights, padThroughMultiplier));
}

}  // namespace axp::cpu
