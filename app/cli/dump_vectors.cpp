// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "core/base/text.h"

namespace axp::cli {
namespace {

/// Node sites and head sites are both fine.
Result<void> checkSite(const std::string& id, const Graph& graph) {
    std::vector<std::string> known;
    for (const auto granularity : {Granularity::Node, Granularity::Group})
        for (const Site& site : enumerateSites(graph, granularity)) {
            if (site.id == id) return {};
            known.push_back(site.id);
        }
    std::string remedy = didYouMean(id, known);
    if (remedy.empty()) remedy = "`inspect` lists the sites.";
    return badInput("there is no site '" + id + "' in this network", "--site", remedy);
}

class DumpVectors : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_options.addStrategy(app);
        m_options.addNoStore(app);
        m_slice.samples = "4";
        m_slice.add(app);
        app.add_option("--assign", m_spec, "all=ACU, SITE=ACU,..., @file.json or exact")->required()->type_name("SPEC");
        app.add_option("--site", m_site, "Site whose matrix product is written (see `inspect`)")->required()->type_name("ID");
        app.add_option("--out", m_out, "Folder for qa.npy, qw.npy, acc.npy, x.npy, w.npy, y.npy and meta.json")->required()->type_name("DIR");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(const Assignment assignment, resolveSpec(m_spec, *session));
        AXP_CHECK(checkSite(m_site, session->graph()));
        AXP_TRY(const auto data, session->dataset());
        AXP_TRY(const DataSlice slice, m_slice.resolve(*data));
        AXP_CHECK(makeFolder(m_out));
        AXP_TRY(Emulator * emulator, session->emulator());
        AXP_TRY(const VectorDump dump, emulator->dumpVectors(assignment, m_site, slice, context.job("computing vectors")));
        const Node* node = emulator->graph().findNode(m_site.substr(0, m_site.find('/')));
        return write(dump, session->project().quant, emulator->sliceText(slice), node ? node->epilogue : Epilogue{});
    }

private:
    Result<Output> write(const VectorDump& dump, const QuantSettings& settings, const std::string& slice, const Epilogue& epilogue) const {
        const std::pair<const char*, const Tensor*> parts[] = {{"qa", &dump.qa}, {"qw", &dump.qw}, {"acc", &dump.acc},
                                                               {"x", &dump.x},   {"w", &dump.w},   {"y", &dump.y}};
        Json shapes = Json::object(), files = Json::array();
        for (const auto& [name, tensor] : parts) {
            const std::string file = (std::filesystem::path(m_out) / (std::string(name) + ".npy")).string();
            AXP_CHECK(writeNpy(file, *tensor));
            shapes[name] = tensor->shape();
            files.push_back(file);
        }
        Json meta{{"site", m_site},
                  {"slice", slice},
                  {"acu", dump.acu},
                  {"acu_sha256", dump.acuHash},
                  {"semantics", dump.semantics},
                  {"strategy", dump.strategy},
                  {"scale_a", dump.scaleA},
                  {"scale_b", dump.scaleB},
                  {"zero_point_a", dump.zeroA},
                  {"zero_point_b", dump.zeroB},
                  {"accumulator", {{"bits", settings.accumulator.bits},
                                   {"overflow", settings.accumulator.saturate ? "saturate" : "wrap"},
                                   {"approximate_bits", settings.accumulator.approximateBits}}},
                  {"swap_operands", settings.swapOperands},
                  {"pad_through_multiplier", settings.padThroughMultiplier},
                  {"shapes", shapes}};
        // y is what the layer gives, after an activation that is fused into it.
        const auto finite = [](float limit) { return std::isfinite(limit) ? Json(limit) : Json(nullptr); };
        if (epilogue.clamps()) meta["y_limits"] = {finite(epilogue.lo), finite(epilogue.hi)};
        const std::string file = (std::filesystem::path(m_out) / "meta.json").string();
        AXP_CHECK(writeFileAtomic(file, documentText(meta)));
        files.push_back(file);
        Output output;
        output.text = m_out + ": " + std::to_string(files.size()) + " files; " + m_site + " with " + dump.acu + " (" + dump.strategy +
                      "), qa " + shapeText(dump.qa.shape()) + ", qw " + shapeText(dump.qw.shape()) + ", acc " +
                      shapeText(dump.acc.shape()) + "\n";
        output.document = std::move(meta);
        output.document["files"] = std::move(files);
        return output;
    }

    ProjectOptions m_options;
    SliceOptions m_slice;
    std::string m_spec, m_site, m_out;
};

}  // namespace

std::unique_ptr<Command> makeDumpVectors() { return std::make_unique<DumpVectors>(); }

}  // namespace axp::cli
