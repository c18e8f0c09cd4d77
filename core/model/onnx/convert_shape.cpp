// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 40;

Result<void> convertIdentity(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, x);
    return {};
}

Result<void> convertDropout(Converter& c, const Node& node) {
    if (c.outputUsed(node, 1)) return c.refuse(node, "with its mask in use is not supported");
    if (c.has(node, 2)) {
        const auto training = c.literals(c.optional(node, 2));
        const bool keepsAll = c.has(node, 1) && c.scalar(c.optional(node, 1)) == 0.0;
        if (keepsAll) return convertIdentity(c, node);
        if (!training || training->size() != 1 || (*training)[0] != 0)
            return c.refuse(node, "in training mode is not supported", "Export the network in evaluation mode");
    }
    return convertIdentity(c, node);
}

Result<void> convertConstant(Converter& c, const Node& node) {
    for (const auto& [name, value] : node.attributes) {
        if (const auto* tensor = std::get_if<Tensor>(&value)) c.bind(node, c.addConstant(node.outputs[0], *tensor));
        else if (const auto* f = std::get_if<double>(&value))
            c.bind(node,
                   c.addConstant(node.outputs[0], Tensor::from(Shape{}, std::vector<float>{static_cast<float>(*f)})));
        else if (const auto* i = std::get_if<std::int64_t>(&value))
            c.bind(node, c.addConstant(node.outputs[0], Tensor::from(Shape{}, std::vector<std::int64_t>{*i})));
        else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
            c.bind(node,
                   c.addConstant(node.outputs[0], Tensor::from(Shape{static_cast<std::int64_t>(list->size())}, *list)));
        else if (const auto* reals = std::get_if<std::vector<double>>(&value))
            c.bind(node,
                   c.addConstant(node.outputs[0], Tensor::from(Shape{static_cast<std::int64_t>(reals->size())},
                                                               std::vector<float>(reals->begin(), reals->end()))));
        else return c.refuse(node, "has a value in the attribute '" + name + "' that is not supported");
        return {};
    }
    return c.refuse(node, "has no value");
}

/// The literal shape of a Reshape with at most one -1, or nothing. `x` may be unknown.
std::optional<std::vector<std::int64_t>> literalShape(Converter& c, const PartialShape& x, std::vector<Dim> target,
                                                      bool allowZero) {
    for (std::size_t i = 0; i < target.size(); ++i)
        if (target[i].isKnown(0) && !allowZero) target[i] = x && i < x->size() ? (*x)[i] : Dim{};
    // A file with a fixed batch has that number where the batch goes: at the front.
    const bool wholeBatch = c.fixedBatch() > 0 && x && !x->empty() && (*x)[0].isBatch() && target.size() > 1 &&
                            target[0].isKnown() && target[0].value > 0 && target[0].value % c.fixedBatch() == 0;
    std::vector<std::size_t> open, batch;
    std::vector<std::int64_t> result(target.size(), -1);
    Dim rest = x ? product(*x, 0, x->size()) : Dim{};
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (target[i].kind == Dim::Kind::Unknown) return std::nullopt;
        if (target[i].isBatch()) batch.push_back(i);
        else if (target[i].value == -1) open.push_back(i);
        else if (target[i].value < 0 || target[i].value > kLargest) return std::nullopt;
        else result[i] = target[i].value;
        const bool front = wholeBatch && i == 0;
        if (target[i].value != -1)
            rest = divide(rest, front ? Dim::known(target[0].value / c.fixedBatch()) : target[i]);
    }
    if (open.size() > 1 || batch.size() > 1) return std::nullopt;
    // What remains of x is k * N: one batch at the front, and k for the open dimension.
    if (wholeBatch && batch.empty() && rest.isBatch() && (rest.value == 1 || !open.empty())) {
        result[0] = -1;
        if (!open.empty()) result[open[0]] = rest.value;
        return result;
    }
    if (open.empty() || batch.empty()) return result;
    if (!rest.isKnown() || rest.value > kLargest) return std::nullopt;
    result[open[0]] = rest.value;
    return result;
}

Result<void> convertReshape(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId shape, c.input(node, 1));
    const bool allowZero = c.integer(node, "allowzero", 0) != 0;
    const auto target = c.symbolic(shape);
    const auto literal =
        target && target->shape.size() == 1 ? literalShape(c, c.shape(x), target->elements, allowZero) : std::nullopt;
    if (literal) {
        c.bind(node, c.emit(node.name, "aten::reshape", {ValueRef{x}, *literal}));
        return {};
    }
    if (c.dtype(shape) != DType::I64) return c.refuse(node, "has a shape that is not of an integer type");
    c.bind(node, c.emit(node.name, "axp::reshape", {ValueRef{x}, ValueRef{shape}, allowZero}));
    return {};
}

Result<void> convertFlatten(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    const std::int64_t axis = c.integer(node, "axis", 1);
    const auto shape = c.shape(x);
    const auto flatten = [&](const std::string& name, ValueId id, std::int64_t first, std::int64_t last) {
        return c.emit(name, "aten::flatten.using_ints", {ValueRef{id}, first, last});
    };
    const bool everything = shape && axis == static_cast<std::int64_t>(shape->size());
    if (axis == 0 || everything) {
        const std::vector<std::int64_t> sizes =
            axis == 0 ? std::vector<std::int64_t>{1, -1} : std::vector<std::int64_t>{-1, 1};
        c.bind(node, c.emit(node.name, "aten::reshape", {ValueRef{x}, sizes}));
        return {};
    }
    if (axis > 1) x = flatten(node.name + "_front", x, 0, axis - 1);
    if (axis < 0) {
        x = flatten(node.name + "_back", x, axis, -1);
        c.bind(node, flatten(node.name, x, 0, -2));
    } else c.bind(node, flatten(node.name, x, 1, -1));
    return {};
}

Result<void> convertTranspose(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    auto order = c.integers(node, "perm");
    const auto shape = c.shape(x);
    if (!c.hasAttribute(node, "perm")) {
        if (!shape)
            return c.refuse(node, "reverses the dimensions of an input whose number of dimensions is not known");
        order.resize(shape->size());
        std::iota(order.rbegin(), order.rend(), 0);
    }
    std::vector<std::int64_t> sorted = order;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i)
        if (sorted[i] != static_cast<std::int64_t>(i)) return c.refuse(node, "has a perm that is no permutation");
    if (shape && shape->size() != order.size()) return c.refuse(node, "has a perm that does not fit its input");
    c.bind(node, c.emit(node.name, "aten::permute", {ValueRef{x}, std::move(order)}));
    return {};
}

/// Sorted axes counted from the front of `rank` dimensions; a single one may stay negative when the rank is not known.
Result<std::vector<std::int64_t>> sortedAxes(Converter& c, const Node& node, std::vector<std::int64_t> axes,
                                             std::optional<std::size_t> rank) {
    for (std::int64_t& axis : axes) {
        const auto size = static_cast<std::int64_t>(rank.value_or(64));
        if (axis < -size || axis >= size)
            return c.refuse(node, "has the axis " + std::to_string(axis) + ", which is out of range");
        if (axis >= 0) continue;
        if (rank) axis += size;
        else if (axes.size() > 1)
            return c.refuse(node, "counts its axes from the back of an input whose number of dimensions is not known");
    }
    std::ranges::sort(axes);
    if (std::ranges::adjacent_find(axes) != axes.end()) return c.refuse(node, "names an axis twice");
    return axes;
}

std::string stepName(const Node& node, std::size_t i, std::size_t count) {
    return i + 1 == count ? node.name : node.name + "_" + std::to_string(i);
}

Result<void> convertUnsqueeze(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, c.integersFrom(node, "axes", 1, 13));
    std::optional<std::size_t> rank;
    if (c.shape(x)) rank = c.shape(x)->size() + axes.size();
    AXP_TRY(axes, sortedAxes(c, node, axes, rank));
    for (std::size_t i = 0; i < axes.size(); ++i)
        x = c.emit(stepName(node, i, axes.size()), "aten::unsqueeze", {ValueRef{x}, axes[i]});
    c.bind(node, x);
    return {};
}

Result<void> convertSqueeze(Converter& c, const Node& node) {
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(auto axes, c.integersFrom(node, "axes", 1, 13));
    const auto shape = c.shape(x);
    if (axes.empty()) {
        if (!shape || std::ranges::any_of(*shape, [](const Dim& d) { return d.kind == Dim::Kind::Unknown; }))
            return c.refuse(node, "without axes has an input whose shape is not known",
                            "Export the network with explicit axes");
        for (std::size_t i = 0; i < shape->size(); ++i)
            if ((*shape)[i].isKnown(1)) axes.push_back(static_cast<std::int64_t>(i));
    }
    AXP_TRY(axes, sortedAxes(c, node, axes, shape ? std::optional(shape->size()) : std::nullopt));
    for (std::int64_t axis : axes)
        if (shape && axis >= 0 && (*shape)[axis].isKnown() && (*shape)[axis].value != 1)
            return c.refuse(node, "squeezes a dimension of length " + std::to_string((*shape)[axis].value));
    std::ranges::reverse(axes);
    for (std::size_t i = 0; i < axes.size(); ++i)
        x = c.emit(stepName(node, i, axes.size()), "aten::squeeze.dim", {ValueRef{x}, axes[i]});
    c.bind(node, x);
    return {};
}

Result<void> convertConcat(Converter& c, const Node& node) {
    std::vector<ValueRef> parts;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        AXP_TRY(const ValueId part, c.input(node, i));
        parts.push_back({part});
    }
    if (parts.empty() || !c.hasAttribute(node, "axis")) return c.refuse(node, "lacks its inputs or its axis");
    const std::int64_t axis = c.integer(node, "axis", 0);
    // In a file with batch 1 a class token joins without being expanded.
    ValueId like = -1;
    for (const ValueRef& part : parts)
        if (const auto shape = c.shape(part.id); shape && !shape->empty() && (*shape)[0] == Dim::batch())
            like = part.id;
    if (like >= 0 && axis != 0 && axis != -static_cast<std::int64_t>(c.shape(like)->size()) && c.fixedBatch() == 1)
        for (ValueRef& part : parts)
            if (const auto shape = c.shape(part.id); shape && !shape->empty() && (*shape)[0].isKnown(1))
                part.id = c.emit(node.name + "_expand", "axp::expand_batch", {part, ValueRef{like}});
    c.bind(node, c.emit(node.name, "aten::cat", {std::move(parts), axis}));
    return {};
}

/// ONNX Expand with literal dimensions: 1 keeps a dimension of x, new ones come in front.
std::optional<std::vector<std::int64_t>> expandSizes(const PartialShape& x, const std::vector<Dim>& target) {
    if (!x || target.size() < x->size()) return std::nullopt;
    std::vector<std::int64_t> result;
    const std::size_t shift = target.size() - x->size();
    for (std::size_t i = 0; i < target.size(); ++i) {
        const Dim& wanted = target[i];
        const bool isNew = i < shift;
        if (!isNew && (wanted.isKnown(1) || wanted == (*x)[i - shift])) result.push_back(-1);
        else if (wanted.isKnown() && wanted.value > 0 && wanted.value <= kLargest &&
                 (isNew || (*x)[i - shift].isKnown()))
            result.push_back(wanted.value);
        else return std::nullopt;
    }
    return result;
}

Result<void> convertExpand(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId shape, c.input(node, 1));
    const auto target = c.symbolic(shape);
    const auto old = c.shape(x);
    if (target && target->shape.size() == 1 && !target->elements.empty()) {
        auto dims = target->elements;
        const Dim first = dims[0];
        const bool token =
            first.isBatch() && first.source >= 0 && old && old->size() == dims.size() && (*old)[0].isKnown(1);
        if (token) dims[0] = Dim::known(1);
        if (const auto sizes = expandSizes(old, dims)) {
            const bool unchanged = std::ranges::all_of(*sizes, [](std::int64_t v) { return v == -1; });
            ValueId y = x;
            if (!unchanged)
                y = c.emit(token ? node.name + "_expand" : node.name, "aten::expand", {ValueRef{x}, *sizes});
            if (token) y = c.emit(node.name, "axp::expand_batch", {ValueRef{y}, ValueRef{first.source}});
            c.bind(node, y);
            return {};
        }
    }
    if (c.dtype(shape) != DType::I64) return c.refuse(node, "has a shape that is not of an integer type");
    c.bind(node, c.emit(node.name, "axp::expand", {ValueRef{x}, ValueRef{shape}}));
    return {};
}

Result<void> convertPad(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const std::string mode = c.text(node, "mode", "constant");
    if (mode != "constant" && mode != "reflect" && mode != "edge") return c.refuse(node, "in the mode '" + mode + "' is not supported");
    AXP_TRY(auto pads, c.integersFrom(node, "pads", 1, 11));
    double value = c.real(node, "value", 0.0);
    if (c.opset() >= 11 && c.has(node, 2)) {
        const auto given = c.scalar(c.optional(node, 2));
        if (!given) return c.refuse(node, "has a computed value, which is not supported");
        value = *given;
    }
    if (c.has(node, 3)) {
        const auto axes = c.literals(c.optional(node, 3));
        const auto shape = c.shape(x);
        if (!axes || !shape || pads.size() != 2 * axes->size())
            return c.refuse(node, "has axes that are computed or do not fit");
        std::vector<std::int64_t> all(2 * shape->size(), 0);
        for (std::size_t i = 0; i < axes->size(); ++i) {
            const std::int64_t axis =
                (*axes)[i] < 0 ? (*axes)[i] + static_cast<std::int64_t>(shape->size()) : (*axes)[i];
            if (axis < 0 || axis >= static_cast<std::int64_t>(shape->size()))
                return c.refuse(node, "has an axis that is out of range");
            all[axis] = pads[i];
            all[axis + shape->size()] = pads[i + axes->size()];
        }
        pads = all;
    }
    if (pads.size() % 2 != 0 ||
        std::ranges::any_of(pads, [](std::int64_t v) { return v < -(1 << 30) || v > (1 << 30); }))
        return c.refuse(node, "has pads that are out of range");
    const std::size_t rank = pads.size() / 2;
    if (c.shape(x) && c.shape(x)->size() != rank) return c.refuse(node, "has pads that do not fit its input");
    std::vector<std::int64_t> reversed;
    for (std::size_t i = rank; i-- > 0;) {
        reversed.push_back(pads[i]);
        reversed.push_back(pads[i + rank]);
    }
    while (reversed.size() > 2 && reversed.back() == 0 && reversed[reversed.size() - 2] == 0)
        reversed.resize(reversed.size() - 2);
    if (mode != "constant") c.bind(node, c.emit(node.name, "aten::pad", {ValueRef{x}, std::move(reversed), std::string(mode == "edge" ? "replicate" : mode)}));
    else c.bind(node, c.emit(node.name, "aten::constant_pad_nd", {ValueRef{x}, std::move(reversed), value}));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& shapeConversions() {
    static const std::vector<ConversionEntry> table = {
        {"Identity", convertIdentity},   {"Dropout", convertDropout}, {"Constant", convertConstant},
        {"Reshape", convertReshape},     {"Flatten", convertFlatten}, {"Transpose", convertTranspose},
        {"Unsqueeze", convertUnsqueeze}, {"Squeeze", convertSqueeze}, {"Concat", convertConcat},
        {"Expand", convertExpand},       {"Pad", convertPad}};
    return table;
}

}  // namespace axp::onnx_file
