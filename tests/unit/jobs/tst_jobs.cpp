// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/jobs/job.h"
#include "core/jobs/parameters.h"
#include "core/jobs/progress_meter.h"

using namespace axp;
using namespace std::chrono_literals;

namespace {
Result<void> workUntilCancelled(const JobContext& context) {
    for (std::int64_t i = 1; !context.cancelled(); ++i) {
        context.report({i, 0, -1, "turn"});
        std::this_thread::sleep_for(1ms);
    }
    return cancelled();
}
}  // namespace

class TestJobs : public QObject {
    Q_OBJECT
private slots:
    void givesItsResult() {
        JobOf<int> job("six times seven", [](const JobContext& context) -> Result<int> {
            context.report({1, 2, 0.5, "half"});
            return 42;
        });
        QCOMPARE(job.job().state(), JobState::Queued);
        job.job().start();
        auto result = job.take();
        QVERIFY(result.ok());
        QCOMPARE(result.value(), 42);
        QCOMPARE(job.job().state(), JobState::Finished);
        QCOMPARE(job.job().snapshot().progress.done, 1);
        QCOMPARE(job.job().logTail().size(), 1u);
        QVERIFY(!job.take().ok());
    }

    void givesItsErrorAlsoFromAnException() {
        Job failing("fails", [](const JobContext&) -> Result<void> { return badInput("no such thing", "x.onnx"); });
        failing.start();
        failing.wait();
        QCOMPARE(failing.state(), JobState::Failed);
        QCOMPARE(failing.snapshot().error->text(), std::string("x.onnx: no such thing"));
        Job throwing("throws", [](const JobContext&) -> Result<void> { throw std::runtime_error("boom"); });
        throwing.start();
        throwing.wait();
        QCOMPARE(throwing.state(), JobState::Failed);
        QVERIFY(throwing.snapshot().error->what.find("boom") != std::string::npos);
    }

    void standsStillWhilePaused() {
        std::atomic<int> steps{0};
        std::atomic<double> stood{0};
        Job job("steps", [&](const JobContext& context) -> Result<void> {
            while (!context.cancelled()) {
                ++steps;
                std::this_thread::sleep_for(1ms);
                stood = stood + context.pausePoint();
            }
            return cancelled();
        });
        job.start();
        QTRY_VERIFY(steps > 3);
        job.hold();
        QTRY_VERIFY(job.snapshot().held);
        const int before = steps;
        const double seconds = job.snapshot().seconds;
        QTest::qWait(60);
        QCOMPARE(int(steps), before);
        QCOMPARE(job.snapshot().seconds, seconds);  // the clock of the work stands still too
        QCOMPARE(job.state(), JobState::Running);
        job.resume();
        QTRY_VERIFY(steps > before + 3);
        QVERIFY(!job.snapshot().held);
        QVERIFY(stood > 0.05);
        // A cancel ends a pause, also one by a token that somebody kept.
        job.hold();
        QTRY_VERIFY(job.snapshot().held);
        const auto begin = std::chrono::steady_clock::now();
        job.cancelToken().cancel();
        QVERIFY(job.waitFor(2000ms));
        QVERIFY(std::chrono::steady_clock::now() - begin < 500ms);  // the bound allows for a loaded machine
        QCOMPARE(job.state(), JobState::Cancelled);
        QVERIFY(JobContext{}.pausePoint() == 0);
    }

    void cancelsWithin100Milliseconds() {
        Job job("long", workUntilCancelled);
        job.start();
        QTRY_VERIFY(job.snapshot().progress.done > 3);
        const auto begin = std::chrono::steady_clock::now();
        job.cancel();
        QVERIFY(job.waitFor(5000ms));
        QVERIFY(std::chrono::steady_clock::now() - begin < 100ms);
        QCOMPARE(job.state(), JobState::Cancelled);
    }

    void cancelledBeforeItStartsNeverRuns() {
        std::atomic<bool> ran{false};
        Job job("never", [&](const JobContext&) -> Result<void> {
            ran = true;
            return {};
        });
        job.cancel();
        QCOMPARE(job.state(), JobState::Cancelled);
        job.start();
        job.wait();
        QVERIFY(!ran);
    }

    void destructorStopsTheWork() {
        const auto begin = std::chrono::steady_clock::now();
        {
            Job job("long", workUntilCancelled);
            job.start();
        }
        QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
    }

    void observersSeeConsistentCopiesOneAtATime() {
        std::atomic<int> inside{0}, calls{0}, overlaps{0};
        std::atomic<bool> sawEnd{false};
        Job job("observed", [](const JobContext& context) -> Result<void> {
            std::vector<std::thread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&context, t] {
                    for (int i = 0; i < 50; ++i) context.report({i, 50, -1, "thread " + std::to_string(t)});
                });
            for (auto& thread : threads) thread.join();
            return {};
        }, [&](const JobSnapshot& snapshot) {
            if (inside.fetch_add(1) != 0) ++overlaps;
            ++calls;
            if (snapshot.ended()) sawEnd = true;
            --inside;
        });
        job.start();
        job.wait();
        QTRY_VERIFY(sawEnd);
        QCOMPARE(overlaps.load(), 0);
        QCOMPARE(calls.load(), 202);
        QVERIFY(job.logTail().size() <= 200u);
    }

    void logKeepsTheTail() {
        Job job("talks", [](const JobContext&) -> Result<void> { return {}; });
        for (int i = 0; i < 250; ++i) job.log("line " + std::to_string(i));
        QCOMPARE(job.logTail().size(), 200u);
        QCOMPARE(job.logTail().front(), std::string("line 50"));
        QCOMPARE(job.logTail().back(), std::string("line 249"));
    }

    void meterEstimatesFromTheRecentRate() {
        double now = 100;
        std::vector<Progress> seen;
        JobContext context;
        context.onProgress = [&](const Progress& progress) { seen.push_back(progress); };
        ProgressMeter meter(context, 100, [&] { return now; });
        for (int i = 0; i < 10; ++i) {
            now += 2;
            meter.advance();
        }
        QCOMPARE(seen.size(), 10u);
        QCOMPARE(seen.back().done, 10);
        QCOMPARE(seen.back().total, 100);
        QVERIFY(std::abs(seen.back().etaSeconds - 180) < 1e-9);
        // Ten times faster from now on: the estimate forgets the slow steps within its window.
        for (int i = 0; i < 89; ++i) {
            now += 0.3;
            meter.advance();
        }
        QCOMPARE(seen.back().done, 99);
        QVERIFY(seen.back().etaSeconds > 0.29 && seen.back().etaSeconds < 0.4);
        meter.advance();
        QCOMPARE(seen.back().etaSeconds, 0.0);
    }

    void meterThrottlesToTenReportsASecond() {
        double now = 0;
        std::vector<std::int64_t> seen;
        JobContext context;
        context.onProgress = [&](const Progress& progress) { seen.push_back(progress.done); };
        ProgressMeter meter(context, 1000, [&] { return now; });
        for (int i = 0; i < 1000; ++i) {
            now += 0.001;
            meter.advance();
        }
        QVERIFY(seen.size() >= 10 && seen.size() <= 12);
        QCOMPARE(seen.front(), 1);
        QCOMPARE(seen.back(), 1000);
    }

    void meterWeighsStepsAndIgnoresSkippedOnes() {
        double now = 0;
        Progress last;
        JobContext context;
        context.onProgress = [&](const Progress& progress) { last = progress; };
        ProgressMeter meter(context, 4, [&] { return now; });
        meter.setWork(100);
        meter.skip(1, 60);
        now = 1;
        meter.advance(1, "", 10);
        QCOMPARE(last.done, 2);
        QVERIFY(std::abs(last.etaSeconds - 3) < 1e-9);  // 30 left at 10 a second
    }

    void parametersAreChecked() {
        const std::vector<ParameterSpec> specs = {{"population", "", std::int64_t{50}, 2, 1000, {}}, {"rate", "", 0.5, 0, 1, {}},
                                                  {"elitist", "", true, 0, 0, {}}, {"kind", "", std::string("a"), 0, 0, {"a", "b"}}};
        const auto good = parseParameters(specs, {{"population", "100"}, {"rate", "0.25"}, {"elitist", "false"}}, "test");
        QVERIFY(good.ok());
        QCOMPARE(std::get<std::int64_t>(good.value().at("population")), 100);
        QCOMPARE(std::get<double>(good.value().at("rate")), 0.25);
        QCOMPARE(std::get<bool>(good.value().at("elitist")), false);
        QCOMPARE(std::get<std::string>(good.value().at("kind")), std::string("a"));
        const std::vector<std::pair<std::string, std::string>> bad = {
            {"population", "1"}, {"population", "12x"}, {"population", ""}, {"population", "99999999999999999999"}, {"rate", "1.5"},
            {"rate", "nan"}, {"elitist", "maybe"}, {"kind", "c"}};
        for (const auto& [name, text] : bad) {
            const auto result = parseParameters(specs, {{name, text}}, "test");
            QVERIFY2(!result.ok() && result.error().what.find(name) != std::string::npos, (name + "=" + text).c_str());
        }
        const auto unknown = parseParameters(specs, {{"populaton", "3"}}, "test");
        QVERIFY(!unknown.ok());
        QVERIFY(unknown.error().text().find("Did you mean population") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestJobs)
#include "tst_jobs.moc"
