// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// Torch's numbers of the scalar types that occur.
constexpr std::int64_t kTorchInt64 = 4, kTorchFloat = 6, kTorchBool = 11;

Result<void> unary(Converter& c, const Node& node, const char* op) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, op, {ValueRef{x}}));
    return {};
}

template <std::size_t N>
struct Name {
    constexpr Name(const char (&text)[N]) {
        for (std::size_t i = 0; i < N; ++i) value[i] = text[i];
    }
    char value[N];
};
template <Name op>
Result<void> convertUnary(Converter& c, const Node& node) {
    return unary(c, node, op.value);
}

ValueId pair(Converter& c, const std::string& name, const std::string& op, ValueId a, ValueId b) {
    return c.emit(name, op, {ValueRef{a}, ValueRef{b}});
}

template <Name op>
Result<void> convertPair(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    c.bind(node, pair(c, node.name, op.value, a, b));
    return {};
}

template <Name op>
Result<void> convertComparison(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    c.bind(node, c.emit(node.name, op.value, {ValueRef{a}, ValueRef{b}}, DType::Bool));
    return {};
}

Result<void> convertAdd(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    for (const auto& [sum, bias] : {std::pair{a, b}, std::pair{b, a}})
        if (c.fuseBias(sum, bias)) {
            c.bind(node, sum);
            return {};
        }
    c.bind(node, pair(c, node.name, "aten::add.Tensor", a, b));
    return {};
}

Result<void> convertDiv(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    const bool integers = c.dtype(a) == DType::I64;
    std::vector<Arg> args = {ValueRef{a}, ValueRef{b}};
    if (integers) args.emplace_back(std::string("trunc"));
    c.bind(node, c.emit(node.name, integers ? "aten::div.Tensor_mode" : "aten::div.Tensor", std::move(args)));
    return {};
}

Result<void> convertPow(Converter& c, const Node& node) {
    AXP_TRY(const ValueId a, c.input(node, 0));
    AXP_TRY(const ValueId b, c.input(node, 1));
    const auto exponent = c.scalar(b);
    if (c.dtype(a) != c.dtype(b) && c.dtype(a) != DType::F32) return c.refuse(node, "raises integers to a power that is not an integer, which is not supported");
    if (exponent && c.constant(b)->shape().empty())
        c.bind(node, c.emit(node.name, "aten::pow.Tensor_Scalar", {ValueRef{a}, *exponent}));
    else c.bind(node, pair(c, node.name, "aten::pow.Tensor_Tensor", a, b));
    return {};
}

template <Name op>
Result<void> convertVariadic(Converter& c, const Node& node) {
    AXP_TRY(ValueId result, c.input(node, 0));
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        AXP_TRY(const ValueId next, c.input(node, i));
        const bool last = i + 1 == node.inputs.size();
        result = pair(c, last ? node.name : node.name + "_" + std::to_string(i), op.value, result, next);
    }
    c.bind(node, result);
    return {};
}

Arg bound(double value, bool integers) {
    if (integers) return static_cast<std::int64_t>(value);
    return value;
}

Result<void> convertClip(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    Arg least, most;
    const bool integers = c.dtype(x) == DType::I64;
    if (c.opset() < 11) {
        if (c.hasAttribute(node, "min")) least = c.real(node, "min", 0);
        if (c.hasAttribute(node, "max")) most = c.real(node, "max", 0);
    } else {
        const ValueId low = c.optional(node, 1), high = c.optional(node, 2);
        const auto lowValue = c.scalar(low), highValue = c.scalar(high);
        if ((low >= 0 && !lowValue) || (high >= 0 && !highValue)) {
            std::vector<Arg> args = {ValueRef{x}, Arg{}, Arg{}};
            if (low >= 0) args[1] = ValueRef{low};
            if (high >= 0) args[2] = ValueRef{high};
            c.bind(node, c.emit(node.name, "aten::clamp.Tensor", std::move(args)));
            return {};
        }
        if (lowValue) least = bound(*lowValue, integers);
        if (highValue) most = bound(*highValue, integers);
    }
    const bool nothing = std::holds_alternative<std::monostate>(least) && std::holds_alternative<std::monostate>(most);
    c.bind(node, nothing ? x : c.emit(node.name, "aten::clamp", {ValueRef{x}, least, most}));
    return {};
}

Result<void> convertLeakyRelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, "aten::leaky_relu", {ValueRef{x}, c.real(node, "alpha", 0.01)}));
    return {};
}

Result<void> convertElu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    c.bind(node, c.emit(node.name, "aten::elu", {ValueRef{x}, c.real(node, "alpha", 1.0)}));
    return {};
}

Result<void> convertHardSigmoid(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const double alpha = c.real(node, "alpha", 0.2), beta = c.real(node, "beta", 0.5);
    if (std::abs(alpha - 1.0 / 6.0) < 1e-6 && beta == 0.5) {
        c.bind(node, c.emit(node.name, "aten::hardsigmoid", {ValueRef{x}}));
        return {};
    }
    const ValueId slope = c.emit(node.name + "_mul", "aten::mul.Scalar", {ValueRef{x}, alpha});
    const ValueId line = c.emit(node.name + "_add", "aten::add.Scalar", {ValueRef{slope}, beta});
    c.bind(node, c.emit(node.name, "aten::clamp", {ValueRef{line}, 0.0, 1.0}));
    return {};
}

Result<void> convertGelu(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const std::string approximate = c.text(node, "approximate", "none");
    if (c.opset() < 20) return c.refuse(node, "exists from opset 20 on");
    if (approximate != "none" && approximate != "tanh")
        return c.refuse(node, "has the approximation '" + approximate + "'");
    std::vector<Arg> args = {ValueRef{x}};
    if (approximate == "tanh") args.emplace_back(approximate);
    c.bind(node, c.emit(node.name, "aten::gelu", std::move(args)));
    return {};
}

Result<void> convertWhere(Converter& c, const Node& node) {
    AXP_TRY(const ValueId condition, c.input(node, 0));
    AXP_TRY(const ValueId a, c.input(node, 1));
    AXP_TRY(const ValueId b, c.input(node, 2));
    c.bind(node, c.emit(node.name, "aten::where.self", {ValueRef{condition}, ValueRef{a}, ValueRef{b}}, c.dtype(a)));
    return {};
}

Result<void> convertCast(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    std::int64_t torch = 0;
    DType type = DType::F32;
    switch (c.integer(node, "to", 0)) {
        case 1:
        case 10:
        case 11: torch = kTorchFloat; break;
        case 6:
        case 7:
            torch = kTorchInt64;
            type = DType::I64;
            break;
        case 9:
            torch = kTorchBool;
            type = DType::Bool;
            break;
        default:
            return c.refuse(
                node, "casts to type number " + std::to_string(c.integer(node, "to", 0)) + ", which is not supported");
    }
    c.bind(node, c.dtype(x) == type ? x : c.emit(node.name, "aten::to.dtype", {ValueRef{x}, torch}, type));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& elementwiseConversions() {
    static const std::vector<ConversionEntry> table = {{"Relu", convertUnary<"aten::relu">},
                                                       {"Sigmoid", convertUnary<"aten::sigmoid">},
                                                       {"Tanh", convertUnary<"aten::tanh">},
                                                       {"Erf", convertUnary<"aten::erf">},
                                                       {"Sqrt", convertUnary<"aten::sqrt">},
                                                       {"Exp", convertUnary<"aten::exp">},
                                                       {"Log", convertUnary<"aten::log">},
                                                       {"Reciprocal", convertUnary<"aten::reciprocal">},
                                                       {"Neg", convertUnary<"aten::neg">},
                                                       {"Abs", convertUnary<"aten::abs">},
                                                       {"HardSwish", convertUnary<"aten::hardswish">},
                                                       {"Floor", convertUnary<"aten::floor">},
                                                       {"Ceil", convertUnary<"aten::ceil">},
                                                       {"Mish", convertUnary<"aten::mish">},
                                                       {"Not", convertUnary<"aten::logical_not">},
                                                       {"Softplus", convertUnary<"aten::softplus">},
                                                       {"Sin", convertUnary<"aten::sin">},
                                                       {"Cos", convertUnary<"aten::cos">},
                                                       {"Tan", convertUnary<"aten::tan">},
                                                       {"Asin", convertUnary<"aten::asin">},
                                                       {"Acos", convertUnary<"aten::acos">},
                                                       {"Atan", convertUnary<"aten::atan">},
                                                       {"Sinh", convertUnary<"aten::sinh">},
                                                       {"Cosh", convertUnary<"aten::cosh">},
                                                       {"Asinh", convertUnary<"aten::asinh">},
                                                       {"Acosh", convertUnary<"aten::acosh">},
                                                       {"Atanh", convertUnary<"aten::atanh">},
                                                       {"Sign", convertUnary<"aten::sign">},
                                                       {"Round", convertUnary<"aten::round">},
                                                       {"Add", convertAdd},
                                                       {"Sub", convertPair<"aten::sub.Tensor">},
                                                       {"Mul", convertPair<"aten::mul.Tensor">},
                                                       {"Div", convertDiv},
                                                       {"Pow", convertPow},
                                                       {"Sum", convertVariadic<"aten::add.Tensor">},
                                                       {"Min", convertVariadic<"aten::minimum">},
                                                       {"Max", convertVariadic<"aten::maximum">},
                                                       {"Equal", convertComparison<"aten::eq.Tensor">},
                                                       {"Less", convertComparison<"aten::lt.Tensor">},
                                                       {"Greater", convertComparison<"aten::gt.Tensor">},
                                                       {"LessOrEqual", convertComparison<"aten::le.Tensor">},
                                                       {"GreaterOrEqual", convertComparison<"aten::ge.Tensor">},
                                                       {"And", convertComparison<"aten::logical_and">},
                                                       {"Or", convertComparison<"aten::logical_or">},
                                                       {"Xor", convertComparison<"aten::logical_xor">},
                                                       {"Clip", convertClip},
                                                       {"LeakyRelu", convertLeakyRelu},
                                                       {"Elu", convertElu},
                                                       {"HardSigmoid", convertHardSigmoid},
                                                       {"Gelu", convertGelu},
                                                       {"Where", convertWhere},
                                                       {"Cast", convertCast}};
    return table;
}

}  // namespace axp::onnx_file
