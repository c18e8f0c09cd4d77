// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/graph/graph.h"

namespace axp {

/// Folds every batch normalisation whose input is a Conv or Linear used by nothing else into that node's weight and bias
/// (double precision, rounded once). The node name of the MAC node stays. Returns how many were folded.
int foldBatchNorm(Graph& graph);

/// Drops nodes whose outputs nobody uses and values that no node refers to (inputs and outputs stay); renumbers values.
void removeDeadNodes(Graph& graph);

}  // namespace axp
