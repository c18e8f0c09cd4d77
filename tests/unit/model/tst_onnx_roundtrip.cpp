// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "core/graph/passes.h"
#include "core/graph/sites.h"
#include "core/model/importer.h"
#include "tests/unit/model/networks.h"

using namespace axp;

class TestOnnxRoundTrip : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::string path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }

    Graph through(const Graph& graph) {
        const std::string file = path("model.onnx");
        const auto written = exportOnnx(graph, file);
        if (!written.ok()) qWarning("%s", written.error().text().c_str());
        auto read = importModel(file);
        if (!read.ok()) qWarning("%s", read.error().text().c_str());
        return written.ok() && read.ok() ? std::move(read).value().graph : Graph{};
    }

    static std::string describe(const Node& node) {
        std::string text = node.name + ": " + node.op + "(";
        for (const Arg& arg : node.args) {
            if (const auto* i = std::get_if<std::int64_t>(&arg)) text += std::to_string(*i);
            else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&arg)) text += shapeText(*list);
            else text += "#" + std::to_string(arg.index());
            text += ", ";
        }
        return text + ")";
    }

private slots:
    void networksComeBack_data() {
        QTest::addColumn<int>("which");
        QTest::newRow("lenet") << 0;
        QTest::newRow("resnet with adaptive pool") << 1;
        QTest::newRow("resnet with mean") << 2;
        QTest::newRow("vit") << 3;
    }
    void networksComeBack() {
        QFETCH(int, which);
        const Graph graph = which == 0   ? test::lenetLike()
                            : which == 3 ? test::vitLike()
                                         : test::resnetLike(which == 2);
        QVERIFY(graph.validate().ok());
        const Graph back = through(graph);
        QCOMPARE(back.nodes.size(), graph.nodes.size());
        for (std::size_t i = 0; i < graph.nodes.size(); ++i)
            QCOMPARE(describe(back.nodes[i]), describe(graph.nodes[i]));
        // The hash covers structure and every constant bit for bit.
        QCOMPARE(back.contentHash(), graph.contentHash());
        QCOMPARE(back.parameterCount(), graph.parameterCount());
        QCOMPARE(back.values[back.inputs[0]].name, std::string("input"));
        QCOMPARE(through(back).contentHash(), graph.contentHash());
    }

    void inputShapeAndFormat() {
        QVERIFY(exportOnnx(test::resnetLike(false), path("r.onnx")).ok());
        const auto model = importModel(path("r.onnx"));
        QVERIFY(model.ok());
        QCOMPARE(model->inputShape, (Shape{3, 8, 8}));
        QCOMPARE(model->format, std::string("ONNX opset 17"));
        const Graph lenet = through(test::lenetLike());
        QCOMPARE(lenet.values[lenet.outputs[0]].name, std::string("logits"));
    }

    /// ONNX has no layer that limits its results: the file would compute something else.
    void fusedNetworksAreRefused() {
        Graph graph = test::lenetLike();
        QVERIFY(fuseActivations(graph) > 0);
        const auto written = exportOnnx(graph, path("fused.onnx"));
        QVERIFY(!written.ok() && written.error().text().find("fused") != std::string::npos);
    }

    void foldedNetworksComeBack() {
        Graph graph = test::resnetLike(false);
        QCOMPARE(foldBatchNorm(graph), 4);
        QCOMPARE(through(graph).contentHash(), graph.contentHash());
    }

    void frozenParametersStayFrozen() {
        Graph graph = test::vitLike();
        for (const char* name : {"pos_embed", "qkv.weight", "patch.weight", "norm1.bias", "head.weight"})
            for (Value& value : graph.values)
                if (value.name == name) value.trainable = false;
        const Graph back = through(graph);
        QCOMPARE(back.parameterCount(), graph.parameterCount());
        QCOMPARE(back.contentHash(), graph.contentHash());
    }

    void geometryComesBack() {
        for (const NodeKind kind : {NodeKind::Conv, NodeKind::ConvTranspose})
            for (std::size_t dims = 1; dims <= 3; ++dims) {
                test::Net n(dims == 1 ? Shape{1, 4, 9} : dims == 2 ? Shape{1, 4, 9, 9} : Shape{1, 4, 9, 9, 9});
                Shape weight = {4, 3};
                ConvAttributes c;
                for (std::size_t i = 0; i < dims; ++i) {
                    weight.push_back(2 + static_cast<std::int64_t>(i));
                    c.stride.push_back(2);
                    c.padBegin.push_back(static_cast<std::int64_t>(i) % 2);
                    c.padEnd.push_back(1);
                    c.dilation.push_back(1 + static_cast<std::int64_t>(i));
                    c.outputPadding.push_back(kind == NodeKind::ConvTranspose ? 1 : 0);
                }
                c.groups = kind == NodeKind::ConvTranspose ? 2 : 1;
                if (kind == NodeKind::Conv) weight[1] = 4;
                const ValueId y =
                    n.graph.addMac("mac", kind, {ValueRef{n.graph.inputs[0]}, ValueRef{n.parameter("w", weight)}}, c);
                n.graph.outputs = {y};
                QVERIFY(n.graph.validate().ok());
                QCOMPARE(through(n.graph).contentHash(), n.graph.contentHash());
            }
    }

    void operatorsComeBack() {
        test::Net n({1, 6, 8, 8});
        const auto ref = [](ValueId id) { return Arg(ValueRef{id}); };
        ValueId x = n.op("hardswish", "aten::hardswish", {ref(n.graph.inputs[0])});
        x = n.op("hardsigmoid", "aten::hardsigmoid", {ref(x)});
        x = n.op("leaky", "aten::leaky_relu", {ref(x), 0.2});
        x = n.op("elu", "aten::elu", {ref(x), 1.5});
        x = n.op("clamp", "aten::clamp", {ref(x), 0.0, 6.0});
        x = n.op("clampmax", "aten::clamp", {ref(x), Arg{}, 6.0});
        x = n.op("pool", "aten::max_pool2d",
                 {ref(x), test::Ints{3, 3}, test::Ints{2, 2}, test::Ints{1, 1}, test::Ints{1, 1}, true});
        x = n.op("slice", "aten::slice.Tensor",
                 {ref(x), std::int64_t{2}, std::int64_t{1}, std::int64_t{4}, std::int64_t{1}});
        x = n.op("sum", "aten::sum.dim_IntList", {ref(x), test::Ints{3}, true});
        x = n.op("squeeze", "aten::squeeze.dim", {ref(x), std::int64_t{3}});
        x = n.op("unsqueeze", "aten::unsqueeze", {ref(x), std::int64_t{1}});
        x = n.op("logsoftmax", "aten::log_softmax.int", {ref(x), std::int64_t{-1}});
        x = n.op("div", "aten::div.Tensor",
                 {ref(x), ref(n.graph.addConstant("c", Tensor::from(Shape{}, std::vector<float>{3.0f})))});
        n.graph.outputs = {x};
        QCOMPARE(through(n.graph).contentHash(), n.graph.contentHash());
    }

    void ownOperatorsComeBack() {
        test::Net n({1, 6, 10});
        n.graph.values[n.graph.inputs[0]].shape = {};  // nothing is known, so nothing folds
        const auto ref = [](ValueId id) { return Arg(ValueRef{id}); };
        const auto list = [&](const char* name, test::Ints values) {
            return ref(
                n.graph.addConstant(name, Tensor::from(Shape{static_cast<std::int64_t>(values.size())}, values)));
        };
        const ValueId x = n.graph.inputs[0], shape = n.op("shape", "axp::shape", {ref(x)});
        ValueId y = n.op("gather", "axp::gather", {ref(x), std::int64_t{1}, list("indices", {0, -1})});
        y = n.op("slice", "axp::slice",
                 {ref(y), list("starts", {5}), list("ends", {1}), list("axes", {2}), list("steps", {-2})});
        y = n.op("gt", "aten::gt.Tensor", {ref(y), ref(y)});
        y = n.op("cast", "aten::to.dtype", {ref(y), std::int64_t{6}});
        const ValueId half =
            n.op("half", "aten::div.Tensor_mode", {ref(shape), list("two", {2}), std::string("trunc")});
        const ValueId ones = n.op("ones", "axp::constant_of_shape", {ref(half), 1.5});
        const ValueId big = n.op("expand", "axp::expand", {ref(ones), ref(shape)});
        n.graph.outputs = {y, n.op("reshape", "axp::reshape", {ref(big), ref(half), false})};
        QCOMPARE(through(n.graph).contentHash(), n.graph.contentHash());
    }

    void paddingComesBack() {
        test::Net n({1, 6, 10, 12});
        const ValueId y =
            n.op("pad", "aten::constant_pad_nd", {Arg(ValueRef{n.graph.inputs[0]}), test::Ints{1, 2, 0, 3}, -1.5});
        n.graph.outputs = {y};
        QCOMPARE(through(n.graph).contentHash(), n.graph.contentHash());
    }

    void scalarsMayBeLiterals() {
        test::Net n({1, 4});
        n.graph.outputs = {n.op("mul", "aten::mul.Scalar", {Arg(ValueRef{n.graph.inputs[0]}), 0.25})};
        const Graph back = through(n.graph);
        QCOMPARE(back.nodes.size(), std::size_t{1});
        QCOMPARE(back.nodes[0].op, std::string("aten::mul.Tensor"));
        const auto& constant = back.values[back.nodes[0].input(1)].constant;
        QVERIFY(constant && constant->shape().empty());
        QCOMPARE(constant->as<float>()[0], 0.25f);
    }

    void whatHasNoFormIsNamed() {
        test::Net n({1, 4});
        n.graph.outputs = {n.op("odd one", "aten::lgamma", {Arg(ValueRef{n.graph.inputs[0]})})};
        const auto result = exportOnnx(n.graph, path("odd.onnx"));
        QVERIFY(!result.ok());
        QVERIFY(result.error().text().find("aten::lgamma") != std::string::npos);
        QVERIFY(result.error().text().find("odd_one") != std::string::npos);
        QVERIFY(!QFile::exists(m_folder.filePath("odd.onnx")));
    }
};

QTEST_GUILESS_MAIN(TestOnnxRoundTrip)
#include "tst_onnx_roundtrip.moc"
