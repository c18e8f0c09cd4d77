// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/balance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace axp {

namespace {

std::int64_t content(const IntVector& vector) {
    std::int64_t result = 0;
    for (const auto x : vector) result = std::gcd(result, x);
    return std::max<std::int64_t>(result, 1);
}

std::int64_t largestSum(const IntVector& a, std::int64_t k, const IntVector& b) {
    std::int64_t low = 0, high = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::int64_t x = a[i] + k * b[i];
        low = std::min(low, x);
        high = std::max(high, x);
    }
    return std::max(high, -low);
}

std::int64_t largestEntry(const IntVector& a) { return largestSum(a, 0, a); }

void addMultiple(IntVector& target, std::int64_t factor, const IntVector& source) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] += factor * source[i];
}

/// What counts first is how far an entry is beyond int8; smaller entries within it are a faint second aim, which leads the search.
double penalty(std::int64_t size) {
    const double x = static_cast<double>(size);
    return std::max(0.0, std::log2(x / 127)) + 0.02 * std::log2(1 + x);
}

/// The integer k that makes the largest |a + k b| smallest, a convex function of k.
std::int64_t bestMultiple(const IntVector& a, const IntVector& b, std::int64_t limit) {
    std::int64_t low = -limit, high = limit;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        if (largestSum(a, middle, b) <= largestSum(a, middle + 1, b)) high = middle;
        else low = middle + 1;
    }
    return low;
}

class Balancer {
public:
    explicit Balancer(FactorPair& pair) : m_left(pair.left), m_right(pair.right) {
        for (std::size_t r = 0; r < m_left.size(); ++r) distributeContent(r);
    }

    void run() {
        bool changed = true;
        for (int sweep = 0; changed && sweep < 60; ++sweep) {
            changed = false;
            for (std::size_t i = 0; i < m_left.size(); ++i)
                for (std::size_t j = 0; j < m_left.size(); ++j)
                    if (i != j && improve(i, j)) changed = true;
        }
    }

    void chooseSigns() {
        for (std::size_t r = 0; r < m_left.size(); ++r) {
            IntVector left = m_left[r], right = m_right[r];
            for (auto* side : {&left, &right})
                for (auto& x : *side) x = -x;
            if (std::max(extent(left), extent(right)) < std::max(extent(m_left[r]), extent(m_right[r]))) {
                m_left[r] = std::move(left);
                m_right[r] = std::move(right);
            }
        }
    }

private:
    /// Splits the common factor of term r between its sides so that the larger entry is smallest.
    void distributeContent(std::size_t r) {
        IntVector &left = m_left[r], &right = m_right[r];
        const std::int64_t ofLeft = content(left), ofRight = content(right);
        constexpr std::int64_t most = std::int64_t{1} << 31;
        if (ofLeft >= most || ofRight >= most || ofLeft * ofRight >= most) return;
        const std::int64_t common = ofLeft * ofRight;
        if (common == 1) return;
        const std::int64_t primitiveLeft = largestEntry(left) / ofLeft, primitiveRight = largestEntry(right) / ofRight;
        std::int64_t best = ofLeft, bestSize = std::max(largestEntry(left), largestEntry(right));
        const auto consider = [&](std::int64_t share) {
            const std::int64_t size = std::max(primitiveLeft * share, primitiveRight * (common / share));
            if (size < bestSize) best = share, bestSize = size;
        };
        for (std::int64_t d = 1; d <= 4096 && d <= common / d; ++d)
            if (common % d == 0) consider(d), consider(common / d);
        for (auto& x : left) x = x / ofLeft * best;
        for (auto& x : right) x = x / ofRight * (common / best);
    }

    /// Tries right_i += k right_j, left_j -= k left_i.
    bool improve(std::size_t i, std::size_t j) {
        const std::int64_t sizeR = largestEntry(m_right[i]), sizeL = largestEntry(m_left[j]);
        // A sum a + k b must not overflow, whatever the table holds.
        const std::int64_t largestOf = std::max({sizeR, sizeL, largestEntry(m_right[j]), largestEntry(m_left[i])});
        const std::int64_t limit = std::min(2 * (sizeR + sizeL) + 1, (std::int64_t{1} << 60) / (largestOf + 1));
        double best = penalty(sizeR) + penalty(sizeL) - 1e-9;
        std::int64_t bestK = 0;
        const std::int64_t kR = bestMultiple(m_right[i], m_right[j], limit), kL = -bestMultiple(m_left[j], m_left[i], limit);
        for (const std::int64_t k : {kR, kL, (kR + kL) / 2, kR / 2, kL / 2, kR / 4, kL / 4, std::int64_t{1}, std::int64_t{-1},
                                     std::int64_t{2}, std::int64_t{-2}}) {
            if (k == 0) continue;
            const double value = penalty(largestSum(m_right[i], k, m_right[j])) + penalty(largestSum(m_left[j], -k, m_left[i]));
            if (value < best) best = value, bestK = k;
        }
        if (bestK == 0) return false;
        addMultiple(m_right[i], bestK, m_right[j]);
        addMultiple(m_left[j], -bestK, m_left[i]);
        distributeContent(i);
        distributeContent(j);
        return true;
    }

    IntMatrix &m_left, &m_right;
};

}  // namespace

std::int64_t extent(const IntVector& vector) {
    std::int64_t result = 0;
    for (const auto x : vector) result = std::max(result, x >= 0 ? x : -(x + 1));
    return result;
}

std::int64_t extent(const FactorPair& pair) {
    std::int64_t result = 0;
    for (const auto* side : {&pair.left, &pair.right})
        for (const auto& vector : *side) result = std::max(result, extent(vector));
    return result;
}

void balance(FactorPair& pair) {
    Balancer balancer(pair);
    balancer.run();
    balancer.chooseSigns();
}

}  // namespace axp
