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
    Graph folded;            ///< what is emulated: batch norms folded and activations fused when the settings say so, with shapes
    Shape inputShape;        ///< of one sample
    std::string contentHash; ///< Graph::contentHash() before folding: the model's part of a configuration hash
};

/// Imports the project's model, runs it once for the shapes, folds. A model that leaves the size of its input open takes that of the data.
Result<OpenedModel> openProjectModel(const Project& project, const std::string& resources);
/// The project's data set; a relative folder is relative to the project file.
Result<std::shared_ptr<const Dataset>> openProjectData(const Project& project, const std::string& resources);
/// An error when samples and network input have different shapes.
Result<void> checkSamplesFit(const Dataset& data, const Shape& inputShape, const std::string& modelPath);

}  // namespace axp
