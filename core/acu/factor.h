// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "core/acu/table.h"
#include "core/base/result.h"

namespace axp {

/// An exact integer factorisation of a product table: T[a][b] = scale * sum_r left[r][a] * right[r][b] for every pair of
/// bit patterns. `left` and `right` are indexed [r][pattern]. The rank is the table's exact rank over the rationals; a
/// basis of the integer row lattice always exists, and lattice reduction (LLL; Lenstra, Lenstra, Lovasz 1982) keeps its
/// entries small. `scale` is a power of two common to all terms.
struct Factorisation {
    int rank = 0;
    std::int64_t scale = 1;
    std::vector<std::vector<std::int32_t>> left;
    std::vector<std::vector<std::int32_t>> right;

    std::int64_t maxLeft() const;   ///< largest |entry| of left
    std::int64_t maxRight() const;  ///< largest |entry| of right
    /// Whether every entry of both sides is a two's-complement number of `bits` bits (8: [-128, 127]).
    bool fits(int bits) const;
};

/// Exact rank over the rationals (0 for the zero table), proved: a rank modulo a prime bounds it from below, integer null vectors
/// that are multiplied out, or else enough primes for Hadamard's bound, from above. Some 10 ms for 8x8 bits; wide tables of
/// full rank are slow (proportional to 2^(bitsA + bitsB) times the rank).
int exactRank(const ProductTable& table);

/// Factorises; an error when the rank exceeds `maxRank` (found early, without computing the rank) or entries would not fit 32
/// bits. The result has been multiplied out and compared with every product. Entries are brought down to int8 where the search
/// finds that (see fits()); the zero table gives rank 0 and no factors. Deterministic.
Result<Factorisation> factorise(const ProductTable& table, int maxRank = 16);

/// The same for tables of any width, made for those above 8 bits: some seconds for 12x12 bits, where factorise() takes minutes. The
/// factors span the integer lattice of the rows but are not brought down to int8.
Result<Factorisation> factoriseWide(const ProductTable& table, int maxRank = 16);

}  // namespace axp
