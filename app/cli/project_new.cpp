// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/engine/importers.h"
#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/base/hash.h"
#include "core/data/data_source.h"
#include "core/eval/metrics.h"

namespace axp::cli {
namespace {
namespace fs = std::filesystem;

/// `path` as it is written into a project in `folder`.
std::string relativeTo(const std::string& path, const fs::path& folder) {
    std::error_code error;
    const auto relative = fs::relative(fs::absolute(path), folder, error);
    return error || relative.empty() ? fs::absolute(path).lexically_normal().string() : relative.generic_string();
}

class ProjectNew : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("--model", m_model, "Model file: ONNX (.onnx) or TorchScript (.pt, .pth, .ts)")->required()->type_name("MODEL");
        app.add_option("--out", m_out, "Project file to write (.axp)")->required()->type_name("P.axp");
        app.add_option("--acus", m_acus, "Candidate ACUs of sweeps and searches, by name")->delimiter(',')->type_name("A,B,...");
        addLibraryOption(app, m_libraries);
        m_sourceOption = app.add_option("--data", m_source, "Data source: " + sourceNames() + " (default: what --data-path is recognised as)")->type_name("NAME");
        app.add_option("--data-path", m_dataPath, "File or folder of the data (default: Fashion-MNIST, the system's, then the bundled subset)")
            ->type_name("PATH");
        const auto list = [&app](const char* name, std::vector<std::string>& values, const std::string& help) {
            app.add_option(name, values, help)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->type_name("NAME=VALUE");
        };
        list("--data-option", m_options, "Option of the data source (repeatable; the help page on data lists them)");
        list("--preprocess", m_preprocessing, "Preprocessing (repeatable): " + namesOf(preprocessingParameters({})));
        std::string names;
        for (const auto& metric : metrics()) names += (names.empty() ? "" : ", ") + std::string(metric.name);
        app.add_option("--metric", m_metric, "What evaluations measure: " + names + " (default: what suits the data)")->type_name("NAME");
        app.add_option("--granularity", m_granularity, "Sites of searches: node, head (attention heads apart) or group (channel groups too)")
            ->capture_default_str()
            ->check(CLI::IsMember({"node", "head", "group"}));
        app.add_option("--channel-groups", m_sites.channelGroups, "Channel groups of layers as sites of their own: how many in a layer (0: none)")
            ->capture_default_str()
            ->check(CLI::Range(0, 4096))
            ->type_name("G");
        app.add_flag("--full-heads", m_sites.headFull, "Attention heads also cover their rows of the projections");
        app.add_flag("--fuse", m_fuse, "Run activations inside the layers before them (same results, less time)");
        app.add_flag("--force", m_force, "Overwrite an existing project file");
    }

    Result<Output> run(Context&) override {
        if (fs::path(m_out).extension() != ".axp") return badInput("a project file ends in .axp", m_out, "Use --out NAME.axp.");
        AXP_CHECK(checkWritable(m_out));
        std::error_code error;
        if (!m_force && fs::exists(m_out, error))
            return badInput("the file exists already", m_out, "Choose another name, or overwrite it with --force.");
        Project project;
        project.path = fs::absolute(m_out).lexically_normal().string();
        const fs::path folder = fs::path(project.path).parent_path();
        project.name = fs::path(m_out).stem().string();
        AXP_TRY(project.data, dataSpec());
        DataSpec opened = project.data;
        if (!m_dataPath.empty()) project.data.path = relativeTo(m_dataPath, folder);
        // Without a path, or with a wrong one, the data say so before the network is read.
        AXP_TRY(const auto data, openDataset(opened, resourcesFolder()));
        for (const auto& problem : data->problems()) spdlog::warn("{}", problem);
        AXP_TRY(const ImportedModel model, openModel(m_model, {[&project] { return dataShape(project); }}));
        AXP_TRY(project.modelHash, sha256File(m_model));
        project.modelPath = relativeTo(m_model, folder);
        if (!model.inputShape.empty()) AXP_CHECK(checkSamplesFit(*data, model.inputShape, m_model));
        AXP_CHECK(metricFor(*data, m_metric, {}));
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_libraries));
        for (const auto& path : m_libraries) project.libraries.push_back(relativeTo(path, folder));
        for (const auto& name : m_acus) {
            AXP_TRY(const AcuPtr acu, library.find(name));
            project.acus.push_back(acu->name());
        }
        project.granularity = m_granularity;
        project.sites = m_sites;
        project.fuseLayers = m_fuse;
        AXP_CHECK(project.save());
        return Output{{{"file", m_out},
                       {"name", project.name},
                       {"model", project.modelPath},
                       {"model_sha256", project.modelHash},
                       {"format", model.format},
                       {"data", data->name()},
                       {"acus", project.acus},
                       {"libraries", project.libraries}},
                      "wrote " + m_out + " for " + project.modelPath + " (" + model.format + ")\n"};
    }

private:
    static std::string sourceNames() {
        std::string names;
        for (const auto& source : dataSources()) names += (names.empty() ? "" : ", ") + source;
        return names;
    }
    static std::string namesOf(const std::vector<ParameterSpec>& specs) {
        std::string names;
        for (const auto& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
        return names;
    }
    /// What the options say; values are checked by their parameters.
    Result<DataSpec> dataSpec() const {
        DataSpec spec;
        spec.path = m_dataPath;
        spec.metric = m_metric;
        if (m_sourceOption->count() > 0) {
            spec.source = m_source;
        } else if (!m_dataPath.empty()) {
            if (!fs::exists(m_dataPath)) return badInput("there is no such file or folder", m_dataPath, "Correct --data-path.");
            const DataSource* found = recognisedSource(m_dataPath);
            if (!found)
                return badInput("this is not recognised as data", m_dataPath, "Name the source with --data: " + sourceNames() + ".");
            spec.source = found->name;
        }
        const DataSource* source = findDataSource(spec.source);
        if (!source) return spec;  // openDataset() refuses it with the names that there are
        AXP_TRY(spec.options, given(source->parameters(), m_options, "--data-option"));
        AXP_TRY(spec.preprocessing, given(preprocessingParameters(source->preprocessing), m_preprocessing, "--preprocess"));
        return spec;
    }
    /// Only the values that were given: the others stay the source's own.
    static Result<ParameterValues> given(const std::vector<ParameterSpec>& specs, const std::vector<std::string>& texts, const std::string& where) {
        std::map<std::string, std::string> pairs;
        for (const auto& text : texts) {
            const auto equals = text.find('=');
            if (equals == std::string::npos) return badInput("'" + text + "' is not of the form NAME=VALUE", where, "Names are " + namesOf(specs) + '.');
            pairs[text.substr(0, equals)] = text.substr(equals + 1);
        }
        AXP_TRY(ParameterValues values, parseParameters(specs, pairs, where));
        std::erase_if(values, [&pairs](const auto& entry) { return !pairs.contains(entry.first); });
        return values;
    }

    CLI::Option* m_sourceOption = nullptr;
    std::string m_model, m_out, m_source = "fashion-mnist", m_dataPath, m_metric, m_granularity = "head";
    std::vector<std::string> m_acus, m_libraries, m_options, m_preprocessing;
    SiteOptions m_sites;
    bool m_force = false, m_fuse = false;
};

}  // namespace

std::unique_ptr<Command> makeProjectNew() { return std::make_unique<ProjectNew>(); }

}  // namespace axp::cli
