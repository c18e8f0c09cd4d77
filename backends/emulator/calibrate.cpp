// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/workers.h"

namespace axp::detail {
namespace {

/// Histograms of the operands of one MAC node.
struct NodeHistograms {
    AbsHistogram a, b;
};

Result<void> record(AbsHistogram& histogram, const at::Tensor& tensor, const std::string& node) {
    const at::Tensor values = tensor.to(at::kFloat).contiguous();
    if (!at::isfinite(values).all().item<bool>())
        return badInput("an activation is infinite or not a number", "node " + node, "Check the network and the preprocessing.");
    histogram.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    return {};
}

}  // namespace

Result<Ranges> EmulatorImpl::calibrate(const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        const QuantSettings& settings = m_engine.settings();
        AXP_TRY(const auto split, m_data->split("calibration"));
        AXP_TRY(const std::vector<at::Tensor> parts, inputs(*split, {"calibration", 0, settings.calibrationSamples}));
        std::map<std::size_t, NodeHistograms> histograms;
        setTorchThreads(m_options.threads);
        for (std::size_t part = 0; part < parts.size(); ++part) {
            Environment environment = m_program->environment();
            environment[static_cast<std::size_t>(m_graph.inputs[0])] = parts[part];
            for (std::size_t n = 0; n < m_program->size(); ++n) {
                if (job.cancelled()) return cancelled();
                const Node& node = m_graph.nodes[n];
                if (node.isMac()) {
                    NodeHistograms& h = histograms[n];
                    AXP_CHECK(record(h.a, environment[static_cast<std::size_t>(node.input(0))].toTensor(), node.name));
                    if (node.kind == NodeKind::MatMul)
                        AXP_CHECK(record(h.b, environment[static_cast<std::size_t>(node.input(1))].toTensor(), node.name));
                }
                AXP_CHECK(m_program->run(n, environment));
                for (const ValueId id : m_program->lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
            }
            job.report({static_cast<std::int64_t>(part + 1), static_cast<std::int64_t>(parts.size()), -1, "calibrating"});
        }
        Ranges ranges;
        for (const auto& [n, h] : histograms) {
            SiteRange& range = ranges[m_graph.nodes[n].name];
            range.amaxA = h.a.amax(settings.calibrator, settings.percentile);
            if (h.b.count() > 0) range.amaxB = h.b.amax(settings.calibrator, settings.percentile);
        }
        m_engine.setRanges(ranges);
        forgetActivations();
        return ranges;
    } catch (const std::exception& error) {
        return failure("calibration failed: " + firstLine(error), m_graph.name);
    }
}

}  // namespace axp::detail
