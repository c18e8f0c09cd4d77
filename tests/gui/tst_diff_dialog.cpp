// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>

#include "tests/unit/model/networks.h"
#include "ui/bridge/network_opener.h"
#include "ui/panels/network/diff_dialog.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

namespace {

/// "lenet" and "tanh", which has another first activation, are networks; everything else is refused.
Result<Graph> openByName(const std::string& path, const Shape&, const JobContext& job) {
    while (path == "slow" && !job.cancelled()) QThread::msleep(1);
    if (job.cancelled()) return cancelled();
    if (path != "lenet" && path != "tanh") return badInput("there is no such network", path, "Choose another");
    Graph graph = lenetLike();
    if (path == "tanh")
        for (Node& node : graph.nodes)
            if (node.name == "relu1") node.op = "aten::tanh";
    return graph;
}

struct Bench {
    Workspace workspace{{}, {}};
    DiffDialog* dialog = nullptr;

    Bench(const QString& first, const QString& second) {
        networkOpener() = openByName;
        dialog = new DiffDialog(workspace, first, second, nullptr);
        dialog->show();
    }
    ~Bench() { delete dialog; }
    template <class T>
    T* part(const char* name) const { return dialog->findChild<T*>(QString::fromLatin1(name)); }
    QString summary() const { return part<QLabel>("compareSummary")->text(); }
    QTreeWidget* table() const { return part<QTreeWidget>("compareTable"); }
};

}  // namespace

class TestCompareDialog : public QObject {
    Q_OBJECT
private slots:
    void saysWhatItWaitsFor() {
        Bench bench({}, {});
        QVERIFY(!bench.part<QPushButton>("compareStart")->isEnabled());
        QVERIFY(bench.summary().contains("matched by their names"));
        bench.part<QLineEdit>("compareFirst")->setText("lenet");
        QVERIFY(!bench.part<QPushButton>("compareStart")->isEnabled());
        bench.part<QLineEdit>("compareSecond")->setText("lenet");
        QVERIFY(bench.part<QPushButton>("compareStart")->isEnabled());
    }

    void equalNetworks() {
        Bench bench("lenet", "lenet");
        QTest::mouseClick(bench.part<QPushButton>("compareStart"), Qt::LeftButton);
        QTRY_VERIFY2(bench.summary().contains("are the same"), qPrintable(bench.summary()));
        QCOMPARE(bench.table()->topLevelItemCount(), 0);
        bench.part<QCheckBox>("compareDifferences")->click();
        QCOMPARE(bench.table()->topLevelItemCount(), static_cast<int>(lenetLike().nodes.size()));
    }

    void anotherActivation() {
        Bench bench("lenet", "tanh");
        bench.dialog->compare();
        QTRY_VERIFY2(bench.summary().contains("only in the first"), qPrintable(bench.summary()));
        // relu1 and tanh stand alone; pool1 reads from another node.
        QCOMPARE(bench.table()->topLevelItemCount(), 3);
        QVERIFY(bench.dialog->csv().contains("only in the second,,relu1,aten::tanh"));
        bench.table()->setFocus();
        QTest::keyClick(bench.table(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), bench.dialog->csv());
        bench.dialog->grab();
    }

    void refusalIsShown() {
        Bench bench("lenet", "nothing");
        bench.dialog->compare();
        QTRY_VERIFY2(bench.summary().contains("there is no such network"), qPrintable(bench.summary()));
        QVERIFY(bench.part<QPushButton>("compareStart")->isEnabled());
    }

    void stopsAndCloses() {
        Bench bench("slow", "lenet");
        bench.dialog->compare();
        QTRY_COMPARE(bench.workspace.jobs().active(), 1);
        bench.workspace.jobs().cancelAll();
        QTRY_COMPARE(bench.summary(), QString("Stopped."));
        bench.dialog->compare();
        delete bench.dialog;
        bench.dialog = nullptr;
        QTRY_COMPARE(bench.workspace.jobs().active(), 0);
    }

    void droppedFiles() {
        Bench bench({}, {});
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile("/a.onnx"), QUrl::fromLocalFile("/b.pt")});
        QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(bench.dialog, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(bench.dialog, &drop);
        QCOMPARE(bench.part<QLineEdit>("compareFirst")->text(), QString("/a.onnx"));
        QCOMPARE(bench.part<QLineEdit>("compareSecond")->text(), QString("/b.pt"));
    }
};

QTEST_MAIN(TestCompareDialog)
#include "tst_diff_dialog.moc"
