// SPDX-License-Identifier: GPL-3.0-or-later
// Recurrent layers: LibTorch's results in floating point, and exact products of every time step.
#include <QtTest>

#include "core/model/recurrent.h"
#include "tests/unit/emulator/layer_testing.h"

using namespace axp;
using namespace axp::test;

namespace {

/// Builds recurrent layers without an importer.
class PlainBuilder : public GraphBuilder {
public:
    explicit PlainBuilder(Graph& graph) : m_graph(graph) {}
    ValueId op(const std::string& name, const std::string& schema, std::vector<Arg> args) override {
        return m_graph.addOperator(name, schema, std::move(args));
    }
    std::vector<ValueId> ops(const std::string& name, const std::string& schema, std::vector<Arg> args, std::size_t outputs) override {
        op(name, schema, std::move(args));
        while (m_graph.nodes.back().outputs.size() < outputs) m_graph.nodes.back().outputs.push_back(m_graph.addValue(name));
        return m_graph.nodes.back().outputs;
    }
    ValueId mac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv) override {
        return m_graph.addMac(name, kind, std::move(args), std::move(conv));
    }
    std::vector<ValueId> recurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) override {
        const auto outputs = ops(name, "Recurrent", std::move(args), attributes.cell == RecurrentCell::Lstm ? 3 : 2);
        m_graph.nodes.back().kind = NodeKind::Recurrent;
        m_graph.nodes.back().recurrent = attributes;
        return outputs;
    }
    ValueId constant(const std::string& name, Tensor tensor) override { return m_graph.addConstant(name, std::move(tensor)); }

private:
    Graph& m_graph;
};

constexpr std::int64_t kSteps = 7, kInputs = 6, kHidden = 5;

struct RecurrentCase {
    RecurrentCell cell;
    bool reverse = false, resetAfter = true, biased = true, states = false;
};

/// One layer on [steps, inputs]; the output is the sequence and the last state, flattened.
Graph recurrentNetwork(const RecurrentCase& c) {
    Graph graph;
    graph.name = "recurrent";
    graph.inputs = {graph.addValue("x")};
    PlainBuilder builder(graph);
    const std::int64_t rows = gateCount(c.cell) * kHidden;
    RecurrentLayer layer;
    layer.cell = c.cell;
    layer.name = "rnn";
    layer.suffix = "l0";
    layer.x = graph.inputs[0];
    layer.weightIh = constant(graph, {rows, kInputs}, 21).id;
    layer.weightHh = constant(graph, {rows, kHidden}, 22).id;
    if (c.biased) {
        layer.biasIh = constant(graph, {rows}, 23).id;
        layer.biasHh = constant(graph, {rows}, 24).id;
    }
    if (c.states) {
        const ValueId cut = graph.addOperator("cut", "aten::slice.Tensor", {ValueRef{layer.x}, std::int64_t{2}, std::int64_t{0}, kHidden});
        layer.h0 = graph.addOperator("h0", "aten::select.int", {ValueRef{cut}, std::int64_t{1}, std::int64_t{0}});
    }
    layer.reverse = c.reverse;
    layer.resetAfter = c.resetAfter;
    const RecurrentResult result = buildRecurrent(builder, layer);
    const ValueId last = graph.addOperator("last", "aten::unsqueeze", {ValueRef{result.h}, std::int64_t{1}});
    graph.outputs = {flat(graph, graph.addOperator("all", "aten::cat", {std::vector<ValueRef>{{result.sequence}, {last}}, std::int64_t{1}}))};
    inferOrDie(graph, {kSteps, kInputs});
    return graph;
}

}  // namespace

class TestRecurrent : public QObject {
    Q_OBJECT
private slots:
    void equalsLibTorch_data();
    void equalsLibTorch();
    void productsAreExact_data();
    void productsAreExact();
};

void TestRecurrent::equalsLibTorch_data() {
    QTest::addColumn<QString>("op");
    QTest::addColumn<int>("cell");
    QTest::newRow("lstm") << "aten::lstm.input" << int(RecurrentCell::Lstm);
    QTest::newRow("gru") << "aten::gru.input" << int(RecurrentCell::Gru);
    QTest::newRow("tanh") << "aten::rnn_tanh.input" << int(RecurrentCell::Tanh);
    QTest::newRow("relu") << "aten::rnn_relu.input" << int(RecurrentCell::Relu);
}

void TestRecurrent::equalsLibTorch() {
    QFETCH(QString, op);
    QFETCH(int, cell);
    const auto kind = static_cast<RecurrentCell>(cell);
    const std::int64_t batch = 3, rows = gateCount(kind) * kHidden;
    // Both directions, batch first: LibTorch's own layer beside ours, with the same weights.
    Graph theirs, ours;
    std::vector<ValueRef> weights;
    std::vector<ValueRef> sequences;
    ours.inputs = {ours.addValue("x")};
    theirs.inputs = {theirs.addValue("x")};
    PlainBuilder builder(ours);
    for (int direction = 0; direction < 2; ++direction) {
        RecurrentLayer layer;
        layer.cell = kind;
        layer.name = "rnn";
        layer.suffix = direction ? "l0_reverse" : "l0";
        layer.x = ours.inputs[0];
        layer.reverse = direction == 1;
        const std::uint64_t seed = direction ? 70 : 60;
        for (Graph* graph : {&theirs, &ours}) {
            const ValueRef made[] = {constant(*graph, {rows, kInputs}, seed), constant(*graph, {rows, kHidden}, seed + 1), constant(*graph, {rows}, seed + 2),
                                     constant(*graph, {rows}, seed + 3)};
            if (graph == &theirs) weights.insert(weights.end(), std::begin(made), std::end(made));
            else layer.weightIh = made[0].id, layer.weightHh = made[1].id, layer.biasIh = made[2].id, layer.biasHh = made[3].id;
        }
        sequences.push_back({buildRecurrent(builder, layer).sequence});
    }
    ours.outputs = {ours.addOperator("both", "aten::cat", {sequences, std::int64_t{-1}})};
    const std::vector<float> none(static_cast<std::size_t>(2 * batch * kHidden), 0.0F);
    const ValueRef zeros = {theirs.addConstant("zeros", Tensor::from(Shape{2, batch, kHidden}, none))};
    const bool lstm = kind == RecurrentCell::Lstm;
    const Arg state = lstm ? Arg(std::vector<ValueRef>{zeros, zeros}) : Arg(zeros);
    std::vector<Arg> args{ValueRef{theirs.inputs[0]}, state, weights, true, std::int64_t{1}, 0.0, false, true, true};
    theirs.outputs = PlainBuilder(theirs).ops("theirs", op.toStdString(), std::move(args), lstm ? 3 : 2);
    const Tensor x = Tensor::from(Shape{batch, kSteps, kInputs}, randomValues(batch * kSteps * kInputs, 5, 1.0F));
    const Tensor own = must(runFloat(ours, x)), other = must(runFloat(theirs, x));
    QCOMPARE(own.shape(), (Shape{batch, kSteps, 2 * kHidden}));
    QCOMPARE(own.shape(), other.shape());
    // A matrix product may round otherwise where its rows stand elsewhere; all else is the same arithmetic.
    for (std::size_t i = 0; i < own.as<float>().size(); ++i) QVERIFY(std::abs(own.as<float>()[i] - other.as<float>()[i]) <= 1e-6F);
}

void TestRecurrent::productsAreExact_data() {
    QTest::addColumn<int>("cell");
    QTest::addColumn<bool>("reverse");
    QTest::addColumn<bool>("resetAfter");
    QTest::addColumn<bool>("biased");
    QTest::addColumn<bool>("states");
    const int lstm = int(RecurrentCell::Lstm), gru = int(RecurrentCell::Gru);
    QTest::newRow("lstm") << lstm << false << true << true << false;
    QTest::newRow("lstm reverse, state") << lstm << true << true << false << true;
    QTest::newRow("gru") << gru << false << true << true << true;
    QTest::newRow("gru, reset before") << gru << true << false << true << false;
    QTest::newRow("tanh") << int(RecurrentCell::Tanh) << false << true << true << false;
    QTest::newRow("relu") << int(RecurrentCell::Relu) << true << true << false << false;
}

void TestRecurrent::productsAreExact() {
    QFETCH(int, cell);
    QFETCH(bool, reverse);
    QFETCH(bool, resetAfter);
    QFETCH(bool, biased);
    QFETCH(bool, states);
    const RecurrentCase c{static_cast<RecurrentCell>(cell), reverse, resetAfter, biased, states};
    const Graph graph = recurrentNetwork(c);
    const auto sites = enumerateSites(graph, Granularity::Node);
    QCOMPARE(sites.size(), std::size_t(2));
    QCOMPARE(sites[0].id, std::string("rnn.ih_l0"));
    QCOMPARE(sites[1].id, std::string("rnn.hh_l0"));
    const std::int64_t rows = gateCount(c.cell) * kHidden;
    QCOMPARE(sites[0].macs, kSteps * rows * kInputs);
    QCOMPARE(sites[1].macs, kSteps * rows * kHidden);
    const Bench bench;
    auto emulator = bench.emulator(graph, {kSteps, kInputs});
    const Ranges ranges = emulator->ranges();
    QVERIFY(ranges.at("rnn.hh_l0").amaxA > 0 && !ranges.at("rnn.hh_l0").amaxB);
    const bool threeProducts = c.cell == RecurrentCell::Gru && !resetAfter;
    for (const std::string& unit : kUnits) {
        const Assignment assignment{{"rnn.hh_l0", unit}, {"rnn.ih_l0", "mul8s_1L2H"}};
        const VectorDump dump = must(emulator->dumpVectors(assignment, "rnn.hh_l0", kSlice, {}));
        QCOMPARE(bench.wrong(dump), std::int64_t(0));
        QCOMPARE(dump.acc.shape(), (threeProducts ? Shape{3, 5 * kSteps, kHidden} : Shape{1, 5 * kSteps, rows}));
        const Tensor output = must(emulator->logits(assignment, kSlice, {}));
        const auto sequence = output.as<float>(), state = dump.x.as<float>();
        QCOMPARE(dump.x.shape(), (Shape{5, kSteps, kHidden}));
        QCOMPARE(output.shape(), (Shape{5, (kSteps + 1) * kHidden}));
        for (std::int64_t n = 0; n < 5; ++n)
            for (std::int64_t t = 0; t < kSteps; ++t)
                for (std::int64_t i = 0; i < kHidden; ++i) {
                    const std::int64_t before = reverse ? t + 1 : t - 1;
                    const bool first = before < 0 || before == kSteps;
                    const float given = state[static_cast<std::size_t>((n * kSteps + t) * kHidden + i)];
                    if (!first) QCOMPARE(given, sequence[static_cast<std::size_t>((n * (kSteps + 1) + before) * kHidden + i)]);
                    else if (!states) QCOMPARE(given, 0.0F);
                }
        if (threeProducts) continue;
        const auto acc = integers(dump.acc);
        const auto product = dump.y.as<float>();
        const Node& node = *graph.findNode("rnn.hh_l0");
        for (std::size_t i = 0; i < acc.size(); ++i) {
            const std::size_t n = i % static_cast<std::size_t>(rows);
            const float scaled = static_cast<float>(acc[i]) * (dump.scaleA * dump.scaleB[n]);
            QCOMPARE(product[i], biased ? scaled + graph.values[static_cast<std::size_t>(node.input(2))].constant->as<float>()[n] : scaled);
        }
    }
    // Threads, reuse and strategies change nothing.
    EmulatorOptions other;
    other.threads = 2;
    other.reuseBytes = 0;
    other.strategy = Strategy::Reference;
    auto reference = bench.emulator(graph, {kSteps, kInputs}, other, ranges);
    const DataSlice many{"selection", 3, 70};
    for (const Assignment& assignment : {Assignment{}, Assignment{{"rnn.hh_l0", "random"}}, Assignment{{"rnn.ih_l0", "random"}}, Assignment{}})
        QVERIFY(equal(must(emulator->logits(assignment, many, {})), must(reference->logits(assignment, many, {}))));
}

QTEST_GUILESS_MAIN(TestRecurrent)
#include "tst_recurrent.moc"
