// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/bench_gemm.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/bench_fp32.h"

namespace axp {
namespace {

/// Threads that stay alive between repetitions, each with its own workspace.
class Team {
public:
    using Work = std::function<void(int worker, Workspace& workspace)>;

    explicit Team(int threads) : m_workspaces(static_cast<std::size_t>(threads)) {
        for (int i = 1; i < threads; ++i) m_threads.emplace_back([this, i] { loop(i); });
    }
    ~Team() {
        {
            std::lock_guard lock(m_mutex);
            m_stop = true;
            ++m_round;
        }
        m_start.notify_all();
        for (auto& thread : m_threads) thread.join();
    }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    void run(const Work& work) {
        {
            std::lock_guard lock(m_mutex);
            m_work = &work;
            m_busy = static_cast<int>(m_threads.size());
            ++m_round;
        }
        m_start.notify_all();
        work(0, m_workspaces[0]);
        std::unique_lock lock(m_mutex);
        m_done.wait(lock, [this] { return m_busy == 0; });
    }

private:
    void loop(int worker) {
        for (std::uint64_t seen = 0;;) {
            const Work* work = nullptr;
            {
                std::unique_lock lock(m_mutex);
                m_start.wait(lock, [&] { return m_round != seen; });
                seen = m_round;
                if (m_stop) return;
                work = m_work;
            }
            (*work)(worker, m_workspaces[static_cast<std::size_t>(worker)]);
            std::lock_guard lock(m_mutex);
            if (--m_busy == 0) m_done.notify_one();
        }
    }

    std::vector<Workspace> m_workspaces;
    std::vector<std::thread> m_threads;
    std::mutex m_mutex;
    std::condition_variable m_start, m_done;
    const Work* m_work = nullptr;
    int m_busy = 0;
    std::uint64_t m_round = 0;
    bool m_stop = false;
};

struct Problem {
    std::int64_t m, k, n;
    std::vector<std::int16_t> a, b;  ///< codes [m][k] and [n][k]
};

std::vector<std::int16_t> randomCodes(std::int64_t count, int bits, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::int16_t> codes(static_cast<std::size_t>(count));
    const auto range = static_cast<unsigned>(operandMax(bits, true) - operandMin(bits, true) + 1);
    for (auto& code : codes) code = static_cast<std::int16_t>(operandMin(bits, true) + static_cast<std::int64_t>(random() % range));
    return codes;
}

/// A candidate with packed weights.
struct Runner {
    AcuKernelPtr kernel;
    std::unique_ptr<MacLayer> layer;
    Problem problem;
    std::vector<std::int8_t> narrowCodes;  ///< problem.a for layers that take bytes
    std::vector<std::int32_t> narrowSums;
    std::vector<std::int64_t> wideSums;
    std::vector<double> seconds;

    void run(Team& team, int threads) {
        const auto* codes = static_cast<const cpu::CodeLayer*>(layer.get());
        const std::int64_t step = (problem.m + threads - 1) / threads;
        team.run([&](int worker, Workspace& workspace) {
            const std::int64_t first = worker * step, rows = std::min(step, problem.m - first);
            if (rows <= 0) return;
            const std::int64_t from = first * problem.k, to = first * problem.n;
            if (codes->wide())
                codes->multiplyCodes(problem.a.data() + from, rows, {nullptr, wideSums.data() + to}, workspace);
            else
                codes->multiplyCodes(narrowCodes.data() + from, rows, {narrowSums.data() + to, nullptr}, workspace);
        });
    }

    Result<void> check(const std::string& name) const {
        std::mt19937_64 random(5);
        for (int i = 0; i < 2000; ++i) {
            const auto row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(problem.m));
            const auto column = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(problem.n));
            std::int64_t sum = 0;
            for (std::int64_t k = 0; k < problem.k; ++k)
                sum += kernel->multiplier().at(problem.a[static_cast<std::size_t>(row * problem.k + k)], problem.b[static_cast<std::size_t>(column * problem.k + k)]);
            const auto at = static_cast<std::size_t>(row * problem.n + column);
            if ((wideSums.empty() ? std::int64_t{narrowSums[at]} : wideSums[at]) != sum)
                return failure("the " + std::string(strategyName(kernel->strategy())) + " kernel of " + name + " gave a wrong sum at row " +
                                   std::to_string(row) + ", column " + std::to_string(column), {}, "Report this as a bug.");
        }
        return {};
    }
};

Result<Runner> makeRunner(const GemmCandidate& candidate, std::int64_t m, std::int64_t k, std::int64_t n) {
    const Multiplier& multiplier = candidate.multiplier;
    AXP_TRY(AcuKernelPtr kernel, AcuKernel::create(multiplier, candidate.strategy));
    Runner runner{kernel, nullptr, {m, k, n, randomCodes(m * k, multiplier.bitsA(), 1), randomCodes(n * k, multiplier.bitsB(), 2)}, {}, {}, {}, {}};
    ConvGeometry geometry;
    geometry.inChannels = k;
    geometry.outChannels = n;
    AXP_TRY(runner.layer, MacLayer::create(kernel, geometry, runner.problem.b.data()));
    const auto sums = static_cast<std::size_t>(m * n);
    if (static_cast<const cpu::CodeLayer&>(*runner.layer).wide()) {
        runner.wideSums.resize(sums);
        return runner;
    }
    runner.narrowSums.resize(sums);
    runner.narrowCodes.assign(runner.problem.a.begin(), runner.problem.a.end());
    return runner;
}

template <class F>
double secondsOf(const F& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

Result<GemmBenchmark> benchGemm(std::int64_t m, std::int64_t k, std::int64_t n, int threads,
                                const std::vector<GemmCandidate>& candidates, int repetitions) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 20;
    if (m < 1 || k < 1 || n < 1 || m > kLimit || k > kLimit || n > kLimit || m * k > kLimit * 1024 || n * k > kLimit * 1024 || m * n > kLimit * 1024)
        return badInput("sizes of the product must be between 1 and 2^20, and no matrix larger than 2^30 numbers");
    if (threads < 1 || threads > 1024 || repetitions < 1) return badInput("threads must be between 1 and 1024 and repetitions at least 1");
    Team team(threads);
    std::vector<Runner> runners;
    for (const auto& candidate : candidates) {
        AXP_TRY(Runner runner, makeRunner(candidate, m, k, n));
        runners.push_back(std::move(runner));
        runners.back().run(team, threads);
        AXP_CHECK(runners.back().check(candidate.acu));
    }
    AXP_TRY(const std::unique_ptr<cpu::Fp32Gemm> fp32, cpu::Fp32Gemm::create(m, k, n, threads));
    std::vector<std::vector<double>> fp32Seconds(static_cast<std::size_t>(fp32->variants()));
    std::clock_t cpuStart = 0;
    std::chrono::steady_clock::time_point start;
    for (int i = -1; i < repetitions; ++i) {  // round -1 warms up
        if (i == 0) {
            cpuStart = std::clock();  // processor time of all threads
            start = std::chrono::steady_clock::now();
        }
        for (int variant = 0; variant < fp32->variants(); ++variant) {
            const double seconds = secondsOf([&] { fp32->run(variant); });
            if (i >= 0) fp32Seconds[static_cast<std::size_t>(variant)].push_back(seconds);
        }
        for (auto& runner : runners) {
            const double seconds = secondsOf([&] { runner.run(team, threads); });
            if (i >= 0) runner.seconds.push_back(seconds);
        }
    }
    const double cpuSeconds = static_cast<double>(std::clock() - cpuStart) / CLOCKS_PER_SEC;
    const double wallSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double macs = static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n) * 1e-9;
    GemmBenchmark result{isaName(activeIsa()), fp32->name(), threads, cpuSeconds / (wallSeconds * threads), 0, {}};
    for (const auto& seconds : fp32Seconds) result.fp32Gmacs = std::max(result.fp32Gmacs, macs / median(seconds));
    for (std::size_t i = 0; i < runners.size(); ++i)
        result.timings.push_back({candidates[i].acu, strategyName(runners[i].kernel->strategy()), runners[i].kernel->rank(), macs / median(runners[i].seconds)});
    return result;
}

}  // namespace axp
