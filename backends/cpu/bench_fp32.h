// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"

namespace axp::cpu {

/// FP32 matrix product of the library that the emulation is compared with. Keeps oneDNN's headers out of everything else.
class Fp32Gemm {
public:
    /// Threads are set for the calling thread's parallel regions.
    static Result<std::unique_ptr<Fp32Gemm>> create(std::int64_t m, std::int64_t k, std::int64_t n, int threads);
    virtual ~Fp32Gemm() = default;
    virtual std::string name() const = 0;
    virtual int variants() const = 0;  ///< different ways to do it; 0 without oneDNN
    virtual void run(int variant) = 0;
};

}  // namespace axp::cpu
