// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/cuda_seam.h"

#include <algorithm>
#include <stdexcept>

namespace axp::detail {
namespace {

class CudaKernel final : public AcuKernel {
public:
    CudaKernel(Multiplier multiplier, cuda::DeviceAcuPtr acu)
        : m_multiplier(std::move(multiplier)), m_acu(std::move(acu)) {}
    Strategy strategy() const override { return m_acu->strategy(); }
    const Multiplier& multiplier() const override { return m_multiplier; }
    int rank() const override { return m_acu->rank(); }
    const cuda::DeviceAcuPtr& acu() const { return m_acu; }
    static const CudaKernel& of(const AcuKernel& kernel) { return static_cast<const CudaKernel&>(kernel); }

private:
    Multiplier m_multiplier;
    cuda::DeviceAcuPtr m_acu;
};

/// A lane for the time of a call.
class Loan {
public:
    static Result<Loan> take(cuda::Device& device, const std::shared_ptr<CudaSeam::Lanes>& lanes) {
        {
            const std::lock_guard lock(lanes->mutex);
            if (!lanes->free.empty()) {
                Loan loan(lanes, std::move(lanes->free.back()));
                lanes->free.pop_back();
                return loan;
            }
        }
        auto lane = std::make_unique<CudaSeam::Lane>();
        AXP_TRY(lane->stream, device.makeStream());
        return Loan(lanes, std::move(lane));
    }
    Loan(Loan&&) = default;
    ~Loan() {
        if (!m_lane) return;
        const std::lock_guard lock(m_lanes->mutex);
        m_lanes->free.push_back(std::move(m_lane));
    }
    CudaSeam::Lane* operator->() const { return m_lane.get(); }

private:
    Loan(std::shared_ptr<CudaSeam::Lanes> lanes, std::unique_ptr<CudaSeam::Lane> lane) : m_lanes(std::move(lanes)), m_lane(std::move(lane)) {}
    std::shared_ptr<CudaSeam::Lanes> m_lanes;
    std::unique_ptr<CudaSeam::Lane> m_lane;
};

enum Slot : std::size_t { kX, kScale, kBias, kY, kAcc };

/// Device copies of host arrays in a lane's buffers.
class Transfer {
public:
    Transfer(cuda::Device& device, Loan& loan) : m_device(device), m_loan(loan) {}
    template <class T>
    Result<const T*> bring(std::size_t slot, const T* host, std::int64_t count) {
        if (!host) return static_cast<const T*>(nullptr);
        AXP_TRY(T * device, room<T>(slot, count, true));
        AXP_CHECK(m_loan->stream->upload(device, host, count * static_cast<std::int64_t>(sizeof(T))));
        return static_cast<const T*>(device);
    }
    /// Room for results; null when not wanted.
    template <class T>
    Result<T*> room(std::size_t slot, std::int64_t count, bool wanted) {
        if (!wanted) return static_cast<T*>(nullptr);
        AXP_TRY(cuda::Buffer * buffer, m_loan->buffer(m_device, slot, count * static_cast<std::int64_t>(sizeof(T))));
        return buffer->as<T>();
    }
    Result<cuda::DeviceSums> sums(std::int64_t count, bool wide, bool wanted) {
        if (wide) {
            AXP_TRY(std::int64_t * place, room<std::int64_t>(kAcc, count, wanted));
            return cuda::DeviceSums(place);
        }
        AXP_TRY(std::int32_t * place, room<std::int32_t>(kAcc, count, wanted));
        return cuda::DeviceSums(place);
    }
    Result<void> fetch(float* host, const float* device, std::int64_t count) {
        return host ? m_loan->stream->download(host, device, count * static_cast<std::int64_t>(sizeof(float))) : Result<void>();
    }
    /// Sums, which may be 32 bits wide on the device and are 64 bits in the emulator.
    Result<void> fetch(std::int64_t* host, const cuda::DeviceSums& device, std::int64_t count) {
        if (!host) return {};
        if (device.wide) return m_loan->stream->download(host, device.wide, count * static_cast<std::int64_t>(sizeof(std::int64_t)));
        std::vector<std::int32_t> sums(static_cast<std::size_t>(count));
        AXP_CHECK(m_loan->stream->download(sums.data(), device.narrow, count * static_cast<std::int64_t>(sizeof(std::int32_t))));
        std::copy(sums.begin(), sums.end(), host);
        return {};
    }

private:
    cuda::Device& m_device;
    Loan& m_loan;
};

void require(const Result<void>& result) {
    if (!result.ok()) throw std::runtime_error(result.error().text());
}

class CudaLayer final : public MacLayer {
public:
    CudaLayer(std::shared_ptr<cuda::Device> device, std::shared_ptr<CudaSeam::Lanes> lanes, std::unique_ptr<cuda::DeviceLayer> layer,
              const ConvGeometry& geometry)
        : m_device(std::move(device)),
          m_lanes(std::move(lanes)),
          m_layer(std::move(layer)),
          m_geometry(geometry) {}

    void forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer, const float* scale,
                 const float* bias, float* y, std::int64_t* acc, Workspace&) const override {
        require(run(x, batch, spatial, quantizer, scale, bias, y, acc));
    }

private:
    Result<void> run(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer, const float* scale,
                     const float* bias, float* y, std::int64_t* acc) const {
        const auto out = m_geometry.outSize(spatial);
        const std::int64_t inputs = batch * spatial[0] * spatial[1] * spatial[2] * m_geometry.inChannels;
        const std::int64_t outputs = batch * out[0] * out[1] * out[2] * m_geometry.outChannels;
        AXP_TRY(Loan loan, Loan::take(*m_device, m_lanes));
        Transfer transfer(*m_device, loan);
        AXP_TRY(const float* deviceX, transfer.bring(kX, x, inputs));
        AXP_TRY(const float* deviceScale, transfer.bring(kScale, scale, m_geometry.outChannels));
        AXP_TRY(const float* deviceBias, transfer.bring(kBias, bias, m_geometry.outChannels));
        AXP_TRY(float* deviceY, transfer.room<float>(kY, outputs, y != nullptr));
        AXP_TRY(const cuda::DeviceSums deviceAcc, transfer.sums(outputs, m_layer->wideSums(), acc != nullptr));
        AXP_CHECK(m_layer->forward(*loan->stream, deviceX, batch, spatial, quantizer, deviceScale, deviceBias, deviceY, deviceAcc));
        AXP_CHECK(transfer.fetch(y, deviceY, outputs));
        return transfer.fetch(acc, deviceAcc, outputs);
    }

    std::shared_ptr<cuda::Device> m_device;
    std::shared_ptr<CudaSeam::Lanes> m_lanes;
    std::unique_ptr<cuda::DeviceLayer> m_layer;
    ConvGeometry m_geometry;
};

Result<void> multiplyOnDevice(cuda::Device& device, const std::shared_ptr<CudaSeam::Lanes>& lanes, const cuda::DeviceAcu& acu,
                              const CudaSeam::HostProduct& host) {
    cuda::BatchedProduct product = host.product;
    const std::int64_t matrix = product.m * product.n, outputs = product.batches * matrix;
    std::vector<std::int64_t> yOffsets(static_cast<std::size_t>(product.batches));
    for (std::size_t i = 0; i < yOffsets.size(); ++i) yOffsets[i] = static_cast<std::int64_t>(i) * matrix;
    AXP_TRY(Loan loan, Loan::take(device, lanes));
    Transfer transfer(device, loan);
    AXP_TRY(product.a, transfer.bring(kX, host.product.a, host.countA));
    AXP_TRY(product.b, transfer.bring(kScale, host.product.b, host.countB));
    AXP_TRY(product.y, transfer.room<float>(kY, outputs, host.product.y != nullptr));
    AXP_TRY(const cuda::DeviceSums sums, transfer.sums(outputs, acu.wideSums(product.k), host.acc != nullptr));
    product.acc = sums.narrow;
    product.wideAcc = sums.wide;
    product.yOffsets = yOffsets.data();
    product.yRow = product.n;
    AXP_CHECK(device.multiply(*loan->stream, acu, product));
    AXP_CHECK(transfer.fetch(host.product.y, product.y, outputs));
    return transfer.fetch(host.acc, sums, outputs);
}

/// The multiplier as a device takes it: by its table, or above 8 bits by its factors where it has them.
Result<cuda::DeviceMultiplier> deviceMultiplier(const Multiplier& multiplier, const SumOptions& options) {
    cuda::DeviceMultiplier result;
    result.table.bitsA = multiplier.bitsA();
    result.table.bitsB = multiplier.bitsB();
    result.accumulator = options.accumulator;
    result.affine = options.affine;
    result.zeroA = options.zeroA;
    result.zeroB = options.zeroB;
    if (!multiplier.narrow() && multiplier.factors()) {
        result.factors = multiplier.factors();
    } else if (multiplier.bitsA() + multiplier.bitsB() <= 24) {
        AXP_TRY(const Multiplier tabulated, multiplier.tabulated());
        result.table = *tabulated.table();
    }
    return result;
}

}  // namespace

Result<cuda::Buffer*> CudaSeam::Lane::buffer(cuda::Device& device, std::size_t slot, std::int64_t bytes) {
    if (buffers.size() <= slot) buffers.resize(slot + 1);
    auto& buffer = buffers[slot];
    if (!buffer || buffer->bytes() < bytes) {
        AXP_CHECK(stream->finish());  // earlier work may still read what is given back
        const std::int64_t wanted = std::max(bytes, buffer ? buffer->bytes() / 4 * 5 : bytes);
        buffer.reset();
        AXP_TRY(buffer, device.allocate(wanted));
    }
    return buffer.get();
}

Result<AcuKernelPtr> CudaSeam::makeKernel(const Multiplier& multiplier, const SumOptions& options, Strategy strategy) const {
    AXP_TRY(const cuda::DeviceMultiplier product, deviceMultiplier(multiplier, options));
    AXP_TRY(auto acu, m_device->makeAcu(product, strategy));
    return AcuKernelPtr(std::make_shared<CudaKernel>(multiplier, std::move(acu)));
}

Result<std::unique_ptr<MacLayer>> CudaSeam::makeLayer(const AcuKernelPtr& kernel, const ConvGeometry& geometry,
                                                      const std::vector<std::int16_t>& weights, bool padThroughMultiplier) const {
    AXP_TRY(auto layer, m_device->makeLayer(CudaKernel::of(*kernel).acu(), geometry, weights.data(), padThroughMultiplier));
    return std::unique_ptr<MacLayer>(std::make_unique<CudaLayer>(m_device, m_lanes, std::move(layer), geometry));
}

void CudaSeam::multiply(const AcuKernel& kernel, const HostProduct& host) const {
    require(multiplyOnDevice(*m_device, m_lanes, *CudaKernel::of(kernel).acu(), host));
}

}  // namespace axp::detail
