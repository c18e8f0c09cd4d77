// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/cuda/host_device.h"

#include <cstring>
#include <vector>

#include "backends/cuda/arithmetic.h"
#include "backends/cuda/block.h"
#include "backends/cuda/cases.h"
#include "backends/cuda/ordered_plan.h"
#include "backends/cuda/plan.h"

namespace axp::cuda {
namespace {

class HostBuffer final : public Buffer {
public:
    explicit HostBuffer(std::int64_t bytes) : m_bytes(static_cast<std::size_t>(bytes), 0xA5) {}
    void* data() const override { return const_cast<unsigned char*>(m_bytes.data()); }
    std::int64_t bytes() const override { return static_cast<std::int64_t>(m_bytes.size()); }

private:
    std::vector<unsigned char> m_bytes;
};

class HostStream final : public Stream {
public:
    Result<void> upload(void* device, const void* host, std::int64_t bytes) override {
        std::memcpy(device, host, static_cast<std::size_t>(bytes));
        return {};
    }
    Result<void> download(void* host, const void* device, std::int64_t bytes) override { return upload(host, device, bytes); }
    Result<void> finish() override { return {}; }
    Result<void> mark(int) override { return {}; }
    Result<double> seconds() override { return 0.0; }
};

class HostAcu final : public DeviceAcu {
public:
    explicit HostAcu(const DeviceMultiplier& multiplier)
        : m_multiplier(multiplier), m_narrowDepth(addsInAnyOrder(multiplier) ? depthLimit(multiplier.table) : 0), m_product(hostProduct(m_multiplier, m_factors)) {}
    Strategy strategy() const override { return Strategy::Reference; }
    const DeviceMultiplier& multiplier() const override { return m_multiplier; }
    bool wideSums(std::int64_t depth) const override { return depth > m_narrowDepth; }
    int rank() const override { return 0; }
    int terms() const override { return 0; }
    const ProductView& product() const { return m_product; }
    static const HostAcu& of(const DeviceAcu& acu) { return static_cast<const HostAcu&>(acu); }

private:
    DeviceMultiplier m_multiplier;
    std::int64_t m_narrowDepth;
    std::array<std::vector<std::int32_t>, 2> m_factors;
    ProductView m_product;
};

Result<void> failing() { return failure("the device fell off the bus"); }

class HostLayer final : public DeviceLayer {
public:
    HostLayer(HostDevice& device, DeviceAcuPtr acu, const ConvGeometry& geometry, const std::vector<std::int8_t>& weights, bool padThrough)
        : m_device(device),
          m_acu(std::move(acu)),
          m_geometry(geometry),
          m_packed(packCodes(geometry, weights.data())),
          m_padThrough(padThrough) {}

    bool wideSums() const override { return false; }
    Result<void> forward(Stream&, const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                         const float* scale, const float* bias, float* y, DeviceSums acc) const override {
        if (m_device.fails) return failing();
        ++m_device.layerCalls;
        const ConvMap map = convMap(m_geometry, batch, spatial);
        std::vector<std::int8_t> codes;
        for (std::int64_t i = 0; i < map.pixels() * m_geometry.inChannels; ++i)
            codes.push_back(static_cast<std::int8_t>(quantizeCode(x[i], quantizeParams(quantizer))));
        const TableImage image = makeTableImage(m_acu->multiplier().table);
        LookupOperands operands = convLookup(map, m_geometry, m_padThrough);
        operands.codes = codes.data();
        operands.weights = m_packed.weights.data();
        Epilogue epilogue = convEpilogue(m_geometry);
        epilogue.scale = scale;
        epilogue.bias = bias;
        epilogue.y = y;
        epilogue.acc = acc.narrow;
        epilogue.wrapBits = wrapBits(m_acu->multiplier());
        image.isSmall() ? compute(operands, image.small, image.smallEntries, epilogue) : compute(operands, image.wide, image.wideEntries, epilogue);
        return {};
    }

private:
    template <class Entry>
    static void compute(const LookupOperands& o, TableView<Entry> table, const std::vector<Entry>& entries, const Epilogue& epilogue) {
        table.entries = entries.data();
        for (std::int64_t slice = 0; slice < o.slices; ++slice)
            for (std::int64_t row = 0; row < o.map.rows(); ++row)
                for (std::int64_t column = 0; column < o.columns; ++column)
                    epilogue.store(slice, row, column, directSum(o, table, slice, row, column));
    }

    HostDevice& m_device;
    DeviceAcuPtr m_acu;
    ConvGeometry m_geometry;
    PackedCodes m_packed;
    bool m_padThrough;
};

/// The kernels of ordered_kernel.h on an emulated grid.
class HostOrderedLayer final : public DeviceLayer {
public:
    HostOrderedLayer(HostDevice& device, DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough)
        : m_device(device), m_acu(std::move(acu)), m_geometry(geometry), m_weights(packOrdered(geometry, weights)), m_padThrough(padThrough) {}

    bool wideSums() const override { return true; }
    Result<void> forward(Stream&, const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                         const float* scale, const float* bias, float* y, DeviceSums acc) const override {
        if (m_device.fails) return failing();
        ++m_device.layerCalls;
        const ConvMap map = orderedMap(m_geometry, batch, spatial);
        CodesParams codes = imageCodes(map, m_geometry, quantizer);
        std::vector<std::int16_t> patterns(static_cast<std::size_t>(codes.count()));
        codes.x = x;
        codes.codes = patterns.data();
        runGrid(2, kOrderedThreads, 0, 1, [&](HostBlock& block) { codesKernel(block, codes); });
        OrderedParams p = orderedConv(map, m_geometry, m_padThrough);
        p.product = HostAcu::of(*m_acu).product();
        p.rules = sumRules(m_acu->multiplier());
        p.codes = patterns.data();
        p.weights = m_weights.data();
        p.out = wideEpilogue(m_geometry);
        p.out.scale = scale;
        p.out.bias = bias;
        p.out.y = y;
        p.out.acc = acc.wide;
        runGrid(2, kOrderedThreads, 0, 1, [&](HostBlock& block) { orderedKernel(block, p); });
        return {};
    }

private:
    HostDevice& m_device;
    DeviceAcuPtr m_acu;
    ConvGeometry m_geometry;
    std::vector<std::int16_t> m_weights;
    bool m_padThrough;
};

void multiplyOrdered(const HostAcu& acu, const BatchedProduct& product) {
    CodesParams a = leftCodes(product), b = rightCodes(product);
    std::vector<std::int16_t> left(static_cast<std::size_t>(a.count())), right(static_cast<std::size_t>(b.count()));
    a.offsets = product.aOffsets;
    b.offsets = product.bOffsets;
    a.codes = left.data();
    b.codes = right.data();
    for (const CodesParams& codes : {a, b}) runGrid(2, kOrderedThreads, 0, 1, [&](HostBlock& block) { codesKernel(block, codes); });
    OrderedParams p = orderedProduct(product);
    p.product = acu.product();
    p.rules = sumRules(acu.multiplier());
    p.codes = left.data();
    p.weights = right.data();
    p.out.yOffsets = product.yOffsets;
    runGrid(2, kOrderedThreads, 0, 1, [&](HostBlock& block) { orderedKernel(block, p); });
}

}  // namespace

Result<std::unique_ptr<Buffer>> HostDevice::allocate(std::int64_t bytes) { return std::unique_ptr<Buffer>(std::make_unique<HostBuffer>(bytes)); }

Result<std::unique_ptr<Stream>> HostDevice::makeStream() {
    ++streams;
    return std::unique_ptr<Stream>(std::make_unique<HostStream>());
}

Result<DeviceAcuPtr> HostDevice::makeAcu(const DeviceMultiplier& multiplier, Strategy, GemmChoice) {
    AXP_CHECK(checkMultiplier(multiplier));
    return DeviceAcuPtr(std::make_shared<HostAcu>(multiplier));
}

Result<std::unique_ptr<DeviceLayer>> HostDevice::makeLayer(DeviceAcuPtr acu, const ConvGeometry& g, const std::int16_t* weights, bool padThroughMultiplier) {
    AXP_CHECK(checkGeometry(g));
    const std::int64_t depth = g.inChannels / g.groups * g.kernel[0] * g.kernel[1] * g.kernel[2];
    AXP_CHECK(checkWideDepth(acu->multiplier(), depth));
    if (g.transposed || acu->wideSums(depth))
        return std::unique_ptr<DeviceLayer>(std::make_unique<HostOrderedLayer>(*this, std::move(acu), g, weights, padThroughMultiplier));
    const std::vector<std::int8_t> bytes(weights, weights + g.outChannels * depth);
    return std::unique_ptr<DeviceLayer>(std::make_unique<HostLayer>(*this, std::move(acu), g, bytes, padThroughMultiplier));
}

Result<void> HostDevice::multiply(Stream&, const DeviceAcu& acu, const BatchedProduct& p) {
    if (fails) return failing();
    ++productCalls;
    AXP_CHECK(checkWideDepth(acu.multiplier(), p.k));
    if (acu.wideSums(p.k)) {
        multiplyOrdered(HostAcu::of(acu), p);
        return {};
    }
    const std::int32_t bits = wrapBits(acu.multiplier());
    for (std::int64_t i = 0; i < p.batches; ++i)
        for (std::int64_t row = 0; row < p.m; ++row)
            for (std::int64_t column = 0; column < p.n; ++column) {
                std::int32_t sum = 0;
                for (std::int64_t k = 0; k < p.k; ++k)
                    sum = wrapAdd(sum, acu.multiplier().table.at(quantizeCode(p.a[p.aOffsets[i] + row * p.aRow + k * p.aColumn], quantizeParams(p.quantA)),
                                                      quantizeCode(p.b[p.bOffsets[i] + k * p.bRow + column * p.bColumn], quantizeParams(p.quantB))));
                if (bits > 0) sum = wrapShift(sum, 32 - bits) >> (32 - bits);
                if (p.acc) p.acc[(i * p.m + row) * p.n + column] = sum;
                if (p.y) p.y[p.yOffsets[i] + row * p.yRow + column] = dequantize(sum, p.scale, nullptr);
            }
    return {};
}

}  // namespace axp::cuda
