// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/lattice.h"

#include <algorithm>
#include <cmath>

namespace axp {

namespace {

__extension__ using Wide = __int128;

Wide dot(const IntVector& a, const IntVector& b) {
    Wide sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<Wide>(a[i]) * b[i];
    return sum;
}

void addMultiple(IntVector& target, std::int64_t factor, const IntVector& source) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] += factor * source[i];
}

bool isZero(const IntVector& vector) {
    return std::all_of(vector.begin(), vector.end(), [](std::int64_t x) { return x == 0; });
}

/// Beyond this a coefficient is taken in several steps, so that the conversion to an integer is exact.
constexpr long double kLargestStep = 1e15L;

std::int64_t roundedStep(long double x) {
    return static_cast<std::int64_t>(std::round(std::clamp(x, -kLargestStep, kLargestStep)));
}

}  // namespace

void ReducedLattice::orthogonalise(std::size_t k) {
    for (std::size_t j = 0; j <= k; ++j) {
        auto sum = static_cast<long double>(m_gram[k][j]);
        for (std::size_t i = 0; i < j; ++i) sum -= m_mu[j][i] * m_r[k][i];
        m_r[k][j] = sum;
        if (j < k) m_mu[k][j] = m_r[j][j] > 0 ? sum / m_r[j][j] : 0;
    }
}

bool ReducedLattice::sizeReduce(std::size_t k) {
    for (int round = 0; round < 200; ++round) {
        orthogonalise(k);
        bool changed = false;
        std::vector<long double> mu = m_mu[k];
        for (std::size_t j = k; j-- > 0;) {
            if (std::abs(mu[j]) <= 0.51L) continue;
            const std::int64_t step = roundedStep(mu[j]);
            for (std::size_t i = 0; i < j; ++i) mu[i] -= static_cast<long double>(step) * m_mu[j][i];
            addMultiple(m_basis[k], -step, m_basis[j]);
            for (std::size_t i = 0; i < m_basis.size(); ++i)
                if (i != k) m_gram[i][k] = m_gram[k][i] -= static_cast<Wide>(step) * m_gram[j][i];
            m_gram[k][k] = dot(m_basis[k], m_basis[k]);
            changed = true;
        }
        if (!changed) return true;
    }
    return false;
}

void ReducedLattice::swapWithPrevious(std::size_t k) {
    std::swap(m_basis[k], m_basis[k - 1]);
    std::swap(m_gram[k], m_gram[k - 1]);
    for (auto& row : m_gram) std::swap(row[k], row[k - 1]);
    orthogonalise(k - 1);
}

void ReducedLattice::erase(std::size_t k) {
    const auto at = static_cast<std::ptrdiff_t>(k);
    m_basis.erase(m_basis.begin() + at);
    m_gram.erase(m_gram.begin() + at);
    for (auto& row : m_gram) row.erase(row.begin() + at);
}

bool ReducedLattice::reduceFrom(std::size_t k) {
    constexpr long double delta = 0.99L;
    for (std::size_t i = 0; i < k; ++i) orthogonalise(i);
    for (long step = 0; k < m_basis.size(); ++step) {
        if (step > 200000 || !sizeReduce(k)) return false;
        if (m_gram[k][k] == 0) {
            erase(k);
            continue;
        }
        if (k == 0 || m_r[k][k] + m_mu[k][k - 1] * m_r[k][k - 1] >= delta * m_r[k - 1][k - 1]) {
            ++k;
            continue;
        }
        swapWithPrevious(k);
        --k;
    }
    return true;
}

void ReducedLattice::reduceResidual(IntVector& residual, IntVector& taken) const {
    const std::size_t size = m_basis.size();
    std::vector<long double> r(size), mu(size);
    for (int round = 0; round < 200; ++round) {
        for (std::size_t j = 0; j < size; ++j) {
            r[j] = static_cast<long double>(dot(residual, m_basis[j]));
            for (std::size_t i = 0; i < j; ++i) r[j] -= m_mu[j][i] * r[i];
            mu[j] = m_r[j][j] > 0 ? r[j] / m_r[j][j] : 0;
        }
        bool changed = false;
        for (std::size_t j = size; j-- > 0;) {
            if (std::abs(mu[j]) <= 0.51L) continue;
            const std::int64_t step = roundedStep(mu[j]);
            for (std::size_t i = 0; i < j; ++i) mu[i] -= static_cast<long double>(step) * m_mu[j][i];
            addMultiple(residual, -step, m_basis[j]);
            taken[j] += step;
            changed = true;
        }
        if (!changed) return;
    }
}

bool ReducedLattice::insert(const IntVector& generator) {
    IntVector residual = generator, taken(m_basis.size());
    reduceResidual(residual, taken);
    if (isZero(residual)) return true;
    const std::size_t k = m_basis.size();
    m_basis.push_back(std::move(residual));
    for (auto& row : m_gram) row.push_back(0);
    m_gram.emplace_back(k + 1);
    for (std::size_t i = 0; i <= k; ++i) m_gram[k][i] = m_gram[i][k] = dot(m_basis[k], m_basis[i]);
    m_r.assign(k + 1, std::vector<long double>(k + 1));
    m_mu.assign(k + 1, std::vector<long double>(k + 1));
    if (!reduceFrom(k)) return false;
    for (std::size_t i = 0; i < m_basis.size(); ++i) orthogonalise(i);
    return true;
}

bool ReducedLattice::coordinates(const IntVector& vector, IntVector& result) const {
    IntVector residual = vector;
    result.assign(m_basis.size(), 0);
    reduceResidual(residual, result);
    return isZero(residual);
}

void seysenReduce(IntMatrix& left, IntMatrix& right) {
    const std::size_t rank = left.size();
    std::vector<std::vector<long double>> gramL(rank, std::vector<long double>(rank)), gramR = gramL;
    const auto refresh = [&](std::vector<std::vector<long double>>& gram, const IntMatrix& vectors, std::size_t i) {
        for (std::size_t j = 0; j < rank; ++j) gram[i][j] = gram[j][i] = static_cast<long double>(dot(vectors[i], vectors[j]));
    };
    for (std::size_t i = 0; i < rank; ++i) {
        refresh(gramL, left, i);
        refresh(gramR, right, i);
    }
    bool changed = true;
    for (int round = 0; changed && round < 1000; ++round) {
        changed = false;
        for (std::size_t i = 0; i < rank; ++i)
            for (std::size_t j = 0; j < rank; ++j) {
                if (i == j) continue;
                const std::int64_t k = roundedStep((gramL[i][j] / gramL[i][i] - gramR[i][j] / gramR[j][j]) / 2);
                if (k == 0) continue;
                const auto f = static_cast<long double>(k);
                const long double change = gramL[i][i] * (2 * f * gramR[i][j] + f * f * gramR[j][j]) +
                                           gramR[j][j] * (-2 * f * gramL[i][j] + f * f * gramL[i][i]);
                if (change > -1e-9L * gramL[i][i] * gramR[j][j]) continue;
                addMultiple(right[i], k, right[j]);
                addMultiple(left[j], -k, left[i]);
                refresh(gramR, right, i);
                refresh(gramL, left, j);
                changed = true;
            }
    }
}

}  // namespace axp
