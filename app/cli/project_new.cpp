// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/engine/importers.h"
#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/base/hash.h"

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
        app.add_option("--data", m_source, "Data source")->capture_default_str()->type_name("NAME");
        app.add_option("--data-path", m_dataPath, "Folder of the data (default: the system's, then the bundled subset)")->type_name("DIR");
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
        project.data.source = m_source;
        if (!m_dataPath.empty()) project.data.path = relativeTo(m_dataPath, folder);
        AXP_TRY(const ImportedModel model, openModel(m_model, {[&project] { return dataShape(project); }}));
        AXP_TRY(project.modelHash, sha256File(m_model));
        project.modelPath = relativeTo(m_model, folder);
        AXP_TRY(const auto data, openDataset({m_source, m_dataPath}, resourcesFolder()));
        if (!model.inputShape.empty()) AXP_CHECK(checkSamplesFit(*data, model.inputShape, m_model));
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
                       {"acus", project.acus},
                       {"libraries", project.libraries}},
                      "wrote " + m_out + " for " + project.modelPath + " (" + model.format + ")\n"};
    }

private:
    std::string m_model, m_out, m_source = "fashion-mnist", m_dataPath, m_granularity = "head";
    std::vector<std::string> m_acus, m_libraries;
    SiteOptions m_sites;
    bool m_force = false, m_fuse = false;
};

}  // namespace

std::unique_ptr<Command> makeProjectNew() { return std::make_unique<ProjectNew>(); }

}  // namespace axp::cli
