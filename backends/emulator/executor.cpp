// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/executor.h"

#include <ATen/ATen.h>

#include "backends/emulator/detail/recurrent.h"
#include "backends/emulator/detail/torch_tensor.h"

namespace axp::detail {
namespace {

/// Converts a literal to what the schema's argument type asks for.
c10::IValue literal(const Arg& arg, const c10::Type& type) {
    const bool wantsFloat = type.kind() == c10::TypeKind::FloatType;
    const bool wantsTensor = type.kind() == c10::TypeKind::TensorType;
    const auto number = [&](c10::Scalar value) -> c10::IValue {
        if (wantsTensor) {
            at::Tensor tensor = at::scalar_tensor(value, at::TensorOptions().dtype(value.type()));
            tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
            return tensor;
        }
        if (wantsFloat) return value.toDouble();
        if (type.kind() == c10::TypeKind::BoolType) return value.toBool();
        return value.isIntegral(true) ? c10::IValue(value.toLong()) : c10::IValue(value.toDouble());
    };
    if (const auto* flag = std::get_if<bool>(&arg)) return *flag;
    if (const auto* integer = std::get_if<std::int64_t>(&arg)) return number(*integer);
    if (const auto* real = std::get_if<double>(&arg)) return number(*real);
    if (const auto* text = std::get_if<std::string>(&arg)) return *text;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&arg)) {
        if (const auto list = type.cast<c10::ListType>(); list && list->getElementType()->kind() == c10::TypeKind::FloatType)
            return std::vector<double>(integers->begin(), integers->end());
        if (const auto list = type.cast<c10::ListType>(); list && list->getElementType()->kind() == c10::TypeKind::BoolType) {
            c10::List<bool> flags;
            for (const auto value : *integers) flags.push_back(value != 0);
            return flags;
        }
        return *integers;
    }
    if (const auto* reals = std::get_if<std::vector<double>>(&arg)) return *reals;
    return {};
}

const c10::Type& withoutOptional(const c10::Type& type) {
    if (const auto optional = type.cast<c10::OptionalType>()) return *optional->getElementType();
    return type;
}

at::IntArrayRef ints(const std::vector<std::int64_t>& values) { return values; }

at::Tensor optionalTensor(const Node& node, std::size_t index, const Environment& environment) {
    const ValueId id = node.input(index);
    return id < 0 ? at::Tensor() : environment[static_cast<std::size_t>(id)].toTensor();
}

/// A transposed convolution whose padding differs at both ends: the whole result, cropped.
at::Tensor croppedTranspose(const Node& node, const at::Tensor& x, const at::Tensor& w, const at::Tensor& bias) {
    const auto& c = node.conv;
    const std::vector<std::int64_t> none(c.stride.size(), 0);
    at::Tensor y = at::convolution(x, w, bias.defined() ? c10::optional<at::Tensor>(bias) : c10::nullopt, ints(c.stride), ints(none), ints(c.dilation),
                                   true, ints(c.outputPadding), c.groups);
    for (std::size_t i = 0; i < c.stride.size(); ++i) {
        const auto dimension = static_cast<std::int64_t>(i) + 2;
        y = y.narrow(dimension, c.padBegin[i], y.size(dimension) - c.padBegin[i] - c.padEnd[i]);
    }
    return y.contiguous();
}

}  // namespace

std::string firstLine(const std::exception& error) {
    const auto* torchError = dynamic_cast<const c10::Error*>(&error);
    std::string text = torchError ? torchError->msg() : error.what();
    return text.substr(0, text.find('\n'));
}

namespace {

at::Tensor runMacFloat(const Node& node, const Environment& environment) {
    const at::Tensor x = environment[static_cast<std::size_t>(node.input(0))].toTensor();
    const at::Tensor w = environment[static_cast<std::size_t>(node.input(1))].toTensor();
    switch (node.kind) {
        case NodeKind::Linear: {
            const at::Tensor bias = optionalTensor(node, 2, environment);
            return bias.defined() ? at::linear(x, w, bias) : at::linear(x, w);
        }
        case NodeKind::MatMul: return at::matmul(x, w);
        case NodeKind::Conv:
        case NodeKind::ConvTranspose: {
            const auto& c = node.conv;
            at::Tensor input = x;
            std::vector<std::int64_t> padding = c.padBegin;
            if (c.padBegin != c.padEnd && node.kind == NodeKind::ConvTranspose) return croppedTranspose(node, x, w, optionalTensor(node, 2, environment));
            if (c.padBegin != c.padEnd) {
                std::vector<std::int64_t> pads;  // last dimension first, as constant_pad_nd wants them
                for (std::size_t i = c.padBegin.size(); i-- > 0;) {
                    pads.push_back(c.padBegin[i]);
                    pads.push_back(c.padEnd[i]);
                }
                input = at::constant_pad_nd(x, pads);
                padding.assign(padding.size(), 0);
            }
            std::vector<std::int64_t> outputPadding = c.outputPadding;
            outputPadding.resize(c.stride.size(), 0);
            const at::Tensor bias = optionalTensor(node, 2, environment);
            return at::convolution(input, w, bias.defined() ? c10::optional<at::Tensor>(bias) : c10::nullopt, ints(c.stride),
                                   ints(padding), ints(c.dilation), node.kind == NodeKind::ConvTranspose, ints(outputPadding),
                                   c.groups);
        }
        case NodeKind::Recurrent:
        case NodeKind::Operator: break;
    }
    throw c10::Error("not a MAC node", "");
}

/// What is fused into the node, in place.
at::Tensor limited(at::Tensor y, const Epilogue& epilogue) {
    if (!epilogue.clamps()) return y;
    if (epilogue.hi == std::numeric_limits<float>::infinity()) return epilogue.lo == 0 ? y.relu_() : y.clamp_min_(epilogue.lo);
    return y.clamp_(epilogue.lo, epilogue.hi);
}

}  // namespace

std::vector<at::Tensor> runMacsFloat(const Node& node, const Environment& environment) {
    if (node.kind == NodeKind::Recurrent) return runRecurrentFloat(node, environment);
    return {limited(runMacFloat(node, environment), node.epilogue)};
}

Result<Program::Step> Program::bind(const Node& node) const {
    Step step;
    if (node.isMac()) return step;
    step.ownOperator = isOwnOperator(node.op);
    const c10::FunctionSchema* schema = nullptr;
    if (!step.ownOperator) {
        const auto dot = node.op.find('.');
        const c10::OperatorName name(node.op.substr(0, dot), dot == std::string::npos ? "" : node.op.substr(dot + 1));
        const auto handle = c10::Dispatcher::singleton().findSchema(name);
        if (!handle)
            return badInput("operator " + node.op + " is not known to this LibTorch", "node " + node.name,
                            "Export the model without it, or with another opset.");
        step.op = *handle;
        schema = &handle->schema();
        if (node.args.size() > schema->arguments().size())
            return badInput("operator " + node.op + " has " + std::to_string(node.args.size()) + " arguments, its schema " +
                                std::to_string(schema->arguments().size()),
                            "node " + node.name);
    }
    const std::size_t count = schema ? schema->arguments().size() : node.args.size();
    for (std::size_t i = 0; i < count; ++i) {
        const Arg arg = i < node.args.size() ? node.args[i] : Arg{};
        if (const auto* value = std::get_if<ValueRef>(&arg)) {
            step.args.emplace_back(value->id);
        } else if (const auto* values = std::get_if<std::vector<ValueRef>>(&arg)) {
            std::vector<ValueId> ids;
            for (const auto& entry : *values) ids.push_back(entry.id);
            step.args.emplace_back(std::move(ids));
        } else if (std::holds_alternative<std::monostate>(arg)) {
            const bool hasDefault = schema && schema->arguments()[i].default_value();
            step.args.emplace_back(hasDefault ? *schema->arguments()[i].default_value() : c10::IValue());
        } else if (schema) {
            step.args.emplace_back(literal(arg, withoutOptional(*schema->arguments()[i].type())));
        } else {
            step.args.emplace_back(literal(arg, *c10::AnyType::get()));
        }
    }
    return step;
}

Result<Program> Program::compile(const Graph& graph) {
    Program program;
    program.m_graph = &graph;
    try {
        program.m_constants.resize(graph.values.size());
        for (std::size_t i = 0; i < graph.values.size(); ++i)
            if (graph.values[i].constant) program.m_constants[i] = viewOf(*graph.values[i].constant);
        std::vector<std::int64_t> lastUse(graph.values.size(), -1);
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            AXP_TRY(Step step, program.bind(graph.nodes[n]));
            program.m_steps.push_back(std::move(step));
            for (const auto& arg : graph.nodes[n].args) {
                if (const auto* value = std::get_if<ValueRef>(&arg)) lastUse[static_cast<std::size_t>(value->id)] = static_cast<std::int64_t>(n);
                if (const auto* values = std::get_if<std::vector<ValueRef>>(&arg))
                    for (const auto& entry : *values) lastUse[static_cast<std::size_t>(entry.id)] = static_cast<std::int64_t>(n);
            }
        }
        for (const ValueId output : graph.outputs) lastUse[static_cast<std::size_t>(output)] = -1;
        for (std::size_t v = 0; v < lastUse.size(); ++v)
            if (lastUse[v] >= 0 && !graph.values[v].constant)
                program.m_steps[static_cast<std::size_t>(lastUse[v])].lastUses.push_back(static_cast<ValueId>(v));
    } catch (const std::exception& error) {
        return badInput("the network cannot be prepared: " + firstLine(error), graph.name);
    }
    return program;
}

std::vector<c10::IValue> Program::arguments(const Step& step, const Environment& environment) const {
    std::vector<c10::IValue> stack;
    stack.reserve(step.args.size());
    for (std::size_t i = 0; i < step.args.size(); ++i) {
        const auto& arg = step.args[i];
        if (const auto* id = std::get_if<ValueId>(&arg)) {
            stack.push_back(environment[static_cast<std::size_t>(*id)]);
        } else if (const auto* ids = std::get_if<std::vector<ValueId>>(&arg)) {
            c10::List<at::Tensor> list;
            for (const ValueId entry : *ids) list.push_back(environment[static_cast<std::size_t>(entry)].toTensor());
            stack.emplace_back(std::move(list));
        } else {
            stack.push_back(std::get<c10::IValue>(arg));
        }
    }
    return stack;
}

Result<void> Program::run(std::size_t index, Environment& environment, bool training) const {
    const Node& node = m_graph->nodes[index];
    const Step& step = m_steps[index];
    try {
        if (node.isMac()) {
            const auto results = runMacsFloat(node, environment);
            for (std::size_t i = 0; i < node.outputs.size(); ++i) environment[static_cast<std::size_t>(node.outputs[i])] = results[i];
            return {};
        }
        std::vector<c10::IValue> stack = arguments(step, environment);
        if (step.ownOperator) {
            stack = runOwnOperator(node.op, stack);
        } else {
            if (training && node.op == "aten::batch_norm") stack[5] = true;
            step.op->callBoxed(&stack);
        }
        if (stack.size() < node.outputs.size() && stack.size() == 1 && stack[0].isTensorList()) {
            const auto list = stack[0].toTensorVector();  // split and unbind return one list
            stack.assign(list.begin(), list.end());
        }
        if (stack.size() < node.outputs.size())
            return badInput("operator " + node.op + " gave " + std::to_string(stack.size()) + " results, the network uses " +
                                std::to_string(node.outputs.size()),
                            "node " + node.name);
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (node.outputs[i] >= 0) environment[static_cast<std::size_t>(node.outputs[i])] = std::move(stack[i]);
        return {};
    } catch (const std::exception& error) {
        return badInput(node.op + " failed: " + firstLine(error), "node " + node.name,
                        "Check that the sample shape is the one the network was made for.");
    }
}

}  // namespace axp::detail
