// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QToolButton>

#include "tests/gui/panel_samples.h"
#include "tests/gui/window_bench.h"
#include "ui/shell/new_project_dialog.h"
#include "ui/shell/start_page.h"

using namespace axp;
using namespace axp::ui;

namespace {

int inkOf(const QImage& image, const QColor& colour) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QColor c = image.pixelColor(x, y);
            count += c.alpha() > 200 && std::abs(c.red() - colour.red()) + std::abs(c.green() - colour.green()) + std::abs(c.blue() - colour.blue()) < 30;
        }
    return count;
}

}  // namespace

class TestStartPage : public QObject {
    Q_OBJECT
private slots:
    void init() { test::useTestSettings(); }

    void readsAndRemembersFronts() {
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        std::vector<Evaluation> designs;
        for (int i = 0; i < 50; ++i) designs.push_back(test::designOf(i * 977));
        designs.push_back(test::designOf(1, "fake:test[0:10]"));  // another slice is another matter
        QVERIFY(test::storeDesigns(project.toStdString(), designs));
        FrontReader reader(folder.filePath("cache"));
        FrontSummary summary;
        connect(&reader, &FrontReader::ready, this, [&summary](const QString&, const FrontSummary& read) { summary = read; });
        QSignalSpy ready(&reader, &FrontReader::ready);
        reader.request(project);
        QVERIFY(ready.wait(10000));
        QVERIFY(summary.projectExists);
        QCOMPARE(summary.evaluations, qint64(51));
        QCOMPARE(summary.designs.size(), std::size_t(50));
        QVERIFY(!summary.front.empty());
        for (std::size_t i = 1; i < summary.front.size(); ++i) QVERIFY(summary.front[i].x() > summary.front[i - 1].x() && summary.front[i].y() > summary.front[i - 1].y());

        const auto before = summary.front;
        QCOMPARE(QDir(folder.filePath("cache")).entryList(QDir::Files).size(), 1);
        QFile cache(folder.filePath("cache/") + QDir(folder.filePath("cache")).entryList(QDir::Files).first());
        QVERIFY(cache.open(QIODevice::ReadWrite));
        QByteArray json = cache.readAll();
        json.replace("\"evaluations\":51", "\"evaluations\":52");  // proof that it is read
        cache.resize(0);
        cache.seek(0);
        cache.write(json);
        cache.close();
        reader.request(project);
        QVERIFY(ready.wait(10000));
        QCOMPARE(summary.evaluations, qint64(52));
        QCOMPARE(summary.front, before);

        QVERIFY(test::storeDesigns(project.toStdString(), {test::designOf(123456)}));
        reader.request(project);
        QVERIFY(ready.wait(10000));
        QCOMPARE(summary.evaluations, qint64(52));  // 51 and a new one: read anew
        reader.request(folder.filePath("none.axp"));
        QVERIFY(ready.wait(10000));
        QVERIFY(!summary.projectExists && summary.designs.empty());
    }

    void drawsInTheColoursOfThePalette() {
        FrontSummary summary;
        summary.designs = {{0.5, 0.80}, {0.7, 0.88}, {0.9, 0.9}, {0.8, 0.82}};
        summary.front = {{0.5, 0.80}, {0.7, 0.88}, {0.9, 0.9}};
        const QColor colour(200, 40, 40);
        const QImage picture = drawFront(summary, {200, 90}, 2, QPalette(), colour).toImage();
        QCOMPARE(picture.size(), QSize(400, 180));
        QVERIFY(inkOf(picture, colour) > 300);
        QCOMPARE(inkOf(drawFront({}, {200, 90}, 1, QPalette(), colour).toImage(), colour), 0);
    }

    void examplesHaveMeasuredPictures() {
        for (const char* name : {"fashion-vit", "fashion-resnet", "fashion-cnn"}) {
            FrontReader reader(QTemporaryDir().path());
            QSignalSpy ready(&reader, &FrontReader::ready);
            FrontSummary summary;
            connect(&reader, &FrontReader::ready, this, [&summary](const QString&, const FrontSummary& read) { summary = read; });
            reader.request(QStringLiteral("/nonexistent/%1.axp").arg(name), QStringLiteral(AXP_SOURCE_DIR "/resources/fronts/%1.json").arg(name));
            QVERIFY(ready.wait(10000));
            QVERIFY2(summary.designs.size() >= 20, name);
            QVERIFY2(summary.front.size() >= 2, name);
        }
    }

    void anExampleOpenedBeforeKeepsItsPicture() {
        const QString example = QStringLiteral(AXP_SOURCE_DIR "/projects/fashion-cnn/fashion-cnn.axp");
        if (QFile::exists(QStringLiteral(AXP_SOURCE_DIR "/projects/fashion-cnn/fashion-cnn.db"))) QSKIP("the example has designs of its own");
        const auto picture = [](const test::Window& w) {
            auto* card = w.window.findChild<QToolButton*>("example:fashion-cnn");
            return card->icon().pixmap(card->iconSize()).toImage();
        };
        test::Window first;
        const QImage blank = picture(first);
        QTRY_VERIFY(picture(first) != blank);
        QSettings().setValue("recent", QStringList{example});
        test::Window again;
        auto* row = again.window.findChild<QWidget*>("recent:" + example);
        QTRY_VERIFY(row->findChild<QLabel*>("facts")->text().contains("no designs yet"));
        QTRY_COMPARE(picture(again), picture(first));
        QTest::qWait(50);
        QCOMPARE(picture(again), picture(first));
        QSettings().remove("recent");
    }

    void missingProjectsAreShownAndCanBeRemoved() {
        QTemporaryDir folder;
        const QString there = test::writeProject(folder.path(), "there"), gone = folder.filePath("gone.axp");
        QVERIFY(test::storeDesigns(there.toStdString(), {test::designOf(5), test::designOf(6)}));
        QSettings().setValue("recent", QStringList{gone, there});
        test::Window w;
        auto* page = w.window.findChild<StartPage*>();
        const auto facts = [page](const QString& path) { return page->findChild<QWidget*>("recent:" + path)->findChild<QLabel*>("facts")->text(); };
        QTRY_VERIFY(facts(gone).contains("missing"));
        QTRY_VERIFY(facts(there).contains("2 design"));
        auto* row = page->findChild<QWidget*>("recent:" + gone);
        for (auto* button : row->findChildren<QToolButton*>())
            if (button->objectName() != "remove") QVERIFY(!button->isEnabled());
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) w.window.grab().save(pictures + "/start-missing.png");
        QTest::mouseClick(row->findChild<QToolButton*>("remove"), Qt::LeftButton);
        QTRY_VERIFY(!page->findChild<QWidget*>("recent:" + gone));
        QCOMPARE(QSettings().value("recent").toStringList(), QStringList{there});
        for (auto* button : page->findChild<QWidget*>("recent:" + there)->findChildren<QToolButton*>())
            if (button->objectName() != "remove") QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY(w.workspace.isOpen());
        QCOMPARE(QString::fromStdString(w.workspace.project().path), there);
    }

    void aNewProjectIsCheckedBeforeItIsWritten() {
        QTemporaryDir folder;
        const QString model = folder.filePath("net.onnx");
        QFile file(model);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("net") == 3);
        file.close();
        test::Window w;
        std::atomic<int> mode{0};
        w.workspace.setModelChecker([&mode](const Project& draft, const JobContext& job) -> Result<ModelSummary> {
            if (mode == 0) return badInput("operator FancyAttention is not supported (node block3_attn)", draft.resolvedModelPath());
            while (mode == 1 && !job.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
            if (job.cancelled()) return cancelled();
            ModelSummary summary;
            summary.format = "ONNX opset 17";
            summary.inputShape = {1, 28, 28};
            summary.outputShape = {10};
            summary.operators = 57, summary.parameters = 1'234'567, summary.macs = 45'600'000, summary.sites = 38, summary.sitesWithHeads = 74;
            summary.data = "fashion-mnist";
            summary.classes = 10;
            return summary;
        });
        QVERIFY(test::dropFiles(w.window, {model}));
        QTRY_VERIFY(w.window.findChild<NewProjectDialog*>());
        auto* dialog = w.window.findChild<NewProjectDialog*>();
        auto* state = dialog->findChild<QLabel*>("state");
        auto* found = dialog->findChild<QLabel*>("found");
        auto* create = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        QTRY_VERIFY2(state->text().contains("FancyAttention"), qPrintable(state->text()));
        QVERIFY(!create->isEnabled());
        QVERIFY(!QFile::exists(folder.filePath("net.axp")));

        QLineEdit* network = nullptr;
        for (auto* field : dialog->findChildren<QLineEdit*>())
            if (field->accessibleName() == "Network") network = field;
        QVERIFY(network);
        QCOMPARE(network->text(), model);
        mode = 1;  // a check that takes long, and is stopped
        network->setText(folder.filePath("other.onnx"));
        network->setText(model);
        auto* stop = dialog->findChild<QPushButton*>("stop");
        QTRY_VERIFY(stop->isVisible());
        QVERIFY(!create->isEnabled());
        QTest::mouseClick(stop, Qt::LeftButton);
        QTRY_COMPARE(w.workspace.jobs().active(), 0);
        QVERIFY2(state->text().contains("stopped"), qPrintable(state->text()));
        QVERIFY(!create->isEnabled());

        mode = 2;
        network->setText(folder.filePath("other.onnx"));
        network->setText(model);
        QTRY_VERIFY_WITH_TIMEOUT(create->isEnabled(), 10000);
        for (const char* fact : {"opset 17", "57 operators", "1.2 million", "38 sites", "74 with heads", "45.6 million", "10 classes"})
            QVERIFY2(found->text().contains(fact), qPrintable(found->text()));
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) dialog->grab().save(pictures + "/new-project.png");
        QTest::mouseClick(create, Qt::LeftButton);
        QTRY_VERIFY(w.workspace.isOpen());
        const auto project = Project::load(folder.filePath("net.axp").toStdString());
        QVERIFY(project.ok());
        QCOMPARE((*project).modelPath, std::string("net.onnx"));
        QVERIFY(!(*project).modelHash.empty());
        QVERIFY(!modelChanged((*project).path));
    }

    void anExistingProjectIsNotOverwritten() {
        QTemporaryDir folder;
        const QString project = test::writeProject(folder.path());
        QFile model(folder.filePath("p.onnx"));
        QVERIFY(model.open(QIODevice::WriteOnly) && model.write("net") == 3);
        model.close();
        Workspace workspace(test::fakeOpener(), AXP_SOURCE_DIR "/resources");
        workspace.setModelChecker([](const Project&, const JobContext&) -> Result<ModelSummary> { return ModelSummary(); });
        NewProjectDialog dialog(workspace, model.fileName());
        auto* create = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        dialog.show();
        QTRY_VERIFY(create->isEnabled());
        QSignalSpy created(&dialog, &NewProjectDialog::created);
        QTest::mouseClick(create, Qt::LeftButton);
        auto* state = dialog.findChild<QLabel*>("state");
        QTRY_VERIFY2(state->text().contains("exists already"), qPrintable(state->text()));
        QCOMPARE(created.size(), 0);
    }

    /// Without a checker the import alone is tried, on a real network.
    void importsARealNetwork() {
        Workspace workspace(test::fakeOpener(), AXP_SOURCE_DIR "/resources");
        NewProjectDialog dialog(workspace, AXP_SOURCE_DIR "/resources/models/fashion-cnn.onnx");
        dialog.show();
        auto* found = dialog.findChild<QLabel*>("found");
        QTRY_VERIFY_WITH_TIMEOUT(found->text().contains("5 sites"), 10000);
    }
};

QTEST_MAIN(TestStartPage)
#include "tst_start_page.moc"
