// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/shaped_networks.h"

#include <cmath>
#include <random>

namespace axp {

namespace {

using Ints = std::vector<std::int64_t>;

Arg ref(ValueId id) { return ValueRef{id}; }

/// Appends layers with random weights that keep activations near unit size.
class Layers {
public:
    explicit Layers(std::string name) {
        graph.name = std::move(name);
        graph.inputs = {graph.addValue("image")};
    }
    Graph graph;

    ValueId op(const std::string& name, const std::string& op, std::vector<Arg> args) { return graph.addOperator(name, op, std::move(args)); }
    ValueId relu(const std::string& name, ValueId x) { return op(name, "aten::relu", {ref(x)}); }
    ValueId add(const std::string& name, ValueId a, ValueId b) { return op(name, "aten::add.Tensor", {ref(a), ref(b)}); }

    ValueId conv(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool bias) {
        const ConvAttributes attributes{{stride, stride}, {pad, pad}, {pad, pad}, {1, 1}, {0, 0}, 1};
        const ValueId weight = random({out, in, kernel, kernel}, std::sqrt(2.0 / static_cast<double>(in * kernel * kernel)));
        return graph.addMac(name, NodeKind::Conv, {ref(x), ref(weight), bias ? ref(constant({out}, 0)) : Arg{}}, attributes);
    }
    /// A convolution, its batch norm and, when asked for, a ReLU.
    ValueId block(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, bool withRelu) {
        const ValueId y = conv(name, x, in, out, kernel, stride, kernel / 2, false);
        const ValueId normed = op(name + "_bn", "aten::batch_norm", {ref(y), ref(constant({out}, 1)), ref(constant({out}, 0)), ref(constant({out}, 0)),
                                                                    ref(constant({out}, 1)), false, 0.1, 1e-5, false});
        return withRelu ? relu(name + "_relu", normed) : normed;
    }
    ValueId linear(const std::string& name, ValueId x, std::int64_t in, std::int64_t out) {
        return graph.addMac(name, NodeKind::Linear, {ref(x), ref(random({out, in}, std::sqrt(1.0 / static_cast<double>(in)))), ref(constant({out}, 0))});
    }
    ValueId layerNorm(const std::string& name, ValueId x, std::int64_t width) {
        return op(name, "aten::layer_norm", {ref(x), Ints{width}, ref(constant({width}, 1)), ref(constant({width}, 0)), 1e-6, false});
    }
    ValueId constant(const Shape& shape, float value) {
        return graph.addConstant("constant", Tensor::from(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), value)));
    }
    ValueId random(const Shape& shape, double deviation) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        const double size = deviation * std::sqrt(3.0);  // of a uniform distribution
        for (auto& value : values) value = static_cast<float>(((static_cast<double>(m_random() >> 11) + 0.5) * 0x1p-52 - 1.0) * size);
        return graph.addConstant("weight", Tensor::from(shape, values));
    }

private:
    std::mt19937_64 m_random{1};
};

Graph resnet50() {
    Layers b("resnet50");
    ValueId x = b.block("stem", b.graph.inputs[0], 3, 64, 7, 2, true);
    x = b.op("stem_pool", "aten::max_pool2d", {ref(x), Ints{3, 3}, Ints{2, 2}, Ints{1, 1}, Ints{1, 1}, false});
    const int blocks[] = {3, 4, 6, 3};
    std::int64_t in = 64;
    for (int stage = 0; stage < 4; ++stage) {
        const std::int64_t width = std::int64_t{64} << stage;
        for (int i = 0; i < blocks[stage]; ++i) {
            const std::string name = "stage" + std::to_string(stage + 1) + "_block" + std::to_string(i + 1);
            const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
            ValueId y = b.block(name + "_conv1", x, in, width, 1, 1, true);
            y = b.block(name + "_conv2", y, width, width, 3, stride, true);
            y = b.block(name + "_conv3", y, width, 4 * width, 1, 1, false);
            const ValueId shortcut = i == 0 ? b.block(name + "_shortcut", x, in, 4 * width, 1, stride, false) : x;
            // Halved, so that activations do not grow from block to block.
            y = b.op(name + "_half", "aten::mul.Tensor", {ref(b.add(name + "_add", y, shortcut)), 0.7});
            x = b.relu(name + "_relu", y);
            in = 4 * width;
        }
    }
    x = b.op("pool", "aten::adaptive_avg_pool2d", {ref(x), Ints{1, 1}});
    x = b.op("flatten", "aten::flatten.using_ints", {ref(x), std::int64_t{1}, std::int64_t{-1}});
    b.graph.outputs = {b.linear("fc", x, in, 1000)};
    return std::move(b.graph);
}

constexpr std::int64_t kTokens = 197, kWidth = 384, kHeads = 6, kHeadWidth = 64;

ValueId attention(Layers& b, const std::string& name, ValueId x) {
    ValueId qkv = b.linear(name + "_qkv", x, kWidth, 3 * kWidth);
    qkv = b.op(name + "_split", "aten::reshape", {ref(qkv), Ints{-1, kTokens, 3, kHeads, kHeadWidth}});
    qkv = b.op(name + "_order", "aten::permute", {ref(qkv), Ints{2, 0, 3, 1, 4}});
    const auto part = [&](const char* what, std::int64_t index) {
        return b.op(name + "_" + what, "aten::select.int", {ref(qkv), std::int64_t{0}, index});
    };
    const ValueId q = part("q", 0), k = part("k", 1), v = part("v", 2);
    const ValueId kt = b.op(name + "_kt", "aten::transpose.int", {ref(k), std::int64_t{-2}, std::int64_t{-1}});
    const ValueId scores = b.graph.addMac(name + "_qk", NodeKind::MatMul, {ref(q), ref(kt)});
    const ValueId scaled = b.op(name + "_scale", "aten::mul.Tensor", {ref(scores), 0.125});
    const ValueId weights = b.op(name + "_softmax", "aten::softmax.int", {ref(scaled), std::int64_t{-1}, {}});
    ValueId y = b.graph.addMac(name + "_av", NodeKind::MatMul, {ref(weights), ref(v)});
    y = b.op(name + "_merge", "aten::permute", {ref(y), Ints{0, 2, 1, 3}});
    y = b.op(name + "_join", "aten::reshape", {ref(y), Ints{-1, kTokens, kWidth}});
    return b.linear(name + "_proj", y, kWidth, kWidth);
}

Graph vitSmall() {
    Layers b("vit-s");
    ValueId x = b.conv("patch_embed", b.graph.inputs[0], 3, kWidth, 16, 16, 0, true);
    x = b.op("patch_flatten", "aten::flatten.using_ints", {ref(x), std::int64_t{2}, std::int64_t{-1}});
    x = b.op("patch_order", "aten::transpose.int", {ref(x), std::int64_t{1}, std::int64_t{2}});
    // The class token: one more position in front, whose content the position embedding gives.
    x = b.op("class_token", "aten::constant_pad_nd", {ref(x), Ints{0, 0, 1, 0}, std::int64_t{0}});
    x = b.add("positions", x, b.random({1, kTokens, kWidth}, 0.5));
    for (int i = 1; i <= 12; ++i) {
        const std::string name = "block" + std::to_string(i);
        x = b.add(name + "_add1", x, attention(b, name + "_attn", b.layerNorm(name + "_norm1", x, kWidth)));
        ValueId y = b.linear(name + "_fc1", b.layerNorm(name + "_norm2", x, kWidth), kWidth, 4 * kWidth);
        y = b.op(name + "_gelu", "aten::gelu", {ref(y)});
        x = b.add(name + "_add2", x, b.linear(name + "_fc2", y, 4 * kWidth, kWidth));
    }
    x = b.op("class_output", "aten::select.int", {ref(b.layerNorm("norm", x, kWidth)), std::int64_t{1}, std::int64_t{0}});
    b.graph.outputs = {b.linear("head", x, kWidth, 1000)};
    return std::move(b.graph);
}

}  // namespace

std::vector<std::string> shapedNetworkNames() { return {"resnet50", "vit-s"}; }

Result<Graph> buildShapedNetwork(const std::string& name) {
    Graph graph;
    if (name == "resnet50")
        graph = resnet50();
    else if (name == "vit-s")
        graph = vitSmall();
    else
        return badInput("there is no network '" + name + "' to be made up", {}, "Use resnet50 or vit-s");
    AXP_CHECK(graph.validate());
    return graph;
}

}  // namespace axp
