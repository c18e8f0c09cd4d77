// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QListWidget>
#include <QPushButton>
#include <QTemporaryDir>

#include "core/store/query.h"
#include "tests/gui/network_bench.h"
#include "tests/support/stopwatch.h"
#include "ui/bridge/sensitivity.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

namespace {

/// An evaluator whose configuration hashes carry the number of a calibration; two ACU names stand for one table.
class Numbered : public Evaluator {
public:
    std::string calibration = "1";
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext&) override {
        Evaluation evaluation;
        evaluation.configHash = *configurationHashOf(assignment);
        evaluation.assignment = assignment;
        evaluation.slice = sliceText(slice);
        evaluation.samples = slice.count;
        evaluation.metric = assignment.empty() ? 0.9 : 0.8;
        evaluation.rmse = assignment.empty() ? 0.1 : 0.1 + 0.1 * static_cast<double>(assignment.begin()->first.size());
        return evaluation;
    }
    Result<std::string> configurationHashOf(const Assignment& assignment) const override {
        std::string hash = calibration;
        for (const auto& [site, acu] : assignment) {
            if (acu == "gone") return badInput("there is no ACU gone");
            hash += ' ' + site + '=' + (acu == "alias" ? "cheap" : acu);
        }
        return hash;
    }
    std::string sliceText(const DataSlice& slice) const override { return slice.text(); }
    Result<std::optional<double>> relativePowerOf(const Assignment&) const override { return std::optional<double>(); }
};

struct Stored {
    QTemporaryDir folder;
    Numbered evaluator;
    std::unique_ptr<Store> store;
    Stored() { store = std::move(Store::open(path())).value(); }
    std::string path() const { return folder.filePath("x.db").toStdString(); }
    void add(const Assignment& assignment, const DataSlice& slice = {"selection", 0, 128}) {
        QVERIFY(store->insert(*evaluator.evaluate(assignment, slice, {})).ok());
    }
    SensitivityTable read(const std::vector<std::string>& candidates = {}, const std::string& preferred = "selection[0:128]") {
        const auto reader = ResultReader::open(path());
        return *readSensitivities(**reader, evaluator, {"a", "bb", "ccc"}, candidates, preferred, {});
    }
};

/// The network and inspector panels on a project in a folder of its own.
struct OpenProject {
    QTemporaryDir folder;
    Bench bench;
    explicit OpenProject(std::chrono::milliseconds time = std::chrono::milliseconds(0)) : bench(fakeOpener(time)) {}
    bool open() {
        QSignalSpy opened(&bench.workspace, &Workspace::opened);
        bench.workspace.open(folder.filePath("fake.axp"));
        if (opened.isEmpty() && !opened.wait(5000)) return false;
        return QTest::qWaitFor([this] { return !bench.scene->nodes().empty() && !bench.scene->building(); }, 8000);
    }
    bool idle() {
        return QTest::qWaitFor([this] { return bench.workspace.jobs().active() == 0; }, 8000);
    }
    Sensitivity& sensitivity() { return bench.workspace.sensitivity(); }
};

}  // namespace

class TestSensitivity : public QObject {
    Q_OBJECT
private slots:
    void readsSingleSitesOfTodaysCalibration() {
        Stored stored;
        stored.add({});
        stored.add({{"a", "cheap"}});
        stored.add({{"bb", "cheap"}});
        stored.add({{"a", "cheap"}, {"bb", "cheap"}});  // not one site
        stored.add({{"elsewhere", "cheap"}});           // not of this network
        const SensitivityTable table = stored.read();
        QCOMPARE(table.slice, QString("selection[0:128]"));
        QCOMPARE(table.acus, QStringList{"cheap"});
        QCOMPARE(table.sites.size(), 2);
        QCOMPARE(table.at("bb", "cheap")->rmse, 0.1 + 0.1 * 2);
        QCOMPARE(*table.at("a", "cheap")->drop, 0.9 - 0.8);
        QVERIFY(!table.at("ccc", "cheap"));
        stored.evaluator.calibration = "2";
        QVERIFY(stored.read().empty());
        stored.add({{"ccc", "cheap"}});
        const SensitivityTable again = stored.read();
        QCOMPARE(again.sites.size(), 1);
        QVERIFY(!again.at("ccc", "cheap")->drop);  // the exact design was measured with the other calibration only
    }

    void equalTablesShareFiguresAndLostAcusAreLeftOut() {
        Stored stored;
        stored.add({{"a", "cheap"}});
        QVERIFY(!stored.read().at("a", "alias"));
        const SensitivityTable table = stored.read({"alias", "gone", "exact8s"});
        QCOMPARE(table.acus, QStringList({"alias", "cheap"}));
        QCOMPARE(table.at("a", "alias")->rmse, table.at("a", "cheap")->rmse);
    }

    void prefersTheSliceOfTheWindow() {
        Stored stored;
        stored.add({{"a", "cheap"}}, {"selection", 0, 128});
        stored.add({{"a", "cheap"}}, {"selection", 0, 512});
        stored.add({{"bb", "cheap"}}, {"selection", 0, 512});
        QCOMPARE(stored.read({}, "selection[0:128]").sites.size(), 1);
        QCOMPARE(stored.read({}, "selection[0:2000]").slice, QString("selection[0:512]"));
    }

    void measuresFromTheDialog() {
        OpenProject project;
        Bench& bench = project.bench;
        QVERIFY(project.open());
        QCOMPARE(bench.cell("patch_embed", SiteModel::Sensitive), QString("–"));
        auto* probe = bench.network->findChild<QComboBox*>("sensitivityAcu");
        QVERIFY(!probe->isVisible());
        bench.action("measureSensitivity")->trigger();
        auto* dialog = bench.network->findChild<QDialog*>("sensitivityDialog");
        QVERIFY(dialog);
        auto* acus = dialog->findChild<QListWidget*>("sensitivityAcus");
        QCOMPARE(acus->item(0)->text(), QString("mul8s_1KV9"));  // the candidates come first and are chosen
        for (int i = 0; i < acus->count(); ++i) {
            QVERIFY(acus->item(i)->text() != "exact8s");
            QCOMPARE(acus->item(i)->checkState(), i < 3 ? Qt::Checked : Qt::Unchecked);
        }
        // 6 nodes without heads and 4 with 4 heads each.
        const auto count = [&] { return dialog->findChild<QLabel*>("sensitivityCount")->text(); };
        QVERIFY2(count().startsWith(QLocale().toString(22 * 3 + 1)), qPrintable(count()));
        for (int i = 0; i < 3; ++i) acus->item(i)->setCheckState(Qt::Unchecked);
        auto* measure = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        QVERIFY(!measure->isEnabled());
        acus->item(1)->setCheckState(Qt::Checked);
        QVERIFY2(count().startsWith("23 "), qPrintable(count()));
        measure->click();
        QVERIFY(project.idle());
        QCOMPARE(project.sensitivity().table().acus, QStringList{"mul8s_1L2H"});
        QCOMPARE(project.sensitivity().table().sites.size(), 22);
        QVERIFY(bench.workspace.calibrated());  // was done before
        QCOMPARE(bench.workspace.evaluations().size(), std::size_t(23));
        const JobView job = [&] {
            for (const JobView& view : bench.workspace.jobs().jobs())
                if (view.title.contains("mul8s_1L2H")) return view;
            return JobView{};
        }();
        QVERIFY(job.command.startsWith("axplorer-cli sensitivity"));
        QVERIFY(job.command.contains("--acus mul8s_1L2H --granularity head --samples 128"));
    }

    void figuresReachTableGraphAndInspector() {
        OpenProject project;
        Bench& bench = project.bench;
        QVERIFY(project.open());
        QVERIFY(project.sensitivity().measure({{"mul8s_1KV9", "mul8s_1L2H"}, {}, true, {"selection", 0, 128}}) != 0);
        QVERIFY(project.idle());
        const auto own = project.sensitivity().table().at("patch_embed", "mul8s_1KV9");
        QVERIFY(own && own->drop);
        QCOMPARE(project.sensitivity().acu(), QString("mul8s_1KV9"));
        // The engine's RMSE is the power saved; this is a site's share of it.
        QVERIFY(std::abs(own->rmse - *own->drop / 0.4) < 1e-9);
        QCOMPARE(bench.cell("patch_embed", SiteModel::Sensitive), sensitivityCell(own));
        QVERIFY(bench.cell("patch_embed", SiteModel::Sensitive).contains("(−"));
        const auto worst = project.sensitivity().at("block1_qk");  // measured by heads
        QCOMPARE(worst->rmse, project.sensitivity().at("block1_qk/h0")->rmse);
        const int column = SiteModel::Sensitive;
        QCOMPARE(bench.table->model()->headerData(column, Qt::Horizontal).toString(), QString("Sensitivity to mul8s_1KV9"));
        const QString tip = bench.network->findChild<SiteModel*>()->index(0, column).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains("mul8s_1KV9") && tip.contains("mul8s_1L2H"), qPrintable(tip));
        bench.table->sortByColumn(column, Qt::DescendingOrder);
        QVERIFY(bench.table->visibleSites().first().endsWith("_qkv"));  // most work, most harm
        QVERIFY(bench.table->csv().contains("Sensitivity to mul8s_1KV9"));

        auto* colour = bench.network->findChild<QComboBox*>("networkColour");
        colour->setCurrentIndex(colour->findText("Sensitivity"));
        QCOMPARE(bench.scene->itemOf("block1_qkv")->body().fill, scaleColour(1));
        QVERIFY(bench.scene->itemOf("patch_embed")->body().fill != scaleColour(1));

        auto* probe = bench.network->findChild<QComboBox*>("sensitivityAcu");
        QVERIFY(probe->isVisible());
        probe->setCurrentText("mul8s_1L2H");
        emit probe->textActivated("mul8s_1L2H");
        QCOMPARE(project.sensitivity().acu(), QString("mul8s_1L2H"));
        QCOMPARE(bench.cell("patch_embed", column), sensitivityCell(project.sensitivity().table().at("patch_embed", "mul8s_1L2H")));

        bench.select({"patch_embed"});
        QString text;
        for (const QLabel* label : bench.inspector->findChildren<QLabel*>())
            if (!label->isHidden()) text += label->text() + '\n';
        QVERIFY2(text.contains("mul8s_1KV9: RMSE") && text.contains("selection[0:128]"), qPrintable(text));
        const QString pictures = qEnvironmentVariable("AXP_PICTURES");
        if (!pictures.isEmpty()) {
            QTest::qWait(100);
            bench.network->grab().save(pictures + "/sensitivity_network.png");
            bench.inspector->grab().save(pictures + "/sensitivity_inspector.png");
            bench.action("measureSensitivity")->trigger();
            bench.network->findChild<QDialog*>("sensitivityDialog")->grab().save(pictures + "/sensitivity_dialog.png");
        }
    }

    void cancelledGoesOnWhereItStopped() {
        OpenProject project(std::chrono::milliseconds(20));
        QVERIFY(project.open());
        const SensitivityRequest request{{"mul8s_1KV9"}, {"block1_qk", "head"}, true, {"selection", 0, 128}};
        QCOMPARE(project.sensitivity().evaluations(request), std::int64_t(6));
        const quint64 first = project.sensitivity().measure(request);
        QVERIFY(project.bench.workspace.jobs().job(first).command.isEmpty());  // the command line has no choice of sites here
        QTRY_VERIFY(!project.sensitivity().table().empty());
        const test::Stopwatch stopwatch;
        project.bench.workspace.jobs().cancel(first);
        AXP_VERIFY_CANCELLED_SOON(stopwatch, project.bench.workspace.jobs().active() == 0);
        QVERIFY(project.idle());
        const auto known = project.sensitivity().table().sites.size();
        QVERIFY(known >= 1 && known < 5);
        project.sensitivity().measure(request);
        QVERIFY(project.idle());
        QCOMPARE(project.sensitivity().table().sites.size(), 5);
        const auto store = Store::open(project.bench.workspace.project().databasePath());
        QCOMPARE(*(*store)->countEvaluations(), std::int64_t(6));  // nothing twice
    }

    void openingShowsWhatIsStored() {
        QTemporaryDir folder;
        const QString path = folder.filePath("fake.axp");
        {
            Workspace workspace(fakeOpener(), {});
            QSignalSpy opened(&workspace, &Workspace::opened);
            workspace.open(path);
            QVERIFY(opened.wait(5000));
            workspace.sensitivity().measure({{"mul8s_1KV9"}, {}, false, {"selection", 0, 512}});
            QTRY_COMPARE(workspace.jobs().active(), 0);
        }
        Workspace workspace(fakeOpener(), {});
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open(path);
        QVERIFY(opened.wait(5000));
        QVERIFY(workspace.sensitivity().table().empty());  // not calibrated: nothing can be compared
        workspace.calibrate();
        QTRY_VERIFY(!workspace.sensitivity().table().empty());
        QCOMPARE(workspace.sensitivity().table().slice, QString("fake:selection[0:512]"));
        QCOMPARE(workspace.sensitivity().table().sites.size(), 10);
        workspace.close();
        QVERIFY(workspace.sensitivity().table().empty());
        QVERIFY(workspace.sensitivity().acu().isEmpty());
    }
};

QTEST_MAIN(TestSensitivity)
#include "tst_sensitivity.moc"
