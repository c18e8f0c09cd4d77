// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/diff.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/graph/sites.h"

namespace axp {

namespace {

constexpr std::size_t kMostCells = std::size_t{1} << 24;  // of the table of the common subsequence

std::string shortest(auto number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

/// "layer1.0.conv1" and "_layer1_0_conv1_Conv" to the same text.
std::string plainName(const Node& node) {
    std::string name = node.name;
    const std::string op = node.op.substr(node.op.find("::") == std::string::npos ? 0 : node.op.find("::") + 2);
    for (const std::string& ending : {"_" + op, std::string("_Conv"), std::string("_Gemm"), std::string("_MatMul")})
        if (node.isMac() && name.ends_with(ending) && name.size() > ending.size()) {
            name.resize(name.size() - ending.size());
            break;
        }
    std::ranges::replace_if(name, [](char c) { return c == '.' || c == '/'; }, '_');
    return name.substr(std::min(name.find_first_not_of('_'), name.size()));
}

const Tensor* constantAt(const Graph& graph, const Node& node, std::size_t i) {
    const ValueId id = node.input(i);
    if (id < 0 || !graph.values[static_cast<std::size_t>(id)].constant) return nullptr;
    return &*graph.values[static_cast<std::size_t>(id)].constant;
}

/// Operator and shapes of its constants.
std::string signature(const Graph& graph, const Node& node) {
    std::string text = node.op;
    for (std::size_t i = 0; i < node.args.size(); ++i)
        if (const Tensor* constant = constantAt(graph, node, i)) text += " " + shapeText(constant->shape());
    return text;
}

std::string argumentText(const Arg& arg) {
    const auto list = [](const auto& values) {
        std::string text;
        for (const auto& v : values) text += (text.empty() ? "" : ", ") + shortest(v);
        return "[" + text + "]";
    };
    if (const auto* v = std::get_if<bool>(&arg)) return *v ? "true" : "false";
    if (const auto* v = std::get_if<std::int64_t>(&arg)) return std::to_string(*v);
    if (const auto* v = std::get_if<double>(&arg)) return shortest(*v);
    if (const auto* v = std::get_if<std::string>(&arg)) return "'" + *v + "'";
    if (const auto* v = std::get_if<std::vector<std::int64_t>>(&arg)) return list(*v);
    if (const auto* v = std::get_if<std::vector<double>>(&arg)) return list(*v);
    return std::holds_alternative<std::monostate>(arg) ? "nothing" : "a value";
}

bool isReference(const Arg& arg) { return std::holds_alternative<ValueRef>(arg) || std::holds_alternative<std::vector<ValueRef>>(arg); }

class Differ {
public:
    Differ(const Graph& a, const Graph& b, const std::function<bool()>& stop)
        : m_graphs{&a, &b}, m_stop(stop), m_partner{std::vector<int>(a.nodes.size(), -1), std::vector<int>(b.nodes.size(), -1)} {}

    GraphDiff run() {
        matchNames();
        matchSequence([](const Graph& graph, const Node& node) { return signature(graph, node); });
        matchSequence([](const Graph&, const Node& node) { return node.op; });
        for (int side : {0, 1}) findProducers(side);
        order();
        summarise();
        return std::move(m_diff);
    }

private:
    const Node& node(int side, int i) const { return m_graphs[side]->nodes[static_cast<std::size_t>(i)]; }
    bool stopped() const { return m_stop && m_stop(); }
    void pair(int a, int b) {
        m_partner[0][static_cast<std::size_t>(a)] = b;
        m_partner[1][static_cast<std::size_t>(b)] = a;
    }
    void matchNames();
    template <class Key>
    void matchSequence(Key key);
    void findProducers(int side);
    void order();
    void summarise();
    NodePair compare(int a, int b) const;
    void compareArguments(const Node& a, const Node& b, NodePair& pair) const;
    void compareConstants(const Tensor& a, const Tensor& b, const std::string& what, NodePair& pair) const;
    bool sameSource(ValueId a, ValueId b) const;

    const Graph* m_graphs[2];
    const std::function<bool()>& m_stop;
    std::vector<int> m_partner[2];
    std::vector<std::pair<int, std::size_t>> m_producer[2];  ///< node (-1: an input or a constant) and output, by value
    GraphDiff m_diff;
};

void Differ::matchNames() {
    for (const bool exact : {true, false}) {
        std::unordered_map<std::string, int> found;  // -1: the name is not the only one
        const auto key = [&](const Node& n) { return (exact ? n.name : plainName(n)) + "\n" + n.op; };
        for (int i = 0; i < static_cast<int>(m_graphs[1]->nodes.size()); ++i)
            if (m_partner[1][static_cast<std::size_t>(i)] < 0 && !found.emplace(key(node(1, i)), i).second) found[key(node(1, i))] = -1;
        std::unordered_map<std::string, int> uses;
        for (const Node& n : m_graphs[0]->nodes) ++uses[key(n)];
        for (int i = 0; i < static_cast<int>(m_graphs[0]->nodes.size()); ++i) {
            if (m_partner[0][static_cast<std::size_t>(i)] >= 0 || uses[key(node(0, i))] > 1) continue;
            const auto other = found.find(key(node(0, i)));
            if (other != found.end() && other->second >= 0) pair(i, other->second);
        }
    }
}

/// The longest common subsequence of what has no partner yet.
template <class Key>
void Differ::matchSequence(Key key) {
    std::vector<int> open[2];
    std::vector<std::string> keys[2];
    for (int side : {0, 1})
        for (int i = 0; i < static_cast<int>(m_graphs[side]->nodes.size()); ++i)
            if (m_partner[side][static_cast<std::size_t>(i)] < 0) {
                open[side].push_back(i);
                keys[side].push_back(key(*m_graphs[side], node(side, i)));
            }
    const std::size_t n = open[0].size(), m = open[1].size();
    if (n == 0 || m == 0) return;
    if (n > kMostCells / m) {  // too long to be exact: the next one of the same key
        std::size_t from = 0;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = from; j < m && j < from + 64; ++j)
                if (keys[0][i] == keys[1][j]) {
                    pair(open[0][i], open[1][j]);
                    from = j + 1;
                    break;
                }
        return;
    }
    std::vector<std::uint32_t> length((n + 1) * (m + 1), 0);
    const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return length[i * (m + 1) + j]; };
    for (std::size_t i = n; i-- > 0;) {
        if (stopped()) return;
        for (std::size_t j = m; j-- > 0;) at(i, j) = keys[0][i] == keys[1][j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
    for (std::size_t i = 0, j = 0; i < n && j < m;) {
        if (keys[0][i] == keys[1][j]) pair(open[0][i++], open[1][j++]);
        else if (at(i + 1, j) >= at(i, j + 1)) ++i;
        else ++j;
    }
}

void Differ::findProducers(int side) {
    m_producer[side].assign(m_graphs[side]->values.size(), {-1, 0});
    for (int i = 0; i < static_cast<int>(m_graphs[side]->nodes.size()); ++i)
        for (std::size_t k = 0; k < node(side, i).outputs.size(); ++k) m_producer[side][static_cast<std::size_t>(node(side, i).outputs[k])] = {i, k};
}

/// Whether two computed values come from nodes that belong together.
bool Differ::sameSource(ValueId a, ValueId b) const {
    const auto [nodeA, outputA] = m_producer[0][static_cast<std::size_t>(a)];
    const auto [nodeB, outputB] = m_producer[1][static_cast<std::size_t>(b)];
    if (nodeA < 0 || nodeB < 0) return nodeA < 0 && nodeB < 0;
    return m_partner[0][static_cast<std::size_t>(nodeA)] == nodeB && outputA == outputB;
}

void Differ::compareConstants(const Tensor& a, const Tensor& b, const std::string& what, NodePair& pair) const {
    if (a.shape() != b.shape()) pair.changes.push_back(what + " " + shapeText(a.shape()) + " -> " + shapeText(b.shape()));
    else if (a.dtype() != b.dtype()) pair.changes.push_back(what + " of another type");
    else if (!std::equal(a.data(), a.data() + a.byteSize(), b.data())) {
        double largest = 0;
        std::int64_t differ = 0;
        if (a.dtype() != DType::F32) largest = std::numeric_limits<double>::quiet_NaN();
        else
            for (std::int64_t i = 0; i < a.count(); ++i) {
                const double x = a.as<float>()[static_cast<std::size_t>(i)], y = b.as<float>()[static_cast<std::size_t>(i)];
                if (x == y) continue;
                ++differ;
                largest = std::max(largest, std::isfinite(x - y) ? std::abs(x - y) : std::numeric_limits<double>::infinity());
            }
        if (std::isnan(largest)) pair.changes.push_back(what + " differ");
        else if (differ > 0) {
            pair.changes.push_back(what + " differ by up to " + shortest(static_cast<float>(largest)) + " (" + std::to_string(differ) + " of " + std::to_string(a.count()) + ")");
            pair.weightDifference = std::max(pair.weightDifference, largest);
        }
    }
}

void Differ::compareArguments(const Node& a, const Node& b, NodePair& pair) const {
    static const char* const macNames[] = {"input", "weights", "bias"};
    for (std::size_t i = 0; i < std::max(a.args.size(), b.args.size()); ++i) {
        const Arg x = i < a.args.size() ? a.args[i] : Arg{}, y = i < b.args.size() ? b.args[i] : Arg{};
        const std::string name = a.isMac() && i < 3 ? macNames[i] : "argument " + std::to_string(i + 1);
        const Tensor *constantX = constantAt(*m_graphs[0], a, i), *constantY = constantAt(*m_graphs[1], b, i);
        if (constantX && constantY) compareConstants(*constantX, *constantY, name, pair);
        else if (isReference(x) != isReference(y) || x.index() != y.index() || !constantX != !constantY)
            pair.changes.push_back(name + ": " + (constantX ? "a constant" : argumentText(x)) + " -> " + (constantY ? "a constant" : argumentText(y)));
        else if (const auto* refX = std::get_if<ValueRef>(&x)) {
            if (!sameSource(refX->id, std::get<ValueRef>(y).id)) pair.changes.push_back(name + " comes from another node");
        } else if (const auto* listX = std::get_if<std::vector<ValueRef>>(&x)) {
            const auto& listY = std::get<std::vector<ValueRef>>(y);
            if (listX->size() != listY.size() || !std::ranges::equal(*listX, listY, [this](ValueRef p, ValueRef q) { return sameSource(p.id, q.id); }))
                pair.changes.push_back(name + " comes from other nodes");
        } else if (x != y) pair.changes.push_back(name + " " + argumentText(x) + " -> " + argumentText(y));
    }
}

NodePair Differ::compare(int a, int b) const {
    const Node &x = node(0, a), &y = node(1, b);
    NodePair result;
    result.first = a;
    result.second = b;
    compareArguments(x, y, result);
    const auto geometry = [&](const char* what, const std::vector<std::int64_t>& p, const std::vector<std::int64_t>& q) {
        if (p != q) result.changes.push_back(std::string(what) + " " + shapeText(p) + " -> " + shapeText(q));
    };
    geometry("stride", x.conv.stride, y.conv.stride);
    geometry("padding at the front", x.conv.padBegin, y.conv.padBegin);
    geometry("padding at the back", x.conv.padEnd, y.conv.padEnd);
    geometry("dilation", x.conv.dilation, y.conv.dilation);
    geometry("output padding", x.conv.outputPadding, y.conv.outputPadding);
    if (x.recurrent.cell != y.recurrent.cell)
        result.changes.push_back(std::string("cell ") + recurrentCellName(x.recurrent.cell) + " -> " + recurrentCellName(y.recurrent.cell));
    if (x.recurrent.reverse != y.recurrent.reverse) result.changes.emplace_back("direction");
    if (x.recurrent.resetAfter != y.recurrent.resetAfter) result.changes.emplace_back("place of the reset gate");
    if (x.conv.groups != y.conv.groups) result.changes.push_back("groups " + std::to_string(x.conv.groups) + " -> " + std::to_string(y.conv.groups));
    if (x.outputs.size() != y.outputs.size()) result.changes.push_back("number of outputs");
    for (std::size_t i = 0; i < std::min(x.outputs.size(), y.outputs.size()); ++i) {
        const Shape &p = m_graphs[0]->values[static_cast<std::size_t>(x.outputs[i])].shape, &q = m_graphs[1]->values[static_cast<std::size_t>(y.outputs[i])].shape;
        if (!p.empty() && !q.empty()) geometry("output", p, q);
    }
    result.macsFirst = nodeMacs(*m_graphs[0], x);
    result.macsSecond = nodeMacs(*m_graphs[1], y);
    if (nodeHeads(*m_graphs[0], x) != nodeHeads(*m_graphs[1], y))
        result.changes.push_back("heads " + std::to_string(nodeHeads(*m_graphs[0], x)) + " -> " + std::to_string(nodeHeads(*m_graphs[1], y)));
    result.state = result.changes.empty() ? NodePair::State::Same : NodePair::State::Changed;
    return result;
}

/// Pairs in the order of the first network; nodes of the second alone come behind the pair that they follow there.
void Differ::order() {
    std::vector<std::vector<int>> behind(m_graphs[0]->nodes.size() + 1);
    std::size_t place = 0;
    for (int j = 0; j < static_cast<int>(m_graphs[1]->nodes.size()); ++j) {
        const int partner = m_partner[1][static_cast<std::size_t>(j)];
        if (partner >= 0) place = static_cast<std::size_t>(partner) + 1;
        else behind[place].push_back(j);
    }
    const auto addAlone = [this](int side, int i) {
        NodePair alone;
        alone.state = side == 0 ? NodePair::State::OnlyFirst : NodePair::State::OnlySecond;
        (side == 0 ? alone.first : alone.second) = i;
        (side == 0 ? alone.macsFirst : alone.macsSecond) = nodeMacs(*m_graphs[side], node(side, i));
        m_diff.pairs.push_back(std::move(alone));
    };
    for (std::size_t i = 0; i <= m_graphs[0]->nodes.size(); ++i) {
        for (const int j : behind[i]) addAlone(1, j);
        if (i == m_graphs[0]->nodes.size() || stopped()) break;
        if (const int partner = m_partner[0][i]; partner >= 0) m_diff.pairs.push_back(compare(static_cast<int>(i), partner));
        else addAlone(0, static_cast<int>(i));
    }
}

void Differ::summarise() {
    for (const NodePair& pair : m_diff.pairs) {
        m_diff.same += pair.state == NodePair::State::Same;
        m_diff.changed += pair.state == NodePair::State::Changed;
        m_diff.onlyFirst += pair.state == NodePair::State::OnlyFirst;
        m_diff.onlySecond += pair.state == NodePair::State::OnlySecond;
        m_diff.sitesFirst += pair.first >= 0 && node(0, pair.first).isMac();
        m_diff.sitesSecond += pair.second >= 0 && node(1, pair.second).isMac();
        m_diff.macsFirst += pair.macsFirst;
        m_diff.macsSecond += pair.macsSecond;
        m_diff.weightDifference = std::max(m_diff.weightDifference, pair.weightDifference);
    }
    m_diff.parametersFirst = m_graphs[0]->parameterCount();
    m_diff.parametersSecond = m_graphs[1]->parameterCount();
}

}  // namespace

const char* stateName(NodePair::State state) {
    switch (state) {
        case NodePair::State::Same: return "same";
        case NodePair::State::Changed: return "changed";
        case NodePair::State::OnlyFirst: return "only in the first";
        case NodePair::State::OnlySecond: return "only in the second";
    }
    return "";
}

GraphDiff diffGraphs(const Graph& first, const Graph& second, const std::function<bool()>& stop) { return Differ(first, second, stop).run(); }

}  // namespace axp
