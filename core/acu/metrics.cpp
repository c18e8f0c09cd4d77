// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/metrics.h"

#include <algorithm>
#include <cstdlib>

namespace axp {

namespace {

bool isCommutative(const ProductTable& table) {
    if (table.bitsA != table.bitsB) return false;
    for (std::int64_t a = 1; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < a; ++b)
            if (table.at(a, b) != table.at(b, a)) return false;
    return true;
}

}  // namespace

ErrorMetrics errorMetrics(const ProductTable& table) {
    // Integer sums are exact, so the figures do not depend on the order; only the relative error is summed in floating point.
    std::int64_t errors = 0, nonZero = 0, worst = 0, signedSum = 0, absoluteSum = 0;
    __extension__ unsigned __int128 squares = 0;
    double relative = 0;
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int64_t valueA = operandValue(a, table.bitsA, table.isSigned);
        double relativeOfRow = 0;
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            const std::int64_t exact = valueA * operandValue(b, table.bitsB, table.isSigned);
            const std::int64_t error = table.at(a, b) - exact, size = std::abs(error);
            nonZero += exact != 0;
            if (error == 0) continue;
            ++errors;
            worst = std::max(worst, size);
            signedSum += error;
            absoluteSum += size;
            squares += static_cast<std::uint64_t>(size) * static_cast<std::uint64_t>(size);
            if (exact != 0) relativeOfRow += static_cast<double>(size) / static_cast<double>(std::abs(exact));
        }
        relative += relativeOfRow;
    }
    const auto pairs = static_cast<double>(table.products.size());
    ErrorMetrics metrics;
    metrics.mae = static_cast<double>(absoluteSum) / pairs;
    metrics.wce = static_cast<double>(worst);
    metrics.mre = nonZero > 0 ? relative / static_cast<double>(nonZero) : 0;
    metrics.ep = static_cast<double>(errors) / pairs;
    metrics.mse = static_cast<double>(squares) / pairs;
    metrics.bias = static_cast<double>(signedSum) / pairs;
    metrics.commutative = isCommutative(table);
    metrics.zeroProduct = table.at(0, 0);
    return metrics;
}

}  // namespace axp
