// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/shaped_networks.h"

#include "core/graph/network_layers.h"

namespace axp {

namespace {

const std::vector<ShapedNetwork>& table() {
    static const std::vector<ShapedNetwork> networks{
        {"resnet50", "ResNet50", {3, 224, 224}, "4-3"},     {"densenet121", "DenseNet121", {3, 224, 224}, "4-3"},
        {"vgg19", "VGG19", {3, 224, 224}, "4-3"},           {"fashion-gan", "Fashion-GAN", {100}, "4-3"},
        {"vae-mnist", "VAE-MNIST", {784}, "4-3"},           {"lstm-imdb", "LSTM-IMDB", {200, 64}, "4-3"},
        {"inception-v3", "InceptionV3", {3, 299, 299}, "4-3"}, {"squeezenet", "SqueezeNet 1.1", {3, 224, 224}, "4-3"},
        {"shufflenet", "ShuffleNetV2 1.0", {3, 224, 224}, "4-3"}, {"vit-s", "ViT-S/16", {3, 224, 224}, "4-5"},
        {"deit-s", "DeiT-S/16", {3, 224, 224}, "4-5"},      {"swin-s", "Swin-S", {3, 224, 224}, "4-5"},
        {"gcvit-xxt", "GCViT-XXT", {3, 224, 224}, "4-5"},
    };
    return networks;
}

/// In the order of table().
constexpr Graph (*kBuilders[])() = {resnet50,    densenet121, vgg19,      ganGenerator, variationalAutoencoder, lstmClassifier, inceptionV3,
                                    squeezenet,  shufflenet,  vitSmall,   deitSmall,    swinSmall,              gcvit};

}  // namespace

const std::vector<ShapedNetwork>& shapedNetworks() { return table(); }

Result<ShapedNetwork> findShapedNetwork(const std::string& name) {
    std::string known;
    for (const ShapedNetwork& network : table()) {
        if (network.name == name) return network;
        known += (known.empty() ? "" : ", ") + network.name;
    }
    return badInput("there is no network '" + name + "' to be made up", {}, "It can be " + known + ".");
}

Result<Graph> buildShapedNetwork(const std::string& name) {
    AXP_CHECK(findShapedNetwork(name));
    for (std::size_t i = 0; i < table().size(); ++i) {
        if (table()[i].name != name) continue;
        Graph graph = kBuilders[i]();
        AXP_CHECK(graph.validate());
        return graph;
    }
    return failure("the network '" + name + "' has no builder");
}

}  // namespace axp
