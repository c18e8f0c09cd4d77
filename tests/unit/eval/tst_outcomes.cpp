// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>

#include "core/eval/outcomes.h"

using namespace axp;

namespace {

/// `both` right, `gained` right in the first only, `lost` in the second only, `neither`.
std::pair<Outcomes, Outcomes> pairs(int both, int gained, int lost, int neither) {
    Outcomes a, b;
    const auto add = [&](int count, bool first, bool second) {
        a.insert(a.end(), static_cast<std::size_t>(count), first);
        b.insert(b.end(), static_cast<std::size_t>(count), second);
    };
    add(both, true, true);
    add(gained, true, false);
    add(lost, false, true);
    add(neither, false, false);
    return {a, b};
}

}  // namespace

class TestOutcomes : public QObject {
    Q_OBJECT
private slots:
    void textComesBack() {
        QCOMPARE(outcomesText({true, false, true, true, false, true, true, false, false, true}), std::string("10:b64"));
        std::uint32_t state = 3;
        for (std::size_t size = 0; size < 40; ++size) {
            Outcomes outcomes;
            for (std::size_t i = 0; i < size; ++i) outcomes.push_back((state = state * 1664525u + 1013904223u) >> 31);
            QCOMPARE(outcomesFromText(outcomesText(outcomes)).value(), outcomes);
        }
        for (const char* text : {"", "10", "10:b6", "10:b644", "10:b6g", "x:b64", "-1:", "10:B64", " 10:b64", "99999999999999999999:"})
            QVERIFY2(!outcomesFromText(text), text);
    }

    // Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    void scoreIntervalAsPublished() {
        const auto check = [](std::int64_t right, std::int64_t samples, double low, double high) {
            const Interval interval = accuracyInterval(right, samples);
            return std::abs(interval.low - low) < 5e-5 && std::abs(interval.high - high) < 5e-5 &&
                   interval.value == static_cast<double>(right) / static_cast<double>(samples);
        };
        QVERIFY(check(81, 263, 0.2553, 0.3662));
        QVERIFY(check(15, 148, 0.0624, 0.1605));
        QVERIFY(check(0, 20, 0.0, 0.1611));
        QVERIFY(check(1, 29, 0.0061, 0.1718));
        QCOMPARE(accuracyInterval(20, 20).high, 1.0);
    }

    void pairedDifferenceByHand() {
        const auto [design, reference] = pairs(80, 4, 10, 6);
        const Interval interval = pairedDifference(design, reference);
        QCOMPARE(interval.value, -0.06);
        // b = 4.5, c = 10.5, n = 102.
        const double centre = -6.0 / 102, half = 1.959963984540054 * std::sqrt(15 - 36.0 / 102) / 102;
        QVERIFY(std::abs(interval.low - (centre - half)) < 1e-12 && std::abs(interval.high - (centre + half)) < 1e-12);
        // Narrower than the interval for two groups of 100 different samples, and never empty.
        QVERIFY(half < 0.85 * 1.96 * std::sqrt(0.84 * 0.16 / 100 + 0.9 * 0.1 / 100));
        const Interval equal = pairedDifference(design, design);
        QCOMPARE(equal.value, 0.0);
        QVERIFY(equal.low < 0 && equal.high > 0 && equal.high < 0.03);
    }

    // 1,000 pairs of samples with a known difference: the interval holds it about 95 times in 100.
    void pairedIntervalsHoldTheTruth() {
        std::uint64_t state = 12345;
        const auto unit = [&] {
            state = state * 6364136223846793005u + 1442695040888963407u;
            return static_cast<double>(state >> 11) * 0x1p-53;
        };
        int held = 0;
        const int rounds = 1000;
        for (int round = 0; round < rounds; ++round) {
            Outcomes a, b;
            for (int i = 0; i < 400; ++i) {
                const double u = unit();  // 3 % gained, 8 % lost: a difference of -5 points
                a.push_back(u < 0.80 || (u >= 0.88 && u < 0.91));
                b.push_back(u < 0.88);
            }
            const Interval interval = pairedDifference(a, b);
            held += interval.low <= -0.05 && -0.05 <= interval.high;
        }
        QVERIFY2(held > 930 && held < 975, std::to_string(held).c_str());
    }
};

QTEST_GUILESS_MAIN(TestOutcomes)
#include "tst_outcomes.moc"
