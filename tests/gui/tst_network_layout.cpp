// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QTemporaryDir>

#include "tests/gui/network_bench.h"
#include "ui/panels/network/blocks.h"
#include "ui/panels/network/dot_layout.h"
#include "ui/panels/network/layout_runner.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

class TestNetworkLayout : public QObject {
    Q_OBJECT
private slots:
    void blocksFollowNames() {
        const auto blocks = blocksOf(longGraph(2));
        QCOMPARE(blocks.size(), std::size_t(8));
        QCOMPARE(blocks[0], QString("stage0"));
        QCOMPARE(blocks[1], QString("stage0"));  // relu_0: its neighbours are in the block
        QCOMPARE(blocks[7], QString("stage1"));
        const auto fake = blocksOf(test::FakeEngine::makeGraph());
        QCOMPARE(std::count(fake.begin(), fake.end(), QString("block1")), 11);
        QVERIFY(fake[0].isEmpty());
    }

    void collapsedBlocksHoldTheirSites() {
        const Graph graph = longGraph(3);
        const auto sites = enumerateSites(graph, Granularity::Node);
        const ViewGraph open = makeViewGraph(graph, sites, blocksOf(graph), {});
        QCOMPARE(open.boxes.size(), std::size_t(3 * 4 + 2));
        QCOMPARE(open.edges.size(), std::size_t(3 * 5 + 1));
        const ViewGraph closed = makeViewGraph(graph, sites, blocksOf(graph), {"stage1"});
        QCOMPARE(closed.boxes.size(), std::size_t(2 * 4 + 1 + 2));
        const auto block = std::find_if(closed.boxes.begin(), closed.boxes.end(), [](const GraphBox& box) { return box.kind == GraphBox::Kind::Block; });
        QVERIFY(block != closed.boxes.end());
        QCOMPARE(block->sites, QStringList({"stage1_fc1", "stage1_fc2"}));
        QCOMPARE(block->names.size(), 4);
    }

    void dotAnswerIsRead() {
        ViewGraph graph;
        graph.boxes.resize(2);
        graph.boxes[0].size = graph.boxes[1].size = QSizeF(72, 36);
        graph.edges = {{0, 1}};
        const auto layout = parseDotJson(R"({"objects":[{"_gvid":0,"name":"n0","pos":"50,100"},{"_gvid":1,"name":"n1","pos":"50,20"}],
            "edges":[{"tail":0,"head":1,"pos":"e,50,38 50,82 50,70 50,60 50,48"}]})", graph);
        QVERIFY(layout);
        QCOMPARE(layout->centres[0], QPointF(50, -100));
        QCOMPARE(layout->centres[1], QPointF(50, -20));
        QCOMPARE(layout->paths[0].elementAt(0).y, -82.0);
        QCOMPARE(layout->paths[0].currentPosition(), QPointF(50, -38));
        QCOMPARE(layout->bounds, QRectF(14, -118, 72, 116));
        QVERIFY(!parseDotJson("no", graph));
        QVERIFY(!parseDotJson(R"({"objects":[{"_gvid":0,"name":"n0","pos":"50,100"}]})", graph));
        QVERIFY(!parseDotJson(R"({"objects":[{"_gvid":0,"name":"n9","pos":"50,100"},{"_gvid":1,"name":"n1","pos":"a"}]})", graph));
    }

    void rankLayoutGoesDownWithoutOverlap() {
        const Graph graph = longGraph(4);
        const ViewGraph boxes = makeViewGraph(graph, enumerateSites(graph, Granularity::Node), blocksOf(graph), {});
        const GraphLayout layout = rankLayout(boxes);
        for (const GraphEdge& edge : boxes.edges)
            QVERIFY(layout.centres[static_cast<std::size_t>(edge.from)].y() < layout.centres[static_cast<std::size_t>(edge.to)].y());
        for (std::size_t i = 0; i < boxes.boxes.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                QRectF a(QPointF(), boxes.boxes[i].size), b(QPointF(), boxes.boxes[j].size);
                a.moveCenter(layout.centres[i]);
                b.moveCenter(layout.centres[j]);
                QVERIFY(!a.intersects(b));
            }
        }
        QCOMPARE(layout.paths.size(), boxes.edges.size());
    }

    void layoutFallsBack_data() {
        QTest::addColumn<QString>("program");
        QTest::addColumn<int>("limit");
        QTest::addColumn<QString>("note");
        QTest::newRow("missing") << "/nonexistent/dot" << 5000 << "not installed";
        QTest::newRow("fails") << "/bin/false" << 5000 << "failed";
        QTest::newRow("silent") << "/bin/true" << 5000 << "no usable answer";
        QTest::newRow("hangs") << "hanging-dot" << 300 << "too long";
    }

    void layoutFallsBack() {
        QFETCH(QString, program);
        QFETCH(int, limit);
        QFETCH(QString, note);
        QTemporaryDir folder;
        if (program == "hanging-dot") {
            program = folder.filePath(program);
            QFile script(program);
            QVERIFY(script.open(QIODevice::WriteOnly));
            script.write("#!/bin/sh\nexec sleep 30\n");
            script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        if (program != "/nonexistent/dot" && !QFile::exists(program)) QSKIP("the program that stands in for dot is missing");
        const Graph graph = longGraph(2);
        const auto boxes = std::make_shared<const ViewGraph>(makeViewGraph(graph, enumerateSites(graph, Granularity::Node), blocksOf(graph), {}));
        LayoutRunner runner;
        runner.setProgram(program);
        runner.setTimeLimit(limit);
        std::shared_ptr<const GraphLayout> layout;
        int answers = 0;
        connect(&runner, &LayoutRunner::finished, this, [&](auto, auto found) { layout = found, ++answers; });
        runner.start(boxes);
        QTRY_VERIFY_WITH_TIMEOUT(layout, 5000);
        QVERIFY2(layout->note.contains(note), qPrintable(layout->note));
        QCOMPARE(layout->centres.size(), boxes->boxes.size());
        QTest::qWait(50);
        QCOMPARE(answers, 1);
    }

    /// Closing the window while Graphviz works: the child is gone, and nothing is said about it.
    void goesAwayWhileGraphvizWorks() {
        QStringList said;
        static QStringList* messages;
        messages = &said;
        const auto before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString& text) { *messages << text; });
        {
            LayoutRunner runner;
            runner.setProgram(QStringLiteral("cat"));  // waits for more input than it gets
            runner.start(std::make_shared<const ViewGraph>());
            runner.start(std::make_shared<const ViewGraph>());
        }
        qInstallMessageHandler(before);
        QVERIFY2(said.filter("QProcess").isEmpty(), qPrintable(said.join('\n')));
    }
};

QTEST_MAIN(TestNetworkLayout)
#include "tst_network_layout.moc"
