// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

Result<void> convertMod(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    c.bind(node, c.emit(node.name, c.integer(node, "fmod", 0) != 0 ? "aten::fmod.Tensor" : "aten::remainder.Tensor", {ValueRef{a}, ValueRef{b}}));
    return {};
}

/// The slope broadcasts from the right; ATen wants one number or one per channel.
Result<void> convertPRelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId slope, c.input(node, 1));
    const ValueId positive = c.emit(node.name + "_positive", "aten::relu", {ValueRef{x}});
    const ValueId negative = c.emit(node.name + "_negative", "aten::clamp", {ValueRef{x}, Arg{}, 0.0});
    const ValueId scaled = c.emit(node.name + "_slope", "aten::mul.Tensor", {ValueRef{negative}, ValueRef{slope}});
    c.bind(node, c.emit(node.name, "aten::add.Tensor", {ValueRef{positive}, ValueRef{scaled}}));
    return {};
}

/// scale * x above 0 and scale * alpha * (exp(x) - 1) below, as ELU computes it.
Result<void> convertSelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, "aten::elu", {ValueRef{x}, c.real(node, "alpha", 1.67326319217681884765625), c.real(node, "gamma", 1.05070102214813232421875)}));
    return {};
}

Result<void> convertCelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, "aten::celu", {ValueRef{x}, c.real(node, "alpha", 1.0)}));
    return {};
}

Result<void> convertThresholdedRelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, "aten::threshold", {ValueRef{x}, c.real(node, "alpha", 1.0), 0.0}));
    return {};
}

Result<void> convertShrink(Converter& c, const Node& node) {
    const double bias = c.real(node, "bias", 0.0), lambda = c.real(node, "lambd", 0.5);
    if (bias != 0.0 && bias != lambda) return c.refuse(node, "with a bias other than 0 and lambd is not supported");
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, bias == 0.0 ? "aten::hardshrink" : "aten::softshrink", {ValueRef{x}, lambda}));
    return {};
}

Result<void> convertSoftsign(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const ValueId size = c.emit(node.name + "_abs", "aten::abs", {ValueRef{x}});
    const ValueId below = c.emit(node.name + "_add", "aten::add.Scalar", {ValueRef{size}, 1.0});
    c.bind(node, c.emit(node.name, "aten::div.Tensor", {ValueRef{x}, ValueRef{below}}));
    return {};
}

Result<void> convertTile(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const auto repeats = c.literals(c.optional(node, 1));
    if (!repeats || std::ranges::any_of(*repeats, [](std::int64_t v) { return v < 0 || v > (1 << 24); }))
        return c.refuse(node, "has repeats that are computed or out of range");
    const ValueId y = c.emit(node.name, "aten::repeat", {ValueRef{x}, *repeats});
    if (auto shape = c.shape(x); shape && shape->size() == repeats->size()) {
        for (std::size_t i = 0; i < shape->size(); ++i) (*shape)[i] = multiply((*shape)[i], Dim::known((*repeats)[i]));
        c.setShape(y, *std::move(shape));
    }
    c.bind(node, y);
    return {};
}

Result<void> convertTrilu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    std::int64_t diagonal = 0;
    if (c.has(node, 1)) {
        const auto given = c.literals(c.optional(node, 1));
        if (!given || given->size() != 1) return c.refuse(node, "has a computed diagonal, which is not supported");
        diagonal = (*given)[0];
    }
    c.bind(node, c.emit(node.name, c.integer(node, "upper", 1) != 0 ? "aten::triu" : "aten::tril", {ValueRef{x}, diagonal}));
    return {};
}

Result<void> convertCumSum(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const auto axis = c.literals(c.optional(node, 1));
    if (!axis || axis->size() != 1) return c.refuse(node, "has a computed axis, which is not supported");
    if (c.integer(node, "exclusive", 0) != 0 || c.integer(node, "reverse", 0) != 0) return c.refuse(node, "that is exclusive or reversed is not supported");
    c.bind(node, c.emit(node.name, "aten::cumsum", {ValueRef{x}, (*axis)[0]}));
    return {};
}

template <bool maximum>
Result<void> convertArg(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    if (c.integer(node, "select_last_index", 0) != 0) return c.refuse(node, "with select_last_index is not supported");
    c.bind(node, c.emit(node.name, maximum ? "aten::argmax" : "aten::argmin", {ValueRef{x}, c.integer(node, "axis", 0), c.integer(node, "keepdims", 1) != 0}, DType::I64));
    return {};
}

/// Blocks of channels to positions and back.
template <bool toSpace>
Result<void> convertDepth(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const auto shape = c.shape(x);
    const std::int64_t b = c.integer(node, "blocksize", 0);
    if (!shape || shape->size() != 4 || b < 1 || b > 4096) return c.refuse(node, "needs an input of four dimensions and a block size");
    for (std::size_t i = 1; i < 4; ++i)
        if (!(*shape)[i].isKnown()) return c.refuse(node, "has an input whose size is not known before it runs");
    const std::int64_t channels = (*shape)[1].value, h = (*shape)[2].value, w = (*shape)[3].value;
    const bool fits = toSpace ? channels % (b * b) == 0 : h % b == 0 && w % b == 0;
    if (!fits) return c.refuse(node, "has a block size that does not divide its input");
    const bool columnFirst = c.text(node, "mode", "DCR") == "CRD";
    const std::int64_t rest = channels / (b * b);
    std::vector<std::int64_t> split, order, merged;
    if (toSpace) {
        split = columnFirst ? std::vector<std::int64_t>{-1, rest, b, b, h, w} : std::vector<std::int64_t>{-1, b, b, rest, h, w};
        order = columnFirst ? std::vector<std::int64_t>{0, 1, 4, 2, 5, 3} : std::vector<std::int64_t>{0, 3, 4, 1, 5, 2};
        merged = {-1, rest, h * b, w * b};
    } else {
        split = {-1, channels, h / b, b, w / b, b};
        order = {0, 3, 5, 1, 2, 4};
        merged = {-1, channels * b * b, h / b, w / b};
    }
    const ValueId parts = c.emit(node.name + "_split", "aten::reshape", {ValueRef{x}, split});
    const ValueId moved = c.emit(node.name + "_order", "aten::permute", {ValueRef{parts}, order});
    c.bind(node, c.emit(node.name, "aten::reshape", {ValueRef{moved}, merged}));
    return {};
}

Result<void> convertGroupNormalization(Converter& c, const Node& node) {
    if (c.opset() < 21) return c.refuse(node, "before opset 21 is not supported");
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const ValueId scale, c.input(node, 1));
    AXP_TRY(const ValueId shift, c.input(node, 2));
    c.bind(node, c.emit(node.name, "aten::group_norm", {ValueRef{x}, c.integer(node, "num_groups", 1), ValueRef{scale}, ValueRef{shift}, c.real(node, "epsilon", 1e-5)}));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& moreConversions() {
    static const std::vector<ConversionEntry> table = {{"Mod", convertMod},
                                                       {"PRelu", convertPRelu},
                                                       {"Selu", convertSelu},
                                                       {"Celu", convertCelu},
                                                       {"ThresholdedRelu", convertThresholdedRelu},
                                                       {"Shrink", convertShrink},
                                                       {"Softsign", convertSoftsign},
                                                       {"Tile", convertTile},
                                                       {"Trilu", convertTrilu},
                                                       {"CumSum", convertCumSum},
                                                       {"ArgMax", convertArg<true>},
                                                       {"ArgMin", convertArg<false>},
                                                       {"DepthToSpace", convertDepth<true>},
                                                       {"SpaceToDepth", convertDepth<false>},
                                                       {"GroupNormalization", convertGroupNormalization}};
    return table;
}

}  // namespace axp::onnx_file
