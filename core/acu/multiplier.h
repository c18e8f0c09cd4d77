// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/acu/acu.h"
#include "core/acu/factor.h"
#include "core/acu/table.h"

namespace axp {

/// What a kernel computes: the product T(a, b) over signed codes of 2 to 16 bits, where A is the activation and B the weight. The sign
/// handling of an ACU is inside already (effectiveMultiplier). Given by its table, or by a function and, where they are known, its
/// exact factors. Immutable, thread-safe, cheap to copy.
class Multiplier {
public:
    using Function = std::function<std::int64_t(std::int64_t a, std::int64_t b)>;
    /// Many products in one call; a[i] and b[i] are codes in range, the spans are equally long (Acu::Block).
    using Block = Acu::Block;

    /// Over the codes that the bit patterns stand for as two's-complement numbers, whatever table.isSigned says.
    Multiplier(ProductTable table);
    /// `product` receives codes from -2^(bits-1) to 2^(bits-1) - 1. `factors`, when given, multiply out to it for every pair. Without
    /// factors |product| must be below 2^(bitsA + bitsB). `block`, when given, computes the same as `product`, a row at a time.
    Multiplier(int bitsA, int bitsB, Function product, std::optional<Factorisation> factors = {}, Block block = {});

    int bitsA() const { return m_bitsA; }
    int bitsB() const { return m_bitsB; }
    /// Whether both operands have at most 8 bits.
    bool narrow() const { return m_bitsA <= 8 && m_bitsB <= 8; }
    /// Only the low bits of the codes count.
    std::int64_t at(std::int64_t a, std::int64_t b) const {
        if (m_table) return m_table->at(a, b);
        return m_product(operandValue(a, m_bitsA, true), operandValue(b, m_bitsB, true));
    }
    /// out[i] = at(a[i], b[i]) for codes in range: in one call of the block function where there is one.
    void products(std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::span<std::int64_t> out) const;
    const std::shared_ptr<const ProductTable>& table() const { return m_table; }  ///< null when given by a function
    const std::optional<Factorisation>& factors() const { return m_factors; }
    /// A bound of |T(a, b)|; the maximum when there is a table.
    std::int64_t greatest() const { return m_greatest; }
    /// The same with a table; an error when bitsA + bitsB > 24 or a product does not fit 32 bits.
    Result<Multiplier> tabulated() const;

private:
    int m_bitsA = 0, m_bitsB = 0;
    std::shared_ptr<const ProductTable> m_table;
    Function m_product;
    Block m_block;
    std::optional<Factorisation> m_factors;
    std::int64_t m_greatest = 0;
};

/// How the operands of an ACU are made from codes.
struct OperandHandling {
    SignHandling sign = SignHandling::Direct;
    bool swap = false;  ///< the activation is the ACU's second operand
    /// Affine only: zero points of activation and weight, 0 .. 2^bits - 1.
    std::int64_t zeroA = 0, zeroB = 0;
    auto operator<=>(const OperandHandling&) const = default;
};

/// What the ACU amounts to over signed codes. Direct: T(a, b) = M(a, b). SignMagnitude: sign(a) sign(b) M(|a|, |b|). Affine: codes are
/// a = qa - zeroA and b = qb - zeroB, and T(a, b) = M(qa, qb) - zeroB qa - zeroA qb + zeroA zeroB, so that sums of T are the sums of M with
/// the zero-point terms in them (for the exact multiplier T(a, b) = a b). `swap` exchanges the operands of M. The error says why not
/// (a signed ACU with Affine, an unsigned one with Direct, a product that does not fit).
Result<Multiplier> effectiveMultiplier(const Acu& acu, const OperandHandling& handling);

}  // namespace axp
