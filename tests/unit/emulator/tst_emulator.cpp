// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <random>

#include "backends/emulator/emulator.h"
#include "backends/emulator/train.h"
#include "core/graph/passes.h"
#include "tests/unit/emulator/emulator_testing.h"
#include "tests/unit/emulator/random_dataset.h"

Q_DECLARE_METATYPE(axp::AccumulatorModel)

using namespace axp;
using namespace axp::test;

namespace {

/// An unsigned multiplier that is not commutative and errs at zero.
AcuPtr unsignedAcu() {
    return std::make_shared<const Acu>("oddu", 8, 8, false, [](std::int64_t a, std::int64_t b) { return (a & ~3) * b + (a == 0 ? 64 : 0); },
                                       AcuFigures{0.1, {}, {}});
}

/// Convolutions with groups, stride, dilation and asymmetric padding, then a linear layer: input [2, 11, 9].
Graph convNetwork() {
    Graph graph;
    graph.name = "conv-test";
    const ValueId x = graph.addValue("x");
    graph.inputs = {x};
    std::uint64_t seed = 10;
    const auto weight = [&](const Shape& shape) { return ValueRef{graph.addConstant("w", Tensor::from(shape, randomValues(elementCount(shape), ++seed, 0.3F)), true)}; };
    ConvAttributes first{{2, 1}, {1, 0}, {2, 1}, {1, 2}, {0, 0}, 1};
    ConvAttributes second{{1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, 3};
    const ValueId a = graph.addMac("c1", NodeKind::Conv, {ValueRef{x}, weight({6, 2, 3, 2}), weight({6})}, first);
    const ValueId b = graph.addOperator("r1", "aten::relu", {ValueRef{a}});
    const ValueId c = graph.addMac("c2", NodeKind::Conv, {ValueRef{b}, weight({6, 2, 3, 3}), Arg{}}, second);
    const ValueId d = graph.addOperator("sum", "aten::add.Tensor", {ValueRef{b}, ValueRef{c}});
    const ValueId e = graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{d}, std::int64_t{1}, std::int64_t{-1}});
    graph.outputs = {e};  // to learn the number of features
    if (auto shapes = inferShapes(graph, {2, 11, 9}); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
    const std::int64_t features = graph.values[static_cast<std::size_t>(e)].shape[1];
    graph.outputs = {graph.addMac("fc", NodeKind::Linear, {ValueRef{e}, weight({4, features}), weight({4})})};
    if (auto shapes = inferShapes(graph, {2, 11, 9}); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
    return graph;
}

struct Fixture {
    AcuLibrary library;
    Graph graph;
    std::shared_ptr<test::RandomDataset> data;

    explicit Fixture(bool vit) {
        if (!library.add(randomAcu()).ok() || !library.add(unsignedAcu()).ok()) qFatal("library");
        graph = vit ? must(buildSampleNetwork("fashion-vit", 5)) : convNetwork();
        const Shape sample = vit ? Shape{1, 28, 28} : Shape{2, 11, 9};
        if (auto shapes = inferShapes(graph, sample); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
        data = std::make_shared<test::RandomDataset>(sample, vit ? 10 : 4, 70);
    }
    std::unique_ptr<Emulator> emulator(EmulatorOptions options = {}, Ranges ranges = {}) const {
        QuantSettings settings;
        settings.calibrationSamples = 40;
        return must(Emulator::create(graph, graph.contentHash(), data, library, settings, std::move(ranges), SignHandling::SignMagnitude, 0.425, options));
    }
};

const Assignment kRandomFirst{{"c1", "random"}};
const DataSlice kSlice{"selection", 1, 67};  // three slices, the last one short

bool equal(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.byteSize() == b.byteSize() && std::memcmp(a.data(), b.data(), a.byteSize()) == 0;
}

}  // namespace

class TestEmulator : public QObject {
    Q_OBJECT
private slots:
    void uncalibratedIsRefused();
    void calibrationCoversEveryMacNode();
    void dumpedVectorsMatchTheMultiplier_data();
    void dumpedVectorsMatchTheMultiplier();
    void outputIsScaledAccumulatorPlusBias();
    void strategiesAgreeBitForBit();
    void threadsDoNotMatter();
    void reuseDoesNotMatter();
    void predictionsKeepNothing();
    void headsAreSites();
    void floatRunMatchesLayerByLayer();
    void cancelStops();
    void badSlicesAndShapes();
    void exactEmulationIsClose();
    void widthsAndSemantics_data();
    void widthsAndSemantics();
    void mixedWidths();
    void everyLayerType();
    void nonFiniteActivationsAreReported();
    void outputMustFitTheLabels();
};

void TestEmulator::uncalibratedIsRefused() {
    const Fixture f(false);
    const auto result = f.emulator()->evaluate({}, kSlice, {});
    QVERIFY(!result.ok());
    QVERIFY(result.error().text().find("c1") != std::string::npos);
    QCOMPARE(result.error().kind, ErrorKind::BadInput);
}

void TestEmulator::calibrationCoversEveryMacNode() {
    const Fixture f(true);
    auto emulator = f.emulator();
    const Ranges ranges = must(emulator->calibrate({}));
    int macs = 0, products = 0;
    for (const auto& node : f.graph.nodes) {
        if (!node.isMac()) continue;
        ++macs;
        QVERIFY(ranges.count(node.name));
        QVERIFY(ranges.at(node.name).amaxA > 0);
        products += node.kind == NodeKind::MatMul;
        QCOMPARE(ranges.at(node.name).amaxB.has_value(), node.kind == NodeKind::MatMul);
    }
    QCOMPARE(macs, 2 + 6 * 6);
    QCOMPARE(products, 12);
    QCOMPARE(ranges.size(), std::size_t(macs));
}

void TestEmulator::dumpedVectorsMatchTheMultiplier_data() {
    QTest::addColumn<bool>("vit");
    QTest::addColumn<QString>("acu");
    for (const bool vit : {false, true})
        for (const char* acu : {"mul8s_1L2H", "mul8s_1KV9", "random", "oddu"})
            QTest::addRow("%s %s", vit ? "vit" : "conv", acu) << vit << acu;
}

void TestEmulator::dumpedVectorsMatchTheMultiplier() {
    QFETCH(bool, vit);
    QFETCH(QString, acu);
    const Fixture f(vit);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    Assignment assignment;
    for (const auto& site : enumerateSites(f.graph, Granularity::Node)) assignment[site.id] = acu.toStdString();
    const AcuPtr unit = must(f.library.find(acu.toStdString()));
    int checked = 0;
    for (const auto& site : enumerateSites(f.graph, Granularity::Node)) {
        if (vit && checked > 6) break;  // patch embedding and one whole block
        const VectorDump dump = must(emulator->dumpVectors(assignment, site.id, {"selection", 0, vit ? 2 : 35}, {}));
        QCOMPARE(wrongAccumulators(dump, *unit), std::int64_t(0));
        ++checked;
    }
    QVERIFY(checked >= 3);
}

void TestEmulator::outputIsScaledAccumulatorPlusBias() {
    const Fixture f(false);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    const VectorDump dump = must(emulator->dumpVectors({{"fc", "mul8s_1L2L"}}, "fc", {"selection", 0, 40}, {}));
    const auto& bias = *f.graph.values[static_cast<std::size_t>(f.graph.findNode("fc")->input(2))].constant;
    for (std::int64_t m = 0; m < 40; ++m)
        for (std::int64_t n = 0; n < 4; ++n) {
            const auto at = static_cast<std::size_t>(m * 4 + n);
            const float scale = dump.scaleA * dump.scaleB[static_cast<std::size_t>(n)];
            const float product = static_cast<float>(dump.acc.as<std::int32_t>()[at]) * scale;
            QCOMPARE(dump.y.as<float>()[at], product + bias.as<float>()[static_cast<std::size_t>(n)]);
        }
    QCOMPARE(dump.acu, std::string("mul8s_1L2L"));
}

void TestEmulator::strategiesAgreeBitForBit() {
    for (const bool vit : {false, true}) {
        const Fixture f(vit);
        const Ranges ranges = must(f.emulator()->calibrate({}));
        Assignment assignment;
        int index = 0;
        for (const auto& site : enumerateSites(f.graph, Granularity::Head))
            assignment[site.id] = std::array{"mul8s_1L2H", "mul8s_1KV9", "exact8s"}[static_cast<std::size_t>(index++ % 3)];
        std::vector<Tensor> logits;
        for (const Strategy strategy : {Strategy::Auto, Strategy::Factorised, Strategy::Table, Strategy::Reference}) {
            EmulatorOptions options;
            options.strategy = strategy;
            logits.push_back(must(f.emulator(options, ranges)->logits(assignment, vit ? DataSlice{"selection", 0, 3} : kSlice, {})));
        }
        for (const auto& other : logits) QVERIFY(equal(logits[0], other));
    }
}

void TestEmulator::threadsDoNotMatter() {
    const Fixture f(true);
    const Ranges ranges = must(f.emulator()->calibrate({}));
    std::vector<Evaluation> evaluations;
    for (const int threads : {1, 2, 5}) {
        EmulatorOptions options;
        options.threads = threads;
        evaluations.push_back(must(f.emulator(options, ranges)->evaluate({{"block1_fc1", "random"}}, kSlice, {})));
    }
    for (const auto& e : evaluations) {
        QCOMPARE(e.rmse, evaluations[0].rmse);
        QCOMPARE(e.metric, evaluations[0].metric);
        QCOMPARE(e.configHash, evaluations[0].configHash);
    }
}

void TestEmulator::reuseDoesNotMatter() {
    for (const bool vit : {false, true}) {
        const Fixture f(vit);
        const Ranges ranges = must(f.emulator()->calibrate({}));
        EmulatorOptions without;
        without.reuseBytes = 0;
        auto reusing = f.emulator({}, ranges), plain = f.emulator(without, ranges);
        const auto sites = enumerateSites(f.graph, Granularity::Head);
        std::mt19937_64 random(11);
        const char* acus[] = {"exact8s", "mul8s_1L2H", "random", "oddu"};
        Assignment assignment;
        const DataSlice slice = vit ? DataSlice{"selection", 0, 33} : kSlice;
        for (int step = 0; step < (vit ? 8 : 40); ++step) {
            if (step % 7 == 6) assignment.clear();
            else assignment[sites[random() % sites.size()].id] = acus[random() % 4];
            QVERIFY(equal(must(reusing->logits(assignment, slice, {})), must(plain->logits(assignment, slice, {}))));
        }
    }
}

void TestEmulator::predictionsKeepNothing() {
    Fixture f(false);
    f.data = std::make_shared<test::RandomDataset>(Shape{2, 11, 9}, 4, 200);
    EmulatorOptions options;
    options.threads = 1;  // blocks of 128 samples
    auto emulator = f.emulator(options);
    const DataSlice large{"selection", 3, 150};
    QVERIFY(!emulator->predict(&kRandomFirst, large, {}).ok());  // no ranges
    const Tensor floats = must(emulator->predict(nullptr, large, {}));
    const Tensor first = must(runFloat(f.graph, must(must(f.data->split("selection"))->samples(3, 32))));
    QCOMPARE(floats.shape(), (Shape{150, 4}));
    QVERIFY(std::memcmp(floats.data(), first.data(), first.byteSize()) == 0);
    must(emulator->calibrate({}));
    for (const Assignment& assignment : {Assignment{}, kRandomFirst})
        QVERIFY(equal(must(emulator->predict(&assignment, large, {})), must(emulator->logits(assignment, large, {}))));

    JobContext job;
    std::vector<std::int64_t> reported;
    job.onProgress = [&](const Progress& progress) {
        reported.push_back(progress.done);
        if (reported.size() == 2) job.cancel.cancel();
    };
    must(emulator->predict(&kRandomFirst, large, job));  // both blocks reported, then cancelled: too late
    QCOMPARE(reported, (std::vector<std::int64_t>{128, 150}));
    const auto stopped = emulator->predict(nullptr, large, job);
    QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
    for (const DataSlice& outside : {DataSlice{"selection", 100, 101}, DataSlice{"selection", 0, 0}, DataSlice{"selection", -1, 2}})
        QVERIFY(!emulator->predict(nullptr, outside, {}).ok());
}

void TestEmulator::headsAreSites() {
    const Fixture f(true);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    QCOMPARE(emulator->leaves().size(), std::size_t(74));
    const DataSlice slice{"selection", 0, 2};
    const VectorDump exact = must(emulator->dumpVectors({}, "block1_attn_qk", slice, {}));
    const VectorDump head = must(emulator->dumpVectors({{"block1_attn_qk/h2", "random"}}, "block1_attn_qk/h2", slice, {}));
    const VectorDump other = must(emulator->dumpVectors({{"block1_attn_qk/h2", "random"}}, "block1_attn_qk/h1", slice, {}));
    QCOMPARE(exact.acc.shape(), (Shape{8, 50, 50}));
    QCOMPARE(head.acc.shape(), (Shape{2, 50, 50}));
    QCOMPARE(wrongAccumulators(head, *must(f.library.find("random"))), std::int64_t(0));
    QCOMPARE(wrongAccumulators(other, *must(f.library.find("exact8s"))), std::int64_t(0));
    const auto whole = exact.acc.as<std::int32_t>();
    QVERIFY(std::equal(other.acc.as<std::int32_t>().begin(), other.acc.as<std::int32_t>().begin() + 2500, whole.begin() + 2500));
    QVERIFY(!std::equal(head.acc.as<std::int32_t>().begin(), head.acc.as<std::int32_t>().begin() + 2500, whole.begin() + 5000));
    QVERIFY(!emulator->dumpVectors({{"block1_attn_qk/h2", "random"}}, "block1_attn_qk", slice, {}).ok());
}

void TestEmulator::floatRunMatchesLayerByLayer() {
    // The linear layer by hand, from the values in front of it.
    const Fixture f(false);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    const VectorDump dump = must(emulator->dumpVectors({}, "c1", {"selection", 0, 2}, {}));
    const Tensor batch = must(f.data->samples(0, 2));
    QVERIFY(equal(dump.x, batch));
    const Tensor logits = must(runFloat(f.graph, batch));
    QCOMPARE(logits.shape(), (Shape{2, 4}));
    const Tensor one = must(runFloat(f.graph, must(f.data->samples(1, 1))));
    for (std::size_t i = 0; i < 4; ++i) QVERIFY(std::abs(one.as<float>()[i] - logits.as<float>()[4 + i]) < 1e-5F);
}

void TestEmulator::cancelStops() {
    const Fixture f(true);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    JobContext job;
    job.cancel.cancel();
    const auto result = emulator->evaluate({}, {"selection", 0, 70}, job);
    QVERIFY(!result.ok());
    QCOMPARE(result.error().kind, ErrorKind::Cancelled);
    QVERIFY(emulator->evaluate({}, {"selection", 0, 8}, {}).ok());
}

void TestEmulator::badSlicesAndShapes() {
    Fixture f(false);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    for (const DataSlice& slice : {DataSlice{"selection", 0, 71}, DataSlice{"selection", 70, 1}, DataSlice{"selection", -1, 2}, DataSlice{"selection", 0, 0}}) {
        const auto result = emulator->evaluate({}, slice, {});
        QVERIFY(!result.ok());
        QCOMPARE(result.error().kind, ErrorKind::BadInput);
    }
    const auto wrong = inferShapes(f.graph, {3, 11, 9});
    QVERIFY(!wrong.ok());
    QVERIFY(wrong.error().text().find("c1") != std::string::npos || wrong.error().text().find("Conv") != std::string::npos);
    QVERIFY(!inferShapes(f.graph, {1 << 30, 1 << 30}).ok());
}

void TestEmulator::exactEmulationIsClose() {
    const Fixture f(true);
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    const Evaluation exact = must(emulator->evaluate({}, kSlice, {}));
    const Evaluation rough = must(emulator->evaluate({{"block3_fc1", "random"}}, kSlice, {}));
    QVERIFY(exact.rmse > 0);
    QVERIFY(rough.rmse > 2 * exact.rmse);
    QCOMPARE(exact.powerRelative.value(), 1.0);
    QVERIFY(!rough.powerRelative.has_value());  // the random table has no power figure
    QVERIFY(exact.configHash != rough.configHash);
}

void TestEmulator::widthsAndSemantics_data() {
    QTest::addColumn<QString>("acu");
    QTest::addColumn<bool>("affine");
    QTest::addColumn<AccumulatorModel>("accumulator");
    const AccumulatorModel exact, wrap{13, false, 0}, saturate{14, true, 0}, loa{20, true, 6}, plainLoa{0, false, 4};
    QTest::addRow("4 bits") << "exact:bits=4" << false << exact;
    QTest::addRow("6 bits unsigned") << "trunc:bits=6:signed=0:a=1:b=0" << false << exact;
    QTest::addRow("12 bits") << "bam:bits=12:v=3" << false << exact;
    QTest::addRow("16 bits") << "trunc:bits=16:a=2:b=1" << false << exact;
    QTest::addRow("16 bits unsigned") << "exact:bits=16:signed=0" << false << exact;
    QTest::addRow("8 bits affine") << "oddu" << true << exact;
    QTest::addRow("5 bits affine") << "exact:bits=5:signed=0" << true << exact;
    QTest::addRow("12 bits affine") << "trunc:bits=12:signed=0:a=2:b=2" << true << exact;
    QTest::addRow("16 bits affine") << "bam:bits=16:signed=0:v=2" << true << exact;
    QTest::addRow("wrapping") << "random" << false << wrap;
    QTest::addRow("wrapping 12 bits") << "exact:bits=12" << false << wrap;
    QTest::addRow("saturating") << "mul8s_1KV9" << false << saturate;
    QTest::addRow("approximate adder") << "mul8s_1L2H" << false << loa;
    QTest::addRow("approximate adder, 16 bits") << "exact:bits=16" << false << plainLoa;
    QTest::addRow("saturating affine") << "oddu" << true << saturate;
    QTest::addRow("wrapping affine") << "exact:bits=12:signed=0" << true << wrap;
}

void TestEmulator::widthsAndSemantics() {
    QFETCH(QString, acu);
    QFETCH(bool, affine);
    QFETCH(AccumulatorModel, accumulator);
    for (const bool vit : {false, true}) {
        const Fixture f(vit);
        QuantSettings settings;
        settings.calibrationSamples = 40;
        settings.accumulator = accumulator;
        auto emulator = must(Emulator::create(f.graph, f.graph.contentHash(), f.data, f.library, settings, {},
                                              affine ? SignHandling::Affine : SignHandling::SignMagnitude, 0.425, {}));
        must(emulator->calibrate({}));
        Assignment sites;
        for (const auto& site : enumerateSites(f.graph, Granularity::Node)) sites[site.id] = acu.toStdString();
        const AcuPtr unit = must(f.library.find(acu.toStdString()));
        for (const char* site : vit ? std::vector<const char*>{"block1_attn_qk", "block1_attn_av", "block1_fc1"} : std::vector<const char*>{"c1", "c2", "fc"}) {
            const VectorDump dump = must(emulator->dumpVectors(sites, site, {"selection", 0, vit ? 1 : 5}, {}));
            QCOMPARE(wrongAccumulators(dump, *unit, accumulator), std::int64_t(0));
            QCOMPARE(dump.semantics, std::string(affine ? "affine" : unit->isSigned() ? "direct" : "sign-magnitude"));
            QCOMPARE(dump.zeroB > 0, affine);
        }
    }
}

/// Ranges are stored, so layers of different widths stand beside each other; more bits come closer to the float network.
void TestEmulator::mixedWidths() {
    const Fixture f(false);
    for (const bool affine : {false, true}) {
        QuantSettings settings;
        settings.calibrator = Calibrator::Max;
        settings.calibrationSamples = 40;
        auto emulator = must(Emulator::create(f.graph, f.graph.contentHash(), f.data, f.library, settings, {},
                                              affine ? SignHandling::Affine : SignHandling::SignMagnitude, 0.425, {}));
        must(emulator->calibrate({}));
        std::vector<double> rmse;
        for (const int bits : {4, 6, 8, 12, 16}) {
            const std::string acu = "exact:bits=" + std::to_string(bits) + (affine ? ":signed=0" : "");
            rmse.push_back(must(emulator->evaluate({{"c1", acu}, {"c2", acu}, {"fc", acu}}, kSlice, {})).rmse);
        }
        for (std::size_t i = 1; i < rmse.size(); ++i) QVERIFY2(rmse[i] < rmse[i - 1] / 2, qPrintable(QString("%1 %2").arg(rmse[i - 1]).arg(rmse[i])));
        QVERIFY(must(emulator->evaluate({{"c1", "exact:bits=4"}, {"c2", "exact:bits=12"}, {"fc", "exact:bits=8"}}, kSlice, {})).rmse > rmse[3]);
    }
}

void TestEmulator::everyLayerType() {
    // Transposed with groups, asymmetric padding and output padding, then one and three dimensions.
    struct Case {
        const char* name;
        NodeKind kind;
        Shape sample, weight;
        ConvAttributes conv;
    };
    const std::vector<Case> cases{
        {"transposed 2d", NodeKind::ConvTranspose, {4, 5, 6}, {4, 3, 3, 2}, {{2, 3}, {1, 0}, {0, 1}, {1, 2}, {1, 1}, 2}},
        {"transposed 1d", NodeKind::ConvTranspose, {3, 7}, {3, 2, 4}, {{2}, {1}, {1}, {1}, {0}, 1}},
        {"transposed 3d", NodeKind::ConvTranspose, {2, 3, 4, 3}, {2, 2, 2, 3, 2}, {{1, 2, 2}, {0, 1, 0}, {0, 1, 0}, {1, 1, 1}, {0, 1, 0}, 1}},
        {"conv 1d", NodeKind::Conv, {4, 17}, {6, 2, 5}, {{2}, {2}, {1}, {2}, {}, 2}},
        {"conv 3d", NodeKind::Conv, {2, 5, 6, 4}, {3, 2, 2, 3, 2}, {{1, 2, 1}, {1, 0, 1}, {0, 1, 1}, {2, 1, 1}, {}, 1}},
    };
    for (const Case& c : cases) {
        Fixture f(false);
        Graph graph;
        graph.name = c.name;
        const ValueId x = graph.addValue("x");
        graph.inputs = {x};
        const auto weight = [&](const Shape& shape, std::uint64_t seed) {
            return ValueRef{graph.addConstant("w", Tensor::from(shape, randomValues(elementCount(shape), seed, 0.3F)), true)};
        };
        const std::int64_t outputs = c.kind == NodeKind::ConvTranspose ? c.weight[1] * c.conv.groups : c.weight[0];
        const ValueId y = graph.addMac("layer", c.kind, {ValueRef{x}, weight(c.weight, 3), weight({outputs}, 4)}, c.conv);
        graph.outputs = {graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{y}, std::int64_t{1}, std::int64_t{-1}})};
        if (auto shapes = inferShapes(graph, c.sample); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
        const auto data = std::make_shared<test::RandomDataset>(c.sample, 2, 70);
        std::vector<Tensor> logits;
        Ranges ranges;
        for (const Strategy strategy : {Strategy::Auto, Strategy::Table, Strategy::Reference}) {
            EmulatorOptions options;
            options.strategy = strategy;
            QuantSettings settings;
            settings.calibrator = Calibrator::Max;
            settings.calibrationSamples = 40;
            auto emulator = must(Emulator::create(graph, graph.contentHash(), data, f.library, settings, ranges, SignHandling::SignMagnitude, 0.425, options));
            if (ranges.empty()) ranges = must(emulator->calibrate({}));
            QVERIFY(must(emulator->evaluate({{"layer", "exact:bits=10"}}, {"selection", 0, 8}, {})).rmse < 0.02);
            logits.push_back(must(emulator->logits({{"layer", "random"}}, {"selection", 0, 8}, {})));
            for (const char* acu : {"random", "oddu", "bam:bits=10:v=2"}) {
                const VectorDump dump = must(emulator->dumpVectors({{"layer", acu}}, "layer", {"selection", 0, 3}, {}));
                QCOMPARE(wrongAccumulators(dump, *must(f.library.find(acu))), std::int64_t(0));
            }
        }
        QVERIFY(equal(logits[0], logits[1]));
        QVERIFY(equal(logits[0], logits[2]));
    }
}

void TestEmulator::nonFiniteActivationsAreReported() {
    Fixture f(false);
    const Ranges ranges = must(f.emulator()->calibrate({}));
    // The logarithm of negative numbers between two layers.
    f.graph.nodes[1].op = "aten::log";
    const auto emulator = f.emulator({}, ranges);
    const auto result = emulator->evaluate({}, kSlice, {});
    QVERIFY(!result.ok());
    QVERIFY(result.error().text().find("c2") != std::string::npos);
    QVERIFY(result.error().text().find("infinite") != std::string::npos);
}

/// A network that runs on samples of another shape too must not give a plausible figure.
void TestEmulator::outputMustFitTheLabels() {
    Fixture f(false);
    f.graph.outputs = {f.graph.nodes[1].outputs[0]};  // a feature map instead of logits
    auto emulator = f.emulator();
    must(emulator->calibrate({}));
    const auto result = emulator->evaluate({}, kSlice, {});
    QVERIFY(!result.ok());
    QCOMPARE(result.error().kind, ErrorKind::BadInput);
    QVERIFY(result.error().text().find("for one sample the network gives an output of shape [6,") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestEmulator)
#include "tst_emulator.moc"
