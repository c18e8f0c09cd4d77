// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "search/problem.h"
#include "search/random_generator.h"

namespace axp {

/// What the tree search knows beforehand of each site and candidate.
struct SiteProbes {
    double worstRmse = 0;                    ///< of the candidate with the lowest power at every site at once
    std::vector<std::vector<double>> rmse;   ///< [site][candidate] with that candidate at that site alone; empty when not measured
    std::vector<std::vector<double>> power;  ///< relative power of the same design
    double exactPower = 1;                   ///< of the exact network
};

/// The error r in 0..1 of an RMSE: min(1, rmse / worst). Without an error in the worst design (0) any error counts as 1 and none as 0; an
/// RMSE that is not a number counts as 1.
double errorRatio(double rmse, double worstRmse);
/// ((1 - r) - lambda * power + lambda) / (1 + lambda): 1 for no error at no power, 0 for the worst error at the exact network's power.
double thesisReward(double rmse, double power, double worstRmse, double lambda);

/// P(A_k | site i) = exp(s - lambda p) / sum over the site's candidates; s = 1 - r and p = relative power of the single-site designs, each
/// min-max normalised over all sites and candidates (0 where all are equal).
std::vector<std::vector<double>> hardwareDrivenPolicy(const SiteProbes& probes, double lambda);
/// Every candidate of a site with the same probability.
std::vector<std::vector<double>> uniformPolicy(const SearchProblem& problem);

/// Which candidates can still be taken so that the design's relative power stays within a limit. Power adds up over the sites.
class PowerLimit {
public:
    /// `limit` 0: none.
    PowerLimit(const SiteProbes& probes, double limit);
    /// Lowest power of any design.
    double lowest() const { return m_exact + m_rest.front(); }
    bool excludesAll() const { return m_limit > 0 && lowest() > m_limit + kTolerance; }
    /// After `spent` (the sum of cost() of the sites before), candidate k at a site leaves a design within the limit.
    bool allows(std::size_t site, int candidate, double spent) const;
    /// What a candidate adds to the exact network's power; negative when it saves.
    double cost(std::size_t site, int candidate) const { return m_cost[site][static_cast<std::size_t>(candidate)]; }

private:
    static constexpr double kTolerance = 1e-9;
    double m_limit, m_exact;
    std::vector<std::vector<double>> m_cost;
    std::vector<double> m_rest;  ///< lowest cost of all sites from one on; one more than there are sites
};

/// Completes a choice from site choice.size() on: for each site one number u = random.unit() picks the first candidate, among those that
/// the limit allows, at which the running sum of their probabilities exceeds u times their sum.
void rollOut(Choice& choice, const std::vector<std::vector<double>>& policy, const PowerLimit& limit, RandomGenerator& random);

}  // namespace axp
