// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/circuit/circuit.h"

namespace axp {

/// How a C function with a signed return type wider than bitsA + bitsB gives the products of a signed circuit.
enum class ProductForm {
    Numbers,  ///< negative numbers as such
    Patterns  ///< the low bitsA + bitsB bits hold a two's-complement number, zeros above them
};
/// The least and the greatest number that a function returned.
struct ReturnedRange {
    std::int64_t least = std::numeric_limits<std::int64_t>::max(), greatest = std::numeric_limits<std::int64_t>::min();
    void add(const std::vector<std::int64_t>& returned);
};
/// Patterns when nothing is negative and something lies beyond the positive products. An error when it is neither.
Result<ProductForm> productForm(const ReturnedRange& returned, const CircuitSource& circuit);

/// What the function returned (its value; of an unsigned 64-bit type the same bits) as products. The error says
/// which one is negative though the circuit is unsigned, or does not fit.
Result<void> makeProducts(std::vector<std::int64_t>& returned, const CircuitSource& circuit, bool returnsSigned);

}  // namespace axp
