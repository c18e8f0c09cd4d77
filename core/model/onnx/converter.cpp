// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/converter.h"

#include <algorithm>

#include "core/graph/passes.h"
#include "core/model/attention.h"
#include "core/model/onnx/quantized.h"

namespace axp::onnx_file {

namespace {

constexpr std::int64_t kLargestDim = std::int64_t{1} << 40;

/// Dimensions beyond what memory can hold come from hostile files; forgetting them keeps the arithmetic from overflowing.
PartialShape bounded(PartialShape shape) {
    if (shape)
        for (Dim& dim : *shape)
            if (dim.value > kLargestDim || dim.value < 0) dim = {};
    return shape;
}

const std::unordered_map<std::string, Conversion>& conversions() {
    static const auto table = [] {
        std::unordered_map<std::string, Conversion> result;
        for (const auto* entries : {&macConversions(), &elementwiseConversions(), &layerConversions(),
                                    &shapeConversions(), &indexConversions(), &recurrentConversions(),
                                    &resizeConversions(), &moreConversions(), &scatterConversions(),
                                    &reduceConversions(), &quantizedConversions()})
            for (const ConversionEntry& entry : *entries) result.emplace(entry.op, entry.convert);
        return result;
    }();
    return table;
}

}  // namespace

Converter::Converter(const Model& model, std::string path) : m_model(model), m_path(std::move(path)), m_quantized(std::make_unique<Quantized>()) {}
Converter::~Converter() = default;

Error Converter::refuse(const Node& node, const std::string& what, const std::string& remedy) const {
    const std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
    return badInput("operator " + op + " (opset " + std::to_string(opset()) + ") " + what,
                    m_path + ": node '" + node.name + "'", remedy);
}

Result<ValueId> Converter::input(const Node& node, std::size_t i) const {
    if (!has(node, i)) return refuse(node, "lacks its input " + std::to_string(i));
    return m_values.at(node.inputs[i]);
}

ValueId Converter::optional(const Node& node, std::size_t i) const {
    return has(node, i) ? m_values.at(node.inputs[i]) : -1;
}

int Converter::uses(const std::string& name) const {
    const auto found = m_uses.find(name);
    return found == m_uses.end() ? 0 : found->second;
}

bool Converter::outputUsed(const Node& node, std::size_t i) const {
    return i < node.outputs.size() && !node.outputs[i].empty() && uses(node.outputs[i]) > 0;
}

void Converter::bind(const Node& node, ValueId id, std::size_t output) {
    if (output >= node.outputs.size() || node.outputs[output].empty()) return;
    m_values.emplace(node.outputs[output], id);
}

std::int64_t Converter::integer(const Node& node, const char* name, std::int64_t standard) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return standard;
    if (const auto* v = std::get_if<std::int64_t>(&found->second)) return *v;
    m_attributeError = refuse(node, std::string("has the attribute '") + name + "' of the wrong kind");
    return standard;
}

double Converter::real(const Node& node, const char* name, double standard) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return standard;
    if (const auto* v = std::get_if<double>(&found->second)) return *v;
    m_attributeError = refuse(node, std::string("has the attribute '") + name + "' of the wrong kind");
    return standard;
}

std::string Converter::text(const Node& node, const char* name, const std::string& standard) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return standard;
    if (const auto* v = std::get_if<std::string>(&found->second)) return *v;
    m_attributeError = refuse(node, std::string("has the attribute '") + name + "' of the wrong kind");
    return standard;
}

std::vector<std::int64_t> Converter::integers(const Node& node, const char* name, std::vector<std::int64_t> standard) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return standard;
    if (const auto* v = std::get_if<std::vector<std::int64_t>>(&found->second)) return *v;
    m_attributeError = refuse(node, std::string("has the attribute '") + name + "' of the wrong kind");
    return standard;
}

Result<std::vector<std::int64_t>> Converter::integersFrom(const Node& node, const char* name, std::size_t inputIndex,
                                                          std::int64_t since) {
    if (opset() < since) return integers(node, name);
    if (!has(node, inputIndex)) return std::vector<std::int64_t>{};
    const auto values = literals(optional(node, inputIndex));
    if (!values) return refuse(node, std::string("has computed ") + name + ", which is not supported");
    return *values;
}

const Tensor* Converter::constant(ValueId id) const {
    return id >= 0 && m_graph.values[id].constant ? &*m_graph.values[id].constant : nullptr;
}

std::optional<double> Converter::scalar(ValueId id) const {
    const Tensor* tensor = constant(id);
    if (!tensor || tensor->count() != 1) return std::nullopt;
    if (tensor->dtype() == DType::F32) return tensor->as<float>()[0];
    if (tensor->dtype() == DType::I64) return static_cast<double>(tensor->as<std::int64_t>()[0]);
    return std::nullopt;
}

std::optional<std::vector<std::int64_t>> Converter::literals(ValueId id) const {
    const auto values = symbolic(id);
    if (!values || !values->allKnown()) return std::nullopt;
    std::vector<std::int64_t> result;
    for (const Dim& d : values->elements) result.push_back(d.value);
    return result;
}

PartialShape Converter::shape(ValueId id) const {
    if (id < 0) return std::nullopt;
    if (static_cast<std::size_t>(id) < m_shapes.size() && m_shapes[id]) return m_shapes[id];
    const auto found = m_symbolic.find(id);
    if (found == m_symbolic.end()) return std::nullopt;
    std::vector<Dim> dims;
    for (const std::int64_t d : found->second.shape) dims.push_back(Dim::known(d));
    return dims;
}

DType Converter::dtype(ValueId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < m_dtypes.size() ? m_dtypes[id] : DType::F32;
}

std::optional<Symbolic> Converter::symbolic(ValueId id) const {
    if (const auto found = m_symbolic.find(id); found != m_symbolic.end()) return found->second;
    const Tensor* tensor = constant(id);
    if (!tensor || tensor->count() > 4096) return std::nullopt;
    Symbolic result{tensor->shape(), {}};
    if (tensor->dtype() == DType::I64)
        for (std::int64_t v : tensor->as<std::int64_t>()) result.elements.push_back(Dim::known(v));
    else if (tensor->dtype() == DType::Bool)
        for (std::uint8_t v : tensor->as<std::uint8_t>()) result.elements.push_back(Dim::known(v != 0));
    else return std::nullopt;
    return result;
}

bool Converter::spend(std::size_t bytes) {
    if (bytes > m_budget) return false;
    m_budget -= bytes;
    return true;
}

std::string Converter::uniqueName(const std::string& wanted) {
    const std::string base = uniqueNodeName(wanted, {});
    if (m_names.insert(base).second) return base;
    for (int& counter = m_counters[base];;) {
        std::string candidate = base + "_" + std::to_string(++counter);
        if (m_names.insert(candidate).second) return candidate;
    }
}

ValueId Converter::addConstant(const std::string& name, Tensor tensor, bool isInitializer) {
    m_dtypes.push_back(tensor.dtype());
    std::vector<Dim> dims;
    for (std::int64_t d : tensor.shape()) dims.push_back(Dim::known(d));
    m_shapes.emplace_back(std::move(dims));
    const ValueId id = m_graph.addConstant(name, std::move(tensor));
    if (isInitializer) m_initializers.insert(id);
    return id;
}

void Converter::learn(const axp::Node& node) {
    auto shapes = inferPartialShapes(m_graph, node, m_shapes);
    m_shapes.resize(m_graph.values.size());
    for (std::size_t i = 0; i < node.outputs.size(); ++i) m_shapes[node.outputs[i]] = bounded(std::move(shapes[i]));
}

std::vector<ValueId> Converter::emitSeveral(const std::string& name, const std::string& op, std::vector<Arg> args,
                                            std::size_t outputs) {
    axp::Node node;
    node.name = uniqueName(name);
    node.op = op;
    node.args = std::move(args);
    DType type = DType::F32;
    if (node.input(0) >= 0) type = dtype(node.input(0));
    else if (!node.args.empty())
        if (const auto* list = std::get_if<std::vector<ValueRef>>(&node.args[0]); list && !list->empty())
            type = dtype(list->front().id);
    for (std::size_t i = 0; i < outputs; ++i) {
        node.outputs.push_back(m_graph.addValue(outputs == 1 ? node.name : node.name + "_" + std::to_string(i)));
        m_dtypes.push_back(type);
    }
    m_graph.nodes.push_back(std::move(node));
    learn(m_graph.nodes.back());
    return m_graph.nodes.back().outputs;
}

ValueId Converter::emit(const std::string& name, const std::string& op, std::vector<Arg> args,
                        std::optional<DType> type) {
    const ValueId id = emitSeveral(name, op, std::move(args), 1)[0];
    if (type) m_dtypes[id] = *type;
    return id;
}

ValueId Converter::emitMac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv) {
    axp::Node node;
    node.name = uniqueName(name);
    node.kind = kind;
    node.op = nodeKindName(kind);
    node.args = std::move(args);
    node.conv = std::move(conv);
    node.outputs = {m_graph.addValue(node.name)};
    m_dtypes.push_back(DType::F32);
    m_graph.nodes.push_back(std::move(node));
    learn(m_graph.nodes.back());
    return m_graph.nodes.back().outputs[0];
}

std::vector<ValueId> Converter::emitRecurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) {
    axp::Node node;
    node.name = uniqueName(name);
    node.kind = NodeKind::Recurrent;
    node.op = nodeKindName(node.kind);
    node.args = std::move(args);
    node.recurrent = attributes;
    for (const char* what : {"", ".h", ".c"}) {
        if (node.outputs.size() == 2 && attributes.cell != RecurrentCell::Lstm) break;
        node.outputs.push_back(m_graph.addValue(node.name + what));
        m_dtypes.push_back(DType::F32);
    }
    m_graph.nodes.push_back(std::move(node));
    learn(m_graph.nodes.back());
    return m_graph.nodes.back().outputs;
}

bool Converter::fuseBias(ValueId id, ValueId bias) {
    const auto found = m_fusable.find(id);
    const Tensor* tensor = constant(bias);
    if (found == m_fusable.end() || !tensor || tensor->dtype() != DType::F32) return false;
    axp::Node& linear = m_graph.nodes[found->second];
    const Tensor* weight = constant(linear.input(1));
    if (!weight || tensor->shape() != Shape{weight->shape()[0]}) return false;
    linear.args.resize(3);
    linear.args[2] = ValueRef{bias};
    m_fusable.erase(found);
    return true;
}

Result<void> Converter::readInputs() {
    std::size_t bytes = 0;
    for (const Initializer& entry : m_model.initializers) {
        bytes += entry.tensor.byteSize();
        m_quantized->rememberType(entry.name, entry.elementType);
        const ValueId id = addConstant(entry.name, entry.tensor, true);
        if (!m_values.emplace(entry.name, id).second)
            return badInput("two initialisers have the name '" + entry.name + "'", m_path);
    }
    m_budget = 4 * bytes + (std::size_t{64} << 20);
    for (const Input& entry : m_model.inputs) {
        if (m_values.contains(entry.name)) continue;  // an initialiser with a default: a constant
        const ValueId id = m_graph.addValue(entry.name);
        m_values.emplace(entry.name, id);
        m_graph.inputs.push_back(id);
        m_dtypes.push_back(entry.dtype);
        m_shapes.resize(m_graph.values.size());
        if (!entry.shape) continue;
        std::vector<Dim> dims;
        for (std::int64_t d : *entry.shape) dims.push_back(d >= 0 ? Dim::known(d) : Dim{});
        if (!dims.empty()) {
            if (m_graph.inputs.size() == 1 && dims[0].isKnown()) m_fixedBatch = dims[0].value;
            dims[0] = Dim::batch();
        }
        m_shapes[id] = std::move(dims);
        const Shape& lengths = *entry.shape;
        if (lengths.empty() || std::any_of(lengths.begin() + 1, lengths.end(), [](std::int64_t d) { return d < 0; }))
            continue;
        m_graph.values[id].shape = lengths;
        m_graph.values[id].shape[0] = 1;
    }
    // Samples are floats everywhere; a network of tokens gets them as numbers.
    for (const ValueId id : std::vector<ValueId>(m_graph.inputs))
        if (dtype(id) == DType::I64) m_values[m_graph.values[id].name] = emit("tokens", "aten::to.dtype", {ValueRef{id}, std::int64_t{4}}, DType::I64);
    if (m_graph.inputs.empty()) return badInput("the network has no input", m_path);
    return {};
}

std::string Converter::addNamed(const std::string& wanted, ValueId id) {
    std::string name = wanted;
    for (int i = 1; m_values.contains(name); ++i) name = wanted + "_" + std::to_string(i);
    m_values.emplace(name, id);
    return name;
}

Result<void> Converter::convertAs(const Node& node) {
    AXP_CHECK(conversions().at(node.op)(*this, node));
    if (m_attributeError) return *m_attributeError;
    return {};
}

Result<void> Converter::convertNode(const Node& node) {
    // ONNX Runtime's own quantized operators have names that ONNX does not use.
    const bool standard = node.domain.empty() || (node.domain == "com.microsoft" && node.op.starts_with("Q"));
    const auto found = standard ? conversions().find(node.op) : conversions().end();
    if (found == conversions().end())
        return refuse(node, "is not supported", "Nothing is skipped or replaced; export the network without it");
    for (const std::string& name : node.inputs)
        if (!name.empty() && !m_values.contains(name))
            return refuse(node, "uses the value '" + name + "' that nothing before it computes");
    for (const std::string& name : node.outputs)
        if (!name.empty() && m_values.contains(name))
            return refuse(node, "computes the value '" + name + "' a second time");
    if (node.outputs.empty()) return refuse(node, "has no output");

    if (node.op == "Constant") m_quantized->rememberType(node.outputs[0], node.elementType);
    AXP_TRY(const bool onCodes, convertOnCodes(*this, node));
    if (onCodes) return {};
    AXP_TRY(Folding folding, foldNode(*this, node));
    if (folding.folded) {
        if (!spend(folding.folded->byteSize()))
            return refuse(node, "would fold into far more constants than the file holds");
        bind(node, addConstant(node.outputs[0], *std::move(folding.folded), folding.fromInitializer));
        return {};
    }
    AXP_CHECK(found->second(*this, node));
    if (m_attributeError) return *m_attributeError;
    if (folding.symbolic && !node.outputs[0].empty()) {
        const ValueId id = m_values.at(node.outputs[0]);
        if (!constant(id)) setSymbolic(id, *std::move(folding.symbolic));
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (outputUsed(node, i) && !m_values.contains(node.outputs[i]))
            return refuse(node, "has output " + std::to_string(i) + " in use, which is not supported");
    return {};
}

void Converter::markTrainable() {
    const auto mark = [this](const axp::Node& node, std::initializer_list<std::size_t> places, std::size_t leastRank) {
        for (std::size_t i : places) {
            const ValueId id = node.input(i);
            const Tensor* tensor = constant(id);
            if (tensor && tensor->dtype() == DType::F32 && tensor->shape().size() >= leastRank && fromInitializer(id))
                m_graph.values[id].trainable = true;
        }
    };
    for (const axp::Node& node : m_graph.nodes) {
        if (node.isMac() && node.kind != NodeKind::MatMul) mark(node, {1, 2}, 1);
        else if (node.op == "aten::batch_norm" || node.op == "aten::instance_norm") mark(node, {1, 2}, 1);
        else if (node.op == "aten::layer_norm") mark(node, {2, 3}, 1);
        else if (node.op == "aten::add.Tensor") mark(node, {0, 1}, 1);
        else if (node.op == "aten::expand" || node.op == "axp::expand" || node.op == "axp::expand_batch")
            mark(node, {0}, 1);
    }
}

Result<ImportedModel> Converter::finish() {
    for (const Input& entry : m_model.outputs) {
        const auto found = m_values.find(entry.name);
        if (found == m_values.end())
            return badInput("the output '" + entry.name + "' is not computed by any node", m_path);
        m_graph.outputs.push_back(found->second);
        Value& value = m_graph.values[found->second];
        if (!value.constant && std::ranges::find(m_graph.inputs, found->second) == m_graph.inputs.end())
            value.name = entry.name;
    }
    if (m_graph.outputs.empty()) return badInput("the network has no output", m_path);
    exposeHeads(m_graph, m_shapes);
    fuseGelu(m_graph);
    markTrainable();
    Ranges ranges = m_quantized->ranges(m_graph);
    removeDeadNodes(m_graph);
    std::erase_if(ranges, [this](const auto& entry) { return !m_graph.findNode(entry.first); });
    m_graph.name = m_model.graphName;
    if (auto valid = m_graph.validate(); !valid.ok()) {
        Error error = std::move(valid).error();
        error.kind = ErrorKind::BadInput;
        error.where = m_path + ": " + error.where;
        error.remedy = "Export the network again";
        return error;
    }
    ImportedModel result;
    result.ranges = std::move(ranges);
    result.graph = std::move(m_graph);
    result.format = "ONNX opset " + std::to_string(opset()) + (m_quantized->empty() ? "" : ", quantized");
    const Shape& first = result.graph.values[result.graph.inputs[0]].shape;
    if (!first.empty()) result.inputShape.assign(first.begin() + 1, first.end());
    return result;
}

Result<ImportedModel> Converter::run() {
    for (const Node& node : m_model.nodes)
        for (const std::string& name : node.inputs) ++m_uses[name];
    for (const Input& output : m_model.outputs) ++m_uses[output.name];
    AXP_CHECK(readInputs());
    for (const Node& node : m_model.nodes) AXP_CHECK(convertNode(node));
    return finish();
}

}  // namespace axp::onnx_file
