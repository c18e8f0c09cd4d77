// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

namespace axp::detail {

/// How emulators without exact factors multiply, for comparison: one look-up for every product; eight look-ups at a time with AVX2 gathers, as
/// AdaPT does; or the multiplier's function, gate by gate, on 16 products at a time.
enum class BaselineLoop { PlainTable, GatheredTable, Functional };

/// acc[m][n] = sum over k of M(a[m][k], b[n][k]); codes are 8-bit patterns. Tables: 256 rows of 256 products, [a][b]. Functional does not read
/// `table`: it is truncatedProduct(). A CPU without AVX2 gathers with scalar look-ups.
void baselineProduct(BaselineLoop loop, const std::int32_t* table, const std::uint8_t* a, const std::uint8_t* b, std::int64_t m, std::int64_t n, std::int64_t k,
                     std::int32_t* acc);

/// The function behind BaselineLoop::Functional for one pair of 8-bit patterns: the product of the operands without their lowest bits,
/// ((a >> 1) << 1) * ((b >> 1) << 1), which is what mul8s_1L2H of EvoApproxLib computes, formed by the AND gates and ripple-carry adders of a
/// signed 7x7 array (Baugh and Wooley 1973).
std::int32_t truncatedProduct(std::uint8_t a, std::uint8_t b);

}  // namespace axp::detail
