// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "backends/emulator/emulator.h"
#include "backends/emulator/train.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace axp::cli {
namespace {

class TrainSample : public Command {
public:
    void addOptions(CLI::App& app) override {
        std::string names;
        for (const auto& name : sampleNetworkNames()) names += (names.empty() ? "" : ", ") + name;
        app.add_option("NAME", m_name, "One of " + names)->required()->type_name("");
        app.add_option("--out", m_out, "File to write (default: NAME.onnx here); the recipe goes beside it as .json")->type_name("F.onnx");
        app.add_option("--epochs", m_epochs, "Epochs (default: the recipe's)")->check(CLI::Range(1, 1000))->type_name("N");
        app.add_option("--data", m_dataFolder, "Folder of the IDX files (default: the system's)")->type_name("DIR");
    }

    Result<Output> run(Context& context) override {
        if (context.options().device != "cpu") return badInput("train-sample trains on the CPU", "--device", "Leave the option out.");
        const auto names = sampleNetworkNames();
        if (std::find(names.begin(), names.end(), m_name) == names.end()) {
            const std::string hint = didYouMean(m_name, names);
            return badInput("there is no sample network '" + m_name + "'", "NAME", hint.empty() ? "See --help for the names." : hint);
        }
        const std::string out = m_out.empty() ? m_name + ".onnx" : m_out;
        const std::string recipeFile = std::filesystem::path(out).replace_extension(".json").string();
        if (recipeFile == out) return badInput("the recipe takes the ending .json", out, "Give the model another ending, .onnx.");
        AXP_CHECK(checkWritable(out));
        AXP_TRY(TrainRecipe recipe, sampleRecipe(m_name));
        if (m_epochs > 0) recipe.epochs = m_epochs;
        if (context.options().seed) recipe.seed = *context.options().seed;
        AXP_TRY(const auto data, openDataset({"fashion-mnist", m_dataFolder}, resourcesFolder()));
        AXP_TRY(Graph graph, buildSampleNetwork(m_name, recipe.seed));
        // Not all cores: sums over threads differ with their number, and a seed must mean the same everywhere.
        const int threads = std::max(1, context.threads());
        spdlog::info("training {}: {} parameters, {} epochs, seed {}", m_name, graph.parameterCount(), recipe.epochs, recipe.seed);
        AXP_TRY(const TrainReport report, trainNetwork(graph, *data, recipe, threads, context.job("training " + m_name)));
        AXP_CHECK(exportOnnx(graph, out));
        AXP_TRY(const std::string hash, sha256File(out));
        Json document = this->document(recipe, report, *data, graph, threads);
        document["sha256"] = hash;
        AXP_CHECK(writeFileAtomic(recipeFile, documentText(document)));
        document["files"] = {out, recipeFile};
        return Output{document, m_name + ": top-1 on the test set " + percentText(report.testAccuracy) + ", on the selection split " +
                                    percentText(report.selectionAccuracy) + " after " + durationText(report.seconds) + "; wrote " + out +
                                    " and " + recipeFile + "\n"};
    }

private:
    Json document(const TrainRecipe& recipe, const TrainReport& report, const Dataset& data, const Graph& graph, int threads) const {
        return {{"name", m_name},
                {"command", "axplorer-cli train-sample " + m_name + " --epochs " + std::to_string(recipe.epochs) + " --seed " +
                                std::to_string(recipe.seed) + " --threads " + std::to_string(threads)},
                {"data", data.name()},
                {"parameters", graph.parameterCount()},
                {"seed", recipe.seed},
                {"threads", threads},
                {"recipe",
                 {{"epochs", recipe.epochs},
                  {"batch", recipe.batch},
                  {"learning_rate", recipe.learningRate},
                  {"weight_decay", recipe.weightDecay},
                  {"label_smoothing", recipe.labelSmoothing},
                  {"augment", recipe.augment}}},
                {"libtorch", torchVersion()},
                {"losses", report.losses},
                {"train_accuracy", report.trainAccuracy},
                {"selection_accuracy", report.selectionAccuracy},
                {"test_accuracy", report.testAccuracy},
                {"seconds", report.seconds}};
    }

    std::string m_name, m_out, m_dataFolder;
    int m_epochs = 0;
};

}  // namespace

std::unique_ptr<Command> makeTrainSample() { return std::make_unique<TrainSample>(); }

}  // namespace axp::cli
