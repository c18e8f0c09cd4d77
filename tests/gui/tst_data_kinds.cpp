// SPDX-License-Identifier: GPL-3.0-or-later
// The data panel with data of other kinds than grey pictures in classes, and the fields that ask for data.
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <cmath>

#include "tests/support/data_fixtures.h"
#include "tests/support/fake_engine.h"
#include "ui/panels/data/data_panel.h"
#include "ui/panels/data/data_style.h"
#include "ui/panels/data/data_widget.h"
#include "ui/panels/data/image_details.h"
#include "ui/panels/data/image_grid.h"
#include "ui/panels/data/network_cards.h"
#include "ui/panels/data/picture_cache.h"
#include "ui/shell/data_fields.h"
#include "ui/shell/dropped_files.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/parameter_form.h"

using namespace axp;
using namespace axp::ui;
using State = DataSession::State;

namespace {

/// A network that gives its input back, a little darker when quantized, or scores of tokens: the right one, except at the first place.
class EchoEngine : public test::FakeEngine {
public:
    explicit EchoEngine(std::string metric) : m_metric(std::move(metric)) {}
    std::string metricName() const override { return m_metric; }
    Result<Tensor> logits(const Assignment* assignment, const DataSlice& slice, const JobContext&) override {
        AXP_TRY(const auto split, data->split(slice.split));
        if (data->targets() == TargetKind::Tokens) return scores(*split, slice);
        AXP_TRY(const Tensor samples, split->samples(slice.offset, slice.count));
        std::vector<float> values(samples.as<float>().begin(), samples.as<float>().end());
        for (float& value : values) value -= assignment ? 0.1F : 0.0F;
        return Tensor::from(samples.shape(), values);
    }

private:
    Result<Tensor> scores(const DataSplit& split, const DataSlice& slice) const {
        AXP_TRY(const Tensor targets, split.targets(slice.offset, slice.count));
        const std::int64_t words = data->classes(), length = targets.shape()[1];
        std::vector<float> values(static_cast<std::size_t>(targets.count() * words));
        for (std::int64_t i = 0; i < targets.count(); ++i)
            values[static_cast<std::size_t>(i * words + (targets.as<std::int64_t>()[static_cast<std::size_t>(i)] + (i % length == 0)) % words)] = 5;
        return Tensor::from({slice.count, length, words}, values);
    }
    std::string m_metric;
};

std::shared_ptr<const Dataset> opened(const DataSpec& spec) {
    auto data = openDataset(spec, AXP_SOURCE_DIR "/resources");
    if (!data.ok()) qFatal("%s", data.error().text().c_str());
    return *data;
}

struct Bench {
    Bench(const DataSpec& spec, const std::string& metric)
        : workspace([data = opened(spec), metric](const std::string&, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
              auto engine = std::make_unique<EchoEngine>(metric);
              engine->data = data;
              return std::unique_ptr<ProjectEngine>(std::move(engine));
          }, {}) {
        panel.reset(static_cast<DataWidget*>(makeDataPanel(workspace, nullptr)));
        panel->resize(1000, 680);
    }
    bool open() {
        panel->show();
        if (!QTest::qWaitForWindowExposed(panel.get())) return false;
        workspace.open(QStringLiteral("/nonexistent/fake.axp"));
        return QTest::qWaitFor([this] { return workspace.isOpen() && panel->session().state() == State::Ready; }, 5000);
    }
    bool computed() {
        if (!open()) return false;
        auto* first = panel->findChild<QPushButton*>("computeFirst");
        QTest::mouseClick(first->isVisible() ? first : panel->findChild<QPushButton*>("computePredictions"), Qt::LeftButton);
        return QTest::qWaitFor([this] { return panel->session().complete(); }, 5000);
    }
    NetworkCard& card(NetworkForm form) { return *panel->findChild<NetworkCards*>()->card(form); }
    QString facts() { return panel->findChild<QLabel*>("dataFacts")->text(); }
    void keep(const char* name) {
        const QString folder = qEnvironmentVariable("AXP_PICTURES");
        QTest::qWait(100);
        const QPixmap grabbed = panel->grab();
        QVERIFY(!grabbed.isNull());
        if (!folder.isEmpty()) QVERIFY(grabbed.save(QDir(folder).filePath(QString("data-%1.png").arg(name))));
    }

    Workspace workspace;
    std::unique_ptr<DataWidget> panel;
};

}  // namespace

class TestDataKinds : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void colourPicturesOfAFolder() {
        const DataSpec spec = *test::writeFixture("image-folder", m_folder->path());
        test::writeBytes(m_folder->filePath("train/cat/broken.png"), "no picture");
        Bench bench(spec, "agreement");
        QVERIFY(bench.open());
        const auto split = bench.panel->session().data();
        QVERIFY2(bench.facts().contains("24") && bench.facts().contains("20 x 20") && bench.facts().contains("0.485"), qPrintable(bench.facts()));
        QVERIFY2(bench.facts().contains("1 file"), qPrintable(bench.facts()));
        QVERIFY(bench.panel->findChild<QLabel*>("dataFacts")->toolTip().contains("train/cat/broken.png"));
        bench.panel->grid().setCurrentSample(1);
        auto& details = *bench.panel->findChild<ImageDetails*>();
        QTRY_VERIFY(!details.picture().isNull());
        const Tensor expected = split->pictures(1, 1).value();  // red, green, blue planes of 20 x 20
        const QImage shown = details.picture();
        const int scale = shown.width() / 20;
        for (const auto& [x, y] : {std::pair{0, 0}, {19, 0}, {7, 13}}) {
            const auto plane = [&](int c) { return int(expected.as<std::uint8_t>()[static_cast<std::size_t>(c * 400 + y * 20 + x)]); };
            QCOMPARE(shown.pixel(x * scale + scale / 2, y * scale + scale / 2), qRgb(plane(0), plane(1), plane(2)));
        }
        QVERIFY(sampleText(bench.panel->session(), 1).contains(QString::fromStdString(split->sampleName(1))));
        bench.keep("colour");
    }

    void reconstructionsBesideTheOriginals() {
        test::writeBytes(m_folder->filePath("images-idx3-ubyte"), test::idxBytes({60, 16, 16}, test::pattern(60, 256)));
        DataSpec spec;
        spec.source = "idx";
        spec.path = m_folder->path().toStdString();
        spec.options = {{"target", std::string("input")}};
        Bench bench(spec, "psnr");
        QVERIFY(bench.computed());
        QVERIFY(!bench.panel->session().saysClasses());
        QCOMPARE(bench.card(NetworkForm::Fp32).figure(), QString("100.00 dB"));
        QCOMPARE(bench.card(NetworkForm::Quantized).figure(), QString("20.00 dB"));  // 0.1 of the range everywhere
        QVERIFY(bench.card(NetworkForm::Quantized).detail().contains("PSNR"));
        bench.panel->grid().setCurrentSample(2);
        const Predictions& quantized = *bench.panel->session().predictions(NetworkForm::Quantized);
        const Predictions& exact = *bench.panel->session().predictions(NetworkForm::Fp32);
        QCOMPARE(exact.pictures.shape(), (Shape{bench.panel->session().samples(), 1, 16, 16}));
        // Both are drawn with the scale of the FP32 picture: what is darker looks darker.
        std::int64_t darker = 0, lighter = 0;
        for (std::size_t i = 0; i < 256; ++i) {
            darker += quantized.pictures.as<std::uint8_t>()[i] < exact.pictures.as<std::uint8_t>()[i];
            lighter += quantized.pictures.as<std::uint8_t>()[i] > exact.pictures.as<std::uint8_t>()[i];
        }
        QVERIFY(darker > 200);
        QCOMPARE(lighter, std::int64_t(0));
        bench.keep("reconstructions");
    }

    void sequencesAreShownAsText() {
        Bench bench(*test::writeFixture("tokens", m_folder->path()), "token-accuracy");
        QVERIFY(bench.computed());
        const double length = static_cast<double>(bench.panel->session().data()->sampleShape()[0]);
        QCOMPARE(bench.card(NetworkForm::Fp32).figure(), percentText(1 - 1 / length, 2));
        PictureCache cache;
        cache.setSource(bench.panel->session().data(), 5);
        QTRY_VERIFY(!cache.text(0).isEmpty());
        const Tensor first = bench.panel->session().data()->samples(0, 1).value();
        QCOMPARE(cache.text(0).section(' ', 0, 0), QString::number(first.as<std::int64_t>()[0]));
        QCOMPARE(cache.text(0).count(' '), int(length) - 1);
        bench.panel->grid().setCurrentSample(0);
        QVERIFY(sampleText(bench.panel->session(), 0).startsWith("Sequence 0"));
        bench.keep("sequences");
    }

    void fieldsFindTheSourceOfAPath() {
        const DataSpec fixture = *test::writeFixture("cifar", m_folder->path());
        Workspace workspace(test::fakeOpener(), AXP_SOURCE_DIR "/resources");
        DataFields fields(workspace);
        fields.show();
        QCOMPARE(fields.spec(), DataSpec());
        QCOMPARE(fields.commandLine(), QString(" --data fashion-mnist"));
        QSignalSpy changed(&fields, &DataFields::changed);
        fields.setPath(m_folder->path());
        QTRY_COMPARE(QString::fromStdString(fields.spec().source), QString("cifar"));
        QVERIFY(changed.size() >= 2);
        QCOMPARE(fields.spec().path, fixture.path);
        // Options and preprocessing are folded away until asked for.
        auto* details = fields.findChild<QScrollArea*>();
        QVERIFY(!details->isVisible());
        QTest::mouseClick(fields.findChild<QToolButton*>(), Qt::LeftButton);
        QVERIFY(details->isVisible());
        const auto editor = [&](const char* name) -> QWidget* {
            for (auto* form : fields.findChildren<ParameterForm*>())
                if (QWidget* found = form->editor(name)) return found;
            return nullptr;
        };
        auto* mean = qobject_cast<QLineEdit*>(editor("mean"));
        QVERIFY(mean && mean->isVisible());
        mean->selectAll();
        QTest::keyClicks(mean, "0.4914, 0.4822, 0.4465");
        auto* target = qobject_cast<QComboBox*>(editor("target"));
        target->setCurrentText("input");
        for (auto* box : fields.findChildren<QComboBox*>())
            if (box->accessibleName() == "Metric") box->setCurrentIndex(box->findData("ssim"));
        if (const QString folder = qEnvironmentVariable("AXP_PICTURES"); !folder.isEmpty()) fields.grab().save(QDir(folder).filePath("data-fields.png"));
        const DataSpec spec = fields.spec();
        QCOMPARE(spec.preprocessing, (ParameterValues{{"mean", std::string("0.4914, 0.4822, 0.4465")}}));
        QCOMPARE(spec.options, (ParameterValues{{"target", std::string("input")}}));
        QCOMPARE(spec.metric, std::string("ssim"));
        QVERIFY2(fields.commandLine().endsWith(" --data-option target=input --preprocess 'mean=0.4914, 0.4822, 0.4465' --metric ssim"), qPrintable(fields.commandLine()));
        QVERIFY(opened(spec)->targets() == TargetKind::Values);
    }

    void droppedDataAreRecognised() {
        test::writeFixture("image-folder", m_folder->filePath("pictures"));
        test::writeBytes(m_folder->filePath("table.csv"), "x,y,label\n1,2,0\n3,4,1\n");
        test::writeBytes(m_folder->filePath("numbers.csv"), "1,2,0\n3,4,1\n");  // data, or products "a b value"
        test::writeBytes(m_folder->filePath("notes.txt"), "nothing");
        const DropPlan folder = planDrop({m_folder->filePath("pictures")});
        QCOMPARE(folder.data, m_folder->filePath("pictures"));
        QVERIFY(folder.problems.isEmpty() && folder.libraries.isEmpty());
        const DropPlan two = planDrop({m_folder->filePath("table.csv"), m_folder->filePath("pictures"), m_folder->filePath("notes.txt")});
        QCOMPARE(two.data, m_folder->filePath("table.csv"));
        QCOMPARE(two.problems.size(), 2);  // one data set a project, and notes are nothing
        const DropPlan either = planDrop({m_folder->filePath("numbers.csv")});
        QVERIFY(either.data.isEmpty() && either.imports.isEmpty());
        QVERIFY(either.problems.value(0).contains("multiplier table as well as data"));
    }
};

QTEST_MAIN(TestDataKinds)
#include "tst_data_kinds.moc"
