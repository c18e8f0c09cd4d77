// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/engine/importers.h"
#include "core/base/hash.h"
#include "core/graph/passes.h"

namespace axp::cli {
namespace {

Json nodesDocument(const Graph& graph) {
    Json nodes = Json::array();
    for (const Node& node : graph.nodes) {
        const bool shaped = !node.outputs.empty() && node.outputs.front() >= 0;
        const Shape shape = shaped ? graph.values[static_cast<std::size_t>(node.outputs.front())].shape : Shape{};
        nodes.push_back({{"name", node.name}, {"op", node.op}, {"kind", nodeKindName(node.kind)}, {"shape", shape}, {"fused", node.epilogue.nodes}});
    }
    return nodes;
}

std::string inspectText(const Json& document) {
    TextTable table({"site", "op", ">MACs", ">share", "output", ">heads", ">groups", "does as well"});
    std::map<std::string, std::string> fused;
    for (const auto& node : document["nodes"])
        for (const auto& name : node["fused"]) {
            std::string& text = fused[node["name"].get<std::string>()];
            text += (text.empty() ? "" : ", ") + name.get<std::string>();
        }
    const auto total = document["macs_total"].get<std::int64_t>();
    for (const auto& site : document["sites"]) {
        const auto macs = site["macs"].get<std::int64_t>();
        const auto heads = site["heads"].get<int>(), groups = site["groups"].get<int>();
        table.row({site["id"], site["op"], countText(macs), percentText(total ? static_cast<double>(macs) / static_cast<double>(total) : 0),
                   shapeText(site["shape"].get<Shape>()), heads ? std::to_string(heads) : "", groups ? std::to_string(groups) : "",
                   fused[site["id"].get<std::string>()]});
    }
    return document["format"].get<std::string>() + ", input " + shapeText(document["input_shape"].get<Shape>()) + ", " +
           countText(static_cast<long long>(document["nodes"].size())) + " nodes, " +
           countText(document["parameters"].get<std::int64_t>()) + " parameters, " + countText(total) + " MACs per sample\n\n" + table.text();
}

class Inspect : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("MODEL", m_path, "Model file, or project file (.axp)")->required()->type_name("");
        app.add_option("--input-shape", m_inputShape, "Shape of one sample, for example 1,28,28 (when the file leaves it open)")
            ->type_name("SHAPE");
        app.add_flag("--fuse", m_fuse, "Show the network with batch norms folded and activations fused into the layers before them");
    }

    Result<Output> run(Context&) override {
        std::string path = m_path;
        ImportOptions options = importOptions(m_inputShape);
        SiteOptions sites;
        bool fold = m_fuse, fuse = m_fuse;
        if (std::filesystem::path(m_path).extension() == ".axp") {
            AXP_TRY(const Project project, Project::load(m_path));
            if (m_inputShape.empty()) options.sampleShape = [project] { return dataShape(project); };
            path = project.resolvedModelPath();
            sites = project.sites;
            fuse = fuse || project.fuseLayers;
            fold = fuse && project.quant.foldBatchNorm;
            AXP_TRY(const std::string hash, sha256File(path));
            if (!project.modelHash.empty() && hash != project.modelHash)
                spdlog::warn("{}: the model changed since the project was saved; this is what it looks like now", path);
        }
        AXP_TRY(ImportedModel model, openModel(path, options));
        AXP_TRY(const Shape shape, sampleShape(model, path, m_inputShape));
        if (fold) foldBatchNorm(model.graph);
        if (fuse) fuseActivations(model.graph);
        AXP_CHECK(inferShapes(model.graph, shape));
        defineParts(model.graph, sites);
        Output output{document(model, shape), {}};
        output.text = inspectText(output.document);
        return output;
    }

private:
    static Json document(const ImportedModel& model, const Shape& inputShape) {
        Json sites = Json::array();
        std::int64_t total = 0;
        for (const Site& site : enumerateSites(model.graph, Granularity::Node)) {
            sites.push_back({{"id", site.id}, {"op", site.op}, {"macs", site.macs}, {"shape", site.shape}, {"heads", site.heads}, {"groups", site.groups}});
            total += site.macs;
        }
        return {{"format", model.format},
                {"input_shape", inputShape},
                {"parameters", model.graph.parameterCount()},
                {"macs_total", total},
                {"sites", sites},
                {"nodes", nodesDocument(model.graph)}};
    }

    std::string m_path, m_inputShape;
    bool m_fuse = false;
};

}  // namespace

std::unique_ptr<Command> makeInspect() { return std::make_unique<Inspect>(); }

}  // namespace axp::cli
