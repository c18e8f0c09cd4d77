// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/model/onnx/converter.h"

/// Any bytes: the importer refuses them with a sentence or gives a graph that is consistent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto model = axp::onnx_file::parse(bytes, "fuzz.onnx", "no-such-folder");
    if (!model.ok()) return 0;
    const auto imported = axp::onnx_file::Converter(*model, "fuzz.onnx").run();
    if (imported.ok() && !imported->graph.validate().ok()) std::abort();
    return 0;
}
