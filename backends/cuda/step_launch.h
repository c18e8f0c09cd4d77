// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/launch.h"
#include "backends/cuda/steps.h"

namespace axp::cuda {

/// Asynchronous in `stream`; the parameters have passed checkStep().
cudaError_t launchStep(const DeviceStep& step, const LaunchLimits& limits, cudaStream_t stream);

}  // namespace axp::cuda
