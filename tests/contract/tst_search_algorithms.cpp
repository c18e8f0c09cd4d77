// SPDX-License-Identifier: GPL-3.0-or-later
// What every member of the table of search algorithms must keep to.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>

#include "search/runner.h"
#include "tests/unit/search/toy_evaluator.h"

using namespace axp;
using namespace axp::test;

class TestSearchAlgorithms : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> open(const QString& name) { return std::move(Store::open(m_folder->filePath(name).toStdString())).value(); }

    static void everyAlgorithm() {
        QTest::addColumn<QString>("name");
        for (const SearchAlgorithm* algorithm : searchAlgorithms()) QTest::newRow(algorithm->name()) << QString(algorithm->name());
    }
    static SearchRequest request(std::int64_t budget, std::uint64_t seed = 1) {
        QFETCH_GLOBAL(QString, name);
        SearchRequest r;
        r.algorithm = name.toStdString();
        r.budget = budget;
        r.seed = seed;
        return r;
    }
    std::string traceOf(const QString& store, std::uint64_t seed) {
        ToyEvaluator toy;
        std::string trace;
        SearchRequest r = request(30, seed);
        r.onStep = [&](const SearchStep& step) { trace += frontText({step.evaluation}); };
        const auto result = runSearch(toyProblem(toy), r, *open(store), {});
        return result.ok() ? trace : result.error().text();
    }

private slots:
    void initTestCase_data() { everyAlgorithm(); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void describesItself() {
        QFETCH_GLOBAL(QString, name);
        const auto algorithm = findSearchAlgorithm(name.toStdString());
        QVERIFY(algorithm.ok());
        QVERIFY(QString(algorithm.value()->help()).size() > 10);
        for (const QChar c : name) QVERIFY(c.isLower() || c.isDigit() || c == '-');
        int sameName = 0;
        for (const SearchAlgorithm* other : searchAlgorithms()) sameName += name == other->name();
        QCOMPARE(sameName, 1);
        std::set<std::string> names;
        const auto specs = algorithm.value()->parameters();
        for (const ParameterSpec& spec : specs) {
            QVERIFY(names.insert(spec.name).second);
            QVERIFY(!spec.help.empty());
            // The default is a value that the parameter accepts.
            QVERIFY(completeParameters(specs, {{spec.name, spec.defaultValue}}, "test").ok());
            QVERIFY(parseParameters(specs, {{spec.name, parameterText(spec.defaultValue)}}, "test").ok());
        }
    }

    void givesTheSameForTheSameSeed() {
        const std::string first = traceOf("a.db", 7);
        QVERIFY(first.find('\n') != std::string::npos);
        QCOMPARE(traceOf("b.db", 7), first);
        QCOMPARE(traceOf("a.db", 7), first);  // also when everything is known already
    }

    void keepsToTheBudgetAndCounts() {
        for (const int budget : {1, 2, 7, 50}) {
            ToyEvaluator toy;
            auto store = open(QString("budget%1.db").arg(budget));
            const auto result = runSearch(toyProblem(toy), request(budget), *store, {});
            QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
            QVERIFY(result.value().evaluations >= 1 && result.value().evaluations <= budget);
            QVERIFY(toy.calls <= budget + result.value().probes + 1);  // the exact network for the hypervolume
            QVERIFY(result.value().unique <= result.value().evaluations);
            QVERIFY(result.value().hypervolume >= 0);
            QCOMPARE(store->run(result.value().run).value().evaluations, result.value().evaluations);
            QCOMPARE(static_cast<std::int64_t>(store->steps(result.value().run).value().size()),
                     result.value().evaluations + result.value().probes);
            QVERIFY(!result.value().front.empty());
        }
    }

    void staysWithinTheCandidates() {
        ToyEvaluator toy;
        SearchProblem problem = toyProblem(toy);
        problem.candidates = {{"a"}, {"b", "c"}, {kExactAcu, "a"}, {"c", "a", "b"}, {kExactAcu}, {"b", kExactAcu}};
        auto store = open("c.db");
        std::vector<SearchStep> steps;
        SearchRequest r = request(40);
        r.onStep = [&](const SearchStep& step) {
            if (!step.probe) steps.push_back(step);
        };
        const auto result = runSearch(problem, r, *store, {});
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(static_cast<std::int64_t>(steps.size()), result.value().evaluations);
        for (const SearchStep& step : steps)
            for (std::size_t i = 0; i < problem.sites.size(); ++i) {
                const auto found = step.evaluation.assignment.find(problem.sites[i]);
                const std::string acu = found == step.evaluation.assignment.end() ? kExactAcu : found->second;
                QVERIFY(std::find(problem.candidates[i].begin(), problem.candidates[i].end(), acu) != problem.candidates[i].end());
            }
    }

    void cancelsWithin100Milliseconds() {
        ToyEvaluator toy;
        toy.delay = std::chrono::seconds(5);
        auto store = open("d.db");
        JobContext job;
        std::thread canceller([&job] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            job.cancel.cancel();
        });
        const auto begin = std::chrono::steady_clock::now();
        const auto result = runSearch(toyProblem(toy), request(10), *store, job);
        const auto took = std::chrono::steady_clock::now() - begin;
        canceller.join();
        QVERIFY(!result.ok() && result.error().kind == ErrorKind::Cancelled);
        QVERIFY(took < std::chrono::milliseconds(200));
        QCOMPARE(store->run(1).value().state, std::string("cancelled"));
    }

    void resumesToTheSameFront() {
        ToyEvaluator toy;
        auto whole = open("whole.db");
        const auto expected = runSearch(toyProblem(toy), request(30), *whole, {});
        auto store = open("parts.db");
        std::int64_t run = 0;
        for (const std::int64_t stopAfter : {0, 1, 2, 11}) {
            JobContext job;
            SearchRequest r = request(30);
            r.resume = run;
            r.onStep = [&](const SearchStep& step) {
                run = step.run;
                if (step.index == stopAfter) job.cancel.cancel();
            };
            static_cast<void>(runSearch(toyProblem(toy), r, *store, job));
        }
        SearchRequest r = request(30);
        r.resume = run;
        const auto resumed = runSearch(toyProblem(toy), r, *store, {});
        QVERIFY2(resumed.ok(), resumed.ok() ? "" : resumed.error().text().c_str());
        QCOMPARE(resumed.value().evaluations, expected.value().evaluations);
        QCOMPARE(frontText(resumed.value().front), frontText(expected.value().front));
    }
};

QTEST_GUILESS_MAIN(TestSearchAlgorithms)
#include "tst_search_algorithms.moc"
