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

/// Eight rows of 256 numbers, column by column: 8x8 transpositions.
void interleaveRows(const std::int32_t* table, const std::uint16_t* rows, std::int32_t* target) {
    const std::int32_t* source[8];
    for (int i = 0; i < 8; ++i) source[i] = table + 256 * rows[i];
    for (int column = 0; column < 256; column += 8, target += 64) {
        __m256i r[8], t[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source[i] + column));
#pragma GCC unroll 8
        for (int i = 0; i < 8; i += 2) {
            t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
            t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; i += 4) {
            r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
            r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
            r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
            r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
        }
        auto* out = reinterpret_cast<__m256i*>(target);
#pragma GCC unroll 8
        for (int i = 0; i < 4; ++i) {
            _mm256_store_si256(out + i, _mm256_permute2x128_si256(r[i], r[i + 4], 0x20));
            _mm256_store_si256(out + 4 + i, _mm256_permute2x128_si256(r[i], r[i + 4], 0x31));
        }
    }
}

/// Two k at a time, so that the sums are loaded and stored once for sixteen products.
void interleavedSum(const InterleavedSum& s) {
    alignas(32) std::int32_t first[257 * 8], second[257 * 8];
    for (int i = 0; i < 8; ++i) first[2048 + i] = second[2048 + i] = 0;
    const auto at = [](const std::int32_t* data) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(data)); };
    for (std::int64_t k = 0; k < s.count; k += 2) {
        const std::uint16_t* lanes = s.lanes + k * s.laneStride;
        interleaveRows(s.table, s.rows + 8 * k, first);
        if (k + 1 == s.count) {
            for (std::int64_t lane = 0; lane < s.laneCount; ++lane)
                _mm256_store_si256(reinterpret_cast<__m256i*>(s.out + 8 * lane), _mm256_add_epi32(at(s.out + 8 * lane), at(first + lanes[lane])));
            return;
        }
        const std::uint16_t* next = lanes + s.laneStride;
        interleaveRows(s.table, s.rows + 8 * (k + 1), second);
#pragma GCC unroll 4
        for (std::int64_t lane = 0; lane < s.laneCount; ++lane) {
            const __m256i sum = _mm256_add_epi32(at(first + lanes[lane]), at(second + next[lane]));
            _mm256_store_si256(reinterpret_cast<__m256i*>(s.out + 8 * lane), _mm256_add_epi32(at(s.out + 8 * lane), sum));
        }
    }
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
    static const KernelSet set{1, 2, 16, false, gemm, nullptr, quantize, expand, quantizeExpand, nullptr, interleavedSum, nullptr, nullptr, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
