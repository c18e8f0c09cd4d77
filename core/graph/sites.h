// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// A place where an ACU can stand: a MAC node, or one head of a MatMul.
struct Site {
    std::string id;   ///< "node" or "node/h3"
    int node = -1;    ///< index in Graph::nodes
    int head = -1;    ///< -1: the whole node
    int heads = 0;    ///< of the node; 0 when it has none
    std::string op;   ///< Conv, Linear, MatMul, ...
    std::int64_t macs = 0;  ///< for one sample
    Shape shape;      ///< output shape for one sample (with batch dimension 1)
};

enum class Granularity { Node, Head };

/// The sites of a graph whose shapes are known, in network order. With Granularity::Head a MatMul with heads gives one
/// site per head instead of one for the node.
std::vector<Site> enumerateSites(const Graph& graph, Granularity granularity);

/// MACs of one MAC node for one sample.
std::int64_t nodeMacs(const Graph& graph, const Node& node);
/// Heads of a MatMul (dimension 1 of a rank-4 product), else 0.
int nodeHeads(const Graph& graph, const Node& node);

}  // namespace axp
