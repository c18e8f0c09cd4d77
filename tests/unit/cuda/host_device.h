// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>

#include "backends/cuda/device.h"

namespace axp::cuda {

/// A Device of plain loops whose memory is the host's: what stands between emulator and device is tested with it. Its memory begins as
/// noise, and uploads and downloads are counted.
class HostDevice final : public Device {
public:
    const DeviceInfo& info() const override { return m_info; }
    Result<std::unique_ptr<Buffer>> allocate(std::int64_t bytes) override;
    Result<std::unique_ptr<Stream>> makeStream() override;
    Result<DeviceAcuPtr> makeAcu(const DeviceMultiplier& multiplier, Strategy strategy, GemmChoice choice) override;
    Result<std::unique_ptr<DeviceLayer>> makeLayer(DeviceAcuPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                   bool padThroughMultiplier) override;
    Result<void> multiply(Stream& stream, const DeviceAcu& acu, const BatchedProduct& product) override;

    std::atomic<int> streams = 0, layerCalls = 0, productCalls = 0;
    std::atomic<bool> fails = false;  ///< every computation fails from now on

private:
    DeviceInfo m_info{"host loops", 0, 0, 1, 0, 0, 0, "none"};
};

}  // namespace axp::cuda
