// SPDX-License-Identifier: GPL-3.0-or-later
// The engine behind the window, on the smallest sample project.
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numeric>

#include "app/engine/emulated_project.h"
#include "backends/emulator/emulator.h"

using namespace axp;

class TestEmulatedProject : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    std::unique_ptr<ProjectEngine> m_engine;
    std::string path() const { return m_folder.filePath("cnn.axp").toStdString(); }

private slots:
    void initTestCase() {
        auto project = Project::load(std::string(AXP_SOURCE_DIR) + "/projects/fashion-cnn/fashion-cnn.axp");
        QVERIFY(project.ok());
        project->modelPath = project->resolvedModelPath();
        project->path = path();
        project->ranges.clear();
        project->quant.calibrationSamples = 32;
        QVERIFY(project->save().ok());
        auto engine = openEmulatedProject(path(), std::string(AXP_SOURCE_DIR) + "/resources", {});
        QVERIFY2(engine.ok(), engine.ok() ? "" : engine.error().text().c_str());
        m_engine = std::move(engine).value();
    }

    void changesMeetTheFileAsItIs() {
        auto theirs = Project::load(path()).value();
        theirs.assignments["theirs"] = {{"all", "mul8s_1KV9"}};
        QVERIFY(theirs.save().ok());
        const auto written = m_engine->changeProject([](Project& project) { project.assignments["ours"] = {}; });
        QVERIFY(written.ok());
        QCOMPARE(written->assignments.size(), std::size_t(2));
        QCOMPARE(Project::load(path()).value().assignments, written->assignments);
        QVERIFY(m_engine->project().assignments.empty());
    }

    void operandPairsAreThoseOfTheProducts() {
        QVERIFY(!m_engine->operandPairs(4, 8, 8, {}).ok());  // no ranges
        QVERIFY(m_engine->calibrate({}).ok());
        QElapsedTimer clock;
        clock.start();
        const auto pairs = m_engine->operandPairs(4, 8, 8, {});
        QVERIFY2(pairs.ok(), pairs.ok() ? "" : pairs.error().text().c_str());
        qInfo("operand pairs of %zu sites on 4 samples: %lld ms", pairs->size(), clock.elapsed());
        const auto sites = enumerateSites(m_engine->graph(), Granularity::Node);
        QCOMPARE(pairs->size(), sites.size());
        auto* emulator = dynamic_cast<Emulator*>(m_engine->evaluator().value());
        QVERIFY(emulator);
        for (std::size_t i = 0; i < sites.size(); ++i) {
            const OperandPairs& own = (*pairs)[i];
            QCOMPARE(own.site, sites[i].id);
            QCOMPARE(own.macs, sites[i].macs);
            // The exact products of all pairs add up to the sum of the accumulators.
            const VectorDump dump = emulator->dumpVectors({}, own.site, {"calibration", 0, 4}, {}).value();
            double accumulated = 0, size = 0, expected = 0;
            for (const std::int32_t value : dump.acc.as<std::int32_t>()) accumulated += value, size += std::abs(value);
            double products = static_cast<double>(dump.acc.count()) * static_cast<double>(dump.qa.shape()[2]);
            for (std::int64_t a = -128; a < 128; ++a)
                for (std::int64_t b = -128; b < 128; ++b) expected += static_cast<double>(own.at(a, b)) * static_cast<double>(a * b);
            QVERIFY2(std::abs(expected * products - accumulated) <= 1e-4 * size, own.site.c_str());
        }
        // At other widths the codes are finer or coarser pictures of the same operands.
        const auto fine = m_engine->operandPairs(4, 12, 10, {}), coarse = m_engine->operandPairs(4, 4, 6, {});
        QVERIFY2(fine.ok() && coarse.ok(), fine.ok() ? "" : fine.error().text().c_str());
        for (std::size_t i = 0; i < sites.size(); ++i) {
            double meanA = 0, fineA = 0, coarseA = 0;
            for (std::int64_t a = -128; a < 128; ++a)
                for (std::int64_t b = -128; b < 128; ++b) meanA += static_cast<double>((*pairs)[i].at(a, b)) * static_cast<double>(std::abs(a)) / 127;
            for (std::int64_t a = -8; a < 8; ++a)
                for (std::int64_t b = -32; b < 32; ++b) coarseA += static_cast<double>((*coarse)[i].at(a, b)) * static_cast<double>(std::abs(a)) / 7;
            for (const auto& [a, b] : (*fine)[i].drawn) fineA += std::abs(a) / 2047.0 / static_cast<double>(OperandPairs::kDrawn);
            QVERIFY2(std::abs(fineA - meanA) < 0.01, sites[i].id.c_str());
            QVERIFY2(std::abs(coarseA - meanA) < 0.08, sites[i].id.c_str());
        }
        JobContext stopped;
        stopped.cancel.cancel();
        QCOMPARE(m_engine->operandPairs(4, 8, 8, stopped).error().kind, ErrorKind::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestEmulatedProject)
#include "tst_emulated_project.moc"
