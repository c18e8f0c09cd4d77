// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/importer.h"

namespace axp {

/// Reads an .onnx file (opsets 7 to 22).
Result<ImportedModel> readOnnxModel(const std::string& path, const ImportOptions& options = {});
/// By the extension .onnx, or by content that starts like a ModelProto.
bool looksLikeOnnx(const std::string& path, const std::string& head);

}  // namespace axp
