// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "core/store/store.h"

using namespace axp;

namespace {

class Counting : public Evaluator {
public:
    int calls = 0;
    double metric = 0.75;
    double power = 0.5;
    std::string reportedHash;
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override {
        if (job.cancelled()) return cancelled();
        ++calls;
        Evaluation e;
        e.configHash = reportedHash.empty() ? configurationHashOf(assignment).value() : reportedHash;
        e.assignment = assignment;
        e.metric = metric;
        e.samples = slice.count;
        e.slice = sliceText(slice);
        e.powerRelative = power;
        return e;
    }
    /// "x" and "alias" have the same table.
    Result<std::string> configurationHashOf(const Assignment& assignment) const override {
        std::string text = "h";
        for (const auto& [site, acu] : assignment) text += site + (acu == "alias" ? "x" : acu);
        return text;
    }
    std::string sliceText(const DataSlice& slice) const override { return "toy: " + slice.text(); }
    Result<std::optional<double>> relativePowerOf(const Assignment&) const override { return std::optional<double>(power); }
};

}  // namespace

class TestStoredEvaluator : public QObject {
    Q_OBJECT
private slots:
    void aKnownConfigurationIsNotComputedTwice() {
        QTemporaryDir folder;
        auto store = std::move(Store::open(folder.filePath("p.db").toStdString())).value();
        Counting inner;
        StoredEvaluator evaluator(inner, *store, "evaluate");
        const auto first = evaluator.evaluate({{"a", "x"}}, {}, {});
        QVERIFY(first.ok());
        QVERIFY(!first.value().cached && first.value().id > 0);
        QCOMPARE(first.value().origin, std::string("evaluate"));
        inner.power = 0.25;  // a changed figure is not part of the configuration
        const auto again = evaluator.evaluate({{"a", "alias"}}, {}, {});
        QVERIFY(again.value().cached);
        QCOMPARE(again.value().id, first.value().id);
        QCOMPARE(again.value().assignment, (Assignment{{"a", "alias"}}));
        QCOMPARE(*again.value().powerRelative, 0.25);
        QCOMPARE(inner.calls, 1);
        QVERIFY(!evaluator.evaluate({{"a", "x"}}, {"test", 0, 5}, {}).value().cached);
        QVERIFY(!evaluator.evaluate({{"b", "x"}}, {}, {}).value().cached);
        QCOMPARE(inner.calls, 3);
        QCOMPARE(store->countEvaluations().value(), 3);
    }

    void withoutTheMemoResultsAreCompared() {
        QTemporaryDir folder;
        auto store = std::move(Store::open(folder.filePath("p.db").toStdString())).value();
        Counting inner;
        QVERIFY(StoredEvaluator(inner, *store, "evaluate").evaluate({}, {}, {}).ok());
        StoredEvaluator checking(inner, *store, "check", 0, false);
        const auto same = checking.evaluate({}, {}, {});
        QVERIFY(same.ok() && !same.value().cached);
        QCOMPARE(inner.calls, 2);
        inner.metric = 0.7;
        const auto different = checking.evaluate({}, {}, {});
        QVERIFY(!different.ok());
        QVERIFY2(different.error().text().find("0.75") != std::string::npos && different.error().text().find("0.70") != std::string::npos,
                 different.error().text().c_str());
        QCOMPARE(store->find("h", inner.sliceText({}), "top1").value()->metric, 0.75);
    }

    void cancelledAndWrongEvaluationsAreNotStored() {
        QTemporaryDir folder;
        auto store = std::move(Store::open(folder.filePath("p.db").toStdString())).value();
        Counting inner;
        StoredEvaluator evaluator(inner, *store, "evaluate");
        JobContext job;
        job.cancel.cancel();
        QVERIFY(evaluator.evaluate({}, {}, job).error().kind == ErrorKind::Cancelled);
        inner.reportedHash = "another";
        QVERIFY(!evaluator.evaluate({}, {}, {}).ok());
        QCOMPARE(store->countEvaluations().value(), 0);
    }
};

QTEST_GUILESS_MAIN(TestStoredEvaluator)
#include "tst_stored_evaluator.moc"
