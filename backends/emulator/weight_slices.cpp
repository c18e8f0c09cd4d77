// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/weight_slices.h"

namespace axp::detail {
namespace {

/// Output channels of a piece.
std::vector<IndexRange> rowsOf(const Graph& graph, const Node& node, int piece) {
    const std::vector<IndexRange> all = partRows(graph, node, piece < 0 ? -1 : piece);
    const std::int64_t third = all.front().count / 3;
    if (piece == kGatesPiece) return {{0, 2 * third}};
    if (piece == kNewPiece) return {{2 * third, third}};
    return all;
}

/// Runs of `length` neighbouring codes that begin `stride` apart from `first` on.
struct Runs {
    std::int64_t first = 0, count = 1, stride = 0, length = 0;
};

void append(std::vector<std::int16_t>& to, const std::vector<std::int16_t>& codes, const Runs& runs) {
    for (std::int64_t i = 0; i < runs.count; ++i) {
        const auto begin = codes.begin() + runs.first + i * runs.stride;
        to.insert(to.end(), begin, begin + runs.length);
    }
}

/// Narrows a layer in groups to the groups that `rows` touch.
void narrowGroups(WeightSlice& slice, const ConvGeometry& layer) {
    const std::int64_t perGroup = layer.outChannels / layer.groups, inputs = layer.inChannels / layer.groups;
    const IndexRange& rows = slice.rows.front();
    slice.geometry.groups = std::max<std::int64_t>(1, rows.count / perGroup);
    slice.geometry.inChannels = slice.geometry.groups * inputs;
    slice.inputs = {rows.first / perGroup * inputs, slice.geometry.inChannels};
}

}  // namespace

ConvGeometry layerGeometry(const Graph& graph, const Node& node) {
    const Shape& w = graph.values[static_cast<std::size_t>(node.input(1))].constant->shape();
    ConvGeometry g;
    if (node.kind == NodeKind::Linear || node.kind == NodeKind::Recurrent) {
        g.outChannels = w[0];
        g.inChannels = w[1];
        return g;
    }
    const std::size_t dims = w.size() - 2;
    g.groups = node.conv.groups;
    g.transposed = node.kind == NodeKind::ConvTranspose;
    g.outChannels = g.transposed ? w[1] * g.groups : w[0];
    g.inChannels = g.transposed ? w[0] : w[1] * g.groups;
    for (std::size_t i = 0; i < dims; ++i) {
        const std::size_t to = 3 - dims + i;
        g.kernel[to] = w[2 + i];
        g.stride[to] = node.conv.stride[i];
        g.dilation[to] = node.conv.dilation[i];
        g.padBegin[to] = node.conv.padBegin[i];
        g.padEnd[to] = node.conv.padEnd[i];
        if (g.transposed) g.outputPadding[to] = node.conv.outputPadding[i];
    }
    return g;
}

WeightSlice sliceWeights(const Graph& graph, const Node& node, int piece, const std::vector<std::int16_t>& codes) {
    const ConvGeometry layer = layerGeometry(graph, node);
    WeightSlice slice{rowsOf(graph, node, piece), {0, layer.inChannels}, layer, {}};
    slice.geometry.outChannels = 0;
    for (const IndexRange& range : slice.rows) slice.geometry.outChannels += range.count;
    if (layer.groups > 1) narrowGroups(slice, layer);
    const std::int64_t volume = layer.kernel[0] * layer.kernel[1] * layer.kernel[2];
    const std::int64_t inputs = layer.inChannels / layer.groups, outputs = layer.outChannels / layer.groups;
    if (layer.transposed) {  // [C, O / groups, k...]
        const IndexRange& rows = slice.rows.front();
        const std::int64_t taken = std::min(rows.count, outputs);
        append(slice.codes, codes, {slice.inputs.first * outputs * volume + rows.first % outputs * volume, slice.inputs.count, outputs * volume, taken * volume});
        return slice;
    }
    const std::int64_t row = inputs * volume;
    if (node.parts.kind == SiteParts::Kind::HeadColumns && piece >= 0) {
        slice.inputs = partColumns(graph, node, piece);
        slice.geometry.inChannels = slice.inputs.count;
        append(slice.codes, codes, {slice.inputs.first, layer.outChannels, row, slice.inputs.count});
        return slice;
    }
    for (const IndexRange& range : slice.rows) append(slice.codes, codes, {range.first * row, 1, 0, range.count * row});
    return slice;
}

}  // namespace axp::detail
