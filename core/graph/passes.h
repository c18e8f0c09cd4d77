// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/graph/graph.h"

namespace axp {

/// Folds every batch normalisation whose input is a Conv or Linear used by nothing else into that node's weight and bias
/// (double precision, rounded once, so that results differ from those of the two layers in the last bits). The node name of the MAC node stays,
/// and its Epilogue::nodes names what was folded. Returns how many were folded.
int foldBatchNorm(Graph& graph);

/// Layer fusion: every activation that only limits its input (ReLU, ReLU6, hard tanh, clamp with constant limits) and is the only reader of a
/// Conv, ConvTranspose or Linear becomes that node's Epilogue: the MAC node limits each block of results before it goes on to the next, and
/// nothing is stored in between. Binary32 results are the same, bit for bit. Curved activations (GELU, sigmoid, tanh) and activations behind
/// a batch norm that is not folded stay layers. Returns how many were fused.
int fuseActivations(Graph& graph);

/// Drops nodes whose outputs nobody uses and values that no node refers to (inputs and outputs stay); renumbers values.
void removeDeadNodes(Graph& graph);

}  // namespace axp
