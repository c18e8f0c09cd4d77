// SPDX-License-Identifier: GPL-3.0-or-later
// Test vectors of one site: the integer operands and accumulators of the matrix product that it amounts to.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "core/base/text.h"

namespace axp::detail {
namespace {

at::Tensor codesOf(const at::Tensor& x, const Quantizer& quantizer) {
    const at::Tensor dense = x.contiguous();
    at::Tensor codes = at::empty(dense.sizes(), at::kChar);
    quantizeCodes(dense.data_ptr<float>(), dense.numel(), quantizer, codes.data_ptr<std::int8_t>());
    return codes;
}

/// Codes [n, C, s...] unfolded to [groups, n * positions, K] with K = (channel, kernel row, kernel column); padding is code 0.
at::Tensor unfoldCodes(const at::Tensor& codes, const ConvGeometry& g) {
    // Small integers are exact in binary32, the only type LibTorch unfolds.
    at::Tensor x = codes.to(at::kFloat);
    if (x.dim() == 3) x = x.unsqueeze(2);
    x = at::constant_pad_nd(x, {g.padBegin[2], g.padEnd[2], g.padBegin[1], g.padEnd[1]});
    at::Tensor columns = at::im2col(x, {g.kernel[1], g.kernel[2]}, {g.dilation[1], g.dilation[2]}, {0, 0}, {g.stride[1], g.stride[2]});
    columns = columns.permute({0, 2, 1});  // [n, positions, C * kernel]
    columns = columns.reshape({columns.size(0) * columns.size(1), g.groups, g.depth()});
    return columns.permute({1, 0, 2}).to(at::kChar);
}

/// What one slice contributes; concatenated along an axis.
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

Part layerPart(const at::Tensor& x, const at::Tensor& y, const at::Tensor& acc, const std::optional<ConvGeometry>& geometry,
               const Quantizer& quantizer) {
    Part part;
    part.x = x;
    part.y = y;
    const at::Tensor codes = codesOf(x, quantizer);
    if (geometry) {
        part.qa = unfoldCodes(codes, *geometry);
        part.acc = acc.reshape({-1, geometry->groups, geometry->outChannels / geometry->groups}).permute({1, 0, 2});
    } else {
        part.qa = codes.reshape({1, -1, codes.size(-1)});
        part.acc = acc.unsqueeze(0);
    }
    return part;
}

Tensor join(const std::vector<Part>& parts, at::Tensor Part::*member, std::int64_t axis) {
    std::vector<at::Tensor> pieces;
    for (const auto& part : parts) pieces.push_back(part.*member);
    return toPlain(at::cat(pieces, axis));
}

/// The site that dump-vectors asks for.
struct Target {
    std::size_t leaf = 0, node = 0;
    int head = -1;  ///< -1: the whole node
};

Result<Target> findTarget(const std::vector<Site>& leaves, const Graph& graph, const std::string& site) {
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const auto node = static_cast<std::size_t>(leaves[i].node);
        if (leaves[i].id == site) return Target{i, node, leaves[i].head};
        if (graph.nodes[node].name == site) return Target{i, node, -1};
    }
    std::vector<std::string> ids;
    for (const auto& leaf : leaves) ids.push_back(leaf.id);
    return badInput("there is no site '" + site + "'", graph.name, didYouMean(site, ids));
}

}  // namespace

Result<void> EmulatorImpl::checkDumpable(const std::string& site, const Node& node, const KernelIds& ids, int head) const {
    if (head < 0 && std::any_of(ids.begin(), ids.end(), [&](int id) { return id != ids.front(); }))
        return badInput("the heads of the site have different ACUs", "site " + site, "Dump one head: " + site + "/h0.");
    if (node.kind != NodeKind::Conv) return {};
    if (m_graph.values[static_cast<std::size_t>(node.input(1))].constant->shape().size() > 4)
        return badInput("vectors of three-dimensional convolutions cannot be dumped", "site " + site);
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
        AXP_CHECK(checkDumpable(site, node, ids, target.head));
        const int id = target.head < 0 ? ids.front() : ids[static_cast<std::size_t>(target.head)];
        const bool product = node.kind == NodeKind::MatMul;
        std::optional<ConvGeometry> geometry;
        if (node.kind == NodeKind::Conv) geometry = convGeometry(m_graph, node);
        AXP_TRY(const auto split, m_data->split(slice.split));
        AXP_TRY(const std::vector<at::Tensor> batches, inputs(*split, slice));

        const Quantizer quantA = m_engine.quantizer(target.node, 0, id);
        std::vector<Part> parts;
        for (const auto& batch : batches) {
            SliceRunner runner(*m_program, m_engine, batch);
            SliceRunner::Capture capture;
            capture.node = target.node;
            AXP_CHECK(runner.run(configuration.kernels, m_exactKernels, false, *m_workspaces[0], job, &capture));
            parts.push_back(product ? productPart(capture.a, capture.b, capture.y, capture.acc, target.head, quantA,
                                                  m_engine.quantizer(target.node, 1, id))
                                    : layerPart(capture.a, capture.y, capture.acc, geometry, quantA));
        }
        VectorDump dump;
        const std::int64_t axis = product ? 0 : 1;
        dump.qa = join(parts, &Part::qa, axis);
        dump.acc = join(parts, &Part::acc, axis);
        dump.x = join(parts, &Part::x, 0);
        dump.y = join(parts, &Part::y, 0);
        if (product) {
            dump.qw = join(parts, &Part::qw, 0);
            dump.w = join(parts, &Part::w, 0);
            dump.scaleB = {m_engine.quantizer(target.node, 1, id).scale};
        } else {
            const MacEngine::WeightCodes weights = m_engine.weightCodes(target.node, id);
            const std::int64_t groups = geometry ? geometry->groups : 1;
            const auto channels = static_cast<std::int64_t>(weights.scales.size());
            const auto depth = static_cast<std::int64_t>(weights.codes.size()) / std::max<std::int64_t>(1, channels);
            dump.qw = Tensor::from({groups, channels / groups, depth}, weights.codes);
            dump.w = *m_graph.values[static_cast<std::size_t>(node.input(1))].constant;
            dump.scaleB = weights.scales;
        }
        dump.scaleA = quantA.scale;
        dump.strategy = strategyName(m_engine.kernel(id).strategy());
        dump.acu = configuration.perLeaf[target.leaf]->name();
        AXP_TRY(dump.acuHash, configuration.perLeaf[target.leaf]->hash());
        dump.semantics = m_engine.handling(id) == SignHandling::SignMagnitude ? "sign-magnitude" : "direct";
        return dump;
    } catch (const std::exception& error) {
        return failure("dumping vectors failed: " + firstLine(error), "site " + site);
    }
}

}  // namespace axp::detail
