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

const std::unordered_map<std::string, std::function<Values(const Values&)>>& table() {
    static const std::unordered_map<std::string, std::function<Values(const Values&)>> operators{
        {"axp::expand_batch", expandBatch}, {"axp::shape", shapeOf},  {"axp::reshape", reshape}, {"axp::expand", expand},
        {"axp::constant_of_shape", constantOfShape}, {"axp::slice", slice}, {"axp::gather", gather}, {"axp::range", range},
    };
    return operators;
}

}  // namespace

bool isOwnOperator(const std::string& op) { return table().count(op) > 0; }

std::vector<c10::IValue> runOwnOperator(const std::string& op, const std::vector<c10::IValue>& args) {
    return table().at(op)(args);
}

}  // namespace axp::detail
