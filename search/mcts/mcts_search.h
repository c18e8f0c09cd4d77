// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "search/algorithm.h"
#include "search/mcts/rollout.h"
#include "search/mcts/tree.h"

namespace axp {

/// The Monte Carlo tree search of TransAxx, as far as the text of the thesis gives it; reward and policy are a reconstruction, because the
/// formulas are lost in the source. A state gives ACUs to the first sites in network order, an action to the next one.
///
/// Probes, each once and none counted against the budget: the exact network; every ACU that is a candidate everywhere at all sites, in
/// order of first occurrence; the candidate with the lowest power at every site (of equal ones the first), whose RMSE is `worst`; then, for
/// the hardware-driven policy, every candidate but the exact one at one site alone, from the last site to the first (SiteProbes).
///
/// A simulation: from the root, as long as every allowed candidate of the next site has a child, go to the child with the highest
/// mean + exploration * sqrt(ln N / n) (N and n the visits of parent and child; of equal ones the lowest candidate). Then take the lowest
/// candidate that has no child (this node is added), complete the design by rollOut(), evaluate it, and add its reward (thesisReward) to
/// all nodes on the way. Random numbers come from RandomGenerator(seed), one for each site that a roll-out completes, and for nothing
/// else. The search ends before its budget when every design of the space has been evaluated.
class MctsThesisSearch : public SearchAlgorithm {
public:
    const char* name() const override { return "mcts-thesis"; }
    const char* help() const override { return "Monte Carlo tree search over the sites in network order, as in the TransAxx thesis."; }
    std::vector<ParameterSpec> parameters() const override;
    Result<void> run(SearchHost& host, const ParameterValues& parameters) const override;
};

/// mean + exploration * sqrt(ln N / n); both counts at least 1.
double upperConfidenceBound(double mean, std::int64_t parentVisits, std::int64_t visits, double exploration);

/// Measures what the algorithm wants to know beforehand; single-site designs only with `sites` (SiteProbes::rmse is empty otherwise).
Result<SiteProbes> probeSites(SearchHost& host, bool sites);

}  // namespace axp
