// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that are killed, cancelled, failed, changed or fought over.
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "search/runner.h"
#include "search/sensitivity.h"
#include "tests/unit/search/toy_evaluator.h"

using namespace axp;
using namespace axp::test;

class TestSearchResume : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string path(const char* name = "p.db") const { return m_folder->filePath(name).toStdString(); }
    std::unique_ptr<Store> open(const char* name = "p.db") { return std::move(Store::open(path(name))).value(); }
    static SearchRequest request(std::int64_t resume = 0) {
        SearchRequest r;
        r.budget = 40;
        r.seed = 11;
        r.resume = resume;
        return r;
    }
    /// Runs `body`, which kills its process, in a child.
    static bool killed(const std::function<void()>& body) {
        const pid_t child = ::fork();
        if (child == 0) {
            body();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void killedAndResumedEqualsUninterrupted() {
        ToyEvaluator toy;
        const auto whole = [&] {
            auto store = open("whole.db");
            return runSearch(toyProblem(toy), request(), *store, {});
        }();
        const int needed = toy.calls;
        // After a step was recorded; in the middle of an evaluation; between storing an evaluation and recording its step.
        const auto die = [] { ::raise(SIGKILL); };
        toy = {};
        QVERIFY(killed([&] {
            auto store = open();
            SearchRequest r = request();
            r.onStep = [&](const SearchStep& step) {
                if (step.index == 4) die();
            };
            static_cast<void>(runSearch(toyProblem(toy), r, *store, {}));
        }));
        QCOMPARE(open()->run(1).value().evaluations, 5);
        QVERIFY(killed([&] {
            auto store = open();
            toy.onCall = [&](int call) {
                if (call == 5) die();
            };
            static_cast<void>(runSearch(toyProblem(toy), request(1), *store, {}));
        }));
        QCOMPARE(open()->run(1).value().evaluations, 10);
        QVERIFY(killed([&] {
            auto store = open();
            SearchProblem problem = toyProblem(toy);
            problem.relativePower = [&](const Assignment& assignment) {
                if (toy.calls == 8) die();
                return ToyEvaluator::power(assignment);
            };
            static_cast<void>(runSearch(problem, request(1), *store, {}));
        }));
        {
            auto store = open();
            QCOMPARE(store->run(1).value().evaluations, 17);
            QCOMPARE(store->countEvaluations().value(), 18);
            QCOMPARE(store->run(1).value().state, std::string("interrupted"));
        }
        auto store = open();
        const auto before = store->countEvaluations().value();
        const auto resumed = runSearch(toyProblem(toy), request(1), *store, {});
        QVERIFY2(resumed.ok(), resumed.ok() ? "" : resumed.error().text().c_str());
        QCOMPARE(resumed.value().evaluations, whole.value().evaluations);
        QCOMPARE(resumed.value().unique, whole.value().unique);
        QCOMPARE(frontText(resumed.value().front), frontText(whole.value().front));
        QCOMPARE(toy.calls, needed - static_cast<int>(before));  // nothing stored was computed again
        QCOMPARE(store->run(1).value().state, std::string("finished"));
        QCOMPARE(store->runs().value().size(), 1u);
        auto wholeStore = open("whole.db");
        const auto expected = wholeStore->steps(1).value(), found = store->steps(1).value();
        QCOMPARE(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) QCOMPARE(found[i].evaluation.configHash, expected[i].evaluation.configHash);
    }

    void killedSensitivityResumes() {
        ToyEvaluator toy;
        QVERIFY(killed([&] {
            auto store = open();
            static_cast<void>(runSensitivity(toyProblem(toy), *store, {}, 0, [](const SearchStep& step) {
                if (step.index == 6) ::raise(SIGKILL);
            }));
        }));
        auto store = open();
        const auto stored = store->countEvaluations().value();
        QCOMPARE(stored, 7);
        const auto result = runSensitivity(toyProblem(toy), *store, {}, 1);
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(toy.calls, 19 - static_cast<int>(stored));
        QCOMPARE(result.value().rows.size(), 18u);
        for (const auto& row : result.value().rows) QCOMPARE(row.evaluation.metric, ToyEvaluator::metricOf({{row.site, row.acu}}));
    }

    void cancelledSaysHowToContinue() {
        ToyEvaluator toy;
        auto store = open();
        JobContext job;
        SearchRequest r = request();
        r.onStep = [&](const SearchStep& step) {
            if (step.index == 9) job.cancel.cancel();
        };
        const auto stopped = runSearch(toyProblem(toy), r, *store, job);
        QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
        QVERIFY2(stopped.error().text().find("10 of 40") != std::string::npos && stopped.error().text().find("--resume 1") != std::string::npos,
                 stopped.error().text().c_str());
        QCOMPARE(store->run(1).value().state, std::string("cancelled"));
        const auto stored = problemOfRun(store->run(1).value());
        const auto again = requestOfRun(store->run(1).value());
        SearchProblem problem = toyProblem(toy);
        QCOMPARE(stored.value().sites, problem.sites);
        QCOMPARE(stored.value().candidates, problem.candidates);
        QCOMPARE(stored.value().slice.text(), problem.slice.text());
        int replayed = 0;
        SearchRequest resume = again.value();
        resume.onStep = [&](const SearchStep& step) { replayed += step.replayed; };
        const auto result = runSearch(problem, resume, *store, {});
        QCOMPARE(result.value().evaluations, 40);
        QCOMPARE(replayed, 10);
        const auto once = store->run(1).value().seconds;
        const auto finished = runSearch(problem, again.value(), *store, {});
        QCOMPARE(finished.value().computed, 0);
        QCOMPARE(frontText(finished.value().front), frontText(result.value().front));
        QVERIFY(store->run(1).value().seconds >= once);
    }

    void changesAreRefused() {
        ToyEvaluator toy;
        auto store = open();
        JobContext job;
        SearchRequest r = request();
        r.onStep = [&](const SearchStep& step) {
            if (step.index == 4) job.cancel.cancel();
        };
        static_cast<void>(runSearch(toyProblem(toy), r, *store, job));
        const int calls = toy.calls;
        const auto refused = [&](const SearchProblem& problem, const SearchRequest& again, const char* part) {
            const auto result = runSearch(problem, again, *store, {});
            return !result.ok() && result.error().kind == ErrorKind::BadInput && result.error().text().find(part) != std::string::npos;
        };
        SearchProblem problem = toyProblem(toy);
        SearchRequest again = request(1);
        again.seed = 12;
        QVERIFY(refused(problem, again, "the seed 11"));
        again = request(1);
        again.budget = 41;
        QVERIFY(refused(problem, again, "the budget 40"));
        again = request(1);
        again.algorithm = "uniform";
        QVERIFY(refused(problem, again, "the algorithm random"));
        problem.candidates[5].pop_back();
        QVERIFY(refused(problem, request(1), "another model"));
        problem = toyProblem(toy);
        problem.slice.count = 64;
        QVERIFY(refused(problem, request(1), "data slice"));
        toy.model = "toy-2";
        QVERIFY(refused(toyProblem(toy), request(1), "another model"));
        toy.model = "toy-1";
        QCOMPARE(toy.calls, calls);
        QCOMPARE(store->run(1).value().state, std::string("cancelled"));  // a refusal leaves the run as it was
        QVERIFY(runSearch(toyProblem(toy), request(1), *store, {}).ok());
    }

    void aRunThatIsBeingCarriedOutIsRefused() {
        ToyEvaluator toy;
        toy.delay = std::chrono::milliseconds(20);
        const std::string file = path();
        open();
        const pid_t child = ::fork();
        if (child == 0) {
            auto store = open();
            static_cast<void>(runSearch(toyProblem(toy), request(), *store, {}));
            ::_exit(0);
        }
        auto store = open();
        QTRY_VERIFY(store->run(1).ok());
        const auto result = runSearch(toyProblem(toy), request(1), *store, {});
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(!result.ok());
        QVERIFY2(result.error().text().find("process " + std::to_string(child)) != std::string::npos, result.error().text().c_str());
        toy.delay = {};
        QVERIFY(runSearch(toyProblem(toy), request(1), *store, {}).ok());
    }
};

QTEST_GUILESS_MAIN(TestSearchResume)
#include "tst_search_resume.moc"
