// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/opened_model.h"

#include <filesystem>

#include "app/engine/importers.h"
#include "backends/emulator/emulator.h"
#include "core/graph/passes.h"

namespace axp {

Result<OpenedModel> openProjectModel(const Project& project, const std::string& resources) {
    OpenedModel opened;
    const auto sampleShape = [&]() -> Result<Shape> {
        AXP_TRY(const auto data, openProjectData(project, resources));
        AXP_TRY(const auto split, data->split("calibration"));
        return split->sampleShape();
    };
    AXP_TRY(opened.imported, openModel(project.resolvedModelPath(), {sampleShape}));
    opened.inputShape = opened.imported.inputShape;
    if (opened.inputShape.empty()) {
        AXP_TRY(opened.inputShape, sampleShape());
    }
    opened.contentHash = opened.imported.graph.contentHash();
    AXP_CHECK(inferShapes(opened.imported.graph, opened.inputShape));
    defineParts(opened.imported.graph, project.sites);
    opened.folded = opened.imported.graph;
    int changed = project.quant.foldBatchNorm ? foldBatchNorm(opened.folded) : 0;
    if (project.fuseLayers) changed += fuseActivations(opened.folded);
    if (changed > 0) AXP_CHECK(inferShapes(opened.folded, opened.inputShape));
    return opened;
}

Result<std::shared_ptr<const Dataset>> openProjectData(const Project& project, const std::string& resources) {
    namespace fs = std::filesystem;
    DataSpec spec = project.data;
    if (!spec.path.empty() && fs::path(spec.path).is_relative())
        spec.path = (fs::path(project.path).parent_path() / spec.path).lexically_normal().string();
    return openDataset(spec, resources);
}

Result<void> checkSamplesFit(const Dataset& data, const Shape& inputShape, const std::string& modelPath) {
    AXP_TRY(const auto split, data.split("calibration"));
    if (split->sampleShape() == inputShape) return {};
    // Many networks run on other sizes too, and their figures would look plausible.
    return badInput("the model takes samples of shape " + shapeText(inputShape) + ", and " + data.name() + " has " +
                        shapeText(split->sampleShape()), modelPath, "Use a model and a data set that belong together.");
}

}  // namespace axp
