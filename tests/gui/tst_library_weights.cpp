// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QHeaderView>
#include <QMouseEvent>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/fake_engine.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/library_widget.h"
#include "ui/panels/library/operand_weights.h"

using namespace axp;
using namespace axp::ui;

namespace {

constexpr const char* kAcu = "mul8s_1L2H";

struct Opened {
    Workspace workspace{test::fakeOpener(), {}};
    LibraryWidget panel{workspace};
    bool open() {
        panel.resize(360, 760);
        panel.show();
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open(QStringLiteral("/nonexistent/fake.axp"));
        return opened.wait(5000) && QTest::qWaitFor([this] { return panel.model()->missing().empty() && workspace.jobs().active() == 0; }, 20000);
    }
    QModelIndex cell(const QString& acu, int column) const { return panel.model()->index(panel.model()->rowOf(acu), column); }
    void choose(int index) {
        QComboBox* box = panel.details()->weighting();
        box->setCurrentIndex(index);
        emit box->activated(index);
    }
    bool idle() {
        return QTest::qWaitFor([this] { return workspace.jobs().active() == 0; }, 10000);
    }
    void select(const QString& acu) {
        auto* table = panel.table();
        for (int row = 0; row < table->model()->rowCount(); ++row)
            if (table->model()->index(row, 0).data(AcuTableModel::NameRole) == acu) table->selectRow(row);
    }
    double error(std::int64_t a, std::int64_t b) const {
        return std::abs(static_cast<double>((*workspace.library().find(kAcu))->product(a, b) - a * b));
    }
};

}  // namespace

class TestLibraryWeights : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QVERIFY(m_settings.isValid());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    }

    void columnIsWeightedWithNetworkOrSite() {
        Opened opened;
        QCOMPARE(opened.panel.details()->weighting()->count(), 1);
        QVERIFY(!opened.panel.details()->weighting()->isEnabled());
        QVERIFY(opened.open());
        QHeaderView* header = opened.panel.table()->horizontalHeader();
        QVERIFY(header->isSectionHidden(AcuTableModel::WeightedMae));
        QComboBox* box = opened.panel.details()->weighting();
        QCOMPARE(box->count(), 2 + 10);  // alike, network, ten layers
        QVERIFY(!opened.cell(kAcu, AcuTableModel::WeightedMae).data(AcuTableModel::ValueRole).isValid());
        opened.choose(1);
        QVERIFY(opened.idle());
        QVERIFY(opened.workspace.calibrated());  // was done before
        QVERIFY(!header->isSectionHidden(AcuTableModel::WeightedMae));
        const double head = 2560.0 / 54016.0;
        const double expected = head * opened.error(101, 99) + (1 - head) * (opened.error(3, 5) + opened.error(3, -5)) / 2;
        const auto value = [&](const QString& acu) { return opened.cell(acu, AcuTableModel::WeightedMae).data(AcuTableModel::ValueRole); };
        QVERIFY2(std::abs(value(kAcu).toDouble() - expected) < 1e-4, qPrintable(value(kAcu).toString()));
        QCOMPARE(value("exact8s").toDouble(), 0.0);
        QVERIFY(opened.panel.model()->headerData(AcuTableModel::WeightedMae, Qt::Horizontal, Qt::ToolTipRole).toString().contains("the network"));
        opened.choose(box->findData("head"));
        QVERIFY(opened.idle());
        QVERIFY(std::abs(value(kAcu).toDouble() - opened.error(101, 99)) < 1e-4);
        QVERIFY(opened.panel.model()->headerData(AcuTableModel::WeightedMae, Qt::Horizontal, Qt::ToolTipRole).toString().contains("head"));
        opened.choose(0);
        QVERIFY(!value(kAcu).isValid());
        opened.workspace.close();
        QVERIFY(!box->isEnabled());
    }

    void mapShowsWhatEachPairAdds() {
        Opened opened;
        QVERIFY(opened.open());
        opened.select(kAcu);
        QVERIFY(QTest::qWaitFor([&] { return !opened.panel.details()->map()->readout().contains("Computing"); }, 5000));
        opened.choose(opened.panel.details()->weighting()->findData("head"));
        ErrorMapView* map = opened.panel.details()->map();
        QTRY_VERIFY2(map->readout().startsWith("Weighted MAE"), qPrintable(map->readout()));
        QTest::keyClick(map, Qt::Key_Up);  // from the middle
        QVERIFY2(map->readout().contains(" 0 % of the products"), qPrintable(map->readout()));
        // The pair 101, 99 is the only one.
        const QRectF rect = map->mapRect();
        const QPointF at(rect.left() + rect.width() * (227 + 0.5) / 256, rect.bottom() - rect.height() * (229 + 0.5) / 256);
        QTest::mouseMove(map, at.toPoint());
        const auto pair = map->operandsAt(at);
        QVERIFY(pair && *pair == std::pair(std::int64_t(101), std::int64_t(99)));
        QMouseEvent move(QEvent::MouseMove, at, map->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(map, &move);
        QVERIFY2(map->readout().contains("100 % of the products, 100 % of the weighted MAE"), qPrintable(map->readout()));
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) opened.panel.grab().save(pictures + "/library_weights.png");
        opened.choose(0);
        QVERIFY2(!map->readout().contains("Weighted"), qPrintable(map->readout()));
    }

    // Operands of other widths are those of the network, quantized to these widths.
    void everyWidthIsWeighted() {
        Opened opened;
        QVERIFY(opened.open());
        const QString narrow = "trunc:bits=4:a=1:b=1", unlike = "trunc:bits=8:bits-b=4:a=1:b=0", wide = "drum:bits=16:k=6", unsignedOne = "trunc:bits=6:signed=0:a=1:b=1";
        for (const QString& name : {narrow, unlike, wide, unsignedOne}) opened.panel.addFamilyMember(name);
        QVERIFY(opened.idle());
        opened.choose(opened.panel.details()->weighting()->findData("head"));
        QVERIFY(opened.idle());
        const auto value = [&](const QString& acu) { return opened.cell(acu, AcuTableModel::WeightedMae).data(AcuTableModel::ValueRole); };
        QCOMPARE(value(narrow).toDouble(), 13.0);       // 7 x 7 becomes 6 x 6
        QCOMPARE(value(unlike).toDouble(), 7.0);        // 101 x 7 becomes 100 x 7
        QCOMPARE(value(wide).toDouble(), 3.0);          // 101 x 99 becomes 102 x 98
        QCOMPARE(value(unsignedOne).toDouble(), 13.0);  // by sign and magnitude
        QCOMPARE(value("exact8s").toDouble(), 0.0);
        opened.choose(1);
        QVERIFY(opened.idle());
        const double head = 2560.0 / 54016.0;
        QVERIFY2(std::abs(value(narrow).toDouble() - (head * 13 + (1 - head) * 5)) < 1e-4, qPrintable(value(narrow).toString()));
        QVERIFY2(std::abs(value(wide).toDouble() - head * 3) < 0.01, qPrintable(value(wide).toString()));  // drawn
        opened.select(wide);
        ErrorMapView* map = opened.panel.details()->map();
        QTRY_VERIFY2(map->readout().contains("sampled products"), qPrintable(map->readout()));
        QTest::keyClick(map, Qt::Key_Up);
        QVERIFY2(map->readout().contains("of the products drawn"), qPrintable(map->readout()));
        opened.select(unlike);
        QTRY_VERIFY2(map->readout().startsWith("Weighted MAE") && !map->readout().contains("sampled"), qPrintable(map->readout()));
        const QRectF rect = map->mapRect();
        const auto pair = map->operandsAt(QPointF(rect.right() - 0.01, rect.top() + 0.01));
        QVERIFY(pair && *pair == std::pair(std::int64_t(127), std::int64_t(7)));
    }

    // Unsigned multipliers with zero points take no signed codes.
    void multipliersThatDoNotFitSaySo() {
        const AcuPtr acu = AcuLibrary().find("trunc:bits=8:signed=0").value();
        QVERIFY(takesCodes(*acu, SignHandling::SignMagnitude));
        QVERIFY(!takesCodes(*acu, SignHandling::Affine));
        OperandPairs pairs{"s", 1, 8, 8, std::vector<float>(65536, 1.0F / 65536), {}};
        QVERIFY(!weightedMae(*acu, pairs, SignHandling::Affine)->has_value());
        QVERIFY(weightedMae(*acu, pairs, SignHandling::SignMagnitude)->has_value());
        const auto map = *computeErrorMap(*acu, {});
        const auto refused = weightErrorMap(*acu, map, std::make_shared<const OperandPairs>(pairs), SignHandling::Affine);
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().text().find("All pairs alike") != std::string::npos);
        // Pairs of other widths are no pairs of this multiplier.
        QVERIFY(!weightedMae(**AcuLibrary().find("trunc:bits=6"), pairs, SignHandling::SignMagnitude)->has_value());
    }

private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(TestLibraryWeights)
#include "tst_library_weights.moc"
