// SPDX-License-Identifier: GPL-3.0-or-later
// Private to backends/emulator: the only headers of the project that include LibTorch.
#pragma once
#include <ATen/core/Tensor.h>

#include "core/base/tensor.h"

namespace axp::detail {

/// A LibTorch tensor that shares the bytes of `tensor`, which must outlive it. Never write to it.
at::Tensor viewOf(const Tensor& tensor);
/// A LibTorch tensor with its own copy of the data.
at::Tensor copyOf(const Tensor& tensor);
/// A plain tensor from a LibTorch one (any strides).
Tensor toPlain(const at::Tensor& tensor);

}  // namespace axp::detail
