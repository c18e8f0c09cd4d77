// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/mcts/rollout.h"

#include <algorithm>
#include <cmath>

namespace axp {

namespace {

using Table = std::vector<std::vector<double>>;

/// To 0..1 over the whole table.
void normalise(Table& table) {
    double low = INFINITY, high = -INFINITY;
    for (const auto& row : table)
        for (const double value : row) low = std::min(low, value), high = std::max(high, value);
    for (auto& row : table)
        for (double& value : row) value = high > low ? (value - low) / (high - low) : 0;
}

}  // namespace

double errorRatio(double rmse, double worstRmse) {
    if (std::isnan(rmse) || std::isnan(worstRmse)) return 1;
    if (worstRmse <= 0) return rmse > 0 ? 1 : 0;
    return std::min(1.0, rmse / worstRmse);
}

double thesisReward(double rmse, double power, double worstRmse, double lambda) {
    return ((1 - errorRatio(rmse, worstRmse)) - lambda * power + lambda) / (1 + lambda);
}

Table hardwareDrivenPolicy(const SiteProbes& probes, double lambda) {
    Table accuracy = probes.rmse, power = probes.power;
    for (auto& row : accuracy)
        for (double& value : row) value = 1 - errorRatio(value, probes.worstRmse);
    normalise(accuracy);
    normalise(power);
    Table policy = std::move(accuracy);
    for (std::size_t i = 0; i < policy.size(); ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < policy[i].size(); ++k) sum += policy[i][k] = std::exp(policy[i][k] - lambda * power[i][k]);
        for (double& value : policy[i]) value /= sum;
    }
    return policy;
}

Table uniformPolicy(const SearchProblem& problem) {
    Table policy;
    for (const auto& list : problem.candidates) policy.emplace_back(list.size(), 1.0 / static_cast<double>(list.size()));
    return policy;
}

PowerLimit::PowerLimit(const SiteProbes& probes, double limit) : m_limit(limit), m_exact(probes.exactPower), m_cost(probes.power) {
    for (auto& row : m_cost)
        for (double& value : row) value -= m_exact;
    m_rest.assign(m_cost.size() + 1, 0);
    for (std::size_t i = m_cost.size(); i-- > 0;) m_rest[i] = m_rest[i + 1] + *std::min_element(m_cost[i].begin(), m_cost[i].end());
}

bool PowerLimit::allows(std::size_t site, int candidate, double spent) const {
    return m_limit <= 0 || m_exact + spent + cost(site, candidate) + m_rest[site + 1] <= m_limit + kTolerance;
}

void rollOut(Choice& choice, const Table& policy, const PowerLimit& limit, RandomGenerator& random) {
    double spent = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) spent += limit.cost(i, choice[i]);
    for (std::size_t i = choice.size(); i < policy.size(); ++i) {
        std::vector<int> allowed;
        double sum = 0;
        for (int k = 0; k < static_cast<int>(policy[i].size()); ++k) {
            if (!limit.allows(i, k, spent)) continue;
            allowed.push_back(k);
            sum += policy[i][static_cast<std::size_t>(k)];
        }
        const double u = random.unit() * sum;
        int drawn = allowed.back();  // where rounding leaves the running sum below u
        double running = 0;
        for (const int k : allowed) {
            running += policy[i][static_cast<std::size_t>(k)];
            if (running > u) {
                drawn = k;
                break;
            }
        }
        choice.push_back(drawn);
        spent += limit.cost(i, drawn);
    }
}

}  // namespace axp
