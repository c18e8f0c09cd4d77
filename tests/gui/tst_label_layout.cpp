// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "ui/plots/label_layout.h"

using namespace axp;

namespace {

const QRectF kBounds(0, 0, 400, 300);
const QSizeF kText(70, 16);

void verifyApart(const std::vector<LabelPlacement>& placements) {
    for (std::size_t i = 0; i < placements.size(); ++i) {
        if (placements[i].rect.isNull()) continue;
        QVERIFY(kBounds.contains(placements[i].rect));
        for (std::size_t j = 0; j < i; ++j) QVERIFY(!placements[i].rect.intersects(placements[j].rect));
    }
}

}  // namespace

class TestLabelLayout : public QObject {
    Q_OBJECT
private slots:
    void aLoneLabelStandsOnTheRightOfItsMarker() {
        const auto placements = placeLabels({{QPointF(100, 100), kText}}, {}, kBounds);
        QCOMPARE(placements[0].rect, QRectF(QPointF(108, 92), kText));
        QVERIFY(!placements[0].leader);
    }

    void atTheRightEdgeItStandsOnTheLeft() {
        const auto placements = placeLabels({{QPointF(390, 100), kText}}, {}, kBounds);
        QCOMPARE(placements[0].rect.right(), 382.0);
    }

    void crowdedLabelsStayApart() {
        std::vector<LabelRequest> labels;
        for (int i = 0; i < 12; ++i) labels.push_back({QPointF(150 + 4 * i, 150), kText});
        const auto placements = placeLabels(labels, {}, kBounds);
        verifyApart(placements);
        const auto placed =
            std::count_if(placements.begin(), placements.end(), [](const auto& p) { return !p.rect.isNull(); });
        QVERIFY2(placed >= 10, qPrintable(QString::number(placed)));
    }

    void coincidingMarkersGetSeparateLabels() {
        const auto placements = placeLabels(std::vector<LabelRequest>(8, {QPointF(200, 150), kText}), {}, kBounds);
        verifyApart(placements);
        for (const auto& placement : placements) QVERIFY(!placement.rect.isNull());
    }

    void obstaclesAreAvoided() {
        const QRectF obstacle(105, 90, 60, 20);  // where the label would stand
        const auto placements = placeLabels({{QPointF(100, 100), kText}}, {{obstacle, 1}}, kBounds);
        QVERIFY(!placements[0].rect.isNull());
        QVERIFY(!placements[0].rect.intersects(obstacle));
    }

    void withoutRoomTheLabelIsDropped() {
        const auto placements = placeLabels({{QPointF(100, 100), QSizeF(500, 16)}}, {}, kBounds);
        QVERIFY(placements[0].rect.isNull());
        QVERIFY(placeLabels({}, {}, kBounds).empty());
    }
};

QTEST_GUILESS_MAIN(TestLabelLayout)
#include "tst_label_layout.moc"
