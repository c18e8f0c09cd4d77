// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/opened_model.h"

#include <filesystem>

#include "backends/emulator/emulator.h"
#include "core/graph/passes.h"

namespace axp {

Result<Shape> sampleShapeOf(const ImportedModel& model, const std::string& path, const Shape& given) {
    if (!given.empty()) return given;
    if (!model.inputShape.empty()) return model.inputShape;
    return badInput("the model does not say how large its input is", path,
                    "Give the size of one sample, for example --input-shape 1,28,28.");
}

Result<OpenedModel> openModel(const std::string& path, bool fold, const Shape& inputShape) {
    OpenedModel opened;
    AXP_TRY(opened.imported, importModel(path));
    AXP_TRY(opened.inputShape, sampleShapeOf(opened.imported, path, inputShape));
    opened.contentHash = opened.imported.graph.contentHash();
    AXP_CHECK(inferShapes(opened.imported.graph, opened.inputShape));
    opened.folded = opened.imported.graph;
    if (fold && foldBatchNorm(opened.folded) > 0) AXP_CHECK(inferShapes(opened.folded, opened.inputShape));
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
