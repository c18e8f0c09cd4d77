// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/model_check.h"

#include "app/engine/opened_model.h"
#include "core/eval/metrics.h"
#include "core/graph/sites.h"

namespace axp {
namespace {

constexpr std::int64_t kStages = 3;

/// The metric that the data allow must be able to judge what the network gives. Returns its name.
Result<std::string> checkOutputFits(const Shape& output, const Project& draft, const Dataset& data, const std::string& modelPath) {
    AXP_TRY(const Metric* metric, metricFor(data, draft.data.metric, output));
    Shape target;
    if (metric->reference == MetricReference::Values || metric->reference == MetricReference::Tokens) {
        AXP_TRY(const auto split, data.split("calibration"));
        AXP_TRY(const Tensor first, split->targets(0, 1));
        target.assign(first.shape().begin() + 1, first.shape().end());
    }
    auto checked = checkOutputs(*metric, output, target, data.classes());
    if (checked.ok()) return std::string(metric->name);
    Error error = std::move(checked).error();
    error.where = modelPath;
    return error;
}

}  // namespace

Result<ModelSummary> checkModel(const Project& draft, const std::string& resources, const JobContext& job) {
    const auto stage = [&job](std::int64_t done, const char* what) {
        job.report({done, kStages, -1, what});
        return job.cancelled() ? Result<void>(cancelled()) : Result<void>();
    };
    const std::string modelPath = draft.resolvedModelPath();
    AXP_CHECK(stage(0, "reading the data"));
    AXP_TRY(const auto data, openProjectData(draft, resources, job, 0, kStages));
    AXP_CHECK(stage(1, "importing the network"));
    AXP_TRY(const OpenedModel model, openProjectModel(draft, resources, job));
    AXP_CHECK(stage(2, "comparing network and data"));
    AXP_CHECK(checkSamplesFit(*data, model.inputShape, modelPath));

    ModelSummary summary;
    const Graph& graph = model.folded;
    summary.format = model.imported.format;
    summary.inputShape = model.inputShape;
    if (!graph.outputs.empty()) summary.outputShape = graph.values[static_cast<std::size_t>(graph.outputs.front())].shape;
    if (!summary.outputShape.empty()) summary.outputShape.erase(summary.outputShape.begin());
    AXP_TRY(summary.metric, checkOutputFits(summary.outputShape, draft, *data, modelPath));
    summary.operators = static_cast<std::int64_t>(graph.nodes.size());
    summary.parameters = graph.parameterCount();
    const auto sites = enumerateSites(graph, Granularity::Node);
    for (const auto& site : sites) summary.macs += site.macs;
    summary.sites = static_cast<std::int64_t>(sites.size());
    summary.sitesWithHeads = static_cast<std::int64_t>(enumerateSites(graph, Granularity::Head).size());
    summary.data = data->name();
    summary.classes = data->classes();
    for (const auto& [name, text] : data->facts()) summary.preparation.push_back(name + ": " + text);
    summary.leftOut = data->problems().size();
    AXP_CHECK(stage(kStages, "done"));
    return summary;
}

}  // namespace axp
