// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// Names of the networks that buildShapedNetwork() makes: "resnet50", "vit-s".
std::vector<std::string> shapedNetworkNames();

/// A network with the layers of a published one and random weights, for benchmarks: ResNet50 (He et al. 2016) with its batch norms,
/// or ViT-S/16 (Touvron et al. 2021), on samples of [3, 224, 224] with 1000 classes. The same on every machine. The error names
/// the networks that there are.
Result<Graph> buildShapedNetwork(const std::string& name);

}  // namespace axp
