// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/acu/table.h"

namespace axp {

/// Error figures over all operand pairs, against the exact product (EvoApproxLib's definitions, Mrazek et al., DATE 2017).
struct ErrorMetrics {
    double mae = 0;   ///< mean |error|, in units of the product
    double wce = 0;   ///< largest |error|
    double mre = 0;   ///< mean |error| / |exact| over pairs whose exact product is not zero; a fraction
    double ep = 0;    ///< share of pairs with an error; 0..1
    double mse = 0;   ///< mean squared error
    double bias = 0;  ///< mean signed error (approximate - exact)
    bool commutative = true;         ///< M(a,b) == M(b,a) for all pairs; false when the widths differ
    std::int64_t zeroProduct = 0;    ///< M(0,0)
};

ErrorMetrics errorMetrics(const ProductTable& table);

}  // namespace axp
