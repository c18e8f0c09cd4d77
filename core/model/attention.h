// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/graph_builder.h"
#include "core/model/onnx/partial_shape.h"

namespace axp {

/// One scaled dot-product attention: softmax(q k^T * scale + mask) v.
struct Attention {
    std::string name;
    ValueId q = -1, k = -1, v = -1;  ///< [N, heads, tokens, depth] (or any equal number of dimensions)
    double scale = 1.0;
    ValueId mask = -1;               ///< added to the products, broadcast; -1: none
};
/// Writes it out as two MatMul nodes, `name.qk` and `name.av`, whose heads are sites. Returns [N, heads, tokens, depth].
/// `probabilities`, when given, receives the value after the softmax.
ValueId buildAttention(GraphBuilder& builder, const Attention& attention, ValueId* probabilities = nullptr);

/// Makes the heads of an attention visible that an exporter merged with the batch: a product of [N * heads, M, K] and [N * heads, K, L]
/// whose operand was cut from a wider tensor ([..., heads * K] reshaped to [..., K]) becomes one of [N, heads, M, K], with reshapes
/// around it. `shapes` (by ValueId; grows with the graph) says what is known of shapes; products where it is not enough stay as they are.
/// Returns how many products changed.
int exposeHeads(Graph& graph, std::vector<onnx_file::PartialShape>& shapes);

}  // namespace axp
