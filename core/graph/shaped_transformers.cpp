// SPDX-License-Identifier: GPL-3.0-or-later
// Vision transformers with the layers of published ones.
#include <cmath>

#include "core/graph/network_layers.h"

namespace axp {

namespace {

/// Width and heads of an attention, and the tokens that attend to one another.
struct Attention {
    std::int64_t width = 0, heads = 0, tokens = 0;
    std::int64_t headWidth() const { return width / heads; }
};

/// softmax(q k^T / sqrt(d) + bias) v for q, k, v [n, heads, tokens, d]; joined to [n, tokens, width]. `bias` (-1: none) is added to the scores.
template <class AddBias>
ValueId attend(Layers& b, const std::string& name, const Attention& a, ValueId q, ValueId k, ValueId v, AddBias addBias) {
    const ValueId kt = b.op(name + "_kt", "aten::transpose.int", {ref(k), std::int64_t{-2}, std::int64_t{-1}});
    ValueId scores = b.graph.addMac(name + "_qk", NodeKind::MatMul, {ref(q), ref(kt)});
    scores = b.op(name + "_scale", "aten::mul.Tensor", {ref(scores), 1.0 / std::sqrt(static_cast<double>(a.headWidth()))});
    const ValueId weights = b.op(name + "_softmax", "aten::softmax.int", {ref(addBias(scores)), std::int64_t{-1}, {}});
    const ValueId y = b.graph.addMac(name + "_av", NodeKind::MatMul, {ref(weights), ref(v)});
    return b.reshape(name + "_join", b.permute(name + "_merge", y, {0, 2, 1, 3}), {-1, a.tokens, a.width});
}

/// A fused projection to `parts` tensors [parts, n, heads, tokens, d].
ValueId projected(Layers& b, const std::string& name, ValueId x, const Attention& a, std::int64_t parts) {
    const ValueId all = b.linear(name, x, a.width, parts * a.width);
    return b.permute(name + "_order", b.reshape(name + "_split", all, {-1, a.tokens, parts, a.heads, a.headWidth()}), {2, 0, 3, 1, 4});
}

ValueId mlp(Layers& b, const std::string& name, ValueId x, std::int64_t width, std::int64_t inner) {
    return b.linear(name + "_fc2", b.gelu(name + "_gelu", b.linear(name + "_fc1", x, width, inner)), inner, width);
}

Graph visionTransformer(const std::string& title) {
    const Attention a{384, 6, 197};
    Layers b(title);
    ValueId x = b.conv("patch_embed", b.input(), ConvShape::square(3, a.width, 16, 16, 0), true);
    x = b.op("patch_flatten", "aten::flatten.using_ints", {ref(x), std::int64_t{2}, std::int64_t{-1}});
    x = b.op("patch_order", "aten::transpose.int", {ref(x), std::int64_t{1}, std::int64_t{2}});
    // The class token: one more position in front, whose content the position embedding gives.
    x = b.op("class_token", "aten::constant_pad_nd", {ref(x), Ints{0, 0, 1, 0}, std::int64_t{0}});
    x = b.add("positions", x, b.random({1, a.tokens, a.width}, 0.5));
    for (int i = 1; i <= 12; ++i) {
        const std::string name = "block" + std::to_string(i), attn = name + "_attn";
        const ValueId qkv = projected(b, attn + "_qkv", b.layerNorm(name + "_norm1", x, a.width), a, 3);
        const ValueId q = b.select(attn + "_q", qkv, 0), k = b.select(attn + "_k", qkv, 1), v = b.select(attn + "_v", qkv, 2);
        const ValueId y = attend(b, attn, a, q, k, v, [](ValueId scores) { return scores; });
        x = b.add(name + "_add1", x, b.linear(attn + "_proj", y, a.width, a.width));
        x = b.add(name + "_add2", x, mlp(b, name, b.layerNorm(name + "_norm2", x, a.width), a.width, 4 * a.width));
    }
    x = b.op("class_output", "aten::select.int", {ref(b.layerNorm("norm", x, a.width)), std::int64_t{1}, std::int64_t{0}});
    b.graph.outputs = {b.linear("head", x, a.width, 1000)};
    return std::move(b.graph);
}

/// Square windows of an image [n, size, size, width], as [n * windows, window^2, width], and back.
struct Windows {
    std::int64_t size, window, width;
    std::int64_t perSide() const { return size / window; }

    ValueId cut(Layers& b, const std::string& name, ValueId x) const {
        x = b.reshape(name + "_rows", x, {-1, perSide(), window, perSide(), window, width});
        return b.reshape(name, b.permute(name + "_order", x, {0, 1, 3, 2, 4, 5}), {-1, window * window, width});
    }
    ValueId join(Layers& b, const std::string& name, ValueId x) const {
        x = b.reshape(name + "_rows", x, {-1, perSide(), perSide(), window, window, width});
        return b.reshape(name, b.permute(name + "_order", x, {0, 1, 3, 2, 4, 5}), {-1, size, size, width});
    }
};

/// Swin's attention in windows; shifted ones mask pixels that were not neighbours before the shift.
ValueId windowAttention(Layers& b, const std::string& name, ValueId x, const Windows& w, std::int64_t heads, bool shifted) {
    const Attention a{w.width, heads, w.window * w.window};
    const auto roll = [&](const char* what, ValueId value, std::int64_t by) {
        return shifted ? b.op(name + what, "aten::roll", {ref(value), Ints{by, by}, Ints{1, 2}}) : value;
    };
    x = w.cut(b, name + "_windows", roll("_shift", x, -w.window / 2));
    const ValueId qkv = projected(b, name + "_qkv", x, a, 3);
    const ValueId q = b.select(name + "_q", qkv, 0), k = b.select(name + "_k", qkv, 1), v = b.select(name + "_v", qkv, 2);
    const ValueId y = attend(b, name, a, q, k, v, [&](ValueId scores) {
        scores = b.add(name + "_bias", scores, b.random({1, heads, a.tokens, a.tokens}, 0.02));
        if (!shifted) return scores;
        const std::int64_t windows = w.perSide() * w.perSide();
        scores = b.reshape(name + "_by_window", scores, {-1, windows, heads, a.tokens, a.tokens});
        scores = b.add(name + "_mask", scores, b.constant({1, windows, 1, a.tokens, a.tokens}, 0));
        return b.reshape(name + "_masked", scores, {-1, heads, a.tokens, a.tokens});
    });
    const ValueId joined = w.join(b, name + "_image", b.linear(name + "_proj", y, a.width, a.width));
    return roll("_back", joined, w.window / 2);
}

/// Swin's downsampling: four neighbours become one pixel of twice the width.
ValueId mergePatches(Layers& b, const std::string& name, ValueId x, std::int64_t width, std::int64_t size) {
    const auto every = [&](const std::string& what, ValueId value, std::int64_t dim, std::int64_t from) {
        return b.op(name + what, "aten::slice.Tensor", {ref(value), dim, from, size, std::int64_t{2}});
    };
    std::vector<ValueId> parts;
    for (const std::int64_t column : {0, 1})
        for (const std::int64_t row : {0, 1}) parts.push_back(every("_c" + std::to_string(column), every("_r" + std::to_string(row), x, 1, row), 2, column));
    x = b.layerNorm(name + "_norm", b.cat(name + "_cat", parts, -1), 4 * width);
    return b.linear(name, x, 4 * width, 2 * width, false);
}

// GCViT works on [n, size, size, width] in its blocks and on [n, width, size, size] in its convolutions.
ValueId channelsFirst(Layers& b, const std::string& name, ValueId x) { return b.permute(name, x, {0, 3, 1, 2}); }
ValueId channelsLast(Layers& b, const std::string& name, ValueId x) { return b.permute(name, x, {0, 2, 3, 1}); }

/// x + conv1x1(squeeze-and-excite(gelu(depthwise 3x3(x)))).
ValueId fusedMbConv(Layers& b, const std::string& name, ValueId x, std::int64_t width) {
    const ValueId y = b.gelu(name + "_gelu", b.conv(name + "_dw", x, ConvShape::square(width, width, 3).grouped(width), false));
    ValueId s = b.gelu(name + "_se_gelu", b.linear(name + "_se1", b.flatten(name + "_se_flat", b.globalPool(name + "_se_pool", y)), width, width / 4, false));
    s = b.op(name + "_se", "aten::sigmoid", {ref(b.linear(name + "_se2", s, width / 4, width, false))});
    const ValueId scaled = b.op(name + "_scaled", "aten::mul.Tensor", {ref(y), ref(b.reshape(name + "_se_shape", s, {-1, width, 1, 1}))});
    return b.add(name + "_add", x, b.conv(name + "_pw", scaled, ConvShape::square(width, width, 1), false));
}

/// Halves the image; channels last in and out.
ValueId reduceSize(Layers& b, const std::string& name, ValueId x, std::int64_t in, std::int64_t out) {
    x = channelsFirst(b, name + "_first", b.layerNorm(name + "_norm1", x, in));
    x = b.conv(name, fusedMbConv(b, name + "_mb", x, in), ConvShape::square(in, out, 3, 2), false);
    return b.layerNorm(name + "_norm2", channelsLast(b, name + "_last", x), out);
}

/// The queries that all windows share, [n, heads, tokens, d]: the image brought to the size of one window.
ValueId globalQueries(Layers& b, const std::string& name, ValueId x, const Attention& a, std::int64_t size, std::int64_t window) {
    x = channelsFirst(b, name + "_first", x);
    int step = 0;
    do {
        const std::string n = name + std::to_string(++step);
        x = fusedMbConv(b, n, x, a.width);
        if (size > window) x = b.maxPool(n + "_pool", x, 3, 2, 1);
        size = std::max(window, size / 2);
    } while (size > window);
    x = b.reshape(name + "_tokens", channelsLast(b, name + "_last", x), {-1, a.tokens, a.heads, a.headWidth()});
    return b.permute(name + "_queries", x, {0, 2, 1, 3});
}

ValueId gcvitBlock(Layers& b, const std::string& name, ValueId x, const Windows& w, std::int64_t heads, ValueId queries) {
    const Attention a{w.width, heads, w.window * w.window};
    const std::string attn = name + "_attn";
    const bool global = queries >= 0;
    const std::int64_t windows = w.perSide() * w.perSide();
    const ValueId in = w.cut(b, attn + "_windows", b.layerNorm(name + "_norm1", x, w.width));
    const ValueId all = projected(b, attn + (global ? "_kv" : "_qkv"), in, a, global ? 2 : 3);
    ValueId q = -1;
    if (global) {  // the same for all windows of an image
        q = b.op(attn + "_q_window", "aten::unsqueeze", {ref(queries), std::int64_t{1}});
        q = b.op(attn + "_q_windows", "aten::expand", {ref(q), Ints{-1, windows, heads, a.tokens, a.headWidth()}, false});
        q = b.reshape(attn + "_q", q, {-1, heads, a.tokens, a.headWidth()});
    } else {
        q = b.select(attn + "_q", all, 0);
    }
    const ValueId k = b.select(attn + "_k", all, global ? 0 : 1), v = b.select(attn + "_v", all, global ? 1 : 2);
    ValueId y = attend(b, attn, a, q, k, v, [&](ValueId scores) { return b.add(attn + "_bias", scores, b.random({1, heads, a.tokens, a.tokens}, 0.02)); });
    y = w.join(b, attn + "_image", b.linear(attn + "_proj", y, a.width, a.width));
    x = b.add(name + "_add1", x, y);
    return b.add(name + "_add2", x, mlp(b, name, b.layerNorm(name + "_norm2", x, w.width), w.width, 3 * w.width));
}

Graph classified(Layers& b, ValueId image, std::int64_t width) {
    const ValueId normed = channelsFirst(b, "features", b.layerNorm("norm", image, width));
    b.graph.outputs = {b.linear("head", b.flatten("flatten", b.globalPool("pool", normed)), width, 1000)};
    return std::move(b.graph);
}

}  // namespace

Graph vitSmall() { return visionTransformer("vit-s"); }
Graph deitSmall() { return visionTransformer("deit-s"); }

Graph swinSmall() {
    Layers b("swin-s");
    const int depth[] = {2, 2, 18, 2};
    std::int64_t width = 96, size = 56, heads = 3;
    ValueId x = channelsLast(b, "patch_order", b.conv("patch_embed", b.input(), ConvShape::square(3, width, 4, 4, 0), true));
    x = b.layerNorm("patch_norm", x, width);
    for (int stage = 0; stage < 4; ++stage) {
        for (int i = 0; i < depth[stage]; ++i) {
            const std::string name = "stage" + std::to_string(stage + 1) + "_block" + std::to_string(i + 1);
            const Windows windows{size, 7, width};
            const bool shifted = i % 2 == 1 && size > 7;
            x = b.add(name + "_add1", x, windowAttention(b, name + "_attn", b.layerNorm(name + "_norm1", x, width), windows, heads, shifted));
            x = b.add(name + "_add2", x, mlp(b, name, b.layerNorm(name + "_norm2", x, width), width, 4 * width));
        }
        if (stage == 3) break;
        x = mergePatches(b, "merge" + std::to_string(stage + 1), x, width, size);
        width *= 2;
        heads *= 2;
        size /= 2;
    }
    return classified(b, x, width);
}

Graph gcvit() {
    Layers b("gcvit-xxt");
    const int depth[] = {2, 2, 6, 2};
    const std::int64_t window[] = {7, 7, 14, 7};
    std::int64_t width = 64, size = 56, heads = 2;
    ValueId x = channelsLast(b, "patch_order", b.conv("patch_embed", b.input(), ConvShape::square(3, width, 3, 2), true));
    x = reduceSize(b, "patch_reduce", x, width, width);
    for (int stage = 0; stage < 4; ++stage) {
        const std::string stageName = "stage" + std::to_string(stage + 1);
        const Windows windows{size, window[stage], width};
        const Attention a{width, heads, window[stage] * window[stage]};
        const ValueId queries = globalQueries(b, stageName + "_global", x, a, size, window[stage]);
        for (int i = 0; i < depth[stage]; ++i)
            x = gcvitBlock(b, stageName + "_block" + std::to_string(i + 1), x, windows, heads, i % 2 == 1 ? queries : ValueId{-1});
        if (stage == 3) break;
        x = reduceSize(b, stageName + "_reduce", x, width, 2 * width);
        width *= 2;
        heads *= 2;
        size /= 2;
    }
    return classified(b, x, width);
}

}  // namespace axp
