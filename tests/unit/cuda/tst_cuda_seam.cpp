// SPDX-License-Identifier: GPL-3.0-or-later
// The emulator with a device: whole networks through the device interface give the CPU kernels' logits and accumulators, bit for bit.
#include <QtTest>
#include <cstring>
#include <random>

#include "backends/cuda/loader.h"
#include "backends/emulator/emulator.h"
#include "backends/emulator/train.h"
#include "tests/unit/cuda/host_device.h"
#include "tests/unit/emulator/emulator_testing.h"
#include "tests/unit/emulator/random_dataset.h"

Q_DECLARE_METATYPE(axp::AccumulatorModel)

using namespace axp;
using namespace axp::test;

namespace {

/// Grouped and padded convolutions, a linear layer.
Graph convNetwork() {
    Graph graph;
    graph.name = "conv-test";
    const ValueId x = graph.addValue("x");
    graph.inputs = {x};
    std::uint64_t seed = 10;
    const auto weight = [&](const Shape& shape) {
        return ValueRef{graph.addConstant("w", Tensor::from(shape, randomValues(elementCount(shape), ++seed, 0.3F)), true)};
    };
    const ConvAttributes first{{2, 1}, {1, 0}, {2, 1}, {1, 2}, {0, 0}, 1}, second{{2, 2}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, 3};
    const ValueId a = graph.addMac("c1", NodeKind::Conv, {ValueRef{x}, weight({6, 2, 3, 2}), weight({6})}, first);
    const ValueId b = graph.addOperator("r1", "aten::relu", {ValueRef{a}});
    const ValueId c = graph.addMac("c2", NodeKind::Conv, {ValueRef{b}, weight({6, 2, 3, 3}), Arg{}}, second);
    const ValueId e = graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{c}, std::int64_t{1}, std::int64_t{-1}});
    graph.outputs = {e};
    if (auto shapes = inferShapes(graph, {2, 11, 9}); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
    const std::int64_t features = graph.values[static_cast<std::size_t>(e)].shape[1];
    graph.outputs = {graph.addMac("fc", NodeKind::Linear, {ValueRef{e}, weight({4, features}), weight({4})})};
    return graph;
}

/// One transposed convolution.
Graph transposedNetwork() {
    Graph graph;
    graph.name = "transposed-test";
    const ValueId x = graph.addValue("x");
    graph.inputs = {x};
    const ValueRef weight{graph.addConstant("w", Tensor::from({2, 3, 3, 3}, randomValues(54, 5, 0.3F)), true)};
    const ValueId y = graph.addMac("up", NodeKind::ConvTranspose, {ValueRef{x}, weight, Arg{}}, {{2, 2}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, 1});
    graph.outputs = {graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{y}, std::int64_t{1}, std::int64_t{-1}})};
    if (auto shapes = inferShapes(graph, {2, 11, 9}); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
    return graph;
}

/// Products so large that three of them pass 31 bits.
AcuPtr hugeAcu() {
    return std::make_shared<const Acu>("huge", 8, 8, true, [](std::int64_t a, std::int64_t b) { return a * b * 65536; });
}

/// An exact multiplier at every site.
struct Semantics {
    std::string acu = "exact8s";
    AccumulatorModel accumulator;
    SignHandling unsignedHandling = SignHandling::SignMagnitude;
};

struct Fixture {
    AcuLibrary library;
    Graph graph;
    std::shared_ptr<test::RandomDataset> data;
    std::shared_ptr<cuda::HostDevice> device = std::make_shared<cuda::HostDevice>();
    Ranges ranges;

    explicit Fixture(bool vit) {
        for (const AcuPtr& acu : {randomAcu(), hugeAcu()})
            if (!library.add(acu).ok()) qFatal("library");
        const Shape sample = vit ? Shape{1, 28, 28} : Shape{2, 11, 9};
        graph = vit ? must(buildSampleNetwork("fashion-vit", 5)) : convNetwork();
        if (auto shapes = inferShapes(graph, sample); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
        data = std::make_shared<test::RandomDataset>(sample, vit ? 10 : 4, 70);
        ranges = must(emulator(false)->calibrate({}));
    }
    std::unique_ptr<Emulator> emulator(bool onDevice) const {
        QuantSettings settings;
        settings.calibrationSamples = 8;
        EmulatorOptions options;
        options.threads = 2;
        if (onDevice) options.device = device;
        return must(Emulator::create(graph, graph.contentHash(), data, library, settings, ranges, SignHandling::SignMagnitude, 0.425, options));
    }
    /// Logits with one ACU everywhere, or why there are none.
    Result<Tensor> logits(const Semantics& semantics, bool onDevice) const {
        QuantSettings settings;
        settings.calibrationSamples = 8;
        settings.accumulator = semantics.accumulator;
        EmulatorOptions options;
        if (onDevice) options.device = device;
        AXP_TRY(const auto emulator, Emulator::create(graph, graph.contentHash(), data, library, settings, ranges, semantics.unsignedHandling, 0.425, options));
        Assignment all;
        for (const auto& site : enumerateSites(graph, Granularity::Node)) all[site.id] = semantics.acu;
        return emulator->logits(all, {"selection", 0, 2}, {});
    }
    /// ACUs in turn over heads and nodes.
    Assignment mixed() const {
        Assignment assignment;
        std::size_t index = 0;
        for (const auto& site : enumerateSites(graph, Granularity::Head))
            assignment[site.id] = std::array{"mul8s_1L2H", "random", "exact8s"}[index++ % 3];
        return assignment;
    }
};

bool equal(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.byteSize() == b.byteSize() && std::memcmp(a.data(), b.data(), a.byteSize()) == 0;
}

}  // namespace

class TestCudaSeam : public QObject {
    Q_OBJECT

private slots:
    void networksAgree_data() {
        QTest::addColumn<bool>("vit");
        QTest::newRow("convolutions") << false;
        QTest::newRow("attention, an ACU per head") << true;
    }
    void networksAgree() {
        QFETCH(bool, vit);
        const Fixture f(vit);
        const DataSlice slice{"selection", 0, vit ? 2 : 67};
        QVERIFY(equal(must(f.emulator(true)->logits(f.mixed(), slice, {})), must(f.emulator(false)->logits(f.mixed(), slice, {}))));
        QVERIFY(f.device->layerCalls > 0);
        QCOMPARE(f.device->productCalls > 0, vit);
    }

    void accumulatorsAgree() {
        const Fixture f(true);
        const auto onDevice = f.emulator(true), onCpu = f.emulator(false);
        int heads = 0;
        for (const auto& site : enumerateSites(f.graph, Granularity::Head)) {
            if (heads >= 4) break;
            const VectorDump a = must(onDevice->dumpVectors(f.mixed(), site.id, {"selection", 0, 1}, {}));
            const VectorDump b = must(onCpu->dumpVectors(f.mixed(), site.id, {"selection", 0, 1}, {}));
            QVERIFY(equal(a.acc, b.acc));
            QVERIFY(equal(a.y, b.y));
            heads += site.head >= 0;
        }
        QCOMPARE(heads, 4);
    }

    // Widths below 8 bits and unsigned multipliers come to the device as tables over signed codes.
    void narrowAndUnsignedAgree() {
        for (const bool vit : {false, true}) {
            const Fixture f(vit);
            for (const char* acu : {"exact:bits=4", "trunc:bits=6:signed=0:a=1:b=0", "exact:bits=8:signed=0"})
                QVERIFY2(equal(must(f.logits({acu, {}}, true)), must(f.logits({acu, {}}, false))), acu);
        }
    }

    // Wide operands, zero points, accumulators of every kind and sums beyond 31 bits: as on the CPU.
    void semanticsAgree_data() {
        QTest::addColumn<QString>("acu");
        QTest::addColumn<AccumulatorModel>("accumulator");
        QTest::addColumn<bool>("affine");
        QTest::addColumn<bool>("attention");
        QTest::newRow("12 bits") << "exact:bits=12" << AccumulatorModel{} << false << true;
        QTest::newRow("16 bits") << "exact:bits=16" << AccumulatorModel{} << false << false;
        QTest::newRow("16 bits, zero points") << "exact:bits=16:signed=0" << AccumulatorModel{} << true << true;
        QTest::newRow("zero points") << "exact:bits=8:signed=0" << AccumulatorModel{} << true << false;
        QTest::newRow("zero points, saturating") << "exact:bits=8:signed=0" << AccumulatorModel{17, true, 0} << true << false;
        QTest::newRow("wrapping") << "exact8s" << AccumulatorModel{13, false, 0} << false << false;
        QTest::newRow("saturating") << "exact8s" << AccumulatorModel{14, true, 0} << false << true;
        QTest::newRow("adder") << "exact8s" << AccumulatorModel{0, false, 4} << false << false;
        QTest::newRow("sums") << "huge" << AccumulatorModel{} << false << false;
    }
    void semanticsAgree() {
        QFETCH(QString, acu);
        QFETCH(AccumulatorModel, accumulator);
        QFETCH(bool, affine);
        QFETCH(bool, attention);
        for (int vit = 0; vit <= (attention ? 1 : 0); ++vit) {
            const Fixture f(vit == 1);
            const Semantics semantics{acu.toStdString(), accumulator, affine ? SignHandling::Affine : SignHandling::SignMagnitude};
            QVERIFY(equal(must(f.logits(semantics, true)), must(f.logits(semantics, false))));
            QVERIFY(f.device->layerCalls > 0);
        }
    }

    void transposedAgrees() {
        Fixture f(false);
        f.graph = transposedNetwork();
        f.ranges = must(f.emulator(false)->calibrate({}));
        for (const char* acu : {"exact8s", "random", "exact:bits=12"}) QVERIFY2(equal(must(f.logits({acu, {}}, true)), must(f.logits({acu, {}}, false))), acu);
    }

    // A function of 32 bits without factors has no form that a device could take: a sentence with the remedy, and nothing is computed.
    void functionsAreRefused() {
        Fixture f(false);
        const auto product = [](std::int64_t a, std::int64_t b) { return a * b - (a & b & 1); };
        QVERIFY(f.library.add(std::make_shared<const Acu>("function", 16, 16, true, product, Acu::Factors(), "a b - (a & b & 1)")).ok());
        must(f.logits({"function", {}}, false));
        const auto refused = f.logits({"function", {}}, true);
        QVERIFY(!refused.ok());
        QVERIFY2(refused.error().what.find("given by a function only") != std::string::npos, refused.error().text().c_str());
        QVERIFY2(refused.error().remedy.find("--device cpu") != std::string::npos, refused.error().text().c_str());
        QCOMPARE(f.device->layerCalls.load() + f.device->productCalls.load(), 0);
    }

    // As on the CPU: what cannot be quantized is an error, not a code. Here the logarithms of negative numbers, in a matrix product.
    void operandsMustBeFinite() {
        Fixture f(false);
        f.graph = Graph{};
        const ValueId x = f.graph.addValue("x");
        f.graph.inputs = {x};
        const ValueId logarithm = f.graph.addOperator("log", "aten::log", {ValueRef{x}});
        const ValueId turned = f.graph.addOperator("turn", "aten::transpose.int", {ValueRef{x}, std::int64_t{-2}, std::int64_t{-1}});
        const ValueId y = f.graph.addMac("product", NodeKind::MatMul, {ValueRef{logarithm}, ValueRef{turned}});
        f.graph.outputs = {f.graph.addOperator("flat", "aten::flatten.using_ints", {ValueRef{y}, std::int64_t{1}, std::int64_t{-1}})};
        if (auto shapes = inferShapes(f.graph, {2, 11, 9}); !shapes.ok()) qFatal("%s", shapes.error().text().c_str());
        f.ranges = {{"product", {1.0F, 1.0F}}};
        for (const bool onDevice : {false, true}) {
            const auto result = f.logits({}, onDevice);
            QVERIFY(!result.ok());
            QVERIFY2(result.error().what.find("infinite or not a number") != std::string::npos, result.error().text().c_str());
        }
        QCOMPARE(f.device->productCalls.load(), 0);
    }

    void evaluationsNameTheDevice() {
        const Fixture f(false);
        const auto onDevice = f.emulator(true), onCpu = f.emulator(false);
        const Evaluation a = must(onDevice->evaluate(f.mixed(), {"selection", 0, 8}, {})),
                         b = must(onCpu->evaluate(f.mixed(), {"selection", 0, 8}, {}));
        QCOMPARE(a.backend, std::string("cuda: host loops"));
        QCOMPARE(b.backend, std::string("cpu"));
        QCOMPARE(a.configHash, b.configHash);
        QCOMPARE(a.rmse, b.rmse);
    }

    // Two threads work at a time, so two streams do; they are used again.
    void streamsAreReused() {
        const Fixture f(false);
        const auto emulator = f.emulator(true);
        for (int i = 0; i < 3; ++i) must(emulator->logits(f.mixed(), {"selection", i, 60}, {}));
        QVERIFY(f.device->streams <= 2);
    }

    void failuresAreErrors() {
        const Fixture f(false);
        const auto emulator = f.emulator(true);
        f.device->fails = true;
        const auto result = emulator->logits(f.mixed(), {"selection", 0, 40}, {});
        QVERIFY(!result.ok());
        QVERIFY2(result.error().text().find("fell off the bus") != std::string::npos, result.error().text().c_str());
    }

    // Whatever this machine has, the loader says which of the three it is.
    void loaderSaysWhatThereIs() {
        const auto device = cuda::loadDevice();
        if (device.ok()) {
            QCOMPARE(cuda::deviceText(), (*device)->info().name);
        } else if (!cuda::moduleBuilt()) {
            QCOMPARE(cuda::deviceText(), std::string("not built"));
            QVERIFY(device.error().what.find("no CUDA backend") != std::string::npos);
        } else {
            const bool missing = device.error().what.find("no CUDA device") == 0;
            QCOMPARE(cuda::deviceText(), std::string(missing ? "no device" : "not usable"));
            QVERIFY(device.error().remedy.find("--device cpu") != std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(TestCudaSeam)
#include "tst_cuda_seam.moc"
