// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/sites.h"

namespace axp {

namespace {

std::int64_t product(const Shape& shape, std::size_t first = 0) {
    std::int64_t result = 1;
    for (std::size_t i = first; i < shape.size(); ++i) result *= shape[i];
    return result;
}

/// Shape of argument i: of the run on the sample input, or of the constant.
Shape argumentShape(const Graph& graph, const Node& node, std::size_t i) {
    const ValueId id = node.input(i);
    if (id < 0) return {};
    const Value& value = graph.values[id];
    return value.constant ? value.constant->shape() : value.shape;
}

Shape outputShape(const Graph& graph, const Node& node) {
    return node.outputs.empty() ? Shape{} : graph.values[node.outputs[0]].shape;
}

}  // namespace

std::int64_t nodeMacs(const Graph& graph, const Node& node) {
    const Shape output = outputShape(graph, node);
    const Shape first = argumentShape(graph, node, 0);
    const Shape weight = argumentShape(graph, node, 1);
    switch (node.kind) {
        case NodeKind::Conv:
            if (output.empty() || weight.size() < 2) return 0;
            return product(output) * product(weight, 1);
        case NodeKind::ConvTranspose:
            // Every input element meets every weight of its group, also where the padding crops the result.
            if (first.empty() || weight.size() < 2) return 0;
            return product(first) * product(weight, 1);
        case NodeKind::Linear:
            if (output.empty() || weight.size() != 2) return 0;
            return product(output) * weight[1];
        case NodeKind::MatMul:
            if (output.empty() || first.empty()) return 0;
            return product(output) * first.back();
        case NodeKind::Operator: break;
    }
    return 0;
}

int nodeHeads(const Graph& graph, const Node& node) {
    if (node.kind != NodeKind::MatMul) return 0;
    const Shape output = outputShape(graph, node);
    return output.size() == 4 ? static_cast<int>(output[1]) : 0;
}

std::vector<Site> enumerateSites(const Graph& graph, Granularity granularity) {
    std::vector<Site> sites;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        if (!node.isMac()) continue;
        Site site;
        site.id = node.name;
        site.node = static_cast<int>(i);
        site.heads = nodeHeads(graph, node);
        site.op = node.op;
        site.macs = nodeMacs(graph, node);
        site.shape = outputShape(graph, node);
        if (granularity == Granularity::Node || site.heads == 0) {
            sites.push_back(std::move(site));
            continue;
        }
        site.macs /= site.heads;
        site.shape[1] = 1;
        for (int head = 0; head < site.heads; ++head) {
            site.head = head;
            site.id = node.name + "/h" + std::to_string(head);
            sites.push_back(site);
        }
    }
    return sites;
}

}  // namespace axp
