// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <functional>
#include <unordered_map>

#include "backends/emulator/detail/executor.h"

namespace axp::detail {
namespace {

using Values = std::vector<c10::IValue>;

/// The integers of a shape-like tensor.
std::vector<std::int64_t> integers(const c10::IValue& value) {
    if (value.isIntList()) return value.toIntVector();
    const at::Tensor tensor = value.toTensor().to(at::kLong).contiguous().flatten();
    return {tensor.data_ptr<std::int64_t>(), tensor.data_ptr<std::int64_t>() + tensor.numel()};
}

Values expandBatch(const Values& args) {
    const at::Tensor token = args[0].toTensor();
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(token.dim()), -1);
    sizes[0] = args[1].toTensor().size(0);
    return {token.expand(sizes)};
}

Values shapeOf(const Values& args) {
    const auto sizes = args[0].toTensor().sizes();
    return {at::tensor(sizes, at::kLong)};
}

Values reshape(const Values& args) {
    const at::Tensor x = args[0].toTensor();
    std::vector<std::int64_t> sizes = integers(args[1]);
    const bool allowZero = args.size() > 2 && !args[2].isNone() && (args[2].isBool() ? args[2].toBool() : args[2].toInt() != 0);
    for (std::size_t i = 0; i < sizes.size() && !allowZero; ++i)
        if (sizes[i] == 0) {
            if (static_cast<std::int64_t>(i) >= x.dim()) throw c10::Error("a 0 in the new shape has no dimension to copy", "");
            sizes[i] = x.size(static_cast<std::int64_t>(i));
        }
    return {x.reshape(sizes)};
}

/// ONNX Expand broadcasts both ways: a 1 in the target keeps the input's dimension.
Values expand(const Values& args) {
    const at::Tensor x = args[0].toTensor();
    const auto target = integers(args[1]);
    return {x.expand(at::infer_size(x.sizes(), target))};
}

Values constantOfShape(const Values& args) {
    const auto sizes = integers(args[0]);
    if (args.size() > 1 && args[1].isTensor()) {
        const at::Tensor fill = args[1].toTensor();
        return {at::full(sizes, fill.item(), fill.options())};
    }
    const c10::Scalar fill = args.size() > 1 && !args[1].isNone() ? args[1].toScalar() : c10::Scalar(0.0);
    return {at::full(sizes, fill, fill.isIntegral(true) ? at::kLong : at::kFloat)};
}

Values slice(const Values& args) {
    at::Tensor x = args[0].toTensor();
    const auto starts = integers(args[1]), ends = integers(args[2]);
    std::vector<std::int64_t> axes, steps(starts.size(), 1);
    if (args.size() > 3 && !args[3].isNone()) axes = integers(args[3]);
    else for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    if (args.size() > 4 && !args[4].isNone()) steps = integers(args[4]);
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
        throw c10::Error("slice bounds of different lengths", "");
    for (std::size_t i = 0; i < starts.size(); ++i) {
        if (steps[i] > 0) {
            x = x.slice(axes[i], starts[i], ends[i], steps[i]);
        } else {  // ATen has no negative steps: walk the indices
            const std::int64_t size = x.size(axes[i]);
            const auto wrap = [size](std::int64_t v) { return v < 0 ? v + size : v; };
            const std::int64_t first = std::min(wrap(starts[i]), size - 1);
            const std::int64_t last = ends[i] < -size ? -1 : wrap(ends[i]);
            std::vector<std::int64_t> indices;
            for (std::int64_t v = first; v > last && steps[i] < 0; v += steps[i]) indices.push_back(v);
            x = x.index_select(axes[i], at::tensor(indices, at::kLong));
        }
    }
    return {x};
}

/// ONNX Gather: result shape is data[:axis] + indices.shape + data[axis + 1:]; negative indices count from the end.
Values gather(const Values& args) {
    const at::Tensor x = args[0].toTensor();
    std::int64_t axis = args[1].toInt();
    at::Tensor indices = args[2].isTensor() ? args[2].toTensor() : at::tensor(integers(args[2]), at::kLong);
    indices = indices.to(at::kLong);
    if (axis < 0) axis += x.dim();
    indices = at::where(indices < 0, indices + x.size(axis), indices);
    std::vector<std::int64_t> sizes = x.sizes().slice(0, static_cast<std::size_t>(axis)).vec();
    sizes.insert(sizes.end(), indices.sizes().begin(), indices.sizes().end());
    const auto rest = x.sizes().slice(static_cast<std::size_t>(axis) + 1);
    sizes.insert(sizes.end(), rest.begin(), rest.end());
    return {x.index_select(axis, indices.flatten()).reshape(sizes)};
}

Values range(const Values& args) {
    const auto scalar = [](const c10::IValue& value) { return value.isTensor() ? value.toTensor().item() : value.toScalar(); };
    return {at::arange(scalar(args[0]), scalar(args[1]), scalar(args[2]))};
}

/// Indices of integers that count from the front; others are an error.
at::Tensor fromFront(const at::Tensor& indices, std::int64_t size) {
    at::Tensor result = indices.to(at::kLong);
    result = at::where(result < 0, result + size, result);
    if (result.numel() > 0 && (result.min().item<std::int64_t>() < 0 || result.max().item<std::int64_t>() >= size)) throw c10::Error("an index is out of range", "");
    return result;
}

/// The places that indices [..., k] name in the first k dimensions of x, counted as in x.flatten(0, k - 1): [...].
at::Tensor places(const at::Tensor& x, const at::Tensor& indices) {
    const std::int64_t k = indices.size(-1);
    if (k > x.dim()) throw c10::Error("an index has more coordinates than the tensor has dimensions", "");
    at::Tensor place = at::zeros(indices.sizes().slice(0, static_cast<std::size_t>(indices.dim()) - 1), at::kLong);
    for (std::int64_t i = 0; i < k; ++i) place = place * x.size(i) + fromFront(indices.select(-1, i), x.size(i));
    return place;
}

std::vector<std::int64_t> joined(at::IntArrayRef first, at::IntArrayRef second) {
    std::vector<std::int64_t> result = first.vec();
    result.insert(result.end(), second.begin(), second.end());
    return result;
}

/// x with `updates` at `indices` along `axis`; the indices count from the front.
at::Tensor scatterAlong(const at::Tensor& x, std::int64_t axis, const at::Tensor& indices, const at::Tensor& updates, const std::string& reduction) {
    if (reduction == "none") return x.scatter(axis, indices, updates);
    if (reduction == "add") return x.scatter_add(axis, indices, updates);
    return x.scatter_reduce(axis, indices, updates, reduction == "mul" ? "prod" : reduction == "max" ? "amax" : "amin");
}

Values scatterNd(const Values& args) {
    const at::Tensor x = args[0].toTensor(), indices = args[1].toTensor();
    const auto k = static_cast<std::size_t>(indices.size(-1));
    const at::Tensor place = places(x, indices).flatten();
    const auto inner = x.sizes().slice(k);
    const at::Tensor rows = x.reshape(joined({-1}, inner)), updates = args[2].toTensor().reshape(joined({place.numel()}, inner));
    std::vector<std::int64_t> column(static_cast<std::size_t>(rows.dim()), 1);
    column[0] = place.numel();
    return {scatterAlong(rows, 0, place.reshape(column).expand_as(updates), updates, args[3].toStringRef()).reshape(x.sizes())};
}

Values gatherNd(const Values& args) {
    const at::Tensor x = args[0].toTensor(), indices = args[1].toTensor();
    const std::int64_t batch = args[2].toInt(), k = indices.size(-1);
    if (batch < 0 || batch + k > x.dim() || batch >= indices.dim()) throw c10::Error("batch dimensions and coordinates do not fit", "");
    const auto outer = x.sizes().slice(0, static_cast<std::size_t>(batch));
    const at::Tensor rows = x.reshape(joined({-1}, x.sizes().slice(static_cast<std::size_t>(batch)))), chosen = indices.reshape(joined({-1}, indices.sizes().slice(static_cast<std::size_t>(batch))));
    std::vector<at::Tensor> parts;
    for (std::int64_t i = 0; i < rows.size(0); ++i) {
        const at::Tensor row = rows.select(0, i), place = places(row, chosen.select(0, i));
        const auto inner = row.sizes().slice(static_cast<std::size_t>(k));
        parts.push_back(row.reshape(joined({-1}, inner)).index_select(0, place.flatten()).reshape(joined(place.sizes(), inner)));
    }
    const at::Tensor all = at::stack(parts);
    return {all.reshape(joined(outer, all.sizes().slice(1)))};
}

Values scatterElements(const Values& args) {
    const at::Tensor x = args[0].toTensor();
    const std::int64_t axis = args[1].toInt();
    return {scatterAlong(x, axis, fromFront(args[2].toTensor(), x.size(axis)), args[3].toTensor(), args[4].toStringRef())};
}

Values gatherElements(const Values& args) {
    const at::Tensor x = args[0].toTensor();
    const std::int64_t axis = args[1].toInt();
    return {x.gather(axis, fromFront(args[2].toTensor(), x.size(axis)))};
}

const std::unordered_map<std::string, std::function<Values(const Values&)>>& table() {
    static const std::unordered_map<std::string, std::function<Values(const Values&)>> operators{
        {"axp::expand_batch", expandBatch}, {"axp::shape", shapeOf},  {"axp::reshape", reshape}, {"axp::expand", expand},
        {"axp::constant_of_shape", constantOfShape}, {"axp::slice", slice}, {"axp::gather", gather}, {"axp::range", range},
        {"axp::scatter_nd", scatterNd}, {"axp::gather_nd", gatherNd}, {"axp::scatter_elements", scatterElements},
        {"axp::gather_elements", gatherElements}, {"axp::resize", resize},
    };
    return operators;
}

}  // namespace

bool isOwnOperator(const std::string& op) { return table().count(op) > 0; }

std::vector<c10::IValue> runOwnOperator(const std::string& op, const std::vector<c10::IValue>& args) {
    return table().at(op)(args);
}

}  // namespace axp::detail
