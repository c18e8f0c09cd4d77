// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/recurrent.h"

#include <ATen/ATen.h>

namespace axp::detail {
namespace {

/// One step: the gates' input products, the state before it (c for an LSTM only).
struct Step {
    const RecurrentAttributes& attributes;
    const RecurrentProduct& product;

    void run(const at::Tensor& input, at::Tensor& h, at::Tensor& c) const {
        switch (attributes.cell) {
            case RecurrentCell::Lstm: return lstm(input, h, c);
            case RecurrentCell::Gru: return gru(input, h);
            case RecurrentCell::Tanh: h = at::tanh(product(h, RecurrentRows::All) + input); return;
            case RecurrentCell::Relu: h = at::relu(product(h, RecurrentRows::All) + input); return;
        }
    }

    void lstm(const at::Tensor& input, at::Tensor& h, at::Tensor& c) const {
        const auto gates = (product(h, RecurrentRows::All) + input).chunk(4, 1);
        c = at::sigmoid(gates[1]) * c + at::sigmoid(gates[0]) * at::tanh(gates[2]);
        h = at::sigmoid(gates[3]) * at::tanh(c);
    }

    void gru(const at::Tensor& input, at::Tensor& h) const {
        const auto fromX = input.chunk(3, 1);
        const bool after = attributes.resetAfter;
        const auto fromH = product(h, after ? RecurrentRows::All : RecurrentRows::Gates).chunk(after ? 3 : 2, 1);
        const at::Tensor reset = at::sigmoid(fromH[0] + fromX[0]), update = at::sigmoid(fromH[1] + fromX[1]);
        const at::Tensor candidate = after ? fromH[2] * reset : product(reset * h, RecurrentRows::New);
        const at::Tensor fresh = at::tanh(fromX[2] + candidate);
        h = (h - fresh) * update + fresh;
    }
};

at::Tensor stateAt(const Node& node, std::size_t i, const Environment& environment, const at::Tensor& gates, std::int64_t hidden) {
    const ValueId id = node.input(i);
    return id < 0 ? at::zeros({gates.size(0), hidden}) : environment[static_cast<std::size_t>(id)].toTensor();
}

}  // namespace

std::vector<at::Tensor> runRecurrent(const Node& node, const Environment& environment, const RecurrentProduct& product) {
    const at::Tensor gates = environment[static_cast<std::size_t>(node.input(0))].toTensor();
    const at::Tensor weight = environment[static_cast<std::size_t>(node.input(1))].toTensor();
    if (gates.dim() != 3 || gates.size(2) != weight.size(0)) throw c10::Error("the input products do not fit the recurrent weights", "");
    const std::int64_t steps = gates.size(1), hidden = weight.size(1);
    if (steps < 1) throw c10::Error("the sequence is empty", "");
    const bool lstm = node.recurrent.cell == RecurrentCell::Lstm;
    at::Tensor h = stateAt(node, 3, environment, gates, hidden), c;
    if (lstm) c = stateAt(node, 4, environment, gates, hidden);
    const Step step{node.recurrent, product};
    std::vector<at::Tensor> sequence(static_cast<std::size_t>(steps));
    for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t t = node.recurrent.reverse ? steps - 1 - i : i;
        step.run(gates.select(1, t), h, c);
        sequence[static_cast<std::size_t>(t)] = h;
    }
    std::vector<at::Tensor> outputs{at::stack(sequence, 1), h};
    if (lstm) outputs.push_back(c);
    return outputs;
}

std::vector<at::Tensor> runRecurrentFloat(const Node& node, const Environment& environment, const std::function<void(const at::Tensor&)>& observe) {
    const at::Tensor weight = environment[static_cast<std::size_t>(node.input(1))].toTensor();
    const at::Tensor bias = node.input(2) < 0 ? at::Tensor() : environment[static_cast<std::size_t>(node.input(2))].toTensor();
    const std::int64_t hidden = weight.size(1);
    return runRecurrent(node, environment, [&](const at::Tensor& state, RecurrentRows rows) {
        if (observe) observe(state);
        const std::int64_t first = rows == RecurrentRows::New ? 2 * hidden : 0;
        const std::int64_t count = rows == RecurrentRows::All ? weight.size(0) : rows == RecurrentRows::Gates ? 2 * hidden : hidden;
        const at::Tensor w = weight.narrow(0, first, count);
        return bias.defined() ? at::linear(state, w, bias.narrow(0, first, count)) : at::linear(state, w);
    });
}

}  // namespace axp::detail
