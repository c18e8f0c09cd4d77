// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QHash>
#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "search/run_trace.h"
#include "search/runner.h"
#include "search/validation.h"
#include "ui/bridge/search_settings.h"

namespace axp::ui {

class SearchFeed;
class Workspace;

/// The searches of the open project: starts and resumes them as jobs, lists the runs of the database, and holds what monitors draw of
/// them. Lives in the UI thread; reading the database is done in jobs. Designs that a search finds come into the workspace in batches.
class SearchCenter : public QObject {
    Q_OBJECT
public:
    explicit SearchCenter(Workspace& workspace);
    ~SearchCenter() override;

    /// Submits a search; returns its job, or 0 when nothing can be stored (failed() of the workspace says why). The workspace shows the
    /// search's slice from then on.
    quint64 start(const SearchSettings& settings);
    /// Goes on with a run of the database. One that a living process carries out ends with the sentence that says so.
    quint64 resume(qint64 run);

    /// Measures the exact network and these designs again on the whole of a split ("selection" or "test") in a job; they become
    /// evaluations of the workspace one by one. Returns the job, or 0 when that cannot be done.
    /// `which` says on the command line whose front that is: "--run 3".
    quint64 validate(const std::vector<Assignment>& designs, const QString& split, const QString& which);
    /// Accuracy of a design less that of the exact network on the same samples, for designs that were validated in this window.
    std::optional<Interval> differenceToExact(const QString& configHash, const QString& slice) const;
    /// The whole of a split; nothing when the project has no such data.
    std::optional<DataSlice> wholeSplit(const QString& split) const;

    /// The searches in the database, newest first. Read again when a search begins or ends, and by refresh().
    const std::vector<RunInfo>& runs() const { return m_runs; }
    void refresh();
    /// What is known of a run; null until it was loaded or has begun here. It grows while the run goes on.
    std::shared_ptr<const RunTrace> trace(qint64 run) const;
    /// Reads a run's steps from the database in a job, unless that was done or the run was begun here; traceChanged() follows.
    void load(qint64 run);

    /// The job that carries out a run now, or 0.
    quint64 jobOf(qint64 run) const;
    /// The search that was submitted last and has not ended, or 0.
    quint64 activeJob() const;
    /// The run that began last in this window; 0 when none did.
    qint64 latestRun() const { return m_latest; }
    /// A colour that stays with a run in every view and session.
    static QColor runColour(qint64 run);

signals:
    void runsChanged();
    /// A run has got its number: a new one or a resumed one.
    void runBegan(qint64 run);
    /// Steps came in; at most about 15 times a second.
    void traceChanged(qint64 run);
    /// A validation was submitted.
    void validating(const QString& split);
    /// A search was submitted or has ended.
    void activeChanged();

private:
    struct Active;
    using Make = std::function<Result<SearchResult>(SearchFeed&, const JobContext&)>;
    quint64 submit(const QString& title, const QString& command, Make make);
    void collect();
    void collectFrom(Active& active, bool& more);
    void ended(quint64 job, const Result<void>& result);
    void forget();

    Workspace& m_workspace;
    std::vector<RunInfo> m_runs;
    std::map<qint64, std::shared_ptr<RunTrace>> m_traces;
    std::set<qint64> m_loading;
    std::vector<std::unique_ptr<Active>> m_active;
    QHash<QString, Interval> m_differences;  ///< by configuration hash and slice
    qint64 m_latest = 0;
    QTimer m_timer;
    bool m_refreshing = false, m_refreshAgain = false;
};

}  // namespace axp::ui
