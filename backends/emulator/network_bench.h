// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/emulator/emulator.h"

namespace axp {

/// Seconds for one batch of a whole network on the same threads, one part of the batch each. 0: not measured.
struct BaselineTiming {
    double plainTable = 0;     ///< one table look-up for every product
    double gatheredTable = 0;  ///< eight look-ups at a time with AVX2 gathers, as AdaPT's CPU kernels do
    double functional = 0;     ///< the multiplier's gates for every product, 16 at a time
    bool equal = false;        ///< every output of every loop has the bits of the emulator's
};

/// Times the ways in which other tools emulate, beside the emulator: quantization and layers are the same, and all products of MAC nodes come
/// from loops written for the comparison. `acu` stands at every site; it is signed with 8-bit operands, and the functional loop is left out
/// (0) for any but mul8s_1L2H, whose gates are known here. Convolutions are 2-dimensional, without "pad around the multiplier". The emulator
/// has ranges. Errors say what cannot be compared.
Result<BaselineTiming> benchBaselines(Emulator& emulator, const std::string& acu, std::int64_t batch, int threads, bool withSlowLoops, const JobContext& job);

/// Seconds of batches one after the other, kernels and weights made ready before: the first one finds cold caches.
Result<std::vector<double>> batchSeconds(Emulator& emulator, const Assignment& assignment, std::int64_t batch, int threads, int batches, const JobContext& job);

/// Look-ups a second in a table of 2^bits x 2^bits products of `bytes` bytes each, gathered at random on one thread for about `seconds`.
double lookupRate(int bits, int bytes, double seconds);

/// Sizes of the data caches of the first core in bytes, from level 1 on; empty where the system does not tell.
std::vector<std::int64_t> cacheSizes();

}  // namespace axp
