// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QHash>
#include <QObject>
#include <QUndoStack>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/eval/assignment.h"
#include "core/project/engine.h"
#include "ui/bridge/job_center.h"
#include "ui/bridge/selection.h"

namespace axp::ui {

class Annotations;
class NamedAssignments;
class SearchCenter;
class Sensitivity;

/// The open project as the window sees it. Lives in the UI thread; nothing here computes, reads files or queries the database in that
/// thread: such work is submitted to jobs(). Views read from here, call its functions, and follow its signals.
class Workspace : public QObject {
    Q_OBJECT
public:
    /// `resources`: the folder resources/ of the installation.
    Workspace(EngineOpener opener, QString resources, QObject* parent = nullptr);
    ~Workspace() override;

    const QString& resources() const { return m_resources; }
    JobCenter& jobs() { return m_jobs; }
    SearchCenter& searches() { return *m_searches; }
    Selection& selection() { return m_selection; }
    QUndoStack& undoStack() { return m_undo; }
    Sensitivity& sensitivity() const { return *m_sensitivity; }
    NamedAssignments& namedAssignments() const { return *m_named; }
    Annotations& annotations() const { return *m_annotations; }

    /// Opens a project in a job; opened(), modelChanged() or failed() follows. What was open is closed when the new one is there. A model
    /// file that is not the one that the project knows is refused, unless `acceptModel`: the project file then records it.
    void open(const QString& projectPath, bool acceptModel = false);
    void close();
    bool isOpen() const { return m_engine != nullptr; }
    bool opening() const { return m_opening; }

    /// How NewProjectDialog looks at a network; without it (nothing set) only the import is tried.
    void setModelChecker(ModelChecker checker) { m_checker = std::move(checker); }
    const ModelChecker& modelChecker() const { return m_checker; }

    // Valid while a project is open.
    /// Why nothing can be stored in the open project; empty when it can.
    const QString& readOnlyReason() const { return m_readOnlyReason; }
    bool readOnly() const { return !m_readOnlyReason.isEmpty(); }
    /// To be called before work whose result has to be stored: true, and failed() says why, when the project is read-only.
    bool refuseToStore(const QString& what);
    /// Looks again in a job whether the project can be written; readOnlyChanged() follows.
    void tryWriting();
    const Project& project() const { return m_project; }
    const Graph& graph() const { return m_engine->graph(); }
    const AcuLibrary& library() const { return m_library; }
    std::shared_ptr<const Dataset> dataset() const { return m_engine->dataset(); }
    QString modelFormat() const { return QString::fromStdString(m_engine->modelFormat()); }
    QString device() const { return QString::fromStdString(m_engine->device()); }
    bool calibrated() const { return m_calibrated; }
    /// One site per MAC node, in network order.
    const std::vector<Site>& nodeSites() const { return m_nodeSites; }
    /// Heads apart.
    const std::vector<Site>& leaves() const { return m_leaves; }
    /// The engine, to be used inside jobs of Lane::Engine only; shared so that a job outlives a closed project.
    std::shared_ptr<ProjectEngine> engine() const { return m_engine; }

    // The current assignment.
    const Assignment& assignment() const { return m_assignment; }
    /// The ACU in effect at a site ("exact8s" when nothing is assigned); for a node whose heads differ: "mixed".
    QString acuAt(const QString& siteId) const;
    /// Why this ACU cannot stand at this site; empty when it can.
    QString refusal(const QString& siteId, const QString& acu) const;
    /// Puts an ACU at sites: one undo step, `text` as in "Undo text". An ACU at a node replaces what its heads had. "exact8s" clears.
    /// Sites that refuse it are left out; the number that took it is returned.
    int assign(const QStringList& siteIds, const QString& acu, const QString& text = {});
    /// Replaces the whole assignment: one undo step.
    void setAssignment(const Assignment& assignment, const QString& text);
    /// Of the current assignment; nothing when an ACU has no power figure.
    std::optional<double> relativePower() const;
    /// A colour that stays with an ACU name in every view.
    static QColor acuColour(const QString& acu);

    /// Finds the quantization ranges in a job; calibratedChanged() follows. Returns the job's id, 0: refused.
    quint64 calibrate();
    /// Evaluates the current assignment in a job (calibrating first when necessary); evaluationAdded() follows.
    void evaluateCurrent(const DataSlice& slice);
    /// The last evaluation of the current assignment, if there is one on this slice.
    std::optional<Evaluation> currentEvaluation() const;

    /// Evaluations known to the window, in the order of the database. Loaded in the background in portions.
    const std::vector<Evaluation>& evaluations() const { return m_evaluations; }
    /// Takes over what a job has stored, each with its designKey(); known designs stay as they are. To be called in batches: each call is
    /// one evaluationsAdded().
    void addEvaluations(std::vector<std::pair<QString, Evaluation>> evaluations) { append(std::move(evaluations)); }
    /// Canonical assignment text and slice (Evaluation::slice): what identifies a design among the evaluations. Costs some; thread-safe.
    static QString designKey(const Assignment& assignment, const QString& slice, const Graph& graph);
    /// The evaluation of an assignment on a slice (Evaluation::slice), or null.
    const Evaluation* find(const Assignment& assignment, const QString& slice) const;
    /// Takes over ranges that a job has found and saved; calibratedChanged() follows.
    void adoptRanges(const Ranges& ranges);
    /// Takes over the named assignments that a job has saved.
    void adoptAssignments(std::map<std::string, Assignment> assignments) { m_project.assignments = std::move(assignments); }
    /// The slice that front and results show.
    const DataSlice& slice() const { return m_slice; }
    void setSlice(const DataSlice& slice);
    QString sliceText() const;

    /// Adds ACU tables (.npy file or folder) to the open project, in a job; libraryChanged() follows.
    void addLibrary(const QString& path);
    /// Asks for multiplier files and folders to be imported into a library of the open project; none: which ones is asked. Followed by
    /// importRequested(), which the library panel carries out.
    void requestImport(const QStringList& paths) { emit importRequested(paths); }

signals:
    void openingStarted(const QString& path);
    /// open() was refused because the model file changed; `message` says so for a person.
    void modelChanged(const QString& path, const QString& message);
    /// Also when tryWriting() found it as it was.
    void readOnlyChanged();
    void opened();
    void closed();
    void failed(const QString& message);   ///< for a person; also in the log
    void assignmentChanged();
    void libraryChanged();
    void importRequested(const QStringList& paths);
    void calibratedChanged();
    void sliceChanged();
    /// Rows [first, first + count) of evaluations() are new.
    void evaluationsAdded(int first, int count);
    void evaluationsReset();

private:
    class AssignCommand;
    void applyAssignment(const Assignment& assignment);
    void adopt(std::shared_ptr<ProjectEngine> engine, const QString& readOnlyReason);
    void loadEvaluations();
    /// Keys as keyOf() makes them.
    void append(std::vector<std::pair<QString, Evaluation>> evaluations);
    void report(const Error& error);
    QString keyOf(const Assignment& assignment, const QString& slice) const;
    const Site* findSite(const QString& id) const;

    EngineOpener m_opener;
    ModelChecker m_checker;
    QString m_resources, m_readOnlyReason;
    Selection m_selection;
    Sensitivity* m_sensitivity;  ///< a child
    NamedAssignments* m_named;   ///< a child
    Annotations* m_annotations;  ///< a child
    QUndoStack m_undo;
    std::shared_ptr<ProjectEngine> m_engine;
    Project m_project;
    AcuLibrary m_library;
    std::vector<Site> m_nodeSites, m_leaves;
    Assignment m_assignment;
    std::vector<Evaluation> m_evaluations;
    QHash<QString, int> m_evaluationByKey;  ///< canonical assignment text and slice -> row
    DataSlice m_slice;
    std::unique_ptr<SearchCenter> m_searches;
    bool m_opening = false, m_calibrated = false;
    JobCenter m_jobs;  ///< last: its threads use what is above
};

/// "all=NAME" and the like, ready for a shell: quoted where necessary.
QString shellQuoted(const QString& text);

}  // namespace axp::ui
