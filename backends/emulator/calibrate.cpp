// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/recurrent.h"
#include "backends/emulator/detail/workers.h"

namespace axp::detail {
namespace {

/// Histograms of the operands of one MAC node.
struct NodeHistograms {
    AbsHistogram a, b;
};
/// By node index.
using Histograms = std::map<std::size_t, NodeHistograms>;

Result<void> record(AbsHistogram& histogram, const at::Tensor& tensor, const std::string& node) {
    const at::Tensor values = tensor.to(at::kFloat).contiguous();
    histogram.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    if (histogram.nonFinite() > 0)
        return badInput("an activation is infinite or not a number", "node " + node, "Check the network and the preprocessing.");
    return {};
}

/// Runs one batch in FP32 and records what every MAC node reads.
Result<Histograms> observe(const Program& program, const at::Tensor& batch, const JobContext& job) {
    const Graph& graph = program.graph();
    Histograms histograms;
    Environment environment = program.environment();
    environment[static_cast<std::size_t>(graph.inputs[0])] = batch;
    for (std::size_t n = 0; n < program.size(); ++n) {
        if (job.cancelled()) return cancelled();
        const Node& node = graph.nodes[n];
        const auto operand = [&](std::size_t i) { return environment[static_cast<std::size_t>(node.input(i))].toTensor(); };
        if (node.kind == NodeKind::Recurrent) {
            Result<void> recorded;
            const auto outputs = runRecurrentFloat(node, environment, [&](const at::Tensor& state) {
                if (recorded.ok()) recorded = record(histograms[n].a, state, node.name);
            });
            AXP_CHECK(recorded);
            for (std::size_t i = 0; i < outputs.size(); ++i) environment[static_cast<std::size_t>(node.outputs[i])] = outputs[i];
            for (const ValueId id : program.lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
            continue;
        }
        if (node.isMac()) AXP_CHECK(record(histograms[n].a, operand(0), node.name));
        if (node.kind == NodeKind::MatMul) AXP_CHECK(record(histograms[n].b, operand(1), node.name));
        AXP_CHECK(program.run(n, environment));
        for (const ValueId id : program.lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
    }
    return histograms;
}

}  // namespace

Result<Ranges> EmulatorImpl::calibrate(const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        const QuantSettings& settings = m_engine.settings();
        AXP_TRY(const auto split, m_data->split("calibration"));
        AXP_TRY(const std::vector<at::Tensor> parts, inputs(*split, {"calibration", 0, std::min(settings.calibrationSamples, split->size())}, job));
        std::vector<Histograms> observed(parts.size());
        AXP_CHECK(parallelFor(parts.size(), m_options.threads, [&](std::size_t part, int) -> Result<void> {
            AXP_TRY(observed[part], observe(*m_program, parts[part], job));
            return {};
        }));
        Histograms histograms;
        for (const auto& part : observed)
            for (const auto& [n, h] : part) {
                histograms[n].a.merge(h.a);
                histograms[n].b.merge(h.b);
            }
        Ranges ranges;
        for (const auto& [n, h] : histograms) {
            SiteRange& range = ranges[m_graph.nodes[n].name];
            range.amaxA = h.a.amax(settings.calibrator, settings.percentile);
            if (h.b.count() > 0) range.amaxB = h.b.amax(settings.calibrator, settings.percentile);
            if (m_unsignedHandling != SignHandling::Affine) continue;
            range.minA = std::max(h.a.minimum(), -range.amaxA);
            if (range.amaxB) range.minB = std::max(h.b.minimum(), -*range.amaxB);
        }
        m_engine.setRanges(ranges);
        forgetActivations();
        return ranges;
    } catch (const std::exception& error) {
        return failure("calibration failed: " + firstLine(error), m_graph.name);
    }
}

}  // namespace axp::detail
