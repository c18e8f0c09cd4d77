// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "tests/unit/model/onnx_builder.h"

using namespace axp;
using namespace axp::test;

namespace {

const Shape kRows = {-1, 6, 10};

}  // namespace

class TestOnnxImport : public QObject {
    Q_OBJECT

    static Graph graphOf(OnnxBuilder& builder) {
        auto model = builder.import();
        if (!model.ok()) qWarning("%s", model.error().text().c_str());
        return model.ok() ? std::move(model).value().graph : Graph{};
    }
    static std::string errorOf(OnnxBuilder& builder) {
        const auto model = builder.import();
        return model.ok() ? "imported" : model.error().text();
    }

private slots:
    void linearForms() {
        // W is [3, 2]: 3 inputs, 2 outputs; its transpose is what Linear holds.
        const std::vector<float> w = {1, 2, 3, 4, 5, 6}, wt = {1, 3, 5, 2, 4, 6};
        const auto weightOf = [](const Graph& g) {
            const auto span = g.values[g.nodes[0].input(1)].constant->as<float>();
            return std::vector<float>(span.begin(), span.end());
        };
        OnnxBuilder gemm(13, Shape{-1, 3});
        gemm.floats("w", {3, 2}, w)
            .floats("b", {2}, {10, 20})
            .node("Gemm", {"x", "w", "b"}, {"y"}, {{"alpha", 2.0}, {"beta", 0.5}});
        Graph g = graphOf(gemm);
        QCOMPARE(listing(g), std::string("Linear(x, c[2, 3], c[2])"));
        QCOMPARE(weightOf(g), (std::vector<float>{2, 6, 10, 4, 8, 12}));
        QCOMPARE(g.values[g.nodes[0].input(2)].constant->as<float>()[1], 10.0f);
        QVERIFY(g.values[g.nodes[0].input(1)].trainable && g.values[g.nodes[0].input(2)].trainable);

        OnnxBuilder transposed(13, Shape{-1, 3});
        transposed.floats("w", {2, 3}, wt)
            .floats("b", {1}, {7})
            .node("Gemm", {"x", "w", "b"}, {"y"}, {{"transB", std::int64_t{1}}});
        g = graphOf(transposed);
        QCOMPARE(weightOf(g), wt);
        QCOMPARE(g.values[g.nodes[0].input(2)].constant->as<float>()[1], 7.0f);

        OnnxBuilder matmul(13, Shape{-1, 5, 3});
        matmul.floats("w", {3, 2}, w)
            .floats("b", {2}, {10, 20})
            .node("MatMul", {"x", "w"}, {"p"}, {}, "the product")
            .node("Add", {"b", "p"});
        g = graphOf(matmul);
        QCOMPARE(listing(g), std::string("Linear(x, c[2, 3], c[2])"));
        QCOMPARE(g.nodes[0].name, std::string("the_product"));
        QCOMPARE(weightOf(g), wt);

        OnnxBuilder twice(13, Shape{-1, 5, 3});  // the product is used elsewhere, so the addition stays
        twice.floats("w", {3, 2}, w)
            .floats("b", {2}, {10, 20})
            .node("MatMul", {"x", "w"}, {"p"})
            .node("Add", {"p", "b"}, {"q"})
            .node("Mul", {"p", "q"});
        QCOMPARE(listing(graphOf(twice)),
                 std::string("Linear(x, c[2, 3]); aten::add.Tensor(v0, c[2]); aten::mul.Tensor(v0, v1)"));

        OnnxBuilder wide(13, Shape{-1, 5, 3});  // not one bias per output
        wide.floats("w", {3, 2}, w)
            .floats("b", {5, 1}, {1, 2, 3, 4, 5})
            .node("MatMul", {"x", "w"}, {"p"})
            .node("Add", {"p", "b"});
        QCOMPARE(listing(graphOf(wide)), std::string("Linear(x, c[2, 3]); aten::add.Tensor(v0, c[5, 1])"));

        OnnxBuilder left(13, Shape{-1, 3, 5});
        left.floats("w", {2, 3}, wt).node("MatMul", {"w", "x"}, {"y"}, {}, "left");
        g = graphOf(left);
        QCOMPARE(listing(g),
                 std::string("aten::transpose.int(x, -2, -1); Linear(v0, c[2, 3]); aten::transpose.int(v1, -2, -1)"));
        QCOMPARE(g.nodes[1].name, std::string("left"));

        OnnxBuilder viaTranspose(13, Shape{-1, 5, 3});  // how older exporters write a linear layer
        viaTranspose.floats("w", {2, 3}, wt)
            .node("Transpose", {"w"}, {"t"}, {{"perm", Ints{1, 0}}})
            .node("MatMul", {"x", "t"});
        g = graphOf(viaTranspose);
        QCOMPARE(listing(g), std::string("Linear(x, c[2, 3])"));
        QCOMPARE(weightOf(g), wt);
        QVERIFY(g.values[g.nodes[0].input(1)].trainable);
    }

    void convolutions() {
        OnnxBuilder same(11, Shape{-1, 4, 8, 7});
        same.ramp("w", {6, 2, 3, 3})
            .ramp("b", {6})
            .node("Conv", {"x", "w", "b"}, {"y"},
                  {{"group", std::int64_t{2}}, {"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
        Graph g = graphOf(same);
        QCOMPARE(g.nodes.size(), std::size_t{1});
        QCOMPARE(g.nodes[0].conv.padBegin, (Ints{0, 1}));
        QCOMPARE(g.nodes[0].conv.padEnd, (Ints{1, 1}));
        QCOMPARE(g.nodes[0].conv.groups, std::int64_t{2});
        OnnxBuilder plain(11, Shape{-1, 4, 9});
        plain.ramp("w", {6, 4, 3}).node("Conv", {"x", "w"}, {"y"}, {{"pads", Ints{2, 0}}, {"dilations", Ints{3}}});
        g = graphOf(plain);
        QCOMPARE(g.nodes[0].conv.padBegin, Ints{2});
        QCOMPARE(g.nodes[0].conv.padEnd, Ints{0});
        QCOMPARE(g.nodes[0].conv.dilation, Ints{3});
        OnnxBuilder up(11, Shape{-1, 4, 5, 5});
        up.ramp("w", {4, 3, 4, 4})
            .node("ConvTranspose", {"x", "w"}, {"y"},
                  {{"strides", Ints{2, 2}}, {"output_shape", Ints{10, 11}}, {"output_padding", Ints{0, 0}}});
        g = graphOf(up);
        // total = 2 * 4 + 4 - output: 2 and 1; without SAME_UPPER the larger half comes first
        QCOMPARE(g.nodes[0].conv.padBegin, (Ints{1, 1}));
        QCOMPARE(g.nodes[0].conv.padEnd, (Ints{1, 0}));
        OnnxBuilder computed(11);
        computed.node("Relu", {"x"}, {"w"}).node("Conv", {"x", "w"}, {"y"}, {}, "bad conv");
        QVERIFY(errorOf(computed).find("bad conv") != std::string::npos);
        QVERIFY(errorOf(computed).find("computed weight") != std::string::npos);
        OnnxBuilder mismatch(11);
        mismatch.ramp("w", {6, 3, 3, 3}).node("Conv", {"x", "w"});
        QVERIFY(errorOf(mismatch).find("does not fit") != std::string::npos);
        OnnxBuilder unknown(11, std::nullopt);
        unknown.ramp("w", {6, 4, 3, 3})
            .node("Conv", {"x", "w"}, {"y"}, {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
        QVERIFY(errorOf(unknown).find("auto_pad") != std::string::npos);
    }

    void clipAndPowWithInputs() {
        OnnxBuilder clip(11);
        clip.floats("lo", {}, {0})
            .floats("hi", {}, {6})
            .node("Clip", {"x", "", "hi"}, {"a"})
            .node("Clip", {"a", "lo", "hi"});
        QCOMPARE(listing(graphOf(clip)), std::string("aten::clamp(x, -, 6); aten::clamp(v0, 0, 6)"));
        OnnxBuilder pow(13);
        pow.floats("e", {}, {2}).node("Pow", {"x", "e"});
        QCOMPARE(listing(graphOf(pow)), std::string("aten::pow.Tensor_Scalar(x, 2)"));
        OnnxBuilder several(13);
        several.node("Relu", {"x"}, {"r"}).node("Sum", {"x", "r", "x"}, {"s"}).node("Max", {"s", "x"});
        QCOMPARE(listing(graphOf(several)),
                 std::string("aten::relu(x); aten::add.Tensor(x, v0); aten::add.Tensor(v1, x); aten::maximum(v2, x)"));
        OnnxBuilder where(13);
        where.floats("z", {}, {0}).node("Equal", {"x", "z"}, {"c"}).node("Where", {"c", "z", "x"});
        QCOMPARE(listing(graphOf(where)), std::string("aten::eq.Tensor(x, c[]); aten::where.self(v0, c[], x)"));
    }

    void normalisations() {
        OnnxBuilder bn(9);
        bn.ramp("s", {4}).ramp("b", {4}).ramp("m", {4}).ramp("v", {4}).node(
            "BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}, {{"epsilon", 0.001}});
        Graph g = graphOf(bn);
        QCOMPARE(listing(g), std::string("aten::batch_norm(x, c[4], c[4], c[4], c[4], false, 0.1, 0.001, false)"));
        QVERIFY(g.values[g.nodes[0].input(1)].trainable && g.values[g.nodes[0].input(2)].trainable);
        QVERIFY(!g.values[g.nodes[0].input(3)].trainable && !g.values[g.nodes[0].input(4)].trainable);
        QCOMPARE(std::get<double>(g.nodes[0].args[7]), 0.001);
        OnnxBuilder ln(17, kRows);
        ln.ramp("s", {6, 10})
            .ramp("b", {6, 10})
            .node("LayerNormalization", {"x", "s", "b"}, {"y"}, {{"axis", std::int64_t{1}}});
        QCOMPARE(listing(graphOf(ln)), std::string("aten::layer_norm(x, [6, 10], c[6, 10], c[6, 10], 1e-05)"));
        OnnxBuilder wrong(17, kRows);
        wrong.ramp("s", {10}).node("LayerNormalization", {"x", "s"}, {"y"}, {{"axis", std::int64_t{1}}});
        QVERIFY(errorOf(wrong).find("does not fit its axis") != std::string::npos);
        OnnxBuilder in(17);
        in.ramp("s", {4}).ramp("b", {4}).node("InstanceNormalization", {"x", "s", "b"});
        QCOMPARE(listing(graphOf(in)),
                 std::string("aten::instance_norm(x, c[4], c[4], -, -, true, 0.1, 1e-05, false)"));
    }

    /// x.view(x.size(0), -1, 8) as PyTorch writes it.
    void shapeArithmeticFolds() {
        OnnxBuilder b(13);
        b.integer("i", 0).node("Shape", {"x"}, {"s"}).node("Gather", {"s", "i"}, {"n"}, {{"axis", std::int64_t{0}}});
        b.ints("axis0", {0}).ints("minus", {-1}).ints("eight", {8}).node("Unsqueeze", {"n", "axis0"}, {"nn"});
        b.node("Concat", {"nn", "minus", "eight"}, {"t"}, {{"axis", std::int64_t{0}}}).node("Reshape", {"x", "t"});
        QCOMPARE(listing(graphOf(b)), std::string("aten::reshape(x, [-1, 32, 8])"));
    }

    void shapeArithmeticThatMultipliesTheBatch() {
        OnnxBuilder b(13);
        b.integer("i", 0).integer("four", 4).ints("axis0", {0}).ints("tail", {8, 8});
        b.node("Shape", {"x"}, {"s"})
            .node("Gather", {"s", "i"}, {"n"})
            .node("Mul", {"n", "four"}, {"n4"})
            .node("Unsqueeze", {"n4", "axis0"}, {"nn"});
        b.node("Concat", {"nn", "tail"}, {"t"}, {{"axis", std::int64_t{0}}}).node("Reshape", {"x", "t"});
        QCOMPARE(listing(graphOf(b)), std::string("aten::reshape(x, [-1, 8, 8])"));
    }

    void shapesOfUnknownRankStayOperators() {
        OnnxBuilder b(13, std::nullopt);
        b.ints("i", {0}).ints("minus", {-1}).node("Shape", {"x"}, {"s"}).node("Gather", {"s", "i"}, {"n"});
        b.node("Concat", {"n", "minus"}, {"t"}, {{"axis", std::int64_t{0}}}).node("Reshape", {"x", "t"});
        QCOMPARE(
            listing(graphOf(b)),
            std::string(
                "axp::shape(x); aten::index_select(v0, 0, c[1]); aten::cat([v1 c[1]], 0); axp::reshape(x, v2, false)"));
    }

    void partOfAnUnknownShape() {
        OnnxBuilder b(15, std::nullopt);
        b.node("Shape", {"x"}, {"s"}, {{"start", std::int64_t{1}}, {"end", std::int64_t{-1}}})
            .node("Expand", {"x", "s"});
        QCOMPARE(listing(graphOf(b)),
                 std::string("axp::shape(x); aten::slice.Tensor(v0, 0, 1, -1, 1); axp::expand(x, v1)"));
    }

    /// cls_token.expand(N, -1, -1) as PyTorch writes it: the -1 are replaced by ones at run time.
    void classTokenOfPyTorch() {
        OnnxBuilder b(14, kRows);
        b.ramp("token", {1, 1, 10}).integer("i", 0).ints("axis0", {0}).ints("minus", {-1}).ints("three", {3});
        b.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "i"}, {"n"}).node("Unsqueeze", {"n", "axis0"}, {"nn"});
        b.node("Concat", {"nn", "minus", "minus"}, {"t"}, {{"axis", std::int64_t{0}}});
        b.node("ConstantOfShape", {"three"}, {"ones"}, {{"value", Tensor::from(Shape{1}, Ints{1})}});
        b.node("Mul", {"ones", "minus"}, {"minuses"})
            .node("Equal", {"t", "minuses"}, {"e"})
            .node("Where", {"e", "ones", "t"}, {"size"});
        b.node("Expand", {"token", "size"}, {"cls"}, {}, "expand")
            .node("Concat", {"cls", "x"}, {"y"}, {{"axis", std::int64_t{1}}});
        const Graph g = graphOf(b);
        QCOMPARE(listing(g), std::string("axp::expand_batch(c[1, 1, 10], x); aten::cat([v0 x], 1)"));
        QVERIFY(g.values[g.nodes[0].input(0)].trainable);
        QCOMPARE(g.nodes[0].name, std::string("expand"));
    }

    void classTokenInAFileWithBatchOne() {
        OnnxBuilder b(14, Shape{1, 6, 10});
        b.ramp("token", {1, 1, 10}).node("Concat", {"token", "x"}, {"y"}, {{"axis", std::int64_t{1}}}, "cat");
        QCOMPARE(listing(graphOf(b)), std::string("axp::expand_batch(c[1, 1, 10], x); aten::cat([v0 x], 1)"));
    }

    /// The scale that PyTorch computes inside the graph for scaled_dot_product_attention.
    void attentionScaleFolds() {
        OnnxBuilder b(14, Shape{-1, 3, 7, 16});
        b.ints("last", {-1}).ints("end", {9223372036854775807}).floats("one", {1}, {1});
        b.node("Shape", {"x"}, {"s"})
            .node("Slice", {"s", "last", "end"}, {"d"})
            .node("Cast", {"d"}, {"f"}, {{"to", std::int64_t{1}}});
        b.node("Sqrt", {"f"}, {"r"}).node("Div", {"one", "r"}, {"k"}).node("Mul", {"x", "k"});
        const Graph g = graphOf(b);
        QCOMPARE(listing(g), std::string("aten::mul.Tensor(x, c[1])"));
        QCOMPARE(g.values[g.nodes[0].input(1)].constant->as<float>()[0], 0.25f);
    }

    void geluIsRecognised_data() {
        QTest::addColumn<int>("form");
        for (int i = 0; i < 3; ++i) QTest::addRow("form %d", i) << i;
    }
    void geluIsRecognised() {
        QFETCH(int, form);
        OnnxBuilder b(13);
        b.floats("r", {}, {1.41421354f})
            .floats("i", {}, {0.707106769f})
            .floats("one", {}, {1})
            .floats("half", {}, {0.5f});
        if (form == 1) b.node("Mul", {"i", "x"}, {"s"});
        else b.node("Div", {"x", "r"}, {"s"});
        b.node("Erf", {"s"}, {"e"}).node("Add", {"one", "e"}, {"a"});
        if (form == 0) b.node("Mul", {"x", "a"}, {"p"}).node("Mul", {"p", "half"});
        if (form == 1) b.node("Mul", {"x", "half"}, {"h"}).node("Mul", {"h", "a"});
        if (form == 2) b.node("Mul", {"a", "half"}, {"p"}).node("Mul", {"p", "x"});
        QCOMPARE(listing(graphOf(b)), std::string("aten::gelu(x)"));
        b.model.initializers[2].tensor = Tensor::from(Shape{}, std::vector<float>{1.1f});  // not a GELU any more
        QVERIFY(listing(graphOf(b)).find("aten::erf") != std::string::npos);
    }

    void integersDivideByTruncation() {
        OnnxBuilder b(13, std::nullopt);
        b.ints("two", {2}).node("Shape", {"x"}, {"s"}).node("Div", {"s", "two"}, {"h"}).node("Expand", {"x", "h"});
        QCOMPARE(listing(graphOf(b)),
                 std::string("axp::shape(x); aten::div.Tensor_mode(v0, c[1], 'trunc'); axp::expand(x, v1)"));
    }

    /// Repeats that an exporter puts at their dimension through OneHot, and the shape of what they repeat.
    void repeatsThroughOneHot() {
        OnnxBuilder b(17, Shape{-1, 1, 3});
        b.ints("place", {-2}).integer("depth", 3).ints("values", {1, 5}).ints("flat", {-1}).ints("inner", {1, 2});
        b.node("OneHot", {"place", "depth", "values"}, {"rows"}).node("Reshape", {"rows", "flat"}, {"repeats"}).node("Tile", {"x", "repeats"}, {"t"});
        b.node("Shape", {"t"}, {"s"}).node("Gather", {"s", "inner"}, {"lengths"}).node("Expand", {"x", "lengths"}, {"e"}).node("Add", {"t", "e"});
        const auto model = b.import();
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        const QString text = QString::fromStdString(listing(model->graph));
        QVERIFY2(text.contains("aten::repeat(x, [1, 5, 1])"), qPrintable(text));
        QVERIFY2(text.contains("axp::expand(x, c[2])"), qPrintable(text));
    }

    void splitsGiveSeveralOutputs() {
        OnnxBuilder b(13, kRows);
        b.ints("sizes", {1, 5})
            .node("Split", {"x", "sizes"}, {"a", "b"}, {{"axis", std::int64_t{1}}})
            .node("Mul", {"b", "a"});
        QCOMPARE(listing(graphOf(b)), std::string("aten::split_with_sizes(x, [1, 5], 1); aten::mul.Tensor(v0.1, v0)"));
        OnnxBuilder even(18, kRows);
        even.node("Split", {"x"}, {"a", "b", "y"}, {{"axis", std::int64_t{-1}}, {"num_outputs", std::int64_t{3}}});
        QCOMPARE(listing(graphOf(even)), std::string("aten::split_with_sizes(x, [4, 4, 2], -1)"));
        OnnxBuilder uneven(13, kRows);
        uneven.node("Split", {"x"}, {"a", "b", "y"}, {{"axis", std::int64_t{-1}}});
        QVERIFY(errorOf(uneven).find("unequal") != std::string::npos);
    }

    void namesAndInitialisers() {
        OnnxBuilder b(13);
        b.model.inputs.push_back(
            {"w", Shape{6, 4, 1, 1}, DType::F32});  // an initialiser listed as an input is a constant
        b.ramp("w", {6, 4, 1, 1})
            .node("Conv", {"x", "w"}, {"a"}, {}, "/layer1/conv=1")
            .node("Relu", {"a"}, {"b"}, {}, "same")
            .node("Tanh", {"b"}, {"y"}, {}, "same");
        const Graph g = graphOf(b);
        QCOMPARE(g.inputs.size(), std::size_t{1});
        QCOMPARE(g.nodes[0].name, std::string("_layer1_conv_1"));
        QCOMPARE(g.nodes[2].name, std::string("same_1"));
        QCOMPARE(g.values[g.outputs[0]].name, std::string("y"));
    }

    void brokenGraphsAreNamed() {
        OnnxBuilder dangling(13);
        dangling.node("Add", {"x", "nothing"});
        QVERIFY(errorOf(dangling).find("'nothing'") != std::string::npos);
        OnnxBuilder twice(13);
        twice.node("Relu", {"x"}, {"y"}).node("Tanh", {"x"}, {"y"});
        QVERIFY(errorOf(twice).find("second time") != std::string::npos);
        OnnxBuilder missing(13);
        missing.node("Relu", {"x"}, {"z"});
        QVERIFY(errorOf(missing).find("'y'") != std::string::npos);
        OnnxBuilder operand(13);
        operand.node("Add", {"x"});
        QVERIFY(errorOf(operand).find("lacks its input 1") != std::string::npos);
        OnnxBuilder indices(13);
        indices.node("MaxPool", {"x"}, {"y", "i"}, {{"kernel_shape", Ints{2, 2}}}).node("Relu", {"i"}, {"z"});
        QVERIFY(errorOf(indices).find("indices") != std::string::npos);
        OnnxBuilder foreign(13);
        foreign.node("FusedMatMul", {"x", "x"});
        foreign.model.nodes[0].domain = "com.microsoft";
        QVERIFY(errorOf(foreign).find("com.microsoft.FusedMatMul") != std::string::npos);
        OnnxBuilder old(6), future(23);
        QVERIFY(errorOf(old.node("Relu", {"x"})).find("opset 6") != std::string::npos);
        QVERIFY(errorOf(future.node("Relu", {"x"})).find("opset 23") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestOnnxImport)
#include "tst_onnx_import.moc"
