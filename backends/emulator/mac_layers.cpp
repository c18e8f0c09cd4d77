// SPDX-License-Identifier: GPL-3.0-or-later
// Layers with constant weights: whole or part by part, with the activation that is fused into them, and the recurrent product of every step.
#include <ATen/ATen.h>

#include <algorithm>

#include "backends/emulator/detail/mac_engine.h"
#include "backends/emulator/detail/recurrent.h"

namespace axp::detail {
namespace {

/// scale[n] = s_a * s_w[n], rounded once to binary32.
std::vector<float> outputScales(float scaleA, const std::vector<float>& weightScales) {
    std::vector<float> scales(weightScales.size());
    for (std::size_t n = 0; n < scales.size(); ++n) scales[n] = scaleA * weightScales[n];
    return scales;
}

/// [N, C, s...] to channels-last memory: a contiguous [N, D, H, W, C] view of it.
at::Tensor channelsLast(const at::Tensor& x) {
    at::Tensor view = x;
    while (view.dim() < 5) view = view.unsqueeze(2);
    return view.permute({0, 2, 3, 4, 1}).contiguous();
}

/// As LibTorch's ReLU and clamp round: NaN stays, and so does the sign of a zero.
void limit(float* y, std::int64_t count, const Epilogue& epilogue) {
    const float lo = epilogue.lo, hi = epilogue.hi;  // y may not reach them: else the loop is not vectorised
    for (std::int64_t i = 0; i < count; ++i) {
        const float above = y[i] < lo ? lo : y[i];
        y[i] = above > hi ? hi : above;
    }
}

/// The bias at a layer's rows; empty without one.
std::vector<float> biasAt(const Node& node, const Environment& environment, const std::vector<IndexRange>& rows) {
    if (node.input(2) < 0) return {};
    const at::Tensor bias = environment[static_cast<std::size_t>(node.input(2))].toTensor().contiguous();
    return atRows(std::vector<float>(bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel()), rows);
}

/// Puts the channels of a piece where they belong.
void place(const at::Tensor& piece, const std::vector<IndexRange>& rows, at::Tensor& all) {
    std::int64_t from = 0;
    for (const IndexRange& range : rows) {
        all.narrow(-1, range.first, range.count).copy_(piece.narrow(-1, from, range.count));
        from += range.count;
    }
}

at::Tensor floats(const std::vector<float>& values) { return at::tensor(at::ArrayRef<float>(values), at::kFloat); }

}  // namespace

MacEngine::Operand MacEngine::operandOf(const Node& node, const Environment& environment) const {
    const at::Tensor& x = environment[static_cast<std::size_t>(node.input(0))].toTensor();
    if (x.numel() == 0) throw c10::Error("an operand is empty", "");
    Operand operand{node.kind == NodeKind::Linear ? x.contiguous().view({1, 1, 1, -1, x.size(-1)}) : channelsLast(x)};
    requireFinite(operand.x);
    return operand;
}

/// One piece of a layer: y [N, od, oh, ow, rows] = float(acc) * scale (+ bias), limited by the node's epilogue. The samples go to the layer
/// together: look-ups in large tables share what they read, which weighs more than results that are still in the cache.
void MacEngine::forward(const Packed& packed, const Operand& operand, const Quantizer& quantizer, const Node& node, const Environment& environment,
                        at::Tensor& y, at::Tensor* acc, Workspace& workspace) const {
    const std::vector<float> scales = outputScales(quantizer.scale, packed.weightScales), bias = biasAt(node, environment, packed.slice.rows);
    packed.layer->forward(operand.x.data_ptr<float>(), operand.x.size(0), operand.spatial(), quantizer, scales.data(), bias.empty() ? nullptr : bias.data(),
                          y.data_ptr<float>(), acc ? acc->data_ptr<std::int64_t>() : nullptr, workspace);
    if (node.epilogue.clamps()) limit(y.data_ptr<float>(), y.numel(), node.epilogue);
}

/// The heads of an output projection: partial sums over the columns that each head gave.
at::Tensor MacEngine::addColumns(std::size_t index, const KernelIds& ids, const Operand& operand, const Environment& environment, Workspace& workspace,
                                 at::Tensor* acc) const {
    const Node& node = m_graph.nodes[index];
    at::Tensor total, sum, lastScale;
    bool oneScale = true;
    for (std::size_t part = 0; part < ids.size(); ++part) {
        const Packed& packed = this->packed(index, ids[part], static_cast<int>(part));
        const Quantizer quantizer = this->quantizer(index, 0, ids[part]);
        const Operand own{operand.x.narrow(4, packed.slice.inputs.first, packed.slice.inputs.count).contiguous()};
        const at::Tensor scale = floats(outputScales(quantizer.scale, packed.weightScales));
        at::Tensor partial = at::empty({1, 1, 1, own.x.size(3), packed.slice.geometry.outChannels}, at::kLong);
        packed.layer->forward(own.x.data_ptr<float>(), 1, own.spatial(), quantizer, scale.data_ptr<float>(), nullptr, nullptr,
                              partial.data_ptr<std::int64_t>(), workspace);
        const at::Tensor scaled = partial.to(at::kFloat).mul_(scale);
        oneScale = oneScale && (part == 0 || lastScale.equal(scale));
        total = part == 0 ? partial : total + partial;
        sum = part == 0 ? scaled : sum + scaled;
        lastScale = scale;
    }
    if (acc) *acc = total.view({-1, total.size(4)});
    at::Tensor y = oneScale ? total.to(at::kFloat).mul_(lastScale) : sum;
    if (const std::vector<float> bias = biasAt(node, environment, partRows(m_graph, node, -1)); !bias.empty()) y = y + floats(bias);
    if (node.epilogue.clamps()) limit(y.data_ptr<float>(), y.numel(), node.epilogue);
    return y;
}

/// Every part by its own kernel over the channels that it reads.
void MacEngine::runParts(std::size_t index, const KernelIds& ids, const Operand& operand, const Environment& environment, at::Tensor& y, at::Tensor* acc,
                         Workspace& workspace) const {
    const Node& node = m_graph.nodes[index];
    for (std::size_t part = 0; part < ids.size(); ++part) {
        const Packed& packed = this->packed(index, ids[part], static_cast<int>(part));
        const IndexRange inputs = packed.slice.inputs;
        const Operand own{inputs.count == operand.x.size(4) ? operand.x : operand.x.narrow(4, inputs.first, inputs.count).contiguous()};
        std::vector<std::int64_t> sizes = y.sizes().vec();
        sizes.back() = packed.slice.geometry.outChannels;
        at::Tensor ownY = at::empty(sizes), ownAcc;
        if (acc) ownAcc = at::empty(sizes, at::kLong);
        forward(packed, own, quantizer(index, 0, ids[part]), node, environment, ownY, acc ? &ownAcc : nullptr, workspace);
        place(ownY, packed.slice.rows, y);
        if (acc) place(ownAcc, packed.slice.rows, *acc);
    }
}

at::Tensor MacEngine::runLayer(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace, MacTrace* trace) const {
    const Node& node = m_graph.nodes[index];
    const at::Tensor& x = environment[static_cast<std::size_t>(node.input(0))].toTensor();
    const Operand operand = operandOf(node, environment);
    const ConvGeometry layer = layerGeometry(m_graph, node);
    if (operand.x.size(4) != layer.inChannels)
        throw c10::Error("the input has " + std::to_string(operand.x.size(4)) + " features where " + std::to_string(layer.inChannels) + " are needed", "");
    const auto out = layer.outSize(operand.spatial());
    if (*std::min_element(out.begin(), out.end()) < 1) throw c10::Error("the input is smaller than the kernel", "");
    at::Tensor y, acc;
    at::Tensor* const accOut = trace ? &acc : nullptr;
    const bool uniform = isUniform(ids);
    if (!uniform && node.parts.kind == SiteParts::Kind::HeadColumns) {
        y = addColumns(index, ids, operand, environment, workspace, accOut);
    } else {
        y = at::empty({operand.x.size(0), out[0], out[1], out[2], layer.outChannels});
        if (trace) acc = at::empty(y.sizes(), at::kLong);
        if (uniform) forward(packed(index, ids[0], kWholePiece), operand, quantizer(index, 0, ids[0]), node, environment, y, accOut, workspace);
        else runParts(index, ids, operand, environment, y, accOut, workspace);
    }
    if (node.kind == NodeKind::Linear) {
        if (trace) trace->acc = acc.view({-1, layer.outChannels});
        std::vector<std::int64_t> linear = x.sizes().vec();
        linear.back() = layer.outChannels;
        return y.view(linear);
    }
    if (trace) trace->acc = acc;
    y = y.permute({0, 4, 1, 2, 3});  // channels-last memory seen as [N, O, s...]
    for (auto dim = x.dim(); dim < 5; ++dim) y = y.squeeze(2);
    return y;
}

std::vector<at::Tensor> MacEngine::runRecurrent(std::size_t index, int kernel, const Environment& environment, Workspace& workspace,
                                                MacTrace* trace) const {
    const Node& node = m_graph.nodes[index];
    const Quantizer quantizer = this->quantizer(index, 0, kernel);
    std::vector<at::Tensor> states, resetStates, products, accs, newProducts, newAccs;
    auto outputs = detail::runRecurrent(node, environment, [&](const at::Tensor& given, RecurrentRows rows) {
        const int piece = rows == RecurrentRows::All ? kWholePiece : rows == RecurrentRows::Gates ? kGatesPiece : kNewPiece;
        const Packed& packed = this->packed(index, kernel, piece);
        const at::Tensor state = given.contiguous();
        const Operand operand{state.view({1, 1, 1, state.size(0), state.size(1)})};
        requireFinite(operand.x);
        at::Tensor y = at::empty({state.size(0), packed.slice.geometry.outChannels}), acc;
        if (trace) acc = at::empty(y.sizes(), at::kLong);
        forward(packed, operand, quantizer, node, environment, y, trace ? &acc : nullptr, workspace);
        if (trace) {
            const bool second = rows == RecurrentRows::New;
            (second ? resetStates : states).push_back(state);
            (second ? newProducts : products).push_back(y);
            (second ? newAccs : accs).push_back(acc);
        }
        return y;
    });
    if (!trace) return outputs;
    const auto inTime = [&](std::vector<at::Tensor> steps) {
        if (node.recurrent.reverse) std::reverse(steps.begin(), steps.end());
        return at::stack(steps, 1);
    };
    trace->state = inTime(states);
    trace->product = inTime(products);
    trace->acc = inTime(accs);
    if (resetStates.empty()) return outputs;
    trace->resetState = inTime(resetStates);
    trace->product = at::cat({trace->product, inTime(newProducts)}, 2);
    trace->acc = at::cat({trace->acc, inTime(newAccs)}, 2);
    return outputs;
}

}  // namespace axp::detail
