// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/exporter.h"

namespace axp::onnx_file {

namespace {

using GraphNode = axp::Node;

/// The operands at `places`; one that is left out in between becomes "".
Result<std::vector<std::string>> someOperands(Exporter& e, const GraphNode& node,
                                              const std::vector<std::size_t>& places) {
    std::vector<std::string> names;
    for (std::size_t i : places) {
        if (e.nothing(node, i)) {
            names.emplace_back();
            continue;
        }
        AXP_TRY(std::string name, e.operand(node, i));
        names.push_back(std::move(name));
    }
    while (!names.empty() && names.back().empty()) names.pop_back();
    return names;
}

Result<void> exportPad(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    AXP_TRY(const std::int64_t rank, e.rank(node, 0));
    const auto reversed = e.integers(node, 1);
    if (static_cast<std::int64_t>(reversed.size()) > 2 * rank)
        return e.refuse(node, "pads more dimensions than there are");
    std::vector<std::int64_t> pads(static_cast<std::size_t>(2 * rank), 0);
    for (std::size_t i = 0; i + 1 < reversed.size(); i += 2) {
        const std::size_t axis = static_cast<std::size_t>(rank) - 1 - i / 2;
        pads[axis] = reversed[i];
        pads[axis + static_cast<std::size_t>(rank)] = reversed[i + 1];
    }
    const std::string value = e.addNumber(node.name + ".value", static_cast<float>(e.real(node, 2, 0.0)));
    e.last(node, "Pad", {x, e.addIntegers(node.name + ".pads", pads), value});
    return {};
}

Result<void> exportCast(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    // Torch's number of the type and ONNX's.
    const std::int64_t torch = e.integer(node, 1, -1);
    const std::int64_t onnx = torch == 6 ? 1 : torch == 4 ? 7 : torch == 11 ? 9 : 0;
    if (onnx == 0) return e.refuse(node, "to torch type " + std::to_string(torch) + " has no ONNX form here");
    e.last(node, "Cast", {x}, {{"to", onnx}});
    return {};
}

Result<void> exportInstanceNorm(Exporter& e, const GraphNode& node) {
    AXP_TRY(auto inputs, someOperands(e, node, {0, 1, 2}));
    if (inputs.size() != 3 || !e.flag(node, 5, false))
        return e.refuse(node, "without scale and shift, or with running statistics, has no ONNX form");
    e.last(node, "InstanceNormalization", std::move(inputs), {{"epsilon", e.real(node, 7, 1e-5)}});
    return {};
}

Result<void> exportConstantOfShape(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string shape, e.operand(node, 0));
    Tensor value = Tensor::from(Shape{1}, std::vector<float>{static_cast<float>(e.real(node, 1, 0.0))});
    if (!e.nothing(node, 1) && std::holds_alternative<std::int64_t>(node.args[1]))
        value = Tensor::from(Shape{1}, std::vector<std::int64_t>{e.integer(node, 1, 0)});
    if (!e.nothing(node, 1) && std::holds_alternative<bool>(node.args[1]))
        value = Tensor(DType::Bool, {1}, {std::byte{e.flag(node, 1, false)}});
    e.last(node, "ConstantOfShape", {shape}, {{"value", std::move(value)}});
    return {};
}

Result<void> exportGather(Exporter& e, const GraphNode& node) {
    AXP_TRY(auto inputs, someOperands(e, node, {0, 2}));
    e.last(node, "Gather", std::move(inputs), {{"axis", e.integer(node, 1, 0)}});
    return {};
}

Result<void> exportOwnReshape(Exporter& e, const GraphNode& node) {
    AXP_TRY(auto inputs, someOperands(e, node, {0, 1}));
    e.last(node, "Reshape", std::move(inputs), {{"allowzero", std::int64_t{e.flag(node, 2, false)}}});
    return {};
}

/// The mode is "trunc" and the operands are integers: what ONNX's Div does with integers.
Result<void> exportIntegerDiv(Exporter& e, const GraphNode& node) {
    if (e.nothing(node, 2) || node.args[2] != Arg(std::string("trunc")))
        return e.refuse(node, "with this rounding mode has no ONNX form");
    AXP_TRY(auto inputs, someOperands(e, node, {0, 1}));
    e.last(node, "Div", std::move(inputs));
    return {};
}

struct Simple {
    const char* onnx;
    std::vector<std::size_t> places;
};

}  // namespace

bool exportDynamicNode(Exporter& e, const GraphNode& node, Result<void>& result) {
    static const std::unordered_map<std::string, Result<void> (*)(Exporter&, const GraphNode&)> special = {
        {"aten::constant_pad_nd", exportPad},
        {"aten::to.dtype", exportCast},
        {"aten::instance_norm", exportInstanceNorm},
        {"axp::constant_of_shape", exportConstantOfShape},
        {"axp::gather", exportGather},
        {"axp::reshape", exportOwnReshape},
        {"aten::div.Tensor_mode", exportIntegerDiv}};
    static const std::unordered_map<std::string, Simple> simple = {{"axp::shape", {"Shape", {0}}},
                                                                   {"axp::expand", {"Expand", {0, 1}}},
                                                                   {"axp::slice", {"Slice", {0, 1, 2, 3, 4}}},
                                                                   {"axp::range", {"Range", {0, 1, 2}}},
                                                                   {"aten::lt.Tensor", {"Less", {0, 1}}},
                                                                   {"aten::gt.Tensor", {"Greater", {0, 1}}},
                                                                   {"aten::le.Tensor", {"LessOrEqual", {0, 1}}},
                                                                   {"aten::ge.Tensor", {"GreaterOrEqual", {0, 1}}},
                                                                   {"aten::logical_and", {"And", {0, 1}}},
                                                                   {"aten::logical_not", {"Not", {0}}}};
    if (const auto found = special.find(node.op); found != special.end()) {
        result = found->second(e, node);
        return true;
    }
    const auto found = simple.find(node.op);
    if (found == simple.end()) return false;
    auto inputs = someOperands(e, node, found->second.places);
    if (inputs.ok()) e.last(node, found->second.onnx, std::move(inputs).value());
    else result = std::move(inputs).error();
    return true;
}

}  // namespace axp::onnx_file
