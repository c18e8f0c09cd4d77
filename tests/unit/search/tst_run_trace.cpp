// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <cmath>

#include "search/run_trace.h"

using namespace axp;

namespace {

const std::vector<std::string> kSites{"a", "b"};
const std::vector<std::vector<std::string>> kCandidates{{kExactAcu, "x"}, {kExactAcu, "x", "y"}};

Evaluation designOf(const std::string& a, const std::string& b, double metric, double power) {
    Evaluation e;
    if (a != kExactAcu) e.assignment["a"] = a;
    if (b != kExactAcu) e.assignment["b"] = b;
    e.configHash = a + ' ' + b;
    e.metric = metric;
    e.powerRelative = power;
    e.rmse = 1 - metric;
    e.slice = "toy[0:8]";
    return e;
}

}  // namespace

class TestRunTrace : public QObject {
    Q_OBJECT
private slots:
    void countsByHand() {
        TraceBuilder builder(kSites, kCandidates, ParetoReference{1, 0.5});
        RunTrace trace;
        trace.append(builder.add(designOf(kExactAcu, kExactAcu, 0.9, 1), TraceStep::kNone, true, true));
        trace.append(builder.add(designOf("x", kExactAcu, 0.8, 0.5), 0.4, false, true));
        trace.append(builder.add(designOf("x", "y", 0.7, 0.7), 0.1, false, true));
        trace.append(builder.add(designOf(kExactAcu, "y", 0.85, 0.75), 0.7, false, false));
        trace.append(builder.add(designOf("x", kExactAcu, 0.8, 0.5), 0.4, false, false));
        QCOMPARE(trace.probes.size(), std::size_t(1));
        QCOMPARE(trace.probes[0].choice, (Choice{0, 0}));
        QCOMPARE(trace.steps.size(), std::size_t(4));
        QCOMPARE(trace.fresh, 3);
        QCOMPARE(trace.computed, 3);
        QVERIFY(trace.scored);
        const auto& steps = trace.steps;
        QCOMPARE(steps[0].choice, (Choice{1, 0}));
        QCOMPARE(steps[1].choice, (Choice{1, 2}));
        QCOMPARE(steps[1].mean, (0.4 + 0.1) / 2);
        QCOMPARE(steps[2].mean, (0.4 + 0.1 + 0.7) / 3);
        QCOMPARE(steps[1].best, 0.4);
        QCOMPARE(steps[3].best, 0.7);
        // (1 - 0.5) * (0.8 - 0.5), then the strip that 0.85 at 0.75 adds. The exact design at power 1 encloses nothing.
        QCOMPARE(steps[0].hypervolume, 0.15);
        QCOMPARE(steps[1].hypervolume, 0.15);  // dominated
        QCOMPARE(steps[2].hypervolume, 0.15 + 0.25 * 0.05);
        QCOMPARE(steps[3].front, 3);
        QCOMPARE(trace.actions.size(), std::size_t(2));
        QCOMPARE(trace.actions[0], (std::vector<double>{0.7}));
        QCOMPARE(trace.actions[1].size(), std::size_t(3));
        QCOMPARE(trace.actions[1][2], (0.4 + 0.1 + 0.4) / 3);
        QCOMPARE(trace.tree.node(0).visits, 4);
        QCOMPARE(trace.tree.node(trace.tree.child(0, 1)).visits, 3);
    }

    void theMeanIsOverTheLastFifty() {
        TraceBuilder builder(kSites, kCandidates, std::nullopt);
        TraceStep last;
        for (int i = 0; i < 120; ++i) last = builder.add(designOf("x", "y", 0.5, 0.5), i, false, true);
        QCOMPARE(last.mean, (70 + 119) / 2.0);
        QVERIFY(std::isnan(last.hypervolume));  // no reference
    }

    void aRunWithoutRewardsIsDrawnByItsMetric() {
        RunInfo info;
        info.id = 7;
        info.parameters = R"({"sites":["a","b"],"candidates":[["exact8s","x"],["exact8s","x","y"]],
                              "slice":{"split":"selection","offset":0,"count":8}})";
        std::vector<RunStep> steps;
        for (const double metric : {0.6, 0.8, 0.7}) {
            Evaluation e = designOf("x", "x", metric, 0.5);
            e.run = metric > 0.75 ? 7 : 3;  // the others were known before
            steps.push_back({static_cast<std::int64_t>(steps.size()), e, TraceStep::kNone});
        }
        const auto noPower = [](const Assignment&) { return std::optional<double>(1); };
        const auto trace = traceOfRun(info, steps, noPower, std::nullopt);
        QVERIFY(trace.ok());
        QCOMPARE(trace->steps.size(), std::size_t(3));  // none is a probe
        QVERIFY(trace->probes.empty());
        QCOMPARE(trace->computed, 1);
        QVERIFY(!trace->scored);
        QCOMPARE(trace->steps.back().best, 0.8);
        QCOMPARE(trace->tree.size(), 1);
        QCOMPARE(trace->slice, std::string("toy[0:8]"));
        // With rewards the steps without one are probes, and an exact one gives the reference.
        steps[0].evaluation.assignment.clear();
        steps[1].value = 0.3;
        const auto scored = traceOfRun(info, steps, noPower, std::nullopt);
        QVERIFY(scored.ok());
        QCOMPARE(scored->probes.size(), std::size_t(2));
        QVERIFY(scored->scored);
        QVERIFY(!std::isnan(scored->steps.back().hypervolume));
        info.parameters = "{}";
        QVERIFY(!traceOfRun(info, steps, noPower, std::nullopt).ok());
    }

    void rankCorrelationByHand() {
        QCOMPARE(rankCorrelation({1, 2, 3, 4}, {10, 20, 30, 1000}), 1.0);
        QCOMPARE(rankCorrelation({1, 2, 3, 4}, {4, 3, 2, 1}), -1.0);
        // Ranks 0 1 2 3 against 0.5 0.5 2 3.
        QVERIFY(std::abs(rankCorrelation({1, 2, 3, 4}, {5, 5, 6, 7}) - 4.5 / std::sqrt(5 * 4.5)) < 1e-12);
        QVERIFY(std::isnan(rankCorrelation({1, 2, 3}, {2, 2, 2})));
        QVERIFY(std::isnan(rankCorrelation({1, 2}, {1, 2})));
    }
};

QTEST_APPLESS_MAIN(TestRunTrace)
#include "tst_run_trace.moc"
