// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>
#include <set>

#include "core/acu/balance.h"
#include "core/acu/factor.h"
#include "core/acu/modular.h"

namespace axp {

namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t residueOf(std::int64_t value) {
    return value >= 0 ? static_cast<std::uint64_t>(value) : kMersenne61 - static_cast<std::uint64_t>(-value);
}

/// The number of least size with this residue.
std::int64_t symmetric(std::uint64_t residue) {
    return residue > kMersenne61 / 2 ? -static_cast<std::int64_t>(kMersenne61 - residue) : static_cast<std::int64_t>(residue);
}

/// Rows of the table seen in the pivot columns only, which determine them.
IntMatrix pivotRows(const ProductTable& table, const std::vector<std::size_t>& pivots) {
    IntMatrix rows;
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        rows.emplace_back();
        for (const auto pivot : pivots) rows.back().push_back(table.products[static_cast<std::size_t>(a * table.columns()) + pivot]);
    }
    return rows;
}

/// The row of the table whose entries in the pivot columns are `vector`, by the reduced echelon form modulo the prime.
IntVector extended(const IntVector& vector, const Echelon& echelon) {
    const std::size_t columns = echelon.rows[0].size();
    IntVector result(columns);
    for (std::size_t b = 0; b < columns; ++b) {
        Wide sum = 0;
        for (std::size_t r = 0; r < vector.size(); ++r) sum += static_cast<Wide>(residueOf(vector[r])) * echelon.rows[r][b] % kMersenne61;
        result[b] = symmetric(static_cast<std::uint64_t>(sum % kMersenne61));
    }
    return result;
}

bool fits32(const IntVector& values) {
    return std::all_of(values.begin(), values.end(), [](std::int64_t x) { return std::abs(x) <= std::numeric_limits<std::int32_t>::max(); });
}

bool multipliesOut(const Factorisation& factors, const ProductTable& table) {
    const auto columns = static_cast<std::size_t>(table.columns());
    __extension__ std::vector<__int128> sums(columns);
    for (std::size_t a = 0; a < static_cast<std::size_t>(table.rows()); ++a) {
        std::fill(sums.begin(), sums.end(), 0);
        for (std::size_t r = 0; r < factors.left.size(); ++r) {
            const std::int64_t left = factors.left[r][a];
            if (left == 0) continue;
            for (std::size_t b = 0; b < columns; ++b) sums[b] += left * factors.right[r][b];
        }
        for (std::size_t b = 0; b < columns; ++b)
            if (sums[b] != table.products[a * columns + b]) return false;
    }
    return true;
}

}  // namespace

Result<Factorisation> factoriseWide(const ProductTable& table, int maxRank) {
    const Echelon echelon = rowEchelon(distinctRows(table), static_cast<std::size_t>(table.columns()), kMersenne61, maxRank);
    // A rank modulo a prime is a lower bound, so this refusal is certain.
    if (echelon.limitExceeded)
        return failure("the exact rank of the product table is above " + std::to_string(maxRank), {}, "Use the table strategy, or allow a higher rank");
    const Error noFactors = failure("no factors of 32 bits were found for the product table", {}, "Use the table strategy");
    Factorisation result;
    result.rank = static_cast<int>(echelon.rank);
    if (result.rank == 0) return result;
    const IntMatrix rows = pivotRows(table, echelon.pivots);
    ReducedLattice lattice(echelon.pivots.size());
    for (const auto& row : std::set<IntVector>(rows.begin(), rows.end()))
        if (!lattice.insert(row)) return noFactors;
    if (lattice.basis().size() != echelon.pivots.size()) return noFactors;
    for (const auto& vector : lattice.basis()) {
        const IntVector right = extended(vector, echelon);
        if (!fits32(right)) return noFactors;
        result.right.emplace_back(right.begin(), right.end());
    }
    result.left.resize(result.right.size());
    for (const auto& row : rows) {
        IntVector left;
        if (!lattice.coordinates(row, left) || !fits32(left)) return noFactors;
        for (std::size_t r = 0; r < left.size(); ++r) result.left[r].push_back(static_cast<std::int32_t>(left[r]));
    }
    // With the lower bound above this proves the rank as well.
    if (!multipliesOut(result, table)) return noFactors;
    return result;
}

}  // namespace axp
