// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/acu/lattice.h"

namespace axp {

/// A product of R terms: matrix[i][j] = sum_r left[r][i] * right[r][j].
struct FactorPair {
    IntMatrix left, right;
};

/// Size of a vector's entries in the sense of two's complement: n when all lie in [-n-1, n]. 127 is what int8 holds.
std::int64_t extent(const IntVector& vector);
/// The largest extent on either side.
std::int64_t extent(const FactorPair& pair);

/// Changes the terms, not their sum, so that the entries of both sides come down, to 127 and below where possible: moves common
/// factors between the sides of a term, adds multiples of terms to one another (a unimodular change of basis) by local
/// search, and chooses signs.
void balance(FactorPair& pair);

}  // namespace axp
