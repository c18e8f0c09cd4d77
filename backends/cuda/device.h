// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backends/cpu/mac.h"
#include "core/acu/factor.h"
#include "core/base/result.h"

// The CUDA backend as the rest of the product sees it: plain C++, no CUDA header. The implementation lives in a module that is
// loaded at run time (loader.h), so that programs start without a driver.
//
// Tensors stay on the device from layer to layer: every call takes device pointers and works asynchronously in a Stream.
// Accumulators are those of the CPU kernels, bit for bit, and so are outputs (arithmetic.h).
namespace axp::cuda {

struct DeviceInfo {
    std::string name;           ///< "NVIDIA H100 80GB HBM3"
    int major = 0, minor = 0;   ///< compute capability
    int multiprocessors = 0;
    double clockGhz = 0;        ///< boost clock as the driver states it; 0 when it does not
    std::int64_t memoryBytes = 0;
    std::int64_t sharedBytes = 0;  ///< shared memory that one block can have
    std::string driver;         ///< CUDA version of the driver, "13.0"

    /// Dense int8 tensor-core peak in 10^12 operations a second (two a multiply-accumulate), from the published rate a
    /// multiprocessor and clock of the architecture; 0 when unknown.
    double int8PeakTops() const;
};

/// Device memory; freed with the object. Zeroed on request only.
class Buffer {
public:
    virtual ~Buffer() = default;
    virtual void* data() const = 0;
    virtual std::int64_t bytes() const = 0;
    template <class T>
    T* as() const {
        return static_cast<T*>(data());
    }
};

/// An order of work with scratch memory of its own, which grows to the largest request and is reused. Used by one thread at a time.
class Stream {
public:
    virtual ~Stream() = default;
    virtual Result<void> upload(void* device, const void* host, std::int64_t bytes) = 0;
    /// Waits for the work before it and for the copy.
    virtual Result<void> download(void* host, const void* device, std::int64_t bytes) = 0;
    /// Waits for everything; reports errors of kernels that ran before.
    virtual Result<void> finish() = 0;
    /// Seconds on the device's clock between two marks (0 and 1); waits for the second one.
    virtual Result<void> mark(int which) = 0;
    virtual Result<double> seconds() = 0;
};

/// The product that a device computes, over signed codes of 1 to 16 bits, and how products add up (SumOptions, backends/cpu/mac.h). It is
/// given by its table, up to 24 bits of both operands together, or by exact factors; then table has widths only.
struct DeviceMultiplier {
    DeviceMultiplier(ProductTable products = {}) : table(std::move(products)) {}
    ProductTable table;
    std::optional<Factorisation> factors;
    AccumulatorModel accumulator;
    bool affine = false;
    std::int64_t zeroA = 0, zeroB = 0;

    /// A bound of |T(a, b)|; the maximum when there is a table.
    std::int64_t greatest() const;
};

/// Accumulators in device memory: of 64 bits where a layer or product says so (wideSums()), else of 32; null: not wanted.
struct DeviceSums {
    DeviceSums(std::nullptr_t = nullptr) {}
    DeviceSums(std::int32_t* sums) : narrow(sums) {}
    DeviceSums(std::int64_t* sums) : wide(sums) {}
    std::int32_t* narrow = nullptr;
    std::int64_t* wide = nullptr;
};

/// An ACU on the device: factors and table. Immutable, shared, thread-safe.
class DeviceAcu {
public:
    virtual ~DeviceAcu() = default;
    virtual Strategy strategy() const = 0;
    virtual const DeviceMultiplier& multiplier() const = 0;
    /// Whether matrix products of this depth have accumulators of 64 bits.
    virtual bool wideSums(std::int64_t depth) const = 0;
    virtual int rank() const = 0;   ///< exact rank when factorised, else 0
    virtual int terms() const = 0;  ///< products of bytes that stand for one product, when factorised
};
using DeviceAcuPtr = std::shared_ptr<const DeviceAcu>;

/// What of the factorised strategy runs a product; Auto prefers the library (cuBLASLt) where a product has its shape.
enum class GemmChoice { Auto, Library, Tiles };

/// A MAC layer with its weights on the device. Immutable, thread-safe with one Stream per thread.
class DeviceLayer {
public:
    virtual ~DeviceLayer() = default;
    virtual bool wideSums() const = 0;
    /// As MacLayer::forward(), all pointers on the device. `scale` may be null when `y` is.
    virtual Result<void> forward(Stream& stream, const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                                 const float* scale, const float* bias, float* y, DeviceSums acc) const = 0;
};

/// y[i] = float(acc) * scale, acc[i] = a[i] x b[i] for matrices i < batches of one ACU: [m, k] x [k, n]. Element (r, c) of matrix i of
/// operand A is a[aOffsets[i] + r * aRow + c * aColumn]; likewise B and, with unit column stride, y. Per-head ACUs are one call
/// per ACU with the offsets of its heads. Offsets are host arrays, copied by the call; other pointers are on the device.
struct BatchedProduct {
    std::int64_t batches = 1, m = 0, k = 0, n = 0;
    const float* a = nullptr;
    const std::int64_t* aOffsets = nullptr;
    std::int64_t aRow = 0, aColumn = 1;
    const float* b = nullptr;
    const std::int64_t* bOffsets = nullptr;
    std::int64_t bRow = 0, bColumn = 1;
    Quantizer quantA, quantB;
    float scale = 1;
    float* y = nullptr;
    const std::int64_t* yOffsets = nullptr;
    std::int64_t yRow = 0;
    std::int32_t* acc = nullptr;  ///< [batches][m][n]; may be null, as may y
    std::int64_t* wideAcc = nullptr;  ///< in its place where DeviceAcu::wideSums(k)
};

/// One GPU. Thread-safe.
class Device {
public:
    virtual ~Device() = default;
    virtual const DeviceInfo& info() const = 0;
    virtual Result<std::unique_ptr<Buffer>> allocate(std::int64_t bytes) = 0;
    virtual Result<std::unique_ptr<Stream>> makeStream() = 0;
    /// As AcuKernel::create(). Products are checked on the device: all of them up to 8 bits, above that every code of one operand against 64 of
    /// the other. Reference reads the table product by product; what only adds up in order, or in 64 bits, runs that way always.
    virtual Result<DeviceAcuPtr> makeAcu(const DeviceMultiplier& multiplier, Strategy strategy = Strategy::Auto, GemmChoice choice = GemmChoice::Auto) = 0;
    /// As MacLayer::create(). `weights` is a host array.
    virtual Result<std::unique_ptr<DeviceLayer>> makeLayer(DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                           bool padThroughMultiplier = true) = 0;
    virtual Result<void> multiply(Stream& stream, const DeviceAcu& acu, const BatchedProduct& product) = 0;
};

/// Opens device `index` of this process. Errors say whether the driver, a device or its capability (8.0 at least) is missing.
Result<std::shared_ptr<Device>> openDevice(int index = 0);

/// The module's interface number; loader and module must agree.
inline constexpr int kModuleVersion = 2;

}  // namespace axp::cuda
