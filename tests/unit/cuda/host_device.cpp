// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/cuda/host_device.h"

#include <cstring>
#include <vector>

#include "backends/cuda/arithmetic.h"
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
    explicit HostAcu(ProductTable table) : m_table(std::move(table)) {}
    Strategy strategy() const override { return Strategy::Reference; }
    const ProductTable& table() const override { return m_table; }
    int rank() const override { return 0; }
    int terms() const override { return 0; }

private:
    ProductTable m_table;
};

Result<void> failing() { return failure("the device fell off the bus"); }

class HostLayer final : public DeviceLayer {
public:
    HostLayer(HostDevice& device, DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int8_t* weights, bool padThrough)
        : m_device(device),
          m_acu(std::move(acu)),
          m_geometry(geometry),
          m_packed(packCodes(geometry, weights)),
          m_padThrough(padThrough) {}

    Result<void> forward(Stream&, const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                         const float* scale, const float* bias, float* y, std::int32_t* acc) const override {
        if (m_device.fails) return failing();
        ++m_device.layerCalls;
        const ConvMap map = convMap(m_geometry, batch, spatial);
        std::vector<std::int8_t> codes;
        for (std::int64_t i = 0; i < map.pixels() * m_geometry.inChannels; ++i)
            codes.push_back(static_cast<std::int8_t>(quantizeCode(x[i], quantizeParams(quantizer))));
        const TableImage image = makeTableImage(m_acu->table());
        LookupOperands operands = convLookup(map, m_geometry, m_padThrough);
        operands.codes = codes.data();
        operands.weights = m_packed.weights.data();
        Epilogue epilogue = convEpilogue(m_geometry);
        epilogue.scale = scale;
        epilogue.bias = bias;
        epilogue.y = y;
        epilogue.acc = acc;
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

}  // namespace

Result<std::unique_ptr<Buffer>> HostDevice::allocate(std::int64_t bytes) { return std::unique_ptr<Buffer>(std::make_unique<HostBuffer>(bytes)); }

Result<std::unique_ptr<Stream>> HostDevice::makeStream() {
    ++streams;
    return std::unique_ptr<Stream>(std::make_unique<HostStream>());
}

Result<DeviceAcuPtr> HostDevice::makeAcu(const ProductTable& table, Strategy, GemmChoice) { return DeviceAcuPtr(std::make_shared<HostAcu>(table)); }

Result<std::unique_ptr<DeviceLayer>> HostDevice::makeLayer(DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int8_t* weights,
                                                           bool padThroughMultiplier) {
    return std::unique_ptr<DeviceLayer>(std::make_unique<HostLayer>(*this, std::move(acu), geometry, weights, padThroughMultiplier));
}

Result<void> HostDevice::multiply(Stream&, const DeviceAcu& acu, const BatchedProduct& p) {
    if (fails) return failing();
    ++productCalls;
    for (std::int64_t i = 0; i < p.batches; ++i)
        for (std::int64_t row = 0; row < p.m; ++row)
            for (std::int64_t column = 0; column < p.n; ++column) {
                std::int32_t sum = 0;
                for (std::int64_t k = 0; k < p.k; ++k)
                    sum = wrapAdd(sum, acu.table().at(quantizeCode(p.a[p.aOffsets[i] + row * p.aRow + k * p.aColumn], quantizeParams(p.quantA)),
                                                      quantizeCode(p.b[p.bOffsets[i] + k * p.bRow + column * p.bColumn], quantizeParams(p.quantB))));
                if (p.acc) p.acc[(i * p.m + row) * p.n + column] = sum;
                if (p.y) p.y[p.yOffsets[i] + row * p.yRow + column] = dequantize(sum, p.scale, nullptr);
            }
    return {};
}

}  // namespace axp::cuda
