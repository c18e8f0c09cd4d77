// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/random_data.h"
#include "app/cli/session.h"
#include "backends/emulator/network_bench.h"
#include "core/graph/passes.h"
#include "core/graph/shaped_networks.h"

namespace axp::cli {
namespace {

constexpr int kEntryBytes = 4;

std::string sizeText(std::int64_t bytes) {
    if (bytes >= 1 << 20) return std::to_string(bytes >> 20) + " MiB";
    return bytes >= 1 << 10 ? std::to_string(bytes >> 10) + " KiB" : std::to_string(bytes) + " B";
}

class BenchWidths : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("--network", m_network, "Network whose batches are timed (see bench networks)")->capture_default_str()->type_name("NAME");
        app.add_option("--batches", m_batches, "Batches one after the other, the first with cold caches")
            ->capture_default_str()
            ->check(CLI::Range(1, 100))
            ->type_name("N");
        app.add_option("--batch", m_batch, "Samples per batch (default: one a thread)")->check(CLI::Range(1, 4096))->type_name("B");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const ShapedNetwork network, findShapedNetwork(m_network));
        if (m_batch == 0) m_batch = context.threadCount();
        const std::vector<std::int64_t> caches = cacheSizes();
        Json rows = Json::array();
        for (int bits = 4; bits <= 12; ++bits) {
            if (context.cancelled()) return cancelled();
            const std::int64_t bytes = (std::int64_t{1} << (2 * bits)) * kEntryBytes;
            const double rate = lookupRate(bits, kEntryBytes, 0.5);
            AXP_TRY(const std::vector<double> tabled, batchTimes(network, bits, Strategy::Table, context));
            AXP_TRY(const std::vector<double> best, batchTimes(network, bits, Strategy::Auto, context));
            rows.push_back({{"bits", bits},
                            {"table_bytes", bytes},
                            {"fits_in", levelOf(bytes, caches)},
                            {"lookups_per_second", rate},
                            {"table_batch_seconds", tabled},
                            {"best_batch_seconds", best}});
        }
        Output output{{{"network", network.name},
                       {"batch", m_batch},
                       {"threads", context.threadCount()},
                       {"isa", isaName(activeIsa())},
                       {"cache_bytes", caches},
                       {"widths", rows}},
                      {}};
        output.text = network.title + ", batch " + std::to_string(m_batch) + ", " + std::to_string(context.threadCount()) + " threads, " + isaName(activeIsa()) +
                      "; data caches of a core: " + cacheText(caches) +
                      "\nlook-ups: at random in a table of 4-byte products, one thread; batches: every product from a table\n\n" + tableOf(rows);
        return output;
    }

private:
    static std::string cacheText(const std::vector<std::int64_t>& caches) {
        std::string text;
        for (std::size_t i = 0; i < caches.size(); ++i) text += (i ? ", L" : "L") + std::to_string(i + 1) + " " + sizeText(caches[i]);
        return text.empty() ? "unknown" : text;
    }

    std::string tableOf(const Json& rows) const {
        std::vector<std::string> headers{">bits", ">table", "fits in", ">look-ups/s"};
        for (int i = 1; i <= m_batches; ++i) headers.push_back(">batch " + std::to_string(i));
        headers.insert(headers.end(), {">table, last batch", ">best strategy"});
        TextTable table(headers);
        for (const Json& row : rows) {
            const auto tabled = row["table_batch_seconds"].get<std::vector<double>>(), best = row["best_batch_seconds"].get<std::vector<double>>();
            std::vector<std::string> cells{std::to_string(row["bits"].get<int>()), sizeText(row["table_bytes"].get<std::int64_t>()), row["fits_in"].get<std::string>(),
                                           fixedText(row["lookups_per_second"].get<double>() / 1e6, 0) + " M"};
            for (const double seconds : tabled) cells.push_back(fixedText(seconds * 1000, 1) + " ms");
            for (const double last : {tabled.back(), best.back()}) {
                const double ms = last * 1000 / m_batch;
                cells.push_back(fixedText(ms, ms < 1 ? 3 : 1) + " ms a sample");
            }
            table.row(cells);
        }
        return table.text();
    }

    static std::string levelOf(std::int64_t bytes, const std::vector<std::int64_t>& caches) {
        for (std::size_t i = 0; i < caches.size(); ++i)
            if (bytes <= caches[i]) return "L" + std::to_string(i + 1);
        return caches.empty() ? "unknown" : "memory";
    }

    /// Seconds of the first batches on a new emulator, whose tables nobody has read yet.
    Result<std::vector<double>> batchTimes(const ShapedNetwork& network, int bits, Strategy strategy, Context& context) const {
        AXP_TRY(Graph graph, buildShapedNetwork(network.name));
        foldBatchNorm(graph);
        fuseActivations(graph);
        AXP_CHECK(inferShapes(graph, network.sample));
        const AcuLibrary library;
        Project defaults;
        defaults.quant.calibrationSamples = 2;
        EmulatorOptions options;
        options.threads = context.threads();
        options.strategy = strategy;
        options.reuseBytes = 0;
        const std::string hash = graph.contentHash();
        const auto data = std::make_shared<RandomDataset>(network.sample, context.seed());
        AXP_TRY(const auto emulator, Emulator::create(std::move(graph), hash, data, library, defaults.quant, {}, defaults.unsignedHandling, defaults.referencePowerMw, options));
        const JobContext job = context.job(network.name + ", " + std::to_string(bits) + " bits");
        AXP_CHECK(emulator->calibrate(job));
        Assignment assignment;
        for (const Site& site : enumerateSites(emulator->graph(), Granularity::Node)) assignment[site.id] = "exact:bits=" + std::to_string(bits);
        return batchSeconds(*emulator, assignment, m_batch, context.threadCount(), m_batches, job);
    }

    std::string m_network = "vit-s";
    int m_batch = 0, m_batches = 3;
};

}  // namespace

std::unique_ptr<Command> makeBenchWidths() { return std::make_unique<BenchWidths>(); }

}  // namespace axp::cli
