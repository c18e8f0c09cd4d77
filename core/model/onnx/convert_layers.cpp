// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// x with explicit padding of its last dimensions (constant_pad_nd counts from the back).
ValueId padded(Converter& c, const Node& node, ValueId x, const Window& w, double value) {
    std::vector<std::int64_t> pads;
    for (std::size_t i = w.kernel.size(); i-- > 0;) {
        pads.push_back(w.padBegin[i]);
        pads.push_back(w.padEnd[i]);
    }
    return c.emit(node.name + "_pad", "aten::constant_pad_nd", {ValueRef{x}, std::move(pads), value});
}

/// ATen pads both sides alike and by half a kernel at most.
bool paddingFits(const Window& w) {
    for (std::size_t i = 0; i < w.kernel.size(); ++i)
        if (w.padBegin[i] != w.padEnd[i] || 2 * w.padBegin[i] > w.kernel[i]) return false;
    return true;
}

Result<Window> poolWindow(Converter& c, const Node& node, ValueId x) {
    const auto kernel = c.integers(node, "kernel_shape");
    if (kernel.empty() || kernel.size() > 3)
        return c.refuse(node, "has a kernel_shape of " + std::to_string(kernel.size()) + " dimensions");
    const auto shape = c.shape(x);
    if (shape && shape->size() != kernel.size() + 2)
        return c.refuse(node, "has a kernel_shape that does not fit its input");
    return readWindow(c, node, kernel, shape);
}

Result<void> convertMaxPool(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(Window w, poolWindow(c, node, x));
    if (c.outputUsed(node, 1)) return c.refuse(node, "with its second output (indices) in use is not supported");
    const bool ceil = c.integer(node, "ceil_mode", 0) != 0;
    if (!paddingFits(w)) {
        if (ceil) return c.refuse(node, "with ceil_mode and uneven padding is not supported");
        x = padded(c, node, x, w, -std::numeric_limits<double>::infinity());
        w.padBegin.assign(w.kernel.size(), 0);
    }
    const std::string op = "aten::max_pool" + std::to_string(w.kernel.size()) + "d";
    c.bind(node, c.emit(node.name, op, {ValueRef{x}, w.kernel, w.stride, w.padBegin, w.dilation, ceil}));
    return {};
}

Result<void> convertAveragePool(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(Window w, poolWindow(c, node, x));
    if (std::ranges::any_of(w.dilation, [](std::int64_t v) { return v != 1; }))
        return c.refuse(node, "with dilations is not supported");
    const bool ceil = c.integer(node, "ceil_mode", 0) != 0;
    bool countPad = c.integer(node, "count_include_pad", 0) != 0;
    if (!paddingFits(w)) {
        if (ceil || !countPad)
            return c.refuse(node, "with uneven padding is supported only with count_include_pad and without ceil_mode");
        x = padded(c, node, x, w, 0.0);
        w.padBegin.assign(w.kernel.size(), 0);
    }
    const std::string op = "aten::avg_pool" + std::to_string(w.kernel.size()) + "d";
    c.bind(node, c.emit(node.name, op, {ValueRef{x}, w.kernel, w.stride, w.padBegin, ceil, countPad}));
    return {};
}

Result<std::vector<std::int64_t>> spatialAxes(Converter& c, const Node& node, ValueId x) {
    const auto shape = c.shape(x);
    if (!shape || shape->size() < 3) return c.refuse(node, "has an input whose number of dimensions is not known");
    std::vector<std::int64_t> axes;
    for (std::size_t i = 2; i < shape->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    return axes;
}

Result<void> convertGlobalAveragePool(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, spatialAxes(c, node, x));
    if (axes.size() == 2)
        c.bind(node, c.emit(node.name, "aten::adaptive_avg_pool2d", {ValueRef{x}, std::vector<std::int64_t>{1, 1}}));
    else c.bind(node, c.emit(node.name, "aten::mean.dim", {ValueRef{x}, std::move(axes), true}));
    return {};
}

Result<void> convertGlobalMaxPool(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, spatialAxes(c, node, x));
    c.bind(node, c.emit(node.name, "aten::amax", {ValueRef{x}, std::move(axes), true}));
    return {};
}

/// Input i as a constant vector of `length` floats (any length when negative).
Result<ValueId> vectorInput(Converter& c, const Node& node, std::size_t i, std::int64_t length) {
    AXP_TRY(const ValueId id, c.input(node, i));
    const Tensor* tensor = c.constant(id);
    if (!tensor || tensor->dtype() != DType::F32)
        return c.refuse(node, "has a computed parameter, which is not supported");
    if (tensor->shape().size() != 1 || (length >= 0 && tensor->count() != length))
        return c.refuse(node, "has parameters of different lengths");
    return id;
}

Result<void> convertBatchNormalization(Converter& c, const Node& node) {
    if (c.integer(node, "training_mode", 0) != 0)
        return c.refuse(node, "in training mode is not supported", "Export the network in evaluation mode");
    if (c.integer(node, "spatial", 1) != 1) return c.refuse(node, "with spatial = 0 is not supported");
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId scale, vectorInput(c, node, 1, -1));
    const std::int64_t channels = c.constant(scale)->count();
    AXP_TRY(const ValueId shift, vectorInput(c, node, 2, channels));
    AXP_TRY(const ValueId mean, vectorInput(c, node, 3, channels));
    AXP_TRY(const ValueId variance, vectorInput(c, node, 4, channels));
    c.bind(node, c.emit(node.name, "aten::batch_norm",
                        {ValueRef{x}, ValueRef{scale}, ValueRef{shift}, ValueRef{mean}, ValueRef{variance}, false, 0.1,
                         c.real(node, "epsilon", 1e-5), false}));
    return {};
}

Result<void> convertInstanceNormalization(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId scale, vectorInput(c, node, 1, -1));
    AXP_TRY(const ValueId shift, vectorInput(c, node, 2, c.constant(scale)->count()));
    c.bind(node, c.emit(node.name, "aten::instance_norm",
                        {ValueRef{x}, ValueRef{scale}, ValueRef{shift}, Arg{}, Arg{}, true, 0.1,
                         c.real(node, "epsilon", 1e-5), false}));
    return {};
}

Result<void> convertLayerNormalization(Converter& c, const Node& node) {
    if (c.opset() < 17) return c.refuse(node, "exists from opset 17 on");
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId scale, c.input(node, 1));
    const Tensor* weight = c.constant(scale);
    if (!weight || weight->dtype() != DType::F32) return c.refuse(node, "has a computed scale, which is not supported");
    const Shape normalised = weight->shape();
    const auto rank = static_cast<std::int64_t>(normalised.size());
    std::int64_t axis = c.integer(node, "axis", -1);
    const auto shape = c.shape(x);
    if (axis >= 0 && !shape)
        return c.refuse(node, "counts its axis from the front of an input whose number of dimensions is not known");
    if (axis >= 0) axis -= static_cast<std::int64_t>(shape->size());
    if (axis != -rank || rank == 0)
        return c.refuse(node, "has a scale of the shape " + shapeText(normalised) + " that does not fit its axis");
    Arg bias;
    if (const ValueId id = c.optional(node, 2); id >= 0) {
        if (!c.constant(id) || c.constant(id)->shape() != normalised)
            return c.refuse(node, "has a bias that does not fit its scale");
        bias = ValueRef{id};
    }
    c.bind(node, c.emit(node.name, "aten::layer_norm",
                        {ValueRef{x}, normalised, ValueRef{scale}, bias, c.real(node, "epsilon", 1e-5)}));
    return {};
}

Result<void> softmax(Converter& c, const Node& node, const char* op) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    std::int64_t axis = c.integer(node, "axis", c.opset() < 13 ? 1 : -1);
    const auto shape = c.shape(x);
    const bool last = axis == -1 || (shape && axis == static_cast<std::int64_t>(shape->size()) - 1);
    if (c.opset() >= 13 || last) {
        c.bind(node, c.emit(node.name, op, {ValueRef{x}, axis}));
        return {};
    }
    // Before opset 13 all dimensions from the axis on are normalised together.
    const ValueId flat = c.emit(node.name + "_flat", "aten::flatten.using_ints", {ValueRef{x}, axis, std::int64_t{-1}});
    const ValueId y = c.emit(node.name, op, {ValueRef{flat}, std::int64_t{-1}});
    const ValueId size = c.emit(node.name + "_shape", "axp::shape", {ValueRef{x}}, DType::I64);
    c.bind(node, c.emit(node.name + "_back", "axp::reshape", {ValueRef{y}, ValueRef{size}, true}));
    return {};
}
Result<void> convertSoftmax(Converter& c, const Node& node) { return softmax(c, node, "aten::softmax.int"); }
Result<void> convertLogSoftmax(Converter& c, const Node& node) { return softmax(c, node, "aten::log_softmax.int"); }

Result<void> reduce(Converter& c, const Node& node, const char* op, std::int64_t axesInputSince) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, c.integersFrom(node, "axes", 1, axesInputSince));
    const bool keep = c.integer(node, "keepdims", 1) != 0;
    if (axes.empty() && c.integer(node, "noop_with_empty_axes", 0) != 0) {
        c.bind(node, x);
        return {};
    }
    if (axes.empty()) {
        const auto shape = c.shape(x);
        if (!shape) return c.refuse(node, "reduces all dimensions of an input whose number of dimensions is not known");
        for (std::size_t i = 0; i < shape->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    }
    c.bind(node, c.emit(node.name, op, {ValueRef{x}, std::move(axes), keep}));
    return {};
}
Result<void> convertReduceMean(Converter& c, const Node& node) { return reduce(c, node, "aten::mean.dim", 18); }
Result<void> convertReduceSum(Converter& c, const Node& node) { return reduce(c, node, "aten::sum.dim_IntList", 13); }
Result<void> convertReduceMax(Converter& c, const Node& node) { return reduce(c, node, "aten::amax", 18); }
Result<void> convertReduceMin(Converter& c, const Node& node) { return reduce(c, node, "aten::amin", 18); }

}  // namespace

const std::vector<ConversionEntry>& layerConversions() {
    static const std::vector<ConversionEntry> table = {{"MaxPool", convertMaxPool},
                                                       {"AveragePool", convertAveragePool},
                                                       {"GlobalAveragePool", convertGlobalAveragePool},
                                                       {"GlobalMaxPool", convertGlobalMaxPool},
                                                       {"BatchNormalization", convertBatchNormalization},
                                                       {"InstanceNormalization", convertInstanceNormalization},
                                                       {"LayerNormalization", convertLayerNormalization},
                                                       {"Softmax", convertSoftmax},
                                                       {"LogSoftmax", convertLogSoftmax},
                                                       {"ReduceMean", convertReduceMean},
                                                       {"ReduceSum", convertReduceSum},
                                                       {"ReduceMax", convertReduceMax},
                                                       {"ReduceMin", convertReduceMin}};
    return table;
}

}  // namespace axp::onnx_file
