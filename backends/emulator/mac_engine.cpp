// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/mac_engine.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace axp::detail {
namespace {

const Tensor& weightsOf(const Graph& graph, const Node& node) {
    return *graph.values[static_cast<std::size_t>(node.input(1))].constant;
}

const at::Tensor& tensorAt(const Environment& environment, ValueId id) {
    return environment[static_cast<std::size_t>(id)].toTensor();
}

const float* biasOf(const Node& node, const Environment& environment, at::Tensor& keepAlive) {
    if (node.input(2) < 0) return nullptr;
    keepAlive = tensorAt(environment, node.input(2)).contiguous();
    return keepAlive.data_ptr<float>();
}

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

}  // namespace

ConvGeometry convGeometry(const Graph& graph, const Node& node) {
    const Shape& w = weightsOf(graph, node).shape();
    const std::size_t dims = w.size() - 2;
    ConvGeometry g;
    g.groups = node.conv.groups;
    g.outChannels = w[0];
    g.inChannels = w[1] * g.groups;
    for (std::size_t i = 0; i < dims; ++i) {
        const std::size_t to = 3 - dims + i;
        g.kernel[to] = w[2 + i];
        g.stride[to] = node.conv.stride[i];
        g.dilation[to] = node.conv.dilation[i];
        g.padBegin[to] = node.conv.padBegin[i];
        g.padEnd[to] = node.conv.padEnd[i];
    }
    return g;
}

MacEngine::MacEngine(const Graph& graph, QuantSettings settings, Ranges ranges, SignHandling unsignedHandling, Strategy strategy,
                     std::shared_ptr<cuda::Device> device)
    : m_graph(graph), m_settings(std::move(settings)), m_ranges(std::move(ranges)), m_unsignedHandling(unsignedHandling),
      m_strategy(strategy) {
    if (device) m_cuda.emplace(std::move(device));
}

Result<int> MacEngine::kernelId(const AcuPtr& acu) {
    AXP_TRY(std::string key, acu->hash());
    key += acu->isSigned() ? "s" : "u";
    if (const auto found = m_kernelByHash.find(key); found != m_kernelByHash.end()) return found->second;
    if (acu->bitsA() > 8 || acu->bitsB() > 8)
        return badInput("ACU " + acu->name() + " is " + std::to_string(acu->bitsA()) + "x" + std::to_string(acu->bitsB()) +
                            " bits wide; emulation covers up to 8 bits",
                        {}, "Choose an ACU of up to 8 bits.");
    AXP_TRY(const auto table, acu->table());
    const SignHandling handling = acu->isSigned() ? SignHandling::Direct : m_unsignedHandling;
    if (handling == SignHandling::Direct && !acu->isSigned())
        return badInput("ACU " + acu->name() + " is unsigned and operands are signed", {}, "Set sign-magnitude in the project.");
    const ProductTable effective = effectiveTable(*table, handling, m_settings.swapOperands);
    AXP_TRY(AcuKernelPtr kernel, m_cuda ? m_cuda->makeKernel(effective, m_strategy) : AcuKernel::create(effective, m_strategy));
    m_kernels.push_back({std::move(kernel), handling});
    const int id = static_cast<int>(m_kernels.size()) - 1;
    m_kernelByHash.emplace(key, id);
    return id;
}

Quantizer MacEngine::quantizer(std::size_t node, int operand, int kernel) const {
    const auto found = m_ranges.find(m_graph.nodes[node].name);
    const ProductTable& table = this->kernel(kernel).table();
    const int bits = operand == 0 ? table.bitsA : table.bitsB;
    Quantizer quantizer;
    float amax = 0;
    if (found != m_ranges.end()) amax = operand == 0 ? found->second.amaxA : found->second.amaxB.value_or(0.0F);
    quantizer.scale = symmetricScale(amax, bits);
    quantizer.hi = static_cast<std::int32_t>(operandMax(bits, true));
    quantizer.lo = -quantizer.hi;
    return quantizer;
}

MacEngine::WeightCodes MacEngine::weightCodes(std::size_t node, int kernel) const {
    const Tensor& weights = weightsOf(m_graph, m_graph.nodes[node]);
    const auto values = weights.as<float>();
    const std::int64_t channels = weights.shape()[0];
    const std::int64_t perChannel = channels ? weights.count() / channels : 0;
    const int bits = this->kernel(kernel).table().bitsB;
    const std::vector<float> ranges = weightRanges(values, channels, m_settings.perChannelWeights);
    WeightCodes result;
    result.codes.resize(values.size());
    result.scales.resize(static_cast<std::size_t>(channels));
    const auto limit = static_cast<std::int32_t>(operandMax(bits, true));
    for (std::int64_t n = 0; n < channels; ++n) {
        const Quantizer quantizer{symmetricScale(ranges[static_cast<std::size_t>(n)], bits), -limit, limit};
        result.scales[static_cast<std::size_t>(n)] = quantizer.scale;
        quantizeCodes(values.data() + n * perChannel, perChannel, quantizer, result.codes.data() + n * perChannel);
    }
    return result;
}

Result<void> MacEngine::prepare(std::size_t index, const KernelIds& ids) {
    const Node& node = m_graph.nodes[index];
    const auto named = [&](Error error) {
        error.where = "node " + node.name;
        return error;
    };
    if (node.kind == NodeKind::MatMul) {
        const Shape& shape = m_graph.values[static_cast<std::size_t>(node.input(0))].shape;
        for (const int id : ids)
            if (!shape.empty() && shape.back() > macDepthLimit(kernel(id).table()))
                return named(badInput("a 32-bit accumulator can overflow: depth " + std::to_string(shape.back()) + ", safe is " +
                                      std::to_string(macDepthLimit(kernel(id).table()))));
        return {};
    }
    const int id = ids.front();
    if (m_packed.count({index, id})) return {};
    const WeightCodes weights = weightCodes(index, id);
    ConvGeometry geometry;
    if (node.kind == NodeKind::Conv) {
        geometry = convGeometry(m_graph, node);
    } else {
        geometry.outChannels = weightsOf(m_graph, node).shape()[0];
        geometry.inChannels = weightsOf(m_graph, node).shape()[1];
    }
    const AcuKernelPtr& acuKernel = m_kernels[static_cast<std::size_t>(id)].kernel;
    auto layer = m_cuda ? m_cuda->makeLayer(acuKernel, geometry, weights.codes.data(), m_settings.padThroughMultiplier)
                        : MacLayer::create(acuKernel, geometry, weights.codes.data(), m_settings.padThroughMultiplier);
    if (!layer.ok()) return named(std::move(layer).error());
    m_packed.emplace(std::make_pair(index, id), Packed{std::move(layer).value(), weights.scales});
    return {};
}

at::Tensor MacEngine::runConv(const Node& node, const Packed& packed, const Quantizer& quantizer, const Environment& environment,
                              Workspace& workspace, at::Tensor* acc) const {
    const at::Tensor& x = tensorAt(environment, node.input(0));
    const ConvGeometry geometry = convGeometry(m_graph, node);
    const at::Tensor input = channelsLast(x);
    const std::array<std::int64_t, 3> spatial{input.size(1), input.size(2), input.size(3)};
    const auto out = geometry.outSize(spatial);
    if (*std::min_element(out.begin(), out.end()) < 1) throw c10::Error("the input is smaller than the kernel", "");
    at::Tensor y = at::empty({input.size(0), out[0], out[1], out[2], geometry.outChannels});
    if (acc) *acc = at::empty(y.sizes(), at::kInt);
    const std::vector<float> scales = outputScales(quantizer.scale, packed.weightScales);
    at::Tensor bias;
    packed.layer->forward(input.data_ptr<float>(), input.size(0), spatial, quantizer, scales.data(), biasOf(node, environment, bias),
                          y.data_ptr<float>(), acc ? acc->data_ptr<std::int32_t>() : nullptr, workspace);
    y = y.permute({0, 4, 1, 2, 3});  // channels-last memory seen as [N, O, s...]
    for (auto dim = x.dim(); dim < 5; ++dim) y = y.squeeze(2);
    return y;
}

at::Tensor MacEngine::runLinear(const Node& node, const Packed& packed, const Quantizer& quantizer, const Environment& environment,
                                Workspace& workspace, at::Tensor* acc) const {
    const at::Tensor x = tensorAt(environment, node.input(0)).contiguous();
    const auto outputs = static_cast<std::int64_t>(packed.weightScales.size());
    std::vector<std::int64_t> sizes = x.sizes().vec();
    const std::int64_t rows = x.numel() / std::max<std::int64_t>(1, sizes.back());
    sizes.back() = outputs;
    at::Tensor y = at::empty(sizes);
    if (acc) *acc = at::empty({rows, outputs}, at::kInt);
    const std::vector<float> scales = outputScales(quantizer.scale, packed.weightScales);
    at::Tensor bias;
    packed.layer->forward(x.data_ptr<float>(), 1, {1, 1, rows}, quantizer, scales.data(), biasOf(node, environment, bias),
                          y.data_ptr<float>(), acc ? acc->data_ptr<std::int32_t>() : nullptr, workspace);
    return y;
}

at::Tensor MacEngine::runMatMul(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                                at::Tensor* acc) const {
    const Node& node = m_graph.nodes[index];
    at::Tensor a = tensorAt(environment, node.input(0)), b = tensorAt(environment, node.input(1));
    if (a.dim() < 2 || b.dim() < 2) throw c10::Error("a matrix product of vectors", "");
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
    if (acc) *acc = at::empty(sizes, at::kInt);
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
               y.data_ptr<float>() + i * m * n, n, acc ? acc->data_ptr<std::int32_t>() + i * m * n : nullptr, workspace);
    }
    return y;
}

at::Tensor MacEngine::run(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                          at::Tensor* acc) const {
    const Node& node = m_graph.nodes[index];
    if (node.kind == NodeKind::MatMul && m_cuda) return runMatMulOnDevice(index, ids, environment, acc);
    if (node.kind == NodeKind::MatMul) return runMatMul(index, ids, environment, workspace, acc);
    const Packed& packed = m_packed.at({index, ids.front()});
    const Quantizer quantizer = this->quantizer(index, 0, ids.front());
    return node.kind == NodeKind::Conv ? runConv(node, packed, quantizer, environment, workspace, acc)
                                       : runLinear(node, packed, quantizer, environment, workspace, acc);
}

}  // namespace axp::detail
