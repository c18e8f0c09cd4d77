// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/sensitivity.h"

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/sweep.h"
#include "core/eval/metrics.h"

namespace axp::cli {
namespace {

class Sensitivity : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_options.addStrategy(app);
        m_slice.add(app);
        m_sweep.add(app);
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(Store * store, session->store());
        SearchProblem problem;
        if (m_sweep.resume) {
            AXP_TRY(const RunInfo info, runToResume(*session, m_sweep.resume, true));
            AXP_TRY(problem, resumedProblem(*session, info));
        } else {
            AXP_TRY(problem, sweepProblem(*session, m_sweep, m_slice));
        }
        AXP_TRY(const SensitivityResult result, runSensitivity(problem, *store, context.job("measuring sensitivity"), m_sweep.resume));
        return output(result);
    }

private:
    static Output output(const SensitivityResult& result) {
        Json rows = Json::array();
        TextTable table({"site", "ACU", ">metric", ">drop", ">rmse", ">power"});
        for (const SensitivityRow& row : result.rows) {
            const Evaluation& evaluation = row.evaluation;
            rows.push_back({{"site", row.site},
                            {"acu", row.acu},
                            {"config", evaluation.configHash},
                            {"metric", metricDocument(evaluation)},
                            {"metric_drop", row.metricDrop},
                            {"rmse", evaluation.rmse},
                            {"power_relative", optionalNumber(evaluation.powerRelative)},
                            {"cached", evaluation.cached}});
            table.row({row.site, row.acu, metricText(evaluation.metricName, evaluation.metric), metricText(evaluation.metricName, row.metricDrop),
                       fixedText(evaluation.rmse, 5), evaluation.powerRelative ? percentText(*evaluation.powerRelative) : "-"});
        }
        return {{{"run", result.run},
                 {"slice", result.baseline.slice},
                 {"evaluations", result.evaluations},
                 {"computed", result.computed},
                 {"seconds", result.seconds},
                 {"exact", {{"config", result.baseline.configHash}, {"metric", metricDocument(result.baseline)}, {"rmse", result.baseline.rmse}}},
                 {"results", rows}},
                "run " + std::to_string(result.run) + ", " + result.baseline.slice + ", exact " +
                    metricText(result.baseline.metricName, result.baseline.metric) + "\n" + table.text()};
    }

    ProjectOptions m_options;
    SliceOptions m_slice;
    SweepOptions m_sweep;
};

}  // namespace

std::unique_ptr<Command> makeSensitivity() { return std::make_unique<Sensitivity>(); }

}  // namespace axp::cli
