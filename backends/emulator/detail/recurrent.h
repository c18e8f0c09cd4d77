// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "backends/emulator/detail/executor.h"

namespace axp::detail {

/// The rows of the recurrent weights that a product is made with: all gates; or, for a GRU that resets the state before the product, the
/// reset and update gates from the state and the new gate from the reset state.
enum class RecurrentRows { All, Gates, New };
/// One step's product with its bias: [N, H] in, [N, rows] out.
using RecurrentProduct = std::function<at::Tensor(const at::Tensor& state, RecurrentRows rows)>;

/// The outputs of a Recurrent node (core/graph/graph.h), computed step by step with the arithmetic of LibTorch's own cells and their order of
/// operations; only the product is the caller's. Throws c10::Error.
std::vector<at::Tensor> runRecurrent(const Node& node, const Environment& environment, const RecurrentProduct& product);
/// The same in FP32. `observe`, when given, sees what every product multiplies.
std::vector<at::Tensor> runRecurrentFloat(const Node& node, const Environment& environment, const std::function<void(const at::Tensor&)>& observe = {});

}  // namespace axp::detail
