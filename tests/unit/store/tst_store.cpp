// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <csignal>
#include <limits>

#include "core/store/process_id.h"
#include "core/store/sqlite_store.h"
#include "tests/unit/store/store_samples.h"

using namespace axp;
using test::inChild;
using test::sampleEvaluation;

class TestStore : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string path() const { return m_folder->filePath("p.db").toStdString(); }
    std::unique_ptr<Store> open(Store::Mode mode = Store::Mode::ReadWrite) {
        auto store = Store::open(path(), mode);
        if (!store.ok()) qWarning("%s", store.error().text().c_str());
        return store.ok() ? std::move(store).value() : nullptr;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyFieldComesBack() {
        Evaluation e = sampleEvaluation(1);
        e.metric = 0.1 + 0.2;
        e.numerics = "fixed";
        {
            auto store = open();
            RunInfo run;
            run.algorithm = "random";
            e.run = store->beginRun(run).value();
            e.id = store->insert(e).value();
        }
        const auto found = open()->find(e.configHash, e.slice, "top1").value();
        QVERIFY(found.has_value());
        QCOMPARE(found->id, e.id);
        QCOMPARE(found->assignment, e.assignment);
        QVERIFY(found->metric == e.metric && found->rmse == e.rmse && found->seconds == e.seconds);
        QCOMPARE(found->samples, e.samples);
        QCOMPARE(found->powerRelative, e.powerRelative);
        QCOMPARE(found->backend, e.backend);
        QCOMPARE(found->strategy, e.strategy);
        QCOMPARE(found->numerics, e.numerics);
        QCOMPARE(found->origin, e.origin);
        QCOMPARE(found->run, e.run);
        QVERIFY(!found->cached);
    }

    void outcomesComeBackAndAreAddedOnce() {
        auto store = std::move(Store::open(path())).value();
        Evaluation e = sampleEvaluation(1);
        const auto id = store->insert(e).value();
        QVERIFY(!store->outcomes(id).value());
        e.outcomes = {true, false, true};
        QCOMPARE(store->insert(e).value(), id);
        QCOMPARE(*store->outcomes(id).value(), e.outcomes);
        e.outcomes = {false, false, false};
        QCOMPARE(store->insert(e).value(), id);
        QCOMPARE(*store->outcomes(id).value(), (Outcomes{true, false, true}));
        QVERIFY(!store->outcomes(99).value());
    }

    void theSameKeyReplacesNothing() {
        auto store = open();
        const auto first = store->insert(sampleEvaluation(1)).value();
        Evaluation again = sampleEvaluation(1);
        again.metric = 0.99;
        QCOMPARE(store->insert(again).value(), first);
        QCOMPARE(store->find("hash1", again.slice, "top1").value()->metric, 0.501);
        again.metricName = "top5";
        QVERIFY(store->insert(again).value() != first);
        again.slice = "toy: test[0:1]";
        QVERIFY(store->insert(again).value() != first);
        QCOMPARE(store->countEvaluations().value(), 3);
        QVERIFY(!store->find("hash1", "another", "top1").value().has_value());
    }

    void numbersThatAreNone() {
        auto store = open();
        Evaluation e = sampleEvaluation(1);
        e.metric = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(!store->insert(e).ok());
        e.metric = 0.5;
        e.rmse = std::numeric_limits<double>::quiet_NaN();
        e.powerRelative.reset();
        QVERIFY(store->insert(e).ok());
        const auto found = store->find(e.configHash, e.slice, "top1").value();
        QVERIFY(std::isnan(found->rmse));
        QVERIFY(!found->powerRelative.has_value());
        e.configHash = "x";
        e.assignment["\xff"] = "acu";
        const auto result = store->insert(e);
        QVERIFY(!result.ok() && result.error().text().find("UTF-8") != std::string::npos);
        e.assignment = {{"it's; DROP TABLE evaluations; --", "\"\\"}};
        QVERIFY(store->insert(e).ok());
        QCOMPARE(store->find("x", e.slice, "top1").value()->assignment, e.assignment);
    }

    void filters() {
        auto store = open();
        RunInfo run;
        const auto id = store->beginRun(run).value();
        for (int i = 0; i < 10; ++i) {
            Evaluation e = sampleEvaluation(i);
            if (i % 2) e.origin = "search";
            if (i < 3) e.run = id;
            if (i == 9) e.slice = "other";
            QVERIFY(store->insert(e).ok());
        }
        QVERIFY(store->addStep(id, 0, sampleEvaluation(5), 0.5).ok());
        const auto hashes = [&](const EvaluationFilter& filter) {
            std::string text;
            const auto found = store->evaluations(filter);
            for (const auto& e : found.value()) text += e.configHash.substr(4);
            return text;
        };
        EvaluationFilter filter;
        QCOMPARE(hashes(filter), std::string("0123456789"));
        filter.origin = "search";
        QCOMPARE(hashes(filter), std::string("13579"));
        filter.slice = "toy: selection[0:128]";
        QCOMPARE(hashes(filter), std::string("1357"));
        filter.limit = 2;
        QCOMPARE(hashes(filter), std::string("13"));
        filter.afterId = store->find("hash3", *filter.slice, "top1").value()->id;
        QCOMPARE(hashes(filter), std::string("57"));
        filter = {};
        filter.run = id;
        QCOMPARE(hashes(filter), std::string("0125"));
    }

    void runsAndSteps() {
        auto store = open();
        RunInfo run;
        run.algorithm = "random";
        run.parameters = "{\"a\":1}";
        run.seed = 0xffffffffffffffffu;
        run.budget = 12;
        const auto id = store->beginRun(run).value();
        Evaluation e = sampleEvaluation(3);
        QVERIFY(!store->addStep(id, 0, e, 0.1).ok());  // not stored yet
        QVERIFY(store->insert(e).ok());
        QVERIFY(store->addStep(id, 0, e, 0.25).ok());
        QVERIFY(store->addStep(id, 0, e, 0.25).ok());
        e.assignment = {{"conv1", "alias"}};
        e.powerRelative = 0.2;
        QVERIFY(store->addStep(id, 1, e, std::numeric_limits<double>::quiet_NaN()).ok());
        QVERIFY(store->insert(sampleEvaluation(4)).ok());
        const auto other = store->addStep(id, 1, sampleEvaluation(4), 0);
        QVERIFY(!other.ok() && other.error().text().find("step 1 of run 1") != std::string::npos);
        const auto steps = store->steps(id).value();
        QCOMPARE(steps.size(), 2u);
        QCOMPARE(steps[0].value, 0.25);
        QCOMPARE(steps[0].evaluation.assignment, sampleEvaluation(3).assignment);
        QCOMPARE(*steps[0].evaluation.powerRelative, 0.7);
        QCOMPARE(steps[1].index, 1);
        QVERIFY(std::isnan(steps[1].value));
        QCOMPARE(steps[1].evaluation.assignment, e.assignment);
        QCOMPARE(*steps[1].evaluation.powerRelative, 0.2);

        const RunInfo info = store->run(id).value();
        QCOMPARE(info.algorithm, run.algorithm);
        QCOMPARE(info.parameters, run.parameters);
        QCOMPARE(info.seed, run.seed);
        QCOMPARE(info.budget, run.budget);
        QCOMPARE(info.evaluations, 1);  // the step without a figure is a probe
        QCOMPARE(info.state, std::string("running"));
        QCOMPARE(info.started.size(), 20u);
        QVERIFY(store->setRunState(id, "finished", 3.5).ok());
        QCOMPARE(store->run(id).value().state, std::string("finished"));
        QCOMPARE(store->run(id).value().seconds, 3.5);
        QVERIFY(!store->setRunState(id, "sleeping", 0).ok());
        for (const auto& text : {store->run(7).error().text(), store->setRunState(7, "failed", 0).error().text(),
                                 store->addStep(7, 0, e, 0).error().text(), store->claimRun(7).error().text()})
            QVERIFY2(text.find("no run 7") != std::string::npos, text.c_str());
        QCOMPARE(store->runs().value().size(), 1u);
    }

    void runsOfDeadProcessesAreInterrupted() {
        const std::string file = path();
        QCOMPARE(inChild([&] {
            auto store = Store::open(file);
            if (!store.ok() || !store.value()->beginRun({}).ok()) return 1;
            if (store.value()->run(1).value().state != "running") return 2;
            ::raise(SIGKILL);
            return 3;
        }), -SIGKILL);
        auto store = open();
        QCOMPARE(store->run(1).value().state, std::string("interrupted"));
        QCOMPARE(store->claimRun(1).value().state, std::string("interrupted"));
        QCOMPARE(store->run(1).value().state, std::string("running"));
        const auto twice = store->claimRun(1);
        QVERIFY(!twice.ok() && twice.error().text().find("process " + std::to_string(::getpid())) != std::string::npos);
        store.reset();  // SQLite's connections must not be carried across a fork; the run still belongs to this process
        QCOMPARE(inChild([&] {
            auto other = Store::open(file);
            return other.ok() && other.value()->run(1).value().state == "running" && !other.value()->claimRun(1).ok() ? 0 : 1;
        }), 0);
    }

    void processNumbersUsedAgainAreNotTheProcess() {
        ProcessId self = thisProcess();
        QVERIFY(self.start > 0);
        QCOMPARE(liveness(self), Liveness::Alive);
        ProcessId other = self;
        other.start += 1;
        QCOMPARE(liveness(other), Liveness::Gone);
        other = self;
        other.boot = "another start of the machine";
        QCOMPARE(liveness(other), Liveness::Gone);
        other = self;
        other.pidSpace = "pid:[1]";
        QCOMPARE(liveness(other), Liveness::Unknown);
    }

    void committedRowsSurviveKill() {
        const std::string file = path();
        QCOMPARE(inChild([&] {
            auto store = Store::open(file);
            for (int i = 0; i < 50; ++i)
                if (!store.value()->insert(sampleEvaluation(i)).ok()) return 1;
            ::raise(SIGKILL);
            return 2;
        }), -SIGKILL);
        QCOMPARE(open()->countEvaluations().value(), 50);
        QCOMPARE(open(Store::Mode::ReadOnly)->countEvaluations().value(), 50);
    }

    void twoProcessesInsertTheSameKeys() {
        const std::string file = path();
        const auto writer = [&](int who) {
            auto store = Store::open(file);  // also the race to create the file
            if (!store.ok()) {
                fprintf(stderr, "%s\n", store.error().text().c_str());
                return 1;
            }
            for (int i = 0; i < 150; ++i) {
                Evaluation e = sampleEvaluation(i);
                e.backend = "writer" + std::to_string(who);
                const auto id = store.value()->insert(e);
                const auto row = store.value()->find(e.configHash, e.slice, "top1");
                if (!id.ok() || !row.ok() || row.value()->id != id.value()) return 2;
            }
            return 0;
        };
        std::vector<pid_t> children;
        for (int who = 0; who < 3; ++who) {
            const pid_t child = ::fork();
            if (child == 0) ::_exit(writer(who));
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = -1;
            ::waitpid(child, &status, 0);
            QCOMPARE(status, 0);
        }
        auto store = open();
        QCOMPARE(store->countEvaluations().value(), 150);
        for (int i = 0; i < 150; ++i) QCOMPARE(store->find("hash" + std::to_string(i), sampleEvaluation(i).slice, "top1").value()->metric, sampleEvaluation(i).metric);
    }

    void severalConnectionsOfOneProcess() {
        auto writer = open(), reader = open(Store::Mode::ReadOnly);
        QVERIFY(writer->insert(sampleEvaluation(1)).ok());
        QCOMPARE(reader->countEvaluations().value(), 1);
        auto third = open();
        third.reset();  // must not drop the locks of the others
        QVERIFY(writer->insert(sampleEvaluation(2)).ok());
        QCOMPARE(reader->countEvaluations().value(), 2);
        const auto refused = reader->insert(sampleEvaluation(3));
        QVERIFY(!refused.ok() && refused.error().text().find("only be read") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestStore)
#include "tst_store.moc"
