// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/passes.h"

#include <cmath>
#include <limits>
#include <optional>

namespace axp {

namespace {

template <class Visit>
void visitRefs(Arg& arg, Visit visit) {
    if (auto* ref = std::get_if<ValueRef>(&arg)) visit(*ref);
    if (auto* list = std::get_if<std::vector<ValueRef>>(&arg))
        for (ValueRef& ref : *list) visit(ref);
}

/// For every value: the index of the node that computes it (or -1) and how often it is used.
struct Uses {
    std::vector<int> producer, count;

    explicit Uses(Graph& graph) : producer(graph.values.size(), -1), count(graph.values.size(), 0) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            for (ValueId id : graph.nodes[i].outputs) producer[id] = static_cast<int>(i);
            for (Arg& arg : graph.nodes[i].args) visitRefs(arg, [this](ValueRef ref) { ++count[ref.id]; });
        }
        for (ValueId id : graph.outputs) ++count[id];
    }
};

const Tensor* floatConstant(const Graph& graph, const Node& node, std::size_t i) {
    const ValueId id = node.input(i);
    if (id < 0 || !graph.values[id].constant || graph.values[id].constant->dtype() != DType::F32) return nullptr;
    return &*graph.values[id].constant;
}

bool isNothing(const Node& node, std::size_t i) {
    return i >= node.args.size() || std::holds_alternative<std::monostate>(node.args[i]);
}

/// Whether a value certainly has two dimensions: batch normalisation of a Linear of higher rank normalises dimension 1,
/// which is not the one that the weight's rows stand for.
bool hasRankTwo(const Graph& graph, const Uses& uses, ValueId id) {
    while (id >= 0) {
        if (!graph.values[id].shape.empty()) return graph.values[id].shape.size() == 2;
        if (uses.producer[id] < 0) return false;
        const Node& node = graph.nodes[uses.producer[id]];
        if (node.op == "aten::flatten.using_ints") {
            const auto* start = node.args.size() > 1 ? std::get_if<std::int64_t>(&node.args[1]) : nullptr;
            return start && *start == 1 && (node.args.size() < 3 || node.args[2] == Arg(std::int64_t{-1}));
        }
        if (node.op == "aten::reshape") {
            const auto* shape = node.args.size() > 1 ? std::get_if<std::vector<std::int64_t>>(&node.args[1]) : nullptr;
            return shape && shape->size() == 2;
        }
        if (node.kind != NodeKind::Linear && node.op != "aten::relu" && node.op != "aten::batch_norm") return false;
        id = node.input(0);
    }
    return false;
}

/// y = x * scale + shift per channel, as a batch normalisation in inference computes it.
struct Affine {
    std::vector<double> scale, shift;
};

std::optional<Affine> normalisation(const Graph& graph, const Node& node) {
    if (node.op != "aten::batch_norm" || node.args.size() < 8 || node.args[5] != Arg(false)) return std::nullopt;
    const Tensor* mean = floatConstant(graph, node, 3);
    const Tensor* variance = floatConstant(graph, node, 4);
    const Tensor* gamma = floatConstant(graph, node, 1);
    const Tensor* beta = floatConstant(graph, node, 2);
    const auto* epsilon = std::get_if<double>(&node.args[7]);
    if (!mean || !variance || !epsilon || (!gamma && !isNothing(node, 1)) || (!beta && !isNothing(node, 2)))
        return std::nullopt;
    const std::int64_t channels = mean->count();
    for (const Tensor* tensor : {variance, gamma, beta})
        if (tensor && tensor->count() != channels) return std::nullopt;
    Affine affine;
    for (std::int64_t c = 0; c < channels; ++c) {
        const double deviation = std::sqrt(static_cast<double>(variance->as<float>()[c]) + *epsilon);
        if (!(deviation > 0)) return std::nullopt;
        const double scale = (gamma ? gamma->as<float>()[c] : 1.0) / deviation;
        affine.scale.push_back(scale);
        affine.shift.push_back((beta ? beta->as<float>()[c] : 0.0) - mean->as<float>()[c] * scale);
    }
    return affine;
}

bool foldInto(Graph& graph, Node& mac, const Affine& affine) {
    const Tensor* weight = floatConstant(graph, mac, 1);
    const Tensor* bias = floatConstant(graph, mac, 2);
    if (!weight || (!bias && !isNothing(mac, 2))) return false;
    const std::int64_t channels = weight->shape()[0];
    if (static_cast<std::int64_t>(affine.scale.size()) != channels || (bias && bias->count() != channels)) return false;
    const std::int64_t inner = weight->count() / channels;
    std::vector<float> newWeight(weight->count()), newBias(channels);
    for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t i = 0; i < inner; ++i)
            newWeight[c * inner + i] = static_cast<float>(weight->as<float>()[c * inner + i] * affine.scale[c]);
        newBias[c] = static_cast<float>((bias ? bias->as<float>()[c] : 0.0) * affine.scale[c] + affine.shift[c]);
    }
    const Shape shape = weight->shape();
    const bool trainable = graph.values[mac.input(1)].trainable;
    const ValueId w = graph.addConstant(mac.name + ".weight", Tensor::from(shape, newWeight), trainable);
    const ValueId b = graph.addConstant(mac.name + ".bias", Tensor::from(Shape{channels}, newBias), trainable);
    mac.args.resize(3);
    mac.args[1] = ValueRef{w};
    mac.args[2] = ValueRef{b};
    return true;
}

/// Argument i as a number; nothing given: `standard`.
std::optional<float> limit(const Node& node, std::size_t i, float standard) {
    if (isNothing(node, i)) return standard;
    if (const auto* real = std::get_if<double>(&node.args[i])) return static_cast<float>(*real);
    if (const auto* whole = std::get_if<std::int64_t>(&node.args[i])) return static_cast<float>(*whole);
    return std::nullopt;
}

/// The limits of an activation that does nothing else.
std::optional<std::pair<float, float>> limitsOf(const Node& node) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    if (node.op == "aten::relu") return std::pair{0.0F, kInfinite};
    if (node.op == "aten::relu6") return std::pair{0.0F, 6.0F};
    const bool hardTanh = node.op == "aten::hardtanh";
    if (!hardTanh && node.op != "aten::clamp") return std::nullopt;
    const auto lo = limit(node, 1, hardTanh ? -1.0F : -kInfinite), hi = limit(node, 2, hardTanh ? 1.0F : kInfinite);
    if (!lo || !hi || !(*lo <= *hi)) return std::nullopt;
    return std::pair{*lo, *hi};
}

}  // namespace

int fuseActivations(Graph& graph) {
    const Uses uses(graph);
    std::vector<char> fused(graph.nodes.size(), 0);
    int count = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        const auto limits = limitsOf(node);
        const ValueId input = node.input(0);
        if (!limits || input < 0 || uses.producer[input] < 0 || uses.count[input] != 1) continue;
        Node& mac = graph.nodes[uses.producer[input]];
        const bool layer = mac.kind == NodeKind::Conv || mac.kind == NodeKind::ConvTranspose || mac.kind == NodeKind::Linear;
        if (!layer || mac.epilogue.clamps()) continue;
        mac.epilogue.lo = limits->first;
        mac.epilogue.hi = limits->second;
        mac.epilogue.nodes.push_back(node.name);
        mac.outputs[0] = node.outputs[0];
        fused[i] = 1;
        ++count;
    }
    std::size_t index = 0;
    std::erase_if(graph.nodes, [&](const Node&) { return fused[index++] != 0; });
    if (count > 0) removeDeadNodes(graph);
    return count;
}

int foldBatchNorm(Graph& graph) {
    const Uses uses(graph);
    std::vector<char> folded(graph.nodes.size(), 0);
    // A second normalisation behind the first sees the MAC node only through this.
    std::vector<int> producer = uses.producer;
    int count = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& node = graph.nodes[i];
        const ValueId input = node.input(0);
        if (node.op != "aten::batch_norm" || input < 0 || producer[input] < 0 || uses.count[input] != 1) continue;
        Node& mac = graph.nodes[producer[input]];
        const bool linear = mac.kind == NodeKind::Linear && hasRankTwo(graph, uses, mac.input(0));
        if (mac.kind != NodeKind::Conv && !linear) continue;
        const auto affine = normalisation(graph, node);
        if (!affine || !foldInto(graph, mac, *affine)) continue;
        mac.outputs[0] = node.outputs[0];
        mac.epilogue.nodes.push_back(node.name);
        producer[node.outputs[0]] = producer[input];
        folded[i] = 1;
        ++count;
    }
    std::size_t index = 0;
    std::erase_if(graph.nodes, [&](const Node&) { return folded[index++] != 0; });
    if (count > 0) removeDeadNodes(graph);
    return count;
}

void removeDeadNodes(Graph& graph) {
    std::vector<char> live(graph.values.size(), 0), keep(graph.nodes.size(), 0);
    for (ValueId id : graph.outputs) live[id] = 1;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        for (ValueId id : graph.nodes[i].outputs) keep[i] |= live[id];
        if (!keep[i]) continue;
        for (ValueId id : graph.nodes[i].outputs) live[id] = 1;
        for (Arg& arg : graph.nodes[i].args) visitRefs(arg, [&](ValueRef ref) { live[ref.id] = 1; });
    }
    for (ValueId id : graph.inputs) live[id] = 1;

    std::vector<ValueId> renumbered(graph.values.size(), -1);
    std::vector<Value> values;
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (!live[i]) continue;
        renumbered[i] = static_cast<ValueId>(values.size());
        values.push_back(std::move(graph.values[i]));
    }
    graph.values = std::move(values);
    std::size_t index = 0;
    std::erase_if(graph.nodes, [&](const Node&) { return !keep[index++]; });
    for (Node& node : graph.nodes) {
        for (Arg& arg : node.args) visitRefs(arg, [&](ValueRef& ref) { ref.id = renumbered[ref.id]; });
        for (ValueId& id : node.outputs) id = renumbered[id];
    }
    for (ValueId& id : graph.inputs) id = renumbered[id];
    for (ValueId& id : graph.outputs) id = renumbered[id];
}

}  // namespace axp
