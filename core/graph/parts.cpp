// SPDX-License-Identifier: GPL-3.0-or-later
// Which parts of nodes are sites of their own: channel groups, and the rows and columns of projections that belong to attention heads.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/graph/sites.h"

namespace axp {

namespace {

constexpr std::int64_t kMostOwnGroups = 64;

/// Where the elements of a value come from: the node that computed them and, element by element, a label (for a Linear the output channel, for
/// a product head * width + column).
struct Origin {
    int node = -1;
    Shape shape;
    std::vector<std::int32_t> labels;
};

std::int64_t integerAt(const Node& node, std::size_t i, std::int64_t standard) {
    const auto* value = i < node.args.size() ? std::get_if<std::int64_t>(&node.args[i]) : nullptr;
    return value ? *value : standard;
}

/// Whether an argument is a number that the network computes.
bool isComputed(const Node& node, std::size_t i) { return i < node.args.size() && std::holds_alternative<ValueRef>(node.args[i]); }

/// The elements of `from` at the positions that `at` gives for every position of `shape`.
template <class Position>
std::optional<Origin> gathered(const Origin& from, const Shape& shape, Position at) {
    Origin result{from.node, shape, {}};
    const auto count = static_cast<std::size_t>(elementCount(shape));
    result.labels.reserve(count);
    std::vector<std::int64_t> index(shape.size(), 0);
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t position = at(index);
        if (position < 0 || position >= static_cast<std::int64_t>(from.labels.size())) return std::nullopt;
        result.labels.push_back(from.labels[static_cast<std::size_t>(position)]);
        for (std::size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
    }
    return result;
}

std::vector<std::int64_t> stridesOf(const Shape& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
    return strides;
}

/// Follows values back through nodes that only move elements, or scale all of them alike.
class Tracer {
public:
    explicit Tracer(const Graph& graph) : m_graph(graph), m_producer(graph.values.size(), -1) {
        for (std::size_t n = 0; n < graph.nodes.size(); ++n)
            for (const ValueId id : graph.nodes[n].outputs)
                if (id >= 0) m_producer[static_cast<std::size_t>(id)] = static_cast<int>(n);
    }

    /// Nothing when the elements of `id` do not come from one MAC node in a way that is understood.
    std::optional<Origin> trace(ValueId id, int depth = 0) const {
        if (id < 0 || depth > 32 || m_producer[static_cast<std::size_t>(id)] < 0) return std::nullopt;
        const int index = m_producer[static_cast<std::size_t>(id)];
        const Node& node = m_graph.nodes[static_cast<std::size_t>(index)];
        const Shape& shape = m_graph.values[static_cast<std::size_t>(id)].shape;
        if (shape.empty() || elementCount(shape) < 1 || elementCount(shape) > (std::int64_t{1} << 24)) return std::nullopt;
        if (node.kind == NodeKind::Linear || node.kind == NodeKind::MatMul) return source(index, node, shape);
        if (node.isMac() || node.args.empty()) return std::nullopt;
        auto from = trace(node.input(0), depth + 1);
        return from ? moved(node, *from, id, shape) : std::nullopt;
    }

private:
    static std::optional<Origin> source(int index, const Node& node, const Shape& shape) {
        Origin origin{index, shape, std::vector<std::int32_t>(static_cast<std::size_t>(elementCount(shape)))};
        const std::int64_t width = shape.back();
        if (node.kind == NodeKind::MatMul && shape.size() != 4) return std::nullopt;
        const std::int64_t heads = node.kind == NodeKind::MatMul ? shape[1] : 1, plane = elementCount(shape) / shape[0] / heads;
        for (std::size_t i = 0; i < origin.labels.size(); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            origin.labels[i] = static_cast<std::int32_t>(at / plane % heads * width + at % width);
        }
        return origin;
    }

    /// Whether argument 1 is one number.
    bool scalar(const Node& node) const {
        if (node.args.size() < 2) return false;
        if (std::holds_alternative<double>(node.args[1]) || std::holds_alternative<std::int64_t>(node.args[1])) return true;
        const ValueId id = node.input(1);
        return id >= 0 && m_graph.values[static_cast<std::size_t>(id)].constant && m_graph.values[static_cast<std::size_t>(id)].constant->count() == 1;
    }

    std::optional<Origin> moved(const Node& node, const Origin& from, ValueId id, const Shape& shape) const {
        static const std::set<std::string> inOrder{"aten::reshape",   "aten::view",        "aten::_unsafe_view", "axp::reshape", "aten::flatten.using_ints",
                                                   "aten::unsqueeze", "aten::squeeze.dim", "aten::contiguous",   "aten::clone"};
        static const std::set<std::string> scaling{"aten::mul.Scalar", "aten::div.Scalar", "aten::mul.Tensor", "aten::div.Tensor"};
        if (inOrder.contains(node.op) || (scaling.contains(node.op) && scalar(node))) {
            if (elementCount(shape) != static_cast<std::int64_t>(from.labels.size())) return std::nullopt;
            return Origin{from.node, shape, from.labels};
        }
        if (node.op == "aten::permute" || node.op == "aten::transpose.int") return permuted(node, from, shape);
        static const std::set<std::string> cutting{"aten::select.int",   "aten::slice.Tensor",     "aten::chunk",
                                                   "aten::split.Tensor", "aten::split_with_sizes", "aten::unbind.int"};
        return cutting.contains(node.op) ? cut(node, from, id, shape) : std::nullopt;
    }

    static std::optional<Origin> permuted(const Node& node, const Origin& from, const Shape& shape) {
        const auto rank = static_cast<std::int64_t>(from.shape.size());
        std::vector<std::int64_t> order(from.shape.size());
        std::iota(order.begin(), order.end(), std::int64_t{0});
        const auto wrap = [rank](std::int64_t d) { return d < 0 ? d + rank : d; };
        if (node.op == "aten::permute") {
            const auto* dims = node.args.size() > 1 ? std::get_if<std::vector<std::int64_t>>(&node.args[1]) : nullptr;
            if (!dims || dims->size() != order.size()) return std::nullopt;
            std::transform(dims->begin(), dims->end(), order.begin(), wrap);
        } else {
            const std::int64_t a = wrap(integerAt(node, 1, -rank - 1)), b = wrap(integerAt(node, 2, -rank - 1));
            if (a < 0 || b < 0 || a >= rank || b >= rank) return std::nullopt;
            std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
        }
        if (shape.size() != order.size()) return std::nullopt;
        const auto strides = stridesOf(from.shape);
        return gathered(from, shape, [&](const std::vector<std::int64_t>& index) {
            std::int64_t position = 0;
            for (std::size_t d = 0; d < order.size(); ++d) position += index[d] * strides[static_cast<std::size_t>(order[d])];
            return position;
        });
    }

    /// A piece of one dimension: of several outputs those before `id` come first.
    std::optional<Origin> cut(const Node& node, const Origin& from, ValueId id, const Shape& shape) const {
        const bool drops = node.op == "aten::select.int" || node.op == "aten::unbind.int";
        if ((node.op == "aten::select.int" || node.op == "aten::slice.Tensor") && isComputed(node, 2)) return std::nullopt;
        const std::size_t place = node.op == "aten::select.int" || node.op == "aten::slice.Tensor" || node.op == "aten::unbind.int" ? 1 : 2;
        std::int64_t dim = integerAt(node, place, 0), first = 0;
        if (dim < 0) dim += static_cast<std::int64_t>(from.shape.size());
        if (dim < 0 || dim >= static_cast<std::int64_t>(from.shape.size()) || shape.size() + (drops ? 1 : 0) != from.shape.size()) return std::nullopt;
        const std::int64_t length = from.shape[static_cast<std::size_t>(dim)];
        if (node.op == "aten::select.int") first = integerAt(node, 2, 0);
        else if (node.op == "aten::slice.Tensor") {
            if (integerAt(node, 4, 1) != 1) return std::nullopt;
            first = integerAt(node, 2, 0);
        } else {
            for (const ValueId output : node.outputs) {
                if (output == id) break;
                if (output < 0) return std::nullopt;
                first += drops ? 1 : m_graph.values[static_cast<std::size_t>(output)].shape[static_cast<std::size_t>(dim)];
            }
        }
        if (first < 0) first += length;
        const auto strides = stridesOf(from.shape);
        return gathered(from, shape, [&](const std::vector<std::int64_t>& index) {
            std::int64_t position = 0;
            for (std::size_t d = 0; d < from.shape.size(); ++d) {
                const bool cutHere = static_cast<std::int64_t>(d) == dim;
                const std::int64_t own = cutHere ? first + (drops ? 0 : index[d]) : index[d - (drops && static_cast<std::int64_t>(d) > dim ? 1 : 0)];
                if (own >= from.shape[d]) return std::int64_t{-1};
                position += own * strides[d];
            }
            return position;
        });
    }

    const Graph& m_graph;
    std::vector<int> m_producer;
};

/// The heads of one operand of a product: every head reads `width` neighbouring channels of a Linear, head after head from `first` on.
struct HeadChannels {
    int node = -1;
    std::int64_t first = 0, width = 0;
};

std::optional<HeadChannels> headChannels(const Graph& graph, const Origin& origin) {
    if (origin.shape.size() != 4 || graph.nodes[static_cast<std::size_t>(origin.node)].kind != NodeKind::Linear) return std::nullopt;
    const std::int64_t heads = origin.shape[1], plane = origin.shape[2] * origin.shape[3];
    std::optional<HeadChannels> found;
    for (std::int64_t head = 0; head < heads; ++head) {
        const auto begin = origin.labels.begin() + head * plane;
        const std::set<std::int32_t> channels(begin, begin + plane);
        const std::int64_t width = *channels.rbegin() - *channels.begin() + 1;
        if (width != static_cast<std::int64_t>(channels.size())) return std::nullopt;
        if (!found) found = HeadChannels{origin.node, *channels.begin(), width};
        if (width != found->width || *channels.begin() != found->first + head * width) return std::nullopt;
    }
    return found;
}

/// Gives the projections before and after attention products their heads.
void defineHeadParts(Graph& graph) {
    const Tracer tracer(graph);
    struct Found {
        std::int64_t heads = 0, width = 0;
        std::set<std::int64_t> firsts;
        bool consistent = true;
    };
    std::map<int, Found> rows;
    for (const Node& node : graph.nodes) {
        const int heads = node.kind == NodeKind::MatMul ? nodeHeads(graph, node) : 0;
        for (std::size_t operand = 0; heads > 1 && operand < 2; ++operand) {
            const auto origin = tracer.trace(node.input(operand));
            const auto channels = origin && origin->shape.size() == 4 && origin->shape[1] == heads ? headChannels(graph, *origin) : std::nullopt;
            if (!channels) continue;
            Found& found = rows[channels->node];
            if (found.heads == 0) found = {heads, channels->width, {}, true};
            found.consistent = found.consistent && found.heads == heads && found.width == channels->width;
            found.firsts.insert(channels->first);
        }
    }
    for (const auto& [index, found] : rows) {
        Node& node = graph.nodes[static_cast<std::size_t>(index)];
        const std::int64_t channels = graph.values[static_cast<std::size_t>(node.input(1))].shape[0], each = found.heads * found.width;
        std::set<std::int64_t> wanted;
        for (std::int64_t first = 0; first < channels; first += each) wanted.insert(first);
        if (found.consistent && channels % each == 0 && found.firsts == wanted)
            node.parts = {SiteParts::Kind::HeadRows, static_cast<int>(found.heads), static_cast<int>(channels / each)};
    }
    for (Node& node : graph.nodes) {
        if (node.kind != NodeKind::Linear || node.parts.kind != SiteParts::Kind::None) continue;
        const auto origin = tracer.trace(node.input(0));
        if (!origin || graph.nodes[static_cast<std::size_t>(origin->node)].kind != NodeKind::MatMul) continue;
        const Node& product = graph.nodes[static_cast<std::size_t>(origin->node)];
        const std::int64_t columns = origin->shape.back();
        const int heads = nodeHeads(graph, product);
        bool plain = heads > 1 && columns == heads * graph.values[static_cast<std::size_t>(product.outputs[0])].shape.back();
        for (std::size_t i = 0; plain && i < origin->labels.size(); ++i) plain = origin->labels[i] == static_cast<std::int64_t>(i) % columns;
        if (plain) node.parts = {SiteParts::Kind::HeadColumns, heads, 1};
    }
}

SiteParts channelGroupsOf(const Graph& graph, const Node& node, int wanted) {
    if (node.kind != NodeKind::Conv && node.kind != NodeKind::ConvTranspose && node.kind != NodeKind::Linear) return {};
    const std::int64_t own = node.kind == NodeKind::Linear ? 1 : node.conv.groups;
    if (own > 1 && own <= kMostOwnGroups) return {SiteParts::Kind::Groups, static_cast<int>(own), 1};
    const std::int64_t channels = partRows(graph, node, -1).front().count;
    const bool fits = channels % wanted == 0 && (own % wanted == 0 || wanted % own == 0);
    return fits && channels >= wanted ? SiteParts{SiteParts::Kind::Groups, wanted, 1} : SiteParts{};
}

}  // namespace

void defineParts(Graph& graph, const SiteOptions& options) {
    for (Node& node : graph.nodes) node.parts = {};
    if (options.headFull) defineHeadParts(graph);
    if (options.channelGroups < 2) return;
    for (Node& node : graph.nodes)
        if (node.parts.kind == SiteParts::Kind::None) node.parts = channelGroupsOf(graph, node, options.channelGroups);
}

}  // namespace axp
