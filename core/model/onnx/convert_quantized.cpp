// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/model/onnx/quantized.h"

namespace axp::onnx_file {

namespace {

// ONNX's numbers of the element types.
constexpr int kUint8 = 2, kInt8 = 3, kUint16 = 4, kInt16 = 5;

/// The codes of an element type; nothing for one that activations are not quantized to.
std::optional<std::pair<std::int64_t, std::int64_t>> codesOf(int type) {
    switch (type) {
        case kUint8: return std::pair{std::int64_t{0}, std::int64_t{255}};
        case kInt8: return std::pair{std::int64_t{-128}, std::int64_t{127}};
        case kUint16: return std::pair{std::int64_t{0}, std::int64_t{65535}};
        case kInt16: return std::pair{std::int64_t{-32768}, std::int64_t{32767}};
        default: return std::nullopt;
    }
}

/// Scale and zero point of a tensor, from the constants at `scaleAt` and `zeroAt` (a missing one: zeros of type uint8).
Result<Scheme> schemeOf(Converter& c, const Node& node, std::size_t scaleAt, std::size_t zeroAt) {
    AXP_TRY(const ValueId scaleId, c.input(node, scaleAt));
    const Tensor* scale = c.constant(scaleId);
    if (!scale || scale->dtype() != DType::F32) return c.refuse(node, "has a computed scale, which is not supported");
    Scheme scheme;
    scheme.scale.assign(scale->as<float>().begin(), scale->as<float>().end());
    if (scheme.scale.empty() || !std::ranges::all_of(scheme.scale, [](float s) { return s > 0 && std::isfinite(s); }))
        return c.refuse(node, "has a scale that is not positive");
    scheme.zero.assign(scheme.scale.size(), 0);
    scheme.type = kUint8;
    if (c.has(node, zeroAt)) {
        const Tensor* zero = c.constant(c.optional(node, zeroAt));
        if (!zero || zero->dtype() != DType::I64 || zero->count() != scale->count()) return c.refuse(node, "has a zero point that is computed or does not fit its scale");
        scheme.zero.assign(zero->as<std::int64_t>().begin(), zero->as<std::int64_t>().end());
        scheme.type = c.quantized().elementType(node.inputs[zeroAt]);
    }
    if (const auto codes = codesOf(scheme.type)) std::tie(scheme.least, scheme.most) = *codes;
    return scheme;
}

/// How many consecutive elements share a scale, and whether the scales fit the shape.
std::optional<std::int64_t> elementsPerScale(const Shape& shape, std::int64_t axis, std::size_t scales) {
    if (scales == 1) return std::max<std::int64_t>(elementCount(shape), 1);
    const auto rank = static_cast<std::int64_t>(shape.size());
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(scales)) return std::nullopt;
    std::int64_t inner = 1;
    for (std::int64_t i = axis + 1; i < rank; ++i) inner *= shape[static_cast<std::size_t>(i)];
    return std::max<std::int64_t>(inner, 1);
}

/// (q - zero) * scale in binary32, which is how ONNX defines it.
Result<Tensor> dequantized(Converter& c, const Node& node, const Tensor& codes, const Scheme& scheme, std::int64_t axis) {
    if (codes.dtype() != DType::I64) return c.refuse(node, "dequantizes a constant that is not of an integer type");
    const auto inner = elementsPerScale(codes.shape(), axis, scheme.scale.size());
    if (!inner) return c.refuse(node, "has scales that do not fit the axis " + std::to_string(axis) + " of " + shapeText(codes.shape()));
    if (!c.spend(static_cast<std::size_t>(codes.count()) * sizeof(float))) return c.refuse(node, "would fold into far more constants than the file holds");
    std::vector<float> values(static_cast<std::size_t>(codes.count()));
    const auto q = codes.as<std::int64_t>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t k = i / static_cast<std::size_t>(*inner) % scheme.scale.size();
        values[i] = static_cast<float>(q[i] - scheme.zero[k]) * scheme.scale[k];
    }
    return Tensor::from(codes.shape(), values);
}

/// round(x / scale) + zero, half to even, within the codes.
Result<Tensor> quantizedConstant(Converter& c, const Node& node, const Tensor& x, const Scheme& scheme, std::int64_t axis) {
    if (x.dtype() != DType::F32) return c.refuse(node, "quantizes a constant that is not of a floating-point type");
    const auto inner = elementsPerScale(x.shape(), axis, scheme.scale.size());
    if (!inner) return c.refuse(node, "has scales that do not fit the axis " + std::to_string(axis) + " of " + shapeText(x.shape()));
    if (!c.spend(static_cast<std::size_t>(x.count()) * sizeof(std::int64_t))) return c.refuse(node, "would fold into far more constants than the file holds");
    std::vector<std::int64_t> codes(static_cast<std::size_t>(x.count()));
    const auto values = x.as<float>();
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const std::size_t k = i / static_cast<std::size_t>(*inner) % scheme.scale.size();
        const double code = std::nearbyint(static_cast<double>(values[i] / scheme.scale[k])) + static_cast<double>(scheme.zero[k]);
        if (std::isnan(code)) return c.refuse(node, "quantizes a constant that is not a number");
        codes[i] = static_cast<std::int64_t>(std::clamp(code, static_cast<double>(scheme.least), static_cast<double>(scheme.most)));
    }
    return Tensor::from(x.shape(), codes);
}

/// x limited to what the codes can say: what quantizing does besides rounding, which is left to the project.
Result<void> bindLimited(Converter& c, const Node& node, const std::string& output, ValueId x, const Scheme& scheme) {
    if (scheme.scale.size() != 1) return c.refuse(node, "quantizes activations per channel, which is not supported", "Quantize activations per tensor");
    if (!codesOf(scheme.type)) return c.refuse(node, "quantizes activations to a type that is not supported");
    const double low = scheme.low(), high = scheme.high();
    const ValueId y = c.emit(node.name, "aten::clamp", {ValueRef{x}, low, high});
    c.quantized().limit(y, scheme);
    c.bindName(output, y);
    c.quantized().remember(output, scheme);
    return {};
}

Result<void> convertQuantize(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(Scheme scheme, schemeOf(c, node, 1, 2));
    if (c.integer(node, "block_size", 0) != 0) return c.refuse(node, "in blocks is not supported");
    if (const std::int64_t type = c.integer(node, "output_dtype", 0); type != 0 && !c.has(node, 2)) {
        scheme.type = static_cast<int>(type);
        if (const auto codes = codesOf(scheme.type)) std::tie(scheme.least, scheme.most) = *codes;
    }
    if (!codesOf(scheme.type)) return c.refuse(node, "quantizes to a type that is not supported", "Use 8 or 16 bits");
    if (const Tensor* constant = c.constant(x)) {
        AXP_TRY(Tensor codes, quantizedConstant(c, node, *constant, scheme, c.integer(node, "axis", 1)));
        c.bind(node, c.addConstant(node.outputs[0], std::move(codes), c.fromInitializer(x)));
        return {};
    }
    return bindLimited(c, node, node.outputs[0], x, scheme);
}

Result<void> convertDequantize(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    AXP_TRY(const Scheme scheme, schemeOf(c, node, 1, 2));
    if (c.integer(node, "block_size", 0) != 0) return c.refuse(node, "in blocks is not supported");
    if (const Tensor* constant = c.constant(x)) {
        AXP_TRY(Tensor values, dequantized(c, node, *constant, scheme, c.integer(node, "axis", 1)));
        c.bind(node, c.addConstant(node.outputs[0], std::move(values), true));
        return {};
    }
    const Scheme* known = c.quantized().find(node.inputs[0]);
    if (!known || !known->token.empty()) return c.refuse(node, "dequantizes a value that nothing before it quantizes");
    if (known->scale != scheme.scale || known->zero != scheme.zero) return c.refuse(node, "dequantizes with another scale or zero point than its input was quantized with");
    c.bind(node, x);
    return {};
}

/// One operator on quantized tensors: the operator on real numbers that it stands for, and where its arguments are.
struct Form {
    const char* op;
    const char* real;
    std::vector<std::size_t> operands;  ///< each followed by its scale and zero point
    std::size_t output;                 ///< scale of the result, followed by its zero point
    std::size_t bias;                   ///< 32-bit integers in units of both scales; 0: the operator has none
};

const std::vector<Form>& forms() {
    static const std::vector<Form> table = {{"QLinearConv", "Conv", {0, 3}, 6, 8},
                                            {"QLinearMatMul", "MatMul", {0, 3}, 6, 0},
                                            {"QGemm", "Gemm", {0, 3}, 7, 6},
                                            {"QLinearAdd", "Add", {0, 3}, 6, 0},
                                            {"QLinearMul", "Mul", {0, 3}, 6, 0},
                                            {"QLinearSigmoid", "Sigmoid", {0}, 3, 0},
                                            {"QLinearLeakyRelu", "LeakyRelu", {0}, 3, 0},
                                            {"QLinearSoftmax", "Softmax", {0}, 3, 0},
                                            {"QLinearAveragePool", "AveragePool", {0}, 3, 0},
                                            {"QLinearGlobalAveragePool", "GlobalAveragePool", {0}, 3, 0},
                                            {"QLinearConcat", "Concat", {}, 0, 0}};
    return table;
}

/// The dimension that scales of a constant operand belong to.
std::int64_t channelAxis(Converter& c, const std::string& real, const Node& node) {
    if (real == "Conv") return 0;
    return real == "Gemm" && c.integer(node, "transB", 0) != 0 ? 0 : -1;
}

/// An operand as real numbers under a name of its own; `scales` receives its scales.
Result<std::string> realOperand(Converter& c, const Node& node, std::size_t at, const std::string& real, std::vector<float>& scales) {
    AXP_TRY(const ValueId x, c.input(node, at));
    AXP_TRY(const Scheme scheme, schemeOf(c, node, at + 1, at + 2));
    scales = scheme.scale;
    if (const Tensor* constant = c.constant(x)) {
        AXP_TRY(Tensor values, dequantized(c, node, *constant, scheme, channelAxis(c, real, node)));
        return c.addNamed(node.name + ".weight", c.addConstant(node.name + ".weight", std::move(values), true));
    }
    const Scheme* known = c.quantized().find(node.inputs[at]);
    if (!known || !known->token.empty()) return c.refuse(node, "takes a value that nothing before it quantizes");
    if (known->scale != scheme.scale || known->zero != scheme.zero) return c.refuse(node, "reads an input with another scale or zero point than it was quantized with");
    return node.inputs[at];
}

/// The bias of integers in units of scaleA * scaleB as real numbers; QGemm's alpha scales the products and the bias.
Result<std::string> realBias(Converter& c, const Node& node, std::size_t at, const std::vector<float>& a, const std::vector<float>& b) {
    const double alpha = node.op == "QGemm" ? c.real(node, "alpha", 1.0) : 1.0;
    const Tensor* bias = c.constant(c.optional(node, at));
    if (!bias || bias->dtype() != DType::I64 || a.size() != 1 || (b.size() != 1 && static_cast<std::int64_t>(b.size()) != bias->count()))
        return c.refuse(node, "has a bias that is computed or does not fit its scales");
    std::vector<float> values;
    for (std::int64_t i = 0; i < bias->count(); ++i)
        values.push_back(static_cast<float>(alpha * static_cast<double>(bias->as<std::int64_t>()[static_cast<std::size_t>(i)]) * a[0] * b[b.size() == 1 ? 0 : static_cast<std::size_t>(i)]));
    return c.addNamed(node.name + ".bias", c.addConstant(node.name + ".bias", Tensor::from(bias->shape(), values), true));
}

Result<void> convertForm(Converter& c, const Node& node) {
    const Form& form = *std::ranges::find_if(forms(), [&](const Form& f) { return node.op == f.op; });
    if (c.integer(node, "channels_last", 0) != 0) return c.refuse(node, "with channels last is not supported");
    // A Softmax of before opset 13 takes all dimensions from its axis on together.
    if (c.hasAttribute(node, "opset") && (c.integer(node, "opset", 13) < 13) != (c.opset() < 13)) return c.refuse(node, "is of another opset than the file");
    Node real = node;
    real.op = form.real;
    real.domain.clear();
    real.inputs.clear();
    auto operands = form.operands;
    for (std::size_t at = 2; form.operands.empty() && at + 2 < node.inputs.size(); at += 3) operands.push_back(at);
    std::vector<std::vector<float>> scales(operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i) {
        AXP_TRY(std::string name, realOperand(c, node, operands[i], form.real, scales[i]));
        real.inputs.push_back(std::move(name));
    }
    if (form.bias > 0 && c.has(node, form.bias)) {
        AXP_TRY(std::string name, realBias(c, node, form.bias, scales[0], scales[1]));
        real.inputs.push_back(std::move(name));
    }
    if (!c.has(node, form.output)) return c.convertAs(real);  // QGemm may give real numbers
    AXP_TRY(const Scheme scheme, schemeOf(c, node, form.output, form.output + 1));
    const std::string output = node.outputs[0];
    real.outputs = {output + ".real"};
    AXP_CHECK(c.convertAs(real));
    Node limit = node;
    limit.name = node.name + "_limit";
    return bindLimited(c, limit, output, c.valueNamed(real.outputs[0]), scheme);
}

/// x as it is: every sample gets a range of its own, which no project can know before; the site is calibrated.
Result<void> convertDynamic(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    if (node.outputs.size() != 3) return c.refuse(node, "lacks outputs");
    Scheme scheme;
    scheme.token = node.outputs[0];
    for (const std::string& name : node.outputs)
        if (!name.empty()) c.bindName(name, x);
    c.quantized().remember(node.outputs[0], scheme);
    c.quantized().rememberScale(node.outputs[1], {node.outputs[0], {}});
    c.quantized().rememberZero(node.outputs[2], node.outputs[0]);
    return {};
}

/// A product of integers: it becomes a site at the multiplication that brings it back to real numbers.
Result<void> convertIntegerProduct(Converter& c, const Node& node) {
    AXP_TRY(const ValueId weight, c.input(node, 1));
    const Scheme* known = c.has(node, 0) ? c.quantized().find(node.inputs[0]) : nullptr;
    const Tensor* codes = c.constant(weight);
    if (!known || known->token.empty() || !codes || codes->dtype() != DType::I64)
        return c.refuse(node, "is supported for dynamically quantized inputs and constant weights only");
    if (!c.has(node, 2) || c.quantized().zeroToken(node.inputs[2]) != known->token) return c.refuse(node, "has another zero point than its input was quantized with");
    Scheme unit;
    unit.scale = {1.0f};
    unit.zero = {0};
    const bool conv = node.op == "ConvInteger";
    if (c.has(node, 3)) {
        const Tensor* zero = c.constant(c.optional(node, 3));
        if (!zero || zero->dtype() != DType::I64 || zero->count() < 1) return c.refuse(node, "has a computed zero point");
        unit.zero.assign(zero->as<std::int64_t>().begin(), zero->as<std::int64_t>().end());
        unit.scale.assign(unit.zero.size(), 1.0f);
    }
    AXP_TRY(Tensor centered, dequantized(c, node, *codes, unit, conv ? 0 : -1));
    c.bindName(node.outputs[0], c.optional(node, 0));
    c.quantized().rememberProduct(node.outputs[0], {node, std::move(centered), known->token});
    return {};
}

/// The product of integers times the scales of both operands: a Conv or MatMul of real numbers.
Result<void> resolveProduct(Converter& c, const Node& node, const Product& product, const ScaleOf& scale) {
    if (product.token != scale.token || scale.factor.empty()) return c.refuse(node, "scales a product of integers by something else than the scales of its operands");
    const bool conv = product.node.op == "ConvInteger";
    const auto inner = elementsPerScale(product.weight.shape(), conv ? 0 : -1, scale.factor.size());
    if (!inner) return c.refuse(node, "has scales that do not fit the weight");
    std::vector<float> values(product.weight.as<float>().begin(), product.weight.as<float>().end());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scale.factor[i / static_cast<std::size_t>(*inner) % scale.factor.size()];
    Node real = product.node;
    real.op = conv ? "Conv" : "MatMul";
    real.inputs = {product.node.inputs[0], c.addNamed(real.name + ".weight", c.addConstant(real.name + ".weight", Tensor::from(product.weight.shape(), values), true))};
    real.outputs = {node.outputs[0]};
    return c.convertAs(real);
}

/// Mul where integers become real numbers again.
Result<bool> convertScaling(Converter& c, const Node& node) {
    Quantized& q = c.quantized();
    for (std::size_t i = 0; i < 2 && node.op == "Mul" && node.inputs.size() == 2; ++i) {
        const std::string &one = node.inputs[i], &other = node.inputs[1 - i];
        const ScaleOf* scale = q.scaleOf(one);
        if (!scale) continue;
        if (const Product* product = q.product(other)) {
            AXP_CHECK(resolveProduct(c, node, *product, *scale));
            return true;
        }
        const Tensor* factor = c.constant(c.optional(node, 1 - i));
        if (!factor || factor->dtype() != DType::F32 || factor->count() < 1 || !scale->factor.empty()) break;
        c.bindName(node.outputs[0], c.optional(node, i));
        q.rememberScale(node.outputs[0], {scale->token, {factor->as<float>().begin(), factor->as<float>().end()}});
        return true;
    }
    const Product* product = node.op == "Cast" && !node.inputs.empty() ? q.product(node.inputs[0]) : nullptr;
    if (!product || c.integer(node, "to", 0) != 1) return false;
    c.bindName(node.outputs[0], c.optional(node, 0));
    q.rememberProduct(node.outputs[0], *product);
    return true;
}

/// Clip on codes: fewer codes than the type has.
Result<void> convertCodeClip(Converter& c, const Node& node, Scheme scheme) {
    const auto bound = [&](std::size_t i, std::int64_t& code) {
        if (const auto value = c.literals(c.optional(node, i)); c.has(node, i) && value && value->size() == 1) code = (*value)[0];
        else return !c.has(node, i);
        return true;
    };
    if (c.opset() < 11 || !bound(1, scheme.least) || !bound(2, scheme.most) || scheme.least > scheme.most) return c.refuse(node, "has bounds that are not supported");
    return bindLimited(c, node, node.outputs[0], c.optional(node, 0), scheme);
}

}  // namespace

double Scheme::low() const { return static_cast<double>(static_cast<float>(least - zero[0]) * scale[0]); }
double Scheme::high() const { return static_cast<double>(static_cast<float>(most - zero[0]) * scale[0]); }

Result<bool> convertOnCodes(Converter& c, const Node& node) {
    Quantized& q = c.quantized();
    if (q.empty()) return false;
    AXP_TRY(const bool scaled, convertScaling(c, node));
    if (scaled) return true;
    const bool knows = std::ranges::any_of(quantizedConversions(), [&](const ConversionEntry& entry) { return node.op == entry.op; });
    const Scheme* scheme = nullptr;
    for (const std::string& name : node.inputs) {
        if (knows) continue;
        if (q.scaleOf(name) || !q.zeroToken(name).empty() || q.product(name)) return c.refuse(node, "computes with scales or integers of a quantized network, which is not supported");
        if (const Scheme* found = q.find(name)) {
            if (scheme && !(scheme->scale == found->scale && scheme->zero == found->zero)) return c.refuse(node, "joins integers of different scales, which is not supported");
            scheme = found;
        }
    }
    if (!scheme) return false;
    if (!scheme->token.empty()) return c.refuse(node, "computes with integers of a quantized network, which is not supported");
    const Scheme kept = *scheme;
    if (node.op == "Clip") {
        AXP_CHECK(convertCodeClip(c, node, kept));
        return true;
    }
    static const std::vector<std::string> moving = {"Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Split", "Gather", "Identity", "Concat", "Dropout"};
    if (std::ranges::find(moving, node.op) == moving.end()) return c.refuse(node, "computes with integers of a quantized network, which is not supported");
    if (node.op == "Concat")
        for (const std::string& name : node.inputs)
            if (!q.find(name)) return c.refuse(node, "joins integers with a value that is not quantized, which is not supported");
    AXP_CHECK(c.convertAs(node));
    for (const std::string& name : node.outputs)
        if (!name.empty()) q.remember(name, kept);
    return true;
}

const std::vector<ConversionEntry>& quantizedConversions() {
    static const std::vector<ConversionEntry> table = [] {
        std::vector<ConversionEntry> entries = {{"QuantizeLinear", convertQuantize},
                                                {"DequantizeLinear", convertDequantize},
                                                {"DynamicQuantizeLinear", convertDynamic},
                                                {"ConvInteger", convertIntegerProduct},
                                                {"MatMulInteger", convertIntegerProduct}};
        for (const Form& form : forms()) entries.push_back({form.op, convertForm});
        return entries;
    }();
    return table;
}

}  // namespace axp::onnx_file
