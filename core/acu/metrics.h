// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "core/acu/table.h"

namespace axp {

/// Error figures over all operand pairs, against the exact product (EvoApproxLib's definitions, Mrazek et al., DATE 2017).
struct ErrorMetrics {
    double mae = 0;   ///< mean |error|, in units of the product
    double wce = 0;   ///< largest |error|
    double mre = 0;   ///< mean |error| / |exact| over pairs whose exact product is not zero; a fraction
    double wcre = 0;  ///< largest |error| / |exact| over the same pairs; a fraction
    double ep = 0;    ///< share of pairs with an error; 0..1
    double mse = 0;   ///< mean squared error
    double bias = 0;  ///< mean signed error (approximate - exact)
    bool commutative = true;         ///< M(a,b) == M(b,a) for all pairs; false when the widths differ
    std::int64_t zeroProduct = 0;    ///< M(0,0)
};

ErrorMetrics errorMetrics(const ProductTable& table);

/// Standard errors of the means, when the pairs are a random sample of all.
struct MetricErrors {
    double mae = 0, mre = 0, ep = 0, mse = 0;
};

/// Takes pairs one at a time, for multipliers that are sampled or too large for one pass. Integer sums are exact, so that the figures do
/// not depend on the order; only relative errors are summed in floating point. Up to 2^32 pairs with errors up to 2^33.
class ErrorSums {
public:
    void add(std::int64_t exact, std::int64_t product);
    /// Takes over the pairs of other sums, whose rows have ended.
    void add(const ErrorSums& other);
    /// Ends a row: relative errors are summed by rows, so that the sum of many small numbers stays exact to some 12 digits.
    void endRow();
    std::int64_t pairs() const { return m_pairs; }
    /// `commutative` and `zeroProduct` stay as they are by default: sums cannot tell.
    ErrorMetrics metrics() const;
    MetricErrors standardErrors() const;

private:
    __extension__ using Wide = unsigned __int128;
    __extension__ using SignedWide = __int128;
    std::int64_t m_pairs = 0, m_errors = 0, m_nonZero = 0, m_worst = 0;
    Wide m_absolute = 0, m_squares = 0;
    SignedWide m_signed = 0;
    double m_relative = 0, m_row = 0, m_worstRelative = 0;
    double m_relativeSquares = 0, m_fourth = 0;
};

/// Whether M(a,b) == M(b,a) for all pairs; false when the widths differ.
bool isCommutative(const ProductTable& table);

}  // namespace axp
