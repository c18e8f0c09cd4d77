// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "backends/cuda/device.h"
#include "backends/cuda/ordered_kernel.h"
#include "core/base/result.h"

// What the host prepares for the kernels of ordered_kernel.h. No CUDA call; tested on the host.
namespace axp::cuda {

/// The row map of a convolution, also of a transposed one.
ConvMap orderedMap(const ConvGeometry& geometry, std::int64_t batch, const std::array<std::int64_t, 3>& in);

/// Weights as MacLayer::create() has them, in the order [input of the group][tap][outChannels].
std::vector<std::int16_t> packOrdered(const ConvGeometry& geometry, const std::int16_t* weights);

SumRules sumRules(const DeviceMultiplier& multiplier);
/// Everything but pointers, product and outputs.
OrderedParams orderedConv(const ConvMap& map, const ConvGeometry& geometry, bool padThroughMultiplier);
WideEpilogue wideEpilogue(const ConvGeometry& geometry);
CodesParams imageCodes(const ConvMap& map, const ConvGeometry& geometry, const Quantizer& quantizer);
/// A batch of matrix products whose codes lie as [batch][m][k] and [batch][k][n]; outputs as the product has them but for yOffsets.
OrderedParams orderedProduct(const BatchedProduct& product);
CodesParams leftCodes(const BatchedProduct& product);
CodesParams rightCodes(const BatchedProduct& product);

/// Whether the kernels with 32-bit sums compute products of this multiplier at all: operands of up to 8 bits, a wide accumulator or one
/// that merely wraps.
bool addsInAnyOrder(const DeviceMultiplier& multiplier);
/// Low bits that an accumulator of 32-bit sums keeps; 0: all.
std::int32_t wrapBits(const DeviceMultiplier& multiplier);
/// Errors for what no kernel computes exactly: no table and no factors, widths outside 1 to 16, a table of the wrong size.
Result<void> checkMultiplier(const DeviceMultiplier& multiplier);
/// An error when sums of this depth can pass 2^51, as on the CPU.
Result<void> checkWideDepth(const DeviceMultiplier& multiplier, std::int64_t depth);
Result<void> checkGeometry(const ConvGeometry& geometry);

/// The factors side by side, [term][pattern].
std::vector<std::int32_t> joinedFactors(const std::vector<std::vector<std::int32_t>>& factors);

}  // namespace axp::cuda
