// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// The weight of a MAC node, which has to be a constant of floats.
Result<const Tensor*> weightOf(Converter& c, const Node& node, std::size_t i) {
    AXP_TRY(const ValueId id, c.input(node, i));
    const Tensor* weight = c.constant(id);
    if (!weight) return c.refuse(node, "has a computed weight, which is not supported");
    if (weight->dtype() != DType::F32) return c.refuse(node, "has a weight that is not of a floating-point type");
    if (weight->count() == 0) return c.refuse(node, "has an empty weight");
    return weight;
}

/// The constant bias of a MAC node, or -1 when it has none.
Result<ValueId> biasOf(Converter& c, const Node& node, std::size_t i, std::int64_t outputs) {
    if (!c.has(node, i)) return ValueId{-1};
    AXP_TRY(const ValueId id, c.input(node, i));
    const Tensor* bias = c.constant(id);
    if (!bias || bias->dtype() != DType::F32) return c.refuse(node, "has a computed bias, which is not supported");
    if (bias->shape() != Shape{outputs})
        return c.refuse(node, "has a bias of the shape " + shapeText(bias->shape()) + " for " +
                                  std::to_string(outputs) + " outputs");
    return id;
}

std::vector<Arg> macArguments(ValueId x, ValueId weight, ValueId bias) {
    std::vector<Arg> args = {ValueRef{x}, ValueRef{weight}};
    if (bias >= 0) args.emplace_back(ValueRef{bias});
    return args;
}

Result<void> convertConv(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const Tensor* weight, weightOf(c, node, 1));
    const Shape& shape = weight->shape();
    if (shape.size() < 3 || shape.size() > 5) return c.refuse(node, "has a weight of the shape " + shapeText(shape));
    AXP_TRY(const Window window, readWindow(c, node, {shape.begin() + 2, shape.end()}, c.shape(x)));
    ConvAttributes conv{window.stride,
                        window.padBegin,
                        window.padEnd,
                        window.dilation,
                        std::vector<std::int64_t>(shape.size() - 2, 0),
                        c.integer(node, "group", 1)};
    if (conv.groups < 1 || shape[0] % conv.groups != 0)
        return c.refuse(node, "has " + std::to_string(conv.groups) + " groups");
    const auto input = c.shape(x);
    if (input &&
        (input->size() != shape.size() || ((*input)[1].isKnown() && (*input)[1].value / conv.groups != shape[1])))
        return c.refuse(node, "has a weight of the shape " + shapeText(shape) + " that does not fit its input");
    AXP_TRY(const ValueId bias, biasOf(c, node, 2, shape[0]));
    c.bind(node, c.emitMac(node.name, NodeKind::Conv, macArguments(x, c.optional(node, 1), bias), std::move(conv)));
    return {};
}

/// Padding of a transposed convolution whose output size is given, by attribute or as input x stride.
Result<void> transposePadding(Converter& c, const Node& node, const PartialShape& x, ConvAttributes& conv,
                              const Shape& kernel) {
    const std::string automatic = c.text(node, "auto_pad", "NOTSET");
    auto wanted = c.integers(node, "output_shape");
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (wanted.empty() && !same) return {};
    const std::size_t dims = conv.stride.size();
    if (wanted.size() == dims + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
    if (!wanted.empty() && wanted.size() != dims) return c.refuse(node, "has an output_shape of the wrong length");
    for (std::size_t i = 0; i < dims; ++i) {
        const std::int64_t span = (kernel[i] - 1) * conv.dilation[i] + 1;
        std::int64_t total = span + conv.outputPadding[i] - conv.stride[i];
        if (!wanted.empty()) {
            if (!x || x->size() != dims + 2 || !(*x)[i + 2].isKnown())
                return c.refuse(node, "has an output_shape, but the size of its input is not known before it runs");
            total = conv.stride[i] * ((*x)[i + 2].value - 1) + conv.outputPadding[i] + span - wanted[i];
        }
        if (total < 0 || total > (1 << 20)) return c.refuse(node, "needs a padding of " + std::to_string(total));
        const std::int64_t half = total / 2;
        conv.padBegin[i] = automatic == "SAME_UPPER" ? half : total - half;
        conv.padEnd[i] = total - conv.padBegin[i];
    }
    return {};
}

Result<void> convertConvTranspose(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const Tensor* weight, weightOf(c, node, 1));
    const Shape& shape = weight->shape();
    if (shape.size() < 3 || shape.size() > 5) return c.refuse(node, "has a weight of the shape " + shapeText(shape));
    const std::size_t dims = shape.size() - 2;
    const Shape kernel(shape.begin() + 2, shape.end());
    // Automatic padding means something else here, so the common reader sees none.
    Node plain = node;
    if (c.text(node, "auto_pad", "NOTSET") != "NOTSET") {
        plain.attributes.erase("auto_pad");
        plain.attributes.erase("pads");
    }
    AXP_TRY(const Window window, readWindow(c, plain, kernel, std::nullopt));
    ConvAttributes conv{window.stride,
                        window.padBegin,
                        window.padEnd,
                        window.dilation,
                        c.integers(node, "output_padding", std::vector<std::int64_t>(dims, 0)),
                        c.integer(node, "group", 1)};
    if (conv.outputPadding.size() != dims ||
        std::ranges::any_of(conv.outputPadding, [](std::int64_t v) { return v < 0 || v > 4096; }))
        return c.refuse(node, "has an output_padding that is not supported");
    if (conv.groups < 1 || conv.groups > shape[0] || shape[0] % conv.groups != 0)
        return c.refuse(node, "has " + std::to_string(conv.groups) + " groups");
    AXP_CHECK(transposePadding(c, node, c.shape(x), conv, kernel));
    AXP_TRY(const ValueId bias, biasOf(c, node, 2, shape[1] * conv.groups));
    c.bind(node,
           c.emitMac(node.name, NodeKind::ConvTranspose, macArguments(x, c.optional(node, 1), bias), std::move(conv)));
    return {};
}

Tensor scaled(const Tensor& tensor, double factor) {
    std::vector<float> values;
    for (float v : tensor.as<float>()) values.push_back(static_cast<float>(v * factor));
    return Tensor::from(tensor.shape(), values);
}

/// C of a Gemm as a bias [N], when it is a constant that is the same in every row.
std::optional<Tensor> rowBias(const Tensor* constant, std::int64_t outputs, double beta) {
    if (!constant || constant->dtype() != DType::F32) return std::nullopt;
    const Shape& shape = constant->shape();
    const std::int64_t count = constant->count();
    if (shape.size() > 2 || (shape.size() == 2 && shape[0] != 1) || (count != outputs && count != 1))
        return std::nullopt;
    std::vector<float> values(outputs);
    for (std::int64_t i = 0; i < outputs; ++i)
        values[i] = static_cast<float>(constant->as<float>()[count == 1 ? 0 : i] * beta);
    return Tensor::from(Shape{outputs}, values);
}

Result<void> convertGemm(Converter& c, const Node& node) {
    if (c.integer(node, "transA", 0) != 0) return c.refuse(node, "with transA = 1 is not supported");
    AXP_TRY(ValueId x, c.input(node, 0));
    AXP_TRY(const Tensor* weight, weightOf(c, node, 1));
    if (weight->shape().size() != 2) return c.refuse(node, "has a weight of the shape " + shapeText(weight->shape()));
    const double alpha = c.real(node, "alpha", 1.0), beta = c.real(node, "beta", 1.0);
    const bool transB = c.integer(node, "transB", 0) != 0;
    ValueId w = c.optional(node, 1);
    const bool initializer = c.fromInitializer(w);
    if (!transB || alpha != 1.0) {
        if (!c.spend(2 * weight->byteSize()))
            return c.refuse(node, "would fold into far more constants than the file holds");
        Tensor folded = transB ? *weight : transposed(*weight, {1, 0});
        if (alpha != 1.0) folded = scaled(folded, alpha);
        w = c.addConstant(node.name + ".weight", std::move(folded), initializer);
    }
    const std::int64_t outputs = c.constant(w)->shape()[0];
    ValueId bias = -1;
    const ValueId addend = c.optional(node, 2);
    const bool wanted = addend >= 0 && beta != 0.0;
    auto row = wanted ? rowBias(c.constant(addend), outputs, beta) : std::nullopt;
    if (row) {
        const bool asItIs = beta == 1.0 && c.constant(addend)->shape() == Shape{outputs};
        bias = asItIs ? addend : c.addConstant(node.name + ".bias", *std::move(row), c.fromInitializer(addend));
    }
    ValueId y = c.emitMac(node.name, NodeKind::Linear, macArguments(x, w, bias));
    if (wanted && !row) y = c.emit(node.name + "_add", "aten::add.Tensor", {ValueRef{y}, ValueRef{addend}, beta});
    c.bind(node, y);
    return {};
}

/// constant x computed = (computed^T x constant^T)^T: the constant is always operand B.
Result<void> convertConstantLeft(Converter& c, const Node& node, ValueId a, ValueId b) {
    const Tensor* weight = c.constant(a);
    if (c.constant(b)) return c.refuse(node, "of two constants is not supported");
    if (weight->shape().size() < 2 || weight->dtype() != DType::F32 || weight->count() == 0)
        return c.refuse(node, "has a constant left operand of the shape " + shapeText(weight->shape()));
    const auto transpose = [&](const std::string& name, ValueId id) {
        return c.emit(name, "aten::transpose.int", {ValueRef{id}, std::int64_t{-2}, std::int64_t{-1}});
    };
    const ValueId flipped = transpose(node.name + "_in", b);
    weight = c.constant(a);  // emitting moves constants
    if (const std::size_t rank = weight->shape().size(); rank > 2) {
        std::vector<std::int64_t> order(rank);
        std::iota(order.begin(), order.end(), 0);
        std::swap(order[rank - 1], order[rank - 2]);
        if (!c.spend(weight->byteSize())) return c.refuse(node, "would fold into far more constants than the file holds");
        const ValueId right = c.addConstant(node.name + ".weight", transposed(*weight, order), c.fromInitializer(a));
        const ValueId batched = c.emitMac(node.name, NodeKind::MatMul, {ValueRef{flipped}, ValueRef{right}});
        c.bind(node, transpose(node.name + "_out", batched));
        return {};
    }
    const ValueId product = c.emitMac(node.name, NodeKind::Linear, macArguments(flipped, a, -1));
    c.bind(node, transpose(node.name + "_out", product));
    return {};
}

Result<void> convertMatMul(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    if (c.constant(a)) return convertConstantLeft(c, node, a, b);
    const Tensor* weight = c.constant(b);
    if (!weight) {
        for (ValueId operand : {a, b})
            if (c.shape(operand) && c.shape(operand)->size() < 2)
                return c.refuse(node, "with a one-dimensional operand is not supported");
        c.bind(node, c.emitMac(node.name, NodeKind::MatMul, {ValueRef{a}, ValueRef{b}}));
        return {};
    }
    if (weight->shape().size() < 2 || weight->dtype() != DType::F32 || weight->count() == 0)
        return c.refuse(node, "has a constant right operand of the shape " + shapeText(weight->shape()));
    if (weight->shape().size() > 2) {
        c.bind(node, c.emitMac(node.name, NodeKind::MatMul, {ValueRef{a}, ValueRef{b}}));
        return {};
    }
    if (!c.spend(weight->byteSize())) return c.refuse(node, "would fold into far more constants than the file holds");
    const ValueId w = c.addConstant(node.name + ".weight", transposed(*weight, {1, 0}), c.fromInitializer(b));
    const ValueId y = c.emitMac(node.name, NodeKind::Linear, macArguments(a, w, -1));
    if (c.uses(node.outputs[0]) == 1) c.rememberFusable(y);
    c.bind(node, y);
    return {};
}

std::int64_t samePadding(std::int64_t in, std::int64_t stride, std::int64_t span) {
    const std::int64_t out = (in + stride - 1) / stride;
    return std::max<std::int64_t>((out - 1) * stride + span - in, 0);
}

}  // namespace

Result<Window> readWindow(Converter& c, const Node& node, std::vector<std::int64_t> kernel, const PartialShape& x) {
    const std::size_t dims = kernel.size();
    Window w;
    w.kernel = c.integers(node, "kernel_shape", kernel);
    w.stride = c.integers(node, "strides", std::vector<std::int64_t>(dims, 1));
    w.dilation = c.integers(node, "dilations", std::vector<std::int64_t>(dims, 1));
    auto pads = c.integers(node, "pads", std::vector<std::int64_t>(2 * dims, 0));
    if (w.kernel != kernel) return c.refuse(node, "has a kernel_shape that differs from its weight");
    if (w.stride.size() != dims || w.dilation.size() != dims || pads.size() != 2 * dims)
        return c.refuse(node, "has strides, dilations or pads of the wrong length");
    const auto within = [](const std::vector<std::int64_t>& list, std::int64_t least) {
        return std::ranges::all_of(list, [least](std::int64_t v) { return v >= least && v <= (1 << 20); });
    };
    if (!within(w.kernel, 1) || !within(w.stride, 1) || !within(w.dilation, 1) || !within(pads, 0))
        return c.refuse(node, "has a kernel, stride, dilation or padding that is out of range");
    w.padBegin.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(dims));
    w.padEnd.assign(pads.begin() + static_cast<std::ptrdiff_t>(dims), pads.end());
    const std::string automatic = c.text(node, "auto_pad", "NOTSET");
    if (automatic == "NOTSET" || automatic.empty()) return w;
    w.padBegin.assign(dims, 0);
    w.padEnd.assign(dims, 0);
    if (automatic == "VALID") return w;
    if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
        return c.refuse(node, "has the auto_pad '" + automatic + "'");
    for (std::size_t i = 0; i < dims; ++i) {
        const std::int64_t span = (w.kernel[i] - 1) * w.dilation[i] + 1;
        const bool isKnown = x && x->size() == dims + 2 && (*x)[i + 2].isKnown();
        if (!isKnown && w.stride[i] != 1)
            return c.refuse(node,
                            "has the auto_pad " + automatic + ", but the size of its input is not known before it runs",
                            "Export the network with explicit pads");
        const std::int64_t total = w.stride[i] == 1 ? span - 1 : samePadding((*x)[i + 2].value, w.stride[i], span);
        w.padBegin[i] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        w.padEnd[i] = total - w.padBegin[i];
    }
    return w;
}

const std::vector<ConversionEntry>& macConversions() {
    static const std::vector<ConversionEntry> table = {{"Conv", convertConv},
                                                       {"ConvTranspose", convertConvTranspose},
                                                       {"Gemm", convertGemm},
                                                       {"MatMul", convertMatMul}};
    return table;
}

}  // namespace axp::onnx_file
