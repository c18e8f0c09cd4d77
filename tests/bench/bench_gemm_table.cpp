// SPDX-License-Identifier: GPL-3.0-or-later
// bench_gemm_table [M K N [threads [repetitions]]] ACU[:strategy]...: the figures of benchGemm as a text table.
// ACU is a built-in or library name or a .npy file. Unsigned ones run as sign-magnitude.
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "backends/cpu/bench_gemm.h"
#include "core/acu/library.h"

using namespace axp;

namespace {

Result<GemmCandidate> candidateOf(const AcuLibrary& library, const std::string& text) {
    std::string name = text;
    Strategy wanted = Strategy::Auto;
    const auto colon = text.rfind(':');
    if (colon != std::string::npos)
        if (auto strategy = strategyFromName(text.substr(colon + 1)); strategy.ok()) {
            wanted = *strategy;
            name = text.substr(0, colon);
        }
    AXP_TRY(const AcuPtr acu, library.find(name));
    AXP_TRY(const Multiplier multiplier, effectiveMultiplier(*acu, {acu->isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude}));
    return GemmCandidate{acu->name(), multiplier, wanted};
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<std::int64_t> numbers{256, 1152, 1024, 1, 15};
    std::vector<GemmCandidate> candidates;
    const AcuLibrary library;
    std::size_t next = 0;
    for (int i = 1; i < count; ++i) {
        if (candidates.empty() && next < numbers.size() && std::isdigit(static_cast<unsigned char>(*arguments[i]))) {
            numbers[next++] = std::atoll(arguments[i]);
            continue;
        }
        auto candidate = candidateOf(library, arguments[i]);
        if (!candidate.ok()) return std::fprintf(stderr, "%s\n", candidate.error().text().c_str()), 2;
        candidates.push_back(std::move(*candidate));
    }
    const auto result = benchGemm(numbers[0], numbers[1], numbers[2], static_cast<int>(numbers[3]), candidates, static_cast<int>(numbers[4]));
    if (!result.ok()) return std::fprintf(stderr, "%s\n", result.error().text().c_str()), 1;
    std::printf("isa %s, threads %d, FP32 %s %.1f GMAC/s\n", result->isa.c_str(), result->threads, result->blas.c_str(), result->fp32Gmacs);
    if (result->disturbed())
        std::printf("NOT VALID: the program got only %.0f %% of its processors; other programs were running\n", 100 * result->cpuShare);
    for (const auto& timing : result->timings)
        std::printf("%-24s %-10s rank %2d %8.1f GMAC/s %6.2f x\n", timing.acu.c_str(), timing.strategy.c_str(), timing.rank, timing.gmacs,
                    result->fp32Gmacs > 0 ? timing.gmacs / result->fp32Gmacs : 0.0);
    return 0;
}
