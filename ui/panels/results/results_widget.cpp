// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/results_widget.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/bridge/annotations.h"
#include "ui/panels/results/compare_dialog.h"
#include "ui/panels/results/results_export.h"
#include "ui/panels/results/results_filter.h"
#include "ui/panels/results/results_panel.h"
#include "ui/widgets/empty_state.h"

namespace axp::ui {
namespace {

constexpr int kPublishMilliseconds = 60;
constexpr std::size_t kMostCompared = 12;
constexpr std::size_t kMostSelected = 20000;  // rows of a selection that other views hear of
constexpr std::size_t kMostRanges = 2000;     // separate pieces of a selection that the table shows

}  // namespace

ResultsWidget::ResultsWidget(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_model(new ResultsModel(this)), m_filter(new ResultsFilter), m_table(new QTableView),
      m_stack(new QStackedWidget), m_empty(new EmptyState), m_figures(new QLabel) {
    setObjectName(QStringLiteral("resultsPanel"));
    setAccessibleName(tr("Results"));
    m_button = m_empty->addButton({});
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_table);
    m_figures->setContentsMargins(8, 4, 8, 4);
    m_figures->setAccessibleName(tr("Number of evaluations"));
    m_figures->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_figures->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_filter);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_figures);
    buildTable();
    buildActions();

    m_publish.setSingleShot(true);
    m_publish.setInterval(kPublishMilliseconds);
    connect(&m_publish, &QTimer::timeout, this, &ResultsWidget::publishSelection);
    connect(m_filter, &ResultsFilter::changed, this, &ResultsWidget::applyFilter);
    connect(m_model, &ResultsModel::updated, this, [this] {
        m_error.clear();
        m_filter->setSlices(m_model->slices());
        showState();
    });
    connect(m_model, &ResultsModel::failed, this, [this](const QString& message) {
        m_error = message;
        showState();
    });
    // A reset (new rows in a sorted table) takes the table's own selection and place away.
    connect(m_model, &ResultsModel::modelAboutToBeReset, this, [this] { m_place = m_table->verticalScrollBar()->value(); });
    connect(m_model, &ResultsModel::modelReset, this, [this] {
        m_table->verticalScrollBar()->setValue(m_place);
        showSelection(false);
    });
    connect(&m_workspace, &Workspace::sliceChanged, this, [this] {
        if (!m_filter->slice().isEmpty()) m_filter->setSlice(m_workspace.sliceText());
    });
    connect(&m_workspace, &Workspace::opened, this, &ResultsWidget::restart);
    connect(&m_workspace, &Workspace::closed, this, &ResultsWidget::restart);
    connect(&m_workspace, &Workspace::evaluationsAdded, m_model, &ResultsModel::refresh);
    connect(&m_workspace, &Workspace::openingStarted, this, &ResultsWidget::showState);
    connect(&m_workspace, &Workspace::failed, this, &ResultsWidget::showState);
    connect(&m_workspace.selection(), &Selection::designsChanged, this, [this](const QObject* origin) {
        if (origin != this) showSelection(true);
    });
    connect(&m_workspace, &Workspace::readOnlyChanged, this, &ResultsWidget::showState);
    connect(m_model, &ResultsModel::annotationEdited, this, &ResultsWidget::annotateRows);
    connect(&m_workspace.annotations(), &Annotations::changed, this, [this](const Annotations::Ids& ids, const AnnotationChange& change) {
        m_model->showAnnotation(ids, change);
        m_model->refresh();
    });
    connect(&m_workspace.annotations(), &Annotations::rejected, this, [this] {
        if (m_workspace.isOpen()) m_model->setSource(m_workspace.engine());  // shows what is stored
    });
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (!m_filter->isEmpty()) m_filter->clear();
        else if (m_model->total() > 0) m_filter->hiddenBox()->setChecked(true);
        else if (m_workspace.isOpen()) m_workspace.evaluateCurrent(m_workspace.slice());
    });
    applyFilter();
    restart();
}

void ResultsWidget::buildTable() {
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Evaluations"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked);  // of tags and notes
    m_table->setWordWrap(false);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    // Rows of one height that nobody measures: 100,000 of them cost nothing.
    QHeaderView* rows = m_table->verticalHeader();
    rows->setSectionResizeMode(QHeaderView::Fixed);
    rows->setDefaultSectionSize(fontMetrics().height() + 8);
    rows->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    rows->setHighlightSections(false);
    QHeaderView* columns = m_table->horizontalHeader();
    columns->setSectionsMovable(true);
    columns->setHighlightSections(false);
    columns->setSortIndicatorShown(true);
    columns->setSortIndicatorClearable(true);  // the third click: in the order of storing
    columns->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    const int em = fontMetrics().horizontalAdvance('0');
    const int widths[ResultsModel::ColumnCount] = {10, 9, 10, 10, 26, 40, 18, 10, 12, 7, 21, 16, 20};
    for (int column = 0; column < ResultsModel::ColumnCount; ++column) m_table->setColumnWidth(column, widths[column] * em);
    // What people look for is in sight without scrolling.
    columns->moveSection(ResultsModel::Assignment, ResultsModel::Slice);
    columns->moveSection(columns->visualIndex(ResultsModel::Note), columns->visualIndex(ResultsModel::Slice));
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) {
        if (!(index.flags() & Qt::ItemIsEditable)) openRow(index.row());  // a note is edited instead
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        showState();
        if (!m_applying) m_publish.start();
    });
    columns->setContextMenuPolicy(Qt::ActionsContextMenu);
    for (int column = 0; column < ResultsModel::ColumnCount; ++column) {
        auto* shown = new QAction(resultColumnTitle(column), columns);
        shown->setCheckable(true);
        shown->setChecked(true);
        connect(shown, &QAction::toggled, this, [this, column](bool on) { m_table->setColumnHidden(column, !on); });
        columns->addAction(shown);
    }
}

QAction* ResultsWidget::addPanelAction(const QString& text, const QKeySequence& key, const std::function<void()>& run) {
    auto* action = new QAction(text, this);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

void ResultsWidget::buildActions() {
    setContextMenuPolicy(Qt::ActionsContextMenu);
    m_open = addPanelAction(tr("Open as assignment"), {}, [this] { openRow(m_table->currentIndex().row()); });
    m_open->setToolTip(tr("Makes this design the current assignment (Return in the table)"));
    m_copy = addPanelAction(tr("Copy rows"), {}, [this] { copyRows(); });
    // In the table only: in the filter fields Ctrl+C copies text.
    auto* copyKey = new QAction(m_table);
    copyKey->setShortcut(QKeySequence::Copy);
    copyKey->setShortcutContext(Qt::WidgetShortcut);
    connect(copyKey, &QAction::triggered, this, &ResultsWidget::copyRows);
    m_table->addAction(copyKey);
    auto* clearKey = new QAction(m_table);
    clearKey->setShortcut(Qt::Key_Escape);
    clearKey->setShortcutContext(Qt::WidgetShortcut);
    connect(clearKey, &QAction::triggered, m_table, &QTableView::clearSelection);
    m_table->addAction(clearKey);
    m_compare = addPanelAction(tr("Compare designs..."), tr("Ctrl+Shift+C"), [this] { compare(); });
    m_compare->setObjectName(QStringLiteral("compareDesigns"));
    m_compare->setToolTip(tr("The selected designs layer by layer"));
    m_note = addPanelAction(tr("Edit note"), Qt::Key_F2, [this] { editNote(); });
    m_note->setObjectName(QStringLiteral("editNote"));
    m_hide = addPanelAction(tr("Hide rows"), Qt::CTRL | Qt::Key_H, [this] { setHidden(true); });
    m_hide->setToolTip(tr("Leaves the selected evaluations out of this table and of the front; they stay in the database"));
    m_unhide = addPanelAction(tr("Unhide rows"), Qt::CTRL | Qt::SHIFT | Qt::Key_H, [this] { setHidden(false); });
    addPanelAction(tr("Clear selection"), {}, [this] { m_table->clearSelection(); });
    addPanelAction(tr("Find"), QKeySequence::Find, [this] { m_filter->focusText(); });
    addPanelAction(tr("Clear filter"), tr("Ctrl+Shift+F"), [this] { m_filter->clear(); });
    m_export = addPanelAction(tr("Export as CSV..."), tr("Ctrl+Shift+E"), [this] { exportCsv(); });
}

QString ResultsWidget::figures() const { return m_figures->text(); }

void ResultsWidget::restart() {
    m_error.clear();
    m_filter->setSlice({});
    m_filter->setSlices({});
    m_filter->setMetric(m_workspace.isOpen() ? m_workspace.engine()->metricName() : "top1");
    m_model->setSource(m_workspace.engine());
    showState();
}

void ResultsWidget::applyFilter() {
    ResultQuery query = m_model->query();
    m_filter->applyTo(query);
    m_model->setQuery(query);
}

void ResultsWidget::showState() {
    const bool open = m_workspace.isOpen(), rows = m_model->rowCount() > 0, filtered = m_model->total() > 0;
    m_stack->setCurrentIndex(rows ? 1 : 0);
    m_filter->setEnabled(open);
    m_button->setVisible(open && m_model->loaded());
    m_button->setText(filtered && m_filter->isEmpty() ? tr("Show hidden") : filtered ? tr("Clear filter") : tr("Evaluate current assignment"));
    if (!m_error.isEmpty() && !rows) m_empty->setTexts(tr("The database cannot be read"), m_error);
    else if (m_workspace.opening()) m_empty->setTexts(tr("Opening..."), tr("What this project has evaluated appears here."));
    else if (!open) m_empty->setTexts(tr("No project is open"), tr("Open or make a project. Everything that it "
            "evaluates is stored and listed here."));
    else if (!m_model->loaded()) m_empty->setTexts(tr("Reading..."), tr("The evaluations come from the project's database."));
    else if (filtered && m_filter->isEmpty()) m_empty->setTexts(tr("All evaluations are hidden"), tr("%1 evaluations are "
            "stored.").arg(QLocale().toString(m_model->total())));
    else if (filtered) m_empty->setTexts(tr("No evaluation matches the filter"), tr("%1 evaluations are "
            "stored.").arg(QLocale().toString(m_model->total())));
    else m_empty->setTexts(tr("Nothing evaluated yet"), tr("Evaluate the current assignment, or start a sweep or "
            "search. Every evaluation is stored, and listed here at once."));

    QStringList parts;
    const QLocale numbers;
    if (open && m_model->rowCount() == m_model->total()) parts << tr("%1 evaluations").arg(numbers.toString(m_model->total()));
    else if (open) parts << tr("%1 of %2 evaluations").arg(numbers.toString(m_model->rowCount()), numbers.toString(m_model->total()));
    int selected = 0;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection()) selected += range.height();
    if (selected > 0) parts << tr("%1 selected").arg(numbers.toString(selected));
    if (!m_error.isEmpty()) parts << m_error;
    m_figures->setText(parts.join(QStringLiteral("  \u00b7  ")));
    m_figures->setToolTip(m_error);
    m_open->setEnabled(rows);
    m_copy->setEnabled(selected > 0);
    m_export->setEnabled(rows);
    m_compare->setEnabled(selected > 1);
    m_model->setEditable(!m_workspace.readOnly());
    m_note->setEnabled(rows && !m_workspace.readOnly());
    for (QAction* action : {m_hide, m_unhide}) action->setEnabled(selected > 0 && !m_workspace.readOnly());
}

std::vector<std::int64_t> ResultsWidget::selectedIds() const {
    std::vector<int> rows;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row) rows.push_back(row);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::vector<std::int64_t> ids;
    for (const int row : rows) ids.push_back(m_model->idAt(row));
    return ids;
}

void ResultsWidget::publishSelection() {
    std::vector<std::int64_t> ids = selectedIds();
    if (ids.size() > kMostSelected) ids.resize(kMostSelected);
    const quint64 asked = ++m_selectionAsked;
    m_model->worker().submit([this, ids, asked](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        QStringList hashes;
        if (reader) {
            AXP_TRY(const auto found, reader->hashesOf(ids));
            for (const auto& hash : found) hashes << QString::fromStdString(hash);
        }
        return ResultsWorker::Reply([this, hashes, asked] {
            if (asked == m_selectionAsked) m_workspace.selection().setDesigns(hashes, this);
        });
    });
}

void ResultsWidget::showSelection(bool scroll) {
    std::vector<std::string> hashes;
    for (const QString& hash : m_workspace.selection().designs()) hashes.push_back(hash.toStdString());
    const quint64 asked = ++m_selectionAsked;
    m_publish.stop();
    if (hashes.empty() || m_model->rowCount() == 0) return selectRows({}, false);
    m_model->worker().submit([this, hashes, asked, scroll](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        if (!reader) return ResultsWorker::Reply();
        AXP_TRY(const auto ids, reader->idsOf(hashes));
        return ResultsWorker::Reply([this, ids, asked, scroll] {
            if (asked == m_selectionAsked) selectRows(ids, scroll);
        });
    });
}

void ResultsWidget::selectRows(const std::vector<std::int64_t>& ids, bool scroll) {
    std::vector<int> rows;
    for (const std::int64_t id : ids)
        if (const int row = m_model->rowOf(id); row >= 0) rows.push_back(row);
    std::sort(rows.begin(), rows.end());
    QItemSelection selection;
    for (std::size_t first = 0; first < rows.size() && std::size_t(selection.size()) < kMostRanges;) {
        std::size_t last = first;
        while (last + 1 < rows.size() && rows[last + 1] == rows[last] + 1) ++last;
        selection.append(QItemSelectionRange(m_model->index(rows[first], 0), m_model->index(rows[last], ResultsModel::ColumnCount - 1)));
        first = last + 1;
    }
    m_applying = true;
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    if (scroll && !rows.empty()) {
        m_table->selectionModel()->setCurrentIndex(m_model->index(rows.front(), 0), QItemSelectionModel::NoUpdate);
        m_table->scrollTo(m_model->index(rows.front(), 0));
    }
    m_applying = false;
}

void ResultsWidget::openRow(int row) {
    if (row < 0 || row >= m_model->rowCount()) return;
    const auto open = [this](const Assignment& assignment) { m_workspace.setAssignment(assignment, tr("Open design")); };
    if (const ResultsModel::Row* fetched = m_model->rowAt(row)) return open(fetched->result.evaluation.assignment);
    m_model->worker().submit([open, id = m_model->idAt(row)](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        if (!reader) return ResultsWorker::Reply();
        AXP_TRY(const auto rows, reader->rows({id}));
        if (rows.empty()) return ResultsWorker::Reply();
        return ResultsWorker::Reply([open, assignment = rows.front().evaluation.assignment] { open(assignment); });
    });
}

void ResultsWidget::copyRows() {
    const auto ids = selectedIds();
    if (ids.empty() || !m_model->engine()) return;
    m_model->worker().submit([ids, engine = m_model->engine()](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        if (!reader) return ResultsWorker::Reply();
        AXP_TRY(const auto rows, reader->rows(ids));
        const QString text = QString::fromStdString(resultsHeader('\t') + resultsLines(rows, engine->graph(), '\t'));
        return ResultsWorker::Reply([text] { QApplication::clipboard()->setText(text); });
    });
}

void ResultsWidget::compare() {
    auto ids = selectedIds();
    if (ids.size() < 2 || !m_model->engine()) return;
    if (ids.size() > kMostCompared) ids.resize(kMostCompared);
    m_model->worker().submit([this, ids, engine = m_model->engine()](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        if (!reader) return ResultsWorker::Reply();
        AXP_TRY(const auto rows, reader->rows(ids));
        return ResultsWorker::Reply([this, rows, engine] {
            if (engine == m_workspace.engine() && rows.size() > 1) (new CompareDialog(m_workspace, rows, this))->show();
        });
    });
}

void ResultsWidget::editNote() {
    const int row = m_table->currentIndex().row();
    if (row < 0) return;
    const QModelIndex current = m_table->currentIndex();
    const int column = current.column() == ResultsModel::Tags ? ResultsModel::Tags : ResultsModel::Note;
    m_table->setColumnHidden(column, false);
    m_table->scrollTo(m_model->index(row, column));
    m_table->selectionModel()->setCurrentIndex(m_model->index(row, column), QItemSelectionModel::NoUpdate);
    m_table->edit(m_model->index(row, column));
}

void ResultsWidget::setHidden(bool hidden) {
    const auto ids = selectedIds();
    AnnotationChange change;
    change.hidden = hidden;
    m_model->showAnnotation(ids, change);
    annotateRows(ids, change);
}

void ResultsWidget::annotateRows(const std::vector<std::int64_t>& ids, const AnnotationChange& change) {
    const int count = static_cast<int>(ids.size());
    const QString text = change.note ? tr("Edit note") : change.tags ? tr("Edit tags") : *change.hidden ? tr("Hide %n row(s)", nullptr, count)
                                                                                                         : tr("Unhide %n row(s)", nullptr, count);
    m_workspace.annotations().change(ids, change, text);
}

void ResultsWidget::exportCsv() {
    if (!m_workspace.isOpen()) return;
    auto* dialog = new QFileDialog(this, tr("Export results"), QStringLiteral("results.csv"), tr("Comma-separated values (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        if (!m_workspace.isOpen()) return;
        m_workspace.jobs().submit(tr("Export results to %1").arg(path), {}, JobCenter::Lane::Background,
                                  [engine = m_workspace.engine(), query = m_model->query(), database = m_workspace.project().databasePath(),
                                   path = path.toStdString()](const JobContext& job) {
                                      return exportResults(database, query, engine->graph(), path, job);
                                  });
    });
    dialog->open();
}

QWidget* makeResultsPanel(Workspace& workspace, QWidget* parent) { return new ResultsWidget(workspace, parent); }

}  // namespace axp::ui
