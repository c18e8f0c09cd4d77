// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>

#include <memory>
#include <vector>

#include "ui/bridge/job_center.h"
#include "ui/panels/library/error_figures.h"

namespace axp::ui {

/// Computes figures and error maps of ACUs in background jobs, one ACU after the other. What the user looks at goes first. Results
/// are kept by table, so that two ACUs with the same products cost one computation. Lives in the UI thread.
class FigureQueue : public QObject {
    Q_OBJECT
public:
    explicit FigureQueue(JobCenter& jobs, QObject* parent = nullptr);
    ~FigureQueue() override;

    /// Who is asked for strategies from now on; called in jobs.
    void setStrategyOf(StrategyOf strategyOf);
    /// Figures of many ACUs, in this order, after what was asked before.
    void requestErrors(const std::vector<AcuPtr>& acus);
    /// Figures of one ACU before anything else.
    void requestErrorsFirst(const AcuPtr& acu);
    /// The map of one ACU before anything else; maps asked for earlier that have not begun are dropped.
    void requestMap(const AcuPtr& acu);
    void cancel();
    /// Goes on with what cancel() left.
    void resume();
    /// Forgets what has not begun.
    void clear();

    struct Status {
        bool working = false;
        int done = 0, total = 0;  ///< of the batch that is running
        int stopped = 0;          ///< ACUs left by a cancelled job
    };
    Status status() const;

signals:
    void errorsReady(const axp::AcuPtr& acu, const axp::ui::AcuErrorsPtr& errors);
    void mapReady(const axp::AcuPtr& acu, const axp::ui::ErrorMapPtr& map);
    void failed(const axp::AcuPtr& acu, const QString& message);
    void statusChanged();

private:
    struct Shared;
    void start();

    JobCenter& m_jobs;
    std::shared_ptr<Shared> m_shared;
    quint64 m_job = 0;
};

}  // namespace axp::ui
