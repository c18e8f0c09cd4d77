// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>
#include <set>

#include "core/eval/metrics.h"
#include "core/pareto/front.h"
#include "tests/support/fake_dataset.h"

using namespace axp;

namespace {

/// A data set that only has a kind of target.
class OfKind : public Dataset {
public:
    explicit OfKind(TargetKind kind) : m_kind(kind) {}
    std::string name() const override { return "kind"; }
    int classes() const override { return 4; }
    std::vector<std::string> classNames() const override { return {}; }
    TargetKind targets() const override { return m_kind; }
    Result<std::shared_ptr<const DataSplit>> split(const std::string&) const override { return failure("none"); }

private:
    TargetKind m_kind;
};

double measured(const char* name, const MetricInput& input) {
    const auto score = findMetric(name)->measure(input);
    if (!score.ok()) qFatal("%s", score.error().text().c_str());
    return score->value;
}

}  // namespace

class TstMetrics : public QObject {
    Q_OBJECT
private slots:
    void everyMetricDescribesItself() {
        std::set<std::string> names;
        for (const auto& metric : metrics()) {
            QVERIFY(names.insert(metric.name).second);
            QVERIFY(QString(metric.help).endsWith('.') && *metric.title && *metric.shortTitle);
            QVERIFY(!metric.counted || metric.fraction);
            QVERIFY(!metricText(metric.name, 0.5).empty());
            QVERIFY(hypervolumeMargin(metric.name, 0.5) > 0);
        }
        QCOMPARE(metricText("top1", 0.91234), std::string("91.23 %"));
        QCOMPARE(metricText("psnr", 31.416), std::string("31.42 dB"));
        QCOMPARE(metricText("of the future", 0.5), std::string("50.00 %"));
        QCOMPARE(hypervolumeMargin("top1", 0.9), 0.1);
        QCOMPARE(hypervolumeMargin("neg-mse", -0.02), 0.18);
    }
    void classes() {
        MetricInput in;
        in.outputs = Tensor::from({4, 7}, std::vector<float>{1, 9, 0, 0, 0, 0, 0,    // label 1: first
                                                             5, 5, 0, 0, 0, 0, 0,    // label 1: a tie, the first counts
                                                             9, 8, 7, 6, 5, 4, 3,    // label 4: fifth
                                                             9, 8, 7, 6, 5, 4, 3});  // label 5: sixth
        in.labels = {1, 1, 4, 5};
        in.classes = 7;
        QCOMPARE(measured("top1", in), 0.25);
        QCOMPARE(measured("top5", in), 0.75);
        QCOMPARE(findMetric("top5")->measure(in)->outcomes, (Outcomes{true, true, true, false}));
        QCOMPARE(measured("mean-recall", in), (0.5 + 0 + 0) / 3);
        in.floatOutputs = Tensor::from({4, 7}, std::vector<float>{1, 9, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 9, 8, 7, 6, 5, 4, 3, 0, 8, 7, 6, 5, 4, 3});
        QCOMPARE(measured("agreement", in), 0.5);
        in.outputs = Tensor::from({1, 6}, std::vector<float>{std::nanf(""), 1, 1, 1, 1, 1});
        in.labels = {0};
        in.floatOutputs = in.outputs;
        for (const char* name : {"top1", "top5", "mean-recall", "agreement"}) QCOMPARE(measured(name, in), 0.0);  // no score is the highest
    }
    void pictures() {
        MetricInput in;
        std::vector<float> target(2 * 12 * 13), output(target.size());
        for (std::size_t i = 0; i < target.size(); ++i) target[i] = static_cast<float>((i * 29) % 97) / 97, output[i] = target[i] + (i < 12 * 13 ? 0.1F : 0.01F);
        in.targets = Tensor::from({2, 12, 13}, target);
        in.outputs = Tensor::from({2, 1, 12, 13}, output);
        in.range = {1.0};
        QVERIFY(std::abs(measured("psnr", in) - 30) < 1e-4);  // (20 + 40) / 2
        QVERIFY(std::abs(measured("neg-mse", in) + (0.01 + 0.0001) / 2) < 1e-7);
        QVERIFY(measured("ssim", in) > 0.9 && measured("ssim", in) < 1);
        in.range = {2.0};
        QVERIFY(std::abs(measured("psnr", in) - 30 - 20 * std::log10(2.0)) < 1e-4);
        in.outputs = in.targets;
        QCOMPARE(measured("psnr", in), 100.0);
        QVERIFY(std::abs(measured("ssim", in) - 1) < 1e-12);
        in.range = {1.0, 0.5};
        QVERIFY(!findMetric("psnr")->measure(in).ok());  // a range a channel, and there are none
        in.range = {1.0};
        in.targets = Tensor::from({1, 4}, std::vector<float>(4));
        in.outputs = Tensor::from({1, 5}, std::vector<float>(5));
        QVERIFY(!findMetric("psnr")->measure(in).ok());
    }
    /// By hand: a constant picture against another has only the luminance term.
    void structuralSimilarityOfConstants() {
        MetricInput in;
        in.targets = Tensor::from({1, 1, 11, 11}, std::vector<float>(121, 0.5F));
        in.outputs = Tensor::from({1, 1, 11, 11}, std::vector<float>(121, 0.25F));
        in.range = {1.0};
        const double expected = (2 * 0.5 * 0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4);
        QVERIFY(std::abs(measured("ssim", in) - expected) < 1e-9);
    }
    void sequences() {
        MetricInput in;
        // Two sequences of two places over three tokens; one place is padding.
        in.outputs = Tensor::from({2, 2, 3}, std::vector<float>{0, 1, 0, 0, 0, 1, 5, 0, 0, 1, 1, 1});
        in.targets = Tensor::from({2, 2}, std::vector<std::int64_t>{1, 0, -1, 2});
        QCOMPARE(measured("token-accuracy", in), 1.0 / 3);  // the tie goes to the first
        const double e = std::exp(1.0);
        const double expected = (std::log(e / (e + 2)) + std::log(1 / (e + 2)) + std::log(1.0 / 3)) / 3;
        QVERIFY(std::abs(measured("log-likelihood", in) - expected) < 1e-6);
        in.targets = Tensor::from({2, 2}, std::vector<std::int64_t>{-1, -1, -1, -1});
        QVERIFY(!findMetric("token-accuracy")->measure(in).ok());
    }
    void theMetricSuitsTheData() {
        QCOMPARE(std::string(metricFor(OfKind(TargetKind::Labels), {}, {4}).value()->name), std::string("top1"));
        QCOMPARE(std::string(metricFor(OfKind(TargetKind::Values), {}, {4}).value()->name), std::string("psnr"));
        QCOMPARE(std::string(metricFor(OfKind(TargetKind::Tokens), {}, {4}).value()->name), std::string("token-accuracy"));
        QCOMPARE(std::string(metricFor(OfKind(TargetKind::None), {}, {4}).value()->name), std::string("agreement"));
        QCOMPARE(std::string(metricFor(OfKind(TargetKind::None), {}, {3, 8, 8}).value()->name), std::string("fp32-psnr"));
        const auto wrong = metricFor(OfKind(TargetKind::Labels), "psnr", {4});
        QVERIFY(!wrong.ok());
        QVERIFY(wrong.error().remedy.find("top1, top5") != std::string::npos);
        QVERIFY(metricFor(OfKind(TargetKind::Labels), "top-5", {4}).error().remedy.find("top5") != std::string::npos);
        QVERIFY(metricFor(OfKind(TargetKind::Labels), "fp32-psnr", {4}).ok());
    }
    void shapesAreCheckedBeforehand() {
        QVERIFY(checkOutputs(*findMetric("top1"), {10}, {}, 10).ok());
        QVERIFY(!checkOutputs(*findMetric("top1"), {9}, {}, 10).ok());
        QVERIFY(!checkOutputs(*findMetric("top1"), {10, 2}, {}, 10).ok());
        QVERIFY(checkOutputs(*findMetric("psnr"), {784}, {1, 28, 28}, 0).ok());
        QVERIFY(!checkOutputs(*findMetric("psnr"), {783}, {1, 28, 28}, 0).ok());
        QVERIFY(!checkOutputs(*findMetric("ssim"), {1, 8, 8}, {1, 8, 8}, 0).ok());
        QVERIFY(checkOutputs(*findMetric("token-accuracy"), {7, 50}, {7}, 50).ok());
        QVERIFY(!checkOutputs(*findMetric("token-accuracy"), {50, 7}, {7}, 50).ok());
    }
    /// Whatever the metric, a better design has the larger value, so that fronts need no case of their own.
    void betterIsLarger() {
        MetricInput good, bad;
        good.range = bad.range = {1.0};
        good.targets = bad.targets = Tensor::from({1, 12, 12}, [] {
            std::vector<float> values(144);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 11) / 11;
            return values;
        }());
        std::vector<float> near(144), far(144);
        for (std::size_t i = 0; i < 144; ++i) {
            near[i] = good.targets.as<float>()[i] + (i % 2 ? 0.01F : -0.01F);
            far[i] = good.targets.as<float>()[i] + (i % 2 ? 0.2F : -0.2F);
        }
        good.outputs = Tensor::from({1, 12, 12}, near);
        bad.outputs = Tensor::from({1, 12, 12}, far);
        good.floatOutputs = bad.floatOutputs = good.targets;
        for (const char* name : {"psnr", "ssim", "neg-mse", "fp32-psnr", "fp32-ssim"}) {
            QVERIFY2(measured(name, good) > measured(name, bad), name);
            const auto front = paretoFront({{0.5, measured(name, bad), 0}, {0.5, measured(name, good), 1}, {0.6, measured(name, bad), 2}});
            QCOMPARE(front.size(), std::size_t(1));
            QCOMPARE(front[0].index, std::size_t(1));
        }
    }
};

QTEST_GUILESS_MAIN(TstMetrics)
#include "tst_metrics.moc"
