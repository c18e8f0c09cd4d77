// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/hash.h"
#include "core/eval/evaluation.h"
#include "tests/unit/eval/small_graph.h"

using namespace axp;

class TestEvaluation : public QObject {
    Q_OBJECT
private:
    const Graph m_graph = test::smallGraph();
    const std::vector<Site> m_leaves = enumerateSites(m_graph, Granularity::Head);
    const AcuLibrary m_library;
    const Ranges m_ranges = {{"conv1", {1.0f, {}}}, {"fc", {2.5f, {}}}, {"qk", {1.0f, 0.5f}}, {"unused", {9.0f, {}}}};

    Result<std::string> hash(const std::string& spec, const QuantSettings& settings, const Ranges& ranges, const std::string& model = "m") {
        AXP_TRY(const Assignment assignment, parseAssignment(spec, m_graph, m_library));
        AXP_TRY(const auto acus, resolveAssignment(assignment, m_graph, m_library));
        return configurationHash(model, settings, ranges, m_leaves, acus);
    }

private slots:
    void sliceText() {
        QCOMPARE((DataSlice{"selection", 0, 128}).text(), std::string("selection[0:128]"));
        QCOMPARE((DataSlice{"test", 100, 50}).text(), std::string("test[100:150]"));
    }

    void canonicalTextIsAsDocumented() {
        const std::string exact = (*m_library.find("exact8s"))->hash().value();
        const std::string h2 = (*m_library.find("mul8s_1L2H"))->hash().value();
        const std::string text = "axp-config-1\nmodel 1:m\nfold 1\nper-channel-weights 1\npad-through-multiplier 1\nswap-operands 0\n"
                                 "numerics 5:float\nrange 5:conv1 3f800000 -\nrange 2:fc 40200000 -\nrange 2:qk 3f800000 3f000000\n"
                                 "leaf 5:conv1 8x8 s " + exact + "\nleaf 2:fc 8x8 s " + h2 + "\nleaf 5:qk/h0 8x8 s " + exact +
                                 "\nleaf 5:qk/h1 8x8 s " + exact + "\n";
        const auto found = hash("fc=mul8s_1L2H", {}, m_ranges);
        QVERIFY(found.ok());
        QCOMPARE(found.value(), sha256Hex(text));
    }

    void equalInEffectIsEqual() {
        const std::string base = hash("all=mul8s_1L2H", {}, m_ranges).value();
        // mul8s_1L2H truncates one bit of both operands: another name for the same table.
        QCOMPARE(hash("all=trunc:bits=8:a=1:b=1", {}, m_ranges).value(), base);
        QCOMPARE(hash("conv1=mul8s_1L2H,fc=mul8s_1L2H,qk/h0=mul8s_1L2H,qk/h1=mul8s_1L2H", {}, m_ranges).value(), base);
        QuantSettings sameNumbers;  // how the ranges were found does not matter, only what they are
        sameNumbers.calibrator = Calibrator::Max;
        sameNumbers.percentile = 50;
        sameNumbers.calibrationSamples = 7;
        QCOMPARE(hash("all=mul8s_1L2H", sameNumbers, m_ranges).value(), base);
        Ranges fewer = m_ranges;
        fewer.erase("unused");
        QCOMPARE(hash("all=mul8s_1L2H", {}, fewer).value(), base);
    }

    void everyPartCounts() {
        std::set<std::string> seen;
        seen.insert(hash("", {}, m_ranges).value());
        seen.insert(hash("", {}, m_ranges, "other").value());
        seen.insert(hash("qk/h1=mul8s_1L2H", {}, m_ranges).value());
        seen.insert(hash("qk/h0=mul8s_1L2H", {}, m_ranges).value());
        for (int i = 0; i < 5; ++i) {
            QuantSettings settings;
            if (i == 0) settings.foldBatchNorm = false;
            if (i == 1) settings.perChannelWeights = false;
            if (i == 2) settings.padThroughMultiplier = false;
            if (i == 3) settings.swapOperands = true;
            if (i == 4) settings.numerics = "fixed";
            seen.insert(hash("", settings, m_ranges).value());
        }
        Ranges ranges = m_ranges;
        ranges["fc"].amaxA = std::nextafter(2.5f, 3.0f);
        seen.insert(hash("", {}, ranges).value());
        ranges = m_ranges;
        ranges["fc"].amaxB = 2.5f;
        seen.insert(hash("", {}, ranges).value());
        QCOMPARE(seen.size(), 11u);
    }

    void signHandlingCountsForUnsignedOnly() {
        ProductTable table;
        table.isSigned = false;
        table.products.assign(65536, 0);
        const auto acu = std::make_shared<Acu>("zero", table);
        const std::vector<AcuPtr> acus(m_leaves.size(), acu);
        const auto direct = configurationHash("m", {}, m_ranges, m_leaves, acus, SignHandling::Direct);
        const auto magnitude = configurationHash("m", {}, m_ranges, m_leaves, acus, SignHandling::SignMagnitude);
        QVERIFY(direct.value() != magnitude.value());
    }

    void whatHasNoIdentityIsRefused() {
        Ranges ranges = m_ranges;
        ranges.erase("fc");
        const auto missing = hash("", {}, ranges);
        QVERIFY(!missing.ok());
        QVERIFY(missing.error().text().find("fc") != std::string::npos && missing.error().text().find("calibrate") != std::string::npos);
        ranges["fc"].amaxA = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(!hash("", {}, ranges).ok());
        QVERIFY(!hash("", {}, m_ranges, "").ok());
        QVERIFY(!configurationHash("m", {}, m_ranges, m_leaves, {}).ok());
    }
};

QTEST_GUILESS_MAIN(TestEvaluation)
#include "tst_evaluation.moc"
