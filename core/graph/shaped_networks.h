// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// A network with the layers of a published one and seeded random weights, for benchmarks: times do not depend on what the numbers mean.
struct ShapedNetwork {
    std::string name, title;
    Shape sample;       ///< shape of one input
    std::string table;  ///< of the thesis that it stands in: "4-3" or "4-5"
};

/// ResNet50 (He et al. 2016), DenseNet121 (Huang et al. 2017), VGG19 (Simonyan and Zisserman 2015), a GAN's generator and a variational
/// autoencoder of linear layers for images of 28x28, an LSTM of two layers of 256 over 200 embedded words of 64 numbers, InceptionV3 (Szegedy
/// et al. 2016), SqueezeNet 1.1, ShuffleNetV2 (Ma et al. 2018), ViT-S and DeiT-S (the same layers; Touvron et al. 2021), Swin-S (Liu et al.
/// 2021) and GCViT-XXT (Hatamizadeh et al. 2023). Batch norms included; classifiers have 1000 classes.
const std::vector<ShapedNetwork>& shapedNetworks();
/// The error names the networks that there are.
Result<ShapedNetwork> findShapedNetwork(const std::string& name);
/// The same on every machine.
Result<Graph> buildShapedNetwork(const std::string& name);

}  // namespace axp
