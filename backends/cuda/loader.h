// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>

#include "backends/cuda/device.h"

namespace axp::cuda {

/// The first GPU, through the module axp_cuda.so: the file that AXP_CUDA_MODULE names (empty: none), else the one beside the running
/// program, else ../lib/axplorer/axp_cuda.so. Opened once; later calls give the same device or error. Thread-safe. The error says whether the
/// build has no module, the module cannot be loaded, or the machine has no usable device.
Result<std::shared_ptr<Device>> loadDevice();

/// In few words: the device's name, "not built", "no device", or "not usable" (loadDevice() says why).
std::string deviceText();

/// Whether the module file is there; loads nothing.
bool moduleBuilt();

}  // namespace axp::cuda
