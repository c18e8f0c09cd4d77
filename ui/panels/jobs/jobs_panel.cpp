// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/jobs/jobs_panel.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QPainter>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolBar>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/panels/jobs/jobs_model.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/view_text.h"

namespace axp::ui {
namespace {

/// A thin bar behind the percentage.
class ProgressDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const double fraction = index.data(JobsModel::kFractionRole).toDouble();
        if (fraction > 0) {
            QRectF bar = QRectF(option.rect).adjusted(3, option.rect.height() - 6, -3, -2);
            painter->fillRect(bar, option.palette.color(QPalette::Mid));
            bar.setWidth(bar.width() * std::min(1.0, fraction));
            painter->fillRect(bar, option.palette.color(QPalette::Highlight));
        }
        QStyledItemDelegate::paint(painter, option, index);
    }
};

class JobsPanel : public QWidget {
public:
    JobsPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), m_center(workspace.jobs()), m_model(m_center) {
        setAccessibleName(tr("Jobs"));
        m_table.setModel(&m_model);
        m_table.setAccessibleName(tr("Job queue"));
        m_table.setSelectionBehavior(QAbstractItemView::SelectRows);
        m_table.setShowGrid(false);
        m_table.setAlternatingRowColors(true);
        m_table.verticalHeader()->hide();
        m_table.verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
        m_table.setItemDelegateForColumn(JobsModel::kProgress, new ProgressDelegate(this));
        m_table.horizontalHeader()->setStretchLastSection(true);
        m_table.setColumnWidth(JobsModel::kTitle, 280);
        m_table.setContextMenuPolicy(Qt::ActionsContextMenu);
        m_log.setReadOnly(true);
        m_log.setAccessibleName(tr("Log of the selected job"));
        m_log.setPlaceholderText(tr("The log of the selected job appears here. Evaluations, imports and searches run as jobs."));

        m_pause = action(tr("Pause"), QKeySequence(Qt::Key_Space), [this] { pauseOrResume(); });
        m_cancel = action(tr("Cancel"), QKeySequence(Qt::Key_Delete), [this] { forSelected([this](quint64 id) { m_center.cancel(id); }); });
        m_retry = action(tr("Retry"), QKeySequence(Qt::CTRL | Qt::Key_R), [this] { forSelected([this](quint64 id) { m_center.retry(id); }); });
        m_copy = action(tr("Copy as command"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] { copyCommand(); });
        QAction* pause = action(tr("Pause queue"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Space), [] {});
        pause->setCheckable(true);
        pause->setToolTip(tr("Hold queued jobs back; running ones go on"));
        connect(pause, &QAction::toggled, this, [this](bool on) { m_center.setPaused(on); });
        action(tr("Clear ended"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Delete), [this] { m_center.clearEnded(); })->setObjectName("clearEnded");
        m_bar.addActions(actions());
        action(tr("Copy rows"), QKeySequence::Copy, [this] { QApplication::clipboard()->setText(viewText(m_table, '\t', true)); });
        action(tr("Save rows as CSV..."), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), [this] {
            saveText(this, m_center, tr("jobs.csv"), tr("Table (*.csv)"), viewText(m_table, ',').toUtf8());
        });
        m_bar.setToolButtonStyle(Qt::ToolButtonTextOnly);

        auto* splitter = new QSplitter(Qt::Horizontal, this);
        splitter->addWidget(&m_table);
        splitter->addWidget(&m_log);
        splitter->setStretchFactor(0, 3);
        splitter->setStretchFactor(1, 2);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(0);
        layout->addWidget(&m_bar);
        layout->addWidget(splitter);
        connect(m_table.selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] { refresh(); });
        connect(&m_model, &QAbstractItemModel::dataChanged, this, [this] { refresh(); });
        refresh();
    }
    ~JobsPanel() override { m_table.setModel(nullptr); }

private:
    template <class Run>
    QAction* action(const QString& text, const QKeySequence& key, Run run) {
        auto* a = new QAction(text, this);
        a->setShortcut(key);
        a->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(a, &QAction::triggered, this, run);
        addAction(a);
        m_table.addAction(a);
        return a;
    }

    std::vector<quint64> selected() const {
        std::vector<quint64> ids;
        for (const auto& index : m_table.selectionModel()->selectedRows()) ids.push_back(index.data(JobsModel::kIdRole).toULongLong());
        return ids;
    }
    template <class Visit>
    void forSelected(Visit visit) {
        for (const quint64 id : selected()) visit(id);
    }
    /// Resumes when all that can be paused among the selected jobs is.
    bool resumes() const {
        const auto ids = selected();
        return std::any_of(ids.begin(), ids.end(), [this](quint64 id) { return isPaused(m_center.job(id)); }) &&
               std::none_of(ids.begin(), ids.end(), [this](quint64 id) { return m_center.job(id).pausable && !isPaused(m_center.job(id)); });
    }
    static bool isPaused(const JobView& view) { return view.hold == JobView::Hold::Asked || view.hold == JobView::Hold::Paused; }
    void pauseOrResume() {
        const bool resume = resumes();
        forSelected([this, resume](quint64 id) {
            if (resume) m_center.resume(id);
            else if (m_center.job(id).pausable) m_center.pause(id);
        });
    }
    void copyCommand() {
        QStringList lines;
        forSelected([&](quint64 id) { lines << m_center.job(id).command; });
        lines.removeAll(QString());
        if (!lines.isEmpty()) QApplication::clipboard()->setText(lines.join('\n'));
    }
    void refresh() {
        const auto ids = selected();
        bool running = false, ended = false, command = false, pausable = false;
        for (const quint64 id : ids) {
            const JobView view = m_center.job(id);
            const bool isActive = view.state == JobState::Queued || view.state == JobState::Running;
            running = running || isActive;
            pausable = pausable || view.pausable;
            ended = ended || !isActive;
            command = command || !view.command.isEmpty();
        }
        m_pause->setEnabled(pausable);
        m_pause->setText(resumes() ? tr("Resume") : tr("Pause"));
        m_pause->setToolTip(running && !pausable ? tr("This job runs in one go; it can be cancelled") : tr("Stands still after the step it is at; what is done is kept"));
        m_cancel->setEnabled(running);
        m_retry->setEnabled(ended);
        m_copy->setEnabled(command);
        m_copy->setToolTip(command || ids.empty() ? tr("The same work on the command line") : tr("The command line has no counterpart of this job"));
        const QStringList lines = ids.size() == 1 ? m_center.log(ids.front()) : QStringList();
        QString text = lines.join('\n');
        if (ids.size() == 1 && m_center.job(ids.front()).state == JobState::Failed) text += '\n' + m_center.job(ids.front()).message;
        if (text != m_log.toPlainText()) m_log.setPlainText(text);
    }

    JobCenter& m_center;
    JobsModel m_model;
    QTableView m_table;
    QPlainTextEdit m_log;
    QToolBar m_bar;
    QAction *m_pause = nullptr, *m_cancel = nullptr, *m_retry = nullptr, *m_copy = nullptr;
};

}  // namespace

QWidget* makeJobsPanel(Workspace& workspace, QWidget* parent) { return new JobsPanel(workspace, parent); }

}  // namespace axp::ui
