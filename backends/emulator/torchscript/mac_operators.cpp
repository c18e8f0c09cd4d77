// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>

#include "backends/emulator/detail/script_reader.h"

namespace axp::detail {

namespace {

/// One entry per dimension, from a list of one or of all.
std::vector<std::int64_t> spread(std::vector<std::int64_t> list, std::size_t dims, std::int64_t standard) {
    if (list.empty()) list = {standard};
    if (list.size() == 1) list.assign(dims, list[0]);
    return list;
}

/// "same" padding as PyTorch computes it: the odd one goes behind.
void padSame(ConvAttributes& conv, const at::Tensor& weight) {
    for (std::size_t i = 0; i < conv.stride.size(); ++i) {
        const std::int64_t total = conv.dilation[i] * (weight.size(static_cast<std::int64_t>(i) + 2) - 1);
        conv.padBegin[i] = total / 2;
        conv.padEnd[i] = total - total / 2;
    }
}

}  // namespace

/// "layer1.0.conv1" from the weight's path "layer1.0.conv1.weight"; "attn.in_proj" from "attn.in_proj_weight".
std::string ScriptReader::macName(Call& call, std::size_t weightIndex) {
    std::string path = parameterPath(call, weightIndex);
    for (const std::string ending : {".weight", "_weight"})
        if (path.ends_with(ending)) path.resize(path.size() - ending.size());
    return path.empty() ? nodeName(call.name) : path;
}

void ScriptReader::emitConvolution(Call& call, ConvAttributes conv, bool transposed) {
    const at::Tensor weight = constantTensor(call, 1, "weight");
    if (tensor(call, 0).dim() != weight.dim()) refuse(call.node, "has an input without a batch dimension");
    const auto dims = static_cast<std::size_t>(weight.dim() - 2);
    conv.stride = spread(std::move(conv.stride), dims, 1);
    conv.padBegin = spread(std::move(conv.padBegin), dims, 0);
    conv.padEnd = conv.padEnd.empty() ? conv.padBegin : conv.padEnd;
    conv.dilation = spread(std::move(conv.dilation), dims, 1);
    conv.outputPadding = spread(std::move(conv.outputPadding), dims, 0);
    std::vector<Arg> args = {ValueRef{valueId(call, 0)}, ValueRef{constantId(weight, parameterPath(call, 1), true)}};
    if (given(call, 2)) args.emplace_back(ValueRef{constantId(constantTensor(call, 2, "bias"), parameterPath(call, 2), true)});
    flow(call, 0, mac(macName(call, 1), transposed ? NodeKind::ConvTranspose : NodeKind::Conv, std::move(args), std::move(conv)));
}

bool ScriptReader::convolution(Call& call) {
    const std::string base = call.name.substr(6, call.name.find('.') - 6);
    ConvAttributes conv;
    conv.stride = integers(call, 3);
    if (base == "_convolution" || base == "convolution") {
        conv.padBegin = integers(call, 4);
        conv.dilation = integers(call, 5);
        conv.outputPadding = integers(call, 7);
        conv.groups = integer(call, 8, 1);
        emitConvolution(call, std::move(conv), flag(call, 6, false));
        return true;
    }
    if (base.starts_with("conv_transpose")) {
        conv.padBegin = integers(call, 4);
        conv.outputPadding = integers(call, 5);
        conv.groups = integer(call, 6, 1);
        conv.dilation = integers(call, 7);
        emitConvolution(call, std::move(conv), true);
        return true;
    }
    conv.dilation = integers(call, 5);
    conv.groups = integer(call, 6, 1);
    if (given(call, 4) && call.args[4]->run[0].isString()) {
        const at::Tensor weight = constantTensor(call, 1, "weight");
        const auto dims = static_cast<std::size_t>(weight.dim() - 2);
        conv.stride = spread(std::move(conv.stride), dims, 1);
        conv.dilation = spread(std::move(conv.dilation), dims, 1);
        conv.padBegin.assign(dims, 0);
        conv.padEnd.assign(dims, 0);
        if (call.args[4]->run[0].toStringRef() == "same") padSame(conv, weight);
    } else conv.padBegin = integers(call, 4);
    emitConvolution(call, std::move(conv), false);
    return true;
}

/// x [..., K] times weight [N, K] transposed; `bias` -1: none.
ValueId ScriptReader::linearNode(const std::string& name, ValueId x, const at::Tensor& weight, const std::string& path, ValueId bias) {
    std::vector<Arg> args = {ValueRef{x}, ValueRef{constantId(weight, path, true)}};
    if (bias >= 0) args.emplace_back(ValueRef{bias});
    return mac(name, NodeKind::Linear, std::move(args));
}

bool ScriptReader::linear(Call& call) {
    if (!isFlow(call, 0)) refuse(call.node, "has a constant input and a computed weight, which is not supported");
    const at::Tensor weight = constantTensor(call, 1, "weight");
    if (weight.dim() != 2) refuse(call.node, "has a weight of one dimension, which is not supported");
    const ValueId bias = given(call, 2) ? constantId(constantTensor(call, 2, "bias"), parameterPath(call, 2), true) : -1;
    return done(call, linearNode(macName(call, 1), valueId(call, 0), weight, parameterPath(call, 1), bias));
}

/// a b with at least one computed operand, any of at least two dimensions. A constant becomes operand B.
ValueId ScriptReader::multiply(Call& call, const std::string& name, ItemPtr a, ItemPtr b) {
    const auto fixed = [&](const ItemPtr& item) {
        return item->kind == Item::Kind::Known && (item->run[0].toTensor().is_same(item->run[1].toTensor()) ||
                                                   (item->run[0].toTensor().sizes() == item->run[1].toTensor().sizes() && item->run[0].toTensor().equal(item->run[1].toTensor())));
    };
    const auto id = [&](const ItemPtr& item) { return item->kind == Item::Kind::Flow ? item->id : knownTensorId(call, item); };
    const auto swapped = [&](const std::string& what, ValueId value) {
        return op(name + what, "aten::transpose.int", {ValueRef{value}, std::int64_t{-2}, std::int64_t{-1}});
    };
    if (fixed(b) && b->run[0].toTensor().dim() == 2) return linearNode(name, id(a), b->run[0].toTensor().t().contiguous(), name + ".weight", -1);
    if (fixed(a)) {  // (b^T a^T)^T
        const at::Tensor left = a->run[0].toTensor();
        if (left.dim() == 2) return swapped("_out", linearNode(name, swapped("_in", id(b)), left.contiguous(), name + ".weight", -1));
        const ValueId right = constantId(left.transpose(-2, -1).contiguous(), name + ".weight");
        return swapped("_out", mac(name, NodeKind::MatMul, {ValueRef{swapped("_in", id(b))}, ValueRef{right}}));
    }
    return mac(name, NodeKind::MatMul, {ValueRef{id(a)}, ValueRef{id(b)}});
}

/// matmul, mm, bmm, mv: vectors become matrices for the product.
bool ScriptReader::product(Call& call) {
    ItemPtr a = call.args[0], b = call.args[1];
    const std::string name = nodeName(call.name);
    const auto matrix = [&](ItemPtr item, std::int64_t dim) {
        auto result = std::make_shared<Item>(*item);
        for (std::size_t run = 0; run < 2; ++run) result->run[run] = item->run[run].toTensor().unsqueeze(dim);
        if (item->kind == Item::Kind::Flow) result->id = op(name + "_matrix", "aten::unsqueeze", {ValueRef{item->id}, dim});
        return result;
    };
    const bool rowVector = a->run[0].toTensor().dim() == 1, columnVector = b->run[0].toTensor().dim() == 1;
    if (rowVector) a = matrix(a, 0);
    if (columnVector) b = matrix(b, 1);
    ValueId y = multiply(call, name, a, b);
    if (columnVector) y = op(name + "_vector", "aten::squeeze.dim", {ValueRef{y}, std::int64_t{-1}});
    if (rowVector) y = op(name + "_vector", "aten::squeeze.dim", {ValueRef{y}, std::int64_t{columnVector ? -1 : -2}});
    return done(call, y);
}

/// beta * bias + alpha * a b.
bool ScriptReader::addmm(Call& call) {
    const double beta = real(call, 3, 1.0), alpha = real(call, 4, 1.0);
    const ItemPtr &bias = call.args[0], &a = call.args[1], &b = call.args[2];
    const bool plain = bias->kind == Item::Kind::Known && b->kind == Item::Kind::Known && a->kind == Item::Kind::Flow && beta == 1.0 && alpha == 1.0 &&
                       bias->run[0].toTensor().dim() == 1;
    const std::string path = parameterPath(call, 2);
    if (plain) {
        const at::Tensor weight = constantTensor(call, 2, "weight").t();
        const ValueId biasId = constantId(constantTensor(call, 0, "bias").expand({weight.size(0)}).contiguous(), parameterPath(call, 0), true);
        return done(call, linearNode(macName(call, 2), valueId(call, 1), weight.contiguous(), path, biasId));
    }
    const std::string name = nodeName(call.name);
    ValueId y = multiply(call, name, a, b);
    if (alpha != 1.0) y = op(name + "_scale", "aten::mul.Scalar", {ValueRef{y}, alpha});
    if (beta != 0.0) y = op(name + "_add", "aten::add.Tensor", {ValueRef{y}, ValueRef{valueId(call, 0)}, beta});
    return done(call, y);
}

/// Einsum where it is a matrix product of two operands: batch letters in both and in the result, one or more summed letters.
bool ScriptReader::einsum(Call& call) {
    std::string equation = call.args[0]->run[0].toStringRef();
    std::erase(equation, ' ');
    const auto parts = elements(call.args[1]);
    const auto comma = equation.find(','), arrow = equation.find("->");
    if (parts.size() != 2 || comma == std::string::npos || arrow == std::string::npos || equation.find('.') != std::string::npos)
        refuse(call.node, "with the equation '" + equation + "' is not supported");
    const std::string left = equation.substr(0, comma), right = equation.substr(comma + 1, arrow - comma - 1), out = equation.substr(arrow + 2);
    const auto in = [](const std::string& text, char c) { return text.find(c) != std::string::npos; };
    std::string batch, rows, columns, sum;
    for (const char c : left) (in(right, c) ? (in(out, c) ? batch : sum) : rows) += c;
    for (const char c : right)
        if (!in(left, c)) columns += c;
    for (const std::string& text : {left, right})
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text.find(text[i], i + 1) != std::string::npos) refuse(call.node, "with the equation '" + equation + "' is not supported");
    for (const char c : rows + columns)
        if (!in(out, c)) refuse(call.node, "with the equation '" + equation + "' is not supported");
    if (sum.empty() || out.size() != batch.size() + rows.size() + columns.size()) refuse(call.node, "with the equation '" + equation + "' is no matrix product");
    std::array<std::unordered_map<char, std::int64_t>, 2> length;
    for (std::size_t run = 0; run < 2; ++run)
        for (std::size_t k = 0; k < 2; ++k) {
            const auto sizes = parts[k]->run[run].toTensor().sizes();
            const std::string& text = k == 0 ? left : right;
            if (sizes.size() != text.size()) refuse(call.node, "with the equation '" + equation + "' does not fit its operands");
            for (std::size_t i = 0; i < text.size(); ++i) length[run][text[i]] = sizes[i];
        }
    const std::string name = nodeName("aten::einsum");
    // Reshape target for groups of letters, with -1 for the one that follows the batch.
    const auto merged = [&](const std::vector<std::string>& groups) {
        std::vector<std::int64_t> target;
        for (const std::string& group : groups) {
            std::int64_t first = 1, second = 1;
            for (const char c : group) {
                first *= length[0][c];
                second *= length[1][c];
            }
            target.push_back(first == second ? first : -1);
        }
        if (std::ranges::count(target, -1) > 1) refuse(call.node, "with the equation '" + equation + "' spreads the batch");
        return target;
    };
    std::vector<std::string> heads;
    for (const char c : batch) heads.emplace_back(1, c);
    const auto operand = [&](std::size_t k, const std::string& text, const std::string& a, const std::string& b) {
        const std::string order = batch + a + b;
        std::vector<std::int64_t> permutation;
        for (const char c : order) permutation.push_back(static_cast<std::int64_t>(text.find(c)));
        auto groups = heads;
        groups.push_back(a);
        groups.push_back(b);
        const auto target = merged(groups);
        auto result = std::make_shared<Item>(*parts[k]);
        for (std::size_t run = 0; run < 2; ++run) {
            auto sizes = target;
            result->run[run] = parts[k]->run[run].toTensor().permute(permutation).reshape(sizes);
        }
        if (result->kind == Item::Kind::Flow) {
            result->id = op(name + "_order", "aten::permute", {ValueRef{parts[k]->id}, permutation});
            if (a.size() != 1 || b.size() != 1) result->id = op(name + "_merge", "aten::reshape", {ValueRef{result->id}, target});
        }
        return result;
    };
    ValueId y = multiply(call, name, operand(0, left, rows, sum), operand(1, right, sum, columns));
    const std::string given = batch + rows + columns;
    if (rows.size() != 1 || columns.size() != 1) {
        std::vector<std::string> groups;
        for (const char c : given) groups.emplace_back(1, c);
        y = op(name + "_split", "aten::reshape", {ValueRef{y}, merged(groups)});
    }
    std::vector<std::int64_t> permutation;
    for (const char c : out) permutation.push_back(static_cast<std::int64_t>(given.find(c)));
    if (!std::ranges::is_sorted(permutation)) y = op(name + "_out", "aten::permute", {ValueRef{y}, permutation});
    return done(call, y);
}

void ScriptReader::addMacHandlers(std::unordered_map<std::string, Handler>& table) {
    for (const char* name : {"aten::_convolution", "aten::convolution", "aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::conv_transpose1d",
                             "aten::conv_transpose2d", "aten::conv_transpose3d"})
        table[name] = &ScriptReader::convolution;
    for (const char* name : {"aten::matmul", "aten::mm", "aten::bmm", "aten::mv"}) table[name] = &ScriptReader::product;
    table["aten::linear"] = &ScriptReader::linear;
    table["aten::addmm"] = &ScriptReader::addmm;
    table["aten::baddbmm"] = &ScriptReader::addmm;
    table["aten::einsum"] = &ScriptReader::einsum;
}

}  // namespace axp::detail
