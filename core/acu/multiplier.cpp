// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/multiplier.h"

#include <algorithm>
#include <cstdlib>

namespace axp {

namespace {

std::int64_t greatestOf(const ProductTable& table) {
    std::int64_t greatest = 0;
    for (const std::int64_t product : table.products) greatest = std::max(greatest, std::abs(product));
    return greatest;
}

std::int64_t boundOf(const Factorisation& factors) {
    std::int64_t bound = 0;
    for (std::size_t r = 0; r < factors.left.size(); ++r) {
        const auto largest = [](const std::vector<std::int32_t>& values) {
            std::int64_t result = 0;
            for (const std::int64_t value : values) result = std::max(result, std::abs(value));
            return result;
        };
        bound += largest(factors.left[r]) * largest(factors.right[r]);
    }
    return bound * std::abs(factors.scale);
}

/// One operand of the ACU as a function of a code.
struct Operand {
    int bits = 8;
    SignHandling sign = SignHandling::Direct;
    std::int64_t zero = 0;

    /// The operand and the sign that its product takes.
    std::pair<std::int64_t, int> of(std::int64_t code) const {
        if (sign == SignHandling::Affine) return {(code + zero) & (pattern() - 1), 1};
        if (sign == SignHandling::Direct) return {code, 1};
        const std::int64_t symmetric = std::max(operandValue(code, bits, true), -operandMax(bits, true));
        return {std::abs(symmetric), (symmetric > 0) - (symmetric < 0)};
    }
    std::int64_t pattern() const { return std::int64_t{1} << bits; }
    /// A factor of M seen from the codes.
    std::vector<std::int32_t> factor(const std::vector<std::int32_t>& own) const {
        std::vector<std::int32_t> result;
        for (std::int64_t p = 0; p < pattern(); ++p) {
            const auto [operand, factorSign] = of(operandValue(p, bits, true));
            result.push_back(factorSign * own[static_cast<std::size_t>(operand & (pattern() - 1))]);
        }
        return result;
    }
    /// A function of the operand that is not M's, for every pattern.
    template <class F>
    std::vector<std::int32_t> values(F value) const {
        std::vector<std::int32_t> result;
        for (std::int64_t p = 0; p < pattern(); ++p) result.push_back(static_cast<std::int32_t>(value(of(operandValue(p, bits, true)).first)));
        return result;
    }
};

/// The integer k with b = k a, if there is one.
std::optional<std::int32_t> multiple(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
    const auto at = std::find_if(a.begin(), a.end(), [](std::int32_t value) { return value != 0; });
    if (at == a.end()) return std::nullopt;
    const std::int64_t first = *at, other = b[static_cast<std::size_t>(at - a.begin())];
    if (other % first != 0) return std::nullopt;
    const std::int64_t k = other / first;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (k * a[i] != b[i]) return std::nullopt;
    return static_cast<std::int32_t>(k);
}

/// Makes one term of two whose factors on one side are multiples of one another, until there are none.
void mergeTerms(Factorisation& factors) {
    const auto absorb = [&](std::vector<std::vector<std::int32_t>>& same, std::vector<std::vector<std::int32_t>>& other) {
        for (std::size_t i = 0; i < same.size(); ++i)
            for (std::size_t j = 0; j < same.size(); ++j) {
                if (i == j) continue;
                const auto k = multiple(same[i], same[j]);
                if (!k) continue;
                for (std::size_t p = 0; p < other[i].size(); ++p) other[i][p] += *k * other[j][p];
                same.erase(same.begin() + static_cast<std::ptrdiff_t>(j));
                other.erase(other.begin() + static_cast<std::ptrdiff_t>(j));
                return true;
            }
        return false;
    };
    while (absorb(factors.right, factors.left) || absorb(factors.left, factors.right)) {}
    factors.rank = static_cast<int>(factors.left.size());
}

std::optional<Factorisation> effectiveFactors(const Acu& acu, const OperandHandling& handling, const Operand& a, const Operand& b) {
    auto own = acu.factors();
    if (!own) return std::nullopt;
    if (handling.swap) std::swap(own->left, own->right);
    for (auto& factor : own->left) factor = a.factor(factor);
    for (auto& factor : own->right) factor = b.factor(factor);
    if (handling.sign != SignHandling::Affine) return own;
    if (own->scale != 1) {
        for (auto& factor : own->left)
            for (auto& value : factor) value = static_cast<std::int32_t>(value * own->scale);
        own->scale = 1;
    }
    // - zeroB (qa - zeroA), and - zeroA qb.
    own->left.push_back(a.values([&](std::int64_t q) { return q - handling.zeroA; }));
    own->right.push_back(b.values([&](std::int64_t) { return -handling.zeroB; }));
    own->left.push_back(a.values([&](std::int64_t) { return -handling.zeroA; }));
    own->right.push_back(b.values([&](std::int64_t q) { return q; }));
    mergeTerms(*own);
    return own;
}

Result<void> checkHandling(const Acu& acu, const OperandHandling& handling, const Operand& a, const Operand& b) {
    if (acu.isSigned() && handling.sign != SignHandling::Direct)
        return badInput("ACU " + acu.name() + " is signed", {}, "Its operands are the codes themselves.");
    if (!acu.isSigned() && handling.sign == SignHandling::Direct)
        return badInput("ACU " + acu.name() + " is unsigned and operands are signed", {}, "Set sign-magnitude or affine in the project.");
    if (handling.zeroA < 0 || handling.zeroA >= a.pattern() || handling.zeroB < 0 || handling.zeroB >= b.pattern())
        return badInput("a zero point lies outside the operand", "ACU " + acu.name());
    return {};
}

}  // namespace

Multiplier::Multiplier(ProductTable table)
    : m_bitsA(table.bitsA), m_bitsB(table.bitsB), m_table(std::make_shared<const ProductTable>(std::move(table))), m_greatest(greatestOf(*m_table)) {}

Multiplier::Multiplier(int bitsA, int bitsB, Function product, std::optional<Factorisation> factors)
    : m_bitsA(bitsA), m_bitsB(bitsB), m_product(std::move(product)), m_factors(std::move(factors)),
      m_greatest(m_factors ? boundOf(*m_factors) : std::int64_t{1} << (bitsA + bitsB)) {}

Result<Multiplier> Multiplier::tabulated() const {
    if (m_table) return *this;
    const Acu acu("multiplier", m_bitsA, m_bitsB, true, m_product);
    AXP_TRY(const auto table, acu.table());
    return Multiplier(*table);
}

Result<Multiplier> effectiveMultiplier(const Acu& acu, const OperandHandling& handling) {
    const Operand a{handling.swap ? acu.bitsB() : acu.bitsA(), handling.sign, handling.zeroA};
    const Operand b{handling.swap ? acu.bitsA() : acu.bitsB(), handling.sign, handling.zeroB};
    AXP_CHECK(checkHandling(acu, handling, a, b));
    AXP_CHECK(acu.load());
    // The function refers to the ACU by a copy of its form, so that it may outlive it.
    const auto product = [form = acu.form(), handling, a, b](std::int64_t x, std::int64_t w) {
        const auto [operandA, signA] = a.of(x);
        const auto [operandB, signB] = b.of(w);
        if (signA * signB == 0) return std::int64_t{0};
        const std::int64_t product = handling.swap ? form(operandB, operandA) : form(operandA, operandB);
        if (handling.sign != SignHandling::Affine) return signA * signB * product;
        return product - handling.zeroB * operandA - handling.zeroA * operandB + handling.zeroA * handling.zeroB;
    };
    const bool narrow = a.bits <= 8 && b.bits <= 8;
    if (!narrow)
        if (auto factors = effectiveFactors(acu, handling, a, b)) return Multiplier(a.bits, b.bits, product, std::move(factors));
    if (a.bits + b.bits > 24) return Multiplier(a.bits, b.bits, product);
    AXP_TRY(const auto table, acu.table());
    if (handling.sign != SignHandling::Affine) return Multiplier(effectiveTable(*table, handling.sign, handling.swap));
    return Multiplier(a.bits, b.bits, product).tabulated();
}

}  // namespace axp
