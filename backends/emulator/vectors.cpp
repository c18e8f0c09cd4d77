// SPDX-License-Identifier: GPL-3.0-or-later
// Test vectors of one site: the integer operands and accumulators of the matrix product that it amounts to.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/torch_tensor.h"

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

/// What one slice contributes; concatenated along `axis`.
struct Part {
    at::Tensor qa, qw, acc, x, w, y;
};

}  // namespace

Result<VectorDump> EmulatorImpl::dumpVectors(const Assignment& assignment, const std::string& site, const DataSlice& slice,
                                             const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        AXP_CHECK(requireRanges());
        const auto slash = site.find("/h");
        const std::string nodeName = site.substr(0, slash);
        std::optional<std::size_t> leaf;
        std::size_t index = 0;
        for (std::size_t i = m_leaves.size(); i-- > 0;) {
            const auto node = static_cast<std::size_t>(m_leaves[i].node);
            if (m_leaves[i].id == site || (slash == std::string::npos && m_graph.nodes[node].name == nodeName)) {
                leaf = i;
                index = node;
            }
        }
        if (!leaf) return badInput("there is no site '" + site + "'", m_graph.name, "`axplorer-cli inspect` lists the sites.");
        const Node& node = m_graph.nodes[index];
        const int head = slash == std::string::npos ? -1 : m_leaves[*leaf].head;
        AXP_TRY(const Configuration configuration, configure(assignment));
        const KernelIds& ids = configuration.kernels[index];
        const int id = head < 0 ? ids.front() : ids[static_cast<std::size_t>(head)];
        if (head < 0)
            for (const int other : ids)
                if (other != id)
                    return badInput("the heads of site '" + site + "' have different ACUs", {}, "Dump one head: " + site + "/h0.");
        const bool matrix = node.kind == NodeKind::MatMul;
        std::optional<ConvGeometry> geometry;
        if (node.kind == NodeKind::Conv) geometry = convGeometry(m_graph, node);
        if (geometry && m_graph.values[static_cast<std::size_t>(node.input(1))].constant->shape().size() > 4)
            return badInput("vectors of three-dimensional convolutions cannot be dumped", "site " + site);
        if (geometry && !m_engine.settings().padThroughMultiplier)
            return badInput("with padThroughMultiplier off the padding has no codes, so the site is no plain matrix product", "site " + site,
                            "Turn the option on to dump vectors.");

        AXP_TRY(const auto split, m_data->split(slice.split));
        AXP_TRY(const std::vector<at::Tensor> batches, inputs(*split, slice));
        const Quantizer quantA = m_engine.quantizer(index, 0, id);
        VectorDump dump;
        MacEngine::WeightCodes weights;
        if (!matrix) weights = m_engine.weightCodes(index, id);
        std::vector<Part> parts;
        for (const auto& batch : batches) {
            SliceRunner runner(*m_program, m_engine, batch);
            SliceRunner::Capture capture{index, {}};
            AXP_CHECK(runner.run(configuration.kernels, m_exactKernels, true, *m_workspaces[0], job, &capture));
            // The operands are inputs of a MAC node, so the runner keeps them; the output is recomputed from them below.
            const auto value = [&](ValueId v) {
                if (v == m_graph.inputs[0]) return batch;
                return runner.lastValue(v).value_or(at::Tensor());
            };
            Part part;
            part.x = value(node.input(0));
            Environment operands = m_program->environment();
            operands[static_cast<std::size_t>(node.input(0))] = part.x;
            if (matrix) operands[static_cast<std::size_t>(node.input(1))] = value(node.input(1));
            part.y = m_engine.run(index, ids, operands, *m_workspaces[0]);
            if (matrix) {
                at::Tensor a = part.x, b = value(node.input(1)), y = part.y, acc = capture.acc;
                if (head >= 0) {
                    for (at::Tensor* t : {&a, &b, &y, &acc}) *t = t->select(1, head);
                }
                const auto flat = [](const at::Tensor& t) { return t.reshape({-1, t.size(-2), t.size(-1)}); };
                const at::Tensor bt = b.transpose(-1, -2);
                part = {flat(codesOf(a, quantA)), flat(codesOf(bt, m_engine.quantizer(index, 1, id))), flat(acc), flat(a), flat(bt), flat(y)};
            } else if (geometry) {
                part.qa = unfoldCodes(codesOf(part.x, quantA), *geometry);
                const at::Tensor acc = capture.acc.reshape({-1, geometry->groups, geometry->outChannels / geometry->groups});
                part.acc = acc.permute({1, 0, 2});
            } else {
                const at::Tensor codes = codesOf(part.x, quantA);
                part.qa = codes.reshape({1, -1, codes.size(-1)});
                part.acc = capture.acc.unsqueeze(0);
            }
            parts.push_back(std::move(part));
        }
        const auto join = [&](at::Tensor Part::*member, std::int64_t axis) {
            std::vector<at::Tensor> pieces;
            for (const auto& part : parts) pieces.push_back(part.*member);
            return toPlain(at::cat(pieces, axis));
        };
        const std::int64_t axis = matrix ? 0 : 1;
        dump.qa = join(&Part::qa, axis);
        dump.acc = join(&Part::acc, axis);
        dump.x = join(&Part::x, 0);
        dump.y = join(&Part::y, 0);
        if (matrix) {
            dump.qw = join(&Part::qw, 0);
            dump.w = join(&Part::w, 0);
            dump.scaleB = {m_engine.quantizer(index, 1, id).scale};
        } else {
            const std::int64_t groups = geometry ? geometry->groups : 1;
            const auto channels = static_cast<std::int64_t>(weights.scales.size());
            const auto depth = static_cast<std::int64_t>(weights.codes.size()) / std::max<std::int64_t>(1, channels);
            dump.qw = Tensor::from({groups, channels / groups, depth}, weights.codes);
            dump.w = *m_graph.values[static_cast<std::size_t>(node.input(1))].constant;
            dump.scaleB = weights.scales;
        }
        dump.scaleA = quantA.scale;
        dump.strategy = strategyName(m_engine.kernel(id).strategy());
        dump.acu = configuration.perLeaf[*leaf]->name();
        AXP_TRY(dump.acuHash, configuration.perLeaf[*leaf]->hash());
        dump.semantics = m_engine.handling(id) == SignHandling::SignMagnitude ? "sign-magnitude" : "direct";
        return dump;
    } catch (const std::exception& error) {
        return failure("dumping vectors failed: " + firstLine(error), "site " + site);
    }
}

}  // namespace axp::detail
