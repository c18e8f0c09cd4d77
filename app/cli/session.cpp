// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/session.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "backends/cuda/loader.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace axp::cli {
namespace fs = std::filesystem;

void addLibraryOption(CLI::App& app, std::vector<std::string>& libraries) {
    app.add_option("--library", libraries, "Folder of .npy product tables or one table (repeatable; also $AXP_ACU_PATH)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("PATH");
}

void ProjectOptions::add(CLI::App& app) {
    app.add_option("PROJECT", project, "Project file (.axp)")->required()->type_name("");
    addLibraryOption(app, libraries);
    app.add_flag("--accept-model-change", acceptModelChange,
                 "The model file changed on purpose: record it in the project and calibrate anew");
}

void ProjectOptions::addStrategy(CLI::App& app) {
    app.add_option("--strategy", strategy, "How kernels compute: auto, factorised, table, error-table, functional or reference (all bit-exact)")
        ->capture_default_str()
        ->type_name("NAME");
}

void ProjectOptions::addNoStore(CLI::App& app) {
    app.add_flag("--no-store", noStore, "Neither read nor write the project's database (and leave the project file alone)");
}

Result<AcuLibrary> loadLibraries(const std::string& projectFolder, const std::vector<std::string>& projectLibraries,
                                 const std::vector<std::string>& libraries) {
    AcuLibrary library;
    std::vector<std::string> paths;
    for (const auto& path : projectLibraries) paths.push_back((fs::path(projectFolder) / path).lexically_normal().string());
    paths.insert(paths.end(), libraries.begin(), libraries.end());
    if (const char* variable = std::getenv("AXP_ACU_PATH"))
        for (const auto& path : split(variable, ':'))
            if (!path.empty()) paths.push_back(path);
    for (const auto& path : paths) {
        AXP_TRY(const int count, library.load(path));
        if (count == 0) spdlog::warn("{}: no product tables (.npy) in this folder", path);
    }
    return library;
}

void SliceOptions::add(CLI::App& app) {
    app.add_option("--samples", samples, "Number of samples, or 'all' for the rest of the split")->capture_default_str()->type_name("N");
    app.add_option("--split", split, "train, calibration, selection or test")->capture_default_str()->type_name("NAME");
    app.add_option("--offset", offset, "First sample within the split")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
}

Result<DataSlice> SliceOptions::resolve(const Dataset& data) const {
    static const std::vector<std::string> splits{"train", "calibration", "selection", "test"};
    if (std::find(splits.begin(), splits.end(), split) == splits.end())
        return badInput("there is no split '" + split + "'", "--split", "Use train, calibration, selection or test.");
    AXP_TRY(const auto part, data.split(split));
    DataSlice slice{split, offset, 0};
    const std::int64_t rest = part->size() - offset;
    if (rest < 1)
        return badInput("split '" + split + "' has " + countText(part->size()) + " samples, and --offset " + countText(offset) +
                            " leaves none of them", "--offset");
    if (samples == "all") {
        slice.count = rest;
        return slice;
    }
    char* end = nullptr;
    errno = 0;
    slice.count = std::strtoll(samples.c_str(), &end, 10);
    if (samples.empty() || *end != 0 || errno != 0 || slice.count < 1)
        return badInput("'" + samples + "' is not a number of samples", "--samples", "Give a positive number, or 'all'.");
    if (slice.count > rest)
        return badInput("split '" + split + "' of " + data.name() + " has " + countText(part->size()) + " samples; " + samples +
                            " from " + countText(offset) + " on are too many", "--samples",
                        "Use at most " + std::to_string(rest) + ", or 'all'.");
    return slice;
}

ImportOptions importOptions(const std::string& inputShapeOption) {
    if (inputShapeOption.empty()) return {};
    return {[inputShapeOption] { return parseShape(inputShapeOption); }};
}

Result<Shape> dataShape(const Project& project) {
    AXP_TRY(const auto data, openProjectData(project, resourcesFolder()));
    AXP_TRY(const auto split, data->split("calibration"));
    return split->sampleShape();
}

Result<Shape> sampleShape(const ImportedModel& model, const std::string& path, const std::string& inputShapeOption) {
    if (!inputShapeOption.empty()) return parseShape(inputShapeOption);
    if (model.inputShape.empty())
        return badInput("the model does not say how large its input is", path,
                        "Give the size of one sample, for example --input-shape 1,28,28.");
    return model.inputShape;
}

Result<std::unique_ptr<Session>> Session::open(const Context& context, const ProjectOptions& options) {
    std::unique_ptr<Session> session(new Session(context, options));
    AXP_TRY(session->m_project, Project::load(options.project));
    AXP_CHECK(session->checkModelHash());
    AXP_CHECK(session->loadModel());
    const auto folder = fs::path(session->m_project.path).parent_path().string();
    AXP_TRY(session->m_library, loadLibraries(folder, session->m_project.libraries, options.libraries));
    return session;
}

Result<void> Session::checkModelHash() {
    const std::string path = m_project.resolvedModelPath();
    AXP_TRY(const std::string hash, sha256File(path));
    if (m_project.modelHash == hash) return {};
    if (m_project.modelHash.empty()) {
        m_project.modelHash = hash;
        return {};
    }
    if (!m_options.acceptModelChange)
        return badInput("the model changed since the project was saved (SHA-256 " + hash.substr(0, 12) + "..., the project knows " +
                            m_project.modelHash.substr(0, 12) + "...)", path,
                        "Restore the file, or accept the new one with --accept-model-change; the project is then calibrated anew.");
    m_project.modelHash = hash;
    m_project.ranges.clear();
    AXP_CHECK(saveIntoProject());
    spdlog::info("{}: recorded the changed model; earlier results stay in the database but belong to the old model", m_project.path);
    return {};
}

Result<void> Session::loadModel() {
    AXP_TRY(m_model, openProjectModel(m_project, resourcesFolder()));
    return {};
}

Result<void> Session::saveIntoProject() {
    if (m_options.noStore) {
        spdlog::warn("--no-store: the project file is left as it is");
        return {};
    }
    // Another program may have edited the file since it was read: replace only what is known here.
    AXP_TRY(Project current, Project::load(m_project.path));
    current.modelHash = m_project.modelHash;
    current.quant = m_project.quant;
    current.ranges = m_project.ranges;
    if (auto saved = current.save(); !saved.ok()) {
        Error error = std::move(saved).error();
        error.remedy += std::string(error.remedy.empty() ? "" : " ") + "With --no-store nothing is written.";
        return error;
    }
    return {};
}

Result<std::shared_ptr<const Dataset>> Session::dataset() {
    if (m_dataset) return m_dataset;
    AXP_TRY(const auto data, openProjectData(m_project, resourcesFolder()));
    AXP_CHECK(checkSamplesFit(*data, m_model.inputShape, m_project.resolvedModelPath()));
    m_dataset = data;
    return m_dataset;
}

Result<EmulatorOptions> emulatorOptions(const Context& context, const std::string& strategy) {
    EmulatorOptions options;
    options.threads = context.threads();
    AXP_TRY(options.strategy, strategyFromName(strategy));
    if (context.options().device == "cuda") {
        AXP_TRY(options.device, cuda::loadDevice());
    }
    return options;
}

Result<Emulator*> Session::uncalibratedEmulator() {
    if (m_emulator) return m_emulator.get();
    AXP_TRY(const auto data, dataset());
    AXP_TRY(EmulatorOptions options, emulatorOptions(m_context, m_options.strategy));
    options.metric = m_project.data.metric;
    if (m_project.ranges.empty()) m_project.ranges = givenRanges(m_model);
    AXP_TRY(m_emulator, Emulator::create(m_model.folded, m_model.contentHash, data, m_library, m_project.quant, m_project.ranges,
                                         m_project.unsignedHandling, m_project.referencePowerMw, options));
    return m_emulator.get();
}

Result<Emulator*> Session::emulator() {
    AXP_TRY(Emulator * emulator, uncalibratedEmulator());
    if (m_project.ranges.empty()) {
        spdlog::info("{}: no quantization ranges yet; calibrating with {} samples ({})", m_project.name,
                     m_project.quant.calibrationSamples, calibratorName(m_project.quant.calibrator));
        AXP_CHECK(calibrate());
    }
    return emulator;
}

Result<void> Session::calibrate() {
    AXP_TRY(Emulator * emulator, uncalibratedEmulator());
    AXP_TRY(m_project.ranges, calibrateModel(*emulator, m_model, m_context.job("calibrating")));
    return saveIntoProject();
}

Result<Store*> Session::store() {
    if (m_options.noStore || m_store) return m_store.get();
    auto opened = Store::open(m_project.databasePath());
    if (!opened.ok()) {
        Error error = std::move(opened).error();
        error.remedy += std::string(error.remedy.empty() ? "" : " ") +
                        "With --no-store `evaluate` works without the database, and its result is not kept.";
        return error;
    }
    m_store = std::move(opened).value();
    return m_store.get();
}

Result<Store*> Session::existingStore() {
    std::error_code error;
    if (!m_store && !fs::exists(m_project.databasePath(), error)) return nullptr;
    if (!m_store) {
        AXP_TRY(m_store, Store::open(m_project.databasePath(), Store::Mode::ReadOnly));
    }
    return m_store.get();
}

Result<Evaluator*> Session::evaluator(const std::string& origin, bool useCache) {
    // The database first: a disk that cannot keep the result is better known before the work than after it.
    AXP_TRY(Store * store, this->store());
    AXP_TRY(Emulator * emulator, this->emulator());
    if (!store) {
        spdlog::warn("--no-store: the result is not kept");
        return static_cast<Evaluator*>(emulator);
    }
    m_stored = std::make_unique<StoredEvaluator>(*emulator, *store, origin, 0, useCache);
    return static_cast<Evaluator*>(m_stored.get());
}

Result<Assignment> resolveSpec(const std::string& spec, Session& session) {
    const auto& named = session.project().assignments;
    if (const auto found = named.find(spec); found != named.end()) return found->second;
    return parseAssignment(spec, session.graph(), session.library());
}

Json optionalNumber(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json metricDocument(const Evaluation& evaluation) {
    return {{"name", evaluation.metricName}, {"value", evaluation.metric}, {"samples", evaluation.samples}};
}

Json evaluationDocument(const Evaluation& evaluation, const Graph& graph) {
    return {{"config", evaluation.configHash},
            {"assignment", assignmentText(evaluation.assignment, graph)},
            {"metric", metricDocument(evaluation)},
            {"rmse", evaluation.rmse},
            {"power_relative", optionalNumber(evaluation.powerRelative)},
            {"seconds", evaluation.seconds},
            {"cached", evaluation.cached},
            {"slice", evaluation.slice},
            {"backend", evaluation.backend},
            {"strategy", evaluation.strategy},
            {"numerics", evaluation.numerics}};
}

}  // namespace axp::cli
