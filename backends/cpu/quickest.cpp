// SPDX-License-Identifier: GPL-3.0-or-later
// Which strategy Auto comes to.
#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <random>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {
namespace {

/// A way to compute, and its cost a product in units of one term of factors.
struct Choice {
    Strategy strategy;
    int terms, planes;
    double cost;
};

// Costs as measured on Zen 4 (tests/bench/RESULTS.md). A byte plane of a table whose rows repeat after 64 or 128 columns needs fewer permutes.
double planeCost(const Multiplier& multiplier) { return multiplier.bitsB() <= 6 ? 1.6 : multiplier.bitsB() == 7 ? 2.7 : 4.1; }
double numberCost(Isa isa) { return isa == Isa::Avx2 ? 6.5 : 1.6; }

/// Below this ratio of costs both kernels are timed.
constexpr double kClose = 1.3;

std::vector<Choice> choicesOf(const Multiplier& multiplier, int terms, Isa isa) {
    std::vector<Choice> choices;
    const ProductTable& table = *multiplier.table();
    if (terms > 0) choices.push_back({Strategy::Factorised, terms, 0, static_cast<double>(terms)});
    if (!kernelSet(isa).byteTables) {
        choices.push_back({Strategy::Table, 0, 4, numberCost(isa)});
        return choices;
    }
    const int planes = planesOf(table);
    choices.push_back({Strategy::Table, 0, planes, planes * planeCost(multiplier)});
    if (const auto split = splitError(table); split.ok() && split->errorPlanes < planes)
        choices.push_back({Strategy::ErrorTable, 1, split->errorPlanes, 1.3 + split->errorPlanes * planeCost(multiplier)});
    return choices;
}

/// Seconds that a small layer takes, at best of some times; infinite when there is no such kernel.
double secondsOf(const Multiplier& multiplier, Strategy strategy, Isa isa) {
    KernelOptions options;
    options.strategy = strategy;
    options.isa = isa;
    const auto kernel = KernelImpl::create(multiplier, options);
    constexpr std::int64_t kRows = 48, kDepth = 256, kColumns = 256;
    double best = 1e9;
    if (!kernel.ok()) return best;
    std::mt19937 random(1);
    std::vector<std::int16_t> weights(kColumns * kDepth);
    for (auto& weight : weights) weight = static_cast<std::int16_t>(operandValue(random(), multiplier.bitsB(), true));
    std::vector<std::int8_t> codes(kRows * kDepth);
    for (auto& code : codes) code = static_cast<std::int8_t>(operandValue(random(), multiplier.bitsA(), true));
    ConvGeometry geometry;
    geometry.inChannels = kDepth;
    geometry.outChannels = kColumns;
    const auto layer = MacLayer::create(*kernel, geometry, weights.data());
    if (!layer.ok() || static_cast<const CodeLayer&>(**layer).wide()) return best;
    std::vector<std::int32_t> sums(kRows * kColumns);
    Workspace workspace;
    for (int i = 0; i < 6; ++i) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<const CodeLayer&>(**layer).multiplyCodes(codes.data(), kRows, {sums.data(), nullptr}, workspace);
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

/// What the timing said of two kinds of kernel, for the life of the process.
struct Timings {
    std::mutex mutex;
    std::map<std::array<int, 7>, bool> firstWins;
};

}  // namespace

Strategy quickestStrategy(const Multiplier& multiplier, int terms, Isa isa) {
    auto choices = choicesOf(multiplier, terms, isa);
    std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) { return a.cost < b.cost; });
    const Choice& first = choices[0];
    if (choices.size() < 2 || choices[1].cost > kClose * first.cost) return first.strategy;
    const Choice& second = choices[1];
    static Timings timings;
    const std::array<int, 7> key{static_cast<int>(isa), multiplier.bitsB(), static_cast<int>(first.strategy), first.terms + 256 * first.planes,
                                 static_cast<int>(second.strategy), second.terms + 256 * second.planes, multiplier.bitsA()};
    const std::lock_guard lock(timings.mutex);
    auto found = timings.firstWins.find(key);
    if (found == timings.firstWins.end())
        found = timings.firstWins.emplace(key, secondsOf(multiplier, first.strategy, isa) <= secondsOf(multiplier, second.strategy, isa)).first;
    return found->second ? first.strategy : second.strategy;
}

}  // namespace axp::cpu
