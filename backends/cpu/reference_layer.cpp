// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "backends/cpu/acu_kernel.h"
#include "backends/reference/reference.h"

namespace axp::cpu {
namespace {

/// The oracle behind the layer interface.
class ReferenceLayer final : public CodeLayer {
public:
    ReferenceLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options)
        : m_acu(std::move(acu)), m_geometry(geometry), m_weights(weights, weights + geometry.outChannels * geometry.depth()) {
        m_conv.groups = geometry.groups;
        m_conv.inChannels = geometry.inChannels;
        m_conv.outChannels = geometry.outChannels;
        m_conv.kernel = geometry.kernel;
        m_conv.stride = geometry.stride;
        m_conv.dilation = geometry.dilation;
        m_conv.padBegin = geometry.padBegin;
        m_conv.padEnd = geometry.padEnd;
        m_conv.padThroughMultiplier = options.padThroughMultiplier;
        m_conv.transposed = geometry.transposed;
        m_conv.outputPadding = geometry.outputPadding;
        m_conv.sum = {options.accumulator, options.affine, options.zeroA, options.zeroB};
    }

    bool wide() const override { return true; }
    const ConvGeometry& geometry() const override { return m_geometry; }

    void run(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
             const float* scale, const float* bias, float* y, const Accumulators& acc, Workspace&) const override {
        const std::int64_t inputs = batch * spatial[0] * spatial[1] * spatial[2] * m_conv.inChannels;
        std::vector<std::int16_t> codes(static_cast<std::size_t>(inputs));
        for (std::int64_t i = 0; i < inputs; ++i)
            codes[static_cast<std::size_t>(i)] = referenceQuantize(x[i], quantizer.scale, quantizer.lo, quantizer.hi);
        const std::vector<std::int64_t> sums = accumulate(codes.data(), batch, spatial);
        if (acc) std::copy(sums.begin(), sums.end(), acc.wide);
        for (std::size_t i = 0; y && i < sums.size(); ++i) {
            const std::size_t n = i % static_cast<std::size_t>(m_conv.outChannels);
            const float scaled = static_cast<float>(sums[i]) * scale[n];
            y[i] = bias ? scaled + bias[n] : scaled;
        }
    }

    void multiplyCodes(const void* source, std::int64_t rows, const Accumulators& acc, Workspace&) const override {
        const auto* codes = static_cast<const std::int16_t*>(source);
        const auto sums = accumulate(codes, 1, {1, 1, rows});
        std::copy(sums.begin(), sums.end(), acc.wide);
    }

    void damage() override { m_weights[0] ^= 1; }

private:
    std::vector<std::int64_t> accumulate(const std::int16_t* codes, std::int64_t batch, const std::array<std::int64_t, 3>& spatial) const {
        ReferenceConv conv = m_conv;
        conv.batch = batch;
        conv.in = spatial;
        const auto out = conv.outSize();
        std::vector<std::int64_t> sums(static_cast<std::size_t>(batch * out[0] * out[1] * out[2] * conv.outChannels));
        referenceConv(m_acu->multiplier(), conv, codes, m_weights.data(), sums.data());
        return sums;
    }

    KernelPtr m_acu;
    ConvGeometry m_geometry;
    ReferenceConv m_conv;
    std::vector<std::int16_t> m_weights;
};

}  // namespace

LayerResult makeReferenceLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options) {
    return LayerResult(std::make_unique<ReferenceLayer>(std::move(acu), geometry, weights, options));
}

}  // namespace axp::cpu
