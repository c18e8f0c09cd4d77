// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/runner.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/pareto/front.h"

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
    std::int64_t remaining() const override { return m_request.budget - m_session.steps(); }
    bool cancelled() const override { return m_session.job().cancelled(); }
    Result<Evaluation> evaluate(const Choice& choice) override {
        if (remaining() <= 0) return failure("the algorithm " + m_request.algorithm + " asks for more than its budget");
        bool inside = choice.size() == m_problem.sites.size();
        for (std::size_t i = 0; inside && i < choice.size(); ++i)
            inside = choice[i] >= 0 && static_cast<std::size_t>(choice[i]) < m_problem.candidates[i].size();
        if (!inside) return failure("the algorithm " + m_request.algorithm + " asks for an ACU that is not a candidate");
        return m_session.evaluate(assignmentOf(m_problem, choice));
    }

private:
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

}  // namespace

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
    if (request.budget <= 0)
        return badInput("the budget is " + std::to_string(request.budget) + " evaluations", "search", "Allow at least one: --budget 1.");
    AXP_CHECK(checkProblem(problem));
    const RunSession::Identity identity{request.algorithm, toJson(parameters).dump(), request.seed, request.budget, kOrigin};
    AXP_TRY(const auto session, RunSession::open(problem, identity, request.resume, store, job, request.onStep));
    Host host(problem, request, *session);
    AXP_CHECK(session->finish(algorithm->run(host, parameters)));
    SearchResult result;
    result.run = session->run();
    result.evaluations = session->steps();
    result.computed = session->computed();
    result.unique = session->unique();
    result.seconds = session->seconds();
    result.front = resultOf(problem, session->evaluations());
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
        for (const auto& [name, value] : document.at("parameters").items())
            texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
    } catch (const std::exception&) {
        return failure("the parameters of run " + std::to_string(run.id) + " cannot be read", {}, "Start a new run.");
    }
    AXP_TRY(request.parameters, parseParameters(algorithm->parameters(), texts, run.algorithm));
    return request;
}

}  // namespace axp
