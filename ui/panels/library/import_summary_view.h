// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QWidget>

#include "core/acu/import/import.h"

class QComboBox;
class QLabel;
class QTableView;
class QTextBrowser;

namespace axp::ui {

class JobCenter;

/// One row per file or circuit of an import.
class ImportEntriesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Outcome, Name, Format, Text, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    void setEntries(std::vector<ImportEntry> entries);
    const ImportEntry& entry(int row) const { return m_entries[static_cast<std::size_t>(row)]; }
    /// What became of it, in one line.
    static QString sentence(const ImportEntry& entry);
    /// All that is known of it, for reading.
    static QString details(const ImportEntry& entry);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<ImportEntry> m_entries;
};

/// Shows some of the entries.
class ImportEntriesFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    enum Kind { All, Imported, Duplicates, Unchanged, Refused, Different, Unexplained, KindCount };
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setKind(Kind kind);
    static bool takes(const ImportEntry& entry, Kind kind);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    Kind m_kind = All;
};

/// What an import came to: counts, one line per file or circuit, all about the selected one.
class ImportSummaryView : public QWidget {
    Q_OBJECT
public:
    explicit ImportSummaryView(JobCenter& jobs, QWidget* parent = nullptr);
    void setSummary(const AcuImportSummary& summary);
    const AcuImportSummary& summary() const { return m_summary; }
    QString headline() const;
    QTableView* table() const { return m_table; }
    QComboBox* kind() const { return m_kind; }
    /// The selected rows, or all that are shown, as tab-separated text.
    QString rowsText() const;

private:
    void showDetails();
    void fillKinds();

    JobCenter& m_jobs;
    AcuImportSummary m_summary;
    ImportEntriesModel* m_model;
    ImportEntriesFilter* m_filter;
    QLabel* m_headline;
    QComboBox* m_kind;
    QTableView* m_table;
    QTextBrowser* m_details;
};

}  // namespace axp::ui
