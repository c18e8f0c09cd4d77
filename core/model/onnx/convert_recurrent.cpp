// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/converter.h"
#include "core/model/recurrent.h"

namespace axp::onnx_file {

namespace {

class Builder : public GraphBuilder {
public:
    explicit Builder(Converter& converter) : m_c(converter) {}
    ValueId op(const std::string& name, const std::string& schema, std::vector<Arg> args) override { return m_c.emit(name, schema, std::move(args)); }
    std::vector<ValueId> ops(const std::string& name, const std::string& schema, std::vector<Arg> args, std::size_t outputs) override {
        return m_c.emitSeveral(name, schema, std::move(args), outputs);
    }
    ValueId mac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv) override {
        return m_c.emitMac(name, kind, std::move(args), std::move(conv));
    }
    std::vector<ValueId> recurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) override {
        return m_c.emitRecurrent(name, std::move(args), attributes);
    }
    ValueId constant(const std::string& name, Tensor tensor) override { return m_c.addConstant(name, std::move(tensor)); }

private:
    Converter& m_c;
};

/// Blocks of `hidden` rows of direction `d` of a [directions, blocks * hidden, ...] tensor, in the order `order`.
Tensor gates(const Tensor& tensor, std::int64_t d, std::int64_t hidden, const std::vector<int>& order, int firstBlock = 0) {
    Shape shape(tensor.shape().begin() + 1, tensor.shape().end());
    const std::size_t row = tensor.byteSize() / static_cast<std::size_t>(tensor.shape()[0] * shape[0]);
    const std::size_t block = row * static_cast<std::size_t>(hidden);
    const std::byte* begin = tensor.data() + static_cast<std::size_t>(d) * row * static_cast<std::size_t>(shape[0]);
    std::vector<std::byte> bytes;
    for (const int gate : order) {
        const std::byte* from = begin + static_cast<std::size_t>(firstBlock + gate) * block;
        bytes.insert(bytes.end(), from, from + block);
    }
    shape[0] = hidden * static_cast<std::int64_t>(order.size());
    return Tensor(tensor.dtype(), std::move(shape), std::move(bytes));
}

/// The weights, or the bias, of a recurrent node: a constant of the shape [directions, rows...].
Result<const Tensor*> parameter(Converter& c, const Node& node, std::size_t i, std::int64_t directions, std::int64_t rows, std::size_t rank) {
    AXP_TRY(const ValueId id, c.input(node, i));
    const Tensor* tensor = c.constant(id);
    if (!tensor || tensor->dtype() != DType::F32) return c.refuse(node, "has computed weights, which is not supported");
    if (tensor->shape().size() != rank || tensor->shape()[0] != directions || tensor->shape()[1] != rows || tensor->count() == 0)
        return c.refuse(node, "has weights of the shape " + shapeText(tensor->shape()));
    return tensor;
}

/// The cell with its gates in PyTorch's order, as positions among ONNX's (LSTM input, output, forget, cell; GRU update, reset, hidden).
struct Cell {
    RecurrentCell kind;
    std::vector<int> order;
};

Result<Cell> cellOf(Converter& c, const Node& node) {
    for (const char* name : {"clip", "input_forget"})
        if (c.hasAttribute(node, name) && !(std::string(name) == "input_forget" && c.integer(node, name, 0) == 0))
            return c.refuse(node, std::string("with ") + name + " is not supported");
    std::vector<std::string> activations;
    if (const auto found = node.attributes.find("activations"); found != node.attributes.end())
        if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) activations = *list;
    const auto are = [&](const std::vector<std::string>& one) {
        for (std::size_t i = 0; i < activations.size(); ++i)
            if (activations[i] != one[i % one.size()]) return false;
        return true;
    };
    if (node.op == "LSTM" && are({"Sigmoid", "Tanh", "Tanh"})) return Cell{RecurrentCell::Lstm, {0, 2, 3, 1}};
    if (node.op == "GRU" && are({"Sigmoid", "Tanh"})) return Cell{RecurrentCell::Gru, {1, 0, 2}};
    if (node.op == "RNN" && are({"Tanh"})) return Cell{RecurrentCell::Tanh, {0}};
    if (node.op == "RNN" && are({"Relu"})) return Cell{RecurrentCell::Relu, {0}};
    return c.refuse(node, "has activation functions that are not supported");
}

Result<std::int64_t> stepsOf(Converter& c, const Node& node, ValueId x, bool batchFirst) {
    const auto shape = c.shape(x);
    const std::size_t axis = batchFirst ? 1 : 0;
    if (!shape || shape->size() != 3 || !(*shape)[axis].isKnown())
        return c.refuse(node, "has a number of time steps that is not known before it runs", "Export the network for sequences of one length");
    const std::int64_t steps = (*shape)[axis].value;
    if (steps < 1 || steps > kMostTimeSteps)
        return c.refuse(node, "has " + std::to_string(steps) + " time steps; 1 to " + std::to_string(kMostTimeSteps) + " are supported");
    return steps;
}

Result<void> convertRecurrent(Converter& c, const Node& node) {
    AXP_TRY(const Cell cell, cellOf(c, node));
    AXP_TRY(ValueId x, c.input(node, 0));
    const std::string direction = c.text(node, "direction", "forward");
    const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
    const bool batchFirst = c.integer(node, "layout", 0) != 0;
    if (c.optional(node, 4) >= 0) return c.refuse(node, "with sequence_lens is not supported", "Export the network for sequences of one length");
    if (c.optional(node, 7) >= 0) return c.refuse(node, "with peepholes is not supported");
    AXP_TRY(const std::int64_t steps, stepsOf(c, node, x, batchFirst));
    const Tensor* recurrence = c.constant(c.optional(node, 2));
    const std::int64_t hidden = recurrence && recurrence->shape().size() == 3 ? recurrence->shape()[2] : 0;
    const std::int64_t rows = gateCount(cell.kind) * hidden;
    AXP_TRY(const Tensor* w, parameter(c, node, 1, directions, rows, 3));
    AXP_TRY(const Tensor* r, parameter(c, node, 2, directions, rows, 3));
    const Tensor* bias = nullptr;
    if (c.optional(node, 3) >= 0) {
        AXP_TRY(bias, parameter(c, node, 3, directions, 2 * rows, 2));
    }
    const Tensor weights = *w, recurrentWeights = *r;  // constants are added below
    const Tensor biases = bias ? *bias : Tensor();
    Builder builder(c);
    const auto swap = [&](const std::string& what, ValueId id) { return c.emit(node.name + what, "aten::transpose.int", {ValueRef{id}, std::int64_t{0}, std::int64_t{1}}); };
    if (!batchFirst) x = swap("_batch_first", x);
    const auto state = [&](std::size_t i, std::int64_t d) {
        const ValueId given = c.optional(node, i);
        if (given < 0) return given;
        return c.emit(node.name + "_state", "aten::select.int", {ValueRef{given}, std::int64_t{batchFirst ? 1 : 0}, d});
    };
    // A layer that was written by export keeps the names of its two nodes: "lstm.hh_l1" is the layer l1 of "lstm".
    const auto split = node.name.rfind(".hh_");
    const bool named = split != std::string::npos && directions == 1;
    std::vector<ValueRef> sequences, last, lastCells;
    for (std::int64_t d = 0; d < directions; ++d) {
        const std::string suffix = d ? "reverse" : "forward";
        const auto constant = [&](const char* what, Tensor tensor) { return c.addConstant(node.name + what + suffix, std::move(tensor), true); };
        RecurrentLayer layer;
        layer.cell = cell.kind;
        layer.name = named ? node.name.substr(0, split) : node.name;
        layer.suffix = named ? node.name.substr(split + 4) : direction == "forward" ? "l0" : suffix;
        layer.x = x;
        layer.weightIh = constant(".weight_ih_", gates(weights, d, hidden, cell.order));
        layer.weightHh = constant(".weight_hh_", gates(recurrentWeights, d, hidden, cell.order));
        if (bias) {
            layer.biasIh = constant(".bias_ih_", gates(biases, d, hidden, cell.order));
            layer.biasHh = constant(".bias_hh_", gates(biases, d, hidden, cell.order, gateCount(cell.kind)));
        }
        layer.h0 = state(5, d);
        layer.c0 = cell.kind == RecurrentCell::Lstm ? state(6, d) : -1;
        layer.reverse = d == 1 || direction == "reverse";
        layer.resetAfter = c.integer(node, "linear_before_reset", 0) != 0;
        const RecurrentResult result = buildRecurrent(builder, layer);
        sequences.push_back({result.sequence});
        last.push_back({result.h});
        lastCells.push_back({result.c});
    }
    // Y is [time, directions, N, hidden], or [N, time, directions, hidden] with layout 1.
    if (!batchFirst)
        for (ValueRef& sequence : sequences) sequence.id = swap("_time_first", sequence.id);
    const ValueId y = c.emit(node.name, "aten::stack", {sequences, std::int64_t{batchFirst ? 2 : 1}});
    c.setShape(y, batchFirst ? std::vector<Dim>{Dim::batch(), Dim::known(steps), Dim::known(directions), Dim::known(hidden)}
                             : std::vector<Dim>{Dim::known(steps), Dim::known(directions), Dim::batch(), Dim::known(hidden)});
    c.bind(node, y);
    const std::vector<Dim> stateShape = batchFirst ? std::vector<Dim>{Dim::batch(), Dim::known(directions), Dim::known(hidden)}
                                                   : std::vector<Dim>{Dim::known(directions), Dim::batch(), Dim::known(hidden)};
    const auto bindState = [&](const char* what, std::vector<ValueRef> parts, std::size_t output) {
        const ValueId id = c.emit(node.name + what, "aten::stack", {std::move(parts), std::int64_t{batchFirst ? 1 : 0}});
        c.setShape(id, stateShape);
        c.bind(node, id, output);
    };
    bindState("_h", last, 1);
    if (cell.kind == RecurrentCell::Lstm) bindState("_c", lastCells, 2);
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& recurrentConversions() {
    static const std::vector<ConversionEntry> table = {{"LSTM", convertRecurrent}, {"GRU", convertRecurrent}, {"RNN", convertRecurrent}};
    return table;
}

}  // namespace axp::onnx_file
