// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/results_model.h"

#include <QColor>
#include <QLocale>

#include <algorithm>
#include <cmath>

#include "core/eval/metrics.h"
#include "ui/bridge/job_center.h"

namespace axp::ui {
namespace {

constexpr int kPage = 128;                 // rows fetched at a time
constexpr int kKept = 64 * kPage;          // fetched rows that are kept
constexpr int kRefreshMilliseconds = 250;  // after something was stored

ResultColumn sortColumn(int column) {
    switch (column) {
    case ResultsModel::Metric: return ResultColumn::Metric;
    case ResultsModel::Power: return ResultColumn::Power;
    case ResultsModel::Rmse: return ResultColumn::Rmse;
    case ResultsModel::Samples: return ResultColumn::Samples;
    case ResultsModel::Slice: return ResultColumn::Slice;
    case ResultsModel::Assignment: return ResultColumn::Assignment;
    case ResultsModel::Strategy: return ResultColumn::Strategy;
    case ResultsModel::Seconds: return ResultColumn::Seconds;
    case ResultsModel::Origin: return ResultColumn::Origin;
    case ResultsModel::Run: return ResultColumn::Run;
    case ResultsModel::Created: return ResultColumn::Created;
    case ResultsModel::Tags: return ResultColumn::Tags;
    case ResultsModel::Note: return ResultColumn::Note;
    default: return ResultColumn::Id;
    }
}

bool isNumber(int column) {
    return column <= ResultsModel::Samples || column == ResultsModel::Seconds || column == ResultsModel::Run;
}

}  // namespace

struct ResultsModel::Answer {
    std::shared_ptr<Ids> ids = std::make_shared<Ids>();
    std::shared_ptr<RowOf> rowOf = std::make_shared<RowOf>();
    qint64 total = 0;
    QStringList slices;
};

QString resultColumnTitle(int column) {
    switch (column) {
    case ResultsModel::Metric: return ResultsModel::tr("Metric");
    case ResultsModel::Power: return ResultsModel::tr("Power");
    case ResultsModel::Rmse: return ResultsModel::tr("RMSE");
    case ResultsModel::Samples: return ResultsModel::tr("Samples");
    case ResultsModel::Slice: return ResultsModel::tr("Slice");
    case ResultsModel::Assignment: return ResultsModel::tr("Assignment");
    case ResultsModel::Strategy: return ResultsModel::tr("Strategy");
    case ResultsModel::Seconds: return ResultsModel::tr("Time");
    case ResultsModel::Origin: return ResultsModel::tr("Origin");
    case ResultsModel::Run: return ResultsModel::tr("Run");
    case ResultsModel::Created: return ResultsModel::tr("Stored");
    case ResultsModel::Tags: return ResultsModel::tr("Tags");
    case ResultsModel::Note: return ResultsModel::tr("Notes");
    default: return {};
    }
}

ResultsModel::ResultsModel(QObject* parent) : QAbstractTableModel(parent) {
    m_fetchTimer.setSingleShot(true);
    m_fetchTimer.setInterval(0);
    connect(&m_fetchTimer, &QTimer::timeout, this, &ResultsModel::fetchWanted);
    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(kRefreshMilliseconds);
    connect(&m_refreshTimer, &QTimer::timeout, this, &ResultsModel::ask);
    connect(&m_worker, &ResultsWorker::failed, this, [this](const QString& message) {
        m_asking = false;
        m_fetching.clear();
        emit failed(message);
    });
}

void ResultsModel::setSource(std::shared_ptr<ProjectEngine> engine) {
    m_engine = std::move(engine);
    beginResetModel();
    m_ids = std::make_shared<Ids>();
    m_rowOf = std::make_shared<RowOf>();
    m_rows.clear();
    m_wanted.clear();
    m_fetching.clear();
    m_slices.clear();
    m_total = 0;
    m_loaded = m_asking = m_askAgain = false;
    endResetModel();
    m_worker.setDatabase(m_engine ? m_engine->project().databasePath() : std::string());
    if (m_engine) ask();
    else emit updated();
}

void ResultsModel::setQuery(const ResultQuery& query) {
    if (query == m_query) return;
    m_query = query;
    ++m_generation;
    if (m_engine) ask();
}

void ResultsModel::sort(int column, Qt::SortOrder order) {
    ResultQuery query = m_query;
    query.sort = sortColumn(column);
    query.descending = order == Qt::DescendingOrder;
    setQuery(query);
}

void ResultsModel::refresh() {
    if (m_engine && !m_refreshTimer.isActive()) m_refreshTimer.start();
}

void ResultsModel::ask() {
    if (!m_engine) return;
    m_askAgain = m_asking;
    if (m_asking) return;  // one at a time: while the user types only the last query matters
    m_asking = true;
    m_worker.submit([this, query = m_query, generation = m_generation](ResultReader* reader) -> Result<ResultsWorker::Reply> {
        const auto answer = std::make_shared<Answer>();
        if (reader) {
            AXP_TRY(*answer->ids, reader->ids(query));
            AXP_TRY(answer->total, reader->count({}));
            AXP_TRY(const auto slices, reader->slices());
            for (const auto& slice : slices) answer->slices << QString::fromStdString(slice);
            answer->rowOf->reserve(qsizetype(answer->ids->size()));
            for (std::size_t i = 0; i < answer->ids->size(); ++i) answer->rowOf->insert((*answer->ids)[i], int(i));
        }
        return ResultsWorker::Reply([this, answer, generation] {
            m_asking = false;
            if (generation == m_generation) take(*answer);
            if (m_askAgain) ask();
        });
    });
}

void ResultsModel::take(const Answer& answer) {
    const Ids& now = *answer.ids;
    const bool grown = now.size() >= m_ids->size() && std::equal(m_ids->begin(), m_ids->end(), now.begin());
    const auto adopt = [&] {
        m_ids = answer.ids;
        m_rowOf = answer.rowOf;
    };
    if (!grown) {
        beginResetModel();
        adopt();
        m_fetching.clear();
        endResetModel();
    } else if (now.size() > m_ids->size()) {
        beginInsertRows({}, int(m_ids->size()), int(now.size()) - 1);
        adopt();
        endInsertRows();
    }
    m_total = answer.total;
    m_slices = answer.slices;
    m_loaded = true;
    emit updated();
}

const ResultsModel::Row* ResultsModel::rowAt(int row) const {
    const auto found = m_rows.constFind(idAt(row));
    return found == m_rows.constEnd() ? nullptr : &*found;
}

void ResultsModel::want(int row) const {
    const int page = row / kPage;
    if (m_fetching.contains(page)) return;
    m_wanted.insert(page);
    m_fetchTimer.start();
}

void ResultsModel::fetchWanted() {
    const QSet<int> pages = std::exchange(m_wanted, {});
    for (const int page : pages) {
        const std::size_t first = std::size_t(page) * kPage, end = std::min(first + kPage, m_ids->size());
        if (first >= end || !m_engine) continue;
        m_fetching.insert(page);
        m_worker.submit([this, page, wanted = Ids(m_ids->begin() + long(first), m_ids->begin() + long(end)),
                         engine = m_engine](ResultReader* reader) -> Result<ResultsWorker::Reply> {
            if (!reader) return ResultsWorker::Reply();
            AXP_TRY(auto found, reader->rows(wanted));
            const auto rows = std::make_shared<std::vector<Row>>();
            for (ResultRow& row : found) {
                const QString text = QString::fromStdString(assignmentText(row.evaluation.assignment, engine->graph()));
                rows->push_back({std::move(row), text});
            }
            for (const std::int64_t id : wanted) {  // deleted since: asked for once, not for ever
                if (std::any_of(rows->begin(), rows->end(), [id](const Row& row) { return row.result.evaluation.id == id; })) continue;
                rows->push_back({{}, ResultsModel::tr("deleted meanwhile")});
                rows->back().result.evaluation.id = id;
            }
            return ResultsWorker::Reply([this, page, rows] {
                if (m_rows.size() > kKept) m_rows.clear();  // what is in sight is asked for again at once
                for (Row& row : *rows) m_rows.insert(row.result.evaluation.id, std::move(row));
                m_fetching.remove(page);
                const int top = page * kPage, bottom = std::min(top + kPage, rowCount()) - 1;
                if (bottom >= top) emit dataChanged(index(top, 0), index(bottom, ColumnCount - 1));
            });
        });
    }
}

QVariant ResultsModel::display(const Row& row, int column) const {
    const Evaluation& evaluation = row.result.evaluation;
    const QLocale numbers;
    switch (column) {
    case Metric: return metricIsFraction(evaluation.metricName) ? numbers.toString(evaluation.metric * 100, 'f', 2) + QStringLiteral(" %")
                                                               : QString::fromStdString(metricText(evaluation.metricName, evaluation.metric));
    case Power: return evaluation.powerRelative ? numbers.toString(*evaluation.powerRelative, 'f', 4) : QString();
    case Rmse: return std::isnan(evaluation.rmse) ? QString() : numbers.toString(evaluation.rmse, 'g', 4);
    case Samples: return numbers.toString(qlonglong(evaluation.samples));
    case Slice: return QString::fromStdString(evaluation.slice);
    case Assignment: return row.assignment;
    case Strategy: return QString::fromStdString(evaluation.strategy);
    case Seconds: return durationText(evaluation.seconds);
    case Origin: return QString::fromStdString(evaluation.origin);
    case Run: return evaluation.run > 0 ? QVariant(qlonglong(evaluation.run)) : QVariant(QString());
    case Created: return QString::fromStdString(row.result.created).replace('T', ' ').remove('Z');
    case Tags: return QString::fromStdString(row.result.annotation.tags);
    case Note: return QString::fromStdString(row.result.annotation.note).section('\n', 0, 0);
    default: return {};
    }
}

Qt::ItemFlags ResultsModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    const bool text = index.column() == Tags || index.column() == Note;
    return index.isValid() && text && m_editable && rowAt(index.row()) ? flags | Qt::ItemIsEditable : flags;
}

bool ResultsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable)) return false;
    if (value.toString() == index.data(Qt::EditRole).toString()) return true;
    AnnotationChange change;
    (index.column() == Tags ? change.tags : change.note) = (index.column() == Tags ? value.toString().simplified() : value.toString()).toStdString();
    const std::vector<std::int64_t> ids{idAt(index.row())};
    showAnnotation(ids, change);
    emit annotationEdited(ids, change);
    return true;
}

void ResultsModel::showAnnotation(const std::vector<std::int64_t>& ids, const AnnotationChange& change) {
    for (const std::int64_t id : ids) {
        const auto found = m_rows.find(id);
        if (found == m_rows.end()) continue;
        Annotation& annotation = found->result.annotation;
        annotation = {change.note.value_or(annotation.note), change.tags.value_or(annotation.tags), change.hidden.value_or(annotation.hidden)};
        if (const int row = rowOf(id); row >= 0) emit dataChanged(this->index(row, 0), this->index(row, ColumnCount - 1));
    }
}

QVariant ResultsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    if (role == Qt::TextAlignmentRole) return int((isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    const Row* row = rowAt(index.row());
    if (role == Qt::ForegroundRole && row && row->result.annotation.hidden) return QColor(Qt::gray);
    if (role == Qt::EditRole && row && index.column() == Note) return QString::fromStdString(row->result.annotation.note);
    if (role == Qt::EditRole && row) return display(*row, index.column());
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole) return {};
    if (!row) {
        if (role == Qt::DisplayRole) want(index.row());
        return {};
    }
    if (role == Qt::ToolTipRole) {
        if (index.column() == Created) return tr("Coordinated universal time");
        if (index.column() == Note) return QString::fromStdString(row->result.annotation.note);
        if (index.column() == Assignment) return QString(row->assignment).replace(',', '\n');
        return index.column() == Slice || index.column() == Strategy ? display(*row, index.column()) : QVariant();
    }
    return display(*row, index.column());
}

QVariant ResultsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Vertical) return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
    if (role == Qt::DisplayRole) return resultColumnTitle(section);
    if (role == Qt::TextAlignmentRole) return int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::ToolTipRole) return {};
    switch (section) {
    case Power: return tr("Relative power of the multipliers; 1 is everything exact");
    case Rmse: return tr("Root mean square error of the logits against the network in floating point");
    case Strategy: return tr("How the emulator computed it");
    case Tags: return tr("Words of your own; the filter finds them. F2 or a double click edits");
    case Note: return tr("Your notes; the filter finds them. F2 or a double click edits");
    case Run: return tr("The sweep or search that computed it");
    default: return tr("Click to sort by this column");
    }
}

}  // namespace axp::ui
