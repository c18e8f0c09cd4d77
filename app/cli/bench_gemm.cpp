// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/bench_gemm.h"

#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/session.h"

namespace axp::cli {
namespace {

class BenchGemm : public Command {
public:
    void addOptions(CLI::App& app) override {
        const auto size = CLI::Range(std::int64_t{1}, std::int64_t{1} << 16);
        app.add_option("--m", m_m, "Rows of activations")->capture_default_str()->check(size)->type_name("M");
        app.add_option("--k", m_k, "Depth")->capture_default_str()->check(size)->type_name("K");
        app.add_option("--n", m_n, "Output channels")->capture_default_str()->check(size)->type_name("N");
        app.add_option("--acu", m_acus, "ACUs to time")->required()->delimiter(',')->type_name("A,B,...");
        app.add_option("--strategy", m_strategy, "auto, factorised, table, error-table, functional or reference")->capture_default_str()->type_name("NAME");
        app.add_option("--repetitions", m_repetitions, "Interleaved repetitions; medians are reported")
            ->capture_default_str()
            ->check(CLI::Range(1, 10000))
            ->type_name("R");
        addLibraryOption(app, m_libraries);
    }

    Result<Output> run(Context& context) override {
        if (context.options().device != "cpu") return badInput("bench gemm measures the CPU's kernels", "--device", "Run axp_cuda_bench for a GPU.");
        // Operands, factors and results of 16 Gi products need some gigabytes; beyond that it is a mistake.
        if (m_m * m_k * m_n > (std::int64_t{1} << 36))
            return badInput("a product of " + countText(m_m * m_k * m_n) + " MACs is too large to repeat", "--m, --k, --n", "Use smaller sizes.");
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_libraries));
        AXP_TRY(const Strategy strategy, strategyFromName(m_strategy));
        std::vector<GemmCandidate> candidates;
        for (const auto& name : m_acus) {
            AXP_TRY(const AcuPtr acu, library.find(name));
            AXP_TRY(const Multiplier multiplier, effectiveMultiplier(*acu, {acu->isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude}));
            candidates.push_back({acu->name(), multiplier, strategy});
        }
        AXP_TRY(const GemmBenchmark result, measure(std::move(candidates), context));
        if (result.fp32Gmacs <= 0) spdlog::warn("this build has no oneDNN: there is no FP32 figure to compare with");
        return output(result);
    }

private:
    /// A benchmark cannot poll between its repetitions without disturbing them, so that it runs on a thread of its own. An interrupted
    /// program ends without waiting for it (see main).
    Result<GemmBenchmark> measure(std::vector<GemmCandidate> candidates, const Context& context) const {
        auto task = std::make_shared<std::packaged_task<Result<GemmBenchmark>()>>(
            [m = m_m, k = m_k, n = m_n, threads = context.threadCount(), repetitions = m_repetitions, candidates = std::move(candidates)] {
                return benchGemm(m, k, n, threads, candidates, repetitions);
            });
        auto result = task->get_future();
        std::thread([task] { (*task)(); }).detach();
        while (result.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
            if (context.cancelled()) return cancelled();
        return result.get();
    }

    Output output(const GemmBenchmark& result) const {
        const bool compared = result.fp32Gmacs > 0;
        Json rows = Json::array();
        TextTable table({"ACU", "strategy", ">rank", ">GMAC/s", ">times FP32"});
        table.row({"(FP32)", result.blas, "", compared ? fixedText(result.fp32Gmacs, 1) : "-", ""});
        for (const GemmTiming& timing : result.timings) {
            const double ratio = compared ? timing.gmacs / result.fp32Gmacs : 0;
            rows.push_back({{"acu", timing.acu},
                            {"strategy", timing.strategy},
                            {"rank", timing.rank > 0 ? Json(timing.rank) : Json(nullptr)},
                            {"gmacs", timing.gmacs},
                            {"ratio", compared ? Json(ratio) : Json(nullptr)}});
            table.row({timing.acu, timing.strategy, timing.rank > 0 ? std::to_string(timing.rank) : "", fixedText(timing.gmacs, 1),
                       compared ? fixedText(ratio, 2) : "-"});
        }
        return {{{"m", m_m},
                 {"k", m_k},
                 {"n", m_n},
                 {"threads", result.threads},
                 {"isa", result.isa},
                 {"blas", result.blas},
                 {"fp32", {{"gmacs", compared ? Json(result.fp32Gmacs) : Json(nullptr)}}},
                 {"results", rows}},
                std::to_string(m_m) + " x " + std::to_string(m_k) + " x " + std::to_string(m_n) + ", " + std::to_string(result.threads) +
                    " thread(s), " + result.isa + "\n" + table.text()};
    }

    std::int64_t m_m = 256, m_k = 1152, m_n = 1024;
    std::vector<std::string> m_acus, m_libraries;
    std::string m_strategy = "auto";
    int m_repetitions = 15;
};

}  // namespace

std::unique_ptr<Command> makeBenchGemm() { return std::make_unique<BenchGemm>(); }

}  // namespace axp::cli
