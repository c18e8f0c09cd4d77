// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/class_table.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLocale>
#include <QMenu>

#include <algorithm>

#include "ui/panels/data/data_export.h"
#include "ui/panels/data/data_style.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {
namespace {

const char* const kFileTitles[ClassModel::ColumnCount] = {"class", "samples", "predicted", "precision", "recall", "f1"};

QVariant optional(const std::optional<double>& figure) { return figure ? QVariant(*figure) : QVariant(); }

}  // namespace

void ClassModel::setFigures(std::vector<ClassFigures> figures, const QStringList& names) {
    const bool sameRows = figures.size() == m_figures.size() && names == m_names;
    if (!sameRows) beginResetModel();
    m_figures = std::move(figures);
    m_names = names;
    if (!sameRows) endResetModel();
    else if (!m_figures.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int ClassModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_figures.size()); }
int ClassModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ClassModel::value(int row, int column) const {
    const ClassFigures& figures = m_figures[static_cast<std::size_t>(row)];
    switch (column) {
        case Name: return m_names.value(row);
        case Images: return qlonglong(figures.support);
        case TakenFor: return qlonglong(figures.predicted);
        case Precision: return optional(figures.precision);
        case Recall: return optional(figures.recall);
        case F1: return optional(figures.f1);
        default: return {};
    }
}

QVariant ClassModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const QVariant found = value(index.row(), index.column());
    if (role == ValueRole) return found;
    if (role == Qt::TextAlignmentRole && index.column() != Name) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    if (index.column() == Name) return found;
    if (index.column() == Images || index.column() == TakenFor) return QLocale().toString(found.toLongLong());
    return found.isValid() ? percentText(found.toDouble()) : QStringLiteral("–");
}

QVariant ClassModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    const bool tip = role == Qt::ToolTipRole;
    if (role == Qt::TextAlignmentRole) return int((section == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && !tip) return {};
    switch (section) {
        case Name: return tr("Class");
        case Images: return tip ? tr("Images of the class") : tr("Images");
        case TakenFor: return tip ? tr("Images that were taken for the class") : tr("Taken");
        case Precision: return tip ? tr("Share of the images taken for the class that belong to it") : tr("Precision");
        case Recall: return tip ? tr("Share of the images of the class that were recognised") : tr("Recall");
        case F1: return tip ? tr("Harmonic mean of precision and recall") : tr("F1");
        default: return {};
    }
}

ClassTable::ClassTable(JobCenter& jobs, QWidget* parent) : QTableView(parent), m_jobs(jobs) {
    setObjectName(QStringLiteral("classTable"));
    setAccessibleName(tr("Figures of the classes"));
    m_sorted.setSourceModel(&m_model);
    m_sorted.setSortRole(ClassModel::ValueRole);
    setModel(&m_sorted);
    setSortingEnabled(true);
    sortByColumn(-1, Qt::AscendingOrder);  // the order of the data set
    horizontalHeader()->setSortIndicatorClearable(true);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setAlternatingRowColors(true);
    setFrameShape(QFrame::NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    horizontalHeader()->setHighlightSections(false);
    // Not ResizeToContents: that leaves room for a sort indicator in every column, and none for the names of the classes.
    horizontalHeader()->setSectionResizeMode(ClassModel::Name, QHeaderView::Stretch);
    for (int column = ClassModel::Images; column < ClassModel::ColumnCount; ++column) {
        const QString title = m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const QString widest = column < ClassModel::Precision ? QStringLiteral("00,000") : QStringLiteral("100.0 %");
        setColumnWidth(column, std::max(fontMetrics().horizontalAdvance(title), fontMetrics().horizontalAdvance(widest)) + 9);
    }
    connect(this, &QAbstractItemView::activated, this, [this](const QModelIndex& index) { emit classPicked(m_sorted.mapToSource(index).row()); });
    auto* copyAction = new QAction(tr("Copy table"), this);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setShortcutContext(Qt::WidgetShortcut);
    connect(copyAction, &QAction::triggered, this, &ClassTable::copy);
    addAction(copyAction);
}

void ClassTable::copy() { QGuiApplication::clipboard()->setText(text('\t')); }

QString ClassTable::text(QChar separator) const {
    QStringList line;
    for (const char* title : kFileTitles) line << QString::fromLatin1(title);
    QString text = line.join(separator) + '\n';
    for (int row = 0; row < m_sorted.rowCount(); ++row) {
        line.clear();
        for (int column = 0; column < ClassModel::ColumnCount; ++column) {
            const QVariant value = m_sorted.index(row, column).data(ClassModel::ValueRole);
            const bool real = value.userType() == QMetaType::Double;
            line << (real ? QLocale::c().toString(value.toDouble(), 'g', QLocale::FloatingPointShortest) : fieldText(value.toString(), separator));
        }
        text += line.join(separator) + '\n';
    }
    return text;
}

void ClassTable::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    const QModelIndex at = indexAt(event->pos());
    if (at.isValid()) menu.addAction(tr("Show images of this class"), this, [this, at] { emit classPicked(m_sorted.mapToSource(at).row()); });
    menu.addActions(actions());
    menu.addAction(tr("Save table as CSV..."), this,
                   [this] { saveText(this, m_jobs, QStringLiteral("classes.csv"), tr("Table (*.csv)"), text(',').toUtf8()); });
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
