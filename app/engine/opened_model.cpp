// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/opened_model.h"

#include <filesystem>

#include "app/engine/importers.h"
#include "backends/emulator/emulator.h"
#include "core/graph/passes.h"

namespace axp {

Result<OpenedModel> openProjectModel(const Project& project, const std::string& resources, const JobContext& job) {
    JobContext silent;  // its progress is not that of the caller
    silent.cancel = job.cancel;
    OpenedModel opened;
    const auto sampleShape = [&]() -> Result<Shape> {
        AXP_TRY(const auto data, openProjectData(project, resources, silent));
        AXP_TRY(const auto split, data->split("calibration"));
        return split->sampleShape();
    };
    AXP_TRY(opened.imported, openModel(project.resolvedModelPath(), {sampleShape}));
    opened.inputShape = opened.imported.inputShape;
    if (opened.inputShape.empty()) {
        AXP_TRY(opened.inputShape, sampleShape());
    }
    opened.contentHash = opened.imported.graph.contentHash();
    // Networks on tokens do not run on numbers in floating point; the data say which kind this is.
    DType type = DType::F32;
    if (auto shaped = inferShapes(opened.imported.graph, opened.inputShape); !shaped.ok()) {
        const auto data = openProjectData(project, resources, silent);
        const auto split = data.ok() ? (*data)->split("calibration") : Result<std::shared_ptr<const DataSplit>>(data.error());
        if (!split.ok() || (*split)->sampleType() == type) return std::move(shaped).error();
        type = (*split)->sampleType();
        AXP_CHECK(inferShapes(opened.imported.graph, opened.inputShape, type));
    }
    defineParts(opened.imported.graph, project.sites);
    opened.folded = opened.imported.graph;
    int changed = project.quant.foldBatchNorm ? foldBatchNorm(opened.folded) : 0;
    if (project.fuseLayers) changed += fuseActivations(opened.folded);
    if (changed > 0) AXP_CHECK(inferShapes(opened.folded, opened.inputShape, type));
    return opened;
}

Result<Graph> openNetwork(const std::string& path, const Shape& sample, const JobContext& job) {
    ImportOptions options;
    if (!sample.empty()) options.sampleShape = [&sample]() -> Result<Shape> { return sample; };
    AXP_TRY(ImportedModel model, openModel(path, options));
    if (job.cancelled()) return cancelled();
    const Shape& shape = model.inputShape.empty() ? sample : model.inputShape;
    if (shape.empty()) return badInput("the file does not say how large its input is", path, "Open a project with samples of that size first");
    AXP_CHECK(inferShapes(model.graph, shape));
    return std::move(model.graph);
}

Result<std::shared_ptr<const Dataset>> openProjectData(const Project& project, const std::string& resources, const JobContext& job, std::int64_t step,
                                                       std::int64_t steps) {
    namespace fs = std::filesystem;
    DataSpec spec = project.data;
    if (!spec.path.empty() && fs::path(spec.path).is_relative())
        spec.path = (fs::path(project.path).parent_path() / spec.path).lexically_normal().string();
    JobContext part;
    part.cancel = job.cancel;
    part.onProgress = [&job, step, steps](const Progress& files) {
        job.report({step, steps, files.etaSeconds, "reading the data: " + std::to_string(files.done) + " of " + std::to_string(files.total) + " files"});
    };
    return openDataset(spec, resources, part);
}

Ranges givenRanges(const OpenedModel& model) {
    for (const Node& node : model.folded.nodes)
        if (node.isMac() && !model.imported.ranges.contains(node.name)) return {};
    return model.imported.ranges;
}

Result<Ranges> calibrateModel(Emulator& emulator, const OpenedModel& model, const JobContext& job) {
    AXP_TRY(Ranges ranges, emulator.calibrate(job));
    if (model.imported.ranges.empty()) return ranges;
    for (const auto& [name, range] : model.imported.ranges) ranges.insert_or_assign(name, range);
    emulator.useRanges(ranges);
    return ranges;
}

Result<void> checkSamplesFit(const Dataset& data, const Shape& inputShape, const std::string& modelPath) {
    AXP_TRY(const auto split, data.split("calibration"));
    if (split->sampleShape() == inputShape) return {};
    // Many networks run on other sizes too, and their figures would look plausible.
    return badInput("the model takes samples of shape " + shapeText(inputShape) + ", and " + data.name() + " has " +
                        shapeText(split->sampleShape()), modelPath, "Use a model and a data set that belong together.");
}

}  // namespace axp
