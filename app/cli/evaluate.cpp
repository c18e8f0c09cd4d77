// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/eval/metrics.h"

namespace axp::cli {
namespace {

std::string evaluationText(const Evaluation& evaluation, const Graph& graph) {
    TextTable table({"", ""});
    table.row({"assignment", shortened(assignmentText(evaluation.assignment, graph), 100)});
    table.row({"samples", evaluation.slice});
    table.row({evaluation.metricName, metricText(evaluation.metricName, evaluation.metric)});
    if (evaluation.metricName == "log-likelihood") table.row({"perplexity", fixedText(std::exp(-evaluation.metric), 4)});
    table.row({"rmse of the logits", fixedText(evaluation.rmse, 5)});
    table.row({"relative power", evaluation.powerRelative ? percentText(*evaluation.powerRelative) : "unknown (an ACU has no power figure)"});
    table.row({"time", durationText(evaluation.seconds) + (evaluation.cached ? " (when it was computed; now from the database)" : "")});
    table.row({"strategy", evaluation.strategy});
    table.row({"configuration", evaluation.configHash});
    const std::string text = table.text();
    return text.substr(text.find('\n') + 1);
}

class Evaluate : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_options.addStrategy(app);
        m_options.addNoStore(app);
        m_slice.add(app);
        app.add_option("--assign", m_spec, "all=ACU, SITE=ACU,SITE=ACU,..., @file.json, exact, or a named assignment of the project")
            ->required()
            ->type_name("SPEC");
        app.add_flag("--no-cache", m_noCache, "Compute again what the database knows, and compare");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(const Assignment assignment, resolveSpec(m_spec, *session));
        AXP_TRY(const auto data, session->dataset());
        AXP_TRY(const DataSlice slice, m_slice.resolve(*data));
        AXP_TRY(Evaluator * evaluator, session->evaluator("evaluate", !m_noCache));
        AXP_TRY(const Evaluation evaluation, evaluator->evaluate(assignment, slice, context.job("evaluating")));
        return Output{evaluationDocument(evaluation, session->graph()), evaluationText(evaluation, session->graph())};
    }

private:
    ProjectOptions m_options;
    SliceOptions m_slice;
    std::string m_spec;
    bool m_noCache = false;
};

}  // namespace

std::unique_ptr<Command> makeEvaluate() { return std::make_unique<Evaluate>(); }

}  // namespace axp::cli
