// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>

#include "backends/emulator/detail/script_reader.h"
#include "backends/emulator/detail/torch_tensor.h"

namespace axp::detail {

namespace {

using onnx_file::Dim;

/// Operators that read only what is known of a tensor without its elements.
bool readsMetadata(const std::string& name) {
    static const std::unordered_set<std::string> names = {
        "aten::size", "aten::size.int", "aten::dim", "aten::numel", "aten::len.Tensor", "aten::is_floating_point", "aten::is_complex", "aten::stride",
        "aten::stride.int", "aten::is_contiguous", "aten::is_contiguous.memory_format", "aten::_shape_as_tensor", "aten::get_device", "aten::storage_offset",
        "aten::__is__", "aten::__isnot__", "aten::requires_grad", "aten::is_cuda", "aten::is_leaf", "aten::new_zeros", "aten::new_ones", "aten::new_full",
        "aten::new_empty", "aten::zeros_like", "aten::ones_like", "aten::full_like", "aten::empty_like"};
    return names.contains(name) || (name.starts_with("prim::") && name != "prim::tolist" && name != "prim::NumToTensor.Scalar");
}

/// Operators that take only the shape or type of their second operand.
bool takesForm(const std::string& name) {
    return name == "aten::to.other" || name == "aten::type_as" || name == "aten::expand_as" || name == "aten::view_as" || name == "aten::reshape_as";
}

/// 'aten::relu_' and 'aten::add_.Tensor' to 'aten::relu' and 'aten::add.Tensor'; empty when the name is not that of an in-place form.
std::string functionalName(const std::string& name) {
    const auto dot = name.find('.');
    std::string base = name.substr(0, dot);
    if (!base.ends_with('_') || base.ends_with("__")) return {};
    base.pop_back();
    return dot == std::string::npos ? base : base + name.substr(dot);
}

/// What two runs say about one dimension.
Dim dimOf(std::int64_t first, std::int64_t second) {
    if (first == second) return Dim::known(first);
    if (first > 0 && first * kBatches[1] == second * kBatches[0] && first % kBatches[0] == 0) return Dim::batch(first / kBatches[0]);
    return {};
}

bool isListOfTensors(const c10::IValue& value) { return value.isTensorList() || (value.isList() && value.toListRef().size() > 0 && value.toListRef()[0].isTensor()); }

}  // namespace

std::string ScriptReader::uniqueName(const std::string& wanted) {
    const std::string base = uniqueNodeName(wanted.empty() ? "node" : wanted, {});
    if (m_names.insert(base).second) return base;
    for (int& counter = m_counters[base];;) {
        std::string candidate = base + "_" + std::to_string(++counter);
        if (m_names.insert(candidate).second) return candidate;
    }
}

/// The module's path for a layer that is one operator, else the path and the operator.
std::string ScriptReader::nodeName(const std::string& op) const {
    std::string what = op.substr(op.find("::") == std::string::npos ? 0 : op.find("::") + 2);
    what = what.substr(0, what.find('.'));
    if (m_scope.empty()) return what;
    return m_leafScope && !m_names.contains(m_scope) ? m_scope : m_scope + "." + what;
}

void ScriptReader::learnShape(ValueId id, const at::Tensor& first, const at::Tensor& second) {
    m_shapes.resize(m_graph.values.size());
    if (first.dim() != second.dim()) return;
    std::vector<Dim> dims;
    Shape one;
    for (std::int64_t i = 0; i < first.dim(); ++i) {
        dims.push_back(dimOf(first.size(i), second.size(i)));
        one.push_back(2 * first.size(i) - second.size(i));  // lengths are linear in the batch size
    }
    m_shapes[static_cast<std::size_t>(id)] = std::move(dims);
    if (std::ranges::all_of(one, [](std::int64_t d) { return d >= 0; })) m_graph.values[static_cast<std::size_t>(id)].shape = std::move(one);
}

void ScriptReader::append(Node node) {
    m_graph.nodes.push_back(std::move(node));
    m_shapes.resize(m_graph.values.size());
}

std::vector<ValueId> ScriptReader::ops(const std::string& name, const std::string& schema, std::vector<Arg> args, std::size_t outputs) {
    Node node;
    node.name = uniqueName(name);
    node.op = schema;
    node.args = std::move(args);
    while (!node.args.empty() && std::holds_alternative<std::monostate>(node.args.back())) node.args.pop_back();
    for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back(m_graph.addValue(outputs == 1 ? node.name : node.name + "_" + std::to_string(i)));
    append(std::move(node));
    return m_graph.nodes.back().outputs;
}

ValueId ScriptReader::op(const std::string& name, const std::string& schema, std::vector<Arg> args) { return ops(name, schema, std::move(args), 1)[0]; }

ValueId ScriptReader::mac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv) {
    const ValueId id = op(name, nodeKindName(kind), std::move(args));
    m_graph.nodes.back().kind = kind;
    m_graph.nodes.back().conv = std::move(conv);
    if (kind != NodeKind::MatMul)
        for (const std::size_t i : {1u, 2u})
            if (const ValueId weight = m_graph.nodes.back().input(i); weight >= 0) m_graph.values[static_cast<std::size_t>(weight)].trainable = true;
    return id;
}

std::vector<ValueId> ScriptReader::recurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) {
    const auto outputs = ops(name, nodeKindName(NodeKind::Recurrent), std::move(args), attributes.cell == RecurrentCell::Lstm ? 3 : 2);
    m_graph.nodes.back().kind = NodeKind::Recurrent;
    m_graph.nodes.back().recurrent = attributes;
    return outputs;
}

ValueId ScriptReader::constant(const std::string& name, Tensor tensor) {
    const ValueId id = m_graph.addConstant(name, std::move(tensor));
    std::vector<Dim> dims;
    for (const std::int64_t d : m_graph.values[static_cast<std::size_t>(id)].constant->shape()) dims.push_back(Dim::known(d));
    m_shapes.resize(m_graph.values.size());
    m_shapes[static_cast<std::size_t>(id)] = std::move(dims);
    return id;
}

ValueId ScriptReader::constantId(const at::Tensor& tensor, const std::string& path, bool trainable) {
    if (tensor.is_complex() || tensor.is_quantized() || tensor.is_sparse())
        throw ScriptError{"the network has complex, sparse or quantized constants", m_scope, "Export it with dense float32 weights"};
    if (tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16)
        throw ScriptError{"the network has half-precision weights", m_scope, "Export it in single precision: model.float()"};
    // The address, shape and strides tell shared weights; the tensor is kept so that the address stays taken.
    std::string key = std::to_string(reinterpret_cast<std::uintptr_t>(tensor.data_ptr())) + c10::toString(tensor.scalar_type());
    for (const auto d : tensor.sizes()) key += "," + std::to_string(d);
    for (const auto d : tensor.strides()) key += ";" + std::to_string(d);
    if (const auto found = m_constants.find(key); found != m_constants.end() && tensor.numel() > 0) return found->second;
    const ValueId id = constant(path.empty() ? "constant" : path, toPlain(tensor));
    m_graph.values[static_cast<std::size_t>(id)].trainable = trainable && tensor.is_floating_point();
    m_constants[key] = id;
    m_keepAlive.push_back(tensor);
    return id;
}

ValueId ScriptReader::expandBatch(const std::string& name, ValueId x, std::int64_t dim) {
    const auto swapped = [&](ValueId id) {
        if (dim == 0) return id;
        return op(name + "_swap", "aten::transpose.int", {ValueRef{id}, std::int64_t{0}, dim});
    };
    return swapped(op(name, "axp::expand_batch", {ValueRef{swapped(x)}, ValueRef{m_graph.inputs[0]}}));
}

ValueId ScriptReader::knownTensorId(Call& call, const ItemPtr& item) {
    const at::Tensor first = item->run[0].toTensor(), second = item->run[1].toTensor();
    if (first.sizes() == second.sizes()) {
        if (!first.is_same(second) && !first.equal(second)) refuse(call.node, "has an operand that depends on the batch size");
        const bool trainable = first.requires_grad();
        return constantId(first, item->path, trainable);
    }
    // A state of zeros, a token: the same for every sample.
    std::int64_t along = -1;
    for (std::int64_t d = 0; first.dim() == second.dim() && d < first.dim(); ++d)
        if (first.size(d) != second.size(d)) along = along < 0 && dimOf(first.size(d), second.size(d)) == Dim::batch() ? d : -2;
    if (along < 0) refuse(call.node, "has an operand whose shape depends on the batch size in a way that is not supported");
    const at::Tensor one = first.narrow(along, 0, 1);
    if (!first.equal(one.expand_as(first)) || !second.equal(one.expand_as(second)))
        refuse(call.node, "has an operand that differs from sample to sample without coming from the input");
    return expandBatch(nodeName(call.name) + "_batch", constantId(one.contiguous(), item->path), along);
}

ValueId ScriptReader::valueId(Call& call, std::size_t i) {
    const ItemPtr& item = call.args.at(i);
    if (item->stale) refuse(call.node, "uses a tensor after a part of its memory was written", "Write the network without assignments into parts of tensors");
    if (item->kind == Item::Kind::Flow) return item->id;
    if (!item->run[0].isTensor()) refuse(call.node, "has an operand " + std::to_string(i) + " that is not a tensor");
    return knownTensorId(call, item);
}

at::Tensor ScriptReader::constantTensor(Call& call, std::size_t i, const char* what) {
    const ItemPtr& item = call.args.at(i);
    if (item->kind != Item::Kind::Known || !item->run[0].isTensor()) refuse(call.node, std::string("has a computed ") + what + ", which is not supported");
    const at::Tensor first = item->run[0].toTensor(), second = item->run[1].toTensor();
    if (!first.is_same(second) && !(first.sizes() == second.sizes() && first.equal(second)))
        refuse(call.node, std::string("has a ") + what + " that depends on the batch size");
    if (first.scalar_type() != at::kFloat)
        refuse(call.node, std::string("has a ") + what + " of type " + c10::toString(first.scalar_type()), "Export the network in single precision: model.float()");
    return first;
}

std::int64_t ScriptReader::integer(const Call& call, std::size_t i, std::int64_t standard) const {
    if (!given(call, i)) return standard;
    const auto &a = call.args[i]->run[0], &b = call.args[i]->run[1];
    if (call.args[i]->kind != Item::Kind::Known || !a.isInt() || a.toInt() != b.toInt())
        refuse(call.node, "has the argument '" + call.schema->arguments()[i].name() + "' that depends on the batch size or the data");
    return a.toInt();
}

double ScriptReader::real(const Call& call, std::size_t i, double standard) const {
    if (!given(call, i)) return standard;
    if (call.args[i]->kind != Item::Kind::Known) refuse(call.node, "has the argument '" + call.schema->arguments()[i].name() + "' that depends on the data");
    const auto number = [](const c10::IValue& value) { return value.isTensor() ? value.toTensor().item().toDouble() : value.toScalar().toDouble(); };
    const double a = number(call.args[i]->run[0]);
    if (a != number(call.args[i]->run[1])) refuse(call.node, "has the argument '" + call.schema->arguments()[i].name() + "' that depends on the batch size");
    return a;
}

bool ScriptReader::flag(const Call& call, std::size_t i, bool standard) const {
    if (!given(call, i)) return standard;
    return call.args[i]->run[0].isBool() ? call.args[i]->run[0].toBool() : call.args[i]->run[0].toInt() != 0;
}

std::vector<std::int64_t> ScriptReader::integers(const Call& call, std::size_t i) const {
    if (!given(call, i)) return {};
    const auto &a = call.args[i]->run[0], &b = call.args[i]->run[1];
    if (a.isInt()) return {integer(call, i, 0)};
    if (!a.isIntList() || a.toIntVector() != b.toIntVector())
        refuse(call.node, "has the argument '" + call.schema->arguments()[i].name() + "' that depends on the batch size or the data");
    return a.toIntVector();
}

std::string ScriptReader::parameterPath(const Call& call, std::size_t i) const { return i < call.args.size() ? call.args[i]->path : std::string(); }

ItemPtr ScriptReader::flowItem(ValueId id, std::array<c10::IValue, 2> run) {
    auto item = std::make_shared<Item>();
    item->kind = Item::Kind::Flow;
    item->id = id;
    item->run = std::move(run);
    if (m_flows.size() > 512 && std::erase_if(m_flows, [](const auto& weak) { return weak.expired(); }) == 0) m_flows.reserve(2 * m_flows.size());
    m_flows.push_back(item);
    return item;
}

void ScriptReader::execute(Call& call) {
    torch::jit::Operation operation = call.node->getOperation();
    for (std::size_t run = 0; run < 2; ++run) {
        torch::jit::Stack stack;
        for (std::size_t i = 0; i < call.args.size(); ++i) stack.push_back(valueOf(call.args[i], run, call.node->input(i)->type()));
        if (call.schema->is_vararg()) stack.emplace_back(static_cast<std::int64_t>(call.args.size()));
        operation(stack);
        call.results[run] = std::move(stack);
    }
}

/// Remembers what value the call's result number `result` is.
void ScriptReader::flow(Call& call, std::size_t result, ValueId id) {
    const auto &a = call.results[0].at(result), &b = call.results[1].at(result);
    learnShape(id, a.toTensor(), b.toTensor());
    call.args.push_back(flowItem(id, {a, b}));  // results queue up behind the arguments
}

/// Literal `value` as the graph keeps it.
Arg ScriptReader::literal(const Call& call, std::size_t index, const c10::IValue& value) {
    const auto& argument = call.schema->arguments()[index];
    if (value.isNone()) {
        if (argument.default_value() && !argument.default_value()->isNone()) refuse(call.node, "has None for the argument '" + argument.name() + "', which is not supported");
        return {};
    }
    if (value.isBool()) return value.toBool();
    if (value.isInt()) return value.toInt();
    if (value.isDouble()) return value.toDouble();
    if (value.isString()) return value.toStringRef();
    if (value.isIntList()) return value.toIntVector();
    if (value.isDoubleList()) return value.toDoubleVector();
    if (value.isBoolList()) {
        std::vector<std::int64_t> flags;
        for (const bool flag : value.toBoolList()) flags.push_back(flag);
        return flags;
    }
    if (value.isDevice()) return {};
    refuse(call.node, "has the argument '" + argument.name() + "' of a kind that is not supported");
}

Arg ScriptReader::argument(Call& call, std::size_t index) {
    const ItemPtr& item = call.args[index];
    if (item->kind == Item::Kind::Flow || (item->kind == Item::Kind::Known && item->run[0].isTensor())) return ValueRef{valueId(call, index)};
    if (item->kind == Item::Kind::Known && !isListOfTensors(item->run[0])) {
        if (item->run[0] != item->run[1])
            refuse(call.node, "has the argument '" + call.schema->arguments()[index].name() + "' that depends on the batch size in a way that is not supported");
        return literal(call, index, item->run[0]);
    }
    std::vector<ValueRef> refs;
    for (const ItemPtr& element : elements(item)) {
        if (element->stale) refuse(call.node, "uses a tensor after a part of its memory was written");
        if (element->kind == Item::Kind::Flow) refs.push_back({element->id});
        else if (element->kind == Item::Kind::Known && element->run[0].isTensor()) refs.push_back({knownTensorId(call, element)});
        else refuse(call.node, "has a list that is not one of tensors");
    }
    return refs;
}

void ScriptReader::emitGeneric(Call& call) {
    if (!c10::Dispatcher::singleton().findSchema(call.schema->operator_name()) || call.name.starts_with("quantized::"))
        refuse(call.node, "is not supported", call.name.starts_with("quantized::") ? "Export the float network; quantization is set in the project" : "");
    std::vector<Arg> args;
    const std::size_t count = call.args.size();
    for (std::size_t i = 0; i < count; ++i) args.push_back(argument(call, i));
    // Results: tensors, or one list of them.
    const auto& results = call.results[0];
    const std::string name = nodeName(call.name);
    if (results.size() == 1 && isListOfTensors(results[0])) {
        const auto first = results[0].toTensorVector(), second = call.results[1][0].toTensorVector();
        if (first.size() != second.size()) refuse(call.node, "gives a number of tensors that depends on the batch size");
        const auto ids = ops(name, call.name, std::move(args), first.size());
        auto list = std::make_shared<Item>();
        list->kind = Item::Kind::List;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            learnShape(ids[i], first[i], second[i]);
            list->items.push_back(flowItem(ids[i], {first[i], second[i]}));
        }
        call.args.push_back(std::move(list));
        return;
    }
    for (const auto& result : results)
        if (!result.isTensor()) refuse(call.node, "turns data into a number or a truth value that the program goes on with", "Only shapes and settings may decide what a network computes");
    const auto ids = ops(name, call.name, std::move(args), results.size());
    for (std::size_t i = 0; i < ids.size(); ++i) flow(call, i, ids[i]);
}

bool ScriptReader::runMetadata(torch::jit::Node* node, Frame& frame, const std::vector<ItemPtr>& inputs, const std::string& name) {
    if (!readsMetadata(name) && !(takesForm(name) && inputs[0]->kind == Item::Kind::Known)) return false;
    runKnown(node, frame, inputs);
    return true;
}

/// The written tensor has a new value; whatever else shares its memory lost its own.
void ScriptReader::finishInPlace(Call& call) {
    const ItemPtr target = call.args.front(), result = call.args.back();
    const auto storage = target->run[0].toTensor().storage().data();
    for (const auto& weak : m_flows)
        if (const auto other = weak.lock(); other && other != target && other != result && other->run[0].isTensor() &&
                                            other->run[0].toTensor().storage().data() == storage)
            other->stale = true;
    target->id = result->id;
    call.args.back() = target;
}

void ScriptReader::runFlow(torch::jit::Node* node, Frame& frame, std::vector<ItemPtr> inputs) {
    const auto* schema = node->maybeSchema();
    if (!schema) refuse(node, "is not supported");
    Call call{node, schema, c10::toString(schema->operator_name()), std::move(inputs), {}, false};
    if (runMetadata(node, frame, call.args, call.name)) return;
    if (const std::string functional = functionalName(call.name); !functional.empty() && schema->is_mutable()) {
        if (!isFlow(call, 0)) refuse(node, "writes data into a constant, which is not supported");
        const auto dot = functional.find('.');
        const c10::OperatorName twin(functional.substr(0, dot), dot == std::string::npos ? "" : functional.substr(dot + 1));
        const auto handle = c10::Dispatcher::singleton().findSchema(twin);
        if (!handle) refuse(node, "writes into its operand and has no form that does not");
        call.inPlace = true;
        call.name = functional;
        call.schema = &handle->schema();
    } else if (schema->is_mutable()) refuse(node, "writes into an operand, which is not supported");
    if (call.name == "aten::view" || call.name == "aten::reshape" || call.name == "aten::_unsafe_view") prepareReshape(call);
    const std::size_t inputCount = call.args.size();
    execute(call);
    const auto found = handlers().find(call.name.substr(0, call.name.find('.')));
    if (found == handlers().end() || !(this->*found->second)(call)) emitGeneric(call);
    if (call.inPlace) finishInPlace(call);
    for (std::size_t i = 0; i < node->outputs().size(); ++i) bind(node, i, call.args.at(inputCount + i), frame);
}

const std::unordered_map<std::string, ScriptReader::Handler>& ScriptReader::handlers() {
    static const auto table = [] {
        std::unordered_map<std::string, Handler> result;
        addMacHandlers(result);
        addLayerHandlers(result);
        addShapeHandlers(result);
        return result;
    }();
    return table;
}

}  // namespace axp::detail
