// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/network_bench.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include "backends/emulator/detail/baseline_loops.h"
#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/recurrent.h"
#include "backends/emulator/detail/workers.h"

namespace axp {

using namespace detail;

namespace {

/// Runs a network with the products of its MAC nodes from a baseline loop.
class BaselineRunner {
public:
    BaselineRunner(const Program& program, const MacEngine& engine, const std::vector<int>& kernels, const std::vector<std::int32_t>& table, BaselineLoop loop)
        : m_program(program), m_graph(program.graph()), m_engine(engine), m_kernels(kernels), m_table(table), m_loop(loop) {
        for (std::size_t n = 0; n < m_graph.nodes.size(); ++n) {
            const Node& node = m_graph.nodes[n];
            if (!node.isMac() || node.kind == NodeKind::MatMul) continue;
            MacEngine::WeightCodes weights = engine.weightCodes(n, kernels[n]);
            m_weights[n] = {{weights.codes.begin(), weights.codes.end()}, std::move(weights.scales)};
        }
    }

    Result<at::Tensor> run(const at::Tensor& batch, const JobContext& job) const {
        Environment environment = m_program.environment();
        environment[static_cast<std::size_t>(m_graph.inputs[0])] = batch;
        for (std::size_t n = 0; n < m_program.size(); ++n) {
            if (job.cancelled()) return cancelled();
            const Node& node = m_graph.nodes[n];
            if (node.isMac()) {
                const auto outputs = mac(n, environment);
                for (std::size_t i = 0; i < node.outputs.size(); ++i) environment[static_cast<std::size_t>(node.outputs[i])] = outputs[i];
            } else {
                AXP_CHECK(m_program.run(n, environment));
            }
            for (const ValueId id : m_program.lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
        }
        return environment[static_cast<std::size_t>(m_graph.outputs[0])].toTensor();
    }

private:
    struct Weights {
        std::vector<std::uint8_t> codes;  ///< patterns in the layout of the weights
        std::vector<float> scales;
    };

    static at::Tensor codesOf(const at::Tensor& x, const Quantizer& quantizer) {
        const at::Tensor dense = x.contiguous();
        at::Tensor codes = at::empty(dense.sizes(), at::kShort);
        quantizeCodes(dense.data_ptr<float>(), dense.numel(), quantizer, codes.data_ptr<std::int16_t>());
        return codes.to(at::kChar);
    }
    static const std::uint8_t* patterns(const at::Tensor& codes) { return reinterpret_cast<const std::uint8_t*>(codes.data_ptr<std::int8_t>()); }
    at::Tensor product(const std::uint8_t* a, const std::uint8_t* b, std::int64_t m, std::int64_t n, std::int64_t k) const {
        at::Tensor acc = at::empty({m, n}, at::kInt);
        baselineProduct(m_loop, m_table.data(), a, b, m, n, k, acc.data_ptr<std::int32_t>());
        return acc;
    }
    /// float(acc) * scale (+ bias) with every channel's scale.
    static at::Tensor scaled(const Node& node, const at::Tensor& acc, float scaleA, const std::vector<float>& weightScales, const Environment& environment) {
        std::vector<float> scales = weightScales;
        for (float& scale : scales) scale = scaleA * scale;
        at::Tensor y = acc.to(at::kFloat).mul_(at::tensor(at::ArrayRef<float>(scales), at::kFloat));
        if (node.input(2) >= 0) y.add_(environment[static_cast<std::size_t>(node.input(2))].toTensor());
        return node.epilogue.clamps() ? y.clamp_(node.epilogue.lo, node.epilogue.hi) : y;
    }

    std::vector<at::Tensor> mac(std::size_t n, const Environment& environment) const {
        const Node& node = m_graph.nodes[n];
        if (node.kind == NodeKind::MatMul) return {matMul(n, environment)};
        const Quantizer quantizer = m_engine.quantizer(n, 0, m_kernels[n]);
        const Weights& weights = m_weights.at(n);
        const auto dense = [&](const at::Tensor& x) {
            const at::Tensor codes = codesOf(x, quantizer);
            const std::int64_t k = codes.size(-1), outputs = static_cast<std::int64_t>(weights.scales.size());
            const at::Tensor acc = product(patterns(codes), weights.codes.data(), codes.numel() / k, outputs, k);
            const at::Tensor y = scaled(node, acc, quantizer.scale, weights.scales, environment);
            std::vector<std::int64_t> sizes = x.sizes().vec();
            sizes.back() = outputs;
            return y.view(sizes);
        };
        if (node.kind == NodeKind::Recurrent) return runRecurrent(node, environment, [&](const at::Tensor& state, RecurrentRows) { return dense(state); });
        const at::Tensor x = environment[static_cast<std::size_t>(node.input(0))].toTensor();
        if (node.kind == NodeKind::Linear) return {dense(x)};
        return {convolution(node, codesOf(x, quantizer), quantizer.scale, weights, environment)};
    }

    /// im2col, then one product for every group.
    at::Tensor convolution(const Node& node, const at::Tensor& codes, float scaleA, const Weights& weights, const Environment& environment) const {
        const ConvGeometry g = layerGeometry(m_graph, node);
        const at::Tensor padded = at::constant_pad_nd(codes, {g.padBegin[2], g.padEnd[2], g.padBegin[1], g.padEnd[1]});
        const at::Tensor windows = padded.unfold(2, g.kernel[1], g.stride[1]).unfold(3, g.kernel[2], g.stride[2]);  // [n, C, h, w, kh, kw]
        const std::int64_t samples = windows.size(0), h = windows.size(2), w = windows.size(3), rows = samples * h * w;
        const at::Tensor columns = windows.permute({0, 2, 3, 1, 4, 5}).reshape({rows, g.groups, g.depth()}).permute({1, 0, 2}).contiguous();
        const std::int64_t outputs = g.outChannels / g.groups;
        std::vector<at::Tensor> parts;
        for (std::int64_t group = 0; group < g.groups; ++group)
            parts.push_back(
                product(patterns(columns) + group * rows * g.depth(), weights.codes.data() + group * outputs * g.depth(), rows, outputs, g.depth()));
        const at::Tensor acc = parts.size() == 1 ? parts[0] : at::cat(parts, 1);
        return scaled(node, acc, scaleA, weights.scales, environment).view({samples, h, w, g.outChannels}).permute({0, 3, 1, 2});
    }

    at::Tensor matMul(std::size_t n, const Environment& environment) const {
        const Node& node = m_graph.nodes[n];
        const Quantizer quantA = m_engine.quantizer(n, 0, m_kernels[n]), quantB = m_engine.quantizer(n, 1, m_kernels[n]);
        const at::Tensor a = environment[static_cast<std::size_t>(node.input(0))].toTensor(), b = environment[static_cast<std::size_t>(node.input(1))].toTensor();
        const at::Tensor qa = codesOf(a, quantA), qb = codesOf(b.transpose(-1, -2), quantB);
        std::vector<std::int64_t> sizes = a.sizes().vec();
        sizes.back() = b.size(-1);
        at::Tensor acc = at::empty(sizes, at::kInt);
        const std::int64_t rows = a.size(-2), k = a.size(-1), columns = b.size(-1), batches = a.numel() / (rows * k);
        for (std::int64_t i = 0; i < batches; ++i)
            baselineProduct(m_loop, m_table.data(), patterns(qa) + i * rows * k, patterns(qb) + i * columns * k, rows, columns, k,
                            acc.data_ptr<std::int32_t>() + i * rows * columns);
        return acc.to(at::kFloat).mul_(quantA.scale * quantB.scale);
    }

    const Program& m_program;
    const Graph& m_graph;
    const MacEngine& m_engine;
    const std::vector<int>& m_kernels;
    const std::vector<std::int32_t>& m_table;
    BaselineLoop m_loop;
    std::map<std::size_t, Weights> m_weights;
};

Result<void> checkComparable(const Graph& graph, const MacEngine& engine, const Acu& acu) {
    if (!acu.isSigned() || acu.bitsA() != 8 || acu.bitsB() != 8) return badInput("the loops of other tools are compared for signed 8-bit multipliers", acu.name());
    if (engine.settings().swapOperands || !engine.settings().padThroughMultiplier || !engine.settings().accumulator.isExact())
        return badInput("the loops of other tools know no swapped operands, no other padding and no limited accumulators");
    for (const Node& node : graph.nodes) {
        const bool plane = node.conv.stride.size() == 2 && std::ranges::all_of(node.conv.dilation, [](std::int64_t d) { return d == 1; });
        if (node.kind == NodeKind::ConvTranspose || (node.kind == NodeKind::Conv && !plane) || (node.kind == NodeKind::Recurrent && !node.recurrent.resetAfter))
            return badInput("the loops of other tools do not compute this layer", "node " + node.name);
        if (node.kind == NodeKind::MatMul && graph.values[static_cast<std::size_t>(node.input(1))].constant)
            return badInput("the loops of other tools do not compute products with a constant", "node " + node.name);
    }
    return {};
}

double secondsOf(const std::function<Result<void>()>& work, Result<void>& result) {
    const auto start = std::chrono::steady_clock::now();
    result = work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Normal random samples, a part for each thread.
std::vector<at::Tensor> randomBatch(const Graph& graph, std::int64_t batch, int threads) {
    Shape shape = graph.values[static_cast<std::size_t>(graph.inputs[0])].shape;
    shape[0] = batch;
    return at::randn(shape).chunk(std::min<std::int64_t>(threads, batch));
}

/// The kernel of every node, -1 for those that multiply nothing.
std::vector<int> kernelsOf(const KernelMap& kernels) {
    std::vector<int> ids;
    for (const KernelIds& node : kernels) ids.push_back(node.empty() ? -1 : node.front());
    return ids;
}

/// Products by patterns of 8 bits, [a][b].
std::vector<std::int32_t> productsOf(const Acu& unit) {
    std::vector<std::int32_t> table(65536);
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b)
            table[static_cast<std::size_t>(a << 8 | b)] = static_cast<std::int32_t>(unit.product(static_cast<std::int8_t>(a), static_cast<std::int8_t>(b)));
    return table;
}

/// The loops on one batch, with the output that all must give.
struct Loops {
    EmulatorImpl& impl;
    std::vector<int> kernels;
    std::vector<std::int32_t> table;
    std::vector<at::Tensor> parts;
    int threads;
    at::Tensor expected;

    Result<void> time(BaselineLoop loop, double& seconds, bool& equal, const JobContext& job) const {
        const BaselineRunner runner(impl.program(), impl.engine(), kernels, table, loop);
        std::vector<at::Tensor> outputs(parts.size());
        Result<void> ran;
        seconds = secondsOf([&] {
            return parallelFor(parts.size(), threads, [&](std::size_t i, int) -> Result<void> {
                AXP_TRY(outputs[i], runner.run(parts[i], job));
                return {};
            });
        }, ran);
        AXP_CHECK(ran);
        equal = equal && at::cat(outputs).equal(expected);
        return {};
    }
};

}  // namespace

Result<BaselineTiming> benchBaselines(Emulator& emulator, const std::string& acu, std::int64_t batch, int threads, bool withSlowLoops, const JobContext& job) {
    auto* impl = dynamic_cast<EmulatorImpl*>(&emulator);
    if (!impl) return failure("this emulator cannot be timed");
    try {
        const c10::InferenceMode guard;
        Assignment everywhere;
        for (const Site& site : enumerateSites(impl->graph(), Granularity::Node)) everywhere[site.id] = acu;
        AXP_TRY(const EmulatorImpl::Configuration configuration, impl->configure(everywhere));
        const AcuPtr unit = configuration.perLeaf.front();
        AXP_CHECK(checkComparable(impl->graph(), impl->engine(), *unit));
        threads = resolveThreads(threads);
        at::manual_seed(1);
        Loops loops{*impl, kernelsOf(configuration.kernels), productsOf(*unit), randomBatch(impl->graph(), batch, threads), threads, {}};
        AXP_TRY(loops.expected, impl->outputOf(configuration.kernels, loops.parts, threads, job));
        BaselineTiming timing;
        timing.equal = true;
        AXP_CHECK(loops.time(BaselineLoop::GatheredTable, timing.gatheredTable, timing.equal, job));
        if (!withSlowLoops) return timing;
        AXP_CHECK(loops.time(BaselineLoop::PlainTable, timing.plainTable, timing.equal, job));
        if (unit->name().starts_with("mul8s_1L2H")) AXP_CHECK(loops.time(BaselineLoop::Functional, timing.functional, timing.equal, job));
        return timing;
    } catch (const std::exception& error) {
        return failure("the comparison failed: " + firstLine(error), impl->graph().name);
    }
}

Result<std::vector<double>> batchSeconds(Emulator& emulator, const Assignment& assignment, std::int64_t batch, int threads, int batches, const JobContext& job) {
    auto* impl = dynamic_cast<EmulatorImpl*>(&emulator);
    if (!impl) return failure("this emulator cannot be timed");
    try {
        const c10::InferenceMode guard;
        AXP_TRY(const EmulatorImpl::Configuration configuration, impl->configure(assignment));
        at::manual_seed(1);
        std::vector<double> seconds;
        for (int i = 0; i < batches; ++i) {
            const std::vector<at::Tensor> parts = randomBatch(impl->graph(), batch, threads);
            Result<void> ran;
            seconds.push_back(secondsOf([&] { return impl->runOnce(configuration.kernels, parts, threads, job); }, ran));
            AXP_CHECK(ran);
        }
        return seconds;
    } catch (const std::exception& error) {
        return failure("the benchmark failed: " + firstLine(error), impl->graph().name);
    }
}

double lookupRate(int bits, int bytes, double seconds) {
    // Every look-up's place depends on no other one, as in a matrix product; places come from a stream that a table this size is read with.
    const std::uint64_t entries = std::uint64_t{1} << (2 * bits);
    std::vector<std::uint8_t> table(static_cast<std::size_t>(entries) * static_cast<std::size_t>(bytes), 1);
    constexpr std::size_t kPlaces = 1 << 14;
    std::vector<std::uint32_t> rows(kPlaces), columns(kPlaces);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < kPlaces; ++i) {
        rows[i] = random() & ((1u << bits) - 1);
        columns[i] = random() & ((1u << bits) - 1);
    }
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    std::uint64_t done = 0, sum = 0;
    for (std::uint32_t round = 1; elapsed() < seconds; ++round) {
        for (std::size_t i = 0; i < kPlaces; ++i) {  // other pairs in every round
            const std::uint64_t row = rows[i], column = columns[(i + round * 2654435761u) & (kPlaces - 1)];
            const std::uint8_t* entry = table.data() + (row << bits | column) * static_cast<std::uint64_t>(bytes);
            std::uint32_t value = 0;
            __builtin_memcpy(&value, entry, bytes == 4 ? 4 : 2);
            sum += value;
        }
        done += kPlaces;
    }
    const double total = elapsed();
    // The sum is used, so that the look-ups are made.
    return sum == 1 ? 0 : static_cast<double>(done) / total;
}

std::vector<std::int64_t> cacheSizes() {
    std::vector<std::int64_t> sizes;
    for (int index = 0;; ++index) {
        const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
        std::ifstream type(folder + "type"), size(folder + "size");
        std::string kind, text;
        if (!(type >> kind) || !(size >> text)) return sizes;
        if (kind == "Instruction") continue;
        std::int64_t bytes = std::atoll(text.c_str());
        if (text.ends_with("K")) bytes <<= 10;
        if (text.ends_with("M")) bytes <<= 20;
        sizes.push_back(bytes);
    }
}

}  // namespace axp
