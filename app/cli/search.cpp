// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <optional>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/sweep.h"
#include "core/eval/metrics.h"
#include "search/runner.h"

namespace axp::cli {
namespace {

/// "  random  help" with one line per parameter.
std::string algorithmsHelp() {
    std::string text = "Algorithms:\n";
    for (const SearchAlgorithm* algorithm : searchAlgorithms()) {
        text += std::string("  ") + algorithm->name() + "  " + algorithm->help() + "\n";
        for (const ParameterSpec& parameter : algorithm->parameters())
            text += "      --param " + parameter.name + "=" + parameterText(parameter.defaultValue) + "  " + parameter.help + "\n";
    }
    return text + "\nOptions of every command: --json --seed --threads --device --quiet (see axplorer-cli --help)";
}

class Search : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_options.addStrategy(app);
        m_slice.add(app);
        m_sweep.add(app);
        app.add_option("--algorithm", m_algorithm, "Name of the algorithm (default: random)")->type_name("NAME");
        app.add_option("--budget", m_budget, "Evaluations, known ones included, probes not (default: 100; none with --time-limit)")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
            ->type_name("N");
        app.add_option("--time-limit", m_seconds, "Stop after so many seconds, sittings before a resume included")
            ->check(CLI::Range(0.1, 1e9))
            ->type_name("S");
        app.add_option("--param", m_parameters, "Parameter of the algorithm (repeatable)")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name("NAME=VALUE");
        app.footer(algorithmsHelp());
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(Store * store, session->store());
        SearchRequest request;
        SearchProblem problem;
        if (m_sweep.resume) {
            AXP_TRY(const RunInfo info, runToResume(*session, m_sweep.resume, false));
            AXP_CHECK(agrees(info, context));
            AXP_TRY(request, requestOfRun(info));
            AXP_TRY(problem, resumedProblem(*session, info));
        } else {
            AXP_TRY(request, newRequest(context));
            AXP_TRY(problem, sweepProblem(*session, m_sweep, m_slice));
        }
        request.onStep = [announced = false](const SearchStep& step) mutable {
            if (!announced) spdlog::info("run {}", step.run);
            announced = true;
        };
        AXP_TRY(const SearchResult result, runSearch(problem, request, *store, context.job("searching")));
        return output(result, request, problem, session->graph());
    }

private:
    Result<SearchRequest> newRequest(const Context& context) const {
        SearchRequest request;
        request.algorithm = m_algorithm.value_or("random");
        AXP_TRY(const SearchAlgorithm* algorithm, findSearchAlgorithm(request.algorithm));
        std::map<std::string, std::string> texts;
        for (const auto& text : m_parameters) {
            const auto equals = text.find('=');
            if (equals == std::string::npos || equals == 0) return badInput("'" + text + "' is not NAME=VALUE", "--param");
            texts[text.substr(0, equals)] = text.substr(equals + 1);
        }
        AXP_TRY(request.parameters, parseParameters(algorithm->parameters(), texts, request.algorithm));
        request.seed = context.seed();
        request.seconds = m_seconds.value_or(0);
        request.budget = m_budget.value_or(m_seconds ? 0 : 100);
        return request;
    }

    /// What a user repeats beside --resume must be what the run was started with.
    Result<void> agrees(const RunInfo& info, const Context& context) const {
        const auto differs = [&](const std::string& option, const std::string& was) {
            return badInput("run " + std::to_string(info.id) + " was started with " + option + " " + was, option,
                            "Leave the option out: a resumed run keeps what it was started with.");
        };
        if (m_algorithm && *m_algorithm != info.algorithm) return differs("--algorithm", info.algorithm);
        if (m_budget && *m_budget != info.budget) return differs("--budget", std::to_string(info.budget));
        AXP_TRY(const SearchRequest was, requestOfRun(info));
        if (m_seconds && *m_seconds != was.seconds)
            return differs("--time-limit", was.seconds > 0 ? parameterText(was.seconds) : std::string("none"));
        if (context.options().seed && *context.options().seed != info.seed) return differs("--seed", std::to_string(info.seed));
        return {};
    }

    static Output output(const SearchResult& result, const SearchRequest& request, const SearchProblem& problem, const Graph& graph) {
        Json front = Json::array();
        TextTable table({">metric", ">power", ">rmse", "assignment"});
        for (const Evaluation& point : result.front) {
            const std::string assignment = assignmentText(point.assignment, graph);
            front.push_back({{"config", point.configHash},
                             {"assignment", assignment},
                             {"metric", metricDocument(point)},
                             {"rmse", point.rmse},
                             {"power_relative", optionalNumber(point.powerRelative)}});
            table.row({metricText(point.metricName, point.metric), point.powerRelative ? percentText(*point.powerRelative) : "-", fixedText(point.rmse, 4),
                       shortened(assignment, 80)});
        }
        return {{{"run", result.run},
                 {"algorithm", request.algorithm},
                 {"seed", request.seed},
                 {"budget", request.budget},
                 {"time_limit", request.seconds > 0 ? Json(request.seconds) : Json(nullptr)},
                 {"slice", problem.evaluator->sliceText(problem.slice)},
                 {"evaluations", result.evaluations},
                 {"probes", result.probes},
                 {"computed", result.computed},
                 {"unique", result.unique},
                 {"seconds", result.seconds},
                 {"hypervolume", std::isnan(result.hypervolume) ? Json(nullptr) : Json(result.hypervolume)},
                 {"front", front}},
                "run " + std::to_string(result.run) + ": " + countText(result.evaluations) + " evaluations (" + countText(result.unique) +
                    " different)" + (result.probes ? " after " + countText(result.probes) + " probes" : std::string()) + ", " +
                    countText(result.computed) + " computed now, in " + durationText(result.seconds) + "; hypervolume " +
                    (std::isnan(result.hypervolume) ? "unknown" : fixedText(result.hypervolume, 5)) + "; front:\n" + table.text()};
    }

    ProjectOptions m_options;
    SliceOptions m_slice;
    SweepOptions m_sweep;
    std::optional<std::string> m_algorithm;
    std::optional<std::int64_t> m_budget;
    std::optional<double> m_seconds;
    std::vector<std::string> m_parameters;
};

}  // namespace

std::unique_ptr<Command> makeSearch() { return std::make_unique<Search>(); }

}  // namespace axp::cli
