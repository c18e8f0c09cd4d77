// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/importer.h"

#include <fstream>

#include "core/model/onnx/onnx_importer.h"

namespace axp {

namespace {

/// Formats that people try and that no importer here reads, with what to do instead.
std::string foreignRemedy(const std::string& head) {
    if (head.starts_with("PK\x03\x04") || head.starts_with("\x80\x02") || head.starts_with("\x80\x03") ||
        head.starts_with("\x80\x04"))
        return "This looks like a PyTorch file; export the network with torch.onnx.export(model.eval(), example, "
               "'model.onnx')";
    if (head.starts_with("\x89HDF")) return "This looks like a Keras file; export the network with tf2onnx";
    return "Models are .onnx files; export the network to ONNX";
}

}  // namespace

const std::vector<ModelImporter>& modelImporters() {
    static const std::vector<ModelImporter> importers = {
        {"onnx", "ONNX models, opsets 7 to 22 (.onnx)", looksLikeOnnx, readOnnxModel},
    };
    return importers;
}

Result<ImportedModel> importModel(const std::string& path, const ImportOptions& options,
                                  const std::vector<ModelImporter>& importers) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return badInput("the model file cannot be opened", path, "Check the path and its permissions");
    std::string head(4096, '\0');
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (stream.bad()) return badInput("the model file cannot be read; is it a folder?", path);
    head.resize(static_cast<std::size_t>(stream.gcount()));
    if (head.empty()) return badInput("the model file is empty or is not a file", path);
    for (const ModelImporter& importer : importers)
        if (importer.recognises(path, head)) return importer.read(path, options);
    return badInput("the format of the model is not known", path, foreignRemedy(head));
}

}  // namespace axp
