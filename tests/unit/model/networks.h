// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cmath>
#include <cstdint>

#include "core/graph/graph.h"

/// Small networks of the three shapes of the sample models, built by hand.
namespace axp::test {

inline Tensor numbers(Shape shape, std::uint32_t seed) {
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (float& v : values) {
        seed = seed * 1664525u + 1013904223u;
        v = static_cast<float>(seed >> 8) / 16777216.0f - 0.5f;
    }
    return Tensor::from(std::move(shape), values);
}

inline Tensor positive(Shape shape, std::uint32_t seed) {
    const Tensor tensor = numbers(shape, seed);
    std::vector<float> values;
    for (float v : tensor.as<float>()) values.push_back(v + 1.0f);
    return Tensor::from(std::move(shape), values);
}

/// Adds layers to a graph, with names and constants as the sample networks have them.
struct Net {
    Graph graph;
    std::uint32_t seed = 1;

    explicit Net(Shape sample) {
        const ValueId x = graph.addValue("input");
        graph.inputs = {x};
        graph.values[x].shape = std::move(sample);
    }
    ValueId parameter(const std::string& name, Shape shape) {
        return graph.addConstant(name, numbers(std::move(shape), ++seed), true);
    }
    ValueId conv(const std::string& name, ValueId x, std::int64_t out, std::int64_t in, std::int64_t kernel,
                 std::int64_t stride, std::int64_t pad, bool biased, std::int64_t groups = 1) {
        std::vector<Arg> args = {ValueRef{x},
                                 ValueRef{parameter(name + ".weight", {out, in / groups, kernel, kernel})}};
        if (biased) args.emplace_back(ValueRef{parameter(name + ".bias", {out})});
        return graph.addMac(name, NodeKind::Conv, args,
                            {{stride, stride}, {pad, pad}, {pad, pad}, {1, 1}, {0, 0}, groups});
    }
    ValueId linear(const std::string& name, ValueId x, std::int64_t out, std::int64_t in, bool biased = true) {
        std::vector<Arg> args = {ValueRef{x}, ValueRef{parameter(name + ".weight", {out, in})}};
        if (biased) args.emplace_back(ValueRef{parameter(name + ".bias", {out})});
        return graph.addMac(name, NodeKind::Linear, args);
    }
    ValueId batchNorm(const std::string& name, ValueId x, std::int64_t channels) {
        const ValueId w = parameter(name + ".weight", {channels}), b = parameter(name + ".bias", {channels});
        const ValueId mean = graph.addConstant(name + ".mean", numbers({channels}, ++seed));
        const ValueId variance = graph.addConstant(name + ".var", positive({channels}, ++seed));
        return op(name, "aten::batch_norm",
                  {ValueRef{x}, ValueRef{w}, ValueRef{b}, ValueRef{mean}, ValueRef{variance}, false, 0.1, 1e-5, false});
    }
    ValueId layerNorm(const std::string& name, ValueId x, std::int64_t width) {
        const ValueId w = parameter(name + ".weight", {width}), b = parameter(name + ".bias", {width});
        return op(name, "aten::layer_norm",
                  {ValueRef{x}, std::vector<std::int64_t>{width}, ValueRef{w}, ValueRef{b}, 1e-6});
    }
    ValueId op(const std::string& name, const std::string& schema, std::vector<Arg> args) {
        return graph.addOperator(name, schema, std::move(args));
    }
    ValueId relu(const std::string& name, ValueId x) { return op(name, "aten::relu", {ValueRef{x}}); }
};

using Ints = std::vector<std::int64_t>;

inline Graph lenetLike() {
    Net n({1, 1, 12, 12});
    ValueId x = n.relu("relu1", n.conv("conv1", n.graph.inputs[0], 6, 1, 3, 1, 1, true));
    x = n.op("pool1", "aten::max_pool2d", {ValueRef{x}, Ints{2, 2}, Ints{2, 2}, Ints{0, 0}, Ints{1, 1}, false});
    x = n.relu("relu2", n.conv("conv2", x, 8, 6, 3, 1, 0, true, 2));
    x = n.op("pool2", "aten::avg_pool2d", {ValueRef{x}, Ints{2, 2}, Ints{2, 2}, Ints{0, 0}, false, true});
    x = n.op("flatten", "aten::flatten.using_ints", {ValueRef{x}, std::int64_t{1}, std::int64_t{-1}});
    x = n.relu("relu3", n.linear("fc1", x, 20, 32));
    x = n.linear("fc2", x, 10, 20);
    n.graph.outputs = {x};
    n.graph.values[x].name = "logits";
    return n.graph;
}

inline Graph resnetLike(bool mean) {
    Net n({1, 3, 8, 8});
    ValueId x =
        n.relu("stem.relu", n.batchNorm("stem.bn", n.conv("stem.conv", n.graph.inputs[0], 8, 3, 3, 1, 1, false), 8));
    ValueId y = n.relu("b1.relu1", n.batchNorm("b1.bn1", n.conv("b1.conv1", x, 16, 8, 3, 2, 1, false), 16));
    y = n.batchNorm("b1.bn2", n.conv("b1.conv2", y, 16, 16, 3, 1, 1, false), 16);
    const ValueId shortcut = n.batchNorm("b1.down.bn", n.conv("b1.down", x, 16, 8, 1, 2, 0, false), 16);
    x = n.relu("b1.relu2", n.op("b1.add", "aten::add.Tensor", {ValueRef{y}, ValueRef{shortcut}}));
    if (mean) {
        x = n.op("pool", "aten::mean.dim", {ValueRef{x}, Ints{2, 3}, false});
    } else {
        x = n.op("pool", "aten::adaptive_avg_pool2d", {ValueRef{x}, Ints{1, 1}});
        x = n.op("flatten", "aten::flatten.using_ints", {ValueRef{x}, std::int64_t{1}, std::int64_t{-1}});
    }
    x = n.linear("fc", x, 10, 16);
    n.graph.outputs = {x};
    return n.graph;
}

/// A vision transformer with one block: 8x8 image, patches of 4, width 12, 3 heads.
inline Graph vitLike() {
    Net n({1, 1, 8, 8});
    Graph& g = n.graph;
    const auto ref = [](ValueId id) { return Arg(ValueRef{id}); };
    ValueId x = n.conv("patch", g.inputs[0], 12, 1, 4, 4, 0, true);
    x = n.op("patch.reshape", "aten::reshape", {ref(x), Ints{-1, 12, 4}});
    x = n.op("patch.permute", "aten::permute", {ref(x), Ints{0, 2, 1}});
    const ValueId token = n.op("cls", "axp::expand_batch", {ref(n.parameter("cls_token", {1, 1, 12})), ref(x)});
    x = n.op("cat", "aten::cat", {std::vector<ValueRef>{{token}, {x}}, std::int64_t{1}});
    x = n.op("pos", "aten::add.Tensor", {ref(x), ref(n.parameter("pos_embed", {1, 5, 12}))});
    const ValueId norm1 = n.layerNorm("norm1", x, 12);
    ValueId qkv = n.linear("qkv", norm1, 36, 12);
    qkv = n.op("qkv.reshape", "aten::reshape", {ref(qkv), Ints{-1, 5, 3, 3, 4}});
    qkv = n.op("qkv.permute", "aten::permute", {ref(qkv), Ints{2, 0, 3, 1, 4}});
    const auto select = [&](const char* name, std::int64_t i) {
        return n.op(name, "aten::select.int", {ref(qkv), std::int64_t{0}, i});
    };
    const ValueId q = select("q", 0), k = select("k", 1), v = select("v", 2);
    const ValueId kt = n.op("k.permute", "aten::permute", {ref(k), Ints{0, 1, 3, 2}});
    ValueId a = g.addMac("qk", NodeKind::MatMul, {ref(q), ref(kt)});
    const ValueId scale = g.addConstant("scale", Tensor::from(Shape{}, std::vector<float>{0.5f}));
    a = n.op("scale", "aten::mul.Tensor", {ref(a), ref(scale)});
    a = n.op("softmax", "aten::softmax.int", {ref(a), std::int64_t{-1}});
    a = g.addMac("av", NodeKind::MatMul, {ref(a), ref(v)});
    a = n.op("av.permute", "aten::permute", {ref(a), Ints{0, 2, 1, 3}});
    a = n.op("av.reshape", "aten::reshape", {ref(a), Ints{-1, 5, 12}});
    x = n.op("res1", "aten::add.Tensor", {ref(x), ref(n.linear("proj", a, 12, 12))});
    ValueId m = n.linear("mlp1", n.layerNorm("norm2", x, 12), 24, 12);
    m = n.op("gelu", "aten::gelu", {ref(m)});
    x = n.op("res2", "aten::add.Tensor", {ref(x), ref(n.linear("mlp2", m, 12, 24))});
    x = n.layerNorm("norm", x, 12);
    x = n.op("first", "aten::select.int", {ref(x), std::int64_t{1}, std::int64_t{0}});
    x = n.linear("head", x, 10, 12);
    g.outputs = {x};
    return g;
}

}  // namespace axp::test
