// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <cmath>
#include <limits>

#include "core/graph/diff.h"
#include "tests/unit/model/networks.h"

using namespace axp;
using namespace axp::test;

namespace {

Node& find(Graph& graph, const std::string& name) {
    return *std::ranges::find(graph.nodes, name, &Node::name);
}

const NodePair& pairOf(const GraphDiff& diff, const Graph& first, const std::string& name) {
    return *std::ranges::find_if(diff.pairs, [&](const NodePair& p) { return p.first >= 0 && first.nodes[static_cast<std::size_t>(p.first)].name == name; });
}

/// Adds `by` to one weight of a MAC node.
void disturb(Graph& graph, const std::string& name, float by) {
    Value& value = graph.values[static_cast<std::size_t>(find(graph, name).input(1))];
    std::vector<float> numbers(value.constant->as<float>().begin(), value.constant->as<float>().end());
    numbers[3] += by;
    value.constant = Tensor::from(value.constant->shape(), numbers);
}

}  // namespace

class TestGraphDiff : public QObject {
    Q_OBJECT
private slots:
    void aNetworkIsItself() {
        for (const Graph& graph : {lenetLike(), resnetLike(true), vitLike()}) {
            const GraphDiff diff = diffGraphs(graph, graph);
            QVERIFY(diff.equal());
            QCOMPARE(diff.same, static_cast<int>(graph.nodes.size()));
            QCOMPARE(diff.weightDifference, 0.0);
        }
    }

    /// Other names, as another exporter gives them: the nodes are found by what the names mean, or by their order.
    void namesOfAnotherExporter() {
        const Graph first = resnetLike(false);
        Graph second = first;
        int i = 0;
        for (Node& node : second.nodes) {
            std::ranges::replace(node.name, '.', '_');
            if (node.kind == NodeKind::Conv) node.name = "_" + node.name + "_Conv";
            else if (!node.isMac()) node.name = "node" + std::to_string(i);
            ++i;
        }
        const GraphDiff diff = diffGraphs(first, second);
        QVERIFY2(diff.equal(), qPrintable(QString("%1 changed, %2 %3").arg(diff.changed).arg(diff.onlyFirst).arg(diff.onlySecond)));
    }

    void weightsAndAttributes() {
        const Graph first = lenetLike();
        Graph second = first;
        disturb(second, "conv2", 0.25f);
        find(second, "conv1").conv.stride = {2, 2};
        const GraphDiff diff = diffGraphs(first, second);
        QCOMPARE(diff.changed, 2);
        QCOMPARE(diff.onlyFirst + diff.onlySecond, 0);
        QVERIFY(std::abs(diff.weightDifference - 0.25) < 1e-6);
        QCOMPARE(QString::fromStdString(pairOf(diff, first, "conv1").changes.at(0)), QStringLiteral("stride [1, 1] -> [2, 2]"));
        QVERIFY(pairOf(diff, first, "conv2").changes.at(0).starts_with("weights differ by up to 0.25"));
        QCOMPARE(pairOf(diff, first, "fc1").state, NodePair::State::Same);
    }

    void aWeightThatIsNoNumberIsInfinitelyFar() {
        const Graph first = lenetLike();
        Graph second = first;
        disturb(second, "fc1", std::numeric_limits<float>::quiet_NaN());
        QVERIFY(std::isinf(diffGraphs(first, second).weightDifference));
    }

    void aLayerMoreInTheMiddle() {
        const Graph first = lenetLike();
        Graph second = first;
        const ValueId old = find(second, "relu1").outputs[0];
        const ValueId extra = second.addOperator("extra", "aten::tanh", {ValueRef{old}});
        Node added = second.nodes.back();
        second.nodes.pop_back();
        for (Node& node : second.nodes)
            if (node.name == "pool1") node.args[0] = ValueRef{extra};
        second.nodes.insert(std::ranges::find(second.nodes, "pool1", &Node::name), added);
        QVERIFY(second.validate().ok());
        const GraphDiff diff = diffGraphs(first, second);
        QCOMPARE(diff.onlySecond, 1);
        QCOMPARE(diff.changed, 1);
        QCOMPARE(QString::fromStdString(pairOf(diff, first, "pool1").changes.at(0)), QStringLiteral("argument 1 comes from another node"));
        // It stands between its neighbours.
        const auto place = std::ranges::find(diff.pairs, NodePair::State::OnlySecond, &NodePair::state);
        QCOMPARE(QString::fromStdString(first.nodes[static_cast<std::size_t>((place + 1)->first)].name), QStringLiteral("pool1"));
        // And the other way round.
        QCOMPARE(diffGraphs(second, first).onlyFirst, 1);
    }

    void networksWithNothingInCommon() {
        const Graph first = lenetLike(), second = vitLike();
        const GraphDiff diff = diffGraphs(first, second);
        QVERIFY(!diff.equal());
        QCOMPARE(diff.same + diff.changed + diff.onlyFirst, static_cast<int>(first.nodes.size()));
        QCOMPARE(diff.same + diff.changed + diff.onlySecond, static_cast<int>(second.nodes.size()));
        QCOMPARE(diffGraphs({}, {}).pairs.size(), std::size_t{0});
        QCOMPARE(diffGraphs({}, first).onlySecond, static_cast<int>(first.nodes.size()));
    }

    void stops() {
        const Graph first = vitLike();
        QVERIFY(diffGraphs(first, first, [] { return true; }).pairs.size() < first.nodes.size());
    }
};

QTEST_GUILESS_MAIN(TestGraphDiff)
#include "tst_graph_diff.moc"
