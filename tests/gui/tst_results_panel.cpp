// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "tests/gui/panel_samples.h"
#include "ui/bridge/annotations.h"
#include "ui/panels/results/compare_dialog.h"
#include "ui/panels/results/results_export.h"
#include "ui/panels/results/results_filter.h"
#include "ui/panels/results/results_panel.h"
#include "ui/panels/results/results_widget.h"

using namespace axp;
using namespace axp::ui;
using test::designOf;

class TestResultsPanel : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<ResultsWidget> m_panel;

    std::string project() const { return m_folder->filePath("p.axp").toStdString(); }
    std::string database() const { return m_folder->filePath("p.db").toStdString(); }
    void open(const std::vector<Evaluation>& designs) {
        if (!designs.empty()) QVERIFY(test::storeDesigns(project(), designs));
        m_workspace->open(QString::fromStdString(project()));
        QTRY_VERIFY(m_workspace->isOpen());
        QTRY_VERIFY(model().loaded());
        if (!designs.empty()) QTRY_COMPARE(model().rowCount(), int(designs.size()));
    }
    void show() {
        m_panel->resize(1100, 520);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }
    ResultsModel& model() { return *m_panel->model(); }
    QTableView& table() { return *m_panel->table(); }
    /// The text of a cell, fetched if necessary.
    QString cell(int row, int column) {
        for (int i = 0; i < 200 && !model().rowAt(row); ++i) {
            model().data(model().index(row, column), Qt::DisplayRole);
            QTest::qWait(10);
        }
        return model().index(row, column).data().toString();
    }
    QString hash(int row) {
        cell(row, 0);
        const auto* found = model().rowAt(row);
        return found ? QString::fromStdString(found->result.evaluation.configHash) : QString();
    }
    QAction* action(const QString& text) {
        for (QAction* action : m_panel->actions())
            if (action->text() == text) return action;
        return nullptr;
    }
    QString visibleTexts() {
        QStringList list;
        for (const auto* label : m_panel->findChildren<QLabel*>())
            if (label->isVisible()) list << label->text();
        return list.join('|');
    }
    static std::vector<Evaluation> some(int count) {
        std::vector<Evaluation> designs;
        for (int i = 0; i < count; ++i) designs.push_back(designOf(i));
        return designs;
    }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_workspace = std::make_unique<Workspace>(test::fakeOpener(), QString());
        m_panel = std::make_unique<ResultsWidget>(*m_workspace);
    }
    void cleanup() {
        m_panel.reset();
        m_workspace.reset();
        QApplication::setPalette({});
    }

    void saysWhatFillsIt() {
        show();
        QVERIFY(visibleTexts().contains("No project is open"));
        open({});
        QTRY_VERIFY(visibleTexts().contains("Nothing evaluated yet"));
        // The database appears while the project is open.
        QVERIFY(test::storeDesigns(project(), some(3)));
        emit m_workspace->evaluationsAdded(0, 0);
        QTRY_COMPARE(model().rowCount(), 3);
        QVERIFY(table().isVisible());
        m_panel->filter()->textField()->setText("nothing like this");
        QTRY_VERIFY(visibleTexts().contains("No evaluation matches the filter"));
        QVERIFY(visibleTexts().contains("3 evaluations are stored"));
        m_workspace->close();
        QTRY_VERIFY(visibleTexts().contains("No project is open"));
        QCOMPARE(model().rowCount(), 0);
    }

    void showsEveryField() {
        Evaluation e = designOf(27);
        e.rmse = 0.123456;
        e.seconds = 90;
        open({e});
        const auto text = [this](int column) { return cell(0, column); };
        QCOMPARE(text(ResultsModel::Metric), QString::number(e.metric * 100, 'f', 2) + " %");
        QCOMPARE(text(ResultsModel::Power), QString::number(*e.powerRelative, 'f', 4));
        QCOMPARE(text(ResultsModel::Rmse), QString("0.1235"));
        QCOMPARE(text(ResultsModel::Samples), QString("128"));
        QCOMPARE(text(ResultsModel::Slice), QString("fake:selection[0:128]"));
        QCOMPARE(text(ResultsModel::Assignment), QString("patch_embed=mul8s_1L2L,block1_qkv=mul8s_1L2H,block1_qk=mul8s_1KV9"));
        QCOMPARE(text(ResultsModel::Strategy), QString("factorised"));
        QCOMPARE(text(ResultsModel::Seconds), QString("1 min 30 s"));
        QCOMPARE(text(ResultsModel::Origin), QString("search"));
        QCOMPARE(text(ResultsModel::Run), QString());
        QCOMPARE(text(ResultsModel::Created).size(), 19);
    }

    void aHeaderClickSorts() {
        open(some(60));
        show();
        QHeaderView* header = table().horizontalHeader();
        const auto click = [&](int column) {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(header->sectionViewportPosition(column) + 10, header->height() / 2));
        };
        auto expected = some(60);
        std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.rmse < b.rmse; });
        click(ResultsModel::Rmse);
        QTRY_COMPARE(hash(0).toStdString(), expected.front().configHash);
        for (int row = 0; row < 60; ++row) QCOMPARE(hash(row).toStdString(), expected[std::size_t(row)].configHash);
        click(ResultsModel::Rmse);
        QTRY_COMPARE(hash(0).toStdString(), expected.back().configHash);
        click(ResultsModel::Rmse);
        QTRY_COMPARE(hash(0), QString("design0"));  // in the order of storing
    }

    void filtersTogether() {
        auto designs = some(300);
        designs.push_back(designOf(3, "fake:test[0:10]"));
        open(designs);
        ResultsFilter& filter = *m_panel->filter();
        int expected = 0;
        for (const auto& e : designs)
            expected += e.assignment.contains("patch_embed") && e.assignment.at("patch_embed") == "mul8s_1L2H" && *e.powerRelative < 0.9;
        QVERIFY(expected > 10 && expected < 200);
        filter.textField()->setText("patch_embed=mul8s_1L2H");
        filter.powerField()->setText("< 0.9");
        QTRY_COMPARE(model().rowCount(), expected);
        QVERIFY2(m_panel->figures().startsWith(QString::number(expected) + " of 301 evaluations"), qPrintable(m_panel->figures()));
        filter.powerField()->setText("nonsense");
        QVERIFY(filter.powerField()->toolTip().contains("cannot be read"));
        QTRY_COMPARE(model().rowCount(), 75);  // a quarter of 300
        filter.clear();
        QTRY_COMPARE(model().rowCount(), 301);
        filter.setSlice("fake:test[0:10]");
        QTRY_COMPARE(model().rowCount(), 1);
        filter.clear();
        filter.metricField()->setText("200");
        QTRY_COMPARE(model().rowCount(), 0);
    }

    void rangesAsPeopleTypeThem() {
        const auto parsed = [](const char* text, double scale = 1) {
            ResultRange range;
            if (!parseRange(text, scale, range)) return QString("no");
            const auto end = [](std::optional<double> value) { return value ? QString::number(*value, 'g', 6) : QString("-"); };
            return end(range.min) + ' ' + end(range.max);
        };
        QCOMPARE(parsed(""), QString("- -"));
        QCOMPARE(parsed("0.5..0.8"), QString("0.5 0.8"));
        QCOMPARE(parsed("50..80 %", 100), QString("0.5 0.8"));
        QCOMPARE(parsed("..0.8"), QString("- 0.8"));
        QCOMPARE(parsed(">80", 100), QString("0.8 -"));
        QCOMPARE(parsed("<= 1.5"), QString("- 1.5"));
        QCOMPARE(parsed("0.7"), QString("0.65 0.75"));
        QCOMPARE(parsed("86,5", 100), QString("0.8645 0.8655"));
        for (const char* wrong : {"..", "a", "> ", "1..2..3", ">1<2", "1 2 x"}) QCOMPARE(parsed(wrong), QString("no"));
    }

    void selectionIsSharedBothWays() {
        open(some(200));
        show();
        cell(20, 0);
        table().selectRow(5);
        table().selectionModel()->select(model().index(8, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
        QTRY_COMPARE(m_workspace->selection().designs(), QStringList({"design5", "design8"}));
        m_workspace->selection().setDesigns({"design150", "design3", "unknown"});
        QTRY_VERIFY(table().selectionModel()->isRowSelected(150) && table().selectionModel()->isRowSelected(3));
        QCOMPARE(table().selectionModel()->selectedRows().size(), 2);
        QTest::qWait(150);  // no echo
        QCOMPARE(m_workspace->selection().designs(), QStringList({"design150", "design3", "unknown"}));
        // Sorting moves rows, not the selection.
        table().sortByColumn(ResultsModel::Power, Qt::AscendingOrder);
        QTRY_VERIFY(model().rowOf(151) != 150);
        QTRY_VERIFY(table().selectionModel()->isRowSelected(model().rowOf(151)) && table().selectionModel()->isRowSelected(model().rowOf(4)));
        QCOMPARE(table().selectionModel()->selectedRows().size(), 2);
        m_workspace->selection().setDesigns({});
        QTRY_VERIFY(!table().selectionModel()->hasSelection());
    }

    void returnOpensTheDesign() {
        open(some(50));
        show();
        cell(27, 0);
        table().setFocus();
        table().setCurrentIndex(model().index(27, 0));
        QTest::keyClick(&table(), Qt::Key_Return);
        QCOMPARE(m_workspace->assignment(), designOf(27).assignment);
        QCOMPARE(m_workspace->undoStack().count(), 1);
        table().setCurrentIndex(model().index(6, 0));
        action("Open as assignment")->trigger();
        QTRY_COMPARE(m_workspace->assignment(), designOf(6).assignment);
    }

    void newRowsAppear() {
        open(some(10));
        show();
        table().setCurrentIndex(model().index(4, 0));
        QVERIFY(test::storeDesigns(project(), {designOf(500), designOf(501)}));
        emit m_workspace->evaluationsAdded(0, 0);
        QTRY_COMPARE(model().rowCount(), 12);
        QCOMPARE(hash(11), QString("design501"));
        QCOMPARE(table().currentIndex().row(), 4);  // appended, not reset
    }

    void rowsCanBeTakenOut() {
        open(some(20));
        show();
        table().selectRow(3);
        table().setFocus();
        QTest::keyClick(&table(), Qt::Key_C, Qt::ControlModifier);
        QTRY_VERIFY(QApplication::clipboard()->text().startsWith("id\tmetric\tvalue"));
        const QStringList lines = QApplication::clipboard()->text().trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        QVERIFY(lines[1].contains("\tpatch_embed=mul8s_1L2L\t") && lines[1].endsWith("\tdesign3\t\t\t0"));
        const QString file = m_folder->filePath("out.csv");
        ResultQuery query;
        query.sort = ResultColumn::Metric;
        QVERIFY(exportResults(database(), query, m_workspace->graph(), file.toStdString(), {}).ok());
        QFile csv(file);
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const auto all = QString::fromUtf8(csv.readAll()).trimmed().split('\n');
        QCOMPARE(all.size(), 21);
        QVERIFY(all.filter(",\"patch_embed=mul8s_1KV9,block1_qkv=mul8s_1KV9\",").size() == 1);
    }

    void aHundredThousandRowsDoNotStall() {
        QVERIFY(test::storeDesigns(project(), {designOf(27)}));
        {
            auto store = sqlite::openStore(database(), Store::Mode::ReadWrite, {}).value();
            QVERIFY(static_cast<sqlite::SqliteStore&>(*store).database().execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
                "INSERT INTO evaluations(config_hash, slice, metric, value, samples, assignment, rmse, power_relative, seconds, backend, "
                "strategy, numerics, origin, created) SELECT 'x' || i, 'fake:test[0:10]', 'top1', (i * 7919 % 100003) / 100003.0, 10, "
                "'{\"head\":\"mul8s_1L2H\",\"block1_qkv\":\"mul8s_1KV9\"}', 0.5, 0.5, 1, 'cpu', 'table', 'float', 'search', "
                "'2025-01-01T00:00:00Z' FROM n").ok());
        }
        // Not through the workspace, which would read all of them too: the model alone.
        show();
        auto engine = std::make_shared<test::FakeEngine>(std::chrono::milliseconds(0), project());
        test::Watchdog watchdog;
        const auto quick = [&](const char* what) {
            qInfo("%s: %s", what, watchdog.report().c_str());
            const bool good = watchdog.gap() < test::Watchdog::kLimit;
            watchdog.reset();
            return good;
        };
        model().setSource(engine);
        QTRY_COMPARE(model().rowCount(), 100000);
        QVERIFY(quick("read"));
        table().sortByColumn(ResultsModel::Metric, Qt::DescendingOrder);
        QTRY_VERIFY(model().rowOf(1) != 0 && hash(0).startsWith('x'));
        QVERIFY(quick("sort"));
        for (int step = 1; step <= 20; ++step) {
            table().verticalScrollBar()->setValue(step * 4900);
            QTest::qWait(10);
        }
        const int top = table().rowAt(5);
        QVERIFY(top > 90000);
        QTRY_VERIFY(!model().index(top, 0).data().toString().isEmpty());
        QVERIFY(quick("scroll"));
        m_panel->filter()->textField()->setText("mul8s_1L2H evaluate");
        m_panel->filter()->metricField()->setText("");
        QTRY_COMPARE(model().rowCount(), 0);
        m_panel->filter()->textField()->setText("head=mul8s_1L2H");
        m_panel->filter()->metricField()->setText("50..60");
        QTRY_VERIFY(model().rowCount() > 9900 && model().rowCount() < 10100);
        QVERIFY(quick("filter"));
        table().selectAll();
        QTRY_COMPARE(m_workspace->selection().designs().size(), model().rowCount());
        QVERIFY(quick("select all"));
    }

    void pictures() {  // for looking at: set AXP_PICTURES to a folder
        const QString folder = qEnvironmentVariable("AXP_PICTURES");
        if (folder.isEmpty()) QSKIP("AXP_PICTURES is not set");
        show();
        m_panel->grab().save(folder + "/results_empty.png");
        open(some(400));
        table().sortByColumn(ResultsModel::Metric, Qt::DescendingOrder);
        m_panel->filter()->powerField()->setText("< 0.95");
        m_workspace->selection().setDesigns({"design14", "design30"});
        QTest::qWait(600);
        m_panel->grab().save(folder + "/results_light.png");
        QPalette dark;
        for (const auto& [role, colour] : {std::pair(QPalette::Window, QColor(37, 39, 43)), {QPalette::WindowText, QColor(230, 230, 230)}, {QPalette::Base, QColor(27, 30, 35)},
                                           {QPalette::AlternateBase, QColor(33, 36, 41)}, {QPalette::Text, QColor(230, 230, 230)}, {QPalette::PlaceholderText, QColor(150, 150, 150)}, {QPalette::Button, QColor(50, 53, 58)}, {QPalette::ButtonText, QColor(230, 230, 230)}})
            dark.setColor(role, colour);
        QApplication::setPalette(dark);
        QTest::qWait(100);
        m_panel->grab().save(folder + "/results_dark.png");
    }

    void notesAndTagsAreEditedInPlace() {
        show();
        open(some(4));
        cell(2, ResultsModel::Note);
        table().setCurrentIndex(model().index(2, 0));
        action("Edit note")->trigger();
        auto* editor = table().findChild<QLineEdit*>();
        QVERIFY(editor);
        QTest::keyClicks(editor, "keep this");
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(cell(2, ResultsModel::Note), QString("keep this"));
        QVERIFY(model().setData(model().index(1, ResultsModel::Tags), " paper   figure ", Qt::EditRole));
        QCOMPARE(cell(1, ResultsModel::Tags), QString("paper figure"));
        QVERIFY(!model().setData(model().index(1, ResultsModel::Metric), 1, Qt::EditRole));
        QTRY_COMPARE(m_workspace->jobs().active(), 0);
        const auto reader = ResultReader::open(database());
        QCOMPARE((*reader)->rows({3}).value()[0].annotation.note, std::string("keep this"));
        QCOMPARE((*reader)->rows({2}).value()[0].annotation.tags, std::string("paper figure"));
        m_panel->filter()->textField()->setText("keep");
        QTRY_COMPARE(model().rowCount(), 1);
        QCOMPARE(cell(0, ResultsModel::Note), QString("keep this"));
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) {
            m_panel->filter()->clear();
            QTRY_COMPARE(model().rowCount(), 4);
            cell(3, 0);
            table().horizontalScrollBar()->setValue(table().horizontalScrollBar()->maximum());
            m_panel->grab().save(pictures + "/results_notes.png");
        }
    }

    void rowsAreHiddenAndShownAgain() {
        show();
        open(some(4));
        for (int row = 0; row < 4; ++row) cell(row, 0);
        table().selectRow(1);
        action("Hide rows")->trigger();
        QTRY_COMPARE(model().rowCount(), 3);
        QCOMPARE(model().idAt(1), std::int64_t(3));
        QVERIFY2(m_panel->figures().contains("3 of 4"), qPrintable(m_panel->figures()));
        m_panel->filter()->hiddenBox()->setChecked(true);
        QTRY_COMPARE(model().rowCount(), 4);
        cell(1, 0);
        QCOMPARE(model().index(1, 0).data(Qt::ForegroundRole).value<QColor>(), QColor(Qt::gray));
        table().selectRow(1);
        action("Unhide rows")->trigger();
        QTRY_COMPARE(m_workspace->jobs().active(), 0);
        m_panel->filter()->hiddenBox()->setChecked(false);
        QTRY_COMPARE(model().rowCount(), 4);
        table().selectAll();
        action("Hide rows")->trigger();
        QTRY_VERIFY(visibleTexts().contains("All evaluations are hidden"));
        for (auto* button : m_panel->findChildren<QPushButton*>())
            if (button->text() == "Show hidden") button->click();
        QTRY_COMPARE(model().rowCount(), 4);
    }

    void notesAndHidingAreUndoSteps() {
        show();
        open(some(4));
        const auto idle = [this] { return m_workspace->jobs().active() == 0; };
        const auto stored = [this](std::int64_t id) { return ResultReader::open(database()).value()->annotations({id}).value().front(); };
        for (int row = 0; row < 4; ++row) cell(row, 0);
        QUndoStack& stack = m_workspace->undoStack();
        QVERIFY(model().setData(model().index(2, ResultsModel::Note), "first", Qt::EditRole));
        QTRY_COMPARE(stack.count(), 1);
        QVERIFY(model().setData(model().index(2, ResultsModel::Note), "second", Qt::EditRole));
        QTRY_COMPARE(stack.count(), 2);
        QCOMPARE(stack.undoText(), QString("Edit note"));
        stack.undo();
        QTRY_VERIFY(idle() && stored(3).note == "first");
        QTRY_COMPARE(cell(2, ResultsModel::Note), QString("first"));
        stack.undo();
        QTRY_VERIFY(idle() && stored(3).note.empty());
        stack.redo();
        QTRY_VERIFY(idle() && stored(3).note == "first");

        // One of two rows is hidden before: undo leaves it so. The note stays.
        table().selectRow(1);
        action("Hide rows")->trigger();
        QTRY_COMPARE(model().rowCount(), 3);
        QTRY_COMPARE(m_workspace->annotations().hidden(), QSet<std::int64_t>{2});
        m_panel->filter()->hiddenBox()->setChecked(true);
        QTRY_COMPARE(model().rowCount(), 4);
        table().selectAll();
        action("Hide rows")->trigger();
        QTRY_COMPARE(m_workspace->annotations().hidden().size(), qsizetype(4));
        QTRY_VERIFY(idle() && stack.undoText().startsWith("Hide 4"));
        stack.undo();
        QTRY_COMPARE(m_workspace->annotations().hidden(), QSet<std::int64_t>{2});
        QTRY_VERIFY(idle() && stored(2).hidden && !stored(1).hidden && !stored(3).hidden);
        QCOMPARE(stored(3).note, std::string("first"));
        stack.undo();
        QTRY_VERIFY(idle() && !stored(2).hidden);
        QVERIFY(m_workspace->annotations().hidden().isEmpty());
        m_workspace->close();
        QCOMPARE(stack.count(), 0);
    }

    void designsAreComparedLayerByLayer() {
        show();
        Evaluation a = designOf(1), b = designOf(2), c = designOf(3);
        a.assignment = {{"patch_embed", "mul8s_1KV9"}, {"head", "mul8s_1KV9"}};
        b.assignment = {{"patch_embed", "mul8s_1KV9"}, {"block1_qk/h2", "mul8s_1L2H"}};
        c.assignment = {{"patch_embed", "mul8s_1KV9"}, {"head", "mul8s_1KV9"}};
        open({a, b, c});
        QVERIFY(!action("Compare designs...")->isEnabled());
        table().selectAll();
        action("Compare designs...")->trigger();
        QTRY_VERIFY(m_panel->findChild<CompareDialog*>());
        auto* dialog = m_panel->findChild<CompareDialog*>();
        CompareModel& compared = *dialog->model();
        QAbstractItemModelTester tester(&compared, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(compared.columnCount(), 3);
        QCOMPARE(compared.sites(), 9 + 4);       // block1_qk by its heads, the other nine nodes whole
        QCOMPARE(compared.differences(), 2);     // head, block1_qk/h2
        QCOMPARE(compared.rowCount(), CompareModel::FigureCount + 13);
        dialog->onlyDifferences()->setChecked(true);
        QCOMPARE(compared.rowCount(), CompareModel::FigureCount + 2);
        QCOMPARE(compared.headerData(CompareModel::FigureCount, Qt::Vertical, Qt::DisplayRole).toString(), QString("block1_qk/h2"));
        QCOMPARE(compared.index(CompareModel::FigureCount, 1).data().toString(), QString("mul8s_1L2H"));
        QCOMPARE(compared.index(CompareModel::FigureCount, 0).data().toString(), QString("exact8s"));
        QCOMPARE(compared.text('\t').split('\n')[CompareModel::FigureCount + 1], QString("block1_qk/h2\texact8s\tmul8s_1L2H\texact8s"));
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) {
            dialog->onlyDifferences()->setChecked(false);
            dialog->grab().save(pictures + "/results_compare.png");
        }
        dialog->findChild<QTableView*>()->setCurrentIndex(compared.index(0, 1));
        for (auto* button : dialog->findChildren<QPushButton*>())
            if (button->text().contains("Open")) button->click();
        QCOMPARE(m_workspace->acuAt("block1_qk/h2"), QString("mul8s_1L2H"));
        m_workspace->close();
        QTRY_VERIFY(!m_panel->findChild<CompareDialog*>());
    }
};

QTEST_MAIN(TestResultsPanel)
#include "tst_results_panel.moc"
