// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/baseline_loops.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace axp::detail {
namespace {

constexpr int kLanes = 16, kBits = 7, kColumns = 2 * kBits;
using Lanes = std::uint32_t __attribute__((vector_size(kLanes * sizeof(std::uint32_t))));

/// Adds the row of 0s and 1s to the columns from `first` on, with full adders.
[[gnu::always_inline]] inline void addRow(Lanes* sum, const Lanes* row, int first) {
    Lanes carry{};
    for (int i = first; i < kColumns; ++i) {
        const Lanes bit = i - first < kBits ? row[i - first] : Lanes{};
        const Lanes half = sum[i] ^ bit;
        const Lanes out = (sum[i] & bit) | (carry & half);
        sum[i] = half ^ carry;
        carry = out;
    }
}

/// The array on 16 pairs of patterns. (Results go out by reference: returned vectors of this size have no fixed calling convention.)
[[gnu::always_inline]] inline void addArrayProduct(const Lanes& a, const Lanes& b, Lanes& total) {
    Lanes x[kBits], y[kBits], sum[kColumns];
    for (int i = 0; i < kBits; ++i) {
        x[i] = (a >> (i + 1)) & 1u;
        y[i] = (b >> (i + 1)) & 1u;
    }
    for (auto& column : sum) column = Lanes{};
    sum[kBits] += 1u;  // the constants of the complemented partial products
    sum[kColumns - 1] += 1u;
    for (int j = 0; j < kBits; ++j) {
        Lanes row[kBits];
        for (int i = 0; i < kBits; ++i) {
            row[i] = x[i] & y[j];
            if ((i == kBits - 1) != (j == kBits - 1)) row[i] ^= 1u;
        }
        addRow(sum, row, j);
    }
    Lanes product = Lanes{} - sum[kColumns - 1];  // the sign, in all bits
    product <<= kColumns - 1;
    for (int i = 0; i < kColumns - 1; ++i) product |= sum[i] << i;
    total += product << 2;
}

[[gnu::always_inline]] inline void addProducts(const std::uint8_t* a, const std::uint8_t* b, Lanes& total) {
    Lanes left, right;
    for (int i = 0; i < kLanes; ++i) {
        left[i] = a[i];
        right[i] = b[i];
    }
    addArrayProduct(left, right, total);
}

#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
std::int32_t functionalSum(const std::uint8_t* a, const std::uint8_t* b, std::int64_t k) {
    Lanes total{};
    std::int64_t i = 0;
    for (; i + kLanes <= k; i += kLanes) addProducts(a + i, b + i, total);
    if (i < k) {  // both operands 0: no product
        std::uint8_t restA[kLanes] = {}, restB[kLanes] = {};
        std::memcpy(restA, a + i, static_cast<std::size_t>(k - i));
        std::memcpy(restB, b + i, static_cast<std::size_t>(k - i));
        addProducts(restA, restB, total);
    }
    std::uint32_t sum = 0;
    for (int lane = 0; lane < kLanes; ++lane) sum += total[lane];
    return static_cast<std::int32_t>(sum);
}

std::int32_t plainSum(const std::int32_t* table, const std::uint8_t* a, const std::uint8_t* b, std::int64_t k) {
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < k; ++i) sum += table[a[i] << 8 | b[i]];
    return sum;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::int32_t gatheredSum(const std::int32_t* table, const std::uint8_t* a, const std::uint8_t* b, std::int64_t k) {
    __m256i sums = _mm256_setzero_si256();
    std::int64_t i = 0;
    for (; i + 8 <= k; i += 8) {
        const __m256i rows = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(a + i)));
        const __m256i columns = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(b + i)));
        sums = _mm256_add_epi32(sums, _mm256_i32gather_epi32(table, _mm256_or_si256(_mm256_slli_epi32(rows, 8), columns), 4));
    }
    alignas(32) std::int32_t lanes[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums);
    std::int32_t sum = plainSum(table, a + i, b + i, k - i);
    for (const std::int32_t lane : lanes) sum += lane;
    return sum;
}
const bool kGathers = __builtin_cpu_supports("avx2") != 0;
#else
std::int32_t gatheredSum(const std::int32_t* table, const std::uint8_t* a, const std::uint8_t* b, std::int64_t k) { return plainSum(table, a, b, k); }
const bool kGathers = false;
#endif

}  // namespace

void baselineProduct(BaselineLoop loop, const std::int32_t* table, const std::uint8_t* a, const std::uint8_t* b, std::int64_t m, std::int64_t n, std::int64_t k,
                     std::int32_t* acc) {
    for (std::int64_t row = 0; row < m; ++row)
        for (std::int64_t column = 0; column < n; ++column) {
            const std::uint8_t *x = a + row * k, *y = b + column * k;
            std::int32_t& sum = acc[row * n + column];
            if (loop == BaselineLoop::Functional) sum = functionalSum(x, y, k);
            else sum = loop == BaselineLoop::GatheredTable && kGathers ? gatheredSum(table, x, y, k) : plainSum(table, x, y, k);
        }
}

std::int32_t truncatedProduct(std::uint8_t a, std::uint8_t b) { return functionalSum(&a, &b, 1); }

}  // namespace axp::detail
