// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// A place where an ACU can stand: a MAC node, or one head or channel group of it. For a Recurrent node one ACU serves the products of all
/// time steps.
struct Site {
    std::string id;   ///< "node", "node/h3" (head) or "node/g2" (channel group)
    int node = -1;    ///< index in Graph::nodes
    int head = -1;    ///< -1: no single head
    int heads = 0;    ///< of the node; 0 when it has none
    std::string op;   ///< Conv, Linear, MatMul, ...
    std::int64_t macs = 0;  ///< for one sample
    Shape shape;      ///< output shape for one sample (with batch dimension 1)
    int group = -1;   ///< -1: no single channel group
    int groups = 0;   ///< channel groups of the node; a node has heads or groups, not both

    /// Number of the head or channel group, -1: the whole node.
    int part() const { return head >= 0 ? head : group; }
    /// Heads or channel groups of the node, 0 when it has neither.
    int parts() const { return heads > 0 ? heads : groups; }
    /// Id of head or channel group i of the node: "node/h0", "node/g0".
    std::string partId(int i) const { return id.substr(0, id.find('/')) + (heads > 0 ? "/h" : "/g") + std::to_string(i); }
};

/// Node: MAC nodes. Head: heads apart. Group: heads and channel groups apart, the leaves, which carry the ACUs of a configuration.
enum class Granularity { Node, Head, Group };
/// "node", "head", "group"
const char* granularityName(Granularity granularity);
Result<Granularity> granularityFromName(const std::string& name);

/// The sites of a graph whose shapes are known, in network order. At Granularity::Head a node with heads gives one site per head instead of
/// one for the node; at Granularity::Group one with channel groups gives one per group as well.
std::vector<Site> enumerateSites(const Graph& graph, Granularity granularity);

/// MACs of one MAC node for one sample.
std::int64_t nodeMacs(const Graph& graph, const Node& node);
/// Heads of a node: dimension 1 of a rank-4 MatMul, or those of a projection (SiteParts); else 0.
int nodeHeads(const Graph& graph, const Node& node);

/// Which parts of nodes become sites of their own.
struct SiteOptions {
    /// 2 or more: channel groups. A convolution with 2 to 64 groups of its own has those; any other convolution and every Linear has this many
    /// groups of neighbouring output channels where its channels divide evenly (and, in a grouped convolution, where a channel group is either
    /// some whole groups or a piece of one). 0 or 1: none.
    int channelGroups = 0;
    /// Heads of an attention also cover their rows of the q, k and v projections and their input columns of the output projection, where these
    /// are Linear nodes in the order [head][width] (a fused projection: [q, k, v][head][width]).
    bool headFull = false;
};

/// Sets Node::parts of all nodes by the options; shapes are known. The order of rows and columns is followed through the nodes between a
/// projection and its product, element by element; where it is another one, the projection stays whole.
void defineParts(Graph& graph, const SiteOptions& options);

/// A half-open range of rows or columns.
struct IndexRange {
    std::int64_t first = 0, count = 0;
    bool operator==(const IndexRange&) const = default;
};
/// Output channels of part `part` of a node with constant weights (all of them for HeadColumns and for part -1), in ascending order.
std::vector<IndexRange> partRows(const Graph& graph, const Node& node, int part);
/// Input features of part `part` (all of them but for HeadColumns).
IndexRange partColumns(const Graph& graph, const Node& node, int part);

}  // namespace axp
