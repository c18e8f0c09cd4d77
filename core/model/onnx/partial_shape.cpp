// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/partial_shape.h"

#include <algorithm>
#include <unordered_map>

namespace axp::onnx_file {

namespace {

/// The node under inference with its inputs' shapes.
class Inference {
public:
    Inference(const Graph& graph, const Node& node, const std::vector<PartialShape>& shapes)
        : m_graph(graph),
          m_node(node),
          m_shapes(shapes) {}

    std::vector<PartialShape> recurrent() const;
    std::vector<PartialShape> run();

private:
    PartialShape shapeOf(ValueId id) const {
        if (id < 0) return std::nullopt;
        if (const auto& constant = m_graph.values[id].constant) {
            std::vector<Dim> dims;
            for (std::int64_t d : constant->shape()) dims.push_back(Dim::known(d));
            return dims;
        }
        return static_cast<std::size_t>(id) < m_shapes.size() ? m_shapes[id] : std::nullopt;
    }
    PartialShape input(std::size_t i) const { return shapeOf(m_node.input(i)); }
    std::int64_t integer(std::size_t i, std::int64_t standard) const {
        if (i >= m_node.args.size()) return standard;
        const auto* v = std::get_if<std::int64_t>(&m_node.args[i]);
        return v ? *v : standard;
    }
    bool flag(std::size_t i) const {
        return i < m_node.args.size() && std::holds_alternative<bool>(m_node.args[i]) && std::get<bool>(m_node.args[i]);
    }
    std::vector<std::int64_t> list(std::size_t i) const {
        if (i >= m_node.args.size()) return {};
        const auto* v = std::get_if<std::vector<std::int64_t>>(&m_node.args[i]);
        return v ? *v : std::vector<std::int64_t>{};
    }
    /// `axis` counted from the front, or -1 when it is out of range.
    static std::int64_t front(std::int64_t axis, std::size_t rank) {
        const auto size = static_cast<std::int64_t>(rank);
        if (axis < 0) axis += size;
        return axis >= 0 && axis < size ? axis : -1;
    }

    PartialShape broadcast(std::size_t count) const;
    PartialShape convolution() const;
    PartialShape transposedConvolution() const;
    PartialShape matrixProduct() const;
    PartialShape pooling() const;
    PartialShape reduction() const;
    PartialShape flatten() const;
    PartialShape reshape() const;
    PartialShape permute() const;
    PartialShape concatenation() const;
    PartialShape slice() const;
    PartialShape padding() const;
    PartialShape expansion() const;
    PartialShape unsqueeze() const;
    PartialShape expanded() const;
    PartialShape rangeLength() const;
    PartialShape lastReplaced(const Dim& dim) const;
    PartialShape without(std::int64_t axis) const;
    PartialShape axisReplaced(std::int64_t axis, const Dim& dim) const;
    PartialShape single() const;

    const Graph& m_graph;
    const Node& m_node;
    const std::vector<PartialShape>& m_shapes;
};

PartialShape Inference::broadcast(std::size_t count) const {
    PartialShape result = input(0);
    for (std::size_t i = 1; i < count && result; ++i)
        if (i < m_node.args.size() && m_node.input(i) >= 0) result = broadcastShapes(result, input(i));
    return result;
}

PartialShape Inference::convolution() const {
    const auto x = input(0);
    const auto w = input(1);
    const std::size_t dims = m_node.conv.stride.size();
    if (!x || !w || x->size() != dims + 2 || w->size() != dims + 2) return std::nullopt;
    std::vector<Dim> result = {(*x)[0], (*w)[0]};
    for (std::size_t i = 0; i < dims; ++i) {
        const auto& c = m_node.conv;
        const Dim& in = (*x)[i + 2];
        const std::int64_t span = c.dilation[i] * ((*w)[i + 2].value - 1) + 1;
        const std::int64_t room = in.value + c.padBegin[i] + c.padEnd[i] - span;
        result.push_back(in.isKnown() && room >= 0 ? Dim::known(room / c.stride[i] + 1) : Dim{});
    }
    return result;
}

PartialShape Inference::transposedConvolution() const {
    const auto x = input(0);
    const auto w = input(1);
    const auto& c = m_node.conv;
    const std::size_t dims = c.stride.size();
    if (!x || !w || x->size() != dims + 2 || w->size() != dims + 2 || c.outputPadding.size() != dims)
        return std::nullopt;
    std::vector<Dim> result = {(*x)[0], Dim::known((*w)[1].value * c.groups)};
    for (std::size_t i = 0; i < dims; ++i) {
        const std::int64_t out = ((*x)[i + 2].value - 1) * c.stride[i] - c.padBegin[i] - c.padEnd[i] +
                                 c.dilation[i] * ((*w)[i + 2].value - 1) + c.outputPadding[i] + 1;
        result.push_back((*x)[i + 2].isKnown() && out > 0 ? Dim::known(out) : Dim{});
    }
    return result;
}

PartialShape Inference::matrixProduct() const {
    const auto a = input(0), b = input(1);
    if (!a || !b || a->size() < 2 || b->size() < 2) return std::nullopt;
    const std::vector<Dim> batchA(a->begin(), a->end() - 2), batchB(b->begin(), b->end() - 2);
    PartialShape result = broadcastShapes(batchA, batchB);
    result->push_back((*a)[a->size() - 2]);
    result->push_back(b->back());
    return result;
}

PartialShape Inference::pooling() const {
    const auto x = input(0);
    const auto kernel = list(1), padding = list(3);
    const auto stride = list(2).empty() ? kernel : list(2);
    const bool maximum = m_node.op.starts_with("aten::max");
    const auto dilation = maximum ? list(4) : std::vector<std::int64_t>{};
    const bool ceil = flag(maximum ? 5 : 4);
    if (!x || x->size() != kernel.size() + 2 || stride.size() != kernel.size()) return std::nullopt;
    std::vector<Dim> result = {(*x)[0], (*x)[1]};
    for (std::size_t i = 0; i < kernel.size(); ++i) {
        const std::int64_t pad = i < padding.size() ? padding[i] : 0, step = stride[i];
        const std::int64_t span = (i < dilation.size() ? dilation[i] : 1) * (kernel[i] - 1) + 1;
        const std::int64_t in = (*x)[i + 2].value, room = in + 2 * pad - span;
        if (!(*x)[i + 2].isKnown() || room < 0 || step < 1) {
            result.push_back({});
            continue;
        }
        std::int64_t out = (room + (ceil ? step - 1 : 0)) / step + 1;
        if (ceil && (out - 1) * step >= in + pad) --out;
        result.push_back(Dim::known(out));
    }
    return result;
}

PartialShape Inference::reduction() const {
    const auto x = input(0);
    if (!x) return std::nullopt;
    auto axes = list(1);
    if (axes.empty()) {
        if (!flag(2)) return std::vector<Dim>{};
        return std::vector<Dim>(x->size(), Dim::known(1));
    }
    std::vector<char> reduced(x->size(), 0);
    for (std::int64_t axis : axes) {
        const std::int64_t at = front(axis, x->size());
        if (at < 0) return std::nullopt;
        reduced[at] = 1;
    }
    std::vector<Dim> result;
    for (std::size_t i = 0; i < x->size(); ++i) {
        if (!reduced[i]) result.push_back((*x)[i]);
        else if (flag(2)) result.push_back(Dim::known(1));
    }
    return result;
}

PartialShape Inference::flatten() const {
    const auto x = input(0);
    if (!x || x->empty()) return std::nullopt;
    const std::int64_t first = front(integer(1, 0), x->size()), last = front(integer(2, -1), x->size());
    if (first < 0 || last < first) return std::nullopt;
    std::vector<Dim> result(x->begin(), x->begin() + first);
    result.push_back(product(*x, first, last + 1));
    result.insert(result.end(), x->begin() + last + 1, x->end());
    return result;
}

PartialShape Inference::reshape() const {
    const auto x = input(0);
    const auto target = list(1);
    if (m_node.args.size() < 2 || !std::holds_alternative<std::vector<std::int64_t>>(m_node.args[1]))
        return std::nullopt;
    std::vector<Dim> result;
    Dim rest = x ? product(*x, 0, x->size()) : Dim{};
    for (std::int64_t d : target) {
        result.push_back(d >= 0 ? Dim::known(d) : Dim{});
        if (d > 0) rest = divide(rest, Dim::known(d));
    }
    for (std::size_t i = 0; i < target.size(); ++i)
        if (target[i] == -1) result[i] = rest;
    return result;
}

PartialShape Inference::permute() const {
    const auto x = input(0);
    if (!x) return std::nullopt;
    std::vector<Dim> result = *x;
    if (m_node.op == "aten::transpose.int") {
        const std::int64_t a = front(integer(1, 0), x->size()), b = front(integer(2, 0), x->size());
        if (a < 0 || b < 0) return std::nullopt;
        std::swap(result[a], result[b]);
        return result;
    }
    const auto order = list(1);
    if (order.size() != x->size()) return std::nullopt;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::int64_t from = front(order[i], x->size());
        if (from < 0) return std::nullopt;
        result[i] = (*x)[from];
    }
    return result;
}

PartialShape Inference::concatenation() const {
    const auto* parts = m_node.args.empty() ? nullptr : std::get_if<std::vector<ValueRef>>(&m_node.args[0]);
    if (!parts || parts->empty()) return std::nullopt;
    PartialShape result = shapeOf((*parts)[0].id);
    if (!result) return std::nullopt;
    const std::int64_t axis = front(integer(1, 0), result->size());
    if (axis < 0) return std::nullopt;
    for (std::size_t i = 1; i < parts->size(); ++i) {
        const auto part = shapeOf((*parts)[i].id);
        if (!part || part->size() != result->size()) return std::nullopt;
        Dim& sum = (*result)[axis];
        const Dim& more = (*part)[axis];
        sum =
            sum.kind == more.kind && sum.kind != Dim::Kind::Unknown ? Dim{sum.kind, sum.value + more.value, -1} : Dim{};
        for (std::size_t d = 0; d < result->size(); ++d)
            if (static_cast<std::int64_t>(d) != axis && (*result)[d].kind == Dim::Kind::Unknown)
                (*result)[d] = (*part)[d];
    }
    return result;
}

PartialShape Inference::axisReplaced(std::int64_t axis, const Dim& dim) const {
    auto x = input(0);
    if (!x) return std::nullopt;
    const std::int64_t at = front(axis, x->size());
    if (at < 0) return std::nullopt;
    (*x)[at] = dim;
    return x;
}

PartialShape Inference::slice() const {
    const auto x = input(0);
    if (!x) return std::nullopt;
    const std::int64_t at = front(integer(1, 0), x->size());
    const std::int64_t step = integer(4, 1);
    if (at < 0 || step < 1 || !(*x)[at].isKnown()) return axisReplaced(integer(1, 0), {});
    const std::int64_t size = (*x)[at].value;
    const auto clamp = [size](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + size : v, 0, size); };
    const std::int64_t start = clamp(integer(2, 0)), end = clamp(integer(3, size));
    return axisReplaced(at, Dim::known(end > start ? (end - start - 1) / step + 1 : 0));
}

PartialShape Inference::padding() const {
    auto x = input(0);
    const auto pads = list(1);
    if (!x || pads.size() > 2 * x->size()) return std::nullopt;
    for (std::size_t i = 0; i + 1 < pads.size(); i += 2) {
        Dim& dim = (*x)[x->size() - 1 - i / 2];
        const std::int64_t more = pads[i] + pads[i + 1];
        if (more != 0) dim = dim.isKnown() ? Dim::known(dim.value + more) : Dim{};
    }
    return x;
}

PartialShape Inference::expansion() const {
    const auto x = input(0);
    if (m_node.op == "axp::expand_batch") {
        const auto like = input(1);
        return axisReplaced(0, like && !like->empty() ? (*like)[0] : Dim{});
    }
    const auto sizes = list(1);
    std::vector<Dim> result;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::size_t shift = x ? sizes.size() - std::min(sizes.size(), x->size()) : 0;
        if (sizes[i] >= 0) result.push_back(Dim::known(sizes[i]));
        else result.push_back(x && i >= shift ? (*x)[i - shift] : Dim{});
    }
    return result;
}

PartialShape Inference::unsqueeze() const {
    auto x = input(0);
    if (!x) return std::nullopt;
    const std::int64_t at = front(integer(1, 0), x->size() + 1);
    if (at < 0) return std::nullopt;
    x->insert(x->begin() + at, Dim::known(1));
    return x;
}

/// axp::expand to a constant shape.
PartialShape Inference::expanded() const {
    const ValueId target = m_node.input(1);
    const auto& constant = target >= 0 ? m_graph.values[static_cast<std::size_t>(target)].constant : std::nullopt;
    if (!constant || constant->dtype() != DType::I64) return std::nullopt;
    std::vector<Dim> dims;
    for (const std::int64_t d : constant->as<std::int64_t>()) dims.push_back(Dim::known(d));
    return broadcastShapes(input(0), dims);
}

/// axp::range between constants.
PartialShape Inference::rangeLength() const {
    std::int64_t bounds[3] = {};
    for (std::size_t i = 0; i < 3; ++i) {
        const ValueId id = m_node.input(i);
        const auto& constant = id >= 0 ? m_graph.values[static_cast<std::size_t>(id)].constant : std::nullopt;
        if (!constant || constant->dtype() != DType::I64 || constant->count() != 1) return std::vector<Dim>{Dim{}};
        bounds[i] = constant->as<std::int64_t>()[0];
        if (bounds[i] > kMostShapeElements || bounds[i] < -kMostShapeElements) return std::vector<Dim>{Dim{}};
    }
    const auto [start, limit, step] = bounds;
    if (step == 0) return std::vector<Dim>{Dim{}};
    const std::int64_t room = limit - start, sign = step > 0 ? 1 : -1;
    return std::vector<Dim>{Dim::known(room * sign <= 0 ? 0 : (room * sign - 1) / (step * sign) + 1)};
}

PartialShape Inference::without(std::int64_t axis) const {
    auto x = input(0);
    if (!x) return std::nullopt;
    const std::int64_t at = front(axis, x->size());
    if (at < 0) return std::nullopt;
    x->erase(x->begin() + at);
    return x;
}

PartialShape Inference::lastReplaced(const Dim& dim) const { return axisReplaced(-1, dim); }

PartialShape Inference::single() const {
    const std::string& op = m_node.op;
    if (m_node.kind == NodeKind::Conv) return convolution();
    if (m_node.kind == NodeKind::ConvTranspose) return transposedConvolution();
    if (m_node.kind == NodeKind::MatMul) return matrixProduct();
    if (m_node.kind == NodeKind::Linear) {
        const auto w = input(1);
        return w && w->size() == 2 ? lastReplaced((*w)[0]) : std::nullopt;
    }
    using Rule = PartialShape (Inference::*)() const;
    static const std::unordered_map<std::string, Rule> rules = {{"aten::max_pool1d", &Inference::pooling},
                                                                {"aten::max_pool2d", &Inference::pooling},
                                                                {"aten::max_pool3d", &Inference::pooling},
                                                                {"aten::avg_pool1d", &Inference::pooling},
                                                                {"aten::avg_pool2d", &Inference::pooling},
                                                                {"aten::avg_pool3d", &Inference::pooling},
                                                                {"aten::mean.dim", &Inference::reduction},
                                                                {"aten::sum.dim_IntList", &Inference::reduction},
                                                                {"aten::amax", &Inference::reduction},
                                                                {"aten::amin", &Inference::reduction},
                                                                {"aten::logsumexp", &Inference::reduction},
                                                                {"aten::flatten.using_ints", &Inference::flatten},
                                                                {"aten::reshape", &Inference::reshape},
                                                                {"aten::permute", &Inference::permute},
                                                                {"aten::transpose.int", &Inference::permute},
                                                                {"aten::cat", &Inference::concatenation},
                                                                {"aten::slice.Tensor", &Inference::slice},
                                                                {"aten::constant_pad_nd", &Inference::padding},
                                                                {"aten::expand", &Inference::expansion},
                                                                {"axp::expand_batch", &Inference::expansion},
                                                                {"aten::unsqueeze", &Inference::unsqueeze}};
    if (const auto rule = rules.find(op); rule != rules.end()) return (this->*rule->second)();
    if (op == "aten::select.int" || op == "aten::squeeze.dim") return without(integer(1, 0));
    if (op == "aten::index_select") {
        const auto index = input(2);
        return axisReplaced(integer(1, 0), index && index->size() == 1 ? (*index)[0] : Dim{});
    }
    if (op == "axp::shape") return input(0) ? PartialShape(std::vector<Dim>{Dim::known(static_cast<std::int64_t>(input(0)->size()))}) : std::nullopt;
    if (op == "axp::expand") return expanded();
    if (op == "axp::range") return rangeLength();
    if (op == "aten::adaptive_avg_pool2d" && list(1).size() == 2) {
        auto x = input(0);
        if (!x || x->size() != 4) return std::nullopt;
        (*x)[2] = Dim::known(list(1)[0]);
        (*x)[3] = Dim::known(list(1)[1]);
        return x;
    }
    static const std::vector<std::string> same = {"aten::relu",
                                                  "aten::leaky_relu",
                                                  "aten::elu",
                                                  "aten::sigmoid",
                                                  "aten::tanh",
                                                  "aten::clamp",
                                                  "aten::hardsigmoid",
                                                  "aten::hardswish",
                                                  "aten::gelu",
                                                  "aten::erf",
                                                  "aten::sqrt",
                                                  "aten::exp",
                                                  "aten::log",
                                                  "aten::reciprocal",
                                                  "aten::neg",
                                                  "aten::abs",
                                                  "aten::floor",
                                                  "aten::ceil",
                                                  "aten::softplus",
                                                  "aten::mish",
                                                  "aten::pow.Tensor_Scalar",
                                                  "aten::mul.Scalar",
                                                  "aten::add.Scalar",
                                                  "aten::softmax.int",
                                                  "aten::log_softmax.int",
                                                  "aten::batch_norm",
                                                  "aten::layer_norm",
                                                  "aten::instance_norm",
                                                  "aten::to.dtype",
                                                  "aten::logical_not", "aten::threshold", "aten::hardshrink", "aten::softshrink", "aten::celu",
                                                  "aten::sin", "aten::cos", "aten::square", "aten::group_norm", "aten::cumsum", "aten::triu",
                                                  "aten::tril", "aten::sign", "aten::round", "aten::clamp.Tensor"};
    if (std::ranges::find(same, op) != same.end()) return input(0);
    static const std::vector<std::string> pairs = {
        "aten::add.Tensor", "aten::sub.Tensor", "aten::mul.Tensor",        "aten::div.Tensor", "aten::div.Tensor_mode",
        "aten::minimum",    "aten::maximum",    "aten::pow.Tensor_Tensor", "aten::eq.Tensor",  "aten::lt.Tensor",
        "aten::gt.Tensor",  "aten::le.Tensor",  "aten::ge.Tensor",         "aten::logical_and",
        "aten::logical_or", "aten::logical_xor", "aten::remainder.Tensor", "aten::fmod.Tensor"};
    if (std::ranges::find(pairs, op) != pairs.end()) return broadcast(2);
    if (op == "aten::where.self") return broadcast(3);
    return std::nullopt;
}

/// The sequence and the last states of a Recurrent node.
std::vector<PartialShape> Inference::recurrent() const {
    std::vector<PartialShape> result(m_node.outputs.size());
    const auto x = input(0), w = input(1);
    if (!x || x->size() != 3 || !w || w->size() != 2) return result;
    for (PartialShape& state : result) state = std::vector<Dim>{(*x)[0], (*w)[1]};
    result[0] = std::vector<Dim>{(*x)[0], (*x)[1], (*w)[1]};
    return result;
}

std::vector<PartialShape> Inference::run() {
    if (m_node.kind == NodeKind::Recurrent) return recurrent();
    if (m_node.outputs.size() == 1) return {single()};
    std::vector<PartialShape> result(m_node.outputs.size());
    if (m_node.op != "aten::split_with_sizes" && m_node.op != "aten::chunk") return result;
    const auto sizes = list(1);
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = axisReplaced(integer(2, 0), i < sizes.size() ? Dim::known(sizes[i]) : Dim{});
    return result;
}

}  // namespace

std::vector<PartialShape> inferPartialShapes(const Graph& graph, const axp::Node& node,
                                             const std::vector<PartialShape>& shapes) {
    return Inference(graph, node, shapes).run();
}

}  // namespace axp::onnx_file
