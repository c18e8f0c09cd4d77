// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attention.h"

#include <algorithm>

namespace axp {

using onnx_file::Dim;
using onnx_file::PartialShape;

namespace {

/// Looks for merged heads from the products back to where an operand was cut.
class HeadFinder {
public:
    HeadFinder(const Graph& graph, const std::vector<PartialShape>& shapes) : m_graph(graph), m_shapes(shapes), m_producer(graph.values.size(), -1) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i)
            for (const ValueId id : graph.nodes[i].outputs) m_producer[static_cast<std::size_t>(id)] = static_cast<int>(i);
    }

    /// Heads of a rank-3 product, or 0 when it has none that can be told.
    std::int64_t heads(const Node& node) const {
        const auto a = shape(node.input(0)), b = shape(node.input(1));
        if (!a || !b || a->size() != 3 || b->size() != 3 || !(*a)[0].isBatch() || !((*a)[0] == (*b)[0])) return 0;
        const std::int64_t merged = (*a)[0].value;
        for (const std::size_t operand : {1u, 0u}) {
            const std::int64_t count = cut(node.input(operand));
            if (count > 1 && merged % count == 0) return count;
        }
        return 0;
    }

private:
    PartialShape shape(ValueId id) const {
        return id >= 0 && static_cast<std::size_t>(id) < m_shapes.size() ? m_shapes[static_cast<std::size_t>(id)] : std::nullopt;
    }
    const Node* producer(ValueId id) const {
        const int node = id >= 0 ? m_producer[static_cast<std::size_t>(id)] : -1;
        return node >= 0 ? &m_graph.nodes[static_cast<std::size_t>(node)] : nullptr;
    }

    /// Into how many pieces a reshape cut the last dimension of what became this operand.
    std::int64_t cut(ValueId id) const {
        static const std::vector<std::string> passing = {"aten::transpose.int", "aten::permute",    "aten::mul.Tensor",  "aten::div.Tensor",
                                                         "aten::mul.Scalar",    "aten::div.Scalar", "aten::select.int",  "aten::unsqueeze",
                                                         "aten::squeeze.dim",   "aten::flatten.using_ints"};
        for (int depth = 0; depth < 12; ++depth) {
            const Node* node = producer(id);
            if (!node) return 0;
            const auto in = shape(node->input(0)), out = shape(node->outputs[0]);
            if (node->op == "aten::reshape") {
                if (in && out && !in->empty() && !out->empty() && in->back().isKnown() && out->back().isKnown() && out->back().value > 0 &&
                    in->back().value > out->back().value && in->back().value % out->back().value == 0)
                    return pieces(*in, *out);
            } else if (std::ranges::find(passing, node->op) == passing.end()) return 0;
            id = node->input(0);
        }
        return 0;
    }

    /// A reshape [.., E] -> [.., h, E / h] or [.., 3, h, d] names the heads itself; [T, N, E] -> [T, N * h, d] by its lengths.
    static std::int64_t pieces(const std::vector<Dim>& in, const std::vector<Dim>& out) {
        const std::int64_t count = in.back().value / out.back().value;
        const Dim& last = out.size() > 1 ? out[out.size() - 2] : out.back();
        return last.isKnown() && last.value > 1 && count % last.value == 0 && out.size() > in.size() ? last.value : count;
    }

    const Graph& m_graph;
    const std::vector<PartialShape>& m_shapes;
    std::vector<int> m_producer;
};

/// The shape [N * heads, M, K] as [N, heads, M, K] literals; nothing when M or K is not known.
std::optional<std::vector<std::int64_t>> unmerged(const PartialShape& shape, std::int64_t heads) {
    if (!shape || !(*shape)[1].isKnown() || !(*shape)[2].isKnown()) return std::nullopt;
    return std::vector<std::int64_t>{-1, heads, (*shape)[1].value, (*shape)[2].value};
}

std::string freeName(const Graph& graph, const std::string& wanted) { return uniqueNodeName(wanted, graph.nodes); }

/// Puts reshapes around the product at `index`; returns how many nodes come in front of it.
std::size_t split(Graph& graph, std::vector<PartialShape>& shapes, std::size_t index, std::int64_t heads,
                  const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
    const ValueId result = graph.nodes[index].outputs[0];
    const Dim outer = Dim::batch((*shapes[static_cast<std::size_t>(graph.nodes[index].input(0))])[0].value / heads);
    const auto reshape = [&](const char* what, ValueId from, ValueId to, std::vector<std::int64_t> sizes, std::size_t at) {
        Node node;
        node.name = freeName(graph, graph.nodes[index].name + what);
        node.op = "aten::reshape";
        node.args = {ValueRef{from}, std::move(sizes)};
        node.outputs = {to};
        graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at), std::move(node));
    };
    const auto value = [&](const std::string& name, const std::vector<std::int64_t>& sizes) {
        const ValueId id = graph.addValue(name);
        shapes.resize(graph.values.size());
        shapes[static_cast<std::size_t>(id)] = std::vector<Dim>{outer, Dim::known(heads), Dim::known(sizes[2]), Dim::known(sizes[3])};
        return id;
    };
    const std::vector<std::int64_t> product = {-1, heads, a[2], b[3]};
    const std::string& name = graph.nodes[index].name;
    const ValueId left = value(name + ".a", a), right = value(name + ".b", b), whole = value(name + ".heads", product);
    const ValueId oldA = graph.nodes[index].input(0), oldB = graph.nodes[index].input(1);
    graph.nodes[index].args = {ValueRef{left}, ValueRef{right}};
    graph.nodes[index].outputs = {whole};
    reshape(".merge", whole, result, {-1, a[2], b[3]}, index + 1);
    reshape(".a", oldA, left, a, index);
    ++index;
    reshape(".b", oldB, right, b, index);
    return 2;
}

}  // namespace

ValueId buildAttention(GraphBuilder& builder, const Attention& attention, ValueId* probabilities) {
    const std::string base = attention.name.empty() ? "" : attention.name + ".";
    const ValueId keys = builder.op(base + "k_transposed", "aten::transpose.int", {ValueRef{attention.k}, std::int64_t{-2}, std::int64_t{-1}});
    ValueId scores = builder.mac(base + "qk", NodeKind::MatMul, {ValueRef{attention.q}, ValueRef{keys}});
    if (attention.scale != 1.0) scores = builder.op(base + "scale", "aten::mul.Scalar", {ValueRef{scores}, attention.scale});
    if (attention.mask >= 0) scores = builder.op(base + "mask", "aten::add.Tensor", {ValueRef{scores}, ValueRef{attention.mask}});
    const ValueId weights = builder.op(base + "softmax", "aten::softmax.int", {ValueRef{scores}, std::int64_t{-1}});
    if (probabilities) *probabilities = weights;
    return builder.mac(base + "av", NodeKind::MatMul, {ValueRef{weights}, ValueRef{attention.v}});
}

int exposeHeads(Graph& graph, std::vector<PartialShape>& shapes) {
    int changed = 0;
    shapes.resize(graph.values.size());
    std::vector<std::pair<std::string, std::int64_t>> found;
    {
        const HeadFinder finder(graph, shapes);
        std::vector<std::int64_t> heads;
        for (const Node& node : graph.nodes) heads.push_back(node.kind == NodeKind::MatMul ? finder.heads(node) : 0);
        for (std::size_t i = 0; i < heads.size(); ++i)
            if (heads[i] > 1) found.emplace_back(graph.nodes[i].name, heads[i]);
    }
    for (const auto& [name, heads] : found) {
        const auto place = std::ranges::find(graph.nodes, name, &Node::name);
        const auto index = static_cast<std::size_t>(place - graph.nodes.begin());
        const auto a = unmerged(shapes[static_cast<std::size_t>(place->input(0))], heads);
        const auto b = unmerged(shapes[static_cast<std::size_t>(place->input(1))], heads);
        if (!a || !b) continue;
        split(graph, shapes, index, heads, *a, *b);
        ++changed;
    }
    return changed;
}

}  // namespace axp
