// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <algorithm>
#include <map>

#include "core/quant/operand_pairs.h"

using namespace axp;

class TestOperandPairs : public QObject {
    Q_OBJECT
    static Tensor codes(Shape shape, std::vector<std::int8_t> values) { return Tensor::from(std::move(shape), values); }

private slots:
    void codesMeetInTheirColumnOnly() {
        // Two rows of activations, one row of weights, depth 2: products 1*-128, 1*-128 and 2*7, 127*7.
        const auto pairs = countOperandPairs("s", 4, 8, 8, codes({1, 2, 2}, {1, 2, 1, 127}), codes({1, 1, 2}, {-128, 7}));
        QVERIFY(pairs.ok());
        QCOMPARE(pairs->site, std::string("s"));
        QCOMPARE(pairs->macs, 4);
        QCOMPARE(pairs->at(1, -128), 0.5F);
        QCOMPARE(pairs->at(2, 7), 0.25F);
        QCOMPARE(pairs->at(127, 7), 0.25F);
        QCOMPARE(pairs->at(1, 7), 0.0F);  // independent histograms would say 1/4
        double sum = 0;
        for (const float share : pairs->shares) sum += share;
        QCOMPARE(sum, 1.0);
    }

    void weightsAreSharedByTheBatchOrBelongToIt() {
        const Tensor a = codes({2, 1, 1}, {3, 4});
        const auto shared = countOperandPairs("s", 2, 8, 8, a, codes({1, 1, 1}, {5}));
        QCOMPARE(shared->at(3, 5), 0.5F);
        QCOMPARE(shared->at(4, 5), 0.5F);
        const auto own = countOperandPairs("s", 2, 8, 8, a, codes({2, 1, 1}, {5, 6}));
        QCOMPARE(own->at(3, 5), 0.5F);
        QCOMPARE(own->at(4, 6), 0.5F);
        QCOMPARE(own->at(4, 5), 0.0F);
    }

    void wrongOperandsAreRefused() {
        const Tensor good = codes({1, 1, 2}, {1, 2});
        for (const Tensor& bad : {codes({1, 1, 3}, {1, 2, 3}), codes({2, 1, 2}, {1, 2, 3, 4}), codes({1, 2}, {1, 2}), codes({1, 0, 2}, {}),
                                  Tensor::from<float>({1, 1, 2}, std::vector<float>{1, 2})}) {
            const auto result = countOperandPairs("here", 1, 8, 8, good, bad);
            QVERIFY(!result.ok());
            QVERIFY(result.error().where.find("here") != std::string::npos);
        }
    }

    void widthsAreThoseOfTheCodes() {
        const auto wide = [](Shape shape, std::vector<std::int16_t> values) { return Tensor::from(std::move(shape), values); };
        const auto narrow = countOperandPairs("s", 1, 4, 10, codes({1, 2, 1}, {-8, 7}), wide({1, 1, 1}, {511}));
        QCOMPARE(narrow->shares.size(), std::size_t{1} << 14);
        QCOMPARE(narrow->at(-8, 511), 0.5F);
        QCOMPARE(narrow->at(7, 511), 0.5F);
        const OperandPairs swapped = swappedOperands(*narrow);
        QCOMPARE(swapped.bitsA, 10);
        QCOMPARE(swapped.at(511, -8), 0.5F);
        QVERIFY(!countOperandPairs("s", 1, 3, 10, codes({1, 2, 1}, {-8, 7}), wide({1, 1, 1}, {511})).ok());
        QVERIFY(!countOperandPairs("s", 1, 4, 9, codes({1, 2, 1}, {-8, 7}), wide({1, 1, 1}, {511})).ok());
    }

    void wideOnesAreDrawn() {
        const auto wide = [](Shape shape, std::vector<std::int16_t> values) { return Tensor::from(std::move(shape), values); };
        // A quarter of the products is 1000 * 2000, a quarter 1000 * 3, the rest is of column 1.
        const auto pairs = countOperandPairs("s", 1, 16, 12, wide({1, 1, 2}, {1000, -7}), wide({1, 2, 2}, {2000, 5, 3, 5}));
        QVERIFY(!pairs->counted());
        QCOMPARE(pairs->drawn.size(), OperandPairs::kDrawn);
        std::map<std::pair<int, int>, double> share;
        for (const auto& [a, b] : pairs->drawn) share[{a, b}] += 1.0 / static_cast<double>(OperandPairs::kDrawn);
        QCOMPARE(share.size(), std::size_t{3});
        QVERIFY(std::abs(share[{1000, 2000}] - 0.25) < 0.01);
        QVERIFY(std::abs(share[{1000, 3}] - 0.25) < 0.01);
        QVERIFY(std::abs(share[{-7, 5}] - 0.5) < 0.01);
        QCOMPARE(countOperandPairs("s", 1, 16, 12, wide({1, 1, 2}, {1000, -7}), wide({1, 2, 2}, {2000, 5, 3, 5}))->drawn, pairs->drawn);
        const auto other = countOperandPairs("t", 3, 16, 12, wide({1, 1, 1}, {9}), wide({1, 1, 1}, {9}));
        const auto merged = mergeOperandPairs("net", {*pairs, *other});
        QCOMPARE(merged->drawn.size(), OperandPairs::kDrawn);
        const auto nines = std::count(merged->drawn.begin(), merged->drawn.end(), std::pair<std::int16_t, std::int16_t>(9, 9));
        QCOMPARE(static_cast<std::size_t>(nines), OperandPairs::kDrawn * 3 / 4);
        QCOMPARE(swappedOperands(*merged).drawn[0], std::pair(merged->drawn[0].second, merged->drawn[0].first));
        QVERIFY(!mergeOperandPairs("net", {*pairs, *countOperandPairs("u", 1, 8, 8, codes({1, 1, 1}, {1}), codes({1, 1, 1}, {1}))}).ok());
    }

    void sitesAreMergedByTheirWork() {
        const auto one = countOperandPairs("a", 1, 8, 8, codes({1, 1, 1}, {1}), codes({1, 1, 1}, {1}));
        const auto three = countOperandPairs("b", 3, 8, 8, codes({1, 1, 1}, {2}), codes({1, 1, 1}, {2}));
        const auto merged = mergeOperandPairs("net", {*one, *three});
        QCOMPARE(merged->macs, 4);
        QCOMPARE(merged->at(1, 1), 0.25F);
        QCOMPARE(merged->at(2, 2), 0.75F);
        QVERIFY(!mergeOperandPairs("net", {}).ok());
    }
};

QTEST_MAIN(TestOperandPairs)
#include "tst_operand_pairs.moc"
