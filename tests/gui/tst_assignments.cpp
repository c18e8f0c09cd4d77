// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDialogButtonBox>
#include <QFile>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTemporaryDir>

#include "tests/gui/network_bench.h"
#include "ui/bridge/named_assignments.h"
#include "ui/panels/network/assignment_menu.h"

using namespace axp;
using namespace axp::test;
using namespace axp::ui;

namespace {

/// Gives the test its hands on the engine behind the window.
struct Opened {
    std::shared_ptr<FakeEngine*> engine = std::make_shared<FakeEngine*>(nullptr);
    EngineOpener opener() {
        return [engine = engine](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
            auto made = std::make_unique<FakeEngine>(std::chrono::milliseconds(0), path);
            *engine = made.get();
            return std::unique_ptr<ProjectEngine>(std::move(made));
        };
    }
};

QAction* actionOf(QMenu* menu, const QString& text) {
    for (QAction* action : menu->actions())
        if (QString(action->text()).remove('&') == text || action->objectName() == text) return action;
    return nullptr;
}

}  // namespace

class TestAssignments : public QObject {
    Q_OBJECT
private slots:
    void savesOpensRenamesAndDeletesWithUndo() {
        Opened opened;
        Bench bench(opened.opener());
        QVERIFY(bench.open());
        Workspace& workspace = bench.workspace;
        NamedAssignments& named = workspace.namedAssignments();
        const auto inFile = [&] { return (*opened.engine)->changeProject([](axp::Project&) {})->assignments; };
        workspace.assign({"head"}, "mul8s_1L2H");
        named.saveAs(" frugal ");
        QCOMPARE(named.names(), QStringList{"frugal"});
        QCOMPARE(named.current(), QString("frugal"));
        QTRY_COMPARE(workspace.jobs().active(), 0);
        QCOMPARE(inFile(), (std::map<std::string, Assignment>{{"frugal", {{"head", "mul8s_1L2H"}}}}));
        QCOMPARE(workspace.project().assignments, inFile());

        workspace.setAssignment({}, "reset");
        QVERIFY(named.current().isEmpty());
        const int steps = workspace.undoStack().index();
        named.open("frugal");
        QCOMPARE(workspace.undoStack().index(), steps + 1);
        QCOMPARE(workspace.acuAt("head"), QString("mul8s_1L2H"));
        workspace.undoStack().undo();
        QVERIFY(workspace.assignment().empty());

        named.rename("frugal", "thrifty");
        QCOMPARE(named.names(), QStringList{"thrifty"});
        named.remove("thrifty");
        QVERIFY(named.names().isEmpty());
        QTRY_COMPARE(workspace.jobs().active(), 0);
        QVERIFY(inFile().empty());
        workspace.undoStack().undo();
        QCOMPARE(named.names(), QStringList{"thrifty"});
        workspace.undoStack().undo();
        QCOMPARE(named.names(), QStringList{"frugal"});
        QTRY_COMPARE(workspace.jobs().active(), 0);
        QCOMPARE(inFile().count("frugal"), std::size_t(1));
        workspace.close();
        QVERIFY(named.names().isEmpty());
    }

    void whatAnotherProgramWroteStays() {
        Opened opened;
        Bench bench(opened.opener());
        QVERIFY(bench.open());
        QVERIFY((*opened.engine)->changeProject([](axp::Project& project) { project.assignments["theirs"] = {{"head", "mul8s_1KV9"}}; }).ok());
        bench.workspace.namedAssignments().saveAs("ours");
        QTRY_COMPARE(bench.workspace.namedAssignments().names(), QStringList({"ours", "theirs"}));
    }

    void aFailedWriteIsTakenBackAndReported() {
        Opened opened;
        Bench bench(opened.opener());
        QVERIFY(bench.open());
        QSignalSpy failed(&bench.workspace, &Workspace::failed);
        (*opened.engine)->fileError = "the disk is full";
        bench.workspace.namedAssignments().saveAs("lost");
        QTRY_COMPARE(failed.count(), 1);
        QVERIFY(failed[0][0].toString().contains("the disk is full"));
        QVERIFY(bench.workspace.namedAssignments().names().isEmpty());
    }

    void refusesBadNamesAndLostAcus() {
        Opened opened;
        Bench bench(opened.opener());
        QVERIFY(bench.open());
        NamedAssignments& named = bench.workspace.namedAssignments();
        QVERIFY(!named.refusal("  ").isEmpty());
        QVERIFY(!named.refusal(QString(101, 'x')).isEmpty());
        for (const char* meaning : {"exact", "all=mul8s_1KV9", "@file.json"}) QVERIFY(!named.refusal(meaning).isEmpty());
        named.saveAs("a");
        named.saveAs("b");
        QVERIFY(!named.refusal("a", "b").isEmpty());
        QVERIFY(named.refusal("a", "a").isEmpty());
        named.rename("b", "a");
        QCOMPARE(named.names(), QStringList({"a", "b"}));
        QVERIFY((*opened.engine)->changeProject([](axp::Project& project) { project.assignments["old"] = {{"head", "no_such_acu"}}; }).ok());
        named.saveAs("c");
        QTRY_VERIFY(named.contains("old"));
        QSignalSpy failed(&bench.workspace, &Workspace::failed);
        named.open("old");
        QCOMPARE(failed.count(), 1);
        QVERIFY(failed[0][0].toString().contains("no_such_acu"));
        QVERIFY(bench.workspace.assignment().empty());
    }

    void filesAreReadAndWritten() {
        Opened opened;
        Bench bench(opened.opener());
        QVERIFY(bench.open());
        Workspace& workspace = bench.workspace;
        workspace.assign({"head"}, "mul8s_1L2H");
        workspace.assign({"block1_qk/h2"}, "mul8s_1KV9");
        const Assignment before = workspace.assignment();
        QTemporaryDir folder;
        const auto write = [&](const char* name, const QByteArray& text) {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
        };
        QVERIFY(write("x.json", workspace.namedAssignments().json()));
        workspace.setAssignment({}, "reset");
        workspace.namedAssignments().load(folder.filePath("x.json"));
        QTRY_COMPARE(workspace.assignment(), before);
        workspace.undoStack().undo();
        QVERIFY(workspace.assignment().empty());
        QVERIFY(write("all.json", "{\"all\": \"mul8s_1KV9\"}"));
        workspace.namedAssignments().load(folder.filePath("all.json"));
        QTRY_COMPARE(workspace.acuAt("patch_embed"), QString("mul8s_1KV9"));
        QSignalSpy failed(&workspace, &Workspace::failed);
        QVERIFY(write("bad.json", "{\"head\": \"mul8s_1KV9\", \"hed\": \"mul8s_1KV9\"}"));
        for (const QString& name : {folder.filePath("bad.json"), folder.filePath("missing.json")}) {
            workspace.namedAssignments().load(name);
            QTRY_COMPARE(failed.count(), 1);
            QCOMPARE(workspace.acuAt("patch_embed"), QString("mul8s_1KV9"));
            failed.clear();
        }
    }

    void menuAndDialogs() {
        Opened opened;
        Bench bench(opened.opener());
        auto* menu = bench.network->findChild<AssignmentMenu*>();
        QVERIFY(!actionOf(menu, "saveAssignment")->isEnabled());
        QVERIFY(actionOf(menu, "No project is open"));
        QVERIFY(bench.open());
        QVERIFY(actionOf(menu, "No named assignments yet"));
        bench.workspace.assign({"head"}, "mul8s_1L2H");
        actionOf(menu, "saveAssignment")->trigger();
        auto* save = bench.network->findChild<SaveAssignmentDialog*>();
        QVERIFY(save);
        auto* button = save->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Save);
        QVERIFY(!button->isEnabled());
        QTest::keyClicks(save->findChild<QLineEdit*>(), "frugal & quick");
        QTest::keyClick(save->findChild<QLineEdit*>(), Qt::Key_Return);
        QCOMPARE(bench.workspace.namedAssignments().names(), QStringList{"frugal & quick"});
        QAction* entry = actionOf(menu, "frugal  quick");
        QVERIFY(entry && entry->isChecked());
        bench.workspace.setAssignment({}, "reset");
        entry = actionOf(menu, "frugal  quick");
        QVERIFY(!entry->isChecked());
        entry->trigger();
        QTRY_COMPARE(bench.workspace.acuAt("head"), QString("mul8s_1L2H"));

        actionOf(menu, "manageAssignments")->trigger();
        auto* manage = bench.network->findChild<ManageAssignmentsDialog*>();
        auto* list = manage->findChild<QListWidget*>();
        QCOMPARE(list->count(), 1);
        list->item(0)->setText("plain");
        QTRY_COMPARE(bench.workspace.namedAssignments().names(), QStringList{"plain"});
        QTRY_COMPARE(list->item(0)->text(), QString("plain"));
        list->item(0)->setText("   ");
        QTRY_COMPARE(list->item(0)->text(), QString("plain"));  // refused
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) {
            manage->grab().save(pictures + "/assignments_manage.png");
            menu->popup({0, 0});
            menu->grab().save(pictures + "/assignments_menu.png");
            menu->close();
        }
        for (QPushButton* push : manage->findChildren<QPushButton*>())
            if (push->text().contains("Delete")) QTest::mouseClick(push, Qt::LeftButton);
        QTRY_COMPARE(list->count(), 0);
        QVERIFY(bench.workspace.namedAssignments().names().isEmpty());
    }
};

QTEST_MAIN(TestAssignments)
#include "tst_assignments.moc"
