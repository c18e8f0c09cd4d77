// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/random_data.h"
#include "app/cli/session.h"
#include "backends/emulator/network_bench.h"
#include "core/graph/passes.h"
#include "core/graph/shaped_networks.h"

namespace axp::cli {
namespace {

/// Seconds as a person compares them.
std::string shortTime(double seconds) {
    if (seconds <= 0) return "-";
    return seconds < 1 ? fixedText(seconds * 1000, seconds < 0.01 ? 2 : 1) + " ms" : fixedText(seconds, 2) + " s";
}

std::string times(double slow, double fast) { return slow > 0 && fast > 0 ? fixedText(slow / fast, slow / fast < 10 ? 1 : 0) + "x" : "-"; }

double numberAt(const Json& row, const char* key) { return row[key].is_null() ? 0.0 : row[key].get<double>(); }

/// Numbers in the weights and biases of MAC nodes.
std::int64_t weightCount(const Graph& graph) {
    std::int64_t count = 0;
    for (const Node& node : graph.nodes)
        for (const std::size_t i : {1u, 2u})
            if (const ValueId id = node.isMac() ? node.input(i) : -1; id >= 0 && graph.values[static_cast<std::size_t>(id)].constant)
                count += graph.values[static_cast<std::size_t>(id)].constant->count();
    return count;
}

std::int64_t macCount(const Graph& graph) {
    std::int64_t macs = 0;
    for (const Site& site : enumerateSites(graph, Granularity::Node)) macs += site.macs;
    return macs;
}

class BenchNetworks : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("--table", m_table, "Networks of the table of the thesis: 4-3 (other networks) or 4-5 (vision transformers); default: both")
            ->check(CLI::IsMember({"4-3", "4-5"}))
            ->type_name("4-3|4-5");
        app.add_option("--networks", m_networks, "Only these networks")->delimiter(',')->type_name("A,B,...");
        app.add_option("--acu", m_acu, "Multiplier at every site, signed with 8 bits (mul8s_1L2H: the functional loop is timed too)")
            ->capture_default_str()
            ->type_name("ACU");
        app.add_option("--batch", m_batch, "Samples per batch (default: one a thread)")->check(CLI::Range(1, 4096))->type_name("B");
        app.add_option("--repetitions", m_repetitions, "Of FP32 and our emulation, interleaved; medians are reported. The loops run once")
            ->capture_default_str()
            ->check(CLI::Range(1, 1000))
            ->type_name("R");
        app.add_flag("--fast", m_fast, "Leave out the plain and the functional loop, which take minutes");
        addLibraryOption(app, m_libraries);
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_libraries));
        AXP_CHECK(library.find(m_acu));
        AXP_TRY(const auto networks, chosen());
        if (m_batch == 0) m_batch = context.threadCount();
        Json rows = Json::array();
        for (const ShapedNetwork& network : networks) {
            if (context.cancelled()) return cancelled();
            AXP_TRY(Json row, measure(network, library, context));
            rows.push_back(std::move(row));
        }
        Output output{{{"acu", m_acu},
                       {"batch", m_batch},
                       {"threads", context.threadCount()},
                       {"isa", isaName(activeIsa())},
                       {"blas", torchBlasName()},
                       {"repetitions", m_repetitions},
                       {"networks", rows}},
                      {}};
        output.text = "seconds a sample, " + m_acu + " at every site, batch " + std::to_string(m_batch) + ", " + std::to_string(context.threadCount()) + " threads, " +
                      isaName(activeIsa()) + ", " + torchBlasName() + "\n\n" + tableOf(rows);
        return output;
    }

private:
    Result<std::vector<ShapedNetwork>> chosen() const {
        std::vector<ShapedNetwork> networks;
        for (const std::string& name : m_networks) {
            AXP_TRY(ShapedNetwork network, findShapedNetwork(name));
            networks.push_back(std::move(network));
        }
        if (networks.empty()) networks = shapedNetworks();
        std::erase_if(networks, [&](const ShapedNetwork& network) { return !m_table.empty() && network.table != m_table; });
        if (networks.empty()) return badInput("none of these networks stands in table " + m_table, "--networks", "Leave --table out.");
        return networks;
    }

    static std::string tableOf(const Json& rows) {
        TextTable table({"network", ">MACs", ">parameters", ">FP32", ">functional loop", ">table loop", ">table, AVX2 gathers", ">Axplorer", ">gathers/ours", ">ours/FP32",
                         "same bits"});
        for (const Json& row : rows) {
            const double fp32 = numberAt(row, "fp32_seconds"), gathers = numberAt(row, "gather_seconds"), ours = numberAt(row, "axplorer_seconds");
            table.row({row["title"].get<std::string>(), countText(row["macs"].get<std::int64_t>()), countText(row["parameters"].get<std::int64_t>()), shortTime(fp32),
                       shortTime(numberAt(row, "functional_seconds")), shortTime(numberAt(row, "table_seconds")), shortTime(gathers), shortTime(ours), times(gathers, ours),
                       fixedText(ours / fp32, 2), row["equal"].get<bool>() ? "yes" : "NO"});
        }
        return table.text();
    }

    Result<Json> measure(const ShapedNetwork& network, const AcuLibrary& library, Context& context) const {
        AXP_TRY(Graph graph, buildShapedNetwork(network.name));
        AXP_CHECK(inferShapes(graph, network.sample));
        Graph folded = graph;
        foldBatchNorm(folded);
        fuseActivations(folded);
        AXP_CHECK(inferShapes(folded, network.sample));
        const std::int64_t macs = macCount(folded);
        Project defaults;
        defaults.quant.calibrationSamples = 2;  // random data needs no more
        EmulatorOptions options;
        options.threads = context.threads();
        options.reuseBytes = 0;
        const auto data = std::make_shared<RandomDataset>(network.sample, context.seed());
        AXP_TRY(const auto emulator, Emulator::create(std::move(folded), graph.contentHash(), data, library, defaults.quant, {}, defaults.unsignedHandling,
                                                      defaults.referencePowerMw, options));
        AXP_CHECK(emulator->calibrate(context.job(network.name + ": calibrating")));
        Assignment assignment;
        for (const Site& site : enumerateSites(emulator->graph(), Granularity::Node)) assignment[site.id] = m_acu;
        const int threads = context.threadCount();
        AXP_TRY(const ModelTiming model, benchModel(*emulator, graph, assignment, m_batch, threads, m_repetitions, context.job(network.name + ": timing")));
        AXP_TRY(const BaselineTiming loops, benchBaselines(*emulator, m_acu, m_batch, threads, !m_fast, context.job(network.name + ": loops of other tools")));
        const auto each = [this](double seconds) { return seconds > 0 ? Json(seconds / m_batch) : Json(nullptr); };
        return Json{{"name", network.name},
                    {"title", network.title},
                    {"table", network.table},
                    {"input_shape", network.sample},
                    {"macs", macs},
                    {"parameters", weightCount(graph)},
                    {"fp32_seconds", each(model.fp32Seconds())},
                    {"functional_seconds", each(loops.functional)},
                    {"table_seconds", each(loops.plainTable)},
                    {"gather_seconds", each(loops.gatheredTable)},
                    {"axplorer_seconds", each(model.emulatedSeconds)},
                    {"equal", loops.equal}};
    }

    std::string m_table, m_acu = "mul8s_1L2H";
    std::vector<std::string> m_networks, m_libraries;
    int m_batch = 0, m_repetitions = 5;
    bool m_fast = false;
};

}  // namespace

std::unique_ptr<Command> makeBenchNetworks() { return std::make_unique<BenchNetworks>(); }

}  // namespace axp::cli
