// SPDX-License-Identifier: GPL-3.0-or-later
// The expanded integer product with vpdpbusd: unsigned 8-bit activations, signed 8-bit weights, four products a lane and step.
#include <immintrin.h>

#include "backends/cpu/gemm_avx512.h"

namespace axp::cpu {
namespace {

constexpr int kRowTile = 6;
// Rows of the expanded image start at any byte.
typedef int UnalignedInt __attribute__((may_alias, aligned(1)));

/// R rows times V vectors of 16 columns. 6 x 4 keeps 24 accumulators, 4 weight vectors and a broadcast in registers and needs ten
/// loads for 24 multiplications.
template <int R, int V>
void tile(const GemmPanel& p, std::int64_t row) {
    __m512i sum[R][V];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) sum[r][v] = _mm512_setzero_si512();

    const auto* weights = static_cast<const char*>(p.panel);
    for (std::int64_t s = 0; s < p.segments; ++s) {
        if (p.segmentShift[s] != 0) {
            const __m128i count = _mm_cvtsi32_si128(p.segmentShift[s]);
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) sum[r][v] = _mm512_sll_epi32(sum[r][v], count);
        }
        const unsigned char* source[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) source[r] = p.rows[row + r] + p.segmentOffset[s];
        const std::int64_t bytes = 4 * p.segmentDwords;
        for (std::int64_t i = 0; i < bytes; i += 4) {
            __m512i w[V];
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) w[v] = _mm512_load_si512(weights + 64 * v);
            weights += 64 * V;
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                const __m512i a = _mm512_set1_epi32(*reinterpret_cast<const UnalignedInt*>(source[r] + i));
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) sum[r][v] = _mm512_dpbusd_epi32(sum[r][v], a, w[v]);
            }
        }
    }

    const __m512i multiplier = _mm512_set1_epi32(p.multiplier);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
        const std::int64_t rest = p.columns - 16 * v;
        const auto mask = static_cast<__mmask16>(rest >= 16 ? 0xffff : (1u << rest) - 1);
        const __m512i compensation = _mm512_loadu_si512(p.compensation + 16 * v);
        const __m512 scale = p.y ? _mm512_maskz_loadu_ps(mask, p.scale + 16 * v) : _mm512_setzero_ps();
        const __m512 bias = p.y && p.bias ? _mm512_maskz_loadu_ps(mask, p.bias + 16 * v) : _mm512_setzero_ps();
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const __m512i acc = _mm512_mullo_epi32(_mm512_add_epi32(sum[r][v], compensation), multiplier);
            if (p.acc) _mm512_mask_storeu_epi32(p.acc + (row + r) * p.accStride + 16 * v, mask, acc);
            if (!p.y) continue;
            // Two roundings: no fused multiply-add here.
            __m512 y = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale);
            if (p.bias) y = _mm512_add_ps(y, bias);
            _mm512_mask_storeu_ps(p.y + (row + r) * p.yStride + 16 * v, mask, y);
        }
    }
}

template <int V>
void panelRows(const GemmPanel& p) {
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

}  // namespace

void gemmAvx512(const GemmPanel& panel) {
    switch ((panel.columns + 15) / 16) {
        case 1: return panelRows<1>(panel);
        case 2: return panelRows<2>(panel);
        case 3: return panelRows<3>(panel);
        default: return panelRows<4>(panel);
    }
}

}  // namespace axp::cpu
