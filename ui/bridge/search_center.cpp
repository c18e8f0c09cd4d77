// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/search_center.h"

#include <QMetaObject>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/graph/sites.h"
#include "search/algorithm.h"
#include "ui/bridge/search_feed.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

constexpr int kCollectMilliseconds = 66;
constexpr std::size_t kBatch = 1500;  // steps taken over in one go: a few milliseconds

/// The searches of a database that need not exist, newest first.
Result<std::vector<RunInfo>> readRuns(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::vector<RunInfo>();
    AXP_TRY(const auto store, Store::open(path, Store::Mode::ReadOnly));
    AXP_TRY(std::vector<RunInfo> runs, store->runs());
    std::erase_if(runs, [](const RunInfo& run) { return !findSearchAlgorithm(run.algorithm).ok(); });
    std::sort(runs.begin(), runs.end(), [](const RunInfo& a, const RunInfo& b) { return a.id > b.id; });
    return runs;
}

/// Relative power by the project's figures, without the engine, which may be busy.
std::function<std::optional<double>(const Assignment&)> powerOf(const Workspace& workspace) {
    return [engine = workspace.engine(), library = workspace.library(), leaves = workspace.leaves(),
            reference = workspace.project().referencePowerMw](const Assignment& assignment) -> std::optional<double> {
        const auto perLeaf = resolveAssignment(assignment, engine->graph(), library);
        return perLeaf.ok() ? relativePower(*perLeaf, leaves, reference) : std::nullopt;
    };
}

}  // namespace

/// A search that was submitted and has not ended.
struct SearchCenter::Active {
    quint64 job = 0;
    qint64 run = 0;  ///< 0 until it has begun
    std::shared_ptr<SearchFeed> feed;
};

SearchCenter::SearchCenter(Workspace& workspace) : QObject(nullptr), m_workspace(workspace) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(kCollectMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &SearchCenter::collect);
    connect(&workspace, &Workspace::opened, this, [this] {
        forget();
        refresh();
    });
    connect(&workspace, &Workspace::closed, this, &SearchCenter::forget);
}

SearchCenter::~SearchCenter() = default;

void SearchCenter::forget() {
    m_runs.clear();
    m_traces.clear();
    m_differences.clear();
    m_loading.clear();
    m_active.clear();
    m_latest = 0;
    emit runsChanged();
    emit activeChanged();
}

quint64 SearchCenter::start(const SearchSettings& settings) {
    if (!m_workspace.isOpen()) return 0;
    const QString name = QString::fromStdString(settings.algorithm);
    const QString title = settings.budget > 0 ? tr("Search by %1, %L2 evaluations").arg(name).arg(settings.budget)
                                              : tr("Search by %1, %2").arg(name, durationText(settings.seconds));
    const quint64 job =
        submit(title, searchCommand(settings, m_workspace.project()), [settings](SearchFeed& feed, const JobContext& context) {
            return feed.run(
                [&](ProjectEngine& engine, Evaluator& evaluator, Store&) {
                    return projectProblem(engine.project(), engine.graph(), engine.library(), evaluator, settings.problem);
                },
                [&](Store&) -> Result<SearchRequest> {
                    SearchRequest request;
                    request.algorithm = settings.algorithm;
                    request.parameters = settings.parameters;
                    request.seed = settings.seed;
                    request.budget = settings.budget;
                    request.seconds = settings.seconds;
                    return request;
                },
                context);
        });
    if (job) m_workspace.setSlice(settings.problem.slice);
    return job;
}

quint64 SearchCenter::resume(qint64 run) {
    if (!m_workspace.isOpen()) return 0;
    return submit(tr("Resume run %1").arg(run), resumeCommand(run, m_workspace.project()),
                  [run](SearchFeed& feed, const JobContext& context) {
                      return feed.run(
                          [&](ProjectEngine&, Evaluator& evaluator, Store& store) -> Result<SearchProblem> {
                              AXP_TRY(const RunInfo info, store.run(run));
                              return problemOfRun(info, evaluator);
                          },
                          [&](Store& store) -> Result<SearchRequest> {
                              AXP_TRY(const RunInfo info, store.run(run));
                              return requestOfRun(info);
                          },
                          context);
                  });
}

quint64 SearchCenter::submit(const QString& title, const QString& command, Make make) {
    if (m_workspace.refuseToStore(title)) return 0;
    // The jobs end before this object does, so that the searching thread may use it to post messages.
    auto feed = std::make_shared<SearchFeed>(m_workspace.engine(), [this] {
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (!m_timer.isActive()) m_timer.start();
            },
            Qt::QueuedConnection);
    });
    auto active = std::make_unique<Active>();
    active->feed = feed;
    const auto id = std::make_shared<quint64>(0);
    const auto job = m_workspace.jobs().submit(
        title, command, JobCenter::Lane::Engine,
        [feed, make = std::move(make)](const JobContext& context) -> Result<void> {
            AXP_CHECK(make(*feed, context));
            return {};
        },
        [this, id](const Result<void>& result) { ended(*id, result); }, JobCenter::Priority::Long);
    *id = active->job = job;
    m_active.push_back(std::move(active));
    emit activeChanged();
    return job;
}

std::optional<DataSlice> SearchCenter::wholeSplit(const QString& split) const {
    const auto data = m_workspace.isOpen() ? m_workspace.dataset() : nullptr;
    if (!data) return std::nullopt;
    const auto part = data->split(split.toStdString());
    if (!part.ok() || (*part)->size() < 1) return std::nullopt;
    return DataSlice{split.toStdString(), 0, (*part)->size()};
}

quint64 SearchCenter::validate(const std::vector<Assignment>& designs, const QString& split, const QString& which) {
    const auto slice = wholeSplit(split);
    if (!slice) {
        if (m_workspace.isOpen()) emit m_workspace.failed(tr("The project's data have no split %1 to validate on.").arg(split));
        return 0;
    }
    if (m_workspace.refuseToStore(tr("Validate the front"))) return 0;
    const QString command = QStringLiteral("axplorer-cli pareto %1 %2 --validate %3")
                                .arg(shellQuoted(QString::fromStdString(m_workspace.project().path)), which, split);
    const auto show = [this, engine = m_workspace.engine()](const ValidatedDesign& design) {
        QString key = Workspace::designKey(design.evaluation.assignment, QString::fromStdString(design.evaluation.slice), engine->graph());
        QMetaObject::invokeMethod(
            this,
            [this, engine, key = std::move(key), design] {
                if (engine != m_workspace.engine()) return;  // another project since
                const Evaluation& evaluation = design.evaluation;
                if (design.toExact)
                    m_differences.insert(QString::fromStdString(evaluation.configHash + '\n' + evaluation.slice), *design.toExact);
                m_workspace.addEvaluations({{key, evaluation}});
            },
            Qt::QueuedConnection);
    };
    const auto work = [designs, slice = *slice, show, engine = m_workspace.engine()](const JobContext& job) -> Result<void> {
        if (!engine->calibrated()) return badInput("the network is not calibrated", {}, "Evaluate a design first.");
        AXP_TRY(Evaluator* const evaluator, engine->evaluator());
        AXP_TRY(Store* const store, engine->store());
        AXP_TRY(const ValidationResult result, validateDesigns(designs, slice, *evaluator, *store, job, [&](const ValidatedDesign& design) {
                    show(design);
                    job.pausePoint();
                }));
        show(result.exact);
        return {};
    };
    const quint64 job = m_workspace.jobs().submit(
        tr("Validate %n design(s) on %1", nullptr, static_cast<int>(designs.size())).arg(split), command, JobCenter::Lane::Engine, work,
        [this](const Result<void>& result) {
            if (!result.ok() && result.error().kind != ErrorKind::Cancelled)
                emit m_workspace.failed(QString::fromStdString(result.error().text()));
        },
        JobCenter::Priority::Long);
    emit validating(split);
    return job;
}

std::optional<Interval> SearchCenter::differenceToExact(const QString& configHash, const QString& slice) const {
    const auto found = m_differences.constFind(configHash + '\n' + slice);
    return found == m_differences.constEnd() ? std::nullopt : std::optional<Interval>(*found);
}

void SearchCenter::collect() {
    bool more = false;
    // Views that follow the signals may start or end searches.
    for (std::size_t i = 0; i < m_active.size(); ++i) collectFrom(*m_active[i], more);
    if (more) m_timer.start();
}

void SearchCenter::collectFrom(Active& active, bool& more) {
    bool rest = false;
    SearchFeed::Batch batch = active.feed->take(kBatch, rest);
    more = more || rest;
    if (batch.empty() || active.feed->engine() != m_workspace.engine()) return;  // another project since
    if (batch.ranges) m_workspace.adoptRanges(*batch.ranges);
    const bool began = batch.begun.has_value();
    if (began) {
        active.run = m_latest = batch.begun->info.id;
        m_traces[active.run] = std::make_shared<RunTrace>(std::move(*batch.begun));
    }
    const qint64 run = active.run;
    if (run) {
        const auto trace = m_traces[run];
        for (TraceStep& step : batch.steps) trace->append(std::move(step));
        trace->info.evaluations = static_cast<std::int64_t>(trace->steps.size());
    }
    if (!batch.evaluations.empty()) m_workspace.addEvaluations(std::move(batch.evaluations));
    if (began) {
        refresh();
        emit runBegan(run);
        emit activeChanged();
    }
    if (run) emit traceChanged(run);
}

void SearchCenter::ended(quint64 job, const Result<void>& result) {
    const auto found = std::find_if(m_active.begin(), m_active.end(), [job](const auto& active) { return active->job == job; });
    if (found == m_active.end()) return;  // of a project that was closed
    // The last steps first. Whoever hears of them must find this search as ended.
    const std::unique_ptr<Active> last = std::move(*found);
    m_active.erase(found);
    for (bool more = true; more;) {
        more = false;
        collectFrom(*last, more);
    }
    if (const auto trace = m_traces.find(last->run); trace != m_traces.end())
        trace->second->info.state = result.ok() ? "finished" : result.error().kind == ErrorKind::Cancelled ? "cancelled" : "failed";
    refresh();
    emit activeChanged();
    if (last->run) emit traceChanged(last->run);
    if (!result.ok() && result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
}

void SearchCenter::refresh() {
    if (!m_workspace.isOpen()) return;
    if (m_refreshing) {
        m_refreshAgain = true;
        return;
    }
    m_refreshing = true;
    const auto runs = std::make_shared<std::vector<RunInfo>>();
    m_workspace.jobs().read(
        tr("Read the list of runs"),
        [runs, path = m_workspace.project().databasePath()](const JobContext&) -> Result<void> {
            AXP_TRY(*runs, readRuns(path));
            return {};
        },
        [this, runs, engine = m_workspace.engine()](const Result<void>& result) {
            m_refreshing = false;
            if (engine == m_workspace.engine() && result.ok()) {
                m_runs = std::move(*runs);
                emit runsChanged();
            }
            if (std::exchange(m_refreshAgain, false)) refresh();
        });
}

std::shared_ptr<const RunTrace> SearchCenter::trace(qint64 run) const {
    const auto found = m_traces.find(run);
    return found == m_traces.end() ? nullptr : found->second;
}

void SearchCenter::load(qint64 run) {
    if (!m_workspace.isOpen() || m_traces.count(run) || !m_loading.insert(run).second) return;
    const auto trace = std::make_shared<RunTrace>();
    std::optional<double> exact;
    const auto known = std::find_if(m_runs.begin(), m_runs.end(), [run](const RunInfo& info) { return info.id == run; });
    if (known != m_runs.end())
        if (const auto stored = problemOfRun(*known); stored.ok())
            if (const Evaluation* evaluation = m_workspace.find({}, QString::fromStdString(m_workspace.engine()->sliceText(stored->slice))))
                exact = evaluation->metric;
    m_workspace.jobs().read(
        tr("Read run %1").arg(run),
        [trace, run, exact, metric = m_workspace.engine()->metricName(), path = m_workspace.project().databasePath(),
         power = powerOf(m_workspace)](const JobContext& job) -> Result<void> {
            AXP_TRY(const auto store, Store::open(path, Store::Mode::ReadOnly));
            AXP_TRY(const RunInfo info, store->run(run));
            AXP_TRY(const std::vector<RunStep> steps, store->steps(run));
            if (job.cancelled()) return cancelled();
            const bool same = steps.empty() || steps.front().evaluation.metricName == metric;  // else it was run for another metric
            AXP_TRY(*trace, traceOfRun(info, steps, power, same ? exact : std::nullopt));
            return {};
        },
        [this, trace, run, engine = m_workspace.engine()](const Result<void>& result) {
            m_loading.erase(run);
            if (engine != m_workspace.engine()) return;
            if (!result.ok()) {
                if (result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
                return;
            }
            m_traces.emplace(run, trace);  // not over one that began here meanwhile
            emit traceChanged(run);
        });
}

quint64 SearchCenter::jobOf(qint64 run) const {
    for (const auto& active : m_active)
        if (run && active->run == run) return active->job;
    return 0;
}

quint64 SearchCenter::activeJob() const { return m_active.empty() ? 0 : m_active.back()->job; }

QColor SearchCenter::runColour(qint64 run) {
    // Neighbouring numbers lie far apart on the colour wheel (golden angle); the lightness is legible on light and dark.
    const double turn = std::fmod(static_cast<double>(run) * 0.61803398875 + 0.5, 1.0);
    return QColor::fromHslF(static_cast<float>(turn), 0.62F, 0.47F);
}

}  // namespace axp::ui
