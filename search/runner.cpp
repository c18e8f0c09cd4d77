// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/runner.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/eval/metrics.h"

namespace axp {

namespace {

constexpr const char* kOrigin = "search";

class Host : public SearchHost {
public:
    Host(const SearchProblem& problem, const SearchRequest& request, RunSession& session)
        : m_problem(problem), m_request(request), m_session(session) {}
    const SearchProblem& problem() const override { return m_problem; }
    std::uint64_t seed() const override { return m_request.seed; }
    std::int64_t budget() const override { return m_request.budget; }
    std::int64_t remaining() const override {
        // The time says nothing about steps that are recorded already.
        if (m_session.timeIsOver() && !m_session.replaying()) return 0;
        return m_request.budget > 0 ? left() : std::numeric_limits<std::int64_t>::max();
    }
    bool cancelled() const override { return m_session.job().cancelled(); }
    Result<Evaluation> evaluate(const Choice& choice) override {
        if (m_request.budget > 0 && left() <= 0) return failure("the algorithm " + m_request.algorithm + " asks for more than its budget");
        AXP_CHECK(checkChoice(choice, 0));
        return m_session.evaluate(assignmentOf(m_problem, choice));
    }
    Result<Evaluation> probe(const Choice& choice) override {
        AXP_CHECK(checkChoice(choice, kExactChoice));
        return m_session.probe(assignmentOf(m_problem, choice));
    }
    void setValue(std::function<double(const Evaluation&)> value) override { m_session.setValue(std::move(value)); }

private:
    std::int64_t left() const { return m_request.budget - (m_session.steps() - m_session.probes()); }
    Result<void> checkChoice(const Choice& choice, int lowest) const {
        bool inside = choice.size() == m_problem.sites.size();
        for (std::size_t i = 0; inside && i < choice.size(); ++i)
            inside = choice[i] >= lowest && choice[i] < static_cast<int>(m_problem.candidates[i].size());
        if (!inside) return failure("the algorithm " + m_request.algorithm + " asks for an ACU that is not a candidate");
        return {};
    }

    const SearchProblem& m_problem;
    const SearchRequest& m_request;
    RunSession& m_session;
};

nlohmann::json toJson(const ParameterValues& values) {
    nlohmann::json document = nlohmann::json::object();
    for (const auto& [name, value] : values)
        std::visit([&document, &key = name](const auto& plain) { document[key] = plain; }, value);
    return document;
}

std::vector<Evaluation> resultOf(const SearchProblem& problem, const std::vector<Evaluation>& all) {
    if (problem.powerIsObjective() || all.empty()) return frontOf(all);
    return {*std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.metric < b.metric; })};
}

/// NaN when the exact network could not be measured (cancelled at the last moment): the run itself is complete without it.
double hypervolumeOf(const SearchProblem& problem, const std::vector<Evaluation>& front, RunSession& session) {
    if (!problem.powerIsObjective()) return std::numeric_limits<double>::quiet_NaN();
    const auto exact = session.known({});
    if (!exact.ok()) return std::numeric_limits<double>::quiet_NaN();
    std::vector<FrontPoint> points;
    for (const Evaluation& evaluation : front) points.push_back({*evaluation.powerRelative, evaluation.metric, 0});
    return hypervolume(points, hypervolumeReference(problem, exact.value().metric, exact.value().metricName));
}

Result<void> checkLimits(const SearchRequest& request) {
    if (request.budget < 0 || (request.budget == 0 && request.seconds == 0))
        return badInput("the budget is " + std::to_string(request.budget) + " evaluations", "search",
                        "Allow at least one (--budget 1), or limit the time (--time-limit 60).");
    if (!(request.seconds >= 0) || std::isinf(request.seconds))
        return badInput("the time limit is not a number of seconds", "search", "Give it in seconds: --time-limit 60.");
    return {};
}

}  // namespace

ParetoReference hypervolumeReference(const SearchProblem& problem, double exactMetric, const std::string& metric) {
    ParetoReference reference{1, exactMetric - hypervolumeMargin(metric, exactMetric)};
    for (const auto& acu : problem.acus()) {
        Assignment everywhere;
        for (std::size_t i = 0; i < problem.sites.size(); ++i)
            if (std::find(problem.candidates[i].begin(), problem.candidates[i].end(), acu) != problem.candidates[i].end())
                everywhere[problem.sites[i]] = acu;
        if (const auto power = problem.relativePower(everywhere)) reference.power = std::max(reference.power, *power);
    }
    return reference;
}

std::vector<Evaluation> frontOf(const std::vector<Evaluation>& evaluations) {
    std::vector<FrontPoint> points;
    for (std::size_t i = 0; i < evaluations.size(); ++i)
        if (evaluations[i].powerRelative) points.push_back({*evaluations[i].powerRelative, evaluations[i].metric, i});
    std::vector<Evaluation> front;
    for (const FrontPoint& point : paretoFront(std::move(points))) front.push_back(evaluations[point.index]);
    return front;
}

Result<SearchResult> runSearch(const SearchProblem& problem, const SearchRequest& request, Store& store, const JobContext& job) {
    AXP_TRY(const SearchAlgorithm* algorithm, findSearchAlgorithm(request.algorithm));
    AXP_TRY(const ParameterValues parameters, completeParameters(algorithm->parameters(), request.parameters, request.algorithm));
    AXP_CHECK(checkLimits(request));
    AXP_CHECK(checkProblem(problem));
    const RunSession::Identity identity{request.algorithm, toJson(parameters).dump(), request.seed, request.budget, request.seconds, kOrigin};
    AXP_TRY(const auto session, RunSession::open(problem, identity, request.resume, store, job, request.onStep));
    Host host(problem, request, *session);
    const auto outcome = algorithm->run(host, parameters);
    SearchResult result;
    result.front = resultOf(problem, session->evaluations());
    if (outcome.ok()) result.hypervolume = hypervolumeOf(problem, result.front, *session);
    AXP_CHECK(session->finish(outcome));
    result.run = session->run();
    result.evaluations = session->steps() - session->probes();
    result.probes = session->probes();
    result.computed = session->computed();
    result.unique = session->unique();
    result.seconds = session->seconds();
    return result;
}

Result<SearchRequest> requestOfRun(const RunInfo& run) {
    AXP_TRY(const SearchAlgorithm* algorithm, findSearchAlgorithm(run.algorithm));
    SearchRequest request;
    request.algorithm = run.algorithm;
    request.seed = run.seed;
    request.budget = run.budget;
    request.resume = run.id;
    std::map<std::string, std::string> texts;
    try {
        const auto document = nlohmann::json::parse(run.parameters);
        request.seconds = document.value("seconds", 0.0);
        for (const auto& [name, value] : document.at("parameters").items())
            texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
    } catch (const std::exception&) {
        return failure("the parameters of run " + std::to_string(run.id) + " cannot be read", {}, "Start a new run.");
    }
    AXP_TRY(request.parameters, parseParameters(algorithm->parameters(), texts, run.algorithm));
    return request;
}

}  // namespace axp
