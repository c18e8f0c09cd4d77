// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QObject>
#include <QStringList>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/eval/evaluation.h"
#include "core/jobs/context.h"
#include "core/store/query.h"

namespace axp::ui {

class Workspace;

/// What one ACU does at one site when everything else is exact.
struct SiteSensitivity {
    double rmse = 0;             ///< of the logits against the FP32 network
    double metric = 0;
    std::optional<double> drop;  ///< the exact design's metric - this one's; nothing while the exact design is not measured
    std::string metricName = "top1";
};

/// Sensitivities measured on one slice of the data.
struct SensitivityTable {
    QString slice;                    ///< Evaluation::slice
    QStringList acus;                 ///< that have a figure somewhere
    std::optional<Evaluation> exact;  ///< the exact design on this slice
    QHash<QString, std::map<QString, SiteSensitivity>> sites;  ///< site id -> ACU -> figures

    bool empty() const { return sites.isEmpty(); }
    std::optional<SiteSensitivity> at(const QString& site, const QString& acu) const;
    /// Takes an evaluation of the exact design or of one ACU at one site; others are left alone.
    void take(const Evaluation& evaluation);
};

/// What the database knows, for today's ranges and tables: rows of another calibration are left out. `candidates`: ACUs to look for at all
/// sites besides those that the rows name, because a row carries the name of the first of several equal tables. The slice is `preferred`
/// when there is something for it, else the one with the most figures. For jobs, where the evaluator may be used.
Result<SensitivityTable> readSensitivities(ResultReader& reader, const Evaluator& evaluator, const std::vector<std::string>& sites,
                                           const std::vector<std::string>& candidates, const std::string& preferred, const JobContext& job);

/// What is to be measured.
struct SensitivityRequest {
    QStringList acus;
    QStringList sites;  ///< ids; a node stands for its heads; empty: all
    bool heads = true;  ///< attention products head by head
    DataSlice slice;
};

/// The sensitivities of the open project: read from the database at opening, measured on demand. Lives in the UI thread.
class Sensitivity : public QObject {
    Q_OBJECT
public:
    explicit Sensitivity(Workspace& workspace);

    const SensitivityTable& table() const { return m_table; }
    /// The ACU whose figures views show; empty when there are none.
    const QString& acu() const { return m_acu; }
    void setAcu(const QString& acu);
    /// Of the ACU shown. A node of which only heads were measured has the figures of its most sensitive head.
    std::optional<SiteSensitivity> at(const QString& site) const;

    /// Starts a job (and calibrates before it when necessary) that stores every evaluation; known ones are not computed again, so that
    /// the same request goes on where a cancelled one stopped. changed() follows with every figure. Returns the job's id, 0: refused.
    quint64 measure(const SensitivityRequest& request);
    /// Numbers of evaluations that a request asks for, the exact design included.
    std::int64_t evaluations(const SensitivityRequest& request) const;
    /// Reads the database again, in a job.
    void reload();

signals:
    void changed();

private:
    struct Inbox;
    void clear();
    void adopt(SensitivityTable table);
    void findWorstHeads();
    void deliver(const std::shared_ptr<Inbox>& inbox);
    QString commandOf(const SensitivityRequest& request) const;

    Workspace& m_workspace;
    SensitivityTable m_table;
    QString m_acu;
    QHash<QString, SiteSensitivity> m_worstHead;  ///< by node, to m_acu
    QString m_preferred;  ///< slice whose figures are wanted: that of the window, or the one measured last
};

/// "RMSE 0.1524, 1.56 points lost"
QString sensitivityText(const SiteSensitivity& sensitivity);

}  // namespace axp::ui
