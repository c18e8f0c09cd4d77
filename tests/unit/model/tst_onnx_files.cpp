// SPDX-License-Identifier: GPL-3.0-or-later
#include <onnx/onnx_pb.h>

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "core/model/importer.h"
#include "tests/unit/model/networks.h"

using namespace axp;

/// Files as other programs write them, and as nobody should: truncated, foreign, hostile.
class TestOnnxFiles : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const std::string& bytes, const char* name = "m.onnx") {
        const QString path = m_folder.filePath(QString::fromLatin1(name));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly)) return {};
        file.write(bytes.data(), static_cast<qint64>(bytes.size()));
        return path.toStdString();
    }

    /// y = x + w with the initialiser w [2, 3], which the test fills in.
    static onnx::ModelProto model(const std::function<void(onnx::TensorProto&)>& fill) {
        onnx::ModelProto proto;
        proto.set_ir_version(8);
        proto.add_opset_import()->set_version(13);
        auto* graph = proto.mutable_graph();
        graph->set_name("g");
        auto* input = graph->add_input();
        input->set_name("x");
        auto* type = input->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        type->mutable_shape()->add_dim()->set_dim_param("batch");
        type->mutable_shape()->add_dim()->set_dim_value(3);
        graph->add_output()->set_name("y");
        auto* node = graph->add_node();
        node->set_op_type("Add");
        node->add_input("x");
        node->add_input("w");
        node->add_output("y");
        auto* tensor = graph->add_initializer();
        tensor->set_name("w");
        tensor->add_dims(2);
        tensor->add_dims(3);
        fill(*tensor);
        return proto;
    }
    Result<ImportedModel> import(const onnx::ModelProto& proto) {
        return importModel(write(proto.SerializeAsString()));
    }

    static std::vector<float> constantOf(const Result<ImportedModel>& model) {
        if (!model.ok()) return {};
        for (const Value& value : model->graph.values)
            if (value.constant && value.constant->dtype() == DType::F32) {
                const auto span = value.constant->as<float>();
                return {span.begin(), span.end()};
            }
        return {};
    }

    void refused(const onnx::ModelProto& proto, const char* words) {
        const auto result = import(proto);
        QVERIFY(!result.ok());
        QVERIFY2(result.error().text().find(words) != std::string::npos, result.error().text().c_str());
        QVERIFY(result.error().text().find("m.onnx") != std::string::npos);
    }

private slots:
    void everyWayToStoreNumbers() {
        const std::vector<float> wanted = {-2, -0.5f, 0, 0.25f, 1, 1024};
        using T = onnx::TensorProto;
        const std::vector<std::function<void(T&)>> ways = {
            [&](T& t) {
                t.set_data_type(T::FLOAT);
                for (float v : wanted) t.add_float_data(v);
            },
            [&](T& t) {
                t.set_data_type(T::FLOAT);
                t.set_raw_data(wanted.data(), 24);
            },
            [&](T& t) {
                t.set_data_type(T::DOUBLE);
                for (float v : wanted) t.add_double_data(v);
            },
            [&](T& t) {
                t.set_data_type(T::DOUBLE);
                const std::vector<double> d(wanted.begin(), wanted.end());
                t.set_raw_data(d.data(), 48);
            },
            [&](T& t) {
                t.set_data_type(T::FLOAT16);
                for (int h : {0xc000, 0xb800, 0x0000, 0x3400, 0x3c00, 0x6400}) t.add_int32_data(h);
            },
            [&](T& t) {
                t.set_data_type(T::FLOAT16);
                const std::uint16_t h[] = {0xc000, 0xb800, 0x0000, 0x3400, 0x3c00, 0x6400};
                t.set_raw_data(h, 12);
            },
            [&](T& t) {
                t.set_data_type(T::BFLOAT16);
                const std::uint16_t h[] = {0xc000, 0xbf00, 0x0000, 0x3e80, 0x3f80, 0x4480};
                t.set_raw_data(h, 12);
            }};
        for (std::size_t i = 0; i < ways.size(); ++i) {
            const auto result = import(model(ways[i]));
            QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
            QVERIFY2(constantOf(result) == wanted, ("way " + std::to_string(i)).c_str());
        }
    }

    void halfPrecisionCorners() {
        const auto result = import(model([](onnx::TensorProto& t) {
            t.set_data_type(onnx::TensorProto::FLOAT16);
            for (int h : {0x0001, 0x83ff, 0x7c00, 0xfc00, 0x7bff, 0x7e00}) t.add_int32_data(h);
        }));
        const auto v = constantOf(result);
        QCOMPARE(v.size(), std::size_t{6});
        QCOMPARE(v[0], std::ldexp(1.0f, -24));
        QCOMPARE(v[1], -1023.0f * std::ldexp(1.0f, -24));
        QVERIFY(std::isinf(v[2]) && v[2] > 0 && std::isinf(v[3]) && v[3] < 0 && std::isnan(v[5]));
        QCOMPARE(v[4], 65504.0f);
    }

    void tensorsThatDoNotFit() {
        using T = onnx::TensorProto;
        refused(model([](T& t) {
                    t.set_data_type(T::FLOAT);
                    t.set_raw_data(std::string(20, 'a'));
                }),
                "20 bytes");
        refused(model([](T& t) {
                    t.set_data_type(T::FLOAT);
                    t.set_raw_data(std::string(1000000, 'a'));
                }),
                "1000000 bytes");
        refused(model([](T& t) { t.set_data_type(T::FLOAT); }), "0 elements");
        refused(model([](T& t) {
                    t.set_data_type(T::FLOAT);
                    t.set_dims(0, -2);
                }),
                "negative dimension");
        refused(model([](T& t) {
                    t.set_data_type(T::FLOAT);
                    t.set_dims(0, std::int64_t{1} << 40);
                    t.set_dims(1, std::int64_t{1} << 40);
                }),
                "larger than 2^31");
        refused(model([](T& t) {
                    t.set_data_type(T::FLOAT);
                    t.set_dims(0, std::int64_t{1} << 16);
                    t.set_dims(1, std::int64_t{1} << 16);
                }),
                "larger than 2^31");
        refused(model([](T& t) { t.set_data_type(T::STRING); }), "STRING");
        refused(model([](T& t) { t.set_data_type(T::COMPLEX64); }), "COMPLEX64");
        refused(model([](T& t) { t.set_data_type(77); }), "number 77");
    }

    void externalData() {
        const auto external = [&](const std::string& location, const std::string& offset, const std::string& length) {
            return model([&](onnx::TensorProto& t) {
                t.set_data_type(onnx::TensorProto::FLOAT);
                t.set_data_location(onnx::TensorProto::EXTERNAL);
                for (const auto& [key, value] :
                     {std::pair{"location", location}, std::pair{"offset", offset}, std::pair{"length", length}}) {
                    if (value.empty()) continue;
                    auto* entry = t.add_external_data();
                    entry->set_key(key);
                    entry->set_value(value);
                }
            });
        };
        const std::vector<float> values = {9, 9, 1, 2, 3, 4, 5, 6};
        write(std::string(reinterpret_cast<const char*>(values.data()), 32), "w.bin");
        QCOMPARE(constantOf(import(external("w.bin", "8", "24"))), (std::vector<float>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(constantOf(import(external("w.bin", "", ""))), (std::vector<float>{9, 9, 1, 2, 3, 4}));
        refused(external("w.bin", "12", ""), "too short");
        refused(external("w.bin", "99999999999", ""), "too short");
        refused(external("w.bin", "8", "20"), "20 bytes");
        refused(external("w.bin", "-8", ""), "offset");
        refused(external("missing.bin", "", ""), "missing");
        refused(external("", "", ""), "outside the folder");
        refused(external("../w.bin", "", ""), "outside the folder");
        refused(external("a/../../w.bin", "", ""), "outside the folder");
        refused(external("/etc/passwd", "", ""), "outside the folder");
        std::error_code error;
        std::filesystem::create_symlink("/etc/passwd", m_folder.filePath("link.bin").toStdString(), error);
        if (!error) refused(external("link.bin", "", ""), "outside the folder");
    }

    void truncatedFiles() {
        const std::string path = write("", "v.onnx");
        QVERIFY(exportOnnx(test::vitLike(), path).ok());
        std::ifstream stream(path, std::ios::binary);
        const std::string whole((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        QVERIFY(whole.size() > 4000);
        for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
            const auto result = importModel(write(whole.substr(0, whole.size() * sixteenth / 16)));
            QVERIFY(!result.ok());
            QVERIFY(!result.error().what.empty());
            QVERIFY(result.error().text().find('\n') == std::string::npos);
        }
        QVERIFY(importModel(write(whole)).ok());
    }

    void changedBytesNeverCrash() {
        const std::string path = write("", "v.onnx");
        QVERIFY(exportOnnx(test::vitLike(), path).ok());
        std::ifstream stream(path, std::ios::binary);
        const std::string whole((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        // The weights are most of the file; most changes go to the structure behind them.
        std::mt19937 random(7);
        int imported = 0, refusals = 0;
        for (int round = 0; round < 1500; ++round) {
            std::string bytes = whole;
            for (unsigned i = 0; i <= random() % 4; ++i) {
                const std::size_t at = round % 4 == 0
                                           ? random() % bytes.size()
                                           : bytes.size() - 1 - random() % std::min<std::size_t>(bytes.size(), 5000);
                bytes[at] = static_cast<char>(round % 2 ? random() : bytes[at] ^ (1 << random() % 8));
            }
            const auto result = importModel(write(bytes));
            result.ok() ? ++imported : ++refusals;
            if (result.ok()) QVERIFY(result->graph.validate().ok());
        }
        QVERIFY(imported > 0 && refusals > 0);
    }

    void foreignFiles() {
        std::mt19937 random(3);
        for (int round = 0; round < 50; ++round) {
            std::string bytes(random() % 5000, '\0');
            for (char& c : bytes) c = static_cast<char>(random());
            QVERIFY(!importModel(write(bytes)).ok());
        }
        const auto torch = importModel(write(std::string("PK\x03\x04") + std::string(100, 'x'), "model.pt"));
        QVERIFY(!torch.ok());
        QVERIFY(torch.error().text().find("torch.onnx.export") != std::string::npos);
        QVERIFY(!importModel(m_folder.filePath("nothing.onnx").toStdString()).ok());
        QVERIFY(!importModel(m_folder.path().toStdString()).ok());
        QVERIFY(!importModel(write("")).ok());
        onnx::ModelProto empty;
        refused(empty, "m.onnx");
        empty.set_ir_version(8);
        refused(empty, "not an ONNX model");
    }

    void recognisedByContentToo() {
        const std::string path = write("", "v.onnx");
        QVERIFY(exportOnnx(test::lenetLike(), path).ok());
        std::filesystem::copy_file(path, m_folder.filePath("model.dat").toStdString());
        QVERIFY(importModel(m_folder.filePath("model.dat").toStdString()).ok());
    }

    /// Constants that a small file asks for must not fill the memory.
    void greedyConstants() {
        auto proto = model([](onnx::TensorProto& t) {
            t.set_data_type(onnx::TensorProto::FLOAT);
            t.set_raw_data(std::string(24, '\0'));
        });
        auto* graph = proto.mutable_graph();
        auto* shape = graph->add_initializer();
        shape->set_name("s");
        shape->set_data_type(onnx::TensorProto::INT64);
        shape->add_dims(1);
        shape->add_int64_data(std::int64_t{1} << 24);
        for (int i = 0; i < 50; ++i) {
            auto* node = graph->add_node();
            node->set_op_type("ConstantOfShape");
            node->add_input("s");
            node->add_output("c" + std::to_string(i));
        }
        refused(proto, "ConstantOfShape");
        shape->set_int64_data(0, std::int64_t{1} << 62);
        refused(proto, "ConstantOfShape");
    }

    void manyNodesAreQuick() {
        auto proto = model([](onnx::TensorProto& t) {
            t.set_data_type(onnx::TensorProto::FLOAT);
            t.set_raw_data(std::string(24, '\0'));
        });
        std::string last = "y";
        for (int i = 0; i < 60000; ++i) {
            auto* node = proto.mutable_graph()->add_node();
            node->set_name("same name");
            node->set_op_type("Relu");
            node->add_input(last);
            node->add_output(last = "r" + std::to_string(i));
        }
        proto.mutable_graph()->mutable_output(0)->set_name(last);
        const auto result = import(proto);
        QVERIFY(result.ok());
        QCOMPARE(result->graph.nodes.size(), std::size_t{60001});
    }
};

QTEST_GUILESS_MAIN(TestOnnxFiles)
#include "tst_onnx_files.moc"
