// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/onnx_importer.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/base/files.h"
#include "core/model/onnx/converter.h"

namespace axp {

Result<ImportedModel> readOnnxModel(const std::string& path, const ImportOptions&) {
    constexpr std::size_t largest = (std::size_t{1} << 31) - 1;  // protobuf's own limit
    AXP_TRY(const std::string bytes, readFile(path, largest));
    try {
        AXP_TRY(const onnx_file::Model model,
                onnx_file::parse(bytes, path, std::filesystem::path(path).parent_path().string()));
        return onnx_file::Converter(model, path).run();
    } catch (const std::bad_alloc&) {
        return failure("the model needs more memory than there is", path);
    } catch (const std::exception& error) {
        return badInput(std::string("the model cannot be imported: ") + error.what(), path);
    }
}

bool looksLikeOnnx(const std::string& path, const std::string& head) {
    std::string extension = std::filesystem::path(path).extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (extension == ".onnx") return true;
    // Field 1 (ir_version) as a small number, then the length-delimited producer name (2) or opset import (8) or graph (7).
    return head.size() > 3 && head[0] == '\x08' && head[1] >= 1 && head[1] <= 16 &&
           (head[2] == '\x12' || head[2] == '\x3a' || head[2] == '\x42');
}

}  // namespace axp
