// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/panels/library/acu_filter.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/filter_header.h"
#include "ui/panels/library/library_widget.h"
#include "ui/panels/library/operand_weights.h"

namespace axp::ui {
namespace {

const char* const kHeaderKey = "library/header-3";  // the number changes with the columns

}  // namespace

LibraryWidget::LibraryWidget(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_queue(new FigureQueue(workspace.jobs(), this)),
      m_weights(new OperandWeights(workspace, this)),
      m_model(new AcuTableModel(this)),
      m_proxy(new AcuFilterModel(this)),
      m_table(new AcuTableView),
      m_details(new DetailsView(workspace, *m_queue, *m_weights)) {
    setAccessibleName(tr("ACU library"));
    m_proxy->setSourceModel(m_model);
    m_proxy->setDynamicSortFilter(true);
    m_table->setModel(m_proxy);
    m_columns = new QMenu(tr("Columns"), this);
    makeActions();

    auto* bar = new QToolBar;
    auto* import = new QToolButton;
    import->setText(tr("Import"));
    import->setToolTip(tr("Add multipliers from files and libraries, or look closely at a file"));
    import->setPopupMode(QToolButton::InstantPopup);
    auto* importMenu = new QMenu(import);
    importMenu->addActions({m_import, m_addFolder, m_audit, m_prove});
    import->setMenu(importMenu);
    bar->addWidget(import);
    bar->addAction(m_newMember);
    bar->addAction(m_assign);
    auto* columns = new QToolButton;
    columns->setText(tr("Columns"));
    columns->setToolTip(tr("Choose the columns of the table"));
    columns->setPopupMode(QToolButton::InstantPopup);
    columns->setMenu(m_columns);
    bar->addWidget(columns);
    for (QToolButton* button : {import, columns}) button->setAccessibleName(button->toolTip());

    m_pages = new QStackedWidget;
    m_pages->addWidget(makeEmptyPage());
    m_pages->addWidget(makeContent());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(bar);
    layout->addWidget(m_pages, 1);
    restoreHeader();
    fillColumnsMenu();

    m_refresh.setSingleShot(true);
    m_refresh.setInterval(60);
    connect(&m_refresh, &QTimer::timeout, this, &LibraryWidget::showSelection);
    connect(m_queue, &FigureQueue::errorsReady, this, [this](const AcuPtr& acu, const AcuErrorsPtr& errors) {
        m_model->setErrors(acu, errors);
        if (!m_refresh.isActive()) m_refresh.start();
    });
    connect(m_queue, &FigureQueue::failed, m_model, &AcuTableModel::setFailed);
    connect(m_queue, &FigureQueue::statusChanged, this, &LibraryWidget::showStatus);
    connect(m_table, &AcuTableView::selectedRowsChanged, this, [this] {
        m_refresh.start();
        showMessage({});
    });
    connect(m_table, &AcuTableView::assignRequested, this, &LibraryWidget::assignToSelection);
    connect(m_table->filterHeader(), &FilterHeader::filterChanged, this, &LibraryWidget::setFilter);
    connect(m_details, &DetailsView::picked, this, &LibraryWidget::select);
    m_model->setWeights(m_weights);
    connect(m_weights, &OperandWeights::chosen, this, &LibraryWidget::computeWeighted);
    connect(m_weights, &OperandWeights::maeReady, m_model, &AcuTableModel::weightsChanged);
    connect(m_weights, &OperandWeights::failed, this, [this](const QString& message) { showMessage(message, true); });
    connect(&workspace, &Workspace::opened, this, [this] {
        m_queue->setStrategyOf([engine = m_workspace.engine()](const Acu& acu) { return engine->strategyOf(acu); });
        reload();
    });
    connect(&workspace, &Workspace::closed, this, [this] {
        m_queue->setStrategyOf({});
        reload();
    });
    connect(&workspace, &Workspace::importRequested, this, [this](const QStringList& paths) { openImport(paths); });
    connect(&workspace, &Workspace::libraryChanged, this, [this] {
        const int before = m_model->rowCount();
        reload();
        showMessage(tr("%n multiplier(s) came in.", nullptr, m_model->rowCount() - before));
    });
    reload();
}

LibraryWidget::~LibraryWidget() { saveHeader(); }

QWidget* LibraryWidget::makeEmptyPage() {
    auto* text =
        new QLabel(tr("<p><b>No project is open</b></p><p>The multipliers (ACUs) of a project appear here: the "
                      "built-in ones, imported tables "
                      "and members of parametric families. Open a project or an example to see them.</p>"));
    text->setWordWrap(true);
    text->setAlignment(Qt::AlignCenter);
    text->setMargin(16);
    text->setAccessibleName(tr("No project is open"));
    return text;
}

QWidget* LibraryWidget::makeContent() {
    auto* top = new QWidget;
    auto* layout = new QVBoxLayout(top);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_table, 1);

    auto* messageRow = new QHBoxLayout;
    messageRow->setContentsMargins(6, 2, 4, 2);
    m_message = new QLabel;
    m_message->setWordWrap(true);
    m_message->setAccessibleName(tr("Message"));
    m_clear = new QPushButton(tr("Clear filters"));
    m_clear->setAccessibleName(m_clear->text());
    connect(m_clear, &QPushButton::clicked, m_table->filterHeader(), &FilterHeader::clearFields);
    messageRow->addWidget(m_message, 1);
    messageRow->addWidget(m_clear);
    layout->addLayout(messageRow);

    m_progressRow = new QWidget;
    auto* progressLayout = new QHBoxLayout(m_progressRow);
    progressLayout->setContentsMargins(6, 2, 4, 2);
    m_progress = new QProgressBar;
    m_progress->setAccessibleName(tr("Error figures"));
    m_stop = new QPushButton;
    m_stop->setAccessibleName(tr("Cancel or continue the error figures"));
    connect(m_stop, &QPushButton::clicked, this, [this] {
        if (m_queue->status().working) return m_queue->cancel();
        m_model->setMissing(AcuTableModel::Figures::Pending);
        m_queue->resume();
    });
    progressLayout->addWidget(m_progress, 1);
    progressLayout->addWidget(m_stop);
    layout->addWidget(m_progressRow);

    m_splitter = new QSplitter(Qt::Vertical);
    m_splitter->addWidget(top);
    m_splitter->addWidget(m_details);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setChildrenCollapsible(true);
    m_splitter->setCollapsible(0, false);
    return m_splitter;
}

void LibraryWidget::makeActions() {
    const auto make = [this](const QString& text, const QString& help, auto&& call) {
        auto* action = new QAction(text, this);
        action->setToolTip(help);
        connect(action, &QAction::triggered, this, call);
        addAction(action);
        return action;
    };
    const auto withKey = [](QAction* action, const QKeySequence& key) {
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        return action;
    };
    m_assign = make(tr("Assign"),
                    tr("Put the selected multiplier at the layers and heads that are selected in the network (Return)"),
                    [this] { assignToSelection(); });
    m_import = make(tr("Import..."), tr("Import circuits, tables of other tools and whole libraries"), [this] { openImport({}); });
    m_addFolder = make(tr("Add library folder..."), tr("Add a library that was imported before, or a folder of .npy product tables"), [this] { addLibraryFolder(); });
    m_audit = make(tr("Audit file..."), tr("Look for known faults in a multiplier file"), [this] { auditFile(); });
    m_prove = make(tr("Figures over all pairs"), tr("Compute the sampled error figures of the selected wide multipliers over all operand pairs, a minute and a half each on two idle cores"),
                   [this] { proveSelected(); });
    m_newMember =
        make(tr("Family..."), tr("New multiplier from a parametric family: truncated, broken array, DRUM, logarithmic and others"),
             [this] { newFromFamily(); });
    m_newMember->setObjectName(QStringLiteral("newFamilyMember"));
    m_copy = withKey(make(tr("Copy rows"), tr("Copy the selected rows for a spreadsheet"), [this] { copyRows(); }),
                     QKeySequence::Copy);
    m_copyName = withKey(make(tr("Copy names"), tr("Copy the names of the selected multipliers"),
                              [this] { QGuiApplication::clipboard()->setText(m_table->selectedNames().join('\n')); }),
                         QKeySequence(tr("Ctrl+Shift+C")));
    m_copyHash = make(tr("Copy SHA-256"), tr("Copy the hash of the product table"), [this] {
        const QStringList names = m_table->selectedNames();
        if (const int row = names.isEmpty() ? -1 : m_model->rowOf(names.first()); row >= 0 && m_model->errors(row))
            QGuiApplication::clipboard()->setText(m_model->errors(row)->hash);
    });
    m_export = make(tr("Export table as CSV..."), tr("Save the rows that are shown"), [this] { exportCsv(); });
    m_remove = withKey(make(tr("Remove from library"), tr("Take family members that were added here out of the list"),
                            [this] { removeSelected(); }),
                       QKeySequence::Delete);
    m_find = withKey(make(tr("Filter by name"), tr("Go to the filter for names"),
                          [this] {
                              m_table->filterHeader()->field(AcuTableModel::Name)->setFocus();
                              m_table->filterHeader()->field(AcuTableModel::Name)->selectAll();
                          }),
                     QKeySequence::Find);
}

void LibraryWidget::fillColumnsMenu() {
    QHeaderView* header = m_table->horizontalHeader();
    for (int column = 1; column < AcuTableModel::ColumnCount; ++column) {
        auto* action = m_columns->addAction(
            AcuTableModel::columnTitle(column) + QStringLiteral(" – ") +
            m_model->headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().section(QLatin1Char(','), 0, 0));
        action->setCheckable(true);
        connect(action, &QAction::toggled, this, [this, header, column](bool on) {
            header->setSectionHidden(column, !on);
            m_table->fitNameColumn();
            // A filter that nobody sees would hide rows for no visible reason.
            if (!on) m_table->filterHeader()->field(column)->clear();
        });
        connect(m_columns, &QMenu::aboutToShow, action,
                [action, header, column] { action->setChecked(!header->isSectionHidden(column)); });
    }
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QWidget::customContextMenuRequested, this,
            [this, header](const QPoint& at) { m_columns->popup(header->mapToGlobal(at)); });
}

void LibraryWidget::restoreHeader() {
    QHeaderView* header = m_table->horizontalHeader();
    const QFontMetrics metrics(font());
    header->setMinimumSectionSize(metrics.horizontalAdvance(QStringLiteral("MMM")));
    if (header->restoreState(QSettings().value(QLatin1String(kHeaderKey)).toByteArray())) return;
    for (int column = 0; column < AcuTableModel::ColumnCount; ++column) {
        const bool shown = column == AcuTableModel::Name || column == AcuTableModel::Power ||
                           column == AcuTableModel::Mae || column == AcuTableModel::Rank;
        header->setSectionHidden(column, !shown);
        const QString widest = column == AcuTableModel::Name       ? QStringLiteral("mul8s_1KV6@v2022MM")
                               : column == AcuTableModel::Strategy ? QStringLiteral("factorisedM")
                               : column == AcuTableModel::Source   ? QStringLiteral("EvoApproxLib (master)M")
                                                                   : QStringLiteral("00000000");
        header->resizeSection(column, metrics.horizontalAdvance(widest));
    }
    header->setSortIndicator(-1, Qt::AscendingOrder);  // in the order of the library until a header is clicked
}

void LibraryWidget::saveHeader() const {
    QSettings().setValue(QLatin1String(kHeaderKey), m_table->horizontalHeader()->saveState());
}

void LibraryWidget::showStatus() {
    const FigureQueue::Status status = m_queue->status();
    // A map of one ACU is there before a bar could be read.
    const bool working = status.working && status.total > 1;
    m_progressRow->setVisible(working || (!status.working && status.stopped > 0));
    if (working) {
        m_progress->setRange(0, status.total);
        m_progress->setValue(status.done);
        m_progress->setFormat(tr("Error figures %v of %m"));
        m_stop->setText(tr("Cancel"));
    } else if (status.stopped > 0) {
        m_model->setMissing(AcuTableModel::Figures::Stopped);
        m_progress->setFormat(tr("Cancelled, %n left", nullptr, status.stopped));
        m_stop->setText(tr("Continue"));
    }
}

}  // namespace axp::ui
