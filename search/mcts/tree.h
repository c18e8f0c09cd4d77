// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/problem.h"

namespace axp {

/// The tree of a Monte Carlo tree search. A node of depth d stands for the candidates of the first d sites; node 0 is the root. A simulation
/// follows the nodes that exist, adds one (none when its whole path exists already) and counts at every node on its way. So the tree
/// follows from the simulations alone: a window rebuilds it from the steps of any run. Not thread-safe; nodes are never removed, and there are at
/// most simulations + 1 of them.
class SearchTree {
public:
    static constexpr int kNone = -1;
    struct Node {
        int parent = kNone;
        int candidate = kNone;    ///< index at site depth - 1; kNone at the root
        int depth = 0;
        int firstChild = kNone;   ///< children are linked by ascending candidate
        int nextSibling = kNone;
        std::int64_t visits = 0;  ///< simulations through this node
        double sum = 0;           ///< of their values
        double mean() const { return visits > 0 ? sum / static_cast<double>(visits) : 0; }
    };

    SearchTree() : m_nodes(1) {}
    /// Adds a simulation: the choice in site order, without kExactChoice, and its value (not NaN). Returns the deepest node counted.
    int insert(const Choice& choice, double value);

    const Node& node(int index) const { return m_nodes[static_cast<std::size_t>(index)]; }
    int size() const { return static_cast<int>(m_nodes.size()); }
    /// The child of a node for a candidate, or kNone.
    int child(int index, int candidate) const;
    /// By ascending candidate.
    std::vector<int> children(int index) const;
    /// Candidates from the first site down to the node.
    Choice path(int index) const;
    /// The node where following the choice leaves the tree.
    int deepest(const Choice& choice) const;
    /// Down the children with the most visits (of equal ones the higher mean, then the lower candidate) to a leaf; the root excluded.
    std::vector<int> principalPath() const;

private:
    int add(int parent, int candidate);

    std::vector<Node> m_nodes;
};

}  // namespace axp
