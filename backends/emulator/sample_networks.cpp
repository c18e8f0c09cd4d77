// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <random>

#include "backends/emulator/train.h"

namespace axp {
namespace {

/// Builds a graph layer by layer with seeded initial parameters. The normal variates are computed here (Box-Muller on
/// mt19937_64), because std::normal_distribution differs between libraries and a seed must mean the same everywhere.
class Builder {
public:
    Builder(std::string name, std::uint64_t seed) : m_random(seed) { graph.name = std::move(name); }

    Graph graph;

    ValueId input() {
        const ValueId x = graph.addValue("input");
        graph.inputs.push_back(x);
        return x;
    }
    Arg ref(ValueId id) const { return ValueRef{id}; }

    ValueId parameter(const std::string& name, const Shape& shape, double deviation, double mean = 0) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (auto& value : values) value = static_cast<float>(mean + deviation * normal());
        return graph.addConstant(name, Tensor::from(shape, values), true);
    }
    ValueId buffer(const std::string& name, const Shape& shape, float value) {
        return graph.addConstant(name, Tensor::from(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), value)));
    }

    ValueId conv(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                 std::int64_t pad, bool bias) {
        ConvAttributes attributes;
        attributes.stride = {stride, stride};
        attributes.padBegin = attributes.padEnd = {pad, pad};
        attributes.dilation = {1, 1};
        attributes.outputPadding = {0, 0};
        const double fanIn = static_cast<double>(in * kernel * kernel);
        const ValueId weight = parameter(name + ".weight", {out, in, kernel, kernel}, std::sqrt(2.0 / fanIn));
        const Arg biasArg = bias ? ref(parameter(name + ".bias", {out}, 0)) : Arg{};
        return graph.addMac(name, NodeKind::Conv, {ref(x), ref(weight), biasArg}, attributes);
    }
    ValueId linear(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, double deviation) {
        const ValueId weight = parameter(name + ".weight", {out, in}, deviation);
        return graph.addMac(name, NodeKind::Linear, {ref(x), ref(weight), ref(parameter(name + ".bias", {out}, 0))});
    }
    ValueId batchNorm(const std::string& name, ValueId x, std::int64_t channels) {
        const ValueId gamma = parameter(name + ".weight", {channels}, 0, 1), beta = parameter(name + ".bias", {channels}, 0);
        const ValueId mean = buffer(name + ".running_mean", {channels}, 0), variance = buffer(name + ".running_var", {channels}, 1);
        return graph.addOperator(name, "aten::batch_norm",
                                 {ref(x), ref(gamma), ref(beta), ref(mean), ref(variance), false, 0.1, 1e-5, false});
    }
    ValueId layerNorm(const std::string& name, ValueId x, std::int64_t width) {
        const ValueId gamma = parameter(name + ".weight", {width}, 0, 1), beta = parameter(name + ".bias", {width}, 0);
        return graph.addOperator(name, "aten::layer_norm", {ref(x), std::vector<std::int64_t>{width}, ref(gamma), ref(beta), 1e-5, false});
    }
    ValueId relu(const std::string& name, ValueId x) { return graph.addOperator(name, "aten::relu", {ref(x)}); }
    ValueId add(const std::string& name, ValueId a, ValueId b) { return graph.addOperator(name, "aten::add.Tensor", {ref(a), ref(b)}); }
    ValueId maxPool(const std::string& name, ValueId x) {
        const std::vector<std::int64_t> two{2, 2}, zero{0, 0}, one{1, 1};
        return graph.addOperator(name, "aten::max_pool2d", {ref(x), two, two, zero, one, false});
    }
    ValueId flatten(const std::string& name, ValueId x) {
        return graph.addOperator(name, "aten::flatten.using_ints", {ref(x), std::int64_t{1}, std::int64_t{-1}});
    }

private:
    double normal() {
        const auto uniform = [this] { return (static_cast<double>(m_random() >> 11) + 0.5) * 0x1p-53; };
        const double radius = std::sqrt(-2.0 * std::log(uniform()));
        return radius * std::cos(2.0 * 3.14159265358979323846 * uniform());
    }
    std::mt19937_64 m_random;
};

/// LeNet-like (LeCun et al. 1998), with ReLU and max pooling.
Graph fashionCnn(std::uint64_t seed) {
    Builder b("fashion-cnn", seed);
    ValueId x = b.input();
    x = b.maxPool("pool1", b.relu("relu1", b.conv("conv1", x, 1, 16, 5, 1, 2, true)));
    x = b.maxPool("pool2", b.relu("relu2", b.conv("conv2", x, 16, 32, 5, 1, 2, true)));
    x = b.relu("relu3", b.linear("fc1", b.flatten("flatten", x), 32 * 49, 120, std::sqrt(2.0 / (32 * 49))));
    x = b.relu("relu4", b.linear("fc2", x, 120, 84, std::sqrt(2.0 / 120)));
    b.graph.outputs = {b.linear("fc3", x, 84, 10, std::sqrt(1.0 / 84))};
    return std::move(b.graph);
}

ValueId residualBlock(Builder& b, const std::string& name, ValueId x, std::int64_t in, std::int64_t out, std::int64_t stride) {
    ValueId y = b.relu(name + "_relu1", b.batchNorm(name + "_bn1", b.conv(name + "_conv1", x, in, out, 3, stride, 1, false), out));
    y = b.batchNorm(name + "_bn2", b.conv(name + "_conv2", y, out, out, 3, 1, 1, false), out);
    ValueId shortcut = x;
    if (in != out || stride != 1)
        shortcut = b.batchNorm(name + "_bn3", b.conv(name + "_shortcut", x, in, out, 1, stride, 0, false), out);
    return b.relu(name + "_relu2", b.add(name + "_add", y, shortcut));
}

/// Residual network (He et al. 2016) with 1, 2 and 4 basic blocks of 16, 32 and 64 channels.
Graph fashionResnet(std::uint64_t seed) {
    Builder b("fashion-resnet", seed);
    ValueId x = b.input();
    x = b.relu("stem_relu", b.batchNorm("stem_bn", b.conv("stem_conv", x, 1, 16, 3, 1, 1, false), 16));
    const std::int64_t widths[] = {16, 32, 64};
    const int blocks[] = {1, 2, 4};
    std::int64_t in = 16;
    for (int stage = 0; stage < 3; ++stage)
        for (int block = 0; block < blocks[stage]; ++block) {
            const std::string name = "stage" + std::to_string(stage + 1) + "_block" + std::to_string(block + 1);
            x = residualBlock(b, name, x, in, widths[stage], stage > 0 && block == 0 ? 2 : 1);
            in = widths[stage];
        }
    x = b.graph.addOperator("pool", "aten::adaptive_avg_pool2d", {b.ref(x), std::vector<std::int64_t>{1, 1}});
    b.graph.outputs = {b.linear("fc", b.flatten("flatten", x), 64, 10, std::sqrt(1.0 / 64))};
    return std::move(b.graph);
}

struct VitShape {
    std::int64_t tokens = 50, width = 64, heads = 4, hidden = 128, depth = 6;
};

ValueId attention(Builder& b, const std::string& name, ValueId x, const VitShape& s) {
    using Ints = std::vector<std::int64_t>;
    const std::int64_t headWidth = s.width / s.heads;
    ValueId qkv = b.linear(name + "_qkv", x, s.width, 3 * s.width, std::sqrt(1.0 / static_cast<double>(s.width)));
    qkv = b.graph.addOperator(name + "_split", "aten::reshape", {b.ref(qkv), Ints{-1, s.tokens, 3, s.heads, headWidth}});
    qkv = b.graph.addOperator(name + "_order", "aten::permute", {b.ref(qkv), Ints{2, 0, 3, 1, 4}});
    const auto part = [&](const char* what, std::int64_t index) {
        return b.graph.addOperator(name + "_" + what, "aten::select.int", {b.ref(qkv), std::int64_t{0}, index});
    };
    const ValueId q = part("q", 0), k = part("k", 1), v = part("v", 2);
    const ValueId kt = b.graph.addOperator(name + "_kt", "aten::transpose.int", {b.ref(k), std::int64_t{-2}, std::int64_t{-1}});
    const ValueId scores = b.graph.addMac(name + "_qk", NodeKind::MatMul, {b.ref(q), b.ref(kt)});
    const ValueId scaled = b.graph.addOperator(name + "_scale", "aten::mul.Tensor",
                                               {b.ref(scores), 1.0 / std::sqrt(static_cast<double>(headWidth))});
    const ValueId weights = b.graph.addOperator(name + "_softmax", "aten::softmax.int", {b.ref(scaled), std::int64_t{-1}, {}});
    ValueId y = b.graph.addMac(name + "_av", NodeKind::MatMul, {b.ref(weights), b.ref(v)});
    y = b.graph.addOperator(name + "_merge", "aten::permute", {b.ref(y), Ints{0, 2, 1, 3}});
    y = b.graph.addOperator(name + "_join", "aten::reshape", {b.ref(y), Ints{-1, s.tokens, s.width}});
    return b.linear(name + "_proj", y, s.width, s.width, std::sqrt(1.0 / static_cast<double>(s.width)));
}

/// Vision transformer (Dosovitskiy et al. 2021), pre-norm, class token, learned positions, 4x4 patches.
Graph fashionVit(std::uint64_t seed) {
    using Ints = std::vector<std::int64_t>;
    const VitShape s;
    Builder b("fashion-vit", seed);
    ValueId x = b.conv("patch_embed", b.input(), 1, s.width, 4, 4, 0, true);
    x = b.graph.addOperator("patch_flatten", "aten::flatten.using_ints", {b.ref(x), std::int64_t{2}, std::int64_t{-1}});
    x = b.graph.addOperator("patch_tokens", "aten::permute", {b.ref(x), Ints{0, 2, 1}});
    const ValueId token = b.parameter("class_token", {1, 1, s.width}, 0.02);
    const ValueId tokens = b.graph.addOperator("class_expand", "axp::expand_batch", {b.ref(token), b.ref(x)});
    x = b.graph.addOperator("tokens", "aten::cat", {std::vector<ValueRef>{{tokens}, {x}}, std::int64_t{1}});
    x = b.add("positions_add", x, b.parameter("positions", {1, s.tokens, s.width}, 0.02));
    for (std::int64_t i = 0; i < s.depth; ++i) {
        const std::string name = "block" + std::to_string(i + 1);
        x = b.add(name + "_add1", x, attention(b, name + "_attn", b.layerNorm(name + "_norm1", x, s.width), s));
        ValueId y = b.linear(name + "_fc1", b.layerNorm(name + "_norm2", x, s.width), s.width, s.hidden,
                             std::sqrt(1.0 / static_cast<double>(s.width)));
        y = b.graph.addOperator(name + "_gelu", "aten::gelu", {b.ref(y), std::string("none")});
        x = b.add(name + "_add2", x, b.linear(name + "_fc2", y, s.hidden, s.width, std::sqrt(1.0 / static_cast<double>(s.hidden))));
    }
    x = b.layerNorm("norm", x, s.width);
    x = b.graph.addOperator("class_select", "aten::select.int", {b.ref(x), std::int64_t{1}, std::int64_t{0}});
    b.graph.outputs = {b.linear("head", x, s.width, 10, 0.02)};
    return std::move(b.graph);
}

}  // namespace

std::vector<std::string> sampleNetworkNames() { return {"fashion-cnn", "fashion-resnet", "fashion-vit"}; }

Result<Graph> buildSampleNetwork(const std::string& name, std::uint64_t seed) {
    if (name == "fashion-cnn") return fashionCnn(seed);
    if (name == "fashion-resnet") return fashionResnet(seed);
    if (name == "fashion-vit") return fashionVit(seed);
    return badInput("no sample network is called '" + name + "'", {}, "Choose fashion-cnn, fashion-resnet or fashion-vit.");
}

Result<TrainRecipe> sampleRecipe(const std::string& name) {
    TrainRecipe recipe;
    if (name == "fashion-cnn") {
        recipe.epochs = 12;
        recipe.learningRate = 2e-3;
    } else if (name == "fashion-resnet") {
        recipe.epochs = 10;
        recipe.learningRate = 4e-3;
    } else if (name == "fashion-vit") {
        recipe.epochs = 16;
        recipe.learningRate = 2e-3;
        recipe.weightDecay = 0.05;
    } else {
        return badInput("no sample network is called '" + name + "'", {}, "Choose fashion-cnn, fashion-resnet or fashion-vit.");
    }
    return recipe;
}

}  // namespace axp
