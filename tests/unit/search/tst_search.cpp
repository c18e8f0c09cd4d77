// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <set>

#include "search/random_generator.h"
#include "search/runner.h"
#include "search/sensitivity.h"
#include "tests/unit/search/toy_evaluator.h"

using namespace axp;
using namespace axp::test;

class TestSearch : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> m_store;

    std::string errorOf(const SearchProblem& problem, const SearchRequest& request) {
        const auto result = runSearch(problem, request, *m_store, {});
        return result.ok() ? "" : result.error().text();
    }
    static SearchRequest request(const std::string& algorithm, std::int64_t budget, std::uint64_t seed = 0) {
        SearchRequest r;
        r.algorithm = algorithm;
        r.budget = budget;
        r.seed = seed;
        return r;
    }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_store = std::move(Store::open(m_folder->filePath("p.db").toStdString())).value();
    }

    void generatorGivesThePublishedNumbers() {
        // State {1, 2, 3, 4}: the first outputs of the authors' C code.
        RandomGenerator reference(std::array<std::uint64_t, 4>{1, 2, 3, 4});
        for (const std::uint64_t expected : {11520ull, 0ull, 1509978240ull, 1215971899390074240ull}) QVERIFY(reference.next() == expected);
        // splitmix64 from 0 seeds with e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec.
        RandomGenerator seeded(0), same(std::array<std::uint64_t, 4>{0xe220a8397b1dcdafu, 0x6e789e6aa1b965f4u, 0x06c45d188009454fu, 0xf88bb8a8724c81ecu});
        for (int i = 0; i < 10; ++i) QCOMPARE(seeded.next(), same.next());
    }

    void generatorIsUniform() {
        RandomGenerator random(5);
        int counts[3] = {};
        for (int i = 0; i < 30000; ++i) ++counts[random.below(3)];
        for (const int count : counts) QVERIFY(std::abs(count - 10000) < 350);  // over four standard deviations
        for (int i = 0; i < 1000; ++i) {
            const double unit = random.unit();
            QVERIFY(unit >= 0 && unit < 1);
        }
    }

    void randomStoresEveryStepAndFindsTheFront() {
        ToyEvaluator toy;
        SearchRequest r = request("random", 60, 3);
        std::vector<Evaluation> seen;
        r.onStep = [&](const SearchStep& step) {
            seen.push_back(step.evaluation);
            // Stored before it counts.
            QVERIFY(m_store->steps(step.run).value().size() == seen.size());
        };
        const auto result = runSearch(toyProblem(toy), r, *m_store, {});
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(result.value().evaluations, 60);
        QCOMPARE(result.value().probes, 0);
        // Besides, the exact network is measured for the hypervolume.
        QCOMPARE(result.value().computed, toy.calls - 1);
        QCOMPARE(result.value().unique, toy.calls - 1);
        QCOMPARE(m_store->countEvaluations().value(), toy.calls);
        std::vector<FrontPoint> points;
        for (const auto& e : seen) points.push_back({*e.powerRelative, e.metric, 0});
        QCOMPARE(result.value().hypervolume, hypervolume(points, 1, 0.8));
        QVERIFY(result.value().hypervolume > 0);
        QCOMPARE(m_store->run(result.value().run).value().state, std::string("finished"));
        QCOMPARE(m_store->run(result.value().run).value().evaluations, 60);
        QCOMPARE(frontText(result.value().front), frontText(frontOf(seen)));
        QVERIFY(result.value().front.size() >= 3);
        for (std::size_t i = 1; i < result.value().front.size(); ++i) {
            QVERIFY(*result.value().front[i - 1].powerRelative < *result.value().front[i].powerRelative);
            QVERIFY(result.value().front[i - 1].metric < result.value().front[i].metric);
        }
    }

    void randomDoesNotDependOnResults() {
        ToyEvaluator toy;
        std::vector<std::string> first, second;
        SearchRequest r = request("random", 20, 9);
        r.onStep = [&](const SearchStep& step) { first.push_back(frontText({step.evaluation})); };
        QVERIFY(runSearch(toyProblem(toy), r, *m_store, {}).ok());
        r.budget = 30;
        r.onStep = [&](const SearchStep& step) { second.push_back(frontText({step.evaluation})); };
        QVERIFY(runSearch(toyProblem(toy), r, *m_store, {}).ok());
        QVERIFY(std::equal(first.begin(), first.end(), second.begin()));
    }

    void repeatsAreMemoHits() {
        ToyEvaluator toy;
        SearchProblem problem = toyProblem(toy);
        problem.sites = {"s0", "s1"};
        problem.candidates = sameCandidates(problem.sites, {"a"});
        const auto result = runSearch(problem, request("random", 40), *m_store, {});
        QCOMPARE(result.value().evaluations, 40);
        QCOMPARE(result.value().unique, 4);
        QCOMPARE(toy.calls, 4);
        const auto again = runSearch(problem, request("random", 40, 1), *m_store, {});
        QCOMPARE(again.value().computed, 0);
        QCOMPARE(again.value().unique, 4);
        QCOMPARE(toy.calls, 4);
    }

    void uniformTriesEachOnce() {
        ToyEvaluator toy;
        const auto result = runSearch(toyProblem(toy), request("uniform", 100), *m_store, {});
        QCOMPARE(result.value().evaluations, 4);
        const auto steps = m_store->steps(result.value().run).value();
        QVERIFY(steps[0].evaluation.assignment.empty());
        for (int i = 1; i < 4; ++i) {
            QCOMPARE(steps[i].evaluation.assignment.size(), 6u);
            for (const auto& [site, acu] : steps[i].evaluation.assignment) QCOMPARE(acu, std::string(1, static_cast<char>('a' + i - 1)));
        }
        QCOMPARE(runSearch(toyProblem(toy), request("uniform", 2), *m_store, {}).value().evaluations, 2);
        SearchProblem mixed = toyProblem(toy);
        mixed.candidates[0] = {"b", "a"};
        mixed.candidates[1] = {kExactAcu};
        const auto partly = runSearch(mixed, request("uniform", 100), *m_store, {});
        const auto first = m_store->steps(partly.value().run).value()[0].evaluation.assignment;
        QCOMPARE(first.at("s0"), std::string("b"));
        QVERIFY(!first.contains("s1"));
    }

    void badProblemsAreSentences() {
        ToyEvaluator toy;
        const SearchProblem good = toyProblem(toy);
        QVERIFY(errorOf(good, request("random", 0)).find("budget is 0") != std::string::npos);
        QVERIFY(errorOf(good, request("random", -5)).find("budget is -5") != std::string::npos);
        QVERIFY(errorOf(good, request("randon", 5)).find("Did you mean random") != std::string::npos);
        QVERIFY(errorOf(good, request("zzz", 5)).find("random, uniform") != std::string::npos);
        SearchRequest r = request("random", 5);
        r.parameters["temperature"] = 1.0;
        QVERIFY(errorOf(good, r).find("unknown parameter \"temperature\"") != std::string::npos);
        r = request("random", 5);
        r.resume = 99;
        QVERIFY(errorOf(good, r).find("no run 99") != std::string::npos);
        SearchProblem p = good;
        p.sites.clear();
        p.candidates.clear();
        QVERIFY(errorOf(p, request("random", 5)).find("no site") != std::string::npos);
        p = good;
        p.candidates = sameCandidates(p.sites, {});
        QVERIFY(errorOf(p, request("random", 5)).find("single ACU exact8s") != std::string::npos);
        p = good;
        p.candidates[2].clear();
        QVERIFY(errorOf(p, request("random", 5)).find("s2") != std::string::npos);
        p = good;
        p.candidates = sameCandidates(p.sites, {"a", "unmeasured"});
        const std::string power = errorOf(p, request("random", 5));
        QVERIFY2(power.find("unmeasured has no power figure") != std::string::npos, power.c_str());
        p = good;
        p.sites[1] = "s0";
        QVERIFY(errorOf(p, request("random", 5)).find("twice") != std::string::npos);
        p = good;
        p.slice.count = 0;
        QVERIFY(errorOf(p, request("random", 5)).find("no samples") != std::string::npos);
        QCOMPARE(m_store->runs().value().size(), 0u);
        QCOMPARE(toy.calls, 0);
    }

    void withoutPowerTheBestCounts() {
        ToyEvaluator toy;
        SearchProblem problem = toyProblem(toy);
        problem.relativePower = nullptr;
        const auto result = runSearch(problem, request("uniform", 10), *m_store, {});
        QCOMPARE(result.value().front.size(), 1u);
        QCOMPARE(result.value().front[0].metric, 0.9);
    }

    void aFailedEvaluationFailsTheRunAndKeepsTheRest() {
        ToyEvaluator toy;
        toy.failAt = 3;
        const auto result = runSearch(toyProblem(toy), request("random", 10), *m_store, {});
        QVERIFY(!result.ok() && result.error().what == "the toy broke");
        QCOMPARE(m_store->run(1).value().state, std::string("failed"));
        QCOMPARE(m_store->run(1).value().evaluations, 3);
    }

    void sensitivityGivesEveryPair() {
        ToyEvaluator toy;
        SearchProblem problem = toyProblem(toy);
        problem.candidates = std::vector<std::vector<std::string>>(6, {"a", "c"});  // without the exact one, with no choice of power
        std::vector<std::string> order;
        std::vector<Progress> progress;
        JobContext job;
        job.onProgress = [&](const Progress& p) { progress.push_back(p); };
        const auto result = runSensitivity(problem, *m_store, job, 0, [&](const SearchStep& step) {
            order.push_back(step.evaluation.assignment.empty() ? "" : step.evaluation.assignment.begin()->first);
        });
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(result.value().evaluations, 13);
        QCOMPARE(result.value().baseline.metric, 0.9);
        QCOMPARE(order, (std::vector<std::string>{"", "s5", "s5", "s4", "s4", "s3", "s3", "s2", "s2", "s1", "s1", "s0", "s0"}));
        QCOMPARE(result.value().rows.size(), 12u);
        for (std::size_t i = 0; i < 12; ++i) {
            const auto& row = result.value().rows[i];
            QCOMPARE(row.site, "s" + std::to_string(i / 2));
            QCOMPARE(row.acu, std::string(i % 2 ? "c" : "a"));
            QCOMPARE(row.metricDrop, 0.9 - ToyEvaluator::metricOf({{row.site, row.acu}}));
            QCOMPARE(row.evaluation.origin, std::string("sensitivity"));
        }
        QCOMPARE(m_store->runs().value()[0].algorithm, std::string("sensitivity"));
        QCOMPARE(progress.back().done, 13);
        QCOMPARE(progress.back().etaSeconds, 0.0);
        const auto again = runSensitivity(problem, *m_store, {}, result.value().run);
        QCOMPARE(again.value().computed, 0);
        QCOMPARE(toy.calls, 13);
    }
};

QTEST_GUILESS_MAIN(TestSearch)
#include "tst_search.moc"
