// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <cmath>

#include "core/graph/graph.h"
#include "core/graph/passes.h"
#include "core/graph/sites.h"

using namespace axp;

namespace {

Tensor ramp(Shape shape, float start = 0.1f, float step = 0.07f) {
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + step * static_cast<float>(i);
    return Tensor::from(std::move(shape), values);
}

ConvAttributes plainConv(std::size_t dims, std::int64_t groups = 1) {
    const std::vector<std::int64_t> ones(dims, 1), zeros(dims, 0);
    return {ones, zeros, zeros, ones, zeros, groups};
}

/// x [N, 4, 6, 6] -> conv 3x3 with 2 groups to 8 channels -> batch norm -> relu.
struct ConvNet {
    Graph graph;
    ValueId x, weight, conv, normalised, y;

    explicit ConvNet(bool biased = true, double epsilon = 1e-3) {
        x = graph.addValue("x");
        graph.inputs = {x};
        weight = graph.addConstant("w", ramp({8, 2, 3, 3}, -0.5f, 0.01f), true);
        std::vector<Arg> args = {ValueRef{x}, ValueRef{weight}};
        if (biased) args.emplace_back(ValueRef{graph.addConstant("b", ramp({8}, -1.0f, 0.3f), true)});
        conv = graph.addMac("conv", NodeKind::Conv, args, plainConv(2, 2));
        const ValueId gamma = graph.addConstant("gamma", ramp({8}, 0.5f, 0.1f), true),
                      beta = graph.addConstant("beta", ramp({8}, -0.2f), true);
        const ValueId mean = graph.addConstant("mean", ramp({8}, 0.3f)),
                      variance = graph.addConstant("var", ramp({8}, 0.2f, 0.5f));
        normalised = graph.addOperator("bn", "aten::batch_norm",
                                       {ValueRef{conv}, ValueRef{gamma}, ValueRef{beta}, ValueRef{mean},
                                        ValueRef{variance}, false, 0.1, epsilon, false});
        y = graph.addOperator("relu", "aten::relu", {ValueRef{normalised}});
        graph.outputs = {y};
        graph.values[x].shape = {1, 4, 6, 6};
        for (ValueId id : {conv, normalised, y}) graph.values[id].shape = {1, 8, 4, 4};
    }
};

}  // namespace

class TestGraph : public QObject {
    Q_OBJECT

private slots:
    void namesAreCleanAndUnique() {
        Graph graph;
        const ValueId x = graph.addValue("x");
        graph.addOperator("a=b,c@d/e f\n", "aten::relu", {ValueRef{x}});
        QCOMPARE(graph.nodes[0].name, std::string("a_b_c_d_e_f_"));
        graph.addOperator("a=b,c@d/e f\n", "aten::relu", {ValueRef{x}});
        graph.addOperator("a_b_c_d_e_f_", "aten::relu", {ValueRef{x}});
        QCOMPARE(graph.nodes[1].name, std::string("a_b_c_d_e_f__1"));
        QCOMPARE(graph.nodes[2].name, std::string("a_b_c_d_e_f__2"));
        QCOMPARE(uniqueNodeName("", graph.nodes), std::string("node"));
        QVERIFY(graph.findNode("a_b_c_d_e_f__2") == &graph.nodes[2]);
        QVERIFY(graph.findNode("nobody") == nullptr);
    }

    void validGraphsPass() {
        const ConvNet net;
        const auto valid = net.graph.validate();
        QVERIFY2(valid.ok(), valid.ok() ? "" : valid.error().text().c_str());
        QCOMPARE(net.graph.parameterCount(), 8 * 2 * 9 + 8 + 8 + 8);
    }

    void brokenGraphsAreRefused_data() {
        QTest::addColumn<std::string>("fault");
        for (const char* name : {"order", "name twice", "forbidden name", "dangling value", "two producers",
                                 "constant produced", "no output", "computed weight", "weight rank", "bias length",
                                 "groups", "missing operand", "stride", "wrong op", "short bytes"})
            QTest::newRow(name) << std::string(name);
    }
    void brokenGraphsAreRefused() {
        QFETCH(std::string, fault);
        ConvNet net;
        Graph& g = net.graph;
        if (fault == "order") std::swap(g.nodes[0], g.nodes[1]);
        if (fault == "name twice") g.nodes[1].name = "conv";
        if (fault == "forbidden name") g.nodes[1].name = "a/b";
        if (fault == "dangling value") g.nodes[2].args[0] = ValueRef{999};
        if (fault == "two producers") g.nodes[2].outputs[0] = net.conv;
        if (fault == "constant produced") g.nodes[2].outputs[0] = net.weight;
        if (fault == "no output") g.outputs.clear();
        if (fault == "computed weight") g.nodes[0].args[1] = ValueRef{net.x};
        if (fault == "weight rank") g.values[net.weight].constant = ramp({8, 18});
        if (fault == "bias length") g.values[g.nodes[0].input(2)].constant = ramp({7});
        if (fault == "groups") g.nodes[0].conv.groups = 3;
        if (fault == "missing operand") g.nodes[0].args.resize(1);
        if (fault == "stride") g.nodes[0].conv.stride = {1};
        if (fault == "wrong op") g.nodes[0].op = "Linear";
        if (fault == "short bytes")
            g.values[net.weight].constant = Tensor(DType::F32, {8, 2, 3, 3}, std::vector<std::byte>(4));
        QVERIFY(!g.validate().ok());
    }

    void sitesAndMacs() {
        const ConvNet net;
        QCOMPARE(nodeMacs(net.graph, net.graph.nodes[0]), std::int64_t{8 * 4 * 4 * 2 * 9});
        const auto sites = enumerateSites(net.graph, Granularity::Head);
        QCOMPARE(sites.size(), std::size_t{1});
        QCOMPARE(sites[0].id, std::string("conv"));
        QCOMPARE(sites[0].head, -1);
        QCOMPARE(sites[0].heads, 0);
        QCOMPARE(sites[0].shape, (Shape{1, 8, 4, 4}));
    }

    void linearMatMulAndTransposedMacs() {
        Graph g;
        const ValueId x = g.addValue("x");
        g.inputs = {x};
        g.values[x].shape = {1, 17, 24};
        const ValueId w = g.addConstant("w", ramp({12, 24}), true);
        const ValueId fc = g.addMac("fc", NodeKind::Linear, {ValueRef{x}, ValueRef{w}});
        g.values[fc].shape = {1, 17, 12};
        const ValueId q = g.addValue("q"), k = g.addValue("k");
        g.values[q].shape = {1, 3, 17, 8};
        g.values[k].shape = {1, 3, 8, 17};
        const ValueId qk = g.addMac("qk", NodeKind::MatMul, {ValueRef{q}, ValueRef{k}});
        g.values[qk].shape = {1, 3, 17, 17};
        const ValueId image = g.addValue("image");
        g.values[image].shape = {1, 6, 5, 5};
        const ValueId wt = g.addConstant("wt", ramp({6, 4, 2, 2}), true);
        ConvAttributes attributes = plainConv(2);
        attributes.stride = {2, 2};
        const ValueId up = g.addMac("up", NodeKind::ConvTranspose, {ValueRef{image}, ValueRef{wt}}, attributes);
        g.values[up].shape = {1, 4, 10, 10};
        QCOMPARE(nodeMacs(g, g.nodes[0]), std::int64_t{17 * 24 * 12});
        QCOMPARE(nodeMacs(g, g.nodes[1]), std::int64_t{3 * 17 * 17 * 8});
        QCOMPARE(nodeMacs(g, g.nodes[2]), std::int64_t{6 * 25 * 4 * 4});
        QCOMPARE(nodeHeads(g, g.nodes[0]), 0);
        QCOMPARE(nodeHeads(g, g.nodes[1]), 3);
        const auto whole = enumerateSites(g, Granularity::Node);
        QCOMPARE(whole.size(), std::size_t{3});
        QCOMPARE(whole[1].heads, 3);
        const auto heads = enumerateSites(g, Granularity::Head);
        QCOMPARE(heads.size(), std::size_t{5});
        QCOMPARE(heads[1].id, std::string("qk/h0"));
        QCOMPARE(heads[3].id, std::string("qk/h2"));
        QCOMPARE(heads[3].macs, std::int64_t{17 * 17 * 8});
        QCOMPARE(heads[3].shape, (Shape{1, 1, 17, 17}));
        QCOMPARE(heads[4].id, std::string("up"));
    }

    void channelGroups() {
        ConvNet net;
        const std::string hash = net.graph.contentHash();
        defineParts(net.graph, {4, false});
        QCOMPARE(net.graph.contentHash(), hash);
        QCOMPARE(enumerateSites(net.graph, Granularity::Node).size(), std::size_t{1});
        QCOMPARE(enumerateSites(net.graph, Granularity::Head).size(), std::size_t{1});
        const auto groups = enumerateSites(net.graph, Granularity::Group);
        QCOMPARE(groups.size(), std::size_t{2});  // its own
        net.graph.nodes[0].conv.groups = 1;
        net.graph.values[net.weight].constant = ramp({8, 4, 3, 3});
        for (const int none : {0, 1, 3, 16}) {
            defineParts(net.graph, {none, false});
            QCOMPARE(enumerateSites(net.graph, Granularity::Group).size(), std::size_t{1});
        }
        defineParts(net.graph, {4, false});
        const auto four = enumerateSites(net.graph, Granularity::Group);
        QCOMPARE(four.size(), std::size_t{4});
        QCOMPARE(four[3].id, std::string("conv/g3"));
        QCOMPARE(four[3].group, 3);
        QCOMPARE(four[3].groups, 4);
        QCOMPARE(four[3].macs, nodeMacs(net.graph, net.graph.nodes[0]) / 4);
        QCOMPARE(four[3].shape, (Shape{1, 2, 4, 4}));
        QCOMPARE(partRows(net.graph, net.graph.nodes[0], 3), (std::vector<IndexRange>{{6, 2}}));
        QVERIFY(granularityFromName("group").ok() && !granularityFromName("layer").ok());
    }

    /// A projection of attention whose input holds some columns of every head, or that cannot be followed, stays whole.
    void headPartsOfCutTensors() {
        using Ints = std::vector<std::int64_t>;
        Graph g;
        const auto shaped = [&g](ValueId id, const Shape& shape) {
            g.values[static_cast<std::size_t>(id)].shape = shape;
            return id;
        };
        const ValueId p = shaped(g.addValue("p"), {1, 4, 3, 3}), v = shaped(g.addValue("v"), {1, 4, 3, 8}), number = shaped(g.addValue("n"), {});
        g.inputs = {p, v, number};
        const ValueId heads = shaped(g.addMac("pv", NodeKind::MatMul, {ValueRef{p}, ValueRef{v}}), {1, 4, 3, 8});
        const ValueId rows = shaped(g.addOperator("rows", "aten::permute", {ValueRef{heads}, Ints{0, 2, 1, 3}}), {1, 3, 4, 8});
        const ValueId all = shaped(g.addOperator("all", "aten::reshape", {ValueRef{rows}, Ints{1, 3, 32}}), {1, 3, 32});
        const ValueId half = shaped(g.addOperator("half", "aten::slice.Tensor", {ValueRef{all}, std::int64_t{2}, std::int64_t{0}, std::int64_t{16}}), {1, 3, 16});
        const ValueId moved = shaped(g.addOperator("moved", "aten::slice.Tensor", {ValueRef{all}, std::int64_t{2}, ValueRef{number}}), {1, 3, 32});
        for (const auto& [name, x, width] : {std::tuple{"whole", all, 32}, std::tuple{"part", half, 16}, std::tuple{"computed", moved, 32}})
            shaped(g.addMac(name, NodeKind::Linear, {ValueRef{x}, ValueRef{g.addConstant("w", ramp({5, width}))}}), {1, 3, 5});
        defineParts(g, {0, true});
        QVERIFY(g.findNode("whole")->parts == (SiteParts{SiteParts::Kind::HeadColumns, 4, 1}));
        QVERIFY(g.findNode("part")->parts == SiteParts{});
        QVERIFY(g.findNode("computed")->parts == SiteParts{});
    }

    /// Networks that cut everything away have tensors without elements.
    void headPartsOfEmptyTensors() {
        for (const Shape& made : {Shape{0, 4, 8}, Shape{1, 0, 8}}) {
            Graph g;
            const ValueId x = g.addValue("x");
            g.inputs = {x};
            const ValueId y = g.addMac("fc", NodeKind::Linear, {ValueRef{x}, ValueRef{g.addConstant("w", ramp({8, 6}))}});
            const ValueId four = g.addOperator("four", "aten::reshape", {ValueRef{y}, std::vector<std::int64_t>{-1, 2, 4, 4}});
            const ValueId product = g.addMac("qk", NodeKind::MatMul, {ValueRef{four}, ValueRef{four}});
            g.outputs = {product};
            g.values[static_cast<std::size_t>(y)].shape = made;
            g.values[static_cast<std::size_t>(four)].shape = {made[0], 2, made[1], 4};
            g.values[static_cast<std::size_t>(product)].shape = {made[0], 2, made[1], 4};
            defineParts(g, {0, true});
            QVERIFY(g.findNode("fc")->parts == SiteParts{});
        }
    }

    void recurrentInvariants() {
        const auto network = [](const Shape& weight, std::size_t outputs, RecurrentCell cell) {
            Graph g;
            g.inputs = {g.addValue("gates")};
            const ValueId w = g.addConstant("w", ramp(weight), true);
            const ValueId y = g.addMac("hh", NodeKind::Recurrent, {ValueRef{g.inputs[0]}, ValueRef{w}});
            g.nodes[0].recurrent.cell = cell;
            for (std::size_t i = 1; i < outputs; ++i) g.nodes[0].outputs.push_back(g.addValue("state"));
            g.outputs = {y};
            g.values[y].shape = {1, 7, 3};
            return g;
        };
        const Graph lstm = network({12, 3}, 3, RecurrentCell::Lstm);
        QVERIFY(lstm.validate().ok());
        QCOMPARE(nodeMacs(lstm, lstm.nodes[0]), std::int64_t{7 * 12 * 3});
        QVERIFY(network({9, 3}, 2, RecurrentCell::Gru).validate().ok());
        QVERIFY(!network({9, 3}, 3, RecurrentCell::Gru).validate().ok());
        QVERIFY(!network({12, 3}, 2, RecurrentCell::Lstm).validate().ok());
        QVERIFY(!network({9, 3}, 3, RecurrentCell::Lstm).validate().ok());
        Graph other = lstm;
        other.nodes[0].recurrent.reverse = true;
        QVERIFY(other.contentHash() != lstm.contentHash());
    }

    void fusingFollowsTheRules() {
        ConvNet net;  // convolution, batch norm, ReLU
        Graph unfolded = net.graph;
        QCOMPARE(fuseActivations(unfolded), 0);  // the batch norm is in between
        QCOMPARE(foldBatchNorm(net.graph), 1);
        const std::string folded = net.graph.contentHash();
        QCOMPARE(fuseActivations(net.graph), 1);
        QVERIFY(net.graph.validate().ok());
        QCOMPARE(net.graph.nodes.size(), std::size_t{1});
        QCOMPARE(net.graph.nodes[0].epilogue.nodes.size(), std::size_t{2});
        QCOMPARE(net.graph.nodes[0].epilogue.lo, 0.0F);
        QVERIFY(net.graph.contentHash() != folded);
    }

    void hashSeesContentOnly() {
        const ConvNet net;
        const std::string hash = net.graph.contentHash();
        QCOMPARE(hash.size(), std::size_t{64});
        ConvNet same;
        same.graph.name = "other";
        same.graph.values[same.x].name = "input";
        same.graph.values[same.x].shape = {};
        same.graph.addConstant("unused", ramp({3}));
        QCOMPARE(same.graph.contentHash(), hash);
        const auto differs = [&](auto change) {
            ConvNet other;
            change(other);
            return other.graph.contentHash() != hash;
        };
        QVERIFY(differs([](ConvNet& n) { n.graph.nodes[2].name = "relu2"; }));
        QVERIFY(differs([](ConvNet& n) { n.graph.nodes[2].op = "aten::tanh"; }));
        QVERIFY(differs([](ConvNet& n) { n.graph.nodes[0].conv.padBegin = {1, 0}; }));
        QVERIFY(differs([](ConvNet& n) { n.graph.values[n.weight].constant = ramp({8, 2, 3, 3}, -0.5f, 0.010001f); }));
        QVERIFY(differs([](ConvNet& n) { n.graph.outputs = {n.normalised}; }));
        QVERIFY(differs([](ConvNet& n) { n.graph.nodes[1].args[7] = 1e-4; }));
    }

    void foldingFollowsTheFormula_data() {
        QTest::addColumn<bool>("biased");
        QTest::newRow("with bias") << true;
        QTest::newRow("without bias") << false;
    }
    void foldingFollowsTheFormula() {
        QFETCH(bool, biased);
        const double epsilon = 1e-3;
        ConvNet net(biased, epsilon);
        const Graph before = net.graph;
        QCOMPARE(foldBatchNorm(net.graph), 1);
        QVERIFY(net.graph.validate().ok());
        QCOMPARE(net.graph.nodes.size(), std::size_t{2});
        const Node& conv = net.graph.nodes[0];
        QCOMPARE(conv.name, std::string("conv"));
        QCOMPARE(net.graph.nodes[1].input(0), conv.outputs[0]);
        const auto w = net.graph.values[conv.input(1)].constant->as<float>();
        const auto b = net.graph.values[conv.input(2)].constant->as<float>();
        QVERIFY(net.graph.values[conv.input(1)].trainable);
        const auto old = [&](const char* name) {
            for (const Value& v : before.values)
                if (v.name == name) return *v.constant;
            return Tensor();
        };
        const Tensor oldW = old("w"), gamma = old("gamma"), beta = old("beta"), mean = old("mean"),
                     variance = old("var");
        for (std::size_t c = 0; c < 8; ++c) {
            const double s = gamma.as<float>()[c] / std::sqrt(double(variance.as<float>()[c]) + epsilon);
            for (std::size_t i = 0; i < 18; ++i) QCOMPARE(w[c * 18 + i], float(oldW.as<float>()[c * 18 + i] * s));
            const double bias = biased ? double(old("b").as<float>()[c]) : 0.0;
            QVERIFY(std::abs(b[c] - ((bias - mean.as<float>()[c]) * s + beta.as<float>()[c])) < 1e-6);
        }
        // The source of the copy is untouched: constants are shared, not changed.
        QCOMPARE(before.contentHash(), ConvNet(biased, epsilon).graph.contentHash());
    }

    void foldingLeavesOthersAlone() {
        ConvNet used;  // the convolution's output is used a second time
        used.graph.outputs.push_back(used.conv);
        QCOMPARE(foldBatchNorm(used.graph), 0);
        QCOMPARE(used.graph.nodes.size(), std::size_t{3});
        ConvNet training;
        training.graph.nodes[1].args[5] = true;
        QCOMPARE(foldBatchNorm(training.graph), 0);
    }

    void foldingIntoLinearNeedsRankTwo() {
        for (const bool flat : {true, false}) {
            Graph g;
            const ValueId x = g.addValue("x");
            g.inputs = {x};
            const ValueId w = g.addConstant("w", ramp({4, 3}), true);
            const ValueId fc = g.addMac("fc", NodeKind::Linear, {ValueRef{x}, ValueRef{w}});
            const ValueId mean = g.addConstant("mean", ramp({4})), variance = g.addConstant("var", ramp({4}));
            const ValueId y = g.addOperator(
                "bn", "aten::batch_norm",
                {ValueRef{fc}, Arg{}, Arg{}, ValueRef{mean}, ValueRef{variance}, false, 0.1, 1e-5, false});
            g.outputs = {y};
            g.values[x].shape = flat ? Shape{1, 3} : Shape{1, 4, 3};
            QCOMPARE(foldBatchNorm(g), flat ? 1 : 0);
        }
    }

    void deadNodesGo() {
        ConvNet net;
        net.graph.addOperator("dead", "aten::tanh", {ValueRef{net.conv}});
        net.graph.addConstant("unused", ramp({5}));
        const ValueId spare = net.graph.addValue("spare");
        net.graph.inputs.push_back(spare);
        const std::size_t values = net.graph.values.size();
        removeDeadNodes(net.graph);
        QVERIFY(net.graph.validate().ok());
        QCOMPARE(net.graph.nodes.size(), std::size_t{3});
        QCOMPARE(net.graph.values.size(), values - 2);
        QCOMPARE(net.graph.inputs.size(), std::size_t{2});
        QCOMPARE(net.graph.values[net.graph.inputs[1]].name, std::string("spare"));
        QCOMPARE(net.graph.values[net.graph.nodes[0].input(1)].name, std::string("w"));
    }
};

QTEST_GUILESS_MAIN(TestGraph)
#include "tst_graph.moc"
