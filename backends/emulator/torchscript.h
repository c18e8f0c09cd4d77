// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/importer.h"

namespace axp {

/// Reads a TorchScript file, traced or scripted (.pt, .pth, .ts). The network is followed once on zeros of the sample shape, at two
/// batch sizes, and what it computes is written down: calls are inlined, loops and branches that depend on shapes and settings only
/// fold away, constants are folded, and nothing depends on the batch size. MAC operators become typed nodes, every other one keeps
/// its ATen schema name. Control flow that depends on data, random numbers, quantized operators, writes into parts of tensors and
/// several inputs are errors that name the operator and the source line. `options.sampleShape` is needed: the files do not say it.
/// The container is checked before LibTorch reads it (core/model/torchscript/container.h). Not thread-safe against itself.
Result<ImportedModel> readTorchScript(const std::string& path, const ImportOptions& options);
bool looksLikeTorchScript(const std::string& path, const std::string& head);

}  // namespace axp
