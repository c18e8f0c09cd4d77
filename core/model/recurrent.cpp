// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/recurrent.h"

namespace axp {

namespace {

/// Rows [first, first + count) of a constant matrix or vector.
Tensor rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
    Shape shape = tensor.shape();
    const std::size_t row = tensor.byteSize() / static_cast<std::size_t>(shape[0]);
    shape[0] = count;
    const std::byte* begin = tensor.data() + static_cast<std::size_t>(first) * row;
    return Tensor(tensor.dtype(), shape, std::vector<std::byte>(begin, begin + static_cast<std::size_t>(count) * row));
}

class Unroller {
public:
    Unroller(GraphBuilder& builder, const Graph& graph, const RecurrentLayer& layer)
        : m_b(builder), m_graph(graph), m_layer(layer), m_base(layer.name.empty() ? "" : layer.name + ".") {}

    RecurrentResult run() {
        const RecurrentLayer& l = m_layer;
        const ValueId gates = linear(m_base + "ih_" + l.suffix, l.x, l.weightIh, l.biasIh);
        RecurrentResult state{-1, initial(l.h0), -1};
        if (l.cell == RecurrentCell::Lstm) state.c = initial(l.c0);
        if (l.cell == RecurrentCell::Gru && !l.resetAfter) splitWeights();
        std::vector<ValueRef> outputs(static_cast<std::size_t>(l.steps));
        for (std::int64_t i = 0; i < l.steps; ++i) {
            const std::int64_t t = l.reverse ? l.steps - 1 - i : i;
            m_step = ".t" + std::to_string(t);
            const ValueId x = m_b.op(part("x"), "aten::select.int", {ValueRef{gates}, std::int64_t{1}, t});
            if (l.cell == RecurrentCell::Lstm) lstm(x, state);
            else if (l.cell == RecurrentCell::Gru) gru(x, state);
            else simple(x, state);
            outputs[static_cast<std::size_t>(t)] = ValueRef{state.h};
        }
        state.sequence = m_b.op(m_base + "sequence_" + l.suffix, "aten::stack", {outputs, std::int64_t{1}});
        return state;
    }

private:
    std::string part(const char* what) const { return m_base + what + "_" + m_layer.suffix + m_step; }

    ValueId linear(const std::string& name, ValueId x, ValueId weight, ValueId bias) {
        std::vector<Arg> args = {ValueRef{x}, ValueRef{weight}};
        if (bias >= 0) args.emplace_back(ValueRef{bias});
        return m_b.mac(name, NodeKind::Linear, std::move(args));
    }
    ValueId recurrent(ValueId h) { return linear(part("hh"), h, m_layer.weightHh, m_layer.biasHh); }
    ValueId unary(const char* what, const char* op, ValueId x) { return m_b.op(part(what), op, {ValueRef{x}}); }
    ValueId pair(const char* what, const char* op, ValueId a, ValueId b) {
        return m_b.op(part(what), op, {ValueRef{a}, ValueRef{b}});
    }
    std::vector<ValueId> gatesOf(const char* what, ValueId x, std::int64_t count) {
        return m_b.ops(part(what), "aten::chunk", {ValueRef{x}, count, std::int64_t{-1}}, static_cast<std::size_t>(count));
    }

    ValueId initial(ValueId given) {
        if (given >= 0) return given;
        if (m_zeros >= 0) return m_zeros;
        const std::vector<float> zeros(static_cast<std::size_t>(m_layer.hidden), 0.0f);
        const ValueId one = m_b.constant(m_base + "zeros_" + m_layer.suffix, Tensor::from(Shape{1, m_layer.hidden}, zeros));
        m_zeros = m_b.op(m_base + "zeros_" + m_layer.suffix, "axp::expand_batch", {ValueRef{one}, ValueRef{m_layer.x}});
        return m_zeros;
    }

    void lstm(ValueId x, RecurrentResult& state) {
        const auto gate = gatesOf("gates", pair("sum", "aten::add.Tensor", x, recurrent(state.h)), 4);
        const ValueId in = unary("i", "aten::sigmoid", gate[0]), forget = unary("f", "aten::sigmoid", gate[1]);
        const ValueId cell = unary("g", "aten::tanh", gate[2]), out = unary("o", "aten::sigmoid", gate[3]);
        const ValueId kept = pair("kept", "aten::mul.Tensor", forget, state.c);
        state.c = pair("c", "aten::add.Tensor", kept, pair("new", "aten::mul.Tensor", in, cell));
        state.h = pair("h", "aten::mul.Tensor", out, unary("tanh", "aten::tanh", state.c));
    }

    void gru(ValueId x, RecurrentResult& state) {
        const auto fromX = gatesOf("gates_x", x, 3);
        std::vector<ValueId> fromH;
        if (m_layer.resetAfter) fromH = gatesOf("gates_h", recurrent(state.h), 3);
        else fromH = gatesOf("gates_h", linear(part("hh"), state.h, m_gateWeight, m_gateBias), 2);
        const ValueId reset = unary("r", "aten::sigmoid", pair("sum_r", "aten::add.Tensor", fromX[0], fromH[0]));
        const ValueId update = unary("z", "aten::sigmoid", pair("sum_z", "aten::add.Tensor", fromX[1], fromH[1]));
        ValueId candidate = -1;
        if (m_layer.resetAfter) candidate = pair("reset", "aten::mul.Tensor", reset, fromH[2]);
        else candidate = linear(part("hn"), pair("reset", "aten::mul.Tensor", reset, state.h), m_newWeight, m_newBias);
        const ValueId fresh = unary("n", "aten::tanh", pair("sum_n", "aten::add.Tensor", fromX[2], candidate));
        const ValueId change = pair("change", "aten::sub.Tensor", state.h, fresh);
        state.h = pair("h", "aten::add.Tensor", fresh, pair("kept", "aten::mul.Tensor", update, change));
    }

    void simple(ValueId x, RecurrentResult& state) {
        const ValueId sum = pair("sum", "aten::add.Tensor", x, recurrent(state.h));
        state.h = unary("h", m_layer.cell == RecurrentCell::Tanh ? "aten::tanh" : "aten::relu", sum);
    }

    void splitWeights() {
        const std::int64_t hidden = m_layer.hidden;
        const auto part = [&](const char* what, ValueId id, std::int64_t first, std::int64_t count) {
            return id < 0 ? ValueId{-1} : m_b.constant(m_base + what + m_layer.suffix, rows(*m_graph.values[id].constant, first, count));
        };
        m_gateWeight = part("weight_gates_", m_layer.weightHh, 0, 2 * hidden);
        m_gateBias = part("bias_gates_", m_layer.biasHh, 0, 2 * hidden);
        m_newWeight = part("weight_new_", m_layer.weightHh, 2 * hidden, hidden);
        m_newBias = part("bias_new_", m_layer.biasHh, 2 * hidden, hidden);
    }

    GraphBuilder& m_b;
    const Graph& m_graph;
    const RecurrentLayer& m_layer;
    const std::string m_base;
    std::string m_step;
    ValueId m_zeros = -1, m_gateWeight = -1, m_gateBias = -1, m_newWeight = -1, m_newBias = -1;
};

}  // namespace

int gateCount(RecurrentCell cell) { return cell == RecurrentCell::Lstm ? 4 : cell == RecurrentCell::Gru ? 3 : 1; }

RecurrentResult buildRecurrent(GraphBuilder& builder, const Graph& graph, const RecurrentLayer& layer) {
    return Unroller(builder, graph, layer).run();
}

}  // namespace axp
