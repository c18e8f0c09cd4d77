// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/onnx/converter.h"
#include "core/model/onnx/exporter.h"

namespace axp::onnx_file {

namespace {

using GraphNode = axp::Node;
using List = std::vector<std::int64_t>;

List both(const List& begin, const List& end) {
    List result = begin;
    result.insert(result.end(), end.begin(), end.end());
    return result;
}

Result<std::vector<std::string>> operands(Exporter& e, const GraphNode& node, std::size_t least, std::size_t most) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < most; ++i) {
        if (i >= least && e.nothing(node, i)) break;
        AXP_TRY(std::string name, e.operand(node, i));
        names.push_back(std::move(name));
    }
    return names;
}

Result<void> exportConv(Exporter& e, const GraphNode& node) {
    AXP_TRY(auto inputs, operands(e, node, 2, 3));
    const ConvAttributes& c = node.conv;
    const Shape& weight = e.constant(node, 1)->shape();
    std::unordered_map<std::string, Attribute> attributes = {{"kernel_shape", List(weight.begin() + 2, weight.end())},
                                                             {"strides", c.stride},
                                                             {"dilations", c.dilation},
                                                             {"pads", both(c.padBegin, c.padEnd)},
                                                             {"group", c.groups}};
    if (node.kind == NodeKind::ConvTranspose) attributes.emplace("output_padding", c.outputPadding);
    e.last(node, nodeKindName(node.kind), std::move(inputs), std::move(attributes));
    return {};
}

Result<void> exportLinear(Exporter& e, const GraphNode& node) {
    const auto shape = e.shape(node, 0);
    const bool biased = !e.nothing(node, 2);
    if (shape && shape->size() == 2) {
        AXP_TRY(auto inputs, operands(e, node, 2, 3));
        e.last(node, "Gemm", std::move(inputs), {{"transB", std::int64_t{1}}});
        return {};
    }
    AXP_TRY(const std::string x, e.operand(node, 0));
    const Tensor& weight = *e.constant(node, 1);
    // An initialiser or a Constant node, as the original would be: that keeps whether it is trainable.
    std::string w;
    if (e.isTrainable(node, 1)) w = e.addTensor(node.name + ".weight_t", transposed(weight, {1, 0}));
    else w = e.helper(node, "_weight", "Constant", {}, {{"value", transposed(weight, {1, 0})}});
    if (!biased) {
        e.last(node, "MatMul", {x, w});
        return {};
    }
    AXP_TRY(const std::string bias, e.operand(node, 2));
    // The MatMul carries the name of the node: on import the site is named by it.
    const std::string product = e.output(node.name, node.name + "_matmul", "MatMul", {x, w});
    e.append({e.nodeName(node.name + "_bias"), "Add", "", {product, bias}, {e.outputName(node)}, {}});
    return {};
}

Result<void> exportGelu(Exporter& e, const GraphNode& node) {
    if (!e.nothing(node, 1) && node.args[1] != Arg(std::string("none")))
        return e.refuse(node, "with the tanh approximation has no ONNX form in opset 17");
    AXP_TRY(const std::string x, e.operand(node, 0));
    const std::string root = e.addNumber(node.name + ".sqrt2", static_cast<float>(std::sqrt(2.0)));
    const std::string scaled = e.helper(node, "_div", "Div", {x, root});
    const std::string erf = e.helper(node, "_erf", "Erf", {scaled});
    const std::string sum = e.helper(node, "_add", "Add", {erf, e.addNumber(node.name + ".one", 1.0f)});
    const std::string product = e.helper(node, "_mul", "Mul", {x, sum});
    e.last(node, "Mul", {product, e.addNumber(node.name + ".half", 0.5f)});
    return {};
}

Result<void> exportExpandBatch(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string token, e.operand(node, 0));
    AXP_TRY(const std::string like, e.operand(node, 1));
    AXP_TRY(const std::int64_t rank, e.rank(node, 0));
    const std::string batch =
        e.helper(node, "_shape", "Shape", {like}, {{"start", std::int64_t{0}}, {"end", std::int64_t{1}}});
    std::vector<std::string> parts = {batch};
    if (rank > 1) parts.push_back(e.addIntegers(node.name + ".ones", List(static_cast<std::size_t>(rank - 1), 1)));
    const std::string shape = e.helper(node, "_concat", "Concat", parts, {{"axis", std::int64_t{0}}});
    e.last(node, "Expand", {token, shape});
    return {};
}

Result<void> exportPool(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const bool maximum = node.op.starts_with("aten::max");
    const auto dims = static_cast<std::size_t>(node.op[node.op.size() - 2] - '0');
    const List kernel = e.spread(node, 1, dims, 1);
    const List stride = e.integers(node, 2).empty() ? kernel : e.spread(node, 2, dims, 1);
    const List padding = e.spread(node, 3, dims, 0);
    if (!maximum && !e.nothing(node, 6)) return e.refuse(node, "with a divisor has no ONNX form");
    std::unordered_map<std::string, Attribute> attributes = {
        {"kernel_shape", kernel}, {"strides", stride}, {"pads", both(padding, padding)}};
    if (e.flag(node, maximum ? 5 : 4, false)) attributes.emplace("ceil_mode", std::int64_t{1});
    if (maximum) attributes.emplace("dilations", e.spread(node, 4, dims, 1));
    else attributes.emplace("count_include_pad", std::int64_t{e.flag(node, 5, true)});
    e.last(node, maximum ? "MaxPool" : "AveragePool", {x}, std::move(attributes));
    return {};
}

Result<void> exportAdaptivePool(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    if (e.spread(node, 1, 2, 0) != List{1, 1}) return e.refuse(node, "has an ONNX form only for an output of 1x1");
    e.last(node, "GlobalAveragePool", {x});
    return {};
}

Result<void> exportReduce(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const List axes = e.integers(node, 1);
    const std::int64_t keep = e.flag(node, 2, false);
    if (node.op == "aten::sum.dim_IntList") {
        std::vector<std::string> inputs = {x};
        if (!axes.empty()) inputs.push_back(e.addIntegers(node.name + ".axes", axes));
        e.last(node, "ReduceSum", std::move(inputs), {{"keepdims", keep}});
        return {};
    }
    std::unordered_map<std::string, Attribute> attributes = {{"keepdims", keep}};
    if (!axes.empty()) attributes.emplace("axes", axes);
    e.last(node,
           node.op == "aten::mean.dim" ? "ReduceMean"
           : node.op == "aten::amax"   ? "ReduceMax"
                                       : "ReduceMin",
           {x}, std::move(attributes));
    return {};
}

Result<void> exportBatchNorm(Exporter& e, const GraphNode& node) {
    if (e.flag(node, 5, false)) return e.refuse(node, "in training mode has no ONNX form here");
    AXP_TRY(const std::string x, e.operand(node, 0));
    const Tensor* mean = e.constant(node, 3);
    if (!mean || !e.constant(node, 4)) return e.refuse(node, "without constant statistics has no ONNX form here");
    std::vector<std::string> inputs = {x};
    for (std::size_t i = 1; i < 5; ++i) {
        if (i < 3 && e.nothing(node, i)) {
            inputs.push_back(
                e.addTensor(node.name + (i == 1 ? ".ones" : ".zeros"),
                            Tensor::from(mean->shape(), std::vector<float>(mean->count(), i == 1 ? 1.0f : 0.0f))));
            continue;
        }
        AXP_TRY(std::string name, e.operand(node, i));
        inputs.push_back(std::move(name));
    }
    e.last(node, "BatchNormalization", std::move(inputs), {{"epsilon", e.real(node, 7, 1e-5)}});
    return {};
}

Result<void> exportLayerNorm(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const Shape normalised = e.integers(node, 1);
    std::vector<std::string> inputs = {x};
    if (e.nothing(node, 2))
        inputs.push_back(e.addTensor(node.name + ".ones",
                                     Tensor::from(normalised, std::vector<float>(elementCount(normalised), 1.0f))));
    for (std::size_t i = 2; i < 4; ++i) {
        if (e.nothing(node, i)) continue;
        AXP_TRY(std::string name, e.operand(node, i));
        inputs.push_back(std::move(name));
    }
    e.last(node, "LayerNormalization", std::move(inputs),
           {{"axis", -static_cast<std::int64_t>(normalised.size())}, {"epsilon", e.real(node, 4, 1e-5)}});
    return {};
}

Result<void> exportReshape(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const List shape = e.integers(node, 1);
    if (node.args.size() < 2 || !std::holds_alternative<List>(node.args[1]))
        return e.refuse(node, "needs a literal shape");
    std::unordered_map<std::string, Attribute> attributes;
    if (std::ranges::find(shape, 0) != shape.end()) attributes.emplace("allowzero", std::int64_t{1});
    e.last(node, "Reshape", {x, e.addIntegers(node.name + ".shape", shape)}, std::move(attributes));
    return {};
}

Result<void> exportFlatten(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    std::int64_t first = e.integer(node, 1, 0), last = e.integer(node, 2, -1);
    if (first == 1 && last == -1) {
        e.last(node, "Flatten", {x}, {{"axis", std::int64_t{1}}});
        return {};
    }
    AXP_TRY(const std::int64_t rank, e.rank(node, 0));
    if (first < 0) first += rank;
    if (last < 0) last += rank;
    if (first < 0 || last < first || last >= rank) return e.refuse(node, "has dimensions that are out of range");
    List shape(static_cast<std::size_t>(first), 0);
    shape.push_back(-1);
    const auto known = e.shape(node, 0);
    for (std::int64_t i = last + 1; i < rank; ++i) {
        if (!(*known)[i].isKnown())
            return e.refuse(node, "needs the shape of its input for the export, and it is not known");
        shape.push_back((*known)[i].value);
    }
    e.last(node, "Reshape", {x, e.addIntegers(node.name + ".shape", shape)});
    return {};
}

Result<void> exportPermute(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    List order = e.integers(node, 1);
    const auto fromFront = [](std::int64_t axis, std::int64_t rank) { return axis < 0 ? axis + rank : axis; };
    if (node.op == "aten::transpose.int") {
        AXP_TRY(const std::int64_t rank, e.rank(node, 0));
        order.clear();
        for (std::int64_t i = 0; i < rank; ++i) order.push_back(i);
        const std::int64_t a = fromFront(e.integer(node, 1, 0), rank), b = fromFront(e.integer(node, 2, 0), rank);
        if (a < 0 || b < 0 || a >= rank || b >= rank) return e.refuse(node, "has dimensions that are out of range");
        std::swap(order[a], order[b]);
    }
    for (std::int64_t& axis : order) axis = fromFront(axis, static_cast<std::int64_t>(order.size()));
    e.last(node, "Transpose", {x}, {{"perm", order}});
    return {};
}

Result<void> exportCat(Exporter& e, const GraphNode& node) {
    const auto* parts = node.args.empty() ? nullptr : std::get_if<std::vector<ValueRef>>(&node.args[0]);
    if (!parts || parts->empty()) return e.refuse(node, "has nothing to join");
    std::vector<std::string> inputs;
    for (const ValueRef& part : *parts) inputs.push_back(e.valueName(part.id));
    e.last(node, "Concat", std::move(inputs), {{"axis", e.integer(node, 1, 0)}});
    return {};
}

Result<void> exportExpand(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    List sizes = e.integers(node, 1);
    // -1 keeps a dimension; ONNX says that with a 1, which broadcasts to it.
    std::ranges::replace(sizes, -1, 1);
    e.last(node, "Expand", {x, e.addIntegers(node.name + ".shape", sizes)});
    return {};
}

Result<void> exportSelect(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const std::string index = e.addTensor(node.name + ".index", Tensor::from(Shape{}, List{e.integer(node, 2, 0)}));
    e.last(node, "Gather", {x, index}, {{"axis", e.integer(node, 1, 0)}});
    return {};
}

Result<void> exportIndexSelect(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    AXP_TRY(const std::string index, e.operand(node, 2));
    e.last(node, "Gather", {x, index}, {{"axis", e.integer(node, 1, 0)}});
    return {};
}

Result<void> exportSlice(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    const std::int64_t end = e.integer(node, 3, std::numeric_limits<std::int64_t>::max());
    e.last(node, "Slice",
           {x, e.addIntegers(node.name + ".starts", {e.integer(node, 2, 0)}), e.addIntegers(node.name + ".ends", {end}),
            e.addIntegers(node.name + ".axes", {e.integer(node, 1, 0)}),
            e.addIntegers(node.name + ".steps", {e.integer(node, 4, 1)})});
    return {};
}

Result<void> exportSplit(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) outputs.push_back(e.outputName(node, i));
    e.append({node.name,
              "Split",
              "",
              {x, e.addIntegers(node.name + ".split", e.integers(node, 1))},
              std::move(outputs),
              {{"axis", e.integer(node, 2, 0)}}});
    return {};
}

Result<void> exportSqueeze(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    e.last(node, node.op == "aten::unsqueeze" ? "Unsqueeze" : "Squeeze",
           {x, e.addIntegers(node.name + ".axes", {e.integer(node, 1, 0)})});
    return {};
}

Result<void> exportSoftmax(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    if (!e.nothing(node, 2)) return e.refuse(node, "with a dtype has no ONNX form");
    e.last(node, node.op == "aten::softmax.int" ? "Softmax" : "LogSoftmax", {x}, {{"axis", e.integer(node, 1, -1)}});
    return {};
}

Result<void> exportActivation(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    if (node.op == "aten::hardsigmoid") e.last(node, "HardSigmoid", {x}, {{"alpha", 1.0 / 6.0}, {"beta", 0.5}});
    else if (node.op == "aten::leaky_relu") e.last(node, "LeakyRelu", {x}, {{"alpha", e.real(node, 1, 0.01)}});
    else if (!e.nothing(node, 2) || !e.nothing(node, 3)) return e.refuse(node, "with a scale has no ONNX form");
    else e.last(node, "Elu", {x}, {{"alpha", e.real(node, 1, 1.0)}});
    return {};
}

Result<void> exportClamp(Exporter& e, const GraphNode& node) {
    AXP_TRY(const std::string x, e.operand(node, 0));
    std::vector<std::string> inputs = {x};
    for (std::size_t i = 1; i < 3; ++i) {
        if (e.nothing(node, i)) {
            inputs.emplace_back();
            continue;
        }
        AXP_TRY(std::string bound, e.operand(node, i));
        inputs.push_back(std::move(bound));
    }
    while (inputs.back().empty()) inputs.pop_back();
    e.last(node, "Clip", std::move(inputs));
    return {};
}

struct Plain {
    const char* onnx;
    std::size_t operands;
};

const std::unordered_map<std::string, Plain>& plainOperators() {
    static const std::unordered_map<std::string, Plain> table = {{"aten::relu", {"Relu", 1}},
                                                                 {"aten::sigmoid", {"Sigmoid", 1}},
                                                                 {"aten::tanh", {"Tanh", 1}},
                                                                 {"aten::erf", {"Erf", 1}},
                                                                 {"aten::sqrt", {"Sqrt", 1}},
                                                                 {"aten::exp", {"Exp", 1}},
                                                                 {"aten::log", {"Log", 1}},
                                                                 {"aten::reciprocal", {"Reciprocal", 1}},
                                                                 {"aten::neg", {"Neg", 1}},
                                                                 {"aten::abs", {"Abs", 1}},
                                                                 {"aten::hardswish", {"HardSwish", 1}},
                                                                 {"aten::floor", {"Floor", 1}},
                                                                 {"aten::ceil", {"Ceil", 1}},
                                                                 {"aten::add.Tensor", {"Add", 2}},
                                                                 {"aten::add.Scalar", {"Add", 2}},
                                                                 {"aten::sub.Tensor", {"Sub", 2}},
                                                                 {"aten::sub.Scalar", {"Sub", 2}},
                                                                 {"aten::mul.Tensor", {"Mul", 2}},
                                                                 {"aten::mul.Scalar", {"Mul", 2}},
                                                                 {"aten::div.Tensor", {"Div", 2}},
                                                                 {"aten::div.Scalar", {"Div", 2}},
                                                                 {"aten::minimum", {"Min", 2}},
                                                                 {"aten::maximum", {"Max", 2}},
                                                                 {"aten::pow.Tensor_Tensor", {"Pow", 2}},
                                                                 {"aten::pow.Tensor_Scalar", {"Pow", 2}},
                                                                 {"aten::eq.Tensor", {"Equal", 2}},
                                                                 {"aten::where.self", {"Where", 3}}};
    return table;
}

Result<void> exportPlain(Exporter& e, const GraphNode& node, const Plain& plain) {
    const bool sum = node.op.starts_with("aten::add.") || node.op.starts_with("aten::sub.");
    if (sum && e.real(node, 2, 1.0) != 1.0) return e.refuse(node, "with a factor alpha has no ONNX form");
    AXP_TRY(auto inputs, operands(e, node, plain.operands, plain.operands));
    e.last(node, plain.onnx, std::move(inputs));
    return {};
}

using Export = Result<void> (*)(Exporter&, const GraphNode&);

const std::unordered_map<std::string, Export>& exports() {
    static const std::unordered_map<std::string, Export> table = {{"aten::gelu", exportGelu},
                                                                  {"axp::expand_batch", exportExpandBatch},
                                                                  {"aten::max_pool1d", exportPool},
                                                                  {"aten::max_pool2d", exportPool},
                                                                  {"aten::max_pool3d", exportPool},
                                                                  {"aten::avg_pool1d", exportPool},
                                                                  {"aten::avg_pool2d", exportPool},
                                                                  {"aten::avg_pool3d", exportPool},
                                                                  {"aten::adaptive_avg_pool2d", exportAdaptivePool},
                                                                  {"aten::mean.dim", exportReduce},
                                                                  {"aten::amax", exportReduce},
                                                                  {"aten::amin", exportReduce},
                                                                  {"aten::sum.dim_IntList", exportReduce},
                                                                  {"aten::batch_norm", exportBatchNorm},
                                                                  {"aten::layer_norm", exportLayerNorm},
                                                                  {"aten::reshape", exportReshape},
                                                                  {"aten::flatten.using_ints", exportFlatten},
                                                                  {"aten::permute", exportPermute},
                                                                  {"aten::transpose.int", exportPermute},
                                                                  {"aten::cat", exportCat},
                                                                  {"aten::expand", exportExpand},
                                                                  {"aten::select.int", exportSelect},
                                                                  {"aten::index_select", exportIndexSelect},
                                                                  {"aten::slice.Tensor", exportSlice},
                                                                  {"aten::split_with_sizes", exportSplit},
                                                                  {"aten::unsqueeze", exportSqueeze},
                                                                  {"aten::squeeze.dim", exportSqueeze},
                                                                  {"aten::softmax.int", exportSoftmax},
                                                                  {"aten::log_softmax.int", exportSoftmax},
                                                                  {"aten::hardsigmoid", exportActivation},
                                                                  {"aten::leaky_relu", exportActivation},
                                                                  {"aten::elu", exportActivation},
                                                                  {"aten::clamp", exportClamp}};
    return table;
}

}  // namespace

Result<void> exportNode(Exporter& e, const GraphNode& node) {
    if (node.kind == NodeKind::Conv || node.kind == NodeKind::ConvTranspose) return exportConv(e, node);
    if (node.kind == NodeKind::Linear) return exportLinear(e, node);
    if (node.kind == NodeKind::MatMul) return exportPlain(e, node, {"MatMul", 2});
    if (node.kind == NodeKind::Recurrent) return exportRecurrent(e, node);
    if (const auto plain = plainOperators().find(node.op); plain != plainOperators().end())
        return exportPlain(e, node, plain->second);
    if (const auto found = exports().find(node.op); found != exports().end()) return found->second(e, node);
    Result<void> result;
    if (exportDynamicNode(e, node, result)) return result;
    return e.refuse(node, "has no ONNX form here");
}

}  // namespace axp::onnx_file
