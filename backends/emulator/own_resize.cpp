// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "backends/emulator/detail/executor.h"

namespace axp::detail {
namespace {

/// How one dimension is resampled (ONNX Resize, opset 19).
struct Axis {
    std::string mode, place, nearest;
    double cubic = -0.75;
    bool excludeOutside = false;
    std::int64_t in = 0, out = 0;
    double scale = 1;  ///< as the file gives it; out / in when it gives sizes
};

/// Where sample `i` of the output lies in the input.
double source(const Axis& a, std::int64_t i) {
    const double length = a.scale * static_cast<double>(a.in), x = static_cast<double>(i);
    if (a.place == "align_corners") return length == 1 ? 0 : x * static_cast<double>(a.in - 1) / (length - 1);
    if (a.place == "asymmetric") return x / a.scale;
    const double half = (x + 0.5) / a.scale - 0.5;
    if (a.place == "pytorch_half_pixel") return length == 1 ? -0.5 : half;
    if (a.place == "half_pixel_symmetric") return static_cast<double>(a.in) / 2 * (1 - static_cast<double>(a.out) / length) + half;
    return half;
}

double nearestOf(const Axis& a, double x) {
    if (a.nearest == "floor") return std::floor(x);
    if (a.nearest == "ceil") return std::ceil(x);
    return a.nearest == "round_prefer_ceil" ? std::floor(x + 0.5) : std::ceil(x - 0.5);
}

/// The samples around `x`, the first one's index, and their weights.
std::pair<std::int64_t, std::vector<double>> taps(const Axis& a, double x) {
    if (a.mode == "nearest") return {static_cast<std::int64_t>(nearestOf(a, x)), {1.0}};
    const double floor = std::floor(x), r = x - floor;
    if (a.mode == "linear") return {static_cast<std::int64_t>(floor), {1 - r, r}};
    const double c = a.cubic;
    const auto far = [c](double d) { return ((c * d - 5 * c) * d + 8 * c) * d - 4 * c; };
    const auto near = [c](double d) { return ((c + 2) * d - (c + 3)) * d * d + 1; };
    std::vector<double> weights = {far(r + 1), near(r), near(1 - r), far(2 - r)};
    const auto first = static_cast<std::int64_t>(floor) - 1;
    if (!a.excludeOutside) return {first, weights};
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::int64_t at = first + static_cast<std::int64_t>(i);
        if (at < 0 || at >= a.in) weights[i] = 0;
        sum += weights[i];
    }
    for (double& weight : weights) weight /= sum;
    return {first, weights};
}

at::Tensor along(const at::Tensor& x, std::int64_t axis, const Axis& a) {
    const std::size_t count = a.mode == "nearest" ? 1 : a.mode == "linear" ? 2 : 4;
    std::vector<std::vector<std::int64_t>> places(count);
    std::vector<std::vector<float>> weights(count);
    for (std::int64_t i = 0; i < a.out; ++i) {
        const auto [first, values] = taps(a, source(a, i));
        for (std::size_t k = 0; k < count; ++k) {
            places[k].push_back(std::clamp<std::int64_t>(first + static_cast<std::int64_t>(k), 0, a.in - 1));
            weights[k].push_back(static_cast<float>(values[k]));
        }
    }
    if (count == 1) return x.index_select(axis, at::tensor(places[0], at::kLong));
    std::vector<std::int64_t> broadcast(static_cast<std::size_t>(x.dim()), 1);
    broadcast[static_cast<std::size_t>(axis)] = a.out;
    at::Tensor sum;
    for (std::size_t k = 0; k < count; ++k) {
        const at::Tensor part = x.index_select(axis, at::tensor(places[k], at::kLong)) * at::tensor(weights[k], at::kFloat).reshape(broadcast);
        sum = k == 0 ? part : sum + part;
    }
    return sum;
}

}  // namespace

std::vector<c10::IValue> resize(const std::vector<c10::IValue>& args) {
    at::Tensor x = args[0].toTensor();
    const auto axes = args[1].toIntVector();
    for (std::size_t i = 0; i < axes.size(); ++i) {
        Axis a{args[4].toStringRef(), args[5].toStringRef(), args[6].toStringRef(), args[7].toDouble(), args[8].toBool(), x.size(axes[i])};
        if (args[2].isNone()) {
            a.scale = args[3].toDoubleVector().at(i);
            a.out = static_cast<std::int64_t>(std::floor(a.scale * static_cast<double>(a.in)));
        } else {
            a.out = args[2].toIntVector().at(i);
            a.scale = static_cast<double>(a.out) / static_cast<double>(a.in);
        }
        if (a.in < 1 || a.out < 1) throw c10::Error("a dimension would have no samples", "");
        if (a.out != a.in || a.scale != 1) x = along(x, axes[i], a);
    }
    return {x};
}

}  // namespace axp::detail
