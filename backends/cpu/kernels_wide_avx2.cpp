// SPDX-License-Identifier: GPL-3.0-or-later
// Operands of up to 16 bits for AVX2: vpmaddwd on pairs of 16-bit factors, emptied into 64-bit accumulators before it can overflow.
#include <immintrin.h>

#include "backends/cpu/kernels.h"

namespace axp::cpu {
namespace {

constexpr int kRowTile = 6;
constexpr int kColumns = 16;
typedef int UnalignedInt __attribute__((may_alias, aligned(1)));

__m256i firstLanes(std::int64_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n < 0 ? 0 : n > 8 ? 8 : n)), lane);
}

/// target[0 .. 8) += sum << shift, and the sum starts again from zero.
void drain(__m256i& sum, const __m128i shift, std::int64_t* target) {
    auto* out = reinterpret_cast<__m256i*>(target);
    const __m256i low = _mm256_sll_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)), shift);
    const __m256i high = _mm256_sll_epi64(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)), shift);
    _mm256_storeu_si256(out, _mm256_add_epi64(_mm256_loadu_si256(out), low));
    _mm256_storeu_si256(out + 1, _mm256_add_epi64(_mm256_loadu_si256(out + 1), high));
    sum = _mm256_setzero_si256();
}

void finish(const WidePanel& p, std::int64_t row, const std::int64_t* sums) {
    for (std::int64_t n = 0; n < p.columns; ++n) {
        if (p.acc) p.acc[row * p.accStride + n] = sums[n];
        if (!p.y) continue;
        const float scaled = static_cast<float>(sums[n]) * p.scale[n];
        p.y[row * p.yStride + n] = p.bias ? scaled + p.bias[n] : scaled;
    }
}

template <int R>
void tile(const WidePanel& p, std::int64_t row) {
    alignas(32) std::int64_t wide[R][kColumns] = {};
    __m256i sum[R][2];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    const auto* weights = static_cast<const unsigned char*>(p.panel);
    std::int64_t left = p.segmentBudget[0];
    for (std::int64_t s = 0; s < p.segments; ++s) {
        const unsigned char* source[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) source[r] = p.rows[row + r] + p.segmentOffset[s];
        const __m128i shift = _mm_cvtsi32_si128(p.segmentShift[s]);
        const bool last = s + 1 == p.segments || p.segmentShift[s + 1] != p.segmentShift[s] || p.segmentBudget[s + 1] != p.segmentBudget[s];
        for (std::int64_t done = 0; done < p.segmentDwords;) {
            const std::int64_t run = left < p.segmentDwords - done ? left : p.segmentDwords - done;
            for (std::int64_t i = 4 * done; i < 4 * (done + run); i += 4, weights += 64) {
                const __m256i w0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
                const __m256i w1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights + 32));
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) {
                    const __m256i a = _mm256_set1_epi32(*reinterpret_cast<const UnalignedInt*>(source[r] + i));
                    sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(a, w0));
                    sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(a, w1));
                }
            }
            done += run;
            left -= run;
            if (left > 0 && !(last && done == p.segmentDwords)) continue;
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                drain(sum[r][0], shift, wide[r]);
                drain(sum[r][1], shift, wide[r] + 8);
            }
            left = p.segmentBudget[last && done == p.segmentDwords && s + 1 < p.segments ? s + 1 : s];
        }
    }
    for (int r = 0; r < R; ++r) finish(p, row + r, wide[r]);
}

void wideGemm(const WidePanel& p) {
    std::int64_t row = 0;
    for (; row + kRowTile <= p.rowCount; row += kRowTile) tile<kRowTile>(p, row);
    switch (p.rowCount - row) {
        case 1: return tile<1>(p, row);
        case 2: return tile<2>(p, row);
        case 3: return tile<3>(p, row);
        case 4: return tile<4>(p, row);
        case 5: return tile<5>(p, row);
        default: return;
    }
}

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int16_t*>(target);
    const __m256 divisor = _mm256_set1_ps(scale), low = _mm256_set1_ps(static_cast<float>(lo)), high = _mm256_set1_ps(static_cast<float>(hi));
    for (std::int64_t i = 0; i < n; i += 8) {
        const __m256 quotient = _mm256_div_ps(_mm256_maskload_ps(x + i, firstLanes(n - i)), divisor);
        const __m256 number = _mm256_cmp_ps(quotient, quotient, _CMP_ORD_Q);
        const __m256 clamped = _mm256_min_ps(_mm256_max_ps(quotient, low), high);
        const __m256 rounded = _mm256_round_ps(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        alignas(32) int values[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(values), _mm256_cvttps_epi32(_mm256_and_ps(rounded, number)));
        for (std::int64_t j = 0; j < 8 && i + j < n; ++j) codes[i + j] = static_cast<std::int16_t>(values[j]);
    }
}

void expand(const void* source, std::int64_t n, const void* luts, std::int64_t patterns, int terms, std::int64_t planeBytes, void* out) {
    const auto* codes = static_cast<const std::uint16_t*>(source);
    const auto mask = static_cast<std::uint16_t>(patterns - 1);
    for (int t = 0; t < terms; ++t) {
        const auto* lut = static_cast<const std::int16_t*>(luts) + patterns * t;
        auto* plane = reinterpret_cast<std::int16_t*>(static_cast<unsigned char*>(out) + t * planeBytes);
        for (std::int64_t i = 0; i < n; ++i) plane[i] = lut[codes[i] & mask];
    }
}

void quantizeExpand(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts, std::int64_t patterns,
                    int terms, std::int64_t planeBytes, void* out) {
    std::int16_t codes[512];
    for (std::int64_t i = 0; i < n; i += 512) {
        const std::int64_t count = n - i < 512 ? n - i : 512;
        quantize(x + i, count, scale, lo, hi, codes);
        expand(codes, count, luts, patterns, terms, planeBytes, static_cast<unsigned char*>(out) + 2 * i);
    }
}

/// Sixteen lanes at a time stay in registers until the sums must be emptied.
void gatherLanes(const GatherSum& s, std::int64_t lane) {
    for (std::int64_t start = 0; start < s.count;) {
        const std::int64_t end = s.count - start < s.budget ? s.count : start + s.budget;
        __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (std::int64_t e = start; e < end; ++e) {
            const std::int32_t* row = s.table + static_cast<std::int64_t>(s.rows[e]) * s.columns;
            const std::uint16_t* lanes = s.lanes + static_cast<std::int64_t>(s.places[e]) * s.laneStride + lane;
            for (int v = 0; v < 2; ++v) {
                const __m256i index = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(lanes + 8 * v)));
                sum[v] = _mm256_add_epi32(sum[v], _mm256_i32gather_epi32(row, index, 4));
            }
        }
        drain(sum[0], _mm_setzero_si128(), s.out + lane);
        drain(sum[1], _mm_setzero_si128(), s.out + lane + 8);
        start = end;
    }
}

void gatherSum(const GatherSum& s) {
    for (std::int64_t lane = 0; lane < s.laneCount; lane += 16) gatherLanes(s, lane);
}

#include "backends/cpu/step_lanes.inc"

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    avx2Kernels().dequantize(acc, n, scale, bias, y);
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    avx2Kernels().interleave(src, rowBytes, valid, n, out);
}

}  // namespace

const KernelSet& wideAvx2Kernels() {
    static const KernelSet set{2, 2, kColumns, false, nullptr, wideGemm, quantize, expand, quantizeExpand, nullptr, nullptr, gatherSum, stepSum, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
