// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>

#include "core/data/dataset.h"
#include "core/graph/graph.h"
#include "core/model/importer.h"
#include "core/project/project.h"

namespace axp {

/// A project's network, ready for the emulator.
struct OpenedModel {
    ImportedModel imported;  ///< as in the file, with shapes
    Graph folded;            ///< what is emulated: batch norms folded when the settings say so, with shapes
    Shape inputShape;        ///< of one sample
    std::string contentHash; ///< Graph::contentHash() before folding: the model's part of a configuration hash
};

/// The sample shape: `given` when not empty, else the file's own; an error when neither says it.
Result<Shape> sampleShapeOf(const ImportedModel& model, const std::string& path, const Shape& given);
/// Imports a model, runs it once for the shapes, folds.
Result<OpenedModel> openModel(const std::string& path, bool fold, const Shape& inputShape = {});
/// The project's data set; a relative folder is relative to the project file.
Result<std::shared_ptr<const Dataset>> openProjectData(const Project& project, const std::string& resources);
/// An error when samples and network input have different shapes.
Result<void> checkSamplesFit(const Dataset& data, const Shape& inputShape, const std::string& modelPath);

}  // namespace axp
