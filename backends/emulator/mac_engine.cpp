// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/mac_engine.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>

namespace axp::detail {
namespace {

const Tensor& weightsOf(const Graph& graph, const Node& node) {
    return *graph.values[static_cast<std::size_t>(node.input(1))].constant;
}

const at::Tensor& tensorAt(const Environment& environment, ValueId id) {
    return environment[static_cast<std::size_t>(id)].toTensor();
}

/// Positions of a transposed convolution's weights [C, O / groups, k...] in the order (output channel, input channel, k); empty for other
/// weights, which lie in that order.
std::vector<std::size_t> channelOrder(const Node& node, const Shape& shape) {
    std::vector<std::size_t> order;
    if (node.kind != NodeKind::ConvTranspose) return order;
    const std::int64_t inputs = shape[0] / node.conv.groups, outputs = shape[1], volume = elementCount(shape) / (shape[0] * shape[1]);
    for (std::int64_t group = 0; group < node.conv.groups; ++group)
        for (std::int64_t n = 0; n < outputs; ++n)
            for (std::int64_t c = 0; c < inputs; ++c)
                for (std::int64_t k = 0; k < volume; ++k) order.push_back(static_cast<std::size_t>(((group * inputs + c) * outputs + n) * volume + k));
    return order;
}

}  // namespace

void requireFinite(const at::Tensor& dense) {
    if (dense.numel() == 0) throw c10::Error("an operand is empty", "");
    const float* values = dense.data_ptr<float>();
    std::uint32_t bad = 0;
    for (std::int64_t i = 0; i < dense.numel(); ++i) bad |= (std::bit_cast<std::uint32_t>(values[i]) & 0x7f800000u) == 0x7f800000u;
    if (bad != 0) throw c10::Error("an activation is infinite or not a number", "");
}

std::int64_t outputChannels(const Graph& graph, const Node& node) {
    const Shape& shape = weightsOf(graph, node).shape();
    return node.kind == NodeKind::ConvTranspose ? shape[1] * node.conv.groups : shape[0];
}

MacEngine::MacEngine(const Graph& graph, QuantSettings settings, Ranges ranges, SignHandling unsignedHandling, Strategy strategy,
                     std::shared_ptr<cuda::Device> device)
    : m_graph(graph), m_settings(std::move(settings)), m_ranges(std::move(ranges)), m_unsignedHandling(unsignedHandling),
      m_strategy(strategy) {
    if (device) m_cuda.emplace(std::move(device));
}

/// Zero points of an unsigned ACU: those of the node's ranges, and the middle code for weights.
OperandHandling MacEngine::handlingOf(const Acu& acu, std::size_t index) const {
    OperandHandling handling{acu.isSigned() ? SignHandling::Direct : m_unsignedHandling, m_settings.swapOperands, 0, 0};
    if (handling.sign != SignHandling::Affine) return handling;
    const Node& node = m_graph.nodes[index];
    const int bitsA = handling.swap ? acu.bitsB() : acu.bitsA(), bitsB = handling.swap ? acu.bitsA() : acu.bitsB();
    const auto found = m_ranges.find(node.name);
    const SiteRange range = found == m_ranges.end() ? SiteRange{} : found->second;
    handling.zeroA = affineScale(range.amaxA, range.minA, bitsA).zero;
    handling.zeroB = node.kind == NodeKind::MatMul ? affineScale(range.amaxB.value_or(0), range.minB, bitsB).zero : std::int64_t{1} << (bitsB - 1);
    return handling;
}

Result<int> MacEngine::kernelId(const AcuPtr& acu, std::size_t node) {
    const OperandHandling handling = handlingOf(*acu, node);
    AXP_TRY(std::string key, acu->hash());
    key += std::string(" ") + signHandlingName(handling.sign) + (acu->isSigned() ? " s " : " u ") + std::to_string(acu->bitsA()) + 'x' + std::to_string(acu->bitsB()) +
           ' ' + std::to_string(handling.zeroA) + ' ' + std::to_string(handling.zeroB);
    if (const auto found = m_kernelByHash.find(key); found != m_kernelByHash.end()) return found->second;
    AXP_TRY(const Multiplier multiplier, effectiveMultiplier(*acu, handling));
    AXP_TRY(AcuKernelPtr kernel, m_cuda ? m_cuda->makeKernel(multiplier, sumOptions(handling), m_strategy) : AcuKernel::create(multiplier, m_strategy));
    m_kernels.push_back({std::move(kernel), handling});
    const int id = static_cast<int>(m_kernels.size()) - 1;
    m_kernelByHash.emplace(key, id);
    return id;
}

SumOptions MacEngine::sumOptions(const OperandHandling& h) const {
    return {m_settings.padThroughMultiplier, m_settings.accumulator, h.sign == SignHandling::Affine, h.zeroA, h.zeroB};
}

Quantizer MacEngine::quantizer(std::size_t node, int operand, int kernel) const {
    const auto found = m_ranges.find(m_graph.nodes[node].name);
    const SiteRange range = found == m_ranges.end() ? SiteRange{} : found->second;
    const Multiplier& multiplier = this->kernel(kernel).multiplier();
    const int bits = operand == 0 ? multiplier.bitsA() : multiplier.bitsB();
    const float amax = operand == 0 ? range.amaxA : range.amaxB.value_or(0.0F);
    if (handling(kernel).sign == SignHandling::Affine) {
        const AffineScale affine = affineScale(amax, operand == 0 ? range.minA : range.minB, bits);
        return {affine.scale, static_cast<std::int32_t>(-affine.zero), static_cast<std::int32_t>(operandMax(bits, false) - affine.zero)};
    }
    const auto limit = static_cast<std::int32_t>(operandMax(bits, true));
    return {symmetricScale(amax, bits), -limit, limit};
}

MacEngine::WeightCodes MacEngine::weightCodes(std::size_t index, int kernel) const {
    const Node& node = m_graph.nodes[index];
    const Tensor& weights = weightsOf(m_graph, node);
    auto values = weights.as<float>();
    const std::vector<std::size_t> order = channelOrder(node, weights.shape());
    std::vector<float> ordered;
    for (const std::size_t at : order) ordered.push_back(values[at]);
    if (!order.empty()) values = ordered;
    const std::int64_t channels = outputChannels(m_graph, node), perChannel = channels ? weights.count() / channels : 0;
    const int bits = this->kernel(kernel).multiplier().bitsB();
    const std::vector<float> ranges = weightRanges(values, channels, m_settings.perChannelWeights);
    WeightCodes result;
    result.codes.resize(values.size());
    const auto limit = static_cast<std::int32_t>(operandMax(bits, true));
    for (std::int64_t n = 0; n < channels; ++n) {
        const Quantizer quantizer{symmetricScale(ranges[static_cast<std::size_t>(n)], bits), -limit, limit};
        result.scales.push_back(quantizer.scale);
        quantizeCodes(values.data() + n * perChannel, perChannel, quantizer, result.codes.data() + n * perChannel);
    }
    if (order.empty()) return result;
    const std::vector<std::int16_t> codes = result.codes;
    for (std::size_t i = 0; i < order.size(); ++i) result.codes[order[i]] = codes[i];
    return result;
}

/// Whether sums of `depth` products are exact in a matrix product of this kernel.
Result<void> MacEngine::checkDepth(std::int64_t depth, int id) const {
    const Multiplier& multiplier = kernel(id).multiplier();
    const std::int64_t limit = macDepthLimit(multiplier);
    if (depth <= limit) return {};
    return badInput("sums of " + std::to_string(depth) + " products can exceed 2^51; the greatest safe depth is " + std::to_string(limit));
}

/// Whether one kernel computes the whole node.
bool MacEngine::isUniform(const KernelIds& ids) { return std::all_of(ids.begin(), ids.end(), [&](int id) { return id == ids.front(); }); }

Result<void> MacEngine::prepareProduct(const Node& node, const KernelIds& ids) const {
    const Shape& shape = m_graph.values[static_cast<std::size_t>(node.input(0))].shape;
    for (const int id : ids) AXP_CHECK(checkDepth(shape.empty() ? 0 : shape.back(), id));
    return {};
}

Result<void> MacEngine::pack(std::size_t index, int kernel, int piece, const WeightCodes& weights) {
    WeightSlice slice = sliceWeights(m_graph, m_graph.nodes[index], piece, weights.codes);
    const AcuKernelPtr& acuKernel = m_kernels[static_cast<std::size_t>(kernel)].kernel;
    auto layer = m_cuda ? m_cuda->makeLayer(acuKernel, slice.geometry, slice.codes, m_settings.padThroughMultiplier)
                        : MacLayer::create(acuKernel, slice.geometry, slice.codes.data(), sumOptions(kernel));
    if (!layer.ok()) return std::move(layer).error();
    std::vector<float> scales = atRows(weights.scales, slice.rows);
    slice.codes = {};
    m_packed.insert_or_assign({index, kernel, piece}, Packed{std::move(layer).value(), std::move(slice), std::move(scales)});
    return {};
}

Result<void> MacEngine::prepare(std::size_t index, const KernelIds& ids) {
    const Node& node = m_graph.nodes[index];
    const auto named = [&](Error error) {
        error.where = "node " + node.name;
        return error;
    };
    if (node.kind == NodeKind::MatMul) {
        auto fits = prepareProduct(node, ids);
        return fits.ok() ? fits : Result<void>(named(std::move(fits).error()));
    }
    const bool uniform = isUniform(ids);
    if (!uniform && node.parts.kind == SiteParts::Kind::HeadColumns && !m_settings.accumulator.isExact())
        return named(badInput("with an accumulator of limited width the heads of an output projection cannot have ACUs of their own", {},
                              "Assign the whole node."));
    std::vector<int> pieces{kWholePiece};
    if (node.kind == NodeKind::Recurrent && !node.recurrent.resetAfter && node.recurrent.cell == RecurrentCell::Gru) pieces = {kGatesPiece, kNewPiece};
    std::map<int, WeightCodes> codes;  // of a kernel
    for (std::size_t part = 0; part < (uniform ? pieces.size() : ids.size()); ++part) {
        const int id = uniform ? ids.front() : ids[part], piece = uniform ? pieces[part] : static_cast<int>(part);
        if (m_packed.count({index, id, piece})) continue;
        if (!codes.count(id)) codes.emplace(id, weightCodes(index, id));
        if (auto packed = pack(index, id, piece, codes.at(id)); !packed.ok()) return named(std::move(packed).error());
    }
    return {};
}

at::Tensor MacEngine::runMatMul(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                                at::Tensor* acc) const {
    const Node& node = m_graph.nodes[index];
    at::Tensor a = tensorAt(environment, node.input(0)), b = tensorAt(environment, node.input(1));
    if (a.dim() < 2 || b.dim() < 2) throw c10::Error("a matrix product of vectors", "");
    for (const at::Tensor* operand : {&a, &b}) requireFinite(operand->is_non_overlapping_and_dense() ? *operand : operand->contiguous());
    // Broadcast the leading dimensions without copying.
    std::vector<std::int64_t> lead = at::infer_size(a.sizes().slice(0, static_cast<std::size_t>(a.dim() - 2)),
                                                    b.sizes().slice(0, static_cast<std::size_t>(b.dim() - 2)));
    const std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
    const auto expanded = [&](const at::Tensor& t) {
        std::vector<std::int64_t> sizes = lead;
        sizes.push_back(t.size(-2));
        sizes.push_back(t.size(-1));
        return t.expand(sizes);
    };
    a = expanded(a);
    b = expanded(b);
    std::vector<std::int64_t> sizes = lead;
    sizes.push_back(m);
    sizes.push_back(n);
    at::Tensor y = at::empty(sizes);
    if (acc) *acc = at::empty(sizes, at::kLong);
    std::int64_t batches = 1;
    for (const auto dim : lead) batches *= dim;
    const std::int64_t heads = lead.size() == 2 ? lead[1] : 1;
    for (std::int64_t i = 0; i < batches; ++i) {
        std::int64_t offsetA = 0, offsetB = 0, rest = i;
        for (std::size_t d = lead.size(); d-- > 0;) {
            offsetA += rest % lead[d] * a.stride(static_cast<std::int64_t>(d));
            offsetB += rest % lead[d] * b.stride(static_cast<std::int64_t>(d));
            rest /= lead[d];
        }
        const int id = ids.size() == 1 ? ids[0] : ids[static_cast<std::size_t>(i % heads)];
        const Quantizer quantA = quantizer(index, 0, id), quantB = quantizer(index, 1, id);
        matMul(kernel(id), m, k, n, {a.data_ptr<float>() + offsetA, a.stride(-2), a.stride(-1)}, quantA,
               {b.data_ptr<float>() + offsetB, b.stride(-2), b.stride(-1)}, quantB, quantA.scale * quantB.scale,
               y.data_ptr<float>() + i * m * n, n, acc ? acc->data_ptr<std::int64_t>() + i * m * n : nullptr, workspace, sumOptions(id));
    }
    return y;
}

std::vector<at::Tensor> MacEngine::run(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                                       MacTrace* trace) const {
    const Node& node = m_graph.nodes[index];
    at::Tensor* acc = trace ? &trace->acc : nullptr;
    if (node.kind == NodeKind::MatMul && m_cuda) return {runMatMulOnDevice(index, ids, environment, acc)};
    if (node.kind == NodeKind::MatMul) return {runMatMul(index, ids, environment, workspace, acc)};
    if (node.kind == NodeKind::Recurrent) return runRecurrent(index, ids.front(), environment, workspace, trace);
    return {runLayer(index, ids, environment, workspace, trace)};
}

}  // namespace axp::detail
