// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/cpu/mac.h"
#include "backends/cuda/device.h"

namespace axp::detail {

/// The GPU behind the interfaces of the CPU kernels. Tensors of the emulator lie in host memory, because the layers between MAC nodes run
/// in LibTorch's CPU build: every call copies its operands to the device and its results back. A LibTorch with CUDA would hand its
/// device pointers to cuda::Device instead; nothing else would change. Thread-safe.
class CudaSeam {
public:
    explicit CudaSeam(std::shared_ptr<cuda::Device> device) : m_device(std::move(device)), m_lanes(std::make_shared<Lanes>()) {}

    /// "cuda: NAME OF THE DEVICE"
    std::string backend() const { return "cuda: " + m_device->info().name; }
    /// A kernel for makeLayer() and multiply() of this seam only; `options` hold for all of it. Refused are multipliers above 24 bits of both
    /// operands that are given by a function without factors.
    Result<AcuKernelPtr> makeKernel(const Multiplier& multiplier, const SumOptions& options, Strategy strategy) const;
    /// As MacLayer::create(), which `weights` are for. forward() throws std::runtime_error when the device fails.
    Result<std::unique_ptr<MacLayer>> makeLayer(const AcuKernelPtr& kernel, const ConvGeometry& geometry, const std::vector<std::int16_t>& weights,
                                                bool padThroughMultiplier) const;

    /// A batch of matrix products with all pointers and offsets on the host: `countA` and `countB` floats from a and b are read;
    /// y and acc (may be null) are [batches][m][n]. acc takes the place of product.acc.
    struct HostProduct {
        cuda::BatchedProduct product;
        std::int64_t countA = 0, countB = 0;
        std::int64_t* acc = nullptr;
    };
    /// Throws std::runtime_error when the device fails.
    void multiply(const AcuKernel& kernel, const HostProduct& host) const;

    /// A stream with buffers that are reused; a call takes one and brings it back.
    struct Lane {
        std::unique_ptr<cuda::Stream> stream;
        std::vector<std::unique_ptr<cuda::Buffer>> buffers;
        /// At least `bytes` of device memory, the same for the same slot until more is asked for.
        Result<cuda::Buffer*> buffer(cuda::Device& device, std::size_t slot, std::int64_t bytes);
    };
    struct Lanes {
        std::mutex mutex;
        std::vector<std::unique_ptr<Lane>> free;
    };

private:
    std::shared_ptr<cuda::Device> m_device;
    std::shared_ptr<Lanes> m_lanes;
};

}  // namespace axp::detail
