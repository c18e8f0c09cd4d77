// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "backends/cuda/kernel_state.h"

namespace axp::cuda {
namespace {

using Size3 = std::array<std::int64_t, 3>;

std::int64_t volume(const Size3& size) { return size[0] * size[1] * size[2]; }

bool isPointwise(const ConvGeometry& g) {
    const Size3 one{1, 1, 1}, zero{0, 0, 0};
    return g.kernel == one && g.stride == one && g.padBegin == zero && g.padEnd == zero;
}

class LayerImpl final : public DeviceLayer {
public:
    static Result<std::unique_ptr<DeviceLayer>> create(AcuImplPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough) {
        std::unique_ptr<LayerImpl> layer(new LayerImpl(std::move(acu), geometry, padThrough));
        const std::vector<std::int8_t> bytes(weights, weights + geometry.outChannels * geometry.inChannels / geometry.groups * volume(geometry.kernel));
        AXP_CHECK(layer->pack(bytes.data()));
        return std::unique_ptr<DeviceLayer>(std::move(layer));
    }

    bool wideSums() const override { return false; }
    Result<void> forward(Stream& stream, const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
                         const float* bias, float* y, DeviceSums acc) const override {
        AXP_CHECK(m_acu->context().enter());
        // Single taps see a batch as one long line of pixels, which can be cut anywhere.
        const bool line = isPointwise(m_geometry);
        const Size3 in = line ? Size3{1, 1, 1} : spatial;
        const std::int64_t count = line ? batch * volume(spatial) : batch;
        const ConvMap one = convMap(m_geometry, 1, in);
        const std::int64_t rows = one.rows(), pixels = one.pixels();
        if (rows <= 0 || count <= 0) return {};
        if (pixels <= 0) return badInput("a layer whose input has no pixels cannot be computed");
        const std::int64_t step = passSize(rows, pixels);
        if (step < 1)
            return failure("one sample of " + std::to_string(pixels) + " pixels by " + std::to_string(m_geometry.inChannels) +
                               " channels is too large for a pass on the device",
                           {}, "Use --device cpu for this network.");
        for (std::int64_t first = 0; first < count; first += step) {
            const std::int64_t samples = std::min(step, count - first), outputs = first * rows * m_geometry.outChannels;
            const ConvMap map = line ? matrixMap(samples) : convMap(m_geometry, samples, in);
            Epilogue epilogue = convEpilogue(m_geometry);
            epilogue.scale = scale;
            epilogue.bias = bias;
            epilogue.y = y ? y + outputs : nullptr;
            epilogue.acc = acc.narrow ? acc.narrow + outputs : nullptr;
            epilogue.wrapBits = wrapBits(m_acu->multiplier());
            AXP_CHECK(pass(StreamImpl::of(stream), x + first * pixels * m_geometry.inChannels, map, quantizer, epilogue));
        }
        return {};
    }

private:
    LayerImpl(AcuImplPtr acu, const ConvGeometry& geometry, bool padThrough) : m_acu(std::move(acu)), m_geometry(geometry), m_padThrough(padThrough) {
        // One output channel per group leaves tensor-core tiles empty.
        m_byTerms = m_acu->strategy() == Strategy::Factorised && (geometry.groups == 1 || columns() >= kFewColumns);
    }

    std::int64_t columns() const { return m_geometry.outChannels / m_geometry.groups; }
    std::int64_t inputs() const { return m_geometry.inChannels / m_geometry.groups; }

    Result<void> pack(const std::int8_t* weights) {
        if (!m_byTerms) {
            AXP_TRY(m_weights, onDevice(packCodes(m_geometry, weights).weights));
            return {};
        }
        const TermOperands& terms = m_acu->termOperands();
        const PackedFactors packed = packFactors(terms, m_geometry, weights);
        m_layout = packed.layout;
        m_pitch = packed.pitch;
        AXP_TRY(m_weights, onDevice(packed.weights));
        AXP_TRY(m_compensation, onDevice(packed.compensation));
        AXP_TRY(m_padding, onDevice(terms.padding(m_padThrough)));
        return {};
    }

    /// Samples per pass.
    std::int64_t passSize(std::int64_t rows, std::int64_t pixels) const {
        const std::int64_t inputBytes = pixels * (m_byTerms ? m_layout.rowBytes() : m_geometry.inChannels);
        const std::int64_t sumBytes = m_byTerms && isPointwise(m_geometry) ? rows * roundUp(m_geometry.outChannels, 16) * 8 : 0;
        const std::int64_t byCount =
            kPassCount / std::max({rows * m_geometry.outChannels, pixels * roundUp(m_geometry.inChannels, 4), std::int64_t{1}});
        return std::min(std::max<std::int64_t>(kPassBytes / std::max<std::int64_t>(inputBytes + sumBytes, 1), 1), byCount);
    }

    Result<void> pass(StreamImpl& stream, const float* x, const ConvMap& map, const Quantizer& quantizer, const Epilogue& epilogue) const {
        return m_byTerms ? passByTerms(stream, x, map, quantizer, epilogue) : passByTable(stream, x, map, quantizer, epilogue);
    }

    Result<void> passByTerms(StreamImpl& stream, const float* x, const ConvMap& map, const Quantizer& quantizer, const Epilogue& epilogue) const {
        const std::int64_t bytes = (std::int64_t{map.pixels()} + 1) * m_layout.rowBytes();
        const std::int64_t product = isPointwise(m_geometry) ? m_acu->productBytes(1, map.rows(), columns()) : 0;
        AXP_CHECK(stream.arena().reserve(Arena::sizeFor<std::int8_t>(bytes) + product, stream.handle()));
        ExpandParams e = imageExpansion(map, m_layout, quantizer);
        e.x = x;
        e.lut = m_acu->left();
        e.padding = m_padding->as<std::int8_t>();
        e.expanded = stream.arena().take<std::int8_t>(bytes);
        AXP_CUDA(launchExpand(e, m_acu->context().limits, stream.handle()), "expanding activations");
        ImmaParams p = convTiles(map, m_geometry, m_acu->termOperands(), m_layout, m_pitch);
        p.image = e.expanded;
        p.weights = m_weights->as<std::int8_t>();
        Epilogue whole = epilogue;
        whole.multiplier = p.epilogue.multiplier;
        whole.compensation = m_compensation->as<std::int32_t>();
        whole.compensationSlice = p.epilogue.compensationSlice;
        p.epilogue = whole;
        return m_acu->multiplyExpanded(stream, p, m_layout);
    }

    Result<void> passByTable(StreamImpl& stream, const float* x, const ConvMap& map, const Quantizer& quantizer, const Epilogue& epilogue) const {
        const std::int64_t count = std::int64_t{map.pixels()} * m_geometry.inChannels;
        AXP_CHECK(stream.arena().reserve(Arena::sizeFor<std::int8_t>(count), stream.handle()));
        ExpandParams e = imageExpansion(map, codesLayout(m_geometry.groups, inputs()), quantizer);
        e.x = x;
        e.codes = stream.arena().take<std::int8_t>(count);
        AXP_CUDA(launchExpand(e, m_acu->context().limits, stream.handle()), "quantizing activations");
        LookupOperands operands = convLookup(map, m_geometry, m_padThrough);
        operands.codes = e.codes;
        operands.weights = m_weights->as<std::int8_t>();
        return m_acu->multiplyCodes(stream, operands, epilogue);
    }

    AcuImplPtr m_acu;
    ConvGeometry m_geometry;
    bool m_padThrough, m_byTerms = false;
    ExpandedLayout m_layout;
    std::int64_t m_pitch = 0;
    std::unique_ptr<DeviceMemory> m_weights, m_compensation, m_padding;
};

}  // namespace

Result<std::unique_ptr<DeviceLayer>> makeDeviceLayer(AcuImplPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                     bool padThroughMultiplier) {
    AXP_CHECK(checkGeometry(geometry));
    AXP_CHECK(acu->context().enter());
    const std::int64_t depth = geometry.inChannels / geometry.groups * volume(geometry.kernel);
    AXP_CHECK(checkWideDepth(acu->multiplier(), depth));
    if (geometry.transposed || acu->wideSums(depth)) return makeOrderedLayer(std::move(acu), geometry, weights, padThroughMultiplier);
    return LayerImpl::create(std::move(acu), geometry, weights, padThroughMultiplier);
}

}  // namespace axp::cuda
