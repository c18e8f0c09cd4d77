// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/device.h"

#include <array>

#include "backends/cuda/kernel_state.h"
#include "backends/cuda/peak.h"

namespace axp::cuda {

Result<void> DeviceContext::enter() const {
    AXP_CUDA(cudaSetDevice(index), "choosing the device");
    return {};
}

namespace {

class DeviceImpl final : public Device {
public:
    explicit DeviceImpl(ContextPtr context) : m_context(std::move(context)) {}

    const DeviceInfo& info() const override { return m_context->info; }
    Result<std::unique_ptr<Buffer>> allocate(std::int64_t bytes) override {
        AXP_CHECK(m_context->enter());
        AXP_TRY(auto memory, DeviceMemory::allocate(bytes));
        return std::unique_ptr<Buffer>(std::move(memory));
    }
    Result<std::unique_ptr<Stream>> makeStream() override {
        AXP_CHECK(m_context->enter());
        AXP_TRY(auto stream, StreamImpl::create());
        return std::unique_ptr<Stream>(std::move(stream));
    }
    Result<DeviceAcuPtr> makeAcu(const DeviceMultiplier& multiplier, Strategy strategy, GemmChoice choice) override {
        AXP_TRY(auto acu, AcuImpl::create(m_context, multiplier, strategy, choice));
        return DeviceAcuPtr(std::move(acu));
    }
    Result<std::unique_ptr<DeviceLayer>> makeLayer(DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                   bool padThroughMultiplier) override {
        if (!acu) return failure("a layer needs a multiplier");
        return makeDeviceLayer(std::static_pointer_cast<const AcuImpl>(std::move(acu)), geometry, weights, padThroughMultiplier);
    }
    Result<void> multiply(Stream& stream, const DeviceAcu& acu, const BatchedProduct& product) override {
        return multiplyBatch(StreamImpl::of(stream), AcuImpl::of(acu), product);
    }

private:
    ContextPtr m_context;
};

Result<int> attribute(cudaDeviceAttr which, int device) {
    int value = 0;
    AXP_CUDA(cudaDeviceGetAttribute(&value, which, device), "asking the device");
    return value;
}

Result<DeviceInfo> describe(int index) {
    cudaDeviceProp properties{};
    AXP_CUDA(cudaGetDeviceProperties(&properties, index), "asking the device");
    DeviceInfo info;
    info.name = properties.name;
    info.major = properties.major;
    info.minor = properties.minor;
    info.multiprocessors = properties.multiProcessorCount;
    info.memoryBytes = static_cast<std::int64_t>(properties.totalGlobalMem);
    info.sharedBytes = static_cast<std::int64_t>(properties.sharedMemPerBlockOptin);
    AXP_TRY(const int kiloHertz, attribute(cudaDevAttrClockRate, index));
    info.clockGhz = kiloHertz * 1e-6;
    int driver = 0;
    AXP_CUDA(cudaDriverGetVersion(&driver), "asking the driver");
    info.driver = std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
    return info;
}

}  // namespace

double DeviceInfo::int8PeakTops() const { return int8OperationsPerClock(major, minor) * multiprocessors * clockGhz * 1e-3; }

Result<std::shared_ptr<Device>> openDevice(int index) {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaErrorInsufficientDriver)
        return failure("no CUDA device: the driver is missing or older than this build's CUDA", {}, "Install NVIDIA's driver, or use --device cpu.");
    if (error == cudaErrorNoDevice || (error == cudaSuccess && count <= index))
        return failure("no CUDA device on this machine", {}, "Use --device cpu.");
    AXP_CUDA(error, "looking for CUDA devices");
    AXP_TRY(DeviceInfo info, describe(index));
    if (info.major < 8)
        return failure(
            "no CUDA device of capability 8.0 or newer: " + info.name + " has " + std::to_string(info.major) + "." + std::to_string(info.minor), {},
            "Use --device cpu.");
    auto context = std::make_shared<DeviceContext>();
    context->index = index;
    context->limits = {info.multiprocessors, info.sharedBytes};
    context->info = std::move(info);
    AXP_CHECK(context->enter());
    AXP_CUDA(prepareKernels(context->limits), "loading the kernels");
    AXP_TRY(context->gemm, IntegerGemm::create());
    return std::shared_ptr<Device>(std::make_shared<DeviceImpl>(std::move(context)));
}

}  // namespace axp::cuda
