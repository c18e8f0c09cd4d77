// SPDX-License-Identifier: GPL-3.0-or-later
// The tree search of the thesis on landscapes without a network.
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/sqlite_store.h"
#include "search/mcts/mcts_search.h"
#include "search/runner.h"
#include "tests/unit/search/toy_evaluator.h"

using namespace axp;
using namespace axp::test;

namespace {

/// A toy with an RMSE: the sum of the squared strengths, by site. Lowest power everywhere is "c".
class RmseToy : public ToyEvaluator {
public:
    std::function<double(const Assignment&)> rmseOf = [](const Assignment& assignment) {
        double sum = 0, weight = 0.1;
        for (const auto& site : siteNames()) {
            const int strength = strengthAt(assignment, site);
            sum += weight * strength * strength;
            weight += 0.1;
        }
        return sum;
    };
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override {
        auto result = ToyEvaluator::evaluate(assignment, slice, job);
        if (result.ok()) result.value().rmse = rmseOf(assignment);
        return result;
    }
};

SearchProblem problemOf(RmseToy& toy, std::size_t sites, const std::vector<std::string>& acus = {"a", "b", "c"}) {
    SearchProblem problem = toyProblem(toy);
    problem.sites.resize(sites);
    problem.candidates = sameCandidates(problem.sites, acus);
    return problem;
}

SearchRequest request(std::int64_t budget, std::uint64_t seed = 1, ParameterValues parameters = {}) {
    SearchRequest r;
    r.algorithm = "mcts-thesis";
    r.budget = budget;
    r.seed = seed;
    r.parameters = std::move(parameters);
    return r;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-12; }

}  // namespace

class TestMcts : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> open(const QString& name = "p.db") { return std::move(Store::open(m_folder->filePath(name).toStdString())).value(); }
    static std::string errorOf(const Result<SearchResult>& result) { return result.ok() ? "" : result.error().text(); }
    static Choice choiceOf(const SearchProblem& problem, const Assignment& assignment) {
        Choice choice;
        for (const auto& site : problem.sites) choice.push_back(ToyEvaluator::strengthAt(assignment, site));
        return choice;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void treeAddsOneNodeASimulation() {
        SearchTree tree;
        QCOMPARE(tree.node(tree.insert({1, 0, 2}, 0.5)).depth, 1);
        QCOMPARE(tree.insert({1, 0, 0}, 0.7), 2);
        QCOMPARE(tree.insert({0, 0, 0}, 0.1), 3);
        QCOMPARE(tree.insert({1, 0, 1}, 0.9), 4);
        QCOMPARE(tree.path(4), (Choice{1, 0, 1}));
        QCOMPARE(tree.insert({1, 0, 1}, 0.9), 4);  // the whole path exists: nothing is added
        QCOMPARE(tree.size(), 5);
        QCOMPARE(tree.children(0), (std::vector<int>{3, 1}));
        QCOMPARE(tree.child(0, 1), 1);
        QCOMPARE(tree.child(0, 2), SearchTree::kNone);
        QCOMPARE(tree.node(0).visits, 5);
        QVERIFY(near(tree.node(0).sum, 3.1));
        QCOMPARE(tree.node(1).visits, 4);
        QVERIFY(near(tree.node(1).mean(), 3.0 / 4));
        QCOMPARE(tree.node(2).visits, 3);
        QCOMPARE(tree.deepest({1, 0, 2}), 2);
        QCOMPARE(tree.principalPath(), (std::vector<int>{1, 2, 4}));
    }

    void rewardAndPolicyAsPinned() {
        QVERIFY(near(thesisReward(0, 0, 2, 1.5), 1));
        QVERIFY(near(thesisReward(2, 1, 2, 1.5), 0));
        QVERIFY(near(thesisReward(5, 0.5, 2, 1.5), (0 - 0.75 + 1.5) / 2.5));  // r is at most 1
        QVERIFY(near(errorRatio(0.5, 2), 0.25));
        QVERIFY(near(errorRatio(0, 0), 0) && near(errorRatio(0.1, 0), 1));
        QVERIFY(near(errorRatio(std::nan(""), 1), 1) && near(errorRatio(1, std::nan("")), 1));
        SiteProbes probes;
        probes.worstRmse = 1;
        probes.rmse = {{0, 0.5}, {0, 1}};
        probes.power = {{1, 0.9}, {1, 0.8}};
        // s: (1, .5) and (1, 0) are 0..1 already; p: (1, .5) and (1, 0) after normalisation.
        const auto policy = hardwareDrivenPolicy(probes, 2);
        const double exact = std::exp(1 - 2), first = std::exp(0.5 - 1), second = std::exp(0.0);
        QVERIFY(near(policy[0][0], exact / (exact + first)) && near(policy[0][1], first / (exact + first)));
        QVERIFY(near(policy[1][0], exact / (exact + second)) && near(policy[1][1], second / (exact + second)));
        probes.rmse = {{0.3, 0.3}, {0.3, 0.3}};
        probes.power = {{1, 1}, {1, 1}};
        for (const auto& row : hardwareDrivenPolicy(probes, 2)) QVERIFY(near(row[0], 0.5) && near(row[1], 0.5));
    }

    // Three sites, two candidates, uniform roll-outs, exploration 1: what the tree must be after each simulation, computed by hand from the
    // rewards alone.
    void upperConfidenceBoundByHand() {
        RmseToy toy;
        const SearchProblem problem = problemOf(toy, 3, {"c"});
        std::vector<Choice> choices;
        std::vector<double> rewards;
        SearchRequest r = request(6, 5, {{"rollout", std::string("uniform")}, {"exploration", 1.0}});
        r.onStep = [&](const SearchStep& step) {
            QCOMPARE(step.probe, std::isnan(step.value));
            if (step.probe) return;
            Choice choice;
            for (const int strength : choiceOf(problem, step.evaluation.assignment)) choice.push_back(strength ? 1 : 0);
            choices.push_back(choice);
            rewards.push_back(step.value);
        };
        auto store = open();
        const auto result = runSearch(problem, r, *store, {});
        QVERIFY2(result.ok(), errorOf(result).c_str());
        QCOMPARE(result.value().probes, 2);  // exact, all c (which has the lowest power too)
        QCOMPARE(choices.size(), 6u);
        // Untried children first, the lowest one before.
        QCOMPARE(choices[0][0], 0);
        QCOMPARE(choices[1][0], 1);
        // Third: N = 2, n = 1 each, so the larger mean decides; its first untried child is 0.
        const int third = rewards[0] >= rewards[1] ? 0 : 1;
        QCOMPARE(choices[2][0], third);
        QCOMPARE(choices[2][1], 0);
        // Fourth: N = 3; the branch taken twice has mean m2 and sqrt(ln 3 / 2), the other sqrt(ln 3).
        const double twice = (rewards[static_cast<std::size_t>(third)] + rewards[2]) / 2 + std::sqrt(std::log(3.0) / 2);
        const double once = rewards[static_cast<std::size_t>(1 - third)] + std::sqrt(std::log(3.0));
        const int fourth = twice > once || (twice == once && third == 0) ? third : 1 - third;
        QCOMPARE(choices[3][0], fourth);
        QCOMPARE(choices[3][1], fourth == third ? 1 : 0);
        QVERIFY(near(upperConfidenceBound(0.5, 4, 2, 0.25), 0.5 + 0.25 * std::sqrt(std::log(4.0) / 2)));
    }

    // The definition once more, over a map of prefixes, along 300 recorded simulations.
    void everySelectionFollowsTheHighestBound() {
        RmseToy toy;
        const SearchProblem problem = problemOf(toy, 5);
        struct Stats {
            int visits = 0;
            double sum = 0;
        };
        std::map<Choice, Stats> stats;
        int deepest = 0;
        SearchRequest r = request(300, 8, {{"exploration", 0.2}});
        r.onStep = [&](const SearchStep& step) {
            if (step.probe) return;
            const Choice choice = choiceOf(problem, step.evaluation.assignment);
            Choice prefix;
            while (prefix.size() < choice.size()) {
                Choice wanted = prefix;
                double highest = -1;
                bool expand = false;
                for (int k = 0; k < 4 && !expand; ++k) {
                    Choice child = prefix;
                    child.push_back(k);
                    const auto known = stats.find(child);
                    expand = known == stats.end();
                    const double bound = expand ? 1e9 : known->second.sum / known->second.visits +
                        0.2 * std::sqrt(std::log(static_cast<double>(stats.at(prefix).visits)) / known->second.visits);
                    if (bound > highest) highest = bound, wanted = child;
                }
                QVERIFY(std::equal(wanted.begin(), wanted.end(), choice.begin()));
                prefix = wanted;
                if (expand) break;
            }
            deepest = std::max(deepest, static_cast<int>(prefix.size()));
            for (std::size_t length = 0; length <= prefix.size(); ++length) {
                Stats& passed = stats[Choice(prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(length))];
                ++passed.visits;
                passed.sum += step.value;
            }
        };
        auto store = open();
        QVERIFY(runSearch(problem, r, *store, {}).ok());
        QVERIFY(deepest >= 4);
    }

    void rewardsAreStoredAndTheTreeIsRebuiltFromThem() {
        RmseToy toy;
        const SearchProblem problem = problemOf(toy, 4);
        std::vector<double> live;
        SearchRequest r = request(50, 3);
        r.onStep = [&](const SearchStep& step) { live.push_back(step.value); };
        auto store = open();
        const auto result = runSearch(problem, r, *store, {});
        QVERIFY2(result.ok(), errorOf(result).c_str());
        QCOMPARE(result.value().probes, 1 + 3 + 4 * 3);
        QCOMPARE(store->run(1).value().evaluations, 50);
        SearchTree tree;
        const auto steps = store->steps(1).value();
        QCOMPARE(steps.size(), live.size());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const bool probe = std::isnan(steps[i].value);
            QCOMPARE(probe, static_cast<std::int64_t>(i) < result.value().probes);
            QVERIFY(probe ? std::isnan(live[i]) : steps[i].value == live[i]);
            if (probe) continue;
            const auto& e = steps[i].evaluation;
            QVERIFY(near(steps[i].value, thesisReward(toy.rmseOf(e.assignment), *e.powerRelative, toy.rmseOf({{"s0", "c"}, {"s1", "c"}, {"s2", "c"}, {"s3", "c"}}), 1.5)));
            const int before = tree.size();
            tree.insert(choiceOf(problem, e.assignment), steps[i].value);
            QVERIFY(tree.size() <= before + 1);
        }
        QCOMPARE(tree.node(0).visits, 50);
        // UCB tries every first action and prefers none forever.
        for (const int child : tree.children(0)) QVERIFY(tree.node(child).visits >= 3);
        QCOMPARE(tree.children(0).size(), 4u);
    }

    void knownOptimumIsFound() {
        RmseToy toy;
        // Reward: "b" is free of error at every site, the others are bad; so b everywhere has the best reward of 4^6 designs.
        toy.rmseOf = [](const Assignment& assignment) {
            double sum = 0;
            for (const auto& site : ToyEvaluator::siteNames()) sum += ToyEvaluator::strengthAt(assignment, site) == 2 ? 0 : 1;
            return sum;
        };
        for (const char* rollout : {"hardware-driven", "uniform"}) {
            auto store = open(rollout);
            double best = 0;
            std::size_t right = 0;
            SearchRequest r = request(1500, 2, {{"rollout", std::string(rollout)}});
            r.onStep = [&](const SearchStep& step) {
                if (step.probe || step.value <= best) return;
                best = step.value;
                right = 0;
                for (const auto& [site, acu] : step.evaluation.assignment) right += acu == "b";
            };
            QVERIFY(runSearch(toyProblem(toy), r, *store, {}).ok());
            QCOMPARE(right, 6u);
        }
    }

    void probesGuideTheRollouts() {
        RmseToy toy;
        // Only the last site is sensitive: the probes tell, equal chances do not.
        toy.rmseOf = [](const Assignment& assignment) {
            double sum = 0;
            for (const auto& site : ToyEvaluator::siteNames()) {
                const int strength = ToyEvaluator::strengthAt(assignment, site);
                sum += (site == "s5" ? 1 : 0.01) * strength * strength;
            }
            return sum;
        };
        double mean[2] = {};
        for (const bool guided : {false, true}) {
            auto store = open(guided ? "guided.db" : "uniform.db");
            for (std::uint64_t seed = 1; seed <= 5; ++seed) {
                SearchRequest r = request(100, seed, {{"rollout", std::string(guided ? "hardware-driven" : "uniform")}});
                r.onStep = [&](const SearchStep& step) { mean[guided] += step.probe ? 0 : step.value; };
                QVERIFY(runSearch(toyProblem(toy), r, *store, {}).ok());
            }
        }
        QVERIFY(mean[1] > mean[0]);
    }

    void smallSpacesEndWhenAllIsTried() {
        RmseToy toy;
        auto store = open();
        const auto single = runSearch(problemOf(toy, 1), request(1000), *store, {});
        QVERIFY2(single.ok(), errorOf(single).c_str());
        QCOMPARE(single.value().evaluations, 4);
        QCOMPARE(single.value().unique, 4);
        const auto two = runSearch(problemOf(toy, 2), request(1000), *store, {});
        QCOMPARE(two.value().unique, 16);
        QVERIFY(two.value().evaluations < 1000);
    }

    void theSecondRunPaysNothing() {
        RmseToy toy;
        auto store = open();
        QVERIFY(runSearch(problemOf(toy, 4), request(40, 7), *store, {}).ok());
        const int calls = toy.calls;
        const auto again = runSearch(problemOf(toy, 4), request(40, 7), *store, {});
        QCOMPARE(again.value().computed, 0);
        QCOMPARE(toy.calls, calls);
    }

    void powerLimitKeepsDesignsBelow() {
        RmseToy toy;
        auto store = open();
        SearchRequest r = request(200, 4, {{"max-power", 0.6}});
        int counted = 0;
        r.onStep = [&](const SearchStep& step) {
            if (step.probe) return;
            ++counted;
            QVERIFY(*step.evaluation.powerRelative <= 0.6 + 1e-9);
        };
        const auto result = runSearch(toyProblem(toy), r, *store, {});
        QVERIFY2(result.ok(), errorOf(result).c_str());
        QCOMPARE(counted, 200);
        QVERIFY(result.value().unique > 20);
        // Tight: only c everywhere is left.
        const auto one = runSearch(toyProblem(toy), request(200, 4, {{"max-power", 0.4}}), *store, {});
        QCOMPARE(one.value().unique, 1);
        const auto none = runSearch(toyProblem(toy), request(200, 4, {{"max-power", 0.39}}), *store, {});
        QVERIFY2(errorOf(none).find("no design has a relative power of 0.39 or less; the lowest is 0.4") != std::string::npos, errorOf(none).c_str());
    }

    void badInputsAreSentences() {
        RmseToy toy;
        auto store = open();
        const auto sentence = [&](const SearchProblem& problem, const SearchRequest& r) { return errorOf(runSearch(problem, r, *store, {})); };
        SearchProblem problem = toyProblem(toy);
        QVERIFY(sentence(problem, request(0)).find("budget is 0") != std::string::npos);
        QVERIFY(sentence(problem, request(5, 1, {{"lambda", 11.0}})).find("lambda") != std::string::npos);
        QVERIFY(sentence(problem, request(5, 1, {{"lambda", std::nan("")}})).find("lambda") != std::string::npos);
        QVERIFY(sentence(problem, request(5, 1, {{"rollout", std::string("greedy")}})).find("hardware-driven") != std::string::npos);
        problem.relativePower = nullptr;
        QVERIFY(sentence(problem, request(5)).find("power is no objective") != std::string::npos);
        QCOMPARE(toy.calls, 0);
        QCOMPARE(errorOf(runSearch(problemOf(toy, 1, {}), request(5), *store, {})).find("single ACU") != std::string::npos, true);
        QVERIFY(sentence(problemOf(toy, 2, {"unmeasured"}), request(5)).find("unmeasured has no power figure") != std::string::npos);
    }

    void degenerateLandscapesRun() {
        RmseToy toy;
        toy.rmseOf = [](const Assignment&) { return 0.0; };
        auto store = open();
        QVERIFY(runSearch(toyProblem(toy), request(20), *store, {}).ok());
        toy.model = "toy-nan";
        toy.rmseOf = [](const Assignment&) { return std::nan(""); };
        std::vector<double> values;
        SearchRequest r = request(20);
        r.onStep = [&](const SearchStep& step) {
            if (!step.probe) values.push_back(step.value);
        };
        QVERIFY(runSearch(toyProblem(toy), r, *store, {}).ok());
        for (const double value : values) QVERIFY(value >= 0 && value < 1);
    }

    void timeIsALimitToo() {
        RmseToy toy;
        toy.delay = std::chrono::milliseconds(4);
        SearchRequest r = request(0);
        r.seconds = 0.5;
        auto store = open();
        const auto result = runSearch(toyProblem(toy), r, *store, {});
        QVERIFY2(result.ok(), errorOf(result).c_str());
        QVERIFY(result.value().evaluations >= 5);
        QVERIFY(result.value().seconds >= 0.5 && result.value().seconds < 3);
        // Resumed, the recorded steps are taken over although the time is over, and nothing is added.
        SearchRequest again = requestOfRun(store->run(1).value()).value();
        QCOMPARE(again.seconds, 0.5);
        const auto resumed = runSearch(toyProblem(toy), again, *store, {});
        QCOMPARE(resumed.value().evaluations, result.value().evaluations);
        QCOMPARE(frontText(resumed.value().front), frontText(result.value().front));
        again.seconds = 0.75;
        QVERIFY(errorOf(runSearch(toyProblem(toy), again, *store, {})).find("the time limit 0.5 s") != std::string::npos);
        // Too short for the probes.
        r.seconds = 0.01;
        auto other = open("other.db");
        QVERIFY(errorOf(runSearch(toyProblem(toy), r, *other, {})).find("while the sites were being probed") != std::string::npos);
        r.seconds = std::nan("");
        QVERIFY(errorOf(runSearch(toyProblem(toy), r, *other, {})).find("time limit is not a number") != std::string::npos);
    }

    void killedInTheProbesOrLaterItResumesToTheSameFront() {
        RmseToy toy;
        const auto whole = runSearch(toyProblem(toy), request(80, 9), *open("whole.db"), {});
        for (const int killAt : {0, 7, 21, 22, 60}) {
            const QString name = QString("killed%1.db").arg(killAt);
            const pid_t child = ::fork();
            if (child == 0) {
                auto store = open(name);
                SearchRequest r = request(80, 9);
                r.onStep = [&](const SearchStep& step) {
                    if (step.index == killAt) ::raise(SIGKILL);
                };
                static_cast<void>(runSearch(toyProblem(toy), r, *store, {}));
                ::_exit(0);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            QVERIFY(WIFSIGNALED(status));
            auto store = open(name);
            const auto resumed = runSearch(toyProblem(toy), requestOfRun(store->run(1).value()).value(), *store, {});
            QVERIFY2(resumed.ok(), errorOf(resumed).c_str());
            QCOMPARE(frontText(resumed.value().front), frontText(whole.value().front));
            QCOMPARE(resumed.value().unique, whole.value().unique);
            QCOMPARE(resumed.value().hypervolume, whole.value().hypervolume);
        }
    }

    void changesBetweenStartAndResumeAreNamed() {
        RmseToy toy;
        auto store = open();
        JobContext job;
        SearchRequest r = request(40);
        r.onStep = [&](const SearchStep& step) {
            if (step.index == 30) job.cancel.cancel();
        };
        QVERIFY(errorOf(runSearch(toyProblem(toy), r, *store, job)).find("after 22 probes") != std::string::npos);
        SearchRequest again = requestOfRun(store->run(1).value()).value();
        toy.model = "toy-2";
        QVERIFY(errorOf(runSearch(toyProblem(toy), again, *store, {})).find("another model") != std::string::npos);
        toy.model = "toy-1";
        SearchProblem cheaper = toyProblem(toy);
        cheaper.relativePower = [](const Assignment& assignment) -> std::optional<double> {
            return *ToyEvaluator::power(assignment) - (assignment.contains("s0") ? 0.3 : 0);
        };
        const std::string power = errorOf(runSearch(cheaper, again, *store, {}));
        QVERIFY2(power.empty() || power.find("power figure has changed") != std::string::npos, power.c_str());
        again.parameters["lambda"] = 0.5;
        QVERIFY(errorOf(runSearch(toyProblem(toy), again, *store, {})).find("parameters") != std::string::npos);
        QVERIFY(runSearch(toyProblem(toy), requestOfRun(store->run(1).value()).value(), *store, {}).ok());
    }

    void aFullDiskIsASentenceAndNothingIsLost() {
        RmseToy toy;
        const std::string path = m_folder->filePath("full.db").toStdString();
        sqlite::OpenOptions options;
        options.maxPages = 24;
        std::int64_t stored = 0;
        {
            auto store = std::move(sqlite::openStore(path, Store::Mode::ReadWrite, options)).value();
            const auto full = runSearch(toyProblem(toy), request(200, 6), *store, {});
            QVERIFY(!full.ok());
            QVERIFY2(errorOf(full).find("full") != std::string::npos, errorOf(full).c_str());
            stored = store->countEvaluations().value();
            QVERIFY(stored > 5 && stored < 200);
        }
        auto store = std::move(Store::open(path)).value();
        QCOMPARE(store->countEvaluations().value(), stored);
        const auto whole = runSearch(toyProblem(toy), request(200, 6), *open("whole.db"), {});
        const auto resumed = runSearch(toyProblem(toy), requestOfRun(store->run(1).value()).value(), *store, {});
        QVERIFY2(resumed.ok(), errorOf(resumed).c_str());
        QCOMPARE(frontText(resumed.value().front), frontText(whole.value().front));
    }
};

QTEST_GUILESS_MAIN(TestMcts)
#include "tst_mcts.moc"
