// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLineEdit>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>
#include <QTreeView>

#include "ui/widgets/plurals.h"
#include "ui/widgets/seed_box.h"
#include "ui/widgets/view_text.h"

using namespace axp::ui;

class TestWidgets : public QObject {
    Q_OBJECT
private slots:
    void seedsOf64Bits() {
        SeedBox box;
        box.show();
        QSignalSpy changed(&box, &SeedBox::valueChanged);
        box.selectAll();
        QTest::keyClicks(&box, "18446744073709551615");
        QCOMPARE(box.value(), std::uint64_t(18446744073709551615u));
        QVERIFY(changed.count() > 0);
        QTest::keyClick(&box, Qt::Key_Up);  // there is none above
        QCOMPARE(box.value(), std::uint64_t(18446744073709551615u));
        QTest::keyClick(&box, Qt::Key_Down);
        QCOMPARE(box.value(), std::uint64_t(18446744073709551614u));
        box.setValue(3'000'000'000u);
        QCOMPARE(box.findChild<QLineEdit*>()->text(), QString("3000000000"));
    }

    void refusesWhatIsNoSeed_data() {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("left");
        QTest::newRow("letters") << "1e5" << "15";
        QTest::newRow("minus") << "-7" << "7";
        QTest::newRow("too large") << "18446744073709551616" << "1844674407370955161";
    }
    void refusesWhatIsNoSeed() {
        QFETCH(QString, typed);
        QFETCH(QString, left);
        SeedBox box;
        box.show();
        box.selectAll();
        QTest::keyClicks(&box, typed);
        QCOMPARE(box.findChild<QLineEdit*>()->text(), left);
        QCOMPARE(QString::number(box.value()), left);
    }

    void emptyGoesBackToWhatItWas() {
        SeedBox box;
        box.show();
        box.setValue(42);
        box.selectAll();
        QTest::keyClick(&box, Qt::Key_Delete);
        QTest::keyClick(&box, Qt::Key_Return);
        QCOMPARE(box.value(), std::uint64_t(42));
        QCOMPARE(box.findChild<QLineEdit*>()->text(), QString("42"));
        box.setValue(0);
        QTest::keyClick(&box, Qt::Key_Down);
        QCOMPARE(box.value(), std::uint64_t(0));
    }

    void numbersHaveTheirPlural() {
        QCOMPARE(tr("Hide %n row(s)", nullptr, 1), QString("Hide 1 row(s)"));
        Plurals english;
        QVERIFY(QCoreApplication::installTranslator(&english));
        QCOMPARE(tr("Hide %n row(s)", nullptr, 1), QString("Hide 1 row"));
        QCOMPARE(tr("Hide %n row(s)", nullptr, 2), QString("Hide 2 rows"));
        QCOMPARE(tr("Hide %n row(s)", nullptr, 0), QString("Hide 0 rows"));
        QCOMPARE(tr("Option(s)"), QString("Option(s)"));
        QCOMPARE(tr("Ä %1").arg(3), QString("Ä 3"));
    }

    void tableAsText() {
        QStandardItemModel model(2, 3);
        model.setHorizontalHeaderLabels({"a", "b", "c"});
        const QStringList texts{"one", "two, \"quoted\"", "x\ty", "four", "five", "six"};
        for (int i = 0; i < 6; ++i) model.setItem(i / 3, i % 3, new QStandardItem(texts[i]));
        QTableView table;
        table.setModel(&model);
        QCOMPARE(viewText(table, ','), QString("a,b,c\none,\"two, \"\"quoted\"\"\",x\ty\nfour,five,six\n"));
        QCOMPARE(viewText(table, '\t'), QString("a\tb\tc\none\ttwo, \"quoted\"\tx y\nfour\tfive\tsix\n"));
        table.setColumnHidden(1, true);
        table.selectRow(1);
        QCOMPARE(viewText(table, '\t', true), QString("a\tc\nfour\tsix\n"));
        table.clearSelection();
        QCOMPARE(viewText(table, '\t', true).count('\n'), 3);
    }

    void treeAsText() {
        QStandardItemModel model;
        model.setHorizontalHeaderLabels({"name"});
        auto* top = new QStandardItem("top");
        top->appendRow(new QStandardItem("below"));
        model.appendRow(top);
        QTreeView tree;
        tree.setModel(&model);
        QCOMPARE(viewText(tree, '\t'), QString("name\ntop\n"));
        tree.expandAll();
        QCOMPARE(viewText(tree, '\t'), QString("name\ntop\n  below\n"));
    }
};

QTEST_MAIN(TestWidgets)
#include "tst_widgets.moc"
