// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cmath>
#include <limits>

#include "core/pareto/front.h"

using namespace axp;

class TestPareto : public QObject {
    Q_OBJECT
private slots:
    void frontOfKnownPoints() {
        const auto front = paretoFront({{0.5, 0.80, 0}, {0.4, 0.80, 1}, {1.0, 0.90, 2}, {0.4, 0.80, 3}, {0.7, 0.79, 4}, {1.0, 0.85, 5}, {0.2, 0.1, 6}});
        std::vector<std::size_t> rows;
        for (const auto& point : front) rows.push_back(point.index);
        QCOMPARE(rows, (std::vector<std::size_t>{6, 1, 2}));
    }

    void frontAgainstTheDefinition() {
        // Pseudo-random points on a coarse grid, so that ties are frequent.
        std::uint32_t state = 7;
        const auto draw = [&] { return (state = state * 1664525u + 1013904223u) >> 28; };
        for (int round = 0; round < 200; ++round) {
            std::vector<FrontPoint> points;
            for (std::size_t i = 0; i < 12; ++i) points.push_back({draw() / 16.0, draw() / 16.0, i});
            std::vector<std::size_t> expected, found;
            for (std::size_t i = 0; i < points.size(); ++i) {
                bool stays = true;
                for (std::size_t j = 0; j < points.size(); ++j) {
                    const auto &p = points[i], &q = points[j];
                    const bool better = q.power <= p.power && q.metric >= p.metric && (q.power < p.power || q.metric > p.metric);
                    const bool same = q.power == p.power && q.metric == p.metric && j < i;
                    stays = stays && !better && !same;
                }
                if (stays) expected.push_back(i);
            }
            for (const auto& point : paretoFront(points)) found.push_back(point.index);
            std::sort(found.begin(), found.end());
            QCOMPARE(found, expected);
        }
    }

    void trackerAgreesWithTheWholeFront() {
        std::uint32_t state = 11;
        const auto draw = [&] { return (state = state * 1664525u + 1013904223u) >> 28; };
        for (int round = 0; round < 50; ++round) {
            FrontTracker tracker;
            std::vector<FrontPoint> points;
            for (std::size_t i = 0; i < 40; ++i) {
                points.push_back({draw() / 16.0, draw() / 16.0, i});
                const bool joined = tracker.add(points.back());
                const auto expected = paretoFront(points), found = tracker.points();
                QCOMPARE(found.size(), expected.size());
                QCOMPARE(tracker.size(), expected.size());
                bool onFront = false;
                for (std::size_t k = 0; k < found.size(); ++k) {
                    QCOMPARE(found[k].index, expected[k].index);
                    onFront = onFront || found[k].index == i;
                }
                QCOMPARE(joined, onFront);
            }
            QCOMPARE(tracker.hypervolume({1, 0.25}), hypervolume(points, {1, 0.25}));
        }
        FrontTracker tracker;
        QVERIFY(!tracker.add({std::nan(""), 0.5, 0}) && !tracker.add({0.5, std::nan(""), 0}) && tracker.size() == 0);
    }

    void pointsWithoutNumbersAreLeftOut() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const auto front = paretoFront({{nan, 0.9, 0}, {0.5, nan, 1}, {0.5, 0.5, 2}});
        QCOMPARE(front.size(), 1u);
        QCOMPARE(front[0].index, 2u);
        QVERIFY(paretoFront({}).empty());
    }

    void hypervolumeOfRectangles() {
        QCOMPARE(hypervolume({}, 1, 0), 0.0);
        QCOMPARE(hypervolume({{0.5, 0.5, 0}}, 1, 0), 0.25);
        // Two steps: (1-0.25)*0.5 + (1-0.5)*(0.75-0.5); a dominated point adds nothing.
        QCOMPARE(hypervolume({{0.5, 0.75, 0}, {0.25, 0.5, 1}, {0.6, 0.6, 2}}, 1, 0), 0.375 + 0.125);
        // Outside the reference: clipped away.
        QCOMPARE(hypervolume({{1.5, 0.9, 0}, {0.5, 0.1, 1}, {1.0, 0.9, 2}}, 1, 0.2), 0.0);
        QCOMPARE(hypervolume({{0.5, 0.1, 0}, {0.75, 0.5, 1}}, {1, 0.25}), 0.0625);
    }
};

QTEST_GUILESS_MAIN(TestPareto)
#include "tst_pareto.moc"
