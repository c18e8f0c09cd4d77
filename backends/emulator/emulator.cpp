// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/emulator.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/version.h>

#include <chrono>
#include <set>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "backends/emulator/detail/workers.h"

namespace axp {
namespace detail {

EmulatorImpl::EmulatorImpl(Graph graph, std::string modelHash, std::shared_ptr<const Dataset> data, const AcuLibrary& library,
                           QuantSettings settings, Ranges ranges, SignHandling unsignedHandling, double referencePowerMw,
                           EmulatorOptions options)
    : m_graph(std::move(graph)), m_modelHash(std::move(modelHash)), m_data(std::move(data)), m_library(library),
      m_unsignedHandling(unsignedHandling), m_referencePowerMw(referencePowerMw), m_options(options),
      m_leaves(enumerateSites(m_graph, Granularity::Group)),
      m_engine(m_graph, std::move(settings), std::move(ranges), unsignedHandling, options.strategy, options.device) {}

Result<void> EmulatorImpl::initialise() {
    m_options.threads = resolveThreads(m_options.threads);
    if (m_engine.settings().numerics != "float")
        return badInput("numerics '" + m_engine.settings().numerics + "' cannot be emulated", {}, "Set numerics to \"float\".");
    for (const auto& node : m_graph.nodes) {
        const Value* weight = node.isMac() && node.kind != NodeKind::MatMul
                                  ? &m_graph.values[static_cast<std::size_t>(node.input(1))] : nullptr;
        if (weight && !weight->constant)
            return badInput("the weights are computed by the network, which cannot be emulated", "node " + node.name,
                            "Export the model with constants folded.");
    }
    AXP_TRY(Program program, Program::compile(m_graph));
    m_program.emplace(std::move(program));
    for (int i = 0; i < m_options.threads; ++i) m_workspaces.push_back(std::make_unique<Workspace>());
    AXP_TRY(const Configuration exact, configure({}));
    m_exactKernels = exact.kernels;
    Shape output = m_graph.values[static_cast<std::size_t>(m_graph.outputs[0])].shape;
    if (!output.empty()) output.erase(output.begin());
    AXP_TRY(m_metric, metricFor(*m_data, m_options.metric, output));
    return {};
}

Result<EmulatorImpl::Configuration> EmulatorImpl::configure(const Assignment& assignment) {
    Configuration configuration;
    AXP_TRY(configuration.perLeaf, resolveAssignment(assignment, m_graph, m_library));
    configuration.kernels.resize(m_graph.nodes.size());
    for (std::size_t i = 0; i < m_leaves.size(); ++i) {
        const auto node = static_cast<std::size_t>(m_leaves[i].node);
        auto id = m_engine.kernelId(configuration.perLeaf[i], node);
        if (!id.ok()) {
            Error error = std::move(id).error();
            if (error.where.empty()) error.where = "site " + m_leaves[i].id + ", ACU " + configuration.perLeaf[i]->name();
            return error;
        }
        configuration.kernels[node].push_back(*id);
    }
    for (std::size_t n = 0; n < configuration.kernels.size(); ++n)
        if (!configuration.kernels[n].empty()) AXP_CHECK(m_engine.prepare(n, configuration.kernels[n]));
    return configuration;
}

Result<void> EmulatorImpl::requireRanges() const {
    for (const auto& node : m_graph.nodes)
        if (node.isMac() && !m_engine.ranges().count(node.name))
            return badInput("the project has no quantization range for node " + node.name, {}, "Calibrate first.");
    return {};
}

Result<void> EmulatorImpl::checkInside(const DataSplit& split, const DataSlice& slice) const {
    if (slice.offset < 0 || slice.count < 1 || slice.count > split.size() || slice.offset > split.size() - slice.count)
        return badInput("slice " + slice.text() + " lies outside the split, which has " + std::to_string(split.size()) + " samples",
                        m_data->name(), "Ask for fewer samples.");
    return {};
}

Result<void> EmulatorImpl::checkOutput(const at::Tensor& output, std::int64_t samples, const Shape& targetShape) const {
    Shape shape = output.sizes().vec();
    if (shape.empty() || samples < 1 || shape[0] % samples != 0 || (shape[0] != samples && m_metric->reference != MetricReference::Tokens))
        return badInput("for " + std::to_string(samples) + " samples the network gives an output of shape " + shapeText(shape), m_graph.name,
                        "Use a network that was made for samples of this shape.");
    // Scores of tokens may come as rows, [samples x places, vocabulary].
    if (shape[0] == samples) shape.erase(shape.begin());
    else shape[0] /= samples;
    auto checked = checkOutputs(*m_metric, shape, targetShape, m_data->classes());
    if (checked.ok()) return checked;
    Error error = std::move(checked).error();
    if (error.where.empty()) error.where = m_graph.name;
    return error;
}

Result<Shape> EmulatorImpl::targetShape(const DataSplit& split, const DataSlice& slice) const {
    if (m_metric->reference != MetricReference::Values && m_metric->reference != MetricReference::Tokens) return Shape();
    AXP_TRY(const Tensor first, split.targets(slice.offset, 1));
    return Shape(first.shape().begin() + 1, first.shape().end());
}

Result<MetricInput> EmulatorImpl::reference(const DataSplit& split, const DataSlice& slice) const {
    MetricInput input;
    input.classes = m_data->classes();
    input.range = m_data->targetRange();
    if (m_metric->reference == MetricReference::Labels) {
        AXP_TRY(input.labels, split.labels(slice.offset, slice.count));
    } else if (m_metric->reference != MetricReference::FloatOutputs) {
        AXP_TRY(input.targets, split.targets(slice.offset, slice.count));
    }
    return input;
}

Result<MetricScore> EmulatorImpl::score(const LoadedSlice& slice, const at::Tensor& output) const {
    MetricInput input = slice.reference;
    input.outputs = toPlain(output.to(at::kFloat));
    if (m_metric->reference == MetricReference::FloatOutputs) input.floatOutputs = toPlain(slice.floatLogits.to(at::kFloat));
    return m_metric->measure(input);
}

Result<std::vector<at::Tensor>> EmulatorImpl::inputs(const DataSplit& split, const DataSlice& slice, const JobContext& job) const {
    AXP_CHECK(checkInside(split, slice));
    std::vector<at::Tensor> parts;
    for (std::int64_t done = 0; done < slice.count; done += kSliceSamples) {
        AXP_TRY(const Tensor samples, split.samplesUntil(slice.offset + done, std::min(kSliceSamples, slice.count - done), job.cancel));
        parts.push_back(copyOf(samples));
    }
    return parts;
}

Result<at::Tensor> EmulatorImpl::runFloatSlice(const std::vector<at::Tensor>& inputs, const JobContext& job) const {
    std::vector<at::Tensor> outputs(inputs.size());
    AXP_CHECK(parallelFor(inputs.size(), m_options.threads, [&](std::size_t index, int) -> Result<void> {
        Environment environment = m_program->environment();
        environment[static_cast<std::size_t>(m_graph.inputs[0])] = inputs[index];
        for (std::size_t n = 0; n < m_program->size(); ++n) {
            if (job.cancelled()) return cancelled();
            AXP_CHECK(m_program->run(n, environment));
            for (const ValueId id : m_program->lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
        }
        outputs[index] = environment[static_cast<std::size_t>(m_graph.outputs[0])].toTensor();
        return {};
    }));
    const at::Tensor logits = at::cat(outputs);
    return logits;
}

std::string EmulatorImpl::strategies(const KernelMap& kernels) const {
    std::set<std::string> names;
    for (const auto& ids : kernels)
        for (const int id : ids) names.insert(strategyName(m_engine.kernel(id).strategy()));
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
    return text;
}

Result<std::string> EmulatorImpl::configurationHashOf(const Assignment& assignment) const {
    AXP_TRY(const std::vector<AcuPtr> perLeaf, resolveAssignment(assignment, m_graph, m_library));
    return configurationHash(m_modelHash, m_engine.settings(), m_engine.ranges(), m_leaves, perLeaf, m_unsignedHandling);
}

Result<std::optional<double>> EmulatorImpl::relativePowerOf(const Assignment& assignment) const {
    AXP_TRY(const std::vector<AcuPtr> perLeaf, resolveAssignment(assignment, m_graph, m_library));
    return relativePower(perLeaf, m_leaves, m_referencePowerMw);
}

Result<Evaluation> EmulatorImpl::evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        AXP_CHECK(requireRanges());
        AXP_TRY(const Configuration configuration, configure(assignment));
        AXP_TRY(LoadedSlice* const loaded, load(slice, job));
        const auto start = std::chrono::steady_clock::now();
        AXP_TRY(const at::Tensor output, runSlice(*loaded, configuration, job));
        Evaluation evaluation;
        evaluation.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        AXP_TRY(evaluation.configHash, configurationHashOf(assignment));
        evaluation.assignment = assignment;
        AXP_TRY(MetricScore score, this->score(*loaded, output));
        evaluation.metricName = m_metric->name;
        evaluation.metric = score.value;
        evaluation.outcomes = std::move(score.outcomes);
        evaluation.samples = slice.count;
        evaluation.slice = sliceText(slice);
        evaluation.rmse = (output - loaded->floatLogits).to(at::kDouble).square().mean().sqrt().item<double>();
        evaluation.powerRelative = relativePower(configuration.perLeaf, m_leaves, m_referencePowerMw);
        evaluation.strategy = strategies(configuration.kernels);
        evaluation.numerics = m_engine.settings().numerics;
        evaluation.backend = m_engine.backend();
        return evaluation;
    } catch (const std::exception& error) {
        return failure("the evaluation failed: " + firstLine(error), m_graph.name);
    }
}

Result<Tensor> EmulatorImpl::logits(const Assignment& assignment, const DataSlice& slice, const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        AXP_CHECK(requireRanges());
        AXP_TRY(const Configuration configuration, configure(assignment));
        AXP_TRY(LoadedSlice* const loaded, load(slice, job));
        AXP_TRY(const at::Tensor output, runSlice(*loaded, configuration, job));
        return toPlain(output);
    } catch (const std::exception& error) {
        return failure("the evaluation failed: " + firstLine(error), m_graph.name);
    }
}

Result<double> EmulatorImpl::floatMetric(const DataSlice& slice, const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        AXP_TRY(LoadedSlice* const loaded, load(slice, job));
        AXP_TRY(const MetricScore score, this->score(*loaded, loaded->floatLogits));
        return score.value;
    } catch (const std::exception& error) {
        return failure("the evaluation failed: " + firstLine(error), m_graph.name);
    }
}

Result<at::Tensor> EmulatorImpl::outputOf(const KernelMap& kernels, const std::vector<at::Tensor>& parts, int threads, const JobContext& job) {
    while (m_workspaces.size() < static_cast<std::size_t>(threads)) m_workspaces.push_back(std::make_unique<Workspace>());
    std::vector<at::Tensor> outputs(parts.size());
    AXP_CHECK(parallelFor(parts.size(), threads, [&](std::size_t index, int thread) -> Result<void> {
        SliceRunner runner(*m_program, m_engine, parts[index]);
        AXP_TRY(outputs[index], runner.run(kernels, m_exactKernels, false, *m_workspaces[static_cast<std::size_t>(thread)], job));
        return {};
    }));
    return at::cat(outputs);
}

Result<void> EmulatorImpl::runOnce(const KernelMap& kernels, const std::vector<at::Tensor>& parts, int threads, const JobContext& job) {
    AXP_CHECK(outputOf(kernels, parts, threads, job));
    return {};
}

}  // namespace detail

Result<std::unique_ptr<Emulator>> Emulator::create(Graph graph, std::string modelHash, std::shared_ptr<const Dataset> data,
                                                   const AcuLibrary& library, QuantSettings settings, Ranges ranges,
                                                   SignHandling unsignedHandling, double referencePowerMw, EmulatorOptions options) {
    try {
        auto emulator = std::make_unique<detail::EmulatorImpl>(std::move(graph), std::move(modelHash), std::move(data), library,
                                                               std::move(settings), std::move(ranges), unsignedHandling,
                                                               referencePowerMw, options);
        AXP_CHECK(emulator->initialise());
        return std::unique_ptr<Emulator>(std::move(emulator));
    } catch (const std::exception& error) {
        return failure("the emulator cannot be set up: " + detail::firstLine(error));
    }
}

std::string torchVersion() { return TORCH_VERSION; }

std::string torchBlasName() {
    using Config = char* (*)();
    const auto config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
    return config ? std::string(config()) : "reference BLAS (slow; install libopenblas-dev)";
}

}  // namespace axp
