// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace axp {

using IntVector = std::vector<std::int64_t>;
using IntMatrix = std::vector<IntVector>;

/// An integer lattice that grows by generators, kept LLL-reduced (Lenstra, Lenstra, Lovasz 1982; linear dependencies are
/// removed as in Pohst's MLLL). Vectors and their products are exact integers; the orthogonalisation that steers the
/// reduction is in floating point with lazy size reduction (Nguyen and Stehle's L2), so it can only be slow or badly
/// reduced, never wrong. For ranks up to some dozens.
class ReducedLattice {
public:
    explicit ReducedLattice(std::size_t dimension) : m_dimension(dimension) {}

    /// Adds a generator; false when the reduction did not come to an end (the lattice is then unusable).
    bool insert(const IntVector& generator);
    /// Integer coordinates of `vector` in the basis; false when it is not in the lattice.
    bool coordinates(const IntVector& vector, IntVector& result) const;
    const IntMatrix& basis() const { return m_basis; }

private:
    __extension__ using Wide = __int128;

    /// Subtracts basis vectors until the residual is short; adds what was subtracted to `taken`.
    void reduceResidual(IntVector& residual, IntVector& taken) const;
    bool reduceFrom(std::size_t k);
    void orthogonalise(std::size_t k);
    bool sizeReduce(std::size_t k);
    void swapWithPrevious(std::size_t k);
    void erase(std::size_t k);

    std::size_t m_dimension;
    IntMatrix m_basis;
    std::vector<std::vector<Wide>> m_gram;            ///< exact inner products
    std::vector<std::vector<long double>> m_r, m_mu;  ///< orthogonalisation: r_ij = <b_i, b*_j>, mu_ij = r_ij / r_jj
};

/// Shortens both sides of a product C * B at once (Seysen 1993): `left` and `right` hold the R factor vectors as rows, and
/// right_i += k right_j, left_j -= k left_i is applied while the sum of |left_i|^2 |right_i|^2 falls.
void seysenReduce(IntMatrix& left, IntMatrix& right);

}  // namespace axp
