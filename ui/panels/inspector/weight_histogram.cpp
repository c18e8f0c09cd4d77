// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/inspector/weight_histogram.h"

#include <cmath>
#include <limits>

namespace axp::ui {
namespace {

constexpr std::size_t kPortion = 1 << 18;  // weights between two looks at the cancel flag

template <class T>
Result<WeightHistogram> histogramOf(std::span<const T> weights, int bins, const JobContext& job) {
    WeightHistogram out;
    double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0, squares = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % kPortion == 0 && job.cancelled()) return cancelled();
        const double w = static_cast<double>(weights[i]);
        if (!std::isfinite(w)) {
            ++out.nonFinite;
            continue;
        }
        low = std::min(low, w);
        high = std::max(high, w);
        out.zeros += w == 0;
        ++out.count;
        const double step = w - sum;  // Welford: sum is the running mean
        sum += step / static_cast<double>(out.count);
        squares += step * (w - sum);
    }
    if (out.count == 0) return out;
    out.mean = sum;
    out.deviation = std::sqrt(squares / static_cast<double>(out.count));
    if (low == high) low -= 0.5, high += 0.5;  // one value: a bar of some width
    out.low = low;
    out.high = high;
    out.bins.assign(static_cast<std::size_t>(bins), 0);
    const double perUnit = bins / (high - low);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % kPortion == 0 && job.cancelled()) return cancelled();
        const double w = static_cast<double>(weights[i]);
        if (!std::isfinite(w)) continue;
        ++out.bins[std::min(static_cast<std::size_t>((w - low) * perUnit), out.bins.size() - 1)];
    }
    return out;
}

}  // namespace

Result<WeightHistogram> weightHistogram(const Tensor& weights, int bins, const JobContext& job) {
    switch (weights.dtype()) {
        case DType::F32: return histogramOf(weights.as<float>(), std::max(bins, 1), job);
        case DType::F64: return histogramOf(weights.as<double>(), std::max(bins, 1), job);
        default: return badInput(std::string("the weights are ") + dtypeName(weights.dtype()) + ", not floating point");
    }
}

}  // namespace axp::ui
