// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/jobs/context.h"

namespace axp::ui {

/// How the weights of one site are distributed. Bin i counts low + i * width <= w < low + (i + 1) * width; the last one includes `high`.
struct WeightHistogram {
    double low = 0, high = 0;
    std::vector<std::int64_t> bins;
    std::int64_t count = 0;      ///< finite weights
    std::int64_t zeros = 0;
    std::int64_t nonFinite = 0;  ///< NaN or infinite
    double mean = 0, deviation = 0;

    double width() const { return bins.empty() ? 0 : (high - low) / static_cast<double>(bins.size()); }
    double largest() const { return std::max(-low, high); }
};

/// Of a float tensor (float32 or float64; others are an error). Stops when cancelled. Thread-safe.
Result<WeightHistogram> weightHistogram(const Tensor& weights, int bins, const JobContext& job);

}  // namespace axp::ui
