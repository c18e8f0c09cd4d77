// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/cli/support.h"
#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "backends/emulator/emulator.h"
#include "core/acu/library.h"
#include "core/eval/evaluation.h"
#include "core/graph/graph.h"
#include "core/model/importer.h"
#include "core/project/project.h"
#include "core/store/store.h"

namespace axp::cli {

/// Options of every command that opens a project.
struct ProjectOptions {
    std::string project;
    std::vector<std::string> libraries;  ///< --library, relative to the working folder
    bool acceptModelChange = false;
    bool noStore = false;
    std::string strategy = "auto";

    /// Declares PROJECT, --library and --accept-model-change.
    void add(CLI::App& app);
    /// Declares --strategy.
    void addStrategy(CLI::App& app);
    /// Declares --no-store.
    void addNoStore(CLI::App& app);
};

/// --library for commands without a project.
void addLibraryOption(CLI::App& app, std::vector<std::string>& libraries);
/// Built-in ACUs, `projectLibraries` (relative to `projectFolder`), `libraries`, then the folders and files of $AXP_ACU_PATH.
Result<AcuLibrary> loadLibraries(const std::string& projectFolder, const std::vector<std::string>& projectLibraries,
                                 const std::vector<std::string>& libraries);

/// Options that choose samples: --samples, --split, --offset.
struct SliceOptions {
    std::string samples = "128";
    std::string split = "selection";
    std::int64_t offset = 0;

    void add(CLI::App& app);
    /// The slice, checked against the data set; "all" is the rest of the split.
    Result<DataSlice> resolve(const Dataset& data) const;
};

/// What importers may ask: the shape of one sample is the one that the user gave (--input-shape).
ImportOptions importOptions(const std::string& inputShapeOption);
/// The shape of one sample of the project's data.
Result<Shape> dataShape(const Project& project);
/// A sample shape for a model: the file's own, or the one that the user gave.
Result<Shape> sampleShape(const ImportedModel& model, const std::string& path, const std::string& inputShapeOption);

/// Threads, strategy and device of a command's emulator.
Result<EmulatorOptions> emulatorOptions(const Context& context, const std::string& strategy);

/// An opened project: everything that a command needs, each part made when it is first asked for.
class Session {
public:
    /// Loads the project, imports its model (checking that it is the one the project knows), finds shapes, folds batch normalisation
    /// when the settings say so, and loads the ACU libraries.
    static Result<std::unique_ptr<Session>> open(const Context& context, const ProjectOptions& options);

    Project& project() { return m_project; }
    const AcuLibrary& library() const { return m_library; }
    const ImportedModel& model() const { return m_model.imported; }
    /// The network as imported, with shapes.
    const Graph& graph() const { return m_model.imported.graph; }
    const Shape& inputShape() const { return m_model.inputShape; }

    Result<std::shared_ptr<const Dataset>> dataset();
    /// The emulator, calibrated: a project without ranges is calibrated now, and the ranges are saved.
    Result<Emulator*> emulator();
    /// The emulator as it is; evaluations need ranges.
    Result<Emulator*> uncalibratedEmulator();
    /// Calibrates anew with the project's settings and saves settings and ranges.
    Result<void> calibrate();
    /// The database beside the project for writing; null with --no-store.
    Result<Store*> store();
    /// The database for reading; null when there is none yet.
    Result<Store*> existingStore();
    /// Evaluates through the store (origin "evaluate"...), or directly with --no-store.
    Result<Evaluator*> evaluator(const std::string& origin, bool useCache);

private:
    Session(const Context& context, const ProjectOptions& options) : m_context(context), m_options(options) {}
    Result<void> checkModelHash();
    Result<void> loadModel();
    /// Writes model hash, settings and ranges into the project file as it is on the disk now.
    Result<void> saveIntoProject();

    const Context& m_context;
    ProjectOptions m_options;
    Project m_project;
    OpenedModel m_model;
    AcuLibrary m_library;
    std::shared_ptr<const Dataset> m_dataset;
    std::unique_ptr<Emulator> m_emulator;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<StoredEvaluator> m_stored;
};

/// The assignment of --assign; the name of an assignment kept in the project is understood too.
Result<Assignment> resolveSpec(const std::string& spec, Session& session);

/// {"name", "value", "samples"} as in `evaluate`.
Json metricDocument(const Evaluation& evaluation);
/// The whole evaluation as `evaluate` prints it.
Json evaluationDocument(const Evaluation& evaluation, const Graph& graph);
/// The number, or null.
Json optionalNumber(const std::optional<double>& value);

}  // namespace axp::cli
