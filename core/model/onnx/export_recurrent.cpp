// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>

#include "core/model/onnx/exporter.h"

namespace axp::onnx_file {

namespace {

/// Gates in ONNX's order (LSTM input, output, forget, cell; GRU update, reset, hidden), as positions among PyTorch's.
std::vector<std::int64_t> onnxOrder(RecurrentCell cell) {
    if (cell == RecurrentCell::Lstm) return {0, 3, 1, 2};
    if (cell == RecurrentCell::Gru) return {1, 0, 2};
    return {0};
}

/// The blocks of rows of a constant in ONNX's order, as floats.
std::vector<float> ordered(const Tensor& tensor, RecurrentCell cell) {
    const auto values = tensor.as<float>();
    const auto order = onnxOrder(cell);
    const std::size_t block = values.size() / order.size();
    std::vector<float> result;
    for (const std::int64_t gate : order) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(gate) * block);
        result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(block));
    }
    return result;
}

/// Input and recurrent bias, one after the other; missing ones are zeros.
Tensor biases(const Tensor* input, const Tensor* recurrent, RecurrentCell cell, std::int64_t rows) {
    std::vector<float> result;
    for (const Tensor* tensor : {input, recurrent}) {
        const std::vector<float> part = tensor ? ordered(*tensor, cell) : std::vector<float>(static_cast<std::size_t>(rows), 0.0F);
        result.insert(result.end(), part.begin(), part.end());
    }
    return Tensor::from(Shape{1, 2 * rows}, result);
}

}  // namespace

Result<void> exportRecurrent(Exporter& e, const axp::Node& node) {
    const axp::Node* product = e.inputProduct(node);
    const Tensor* weight = e.constant(node, 1);
    if (!product) return e.refuse(node, "without an input product of its own has no ONNX form");
    const Tensor& inputWeight = *e.constant(*product, 1);
    const RecurrentCell cell = node.recurrent.cell;
    const bool lstm = cell == RecurrentCell::Lstm;
    const std::int64_t rows = weight->shape()[0], hidden = weight->shape()[1];
    AXP_TRY(const std::string x, e.operand(*product, 0));
    const std::vector<std::int64_t> timeFirst{1, 0, 2};
    std::vector<std::string> inputs = {e.helper(node, "_x", "Transpose", {x}, {{"perm", timeFirst}}),
                                       e.addTensor(node.name + ".W", Tensor::from(Shape{1, rows, inputWeight.shape()[1]}, ordered(inputWeight, cell))),
                                       e.addTensor(node.name + ".R", Tensor::from(Shape{1, rows, hidden}, ordered(*weight, cell)))};
    const Tensor *inputBias = e.constant(*product, 2), *bias = e.constant(node, 2);
    inputs.push_back(inputBias || bias ? e.addTensor(node.name + ".B", biases(inputBias, bias, cell, rows)) : std::string());
    inputs.emplace_back();  // all sequences are of one length
    for (std::size_t state = 3; state < (lstm ? 5u : 4u); ++state) {
        inputs.emplace_back();
        if (e.nothing(node, state)) continue;
        AXP_TRY(const std::string given, e.operand(node, state));
        inputs.back() = e.helper(node, state == 3 ? "_h0" : "_c0", "Unsqueeze", {given, e.addIntegers(node.name + ".axis", {0})});
    }
    while (inputs.back().empty()) inputs.pop_back();
    std::unordered_map<std::string, Attribute> attributes = {{"hidden_size", hidden},
                                                             {"direction", std::string(node.recurrent.reverse ? "reverse" : "forward")}};
    if (cell == RecurrentCell::Gru) attributes.emplace("linear_before_reset", std::int64_t{node.recurrent.resetAfter});
    if (cell == RecurrentCell::Relu) attributes.emplace("activations", std::vector<std::string>{"Relu"});
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) outputs.push_back(e.newValue(node.name + (i == 0 ? ".Y" : i == 1 ? ".Y_h" : ".Y_c")));
    e.append({node.name, lstm ? "LSTM" : cell == RecurrentCell::Gru ? "GRU" : "RNN", "", std::move(inputs), outputs, std::move(attributes)});
    // Y is [time, directions, N, hidden], the states are [directions, N, hidden].
    const std::string sequence = e.helper(node, "_sequence", "Squeeze", {outputs[0], e.addIntegers(node.name + ".axis", {1})});
    e.append({e.nodeName(node.name + "_batch_first"), "Transpose", "", {sequence}, {e.outputName(node)}, {{"perm", timeFirst}}});
    for (std::size_t i = 1; i < outputs.size(); ++i)
        e.append({e.nodeName(node.name + "_state"), "Squeeze", "", {outputs[i], e.addIntegers(node.name + ".axis", {0})}, {e.outputName(node, i)}, {}});
    return {};
}

}  // namespace axp::onnx_file
