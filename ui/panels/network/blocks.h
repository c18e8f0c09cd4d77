// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <vector>

#include "core/graph/graph.h"

namespace axp::ui {

/// The block that each node of a graph belongs to ("block1", "encoder_layers_0"; empty: none), by the names of the nodes: the shortest
/// leading part that ends in a digit and is followed by more. Blocks have at least three nodes and one MAC node. A node without such a
/// name whose neighbours all lie in one block belongs to it.
std::vector<QString> blocksOf(const Graph& graph);

/// Calls `visit` with every value that an argument refers to.
template <class Visit>
void visitValues(const Arg& arg, Visit visit) {
    if (const auto* ref = std::get_if<ValueRef>(&arg)) visit(ref->id);
    if (const auto* list = std::get_if<std::vector<ValueRef>>(&arg))
        for (const ValueRef& ref : *list) visit(ref.id);
}

/// The node that produces each value, -1 for inputs and constants.
std::vector<int> producersOf(const Graph& graph);

}  // namespace axp::ui
