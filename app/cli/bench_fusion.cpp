// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/eval/metrics.h"
#include "core/graph/passes.h"

namespace axp::cli {
namespace {

/// A way to run the network's layers.
struct Variant {
    const char* name;
    bool fold, fuse;
};
constexpr Variant kVariants[] = {
    {"as imported", false, false}, {"activations fused", false, true}, {"batch norms folded", true, false}, {"folded and fused", true, true}};

class BenchFusion : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_slice.add(app);
        app.add_option("--assign", m_spec, "all=ACU, SITE=ACU,..., @file.json, exact, or a named assignment of the project")
            ->capture_default_str()
            ->type_name("SPEC");
        app.add_option("--repetitions", m_repetitions, "Interleaved repetitions; medians are reported")
            ->capture_default_str()
            ->check(CLI::Range(1, 1000))
            ->type_name("R");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(const Assignment assignment, resolveSpec(m_spec, *session));
        AXP_TRY(const auto data, session->dataset());
        AXP_TRY(const DataSlice slice, m_slice.resolve(*data));
        AXP_CHECK(session->emulator());  // calibrates a project without ranges
        std::vector<Measured> measured;
        for (const Variant& variant : kVariants) {
            AXP_TRY(Measured one, prepared(*session, data, variant, context));
            measured.push_back(std::move(one));
        }
        for (int repetition = -1; repetition < m_repetitions; ++repetition)  // the first round warms up
            for (Measured& one : measured) {
                AXP_TRY(one.evaluation, one.emulator->evaluate(assignment, slice, context.job(one.variant->name)));
                if (repetition >= 0) one.seconds.push_back(one.evaluation.seconds);
            }
        return report(measured, slice);
    }

private:
    struct Measured {
        const Variant* variant = nullptr;
        std::unique_ptr<Emulator> emulator;
        int folded = 0, fused = 0;
        Evaluation evaluation;
        std::vector<double> seconds;
    };

    Result<Measured> prepared(Session& session, const std::shared_ptr<const Dataset>& data, const Variant& variant, Context& context) const {
        Measured one;
        one.variant = &variant;
        Graph graph = session.graph();
        if (variant.fold) one.folded = foldBatchNorm(graph);
        if (variant.fuse) one.fused = fuseActivations(graph);
        AXP_TRY(const auto split, data->split("calibration"));
        AXP_CHECK(inferShapes(graph, session.inputShape(), split->sampleType()));
        const Project& project = session.project();
        QuantSettings quant = project.quant;
        quant.foldBatchNorm = variant.fold;
        EmulatorOptions options;
        options.threads = context.threads();
        options.reuseBytes = 0;
        options.metric = project.data.metric;
        AXP_TRY(one.emulator, Emulator::create(std::move(graph), session.graph().contentHash(), data, session.library(), quant, project.ranges,
                                               project.unsignedHandling, project.referencePowerMw, options));
        return one;
    }

    static double median(std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    }

    static Output report(const std::vector<Measured>& measured, const DataSlice& slice) {
        Json rows = Json::array();
        TextTable table({"layers", ">batch norms folded", ">activations fused", ">nodes", ">time", ">against imported", ">metric", ">rmse against FP32"});
        const double first = median(measured.front().seconds);
        for (const Measured& one : measured) {
            const double seconds = median(one.seconds);
            const auto nodes = static_cast<long long>(one.emulator->graph().nodes.size());
            rows.push_back({{"layers", one.variant->name}, {"folded", one.folded}, {"fused", one.fused}, {"nodes", nodes}, {"seconds", seconds},
                            {"metric", metricDocument(one.evaluation)}, {"rmse", one.evaluation.rmse}});
            table.row({one.variant->name, std::to_string(one.folded), std::to_string(one.fused), countText(nodes), fixedText(seconds * 1000, 1) + " ms",
                       fixedText(seconds / first, 2), metricText(one.evaluation.metricName, one.evaluation.metric), fixedText(one.evaluation.rmse, 6)});
        }
        Output output{{{"slice", slice.text()}, {"repetitions", measured.front().seconds.size()}, {"results", rows}}, {}};
        output.text = slice.text() + ", median of " + std::to_string(measured.front().seconds.size()) +
                      "; fusing changes no bit, folding rounds the weights anew\n\n" + table.text();
        return output;
    }

    ProjectOptions m_options;
    SliceOptions m_slice;
    std::string m_spec = "exact";
    int m_repetitions = 5;
};

}  // namespace

std::unique_ptr<Command> makeBenchFusion() { return std::make_unique<BenchFusion>(); }

}  // namespace axp::cli
