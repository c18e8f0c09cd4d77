// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

Result<void> convertShapeOf(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const bool part = c.hasAttribute(node, "start") || c.hasAttribute(node, "end");
    const ValueId whole = c.emit(part ? node.name + "_all" : node.name, "axp::shape", {ValueRef{x}}, DType::I64);
    if (!part) {
        c.bind(node, whole);
        return {};
    }
    const std::int64_t end = c.integer(node, "end", std::numeric_limits<std::int64_t>::max());
    c.bind(node, c.emit(node.name, "aten::slice.Tensor",
                        {ValueRef{whole}, std::int64_t{0}, c.integer(node, "start", 0), end, std::int64_t{1}}));
    return {};
}

Result<void> convertConstantOfShape(Converter& c, const Node& node) {
    AXP_TRY(const ValueId shape, c.input(node, 0));
    const auto found = node.attributes.find("value");
    const Tensor* value = found == node.attributes.end() ? nullptr : std::get_if<Tensor>(&found->second);
    Arg fill = 0.0;
    DType type = DType::F32;
    if (value && value->count() != 1) return c.refuse(node, "has a value that is not one element");
    if (value) type = value->dtype();
    if (value && type == DType::F32) fill = static_cast<double>(value->as<float>()[0]);
    else if (value && type == DType::I64) fill = value->as<std::int64_t>()[0];
    else if (value) fill = value->as<std::uint8_t>()[0] != 0;
    c.bind(node, c.emit(node.name, "axp::constant_of_shape", {ValueRef{shape}, fill}, type));
    return {};
}

/// What PyTorch wrote for ConstantOfShape before opset 9.
Result<void> convertConstantFill(Converter& c, const Node& node) {
    AXP_TRY(const ValueId shape, c.input(node, 0));
    if (c.integer(node, "input_as_shape", 0) == 0 || c.integer(node, "dtype", 1) != 1 || c.hasAttribute(node, "extra_shape"))
        return c.refuse(node, "in this form is not supported", "Export the network with opset 9 or later");
    c.bind(node, c.emit(node.name, "axp::constant_of_shape", {ValueRef{shape}, c.real(node, "value", 0.0)}));
    return {};
}

Result<void> convertRange(Converter& c, const Node& node) {
    std::vector<Arg> args;
    for (std::size_t i = 0; i < 3; ++i) {
        AXP_TRY(const ValueId id, c.input(node, i));
        args.emplace_back(ValueRef{id});
    }
    c.bind(node, c.emit(node.name, "axp::range", std::move(args)));
    return {};
}

Result<void> convertGather(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId indices, c.input(node, 1));
    const std::int64_t axis = c.integer(node, "axis", 0);
    const auto shape = c.shape(x);
    if (shape && (axis < -static_cast<std::int64_t>(shape->size()) || axis >= static_cast<std::int64_t>(shape->size())))
        return c.refuse(node, "has the axis " + std::to_string(axis) + ", which is out of range");
    const Tensor* constant = c.constant(indices);
    if (c.dtype(indices) != DType::I64) return c.refuse(node, "has indices that are not of an integer type");
    if (constant && constant->shape().empty()) {
        c.bind(node, c.emit(node.name, "aten::select.int", {ValueRef{x}, axis, constant->as<std::int64_t>()[0]}));
        return {};
    }
    const bool plain = constant && constant->shape().size() == 1 &&
                       std::ranges::all_of(constant->as<std::int64_t>(), [](std::int64_t v) { return v >= 0; });
    if (plain) c.bind(node, c.emit(node.name, "aten::index_select", {ValueRef{x}, axis, ValueRef{indices}}));
    else c.bind(node, c.emit(node.name, "axp::gather", {ValueRef{x}, axis, ValueRef{indices}}));
    return {};
}

Result<void> convertSlice(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    if (c.opset() >= 10 && (!c.has(node, 1) || !c.has(node, 2))) return c.refuse(node, "lacks its starts or ends");
    const auto lists = sliceLists(c, node);
    const bool sameLength =
        !lists || (lists->ends.size() == lists->starts.size() && lists->axes.size() == lists->starts.size() &&
                   lists->steps.size() == lists->starts.size());
    if (!sameLength || (lists && lists->starts.empty()))
        return c.refuse(node, "has starts, ends, axes and steps of different lengths");
    const auto shape = c.shape(x);
    for (std::int64_t axis : lists ? lists->axes : std::vector<std::int64_t>{})
        if (shape &&
            (axis < -static_cast<std::int64_t>(shape->size()) || axis >= static_cast<std::int64_t>(shape->size())))
            return c.refuse(node, "has the axis " + std::to_string(axis) + ", which is out of range");
    if (lists && std::ranges::any_of(lists->steps, [](std::int64_t v) { return v == 0; }))
        return c.refuse(node, "has the step 0");
    const bool forward = lists && std::ranges::all_of(lists->steps, [](std::int64_t v) { return v > 0; });
    if (!forward) {
        // Only from opset 10 on are the parameters inputs, and only there are there steps.
        std::vector<Arg> args = {ValueRef{x}};
        for (std::size_t i = 1; i < 5; ++i) {
            args.emplace_back();
            if (c.has(node, i)) args.back() = ValueRef{c.optional(node, i)};
        }
        c.bind(node, c.emit(node.name, "axp::slice", std::move(args)));
        return {};
    }
    const std::size_t count = lists->starts.size();
    for (std::size_t i = 0; i < count; ++i)
        x = c.emit(i + 1 == count ? node.name : node.name + "_" + std::to_string(i), "aten::slice.Tensor",
                   {ValueRef{x}, lists->axes[i], lists->starts[i], lists->ends[i], lists->steps[i]});
    c.bind(node, x);
    return {};
}

Result<void> convertSplit(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(auto sizes, c.integersFrom(node, "split", 1, 13));
    const std::int64_t axis = c.integer(node, "axis", 0);
    const auto parts = static_cast<std::int64_t>(node.outputs.size());
    if (c.hasAttribute(node, "num_outputs") && c.integer(node, "num_outputs", 0) != parts)
        return c.refuse(node, "has a num_outputs that differs from its outputs");
    const auto shape = c.shape(x);
    const std::int64_t at = shape && axis < 0 ? axis + static_cast<std::int64_t>(shape->size()) : axis;
    if (shape && (at < 0 || at >= static_cast<std::int64_t>(shape->size())))
        return c.refuse(node, "has an axis that is out of range");
    const Dim whole = shape ? (*shape)[at] : Dim{};
    if (sizes.empty() && whole.isKnown()) {
        const std::int64_t size = (whole.value + parts - 1) / parts;
        for (std::int64_t i = 0; i < parts; ++i)
            sizes.push_back(std::clamp<std::int64_t>(whole.value - i * size, 0, size));
        if (c.opset() < 18 && whole.value % parts != 0)
            return c.refuse(node, "splits " + std::to_string(whole.value) + " into unequal parts");
    }
    if (!sizes.empty() &&
        (static_cast<std::int64_t>(sizes.size()) != parts ||
         std::ranges::any_of(sizes, [](std::int64_t v) { return v < 0 || v > (std::int64_t{1} << 40); })))
        return c.refuse(node, "has sizes that do not fit its outputs");
    if (parts == 1) {  // the whole
        const bool fits = sizes.empty() || !shape || whole.isKnown(sizes[0]) || (whole == Dim::batch() && sizes[0] == c.fixedBatch());
        if (!fits) return c.refuse(node, "has sizes that do not fit its input");
        c.bind(node, x);
        return {};
    }
    std::vector<Arg> args = {ValueRef{x}, Arg{}, axis};
    if (sizes.empty()) args[1] = parts;
    else args[1] = sizes;
    const auto outputs = c.emitSeveral(node.name, sizes.empty() ? "aten::chunk" : "aten::split_with_sizes",
                                       std::move(args), node.outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) c.bind(node, outputs[i], i);
    return {};
}

}  // namespace

std::optional<SliceLists> sliceLists(Converter& c, const Node& node) {
    SliceLists lists;
    if (c.opset() < 10) {
        lists.starts = c.integers(node, "starts");
        lists.ends = c.integers(node, "ends");
        lists.axes = c.integers(node, "axes");
    } else {
        for (const auto& [place, list] :
             {std::pair{std::size_t{1}, &lists.starts}, std::pair{std::size_t{2}, &lists.ends},
              std::pair{std::size_t{3}, &lists.axes}, std::pair{std::size_t{4}, &lists.steps}}) {
            if (!c.has(node, place)) continue;
            const auto values = c.literals(c.optional(node, place));
            if (!values) return std::nullopt;
            *list = *values;
        }
    }
    if (lists.axes.empty())
        for (std::size_t i = 0; i < lists.starts.size(); ++i) lists.axes.push_back(static_cast<std::int64_t>(i));
    if (lists.steps.empty()) lists.steps.assign(lists.starts.size(), 1);
    return lists;
}

const std::vector<ConversionEntry>& indexConversions() {
    static const std::vector<ConversionEntry> table = {
        {"Shape", convertShapeOf}, {"ConstantOfShape", convertConstantOfShape}, {"ConstantFill", convertConstantFill},
        {"Range", convertRange},   {"Gather", convertGather},
        {"Slice", convertSlice},   {"Split", convertSplit}};
    return table;
}

}  // namespace axp::onnx_file
