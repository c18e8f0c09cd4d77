// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <string>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// The axes of a reduction that ATen wants as a list; nothing when the node reduces nothing at all (noop_with_empty_axes).
Result<std::optional<std::vector<std::int64_t>>> reducedAxes(Converter& c, const Node& node, ValueId x) {
    AXP_TRY(auto axes, c.integersFrom(node, "axes", 1, 18));
    if (!axes.empty()) return std::optional(std::move(axes));
    if (c.integer(node, "noop_with_empty_axes", 0) != 0) return std::optional<std::vector<std::int64_t>>();
    const auto shape = c.shape(x);
    if (!shape) return c.refuse(node, "reduces all dimensions of an input whose number of dimensions is not known");
    for (std::size_t i = 0; i < shape->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    return std::optional(std::move(axes));
}

/// |x|_1 and |x|_2 over axes.
template <int order>
Result<void> convertNorm(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, reducedAxes(c, node, x));
    if (!axes) c.bind(node, c.emit(node.name, "aten::abs", {ValueRef{x}}));
    else c.bind(node, c.emit(node.name, "aten::norm.ScalarOpt_dim", {ValueRef{x}, static_cast<std::int64_t>(order), *std::move(axes), c.integer(node, "keepdims", 1) != 0}));
    return {};
}

/// Sums of f(x), and g of the sum.
Result<void> sumOf(Converter& c, const Node& node, const char* before, const char* after) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, reducedAxes(c, node, x));
    const auto named = [&](const char* suffix, bool last) { return last ? node.name : node.name + suffix; };
    if (before) {
        std::vector<Arg> args = {ValueRef{x}};
        x = c.emit(named("_each", !axes && !after), before, std::move(args));
    }
    if (axes) x = c.emit(named("_sum", !after), "aten::sum.dim_IntList", {ValueRef{x}, *std::move(axes), c.integer(node, "keepdims", 1) != 0});
    if (after) x = c.emit(node.name, after, {ValueRef{x}});
    c.bind(node, x);
    return {};
}

Result<void> convertSumSquare(Converter& c, const Node& node) { return sumOf(c, node, "aten::square", nullptr); }
Result<void> convertLogSum(Converter& c, const Node& node) { return sumOf(c, node, nullptr, "aten::log"); }

Result<void> convertLogSumExp(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, reducedAxes(c, node, x));
    if (!axes) c.bind(node, x);
    else c.bind(node, c.emit(node.name, "aten::logsumexp", {ValueRef{x}, *std::move(axes), c.integer(node, "keepdims", 1) != 0}));
    return {};
}

/// One axis after the other, the last one first: the places of the others stay.
Result<void> convertProd(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, reducedAxes(c, node, x));
    if (!axes) {
        c.bind(node, x);
        return {};
    }
    const auto shape = c.shape(x);
    for (std::int64_t& axis : *axes)
        if (axis < 0 && shape) axis += static_cast<std::int64_t>(shape->size());
    if (axes->size() > 1 && std::ranges::any_of(*axes, [](std::int64_t v) { return v < 0; })) return c.refuse(node, "counts its axes from the back of an input whose number of dimensions is not known");
    std::ranges::sort(*axes, std::greater<>());
    for (std::size_t i = 0; i < axes->size(); ++i)
        x = c.emit(i + 1 == axes->size() ? node.name : node.name + "_" + std::to_string(i), "aten::prod.dim_int", {ValueRef{x}, (*axes)[i], c.integer(node, "keepdims", 1) != 0});
    c.bind(node, x);
    return {};
}

Result<void> convertMeanOf(Converter& c, const Node& node) {
    AXP_TRY(ValueId sum, c.input(node, 0));
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        AXP_TRY(const ValueId next, c.input(node, i));
        sum = c.emit(node.name + "_sum", "aten::add.Tensor", {ValueRef{sum}, ValueRef{next}});
    }
    c.bind(node, c.emit(node.name, "aten::mul.Scalar", {ValueRef{sum}, 1.0 / static_cast<double>(node.inputs.size())}));
    return {};
}

/// The k largest or smallest along an axis, with their indices.
Result<void> convertTopK(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    std::int64_t k = c.integer(node, "k", -1);
    if (c.opset() >= 10) {
        const auto given = c.literals(c.optional(node, 1));
        if (!given || given->size() != 1) return c.refuse(node, "has a computed k, which is not supported");
        k = (*given)[0];
    }
    if (k < 0) return c.refuse(node, "has the k " + std::to_string(k));
    const auto outputs = c.emitSeveral(node.name, "aten::topk", {ValueRef{x}, k, c.integer(node, "axis", -1), c.integer(node, "largest", 1) != 0, c.integer(node, "sorted", 1) != 0}, 2);
    c.setType(outputs[1], DType::I64);
    for (std::size_t i = 0; i < 2; ++i) c.bind(node, outputs[i], i);
    return {};
}

Result<void> convertSize(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const ValueId shape = c.emit(node.name + "_shape", "axp::shape", {ValueRef{x}}, DType::I64);
    c.bind(node, c.emit(node.name, "aten::prod", {ValueRef{shape}}, DType::I64));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& reduceConversions() {
    static const std::vector<ConversionEntry> table = {{"ReduceL1", convertNorm<1>},
                                                       {"ReduceL2", convertNorm<2>},
                                                       {"ReduceSumSquare", convertSumSquare},
                                                       {"ReduceLogSum", convertLogSum},
                                                       {"ReduceLogSumExp", convertLogSumExp},
                                                       {"ReduceProd", convertProd},
                                                       {"Mean", convertMeanOf},
                                                       {"TopK", convertTopK},
                                                       {"Size", convertSize}};
    return table;
}

}  // namespace axp::onnx_file
