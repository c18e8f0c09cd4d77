// SPDX-License-Identifier: GPL-3.0-or-later
// The 75 EvoApproxLib tables against their published and independently measured figures.
#include <QTest>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/acu/factor.h"
#include "core/acu/library.h"
#include "core/acu/metrics.h"

using namespace axp;

namespace {

const std::string kFolder = AXP_SOURCE_DIR "/../shared/acu/";

/// Whether `value` is what was published: figures have two or three significant digits.
bool near(double value, double published, double relative, double absolute) {
    return std::abs(value - published) <= std::max(relative * std::abs(published), absolute);
}

}  // namespace

class TstAcuIndex : public QObject {
    Q_OBJECT
private:
    nlohmann::json m_index;
    AcuLibrary m_library;

private slots:
    void initTestCase() {
        if (!std::filesystem::exists(kFolder + "index.json")) QSKIP("the EvoApproxLib tables are not beside the source tree");
        m_index = nlohmann::json::parse(std::ifstream(kFolder + "index.json"));
        QCOMPARE(m_library.load(kFolder).value(), 75);
        QCOMPARE(m_library.acus().size(), builtinAcus().size() + 75);
    }

    void tables() {
        QCOMPARE(m_index.size(), std::size_t{75});
        for (const auto& entry : m_index) {
            const std::string file = entry["file"], name = file.substr(0, file.size() - 4);
            const AcuPtr acu = m_library.find(name).value();
            QCOMPARE(acu->hash().value(), entry["sha256"].get<std::string>());
            QCOMPARE(acu->bitsA(), entry["bits_a"].get<int>());
            QCOMPARE(acu->bitsB(), entry["bits_b"].get<int>());
            QCOMPARE(acu->isSigned(), entry["signed"].get<bool>());
            QCOMPARE(acu->figures().powerMw.value(), entry["published"]["PDK45_PWR"].get<double>());
            QCOMPARE(acu->figures().areaUm2.value(), entry["published"]["PDK45_AREA"].get<double>());
            QCOMPARE(acu->figures().delayNs.value(), entry["published"]["PDK45_DELAY"].get<double>());
            // The sign does not hang on index.json.
            QVERIFY(loadNpyAcu(kFolder + file).value()->isSigned() == acu->isSigned());
        }
    }

    void metrics() {
        for (const auto& entry : m_index) {
            const std::string file = entry["file"], name = file.substr(0, file.size() - 4);
            const ErrorMetrics m = errorMetrics(**m_library.find(name).value()->table());
            const auto& measured = entry["measured"];
            const auto& published = entry["published"];
            QCOMPARE(m.mae, measured["mae"].get<double>());
            QCOMPARE(m.wce, measured["wce"].get<double>());
            QCOMPARE(m.ep, measured["ep"].get<double>());
            QCOMPARE(m.commutative, entry["commutative"].get<bool>());
            QCOMPARE(m.zeroProduct, entry["zero_product"].get<std::int64_t>());
            const auto agrees = [&](double value, const char* key, double absolute) {
                const double expected = published[key];
                const bool ok = near(value, expected, 0.05, absolute);
                if (!ok) qWarning("%s %s: %.6g, published %.6g", name.c_str(), key, value, expected);
                return ok;
            };
            QVERIFY(agrees(m.mae, "MAE", 0.05));
            QVERIFY(agrees(m.wce, "WCE", 0));
            QVERIFY(agrees(100 * m.ep, "EP%", 0.005));
            QVERIFY(agrees(100 * m.mre, "MRE%", 0.005));
            QVERIFY(agrees(m.mse, "MSE", 0.05));
        }
    }

    void ranks() {
        for (const auto& entry : m_index) {
            const std::string file = entry["file"], name = file.substr(0, file.size() - 4);
            QCOMPARE(exactRank(**m_library.find(name).value()->table()), entry["rank"].get<int>());
        }
    }

    void factors() {
        int signedInt8 = 0, magnitudeFactors = 0, magnitudeInt8 = 0;
        for (const auto& entry : m_index) {
            const std::string file = entry["file"], name = file.substr(0, file.size() - 4);
            const AcuPtr acu = m_library.find(name).value();
            const ProductTable table = **acu->table();
            const auto factors = factorise(table);
            QCOMPARE(factors.ok(), entry["rank"].get<int>() <= 16);
            if (factors.ok()) QCOMPARE(factors->rank, entry["rank"].get<int>());
            if (acu->isSigned()) {
                signedInt8 += factors->fits(8);
                continue;
            }
            const auto effective = factorise(effectiveTable(table, SignHandling::SignMagnitude, false));
            magnitudeFactors += effective.ok();
            magnitudeInt8 += effective.ok() && effective->fits(8);
        }
        QCOMPARE(signedInt8, 26);
        QCOMPARE(magnitudeFactors, 36);
        QVERIFY(magnitudeInt8 >= 32);
    }
};

QTEST_GUILESS_MAIN(TstAcuIndex)
#include "tst_acu_index.moc"
