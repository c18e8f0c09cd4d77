// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QHash>
#include <QSet>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

#include "core/graph/graph.h"
#include "core/project/engine.h"
#include "core/store/query.h"
#include "ui/panels/results/results_worker.h"

namespace axp::ui {

/// The evaluations of a database as a table: the order is a list of row ids, the rows that are looked at are fetched in pages. Sorting and
/// filtering are done by the database, reading in a thread; a cell that has not arrived is empty for a moment.
class ResultsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Metric, Power, Rmse, Samples, Slice, Assignment, Strategy, Seconds, Origin, Run, Created, Tags, Note, ColumnCount };
    struct Row {
        ResultRow result;
        QString assignment;  ///< as text
    };

    explicit ResultsModel(QObject* parent = nullptr);

    /// `engine` gives the graph for the texts of assignments; null closes.
    void setSource(std::shared_ptr<ProjectEngine> engine);
    void setQuery(const ResultQuery& query);
    const ResultQuery& query() const { return m_query; }
    /// Something was stored: asks the database again, soon.
    void refresh();
    /// The first answer has come since setSource().
    bool loaded() const { return m_loaded; }
    qint64 total() const { return m_total; }
    const QStringList& slices() const { return m_slices; }
    ResultsWorker& worker() { return m_worker; }
    std::shared_ptr<ProjectEngine> engine() const { return m_engine; }

    std::int64_t idAt(int row) const { return (*m_ids)[std::size_t(row)]; }
    /// -1 when the row is not in the table.
    int rowOf(std::int64_t id) const { return m_rowOf->value(id, -1); }
    /// Null when it has not been fetched.
    const Row* rowAt(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(m_ids->size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Tags and notes can be edited; annotationEdited() follows.
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// Shows a change at once in the rows that have been fetched.
    void showAnnotation(const std::vector<std::int64_t>& ids, const AnnotationChange& change);
    void setEditable(bool editable) { m_editable = editable; }
    void sort(int column, Qt::SortOrder order) override;

signals:
    /// An answer has come: rows, total() and slices() are new.
    void updated();
    void failed(const QString& message);
    /// To be stored.
    void annotationEdited(const std::vector<std::int64_t>& ids, const AnnotationChange& change);

private:
    using Ids = std::vector<std::int64_t>;
    using RowOf = QHash<std::int64_t, int>;
    struct Answer;
    void ask();
    void take(const Answer& answer);
    void want(int row) const;
    void fetchWanted();
    QVariant display(const Row& row, int column) const;

    std::shared_ptr<ProjectEngine> m_engine;
    ResultQuery m_query;
    std::shared_ptr<const Ids> m_ids = std::make_shared<Ids>();
    std::shared_ptr<const RowOf> m_rowOf = std::make_shared<RowOf>();
    qint64 m_total = 0;
    QStringList m_slices;
    bool m_loaded = false;
    bool m_asking = false, m_askAgain = false;
    bool m_editable = true;
    quint64 m_generation = 0;  ///< of the query; an answer to an older one is dropped

    mutable QHash<std::int64_t, Row> m_rows;       ///< fetched
    mutable QSet<int> m_wanted, m_fetching;        ///< pages
    mutable QTimer m_fetchTimer;
    QTimer m_refreshTimer;
    ResultsWorker m_worker;  ///< last: its thread ends first
};

/// Title of a column.
QString resultColumnTitle(int column);

}  // namespace axp::ui
