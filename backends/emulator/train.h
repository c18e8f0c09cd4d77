// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/graph/graph.h"
#include "core/jobs/context.h"

namespace axp {

/// Names of the sample networks: fashion-cnn, fashion-resnet, fashion-vit.
std::vector<std::string> sampleNetworkNames();
/// The sample network with freshly initialised parameters (seeded); input [N, 1, 28, 28], output logits [N, 10].
Result<Graph> buildSampleNetwork(const std::string& name, std::uint64_t seed);

struct TrainRecipe {
    int epochs = 10;
    int batch = 128;
    double learningRate = 2e-3;  ///< peak of a one-cycle schedule
    double weightDecay = 0.02;   ///< decoupled (AdamW; Loshchilov and Hutter 2019)
    double labelSmoothing = 0.05;
    bool augment = true;         ///< random horizontal flip and shift by up to 2 pixels
    std::uint64_t seed = 1;
};
/// The recipe that the committed sample networks were trained with.
Result<TrainRecipe> sampleRecipe(const std::string& name);

struct TrainReport {
    std::vector<double> losses;      ///< mean loss per epoch
    double trainAccuracy = 0, selectionAccuracy = 0, testAccuracy = 0, seconds = 0;
};

/// Trains all trainable constants of `graph` on the train split (FP32, cross-entropy) and puts the trained values back; shapes of
/// values are known afterwards. Repeatable for a seed, a thread count and a LibTorch version; `threads` 0 means one, so that a
/// seed gives the same network everywhere. Cancelling returns an error and leaves the parameters as they were.
Result<TrainReport> trainNetwork(Graph& graph, const Dataset& data, const TrainRecipe& recipe, int threads, const JobContext& job);

}  // namespace axp
