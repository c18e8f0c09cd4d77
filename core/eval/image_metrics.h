// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

// Figures of pictures against targets: float32 [count, ...], as many values in both; the shape of `targets` says what is a channel:
// [count, channels, height, width], [count, height, width]. `range` is what lies between darkest and brightest, one for all or one a channel.
// A value that is not finite makes the result so.

/// Mean over samples and values of ((output - target) / range)^2.
Result<double> meanSquaredError(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range);
/// Mean over samples of 10 log10(1 / MSE) in dB; a sample counts 100 dB at most (equal pictures have no finite ratio).
Result<double> meanPsnr(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range);
/// Wang, Bovik, Sheikh, Simoncelli 2004: Gaussian window 11 x 11 with deviation 1.5, K1 = 0.01, K2 = 0.03, over all places where the window
/// fits; mean over places, channels and samples.
Result<double> meanSsim(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range);
/// `shape` of one sample: pictures of at least 11 x 11 pixels.
Result<void> checkSsimShape(const Shape& shape);

}  // namespace axp
