// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_session.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPointer>

#include <algorithm>

#include "core/jobs/progress_meter.h"

namespace axp::ui {
namespace {

constexpr int kKeptKibibytes = 256 * 1024;

/// What a job reads of a split.
struct Loaded {
    std::shared_ptr<const DataSplit> data;
    std::vector<std::int32_t> labels;  ///< of the whole split; empty without
};

/// What a set of predictions costs in the cache; never so much that it holds fewer than four.
int kibibytes(const Predictions& predictions) {
    const std::size_t bytes = (predictions.probabilities.size() + predictions.classes.size()) * sizeof(float) + predictions.pictures.byteSize();
    return static_cast<int>(std::min<std::size_t>(1 + bytes / 1024, kKeptKibibytes / 4));
}

}  // namespace

QString formName(NetworkForm form) {
    switch (form) {
        case NetworkForm::Fp32: return QCoreApplication::translate("NetworkForm", "FP32");
        case NetworkForm::Quantized: return QCoreApplication::translate("NetworkForm", "Quantized");
        case NetworkForm::Approximate: return QCoreApplication::translate("NetworkForm", "Approximate");
    }
    return {};
}

DataSession::DataSession(Workspace& workspace, QObject* parent)
    : QObject(parent),
      m_workspace(workspace),
      m_split(QString::fromStdString(DataSlice().split)),
      m_count(DataSlice().count),
      m_known(kKeptKibibytes) {
    connect(&workspace, &Workspace::opened, this, &DataSession::restart);
    connect(&workspace, &Workspace::closed, this, &DataSession::restart);
    connect(&workspace, &Workspace::sliceChanged, this, [this] {
        const DataSlice& slice = m_workspace.slice();
        if (slice.offset == 0) choose(QString::fromStdString(slice.split), slice.count);
    });
    connect(&workspace, &Workspace::assignmentChanged, this, &DataSession::showKnown);
    connect(&workspace, &Workspace::calibratedChanged, this, [this] {
        // Other ranges: only what was computed in floating point still holds.
        for (const QString& key : m_known.keys())
            if (!key.startsWith(QLatin1String("fp32\n"))) m_known.remove(key);
        for (const NetworkForm form : {NetworkForm::Quantized, NetworkForm::Approximate}) m_shown[static_cast<std::size_t>(form)].reset();
        showKnown();
        if (std::exchange(m_computeWhenCalibrated, false)) submitPredictions();
    });
    connect(&workspace.jobs(), &JobCenter::changed, this, [this](quint64 id) {
        if (id == 0 || id != m_job) return;
        const JobState state = m_workspace.jobs().job(id).state;
        if (state == JobState::Queued || state == JobState::Running) return;
        m_computeWhenCalibrated = false;
        follow(0);
    });
    restart();
}

void DataSession::activate() {
    if (std::exchange(m_active, true)) return;
    load();
}

void DataSession::restart() {
    m_known.clear();
    m_data.reset();
    m_splitLabels.clear();
    m_labels.clear();
    m_classNames.clear();
    m_shown = {};
    m_shownKeys = {};
    m_confusion = {};
    m_computeWhenCalibrated = false;
    follow(0);
    if (!m_workspace.isOpen()) return setState(State::NoProject);
    if (!m_workspace.dataset()) return setState(State::NoData);
    for (const auto& name : m_workspace.dataset()->classNames()) m_classNames << QString::fromStdString(name);
    while (m_classNames.size() < m_workspace.dataset()->classes()) m_classNames << tr("class %1").arg(m_classNames.size());
    setState(State::Loading);
    load();
}

void DataSession::setState(State state, const QString& problem) {
    m_state = state;
    m_problem = problem;
    emit stateChanged();
}

void DataSession::choose(const QString& split, std::int64_t count) {
    if (split == m_split && count == m_count) return;
    const bool sameSplit = split == m_split;
    m_split = split;
    m_count = count;
    if (m_state == State::NoProject || m_state == State::NoData) return emit stateChanged();
    if (sameSplit && m_state == State::Ready) return cut();
    m_data.reset();
    m_shown = {};
    setState(State::Loading);
    load();
}

void DataSession::reload() {
    if (m_state != State::Failed) return;
    setState(State::Loading);
    load();
}

void DataSession::cut() {
    m_samples = m_count > 0 ? std::min<std::int64_t>(m_count, m_data->size()) : m_data->size();
    m_labels = m_splitLabels;
    m_labels.resize(std::min(m_labels.size(), static_cast<std::size_t>(m_samples)));
    m_shown = {};
    m_shownKeys = {};
    m_confusion = {};
    setState(State::Ready);
    showKnown();
}

void DataSession::load() {
    if (!m_active || m_state == State::NoProject || m_state == State::NoData) return;
    const auto loaded = std::make_shared<Loaded>();
    m_workspace.jobs().read(tr("Read the samples of %1").arg(m_split),
        [dataset = m_workspace.dataset(), split = m_split.toStdString(), loaded](const JobContext&) -> Result<void> {
            AXP_TRY(loaded->data, dataset->split(split));
            if (auto labels = loaded->data->labels(0, loaded->data->size()); labels.ok()) loaded->labels = std::move(labels).value();
            for (const std::int32_t label : loaded->labels)
                if (label < 0 || label >= dataset->classes())
                    return badInput("the label " + std::to_string(label) + " is none of " + std::to_string(dataset->classes()) + " classes",
                                    dataset->name() + ":" + split);
            return {};
        },
        [this, guard = QPointer<DataSession>(this), request = m_split, loaded, engine = m_workspace.engine()](const Result<void>& result) {
            if (!guard || engine != m_workspace.engine() || request != m_split) return;
            if (!result.ok()) return setState(State::Failed, QString::fromStdString(result.error().text()));
            m_data = loaded->data;
            m_splitLabels = std::move(loaded->labels);
            cut();
        });
}

QString DataSession::className(int index) const {
    return index >= 0 && index < m_classNames.size() ? m_classNames[index] : tr("none");
}

DataSlice DataSession::slice() const { return {m_split.toStdString(), 0, m_samples}; }

QString DataSession::key(NetworkForm form) const {
    QString network = QStringLiteral("fp32");
    // An exact assignment is the quantized network: it has the same key and is not computed twice.
    if (form == NetworkForm::Quantized) network = QString::fromStdString(assignmentText({}, m_workspace.graph()));
    if (form == NetworkForm::Approximate) network = QString::fromStdString(assignmentText(m_workspace.assignment(), m_workspace.graph()));
    return network + '\n' + QString::fromStdString(slice().text());
}

void DataSession::showKnown() {
    if (m_state != State::Ready) return;
    for (const NetworkForm form : kNetworkForms) {
        const auto i = static_cast<std::size_t>(form);
        const QString wanted = key(form);
        const PredictionsPtr* known = m_known.object(wanted);
        if (!known || *known == m_shown[i]) {
            if (known) m_shownKeys[i] = wanted;
            continue;
        }
        m_shown[i] = *known;
        m_shownKeys[i] = wanted;
        m_confusion[i] = labelled() && saysClasses() ? ConfusionMatrix(m_labels, m_shown[i]->classes, classes()) : ConfusionMatrix();
    }
    emit predictionsChanged();
}

bool DataSession::saysClasses() const { return !m_workspace.isOpen() || judgesClasses(m_workspace.engine()->metricName()); }

std::string DataSession::metric() const { return m_workspace.isOpen() ? m_workspace.engine()->metricName() : std::string("top1"); }

QString DataSession::facts() const {
    if (!m_workspace.isOpen() || !m_workspace.dataset()) return {};
    QStringList parts{QString::fromStdString(m_workspace.dataset()->name())};
    for (const auto& [name, text] : m_workspace.dataset()->facts()) parts << tr("%1: %2").arg(QString::fromStdString(name), QString::fromStdString(text));
    return parts.join(QStringLiteral("  \u00b7  "));
}

QStringList DataSession::leftOut() const {
    QStringList list;
    if (m_workspace.isOpen() && m_workspace.dataset())
        for (const auto& problem : m_workspace.dataset()->problems()) list << QString::fromStdString(problem);
    return list;
}

PredictionTable DataSession::table() const {
    return {m_labels, {m_shown[0].get(), m_shown[1].get(), m_shown[2].get()}};
}

bool DataSession::stale() const {
    return m_state == State::Ready && predictions(NetworkForm::Approximate) &&
           m_shownKeys[static_cast<std::size_t>(NetworkForm::Approximate)] != key(NetworkForm::Approximate);
}

bool DataSession::complete() const {
    return std::all_of(m_shown.begin(), m_shown.end(), [](const PredictionsPtr& shown) { return shown != nullptr; }) && !stale();
}

std::vector<DataSession::Task> DataSession::missing() const {
    std::vector<Task> tasks;
    for (const NetworkForm form : kNetworkForms) {
        const QString wanted = key(form);
        const bool asked = std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) { return task.key == wanted; });
        if (m_known.contains(wanted) || asked) continue;
        Task task{form, wanted, {}};
        if (form != NetworkForm::Fp32) task.assignment = form == NetworkForm::Quantized ? Assignment() : m_workspace.assignment();
        tasks.push_back(std::move(task));
    }
    return tasks;
}

void DataSession::compute() {
    if (m_state != State::Ready || m_job != 0) return;
    if (m_workspace.calibrated()) return submitPredictions();
    const quint64 job = m_workspace.calibrate();  // 0: refused, and said why
    m_computeWhenCalibrated = job != 0;
    follow(job);
}

void DataSession::submitPredictions() {
    if (m_state != State::Ready) return;
    const std::vector<Task> tasks = missing();
    if (tasks.empty()) return showKnown();
    // Every network's predictions are delivered when they are there: a cancel keeps what was done, and a retry delivers too.
    const auto deliver = [workspace = &m_workspace, guard = QPointer<DataSession>(this), engine = m_workspace.engine()](
                             const QString& key, PredictionsPtr made) {
        QMetaObject::invokeMethod(workspace, [workspace, guard, engine, key, made = std::move(made)] {
            if (guard && workspace->engine() == engine) guard->keep(key, made);
        }, Qt::QueuedConnection);
    };
    const auto work = [engine = m_workspace.engine(), slice = slice(), tasks, deliver](const JobContext& job) -> Result<void> {
        ProgressMeter meter(job, static_cast<std::int64_t>(tasks.size()) * slice.count);
        const auto data = engine->dataset();
        const std::string metric = engine->metricName();
        AXP_TRY(const auto split, data->split(slice.split));
        Tensor reference;  // pictures of all forms are drawn with the scale of the FP32 ones
        if (!judgesClasses(metric) && tasks.front().form != NetworkForm::Fp32) {
            JobContext silent = job;
            silent.onProgress = {};
            AXP_TRY(reference, engine->logits(nullptr, slice, silent));
        }
        for (const Task& task : tasks) {
            job.pausePoint();
            JobContext part = job;
            std::int64_t seen = 0;
            part.onProgress = [&](const Progress& progress) {
                meter.advance(progress.done - seen, formName(task.form).toStdString());
                seen = progress.done;
            };
            AXP_TRY(const Tensor logits, engine->logits(task.assignment ? &*task.assignment : nullptr, slice, part));
            if (task.form == NetworkForm::Fp32) reference = logits;
            AXP_TRY(Predictions made, judgedOutputs(logits, reference, *data, *split, slice.offset, metric));
            deliver(task.key, std::make_shared<const Predictions>(std::move(made)));
        }
        return {};
    };
    const QString title = tr("Predict %1 samples of %2").arg(QLocale().toString(m_samples), m_split);
    const auto done = [this, guard = QPointer<DataSession>(this)](const Result<void>& result) {
        if (guard && !result.ok() && result.error().kind != ErrorKind::Cancelled)
            emit m_workspace.failed(QString::fromStdString(result.error().text()));
    };
    follow(m_workspace.jobs().submit(title, command(), JobCenter::Lane::Engine, work, done));
}

void DataSession::keep(const QString& key, PredictionsPtr predictions) {
    m_known.insert(key, new PredictionsPtr(predictions), kibibytes(*predictions));
    showKnown();
}

void DataSession::follow(quint64 job) {
    if (job == m_job) return;
    m_job = job;
    emit jobChanged();
}

void DataSession::cancel() {
    if (m_job != 0) m_workspace.jobs().cancel(m_job);
}

QString DataSession::command() const {
    if (!m_workspace.isOpen()) return {};
    const auto evaluate = [this](const Assignment& assignment) {
        return QStringLiteral("axplorer-cli evaluate %1 --assign %2 --samples %3 --split %4")
            .arg(shellQuoted(QString::fromStdString(m_workspace.project().path)),
                 shellQuoted(QString::fromStdString(assignmentText(assignment, m_workspace.graph()))),
                 m_count == 0 ? QStringLiteral("all") : QString::number(m_state == State::Ready ? m_samples : m_count), m_split);
    };
    if (m_workspace.assignment().empty()) return evaluate({});
    return evaluate({}) + QStringLiteral(" && ") + evaluate(m_workspace.assignment());
}

}  // namespace axp::ui
