// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "tests/unit/model/onnx_builder.h"

using namespace axp;
using namespace axp::test;

namespace {

const Shape kRows = {-1, 3};

/// x quantized with `scale` and `zero`, under the name "xq".
void quantizeInput(OnnxBuilder& b, float scale, std::int64_t zero, bool isSigned) {
    b.floats("xs", {}, {scale}).codes("xz", {}, {zero}, isSigned).node("QuantizeLinear", {"x", "xs", "xz"}, {"xq"});
}

/// w: [3, 2] integers with one scale for each column.
void addWeights(OnnxBuilder& b, bool perColumn = true) {
    b.codes("w", {3, 2}, {1, -2, 3, -4, 5, -128}, true);
    if (perColumn) b.floats("ws", {2}, {0.5f, 0.1f}).codes("wz", {2}, {0, 0}, true);
    else b.floats("ws", {}, {0.1f}).codes("wz", {}, {1}, true);
}

const Tensor& weights(const ImportedModel& model) {
    for (const Node& node : model.graph.nodes)
        if (node.isMac()) return *model.graph.values[static_cast<std::size_t>(node.input(1))].constant;
    static const Tensor none;
    return none;
}

const SiteRange& onlyRange(const ImportedModel& model) {
    static const SiteRange none;
    return model.ranges.size() == 1 ? model.ranges.begin()->second : none;
}

QString text(const Result<ImportedModel>& model) { return model.ok() ? QString::fromStdString(listing(model->graph)) : QString::fromStdString(model.error().text()); }

}  // namespace

/// Quantized networks: real numbers in the graph, ranges beside it.
class TestOnnxQuantized : public QObject {
    Q_OBJECT

    static Result<ImportedModel> qdq(float scale, std::int64_t zero, bool isSigned) {
        OnnxBuilder b(13, kRows);
        quantizeInput(b, scale, zero, isSigned);
        b.node("DequantizeLinear", {"xq", "xs", "xz"}, {"xr"});
        addWeights(b);
        b.node("DequantizeLinear", {"w", "ws", "wz"}, {"wr"}, {{"axis", std::int64_t{1}}}).node("MatMul", {"xr", "wr"}, {"y"}, {}, "fc");
        return b.import();
    }

private slots:
    void weightsAreDequantizedExactly() {
        const auto model = qdq(0.5f, 0, true);
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(text(model), QStringLiteral("aten::clamp(x, -64, 63.5); Linear(v0, c[2, 3])"));
        // The graph keeps a weight as [outputs, inputs].
        const std::vector<float> expected = {1 * 0.5f, 3 * 0.5f, 5 * 0.5f, -2 * 0.1f, -4 * 0.1f, -128 * 0.1f};
        const auto found = weights(*model).as<float>();
        QVERIFY(std::ranges::equal(found, expected));
        QVERIFY(QString::fromStdString(model->format).contains("quantized"));
    }

    /// 127 steps to both sides: what a signed multiplier of 8 bits makes of the range is the file's scale.
    void symmetricRange() {
        const auto model = qdq(0.5f, 0, true);
        QVERIFY(model.ok());
        QCOMPARE(model->ranges.begin()->first, std::string("fc"));
        QCOMPARE(onlyRange(*model).amaxA, 63.5f);
        QVERIFY(!onlyRange(*model).minA);
        QCOMPARE(symmetricScale(onlyRange(*model).amaxA, 8), 0.5f);
    }

    /// With a zero point the least value is kept, and an affine operand of 8 bits gets the file's scale and zero point.
    void asymmetricRange() {
        const auto model = qdq(0.5f, 10, false);
        QVERIFY(model.ok());
        QCOMPARE(onlyRange(*model).amaxA, 122.5f);
        QCOMPARE(onlyRange(*model).minA, std::optional(-5.0f));
        const AffineScale scale = affineScale(122.5f, -5.0f, 8);
        QCOMPARE(scale.scale, 0.5f);
        QCOMPARE(scale.zero, std::int64_t{10});
        // More room below than above: the range covers both sides.
        const auto low = qdq(0.5f, 200, false);
        QVERIFY(low.ok());
        QCOMPARE(onlyRange(*low).amaxA, 100.0f);
        QCOMPARE(onlyRange(*low).minA, std::optional(-100.0f));
        QCOMPARE(text(low).left(26), QStringLiteral("aten::clamp(x, -100, 27.5)"));
    }

    void floatWeightsQuantizedInTheFile() {
        OnnxBuilder b(13, kRows);
        quantizeInput(b, 1.0f, 0, false);
        b.node("DequantizeLinear", {"xq", "xs", "xz"}, {"xr"})
            .floats("w", {3, 1}, {0.25f, 0.75f, 1000.0f})  // halves go to the even code, the last one is beyond the codes
            .floats("ws", {}, {0.5f}).codes("wz", {}, {0}, true)
            .node("QuantizeLinear", {"w", "ws", "wz"}, {"wq"}).node("DequantizeLinear", {"wq", "ws", "wz"}, {"wr"})
            .node("MatMul", {"xr", "wr"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QVERIFY(std::ranges::equal(weights(*model).as<float>(), std::vector<float>{0.0f, 1.0f, 63.5f}));
    }

    /// Converters drop a ReLU where the codes end at 0: limiting has to stay.
    void limitsReplaceActivations() {
        OnnxBuilder b(13, kRows);
        quantizeInput(b, 0.1f, 0, true);
        b.floats("ys", {}, {0.25f}).codes("yz", {}, {0}, false);
        addWeights(b, false);
        b.node("QLinearMatMul", {"xq", "xs", "xz", "w", "ws", "wz", "ys", "yz"}, {"yq"}, {}, "fc").node("DequantizeLinear", {"yq", "ys", "yz"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(text(model), QStringLiteral("aten::clamp(x, -12.8, 12.7); Linear(v0, c[2, 3]); aten::clamp(v1, 0, 63.75)"));
        QCOMPARE(weights(*model).as<float>()[1], 2 * 0.1f);  // (3 - 1) * 0.1
    }

    void quantizedConvolution() {
        OnnxBuilder b(13, Shape{-1, 1, 4, 4});
        quantizeInput(b, 0.5f, 3, false);
        b.codes("w", {2, 1, 1, 1}, {10, -20}, true).floats("ws", {2}, {0.5f, 0.25f}).codes("wz", {2}, {0, 0}, true).ints("b", {4, 8});
        b.floats("ys", {}, {1.0f}).codes("yz", {}, {0}, true);
        b.node("QLinearConv", {"xq", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"}, {"c"}, {}, "conv").node("MaxPool", {"c"}, {"p"}, {{"kernel_shape", Ints{2, 2}}});
        b.node("DequantizeLinear", {"p", "ys", "yz"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QVERIFY(std::ranges::equal(weights(*model).as<float>(), std::vector<float>{5.0f, -5.0f}));
        const Node& conv = *model->graph.findNode("conv");
        QVERIFY(std::ranges::equal(model->graph.values[static_cast<std::size_t>(conv.input(2))].constant->as<float>(), std::vector<float>{1.0f, 1.0f}));
        QCOMPARE(onlyRange(*model).minA, std::optional(-1.5f));
    }

    /// alpha scales products and bias: the bias counts in units of alpha and both scales.
    void alphaScalesTheBiasToo() {
        OnnxBuilder b(13, kRows);
        quantizeInput(b, 0.5f, 0, true);
        addWeights(b, false);
        b.ints("b", {4, 8}).floats("ys", {}, {1.0f}).codes("yz", {}, {0}, true);
        b.node("QGemm", {"xq", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz"}, {"yq"}, {{"alpha", 0.5f}}, "fc").node("DequantizeLinear", {"yq", "ys", "yz"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(weights(*model).as<float>()[1], 2 * 0.1f * 0.5f);
        const auto bias = model->graph.values[static_cast<std::size_t>(model->graph.findNode("fc")->input(2))].constant->as<float>();
        QVERIFY(std::abs(bias[0] - 4 * 0.5f * 0.1f * 0.5f) < 1e-7f && std::abs(bias[1] - 8 * 0.5f * 0.1f * 0.5f) < 1e-7f);
    }

    /// Ranges found while the network runs are no ranges of a project: the site has none, and its weights are exact.
    void dynamicQuantization() {
        OnnxBuilder b(13, kRows);
        b.node("DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"});
        addWeights(b);
        b.node("MatMulInteger", {"xq", "w", "xz", "wz"}, {"i"}, {}, "fc").node("Cast", {"i"}, {"f"}, {{"to", std::int64_t{1}}});
        b.node("Mul", {"xs", "ws"}, {"s"}).node("Mul", {"f", "s"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(text(model), QStringLiteral("Linear(x, c[2, 3])"));
        QCOMPARE(weights(*model).as<float>()[3], -2 * 0.1f);
        QVERIFY(model->ranges.empty());
        QVERIFY(model->graph.findNode("fc"));
    }

    void attentionHasTwoRanges() {
        OnnxBuilder b(13, Shape{-1, 2, 3, 4});
        quantizeInput(b, 0.5f, 0, true);
        b.node("DequantizeLinear", {"xq", "xs", "xz"}, {"a"}).node("Transpose", {"a"}, {"t"}, {{"perm", Ints{0, 1, 3, 2}}}).node("MatMul", {"a", "t"}, {"y"}, {}, "qk");
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(onlyRange(*model).amaxB, std::optional(63.5f));
    }

    void fewerCodesThanTheType() {
        OnnxBuilder b(13, kRows);
        quantizeInput(b, 1.0f, 0, false);
        b.integer("low", 0).integer("high", 127).node("Clip", {"xq", "low", "high"}, {"xc"}).node("DequantizeLinear", {"xc", "xs", "xz"}, {"xr"});
        addWeights(b);
        b.node("DequantizeLinear", {"w", "ws", "wz"}, {"wr"}).node("MatMul", {"xr", "wr"});
        const auto model = b.import();
        QVERIFY2(model.ok(), qPrintable(text(model)));
        QCOMPARE(onlyRange(*model).amaxA, 127.0f);
    }

    void refused_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("words");
        QTest::newRow("another scale") << 0 << "another scale";
        QTest::newRow("arithmetic on integers") << 1 << "integers of a quantized network";
        QTest::newRow("scales per channel of activations") << 2 << "per channel";
        QTest::newRow("a scale of 0") << 3 << "not positive";
        QTest::newRow("a computed scale") << 4 << "computed scale";
        QTest::newRow("nothing quantizes") << 5 << "nothing before it quantizes";
        QTest::newRow("scales that do not fit") << 6 << "do not fit";
        QTest::newRow("integers joined") << 7 << "different scales";
        QTest::newRow("a product that nothing scales") << 8 << "integers of a quantized network";
        QTest::newRow("blocks") << 9 << "blocks";
        QTest::newRow("the scale used elsewhere") << 10 << "integers of a quantized network";
    }
    void refused() {
        QFETCH(int, which);
        QFETCH(QString, words);
        OnnxBuilder b(13, kRows);
        if (which != 5 && which != 2 && which != 3 && which != 8 && which != 10) quantizeInput(b, 0.5f, 0, true);
        switch (which) {
            case 0: b.floats("other", {}, {0.25f}).node("DequantizeLinear", {"xq", "other", "xz"}); break;
            case 1: b.node("Add", {"xq", "xq"}, {"s"}).node("DequantizeLinear", {"s", "xs", "xz"}); break;
            case 2: b.floats("xs", {3}, {1, 2, 3}).codes("xz", {3}, {0, 0, 0}, true).node("QuantizeLinear", {"x", "xs", "xz"}, {"xq"}).node("DequantizeLinear", {"xq", "xs", "xz"}); break;
            case 3: b.floats("xs", {}, {0.0f}).codes("xz", {}, {0}, true).node("QuantizeLinear", {"x", "xs", "xz"}); break;
            case 4: b.node("ReduceMax", {"x"}, {"s"}, {{"axes", Ints{0, 1}}}).node("DequantizeLinear", {"xq", "s", "xz"}); break;
            case 5: b.floats("xs", {}, {1.0f}).codes("xz", {}, {0}, true).node("DequantizeLinear", {"x", "xs", "xz"}); break;
            case 6: b.codes("w", {3, 2}, {1, 2, 3, 4, 5, 6}, true).floats("ws", {4}, {1, 1, 1, 1}).codes("wz", {4}, {0, 0, 0, 0}, true).node("DequantizeLinear", {"w", "ws", "wz"}); break;
            case 7:
                b.floats("ts", {}, {0.25f}).node("QuantizeLinear", {"x", "ts", "xz"}, {"tq"}).node("Concat", {"xq", "tq"}, {"c"}, {{"axis", std::int64_t{1}}});
                b.node("DequantizeLinear", {"c", "xs", "xz"});
                break;
            case 8:
                b.node("DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"});
                addWeights(b);
                b.node("MatMulInteger", {"xq", "w", "xz", "wz"}, {"i"}).node("Relu", {"i"});
                break;
            case 9: b.node("DequantizeLinear", {"xq", "xs", "xz"}, {"y"}, {{"block_size", std::int64_t{2}}}); break;
            default: b.node("DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"}).node("Add", {"x", "xs"}); break;
        }
        const auto model = b.import();
        QVERIFY2(!model.ok(), qPrintable(text(model)));
        QVERIFY2(text(model).contains(words), qPrintable(text(model)));
    }
};

QTEST_GUILESS_MAIN(TestOnnxQuantized)
#include "tst_onnx_quantized.moc"
