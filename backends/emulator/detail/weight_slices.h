// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "backends/cpu/mac.h"
#include "core/graph/sites.h"

namespace axp::detail {

/// Pieces of a layer besides its parts 0, 1, ... (core/graph/sites.h): all of it, and the gates and the new gate of a GRU that resets its state
/// before the product.
inline constexpr int kWholePiece = -1, kGatesPiece = -2, kNewPiece = -3;

/// A piece of a layer with constant weights as a layer of its own.
struct WeightSlice {
    std::vector<IndexRange> rows;     ///< output channels, ascending
    IndexRange inputs;                ///< input channels that it reads
    ConvGeometry geometry;            ///< 1x1x1 for Linear and Recurrent
    std::vector<std::int16_t> codes;  ///< its weights in the layout of the node's
    bool isWhole(const ConvGeometry& layer) const { return inputs.count == layer.inChannels && geometry.outChannels == layer.outChannels; }
};

/// `codes` are those of the node's weights. A row range lies within one convolution group or covers whole groups.
WeightSlice sliceWeights(const Graph& graph, const Node& node, int piece, const std::vector<std::int16_t>& codes);

/// Geometry of a node with constant weights; Linear and Recurrent are 1x1x1 convolutions.
ConvGeometry layerGeometry(const Graph& graph, const Node& node);

/// The numbers of `all` at the rows.
template <class T>
std::vector<T> atRows(const std::vector<T>& all, const std::vector<IndexRange>& rows) {
    std::vector<T> result;
    for (const IndexRange& range : rows) result.insert(result.end(), all.begin() + range.first, all.begin() + range.first + range.count);
    return result;
}

}  // namespace axp::detail
