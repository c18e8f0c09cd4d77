// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>

#include "core/acu/accumulator.h"
#include "core/acu/multiplier.h"

namespace axp {

/// The oracle: scalar loops straight from the multiplier, with 64-bit accumulators. Slow and plain on purpose; every kernel is
/// compared with it. All functions are pure and thread-safe.

/// How products are added, k ascending: products + zero-point terms (those inside the multiplier) go through the accumulator, the terms
/// follow after it. With the default the sum is that of the multiplier's products.
struct ReferenceSum {
    AccumulatorModel accumulator;
    bool affine = false;
    std::int64_t zeroA = 0, zeroB = 0;
};

/// A convolution over codes in up to three dimensions (unused leading ones 1).
struct ReferenceConv {
    std::int64_t batch = 1, groups = 1, inChannels = 1, outChannels = 1;
    std::array<std::int64_t, 3> in{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, padBegin{0, 0, 0},
        padEnd{0, 0, 0};
    /// Zero padding contributes T(0, b); otherwise nothing.
    bool padThroughMultiplier = true;
    /// A transposed convolution: input pixel i and tap k meet in output pixel i * stride + k * dilation - padBegin.
    bool transposed = false;
    std::array<std::int64_t, 3> outputPadding{0, 0, 0};
    ReferenceSum sum;

    std::array<std::int64_t, 3> outSize() const;
};

/// x: codes [batch][d][h][w][inChannels]; w: codes [outChannels][inChannels/groups][kd][kh][kw], transposed
/// [inChannels][outChannels/groups][kd][kh][kw]; acc: [batch][od][oh][ow][outChannels]. k counts (channel, plane, row, column).
void referenceConv(const Multiplier& multiplier, const ReferenceConv& conv, const std::int16_t* x, const std::int16_t* w, std::int64_t* acc);

/// acc[i][j] = sum_k T(a[i][k], b[k][j]); element (i, k) of a is a[i * aRow + k * aColumn], likewise b. acc is [m][n].
void referenceMatMul(const Multiplier& multiplier, std::int64_t m, std::int64_t k, std::int64_t n, const std::int16_t* a,
                     std::int64_t aRow, std::int64_t aColumn, const std::int16_t* b, std::int64_t bRow,
                     std::int64_t bColumn, std::int64_t* acc, const ReferenceSum& sum = {});

/// clamp(roundHalfEven(x / scale), lo, hi) modulo 2^16, NaN gives 0; the quotient is rounded to binary32 first.
std::int16_t referenceQuantize(float x, float scale, std::int32_t lo, std::int32_t hi);

}  // namespace axp
