// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/model_check.h"

#include "app/engine/opened_model.h"
#include "core/graph/sites.h"

namespace axp {
namespace {

constexpr std::int64_t kStages = 3;

/// The network must give one row of scores with a score for every class.
Result<void> checkOutputFits(const Shape& output, const Dataset& data, const std::string& modelPath) {
    if (output.size() == 1 && output[0] >= data.classes()) return {};
    return badInput("for one sample the model gives an output of shape " + shapeText(output) + ", and " + data.name() + " has " +
                        std::to_string(data.classes()) + " classes", modelPath, "Use a model and a data set that belong together.");
}

}  // namespace

Result<ModelSummary> checkModel(const Project& draft, const std::string& resources, const JobContext& job) {
    const auto stage = [&job](std::int64_t done, const char* what) {
        job.report({done, kStages, -1, what});
        return job.cancelled() ? Result<void>(cancelled()) : Result<void>();
    };
    const std::string modelPath = draft.resolvedModelPath();
    AXP_CHECK(stage(0, "reading the data"));
    AXP_TRY(const auto data, openProjectData(draft, resources));
    AXP_CHECK(stage(1, "importing the network"));
    AXP_TRY(const OpenedModel model, openProjectModel(draft, resources));
    AXP_CHECK(stage(2, "comparing network and data"));
    AXP_CHECK(checkSamplesFit(*data, model.inputShape, modelPath));

    ModelSummary summary;
    const Graph& graph = model.folded;
    summary.format = model.imported.format;
    summary.inputShape = model.inputShape;
    if (!graph.outputs.empty()) summary.outputShape = graph.values[static_cast<std::size_t>(graph.outputs.front())].shape;
    if (!summary.outputShape.empty()) summary.outputShape.erase(summary.outputShape.begin());
    AXP_CHECK(checkOutputFits(summary.outputShape, *data, modelPath));
    summary.operators = static_cast<std::int64_t>(graph.nodes.size());
    summary.parameters = graph.parameterCount();
    const auto sites = enumerateSites(graph, Granularity::Node);
    for (const auto& site : sites) summary.macs += site.macs;
    summary.sites = static_cast<std::int64_t>(sites.size());
    summary.sitesWithHeads = static_cast<std::int64_t>(enumerateSites(graph, Granularity::Head).size());
    summary.data = data->name();
    summary.classes = data->classes();
    AXP_CHECK(stage(kStages, "done"));
    return summary;
}

}  // namespace axp
