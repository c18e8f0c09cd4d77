// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCache>
#include <QObject>
#include <QStringList>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/eval/predictions.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// The samples that the panel shows and what the three networks say about them, without widgets. Samples are read when activate() was
/// called, predictions are computed when compute() is called; both in jobs. Predictions are kept by (assignment, slice), so that an undo
/// brings back what was computed. Lives in the UI thread.
class DataSession : public QObject {
    Q_OBJECT
public:
    using PredictionsPtr = std::shared_ptr<const Predictions>;
    enum class State { NoProject, NoData, Loading, Failed, Ready };

    explicit DataSession(Workspace& workspace, QObject* parent = nullptr);

    /// From now on the samples of open projects are read.
    void activate();
    /// `count` 0: all samples of the split. Counts beyond the split's size are cut.
    void choose(const QString& split, std::int64_t count);

    /// Reads the samples again after a failure.
    void reload();

    State state() const { return m_state; }
    /// Why the state is Failed; what to do about it.
    const QString& problem() const { return m_problem; }
    const QString& split() const { return m_split; }
    /// As chosen: 0 for all.
    std::int64_t count() const { return m_count; }
    // Valid in the state Ready.
    std::int64_t splitSize() const { return m_data->size(); }
    std::shared_ptr<const DataSplit> data() const { return m_data; }
    std::int64_t samples() const { return m_samples; }
    /// Whether the samples have labels.
    bool labelled() const { return !m_labels.empty(); }
    int classes() const { return static_cast<int>(m_classNames.size()); }
    /// "class 12" when the data do not name it, "none" beyond the classes.
    QString className(int index) const;
    const QStringList& classNames() const { return m_classNames; }

    /// Null as long as they are not computed. Those of the assignment may be of an earlier one: stale().
    const Predictions* predictions(NetworkForm form) const { return m_shown[static_cast<std::size_t>(form)].get(); }
    PredictionsPtr shared(NetworkForm form) const { return m_shown[static_cast<std::size_t>(form)]; }
    /// Whether networks say classes of the samples; otherwise they have a score, and often pictures.
    bool saysClasses() const;
    /// Name of the project's metric.
    std::string metric() const;
    /// What was done to the samples, a line each, and how many files were left out.
    QString facts() const;
    QStringList leftOut() const;
    /// Labels and predictions; refers to this session and holds until the next signal.
    PredictionTable table() const;
    const ConfusionMatrix& confusion(NetworkForm form) const { return m_confusion[static_cast<std::size_t>(form)]; }
    /// Predictions of an earlier assignment are shown as approximate.
    bool stale() const;
    /// All three are there, of the current assignment.
    bool complete() const;

    /// Computes what is missing, calibrating first when necessary.
    void compute();
    /// The job that computes or calibrates for compute(); 0: none.
    quint64 job() const { return m_job; }
    void cancel();
    /// The accuracy figures from the command line; empty without a project.
    QString command() const;

signals:
    void stateChanged();
    /// One or more of predictions(), stale(), complete() changed.
    void predictionsChanged();
    /// job() changed.
    void jobChanged();

private:
    struct Task {
        NetworkForm form;
        QString key;
        std::optional<Assignment> assignment;  ///< none: FP32
    };
    void load();
    /// Takes the chosen number of samples of the split.
    void cut();
    void setState(State state, const QString& problem = {});
    void restart();
    QString key(NetworkForm form) const;
    DataSlice slice() const;
    void showKnown();
    std::vector<Task> missing() const;
    void submitPredictions();
    void follow(quint64 job);
    void keep(const QString& key, PredictionsPtr predictions);

    Workspace& m_workspace;
    State m_state = State::NoProject;
    QString m_problem, m_split;
    std::int64_t m_count = 0, m_samples = 0;
    bool m_active = false, m_computeWhenCalibrated = false;
    quint64 m_job = 0;
    std::shared_ptr<const DataSplit> m_data;
    std::vector<std::int32_t> m_splitLabels, m_labels;  ///< of the split, of the samples; empty without labels
    QStringList m_classNames;
    QCache<QString, PredictionsPtr> m_known;  ///< cost in KiB
    std::array<PredictionsPtr, kNetworkForms.size()> m_shown;
    std::array<QString, kNetworkForms.size()> m_shownKeys;
    std::array<ConfusionMatrix, kNetworkForms.size()> m_confusion;
};

/// "FP32", "Quantized", "Approximate"
QString formName(NetworkForm form);

}  // namespace axp::ui
