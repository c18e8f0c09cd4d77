// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/onnx/fold_constants.h"

namespace axp::onnx_file {

namespace {

/// More than any shape, index or mask arithmetic needs; larger tensors are computed by the network.
constexpr std::int64_t kMostFolded = 4096;

Tensor reshaped(const Tensor& tensor, Shape shape) {
    return Tensor(tensor.dtype(), std::move(shape),
                  std::vector<std::byte>(tensor.data(), tensor.data() + tensor.byteSize()));
}

Tensor toTensor(const Symbolic& symbolic, DType dtype) {
    if (dtype == DType::Bool) {
        std::vector<std::byte> bytes;
        for (const Dim& d : symbolic.elements) bytes.push_back(std::byte{d.value != 0});
        return Tensor(DType::Bool, symbolic.shape, std::move(bytes));
    }
    std::vector<std::int64_t> values;
    for (const Dim& d : symbolic.elements) values.push_back(d.value);
    return Tensor::from(symbolic.shape, values);
}

Folding known(Symbolic symbolic, DType dtype) {
    Folding result;
    if (symbolic.allKnown()) result.folded = toTensor(symbolic, dtype);
    else result.symbolic = std::move(symbolic);
    return result;
}

Dim add(const Dim& a, const Dim& b, std::int64_t sign) {
    if (b.isKnown(0)) return a;
    if (a.kind == Dim::Kind::Unknown || a.kind != b.kind) return {};
    std::int64_t value = 0;
    if (__builtin_add_overflow(a.value, sign * b.value, &value)) return {};
    if (a.isBatch() && value <= 0) return {};
    return {a.kind, value, -1};
}

Dim equal(const Dim& a, const Dim& b) {
    if (a.isKnown() && b.isKnown()) return Dim::known(a.value == b.value);
    if (a.isBatch() && b.isBatch() && a.value == b.value) return Dim::known(1);
    // A multiple of the batch size is at least 1.
    if ((a.isBatch() && b.isKnown() && b.value < 1) || (b.isBatch() && a.isKnown() && a.value < 1))
        return Dim::known(0);
    return {};
}

bool isHuge(const Dim& d) { return d.value > (std::int64_t{1} << 60) || d.value < -(std::int64_t{1} << 60); }

Dim combine(const std::string& op, const Dim& a, const Dim& b) {
    if (op == "Equal") return equal(a, b);
    if (isHuge(a) || isHuge(b)) return {};
    const auto notPositive = [](const Dim& d) { return d.isKnown() && d.value < 1; };
    if (op == "Add") return add(a, b, 1);
    if (op == "Sub") return add(a, b, -1);
    if (op == "Mul") return (a.isBatch() && notPositive(b)) || (b.isBatch() && notPositive(a)) ? Dim{} : multiply(a, b);
    if (op == "Mod") return a.isKnown() && b.isKnown() && a.value >= 0 && b.value > 0 ? Dim::known(a.value % b.value) : Dim{};
    // ONNX divides integers by truncation.
    if (a.isKnown() && b.isKnown()) return b.value == 0 ? Dim{} : Dim::known(a.value / b.value);
    return notPositive(b) ? Dim{} : divide(a, b);
}

/// Element-wise on two or three operands, of which all that are not scalars have the same shape.
std::optional<Shape> commonShape(std::initializer_list<const Symbolic*> operands) {
    Shape result;
    bool found = false;
    for (const Symbolic* s : operands) {
        if (s->elements.size() == 1 && (found || s->shape.empty())) continue;
        if (found && s->shape != result) {
            if (elementCount(result) != 1) return std::nullopt;
        }
        result = s->shape;
        found = true;
    }
    return result;
}

const Dim& element(const Symbolic& s, std::size_t i) { return s.elements[s.elements.size() == 1 ? 0 : i]; }

Folding foldPair(Converter& converter, const Node& node) {
    const auto a = converter.symbolic(converter.optional(node, 0)), b = converter.symbolic(converter.optional(node, 1));
    if (!a || !b) return {};
    const auto shape = commonShape({&*a, &*b});
    if (!shape) return {};
    Symbolic result{*shape, {}};
    for (std::int64_t i = 0; i < elementCount(*shape); ++i)
        result.elements.push_back(combine(node.op, element(*a, i), element(*b, i)));
    return known(std::move(result), node.op == "Equal" ? DType::Bool : DType::I64);
}

Folding foldWhere(Converter& converter, const Node& node) {
    const auto c = converter.symbolic(converter.optional(node, 0));
    const auto a = converter.symbolic(converter.optional(node, 1)), b = converter.symbolic(converter.optional(node, 2));
    if (!a || !b || !c) return {};
    const auto shape = commonShape({&*c, &*a, &*b});
    if (!shape) return {};
    Symbolic result{*shape, {}};
    for (std::int64_t i = 0; i < elementCount(*shape); ++i) {
        const Dim& condition = element(*c, i);
        const Dim &yes = element(*a, i), &no = element(*b, i);
        result.elements.push_back(condition.isKnown() ? (condition.value ? yes : no) : yes == no ? yes : Dim{});
    }
    return known(std::move(result), converter.dtype(converter.optional(node, 1)));
}

Folding foldShape(Converter& converter, const Node& node) {
    const ValueId x = converter.optional(node, 0);
    const auto shape = converter.shape(x);
    if (!shape) return {};
    const auto rank = static_cast<std::int64_t>(shape->size());
    const auto clamp = [rank](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + rank : v, 0, rank); };
    const std::int64_t start = clamp(converter.integer(node, "start", 0)),
                       end = clamp(converter.integer(node, "end", rank));
    Symbolic result;
    for (std::int64_t i = start; i < end; ++i) {
        Dim dim = (*shape)[i];
        if (i == 0 && dim.isBatch()) dim.source = x;
        result.elements.push_back(dim);
    }
    result.shape = {static_cast<std::int64_t>(result.elements.size())};
    return known(std::move(result), DType::I64);
}

Folding foldGather(Converter& converter, const Node& node) {
    const auto data = converter.symbolic(converter.optional(node, 0));
    const auto index = converter.symbolic(converter.optional(node, 1));
    if (!data || !index || data->shape.size() != 1 || !index->allKnown()) return {};
    Symbolic result{index->shape, {}};
    const std::int64_t size = data->shape[0];
    for (const Dim& i : index->elements) {
        const std::int64_t at = i.value < 0 ? i.value + size : i.value;
        if (at < 0 || at >= size) return {};
        result.elements.push_back(data->elements[at]);
    }
    return known(std::move(result), converter.dtype(converter.optional(node, 0)));
}

Folding foldConcat(Converter& converter, const Node& node) {
    Symbolic result;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto part = converter.symbolic(converter.optional(node, i));
        if (!part || part->shape.size() != 1) return {};
        result.elements.insert(result.elements.end(), part->elements.begin(), part->elements.end());
        if (static_cast<std::int64_t>(result.elements.size()) > kMostFolded) return {};
    }
    result.shape = {static_cast<std::int64_t>(result.elements.size())};
    return known(std::move(result), converter.dtype(converter.optional(node, 0)));
}

/// A Slice along dimension 0 of what shapes are computed with, forwards or backwards.
Folding foldSlice(Converter& converter, const Node& node) {
    const auto data = converter.symbolic(converter.optional(node, 0));
    if (!data || data->shape.empty() || data->elements.empty()) return {};
    std::vector<std::int64_t> starts, ends, axes = {0}, steps = {1};
    if (converter.opset() < 10) {
        starts = converter.integers(node, "starts");
        ends = converter.integers(node, "ends");
        axes = converter.integers(node, "axes", axes);
    } else {
        for (const auto& [place, list] : {std::pair{std::size_t{1}, &starts}, std::pair{std::size_t{2}, &ends},
                                          std::pair{std::size_t{3}, &axes}, std::pair{std::size_t{4}, &steps}}) {
            if (!converter.has(node, place)) continue;
            const auto values = converter.literals(converter.optional(node, place));
            if (!values) return {};
            *list = *values;
        }
    }
    const auto rank = static_cast<std::int64_t>(data->shape.size());
    if (starts.size() != 1 || ends.size() != 1 || steps.size() != 1 || axes.size() != 1 || steps[0] == 0 || (axes[0] != 0 && axes[0] != -rank)) return {};
    const std::int64_t size = data->shape[0], row = static_cast<std::int64_t>(data->elements.size()) / size;
    const bool forward = steps[0] > 0;
    const auto clamp = [&](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + size : v, forward ? 0 : -1, forward ? size : size - 1); };
    // The least number counts from the back and beyond the front.
    const std::int64_t end = !forward && ends[0] < -size ? -1 : clamp(ends[0]);
    const std::int64_t step = std::clamp(steps[0], -size, size);
    Symbolic result{data->shape, {}};
    result.shape[0] = 0;
    for (std::int64_t i = clamp(starts[0]); forward ? i < end : i > end; i += step) {
        result.elements.insert(result.elements.end(), data->elements.begin() + i * row, data->elements.begin() + (i + 1) * row);
        ++result.shape[0];
    }
    return known(std::move(result), converter.dtype(converter.optional(node, 0)));
}

Result<Folding> foldConstantOfShape(Converter& converter, const Node& node) {
    const auto shape = converter.literals(converter.optional(node, 0));
    if (!shape) return Folding{};
    std::int64_t count = 1;
    for (std::int64_t d : *shape) {
        if (d < 0 || d > (1 << 26) || (d > 0 && count > (1 << 26) / d))
            return converter.refuse(node, "wants a tensor of the shape " + shapeText(*shape));
        count *= d;
    }
    const auto found = node.attributes.find("value");
    const Tensor* value = found == node.attributes.end() ? nullptr : std::get_if<Tensor>(&found->second);
    if (value && value->count() != 1) return converter.refuse(node, "has a value that is not one element");
    const DType dtype = value ? value->dtype() : DType::F32;
    const std::size_t size = dtypeSize(dtype);
    if (!converter.spend(static_cast<std::size_t>(count) * size))
        return converter.refuse(node, "wants more constants than the file could hold");
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * size);
    if (value)
        for (std::int64_t i = 0; i < count; ++i) std::memcpy(bytes.data() + i * size, value->data(), size);
    Folding result;
    result.folded = Tensor(dtype, *shape, std::move(bytes));
    return result;
}

/// The dimensions of the result of Reshape, Unsqueeze or Squeeze of a constant; nothing when it takes more than literals.
std::optional<Shape> newShape(Converter& converter, const Node& node, const Shape& old) {
    std::vector<std::int64_t> parameter;
    const bool attribute = node.op != "Reshape" && converter.opset() < 13;
    if (attribute) parameter = converter.integers(node, "axes");
    else if (converter.has(node, 1)) {
        const auto literal = converter.literals(converter.optional(node, 1));
        if (!literal) return std::nullopt;
        parameter = *literal;
    }
    Shape result = old;
    if (node.op == "Reshape") {
        result = parameter;
        std::int64_t rest = elementCount(old), open = -1;
        for (std::size_t i = 0; i < result.size(); ++i) {
            if (result[i] == 0 && converter.integer(node, "allowzero", 0) == 0 && i < old.size()) result[i] = old[i];
            if (result[i] == -1) open = static_cast<std::int64_t>(i);
            else if (result[i] <= 0 || rest % result[i] != 0) return std::nullopt;
            else rest /= result[i];
        }
        if (open >= 0) result[open] = rest;
        return elementCount(result) == elementCount(old) ? std::optional(result) : std::nullopt;
    }
    const bool insert = node.op == "Unsqueeze";
    const auto rank = static_cast<std::int64_t>(old.size() + (insert ? parameter.size() : 0));
    for (std::int64_t& axis : parameter) {
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank) return std::nullopt;
    }
    std::ranges::sort(parameter);
    if (std::ranges::adjacent_find(parameter) != parameter.end()) return std::nullopt;
    if (!insert && parameter.empty()) {
        std::erase(result, 1);
        return result;
    }
    if (insert)
        for (std::int64_t axis : parameter) result.insert(result.begin() + axis, 1);
    else
        for (auto axis = parameter.rbegin(); axis != parameter.rend(); ++axis) {
            if (result[*axis] != 1) return std::nullopt;
            result.erase(result.begin() + *axis);
        }
    return result;
}

Folding foldReshape(Converter& converter, const Node& node) {
    const ValueId x = converter.optional(node, 0);
    if (const Tensor* tensor = converter.constant(x)) {
        const auto shape = newShape(converter, node, tensor->shape());
        if (!shape || !converter.spend(tensor->byteSize())) return {};
        return {reshaped(*tensor, *shape), std::nullopt, converter.fromInitializer(x)};
    }
    auto symbolic = converter.symbolic(x);
    if (!symbolic) return {};
    const auto shape = newShape(converter, node, symbolic->shape);
    if (!shape) return {};
    symbolic->shape = *shape;
    return known(*std::move(symbolic), converter.dtype(x));
}

Folding foldTranspose(Converter& converter, const Node& node) {
    const ValueId x = converter.optional(node, 0);
    const Tensor* tensor = converter.constant(x);
    if (!tensor || !converter.spend(tensor->byteSize())) return {};
    const std::size_t rank = tensor->shape().size();
    std::vector<std::int64_t> standard(rank);
    std::iota(standard.rbegin(), standard.rend(), 0);
    const auto order = converter.integers(node, "perm", standard);
    if (!std::is_permutation(order.begin(), order.end(), standard.begin(), standard.end())) return {};
    return {transposed(*tensor, order), std::nullopt, converter.fromInitializer(x)};
}

/// Casts between the three types that the graph knows.
Folding foldCast(Converter& converter, const Node& node) {
    const ValueId x = converter.optional(node, 0);
    const std::int64_t to = converter.integer(node, "to", 0);
    const bool toFloat = to == 1 || to == 10 || to == 11, toInteger = to == 6 || to == 7;
    const DType from = converter.dtype(x);
    const Tensor* tensor = converter.constant(x);
    if (toInteger && from == DType::I64) {
        if (auto symbolic = converter.symbolic(x)) return known(*std::move(symbolic), DType::I64);
    }
    if (!tensor || tensor->count() > kMostFolded) return {};
    if (toFloat && from == DType::I64) {
        std::vector<float> values;
        for (std::int64_t v : tensor->as<std::int64_t>()) values.push_back(static_cast<float>(v));
        return {Tensor::from(tensor->shape(), values), std::nullopt, false};
    }
    if (toInteger && from == DType::F32) {
        std::vector<std::int64_t> values;
        for (float v : tensor->as<float>()) {
            if (!(std::abs(v) < 9e18f)) return {};
            values.push_back(static_cast<std::int64_t>(v));
        }
        return {Tensor::from(tensor->shape(), values), std::nullopt, false};
    }
    return {};
}

/// One-hot rows of constant indices along a new last axis: how exporters spread repeats over the dimensions.
Folding foldOneHot(Converter& converter, const Node& node) {
    const auto indices = converter.symbolic(converter.optional(node, 0)), values = converter.symbolic(converter.optional(node, 2));
    const auto depth = converter.scalar(converter.optional(node, 1));
    if (!indices || !indices->allKnown() || !values || values->elements.size() != 2 || !depth || *depth < 1 || *depth > kMostFolded) return {};
    const std::int64_t axis = converter.integer(node, "axis", -1), length = static_cast<std::int64_t>(*depth);
    if ((axis != -1 && axis != static_cast<std::int64_t>(indices->shape.size())) || std::ssize(indices->elements) * length > kMostFolded) return {};
    Symbolic result{indices->shape, {}};
    result.shape.push_back(length);
    for (const Dim& index : indices->elements)
        for (std::int64_t i = 0; i < length; ++i) result.elements.push_back(values->elements[index.value == i || index.value == i - length]);
    return known(std::move(result), converter.dtype(converter.optional(node, 2)));
}

/// One of the numbers that shapes are computed with, repeated.
Folding foldExpand(Converter& converter, const Node& node) {
    const auto data = converter.symbolic(converter.optional(node, 0));
    const auto shape = converter.literals(converter.optional(node, 1));
    if (!data || data->elements.size() != 1 || !shape || data->shape.size() > shape->size() || shape->size() > 8) return {};
    std::int64_t count = 1;
    for (const std::int64_t length : *shape) {
        if (length < 1 || length > kMostFolded / count) return {};
        count *= length;
    }
    Symbolic result{*shape, std::vector<Dim>(static_cast<std::size_t>(count), data->elements[0])};
    return known(std::move(result), converter.dtype(converter.optional(node, 0)));
}

/// Single float numbers, such as the scale of an attention.
Folding foldFloat(Converter& converter, const Node& node) {
    std::vector<float> operands;
    Shape shape;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Tensor* tensor = converter.constant(converter.optional(node, i));
        if (!tensor || tensor->count() != 1 || tensor->dtype() != DType::F32) return {};
        operands.push_back(tensor->as<float>()[0]);
        if (tensor->shape().size() > shape.size()) shape = tensor->shape();
    }
    float result = 0;
    if (operands.size() == 1 && node.op == "Sqrt") result = std::sqrt(operands[0]);
    else if (operands.size() == 1 && node.op == "Reciprocal") result = 1.0f / operands[0];
    else if (operands.size() == 1 && node.op == "Neg") result = -operands[0];
    else if (operands.size() == 2 && node.op == "Add") result = operands[0] + operands[1];
    else if (operands.size() == 2 && node.op == "Sub") result = operands[0] - operands[1];
    else if (operands.size() == 2 && node.op == "Mul") result = operands[0] * operands[1];
    else if (operands.size() == 2 && node.op == "Div") result = operands[0] / operands[1];
    else if (operands.size() == 2 && node.op == "Pow") result = std::pow(operands[0], operands[1]);
    else return {};
    return {Tensor::from(shape, std::vector<float>{result}), std::nullopt, false};
}

}  // namespace

Tensor transposed(const Tensor& tensor, const std::vector<std::int64_t>& order) {
    const Shape& old = tensor.shape();
    const std::size_t rank = old.size(), size = dtypeSize(tensor.dtype());
    std::vector<std::int64_t> strides(rank, 1);
    for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * old[i];
    Shape shape(rank);
    std::vector<std::int64_t> step(rank), index(rank, 0);
    for (std::size_t i = 0; i < rank; ++i) {
        shape[i] = old[order[i]];
        step[i] = strides[order[i]];
    }
    std::vector<std::byte> bytes(tensor.byteSize());
    std::int64_t from = 0;
    const std::int64_t count = tensor.count();
    for (std::int64_t to = 0; to < count; ++to) {
        std::memcpy(bytes.data() + to * size, tensor.data() + from * size, size);
        for (std::size_t d = rank; d-- > 0;) {
            from += step[d];
            if (++index[d] < shape[d]) break;
            from -= step[d] * shape[d];
            index[d] = 0;
        }
    }
    return Tensor(tensor.dtype(), std::move(shape), std::move(bytes));
}

Result<Folding> foldNode(Converter& converter, const Node& node) {
    const std::string& op = node.op;
    if (node.inputs.empty()) return Folding{};
    if (op == "Shape") return foldShape(converter, node);
    if (op == "Gather" && converter.integer(node, "axis", 0) == 0) return foldGather(converter, node);
    if (op == "Concat" || op == "Slice") {
        Folding result = op == "Concat" ? foldConcat(converter, node) : foldSlice(converter, node);
        if (result.folded || result.symbolic) return result;
        return op == "Concat" ? concatConstants(converter, node) : sliceConstant(converter, node);
    }
    if (op == "ConstantOfShape") return foldConstantOfShape(converter, node);
    if (op == "Reshape" || op == "Unsqueeze" || op == "Squeeze") return foldReshape(converter, node);
    if (op == "Transpose") return foldTranspose(converter, node);
    if (op == "Cast") return foldCast(converter, node);
    if (op == "Where") return foldWhere(converter, node);
    if (op == "OneHot") return foldOneHot(converter, node);
    if (op == "Expand") return foldExpand(converter, node);
    const bool pair = op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Equal" || op == "Mod";
    if (pair) {
        Folding result = foldPair(converter, node);
        if (result.folded || result.symbolic) return result;
    }
    if (pair || op == "Sqrt" || op == "Reciprocal" || op == "Neg" || op == "Pow") return foldFloat(converter, node);
    return Folding{};
}

}  // namespace axp::onnx_file
