// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/acu_kernel.h"
#include "backends/reference/reference.h"

namespace axp::cpu {
namespace {

/// The oracle behind the layer interface.
class ReferenceLayer final : public CodeLayer {
public:
    ReferenceLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights, bool padThrough)
        : m_acu(std::move(acu)), m_weights(weights, weights + geometry.outChannels * geometry.depth()) {
        m_conv.groups = geometry.groups;
        m_conv.inChannels = geometry.inChannels;
        m_conv.outChannels = geometry.outChannels;
        m_conv.kernel = geometry.kernel;
        m_conv.stride = geometry.stride;
        m_conv.dilation = geometry.dilation;
        m_conv.padBegin = geometry.padBegin;
        m_conv.padEnd = geometry.padEnd;
        m_conv.padThroughMultiplier = padThrough;
    }

    void forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                 const float* scale, const float* bias, float* y, std::int32_t* acc, Workspace&) const override {
        const std::int64_t inputs = batch * spatial[0] * spatial[1] * spatial[2] * m_conv.inChannels;
        std::vector<std::int8_t> codes(static_cast<std::size_t>(inputs));
        for (std::int64_t i = 0; i < inputs; ++i)
            codes[static_cast<std::size_t>(i)] = referenceQuantize(x[i], quantizer.scale, quantizer.lo, quantizer.hi);
        const std::vector<std::int64_t> sums = accumulate(codes.data(), batch, spatial);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const auto sum = static_cast<std::int32_t>(sums[i]);
            const std::size_t n = i % static_cast<std::size_t>(m_conv.outChannels);
            if (acc) acc[i] = sum;
            if (!y) continue;
            const float scaled = static_cast<float>(sum) * scale[n];
            y[i] = bias ? scaled + bias[n] : scaled;
        }
    }

    void multiplyCodes(const std::int8_t* codes, std::int64_t rows, std::int32_t* acc, Workspace&) const override {
        for (const std::int64_t sum : accumulate(codes, 1, {1, 1, rows})) *acc++ = static_cast<std::int32_t>(sum);
    }

private:
    std::vector<std::int64_t> accumulate(const std::int8_t* codes, std::int64_t batch, const std::array<std::int64_t, 3>& spatial) const {
        ReferenceConv conv = m_conv;
        conv.batch = batch;
        conv.in = spatial;
        const auto out = conv.outSize();
        std::vector<std::int64_t> sums(static_cast<std::size_t>(batch * out[0] * out[1] * out[2] * conv.outChannels));
        referenceConv(m_acu->table(), conv, codes, m_weights.data(), sums.data());
        return sums;
    }

    std::shared_ptr<const KernelImpl> m_acu;
    ReferenceConv m_conv;
    std::vector<std::int8_t> m_weights;
};

}  // namespace

LayerResult makeReferenceLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights,
                               bool padThroughMultiplier) {
    return LayerResult(std::make_unique<ReferenceLayer>(std::move(acu), geometry, weights, padThroughMultiplier));
}

}  // namespace axp::cpu
