// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "core/quant/operand_pairs.h"

using namespace axp;

class TestOperandPairs : public QObject {
    Q_OBJECT
    static Tensor codes(Shape shape, std::vector<std::int8_t> values) { return Tensor::from(std::move(shape), values); }

private slots:
    void codesMeetInTheirColumnOnly() {
        // Two rows of activations, one row of weights, depth 2: products 1*-128, 1*-128 and 2*7, 127*7.
        const auto pairs = countOperandPairs("s", 4, codes({1, 2, 2}, {1, 2, 1, 127}), codes({1, 1, 2}, {-128, 7}));
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
        const auto shared = countOperandPairs("s", 2, a, codes({1, 1, 1}, {5}));
        QCOMPARE(shared->at(3, 5), 0.5F);
        QCOMPARE(shared->at(4, 5), 0.5F);
        const auto own = countOperandPairs("s", 2, a, codes({2, 1, 1}, {5, 6}));
        QCOMPARE(own->at(3, 5), 0.5F);
        QCOMPARE(own->at(4, 6), 0.5F);
        QCOMPARE(own->at(4, 5), 0.0F);
    }

    void wrongOperandsAreRefused() {
        const Tensor good = codes({1, 1, 2}, {1, 2});
        for (const Tensor& bad : {codes({1, 1, 3}, {1, 2, 3}), codes({2, 1, 2}, {1, 2, 3, 4}), codes({1, 2}, {1, 2}), codes({1, 0, 2}, {}),
                                  Tensor::from<float>({1, 1, 2}, std::vector<float>{1, 2})}) {
            const auto result = countOperandPairs("here", 1, good, bad);
            QVERIFY(!result.ok());
            QVERIFY(result.error().where.find("here") != std::string::npos);
        }
    }

    void sitesAreMergedByTheirWork() {
        const auto one = countOperandPairs("a", 1, codes({1, 1, 1}, {1}), codes({1, 1, 1}, {1}));
        const auto three = countOperandPairs("b", 3, codes({1, 1, 1}, {2}), codes({1, 1, 1}, {2}));
        const auto merged = mergeOperandPairs("net", {*one, *three});
        QCOMPARE(merged->macs, 4);
        QCOMPARE(merged->at(1, 1), 0.25F);
        QCOMPARE(merged->at(2, 2), 0.75F);
        QVERIFY(!mergeOperandPairs("net", {}).ok());
    }
};

QTEST_MAIN(TestOperandPairs)
#include "tst_operand_pairs.moc"
