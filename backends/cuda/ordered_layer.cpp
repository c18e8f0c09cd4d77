// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "backends/cuda/kernel_state.h"

namespace axp::cuda {
namespace {

class OrderedLayer final : public DeviceLayer {
public:
    OrderedLayer(AcuImplPtr acu, const ConvGeometry& geometry, std::unique_ptr<DeviceMemory> weights, bool padThrough)
        : m_acu(std::move(acu)), m_geometry(geometry), m_weights(std::move(weights)), m_padThrough(padThrough) {}

    bool wideSums() const override { return true; }
    Result<void> forward(Stream& stream, const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                         const float* scale, const float* bias, float* y, DeviceSums acc) const override {
        AXP_CHECK(m_acu->context().enter());
        const ConvMap one = orderedMap(m_geometry, 1, spatial);
        const std::int64_t rows = one.rows(), pixels = one.pixels();
        if (rows <= 0 || batch <= 0) return {};
        if (pixels <= 0) return badInput("a layer whose input has no pixels cannot be computed");
        const std::int64_t step = kPassCount / std::max({rows * m_geometry.outChannels, pixels * m_geometry.inChannels, std::int64_t{1}});
        if (step < 1) return failure("one sample of this layer is too large for a pass on the device", {}, "Use --device cpu for this network.");
        for (std::int64_t first = 0; first < batch; first += step) {
            const std::int64_t samples = std::min(step, batch - first), outputs = first * rows * m_geometry.outChannels;
            WideEpilogue out = wideEpilogue(m_geometry);
            out.scale = scale;
            out.bias = bias;
            out.y = y ? y + outputs : nullptr;
            out.acc = acc.wide ? acc.wide + outputs : nullptr;
            AXP_CHECK(pass(StreamImpl::of(stream), x + first * pixels * m_geometry.inChannels, orderedMap(m_geometry, samples, spatial), quantizer, out));
        }
        return {};
    }

private:
    Result<void> pass(StreamImpl& stream, const float* x, const ConvMap& map, const Quantizer& quantizer, const WideEpilogue& out) const {
        CodesParams codes = imageCodes(map, m_geometry, quantizer);
        AXP_CHECK(stream.arena().reserve(Arena::sizeFor<std::int16_t>(codes.count()), stream.handle()));
        codes.x = x;
        codes.codes = stream.arena().take<std::int16_t>(codes.count());
        AXP_CUDA(launchCodes(codes, m_acu->context().limits, stream.handle()), "quantizing activations");
        OrderedParams p = orderedConv(map, m_geometry, m_padThrough);
        p.product = m_acu->product();
        p.rules = sumRules(m_acu->multiplier());
        p.codes = codes.codes;
        p.weights = m_weights->as<std::int16_t>();
        p.out = out;
        AXP_CUDA(launchOrdered(p, m_acu->context().limits, stream.handle()), "adding products in order");
        return {};
    }

    AcuImplPtr m_acu;
    ConvGeometry m_geometry;
    std::unique_ptr<DeviceMemory> m_weights;
    bool m_padThrough;
};

/// Some matrices of a batch.
BatchedProduct partOf(const BatchedProduct& product, std::int64_t first, std::int64_t count) {
    BatchedProduct part = product;
    part.batches = count;
    if (part.wideAcc) part.wideAcc += first * product.m * product.n;
    if (part.aOffsets) part.aOffsets += first;
    if (part.bOffsets) part.bOffsets += first;
    if (part.yOffsets) part.yOffsets += first;
    return part;
}

Result<const std::int64_t*> offsetsOf(StreamImpl& stream, const std::int64_t* host, std::int64_t count) {
    if (!host) return static_cast<const std::int64_t*>(nullptr);
    auto* device = stream.arena().take<std::int64_t>(count);
    AXP_CHECK(stream.upload(device, host, count * 8));
    return static_cast<const std::int64_t*>(device);
}

Result<void> multiplyPart(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product) {
    CodesParams a = leftCodes(product), b = rightCodes(product);
    AXP_CHECK(stream.arena().reserve(3 * Arena::sizeFor<std::int64_t>(product.batches) + Arena::sizeFor<std::int16_t>(a.count()) +
                                         Arena::sizeFor<std::int16_t>(b.count()),
                                     stream.handle()));
    AXP_TRY(a.offsets, offsetsOf(stream, product.aOffsets, product.batches));
    AXP_TRY(b.offsets, offsetsOf(stream, product.bOffsets, product.batches));
    OrderedParams p = orderedProduct(product);
    AXP_TRY(p.out.yOffsets, offsetsOf(stream, product.y ? product.yOffsets : nullptr, product.batches));
    a.codes = stream.arena().take<std::int16_t>(a.count());
    b.codes = stream.arena().take<std::int16_t>(b.count());
    for (const CodesParams& codes : {a, b}) AXP_CUDA(launchCodes(codes, acu.context().limits, stream.handle()), "quantizing operands");
    p.product = acu.product();
    p.rules = sumRules(acu.multiplier());
    p.codes = a.codes;
    p.weights = b.codes;
    AXP_CUDA(launchOrdered(p, acu.context().limits, stream.handle()), "adding products in order");
    return {};
}

}  // namespace

Result<std::unique_ptr<DeviceLayer>> makeOrderedLayer(AcuImplPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier) {
    AXP_TRY(auto packed, onDevice(packOrdered(geometry, weights)));
    return std::unique_ptr<DeviceLayer>(std::make_unique<OrderedLayer>(std::move(acu), geometry, std::move(packed), padThroughMultiplier));
}

Result<void> multiplyOrdered(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product) {
    const std::int64_t greatest = std::max({product.m * product.n, product.m * product.k, product.k * product.n});
    if (greatest > kPassCount) return failure("a matrix product of this size is too large for a pass on the device", {}, "Use --device cpu for this network.");
    const std::int64_t step = std::clamp<std::int64_t>(kPassCount / greatest, 1, product.batches);
    for (std::int64_t first = 0; first < product.batches; first += step)
        AXP_CHECK(multiplyPart(stream, acu, partOf(product, first, std::min(step, product.batches - first))));
    return {};
}

}  // namespace axp::cuda
