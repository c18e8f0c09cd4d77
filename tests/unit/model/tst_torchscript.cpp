// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <random>

#include "app/engine/importers.h"
#include "backends/emulator/emulator.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "core/graph/sites.h"

using namespace axp;

/// What the TorchScript importer makes of networks, beyond their numbers (tst_exported_networks).
class TestTorchscript : public QObject {
    Q_OBJECT

    static std::string fixture(const char* name) { return std::string(AXP_SOURCE_DIR "/tests/unit/model/fixtures/") + name; }
    static Result<ImportedModel> open(const std::string& path, Shape sample) {
        return openModel(path, {[sample]() -> Result<Shape> { return sample; }});
    }
    static std::vector<std::string> siteNames(const Graph& graph) {
        std::vector<std::string> names;
        for (const Site& site : enumerateSites(graph, Granularity::Node)) names.push_back(site.id);
        return names;
    }

private slots:
    /// Sites are named after modules, alike for traces and scripts, and the same at every import.
    void namesFollowModules() {
        const std::vector<std::string> wanted = {"conv1", "conv2", "fc"};
        for (const char* file : {"residual/traced.pt", "residual/scripted.pt"}) {
            const auto model = open(fixture(file), {3, 9, 9});
            QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
            QCOMPARE(siteNames(model->graph), wanted);
            QCOMPARE(model->graph.contentHash(), open(fixture(file), {3, 9, 9})->graph.contentHash());
            QVERIFY(model->graph.findNode("bn1"));
            QCOMPARE(model->format, std::string("TorchScript"));
            QVERIFY(!model->graph.findNode("drop"));  // dropout does nothing in evaluation
        }
    }

    /// conv1, bn1, conv2, bn2, fc: what training may change, as the exporter counts it.
    void parametersAreTrainable() {
        const auto model = open(fixture("residual/traced.pt"), {3, 9, 9});
        QVERIFY(model.ok());
        QCOMPARE(model->graph.parameterCount(), std::int64_t{3 * 6 * 9 + 12 + 3 * 6 * 9 + 12 + 35});
    }

    void headsOfEveryForm() {
        const std::vector<std::pair<std::string, Shape>> cases = {{"fused-attention", {6, 16}}, {"window-attention", {6, 6, 16}}, {"multihead-attention", {6, 16}}};
        for (const auto& [name, sample] : cases)
            for (const char* file : {"/traced.pt", "/scripted.pt", "/opset9.onnx", "/opset16.onnx"}) {
                auto model = open(fixture((name + file).c_str()), sample);
                QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
                QVERIFY(inferShapes(model->graph, sample).ok());
                int products = 0;
                for (const Site& site : enumerateSites(model->graph, Granularity::Node))
                    if (site.op == "MatMul") {
                        ++products;
                        QVERIFY2(site.heads == 4, (name + file + ": " + site.id).c_str());
                    }
                QCOMPARE(products, 2);
            }
    }

    /// A recurrent layer has two sites: its input product and its recurrent product.
    void recurrentProducts() {
        const auto model = open(fixture("gru/traced.pt"), {4, 6});
        QVERIFY(model.ok());
        const std::vector<std::string> wanted = {"rnn.ih_l0", "rnn.hh_l0", "fc"};
        QCOMPARE(siteNames(model->graph), wanted);
        const auto sites = enumerateSites(model->graph, Granularity::Node);
        QCOMPARE(sites[1].macs, std::int64_t{4 * 15 * 5});  // 4 steps, 3 gates of 5
    }

    /// Batches of any size, computed together or one by one.
    void anyBatch() {
        const auto model = open(fixture("window-attention/traced.pt"), {6, 6, 16});
        QVERIFY(model.ok());
        const auto x = readNpy(fixture("window-attention/x.npy"));
        QVERIFY(x.ok());
        const auto values = x->as<float>();
        const auto both = runFloat(model->graph, *x);
        const auto one = runFloat(model->graph, Tensor::from(Shape{1, 6, 6, 16}, values.subspan(0, values.size() / 2)));
        QVERIFY(both.ok() && one.ok());
        for (std::size_t i = 0; i < one->as<float>().size(); ++i) QVERIFY(std::abs(one->as<float>()[i] - both->as<float>()[i]) < 1e-5f);
    }

    void refusals() {
        const auto noShape = openModel(fixture("residual/traced.pt"));
        QVERIFY(!noShape.ok());
        QVERIFY(noShape.error().text().find("--input-shape") != std::string::npos);
        const auto wrongShape = open(fixture("residual/traced.pt"), {5, 9, 9});
        QVERIFY(!wrongShape.ok());
        QVERIFY2(wrongShape.error().text().find("[5, 9, 9]") != std::string::npos, wrongShape.error().text().c_str());
        for (const char* file : {"state_dict.pth", "legacy.pth"}) {
            const auto weights = open(std::string(AXP_SOURCE_DIR "/tests/fuzz/corpus/torchscript/") + file, {2});
            QVERIFY(!weights.ok());
            QVERIFY2(weights.error().text().find("state_dict") != std::string::npos, weights.error().text().c_str());
        }
        const auto pickled = open(AXP_SOURCE_DIR "/tests/fuzz/corpus/torchscript/module.pth", {2});
        QVERIFY(!pickled.ok());
        QVERIFY2(pickled.error().text().find("torch.nn.modules.linear.Linear") != std::string::npos, pickled.error().text().c_str());
    }

    /// Bytes changed anywhere in the archive: an error with a sentence, or a network, but never a crash.
    void damagedFiles() {
        const auto bytes = readFile(fixture("branches/scripted.pt"));
        QVERIFY(bytes.ok());
        const QTemporaryDir folder;
        const std::string path = folder.filePath("m.pt").toStdString();
        std::mt19937 random(11);
        int refused = 0;
        for (int i = 0; i < 60; ++i) {
            std::string damaged = *bytes;
            damaged[random() % damaged.size()] = static_cast<char>(random());
            QVERIFY(writeFileAtomic(path, damaged).ok());
            const auto model = open(path, {3, 6, 6});
            refused += !model.ok();
            if (!model.ok()) QVERIFY(!model.error().what.empty());
        }
        QVERIFY2(refused > 10, qPrintable(QString::number(refused)));
    }
};

QTEST_GUILESS_MAIN(TestTorchscript)
#include "tst_torchscript.moc"
