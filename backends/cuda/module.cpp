// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/module.h"

extern "C" __attribute__((visibility("default"))) int axp_cuda_version() { return axp::cuda::kModuleVersion; }

extern "C" __attribute__((visibility("default"))) void axp_cuda_open(int index, axp::Result<std::shared_ptr<axp::cuda::Device>>* result) {
    try {
        *result = axp::cuda::openDevice(index);
    } catch (const std::exception& exception) {
        *result = axp::failure(std::string("the CUDA backend did not start: ") + exception.what());
    }
}
