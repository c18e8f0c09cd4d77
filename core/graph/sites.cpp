// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/sites.h"

#include <algorithm>

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

int nodeGroups(const Node& node) { return node.parts.kind == SiteParts::Kind::Groups ? node.parts.count : 0; }

std::int64_t outputChannelsOf(const Graph& graph, const Node& node) {
    const Shape weight = argumentShape(graph, node, 1);
    if (weight.size() < 2) return 0;
    return node.kind == NodeKind::ConvTranspose ? weight[1] * node.conv.groups : weight[0];
}

/// The whole node's site made that of its part.
void narrow(Site& site, const Graph& graph, int part) {
    const Node& node = graph.nodes[static_cast<std::size_t>(site.node)];
    site.id = site.partId(part);
    (site.heads > 0 ? site.head : site.group) = part;
    site.macs /= site.parts();
    if (site.shape.size() < 2 || node.parts.kind == SiteParts::Kind::HeadColumns) return;
    if (node.kind == NodeKind::Linear) site.shape.back() /= site.parts();
    else site.shape[1] /= site.parts();
}

}  // namespace

const char* granularityName(Granularity granularity) {
    return granularity == Granularity::Node ? "node" : granularity == Granularity::Head ? "head" : "group";
}

Result<Granularity> granularityFromName(const std::string& name) {
    for (const auto granularity : {Granularity::Node, Granularity::Head, Granularity::Group})
        if (name == granularityName(granularity)) return granularity;
    return badInput("there is no granularity \"" + name + '"', {}, "It can be \"node\", \"head\" or \"group\".");
}

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
        case NodeKind::Recurrent:
            // Every time step multiplies its state with all weights.
            if (output.size() != 3 || weight.size() != 2) return 0;
            return output[0] * output[1] * product(weight);
        case NodeKind::Operator: break;
    }
    return 0;
}

int nodeHeads(const Graph& graph, const Node& node) {
    if (node.parts.kind == SiteParts::Kind::HeadRows || node.parts.kind == SiteParts::Kind::HeadColumns) return node.parts.count;
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
        site.groups = nodeGroups(node);
        site.op = node.op;
        site.macs = nodeMacs(graph, node);
        site.shape = outputShape(graph, node);
        const bool apart = site.heads > 0 ? granularity != Granularity::Node : granularity == Granularity::Group && site.groups > 0;
        for (int part = 0; apart && part < site.parts(); ++part) {
            sites.push_back(site);
            narrow(sites.back(), graph, part);
        }
        if (!apart) sites.push_back(std::move(site));
    }
    return sites;
}

std::vector<IndexRange> partRows(const Graph& graph, const Node& node, int part) {
    const std::int64_t channels = outputChannelsOf(graph, node);
    const SiteParts& parts = node.parts;
    if (part < 0 || parts.kind == SiteParts::Kind::None || parts.kind == SiteParts::Kind::HeadColumns) return {{0, channels}};
    const std::int64_t whole = channels / parts.repeats, each = whole / parts.count;
    std::vector<IndexRange> rows;
    for (int repeat = 0; repeat < parts.repeats; ++repeat) rows.push_back({repeat * whole + part * each, each});
    return rows;
}

IndexRange partColumns(const Graph& graph, const Node& node, int part) {
    const Shape weight = argumentShape(graph, node, 1);
    const std::int64_t columns = weight.size() < 2 ? 0 : weight[1];
    if (part < 0 || node.parts.kind != SiteParts::Kind::HeadColumns) return {0, columns};
    return {part * (columns / node.parts.count), columns / node.parts.count};
}

}  // namespace axp
