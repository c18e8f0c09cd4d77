// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/sensitivity.h"

#include <QFileInfo>
#include <QLocale>
#include <QMetaObject>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

#include "core/eval/metrics.h"
#include "search/project_problem.h"
#include "search/sensitivity.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

std::string siteOf(const Evaluation& evaluation) { return evaluation.assignment.begin()->first; }
std::string acuOf(const Evaluation& evaluation) { return evaluation.assignment.begin()->second; }

/// Known evaluations by slice and configuration.
using Known = std::map<std::string, std::map<std::string, Evaluation>>;
using Probe = std::pair<std::string, std::string>;  // site, ACU

}  // namespace

std::optional<SiteSensitivity> SensitivityTable::at(const QString& site, const QString& acu) const {
    const auto place = sites.constFind(site);
    if (place == sites.constEnd()) return std::nullopt;
    const auto found = place->find(acu);
    return found == place->end() ? std::nullopt : std::optional(found->second);
}

void SensitivityTable::take(const Evaluation& evaluation) {
    if (evaluation.assignment.empty()) {
        exact = evaluation;
        for (auto& place : sites)
            for (auto& [name, figures] : place) figures.drop = evaluation.metric - figures.metric;
        return;
    }
    if (evaluation.assignment.size() != 1 || acuOf(evaluation) == kExactAcu) return;
    const QString acu = QString::fromStdString(acuOf(evaluation));
    SiteSensitivity figures{evaluation.rmse, evaluation.metric, std::nullopt, evaluation.metricName};
    if (exact) figures.drop = exact->metric - evaluation.metric;
    sites[QString::fromStdString(siteOf(evaluation))][acu] = figures;
    if (!acus.contains(acu)) acus << acu;
}

Result<SensitivityTable> readSensitivities(ResultReader& reader, const Evaluator& evaluator, const std::vector<std::string>& sites,
                                           const std::vector<std::string>& candidates, const std::string& preferred, const JobContext& job) {
    AXP_TRY(const std::vector<Evaluation> rows, reader.probes());
    Known known;
    const std::set<std::string> places(sites.begin(), sites.end());
    std::vector<Probe> probes;  // in the order in which their ACUs are to be listed
    for (const auto& acu : candidates)
        for (const auto& site : sites) probes.emplace_back(site, acu);
    std::set<Probe> asked(probes.begin(), probes.end());
    for (const Evaluation& row : rows) {
        if (row.metricName != evaluator.metricName()) continue;
        known[row.slice][row.configHash] = row;
        if (row.assignment.empty() || !places.contains(siteOf(row))) continue;
        const Probe probe(siteOf(row), acuOf(row));
        if (asked.insert(probe).second) probes.push_back(probe);
    }
    if (known.empty()) return SensitivityTable{};
    std::map<std::string, SensitivityTable> tables;
    AXP_TRY(const std::string exactHash, evaluator.configurationHashOf({}));
    const auto look = [&](const std::string& hash, const Assignment& assignment) {
        for (const auto& [slice, evaluations] : known) {
            const auto found = evaluations.find(hash);
            if (found == evaluations.end()) continue;
            Evaluation evaluation = found->second;
            evaluation.assignment = assignment;
            SensitivityTable& table = tables[slice];
            table.slice = QString::fromStdString(slice);
            table.take(evaluation);
        }
    };
    look(exactHash, {});
    for (const auto& [site, acu] : probes) {
        if (job.cancelled()) return cancelled();
        if (acu == kExactAcu) continue;
        const Assignment assignment{{site, acu}};
        // An ACU that is not in the library any more has no configuration.
        if (const auto hash = evaluator.configurationHashOf(assignment); hash.ok()) look(*hash, assignment);
    }
    SensitivityTable best;
    for (const auto& [slice, table] : tables) {
        if (table.empty()) continue;
        if (slice == preferred) return table;
        if (table.sites.size() > best.sites.size()) best = table;
    }
    return best;
}

struct Sensitivity::Inbox {
    std::shared_ptr<ProjectEngine> engine;
    std::mutex mutex;
    std::vector<std::pair<QString, Evaluation>> evaluations;  ///< with their keys
    std::optional<Ranges> ranges;                             ///< found before the first evaluation
    bool posted = false;
};

Sensitivity::Sensitivity(Workspace& workspace) : QObject(&workspace), m_workspace(workspace) {
    connect(&workspace, &Workspace::opened, this, [this] {
        m_preferred = m_workspace.sliceText();
        reload();
    });
    connect(&workspace, &Workspace::closed, this, &Sensitivity::clear);
    connect(&workspace, &Workspace::calibratedChanged, this, [this] {
        clear();  // figures of other ranges
        reload();
    });
    connect(&workspace, &Workspace::sliceChanged, this, [this] {
        m_preferred = m_workspace.sliceText();
        reload();
    });
}

void Sensitivity::clear() { adopt({}); }

void Sensitivity::adopt(SensitivityTable table) {
    if (m_table.empty() && table.empty() && m_table.slice == table.slice) return;
    m_table = std::move(table);
    if (!m_table.acus.contains(m_acu)) m_acu = m_table.acus.value(0);
    findWorstHeads();
    emit changed();
}

void Sensitivity::setAcu(const QString& acu) {
    if (acu == m_acu || !m_table.acus.contains(acu)) return;
    m_acu = acu;
    findWorstHeads();
    emit changed();
}

std::optional<SiteSensitivity> Sensitivity::at(const QString& site) const {
    if (const auto own = m_table.at(site, m_acu)) return own;
    const auto worst = m_worstHead.constFind(site);
    return worst == m_worstHead.constEnd() ? std::nullopt : std::optional(*worst);
}

void Sensitivity::findWorstHeads() {
    m_worstHead.clear();
    for (auto it = m_table.sites.constBegin(); it != m_table.sites.constEnd(); ++it) {
        const auto own = it->find(m_acu);
        if (own == it->end() || !it.key().contains('/')) continue;
        const QString node = it.key().section('/', 0, 0);
        const auto worst = m_worstHead.constFind(node);
        if (worst == m_worstHead.constEnd() || own->second.rmse > worst->rmse) m_worstHead[node] = own->second;
    }
}

void Sensitivity::reload() {
    if (!m_workspace.isOpen() || !m_workspace.calibrated()) return;
    const std::string path = m_workspace.project().databasePath();
    if (!QFileInfo::exists(QString::fromStdString(path))) return;
    std::vector<std::string> sites;
    std::set<std::string> listed;
    for (const auto* list : {&m_workspace.nodeSites(), &m_workspace.leaves()})
        for (const Site& site : *list)
            if (listed.insert(site.id).second) sites.push_back(site.id);
    const auto table = std::make_shared<SensitivityTable>();
    m_workspace.jobs().submit(
        tr("Read sensitivities"), {}, JobCenter::Lane::Engine,
        [engine = m_workspace.engine(), path, sites, candidates = m_workspace.project().acus, preferred = m_preferred.toStdString(),
         table](const JobContext& job) -> Result<void> {
            AXP_TRY(const auto reader, ResultReader::open(path));
            AXP_TRY(const Evaluator* evaluator, engine->evaluator());
            AXP_TRY(*table, readSensitivities(*reader, *evaluator, sites, candidates, preferred, job));
            return {};
        },
        [this, engine = m_workspace.engine(), table](const Result<void>& result) {
            // A database that cannot be read is reported by those who show its rows.
            if (result.ok() && engine == m_workspace.engine()) adopt(std::move(*table));
        },
        JobCenter::Priority::Short);
}

namespace {
/// "heads" are all parts of layers, where the project has any.
const char* granularityOf(const SensitivityRequest& request, const Workspace& workspace) {
    if (!request.heads) return "node";
    return workspace.project().sites.channelGroups > 1 ? "group" : "head";
}
}  // namespace

std::int64_t Sensitivity::evaluations(const SensitivityRequest& request) const {
    if (!m_workspace.isOpen()) return 0;
    const auto& all = request.heads ? m_workspace.leaves() : m_workspace.nodeSites();
    const auto wanted = [&](const Site& site) {
        const QString id = QString::fromStdString(site.id);
        return request.sites.isEmpty() || request.sites.contains(id) || request.sites.contains(id.section('/', 0, 0));
    };
    const auto acus = std::count_if(request.acus.begin(), request.acus.end(), [](const QString& acu) { return acu != QLatin1String(kExactAcu); });
    return std::count_if(all.begin(), all.end(), wanted) * acus + 1;
}

QString Sensitivity::commandOf(const SensitivityRequest& request) const {
    if (!request.sites.isEmpty()) return {};  // the command always measures all sites
    return QStringLiteral("axplorer-cli sensitivity %1 --acus %2 --granularity %3 --samples %4 --split %5 --offset %6")
        .arg(shellQuoted(QString::fromStdString(m_workspace.project().path)), shellQuoted(request.acus.join(',')),
             QString::fromLatin1(granularityOf(request, m_workspace)))
        .arg(request.slice.count)
        .arg(QString::fromStdString(request.slice.split))
        .arg(request.slice.offset);
}

quint64 Sensitivity::measure(const SensitivityRequest& request) {
    if (!m_workspace.isOpen() || m_workspace.refuseToStore(tr("Measure sensitivity"))) return 0;
    ProblemChoice choice;
    for (const QString& acu : request.acus) choice.acus.push_back(acu.toStdString());
    for (const QString& site : request.sites) choice.sites.push_back(site.toStdString());
    choice.granularity = granularityOf(request, m_workspace);
    choice.slice = request.slice;
    const auto inbox = std::make_shared<Inbox>();
    inbox->engine = m_workspace.engine();
    m_preferred = QString::fromStdString(inbox->engine->sliceText(request.slice));
    const auto observer = [this, inbox](const SearchStep& step) {
        const Evaluation& evaluation = step.evaluation;
        QString key = Workspace::designKey(evaluation.assignment, QString::fromStdString(evaluation.slice), inbox->engine->graph());
        const std::lock_guard lock(inbox->mutex);
        inbox->evaluations.emplace_back(std::move(key), evaluation);
        if (std::exchange(inbox->posted, true)) return;  // one message at a time, however fast the steps come
        QMetaObject::invokeMethod(this, [this, inbox] { deliver(inbox); }, Qt::QueuedConnection);
    };
    return m_workspace.jobs().submit(
        tr("Sensitivity to %1").arg(request.acus.join(QStringLiteral(", "))), commandOf(request), JobCenter::Lane::Engine,
        [engine = m_workspace.engine(), choice, observer, inbox](const JobContext& job) -> Result<void> {
            if (!engine->calibrated()) {
                AXP_CHECK(engine->calibrate(job));
                const std::lock_guard lock(inbox->mutex);
                inbox->ranges = engine->project().ranges;
            }
            AXP_TRY(Evaluator * evaluator, engine->evaluator());
            AXP_TRY(Store * store, engine->store());
            AXP_TRY(const SearchProblem problem, projectProblem(engine->project(), engine->graph(), engine->library(), *evaluator, choice));
            AXP_CHECK(runSensitivity(problem, *store, job, 0, observer));
            return {};
        },
        [this, inbox](const Result<void>& result) {
            deliver(inbox);
            if (!result.ok() && result.error().kind != ErrorKind::Cancelled) emit m_workspace.failed(QString::fromStdString(result.error().text()));
        },
        JobCenter::Priority::Long);
}

void Sensitivity::deliver(const std::shared_ptr<Inbox>& inbox) {
    std::vector<std::pair<QString, Evaluation>> evaluations;
    std::optional<Ranges> ranges;
    {
        const std::lock_guard lock(inbox->mutex);
        evaluations.swap(inbox->evaluations);
        ranges.swap(inbox->ranges);
        inbox->posted = false;
    }
    if (inbox->engine != m_workspace.engine()) return;
    if (ranges) m_workspace.adoptRanges(*ranges);
    if (evaluations.empty()) return;
    SensitivityTable table = m_table;
    for (const auto& [key, evaluation] : evaluations) {
        const QString slice = QString::fromStdString(evaluation.slice);
        if (slice != table.slice) table = {slice, {}, {}, {}};
        table.take(evaluation);
    }
    adopt(std::move(table));
    m_workspace.addEvaluations(std::move(evaluations));
}

QString sensitivityText(const SiteSensitivity& sensitivity) {
    const QLocale locale;
    QString text = Sensitivity::tr("RMSE %1").arg(locale.toString(sensitivity.rmse, 'g', 4));
    if (!sensitivity.drop) return text;
    if (!metricIsFraction(sensitivity.metricName))
        return (*sensitivity.drop >= 0 ? Sensitivity::tr("%1, %2 lost") : Sensitivity::tr("%1, %2 gained"))
            .arg(text, QString::fromStdString(metricText(sensitivity.metricName, std::abs(*sensitivity.drop))));
    const double points = *sensitivity.drop * 100;
    return points >= 0 ? Sensitivity::tr("%1, %2 points lost").arg(text, locale.toString(points, 'f', 2))
                       : Sensitivity::tr("%1, %2 points gained").arg(text, locale.toString(-points, 'f', 2));
}

}  // namespace axp::ui
