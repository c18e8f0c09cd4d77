// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/workspace.h"

#include <QDir>
#include <QFileInfo>
#include <QMetaObject>
#include <QUndoCommand>

#include <algorithm>

#include "core/project/storable.h"
#include "core/store/store.h"
#include "ui/bridge/annotations.h"
#include "ui/bridge/named_assignments.h"
#include "ui/bridge/search_center.h"
#include "ui/bridge/sensitivity.h"

namespace axp::ui {
namespace {

constexpr int kPortion = 2000;        // rows read at a time
constexpr int kLockPatience = 1000;  // milliseconds that reading waits for another program's lock

QString nodeOf(const QString& site) { return site.section('/', 0, 0); }

/// Hands a value made in a job to its Done callback.
template <class T>
std::shared_ptr<std::optional<T>> slot() {
    return std::make_shared<std::optional<T>>();
}

}  // namespace

/// One change of the assignment, as it was and as it is.
class Workspace::AssignCommand : public QUndoCommand {
public:
    AssignCommand(Workspace& workspace, Assignment after, const QString& text)
        : QUndoCommand(text), m_workspace(workspace), m_before(workspace.m_assignment), m_after(std::move(after)) {}
    void undo() override { m_workspace.applyAssignment(m_before); }
    void redo() override { m_workspace.applyAssignment(m_after); }

private:
    Workspace& m_workspace;
    Assignment m_before, m_after;
};

Workspace::Workspace(EngineOpener opener, QString resources, QObject* parent)
    : QObject(parent), m_opener(std::move(opener)), m_resources(std::move(resources)), m_sensitivity(new Sensitivity(*this)), m_named(new NamedAssignments(*this)),
      m_annotations(new Annotations(*this)),
      m_searches(std::make_unique<SearchCenter>(*this)) {}

Workspace::~Workspace() { m_jobs.cancelAll(); }

void Workspace::report(const Error& error) {
    if (error.kind != ErrorKind::Cancelled) emit failed(QString::fromStdString(error.text()));
}

void Workspace::open(const QString& projectPath, bool acceptModel) {
    if (m_opening) return;
    m_opening = true;
    emit openingStarted(projectPath);
    struct Opened {
        std::unique_ptr<ProjectEngine> engine;
        QString readOnlyReason;
        bool modelChanged = false;
    };
    const auto opened = std::make_shared<Opened>();
    const std::string path = QFileInfo(projectPath).absoluteFilePath().toStdString();
    m_jobs.submit(tr("Open %1").arg(QFileInfo(projectPath).fileName()), QStringLiteral("axplorer ") + shellQuoted(QString::fromStdString(path)), JobCenter::Lane::Background,
                  [opener = m_opener, path, acceptModel, opened](const JobContext& job) -> Result<void> {
                      if (acceptModel) AXP_CHECK(acceptModelChange(path));
                      auto engine = opener(path, job);
                      if (!engine.ok()) {
                          opened->modelChanged = engine.error().kind != ErrorKind::Cancelled && axp::modelChanged(path);
                          return std::move(engine).error();
                      }
                      opened->engine = std::move(engine).value();
                      if (const auto writable = opened->engine->checkWritable(); !writable.ok())
                          opened->readOnlyReason = QString::fromStdString(writable.error().text());
                      return {};
                  },
                  [this, opened, projectPath](const Result<void>& result) {
                      m_opening = false;
                      if (result.ok()) adopt(std::move(opened->engine), opened->readOnlyReason);
                      else if (opened->modelChanged) emit modelChanged(projectPath, QString::fromStdString(result.error().text()));
                      else report(result.error());
                  });
}

void Workspace::adopt(std::shared_ptr<ProjectEngine> engine, const QString& readOnlyReason) {
    if (isOpen()) close();
    m_engine = std::move(engine);
    m_readOnlyReason = readOnlyReason;
    m_project = m_engine->project();
    m_library = m_engine->library();
    m_calibrated = m_engine->calibrated();
    m_nodeSites = enumerateSites(m_engine->graph(), Granularity::Node);
    m_leaves = enumerateSites(m_engine->graph(), Granularity::Group);
    emit opened();
    loadEvaluations();
}

bool Workspace::refuseToStore(const QString& what) {
    if (!readOnly()) return false;
    emit failed(tr("%1: the project is open read-only, so the result could not be kept. %2").arg(what, m_readOnlyReason));
    return true;
}

void Workspace::tryWriting() {
    if (!isOpen() || !readOnly()) return;
    const auto reason = std::make_shared<QString>();
    m_jobs.submit(tr("Try to write to the project"), {}, JobCenter::Lane::Engine,
                  [engine = m_engine, reason](const JobContext&) -> Result<void> {
                      if (const auto writable = engine->checkWritable(); !writable.ok()) *reason = QString::fromStdString(writable.error().text());
                      return {};
                  },
                  [this, engine = m_engine, reason](const Result<void>& result) {
                      if (engine != m_engine || !result.ok()) return;
                      m_readOnlyReason = *reason;
                      emit readOnlyChanged();
                      if (!readOnly()) loadEvaluations();  // they may have been out of reach
                  });
}

void Workspace::close() {
    if (!isOpen()) return;
    m_jobs.cancelAll();
    m_undo.clear();
    m_selection.clear();
    m_assignment.clear();
    m_evaluations.clear();
    m_evaluationByKey.clear();
    m_nodeSites.clear();
    m_leaves.clear();
    m_engine.reset();
    m_readOnlyReason.clear();
    emit closed();
}

const Site* Workspace::findSite(const QString& id) const {
    const std::string wanted = id.toStdString();
    for (const auto* list : {&m_nodeSites, &m_leaves})
        for (const auto& site : *list)
            if (site.id == wanted) return &site;
    return nullptr;
}

QString Workspace::acuAt(const QString& siteId) const {
    const auto at = [this](const std::string& id) {
        const auto found = m_assignment.find(id);
        return found == m_assignment.end() ? std::string() : found->second;
    };
    const std::string own = at(siteId.toStdString());
    const std::string node = at(nodeOf(siteId).toStdString());
    const auto effective = [&](const std::string& name) {
        return QString::fromStdString(!name.empty() ? name : !node.empty() ? node : kExactAcu);
    };
    if (siteId.contains('/')) return effective(own);
    const Site* site = findSite(siteId);
    QString common;
    for (int part = 0; site && part < site->parts(); ++part) {
        const QString acu = effective(at(site->partId(part)));
        if (part > 0 && acu != common) return tr("mixed");
        common = acu;
    }
    return common.isEmpty() ? effective({}) : common;
}

QString Workspace::refusal(const QString& siteId, const QString& acu) const {
    if (!isOpen()) return tr("no project is open");
    const Site* site = findSite(siteId);
    if (!site) return tr("%1 is not a site: it multiplies nothing").arg(siteId);
    const auto found = m_library.find(acu.toStdString());
    if (!found.ok()) return QString::fromStdString(found.error().what);
    if ((*found)->bitsA() > 16 || (*found)->bitsB() > 16)
        return tr("%1 is %2x%3 bits wide; emulation covers up to 16 bits").arg(acu).arg((*found)->bitsA()).arg((*found)->bitsB());
    return {};
}

int Workspace::assign(const QStringList& siteIds, const QString& acu, const QString& text) {
    Assignment after = m_assignment;
    int taken = 0;
    for (const QString& id : siteIds) {
        if (!refusal(id, acu).isEmpty()) continue;
        ++taken;
        const std::string site = id.toStdString();
        const Site* place = findSite(id);
        if (place->part() < 0)
            for (int part = 0; part < place->parts(); ++part) after.erase(place->partId(part));
        const auto node = after.find(nodeOf(id).toStdString());
        const bool nodeHasOther = place->part() >= 0 && node != after.end() && node->second != kExactAcu;
        if (acu == QLatin1String(kExactAcu) && !nodeHasOther) after.erase(site);
        else after[site] = acu.toStdString();
    }
    if (after != m_assignment)
        setAssignment(after, !text.isEmpty() ? text
                             : taken == 1   ? tr("Assign %1 to %2").arg(acu, siteIds.first())
                                            : tr("Assign %1 to %n site(s)", nullptr, taken).arg(acu));
    return taken;
}

void Workspace::setAssignment(const Assignment& assignment, const QString& text) {
    if (assignment == m_assignment) return;
    m_undo.push(new AssignCommand(*this, assignment, text));
}

void Workspace::applyAssignment(const Assignment& assignment) {
    m_assignment = assignment;
    emit assignmentChanged();
}

std::optional<double> Workspace::relativePower() const {
    if (!isOpen()) return std::nullopt;
    const auto perLeaf = resolveAssignment(m_assignment, graph(), m_library);
    if (!perLeaf.ok()) return std::nullopt;
    return axp::relativePower(*perLeaf, m_leaves, m_project.referencePowerMw);
}

QColor Workspace::acuColour(const QString& acu) {
    if (acu == QLatin1String(kExactAcu)) return QColor(0x8a, 0x93, 0x9e);
    if (acu == tr("mixed")) return QColor(0xb0, 0x7a, 0xa1);
    // By the name alone, so that an ACU keeps its colour in every view, session and project.
    quint32 hash = 2166136261u;
    for (const QChar c : acu) hash = (hash ^ c.unicode()) * 16777619u;
    hash ^= hash >> 15;
    return QColor::fromHsv(static_cast<int>(hash % 360), 150 + static_cast<int>(hash / 360 % 60), 185 + static_cast<int>(hash / 21600 % 30));
}

QString Workspace::sliceText() const { return isOpen() ? QString::fromStdString(m_engine->sliceText(m_slice)) : QString(); }

void Workspace::setSlice(const DataSlice& slice) {
    if (slice.text() == m_slice.text()) return;
    m_slice = slice;
    emit sliceChanged();
}

void Workspace::adoptRanges(const Ranges& ranges) {
    m_project.ranges = ranges;
    m_calibrated = true;
    emit calibratedChanged();
}

quint64 Workspace::calibrate() {
    if (!isOpen() || refuseToStore(tr("Calibrate"))) return 0;
    const auto found = slot<Ranges>();
    const QString command = QStringLiteral("axplorer-cli calibrate ") + shellQuoted(QString::fromStdString(m_project.path));
    return m_jobs.submit(tr("Calibrate"), command, JobCenter::Lane::Engine,
                         [engine = m_engine, found](const JobContext& job) -> Result<void> {
                             AXP_CHECK(engine->calibrate(job));
                             *found = engine->project().ranges;
                             return {};
                         },
                         [this, engine = m_engine, found](const Result<void>& result) {
                             if (engine != m_engine) return;  // another project since
                             if (!result.ok()) return report(result.error());
                             adoptRanges(**found);
                         });
}

void Workspace::evaluateCurrent(const DataSlice& slice) {
    if (!isOpen() || refuseToStore(tr("Evaluate"))) return;
    const auto evaluation = slot<Evaluation>();
    const auto found = slot<Ranges>();
    const QString spec = QString::fromStdString(assignmentText(m_assignment, graph()));
    const QString command = QStringLiteral("axplorer-cli evaluate %1 --assign %2 --samples %3 --split %4 --offset %5")
                                .arg(shellQuoted(QString::fromStdString(m_project.path)), shellQuoted(spec))
                                .arg(slice.count)
                                .arg(QString::fromStdString(slice.split))
                                .arg(slice.offset);
    m_jobs.submit(tr("Evaluate %1").arg(spec.size() > 60 ? spec.left(57) + "..." : spec), command, JobCenter::Lane::Engine,
                  [engine = m_engine, assignment = m_assignment, slice, evaluation, found](const JobContext& job) -> Result<void> {
                      if (!engine->calibrated()) {
                          AXP_CHECK(engine->calibrate(job));
                          *found = engine->project().ranges;
                      }
                      AXP_TRY(*evaluation, engine->evaluate(assignment, slice, "evaluate", job));
                      return {};
                  },
                  [this, engine = m_engine, evaluation, found](const Result<void>& result) {
                      if (engine != m_engine) return;  // another project since
                      if (*found) adoptRanges(**found);
                      if (!result.ok()) return report(result.error());
                      append({{keyOf((*evaluation)->assignment, QString::fromStdString((*evaluation)->slice)), **evaluation}});
                  },
                  JobCenter::Priority::Short);
}

QString Workspace::designKey(const Assignment& assignment, const QString& slice, const Graph& graph) {
    return QString::fromStdString(assignmentText(assignment, graph)) + '\n' + slice;
}

const Evaluation* Workspace::find(const Assignment& assignment, const QString& slice) const {
    if (!isOpen()) return nullptr;
    const auto found = m_evaluationByKey.constFind(keyOf(assignment, slice));
    return found == m_evaluationByKey.constEnd() ? nullptr : &m_evaluations[static_cast<std::size_t>(*found)];
}

QString Workspace::keyOf(const Assignment& assignment, const QString& slice) const { return designKey(assignment, slice, graph()); }

std::optional<Evaluation> Workspace::currentEvaluation() const {
    if (!isOpen()) return std::nullopt;
    const auto found = m_evaluationByKey.constFind(keyOf(m_assignment, sliceText()));
    if (found == m_evaluationByKey.constEnd()) return std::nullopt;
    return m_evaluations[static_cast<std::size_t>(*found)];
}

void Workspace::append(std::vector<std::pair<QString, Evaluation>> evaluations) {
    const int first = static_cast<int>(m_evaluations.size());
    for (auto& [key, evaluation] : evaluations) {
        if (m_evaluationByKey.contains(key)) continue;
        m_evaluationByKey.insert(key, static_cast<int>(m_evaluations.size()));
        m_evaluations.push_back(std::move(evaluation));
    }
    // Sent also when the design was known already: a view may wait for the figures of the current assignment.
    emit evaluationsAdded(first, static_cast<int>(m_evaluations.size()) - first);
}

void Workspace::loadEvaluations() {
    m_evaluations.clear();
    m_evaluationByKey.clear();
    emit evaluationsReset();
    const std::string path = m_project.databasePath();
    if (!QFileInfo::exists(QString::fromStdString(path))) return;
    m_jobs.read(tr("Read the database"),
                  [this, engine = m_engine, path](const JobContext& job) -> Result<void> {
                      AXP_TRY(const auto store, Store::open(path, Store::Mode::ReadOnly, kLockPatience));
                      EvaluationFilter filter;
                      filter.limit = kPortion;
                      while (!job.cancelled()) {
                          AXP_TRY(std::vector<Evaluation> rows, store->evaluations(filter));
                          if (rows.empty()) return {};
                          filter.afterId = rows.back().id;
                          std::vector<std::pair<QString, Evaluation>> keyed;  // the keys cost more than the rest: not in the UI thread
                          for (auto& row : rows) {
                              if (row.metricName != engine->metricName()) continue;  // the project measures something else now
                              const QString key = designKey(row.assignment, QString::fromStdString(row.slice), engine->graph());
                              keyed.emplace_back(key, std::move(row));
                          }
                          QMetaObject::invokeMethod(this, [this, engine, keyed = std::move(keyed)]() mutable {
                              if (engine == m_engine) append(std::move(keyed));
                          }, Qt::QueuedConnection);
                      }
                      return cancelled();
                  },
                  [this](const Result<void>& result) {
                      if (!result.ok() && !readOnly()) report(result.error());  // the reason stands in the window already
                  });
}

void Workspace::addLibrary(const QString& path) {
    if (!isOpen()) return;
    const auto library = slot<AcuLibrary>();
    m_jobs.submit(tr("Import %1").arg(QFileInfo(path).fileName()), {}, JobCenter::Lane::Engine,
                  [engine = m_engine, path = path.toStdString(), library](const JobContext& job) -> Result<void> {
                      AXP_TRY(const int count, engine->addLibrary(path, job));
                      if (count == 0) return badInput("there is no product table (.npy) in it", path, "Choose a .npy table or a folder of them.");
                      *library = engine->library();
                      return {};
                  },
                  [this, engine = m_engine, library](const Result<void>& result) {
                      if (!result.ok()) return report(result.error());
                      if (engine != m_engine) return;
                      m_library = **library;
                      emit libraryChanged();
                  });
}

QString shellQuoted(const QString& text) {
    static const QString plain = QStringLiteral("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,:/@%");
    if (!text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) { return plain.contains(c); })) return text;
    QString quoted = text;
    return '\'' + quoted.replace('\'', QLatin1String("'\\''")) + '\'';
}

}  // namespace axp::ui
