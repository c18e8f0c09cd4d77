// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace axp {

/// The project's own operators ("axp::name"): ONNX semantics that no ATen schema has with literal arguments. Positional
/// arguments in this order; a missing trailing one has the default shown. Shapes, indices, starts and so on are int64 tensors.
///
/// | operator | arguments | result |
/// | --- | --- | --- |
/// | axp::shape | x | int64 [rank]: the dimensions of x |
/// | axp::reshape | x, Tensor shape [r], bool allowzero = false | x reshaped; -1 once: the rest; 0 copies the dimension of x unless allowzero |
/// | axp::expand | x, Tensor shape [r] | x broadcast with `shape` in both directions (a 1 in `shape` keeps the dimension of x) |
/// | axp::expand_batch | x [1, ...], like [N, ...] | x expanded to [N, ...]; the other dimensions stay. The class token |
/// | axp::constant_of_shape | Tensor shape [r], value | a tensor of that shape filled with value: double gives float32, int gives int64, bool gives bool |
/// | axp::slice | x, Tensor starts [k], Tensor ends [k], Tensor axes [k] or nothing (0..k-1), Tensor steps [k] or nothing (1) | ONNX Slice: negative values count from the back, out-of-range ones are clamped, steps may be negative |
/// | axp::gather | x, int axis, Tensor indices | ONNX Gather: x.shape[:axis] + indices.shape + x.shape[axis+1:]; negative indices count from the back, others out of range are an error |
/// | axp::scatter_nd | x, Tensor indices [..., k], Tensor updates, string reduction: "none", "add", "mul", "max", "min" | ONNX ScatterND: a copy of x with the places indices[...] (k leading coordinates each, negative ones count from the back) replaced by or reduced with updates |
/// | axp::gather_nd | x, Tensor indices [..., k], int batch_dims | ONNX GatherND |
/// | axp::scatter_elements | x, int axis, Tensor indices, Tensor updates, string reduction | ONNX ScatterElements; negative indices count from the back |
/// | axp::gather_elements | x, int axis, Tensor indices | ONNX GatherElements; negative indices count from the back |
/// | axp::resize | x, int[] axes, int[] sizes or nothing, float[] scales or nothing (one of both), string mode, string coordinate_transformation_mode, string nearest_mode, float cubic_coeff_a, bool exclude_outside | ONNX Resize along `axes`, without antialiasing and cropping |
/// | axp::range | start, limit, delta (scalar tensors of one type) | max(ceil((limit - start) / delta), 0) elements start + i * delta |
inline constexpr const char* kOwnOperators[] = {"axp::shape", "axp::reshape", "axp::expand", "axp::expand_batch",
                                                "axp::constant_of_shape", "axp::slice", "axp::gather", "axp::range",
                                                "axp::scatter_nd", "axp::gather_nd", "axp::scatter_elements", "axp::gather_elements",
                                                "axp::resize"};

}  // namespace axp
