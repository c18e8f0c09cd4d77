// SPDX-License-Identifier: GPL-3.0-or-later
// Exact rank, lattice reduction and factorisation on tables of known rank.
#include <QTest>
#include <random>

#include "core/acu/factor.h"
#include "core/acu/lattice.h"
#include "core/acu/library.h"
#include "core/acu/modular.h"

using namespace axp;

namespace {

/// left (rows x rank) times right (rank x columns) with random entries: rank at most `rank`, almost always equal.
ProductTable productOfRank(int bitsA, int bitsB, int rank, int size, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> value(-size, size);
    ProductTable table{bitsA, bitsB, true, {}};
    const auto rows = static_cast<std::size_t>(table.rows()), columns = static_cast<std::size_t>(table.columns());
    table.products.assign(rows * columns, 0);
    for (int r = 0; r < rank; ++r) {
        std::vector<int> left(rows), right(columns);
        for (auto& x : left) x = value(random);
        for (auto& x : right) x = value(random);
        for (std::size_t a = 0; a < rows; ++a)
            for (std::size_t b = 0; b < columns; ++b) table.products[a * columns + b] += left[a] * right[b];
    }
    return table;
}

/// Rank by fraction-free elimination in 128 bits (Bareiss), for small matrices: another way to the same number.
int bareissRank(const ProductTable& table) {
    __extension__ typedef __int128 Wide;
    const auto rows = static_cast<std::size_t>(table.rows()), columns = static_cast<std::size_t>(table.columns());
    std::vector<std::vector<Wide>> m(rows);
    for (std::size_t i = 0; i < rows * columns; ++i) m[i / columns].push_back(table.products[i]);
    Wide previous = 1;
    std::size_t rank = 0;
    for (std::size_t column = 0; column < columns && rank < rows; ++column) {
        std::size_t pivot = rank;
        while (pivot < rows && m[pivot][column] == 0) ++pivot;
        if (pivot == rows) continue;
        std::swap(m[pivot], m[rank]);
        for (std::size_t i = rank + 1; i < rows; ++i) {
            for (std::size_t j = column + 1; j < columns; ++j)
                m[i][j] = (m[i][j] * m[rank][column] - m[i][column] * m[rank][j]) / previous;
            m[i][column] = 0;
        }
        previous = m[rank++][column];
    }
    return static_cast<int>(rank);
}

bool multipliesOut(const Factorisation& f, const ProductTable& table) {
    if (static_cast<int>(f.left.size()) != f.rank || static_cast<int>(f.right.size()) != f.rank) return false;
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            std::int64_t sum = 0;
            for (std::size_t r = 0; r < f.left.size(); ++r)
                sum += std::int64_t{f.left[r].at(static_cast<std::size_t>(a))} * f.right[r].at(static_cast<std::size_t>(b));
            if (sum * f.scale != table.at(a, b)) return false;
        }
    return true;
}

}  // namespace

class TstFactor : public QObject {
    Q_OBJECT
private slots:
    void lowRankTablesOfAllWidths() {
        unsigned seed = 7;
        for (int bitsA = 2; bitsA <= 8; ++bitsA)
            for (int bitsB = 2; bitsB <= 8; ++bitsB)
                for (const int rank : {1, 2, 3, 5, 9, 16}) {
                    const ProductTable table = productOfRank(bitsA, bitsB, rank, 6, ++seed);
                    const int expected = std::min<int>(rank, static_cast<int>(std::min(table.rows(), table.columns())));
                    const int found = exactRank(table);
                    QVERIFY(found <= expected);
                    if (bitsA > 2 || bitsB > 2) QVERIFY(found >= expected - 1);  // tiny random matrices can lose one
                    const auto factors = factorise(table);
                    QVERIFY2(factors.ok(), factors.ok() ? "" : factors.error().text().c_str());
                    QCOMPARE(factors->rank, found);
                    QVERIFY(multipliesOut(*factors, table));
                }
    }

    void rankAgainstBareiss() {
        for (unsigned seed = 1; seed <= 60; ++seed) {
            const int step = static_cast<int>(seed);
            const ProductTable table = productOfRank(2 + step % 3, 3, 1 + step % 8, 1 + step % 3, seed);
            QCOMPARE(exactRank(table), bareissRank(table));
        }
    }

    void rankByAllWaysOfProof() {
        // Large null vectors: the lifted proof gives up, and the primes decide.
        for (const int rank : {20, 30, 63}) {
            const ProductTable table = productOfRank(6, 6, rank, 90, static_cast<unsigned>(rank));
            const auto rows = distinctRows(table);
            const Echelon echelon = rowEchelon(rows, 64);
            QVERIFY(!provedByNullVectors(rows, 64, echelon));
            QCOMPARE(rankByPrimes(rows, 64, echelon.rank), rank);
            QCOMPARE(rankByPrimes(rows, 64, 0), rank);
            QCOMPARE(exactRank(table), rank);
        }
        const ProductTable exact = **AcuLibrary().find("exact8s").value()->table();
        const auto rows = distinctRows(exact);
        QVERIFY(provedByNullVectors(rows, 256, rowEchelon(rows, 256)));
        // A wrong echelon (of fewer rows) proves nothing.
        const ProductTable two = productOfRank(5, 5, 2, 5, 3);
        const auto twoRows = distinctRows(two);
        QVERIFY(!provedByNullVectors(twoRows, 32, rowEchelon({twoRows[0]}, 32)));
    }

    void multiplesOfThePrimeAreNotLost() {
        // a d - b = 2^61 - 1: modulo that prime, which is tried first, the rank is 1.
        const std::int64_t a = std::numeric_limits<std::int32_t>::max(), prime = kMersenne61, d = (prime + a - 1) / a;
        ProductTable table{2, 2, true, std::vector<std::int32_t>(16, 0)};
        table.products[0] = static_cast<std::int32_t>(a);
        table.products[1] = static_cast<std::int32_t>(a * d - prime);
        table.products[4] = 1;
        table.products[5] = static_cast<std::int32_t>(d);
        QCOMPARE(rowEchelon(distinctRows(table), 4).rank, 1);
        QCOMPARE(exactRank(table), 2);
        const auto factors = factorise(table);
        QVERIFY2(factors.ok(), factors.ok() ? "" : factors.error().text().c_str());
        QCOMPARE(factors->rank, 2);
        QVERIFY(multipliesOut(*factors, table));
        QVERIFY(!factorise(table, 1).ok());
    }

    void fullRankIsRefused() {
        std::mt19937 random(5);
        ProductTable table{8, 8, true, {}};
        for (int i = 0; i < 65536; ++i) table.products.push_back(static_cast<std::int16_t>(random()));
        QCOMPARE(exactRank(table), 256);
        const Echelon early = rowEchelon(distinctRows(table), 256, kMersenne61, 16);
        QVERIFY(early.limitExceeded);
        QCOMPARE(early.rows.size(), std::size_t{16});
        const auto factors = factorise(table);
        QVERIFY(!factors.ok());
        QVERIFY2(factors.error().text().find("above 16") != std::string::npos, factors.error().text().c_str());
        const ProductTable five = productOfRank(8, 8, 5, 9, 1);
        QVERIFY(!factorise(five, 4).ok());
        QVERIFY(factorise(five, 5).ok());
    }

    void zeroAndConstantTables() {
        ProductTable zero{4, 3, false, std::vector<std::int32_t>(128, 0)};
        QCOMPARE(exactRank(zero), 0);
        const Factorisation none = factorise(zero).value();
        QCOMPARE(none.rank, 0);
        QVERIFY(none.left.empty() && none.right.empty() && none.fits(8));
        for (auto& product : zero.products) product = -96;
        const Factorisation constant = factorise(zero).value();
        QCOMPARE(constant.rank, 1);
        QCOMPARE(constant.scale, 32);
        QVERIFY(multipliesOut(constant, zero));
        QCOMPARE(constant.maxLeft() * constant.maxRight(), 3);
    }

    void extremeProducts() {
        std::mt19937 random(9);
        for (const int bits : {2, 3, 4}) {
            ProductTable table{bits, bits, true, {}};
            for (int i = 0; i < 1 << (2 * bits); ++i) table.products.push_back(static_cast<std::int32_t>(random()));
            QCOMPARE(exactRank(table), 1 << bits);
            const auto factors = factorise(table);
            if (factors.ok()) QVERIFY(multipliesOut(*factors, table));
            else QVERIFY(factors.error().text().find("32 bits") != std::string::npos);
        }
    }

    void builtinsInt8() {
        const struct { const char* name; int rank; std::int64_t scale; } cases[] = {
            {"exact8s", 1, 1}, {"mul8s_1KV9", 4, 8}, {"mul8s_1L2H", 1, 4}, {"mul8s_1L2L", 1, 16}, {"bam:v=4", 5, 16},
            {"perf:first=2:count=2", 1, 1}};
        for (const auto& [name, rank, scale] : cases) {
            const ProductTable table = **AcuLibrary().find(name).value()->table();
            const Factorisation factors = factorise(table).value();
            QCOMPARE(factors.rank, rank);
            QCOMPARE(factors.scale, scale);
            QVERIFY2(factors.fits(8), name);
            QVERIFY(factors.fits(16));
            QVERIFY(multipliesOut(factors, table));
        }
        const ProductTable wide = **AcuLibrary().find("bam:bits=10:v=3").value()->table();
        const Factorisation factors = factorise(wide).value();
        QCOMPARE(factors.rank, 4);
        QVERIFY(factors.fits(16) && !factors.fits(8));
        QVERIFY(multipliesOut(factors, wide));
    }

    void fitsCountsBothBounds() {
        Factorisation f{1, 1, {{-128, 127}}, {{1, 2}}};
        QVERIFY(f.fits(8));
        f.right[0][1] = 128;
        QVERIFY(!f.fits(8));
        f.right[0][1] = -129;
        QVERIFY(!f.fits(8));
        QCOMPARE(f.maxLeft(), 128);
        QCOMPARE(f.maxRight(), 129);
    }

    void latticeOfGenerators() {
        // Generators of index 1 in Z^3: the reduced basis is made of unit vectors.
        ReducedLattice lattice(3);
        for (const IntVector& v : {IntVector{6, 10, 15}, {1000003, 7, 0}, {12, -5, 31}, {0, 0, 0}, {18, 22, 1}, {6, 10, 15}})
            QVERIFY(lattice.insert(v));
        QCOMPARE(lattice.basis().size(), std::size_t{3});
        std::int64_t norms = 0;
        for (const auto& v : lattice.basis())
            for (const auto x : v) norms += x * x;
        QCOMPARE(norms, 3);
        // Even multiples only: (1, 0) is outside.
        ReducedLattice even(2);
        QVERIFY(even.insert({4, 6}) && even.insert({6, 4}) && even.insert({10, 10}));
        IntVector found;
        QVERIFY(even.coordinates({20, 10}, found));
        QVERIFY(!even.coordinates({1, 0}, found));
    }
};

QTEST_GUILESS_MAIN(TstFactor)
#include "tst_factor.moc"
