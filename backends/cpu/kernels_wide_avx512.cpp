// SPDX-License-Identifier: GPL-3.0-or-later
// Operands of up to 16 bits for AVX-512: vpdpwssd on pairs of 16-bit factors, emptied into 64-bit accumulators before it can overflow.
#include <immintrin.h>

#include "backends/cpu/kernels.h"

namespace axp::cpu {
namespace {

constexpr int kRowTile = 6;
typedef int UnalignedInt __attribute__((may_alias, aligned(1)));

__mmask16 firstLanes(std::int64_t n) { return static_cast<__mmask16>(n >= 16 ? 0xffff : (1u << n) - 1); }

/// target[0 .. 16) += sum << shift, and the sum starts again from zero.
void drain(__m512i& sum, const __m128i shift, std::int64_t* target) {
    const __m512i low = _mm512_sll_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(sum)), shift);
    const __m512i high = _mm512_sll_epi64(_mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(sum, 1)), shift);
    _mm512_store_si512(target, _mm512_add_epi64(_mm512_load_si512(target), low));
    _mm512_store_si512(target + 8, _mm512_add_epi64(_mm512_load_si512(target + 8), high));
    sum = _mm512_setzero_si512();
}

template <int V>
void finish(const WidePanel& p, std::int64_t row, const std::int64_t* sums) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
        const __mmask16 mask = firstLanes(p.columns - 16 * v);
        const auto maskLow = static_cast<__mmask8>(mask), maskHigh = static_cast<__mmask8>(mask >> 8);
        const __m512i low = _mm512_load_si512(sums + 16 * v), high = _mm512_load_si512(sums + 16 * v + 8);
        if (p.acc) {
            std::int64_t* acc = p.acc + row * p.accStride + 16 * v;
            _mm512_mask_storeu_epi64(acc, maskLow, low);
            _mm512_mask_storeu_epi64(acc + 8, maskHigh, high);
        }
        if (!p.y) continue;
        // One rounding from 64 bits to binary32, and no fused multiply-add.
        const __m512 number = _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtepi64_ps(low)), _mm512_cvtepi64_ps(high), 1);
        __m512 y = _mm512_mul_ps(number, _mm512_maskz_loadu_ps(mask, p.scale + 16 * v));
        if (p.bias) y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(mask, p.bias + 16 * v));
        _mm512_mask_storeu_ps(p.y + row * p.yStride + 16 * v, mask, y);
    }
}

/// R rows times V vectors of 16 columns, as in the 8-bit kernel; the 64-bit accumulators lie on the stack.
template <int R, int V>
void tile(const WidePanel& p, std::int64_t row) {
    alignas(64) std::int64_t wide[R][16 * V] = {};
    __m512i sum[R][V];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) sum[r][v] = _mm512_setzero_si512();

    const auto* weights = static_cast<const char*>(p.panel);
    std::int64_t left = p.segmentBudget[0];
    for (std::int64_t s = 0; s < p.segments; ++s) {
        const unsigned char* source[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) source[r] = p.rows[row + r] + p.segmentOffset[s];
        const __m128i shift = _mm_cvtsi32_si128(p.segmentShift[s]);
        const bool last = s + 1 == p.segments || p.segmentShift[s + 1] != p.segmentShift[s] || p.segmentBudget[s + 1] != p.segmentBudget[s];
        for (std::int64_t done = 0; done < p.segmentDwords;) {
            const std::int64_t run = left < p.segmentDwords - done ? left : p.segmentDwords - done;
            for (std::int64_t i = 4 * done; i < 4 * (done + run); i += 4) {
                __m512i w[V];
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) w[v] = _mm512_load_si512(weights + 64 * v);
                weights += 64 * V;
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) {
                    const __m512i a = _mm512_set1_epi32(*reinterpret_cast<const UnalignedInt*>(source[r] + i));
#pragma GCC unroll 8
                    for (int v = 0; v < V; ++v) sum[r][v] = _mm512_dpwssd_epi32(sum[r][v], a, w[v]);
                }
            }
            done += run;
            left -= run;
            if (left > 0 && !(last && done == p.segmentDwords)) continue;
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) drain(sum[r][v], shift, wide[r] + 16 * v);
            left = p.segmentBudget[last && done == p.segmentDwords && s + 1 < p.segments ? s + 1 : s];
        }
    }
    for (int r = 0; r < R; ++r) finish<V>(p, row + r, wide[r]);
}

template <int V>
void panelRows(const WidePanel& p) {
    std::int64_t row = 0;
    for (; row + kRowTile <= p.rowCount; row += kRowTile) tile<kRowTile, V>(p, row);
    switch (p.rowCount - row) {
        case 1: return tile<1, V>(p, row);
        case 2: return tile<2, V>(p, row);
        case 3: return tile<3, V>(p, row);
        case 4: return tile<4, V>(p, row);
        case 5: return tile<5, V>(p, row);
        default: return;
    }
}

void wideGemm(const WidePanel& panel) {
    switch ((panel.columns + 15) / 16) {
        case 1: return panelRows<1>(panel);
        case 2: return panelRows<2>(panel);
        case 3: return panelRows<3>(panel);
        default: return panelRows<4>(panel);
    }
}

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int16_t*>(target);
    const __m512 divisor = _mm512_set1_ps(scale), low = _mm512_set1_ps(static_cast<float>(lo)), high = _mm512_set1_ps(static_cast<float>(hi));
    for (std::int64_t i = 0; i < n; i += 16) {
        const __mmask16 mask = firstLanes(n - i);
        const __m512 quotient = _mm512_div_ps(_mm512_maskz_loadu_ps(mask, x + i), divisor);
        const __mmask16 number = _mm512_cmp_ps_mask(quotient, quotient, _CMP_ORD_Q);
        const __m512 clamped = _mm512_min_ps(_mm512_max_ps(quotient, low), high);
        const __m512i code = _mm512_maskz_cvt_roundps_epi32(number, clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm512_mask_cvtepi32_storeu_epi16(codes + i, mask, code);
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

/// V vectors of 16 lanes stay in registers until the sums must be emptied.
template <int V>
void gatherLanes(const GatherSum& s) {
    for (std::int64_t start = 0; start < s.count;) {
        const std::int64_t end = s.count - start < s.budget ? s.count : start + s.budget;
        __m512i sum[V];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) sum[v] = _mm512_setzero_si512();
        for (std::int64_t e = start; e < end; ++e) {
            const std::int32_t* row = s.table + static_cast<std::int64_t>(s.rows[e]) * s.columns;
            const std::uint16_t* lanes = s.lanes + static_cast<std::int64_t>(s.places[e]) * s.laneStride;
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                const __m512i index = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(lanes + 16 * v)));
                sum[v] = _mm512_add_epi32(sum[v], _mm512_i32gather_epi32(index, row, 4));
            }
        }
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            std::int64_t* out = s.out + 16 * v;
            const __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(sum[v])), high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(sum[v], 1));
            _mm512_storeu_si512(out, _mm512_add_epi64(_mm512_loadu_si512(out), low));
            _mm512_storeu_si512(out + 8, _mm512_add_epi64(_mm512_loadu_si512(out + 8), high));
        }
        start = end;
    }
}

void gatherSum(const GatherSum& s) {
    switch ((s.laneCount + 15) / 16) {
        case 1: return gatherLanes<1>(s);
        case 2: return gatherLanes<2>(s);
        case 3: return gatherLanes<3>(s);
        default: return gatherLanes<4>(s);
    }
}

#include "backends/cpu/step_lanes.inc"

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    avx512Kernels().dequantize(acc, n, scale, bias, y);
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    const auto* source = static_cast<const unsigned char*>(src);
    auto* target = static_cast<unsigned char*>(out);
    for (std::int64_t i = 0; i < n; i += 16) {
        const __mmask16 mask = firstLanes(n - i);
        const __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, source + 2 * i));
        const __m512i high = valid < 2 ? _mm512_setzero_si512() : _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, source + rowBytes + 2 * i));
        _mm512_mask_storeu_epi32(target + 4 * i, mask, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

}  // namespace

const KernelSet& wideAvx512Kernels() {
    static const KernelSet set{2, 2, 64, false, nullptr, wideGemm, quantize, expand, quantizeExpand, nullptr, nullptr, gatherSum, stepSum, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
