// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <string_view>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/random_data.h"
#include "app/cli/session.h"
#include "app/engine/importers.h"
#include "core/graph/passes.h"
#include "core/graph/shaped_networks.h"

namespace axp::cli {
namespace {

class BenchModel : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("MODEL", m_path, "Model file, project file (.axp), or made:resnet50, made:vit-s, ... (their layers with random weights; see bench networks)")
            ->required()
            ->type_name("");
        app.add_option("--assign", m_spec, "all=ACU, SITE=ACU,..., @file.json or exact")->required()->type_name("SPEC");
        app.add_option("--batch", m_batch, "Samples per batch")->capture_default_str()->check(CLI::Range(1, 65536))->type_name("B");
        app.add_option("--repetitions", m_repetitions, "Interleaved repetitions; medians are reported")
            ->capture_default_str()
            ->check(CLI::Range(1, 1000))
            ->type_name("R");
        app.add_option("--input-shape", m_inputShape, "Shape of one sample (when the model file leaves it open)")->type_name("SHAPE");
        app.add_flag("--accept-model-change", m_options.acceptModelChange, "The project's model file changed on purpose: record it");
        addLibraryOption(app, m_options.libraries);
        m_options.addStrategy(app);
    }

    Result<Output> run(Context& context) override {
        if (std::filesystem::path(m_path).extension() == ".axp") {
            m_options.project = m_path;
            AXP_TRY(const auto session, Session::open(context, m_options));
            AXP_TRY(const Assignment assignment, resolveSpec(m_spec, *session));
            AXP_TRY(Emulator * emulator, session->emulator());
            return measure(*emulator, session->graph(), assignment, context);
        }
        return runOnModel(context);
    }

private:
    Result<Output> runOnModel(Context& context) {
        constexpr std::string_view kMade = "made:";
        if (m_path.starts_with(kMade)) {
            AXP_TRY(const ShapedNetwork network, findShapedNetwork(m_path.substr(kMade.size())));
            AXP_TRY(Graph graph, buildShapedNetwork(network.name));
            return runOnGraph(std::move(graph), network.sample, context);
        }
        AXP_TRY(ImportedModel model, openModel(m_path, importOptions(m_inputShape)));
        AXP_TRY(const Shape shape, sampleShape(model, m_path, m_inputShape));
        return runOnGraph(std::move(model.graph), shape, context);
    }

    Result<Output> runOnGraph(Graph graph, const Shape& shape, Context& context) {
        const std::string hash = graph.contentHash();
        AXP_CHECK(inferShapes(graph, shape));
        Graph folded = graph;
        if (foldBatchNorm(folded) > 0) AXP_CHECK(inferShapes(folded, shape));
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_options.libraries));
        AXP_TRY(const Assignment assignment, parseAssignment(m_spec, graph, library));
        AXP_TRY(const EmulatorOptions options, emulatorOptions(context, m_options.strategy));
        Project defaults;
        defaults.quant.calibrationSamples = std::min<std::int64_t>(defaults.quant.calibrationSamples, 8);  // random data needs no more
        AXP_TRY(const auto emulator,
                Emulator::create(std::move(folded), hash, std::make_shared<RandomDataset>(shape, context.seed()), library, defaults.quant,
                                 {}, defaults.unsignedHandling, defaults.referencePowerMw, options));
        AXP_CHECK(emulator->calibrate(context.job("calibrating on random data")));
        return measure(*emulator, graph, assignment, context);
    }

    Result<Output> measure(Emulator& emulator, const Graph& unfolded, const Assignment& assignment, Context& context) const {
        AXP_TRY(const ModelTiming timing, benchModel(emulator, unfolded, assignment, m_batch, context.threadCount(), m_repetitions,
                                                     context.job("timing")));
        Output output{{{"assignment", assignmentText(assignment, unfolded)},
                       {"batch", m_batch},
                       {"threads", context.threadCount()},
                       {"isa", isaName(activeIsa())},
                       {"blas", torchBlasName()},
                       {"repetitions", m_repetitions},
                       {"fp32_eager_seconds", timing.fp32EagerSeconds},
                       {"fp32_frozen_seconds", timing.fp32FrozenSeconds},
                       {"fp32_seconds", timing.fp32Seconds()},
                       {"emulated_seconds", timing.emulatedSeconds},
                       {"ratio", timing.ratio()}},
                      {}};
        output.text = "FP32 LibTorch " + durationText(timing.fp32Seconds()) + " a batch of " + std::to_string(m_batch) + " (eager " +
                      durationText(timing.fp32EagerSeconds) + ", frozen " + durationText(timing.fp32FrozenSeconds) + "), emulated " +
                      durationText(timing.emulatedSeconds) + ": " + fixedText(timing.ratio(), 2) + " times FP32 (" + torchBlasName() + ", " +
                      isaName(activeIsa()) + ")\n";
        return output;
    }

    ProjectOptions m_options;
    std::string m_path, m_spec, m_inputShape;
    int m_batch = 64, m_repetitions = 11;
};

}  // namespace

std::unique_ptr<Command> makeBenchModel() { return std::make_unique<BenchModel>(); }

}  // namespace axp::cli
