// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>

#include "backends/emulator/detail/script_reader.h"
#include "core/graph/passes.h"
#include "core/model/attention.h"

namespace axp::detail {

namespace {

namespace prim = c10::prim;
namespace attr = c10::attr;

/// More than any network needs; stops programs that do not end.
constexpr std::int64_t kMostSteps = 2'000'000;
constexpr int kDeepestCall = 200;

ItemPtr known(c10::IValue first, c10::IValue second) {
    auto item = std::make_shared<Item>();
    item->run = {std::move(first), std::move(second)};
    return item;
}
ItemPtr known(const c10::IValue& value) { return known(value, value); }

bool isScalarType(const c10::TypePtr& type) {
    switch (type->kind()) {
        case c10::TypeKind::IntType:
        case c10::TypeKind::FloatType:
        case c10::TypeKind::BoolType:
        case c10::TypeKind::StringType:
        case c10::TypeKind::NumberType:
        case c10::TypeKind::DeviceObjType: return true;
        default: return false;
    }
}

c10::IValue listOf(const c10::TypePtr& element, const std::vector<c10::IValue>& values) {
    c10::impl::GenericList list(element);
    for (const auto& value : values) list.push_back(value);
    return list;
}

bool dependsOnInput(const ItemPtr& item) {
    if (item->kind == Item::Kind::Flow) return true;
    return std::ranges::any_of(item->items, dependsOnInput);
}

}  // namespace

void ScriptReader::refuse(const torch::jit::Node* node, const std::string& what, const std::string& remedy) const {
    std::string where = m_scope.empty() ? "" : "module '" + m_scope + "'";
    if (const auto place = node->sourceRange().file_line_col()) {
        const auto& [file, line, column] = *place;
        where += (where.empty() ? "" : ", ") + file.substr(file.rfind('/') + 1) + " line " + std::to_string(line);
    }
    const auto* schema = node->maybeSchema();
    const std::string name = schema ? c10::toString(schema->operator_name()) : node->kind().toQualString();
    throw ScriptError{"operator " + name + " " + what, where, remedy};
}

ItemPtr ScriptReader::get(const torch::jit::Value* value, const Frame& frame) const {
    const auto found = frame.values.find(value);
    if (found == frame.values.end()) throw ScriptError{"the program uses a value that nothing before it computes", m_scope, {}};
    return found->second;
}

void ScriptReader::bind(torch::jit::Node* node, std::size_t output, ItemPtr item, Frame& frame) {
    frame.values[node->output(output)] = std::move(item);
}

const c10::IValue& ScriptReader::sameInBoth(torch::jit::Node* node, const ItemPtr& item, const char* what) const {
    if (dependsOnInput(item)) refuse(node, std::string("has ") + what + " that depends on the data", "Only shapes and settings may decide");
    const auto& [a, b] = item->run;
    const bool equal = a.isTensor() ? b.isTensor() && a.toTensor().equal(b.toTensor()) : a.isModule() || a.isObject() || a == b;
    if (!equal) refuse(node, std::string("has ") + what + " that depends on the batch size");
    return a;
}

std::vector<ItemPtr> ScriptReader::elements(const ItemPtr& item) const {
    if (item->kind == Item::Kind::List || item->kind == Item::Kind::Tuple) return item->items;
    std::vector<ItemPtr> result;
    const auto of = [](const c10::IValue& value) {
        if (value.isTuple()) return value.toTupleRef().elements().vec();
        return value.toListRef().vec();
    };
    const auto a = of(item->run[0]), b = of(item->run[1]);
    if (a.size() != b.size()) throw ScriptError{"a list has a length that depends on the batch size", m_scope, {}};
    for (std::size_t i = 0; i < a.size(); ++i) result.push_back(known(a[i], b[i]));
    return result;
}

c10::IValue ScriptReader::valueOf(const ItemPtr& item, std::size_t run, const c10::TypePtr& type) const {
    if (item->stale)
        throw ScriptError{"a tensor is used after a part of its memory was written", m_scope, "Write the network without assignments into parts of tensors"};
    if (item->kind == Item::Kind::Known || item->kind == Item::Kind::Flow) return item->run[run];
    c10::TypePtr inner = type;
    if (const auto optional = inner->cast<c10::OptionalType>()) inner = optional->getElementType();
    const auto list = inner->cast<c10::ListType>();
    const auto tuple = inner->cast<c10::TupleType>();
    const c10::TypePtr listElement = list ? list->getElementType() : c10::TypePtr(c10::TensorType::get());
    std::vector<c10::IValue> values;
    for (std::size_t i = 0; i < item->items.size(); ++i) {
        const bool inTuple = item->kind == Item::Kind::Tuple;
        const c10::TypePtr element = !inTuple ? listElement : tuple && i < tuple->elements().size() ? tuple->elements()[i] : c10::TypePtr(c10::AnyType::get());
        values.push_back(valueOf(item->items[i], run, element));
    }
    if (item->kind == Item::Kind::Tuple) return c10::ivalue::Tuple::create(std::move(values));
    return listOf(listElement, values);
}

std::vector<ItemPtr> ScriptReader::call(torch::jit::Function& function, std::vector<ItemPtr> args, const std::string& scope, int depth) {
    if (depth > kDeepestCall) throw ScriptError{"the program calls itself too deeply", scope, {}};
    auto* graphFunction = torch::jit::tryToGraphFunction(function);
    if (!graphFunction) throw ScriptError{"function " + function.name() + " is not written in TorchScript", scope, {}};
    const auto graph = graphFunction->graph();
    const auto inputs = graph->inputs();
    const auto& schema = function.getSchema();
    for (std::size_t i = args.size(); i < inputs.size(); ++i) {
        const auto& standard = i < schema.arguments().size() ? schema.arguments()[i].default_value() : c10::nullopt;
        if (!standard)
            throw ScriptError{"the network takes more than one input ('" + inputs[i]->debugName() + "' as well)", scope, "Export it with one input tensor"};
        args.push_back(known(*standard));
    }
    Frame frame;
    frame.scope = scope;
    frame.depth = depth;
    for (std::size_t i = 0; i < inputs.size(); ++i) frame.values[inputs[i]] = args[i];
    args.clear();
    const std::string outerScope = m_scope;
    const bool outerLeaf = m_leafScope;
    m_scope = scope;
    runBlock(graph->block(), frame, true);
    std::vector<ItemPtr> results;
    for (const auto* output : graph->outputs()) results.push_back(get(output, frame));
    m_scope = outerScope;
    m_leafScope = outerLeaf;
    return results;
}

void ScriptReader::runBlock(torch::jit::Block* block, Frame& frame, bool mayForget) {
    for (auto* node : block->nodes()) {
        if (++m_steps > kMostSteps) throw ScriptError{"the program takes more than " + std::to_string(kMostSteps) + " steps", m_scope, "Check its loops"};
        runNode(node, frame);
        if (mayForget) forget(node, block, frame);
    }
}

/// Drops values after their last use, so that activations do not pile up.
void ScriptReader::forget(torch::jit::Node* node, torch::jit::Block* block, Frame& frame) {
    for (auto* input : node->inputs()) {
        if (input->node()->owningBlock() != block) continue;
        const auto& uses = input->uses();
        const bool last = std::ranges::all_of(uses, [&](const torch::jit::Use& use) {
            return use.user == node || (use.user->owningBlock() == block && use.user != block->return_node() && use.user->isBefore(node));
        });
        if (last) frame.values.erase(input);
    }
}

void ScriptReader::runNode(torch::jit::Node* node, Frame& frame) {
    if (!runStructure(node, frame) && !runList(node, frame)) runOperator(node, frame);
}

bool ScriptReader::runStructure(torch::jit::Node* node, Frame& frame) {
    switch (node->kind()) {
        case prim::Constant: {
            const auto value = torch::jit::toIValue(node->output());
            if (!value && !node->output()->type()->isSubtypeOf(*c10::NoneType::get())) {
                auto item = std::make_shared<Item>();  // a function, called below through its type
                frame.values[node->output()] = item;
            } else bind(node, 0, known(value ? *value : c10::IValue()), frame);
            return true;
        }
        case prim::If: runIf(node, frame); return true;
        case prim::Loop: runLoop(node, frame); return true;
        case prim::CallMethod:
        case prim::CallFunction: runCall(node, frame); return true;
        case prim::GetAttr: runGetAttr(node, frame); return true;
        case prim::SetAttr: refuse(node, "changes the attribute '" + node->s(attr::name) + "' of the module", "Export the network in evaluation mode");
        case prim::Print: return true;
        case prim::RaiseException: refuse(node, "raises an error: the network does not accept input of this shape");
        default: break;
    }
    const std::string name = node->kind().toQualString();
    if (name == "aten::warn") return true;
    if (name == "prim::Uninitialized") {
        bind(node, 0, known(c10::IValue()), frame);
        return true;
    }
    if (name == "prim::isinstance") {
        const ItemPtr item = get(node->input(0), frame);
        const c10::TypePtr type = item->kind == Item::Kind::Known || item->kind == Item::Kind::Flow ? item->run[0].type<c10::Type>() : node->input(0)->type();
        const auto& types = node->tys(attr::types);
        bind(node, 0, known(c10::IValue(std::ranges::any_of(types, [&](const c10::TypePtr& t) { return type->isSubtypeOf(*t); }))), frame);
        return true;
    }
    if (name == "prim::unchecked_cast" || name == "aten::_unwrap_optional" || name == "prim::data" || name == "prim::unchecked_unwrap_optional" ||
        name == "aten::list" || name == "aten::detach" || name == "prim::profile") {
        ItemPtr item = get(node->input(0), frame);
        if (name == "aten::_unwrap_optional" && item->kind == Item::Kind::Known && item->run[0].isNone()) refuse(node, "unwraps a None");
        if (name == "aten::list" && item->kind == Item::Kind::Known) return false;
        if (name == "aten::list") item = std::make_shared<Item>(*item);
        bind(node, 0, item, frame);
        return true;
    }
    return false;
}

void ScriptReader::runIf(torch::jit::Node* node, Frame& frame) {
    const bool condition = sameInBoth(node, get(node->input(0), frame), "a condition").toBool();
    auto* block = node->blocks()[condition ? 0 : 1];
    runBlock(block, frame, false);
    for (std::size_t i = 0; i < node->outputs().size(); ++i) bind(node, i, get(block->outputs()[i], frame), frame);
}

void ScriptReader::runLoop(torch::jit::Node* node, Frame& frame) {
    const std::int64_t trips = sameInBoth(node, get(node->input(0), frame), "a number of rounds").toInt();
    ItemPtr condition = get(node->input(1), frame);
    std::vector<ItemPtr> carried;
    for (std::size_t i = 2; i < node->inputs().size(); ++i) carried.push_back(get(node->input(i), frame));
    auto* body = node->blocks()[0];
    for (std::int64_t i = 0; i < trips && sameInBoth(node, condition, "a condition").toBool(); ++i) {
        if (++m_steps > kMostSteps) throw ScriptError{"the program takes more than " + std::to_string(kMostSteps) + " steps", m_scope, "Check its loops"};
        frame.values[body->inputs()[0]] = known(c10::IValue(i));
        for (std::size_t k = 0; k < carried.size(); ++k) frame.values[body->inputs()[k + 1]] = carried[k];
        runBlock(body, frame, false);
        condition = get(body->outputs()[0], frame);
        for (std::size_t k = 0; k < carried.size(); ++k) carried[k] = get(body->outputs()[k + 1], frame);
    }
    for (std::size_t k = 0; k < carried.size(); ++k) bind(node, k, carried[k], frame);
}

void ScriptReader::runCall(torch::jit::Node* node, Frame& frame) {
    torch::jit::Function* function = nullptr;
    std::string scope = frame.scope;
    std::vector<ItemPtr> args;
    const bool leafBefore = m_leafScope;
    std::size_t first = 0;
    if (node->kind() == prim::CallFunction) {
        function = node->input(0)->type()->expectRef<c10::FunctionType>().function();
        first = 1;
    } else {
        const ItemPtr object = get(node->input(0), frame);
        if (!object->run[0].isObject()) refuse(node, "calls a method of something that is not a module");
        const auto type = object->run[0].toObjectRef().type();
        function = type->findMethod(node->s(attr::name));
        if (!function) refuse(node, "calls the method '" + node->s(attr::name) + "', which does not exist");
        if (type->is_module()) {
            scope = object->path;
            const auto& attributes = type->getAttributes();
            m_leafScope = std::ranges::none_of(attributes, [](const auto& a) { return a.getType()->is_module(); });
        }
    }
    for (std::size_t i = first; i < node->inputs().size(); ++i) args.push_back(get(node->input(i), frame));
    const auto results = call(*function, std::move(args), scope, frame.depth + 1);
    m_leafScope = leafBefore;
    for (std::size_t i = 0; i < results.size(); ++i) bind(node, i, results[i], frame);
}

void ScriptReader::runGetAttr(torch::jit::Node* node, Frame& frame) {
    const ItemPtr object = get(node->input(0), frame);
    const std::string& name = node->s(attr::name);
    if (!object->run[0].isObject()) refuse(node, "reads an attribute of something that is not an object");
    const ItemPtr item = known(object->run[0].toObjectRef().getAttr(name), object->run[1].toObjectRef().getAttr(name));
    item->path = object->path.empty() ? name : object->path + "." + name;
    bind(node, 0, item, frame);
}

bool ScriptReader::runList(torch::jit::Node* node, Frame& frame) {
    const auto items = [&](std::size_t first = 0) {
        std::vector<ItemPtr> result;
        for (std::size_t i = first; i < node->inputs().size(); ++i) result.push_back(get(node->input(i), frame));
        return result;
    };
    const auto container = [&](Item::Kind kind, std::vector<ItemPtr> content) {
        auto item = std::make_shared<Item>();
        item->kind = kind;
        item->items = std::move(content);
        bind(node, 0, item, frame);
    };
    const std::string name = node->kind().toQualString();
    if (name == "prim::ListConstruct") {
        const c10::TypePtr element = node->output()->type()->expectRef<c10::ListType>().getElementType();
        if (!isScalarType(element)) container(Item::Kind::List, items());
        else {
            std::array<std::vector<c10::IValue>, 2> values;
            for (const ItemPtr& item : items())
                for (std::size_t run = 0; run < 2; ++run) values[run].push_back(valueOf(item, run, element));
            bind(node, 0, known(listOf(element, values[0]), listOf(element, values[1])), frame);
        }
    } else if (name == "prim::TupleConstruct") container(Item::Kind::Tuple, items());
    else if (name == "prim::DictConstruct") {
        std::vector<ItemPtr> values;  // the order of a network's outputs; nothing else is done with a dictionary
        for (std::size_t i = 1; i < node->inputs().size(); i += 2) values.push_back(get(node->input(i), frame));
        container(Item::Kind::Tuple, std::move(values));
    }
    else if (name == "prim::TupleUnpack" || name == "prim::ListUnpack") {
        const auto parts = elements(get(node->input(0), frame));
        if (parts.size() != node->outputs().size()) refuse(node, "unpacks " + std::to_string(parts.size()) + " values into " + std::to_string(node->outputs().size()));
        for (std::size_t i = 0; i < parts.size(); ++i) bind(node, i, parts[i], frame);
    } else if (name == "prim::TupleIndex" || name == "aten::__getitem__" || name == "prim::TupleSlice") {
        const ItemPtr list = get(node->input(0), frame);
        if (list->kind == Item::Kind::Known || list->kind == Item::Kind::Flow) return false;
        if (name == "prim::TupleSlice") {
            const auto begin = list->items.begin();
            container(Item::Kind::Tuple, {begin + node->i(attr::beg), begin + node->i(attr::end)});
            return true;
        }
        std::int64_t at = sameInBoth(node, get(node->input(1), frame), "an index").toInt();
        const auto size = static_cast<std::int64_t>(list->items.size());
        if (at < 0) at += size;
        if (at < 0 || at >= size) refuse(node, "has an index that is out of range");
        bind(node, 0, list->items[static_cast<std::size_t>(at)], frame);
    } else {
        if (node->inputs().empty()) return false;
        const auto found = frame.values.find(node->input(0));
        if (found == frame.values.end() || found->second->kind != Item::Kind::List) return false;
        const ItemPtr list = found->second;
        if (name == "aten::append") {
            list->items.push_back(get(node->input(1), frame));
            bind(node, 0, list, frame);
        } else if (name == "aten::len") bind(node, 0, known(c10::IValue(static_cast<std::int64_t>(list->items.size()))), frame);
        else if (name == "aten::reverse") std::ranges::reverse(list->items);
        else if (name == "aten::add" && node->inputs().size() == 2 && get(node->input(1), frame)->kind == Item::Kind::List) {
            std::vector<ItemPtr> both = list->items;
            const auto& more = get(node->input(1), frame)->items;
            both.insert(both.end(), more.begin(), more.end());
            container(Item::Kind::List, std::move(both));
        } else if (name == "aten::slice") {
            std::int64_t size = static_cast<std::int64_t>(list->items.size()), bounds[3] = {0, size, 1};
            for (std::size_t i = 0; i < 3 && i + 1 < node->inputs().size(); ++i) {
                const auto& value = sameInBoth(node, get(node->input(i + 1), frame), "a bound");
                if (!value.isNone()) bounds[i] = value.toInt();
            }
            for (int i = 0; i < 2; ++i) bounds[i] = std::clamp<std::int64_t>(bounds[i] < 0 ? bounds[i] + size : bounds[i], 0, size);
            if (bounds[2] < 1) refuse(node, "has a step that is not supported");
            std::vector<ItemPtr> part;
            for (std::int64_t i = bounds[0]; i < bounds[1]; i += bounds[2]) part.push_back(list->items[static_cast<std::size_t>(i)]);
            container(Item::Kind::List, std::move(part));
        } else return false;
    }
    return true;
}

void ScriptReader::runKnown(torch::jit::Node* node, Frame& frame, const std::vector<ItemPtr>& inputs) {
    if (node->isNondeterministic()) refuse(node, "draws random numbers", "Export the network in evaluation mode, without sampling");
    std::array<torch::jit::Stack, 2> stacks;
    torch::jit::Operation operation = node->getOperation();
    // What both runs share, such as an attribute of the module, is written once.
    const auto* schema = node->maybeSchema();
    const bool once = schema && schema->is_mutable() && inputs[0]->items.empty() && inputs[0]->run[0].is(inputs[0]->run[1]);
    for (std::size_t run = 0; run < (once ? 1u : 2u); ++run) {
        for (std::size_t i = 0; i < inputs.size(); ++i) stacks[run].push_back(valueOf(inputs[i], run, node->input(i)->type()));
        if (schema && schema->is_vararg()) stacks[run].emplace_back(static_cast<std::int64_t>(inputs.size()));
        operation(stacks[run]);
    }
    if (once) stacks[1] = stacks[0];
    for (std::size_t i = 0; i < node->outputs().size(); ++i) bind(node, i, known(stacks[0].at(i), stacks[1].at(i)), frame);
}

void ScriptReader::runOperator(torch::jit::Node* node, Frame& frame) {
    std::vector<ItemPtr> inputs;
    for (auto* input : node->inputs()) inputs.push_back(get(input, frame));
    if (std::ranges::any_of(inputs, dependsOnInput)) runFlow(node, frame, std::move(inputs));
    else runKnown(node, frame, inputs);
}

void ScriptReader::addOutput(Graph& graph, const ItemPtr& item) {
    if (item->stale) throw ScriptError{"an output was written through another tensor", {}, {}};
    if (item->kind == Item::Kind::Flow) {
        graph.outputs.push_back(item->id);
        return;
    }
    for (const ItemPtr& part : item->items) addOutput(graph, part);
}

Graph ScriptReader::read(const torch::jit::Module& module) {
    const auto method = module.find_method("forward");
    if (!method) throw ScriptError{"the module has no method 'forward'", {}, "Export the network itself"};
    const ValueId input = m_graph.addValue("input");
    m_graph.inputs = {input};
    std::array<c10::IValue, 2> tensors;
    for (std::size_t run = 0; run < 2; ++run) {
        Shape shape{kBatches[run]};
        shape.insert(shape.end(), m_sample.begin(), m_sample.end());
        tensors[run] = at::zeros(shape);
    }
    learnShape(input, tensors[0].toTensor(), tensors[1].toTensor());
    const ItemPtr self = known(c10::IValue(module._ivalue()));
    const auto results = call(method->function(), {self, flowItem(input, tensors)}, "", 0);
    for (const ItemPtr& result : results) addOutput(m_graph, result);
    if (m_graph.outputs.empty()) throw ScriptError{"the network's output does not depend on its input", {}, {}};
    exposeHeads(m_graph, m_shapes);
    removeDeadNodes(m_graph);
    return std::move(m_graph);
}

}  // namespace axp::detail
