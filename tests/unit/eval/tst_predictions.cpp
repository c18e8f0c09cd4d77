// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>
#include <limits>

#include "core/eval/predictions.h"

using namespace axp;
using Kind = SampleFilter::Kind;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Predictions predict(const std::vector<std::int32_t>& classes) {
    Predictions made;
    made.outputs = 3;
    made.classes = classes;
    made.probabilities.assign(classes.size() * 3, 0.0F);
    return made;
}

}  // namespace

class TestPredictions : public QObject {
    Q_OBJECT
private slots:
    void softmaxAndFirstOfEqualLogits() {
        const std::vector<float> logits{0, 1, 0, 2, 2, -1, 1000, 998, -kInf};
        const auto made = predictionsOf(Tensor::from<float>({3, 3}, logits));
        QVERIFY(made.ok());
        QCOMPARE(made->classes, (std::vector<std::int32_t>{1, 0, 0}));
        const double e = std::exp(1.0);
        QVERIFY(std::abs(made->confidence(0) - e / (e + 2)) < 1e-6);
        QVERIFY(std::abs(made->probabilitiesOf(0)[2] - 1 / (e + 2)) < 1e-6);
        QCOMPARE(made->probabilitiesOf(1)[0], made->probabilitiesOf(1)[1]);
        QVERIFY(std::abs(made->confidence(2) - 1 / (1 + std::exp(-2.0))) < 1e-6);  // large logits do not overflow
        QCOMPARE(made->probabilitiesOf(2)[2], 0.0F);
    }

    void rowsThatAreNoNumbersHaveNoClass() {
        const std::vector<float> logits{kNan, 1, 0, 1, kNan, 0, 1, kInf, 0, -kInf, -kInf, -kInf, 0, 0, 1};
        const auto made = predictionsOf(Tensor::from<float>({5, 3}, logits));
        QVERIFY(made.ok());
        QCOMPARE(made->classes, (std::vector<std::int32_t>{-1, -1, -1, -1, 2}));
        for (std::size_t i = 0; i < 4; ++i) QCOMPARE(made->confidence(i), 0.0F);
        for (const float p : made->probabilities) QVERIFY(std::isfinite(p));
    }

    void otherTensorsAreRefused() {
        QVERIFY(!predictionsOf(Tensor::from<float>({6}, std::vector<float>(6))).ok());
        QVERIFY(!predictionsOf(Tensor::from<double>({2, 3}, std::vector<double>(6))).ok());
        QVERIFY(!predictionsOf(Tensor::from<float>({2, 0}, std::vector<float>())).ok());
        const auto none = predictionsOf(Tensor::from<float>({0, 3}, std::vector<float>()));
        QVERIFY(none.ok());
        QCOMPARE(none->size(), std::size_t(0));
    }

    void confusionCounts() {
        const std::vector<std::int32_t> labels{0, 0, 0, 1, 1, 2}, predicted{0, 1, 1, 1, 0, 1};
        const ConfusionMatrix matrix(labels, predicted, 3);
        QCOMPARE(matrix.count(0, 0), 1);
        QCOMPARE(matrix.count(0, 1), 2);
        QCOMPARE(matrix.count(1, 0), 1);
        QCOMPARE(matrix.count(2, 2), 0);
        QCOMPARE(matrix.support(0), 3);
        QCOMPARE(matrix.predicted(1), 4);
        QCOMPARE(matrix.total(), 6);
        QCOMPARE(matrix.correct(), 2);
        QCOMPARE(*matrix.accuracy(), 2.0 / 6);
        QCOMPARE(matrix.columns(), 3);
        QVERIFY(!ConfusionMatrix({}, {}, 3).accuracy());
    }

    void predictionsBeyondTheClassesHaveAColumn() {
        const std::vector<std::int32_t> labels{0, 1, 1}, predicted{0, 7, -1};
        const ConfusionMatrix matrix(labels, predicted, 2);
        QCOMPARE(matrix.columns(), 3);
        QCOMPARE(matrix.count(1, 2), 2);
        QCOMPARE(matrix.support(1), 2);
        QCOMPARE(*matrix.accuracy(), 1.0 / 3);
    }

    void figuresOfClasses() {
        const std::vector<std::int32_t> labels{0, 0, 0, 1, 1, 2}, predicted{0, 1, 1, 1, 0, 1};
        const auto figures = classFigures(ConfusionMatrix(labels, predicted, 4));
        QCOMPARE(*figures[0].precision, 0.5);
        QCOMPARE(*figures[0].recall, 1.0 / 3);
        QCOMPARE(*figures[0].f1, 0.4);
        QCOMPARE(*figures[1].precision, 0.25);
        QVERIFY(!figures[2].precision);  // never predicted
        QCOMPARE(*figures[2].recall, 0.0);
        QCOMPARE(*figures[2].f1, 0.0);
        QVERIFY(!figures[3].recall && !figures[3].f1);  // no samples, not predicted
        const ClassFigures mean = meanFigures(figures);
        QCOMPARE(mean.support, 6);
        QCOMPARE(mean.correct, 2);
        QCOMPARE(*mean.precision, 0.375);
        QCOMPARE(*mean.recall, (1.0 / 3 + 0.5 + 0) / 3);
        QVERIFY(!meanFigures({}).f1);
    }

    void filters() {
        const std::vector<std::int32_t> labels{0, 1, 2, 0, 1, 2};
        const Predictions fp32 = predict({0, 1, 2, 1, 1, 2}), quantized = predict({0, 1, 1, 1, 1, 2}),
                          approximate = predict({0, 2, 1, 0, 1, -1});
        const PredictionTable table{labels, {&fp32, &quantized, &approximate}};
        const auto found = [&](SampleFilter filter) { return matching(filter, table, 6, 3); };
        using List = std::vector<std::int32_t>;
        QCOMPARE(found({}), (List{0, 1, 2, 3, 4, 5}));
        QCOMPARE(found({Kind::Wrong, NetworkForm::Fp32, {}, {}}), (List{3}));
        QCOMPARE(found({Kind::Wrong, NetworkForm::Approximate, {}, {}}), (List{1, 2, 5}));
        QCOMPARE(found({Kind::ChangedByQuantization, {}, {}, {}}), (List{2}));
        QCOMPARE(found({Kind::ChangedByApproximation, {}, {}, {}}), (List{1, 3, 5}));
        QCOMPARE(found({Kind::BrokenByApproximation, {}, {}, {}}), (List{1, 5}));
        QCOMPARE(found({Kind::FixedByApproximation, {}, {}, {}}), (List{3}));
        QCOMPARE(found({Kind::All, NetworkForm::Quantized, 2, {}}), (List{2, 5}));
        QCOMPARE(found({Kind::All, NetworkForm::Quantized, 2, 1}), (List{2}));
        QCOMPARE(found({Kind::Wrong, NetworkForm::Quantized, {}, 1}), (List{2, 3}));
        QCOMPARE(found({Kind::All, NetworkForm::Approximate, {}, 3}), (List{5}));  // taken for no class
        QCOMPARE(differences(quantized, approximate), 3);
    }

    void filtersWithoutLabelsOrPredictions() {
        const Predictions fp32 = predict({0, 1}), quantized = predict({0, 0});
        const PredictionTable unlabelled{{}, {&fp32, &quantized, nullptr}};
        QCOMPARE(matching({}, unlabelled, 2, 3).size(), std::size_t(2));
        QCOMPARE(matching({Kind::ChangedByQuantization, {}, {}, {}}, unlabelled, 2, 3), (std::vector<std::int32_t>{1}));
        QVERIFY(!applicable({Kind::Wrong, NetworkForm::Fp32, {}, {}}, unlabelled));
        QVERIFY(!applicable({Kind::ChangedByApproximation, {}, {}, {}}, unlabelled));
        QVERIFY(!applicable({Kind::FixedByApproximation, {}, {}, {}}, unlabelled));
        QVERIFY(!applicable({Kind::All, NetworkForm::Fp32, 1, {}}, unlabelled));
        QVERIFY(!applicable({Kind::All, NetworkForm::Approximate, {}, 1}, unlabelled));
        QVERIFY(matching({Kind::Wrong, NetworkForm::Fp32, {}, {}}, unlabelled, 2, 3).empty());
    }
};

QTEST_MAIN(TestPredictions)
#include "tst_predictions.moc"
