// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "core/acu/table.h"

namespace axp {

/// Reduced row echelon form of an integer matrix modulo a prime.
struct Echelon {
    std::int64_t rank = 0;
    bool limitExceeded = false;               ///< stopped as soon as the rank passed the limit
    std::vector<std::size_t> pivots;          ///< pivot column of each echelon row
    std::vector<std::vector<std::uint64_t>> rows;  ///< rank x columns, entries below the prime
};

/// The prime 2^61 - 1, for which reduction is cheap.
inline constexpr std::uint64_t kMersenne61 = (std::uint64_t{1} << 61) - 1;

/// Distinct non-zero rows of a table, in order of first appearance. Rank and lattice do not see the others.
std::vector<const std::int32_t*> distinctRows(const ProductTable& table);

/// Row echelon form modulo `prime`, which must be 2^61 - c with c < 2^16. The rank is a lower bound of the rank over the rationals.
Echelon rowEchelon(const std::vector<const std::int32_t*>& rows, std::size_t columns, std::uint64_t prime = kMersenne61,
                   std::int64_t limit = std::numeric_limits<std::int64_t>::max());

/// Proves that the rank over the rationals is not above that of `echelon`, by rational null vectors that are lifted from the
/// modular ones and multiplied out over the integers. False when a vector could not be lifted: then nothing is proved.
bool provedByNullVectors(const std::vector<const std::int32_t*>& rows, std::size_t columns, const Echelon& echelon);

/// Rank over the rationals by as many primes as Hadamard's bound on the minors asks for: if all of them give rank r, their
/// product divides every minor of size r + 1 and exceeds it, so these minors are zero. Slow, always conclusive.
std::int64_t rankByPrimes(const std::vector<const std::int32_t*>& rows, std::size_t columns, std::int64_t lowerBound);

}  // namespace axp
