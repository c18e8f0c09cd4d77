// SPDX-License-Identifier: GPL-3.0-or-later
// Quantization, byte maps and epilogues for AVX-512 with VBMI.
#include <immintrin.h>

#include "backends/cpu/gemm_avx512.h"

namespace axp::cpu {
namespace {

struct Scales {
    __m512 scale, low, high;
};

__m128i quantize16(__m512 x, const Scales& s) {
    const __m512 quotient = _mm512_div_ps(x, s.scale);
    const __mmask16 number = _mm512_cmp_ps_mask(quotient, quotient, _CMP_ORD_Q);
    // Clamping first keeps the conversion in range; it cannot change the result because the bounds are integers.
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(quotient, s.low), s.high);
    const __m512i code = _mm512_maskz_cvt_roundps_epi32(number, clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return _mm512_cvtepi32_epi8(code);
}

__m512i quantize64(const float* x, const Scales& s) {
    __m512i codes = _mm512_castsi128_si512(quantize16(_mm512_loadu_ps(x), s));
    codes = _mm512_inserti32x4(codes, quantize16(_mm512_loadu_ps(x + 16), s), 1);
    codes = _mm512_inserti32x4(codes, quantize16(_mm512_loadu_ps(x + 32), s), 2);
    return _mm512_inserti32x4(codes, quantize16(_mm512_loadu_ps(x + 48), s), 3);
}

__m512i quantizeTail(const float* x, std::int64_t n, const Scales& s) {
    alignas(64) float padded[64] = {};
    for (std::int64_t i = 0; i < n; ++i) padded[i] = x[i];
    return quantize64(padded, s);
}

Scales makeScales(float scale, std::int32_t lo, std::int32_t hi) {
    return {_mm512_set1_ps(scale), _mm512_set1_ps(static_cast<float>(lo)), _mm512_set1_ps(static_cast<float>(hi))};
}

__mmask64 firstLanes(std::int64_t n) { return n >= 64 ? ~__mmask64{0} : (__mmask64{1} << n) - 1; }

void quantize(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* target) {
    auto* codes = static_cast<std::int8_t*>(target);
    const Scales s = makeScales(scale, lo, hi);
    std::int64_t i = 0;
    for (; i + 64 <= n; i += 64) _mm512_storeu_si512(codes + i, quantize64(x + i, s));
    if (i < n) _mm512_mask_storeu_epi8(codes + i, firstLanes(n - i), quantizeTail(x + i, n - i, s));
}

__m512i lookUp(const unsigned char* lut, __m512i codes, __mmask64 upper) {
    const __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(lut), codes, _mm512_loadu_si512(lut + 64));
    const __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(lut + 128), codes, _mm512_loadu_si512(lut + 192));
    return _mm512_mask_blend_epi8(upper, low, high);
}

void expandTo(__m512i codes, std::int64_t n, const void* luts, int terms, std::int64_t planeBytes, unsigned char* out) {
    const __mmask64 upper = _mm512_movepi8_mask(codes);
    const __mmask64 lanes = firstLanes(n);
    for (int t = 0; t < terms; ++t)
        _mm512_mask_storeu_epi8(out + t * planeBytes, lanes, lookUp(static_cast<const unsigned char*>(luts) + 256 * t, codes, upper));
}

void expand(const void* source, std::int64_t n, const void* luts, std::int64_t, int terms, std::int64_t planeBytes, void* out) {
    const auto* codes = static_cast<const std::int8_t*>(source);
    auto* target = static_cast<unsigned char*>(out);
    for (std::int64_t i = 0; i < n; i += 64)
        expandTo(_mm512_maskz_loadu_epi8(firstLanes(n - i), codes + i), n - i, luts, terms, planeBytes, target + i);
}

void quantizeExpand(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts, std::int64_t,
                    int terms, std::int64_t planeBytes, void* out) {
    const Scales s = makeScales(scale, lo, hi);
    auto* target = static_cast<unsigned char*>(out);
    std::int64_t i = 0;
    for (; i + 64 <= n; i += 64) expandTo(quantize64(x + i, s), 64, luts, terms, planeBytes, target + i);
    if (i < n) expandTo(quantizeTail(x + i, n - i, s), n - i, luts, terms, planeBytes, target + i);
}

void dequantize(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y) {
    for (std::int64_t i = 0; i < n; i += 16) {
        const auto mask = static_cast<__mmask16>(n - i >= 16 ? 0xffff : (1u << (n - i)) - 1);
        __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(mask, acc + i)), _mm512_maskz_loadu_ps(mask, scale + i));
        if (bias) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, bias + i));
        _mm512_mask_storeu_ps(y + i, mask, value);
    }
}

void interleave(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out) {
    const auto* source = static_cast<const unsigned char*>(src);
    auto* target = static_cast<unsigned char*>(out);
    for (std::int64_t i = 0; i < n; i += 16) {
        const auto mask = static_cast<__mmask16>(n - i >= 16 ? 0xffff : (1u << (n - i)) - 1);
        __m128i row[4];
        for (int j = 0; j < 4; ++j)
            row[j] = j < valid ? _mm_maskz_loadu_epi8(mask, source + j * rowBytes + i) : _mm_setzero_si128();
        const __m128i low01 = _mm_unpacklo_epi8(row[0], row[1]), high01 = _mm_unpackhi_epi8(row[0], row[1]);
        const __m128i low23 = _mm_unpacklo_epi8(row[2], row[3]), high23 = _mm_unpackhi_epi8(row[2], row[3]);
        __m512i all = _mm512_castsi128_si512(_mm_unpacklo_epi16(low01, low23));
        all = _mm512_inserti32x4(all, _mm_unpackhi_epi16(low01, low23), 1);
        all = _mm512_inserti32x4(all, _mm_unpacklo_epi16(high01, high23), 2);
        all = _mm512_inserti32x4(all, _mm_unpackhi_epi16(high01, high23), 3);
        _mm512_mask_storeu_epi32(target + 4 * i, mask, all);
    }
}

// ---- Look-ups --------------------------------------------------------------------------------------------------------

/// Sums of the bytes of one plane in 16-bit lanes: `all` adds each pair of bytes as one number, `odd` its upper byte. Both stay exact
/// modulo 2^16 for 256 steps, and even = all - 256 * odd.
struct PlaneSum {
    __m512i all, odd;
};

void accumulate(PlaneSum& sum, __m512i bytes) {
    sum.all = _mm512_add_epi16(sum.all, bytes);
    sum.odd = _mm512_add_epi16(sum.odd, _mm512_srli_epi16(bytes, 8));
}

__m512i widen(__m512i words, int half) {
    return _mm512_cvtepu16_epi32(half == 0 ? _mm512_castsi512_si256(words) : _mm512_extracti64x4_epi64(words, 1));
}

template <int P>
void drain(const PlaneSum* sum, const __m128i shift, std::int32_t* out) {
    const __m512i lowPairs = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i highPairs = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
    for (int half = 0; half < 2; ++half) {
        __m512i even = _mm512_setzero_si512(), odd = _mm512_setzero_si512();
        for (int p = P - 1; p >= 0; --p) {
            const __m512i evenWords = _mm512_sub_epi16(sum[p].all, _mm512_slli_epi16(sum[p].odd, 8));
            even = _mm512_add_epi32(_mm512_slli_epi32(even, 8), widen(evenWords, half));
            odd = _mm512_add_epi32(_mm512_slli_epi32(odd, 8), widen(sum[p].odd, half));
        }
        even = _mm512_sll_epi32(even, shift);
        odd = _mm512_sll_epi32(odd, shift);
        std::int32_t* target = out + 32 * half;
        const __m512i first = _mm512_permutex2var_epi32(even, lowPairs, odd), second = _mm512_permutex2var_epi32(even, highPairs, odd);
        _mm512_storeu_si512(target, _mm512_add_epi32(_mm512_loadu_si512(target), first));
        _mm512_storeu_si512(target + 16, _mm512_add_epi32(_mm512_loadu_si512(target + 16), second));
    }
}

/// Bytes of one plane of a table row, which lies in W registers and repeats after them, at 64 positions.
template <int W>
__m512i lookUpPlane(const __m512i* part, __m512i index, __mmask64 upper) {
    if constexpr (W == 1)
        return _mm512_permutexvar_epi8(index, part[0]);
    else if constexpr (W == 2)
        return _mm512_permutex2var_epi8(part[0], index, part[1]);
    else
        return _mm512_mask_blend_epi8(upper, _mm512_permutex2var_epi8(part[0], index, part[1]), _mm512_permutex2var_epi8(part[2], index, part[3]));
}

/// V vectors of 64 lanes, P byte planes. The row of the table lies in W registers a plane and serves all lanes.
template <int P, int W, int V>
void tableLanes(const TableSum& s, std::int64_t firstLane) {
    const __m128i shift = _mm_cvtsi32_si128(s.shift);
    const auto* table = static_cast<const unsigned char*>(s.table);
    const unsigned char* lanes = s.lanes + firstLane;
    for (std::int64_t start = 0; start < s.count; start += 256) {
        const std::int64_t end = start + 256 < s.count ? start + 256 : s.count;
        PlaneSum sum[V][P];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v)
#pragma GCC unroll 8
            for (int p = 0; p < P; ++p) sum[v][p] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
        for (std::int64_t e = start; e < end; ++e) {
            const std::uint32_t entry = s.entries[e];
            const unsigned char* row = table + (entry & 255u) * s.rowBytes;
            const unsigned char* codes = lanes + (entry >> 8) * s.laneStride;
            __m512i part[P][W];
#pragma GCC unroll 8
            for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
                for (int i = 0; i < W; ++i) part[p][i] = _mm512_load_si512(row + 256 * p + 64 * i);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                const __m512i index = _mm512_load_si512(codes + 64 * v);
                const __mmask64 upper = _mm512_movepi8_mask(index);
#pragma GCC unroll 8
                for (int p = 0; p < P; ++p) accumulate(sum[v][p], lookUpPlane<W>(part[p], index, upper));
            }
        }
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) drain<P>(sum[v], shift, s.out + firstLane + 64 * v);
    }
}

template <int P, int W>
void tableAll(const TableSum& s) {
    std::int64_t lane = 0;
    for (; lane + 192 < s.laneCount; lane += 256) tableLanes<P, W, 4>(s, lane);
    switch ((s.laneCount - lane + 63) / 64) {
        case 1: return tableLanes<P, W, 1>(s, lane);
        case 2: return tableLanes<P, W, 2>(s, lane);
        case 3: return tableLanes<P, W, 3>(s, lane);
        default: return;
    }
}

template <int P>
void tableWidth(const TableSum& s) {
    if (s.period == 64) return tableAll<P, 1>(s);
    s.period == 128 ? tableAll<P, 2>(s) : tableAll<P, 4>(s);
}

void tableSum(const TableSum& s) { s.planes == 1 ? tableWidth<1>(s) : tableWidth<2>(s); }

}  // namespace

const KernelSet& avx512Kernels() {
    static const KernelSet set{1, 1, 64, true, gemmAvx512, nullptr, quantize, expand, quantizeExpand, tableSum, nullptr, nullptr, nullptr, dequantize, interleave};
    return set;
}

}  // namespace axp::cpu
