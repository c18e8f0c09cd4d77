// SPDX-License-Identifier: GPL-3.0-or-later
// AVX2: vpmaddwd on 16-bit factors. (vpmaddubsw would saturate at 16 bits.)
#include <immintrin.h>

#include "backends/cpu/kernels.h"

namespace axp::cpu {
namespace {

constexpr int kRowTile = 6;
typedef int UnalignedInt __attribute__((may_alias, aligned(1)));
typedef short UnalignedShort __attribute__((may_alias, aligned(1)));

__m256i firstLanes(std::int64_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n < 0 ? 0 : n > 8 ? 8 : n)), lane);
}

template <int R>
void tile(const GemmPanel& p, std::int64_t row) {
    __m256i sum[R][2];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    const auto* weights = static_cast<const unsigned char*>(p.panel);
    for (std::int64_t s = 0; s < p.segments; ++s) {
        if (p.segmentShift[s] != 0) {
            const __m128i count = _mm_cvtsi32_si128(p.segmentShift[s]);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                sum[r][0] = _mm256_sll_epi32(sum[r][0], count);
                sum[r][1] = _mm256_sll_epi32(sum[r][1], count);
            }
        }
        const unsigned char* source[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) source[r] = p.rows[row + r] + p.segmentOffset[s];
        const std::int64_t bytes = 4 * p.segmentDwords;
        for (std::int64_t i = 0; i < bytes; i += 4, weights += 64) {
            const __m256i w0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
            const __m256i w1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights + 32));
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                const __m256i a = _mm256_set1_epi32(*reinterpret_cast<const UnalignedInt*>(source[r] + i));
                sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(a, w0));
                sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(a, w1));
            }
        }
    }
    const __m256i multiplier = _mm256_set1_epi32(p.multiplier);
#pragma GCC unroll 8
    for (int v = 0; v < 2; ++v) {
        const __m256i mask = firstLanes(p.columns - 8 * v);
        const __m256i compensation = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p.compensation + 8 * v));
        const __m256 scale = p.y ? _mm256_maskload_ps(p.scale + 8 * v, mask) : _mm256_setzero_ps();
        const __m256 bias = p.y && p.bias ? _mm256_maskload_ps(p.bias + 8 * v, mask) : _mm256_setzero_ps();
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const __m256i acc = _mm256_mullo_epi32(_mm256_add_epi32(sum[r][v], compensation), multiplier);
            if (p.acc) _mm256_maskstore_epi32(p.acc + (row + r) * p.accStride + 8 * v, mask, acc);
            if (!p.y) continue;
            __m256 y = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), scale);
            if (p.bias) y = _mm256_add_ps(y, bias);
            _mm256_maskstore_ps(p.y + (row + r) * p.yStride + 8 * v, mask, y);
        }
    }
}

void gemm(const GemmPanel& p) {
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

__m256i quantize8(__m256 x, __m256 scale, __m256 low, __m256 high) {
    const __m256 quotient = _mm256_div_ps(x, scale);
    const __m256 number = _mm256_cmp_ps(quotient, quotient, _CMP_ORD_Q);
    const __m256 clamped = _mm256_min_ps(_mm256_max_ps(quotient, low), high);
    const __m256 rounded = _mm256_round_ps(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return _mm256_cvttps_epi32(_mm256_and_ps(rounded, number));
}

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int8_t*>(target);
    const __m256 divisor = _mm256_set1_ps(scale), low = _mm256_set1_ps(static_cast<float>(lo)), high = _mm256_set1_ps(static_cast<float>(hi));
    for (std::int64_t i = 0; i < n; i += 8) {
        const __m256i mask = firstLanes(n - i);
        alignas(32) int values[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(values), quantize8(_mm256_maskload_ps(x + i, mask), divisor, low, high));
        for (std::int64_t j = 0; j < 8 && i + j < n; ++j) codes[i + j] = static_cast<std::int8_t>(values[j]);
    }
}

void expand(const void* source, std::int64_t n, const void* luts, std::int64_t, int terms, std::int64_t planeBytes, void* out) {
    const auto* codes = static_cast<const std::int8_t*>(source);
    for (int t = 0; t < terms; ++t) {
        const auto* lut = static_cast<const std::int16_t*>(luts) + 256 * t;
        auto* plane = static_cast<unsigned char*>(out) + t * planeBytes;
        for (std::int64_t i = 0; i < n; ++i)
            *reinterpret_cast<UnalignedShort*>(plane + 2 * i) = lut[static_cast<unsigned char>(codes[i])];
    }
}

void quantizeExpand(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts, std::int64_t patterns,
                    int terms, std::int64_t planeBytes, void* out) {
    std::int8_t codes[256];
    for (std::int64_t i = 0; i < n; i += 256) {
        const std::int64_t count = n - i < 256 ? n - i : 256;
        quantize(x + i, count, scale, lo, hi, codes);
        expand(codes, count, luts, patterns, terms, planeBytes, static_cast<unsigned char*>(out) + 2 * i);
    }
}

/// V vectors of eight lanes stay in registers while the list is walked.
template <int V>
void tableLanes(const TableSum& s, std::int64_t lane) {
    __m256i sum[V];
    auto* out = reinterpret_cast<__m256i*>(s.out + lane);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[v] = _mm256_loadu_si256(out + v);
    for (std::int64_t e = 0; e < s.count; ++e) {
        const unsigned char* codes = s.lanes + (s.entries[e] >> 8) * s.laneStride + lane;
        const auto* row = static_cast<const int*>(s.table) + 256 * (s.entries[e] & 255u);
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            const __m256i index = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + 8 * v)));
            sum[v] = _mm256_add_epi32(sum[v], _mm256_i32gather_epi32(row, index, 4));
        }
    }
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) _mm256_storeu_si256(out + v, sum[v]);
}

void tableSum(const TableSum& s) {
    std::int64_t lane = 0;
    for (; lane + 56 < s.laneCount; lane += 64) tableLanes<8>(s, lane);
    for (; lane < s.laneCount; lane += 8) tableLanes<1>(s, lane);
}

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    for (std::int64_t i = 0; i < n; i += 8) {
        const __m256i mask = firstLanes(n - i);
        __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_maskload_epi32(acc + i, mask)), _mm256_maskload_ps(scale + i, mask));
        if (bias) value = _mm256_add_ps(value, _mm256_maskload_ps(bias + i, mask));
        _mm256_maskstore_ps(y + i, mask, value);
    }
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    const auto* source = static_cast<const unsigned char*>(src);
    auto* target = static_cast<UnalignedInt*>(out);
    for (std::int64_t i = 0; i < n; ++i) {
        const unsigned low = static_cast<unsigned short>(*reinterpret_cast<const UnalignedShort*>(source + 2 * i));
        const unsigned high = valid < 2 ? 0u : static_cast<unsigned short>(*reinterpret_cast<const UnalignedShort*>(source + rowBytes + 2 * i));
        target[i] = static_cast<int>(low | high << 16);
    }
}

}  // namespace

const KernelSet& avx2Kernels() {
    static const KernelSet set{1, 2, 16, false, gemm, nullptr, quantize, expand, quantizeExpand, tableSum, nullptr, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
