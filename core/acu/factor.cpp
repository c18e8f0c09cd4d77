// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/factor.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "core/acu/balance.h"
#include "core/acu/modular.h"

namespace axp {

namespace {

std::int64_t largest(const std::vector<std::vector<std::int32_t>>& factors) {
    std::int64_t result = 0;
    for (const auto& factor : factors)
        for (const std::int64_t x : factor) result = std::max(result, std::abs(x));
    return result;
}

/// The table without repeated rows and columns. Factors repeat where rows and columns do.
struct Compressed {
    IntMatrix matrix;                    ///< distinct rows x distinct columns
    std::vector<std::size_t> rowOf, columnOf;  ///< per pattern of the table
};

Compressed compress(const ProductTable& table) {
    const auto rows = static_cast<std::size_t>(table.rows()), columns = static_cast<std::size_t>(table.columns());
    Compressed result;
    std::map<std::vector<std::int32_t>, std::size_t> rowIndex, columnIndex;
    std::vector<std::size_t> firstRow, firstColumn;
    std::vector<std::int32_t> line;
    for (std::size_t a = 0; a < rows; ++a) {
        line.assign(table.products.begin() + static_cast<std::ptrdiff_t>(a * columns),
                    table.products.begin() + static_cast<std::ptrdiff_t>((a + 1) * columns));
        const auto [at, isNew] = rowIndex.emplace(line, firstRow.size());
        if (isNew) firstRow.push_back(a);
        result.rowOf.push_back(at->second);
    }
    for (std::size_t b = 0; b < columns; ++b) {
        line.clear();
        for (const auto a : firstRow) line.push_back(table.products[a * columns + b]);
        const auto [at, isNew] = columnIndex.emplace(line, firstColumn.size());
        if (isNew) firstColumn.push_back(b);
        result.columnOf.push_back(at->second);
    }
    for (const auto a : firstRow) {
        result.matrix.emplace_back();
        for (const auto b : firstColumn) result.matrix.back().push_back(table.products[a * columns + b]);
    }
    return result;
}

IntMatrix transposed(const IntMatrix& matrix) {
    IntMatrix result(matrix.empty() ? 0 : matrix[0].size(), IntVector(matrix.size()));
    for (std::size_t i = 0; i < matrix.size(); ++i)
        for (std::size_t j = 0; j < matrix[i].size(); ++j) result[j][i] = matrix[i][j];
    return result;
}

/// Factors by a reduced basis of the lattice that the rows span.
std::optional<FactorPair> byRowLattice(const IntMatrix& matrix, std::size_t rank) {
    ReducedLattice lattice(matrix[0].size());
    for (const auto& row : matrix)
        if (!lattice.insert(row) || lattice.basis().size() > rank) return std::nullopt;
    if (lattice.basis().size() != rank) return std::nullopt;
    IntMatrix coefficients(matrix.size());
    for (std::size_t i = 0; i < matrix.size(); ++i)
        if (!lattice.coordinates(matrix[i], coefficients[i])) return std::nullopt;
    return FactorPair{transposed(coefficients), lattice.basis()};
}

/// What the entries should come down to: int8, where the size of the products does not rule that out, else int16.
std::int64_t targetExtent(const IntMatrix& matrix, std::size_t rank) {
    std::int64_t size = 0;
    for (const auto& row : matrix)
        for (const auto product : row) size = std::max(size, std::abs(product));
    return size > static_cast<std::int64_t>(rank) * 128 * 128 ? std::numeric_limits<std::int16_t>::max()
                                                              : std::numeric_limits<std::int8_t>::max();
}

/// Candidates from the row and the column lattice, LLL-reduced or shortened on both sides at once, then balanced: the first one
/// with the wanted size, or the one with the smallest entries.
std::optional<FactorPair> bestPair(const IntMatrix& matrix, std::size_t rank) {
    const std::int64_t target = targetExtent(matrix, rank);
    std::optional<FactorPair> best;
    const auto consider = [&](FactorPair candidate) {
        balance(candidate);
        if (!best || extent(candidate) < extent(*best)) best = std::move(candidate);
        return extent(*best) <= target;
    };
    for (const bool byColumns : {false, true}) {
        auto reduced = byRowLattice(byColumns ? transposed(matrix) : matrix, rank);
        if (!reduced) continue;
        if (byColumns) std::swap(reduced->left, reduced->right);
        FactorPair shortened = *reduced;
        if (consider(std::move(*reduced))) break;
        seysenReduce(shortened.left, shortened.right);
        if (consider(std::move(shortened))) break;
    }
    return best;
}

/// The largest power of two that divides every product.
std::int64_t commonPowerOfTwo(const ProductTable& table) {
    std::uint32_t bits = 0;
    for (const auto product : table.products) bits |= static_cast<std::uint32_t>(product);
    return bits == 0 ? 1 : std::int64_t{1} << __builtin_ctz(bits);
}

std::vector<std::vector<std::int32_t>> expanded(const IntMatrix& factors, const std::vector<std::size_t>& indexOf) {
    std::vector<std::vector<std::int32_t>> result(factors.size());
    for (std::size_t r = 0; r < factors.size(); ++r)
        for (const auto index : indexOf) result[r].push_back(static_cast<std::int32_t>(factors[r][index]));
    return result;
}

bool multipliesOut(const Factorisation& factors, const ProductTable& table) {
    const auto rows = static_cast<std::size_t>(table.rows()), columns = static_cast<std::size_t>(table.columns());
    __extension__ std::vector<__int128> sums(columns);
    for (std::size_t a = 0; a < rows; ++a) {
        std::fill(sums.begin(), sums.end(), 0);
        for (std::size_t r = 0; r < factors.left.size(); ++r) {
            const std::int64_t factor = factors.left[r][a];
            for (std::size_t b = 0; b < columns; ++b) sums[b] += factor * factors.right[r][b];
        }
        for (std::size_t b = 0; b < columns; ++b)
            if (sums[b] * factors.scale != table.products[a * columns + b]) return false;
    }
    return true;
}

Error rankAbove(int maxRank) {
    return failure("the exact rank of the product table is above " + std::to_string(maxRank), {},
                   "Use the table strategy, or allow a higher rank");
}

}  // namespace

std::int64_t Factorisation::maxLeft() const { return largest(left); }
std::int64_t Factorisation::maxRight() const { return largest(right); }

bool Factorisation::fits(int bits) const {
    const std::int64_t high = operandMax(bits, true), low = operandMin(bits, true);
    for (const auto* side : {&left, &right})
        for (const auto& factor : *side)
            if (std::any_of(factor.begin(), factor.end(), [&](std::int32_t x) { return x < low || x > high; })) return false;
    return true;
}

int exactRank(const ProductTable& table) {
    const auto rows = distinctRows(table);
    const auto columns = static_cast<std::size_t>(table.columns());
    const Echelon echelon = rowEchelon(rows, columns);
    const auto most = static_cast<std::int64_t>(std::min(rows.size(), columns));
    if (echelon.rank == most || provedByNullVectors(rows, columns, echelon)) return static_cast<int>(echelon.rank);
    return static_cast<int>(rankByPrimes(rows, columns, echelon.rank));
}

Result<Factorisation> factorise(const ProductTable& table, int maxRank) {
    const Echelon echelon = rowEchelon(distinctRows(table), static_cast<std::size_t>(table.columns()), kMersenne61, maxRank);
    // A rank modulo a prime is a lower bound, so this refusal is certain.
    if (echelon.limitExceeded) return rankAbove(maxRank);
    Factorisation result;
    result.scale = commonPowerOfTwo(table);
    result.rank = static_cast<int>(echelon.rank);
    if (result.rank == 0) return result;
    Compressed compressed = compress(table);
    for (auto& row : compressed.matrix)
        for (auto& product : row) product /= result.scale;
    auto pair = bestPair(compressed.matrix, static_cast<std::size_t>(result.rank));
    if (!pair) {
        // The prime may divide a minor, in which case the rank is higher.
        result.rank = exactRank(table);
        if (result.rank > maxRank) return rankAbove(maxRank);
        pair = bestPair(compressed.matrix, static_cast<std::size_t>(result.rank));
    }
    if (!pair)
        return failure("the lattice reduction of the product table did not come to an end", {}, "Use the table strategy");
    if (extent(*pair) > std::numeric_limits<std::int32_t>::max())
        return failure("the factors of the product table do not fit 32 bits", {}, "Use the table strategy");
    result.left = expanded(pair->left, compressed.rowOf);
    result.right = expanded(pair->right, compressed.columnOf);
    // With the lower bound above this proves the rank as well.
    if (!multipliesOut(result, table))
        return failure("the factors do not multiply out to the product table", {}, "Use the table strategy");
    return result;
}

}  // namespace axp
