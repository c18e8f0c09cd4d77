// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "search/validation.h"
#include "tests/unit/search/toy_evaluator.h"

using namespace axp;
using namespace axp::test;

namespace {

/// Tells outcomes: right are the first samples, as many as the metric says.
class OutcomeToy : public ToyEvaluator {
public:
    bool tells = true;
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override {
        auto result = ToyEvaluator::evaluate(assignment, slice, job);
        if (!result.ok()) return result;
        Evaluation& e = result.value();
        const auto right = static_cast<std::size_t>(e.metric * static_cast<double>(slice.count));
        e.metric = static_cast<double>(right) / static_cast<double>(slice.count);
        if (tells) {
            e.outcomes.assign(static_cast<std::size_t>(slice.count), false);
            std::fill_n(e.outcomes.begin(), right, true);
        }
        return result;
    }
};

const DataSlice kSlice{"test", 0, 1000};
const std::vector<Assignment> kDesigns = {{{"s0", "a"}}, {{"s5", "c"}}, {{"s0", "b"}, {"s1", "b"}}};

}  // namespace

class TestValidation : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> m_store;

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_store = std::move(Store::open(m_folder->filePath("p.db").toStdString())).value();
    }

    void everyDesignGetsItsIntervals() {
        OutcomeToy toy;
        std::vector<std::string> order;
        const auto result = validateDesigns(kDesigns, kSlice, toy, *m_store, {}, [&](const ValidatedDesign& d) { order.push_back(d.evaluation.configHash); });
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(result.value().computed, 4);
        QCOMPARE(result.value().exact.evaluation.metric, 0.9);
        QCOMPARE(result.value().exact.toExact->value, 0.0);
        QCOMPARE(order.size(), 3u);
        for (std::size_t i = 0; i < 3; ++i) {
            const ValidatedDesign& design = result.value().designs[i];
            QCOMPARE(design.evaluation.assignment, kDesigns[i]);
            QCOMPARE(design.evaluation.origin, std::string(kValidationOrigin));
            QCOMPARE(design.evaluation.configHash, order[i]);
            QVERIFY(design.accuracy.low < design.evaluation.metric && design.evaluation.metric < design.accuracy.high);
            QVERIFY(std::abs(design.toExact->value - (design.evaluation.metric - 0.9)) < 1e-12);
            QVERIFY(design.toExact->low < design.toExact->value && design.toExact->high > design.toExact->value);
            // Paired: narrower than the accuracy's own interval.
            QVERIFY(design.toExact->high - design.toExact->low < design.accuracy.high - design.accuracy.low);
        }
        // What is stored is judged the same without measuring.
        const auto exact = m_store->find(toy.configurationHashOf({}).value(), toy.sliceText(kSlice), "top1").value();
        const auto row = m_store->find(order[1], toy.sliceText(kSlice), "top1").value();
        const auto judged = judgeStored(*row, &*exact, *m_store);
        QCOMPARE(judged.value().toExact->low, result.value().designs[1].toExact->low);
        QCOMPARE(judged.value().accuracy.high, result.value().designs[1].accuracy.high);
        QVERIFY(!judgeStored(*row, nullptr, *m_store).value().toExact);
    }

    void goesOnAfterACancel() {
        OutcomeToy toy;
        JobContext job;
        toy.onCall = [&](int call) {
            if (call == 1) job.cancel.cancel();
        };
        const auto stopped = validateDesigns(kDesigns, kSlice, toy, *m_store, job);
        QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
        QVERIFY2(stopped.error().text().find("1 of 3 designs") != std::string::npos, stopped.error().text().c_str());
        toy.onCall = {};
        const int before = toy.calls;
        const auto result = validateDesigns(kDesigns, kSlice, toy, *m_store, {});
        QCOMPARE(result.value().computed, 4 - before);
        QCOMPARE(toy.calls, 4);
        QCOMPARE(validateDesigns(kDesigns, kSlice, toy, *m_store, {}).value().computed, 0);
    }

    void rowsWithoutOutcomesAreMeasuredOnceMore() {
        OutcomeToy toy;
        toy.tells = false;
        const auto untold = validateDesigns(kDesigns, kSlice, toy, *m_store, {});
        QVERIFY(!untold.value().designs[0].toExact);
        QCOMPARE(untold.value().designs[0].accuracy.value, untold.value().designs[0].evaluation.metric);
        toy.tells = true;
        const auto told = validateDesigns(kDesigns, kSlice, toy, *m_store, {});
        QCOMPARE(told.value().computed, 4);
        QVERIFY(told.value().designs[0].toExact);
        QCOMPARE(validateDesigns(kDesigns, kSlice, toy, *m_store, {}).value().computed, 0);
        QCOMPARE(m_store->countEvaluations().value(), 4);
    }

    void aBrokenEvaluationIsItsOwnSentence() {
        OutcomeToy toy;
        toy.failAt = 2;
        const auto result = validateDesigns(kDesigns, kSlice, toy, *m_store, {});
        QVERIFY(!result.ok() && result.error().what == "the toy broke");
        QCOMPARE(m_store->countEvaluations().value(), 2);
    }
};

QTEST_GUILESS_MAIN(TestValidation)
#include "tst_validation.moc"
