// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/hash.h"
#include "search/problem.h"

namespace axp::test {

/// A landscape instead of a network: every ACU costs metric and saves power, more so at later sites; neighbours that differ cost extra, so
/// that sites interact. Deterministic.
class ToyEvaluator : public Evaluator {
public:
    std::string model = "toy-1";
    std::chrono::milliseconds delay{0};  ///< per evaluation, polling for cancel
    int calls = 0;
    int failAt = -1;                     ///< the call that fails
    std::function<void(int call)> onCall;

    static const std::vector<std::string>& siteNames() {
        static const std::vector<std::string> names = {"s0", "s1", "s2", "s3", "s4", "s5"};
        return names;
    }
    /// exact8s 0, "a" 1, "b" 2, "c" 3; -1 for others.
    static int strength(const std::string& acu) { return acu == kExactAcu ? 0 : acu.size() == 1 ? acu[0] - 'a' + 1 : -1; }

    static int strengthAt(const Assignment& assignment, const std::string& site) {
        const auto found = assignment.find(site);
        return found == assignment.end() ? 0 : strength(found->second);
    }
    static std::optional<double> power(const Assignment& assignment) {
        double sum = 0;
        for (const auto& site : siteNames()) {
            if (strengthAt(assignment, site) < 0) return std::nullopt;
            sum += 1.0 - 0.2 * strengthAt(assignment, site);
        }
        return sum / static_cast<double>(siteNames().size());
    }
    static double metricOf(const Assignment& assignment) {
        double metric = 0.9;
        int before = 0, position = 1;
        for (const auto& site : siteNames()) {
            const int here = strengthAt(assignment, site);
            metric -= 0.004 * here * here * position++ + (here != before ? 0.003 : 0);
            before = here;
        }
        return metric;
    }

    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override {
        const auto end = std::chrono::steady_clock::now() + delay;
        do {
            if (job.cancelled()) return cancelled();
            if (delay.count() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        } while (std::chrono::steady_clock::now() < end);
        if (onCall) onCall(calls);
        if (calls++ == failAt) return failure("the toy broke");
        Evaluation e;
        AXP_TRY(e.configHash, configurationHashOf(assignment));
        e.assignment = assignment;
        e.metric = metricOf(assignment);
        e.samples = slice.count;
        e.slice = sliceText(slice);
        e.powerRelative = power(assignment);
        e.seconds = 0.001;
        return e;
    }
    Result<std::string> configurationHashOf(const Assignment& assignment) const override {
        std::string text = model;
        for (const auto& site : siteNames()) text += ' ' + std::to_string(strengthAt(assignment, site));
        return sha256Hex(text);
    }
    Result<std::optional<double>> relativePowerOf(const Assignment& assignment) const override { return power(assignment); }
    std::string sliceText(const DataSlice& slice) const override { return "toy: " + slice.text(); }
};

inline SearchProblem toyProblem(ToyEvaluator& evaluator) {
    SearchProblem problem;
    problem.sites = ToyEvaluator::siteNames();
    problem.candidates = sameCandidates(problem.sites, {"a", "b", "c"});
    problem.evaluator = &evaluator;
    problem.relativePower = ToyEvaluator::power;
    return problem;
}

/// For comparing results as text; everything that must be equal.
inline std::string frontText(const std::vector<Evaluation>& front) {
    std::string text;
    for (const auto& e : front) {
        text += std::to_string(e.metric) + ' ' + std::to_string(e.powerRelative.value_or(-1)) + ' ' + e.configHash.substr(0, 8);
        for (const auto& [site, acu] : e.assignment) text += ' ' + site + '=' + acu;
        text += '\n';
    }
    return text;
}

}  // namespace axp::test
