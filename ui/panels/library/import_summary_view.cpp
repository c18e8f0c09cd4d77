// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/import_summary_view.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QTextBrowser>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/panels/library/acu_table_model.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {
namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }

QString outcomeText(ImportOutcome outcome) {
    switch (outcome) {
        case ImportOutcome::Imported: return ImportEntriesModel::tr("imported");
        case ImportOutcome::Unchanged: return ImportEntriesModel::tr("unchanged");
        case ImportOutcome::Duplicate: return ImportEntriesModel::tr("duplicate");
        case ImportOutcome::Refused: return ImportEntriesModel::tr("refused");
    }
    return {};
}

std::ptrdiff_t unexplained(const ImportEntry& entry) {
    return std::count_if(entry.differences.begin(), entry.differences.end(), [](const auto& difference) { return !difference.explained(); });
}

QString differenceText(const FigureDifference& difference) {
    return ImportEntriesModel::tr("%1: published %2, recomputed %3 – %4")
        .arg(text(difference.key), text(difference.published), figureText(difference.recomputed),
             difference.explained() ? text(difference.rule) : ImportEntriesModel::tr("no rule explains this difference"));
}

}  // namespace

void ImportEntriesModel::setEntries(std::vector<ImportEntry> entries) {
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

QString ImportEntriesModel::sentence(const ImportEntry& entry) {
    if (entry.outcome == ImportOutcome::Refused) return text(entry.problem.text());
    QStringList parts;
    if (entry.outcome == ImportOutcome::Duplicate) parts << tr("the same products as %1").arg(text(entry.duplicateOf));
    if (entry.outcome == ImportOutcome::Unchanged) parts << tr("was in the library already");
    const auto different = static_cast<int>(entry.differences.size()), open = static_cast<int>(unexplained(entry));
    if (open > 0) parts << tr("published figures that differ for no known reason: %1").arg(open);
    else if (different > 0) parts << tr("published figures that differ, for known reasons: %1").arg(different);
    return parts.join(QStringLiteral("; "));
}

QString ImportEntriesModel::details(const ImportEntry& entry) {
    QStringList lines{text(entry.path)};
    if (entry.outcome == ImportOutcome::Refused) lines << text(entry.problem.text());
    if (entry.outcome == ImportOutcome::Duplicate) lines << tr("It has the same products as %1 and is found under both names.").arg(text(entry.duplicateOf));
    for (const auto& difference : entry.differences) lines << differenceText(difference);
    for (const auto& note : entry.notes) lines << text(note);
    return lines.join('\n');
}

int ImportEntriesModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_entries.size()); }
int ImportEntriesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ImportEntriesModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const ImportEntry& own = entry(index.row());
    if (role == Qt::ToolTipRole) return details(own);
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case Outcome: return outcomeText(own.outcome);
        case Name: return own.name.empty() ? QFileInfo(text(own.path)).fileName() : text(own.name);
        case Format: return text(own.format);
        default: return sentence(own);
    }
}

QVariant ImportEntriesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    const QString titles[] = {tr("Outcome"), tr("Name"), tr("Format"), tr("Remarks")};
    return section >= 0 && section < ColumnCount ? titles[section] : QVariant();
}

void ImportEntriesFilter::setKind(Kind kind) {
    m_kind = kind;
    invalidateFilter();
}

bool ImportEntriesFilter::takes(const ImportEntry& entry, Kind kind) {
    switch (kind) {
        case Imported: return entry.outcome == ImportOutcome::Imported;
        case Duplicates: return entry.outcome == ImportOutcome::Duplicate;
        case Unchanged: return entry.outcome == ImportOutcome::Unchanged;
        case Refused: return entry.outcome == ImportOutcome::Refused;
        case Different: return !entry.differences.empty();
        case Unexplained: return unexplained(entry) > 0;
        default: return true;
    }
}

bool ImportEntriesFilter::filterAcceptsRow(int row, const QModelIndex&) const {
    return takes(static_cast<const ImportEntriesModel*>(sourceModel())->entry(row), m_kind);
}

ImportSummaryView::ImportSummaryView(JobCenter& jobs, QWidget* parent)
    : QWidget(parent), m_jobs(jobs), m_model(new ImportEntriesModel(this)), m_filter(new ImportEntriesFilter(this)), m_headline(new QLabel),
      m_kind(new QComboBox), m_table(new QTableView), m_details(new QTextBrowser) {
    m_headline->setWordWrap(true);
    m_headline->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_headline->setAccessibleName(tr("Result of the import"));
    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    m_table->setAccessibleName(tr("Files and circuits"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const int widths[] = {10, 24, 12};
    for (int column = 0; column < ImportEntriesModel::Text; ++column) m_table->setColumnWidth(column, widths[column] * fontMetrics().averageCharWidth() + 16);
    m_details->setAccessibleName(tr("About the selected file"));
    m_details->setFrameShape(QFrame::NoFrame);
    m_kind->setAccessibleName(tr("Which files are shown"));

    auto* copy = new QPushButton(tr("&Copy"));
    copy->setToolTip(tr("Copy the selected rows, or all that are shown, for a spreadsheet"));
    auto* save = new QPushButton(tr("Save as CS&V..."));
    for (QPushButton* button : {copy, save}) button->setAutoDefault(false);
    auto* label = new QLabel(tr("&Show:"));
    label->setBuddy(m_kind);
    auto* row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(m_kind);
    row->addStretch(1);
    row->addWidget(copy);
    row->addWidget(save);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(m_table);
    splitter->addWidget(m_details);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_headline);
    layout->addLayout(row);
    layout->addWidget(splitter, 1);

    auto* copyAction = new QAction(tr("Copy rows"), m_table);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_table->addAction(copyAction);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    const auto copyRows = [this] { QGuiApplication::clipboard()->setText(rowsText()); };
    connect(copyAction, &QAction::triggered, this, copyRows);
    connect(copy, &QPushButton::clicked, this, copyRows);
    connect(save, &QPushButton::clicked, this,
            [this] { saveText(this, m_jobs, tr("import.csv"), tr("Table (*.csv)"), QByteArray::fromStdString(m_summary.csv())); });
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
        m_filter->setKind(static_cast<ImportEntriesFilter::Kind>(m_kind->currentData().toInt()));
        showDetails();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ImportSummaryView::showDetails);
}

QString ImportSummaryView::headline() const { return m_headline->text(); }

void ImportSummaryView::setSummary(const AcuImportSummary& summary) {
    m_summary = summary;
    m_model->setEntries(summary.entries);
    const auto count = [&](ImportOutcome outcome) { return static_cast<int>(summary.count(outcome)); };
    QStringList parts{tr("%1 imported").arg(count(ImportOutcome::Imported))};
    if (const int n = count(ImportOutcome::Duplicate)) parts << tr("%1 with the products of another one").arg(n);
    if (const int n = count(ImportOutcome::Unchanged)) parts << tr("%1 in the library already").arg(n);
    if (const int n = count(ImportOutcome::Refused)) parts << tr("%1 refused").arg(n);
    QString line = tr("<b>%1.</b>").arg(parts.join(QStringLiteral(", ")).toHtmlEscaped());
    const auto explained = static_cast<int>(summary.differences(true)), open = static_cast<int>(summary.differences(false));
    const QString compared = tr("%L1 published figures were recomputed").arg(summary.figuresCompared);
    if (open > 0) line += tr(" %1: %2 differ for no known reason, %3 for known ones.").arg(compared).arg(open).arg(explained);
    else if (explained > 0) line += tr(" %1: %2 differ, all for known reasons.").arg(compared).arg(explained);
    else if (summary.figuresCompared > 0) line += tr(" %1, and all agree.").arg(compared);
    line += QLatin1Char(' ') + tr("Multipliers in the library now: %L1. It took %2 s.").arg(summary.acusInLibrary).arg(figureText(summary.seconds));
    for (const auto& note : summary.notes) line += QStringLiteral("<br>") + text(note).toHtmlEscaped();
    m_headline->setText(line);
    fillKinds();
    showDetails();
}

void ImportSummaryView::fillKinds() {
    const QString names[] = {tr("All"),     tr("Imported"), tr("Duplicates"), tr("In the library already"),
                             tr("Refused"), tr("Differences from published figures"), tr("Unexplained differences")};
    m_kind->clear();
    for (int kind = 0; kind < ImportEntriesFilter::KindCount; ++kind) {
        const auto shown = std::count_if(m_summary.entries.begin(), m_summary.entries.end(),
                                         [kind](const ImportEntry& entry) { return ImportEntriesFilter::takes(entry, static_cast<ImportEntriesFilter::Kind>(kind)); });
        if (kind == ImportEntriesFilter::All || shown > 0) m_kind->addItem(tr("%1 (%2)").arg(names[kind]).arg(shown), kind);
    }
}

void ImportSummaryView::showDetails() {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    if (rows.size() != 1) return m_details->setPlainText(m_filter->rowCount() > 0 ? tr("Select a row to read all about it.") : QString());
    m_details->setPlainText(ImportEntriesModel::details(m_model->entry(m_filter->mapToSource(rows.first()).row())));
}

QString ImportSummaryView::rowsText() const {
    const bool some = m_table->selectionModel()->hasSelection();
    QString text = tr("Outcome\tName\tFormat\tRemarks\tFile\n");
    for (int row = 0; row < m_filter->rowCount(); ++row) {
        if (some && !m_table->selectionModel()->isRowSelected(row)) continue;
        QStringList cells;
        for (int column = 0; column < ImportEntriesModel::ColumnCount; ++column) cells << m_filter->index(row, column).data().toString().simplified();
        cells << QString::fromStdString(m_model->entry(m_filter->mapToSource(m_filter->index(row, 0)).row()).path);
        text += cells.join('\t') + '\n';
    }
    return text;
}

}  // namespace axp::ui
