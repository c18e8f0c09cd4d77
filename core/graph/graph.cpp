// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/graph.h"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>

#include "core/base/hash.h"

namespace axp {

namespace {

bool isForbiddenInName(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '=' || c == ',' || c == '@' || c == '/' || byte <= 0x20 || byte == 0x7f;
}

/// Calls `visit` with every value that an argument refers to.
template <class Visit>
void visitValues(const Arg& arg, Visit visit) {
    if (const auto* ref = std::get_if<ValueRef>(&arg)) visit(ref->id);
    if (const auto* list = std::get_if<std::vector<ValueRef>>(&arg))
        for (const ValueRef& ref : *list) visit(ref.id);
}

Error broken(const Node& node, const std::string& what) {
    return failure(what, "node '" + node.name + "'", "The network is inconsistent; import it again");
}

bool isConvolution(const Node& node) { return node.kind == NodeKind::Conv || node.kind == NodeKind::ConvTranspose; }
std::size_t rankOfWeight(const Node& node) { return isConvolution(node) ? node.conv.stride.size() + 2 : 2; }

Result<void> checkConvAttributes(const Node& node) {
    const ConvAttributes& c = node.conv;
    const std::size_t dims = c.stride.size();
    if (dims < 1 || dims > 3) return broken(node, "a convolution needs 1 to 3 spatial dimensions");
    const std::size_t paddingDims = node.kind == NodeKind::ConvTranspose ? dims : c.outputPadding.size();
    if (c.padBegin.size() != dims || c.padEnd.size() != dims || c.dilation.size() != dims ||
        c.outputPadding.size() != paddingDims)
        return broken(node, "stride, padding and dilation have different numbers of dimensions");
    const auto atLeast = [](const std::vector<std::int64_t>& list, std::int64_t least) {
        return std::ranges::all_of(list, [least](std::int64_t v) { return v >= least && v < (1 << 24); });
    };
    if (!atLeast(c.stride, 1) || !atLeast(c.dilation, 1) || !atLeast(c.padBegin, 0) || !atLeast(c.padEnd, 0) ||
        !atLeast(c.outputPadding, 0) || c.groups < 1)
        return broken(node, "stride, padding, dilation or groups is out of range");
    return {};
}

/// Outputs and most arguments of a MAC node.
std::pair<std::size_t, std::size_t> arityOf(const Node& node) {
    if (node.kind == NodeKind::MatMul) return {1, 2};
    if (node.kind != NodeKind::Recurrent) return {1, 3};
    return node.recurrent.cell == RecurrentCell::Lstm ? std::pair<std::size_t, std::size_t>{3, 5} : std::pair<std::size_t, std::size_t>{2, 4};
}

Result<void> checkRecurrent(const Node& node, const Shape& weight) {
    if (weight[0] != gateCount(node.recurrent.cell) * weight[1])
        return broken(node, "the recurrent weight has the shape " + shapeText(weight) + " in " + recurrentCellName(node.recurrent.cell));
    for (std::size_t i = 3; i < node.args.size(); ++i)
        if (node.input(i) < 0 && !std::holds_alternative<std::monostate>(node.args[i])) return broken(node, "an initial state is not a value");
    return {};
}

Result<void> checkMac(const Graph& graph, const Node& node) {
    if (node.op != nodeKindName(node.kind))
        return broken(node, "operator name '" + node.op + "' does not fit its kind");
    const auto [outputCount, mostArguments] = arityOf(node);
    if (node.outputs.size() != outputCount) return broken(node, "a MAC node has exactly " + std::to_string(outputCount) + " outputs");
    const bool product = node.kind == NodeKind::MatMul;
    if (node.args.size() < 2 || node.args.size() > mostArguments || node.input(0) < 0 || node.input(1) < 0)
        return broken(node, "a MAC node needs its two operands");
    if (product) return {};
    const bool convolution = isConvolution(node);
    if (convolution) AXP_CHECK(checkConvAttributes(node));
    const auto& weight = graph.values[node.input(1)].constant;
    if (!weight) return broken(node, "the weight is computed, not constant");
    const Shape& shape = weight->shape();
    if (shape.size() != rankOfWeight(node) || std::ranges::any_of(shape, [](std::int64_t d) { return d < 1; }))
        return broken(node, "the weight has the shape " + shapeText(shape));
    if (node.kind == NodeKind::Recurrent) AXP_CHECK(checkRecurrent(node, shape));
    const bool transposed = node.kind == NodeKind::ConvTranspose;
    if (convolution && shape[0] % node.conv.groups != 0)
        return broken(node, "the channels are not a multiple of the groups");
    if (node.args.size() < 3 || std::holds_alternative<std::monostate>(node.args[2])) return {};
    if (node.input(2) < 0) return broken(node, "the bias is not a value");
    const auto& bias = graph.values[node.input(2)].constant;
    if (!bias) return broken(node, "the bias is computed, not constant");
    const std::int64_t outputs = transposed ? shape[1] * node.conv.groups : shape[0];
    if (bias->shape() != Shape{outputs})
        return broken(node, "the bias has the shape " + shapeText(bias->shape()) + " where [" +
                                std::to_string(outputs) + "] is needed");
    return {};
}

/// Feeds unambiguous (typed, length-prefixed) records to a hash and numbers values by first appearance, so that the
/// hash does not depend on how values are stored.
class Hasher {
public:
    explicit Hasher(const Graph& graph) : m_graph(graph) {}

    void number(std::int64_t value) {
        std::byte bytes[8];
        for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
        m_sha.update(bytes);
    }
    void text(const std::string& text) {
        number(static_cast<std::int64_t>(text.size()));
        m_sha.update(text);
    }
    void numbers(const std::vector<std::int64_t>& list) {
        number(static_cast<std::int64_t>(list.size()));
        for (std::int64_t v : list) number(v);
    }
    void value(ValueId id) {
        const auto [place, isNew] = m_ids.emplace(id, static_cast<std::int64_t>(m_ids.size()));
        number(place->second);
        if (!isNew || id < 0 || id >= static_cast<ValueId>(m_graph.values.size())) return;
        const auto& constant = m_graph.values[id].constant;
        number(constant ? 1 : 0);
        if (!constant) return;
        text(dtypeName(constant->dtype()));
        numbers(constant->shape());
        number(static_cast<std::int64_t>(constant->byteSize()));
        m_sha.update(std::span<const std::byte>(constant->data(), constant->byteSize()));
    }
    void argument(const Arg& arg) {
        number(static_cast<std::int64_t>(arg.index()));
        std::visit([this](const auto& v) { literal(v); }, arg);
    }
    std::string hex() { return m_sha.hex(); }

private:
    void literal(std::monostate) {}
    void literal(ValueRef ref) { value(ref.id); }
    void literal(bool v) { number(v ? 1 : 0); }
    void literal(std::int64_t v) { number(v); }
    void literal(double v) { number(std::bit_cast<std::int64_t>(v)); }
    void literal(const std::string& v) { text(v); }
    template <class T>
    void literal(const std::vector<T>& list) {
        number(static_cast<std::int64_t>(list.size()));
        for (const T& v : list) literal(v);
    }

    const Graph& m_graph;
    Sha256 m_sha;
    std::unordered_map<ValueId, std::int64_t> m_ids;
};

}  // namespace

ValueId Node::input(std::size_t i) const {
    if (i >= args.size()) return -1;
    const auto* ref = std::get_if<ValueRef>(&args[i]);
    return ref ? ref->id : -1;
}

ValueId Graph::addValue(std::string valueName) {
    Value value;
    value.name = std::move(valueName);
    values.push_back(std::move(value));
    return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::addConstant(std::string valueName, Tensor tensor, bool trainable) {
    const ValueId id = addValue(std::move(valueName));
    values[id].shape = tensor.shape();
    values[id].constant = std::move(tensor);
    values[id].trainable = trainable;
    return id;
}

ValueId Graph::addOperator(std::string nodeName, std::string op, std::vector<Arg> args) {
    Node node;
    node.name = uniqueNodeName(std::move(nodeName), nodes);
    node.op = std::move(op);
    node.args = std::move(args);
    const ValueId output = addValue(node.name);
    node.outputs = {output};
    nodes.push_back(std::move(node));
    return output;
}

ValueId Graph::addMac(std::string nodeName, NodeKind kind, std::vector<Arg> args, ConvAttributes conv) {
    const ValueId output = addOperator(std::move(nodeName), nodeKindName(kind), std::move(args));
    nodes.back().kind = kind;
    nodes.back().conv = std::move(conv);
    return output;
}

const Node* Graph::findNode(const std::string& nodeName) const {
    const auto found = std::ranges::find(nodes, nodeName, &Node::name);
    return found == nodes.end() ? nullptr : &*found;
}

Result<void> Graph::validate() const {
    const auto exists = [this](ValueId id) { return id >= 0 && id < static_cast<ValueId>(values.size()); };
    std::vector<char> defined(values.size(), 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i].constant) continue;
        defined[i] = 1;
        const Tensor& tensor = *values[i].constant;
        if (tensor.byteSize() != static_cast<std::size_t>(tensor.count()) * dtypeSize(tensor.dtype()))
            return failure("the bytes of constant '" + values[i].name + "' do not fit its shape", "graph");
    }
    for (ValueId id : inputs) {
        if (!exists(id)) return failure("an input of the network does not exist", "graph");
        if (defined[id]) return failure("input '" + values[id].name + "' is defined twice", "graph");
        defined[id] = 1;
    }
    std::unordered_set<std::string_view> names;
    for (const Node& node : nodes) {
        if (node.name.empty() || std::ranges::any_of(node.name, isForbiddenInName))
            return broken(node, "the node name is empty or contains '=', ',', '@', '/' or white space");
        if (!names.insert(node.name).second) return broken(node, "two nodes have this name");
        if (node.op.empty()) return broken(node, "the node has no operator");
        bool inOrder = true;
        for (const Arg& arg : node.args)
            visitValues(arg, [&](ValueId id) { inOrder = inOrder && exists(id) && defined[id]; });
        if (!inOrder) return broken(node, "the node uses a value that nothing before it computes");
        if (node.outputs.empty()) return broken(node, "the node has no output");
        for (ValueId id : node.outputs) {
            if (!exists(id)) return broken(node, "an output does not exist");
            if (defined[id]) return broken(node, "value '" + values[id].name + "' is defined twice");
            defined[id] = 1;
        }
        if (node.isMac()) AXP_CHECK(checkMac(*this, node));
    }
    if (outputs.empty()) return failure("the network has no output", "graph");
    for (ValueId id : outputs)
        if (!exists(id) || !defined[id]) return failure("an output of the network is not computed", "graph");
    return {};
}

std::int64_t Graph::parameterCount() const {
    std::int64_t count = 0;
    for (const Value& value : values)
        if (value.constant && value.trainable) count += value.constant->count();
    return count;
}

std::string Graph::contentHash() const {
    Hasher hasher(*this);
    hasher.text("axp graph 1");
    hasher.number(static_cast<std::int64_t>(inputs.size()));
    for (ValueId id : inputs) hasher.value(id);
    hasher.number(static_cast<std::int64_t>(nodes.size()));
    for (const Node& node : nodes) {
        hasher.text(node.name);
        hasher.number(static_cast<std::int64_t>(node.kind));
        hasher.text(node.op);
        hasher.number(static_cast<std::int64_t>(node.args.size()));
        for (const Arg& arg : node.args) hasher.argument(arg);
        hasher.number(static_cast<std::int64_t>(node.outputs.size()));
        for (ValueId id : node.outputs) hasher.value(id);
        for (const auto* list :
             {&node.conv.stride, &node.conv.padBegin, &node.conv.padEnd, &node.conv.dilation, &node.conv.outputPadding})
            hasher.numbers(*list);
        hasher.number(node.conv.groups);
        if (node.kind == NodeKind::Recurrent)
            for (const int v : {static_cast<int>(node.recurrent.cell), int{node.recurrent.reverse}, int{node.recurrent.resetAfter}}) hasher.number(v);
        if (node.epilogue.clamps())
            for (const float v : {node.epilogue.lo, node.epilogue.hi}) hasher.number(std::bit_cast<std::int32_t>(v));
    }
    hasher.number(static_cast<std::int64_t>(outputs.size()));
    for (ValueId id : outputs) hasher.value(id);
    return hasher.hex();
}

std::string uniqueNodeName(std::string wanted, const std::vector<Node>& nodes) {
    std::ranges::replace_if(wanted, isForbiddenInName, '_');
    if (wanted.empty()) wanted = "node";
    const auto taken = [&](const std::string& name) {
        return std::ranges::find(nodes, name, &Node::name) != nodes.end();
    };
    if (!taken(wanted)) return wanted;
    std::unordered_set<std::string_view> names;
    for (const Node& node : nodes) names.insert(node.name);
    for (std::size_t counter = 1;; ++counter) {
        std::string candidate = wanted + "_" + std::to_string(counter);
        if (!names.contains(candidate)) return candidate;
    }
}

int gateCount(RecurrentCell cell) { return cell == RecurrentCell::Lstm ? 4 : cell == RecurrentCell::Gru ? 3 : 1; }

const char* recurrentCellName(RecurrentCell cell) {
    switch (cell) {
        case RecurrentCell::Lstm: return "LSTM";
        case RecurrentCell::Gru: return "GRU";
        case RecurrentCell::Tanh: return "RNN tanh";
        case RecurrentCell::Relu: break;
    }
    return "RNN relu";
}

const char* nodeKindName(NodeKind kind) {
    switch (kind) {
        case NodeKind::Conv: return "Conv";
        case NodeKind::ConvTranspose: return "ConvTranspose";
        case NodeKind::Linear: return "Linear";
        case NodeKind::MatMul: return "MatMul";
        case NodeKind::Recurrent: return "Recurrent";
        case NodeKind::Operator: break;
    }
    return "Operator";
}

}  // namespace axp
