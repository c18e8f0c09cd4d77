// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/exporter.h"

#include <algorithm>

#include "core/base/files.h"
#include "core/model/importer.h"

namespace axp {

namespace onnx_file {

Error Exporter::refuse(const axp::Node& node, const std::string& what) const {
    return badInput("operator " + node.op + " " + what, "node '" + node.name + "'");
}

bool Exporter::nothing(const axp::Node& node, std::size_t i) const {
    return i >= node.args.size() || std::holds_alternative<std::monostate>(node.args[i]);
}

const Tensor* Exporter::constant(const axp::Node& node, std::size_t i) const {
    const ValueId id = node.input(i);
    return id >= 0 && m_graph.values[id].constant ? &*m_graph.values[id].constant : nullptr;
}

std::int64_t Exporter::integer(const axp::Node& node, std::size_t i, std::int64_t standard) const {
    if (nothing(node, i)) return standard;
    const auto* v = std::get_if<std::int64_t>(&node.args[i]);
    return v ? *v : standard;
}

double Exporter::real(const axp::Node& node, std::size_t i, double standard) const {
    if (nothing(node, i)) return standard;
    if (const auto* v = std::get_if<double>(&node.args[i])) return *v;
    return static_cast<double>(integer(node, i, static_cast<std::int64_t>(standard)));
}

bool Exporter::flag(const axp::Node& node, std::size_t i, bool standard) const {
    if (nothing(node, i)) return standard;
    const auto* v = std::get_if<bool>(&node.args[i]);
    return v ? *v : standard;
}

std::vector<std::int64_t> Exporter::integers(const axp::Node& node, std::size_t i) const {
    if (nothing(node, i)) return {};
    if (const auto* v = std::get_if<std::int64_t>(&node.args[i])) return {*v};
    const auto* v = std::get_if<std::vector<std::int64_t>>(&node.args[i]);
    return v ? *v : std::vector<std::int64_t>{};
}

std::vector<std::int64_t> Exporter::spread(const axp::Node& node, std::size_t i, std::size_t length,
                                           std::int64_t standard) const {
    auto list = integers(node, i);
    if (list.empty()) return std::vector<std::int64_t>(length, standard);
    if (list.size() == 1) list.assign(length, list[0]);
    return list;
}

PartialShape Exporter::shape(const axp::Node& node, std::size_t i) const {
    const ValueId id = node.input(i);
    if (id < 0) return std::nullopt;
    const Value& value = m_graph.values[id];
    if (!value.constant) return m_shapes[id];
    std::vector<Dim> dims;
    for (std::int64_t d : value.constant->shape()) dims.push_back(Dim::known(d));
    return dims;
}

Result<std::int64_t> Exporter::rank(const axp::Node& node, std::size_t i) const {
    const auto known = shape(node, i);
    if (!known) return refuse(node, "needs the shape of its input for the export, and it is not known");
    return static_cast<std::int64_t>(known->size());
}

std::string Exporter::uniqueName(std::string wanted) {
    if (wanted.empty()) wanted = "value";
    std::string name = wanted;
    for (int counter = 1; !m_taken.insert(name).second; ++counter) name = wanted + "_" + std::to_string(counter);
    return name;
}

std::string Exporter::uniqueNode(const std::string& wanted) {
    std::string name = wanted;
    for (int counter = 1; !m_nodeNames.insert(name).second; ++counter) name = wanted + "_" + std::to_string(counter);
    return name;
}

std::string Exporter::valueName(ValueId id) {
    if (const auto found = m_names.find(id); found != m_names.end()) return found->second;
    const Value& value = m_graph.values[id];
    const std::string name = uniqueName(value.name);
    m_names[id] = name;
    if (!value.constant) return name;
    const bool parameter =
        value.constant->dtype() == DType::F32 && !value.constant->shape().empty() && !m_statistics.contains(id);
    if (!parameter || value.trainable) {
        m_model.initializers.push_back({name, *value.constant});
        return name;
    }
    // Importers take float initialisers for parameters; a Constant node says that training leaves it alone.
    Node node;
    node.name = uniqueNode(name + "_constant");
    node.op = "Constant";
    node.outputs = {name};
    node.attributes.emplace("value", *value.constant);
    append(std::move(node));
    return name;
}

std::string Exporter::addTensor(const std::string& wanted, Tensor tensor) {
    const std::string name = uniqueName(wanted);
    m_model.initializers.push_back({name, std::move(tensor)});
    return name;
}

std::string Exporter::addIntegers(const std::string& wanted, const std::vector<std::int64_t>& values) {
    return addTensor(wanted, Tensor::from(Shape{static_cast<std::int64_t>(values.size())}, values));
}

std::string Exporter::addNumber(const std::string& wanted, float value) {
    return addTensor(wanted, Tensor::from(Shape{}, std::vector<float>{value}));
}

Result<std::string> Exporter::operand(const axp::Node& node, std::size_t i) {
    if (const ValueId id = node.input(i); id >= 0) return valueName(id);
    const std::string name = node.name + ".argument" + std::to_string(i);
    if (!nothing(node, i)) {
        if (const auto* v = std::get_if<double>(&node.args[i])) return addNumber(name, static_cast<float>(*v));
        if (const auto* v = std::get_if<std::int64_t>(&node.args[i])) return addNumber(name, static_cast<float>(*v));
    }
    return refuse(node, "has an argument " + std::to_string(i) + " that has no ONNX form");
}

void Exporter::last(const axp::Node& node, const std::string& op, std::vector<std::string> inputs,
                    std::unordered_map<std::string, Attribute> attributes) {
    append({node.name, op, "", std::move(inputs), {outputName(node)}, std::move(attributes)});
}

std::string Exporter::helper(const axp::Node& node, const std::string& suffix, const std::string& op,
                             std::vector<std::string> inputs, std::unordered_map<std::string, Attribute> attributes) {
    const std::string output = uniqueName(node.name + suffix);
    append({uniqueNode(node.name + suffix), op, "", std::move(inputs), {output}, std::move(attributes)});
    return output;
}

std::string Exporter::output(const std::string& name, const std::string& wanted, const std::string& op,
                             std::vector<std::string> inputs) {
    const std::string result = uniqueName(wanted);
    append({name, op, "", std::move(inputs), {result}, {}});
    return result;
}

void Exporter::collectStatistics() {
    for (const axp::Node& node : m_graph.nodes)
        if (node.op == "aten::batch_norm")
            for (std::size_t i : {3, 4}) m_statistics.insert(node.input(i));
}

const axp::Node* Exporter::inputProduct(const axp::Node& recurrent) const {
    const ValueId gates = recurrent.input(0);
    const axp::Node* product = nullptr;
    int uses = std::ranges::count(m_graph.outputs, gates) > 0 ? 2 : 0;
    for (const axp::Node& node : m_graph.nodes) {
        if (node.kind == NodeKind::Linear && node.outputs[0] == gates) product = &node;
        for (const Arg& arg : node.args) {
            if (const auto* ref = std::get_if<ValueRef>(&arg)) uses += ref->id == gates;
            if (const auto* list = std::get_if<std::vector<ValueRef>>(&arg)) uses += static_cast<int>(std::ranges::count(*list, ValueRef{gates}));
        }
    }
    return uses == 1 ? product : nullptr;
}

bool Exporter::isWrittenWithRecurrent(const axp::Node& node) const {
    return node.kind == NodeKind::Linear && std::ranges::any_of(m_graph.nodes, [&](const axp::Node& other) {
               return other.kind == NodeKind::Recurrent && other.input(0) == node.outputs[0] && inputProduct(other) == &node;
           });
}

Result<Model> Exporter::run() {
    AXP_CHECK(m_graph.validate());
    m_model.opset = 17;
    m_model.graphName = m_graph.name;
    m_shapes.resize(m_graph.values.size());
    collectStatistics();
    for (const axp::Node& node : m_graph.nodes) m_nodeNames.insert(node.name);
    const auto describe = [this](ValueId id) {
        Input info{valueName(id), std::nullopt, DType::F32};
        if (const Shape& shape = m_graph.values[id].shape; !shape.empty()) {
            info.shape = shape;
            (*info.shape)[0] = -1;
        }
        return info;
    };
    for (ValueId id : m_graph.inputs) {
        m_model.inputs.push_back(describe(id));
        if (const auto& shape = m_model.inputs.back().shape) {
            std::vector<Dim> dims = {Dim::batch()};
            for (std::size_t i = 1; i < shape->size(); ++i) dims.push_back(Dim::known((*shape)[i]));
            m_shapes[id] = std::move(dims);
        }
    }
    // Names of outputs first: nobody else may take them.
    for (ValueId id : m_graph.outputs) m_model.outputs.push_back(describe(id));
    for (const axp::Node& node : m_graph.nodes) {
        if (node.epilogue.clamps()) return refuse(node, "has an activation fused into it; export the network as it was before");
        for (ValueId id : node.outputs) valueName(id);
        if (!isWrittenWithRecurrent(node)) AXP_CHECK(exportNode(*this, node));
        const auto shapes = inferPartialShapes(m_graph, node, m_shapes);
        for (std::size_t i = 0; i < shapes.size(); ++i) m_shapes[node.outputs[i]] = shapes[i];
    }
    for (std::size_t i = 0; i < m_graph.outputs.size(); ++i) {
        const auto& known = m_shapes[m_graph.outputs[i]];
        if (m_model.outputs[i].shape || !known) continue;
        m_model.outputs[i].shape.emplace();
        for (const Dim& dim : *known) m_model.outputs[i].shape->push_back(dim.isKnown() ? dim.value : -1);
    }
    return std::move(m_model);
}

}  // namespace onnx_file

Result<void> exportOnnx(const Graph& graph, const std::string& path) {
    try {
        AXP_TRY(const onnx_file::Model model, onnx_file::Exporter(graph).run());
        AXP_TRY(const std::string bytes, onnx_file::serialise(model));
        return writeFileAtomic(path, bytes);
    } catch (const std::exception& error) {
        return failure(std::string("the network cannot be written as ONNX: ") + error.what(), path);
    }
}

}  // namespace axp
