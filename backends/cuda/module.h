// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/device.h"

// The two names that the module exports. It is built with the programs and by the same compiler, so C++ objects may pass.
extern "C" {
using AxpCudaVersion = int();
using AxpCudaOpen = void(int index, axp::Result<std::shared_ptr<axp::cuda::Device>>* result);
AxpCudaVersion axp_cuda_version;
AxpCudaOpen axp_cuda_open;
}
