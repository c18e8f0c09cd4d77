// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/modular.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace axp {

namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using WideSigned = __int128;

/// All primes used here are 2^61 - c with a small c, so 2^61 = c and reduction needs no division.
std::uint64_t reduce(Wide value, std::uint64_t prime) {
    constexpr std::uint64_t low = kMersenne61;
    const std::uint64_t c = low + 1 - prime;
    value = (value >> 61) * c + (static_cast<std::uint64_t>(value) & low);
    value = (value >> 61) * c + (static_cast<std::uint64_t>(value) & low);
    std::uint64_t sum = static_cast<std::uint64_t>(value);
    sum = (sum >> 61) * c + (sum & low);
    return sum >= prime ? sum - prime : sum;
}

std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::uint64_t prime) { return reduce(static_cast<Wide>(a) * b, prime); }

std::uint64_t power(std::uint64_t base, std::uint64_t exponent, std::uint64_t prime) {
    std::uint64_t result = 1;
    for (; exponent; exponent >>= 1, base = multiply(base, base, prime))
        if (exponent & 1) result = multiply(result, base, prime);
    return result;
}

std::uint64_t residue(std::int32_t value, std::uint64_t prime) {
    return value >= 0 ? static_cast<std::uint64_t>(value) : prime - static_cast<std::uint64_t>(-std::int64_t{value});
}

/// row += sum_k factors[k] * sources[k], with one reduction for every 32 products (each is below 2^122).
void addMultiples(std::vector<std::uint64_t>& row, const std::vector<std::vector<std::uint64_t>>& sources,
                  const std::vector<std::uint64_t>& factors, std::uint64_t prime, std::vector<Wide>& sums) {
    for (std::size_t start = 0; start < sources.size(); start += 32) {
        const std::size_t end = std::min(start + 32, sources.size());
        sums.assign(row.begin(), row.end());
        for (std::size_t k = start; k < end; ++k) {
            if (factors[k] == 0) continue;
            const std::uint64_t factor = factors[k];
            const std::uint64_t* source = sources[k].data();
            for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += static_cast<Wide>(factor) * source[j];
        }
        for (std::size_t j = 0; j < sums.size(); ++j) row[j] = reduce(sums[j], prime);
    }
}

/// Makes `row` (non-zero, already reduced by the others) an echelon row and clears its pivot column in the others.
void addPivot(Echelon& echelon, std::vector<std::uint64_t> row, std::size_t pivot, std::uint64_t prime) {
    const std::uint64_t inverse = power(row[pivot], prime - 2, prime);
    for (auto& value : row) value = multiply(value, inverse, prime);
    for (auto& other : echelon.rows) {
        if (other[pivot] == 0) continue;
        const std::uint64_t factor = prime - other[pivot];
        for (std::size_t j = 0; j < row.size(); ++j)
            if (row[j]) other[j] = reduce(static_cast<Wide>(factor) * row[j] + other[j], prime);
    }
    echelon.rows.push_back(std::move(row));
    echelon.pivots.push_back(pivot);
    ++echelon.rank;
}

/// A fraction of small terms that is `value` modulo kMersenne61 (Wang's lattice reconstruction); false when there is none.
bool lift(std::uint64_t value, std::int64_t& numerator, std::int64_t& denominator) {
    constexpr std::int64_t bound = std::int64_t{1} << 29;
    std::int64_t r0 = static_cast<std::int64_t>(kMersenne61), r1 = static_cast<std::int64_t>(value), t0 = 0, t1 = 1;
    while (r1 > bound) {
        const std::int64_t q = r0 / r1;
        r0 = std::exchange(r1, r0 - q * r1);
        t0 = std::exchange(t1, t0 - q * t1);
    }
    if (t1 == 0 || std::abs(t1) > bound) return false;
    numerator = t1 < 0 ? -r1 : r1;
    denominator = std::abs(t1);
    return true;
}

bool isPrime(std::uint64_t n) {
    if (n % 2 == 0) return n == 2;
    const int twos = __builtin_ctzll(n - 1);
    // Deterministic for 64 bits (Sorenson and Webster, 2015).
    for (const std::uint64_t base : {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}) {
        if (n % base == 0) return n == base;
        std::uint64_t x = power(base, (n - 1) >> twos, n);
        bool witness = x != 1 && x != n - 1;
        for (int i = 1; i < twos && witness; ++i) witness = (x = multiply(x, x, n)) != n - 1;
        if (witness) return false;
    }
    return true;
}

/// log2 of Hadamard's bound for minors of `size` rows; entries beyond the shorter side are not counted twice.
double minorBound(const std::vector<const std::int32_t*>& rows, std::size_t columns, std::int64_t size) {
    std::vector<double> norms;
    for (const auto* row : rows) {
        std::vector<double> squares(columns);
        std::transform(row, row + columns, squares.begin(), [](std::int32_t x) { return double(x) * double(x); });
        const auto used = std::min<std::size_t>(columns, static_cast<std::size_t>(size));
        const auto end = squares.begin() + static_cast<std::ptrdiff_t>(used);
        std::partial_sort(squares.begin(), end, squares.end(), std::greater<>());
        norms.push_back(0.5 * std::log2(std::accumulate(squares.begin(), end, 0.0)));
    }
    std::sort(norms.begin(), norms.end(), std::greater<>());
    double bits = 0;
    for (std::int64_t i = 0; i < size; ++i) bits += std::max(0.0, norms[static_cast<std::size_t>(i)]);
    return bits + 1;  // rounding of the logarithms
}

}  // namespace

std::vector<const std::int32_t*> distinctRows(const ProductTable& table) {
    const auto columns = static_cast<std::size_t>(table.columns());
    std::unordered_set<std::string_view> seen;
    std::vector<const std::int32_t*> rows;
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int32_t* row = table.products.data() + static_cast<std::size_t>(a) * columns;
        if (std::all_of(row, row + columns, [](std::int32_t x) { return x == 0; })) continue;
        if (seen.emplace(reinterpret_cast<const char*>(row), columns * sizeof *row).second) rows.push_back(row);
    }
    return rows;
}

Echelon rowEchelon(const std::vector<const std::int32_t*>& rows, std::size_t columns, std::uint64_t prime, std::int64_t limit) {
    Echelon echelon;
    std::vector<Wide> sums;
    std::vector<std::uint64_t> residual(columns), factors;
    for (const auto* row : rows) {
        if (echelon.rank == static_cast<std::int64_t>(columns)) break;
        std::transform(row, row + columns, residual.begin(), [prime](std::int32_t x) { return residue(x, prime); });
        factors.clear();
        for (const auto pivot : echelon.pivots) factors.push_back(residual[pivot] ? prime - residual[pivot] : 0);
        addMultiples(residual, echelon.rows, factors, prime, sums);
        const auto found = std::find_if(residual.begin(), residual.end(), [](std::uint64_t x) { return x != 0; });
        if (found == residual.end()) continue;
        if (echelon.rank == limit) {
            echelon.limitExceeded = true;
            ++echelon.rank;
            break;
        }
        addPivot(echelon, residual, static_cast<std::size_t>(found - residual.begin()), prime);
    }
    return echelon;
}

bool provedByNullVectors(const std::vector<const std::int32_t*>& rows, std::size_t columns, const Echelon& echelon) {
    std::vector<char> isPivot(columns, 0);
    for (const auto pivot : echelon.pivots) isPivot[pivot] = 1;
    std::vector<std::pair<std::size_t, std::int64_t>> terms;
    for (std::size_t column = 0; column < columns; ++column) {
        if (isPivot[column]) continue;
        // x[column] = 1, x[pivot k] = -echelon[k][column]; scaled to integers by the common denominator.
        std::vector<std::int64_t> numerators(echelon.rows.size()), denominators(echelon.rows.size());
        std::int64_t common = 1;
        for (std::size_t k = 0; k < echelon.rows.size(); ++k) {
            if (!lift(echelon.rows[k][column], numerators[k], denominators[k])) return false;
            common = common / std::gcd(common, denominators[k]) * denominators[k];
            if (common > (std::int64_t{1} << 30)) return false;
        }
        terms.assign(1, {column, common});
        for (std::size_t k = 0; k < echelon.rows.size(); ++k)
            if (numerators[k]) terms.emplace_back(echelon.pivots[k], -numerators[k] * (common / denominators[k]));
        for (const auto* row : rows) {
            WideSigned sum = 0;
            for (const auto& [index, factor] : terms) sum += static_cast<WideSigned>(factor) * row[index];
            if (sum != 0) return false;
        }
    }
    return true;
}

std::int64_t rankByPrimes(const std::vector<const std::int32_t*>& rows, std::size_t columns, std::int64_t lowerBound) {
    const auto most = static_cast<std::int64_t>(std::min(rows.size(), columns));
    std::int64_t rank = lowerBound;
    double covered = 0;
    for (std::uint64_t prime = kMersenne61 - 2; rank < most && covered <= minorBound(rows, columns, rank + 1); prime -= 2) {
        if (!isPrime(prime)) continue;
        const std::int64_t found = rowEchelon(rows, columns, prime).rank;
        // Primes that gave a smaller rank than a later one divide its minors; they still count for larger minors.
        rank = std::max(rank, found);
        covered += 60.9;
    }
    return rank;
}

}  // namespace axp
