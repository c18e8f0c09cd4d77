// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "backends/cpu/mac.h"

namespace axp {

/// One multiplier to measure.
struct GemmCandidate {
    std::string acu;
    Multiplier multiplier;  ///< over signed codes
    Strategy strategy = Strategy::Auto;
};

/// Throughput in 10^9 multiply-accumulates a second, from the median time.
struct GemmTiming {
    std::string acu;
    std::string strategy;  ///< the one that ran
    int rank = 0;          ///< exact rank when factorised, else 0
    double gmacs = 0;
};

struct GemmBenchmark {
    std::string isa;
    std::string blas;       ///< what ran in FP32: "oneDNN 2.6.3", or "none" when the build has no oneDNN
    int threads = 1;
    /// CPU time the process got, divided by wall time times threads, over all measured rounds. Well below 1 means that other
    /// programs held the processor: then wall times, and above all their ratios, say nothing (see disturbed()).
    double cpuShare = 1;
    bool disturbed() const { return cpuShare < 0.9; }
    double fp32Gmacs = 0;   ///< the better of oneDNN's sgemm and matmul primitive (weights prepacked); 0 without oneDNN
    std::vector<GemmTiming> timings;  ///< in the order of the candidates
};

/// Measures M x K x N products: FP32, and every candidate from codes to accumulators with packed weights, so that
/// expanding the activations counts. All take turns `repetitions` times in one run after a warm-up; medians are reported. Before
/// that, entries of every result are compared with the oracle: a difference is an error. Work is split by rows.
Result<GemmBenchmark> benchGemm(std::int64_t m, std::int64_t k, std::int64_t n, int threads,
                                const std::vector<GemmCandidate>& candidates, int repetitions = 15);

}  // namespace axp
