// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// A node of one network and the node of the other that it belongs to.
struct NodePair {
    enum class State { Same, Changed, OnlyFirst, OnlySecond };
    State state = State::Same;
    int first = -1, second = -1;       ///< indices in Graph::nodes; -1: there is none
    std::vector<std::string> changes;  ///< what differs, in words: "stride [2, 2] -> [1, 1]"; the name is not a difference
    /// Largest |difference| of weights and other constants of equal shapes. 0 when none differ; infinite where one is not a number.
    double weightDifference = 0;
    std::int64_t macsFirst = 0, macsSecond = 0;
};
const char* stateName(NodePair::State state);

/// Two networks, node by node.
struct GraphDiff {
    std::vector<NodePair> pairs;  ///< in the order of the first network, with nodes of the second where they stand there
    int same = 0, changed = 0, onlyFirst = 0, onlySecond = 0;
    int sitesFirst = 0, sitesSecond = 0;
    std::int64_t macsFirst = 0, macsSecond = 0;
    std::int64_t parametersFirst = 0, parametersSecond = 0;
    double weightDifference = 0;  ///< the largest of all pairs
    bool equal() const { return changed == 0 && onlyFirst == 0 && onlySecond == 0; }
};

/// Compares two networks. Nodes belong together when they have the same kind and name (as exporters vary it: "layer1.0.conv1" is
/// "_layer1_0_conv1_Conv"); the others when they follow each other in the same order with the same operator and shapes of weights, and
/// then with the same operator alone (the longest common subsequence). Shapes and MACs count where both graphs have shapes.
/// `stop` is asked now and then; when it says yes, the result is incomplete and must not be used.
GraphDiff diffGraphs(const Graph& first, const Graph& second, const std::function<bool()>& stop = {});

}  // namespace axp
