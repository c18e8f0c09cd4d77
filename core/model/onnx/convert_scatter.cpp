// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// Input i, which has to hold integers.
Result<ValueId> indicesOf(Converter& c, const Node& node, std::size_t i) {
    AXP_TRY(const ValueId id, c.input(node, i));
    if (c.dtype(id) != DType::I64) return c.refuse(node, "has indices that are not of an integer type");
    return id;
}

Result<std::string> reductionOf(Converter& c, const Node& node) {
    const std::string reduction = c.text(node, "reduction", "none");
    for (const char* known : {"none", "add", "mul", "max", "min"})
        if (reduction == known) return reduction;
    return c.refuse(node, "has the reduction '" + reduction + "'");
}

/// A value with the dimensions and the type of x.
void bindLike(Converter& c, const Node& node, ValueId y, ValueId x) {
    if (const auto shape = c.shape(x)) c.setShape(y, *shape);
    c.bind(node, y);
}

Result<void> convertScatterNd(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId indices, indicesOf(c, node, 1));
    AXP_TRY(const ValueId updates, c.input(node, 2));
    AXP_TRY(std::string reduction, reductionOf(c, node));
    bindLike(c, node, c.emit(node.name, "axp::scatter_nd", {ValueRef{x}, ValueRef{indices}, ValueRef{updates}, std::move(reduction)}), x);
    return {};
}

/// ScatterElements, and Scatter as it was called before opset 11.
Result<void> convertScatterElements(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId indices, indicesOf(c, node, 1));
    AXP_TRY(const ValueId updates, c.input(node, 2));
    AXP_TRY(std::string reduction, reductionOf(c, node));
    bindLike(c, node, c.emit(node.name, "axp::scatter_elements", {ValueRef{x}, c.integer(node, "axis", 0), ValueRef{indices}, ValueRef{updates}, std::move(reduction)}), x);
    return {};
}

Result<void> convertGatherNd(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId indices, indicesOf(c, node, 1));
    const std::int64_t batch = c.integer(node, "batch_dims", 0);
    if (batch < 0 || batch > 16) return c.refuse(node, "has " + std::to_string(batch) + " batch dimensions");
    const ValueId y = c.emit(node.name, "axp::gather_nd", {ValueRef{x}, ValueRef{indices}, batch});
    const auto data = c.shape(x), index = c.shape(indices);
    if (data && index && !index->empty() && index->back().isKnown() && static_cast<std::size_t>(batch) + index->back().value <= data->size()) {
        std::vector<Dim> dims(index->begin(), index->end() - 1);
        dims.insert(dims.end(), data->begin() + batch + index->back().value, data->end());
        c.setShape(y, std::move(dims));
    }
    c.bind(node, y);
    return {};
}

Result<void> convertGatherElements(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId indices, indicesOf(c, node, 1));
    const Tensor* constant = c.constant(indices);
    const bool plain = constant && std::ranges::all_of(constant->as<std::int64_t>(), [](std::int64_t v) { return v >= 0; });
    const ValueId y = c.emit(node.name, plain ? "aten::gather" : "axp::gather_elements", {ValueRef{x}, c.integer(node, "axis", 0), ValueRef{indices}});
    if (const auto shape = c.shape(indices)) c.setShape(y, *shape);
    c.bind(node, y);
    return {};
}

/// One at the place that an index names, along a new axis; negative indices count from the back, others out of range name nothing.
Result<void> convertOneHot(Converter& c, const Node& node) {
    AXP_TRY(const ValueId indices, c.input(node, 0));
    const auto depth = c.scalar(c.optional(node, 1));
    const Tensor* values = c.constant(c.optional(node, 2));
    const auto shape = c.shape(indices);
    if (!depth || *depth < 1 || *depth > (1 << 24) || !values || values->count() != 2 || !shape)
        return c.refuse(node, "has a computed depth or values, or indices whose number of dimensions is not known");
    const auto rank = static_cast<std::int64_t>(shape->size()) + 1;
    std::int64_t axis = c.integer(node, "axis", -1);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return c.refuse(node, "has an axis that is out of range");
    Shape broadcast(static_cast<std::size_t>(rank), 1);
    broadcast[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(*depth);
    std::vector<std::int64_t> front, back;
    for (std::int64_t i = 0; i < broadcast[static_cast<std::size_t>(axis)]; ++i) {
        front.push_back(i);
        back.push_back(i - broadcast[static_cast<std::size_t>(axis)]);
    }
    const bool real = values->dtype() == DType::F32;
    if (!real && values->dtype() != DType::I64) return c.refuse(node, "has values of a type that is not supported");
    const Tensor off = real ? Tensor::from(Shape{}, std::vector<float>{values->as<float>()[0]}) : Tensor::from(Shape{}, std::vector<std::int64_t>{values->as<std::int64_t>()[0]});
    const Tensor on = real ? Tensor::from(Shape{}, std::vector<float>{values->as<float>()[1]}) : Tensor::from(Shape{}, std::vector<std::int64_t>{values->as<std::int64_t>()[1]});
    const ValueId spread = c.emit(node.name + "_axis", "aten::unsqueeze", {ValueRef{indices}, axis});
    const auto equals = [&](const char* suffix, const std::vector<std::int64_t>& places) {
        const ValueId list = c.addConstant(node.name + suffix, Tensor::from(broadcast, places));
        return c.emit(node.name + suffix, "aten::eq.Tensor", {ValueRef{spread}, ValueRef{list}}, DType::Bool);
    };
    const ValueId hit = c.emit(node.name + "_hit", "aten::logical_or", {ValueRef{equals("_front", front)}, ValueRef{equals("_back", back)}}, DType::Bool);
    const ValueId onId = c.addConstant(node.name + ".on", on), offId = c.addConstant(node.name + ".off", off);
    c.bind(node, c.emit(node.name, "aten::where.self", {ValueRef{hit}, ValueRef{onId}, ValueRef{offId}}, real ? DType::F32 : DType::I64));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& scatterConversions() {
    static const std::vector<ConversionEntry> table = {{"ScatterND", convertScatterNd},
                                                       {"ScatterElements", convertScatterElements},
                                                       {"Scatter", convertScatterElements},
                                                       {"GatherND", convertGatherNd},
                                                       {"GatherElements", convertGatherElements},
                                                       {"OneHot", convertOneHot}};
    return table;
}

}  // namespace axp::onnx_file
