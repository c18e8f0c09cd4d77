// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "backends/cuda/plan.h"
#include "core/base/result.h"

namespace axp::cuda {

/// IntegerProducts through cuBLASLt's tensor-core kernels. In the library's column-major terms they are the "TN" product of b
/// (transposed) and a, the only form its int8 kernels have; they want columns, depth and pitches in multiples of 4 and addresses of 4
/// (16 for the fast ones), which the padded layouts give. Thread-safe; descriptors and the chosen algorithm are kept per shape.
class IntegerGemm {
public:
    static constexpr std::int64_t kWorkspaceBytes = std::int64_t{32} << 20;
    static Result<std::unique_ptr<IntegerGemm>> create();
    ~IntegerGemm();
    /// False when the library has no kernel for the shape on this device: use the tiles.
    Result<bool> multiply(const IntegerProduct& product, void* workspace, cudaStream_t stream);

private:
    struct Plan;
    using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                           std::int64_t, std::int64_t>;
    IntegerGemm() = default;
    Result<const Plan*> planOf(const IntegerProduct& product);

    cublasLtHandle_t m_handle = nullptr;
    std::mutex m_mutex;
    std::map<Key, std::unique_ptr<Plan>> m_plans;
};

}  // namespace axp::cuda
