// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>

#include "core/data/dataset.h"
#include "core/graph/graph.h"
#include "core/model/importer.h"
#include "core/project/project.h"

namespace axp {

class Emulator;
struct JobContext;

/// A project's network, ready for the emulator.
struct OpenedModel {
    ImportedModel imported;  ///< as in the file, with shapes
    Graph folded;            ///< what is emulated: batch norms folded and activations fused when the settings say so, with shapes
    Shape inputShape;        ///< of one sample
    std::string contentHash; ///< Graph::contentHash() before folding: the model's part of a configuration hash
};

/// Imports the project's model, runs it once for the shapes, folds. A model that leaves the size of its input open takes that of the data.
Result<OpenedModel> openProjectModel(const Project& project, const std::string& resources, const JobContext& job = {});
/// A model file alone, with shapes. `sample` is the shape of one sample where the file does not say it; empty: such a file is refused.
Result<Graph> openNetwork(const std::string& path, const Shape& sample, const JobContext& job);
/// The project's data set; a relative folder is relative to the project file. Where many files are read, progress is reported as a message
/// of the step that `job` is in (Progress::done and total are `step` and `steps`).
Result<std::shared_ptr<const Dataset>> openProjectData(const Project& project, const std::string& resources, const JobContext& job = {}, std::int64_t step = 0,
                                                       std::int64_t steps = 0);
/// The ranges of a project that has none yet: those that a quantized model gives, when it gives all; else none.
Ranges givenRanges(const OpenedModel& model);
/// Calibrates, and keeps the ranges that a quantized model gives: they are used and returned.
Result<Ranges> calibrateModel(Emulator& emulator, const OpenedModel& model, const JobContext& job);
/// An error when samples and network input have different shapes.
Result<void> checkSamplesFit(const Dataset& data, const Shape& inputShape, const std::string& modelPath);

}  // namespace axp
