// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/problem.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/hash.h"

namespace axp {

namespace {

void addOnce(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

Result<void> checkPower(const SearchProblem& problem) {
    for (std::size_t i = 0; i < problem.sites.size(); ++i)
        for (const auto& acu : problem.candidates[i])
            if (!problem.relativePower({{problem.sites[i], acu}}))
                return badInput("the ACU " + acu + " has no power figure, so that power cannot be an objective", "site " + problem.sites[i],
                                "Give it one in its library's index.json, or leave it out of the candidates.");
    return {};
}

}  // namespace

std::vector<std::string> SearchProblem::acus() const {
    std::vector<std::string> names;
    for (const auto& list : candidates)
        for (const auto& name : list) addOnce(names, name);
    return names;
}

std::vector<std::vector<std::string>> sameCandidates(const std::vector<std::string>& sites, const std::vector<std::string>& acus) {
    std::vector<std::string> names{kExactAcu};
    for (const auto& name : acus) addOnce(names, name);
    return std::vector<std::vector<std::string>>(sites.size(), names);
}

Assignment assignmentOf(const SearchProblem& problem, const Choice& choice) {
    Assignment assignment;
    for (std::size_t i = 0; i < problem.sites.size(); ++i) {
        if (choice[i] == kExactChoice) continue;
        const std::string& acu = problem.candidates[i][static_cast<std::size_t>(choice[i])];
        if (acu != kExactAcu) assignment[problem.sites[i]] = acu;
    }
    return assignment;
}

Result<void> checkProblem(const SearchProblem& problem) {
    if (!problem.evaluator) return failure("the search has no evaluator");
    if (problem.sites.empty()) return badInput("there is no site to search", "search", "Choose at least one site; the command inspect lists them.");
    if (problem.candidates.size() != problem.sites.size())
        return failure("the search has " + std::to_string(problem.sites.size()) + " sites but candidates for " + std::to_string(problem.candidates.size()));
    if (std::set<std::string>(problem.sites.begin(), problem.sites.end()).size() != problem.sites.size())
        return badInput("a site is listed twice", "search", "Name each site once.");
    if (problem.slice.count <= 0 || problem.slice.offset < 0)
        return badInput("the search would use no samples", "search", "Use at least one sample.");
    bool choice = false;
    for (std::size_t i = 0; i < problem.sites.size(); ++i) {
        const auto& list = problem.candidates[i];
        if (list.empty()) return badInput("site " + problem.sites[i] + " has no candidate ACU", "search", "Name at least one.");
        if (std::set<std::string>(list.begin(), list.end()).size() != list.size())
            return badInput("site " + problem.sites[i] + " has a candidate twice", "search", "Name each ACU once.");
        choice = choice || list.size() > 1;
    }
    if (!choice)
        return badInput("there is only the single ACU " + problem.candidates[0][0] + " to choose from", "search", "Name at least two candidate ACUs.");
    return problem.powerIsObjective() ? checkPower(problem) : Result<void>();
}

Result<std::string> problemFingerprint(const SearchProblem& problem) {
    // The hash of a configuration covers model, ranges, settings and tables; one per ACU sees every table that can occur.
    std::vector<std::string> configurations;
    AXP_TRY(const std::string exact, problem.evaluator->configurationHashOf({}));
    configurations.push_back(exact);
    for (const auto& acu : problem.acus()) {
        Assignment everywhere;
        for (std::size_t i = 0; i < problem.sites.size(); ++i)
            if (std::find(problem.candidates[i].begin(), problem.candidates[i].end(), acu) != problem.candidates[i].end())
                everywhere[problem.sites[i]] = acu;
        AXP_TRY(const std::string hash, problem.evaluator->configurationHashOf(everywhere));
        configurations.push_back(hash);
    }
    const nlohmann::json document = {{"fingerprint", 1}, {"sites", problem.sites}, {"candidates", problem.candidates},
                                     {"slice", problem.evaluator->sliceText(problem.slice)}, {"metric", problem.evaluator->metricName()},
                                     {"power", problem.powerIsObjective()}, {"configurations", configurations}};
    return sha256Hex(document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

Result<StoredProblem> problemOfRun(const RunInfo& run) {
    try {
        const auto document = nlohmann::json::parse(run.parameters);
        StoredProblem problem;
        problem.sites = document.at("sites").get<std::vector<std::string>>();
        problem.candidates = document.at("candidates").get<std::vector<std::vector<std::string>>>();
        const auto& slice = document.at("slice");
        problem.slice = {slice.at("split").get<std::string>(), slice.at("offset").get<std::int64_t>(), slice.at("count").get<std::int64_t>()};
        return problem;
    } catch (const std::exception&) {
        return failure("the parameters of run " + std::to_string(run.id) + " cannot be read", {}, "Start a new run.");
    }
}

}  // namespace axp
