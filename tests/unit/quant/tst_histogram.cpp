// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "core/quant/quant.h"

using namespace axp;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan_ = std::numeric_limits<float>::quiet_NaN();

float uniform(std::mt19937& random) { return static_cast<float>(random() >> 8) / 16777216.0F; }

/// Deterministic on every platform, unlike std::normal_distribution: the sum of 12 uniform numbers.
std::vector<float> bellShaped(std::size_t count, unsigned seed, float deviation = 1) {
    std::mt19937 random(seed);
    std::vector<float> values(count);
    for (auto& value : values) {
        float sum = -6;
        for (int i = 0; i < 12; ++i) sum += uniform(random);
        value = sum * deviation;
    }
    return values;
}

/// Two-sided exponential: long tails.
std::vector<float> longTailed(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<float> values(count);
    for (auto& value : values) value = -std::log(1 - uniform(random)) * ((random() & 1) ? 1.0F : -1.0F);
    return values;
}

AbsHistogram histogramOf(const std::vector<float>& values, int bins = 2048) {
    AbsHistogram histogram(bins);
    histogram.add(values);
    return histogram;
}

std::vector<float> sortedAbs(std::vector<float> values) {
    for (auto& value : values) value = std::fabs(value);
    std::sort(values.begin(), values.end());
    return values;
}

double meanSquaredError(const std::vector<float>& values, double range, int bits) {
    const double codes = (1 << (bits - 1)) - 1, scale = range / codes;
    double sum = 0;
    for (const double value : values) {
        const double code = std::clamp(std::nearbyint(value / scale), -codes, codes);
        sum += (value - code * scale) * (value - code * scale);
    }
    return sum / double(values.size());
}

/// The published algorithm bin by bin (as in pytorch-quantization), but with the clipped values in the last occupied bin.
double entropyReference(std::vector<double> bins, double width, std::size_t levels) {
    while (!bins.empty() && bins.back() == 0) bins.pop_back();
    double best = 0, least = std::numeric_limits<double>::infinity();
    for (std::size_t size = levels; size <= bins.size(); ++size) {
        std::vector<double> p(bins.begin(), bins.begin() + std::ptrdiff_t(size)), q(size, 0), counts(levels, 0), used(levels, 0);
        const auto levelOf = [&](std::size_t i) { return i * levels / size; };
        for (std::size_t i = 0; i < size; ++i) {
            counts[levelOf(i)] += p[i];
            used[levelOf(i)] += p[i] > 0;
        }
        for (std::size_t i = 0; i < size; ++i)
            if (p[i] > 0) q[i] = counts[levelOf(i)] / used[levelOf(i)];
        std::size_t end = size;
        while (end > 0 && p[end - 1] == 0) --end;
        if (end == 0) continue;
        for (std::size_t i = size; i < bins.size(); ++i) p[end - 1] += bins[i];
        const double sumP = std::accumulate(p.begin(), p.end(), 0.0), sumQ = std::accumulate(q.begin(), q.end(), 0.0);
        double divergence = 0;
        for (std::size_t i = 0; i < size; ++i)
            if (p[i] > 0) divergence += p[i] / sumP * std::log(p[i] / sumP / (q[i] / sumQ));
        if (divergence <= least + 1e-12) {
            least = std::min(least, divergence);
            best = double(size) * width;
        }
    }
    return best;
}

}  // namespace

class TstHistogram : public QObject {
    Q_OBJECT
private slots:
    void counts() {
        AbsHistogram histogram(8);
        histogram.add(std::vector<float>{0, -0.0F, 0.5F, -1.5F, 7.5F});
        QCOMPARE(histogram.count(), 5);
        QCOMPARE(histogram.zeros(), 2);
        QCOMPARE(histogram.maximum(), 7.5F);
        QCOMPARE(histogram.binWidth(), 1.0);
        QCOMPARE(histogram.bins(), (std::vector<std::int64_t>{3, 1, 0, 0, 0, 0, 0, 1}));
        histogram.add(std::vector<float>{8});  // 8 bins of 1 end before 8: the width doubles
        QCOMPARE(histogram.binWidth(), 2.0);
        QCOMPARE(histogram.bins(), (std::vector<std::int64_t>{4, 0, 0, 1, 1, 0, 0, 0}));
        histogram.add(std::vector<float>{-100});
        QCOMPARE(histogram.binWidth(), 16.0);
        QCOMPARE(histogram.bins(), (std::vector<std::int64_t>{6, 0, 0, 0, 0, 0, 1, 0}));
        QCOMPARE(histogram.maximum(), 100.0F);
    }

    void emptyAndZero() {
        AbsHistogram histogram;
        for (const auto calibrator : {Calibrator::Max, Calibrator::Percentile, Calibrator::Mse, Calibrator::Entropy})
            QCOMPARE(histogram.amax(calibrator, 99.9), 0.0F);
        histogram.add(std::vector<float>(100, 0.0F));
        for (const auto calibrator : {Calibrator::Max, Calibrator::Percentile, Calibrator::Mse, Calibrator::Entropy})
            QCOMPARE(histogram.amax(calibrator, 99.9), 0.0F);
        QCOMPARE(histogram.count(), 100);
        QCOMPARE(histogram.bins()[0], 100);
        histogram.add(std::vector<float>{1e-30F});
        QCOMPARE(histogram.zeros(), 100);
        QCOMPARE(histogram.bins()[0], 100);
        QCOMPARE(std::accumulate(histogram.bins().begin(), histogram.bins().end(), std::int64_t{0}), 101);
    }

    void orderAndDivisionDoNotMatter() {
        auto values = longTailed(20000, 1);
        for (std::size_t i = 0; i < values.size(); i += 7) values[i] = 0;
        values[500] = 1e-20F;
        values[501] = 900;
        const auto whole = histogramOf(values);
        std::reverse(values.begin(), values.end());
        AbsHistogram pieces;
        for (std::size_t at = 0; at < values.size(); at += 37)
            pieces.add(std::span(values).subspan(at, std::min<std::size_t>(37, values.size() - at)));
        AbsHistogram merged, empty, zeros;
        zeros.add(std::vector<float>{0, 0});
        for (std::size_t at = 0; at < values.size(); at += 4001) {
            AbsHistogram part;
            part.add(std::span(values).subspan(at, std::min<std::size_t>(4001, values.size() - at)));
            QVERIFY(merged.merge(part));
        }
        QVERIFY(merged.merge(empty));
        for (const auto* other : {&pieces, &merged}) {
            QCOMPARE(other->bins(), whole.bins());
            QCOMPARE(other->binWidth(), whole.binWidth());
            QCOMPARE(other->count(), whole.count());
            QCOMPARE(other->zeros(), whole.zeros());
            QCOMPARE(other->maximum(), whole.maximum());
        }
        QVERIFY(merged.merge(zeros));
        QCOMPARE(merged.bins()[0], whole.bins()[0] + 2);
        QVERIFY(empty.merge(whole));
        QCOMPARE(empty.bins(), whole.bins());
        QVERIFY(!empty.merge(AbsHistogram(1024)));
        QCOMPARE(empty.count(), whole.count());
    }

    void mergeOfDifferentWidths() {
        auto fine = histogramOf({0.1F, 0.2F, 0.3F}, 4), coarse = histogramOf({10, 20}, 4);
        QCOMPARE(fine.binWidth(), 0.125);
        QCOMPARE(coarse.binWidth(), 8.0);
        auto both = fine;
        QVERIFY(both.merge(coarse));
        QCOMPARE(both.bins(), (std::vector<std::int64_t>{3, 1, 1, 0}));
        QVERIFY(coarse.merge(fine));
        QCOMPARE(coarse.bins(), both.bins());
        QCOMPARE(coarse.maximum(), 20.0F);
    }

    void nonFiniteValuesAreSkipped() {
        AbsHistogram histogram;
        histogram.add(std::vector<float>{nan_, 1, inf, -2, -inf, nan_});
        QCOMPARE(histogram.nonFinite(), 4);
        QCOMPARE(histogram.count(), 2);
        QCOMPARE(histogram.maximum(), 2.0F);
        AbsHistogram only;
        only.add(std::vector<float>{nan_, inf});
        QCOMPARE(only.count(), 0);
        QCOMPARE(only.nonFinite(), 2);
        QCOMPARE(only.amax(Calibrator::Percentile, 99.9), 0.0F);
        QVERIFY(only.merge(histogram));
        QCOMPARE(only.nonFinite(), 6);
    }

    void extremes() {
        constexpr float least = std::numeric_limits<float>::denorm_min(), most = std::numeric_limits<float>::max();
        AbsHistogram histogram;
        histogram.add(std::vector<float>{least});
        QCOMPARE(histogram.amax(Calibrator::Percentile, 50), least);
        for (const auto calibrator : {Calibrator::Mse, Calibrator::Entropy}) QVERIFY(histogram.amax(calibrator, 50) == least);
        histogram.add(std::vector<float>{most});
        QCOMPARE(histogram.bins()[0], 1);
        QCOMPARE(std::accumulate(histogram.bins().begin(), histogram.bins().end(), std::int64_t{0}), 2);
        for (const auto calibrator : {Calibrator::Max, Calibrator::Percentile, Calibrator::Mse, Calibrator::Entropy}) {
            const float range = histogram.amax(calibrator, 99.9);
            QVERIFY(std::isfinite(range) && range > 0 && range <= most);
        }
        for (const int bins : {-5, 0, 1, 3}) {
            AbsHistogram odd(bins);
            odd.add(std::vector<float>{1, 2, 3});
            QVERIFY(odd.bins().size() % 2 == 0);
            QCOMPARE(std::accumulate(odd.bins().begin(), odd.bins().end(), std::int64_t{0}), 3);
        }
    }

    void maximum() { QCOMPARE(histogramOf({0.25F, -3.7F, 1}).amax(Calibrator::Max, 50), 3.7F); }

    void percentileAgainstSorting() {
        for (const auto& values : {bellShaped(30011, 3), longTailed(30011, 4), std::vector<float>{5}, std::vector<float>{1, 2, 3, 4}}) {
            const auto histogram = histogramOf(values);
            const auto sorted = sortedAbs(values);
            for (const double percent : {0.001, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.9999, 100.0}) {
                const auto rank = static_cast<std::size_t>(std::ceil(percent * double(values.size()) / 100));
                const double exact = sorted[std::min(std::max<std::size_t>(rank, 1), sorted.size()) - 1];
                const double range = histogram.amax(Calibrator::Percentile, percent);
                QVERIFY2(std::abs(range - exact) <= histogram.binWidth() * 1.000001,
                         qPrintable(QString("%1 %: %2, exactly %3").arg(percent).arg(range).arg(exact)));
                QVERIFY(range <= histogram.maximum());
            }
            QCOMPARE(histogram.amax(Calibrator::Percentile, 100), histogram.maximum());
        }
    }

    void percentileInterpolates() {
        // 1, 2, 3, ... 1000 in bins of width 256 (4 bins): the percentile is linear inside the bin.
        std::vector<float> values(1000);
        std::iota(values.begin(), values.end(), 1.0F);
        const auto histogram = histogramOf(values, 4);
        QCOMPARE(histogram.binWidth(), 256.0);
        QCOMPARE(histogram.bins(), (std::vector<std::int64_t>{255, 256, 256, 233}));
        QCOMPARE(histogram.amax(Calibrator::Percentile, 50), float(256 + (500 - 255) / 256.0 * 256));
        QCOMPARE(histogram.amax(Calibrator::Percentile, 90), float(768 + (900 - 767) / 233.0 * (1000 - 768)));
    }

    void manyZerosDoNotGiveARangeOfZero() {
        auto values = bellShaped(1000, 5);
        values.resize(2'000'000, 0.0F);  // 99.95 % zeros
        const auto histogram = histogramOf(values);
        const auto sorted = sortedAbs(bellShaped(1000, 5));
        QVERIFY(std::abs(histogram.amax(Calibrator::Percentile, 99.9) - double(sorted[998])) <= histogram.binWidth());
        // Half zeros are part of the distribution: 99 % of all is 98 % of the others.
        auto half = bellShaped(10000, 6);
        half.resize(20000, 0.0F);
        const auto exact = sortedAbs(half);
        QVERIFY(std::abs(histogramOf(half).amax(Calibrator::Percentile, 99) - double(exact[19799])) <= histogramOf(half).binWidth());
    }

    void mseAgainstBruteForce() {
        const std::vector<std::vector<float>> sets{bellShaped(8000, 7), longTailed(8000, 8), bellShaped(8000, 9, 1e-6F)};
        for (const auto& values : sets) {
            const auto histogram = histogramOf(values);
            const double top = histogram.maximum();
            for (const int bits : {3, 4, 6, 8}) {
                double best = std::numeric_limits<double>::infinity();
                for (int i = 1; i <= 400; ++i) best = std::min(best, meanSquaredError(values, top * i / 400, bits));
                const double chosen = histogram.amax(Calibrator::Mse, 0, bits);
                const double error = meanSquaredError(values, chosen, bits);
                QVERIFY2(error <= best * 1.02, qPrintable(QString("%1 bits: %2, best %3").arg(bits).arg(error).arg(best)));
                QVERIFY(chosen <= top);
            }
            // Fewer codes clip more.
            QVERIFY(histogram.amax(Calibrator::Mse, 0, 4) < 0.9F * histogram.amax(Calibrator::Mse, 0, 8));
            // 16 bits hardly ever need clipping.
            QVERIFY(histogram.amax(Calibrator::Mse, 0, 16) > 0.9F * histogram.maximum());
        }
    }

    void mseIgnoresZeros() {
        auto values = longTailed(5000, 10);
        const float without = histogramOf(values).amax(Calibrator::Mse, 0, 4);
        values.resize(50000, 0.0F);
        QCOMPARE(histogramOf(values).amax(Calibrator::Mse, 0, 4), without);  // zero is exact in every range
    }

    void mseOfOneValue() {
        const auto histogram = histogramOf(std::vector<float>(100, 2.0F));
        QVERIFY(std::abs(histogram.amax(Calibrator::Mse, 0, 8) - 2.0F) < 0.02F);
    }

    void entropyAgainstThePublishedAlgorithm() {
        for (unsigned seed = 11; seed < 15; ++seed) {
            const auto values = seed % 2 ? longTailed(20000, seed) : bellShaped(20000, seed);
            const auto histogram = histogramOf(values, 1024);
            std::vector<double> bins(histogram.bins().begin(), histogram.bins().end());
            const double expected = std::min(entropyReference(bins, histogram.binWidth(), 128), double(histogram.maximum()));
            QCOMPARE(histogram.amax(Calibrator::Entropy, 0, 8), float(expected));
        }
        // A far outlier is clipped away.
        auto values = bellShaped(20000, 15);
        values.push_back(60);
        const float range = histogramOf(values).amax(Calibrator::Entropy, 0, 8);
        QVERIFY2(range > 2 && range < 12, qPrintable(QString::number(range)));
        QCOMPARE(histogramOf({1, 2, 3}, 64).amax(Calibrator::Entropy, 0, 8), 3.0F);  // fewer bins than levels
    }
};

QTEST_GUILESS_MAIN(TstHistogram)
#include "tst_histogram.moc"
