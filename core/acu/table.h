// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// All products of a multiplier: 2^bitsA rows (first operand, the activation) by 2^bitsB columns (second operand, the
/// weight), indexed by bit pattern, that is in two's-complement order when `isSigned`. bitsA + bitsB <= 24.
struct ProductTable {
    int bitsA = 8;
    int bitsB = 8;
    bool isSigned = true;
    std::vector<std::int32_t> products;  ///< row-major

    std::int64_t rows() const { return std::int64_t{1} << bitsA; }
    std::int64_t columns() const { return std::int64_t{1} << bitsB; }
    /// Product of two operands given as numbers (negative allowed when signed); only the low bits count.
    std::int32_t at(std::int64_t a, std::int64_t b) const {
        return products[static_cast<std::size_t>(((a & (rows() - 1)) << bitsB) | (b & (columns() - 1)))];
    }
    bool operator==(const ProductTable&) const = default;
};

/// Smallest and largest operand of a width: [-2^(b-1), 2^(b-1)-1] or [0, 2^b-1].
std::int64_t operandMin(int bits, bool isSigned);
std::int64_t operandMax(int bits, bool isSigned);
/// The number that bit pattern `pattern` stands for.
std::int64_t operandValue(std::int64_t pattern, int bits, bool isSigned);

/// SHA-256 (hex) of the little-endian table: 16-bit elements when all products fit (int16 when signed, uint16 when not),
/// else 32-bit ones. This is an ACU's identity (DESIGN.md, "Table hash").
std::string tableHash(const ProductTable& table);

/// How an unsigned multiplier serves signed operands.
enum class SignHandling {
    Direct,        ///< the multiplier is signed: operands go in as they are
    SignMagnitude, ///< sign(a) sign(b) M(|a|, |b|); operands are codes of the same width, [-(2^(b-1)-1), 2^(b-1)-1]
    Affine         ///< M(a + zero, b + zero) with the zero-point terms taken off (core/acu/multiplier.h); operands are 0 .. 2^b - 1
};
const char* signHandlingName(SignHandling handling);

/// "direct", "sign-magnitude", "affine".
Result<SignHandling> signHandlingFromName(const std::string& name);

/// The table over signed codes that the emulator works with (not for Affine): the table itself for Direct; for SignMagnitude the signed
/// table of the same widths with T'[a][b] = sign(a) sign(b) T[|a|][|b|] (the row and column of -2^(b-1), which no code
/// uses, repeat those of -(2^(b-1)-1)). With `swapOperands` T'[a][b] = T[b][a]; then the widths change places too.
ProductTable effectiveTable(const ProductTable& table, SignHandling handling, bool swapOperands);

}  // namespace axp
