// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"
#include "core/quant/quant.h"

namespace axp {

/// An imported network with what its file says about the input.
struct ImportedModel {
    Graph graph;
    Shape inputShape;    ///< of one sample, without the batch dimension; empty when the file leaves it open
    std::string format;  ///< "ONNX opset 17"
    Ranges ranges;       ///< that a quantized file gives for its MAC nodes; a project takes them over, calibration finds the others
};

/// What an importer may ask for besides the file.
struct ImportOptions {
    /// The shape of one sample. Only importers of files that do not say it call this; empty: such files are refused.
    std::function<Result<Shape>()> sampleShape;
};

/// A model importer: an extension point (one folder and one line in a table).
struct ModelImporter {
    const char* name;
    const char* help;
    /// Looks at the first bytes (at most 4096) and the path.
    bool (*recognises)(const std::string& path, const std::string& head);
    Result<ImportedModel> (*read)(const std::string& path, const ImportOptions& options);
};
/// The importers of this library. The application's table (app/engine/importers.h) has those that need LibTorch as well.
const std::vector<ModelImporter>& modelImporters();

/// Reads a model with the first of `importers` that recognises it. Nothing is substituted or skipped: an unsupported operator is
/// an error that names it and its node.
Result<ImportedModel> importModel(const std::string& path, const ImportOptions& options = {},
                                  const std::vector<ModelImporter>& importers = modelImporters());

/// Writes a graph as ONNX (opset 17), atomically. Input batch dimension is symbolic ("N"). Operators without an ONNX form are
/// errors that name the node.
Result<void> exportOnnx(const Graph& graph, const std::string& path);

}  // namespace axp
