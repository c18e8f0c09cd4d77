// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "backends/emulator/emulator.h"
#include "backends/emulator/train.h"
#include "core/graph/passes.h"
#include "tests/unit/emulator/random_dataset.h"

using namespace axp;

class TestTraining : public QObject {
    Q_OBJECT
private slots:
    void sampleNetworksHaveTheirShape_data();
    void sampleNetworksHaveTheirShape();
    void trainingLearnsAndRepeats();
    void batchNormFoldsToTheSameNetwork();
    void badRecipes();
};

void TestTraining::sampleNetworksHaveTheirShape_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("nodeSites");
    QTest::addColumn<int>("leaves");
    QTest::newRow("cnn") << "fashion-cnn" << 5 << 5;
    QTest::newRow("resnet") << "fashion-resnet" << 18 << 18;
    QTest::newRow("vit") << "fashion-vit" << 38 << 74;
}

void TestTraining::sampleNetworksHaveTheirShape() {
    QFETCH(QString, name);
    QFETCH(int, nodeSites);
    QFETCH(int, leaves);
    auto graph = buildSampleNetwork(name.toStdString(), 1);
    QVERIFY(graph.ok());
    QVERIFY(graph->validate().ok());
    QVERIFY(inferShapes(*graph, {1, 28, 28}).ok());
    QCOMPARE(enumerateSites(*graph, Granularity::Node).size(), std::size_t(nodeSites));
    QCOMPARE(enumerateSites(*graph, Granularity::Head).size(), std::size_t(leaves));
    QCOMPARE(graph->values[static_cast<std::size_t>(graph->outputs[0])].shape, (Shape{1, 10}));
    QVERIFY(graph->parameterCount() > 150000 && graph->parameterCount() < 400000);
    QCOMPARE(buildSampleNetwork(name.toStdString(), 1)->contentHash(), graph->contentHash());
    QVERIFY(buildSampleNetwork(name.toStdString(), 2)->contentHash() != graph->contentHash());
}

void TestTraining::trainingLearnsAndRepeats() {
    const auto data = std::make_shared<test::RandomDataset>(Shape{1, 28, 28}, 10, 320);
    TrainRecipe recipe;
    recipe.epochs = 3;
    recipe.batch = 32;
    recipe.augment = false;
    std::vector<std::string> hashes;
    for (int round = 0; round < 2; ++round) {
        Graph graph = buildSampleNetwork("fashion-cnn", 1).value();
        const auto report = trainNetwork(graph, *data, recipe, 1, {});
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QCOMPARE(report->losses.size(), std::size_t(3));
        QVERIFY(report->losses[2] < report->losses[0]);
        QVERIFY(report->trainAccuracy > 0.5);
        hashes.push_back(graph.contentHash());
    }
    QCOMPARE(hashes[0], hashes[1]);
}

void TestTraining::batchNormFoldsToTheSameNetwork() {
    const auto data = std::make_shared<test::RandomDataset>(Shape{1, 28, 28}, 10, 64);
    TrainRecipe recipe;
    recipe.epochs = 1;
    recipe.batch = 32;
    Graph graph = buildSampleNetwork("fashion-resnet", 1).value();
    QVERIFY(trainNetwork(graph, *data, recipe, 2, {}).ok());  // gives the running statistics other values than 0 and 1
    Graph folded = graph;
    QCOMPARE(foldBatchNorm(folded), 17);
    const Tensor batch = data->samples(0, 8).value();
    const auto a = runFloat(graph, batch), b = runFloat(folded, batch);
    QVERIFY(a.ok() && b.ok());
    float largest = 0, difference = 0;
    for (std::size_t i = 0; i < 80; ++i) {
        largest = std::max(largest, std::abs(a->as<float>()[i]));
        difference = std::max(difference, std::abs(a->as<float>()[i] - b->as<float>()[i]));
    }
    QVERIFY(largest > 0.01F);
    QVERIFY(difference < 1e-4F * largest);
}

void TestTraining::badRecipes() {
    const auto data = std::make_shared<test::RandomDataset>(Shape{1, 28, 28}, 10, 64);
    Graph graph = buildSampleNetwork("fashion-cnn", 1).value();
    TrainRecipe recipe;
    recipe.epochs = 0;
    QVERIFY(!trainNetwork(graph, *data, recipe, 1, {}).ok());
    QVERIFY(!buildSampleNetwork("fashion-mlp", 1).ok());
    QVERIFY(!sampleRecipe("fashion-mlp").ok());
    JobContext job;
    job.cancel.cancel();
    const std::string before = graph.contentHash();
    QVERIFY(!trainNetwork(graph, *data, TrainRecipe{}, 1, job).ok());
    QCOMPARE(graph.contentHash(), before);
}

QTEST_GUILESS_MAIN(TestTraining)
#include "tst_training.moc"
