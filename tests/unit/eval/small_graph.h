// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/graph/graph.h"

namespace axp::test {

/// conv1 (Conv) -> fc (Linear) -> qk (MatMul with 2 heads); shapes set by hand. MACs: 36864, 320, 2 x 16.
inline Graph smallGraph() {
    Graph graph;
    const auto constant = [&](const char* name, const Shape& shape) {
        return graph.addConstant(name, Tensor::from<float>(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 0.5f)));
    };
    const ValueId x = graph.addValue("x");
    graph.inputs = {x};
    graph.values[x].shape = {1, 1, 16, 16};
    ConvAttributes conv;
    conv.stride = {1, 1};
    conv.padBegin = conv.padEnd = {1, 1};
    conv.dilation = {1, 1};
    const ValueId y = graph.addMac("conv1", NodeKind::Conv, {ValueRef{x}, ValueRef{constant("w1", {16, 1, 3, 3})}, std::monostate{}}, conv);
    graph.values[y].shape = {1, 16, 16, 16};
    const ValueId z = graph.addMac("fc", NodeKind::Linear, {ValueRef{y}, ValueRef{constant("w2", {10, 32})}, std::monostate{}});
    graph.values[z].shape = {1, 10};
    const ValueId a = graph.addValue("a"), b = graph.addValue("b");
    graph.inputs.push_back(a);
    graph.inputs.push_back(b);
    graph.values[a].shape = {1, 2, 2, 4};
    graph.values[b].shape = {1, 2, 4, 2};
    const ValueId s = graph.addMac("qk", NodeKind::MatMul, {ValueRef{a}, ValueRef{b}});
    graph.values[s].shape = {1, 2, 2, 2};
    graph.outputs = {s};
    return graph;
}

}  // namespace axp::test
