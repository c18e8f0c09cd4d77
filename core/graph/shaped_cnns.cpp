// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutional, recurrent and generative networks with the layers of published ones.
#include <algorithm>
#include <cmath>

#include "core/graph/network_layers.h"

namespace axp {

namespace {

constexpr std::int64_t kClasses = 1000;

Graph finished(Layers& b, ValueId output) {
    b.graph.outputs = {output};
    return std::move(b.graph);
}

/// Global average, then one linear layer.
Graph classified(Layers& b, ValueId x, std::int64_t features) {
    return finished(b, b.linear("fc", b.flatten("flatten", b.globalPool("pool", x)), features, kClasses));
}

/// Inception's convolution with batch norm and ReLU.
ValueId wide(Layers& b, const std::string& name, ValueId x, std::int64_t in, std::int64_t out, std::int64_t h, std::int64_t w) {
    return b.block(name, x, {in, out, h, w, 1, h / 2, w / 2, 1});
}

ValueId inceptionA(Layers& b, const std::string& n, ValueId x, std::int64_t in, std::int64_t pooled) {
    const ValueId one = wide(b, n + "_1x1", x, in, 64, 1, 1);
    const ValueId five = wide(b, n + "_5x5_2", wide(b, n + "_5x5_1", x, in, 48, 1, 1), 48, 64, 5, 5);
    ValueId three = wide(b, n + "_3x3_2", wide(b, n + "_3x3_1", x, in, 64, 1, 1), 64, 96, 3, 3);
    three = wide(b, n + "_3x3_3", three, 96, 96, 3, 3);
    const ValueId pool = wide(b, n + "_pool", b.averagePool(n + "_average", x, 3, 1, 1), in, pooled, 1, 1);
    return b.cat(n, {one, five, three, pool}, 1);
}

ValueId inceptionC(Layers& b, const std::string& n, ValueId x, std::int64_t inner) {
    const ValueId one = wide(b, n + "_1x1", x, 768, 192, 1, 1);
    ValueId seven = wide(b, n + "_7x7_1", x, 768, inner, 1, 1);
    seven = wide(b, n + "_7x7_3", wide(b, n + "_7x7_2", seven, inner, inner, 1, 7), inner, 192, 7, 1);
    ValueId twice = wide(b, n + "_2x7_1", x, 768, inner, 1, 1);
    twice = wide(b, n + "_2x7_3", wide(b, n + "_2x7_2", twice, inner, inner, 7, 1), inner, inner, 1, 7);
    twice = wide(b, n + "_2x7_5", wide(b, n + "_2x7_4", twice, inner, inner, 7, 1), inner, 192, 1, 7);
    const ValueId pool = wide(b, n + "_pool", b.averagePool(n + "_average", x, 3, 1, 1), 768, 192, 1, 1);
    return b.cat(n, {one, seven, twice, pool}, 1);
}

ValueId inceptionE(Layers& b, const std::string& n, ValueId x, std::int64_t in) {
    const auto split = [&](const std::string& name, ValueId from) {
        return b.cat(name, {wide(b, name + "_1x3", from, 384, 384, 1, 3), wide(b, name + "_3x1", from, 384, 384, 3, 1)}, 1);
    };
    const ValueId one = wide(b, n + "_1x1", x, in, 320, 1, 1);
    const ValueId three = split(n + "_3x3", wide(b, n + "_3x3_1", x, in, 384, 1, 1));
    const ValueId twice = split(n + "_2x3", wide(b, n + "_2x3_2", wide(b, n + "_2x3_1", x, in, 448, 1, 1), 448, 384, 3, 3));
    const ValueId pool = wide(b, n + "_pool", b.averagePool(n + "_average", x, 3, 1, 1), in, 192, 1, 1);
    return b.cat(n, {one, three, twice, pool}, 1);
}

/// Halves the image: branches of stride 2 beside a pool.
ValueId inceptionB(Layers& b, ValueId x) {
    const ValueId three = b.block("b_3x3", x, ConvShape::square(288, 384, 3, 2, 0));
    ValueId twice = wide(b, "b_2x3_2", wide(b, "b_2x3_1", x, 288, 64, 1, 1), 64, 96, 3, 3);
    twice = b.block("b_2x3_3", twice, ConvShape::square(96, 96, 3, 2, 0));
    return b.cat("b", {three, twice, b.maxPool("b_pool", x, 3, 2, 0)}, 1);
}

ValueId inceptionD(Layers& b, ValueId x) {
    const ValueId three = b.block("d_3x3_2", wide(b, "d_3x3_1", x, 768, 192, 1, 1), ConvShape::square(192, 320, 3, 2, 0));
    ValueId seven = wide(b, "d_7x7_2", wide(b, "d_7x7_1", x, 768, 192, 1, 1), 192, 192, 1, 7);
    seven = b.block("d_7x7_4", wide(b, "d_7x7_3", seven, 192, 192, 7, 1), ConvShape::square(192, 192, 3, 2, 0));
    return b.cat("d", {three, seven, b.maxPool("d_pool", x, 3, 2, 0)}, 1);
}

ValueId fire(Layers& b, const std::string& n, ValueId x, std::int64_t in, std::int64_t squeezed, std::int64_t expanded) {
    const ValueId s = b.relu(n + "_squeeze_relu", b.conv(n + "_squeeze", x, ConvShape::square(in, squeezed, 1), true));
    const ValueId one = b.relu(n + "_1x1_relu", b.conv(n + "_1x1", s, ConvShape::square(squeezed, expanded, 1), true));
    const ValueId three = b.relu(n + "_3x3_relu", b.conv(n + "_3x3", s, ConvShape::square(squeezed, expanded, 3), true));
    return b.cat(n, {one, three}, 1);
}

/// A unit of ShuffleNetV2 on images of `size` pixels; stride 2 when it is the first of its stage.
ValueId shuffleUnit(Layers& b, const std::string& n, ValueId x, std::int64_t in, std::int64_t out, std::int64_t size, bool first) {
    const std::int64_t half = out / 2, stride = first ? 2 : 1;
    const auto branch = [&](ValueId from, std::int64_t channels) {
        ValueId y = b.block(n + "_b1", from, ConvShape::square(channels, half, 1));
        y = b.block(n + "_b2", y, ConvShape::square(half, half, 3, stride).grouped(half), false);
        return b.block(n + "_b3", y, ConvShape::square(half, half, 1));
    };
    ValueId left = -1, right = -1;
    if (first) {
        left = b.block(n + "_a1", x, ConvShape::square(in, in, 3, 2).grouped(in), false);
        left = b.block(n + "_a2", left, ConvShape::square(in, half, 1));
        right = branch(x, in);
    } else {
        const auto part = [&](const char* what, std::int64_t from, std::int64_t to) {
            return b.op(n + what, "aten::slice.Tensor", {ref(x), std::int64_t{1}, from, to, std::int64_t{1}});
        };
        left = part("_left", 0, half);
        right = branch(part("_right", half, out), half);
    }
    ValueId y = b.reshape(n + "_split", b.cat(n + "_cat", {left, right}, 1), {-1, 2, half, size, size});
    y = b.permute(n + "_shuffle", y, {0, 2, 1, 3, 4});
    return b.reshape(n, y, {-1, out, size, size});
}

/// One layer of an LSTM as an input product and a Recurrent node; its sequence.
ValueId lstmLayer(Layers& b, const std::string& suffix, ValueId x, std::int64_t inputs, std::int64_t hidden) {
    const ValueId gates = b.linear("lstm.ih_" + suffix, x, inputs, 4 * hidden);
    const ValueId weight = b.random({4 * hidden, hidden}, std::sqrt(1.0 / static_cast<double>(hidden)));
    const ValueId sequence = b.graph.addMac("lstm.hh_" + suffix, NodeKind::Recurrent, {ref(gates), ref(weight), ref(b.constant({4 * hidden}, 0))});
    for (int i = 0; i < 2; ++i) b.graph.nodes.back().outputs.push_back(b.graph.addValue("state"));
    return sequence;
}

}  // namespace

Graph resnet50() {
    Layers b("resnet50");
    ValueId x = b.block("stem", b.input(), ConvShape::square(3, 64, 7, 2));
    x = b.maxPool("stem_pool", x, 3, 2, 1);
    const int blocks[] = {3, 4, 6, 3};
    std::int64_t in = 64;
    for (int stage = 0; stage < 4; ++stage) {
        const std::int64_t width = std::int64_t{64} << stage;
        for (int i = 0; i < blocks[stage]; ++i) {
            const std::string name = "stage" + std::to_string(stage + 1) + "_block" + std::to_string(i + 1);
            const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
            ValueId y = b.block(name + "_conv1", x, ConvShape::square(in, width, 1));
            y = b.block(name + "_conv2", y, ConvShape::square(width, width, 3, stride));
            y = b.block(name + "_conv3", y, ConvShape::square(width, 4 * width, 1), false);
            const ValueId shortcut = i == 0 ? b.block(name + "_shortcut", x, ConvShape::square(in, 4 * width, 1, stride), false) : x;
            // Scaled, so that activations do not grow from block to block.
            y = b.op(name + "_half", "aten::mul.Tensor", {ref(b.add(name + "_add", y, shortcut)), 0.7});
            x = b.relu(name + "_relu", y);
            in = 4 * width;
        }
    }
    return classified(b, x, in);
}

Graph vgg19() {
    Layers b("vgg19");
    ValueId x = b.input();
    std::int64_t in = 3;
    const int depth[] = {2, 2, 4, 4, 4};
    for (int stage = 0; stage < 5; ++stage) {
        const std::int64_t out = std::min<std::int64_t>(512, std::int64_t{64} << stage);
        const std::string name = "stage" + std::to_string(stage + 1);
        for (int i = 0; i < depth[stage]; ++i) {
            const std::string conv = name + "_conv" + std::to_string(i + 1);
            x = b.relu(conv + "_relu", b.conv(conv, x, ConvShape::square(in, out, 3), true));
            in = out;
        }
        x = b.maxPool(name + "_pool", x, 2, 2, 0);
    }
    x = b.relu("fc1_relu", b.linear("fc1", b.flatten("flatten", x), 512 * 49, 4096));
    x = b.relu("fc2_relu", b.linear("fc2", x, 4096, 4096));
    return finished(b, b.linear("fc3", x, 4096, kClasses));
}

Graph densenet121() {
    Layers b("densenet121");
    ValueId x = b.maxPool("stem_pool", b.block("stem", b.input(), ConvShape::square(3, 64, 7, 2)), 3, 2, 1);
    const int depth[] = {6, 12, 24, 16};
    std::int64_t channels = 64;
    const auto activated = [&](const std::string& name, ValueId from, std::int64_t width) {
        return b.relu(name + "_relu", b.batchNorm(name + "_norm", from, width));
    };
    for (int stage = 0; stage < 4; ++stage) {
        for (int i = 0; i < depth[stage]; ++i) {
            const std::string n = "dense" + std::to_string(stage + 1) + "_" + std::to_string(i + 1);
            ValueId y = b.block(n + "_conv1", activated(n, x, channels), ConvShape::square(channels, 128, 1));
            y = b.conv(n + "_conv2", y, ConvShape::square(128, 32, 3), false);
            x = b.cat(n, {x, y}, 1);
            channels += 32;
        }
        if (stage == 3) break;
        const std::string n = "transition" + std::to_string(stage + 1);
        x = b.conv(n, activated(n, x, channels), ConvShape::square(channels, channels / 2, 1), false);
        x = b.averagePool(n + "_pool", x, 2, 2, 0);
        channels /= 2;
    }
    return classified(b, activated("last", x, channels), channels);
}

Graph inceptionV3() {
    Layers b("inception-v3");
    ValueId x = b.block("stem1", b.input(), ConvShape::square(3, 32, 3, 2, 0));
    x = b.block("stem2", x, ConvShape::square(32, 32, 3, 1, 0));
    x = b.maxPool("stem_pool1", b.block("stem3", x, ConvShape::square(32, 64, 3)), 3, 2, 0);
    x = b.block("stem5", b.block("stem4", x, ConvShape::square(64, 80, 1)), ConvShape::square(80, 192, 3, 1, 0));
    x = b.maxPool("stem_pool2", x, 3, 2, 0);
    x = inceptionA(b, "a1", x, 192, 32);
    x = inceptionA(b, "a2", x, 256, 64);
    x = inceptionA(b, "a3", x, 288, 64);
    x = inceptionB(b, x);
    const std::int64_t inner[] = {128, 160, 160, 192};
    for (int i = 0; i < 4; ++i) x = inceptionC(b, "c" + std::to_string(i + 1), x, inner[i]);
    x = inceptionD(b, x);
    x = inceptionE(b, "e1", x, 1280);
    return classified(b, inceptionE(b, "e2", x, 2048), 2048);
}

Graph squeezenet() {
    Layers b("squeezenet");
    ValueId x = b.relu("stem_relu", b.conv("stem", b.input(), ConvShape::square(3, 64, 3, 2, 0), true));
    x = b.maxPool("pool1", x, 3, 2, 0, true);
    x = fire(b, "fire3", fire(b, "fire2", x, 64, 16, 64), 128, 16, 64);
    x = b.maxPool("pool3", x, 3, 2, 0, true);
    x = fire(b, "fire5", fire(b, "fire4", x, 128, 32, 128), 256, 32, 128);
    x = b.maxPool("pool5", x, 3, 2, 0, true);
    x = fire(b, "fire7", fire(b, "fire6", x, 256, 48, 192), 384, 48, 192);
    x = fire(b, "fire9", fire(b, "fire8", x, 384, 64, 256), 512, 64, 256);
    x = b.relu("classes_relu", b.conv("classes", x, ConvShape::square(512, kClasses, 1), true));
    return finished(b, b.flatten("flatten", b.globalPool("pool", x)));
}

Graph shufflenet() {
    Layers b("shufflenet");
    ValueId x = b.maxPool("stem_pool", b.block("stem", b.input(), ConvShape::square(3, 24, 3, 2)), 3, 2, 1);
    const std::int64_t widths[] = {116, 232, 464};
    const int repeats[] = {4, 8, 4};
    std::int64_t in = 24, size = 56;
    for (int stage = 0; stage < 3; ++stage) {
        size /= 2;
        for (int i = 0; i < repeats[stage]; ++i) {
            x = shuffleUnit(b, "stage" + std::to_string(stage + 2) + "_" + std::to_string(i + 1), x, in, widths[stage], size, i == 0);
            in = widths[stage];
        }
    }
    return classified(b, b.block("conv5", x, ConvShape::square(in, 1024, 1)), 1024);
}

Graph lstmClassifier() {
    Layers b("lstm-imdb");
    const std::int64_t hidden = 256;
    const ValueId sequence = lstmLayer(b, "l1", lstmLayer(b, "l0", b.input(), 64, hidden), hidden, hidden);
    const ValueId last = b.op("last", "aten::select.int", {ref(sequence), std::int64_t{1}, std::int64_t{-1}});
    return finished(b, b.linear("fc", last, hidden, 2));
}

Graph variationalAutoencoder() {
    Layers b("vae-mnist");
    const ValueId x = b.relu("fc1_relu", b.linear("fc1", b.input(), 784, 400));
    const ValueId mean = b.linear("mean", x, 400, 20), logVariance = b.linear("log_variance", x, 400, 20);
    const ValueId deviation = b.op("deviation", "aten::exp", {ref(b.op("half", "aten::mul.Tensor", {ref(logVariance), 0.5}))});
    const ValueId noise = b.op("noise", "aten::mul.Tensor", {ref(deviation), ref(b.random({20}, 1.0))});
    const ValueId y = b.relu("fc3_relu", b.linear("fc3", b.add("code", mean, noise), 20, 400));
    return finished(b, b.op("image", "aten::sigmoid", {ref(b.linear("fc4", y, 400, 784))}));
}

Graph ganGenerator() {
    Layers b("fashion-gan");
    ValueId x = b.input();
    std::int64_t in = 100;
    for (const std::int64_t out : {256, 512, 1024}) {
        const std::string name = "fc" + std::to_string(out);
        x = b.op(name + "_relu", "aten::leaky_relu", {ref(b.linear(name, x, in, out)), 0.2});
        in = out;
    }
    return finished(b, b.op("image", "aten::tanh", {ref(b.linear("pixels", x, in, 784))}));
}

}  // namespace axp
