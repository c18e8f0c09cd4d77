// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>

#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/panels/data/class_table.h"
#include "ui/panels/data/confusion_view.h"
#include "ui/panels/data/data_export.h"
#include "ui/panels/data/data_panel.h"
#include "ui/panels/data/data_style.h"
#include "ui/panels/data/data_widget.h"
#include "ui/panels/data/image_details.h"
#include "ui/panels/data/image_grid.h"
#include "ui/panels/data/network_cards.h"
#include "ui/panels/data/picture_cache.h"
#include "ui/widgets/empty_state.h"

using namespace axp;
using namespace axp::ui;
using test::FakeEngine;
using test::fakePrediction;
using Place = ConfusionView::Place;
using State = DataSession::State;

namespace {

const Assignment kExact;

/// Opens a fake engine whose data set is this one.
EngineOpener openerOf(std::shared_ptr<const Dataset> data, std::chrono::milliseconds time = std::chrono::milliseconds(0)) {
    return [data = std::move(data), time](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
        auto engine = std::make_unique<FakeEngine>(time, path);
        engine->data = data;
        return std::unique_ptr<ProjectEngine>(std::move(engine));
    };
}

/// A data set whose files come back.
class EmptyDataset : public test::FakeDataset {
public:
    Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const override {
        if (there) return FakeDataset::split(name);
        return failure("the files are gone", "/data", "Install them.");
    }
    std::atomic<bool> there = false;
};

/// Samples that are no pictures.
class SoundSplit : public test::FakeSplit {
public:
    SoundSplit() : FakeSplit(40, true) {}
    Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const override { return DataSplit::pictures(offset, count); }
};
class SoundDataset : public test::FakeDataset {
public:
    Result<std::shared_ptr<const DataSplit>> split(const std::string&) const override {
        return std::shared_ptr<const DataSplit>(std::make_shared<SoundSplit>());
    }
};

struct Bench {
    explicit Bench(EngineOpener opener = test::fakeOpener()) : workspace(std::move(opener), {}) {
        panel.reset(static_cast<DataWidget*>(makeDataPanel(workspace, nullptr)));
        panel->resize(900, 640);
    }
    bool open() {
        panel->show();
        if (!QTest::qWaitForWindowExposed(panel.get())) return false;
        workspace.open(QStringLiteral("/nonexistent/fake.axp"));
        return QTest::qWaitFor([this] { return workspace.isOpen() && panel->session().state() != State::Loading; }, 5000);
    }
    /// Opens, calibrates and computes.
    bool computed() {
        if (!open()) return false;
        compute();
        return QTest::qWaitFor([this] { return session().complete(); }, 5000);
    }
    void compute() {
        QTest::mouseClick(child<QPushButton>(panel->isVisible() && button("computeFirst")->isVisible() ? "computeFirst" : "computePredictions"),
                          Qt::LeftButton);
    }
    template <class T>
    T* child(const char* name = nullptr) {
        return name ? panel->findChild<T*>(QString::fromLatin1(name)) : panel->findChild<T*>();
    }
    QPushButton* button(const char* name) { return child<QPushButton>(name); }
    DataSession& session() { return panel->session(); }
    ConfusionView& matrix() { return *child<ConfusionView>(); }
    NetworkCard& card(NetworkForm form) { return *child<NetworkCards>()->card(form); }
    const std::vector<std::int32_t>& shown() { return panel->grid().images().samples(); }
    FakeEngine& engine() { return static_cast<FakeEngine&>(*workspace.engine()); }
    QAction* action(const char* name) { return child<QAction>(name); }
    void choose(const char* box, int index) {
        auto* combo = child<QComboBox>(box);
        combo->setCurrentIndex(index);
        emit combo->activated(index);
    }
    QString emptyTitle() {
        for (const auto* widget : panel->findChildren<QWidget*>())
            if (const auto* state = dynamic_cast<const EmptyState*>(widget); state && state->isVisible()) return state->title();
        return {};
    }
    QString text(const char* label) { return child<QLabel>(label)->text(); }

    Workspace workspace;
    std::unique_ptr<DataWidget> panel;
};

/// The samples for which `passes` holds.
template <class Passes>
std::vector<std::int32_t> where(int samples, Passes passes) {
    std::vector<std::int32_t> found;
    for (std::int32_t i = 0; i < samples; ++i)
        if (passes(i)) found.push_back(i);
    return found;
}

QString percent(int part, int whole) { return percentText(double(part) / whole, 2); }

}  // namespace

class TestDataPanel : public QObject {
    Q_OBJECT
private slots:
    void emptyStates() {
        Bench bench;
        bench.panel->show();
        QCOMPARE(bench.emptyTitle(), QString("No project is open"));
        QVERIFY(!bench.button("computePredictions")->isEnabled());
        QVERIFY(bench.open());
        QCOMPARE(bench.emptyTitle(), QString("Not calibrated yet"));
        QCOMPARE(bench.button("computeFirst")->text(), QString("Calibrate and compute predictions"));
        QCOMPARE(int(bench.shown().size()), 128);  // the images are there before any prediction
        bench.workspace.close();
        QCOMPARE(bench.emptyTitle(), QString("No project is open"));
        QVERIFY(bench.shown().empty());

        Bench none(openerOf(nullptr));
        QVERIFY(none.open());
        QCOMPARE(none.emptyTitle(), QString("This project has no data"));

        const auto files = std::make_shared<EmptyDataset>();
        Bench broken(openerOf(files));
        QVERIFY(broken.open());
        QCOMPARE(broken.emptyTitle(), QString("The images cannot be read"));
        QVERIFY(broken.session().problem().contains("the files are gone"));
        files->there = true;
        for (auto* button : broken.panel->findChildren<QPushButton*>())
            if (button->text() == "Try again") QTest::mouseClick(button, Qt::LeftButton);
        QTRY_COMPARE(broken.session().state(), State::Ready);
        QCOMPARE(broken.shown().size(), std::size_t(128));
    }

    void samplesWithoutLabels() {
        Bench bench(openerOf(std::make_shared<test::FakeDataset>(false)));
        QVERIFY(bench.computed());
        QCOMPARE(bench.emptyTitle(), QString("This data set has no labels"));
        QCOMPARE(bench.card(NetworkForm::Fp32).figure(), QString("–"));
        QCOMPARE(int(bench.shown().size()), 128);
        bench.choose("dataFilter", 2);
        QCOMPARE(bench.shown(), where(128, [](int i) { return fakePrediction(nullptr, i) != fakePrediction(&kExact, i); }));
        QVERIFY(!imageTable(rowsOf(bench.session(), {0}), ',').contains("right"));
    }

    void samplesThatAreNoPictures() {
        Bench bench(openerOf(std::make_shared<SoundDataset>()));
        QVERIFY(bench.computed());
        PictureCache pictures;
        pictures.setSource(bench.session().data(), 40);
        QTRY_VERIFY(!pictures.text(3).isEmpty());  // their numbers are shown instead
        QVERIFY(pictures.picture(3).isNull());
        QVERIFY(pictures.text(3).startsWith("0.01176 "));  // 3 / 255
        QCOMPARE(bench.shown().size(), std::size_t(40));
    }

    void numbersAreThoseOfTheLogits() {
        Bench bench;
        QVERIFY(bench.open());
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        bench.compute();
        QTRY_VERIFY(bench.session().complete());
        QVERIFY(bench.workspace.calibrated());
        const Assignment assignment{{"head", "mul8s_1L2L"}};
        const Assignment* of[] = {nullptr, &kExact, &assignment};
        for (const NetworkForm form : kNetworkForms) {
            const auto* used = of[int(form)];
            const int right = int(where(128, [&](int i) { return fakePrediction(used, i) == i % 10; }).size());
            QCOMPARE(bench.card(form).figure(), percent(right, 128));
            QTest::mouseClick(&bench.card(form), Qt::LeftButton);
            for (int truth = 0; truth < 10; ++truth)
                for (int predicted = 0; predicted < 10; ++predicted) {
                    const auto cell = where(128, [&](int i) { return i % 10 == truth && fakePrediction(used, i) == predicted; });
                    QCOMPARE(bench.matrix().matrix().count(truth, predicted), std::int64_t(cell.size()));
                }
        }
        const auto changed = where(128, [&](int i) { return fakePrediction(&kExact, i) != fakePrediction(&assignment, i); });
        const auto broken = where(128, [&](int i) { return fakePrediction(&kExact, i) == i % 10 && fakePrediction(&assignment, i) != i % 10; });
        const auto fixed = where(128, [&](int i) { return fakePrediction(&kExact, i) != i % 10 && fakePrediction(&assignment, i) == i % 10; });
        QVERIFY(!fixed.empty() && broken.size() > 5);
        QCOMPARE(bench.card(NetworkForm::Approximate).detail(),
                 QString("%1 changed: %2 broken, %3 fixed").arg(changed.size()).arg(broken.size()).arg(fixed.size()));
        // The filters, in the order of the box.
        const std::vector<std::int32_t> expected[] = {
            where(128, [](int) { return true; }), where(128, [&](int i) { return fakePrediction(&assignment, i) != i % 10; }),
            where(128, [](int i) { return fakePrediction(nullptr, i) != fakePrediction(&kExact, i); }), changed, broken, fixed};
        for (int kind = 0; kind < 6; ++kind) {
            bench.choose("dataFilter", kind);
            QCOMPARE(bench.shown(), expected[kind]);
            QVERIFY(bench.child<QComboBox>("dataFilter")->itemText(kind).endsWith(QString("(%1)").arg(expected[kind].size())));
        }
        QTest::mouseClick(&bench.card(NetworkForm::Fp32), Qt::LeftButton);
        bench.choose("dataFilter", 1);  // "wrong" follows the chosen network
        QCOMPARE(bench.shown(), where(128, [](int i) { return i % 11 == 3; }));
    }

    void cellsFilterTheImages() {
        Bench bench;
        QVERIFY(bench.computed());
        QTest::mouseClick(&bench.card(NetworkForm::Quantized), Qt::LeftButton);
        auto& matrix = bench.matrix();
        const auto click = [&](const Place& place) { QTest::mouseClick(&matrix, Qt::LeftButton, {}, matrix.rectOf(place).center().toPoint()); };
        const auto predicted = [](int i) { return fakePrediction(&kExact, i); };
        click({3, 4});
        const auto cell = where(128, [&](int i) { return i % 10 == 3 && predicted(i) == 4; });
        QVERIFY(!cell.empty());
        QCOMPARE(bench.shown(), cell);
        QVERIFY(bench.text("shownImages").contains("Daisy taken for Elder"));
        click({3, 4});
        QCOMPARE(bench.shown().size(), std::size_t(128));
        click({7, {}});
        QCOMPARE(bench.shown(), where(128, [](int i) { return i % 10 == 7; }));
        click({{}, 2});
        QCOMPARE(bench.shown(), where(128, [&](int i) { return predicted(i) == 2; }));
        bench.choose("dataFilter", 1);
        QCOMPARE(bench.shown(), where(128, [&](int i) { return predicted(i) == 2 && i % 10 != 2; }));
        bench.panel->activateWindow();
        matrix.setFocus();
        QTRY_VERIFY(matrix.hasFocus());
        QTest::keyClick(&matrix, Qt::Key_Escape);
        QCOMPARE(bench.shown().size(), std::size_t(128));
        QVERIFY(bench.panel->filter() == (SampleFilter{SampleFilter::Kind::All, NetworkForm::Quantized, {}, {}}));

        // The cursor stands at the name of column 2, where the last click was.
        QTest::keyClick(&matrix, Qt::Key_Down);
        QTest::keyClick(&matrix, Qt::Key_Right);
        QTest::keyClick(&matrix, Qt::Key_Space);
        QCOMPARE(matrix.marked(), (Place{0, 3}));
        QCOMPARE(bench.shown(), where(128, [&](int i) { return i % 10 == 0 && predicted(i) == 3; }));
        for (int i = 0; i < 4; ++i) QTest::keyClick(&matrix, Qt::Key_Left);
        QTest::keyClick(&matrix, Qt::Key_Return);
        QCOMPARE(matrix.marked(), (Place{0, {}}));
        QTest::keyClick(&matrix, Qt::Key_Return);
        QVERIFY(matrix.marked().empty());
        QVERIFY(matrix.readout().contains("Apple"));
        // A cell in which nothing is.
        click({0, 9});
        QCOMPARE(bench.emptyTitle(), QString("No image passes the filter"));
    }

    void assignmentsBecomeStaleAndUndoBringsThemBack() {
        Bench bench;
        QVERIFY(bench.computed());
        QCOMPARE(int(bench.engine().logitRuns), 2);  // the exact assignment is the quantized network
        QCOMPARE(bench.button("computePredictions")->text(), QString("Up to date"));
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        QVERIFY(bench.session().stale());
        QCOMPARE(bench.card(NetworkForm::Approximate).detail(), QString("of an earlier assignment"));
        QCOMPARE(bench.button("computePredictions")->text(), QString("Compute again"));
        bench.compute();
        QTRY_VERIFY(bench.session().complete());
        QCOMPARE(int(bench.engine().logitRuns), 3);
        const QString figure = bench.card(NetworkForm::Approximate).figure();
        bench.workspace.undoStack().undo();
        QVERIFY(bench.session().complete());
        QVERIFY(bench.card(NetworkForm::Approximate).figure() != figure);
        bench.workspace.undoStack().redo();
        QVERIFY(bench.session().complete());
        QCOMPARE(bench.card(NetworkForm::Approximate).figure(), figure);
        QCOMPARE(int(bench.engine().logitRuns), 3);
        bench.choose("dataCount", 1);  // 512
        QVERIFY(!bench.session().complete());
        bench.choose("dataCount", 0);
        QVERIFY(bench.session().complete());
        QCOMPARE(int(bench.engine().logitRuns), 3);
        // Other ranges: FP32 stays, the rest does not.
        bench.workspace.calibrate();
        QTRY_VERIFY(!bench.session().predictions(NetworkForm::Quantized));
        QVERIFY(bench.session().predictions(NetworkForm::Fp32));
    }

    void cancelKeepsWhatIsDone() {
        Bench bench(test::fakeOpener(std::chrono::milliseconds(250)));
        QVERIFY(bench.open());
        QCOMPARE(bench.button("computeFirst")->isVisible(), true);
        bench.compute();
        QVERIFY(bench.session().job() != 0);
        QVERIFY(!bench.button("computePredictions")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(bench.session().predictions(NetworkForm::Fp32), 3000);
        QVERIFY(!bench.session().predictions(NetworkForm::Quantized));
        QElapsedTimer timer;
        timer.start();
        for (auto* button : bench.panel->findChildren<QToolButton*>())
            if (button->text() == "Cancel") QTest::mouseClick(button, Qt::LeftButton);
        QTRY_COMPARE(bench.session().job(), quint64(0));
        QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(int(bench.engine().logitRuns), 1);
        QVERIFY(bench.session().predictions(NetworkForm::Fp32));
        bench.compute();
        QTRY_VERIFY_WITH_TIMEOUT(bench.session().complete(), 3000);
        QCOMPARE(int(bench.engine().logitRuns), 2);
        // The project is closed while work goes on.
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        bench.compute();
        QVERIFY(bench.session().job() != 0);
        bench.workspace.close();
        QCOMPARE(bench.session().job(), quint64(0));
        QCOMPARE(bench.session().state(), State::NoProject);
        QTRY_COMPARE(bench.workspace.jobs().active(), 0);
    }

    void slicesAreChosen() {
        Bench bench;
        QVERIFY(bench.open());
        auto* counts = bench.child<QComboBox>("dataCount");
        QCOMPARE(counts->count(), 3);  // 128, 512, all 600
        QVERIFY(counts->itemText(2).contains("600"));
        bench.choose("dataCount", 2);
        QCOMPARE(bench.shown().size(), std::size_t(600));
        QVERIFY(bench.session().command().contains("--samples all --split selection"));
        bench.choose("dataSplit", 2);
        QTRY_COMPARE(bench.session().state(), State::Ready);
        QCOMPARE(bench.shown().size(), std::size_t(64));
        bench.workspace.setSlice({"test", 0, 256});
        QTRY_COMPARE(bench.shown().size(), std::size_t(256));
        QCOMPARE(bench.session().split(), QString("test"));
        QVERIFY(counts->currentText().contains("256"));
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        QCOMPARE(bench.session().command(),
                 QString("axplorer-cli evaluate /nonexistent/fake.axp --assign exact --samples 256 --split test && "
                         "axplorer-cli evaluate /nonexistent/fake.axp --assign head=mul8s_1L2L --samples 256 --split test"));
        bench.action("copyCommand")->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), bench.session().command());
    }

    void thousandsScrollSmoothly() {
        Bench bench;
        QVERIFY(bench.open());
        bench.choose("dataSplit", 1);
        QTRY_COMPARE(bench.session().state(), State::Ready);
        bench.choose("dataCount", bench.child<QComboBox>("dataCount")->count() - 1);
        QCOMPARE(bench.shown().size(), std::size_t(5000));
        bench.compute();
        QTRY_VERIFY(bench.session().complete());
        auto& grid = bench.panel->grid();
        QTest::qWait(50);
        QVERIFY(grid.verticalScrollBar()->maximum() > 10000);
        test::Watchdog watchdog;
        for (int step = 0; step <= 60; ++step) {
            grid.verticalScrollBar()->setValue(grid.verticalScrollBar()->maximum() * step / 60);
            QTest::qWait(4);
        }
        for (const int kind : {1, 0, 2, 0}) {
            bench.choose("dataFilter", kind);
            QTest::qWait(10);
        }
        bench.panel->resize(700, 640);
        QTest::qWait(150);
        QVERIFY2(watchdog.gap() < test::Watchdog::kLimit, qPrintable(QString::number(watchdog.gap())));
        // Only the row of picture sizes that is visible was read: the last page is there, one from the middle need not be.
        QTest::keyClick(&grid, Qt::Key_End);
        QCOMPARE(grid.currentSample(), 4999);
        QTRY_VERIFY(!bench.child<ImageDetails>()->picture().isNull());
        QTest::keyClick(&grid, Qt::Key_Left);
        QCOMPARE(grid.currentSample(), 4998);
        QCOMPARE(bench.child<ImageDetails>()->sample(), 4998);
    }

    void detailsAndPictures() {
        Bench bench;
        QVERIFY(bench.computed());
        auto& grid = bench.panel->grid();
        grid.setCurrentSample(3);
        auto& details = *bench.child<ImageDetails>();
        QCOMPARE(details.sample(), 3);
        QCOMPARE(details.shownClasses().size(), std::size_t(10));
        QVERIFY(details.accessibleDescription().contains("True class: Daisy"));
        QVERIFY(details.accessibleDescription().contains("FP32: Elder"));
        QVERIFY(details.accessibleDescription().contains("(wrong)"));
        const double confidence = std::exp(3.0) / (std::exp(3.0) + std::exp(1.0) + 8);
        QVERIFY(predictionText(bench.session(), NetworkForm::Fp32, 3).endsWith(percentText(confidence)));
        QVERIFY(details.text('\t').startsWith("class\tFP32\tQuantized\tApproximate\nApple\t"));
        QTRY_VERIFY(!details.picture().isNull());
        QCOMPARE(details.picture().size(), QSize(224, 224));
        QCOMPARE(qGray(details.picture().pixel(0, 0)), 3);
        QCOMPARE(qGray(details.picture().pixel(3 * 28 + 5, 3 * 28 + 5)), 255);  // the bright pixel of sample 3
        grid.setFocus();
        QTRY_VERIFY(grid.hasFocus());
        QTest::keyClick(&grid, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->image().size(), QSize(224, 224));
        const int before = grid.side();
        bench.action("larger")->trigger();
        QVERIFY(grid.side() > before);
        for (int i = 0; i < 9; ++i) bench.action("smaller")->trigger();
        QCOMPARE(grid.side(), 48);
    }

    void tablesAndExports() {
        Bench bench;
        QVERIFY(bench.computed());
        bench.action("copyTable")->trigger();
        QTRY_VERIFY(QGuiApplication::clipboard()->text().startsWith("sample\tlabel\tfp32\tfp32_confidence\tfp32_right"));
        const QStringList lines = QGuiApplication::clipboard()->text().split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 129);
        QVERIFY2(lines[4].startsWith("3\tDaisy\tElder\t0."), qPrintable(lines[4]));
        QCOMPARE(lines[4].split('\t')[4], QString("0"));

        const QStringList rows = bench.matrix().text(',').split('\n', Qt::SkipEmptyParts);
        QCOMPARE(rows.size(), 11);
        QVERIFY(rows[0].endsWith("Apple,Birch,Cedar,Daisy,Elder,Fern,Grass,Hazel,Iris,Juniper"));
        QCOMPARE(rows[1].split(',')[1].toInt(), int(bench.matrix().matrix().count(0, 0)));
        QVERIFY(encodeDrawing(bench.matrix().drawing(), "svg").contains("<svg"));
        QVERIFY(encodeDrawing(bench.matrix().drawing(), "pdf").startsWith("%PDF"));
        QVERIFY(encodeDrawing(bench.child<ImageDetails>()->drawing(), "png").size() > 500);
        QCOMPARE(fieldText("a \"b\", c", ','), QString("\"a \"\"b\"\", c\""));
        QCOMPARE(fieldText("a, c", '\t'), QString("a, c"));

        auto* table = bench.child<ClassTable>();
        bench.child<QTabWidget>("dataFigures")->setCurrentIndex(1);
        QVERIFY(table->isVisible());
        const auto figures = classFigures(bench.session().confusion(NetworkForm::Approximate));
        table->sortByColumn(ClassModel::Recall, Qt::AscendingOrder);
        double least = 1;
        for (const auto& f : figures) least = std::min(least, *f.recall);
        QCOMPARE(table->model()->index(0, ClassModel::Recall).data(ClassModel::ValueRole).toDouble(), least);
        QCOMPARE(table->text(',').split('\n').first(), QString("class,samples,predicted,precision,recall,f1"));
        table->setCurrentIndex(table->model()->index(0, 0));
        const int picked = QStringList(bench.session().classNames()).indexOf(table->model()->index(0, 0).data().toString());
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(bench.shown(), where(128, [&](int i) { return i % 10 == picked; }));
        QAbstractItemModelTester images(&bench.panel->grid().images(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester classes(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        bench.choose("dataFilter", 1);
        bench.choose("dataFilter", 0);
    }

    void threeColours() {
        Tensor pictures = Tensor::from<std::uint8_t>({1, 3, 1, 2}, std::vector<std::uint8_t>{255, 0, 0, 128, 0, 7});
        const auto made = imagesOf(pictures);
        QVERIFY(made.ok());
        QCOMPARE(made->front().pixel(0, 0), qRgb(255, 0, 0));
        QCOMPARE(made->front().pixel(1, 0), qRgb(0, 128, 7));
        QVERIFY(!imagesOf(Tensor::from<std::uint8_t>({1, 2, 1, 1}, std::vector<std::uint8_t>{1, 2})).ok());
        QVERIFY(!imagesOf(Tensor::from<float>({1, 1, 1, 1}, std::vector<float>{1})).ok());
    }

    /// The panel in a narrow dock and in the dark; AXP_PICTURES=FOLDER keeps what it looks like.
    void looks() {
        Bench bench;
        QVERIFY(bench.open());
        const QString folder = qEnvironmentVariable("AXP_PICTURES");
        const auto picture = [&](const QString& name) {
            QTest::qWait(60);
            const QPixmap grabbed = bench.panel->grab();
            QVERIFY(!grabbed.isNull());
            if (!folder.isEmpty()) QVERIFY(grabbed.save(QDir(folder).filePath("data-" + name + ".png")));
        };
        picture("uncalibrated");
        bench.workspace.assign({"head"}, "mul8s_1L2L");
        bench.compute();
        QTRY_VERIFY(bench.session().complete());
        picture("full");
        bench.panel->resize(560, 420);
        QVERIFY2(bench.panel->width() <= 800 && bench.panel->minimumSizeHint().width() <= 800,
                 qPrintable(QString::number(bench.panel->minimumSizeHint().width())));
        picture("narrow");
        for (const QSize size : {QSize(1, 1), QSize(3000, 2000), QSize(900, 640)}) {
            bench.panel->resize(size);
            picture("size");
        }
        for (const auto* widget : bench.panel->findChildren<QWidget*>())
            if (widget->focusPolicy() & Qt::TabFocus && widget->isVisible() && !widget->inherits("QTabBar") && !widget->inherits("QHeaderView"))
                QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(QString(widget->metaObject()->className()) + " " + widget->objectName()));
    }
};

QTEST_MAIN(TestDataPanel)
#include "tst_data_panel.moc"
