// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/mcts/mcts_search.h"

#include <algorithm>
#include <cmath>

namespace axp {

namespace {

constexpr const char* kHardwareDriven = "hardware-driven";
constexpr const char* kUniform = "uniform";

int indexOf(const std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? kExactChoice : static_cast<int>(found - names.begin());
}

/// By the figures alone, without evaluating.
Result<void> readPower(const SearchProblem& problem, SiteProbes& probes) {
    const auto powerOf = [&](const Assignment& assignment) -> Result<double> {
        if (const auto power = problem.relativePower(assignment)) return *power;
        return failure("an ACU has lost its power figure", "search", "Start again.");
    };
    AXP_TRY(probes.exactPower, powerOf({}));
    for (std::size_t i = 0; i < problem.sites.size(); ++i) {
        probes.power.emplace_back();
        for (const auto& acu : problem.candidates[i]) {
            AXP_TRY(const double power, powerOf(acu == kExactAcu ? Assignment{} : Assignment{{problem.sites[i], acu}}));
            probes.power.back().push_back(power);
        }
    }
    return {};
}

Choice lowestPower(const SiteProbes& probes) {
    Choice choice;
    for (const auto& row : probes.power) choice.push_back(static_cast<int>(std::min_element(row.begin(), row.end()) - row.begin()));
    return choice;
}

/// Designs with one ACU at all sites; ACUs that are not a candidate everywhere are left out.
std::vector<Choice> uniformDesigns(const SearchProblem& problem) {
    std::vector<Choice> designs;
    for (const auto& acu : problem.acus()) {
        Choice choice;
        for (const auto& list : problem.candidates) choice.push_back(indexOf(list, acu));
        if (acu != kExactAcu && std::find(choice.begin(), choice.end(), kExactChoice) == choice.end()) designs.push_back(choice);
    }
    return designs;
}

Error timePassed() {
    return failure("the time limit passed while the sites were being probed", "search",
                   "Allow more time, or use fewer sites or ACUs; what was measured is kept and helps the next search.");
}

Result<Evaluation> probeInTime(SearchHost& host, const Choice& choice) {
    if (host.remaining() <= 0) return timePassed();
    return host.probe(choice);
}

/// The exact network, the uniform designs and the one of lowest power; sets worstRmse. Returns the exact one.
Result<Evaluation> probeReferences(SearchHost& host, SiteProbes& probes) {
    const SearchProblem& problem = host.problem();
    AXP_TRY(const Evaluation exact, probeInTime(host, Choice(problem.sites.size(), kExactChoice)));
    std::vector<Choice> designs = uniformDesigns(problem);
    const Choice worst = lowestPower(probes);
    if (assignmentOf(problem, worst).empty()) probes.worstRmse = exact.rmse;
    else if (std::find(designs.begin(), designs.end(), worst) == designs.end()) designs.push_back(worst);
    for (const Choice& design : designs) {
        AXP_TRY(const Evaluation evaluation, probeInTime(host, design));
        if (design == worst) probes.worstRmse = evaluation.rmse;
    }
    return exact;
}

/// A search as it goes on.
class Search {
public:
    Search(std::vector<std::vector<double>> policy, double exploration, PowerLimit limit, std::uint64_t seed)
        : m_sites(policy.size()), m_policy(std::move(policy)), m_exploration(exploration), m_limit(std::move(limit)), m_random(seed) {}

    /// Selection, expansion and roll-out.
    Choice next() {
        Choice choice;
        double spent = 0;
        for (int node = 0; choice.size() < m_sites;) {
            int candidate = untried(node, choice.size(), spent);
            const bool expand = candidate != SearchTree::kNone;
            if (!expand) {
                node = best(node);
                candidate = m_tree.node(node).candidate;
            }
            spent += m_limit.cost(choice.size(), candidate);
            choice.push_back(candidate);
            if (expand) break;
        }
        rollOut(choice, m_policy, m_limit, m_random);
        return choice;
    }

    void learn(const Choice& choice, double reward) {
        int node = m_tree.insert(choice, reward);
        m_closed.resize(static_cast<std::size_t>(m_tree.size()), false);
        for (; node != SearchTree::kNone && isExhausted(node); node = m_tree.node(node).parent) m_closed[static_cast<std::size_t>(node)] = true;
    }
    /// Every design has been evaluated.
    bool exhausted() const { return !m_closed.empty() && m_closed.front(); }

private:
    /// The lowest allowed candidate without a child, or kNone.
    int untried(int node, std::size_t site, double spent) const {
        int child = m_tree.node(node).firstChild;
        for (int k = 0; k < static_cast<int>(m_policy[site].size()); ++k) {
            if (child != SearchTree::kNone && m_tree.node(child).candidate == k) child = m_tree.node(child).nextSibling;
            else if (m_limit.allows(site, k, spent)) return k;
        }
        return SearchTree::kNone;
    }
    int best(int node) const {
        int best = SearchTree::kNone;
        double highest = 0;
        for (int i = m_tree.node(node).firstChild; i != SearchTree::kNone; i = m_tree.node(i).nextSibling) {
            const auto& child = m_tree.node(i);
            const double bound = upperConfidenceBound(child.mean(), m_tree.node(node).visits, child.visits, m_exploration);
            if (best == SearchTree::kNone || bound > highest) best = i, highest = bound;
        }
        return best;
    }
    /// All designs below have been evaluated.
    bool isExhausted(int node) const {
        const auto depth = static_cast<std::size_t>(m_tree.node(node).depth);
        if (depth == m_sites) return true;
        for (int i = m_tree.node(node).firstChild; i != SearchTree::kNone; i = m_tree.node(i).nextSibling)
            if (!m_closed[static_cast<std::size_t>(i)]) return false;
        double spent = 0;
        const Choice path = m_tree.path(node);
        for (std::size_t i = 0; i < depth; ++i) spent += m_limit.cost(i, path[i]);
        return untried(node, depth, spent) == SearchTree::kNone;
    }

    std::size_t m_sites;
    std::vector<std::vector<double>> m_policy;
    double m_exploration;
    PowerLimit m_limit;
    RandomGenerator m_random;
    SearchTree m_tree;
    std::vector<bool> m_closed;  ///< per node: see isExhausted()
};

Result<void> checkLimit(const PowerLimit& limit, double maxPower) {
    if (!limit.excludesAll()) return {};
    // Rounded up, so that the figure itself is a limit that can be kept.
    const std::string lowest = parameterText(std::ceil(limit.lowest() * 1e4) / 1e4);
    return badInput("no design has a relative power of " + parameterText(maxPower) + " or less; the lowest is " + lowest, "search",
                    "Raise max-power, or add an ACU that needs less power.");
}

}  // namespace

double upperConfidenceBound(double mean, std::int64_t parentVisits, std::int64_t visits, double exploration) {
    return mean + exploration * std::sqrt(std::log(static_cast<double>(parentVisits)) / static_cast<double>(visits));
}

Result<SiteProbes> probeSites(SearchHost& host, bool sites) {
    const SearchProblem& problem = host.problem();
    SiteProbes probes;
    AXP_CHECK(readPower(problem, probes));
    AXP_TRY(const Evaluation exact, probeReferences(host, probes));
    if (!sites) return probes;
    probes.rmse.resize(problem.sites.size());
    // From the last site: each probe then costs just the part of the network behind its site (see runSensitivity).
    for (std::size_t i = problem.sites.size(); i-- > 0;) {
        for (std::size_t k = 0; k < problem.candidates[i].size(); ++k) {
            Choice alone(problem.sites.size(), kExactChoice);
            alone[i] = static_cast<int>(k);
            if (problem.candidates[i][k] == kExactAcu) {
                probes.rmse[i].push_back(exact.rmse);
            } else {
                AXP_TRY(const Evaluation evaluation, probeInTime(host, alone));
                probes.rmse[i].push_back(evaluation.rmse);
            }
        }
    }
    return probes;
}

std::vector<ParameterSpec> MctsThesisSearch::parameters() const {
    return {
        {"rollout", "How a simulation completes a design: hardware-driven (by probes of each ACU at each site) or uniform (at random).",
         std::string(kHardwareDriven), 0, 0, {kHardwareDriven, kUniform}},
        {"lambda", "Weight of power against accuracy, 0 to 10; the thesis shows 1.5 and 0.5.", 1.5, 0, 10, {}},
        {"exploration", "Weight of rarely visited branches, 0 to 10; the thesis uses 1/(2*sqrt 2).", 0.35355339059327373, 0, 10, {}},
        {"max-power", "Highest relative power of a design, up to 100; designs above are not tried. 0: no limit.", 0.0, 0, 100, {}},
    };
}

Result<void> MctsThesisSearch::run(SearchHost& host, const ParameterValues& parameters) const {
    const SearchProblem& problem = host.problem();
    if (!problem.powerIsObjective())
        return badInput("mcts-thesis weighs accuracy against power, but power is no objective of this search", "search",
                        "Give every candidate ACU a power figure, or choose another algorithm.");
    const double lambda = std::get<double>(parameters.at("lambda")), maxPower = std::get<double>(parameters.at("max-power"));
    const bool guided = std::get<std::string>(parameters.at("rollout")) == kHardwareDriven;
    SiteProbes figures;
    AXP_CHECK(readPower(problem, figures));
    const PowerLimit limit(figures, maxPower);
    AXP_CHECK(checkLimit(limit, maxPower));
    AXP_TRY(const SiteProbes probes, probeSites(host, guided));
    const double worst = probes.worstRmse;
    const auto reward = [worst, lambda](const Evaluation& e) { return thesisReward(e.rmse, e.powerRelative.value_or(1), worst, lambda); };
    host.setValue(reward);
    Search search(guided ? hardwareDrivenPolicy(probes, lambda) : uniformPolicy(problem), std::get<double>(parameters.at("exploration")), limit,
                  host.seed());
    if (host.remaining() <= 0) return timePassed();
    while (host.remaining() > 0 && !search.exhausted()) {
        const Choice choice = search.next();
        AXP_TRY(const Evaluation evaluation, host.evaluate(choice));
        search.learn(choice, reward(evaluation));
    }
    return {};
}

}  // namespace axp
