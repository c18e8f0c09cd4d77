// SPDX-License-Identifier: GPL-3.0-or-later
// Test vectors of one site: the integer operands and accumulators of the matrix product that it amounts to.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "core/base/text.h"

namespace axp::detail {
namespace {

/// Codes as 16-bit numbers: operands less their zero point.
at::Tensor codesOf(const at::Tensor& x, const Quantizer& quantizer) {
    const at::Tensor dense = x.contiguous();
    at::Tensor codes = at::empty(dense.sizes(), at::kShort);
    quantizeCodes(dense.data_ptr<float>(), dense.numel(), quantizer, codes.data_ptr<std::int16_t>());
    return codes;
}

/// Codes [n, C, s...] unfolded to [groups, n * positions, K] with K = (channel, kernel plane, row, column); padding is code 0.
at::Tensor unfoldCodes(const at::Tensor& codes, const ConvGeometry& g) {
    at::Tensor x = codes;
    while (x.dim() < 5) x = x.unsqueeze(2);
    x = at::constant_pad_nd(x, {g.padBegin[2], g.padEnd[2], g.padBegin[1], g.padEnd[1], g.padBegin[0], g.padEnd[0]});
    for (std::size_t i = 0; i < 3; ++i)  // [n, C, out..., k...]: a window is a stretch of dilation * (k - 1) + 1, of which every dilation-th counts
        x = x.unfold(static_cast<std::int64_t>(i) + 2, g.dilation[i] * (g.kernel[i] - 1) + 1, g.stride[i]);
    for (std::size_t i = 0; i < 3; ++i) x = x.slice(static_cast<std::int64_t>(i) + 5, 0, x.size(static_cast<std::int64_t>(i) + 5), g.dilation[i]);
    const std::int64_t samples = x.size(0), positions = x.size(2) * x.size(3) * x.size(4);
    x = x.permute({0, 2, 3, 4, 1, 5, 6, 7}).reshape({samples * positions, g.groups, g.depth()});
    return x.permute({1, 0, 2}).contiguous();
}

/// What one slice contributes; concatenated along an axis. Codes are 16-bit, accumulators 64-bit.
struct Part {
    at::Tensor qa, qw, acc, x, w, y;
};

/// Operands of a MatMul as [batch, rows, K]: sample and head together are the batch. `head` < 0: all heads.
Part productPart(at::Tensor a, at::Tensor b, at::Tensor y, at::Tensor acc, int head, const Quantizer& quantA, const Quantizer& quantB) {
    if (head >= 0)
        for (at::Tensor* t : {&a, &b, &y, &acc}) *t = t->select(1, head);
    const auto flat = [](const at::Tensor& t) { return t.reshape({-1, t.size(-2), t.size(-1)}); };
    const at::Tensor bt = b.transpose(-1, -2);
    return {flat(codesOf(a, quantA)), flat(codesOf(bt, quantB)), flat(acc), flat(a), flat(bt), flat(y)};
}

/// Accumulators of products that a layer adds up itself. A transposed convolution is the product of its input pixels, [groups, n * pixels,
/// C / groups], with the weights of all taps, which meet in its output; a head of an output projection gives a partial sum.
at::Tensor plainProducts(const AcuKernelPtr& kernel, const at::Tensor& qa, const at::Tensor& qw, const SumOptions& options) {
    at::Tensor acc = at::empty({qa.size(0), qa.size(1), qw.size(1)}, at::kLong);
    ConvGeometry pixels;
    pixels.inChannels = qa.size(2);
    pixels.outChannels = qw.size(1);
    Workspace workspace;
    const at::Tensor values = qa.to(at::kFloat).contiguous();
    for (std::int64_t group = 0; group < qa.size(0); ++group) {
        const at::Tensor weights = qw[group].contiguous();
        auto layer = MacLayer::create(kernel, pixels, weights.data_ptr<std::int16_t>(), options);
        if (!layer.ok()) throw c10::Error(layer.error().what, "");
        (*layer)->forward(values[group].data_ptr<float>(), 1, {1, 1, qa.size(1)}, {1.0F, -65535, 65535}, nullptr, nullptr, nullptr,
                          acc[group].data_ptr<std::int64_t>(), workspace);
    }
    return acc;
}

/// Operands of a layer as [groups, rows, K]. A GRU that resets the state before the product is three products, one for each gate.
Part layerPart(const SliceRunner::Capture& capture, const Node& node, const ConvGeometry& geometry, const Quantizer& quantizer) {
    const bool recurrent = node.kind == NodeKind::Recurrent;
    Part part;
    part.x = recurrent ? capture.trace.state : capture.a;
    part.y = recurrent ? capture.trace.product : capture.y;
    const at::Tensor &acc = capture.trace.acc, codes = codesOf(part.x, quantizer);
    if (recurrent && capture.trace.resetState.defined()) {
        const at::Tensor rows = codes.reshape({-1, codes.size(-1)}), fresh = codesOf(capture.trace.resetState, quantizer).reshape({-1, codes.size(-1)});
        part.qa = at::stack({rows, rows, fresh});
        part.acc = acc.reshape({-1, 3, acc.size(-1) / 3}).permute({1, 0, 2});
    } else if (recurrent || node.kind == NodeKind::Linear) {
        part.qa = codes.reshape({1, -1, codes.size(-1)});
        part.acc = acc.reshape({1, -1, acc.size(-1)});
    } else if (geometry.transposed) {
        const at::Tensor rows = codes.flatten(2).permute({0, 2, 1}).reshape({-1, geometry.groups, geometry.inChannels / geometry.groups});
        part.qa = rows.permute({1, 0, 2}).contiguous();
    } else {
        part.qa = unfoldCodes(codes, geometry);
        part.acc = acc.reshape({-1, geometry.groups, geometry.outChannels / geometry.groups}).permute({1, 0, 2});
    }
    return part;
}

/// Rows of dimension `dim`.
at::Tensor rowsOf(const at::Tensor& tensor, std::int64_t dim, const std::vector<IndexRange>& rows) {
    std::vector<at::Tensor> pieces;
    for (const IndexRange& range : rows) pieces.push_back(tensor.narrow(dim, range.first, range.count));
    return at::cat(pieces, dim);
}

/// Narrows operands and sums [groups, M or N, K] to those of one part of a layer. `taps`: rows of qw for one output channel.
struct PartOfLayer {
    std::vector<IndexRange> rows;
    IndexRange columns;
    std::int64_t perGroup = 0, taps = 1;

    void narrow(at::Tensor& qa, at::Tensor& qw, at::Tensor& acc) const {
        const IndexRange& first = rows.front();
        std::vector<IndexRange> inside = rows;
        if (qa.size(0) > 1) {
            const std::int64_t group = first.first / perGroup, count = std::max<std::int64_t>(1, first.count / perGroup);
            for (at::Tensor* t : {&qa, &qw, &acc})
                if (t->defined()) *t = t->narrow(0, group, count);
            inside = {{first.first % perGroup, std::min(first.count, perGroup)}};
        }
        if (acc.defined()) acc = rowsOf(acc, 2, inside);
        for (IndexRange& range : inside) range = {range.first * taps, range.count * taps};
        qw = rowsOf(qw, 1, inside);
        if (columns.count > 0) {
            qa = qa.narrow(2, columns.first, columns.count);
            qw = qw.narrow(2, columns.first, columns.count);
        }
        for (at::Tensor* t : {&qa, &qw, &acc})
            if (t->defined()) *t = t->contiguous();
    }
};

at::Tensor joined(const std::vector<Part>& parts, at::Tensor Part::*member, std::int64_t axis) {
    std::vector<at::Tensor> pieces;
    for (const auto& part : parts) pieces.push_back(part.*member);
    return at::cat(pieces, axis);
}

/// Codes as they stand in the file: operands of the multiplier, in the narrowest type that holds every code of that width.
Tensor codeTensor(const at::Tensor& codes, int bits, bool affine, std::int64_t zero) {
    const at::Tensor operands = affine ? (codes.to(at::kLong) + zero).bitwise_and((std::int64_t{1} << bits) - 1) : codes.to(at::kLong);
    if (!affine) return toPlain(operands.to(bits <= 8 ? at::kChar : at::kShort));
    if (bits <= 8) return toPlain(operands.to(at::kByte));
    const at::Tensor dense = operands.contiguous();
    const auto* values = dense.data_ptr<std::int64_t>();
    return Tensor::from(Shape(dense.sizes().vec()), std::vector<std::uint16_t>(values, values + dense.numel()));
}

/// Sums before the zero-point terms that the multiplier has inside.
at::Tensor rawSums(const at::Tensor& acc, const at::Tensor& qa, const at::Tensor& qw, const OperandHandling& h, int bitsA, int bitsB) {
    const auto sums = [](const at::Tensor& codes, std::int64_t zero, int bits) {
        return (codes.to(at::kLong) + zero).bitwise_and((std::int64_t{1} << bits) - 1).sum(-1);
    };
    return acc + h.zeroB * sums(qa, h.zeroA, bitsA).unsqueeze(-1) + h.zeroA * sums(qw, h.zeroB, bitsB).unsqueeze(-2) - qa.size(-1) * h.zeroA * h.zeroB;
}

Tensor sumTensor(const at::Tensor& acc) {
    const bool fits = acc.numel() == 0 || acc.abs().max().item<std::int64_t>() <= std::numeric_limits<std::int32_t>::max();
    return toPlain(fits ? acc.to(at::kInt) : acc);
}

/// Weights as [groups, N, K]; a transposed convolution has N = (output channel, taps).
at::Tensor weightRows(const std::vector<std::int16_t>& codes, const ConvGeometry& geometry, std::int64_t groups) {
    at::Tensor all = at::empty({static_cast<std::int64_t>(codes.size())}, at::kShort);
    std::copy(codes.begin(), codes.end(), all.data_ptr<std::int16_t>());
    if (!geometry.transposed) return all.reshape({groups, geometry.outChannels / groups, -1});
    return all.reshape({groups, geometry.inChannels / groups, -1}).permute({0, 2, 1}).contiguous();
}

/// The site that dump-vectors asks for.
struct Target {
    std::size_t leaf = 0, node = 0;
    int part = -1;  ///< -1: the whole node
};

Result<Target> findTarget(const std::vector<Site>& leaves, const Graph& graph, const std::string& site) {
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const auto node = static_cast<std::size_t>(leaves[i].node);
        if (leaves[i].id == site) return Target{i, node, leaves[i].part()};
        if (graph.nodes[node].name == site) return Target{i, node, -1};
    }
    std::vector<std::string> ids;
    for (const auto& leaf : leaves) ids.push_back(leaf.id);
    return badInput("there is no site '" + site + "'", graph.name, didYouMean(site, ids));
}

/// Operands, weights and accumulators of a layer with constant weights.
void assembleLayer(VectorDump& dump, const MacEngine& engine, const Graph& graph, const Target& target, int id, at::Tensor& qa, at::Tensor& qw, at::Tensor& acc) {
    const Node& node = graph.nodes[target.node];
    const ConvGeometry geometry = layerGeometry(graph, node);
    const MacEngine::WeightCodes weights = engine.weightCodes(target.node, id);
    const std::vector<IndexRange> rows = partRows(graph, node, target.part);
    const IndexRange columns = partColumns(graph, node, target.part);
    const bool columnPart = node.parts.kind == SiteParts::Kind::HeadColumns && target.part >= 0;
    qw = weightRows(weights.codes, geometry, qa.size(0));
    dump.w = *graph.values[static_cast<std::size_t>(node.input(1))].constant;
    dump.scaleB = atRows(weights.scales, rows);
    if (target.part >= 0) {
        const std::int64_t taps = geometry.transposed ? geometry.kernel[0] * geometry.kernel[1] * geometry.kernel[2] : 1;
        PartOfLayer{rows, columnPart ? columns : IndexRange{}, geometry.outChannels / geometry.groups, taps}.narrow(qa, qw, acc);
    }
    if (geometry.transposed || columnPart) acc = plainProducts(engine.kernelPtr(id), qa, qw, engine.sumOptions(id));
}

/// Everything of a dump but the ACU's name.
VectorDump assemble(const MacEngine& engine, const Graph& graph, const Target& target, int id, const std::vector<Part>& parts) {
    const std::size_t index = target.node;
    const Node& node = graph.nodes[index];
    const bool product = node.kind == NodeKind::MatMul;
    const Multiplier& multiplier = engine.kernel(id).multiplier();
    const OperandHandling& handling = engine.handling(id);
    const bool affine = handling.sign == SignHandling::Affine;
    VectorDump dump;
    at::Tensor qa = joined(parts, &Part::qa, product ? 0 : 1), qw, acc;
    if (parts.front().acc.defined()) acc = joined(parts, &Part::acc, product ? 0 : 1);
    if (product) {
        qw = joined(parts, &Part::qw, 0);
        dump.w = toPlain(joined(parts, &Part::w, 0));
        dump.scaleB = {engine.quantizer(index, 1, id).scale};
    } else {
        assembleLayer(dump, engine, graph, target, id, qa, qw, acc);
    }
    if (affine) acc = rawSums(acc, qa, qw, handling, multiplier.bitsA(), multiplier.bitsB());
    dump.qa = codeTensor(qa, multiplier.bitsA(), affine, handling.zeroA);
    dump.qw = codeTensor(qw, multiplier.bitsB(), affine, handling.zeroB);
    dump.acc = sumTensor(acc);
    dump.x = toPlain(joined(parts, &Part::x, 0));
    dump.y = toPlain(joined(parts, &Part::y, 0));
    dump.scaleA = engine.quantizer(index, 0, id).scale;
    dump.zeroA = handling.zeroA;
    dump.zeroB = handling.zeroB;
    dump.strategy = strategyName(engine.kernel(id).strategy());
    dump.semantics = signHandlingName(handling.sign);
    return dump;
}

}  // namespace

Result<void> EmulatorImpl::checkDumpable(const std::string& site, const Node& node, const KernelIds& ids, int part) const {
    if (part < 0 && std::any_of(ids.begin(), ids.end(), [&](int id) { return id != ids.front(); }))
        return badInput("the heads or channel groups of the site have different ACUs", "site " + site,
                        "Dump one of them: " + site + (nodeHeads(m_graph, node) > 0 ? "/h0." : "/g0."));
    if (node.kind != NodeKind::Conv) return {};
    if (!m_engine.settings().padThroughMultiplier)
        return badInput("with padThroughMultiplier off the padding has no codes, so the site is no plain matrix product",
                        "site " + site, "Turn the option on to dump vectors.");
    return {};
}

Result<VectorDump> EmulatorImpl::dumpVectors(const Assignment& assignment, const std::string& site, const DataSlice& slice,
                                             const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        AXP_CHECK(requireRanges());
        AXP_TRY(const Target target, findTarget(m_leaves, m_graph, site));
        const Node& node = m_graph.nodes[target.node];
        AXP_TRY(const Configuration configuration, configure(assignment));
        const KernelIds& ids = configuration.kernels[target.node];
        AXP_CHECK(checkDumpable(site, node, ids, target.part));
        const int id = target.part < 0 ? ids.front() : ids[static_cast<std::size_t>(target.part)];
        const bool product = node.kind == NodeKind::MatMul;
        ConvGeometry geometry;
        if (!product) geometry = layerGeometry(m_graph, node);
        AXP_TRY(const auto split, m_data->split(slice.split));
        AXP_TRY(const std::vector<at::Tensor> batches, inputs(*split, slice, job));

        const Quantizer quantA = m_engine.quantizer(target.node, 0, id);
        std::vector<Part> parts;
        for (const auto& batch : batches) {
            SliceRunner runner(*m_program, m_engine, batch);
            SliceRunner::Capture capture;
            capture.node = target.node;
            AXP_CHECK(runner.run(configuration.kernels, m_exactKernels, false, *m_workspaces[0], job, &capture));
            parts.push_back(product ? productPart(capture.a, capture.b, capture.y, capture.trace.acc, target.part, quantA,
                                                  m_engine.quantizer(target.node, 1, id))
                                    : layerPart(capture, node, geometry, quantA));
        }
        VectorDump dump = assemble(m_engine, m_graph, target, id, parts);
        dump.acu = configuration.perLeaf[target.leaf]->name();
        AXP_TRY(dump.acuHash, configuration.perLeaf[target.leaf]->hash());
        return dump;
    } catch (const std::exception& error) {
        return failure("dumping vectors failed: " + firstLine(error), "site " + site);
    }
}

}  // namespace axp::detail
