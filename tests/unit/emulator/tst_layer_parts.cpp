// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of layers with ACUs of their own, fused activations, and what slices keep for reuse.
#include <QtTest>

#include "backends/emulator/train.h"
#include "core/graph/passes.h"
#include "tests/unit/emulator/layer_testing.h"

using namespace axp;
using namespace axp::test;

namespace {

struct LayerCase {
    const char* name;
    NodeKind kind;
    Shape sample, weight;
    ConvAttributes conv;
    int groups, parts;
};

/// Layers of every kind, with the number of channel groups asked for and got.
std::vector<LayerCase> layerCases() {
    return {{"conv", NodeKind::Conv, {3, 7, 6}, {6, 3, 3, 2}, {{2, 1}, {1, 0}, {0, 1}, {1, 2}, {}, 1}, 3, 3},
            {"conv, own groups", NodeKind::Conv, {4, 6, 5}, {6, 2, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {}, 2}, 3, 2},
            {"depthwise in groups", NodeKind::Conv, {72, 4, 4}, {72, 1, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {}, 72}, 4, 4},
            {"many groups, two pieces each", NodeKind::Conv, {66, 3, 3}, {132, 1, 2, 2}, {{1, 1}, {0, 0}, {0, 0}, {1, 1}, {}, 66}, 132, 132},
            {"conv 1d", NodeKind::Conv, {2, 17}, {8, 2, 5}, {{2}, {2}, {1}, {2}, {}, 1}, 4, 4},
            {"conv 3d", NodeKind::Conv, {2, 5, 4, 4}, {4, 2, 2, 3, 2}, {{1, 2, 1}, {1, 0, 1}, {0, 1, 1}, {2, 1, 1}, {}, 1}, 2, 2},
            {"transposed", NodeKind::ConvTranspose, {4, 5, 4}, {4, 6, 3, 2}, {{2, 3}, {1, 0}, {0, 1}, {1, 2}, {1, 1}, 1}, 3, 3},
            {"transposed, own groups", NodeKind::ConvTranspose, {4, 4, 4}, {4, 3, 2, 2}, {{2, 2}, {0, 0}, {0, 0}, {1, 1}, {0, 0}, 2}, 3, 2},
            {"linear", NodeKind::Linear, {5, 9}, {8, 9}, {}, 4, 4},
            {"does not divide", NodeKind::Linear, {9}, {7, 9}, {}, 4, 0}};
}

Graph layerNetwork(const LayerCase& c) {
    Graph graph;
    graph.name = "layer";
    graph.inputs = {graph.addValue("x")};
    const std::int64_t outputs = c.kind == NodeKind::ConvTranspose ? c.weight[1] * c.conv.groups : c.weight[0];
    const ValueId y = graph.addMac("layer", c.kind, {ValueRef{graph.inputs[0]}, constant(graph, c.weight, 3), constant(graph, {outputs}, 4)}, c.conv);
    graph.outputs = {flat(graph, y)};
    inferOrDie(graph, c.sample);
    defineParts(graph, {c.groups, false});
    return graph;
}

/// Element i of channel c of a tensor [N, C, ...] (a Linear: [..., C]).
std::int64_t channelOf(const Shape& shape, bool last, std::int64_t i) {
    if (last) return i % shape.back();
    const std::int64_t inner = elementCount(shape) / shape[0] / shape[1];
    return i / inner % shape[1];
}

}  // namespace

class TestLayerParts : public QObject {
    Q_OBJECT
private slots:
    void groupsAreComputedByTheirOwnKernels_data();
    void groupsAreComputedByTheirOwnKernels();
    void groupsKeepTheHash();
    void headsCoverProjections();
    void fusedActivationsChangeNoBit();
    void largeSlicesLeaveOthersTheirActivations();
};

void TestLayerParts::groupsAreComputedByTheirOwnKernels_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const LayerCase& c : layerCases()) QTest::newRow(c.name) << index++;
}

void TestLayerParts::groupsAreComputedByTheirOwnKernels() {
    QFETCH(int, index);
    const LayerCase c = layerCases()[static_cast<std::size_t>(index)];
    const Graph graph = layerNetwork(c);
    const Bench bench;
    const auto emulator = bench.emulator(graph, c.sample);
    const auto leaves = emulator->leaves();
    QCOMPARE(leaves.size(), std::size_t(std::max(1, c.parts)));
    std::int64_t macs = 0;
    for (const Site& leaf : leaves) macs += leaf.macs;
    QCOMPARE(macs, nodeMacs(graph, graph.nodes[0]));
    Assignment mixed;
    for (std::size_t i = 0; i < leaves.size(); ++i) mixed[leaves[i].id] = kUnits[i % kUnits.size()];
    // What every unit gives when it stands at the whole layer.
    std::map<std::string, VectorDump> whole;
    for (const auto& [site, unit] : mixed)
        if (!whole.contains(unit)) whole[unit] = must(emulator->dumpVectors({{"layer", unit}}, "layer", kSlice, {}));
    const bool last = c.kind == NodeKind::Linear;
    const auto channels = static_cast<std::size_t>(c.kind == NodeKind::ConvTranspose ? c.weight[1] * c.conv.groups : c.weight[0]);
    for (std::size_t i = 0; i < leaves.size(); i += leaves.size() > 20 ? 13 : 1) {
        const VectorDump dump = must(emulator->dumpVectors(mixed, leaves[i].id, kSlice, {}));
        QCOMPARE(dump.acu, mixed[leaves[i].id]);
        QCOMPARE(bench.wrong(dump), std::int64_t(0));
        const Shape& shape = dump.y.shape();
        const auto own = dump.y.as<float>(), all = whole[dump.acu].y.as<float>();
        QCOMPARE(shape, whole[dump.acu].y.shape());
        std::size_t same = 0;
        for (std::size_t e = 0; e < own.size(); ++e) {
            const auto channel = static_cast<std::size_t>(channelOf(shape, last, static_cast<std::int64_t>(e)));
            if (channel / (channels / leaves.size()) != i) continue;
            QCOMPARE(std::bit_cast<std::uint32_t>(own[e]), std::bit_cast<std::uint32_t>(all[e]));
            ++same;
        }
        QCOMPARE(same, own.size() / leaves.size());
    }
    if (c.parts > 1) QVERIFY(!emulator->dumpVectors(mixed, "layer", kSlice, {}).ok());
    QVERIFY(!emulator->evaluate({{"layer/g" + std::to_string(c.parts), "exact8s"}}, kSlice, {}).ok());
}

void TestLayerParts::groupsKeepTheHash() {
    const LayerCase c = layerCases()[0];
    Graph divided = layerNetwork(c), undivided = divided;
    defineParts(undivided, {});
    QCOMPARE(undivided.contentHash(), divided.contentHash());
    const Bench bench;
    const auto a = bench.emulator(divided, c.sample), b = bench.emulator(undivided, c.sample);
    const Assignment uniform{{"layer", "random"}}, byGroups{{"layer/g0", "random"}, {"layer/g1", "random"}, {"layer/g2", "random"}};
    QCOMPARE(must(a->configurationHashOf(uniform)), must(b->configurationHashOf(uniform)));
    QCOMPARE(must(a->configurationHashOf(byGroups)), must(a->configurationHashOf(uniform)));
    QVERIFY(must(a->configurationHashOf({{"layer/g0", "random"}})) != must(a->configurationHashOf(uniform)));
    QVERIFY(must(a->configurationHashOf({{"layer/g0", "random"}})) != must(a->configurationHashOf({{"layer/g1", "random"}})));
    // One of three groups at the power of mul8s_1L2H.
    QCOMPARE(must(a->relativePowerOf({{"layer/g1", "mul8s_1L2H"}})).value(), (2 + must(a->relativePowerOf({{"layer", "mul8s_1L2H"}})).value()) / 3);
}

void TestLayerParts::headsCoverProjections() {
    Graph graph = must(buildSampleNetwork("fashion-vit", 5));
    inferOrDie(graph, {1, 28, 28});
    defineParts(graph, {4, true});
    const Node &qkv = *graph.findNode("block1_attn_qkv"), &proj = *graph.findNode("block1_attn_proj"), &fc = *graph.findNode("block1_fc1");
    QVERIFY(qkv.parts == (SiteParts{SiteParts::Kind::HeadRows, 4, 3}));
    QVERIFY(proj.parts == (SiteParts{SiteParts::Kind::HeadColumns, 4, 1}));
    QVERIFY(fc.parts == (SiteParts{SiteParts::Kind::Groups, 4, 1}));
    const Bench bench;
    const auto emulator = bench.emulator(graph, {1, 28, 28});
    const DataSlice slice{"selection", 0, 2};
    // Rows: what the unit gives at the whole projection, at the rows of its head.
    const Assignment mixed{{"block1_attn_qkv/h2", "random"}, {"block1_attn_qkv/h3", "exact:bits=6"}};
    const VectorDump rows = must(emulator->dumpVectors(mixed, "block1_attn_qkv/h2", slice, {}));
    QCOMPARE(bench.wrong(rows), std::int64_t(0));
    const VectorDump whole = must(emulator->dumpVectors({{"block1_attn_qkv", "random"}}, "block1_attn_qkv", slice, {}));
    const auto own = rows.y.as<float>(), all = whole.y.as<float>();
    const std::int64_t channels = whole.y.shape().back(), width = channels / 12;
    QCOMPARE(rows.qw.shape()[1], 3 * width);
    for (std::size_t i = 0; i < own.size(); ++i)
        if (static_cast<std::int64_t>(i) % channels / width % 4 == 2) QCOMPARE(own[i], all[i]);
    // Columns: partial sums of equal widths add up as integers, others as scaled floats, from head 0 on.
    for (const std::string other : {"mul8s_1L2H", "exact:bits=6"}) {
        const Assignment byHead{{"block1_attn_proj/h1", "random"}, {"block1_attn_proj/h2", other}};
        const auto& bias = *graph.values[static_cast<std::size_t>(proj.input(2))].constant;
        std::vector<VectorDump> heads;
        for (int h = 0; h < 4; ++h) heads.push_back(must(emulator->dumpVectors(byHead, "block1_attn_proj/h" + std::to_string(h), slice, {})));
        const auto outputs = static_cast<std::size_t>(heads[0].acc.shape()[2]);
        const auto y = heads[0].y.as<float>();
        std::vector<std::vector<std::int64_t>> sums;
        for (const VectorDump& head : heads) {
            QCOMPARE(bench.wrong(head), std::int64_t(0));
            sums.push_back(integers(head.acc));
        }
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t n = i % outputs;
            std::int64_t total = 0;
            float scaled = 0;
            for (std::size_t h = 0; h < 4; ++h) {
                total += sums[h][i];
                const float part = static_cast<float>(sums[h][i]) * (heads[h].scaleA * heads[h].scaleB[n]);
                scaled = h == 0 ? part : scaled + part;
            }
            if (other == "mul8s_1L2H") scaled = static_cast<float>(total) * (heads[0].scaleA * heads[0].scaleB[n]);
            QCOMPARE(y[i], scaled + bias.as<float>()[n]);
        }
    }
    // A head everywhere the same is the whole layer.
    Assignment same;
    for (const Site& leaf : emulator->leaves()) same[leaf.id] = "mul8s_1KV9";
    Assignment nodes;
    for (const Site& site : enumerateSites(graph, Granularity::Node)) nodes[site.id] = "mul8s_1KV9";
    QVERIFY(equal(must(emulator->logits(same, slice, {})), must(emulator->logits(nodes, slice, {}))));
}

void TestLayerParts::fusedActivationsChangeNoBit() {
    Graph graph;
    graph.name = "fusion";
    graph.inputs = {graph.addValue("x")};
    const ConvAttributes conv{{1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, 1};
    ValueId x = graph.inputs[0];
    const auto layer = [&](const char* name, std::int64_t in, std::int64_t out, std::uint64_t seed) {
        x = graph.addMac(name, NodeKind::Conv, {ValueRef{x}, constant(graph, {out, in, 3, 3}, seed), constant(graph, {out}, seed + 1)}, conv);
    };
    layer("c1", 2, 6, 31);
    x = graph.addOperator("r1", "aten::relu", {ValueRef{x}});
    layer("c2", 6, 4, 33);
    x = graph.addOperator("r6", "aten::hardtanh", {ValueRef{x}, 0.0, 0.75});
    layer("c3", 4, 4, 35);
    const ValueId twice = x;  // read by two: stays
    x = graph.addOperator("r3", "aten::relu", {ValueRef{x}});
    x = graph.addOperator("sum", "aten::add.Tensor", {ValueRef{x}, ValueRef{twice}});
    layer("c4", 4, 4, 37);
    const ValueId variance = graph.addConstant("v", Tensor::from(Shape{4}, std::vector<float>{0.5F, 1, 2, 0.7F}));
    x = graph.addOperator("bn", "aten::batch_norm", {ValueRef{x}, constant(graph, {4}, 41), constant(graph, {4}, 42), constant(graph, {4}, 43), ValueRef{variance},
                                                    false, 0.1, 1e-5, false});
    x = graph.addOperator("rbn", "aten::relu", {ValueRef{x}});
    x = flat(graph, x);
    graph.outputs = {x};
    inferOrDie(graph, {2, 9, 9});
    const std::int64_t features = graph.values[static_cast<std::size_t>(x)].shape[1];
    x = graph.addMac("fc", NodeKind::Linear, {ValueRef{x}, constant(graph, {10, features}, 44, 0.05F), Arg{}});
    graph.outputs = {graph.addOperator("limit", "aten::clamp", {ValueRef{x}, -0.1, {}})};
    for (const bool fold : {false, true}) {
        Graph plain = graph;
        QCOMPARE(fold ? foldBatchNorm(plain) : 0, fold ? 1 : 0);
        Graph fused = plain;
        QCOMPARE(fuseActivations(fused), fold ? 4 : 3);
        QCOMPARE(fuseActivations(fused), 0);
        inferOrDie(plain, {2, 9, 9});
        inferOrDie(fused, {2, 9, 9});
        QCOMPARE(fused.findNode("c1")->epilogue.nodes, std::vector<std::string>{"r1"});
        QCOMPARE(fused.findNode("c4")->epilogue.nodes, (fold ? std::vector<std::string>{"bn", "rbn"} : std::vector<std::string>{}));
        QVERIFY(!fused.findNode("r1") && fused.findNode("r3") && fused.findNode("fc")->epilogue.clamps());
        const Tensor batch = Tensor::from(Shape{3, 2, 9, 9}, randomValues(3 * 2 * 81, 9, 2.0F));
        QVERIFY(equal(must(runFloat(plain, batch)), must(runFloat(fused, batch))));
        defineParts(plain, {2, false});
        defineParts(fused, {2, false});
        const Bench bench;
        const auto a = bench.emulator(plain, {2, 9, 9});
        const Ranges ranges = a->ranges();
        const auto b = bench.emulator(fused, {2, 9, 9}, {}, ranges);
        QVERIFY(b->ranges() == must(bench.emulator(fused, {2, 9, 9})->calibrate({})));
        const Assignment byGroups{{"c2/g1", "exact:bits=5"}, {"c4/g0", "random"}, {"fc/g1", "random"}};
        for (const Assignment& assignment : {Assignment{}, Assignment{{"c1", "random"}, {"fc", "mul8s_1KV9"}}, byGroups})
            QVERIFY(equal(must(a->logits(assignment, {"selection", 0, 70}, {})), must(b->logits(assignment, {"selection", 0, 70}, {}))));
    }
}

void TestLayerParts::largeSlicesLeaveOthersTheirActivations() {
    const LayerCase c = layerCases()[0];
    const Graph graph = layerNetwork(c);
    const Bench bench;
    EmulatorOptions options;
    auto plain = bench.emulator(graph, c.sample);
    const DataSlice small{"selection", 0, 20}, large{"selection", 0, 300}, other{"selection", 40, 20}, third{"selection", 80, 20};
    must(plain->evaluate({}, small, {}));
    const std::int64_t each = plain->keptBytes();  // of one slice with one run
    QVERIFY(each > 0);
    options.reuseBytes = 3 * each;  // room for two runs of one slice and one of another, not for 300 samples
    auto emulator = bench.emulator(graph, c.sample, options, plain->ranges());
    const Assignment assignment{{"layer", "random"}};
    const auto check = [&](const DataSlice& slice) {
        QVERIFY(equal(must(emulator->logits(assignment, slice, {})), must(plain->logits(assignment, slice, {}))));
        QVERIFY(emulator->keptBytes() <= options.reuseBytes);
    };
    check(small);
    const std::int64_t kept = emulator->keptBytes();
    QCOMPARE(kept, each);
    check(large);
    QCOMPARE(emulator->keptBytes(), kept);  // neither kept nor in the way
    check(other);
    QCOMPARE(emulator->keptBytes(), 2 * kept);
    check(third);  // the one used least recently gives way
    QCOMPARE(emulator->keptBytes(), 2 * kept);
    check(small);
    QCOMPARE(emulator->keptBytes(), 2 * kept);
    emulator->forgetActivations();
    QCOMPARE(emulator->keptBytes(), std::int64_t(0));
}

QTEST_GUILESS_MAIN(TestLayerParts)
#include "tst_layer_parts.moc"
