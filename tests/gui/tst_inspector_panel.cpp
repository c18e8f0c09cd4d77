// SPDX-License-Identifier: GPL-3.0-or-later
#include <numeric>

#include "tests/gui/network_bench.h"
#include "ui/panels/inspector/histogram_plot.h"
#include "ui/plots/plot_export.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

class TestInspectorPanel : public QObject {
    Q_OBJECT
private slots:
    void inspectorShowsASite() {
        Bench bench;
        QVERIFY(bench.open());
        auto* plot = bench.inspector->findChild<HistogramPlot*>();
        bench.select({"patch_embed"});
        QTRY_VERIFY(plot->isVisible());
        const WeightHistogram& weights = plot->histogram();
        QCOMPARE(weights.count, 16 * 9);
        QCOMPARE(std::accumulate(weights.bins.begin(), weights.bins.end(), std::int64_t(0)), std::int64_t(144));
        QCOMPARE(weights.low, -1.0);
        QCOMPARE(weights.high, 1.0);
        const auto text = [&] {
            QString all;
            for (const QLabel* label : bench.inspector->findChildren<QLabel*>())
                if (!label->isHidden()) all += label->text() + '\n';
            return all;
        };
        QVERIFY2(text().contains("16 × 1 × 3 × 3"), qPrintable(text()));
        QVERIFY(text().contains("not calibrated yet"));
        bench.select({"block1_qk/h1"});
        QVERIFY(!plot->isVisible());
        QVERIFY(text().contains("head 1 of 4"));
        bench.select({"block1_qk", "block1_qk/h1", "head"});
        QVERIFY(text().contains(QLocale().toString(4096 + 2560)));
        const int jobs = static_cast<int>(bench.workspace.jobs().jobs().size());
        bench.select({"patch_embed"});
        QVERIFY(plot->isVisible());  // remembered
        QCOMPARE(static_cast<int>(bench.workspace.jobs().jobs().size()), jobs);
        QVERIFY(encodeDrawing(plot->picture("x"), "svg").contains("<svg"));
        QVERIFY(encodeDrawing(plot->picture("x"), "pdf").startsWith("%PDF"));
        QCOMPARE(plot->csv().count('\n'), 65);
    }

    void histogramCountsStrangeWeights() {
        const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
        const auto made = weightHistogram(Tensor::from<float>({6}, std::vector<float>{nan, inf, 0, 1, 1, 4}), 4, {});
        QVERIFY(made.ok());
        QCOMPARE(made->nonFinite, 2);
        QCOMPARE(made->zeros, 1);
        QCOMPARE(made->bins, std::vector<std::int64_t>({1, 2, 0, 1}));
        QCOMPARE(made->mean, 1.5);
        QCOMPARE(made->deviation, 1.5);
        const auto same = weightHistogram(Tensor::from<float>({2}, std::vector<float>{3, 3}), 2, {});
        QCOMPARE(same->low, 2.5);
        QCOMPARE(weightHistogram(Tensor::from<float>({1}, std::vector<float>{nan}), 2, {})->count, 0);
        QVERIFY(!weightHistogram(Tensor::from<std::int32_t>({1}, std::vector<std::int32_t>{1}), 2, {}).ok());
        JobContext stopped;
        stopped.cancel.cancel();
        QVERIFY(!weightHistogram(Tensor::from<float>({1}, std::vector<float>{1}), 2, stopped).ok());
    }
};

QTEST_MAIN(TestInspectorPanel)
#include "tst_inspector_panel.moc"
