// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/sensitivity.h"

#include <algorithm>

namespace axp {

namespace {

struct Probe {
    std::size_t site;
    std::string acu;
    double work;  ///< relative cost
};

/// The order of the sweep: from the last site to the first, all ACUs of a site one after another.
///
/// The emulator recomputes what depends on a site whose ACU differs from that of activations it has: those of the exact network and those
/// of the last run. With the exact network's at hand, a probe of site s costs the network from s on, in any order. When memory was too
/// small to keep them all, only the last run helps: after site s, site s - 1 shares everything before s - 1 with it and again costs just its
/// own tail, whereas in forward order site s + 1 would have to start at s. Besides, the cheap probes come first, so that faults show early.
std::vector<Probe> probesOf(const SearchProblem& problem) {
    std::vector<Probe> probes;
    for (std::size_t i = problem.sites.size(); i-- > 0;)
        for (const auto& acu : problem.candidates[i])
            if (acu != kExactAcu) probes.push_back({i, acu, static_cast<double>(problem.sites.size() - i)});
    return probes;
}

Result<void> sweep(const std::vector<Probe>& probes, RunSession& session, const SearchProblem& problem) {
    const double whole = static_cast<double>(problem.sites.size());
    double total = whole;
    for (const Probe& probe : probes) total += probe.work;
    session.setWork(total);
    AXP_CHECK(session.evaluate({}, whole));
    for (const Probe& probe : probes) AXP_CHECK(session.evaluate({{problem.sites[probe.site], probe.acu}}, probe.work));
    return {};
}

}  // namespace

Result<SensitivityResult> runSensitivity(const SearchProblem& problem, Store& store, const JobContext& job, std::int64_t resume,
                                         StepObserver onStep) {
    SearchProblem checked = problem;
    // A missing figure must not stop a sweep, which is not about power.
    checked.relativePower = nullptr;
    // Here one ACU per site is enough: it is compared with the exact one.
    for (auto& list : checked.candidates)
        if (std::find(list.begin(), list.end(), kExactAcu) == list.end()) list.insert(list.begin(), kExactAcu);
    AXP_CHECK(checkProblem(checked));
    const std::vector<Probe> probes = probesOf(checked);
    RunSession::Identity identity;
    identity.algorithm = kSensitivityAlgorithm;
    identity.budget = static_cast<std::int64_t>(probes.size()) + 1;
    identity.origin = kSensitivityAlgorithm;
    AXP_TRY(const auto session, RunSession::open(checked, identity, resume, store, job, std::move(onStep)));
    AXP_CHECK(session->finish(sweep(probes, *session, checked)));

    SensitivityResult result;
    result.run = session->run();
    result.evaluations = session->steps();
    result.computed = session->computed();
    result.seconds = session->seconds();
    result.baseline = session->evaluations().front();
    std::vector<std::size_t> order(probes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return probes[a].site < probes[b].site; });
    for (const std::size_t i : order) {
        const Evaluation& evaluation = session->evaluations()[i + 1];
        result.rows.push_back({checked.sites[probes[i].site], probes[i].acu, evaluation, result.baseline.metric - evaluation.metric});
    }
    return result;
}

}  // namespace axp
