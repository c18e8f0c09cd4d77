// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "backends/emulator/detail/script_reader.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "core/model/attention.h"
#include "core/model/recurrent.h"

namespace axp::detail {

bool ScriptReader::dropout(Call& call) {
    if (flag(call, 2, false) && real(call, 1, 0.0) != 0.0) refuse(call.node, "is in training mode", "Export the network in evaluation mode: model.eval()");
    return alias(call);
}

bool ScriptReader::batchNorm(Call& call) {
    const bool training = flag(call, 5, false);
    if (call.name == "aten::batch_norm" && training) refuse(call.node, "is in training mode", "Export the network in evaluation mode: model.eval()");
    emitGeneric(call);
    const Node& node = m_graph.nodes.back();
    const bool layer = call.name == "aten::layer_norm";
    for (const std::size_t i : layer ? std::array<std::size_t, 2>{2, 3} : std::array<std::size_t, 2>{1, 2})
        if (const ValueId id = node.input(i); id >= 0 && m_graph.values[static_cast<std::size_t>(id)].constant) m_graph.values[static_cast<std::size_t>(id)].trainable = true;
    return true;
}

/// Indices arrive as numbers of the network's input, which are floats in the graph.
bool ScriptReader::embedding(Call& call) {
    if (!isFlow(call, 1)) return false;
    const ValueId table = knownTensorId(call, call.args[0]);
    ValueId indices = call.args[1]->id;
    if (indices == m_graph.inputs[0]) indices = op("tokens", "aten::to.dtype", {ValueRef{indices}, std::int64_t{4}});
    return done(call, op(macName(call, 0), "aten::embedding", {ValueRef{table}, ValueRef{indices}}));
}

bool ScriptReader::refuseRandom(Call& call) { refuse(call.node, "draws random numbers", "Export the network in evaluation mode, without sampling"); }

/// scaled_dot_product_attention(q, k, v, mask, dropout, causal, scale, grouped).
bool ScriptReader::attention(Call& call) {
    if (real(call, 4, 0.0) != 0.0) refuse(call.node, "has dropout", "Export the network in evaluation mode: model.eval()");
    if (flag(call, 7, false)) refuse(call.node, "with grouped heads is not supported");
    Attention a;
    a.name = m_scope;
    a.q = valueId(call, 0);
    a.k = valueId(call, 1);
    a.v = valueId(call, 2);
    const at::Tensor &q = tensor(call, 0), &k = tensor(call, 1);
    a.scale = real(call, 6, 1.0 / std::sqrt(static_cast<double>(q.size(-1))));
    if (flag(call, 5, false)) {
        const at::Tensor visible = at::ones({q.size(-2), k.size(-2)}, at::kBool).tril();
        a.mask = constantId(at::zeros({q.size(-2), k.size(-2)}).masked_fill(visible.logical_not(), -std::numeric_limits<double>::infinity()), "causal_mask");
    } else if (given(call, 3)) {
        a.mask = valueId(call, 3);
        if (tensor(call, 3).scalar_type() == at::kBool) {
            const ValueId hidden = op(nodeName("aten::hidden"), "aten::logical_not", {ValueRef{a.mask}});
            const ValueId zeros = constantId(at::zeros({1}), "zero");
            a.mask = op(nodeName("aten::mask"), "aten::masked_fill.Scalar", {ValueRef{op(nodeName("aten::zeros"), "aten::expand_as", {ValueRef{zeros}, ValueRef{hidden}})},
                                                                             ValueRef{hidden}, -std::numeric_limits<double>::infinity()});
        }
    }
    return done(call, buildAttention(*this, a));
}

/// Projection to q, k, v, attention per head, output projection. The weights stand in arguments `weights`.. of the call:
/// qkv weight, qkv bias, output weight, output bias.
ValueId ScriptReader::selfAttention(Call& call, const std::string& name, ValueId x, std::int64_t width, std::int64_t heads, std::size_t weights, ValueId mask) {
    const std::string base = name.empty() ? "" : name + ".";
    const std::int64_t tokens = tensor(call, 0).size(1), depth = width / heads;
    const auto constant = [&](std::size_t i) { return constantId(constantTensor(call, weights + i, "weight"), parameterPath(call, weights + i), true); };
    const auto projection = [&](const std::string& what, ValueId in, std::size_t i) {
        return mac(base + what, NodeKind::Linear, {ValueRef{in}, ValueRef{constant(i)}, ValueRef{constant(i + 1)}});
    };
    const ValueId qkv = projection("in_proj", x, 0);
    const ValueId split = op(base + "split", "aten::reshape", {ValueRef{qkv}, std::vector<std::int64_t>{-1, tokens, 3, heads, depth}});
    const ValueId order = op(base + "order", "aten::permute", {ValueRef{split}, std::vector<std::int64_t>{2, 0, 3, 1, 4}});
    const auto part = [&](const char* what, std::int64_t i) { return op(base + what, "aten::select.int", {ValueRef{order}, std::int64_t{0}, i}); };
    Attention a;
    a.name = name;
    a.q = part("q", 0);
    a.k = part("k", 1);
    a.v = part("v", 2);
    a.scale = 1.0 / std::sqrt(static_cast<double>(depth));
    a.mask = mask;
    const ValueId result = buildAttention(*this, a);
    const ValueId back = op(base + "back", "aten::permute", {ValueRef{result}, std::vector<std::int64_t>{0, 2, 1, 3}});
    const ValueId merged = op(base + "merge", "aten::reshape", {ValueRef{back}, std::vector<std::int64_t>{-1, tokens, width}});
    return projection("out_proj", merged, 2);
}

/// The fused form of nn.MultiheadAttention in evaluation mode:
/// (q, k, v, width, heads, qkv weight, qkv bias, out weight, out bias, mask, need weights, average, mask type).
bool ScriptReader::nativeAttention(Call& call) {
    const bool self = call.args[0]->id == call.args[1]->id && call.args[1]->id == call.args[2]->id;
    if (!self) refuse(call.node, "between different tensors is not supported", "Export the network under torch.enable_grad()");
    if (given(call, 9)) refuse(call.node, "with a mask is not supported", "Export the network under torch.enable_grad()");
    if (flag(call, 10, true) && !call.node->output(1)->uses().empty()) refuse(call.node, "with its attention weights in use is not supported");
    flow(call, 0, selfAttention(call, m_scope, valueId(call, 0), integer(call, 3, 0), integer(call, 4, 1), 5, -1));
    auto nothing = std::make_shared<Item>();
    call.args.push_back(nothing);
    return true;
}

/// The fused form of nn.TransformerEncoderLayer in evaluation mode: (x, width, heads, qkv weight, qkv bias, out weight, out bias, gelu,
/// norm first, eps, norm 1 weight and bias, norm 2 weight and bias, ffn weight 1, bias 1, weight 2, bias 2, mask, mask type).
bool ScriptReader::encoderLayer(Call& call) {
    if (given(call, 18)) refuse(call.node, "with a mask is not supported", "Export the network under torch.enable_grad()");
    const std::int64_t width = integer(call, 1, 0), heads = integer(call, 2, 1);
    const bool gelu = flag(call, 7, false), normFirst = flag(call, 8, false);
    const std::string base = m_scope.empty() ? "" : m_scope + ".";
    const auto constant = [&](std::size_t i) { return constantId(constantTensor(call, i, "weight"), parameterPath(call, i), true); };
    const auto norm = [&](const char* what, ValueId x, std::size_t i) {
        return op(base + what, "aten::layer_norm", {ValueRef{x}, std::vector<std::int64_t>{width}, ValueRef{constant(i)}, ValueRef{constant(i + 1)}, real(call, 9, 1e-5)});
    };
    const auto add = [&](const char* what, ValueId a, ValueId b) { return op(base + what, "aten::add.Tensor", {ValueRef{a}, ValueRef{b}}); };
    const auto dense = [&](const char* what, ValueId x, std::size_t i) {
        return mac(base + what, NodeKind::Linear, {ValueRef{x}, ValueRef{constant(i)}, ValueRef{constant(i + 1)}});
    };
    const auto feed = [&](ValueId x) {
        const ValueId inner = dense("linear1", x, 14);
        return dense("linear2", op(base + (gelu ? "gelu" : "relu"), gelu ? "aten::gelu" : "aten::relu", {ValueRef{inner}}), 16);
    };
    ValueId x = valueId(call, 0);
    const auto attend = [&](ValueId in) { return selfAttention(call, base + "self_attn", in, width, heads, 3, -1); };
    if (normFirst) {
        x = add("add1", x, attend(norm("norm1", x, 10)));
        x = add("add2", x, feed(norm("norm2", x, 12)));
    } else {
        x = norm("norm1", add("add1", x, attend(x)), 10);
        x = norm("norm2", add("add2", x, feed(x)), 12);
    }
    return done(call, x);
}

namespace {

RecurrentCell cellOf(const std::string& name) {
    if (name.starts_with("aten::lstm")) return RecurrentCell::Lstm;
    if (name.starts_with("aten::gru")) return RecurrentCell::Gru;
    return name.starts_with("aten::rnn_tanh") ? RecurrentCell::Tanh : RecurrentCell::Relu;
}

}  // namespace

/// lstm, gru, rnn_tanh, rnn_relu (x, states, parameters, biases, layers, dropout, train, bidirectional, batch first).
bool ScriptReader::recurrent(Call& call) {
    if (!call.name.ends_with(".input")) refuse(call.node, "of packed sequences is not supported", "Export the network for sequences of one length");
    const RecurrentCell cell = cellOf(call.name);
    const bool lstm = cell == RecurrentCell::Lstm;
    const bool biased = flag(call, 3, true), bidirectional = flag(call, 7, false), batchFirst = flag(call, 8, false);
    const std::int64_t layers = integer(call, 4, 1);
    const auto states = lstm ? elements(call.args[1]) : std::vector<ItemPtr>{call.args[1]};
    const auto weights = elements(call.args[2]);
    const std::size_t directions = bidirectional ? 2 : 1, perLayer = biased ? 4 : 2;
    if (tensor(call, 0).dim() != 3) refuse(call.node, "of sequences without a batch is not supported");
    if (weights.size() != static_cast<std::size_t>(layers) * directions * perLayer) refuse(call.node, "with projections is not supported");
    const std::int64_t steps = tensor(call, 0).size(batchFirst ? 1 : 0);
    if (steps < 1 || steps > kMostTimeSteps || steps != tensor(call, 0, 1).size(batchFirst ? 1 : 0))
        refuse(call.node, "has " + std::to_string(steps) + " time steps; 1 to " + std::to_string(kMostTimeSteps) + " are supported, at the same length for every batch size");
    const std::string base = m_scope.empty() ? call.name.substr(6, call.name.find('.') - 6) : m_scope;
    const auto weight = [&](std::size_t i) {
        const ItemPtr& item = weights[i];
        if (item->kind != Item::Kind::Known || item->run[0].toTensor().scalar_type() != at::kFloat) refuse(call.node, "has weights that are computed or not float32");
        return constantId(item->run[0].toTensor(), item->path, true);
    };
    const auto isZero = [](const ItemPtr& item) { return item->kind == Item::Kind::Known && !item->run[0].toTensor().any().item().toBool(); };
    const auto state = [&](std::size_t which, std::size_t at) {
        if (isZero(states[which])) return ValueId{-1};
        const ValueId all = states[which]->kind == Item::Kind::Flow ? states[which]->id : knownTensorId(call, states[which]);
        return op(base + ".state", "aten::select.int", {ValueRef{all}, std::int64_t{0}, static_cast<std::int64_t>(at)});
    };
    const auto swap = [&](const char* what, ValueId x) { return op(base + what, "aten::transpose.int", {ValueRef{x}, std::int64_t{0}, std::int64_t{1}}); };
    ValueId x = batchFirst ? valueId(call, 0) : swap(".batch_first", valueId(call, 0));
    std::vector<ValueRef> lastH, lastC;
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        std::vector<ValueRef> sequences;
        for (std::size_t d = 0; d < directions; ++d) {
            const std::size_t at = static_cast<std::size_t>(layer) * directions + d, first = at * perLayer;
            RecurrentLayer l{cell, base, "l" + std::to_string(layer) + (d ? "_reverse" : ""), x, weight(first), weight(first + 1), -1, -1, state(0, at), -1, d == 1, true};
            if (biased) {
                l.biasIh = weight(first + 2);
                l.biasHh = weight(first + 3);
            }
            if (lstm) l.c0 = state(1, at);
            const RecurrentResult result = buildRecurrent(*this, l);
            sequences.push_back({result.sequence});
            lastH.push_back({result.h});
            lastC.push_back({result.c});
        }
        x = directions == 1 ? sequences[0].id : op(base + ".both_l" + std::to_string(layer), "aten::cat", {sequences, std::int64_t{-1}});
    }
    flow(call, 0, batchFirst ? x : swap(".time_first", x));
    flow(call, 1, op(base + ".h_n", "aten::stack", {lastH, std::int64_t{0}}));
    if (lstm) flow(call, 2, op(base + ".c_n", "aten::stack", {lastC, std::int64_t{0}}));
    return true;
}

/// lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell (x, states, weight ih, weight hh, bias ih, bias hh).
bool ScriptReader::recurrentCell(Call& call) {
    const RecurrentCell cell = cellOf(call.name);
    const bool lstm = cell == RecurrentCell::Lstm;
    const auto states = lstm ? elements(call.args[1]) : std::vector<ItemPtr>{call.args[1]};
    const auto stateId = [&](std::size_t i) { return states[i]->kind == Item::Kind::Flow ? states[i]->id : knownTensorId(call, states[i]); };
    const auto weight = [&](std::size_t i) { return given(call, i) ? constantId(constantTensor(call, i, "weight"), parameterPath(call, i), true) : ValueId{-1}; };
    const std::string base = m_scope.empty() ? call.name.substr(6) : m_scope;
    RecurrentLayer l;
    l.cell = cell;
    l.name = base;
    l.suffix = "cell";
    l.x = op(base + ".step", "aten::unsqueeze", {ValueRef{valueId(call, 0)}, std::int64_t{1}});
    l.weightIh = weight(2);
    l.weightHh = weight(3);
    l.biasIh = weight(4);
    l.biasHh = weight(5);
    l.h0 = stateId(0);
    if (lstm) l.c0 = stateId(1);
    const RecurrentResult result = buildRecurrent(*this, l);
    flow(call, 0, result.h);
    if (lstm) flow(call, 1, result.c);
    return true;
}

void ScriptReader::addLayerHandlers(std::unordered_map<std::string, Handler>& table) {
    for (const char* name : {"aten::dropout", "aten::feature_dropout", "aten::alpha_dropout", "aten::feature_alpha_dropout"}) table[name] = &ScriptReader::dropout;
    for (const char* name : {"aten::batch_norm", "aten::layer_norm", "aten::instance_norm", "aten::group_norm"}) table[name] = &ScriptReader::batchNorm;
    for (const char* name : {"aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu"}) table[name] = &ScriptReader::recurrent;
    for (const char* name : {"aten::lstm_cell", "aten::gru_cell", "aten::rnn_tanh_cell", "aten::rnn_relu_cell"}) table[name] = &ScriptReader::recurrentCell;
    for (const char* name : {"aten::rand_like", "aten::randn_like", "aten::randint_like", "aten::bernoulli", "aten::multinomial", "aten::normal", "aten::rrelu", "aten::poisson"})
        table[name] = &ScriptReader::refuseRandom;
    table["aten::embedding"] = &ScriptReader::embedding;
    table["aten::scaled_dot_product_attention"] = &ScriptReader::attention;
    table["aten::_native_multi_head_attention"] = &ScriptReader::nativeAttention;
    table["aten::_transformer_encoder_layer_fwd"] = &ScriptReader::encoderLayer;
}

}  // namespace axp::detail
