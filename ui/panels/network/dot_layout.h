// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>

#include <optional>

#include "ui/panels/network/view_graph.h"

namespace axp::ui {

/// The graph in Graphviz's language, with boxes of fixed sizes; names are n0, n1, ... whatever the network calls them.
QByteArray dotText(const ViewGraph& graph);

/// What `dot -Tjson0` answered to dotText(graph); nothing when it is not that.
std::optional<GraphLayout> parseDotJson(const QByteArray& json, const ViewGraph& graph);

}  // namespace axp::ui
