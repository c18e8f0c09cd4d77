// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that are made of another layer: transposed convolutions and wrapping accumulators.
#include <algorithm>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/taps.h"

namespace axp::cpu {
namespace {

enum Slot { kProducts = 56, kOutput };
constexpr std::int64_t kBlockBytes = 1 << 20;  // products of input pixels worked on together

/// Every input pixel times the weights of all its taps is one row of a matrix product; the row is then added into the output.
class TransposedLayer final : public CodeLayer {
public:
    TransposedLayer(std::unique_ptr<MacLayer> pixels, const ConvGeometry& geometry) : m_pixels(std::move(pixels)), m_geometry(geometry) {}

    bool wide() const override { return true; }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        const Size3 out = m_geometry.outSize(spatial);
        const std::int64_t pixels = volume(spatial), outputs = volume(out) * m_geometry.outChannels;
        const std::int64_t width = m_geometry.outChannels * volume(m_geometry.kernel);
        const std::int64_t step = std::max<std::int64_t>(1, kBlockBytes / (8 * width));
        auto* products = static_cast<std::int64_t*>(workspace.get(kProducts, static_cast<std::size_t>(std::min(step, pixels) * width) * 8));
        auto* sums = static_cast<std::int64_t*>(workspace.get(kOutput, static_cast<std::size_t>(outputs) * 8));
        for (std::int64_t sample = 0; sample < batch && outputs > 0; ++sample) {
            std::fill_n(sums, outputs, 0);
            for (std::int64_t first = 0; first < pixels; first += step) {
                const std::int64_t count = std::min(step, pixels - first);
                m_pixels->forward(x + (sample * pixels + first) * m_geometry.inChannels, 1, {1, 1, count}, quantizer, nullptr, nullptr, nullptr, products, workspace);
                for (std::int64_t i = 0; i < count; ++i) scatter(products + i * width, first + i, spatial, out, sums);
            }
            if (acc) std::copy_n(sums, outputs, acc.wide + sample * outputs);
            for (std::int64_t p = 0; y && p < volume(out); ++p)
                scaleSums(sums + p * m_geometry.outChannels, m_geometry.outChannels, scale, bias, y + sample * outputs + p * m_geometry.outChannels);
        }
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        static_cast<const CodeLayer&>(*m_pixels).multiplyCodes(codes, rows, acc, workspace);
    }
    void damage() override { static_cast<CodeLayer&>(*m_pixels).damage(); }

private:
    /// One pixel's products [group][tap][output channel of the group] into the output.
    void scatter(const std::int64_t* products, std::int64_t pixel, const Size3& in, const Size3& out, std::int64_t* sums) const {
        const ConvGeometry& g = m_geometry;
        const Size3 at{pixel / (in[1] * in[2]), pixel / in[2] % in[1], pixel % in[2]};
        const std::int64_t taps = volume(g.kernel), outputs = g.outChannels / g.groups;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const Size3 kernel{tap / (g.kernel[1] * g.kernel[2]), tap / g.kernel[2] % g.kernel[1], tap % g.kernel[2]};
            std::int64_t target = 0;
            bool inside = true;
            for (std::size_t i = 0; i < 3; ++i) {
                const std::int64_t position = at[i] * g.stride[i] + kernel[i] * g.dilation[i] - g.padBegin[i];
                inside = inside && position >= 0 && position < out[i];
                target = target * out[i] + position;
            }
            if (!inside) continue;
            for (std::int64_t group = 0; group < g.groups; ++group) {
                const std::int64_t* product = products + (group * taps + tap) * outputs;
                std::int64_t* sum = sums + target * g.outChannels + group * outputs;
                for (std::int64_t n = 0; n < outputs; ++n) sum[n] += product[n];
            }
        }
    }

    std::unique_ptr<MacLayer> m_pixels;
    ConvGeometry m_geometry;
};

class WrappedLayer final : public CodeLayer {
public:
    WrappedLayer(std::unique_ptr<MacLayer> layer, const AccumulatorModel& accumulator) : m_layer(std::move(layer)), m_accumulator(accumulator) {}

    bool wide() const override { return true; }
    const ConvGeometry& geometry() const override { return inner().geometry(); }

    void run(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
             const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const override {
        const std::int64_t channels = geometry().outChannels, pixels = batch * volume(geometry().outSize(spatial));
        std::int64_t* sums = acc.wide ? acc.wide : static_cast<std::int64_t*>(workspace.get(kOutput + 1, static_cast<std::size_t>(pixels * channels) * 8));
        m_layer->forward(x, batch, spatial, quantizer, nullptr, nullptr, nullptr, sums, workspace);
        for (std::int64_t i = 0; i < pixels * channels; ++i) sums[i] = m_accumulator.limited(sums[i]);
        for (std::int64_t p = 0; y && p < pixels; ++p) scaleSums(sums + p * channels, channels, scale, bias, y + p * channels);
    }

    void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const override {
        inner().multiplyCodes(codes, rows, acc, workspace);
    }
    void damage() override { static_cast<CodeLayer&>(*m_layer).damage(); }

private:
    const CodeLayer& inner() const { return static_cast<const CodeLayer&>(*m_layer); }
    std::unique_ptr<MacLayer> m_layer;
    AccumulatorModel m_accumulator;
};

}  // namespace

LayerResult makeTransposedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights) {
    const std::int64_t taps = volume(geometry.kernel), inputs = geometry.inChannels / geometry.groups, outputs = geometry.outChannels / geometry.groups;
    ConvGeometry pixels;
    pixels.groups = geometry.groups;
    pixels.inChannels = geometry.inChannels;
    pixels.outChannels = geometry.outChannels * taps;
    std::vector<std::int16_t> turned(static_cast<std::size_t>(pixels.outChannels * inputs));
    for (std::int64_t channel = 0; channel < geometry.inChannels; ++channel)
        for (std::int64_t n = 0; n < outputs; ++n)
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                const std::int64_t row = (channel / inputs * taps + tap) * outputs + n;
                turned[static_cast<std::size_t>(row * inputs + channel % inputs)] = weights[(channel * outputs + n) * taps + tap];
            }
    AXP_TRY(auto layer, MacLayer::create(std::move(acu), pixels, turned.data()));
    return LayerResult(std::make_unique<TransposedLayer>(std::move(layer), geometry));
}

LayerResult makeWrappedLayer(std::unique_ptr<MacLayer> layer, const AccumulatorModel& accumulator) {
    return LayerResult(std::make_unique<WrappedLayer>(std::move(layer), accumulator));
}

}  // namespace axp::cpu
