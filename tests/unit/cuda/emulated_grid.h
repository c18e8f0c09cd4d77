// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "backends/cuda/block.h"
#include "backends/cuda/cases.h"
#include "backends/cuda/plan.h"

// The device path of a layer or a matrix product, step by step as the launch code does it, with every kernel run on an emulated
// grid by the host.
namespace axp::cuda {

struct Outcome {
    std::vector<std::int32_t> acc;
    std::vector<float> y;
};

/// Which kernel multiplies.
enum class Way { Tensor, Library, Tiles, Global, Direct };

/// How threads of a block take turns: phase by phase (HostBlock), or each on its own between barriers (FiberBlock, slow).
enum class Threads { InPhases, AsFibers };
void emulate(Threads threads);

/// `Library` stands for the GEMM library: expanded operands are multiplied by plain loops in its layout.
Outcome runConv(const ProductTable& table, const TermOperands* terms, Way way, const ConvCase& c, const ConvData& data, unsigned seed);
Outcome runProduct(const ProductTable& table, const TermOperands* terms, Way way, const ProductCase& c, const ProductData& data, unsigned seed);

}  // namespace axp::cuda
