// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace axp {

bool isCommutative(const ProductTable& table) {
    if (table.bitsA != table.bitsB) return false;
    // By blocks, so that the columns of one stay in the cache.
    constexpr std::int64_t kBlock = 64;
    for (std::int64_t top = 0; top < table.rows(); top += kBlock)
        for (std::int64_t left = 0; left <= top; left += kBlock)
            for (std::int64_t a = top; a < std::min(top + kBlock, table.rows()); ++a)
                for (std::int64_t b = left; b < std::min(left + kBlock, a); ++b)
                    if (table.at(a, b) != table.at(b, a)) return false;
    return true;
}

void ErrorSums::add(std::int64_t exact, std::int64_t product) {
    ++m_pairs;
    const std::int64_t error = product - exact, size = std::abs(error);
    m_nonZero += exact != 0;
    if (error == 0) return;
    ++m_errors;
    m_worst = std::max(m_worst, size);
    m_signed += error;
    m_absolute += static_cast<std::uint64_t>(size);
    m_squares += static_cast<Wide>(size) * static_cast<std::uint64_t>(size);
    const auto square = static_cast<double>(size) * static_cast<double>(size);
    m_fourth += square * square;
    if (exact == 0) return;
    const double relative = static_cast<double>(size) / static_cast<double>(std::abs(exact));
    m_row += relative;
    m_relativeSquares += relative * relative;
    m_worstRelative = std::max(m_worstRelative, relative);
}

void ErrorSums::add(const ErrorSums& other) {
    m_pairs += other.m_pairs;
    m_errors += other.m_errors;
    m_nonZero += other.m_nonZero;
    m_worst = std::max(m_worst, other.m_worst);
    m_signed += other.m_signed;
    m_absolute += other.m_absolute;
    m_squares += other.m_squares;
    m_relative += other.m_relative;
    m_worstRelative = std::max(m_worstRelative, other.m_worstRelative);
    m_relativeSquares += other.m_relativeSquares;
    m_fourth += other.m_fourth;
}

void ErrorSums::endRow() {
    m_relative += m_row;
    m_row = 0;
}

ErrorMetrics ErrorSums::metrics() const {
    ErrorMetrics metrics;
    if (m_pairs == 0) return metrics;
    const auto pairs = static_cast<double>(m_pairs);
    metrics.mae = static_cast<double>(m_absolute) / pairs;
    metrics.wce = static_cast<double>(m_worst);
    metrics.mre = m_nonZero > 0 ? (m_relative + m_row) / static_cast<double>(m_nonZero) : 0;
    metrics.wcre = m_worstRelative;
    metrics.ep = static_cast<double>(m_errors) / pairs;
    metrics.mse = static_cast<double>(m_squares) / pairs;
    metrics.bias = static_cast<double>(m_signed) / pairs;
    return metrics;
}

MetricErrors ErrorSums::standardErrors() const {
    if (m_pairs == 0) return {};
    const ErrorMetrics mean = metrics();
    const auto pairs = static_cast<double>(m_pairs);
    const auto of = [](double meanSquare, double m, double count) { return count > 0 ? std::sqrt(std::max(0.0, meanSquare - m * m) / count) : 0; };
    const auto nonZero = static_cast<double>(m_nonZero);
    return {of(mean.mse, mean.mae, pairs), of(nonZero > 0 ? m_relativeSquares / nonZero : 0, mean.mre, nonZero), of(mean.ep, mean.ep, pairs),
            of(m_fourth / pairs, mean.mse, pairs)};
}

ErrorMetrics errorMetrics(const ProductTable& table) {
    ErrorSums sums;
    std::size_t at = 0;
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int64_t valueA = operandValue(a, table.bitsA, table.isSigned);
        for (std::int64_t b = 0; b < table.columns(); ++b) sums.add(valueA * operandValue(b, table.bitsB, table.isSigned), table.products[at++]);
        sums.endRow();
    }
    ErrorMetrics metrics = sums.metrics();
    metrics.commutative = isCommutative(table);
    metrics.zeroProduct = table.at(0, 0);
    return metrics;
}

}  // namespace axp
