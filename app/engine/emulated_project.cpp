// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/emulated_project.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "app/engine/opened_model.h"
#include "backends/cpu/mac.h"
#include "backends/cuda/loader.h"
#include "backends/emulator/emulator.h"
#include "core/base/hash.h"
#include "core/project/storable.h"
#include "core/store/store.h"

namespace axp {
namespace {

namespace fs = std::filesystem;

class EmulatedProject final : public ProjectEngine {
public:
    Result<void> open(const std::string& path, const std::string& resources, const JobContext& job) {
        const auto stage = [&](std::int64_t done, const char* what) {
            job.report({done, 5, -1, what});
            return job.cancelled() ? Result<void>(cancelled()) : Result<void>();
        };
        AXP_CHECK(stage(0, "reading the project"));
        AXP_TRY(m_project, Project::load(path));
        const std::string modelPath = m_project.resolvedModelPath();
        AXP_TRY(const std::string hash, sha256File(modelPath));
        if (!m_project.modelHash.empty() && m_project.modelHash != hash)
            return badInput("the model changed since the project was saved", modelPath,
                            "Restore the file, or accept the new one: axplorer-cli calibrate PROJECT --accept-model-change.");
        AXP_CHECK(stage(1, "importing the model"));
        AXP_TRY(m_model, openProjectModel(m_project, resources, job));
        AXP_CHECK(stage(2, "reading multipliers"));
        for (const auto& library : m_project.libraries)
            AXP_CHECK(m_library.load((fs::path(m_project.path).parent_path() / library).lexically_normal().string()));
        AXP_CHECK(stage(3, "reading data"));
        AXP_TRY(m_data, openProjectData(m_project, resources, job, 3, 5));
        AXP_CHECK(checkSamplesFit(*m_data, m_model.inputShape, modelPath));
        AXP_CHECK(stage(4, "opening the database"));
        // Without a database looking still works; evaluating says why not.
        if (auto writable = checkWritable(); !writable.ok() && !m_store) m_storeError = std::move(writable).error();
        if (m_project.ranges.empty()) m_project.ranges = givenRanges(m_model);
        EmulatorOptions options;
        options.metric = m_project.data.metric;
        AXP_TRY(m_emulator, Emulator::create(m_model.folded, m_model.contentHash, m_data, m_library, m_project.quant, m_project.ranges,
                                             m_project.unsignedHandling, m_project.referencePowerMw, options));
        // Here, in the job: the module and the driver take their time to answer.
        m_device = std::string("CPU (") + isaName(activeIsa()) + "), CUDA: " + cuda::deviceText();
        return stage(5, "open");
    }

    const Project& project() const override { return m_project; }
    const Graph& graph() const override { return m_emulator->graph(); }
    AcuLibrary library() const override {
        const std::lock_guard lock(m_mutex);
        return m_library;
    }
    Result<int> addLibrary(const std::string& path, const JobContext&) override {
        AcuLibrary extended = library();
        AXP_TRY(const int count, extended.load(path));
        if (count == 0) return 0;
        {
            const std::lock_guard lock(m_mutex);
            m_library = std::move(extended);
        }
        std::error_code error;
        const fs::path relative = fs::relative(path, fs::path(m_project.path).parent_path(), error);
        const std::string written = error || relative.empty() ? path : relative.generic_string();
        return changeProject([&](Project& project) {
                   if (std::find(project.libraries.begin(), project.libraries.end(), written) == project.libraries.end())
                       project.libraries.push_back(written);
               }).ok() ? Result<int>(count)
                       : Result<int>(failure("the multipliers are loaded, but the project file cannot be written", m_project.path,
                                             "They are gone when the project is closed."));
    }
    std::shared_ptr<const Dataset> dataset() const override { return m_data; }
    std::string modelFormat() const override { return m_model.imported.format; }
    std::string device() const override { return m_device; }
    bool calibrated() const override { return !m_emulator->ranges().empty(); }

    Result<void> calibrate(const JobContext& job) override {
        AXP_TRY(m_project.ranges, calibrateModel(*m_emulator, m_model, job));
        AXP_CHECK(changeProject([&](Project& project) { project.ranges = m_project.ranges; }));
        return {};
    }
    Result<Project> changeProject(const std::function<void(Project&)>& change) override {
        const std::lock_guard lock(m_fileMutex);
        AXP_TRY(Project current, Project::load(m_project.path));
        change(current);
        AXP_CHECK(current.save());
        return current;
    }
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const std::string& origin,
                                const JobContext& job) override {
        AXP_TRY(Store* const store, this->store());
        StoredEvaluator evaluator(*m_emulator, *store, origin);
        return evaluator.evaluate(assignment, slice, job);
    }
    Result<Evaluator*> evaluator() override { return static_cast<Evaluator*>(m_emulator.get()); }
    Result<Store*> store() override { return m_store ? Result<Store*>(m_store.get()) : Result<Store*>(*m_storeError); }
    Result<void> checkWritable() override {
        auto writable = makeStorable(m_project, m_store);
        if (m_store) m_storeError.reset();
        return writable;
    }
    std::string sliceText(const DataSlice& slice) const override { return m_emulator->sliceText(slice); }
    std::string metricName() const override { return m_emulator->metricName(); }
    Result<std::vector<OperandPairs>> operandPairs(std::int64_t samples, int bitsA, int bitsB, const JobContext& job) override {
        // The exact multiplier of these widths at the site in question makes the codes; with swapped operands its first one is the weight.
        const bool swap = m_project.quant.swapOperands;
        const std::string exact = "exact:bits=" + std::to_string(swap ? bitsB : bitsA) + ":bits-b=" + std::to_string(swap ? bitsA : bitsB);
        std::vector<OperandPairs> found;
        const auto nodes = enumerateSites(m_emulator->graph(), Granularity::Node);
        for (const Site& site : nodes) {
            job.report({static_cast<std::int64_t>(found.size()), static_cast<std::int64_t>(nodes.size()), -1, site.id});
            AXP_TRY(const VectorDump dump, m_emulator->dumpVectors({{site.id, exact}}, site.id, {"calibration", 0, samples}, job));
            AXP_TRY(OperandPairs pairs, countOperandPairs(site.id, site.macs, bitsA, bitsB, dump.qa, dump.qw));
            found.push_back(std::move(pairs));
        }
        return found;
    }
    std::string strategyOf(const Acu& acu) const override {
        const auto multiplier = effectiveMultiplier(acu, {acu.isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude});
        if (!multiplier.ok()) return {};
        const auto kernel = AcuKernel::create(*multiplier);
        return kernel.ok() ? strategyName((*kernel)->strategy()) : std::string();
    }
    Result<Tensor> logits(const Assignment* assignment, const DataSlice& slice, const JobContext& job) override {
        return m_emulator->predict(assignment, slice, job);
    }

private:
    Project m_project;
    OpenedModel m_model;
    std::string m_device;
    mutable std::mutex m_mutex;  ///< of m_library
    std::mutex m_fileMutex;      ///< of the project file
    AcuLibrary m_library;
    std::shared_ptr<const Dataset> m_data;
    std::unique_ptr<Store> m_store;
    std::optional<Error> m_storeError;
    std::unique_ptr<Emulator> m_emulator;
};

}  // namespace

Result<std::unique_ptr<ProjectEngine>> openEmulatedProject(const std::string& projectPath, const std::string& resources, const JobContext& job) {
    auto project = std::make_unique<EmulatedProject>();
    AXP_CHECK(project->open(projectPath, resources, job));
    return std::unique_ptr<ProjectEngine>(std::move(project));
}

}  // namespace axp
